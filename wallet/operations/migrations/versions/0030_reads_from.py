"""Store: the oldest wallet that may run on this schema, so that one of before starts while the next one is rolled out."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

reads_from = "0030"
"""The first one that asks. A migration that does more than add says from which one on its schema is understood (env.py)."""


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("store", counts=False) as store:
        store.add_column(sa.Column("reads_from", sa.String(32), nullable=True))
