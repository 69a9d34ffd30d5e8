"""The figures of each month, as they were released: blurred, rounded, and never counted again."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "figures",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("month", "name", name="pk_figures"),
    )
