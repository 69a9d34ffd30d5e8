"""The code that an offer spent, by which another one of the same code is known."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered, standing_before

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("issuances") as issuances:
        issuances.add_column(sa.Column("spent", sa.LargeBinary(32), nullable=True), **standing_before("sealed"))
