"""Re-checks: how often each host may be asked, and the badges of each host by when they are due.

On PostgreSQL the index is made beside those who write, and before all else: where that fails, nothing was done.
"""

import sqlalchemy as sa
from alembic import op

from wallet.operations.migrations.altering import make_index_beside

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
THERE = sa.text("removed_at IS NULL")


def upgrade() -> None:
    """Bring the schema one step forward."""
    make_index_beside("ix_badges_asks_due_at", "badges", ["asks", "due_at"], sqlite_where=THERE, postgresql_where=THERE)
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
    )
