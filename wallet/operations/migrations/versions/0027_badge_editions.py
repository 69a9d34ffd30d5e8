"""Badges: in a file, the edition of each is read without the badge. PostgreSQL needs no index for it, which would block a table."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(
            "ix_badges_editions", "badges", ["holder_id", "removed_at", "edition"], postgresql_concurrently=True
        )
