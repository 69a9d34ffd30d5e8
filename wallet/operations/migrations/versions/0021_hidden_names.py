"""Shares: whether the names on their badges are hidden. Nobody chose that for a share that was made before."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("shares") as shares:
        shares.add_column(sa.Column("hides_name", sa.Boolean(), nullable=False, server_default=sa.false()))
