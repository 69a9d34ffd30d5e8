"""Shares: whether what their badges tell of a SIAE is shown, too. Nobody chose that for a share that was made before."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("shares") as shares:
        shares.add_column(sa.Column("shows_siae", sa.Boolean(), nullable=False, server_default=sa.false()))
