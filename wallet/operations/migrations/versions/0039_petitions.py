"""Which badges holders ask structures for."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "petitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("issuer", sa.String(1000), nullable=False),
        sa.Column("structure", sa.String(300), nullable=False),
        sa.Column("asks_at", sa.String(2000), nullable=False),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answer", sa.String(300), nullable=False),
        sa.Column("offer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("badge_id", sa.Integer(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("code_ends_at", MOMENT, nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_petitions"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_petitions_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_petitions_share_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name="fk_petitions_badge_id", ondelete="SET NULL"),
        sa.UniqueConstraint("share_id", name="uq_petitions_share_id"),
        sa.UniqueConstraint("token_hash", name="uq_petitions_token_hash"),
        sqlite_autoincrement=True,
    )
    for column in ("asks_at", "badge_id", "ends_at", "holder_id", "state"):
        op.create_index(f"ix_petitions_{column}", "petitions", [column])
