"""Store: which one this is, and the mark of its keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "store",
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("key_mark", sa.LargeBinary(32), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("left_meanwhile", DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("row", name="pk_store"),
    )
