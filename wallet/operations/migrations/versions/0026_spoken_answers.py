"""Attachments: which question a voice answers. Of a voice that was kept before, nobody knows."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("attachments") as attachments:
        attachments.add_column(sa.Column("question", sa.String(16), nullable=True))
