"""Badges: whom their last check asked. What is there is noted when it is checked again."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered, standing_before

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("badges") as badges:
        # It is read of every badge that is due, without its long columns.
        badges.add_column(sa.Column("asks", sa.String(255), nullable=True), **standing_before("read"))
