"""Badge sizes: the bytes of the file in which a badge came, by themselves, so that a file of many badges counts once."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward. Of a badge from before, `files` says it all: it counts as it did."""
    with altered("badge_sizes") as sizes:
        sizes.add_column(sa.Column("came_in", sa.Integer(), nullable=False, server_default="0"))
