"""Shares: whether the marks of their badges are shown, too. Nobody chose that for a share that was made before."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("shares") as shares:
        shares.add_column(sa.Column("shows_marks", sa.Boolean(), nullable=False, server_default=sa.false()))
