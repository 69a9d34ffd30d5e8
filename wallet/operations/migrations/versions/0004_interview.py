"""The interview: what a share is for, its code, who opened it and when, what was said against it; editions of badges."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from wallet.operations.migrations.altering import altered

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    _shares()
    with altered("shown_badges") as shown:
        shown.add_column(sa.Column("told", DOCUMENT, nullable=True))
    with altered("badges") as badges:
        badges.add_column(sa.Column("edition", sa.String(16), nullable=True))
    op.create_table(
        "passcodes",
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(128), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lately", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("share_id", name="pk_passcodes"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_passcodes_share_id", ondelete="CASCADE"),
    )
    op.create_table(
        "openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_openings"),
        sa.UniqueConstraint("share_id", "day", "kind", name="uq_openings_share_id"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_openings_share_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("words", sa.String(1000), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_reports_share_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reports_share_id", "reports", ["share_id"])
    # Without it, of 5,000 badges all are read from the disk to show the newest sixty.
    op.create_index("ix_badges_in_order", "badges", ["holder_id", "removed_at", "added_at", "id"])


def _shares() -> None:
    with altered("shares") as shares:
        shares.add_column(sa.Column("purpose", sa.String(60), nullable=False, server_default=""))
        shares.add_column(sa.Column("made_in_id", sa.Integer(), nullable=True))
        shares.add_column(sa.Column("stopped_in_id", sa.Integer(), nullable=True))
    with altered("shares") as shares:
        shares.alter_column("purpose", existing_type=sa.String(60), server_default=None)
        for column in ("made_in_id", "stopped_in_id"):
            shares.create_foreign_key(f"fk_shares_{column}", "returns", [column], ["id"], ondelete="SET NULL")
