"""Checks over time: the file a badge came in, since when its issuer is silent, when it is to be checked again."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WEEK = timedelta(days=7)
COLUMNS = (sa.column("id", sa.Integer()), sa.column("checked_at", MOMENT), sa.column("due_at", MOMENT))
KEEPING_NUMBERS = {"sqlite_autoincrement": True}
"""A copied table forgets that no number is ever given twice, unless it is told again."""


def upgrade() -> None:
    """Bring the schema one step forward."""
    last = _last_number()
    with op.batch_alter_table("badges", table_kwargs=KEEPING_NUMBERS) as badges:
        badges.add_column(sa.Column("came_in", sa.String(64), nullable=True))
        badges.add_column(sa.Column("silent_since", MOMENT, nullable=True))
        badges.add_column(sa.Column("due_at", MOMENT, nullable=True))
    _due_in_a_week()
    with op.batch_alter_table("badges", table_kwargs=KEEPING_NUMBERS) as badges:
        badges.alter_column("due_at", existing_type=MOMENT, nullable=False)
        badges.create_index("ix_badges_due_at", ["due_at"])
    _go_on_counting_from(last)


def _due_in_a_week() -> None:
    """A badge that was kept already is due a week after it was checked."""
    badges, connection = sa.table("badges", *COLUMNS), op.get_bind()
    rows = connection.execute(sa.select(badges.c.id, badges.c.checked_at)).all()
    if rows:
        change = sa.update(badges).where(badges.c.id == sa.bindparam("row")).values(due_at=sa.bindparam("due"))
        connection.execute(change, [{"row": row.id, "due": row.checked_at + WEEK} for row in rows])


def _last_number() -> int:
    """The highest number that a badge ever had; on PostgreSQL nobody asks, as its sequence stays where it is."""
    if op.get_bind().dialect.name != "sqlite":
        return 0
    return op.get_bind().scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'badges'")) or 0


def _go_on_counting_from(last: int) -> None:
    """SQLite counts a copied table from the rows that are left: numbers of erased badges would be given again."""
    if last:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'badges'")
        op.execute(sa.text("INSERT INTO sqlite_sequence VALUES ('badges', :last)").bindparams(last=last))
