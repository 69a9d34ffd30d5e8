"""What connected platforms sent: what was not looked at as yet, and which badge came of the rest (issuance/sent_badges.py)."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "sent_badges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(3), nullable=False),
        sa.Column("mark", sa.LargeBinary(32), nullable=False),
        sa.Column("badge_id", sa.Integer(), nullable=True),
        sa.Column("document", sa.String(64), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sent_badges"),
        sa.ForeignKeyConstraint(["link_id"], ["platform_links.id"], name="fk_sent_badges_link_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name="fk_sent_badges_badge_id", ondelete="CASCADE"),
        sa.UniqueConstraint("link_id", "version", "mark", name="uq_sent_badges_link_id"),
        sqlite_autoincrement=True,
    )
    for column in ("badge_id", "due_at"):
        op.create_index(f"ix_sent_badges_{column}", "sent_badges", [column])
