"""The path: where a badge counts on its holder's own map because they say so."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from wallet.operations.migrations.altering import altered

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("badges") as badges:
        badges.add_column(sa.Column("counted", DOCUMENT, nullable=True))
