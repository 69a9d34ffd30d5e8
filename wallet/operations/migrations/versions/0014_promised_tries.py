"""Tries of mailed codes: the network from which a browser came, and whether it has tries of its own."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("mailed_code_tries") as tries:
        tries.add_column(sa.Column("network", sa.LargeBinary(32), nullable=True))
        tries.add_column(sa.Column("promised", sa.Boolean(), nullable=True))
