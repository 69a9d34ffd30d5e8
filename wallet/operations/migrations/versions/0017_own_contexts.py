"""Badges: the issuer's own vocabulary, fetched once and kept with the badge."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.add_column("badges", sa.Column("own_contexts", DOCUMENT, nullable=True))
