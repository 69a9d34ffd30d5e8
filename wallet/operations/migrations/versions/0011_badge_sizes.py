"""Badge sizes: how many bytes a badge takes on the shelf. A table of its own: an index on a large one would block it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "badge_sizes",
        sa.Column("badge_id", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("badge_id", name="pk_badge_sizes"),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name="fk_badge_sizes_badge_id", ondelete="CASCADE"),
    )
