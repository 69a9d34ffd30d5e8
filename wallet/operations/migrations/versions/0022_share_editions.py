"""Shares that are changed under the same link: how often, since when they show what they show, and what they showed before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from wallet.operations.migrations.altering import altered

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("shares") as shares:
        shares.add_column(sa.Column("changes", sa.Integer(), nullable=False, server_default="0"))
        shares.add_column(sa.Column("changed_at", MOMENT, nullable=True))
        shares.add_column(sa.Column("places", sa.Integer(), nullable=True))
    op.create_table(
        "share_editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("shown_from", MOMENT, nullable=False),
        sa.Column("shown_until", MOMENT, nullable=False),
        sa.Column("told", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_share_editions"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_share_editions_share_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_share_editions_share_id", "share_editions", ["share_id"])
