"""Handovers: what another app hands over, until somebody says what becomes of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("brought", DOCUMENT, nullable=False),
        sa.Column("link", sa.String(2000), nullable=False),
        sa.Column("excerpt", sa.String(300), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("came_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_handovers"),
        sa.UniqueConstraint("token_hash", name="uq_handovers_token_hash"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_handovers_holder_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_handovers_holder_id", "handovers", ["holder_id"])
    op.create_index("ix_handovers_came_at", "handovers", ["came_at"])
