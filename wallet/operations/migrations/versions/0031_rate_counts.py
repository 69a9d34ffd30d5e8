"""Limits that all nodes share: counted in a table (storage/rate_counts.py), which on SQLite stays empty."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "rate_counts",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("piece", sa.BigInteger(), nullable=False),
        sa.Column("amounts", sa.JSON().with_variant(ARRAY(sa.BigInteger()), "postgresql"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_rate_counts"),
        prefixes=["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else [],
    )
    op.create_index("ix_rate_counts_ends_at", "rate_counts", ["ends_at"])
