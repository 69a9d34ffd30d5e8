"""Kept files: which rows need which files, and indexes by which chores find what is over without reading everybody's rows.

On PostgreSQL it is made beside those who write, in no transaction: where it is cut off it is begun again.
"""

import sqlalchemy as sa
from alembic import op

from wallet.operations.migrations.altering import make_index_beside
from wallet.operations.migrations.naming_rows import note_naming_rows

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

WHERE = ("badges", "evidence", "attachments", "messages")
"""What a holder removed lies there for a while, and is a small part of it."""
LOOKED_UP = (
    ("letters", "ends_at"),
    ("returns", "after_id"),
    ("shares", "made_in_id"),
    ("shares", "stopped_in_id"),
    ("shares", "opened_in_id"),
)
"""By what letters are forgotten; and what refers to a return, that each one that goes looks for."""


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "kept_files",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("row_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "row_id", "name", name="pk_kept_files"),
        if_not_exists=True,
    )
    op.create_index("ix_kept_files_name", "kept_files", ["name"], if_not_exists=True)
    late = sa.text("name = ''")
    op.create_index(
        "ix_kept_files_not_listed",
        "kept_files",
        ["kind", "row_id"],
        if_not_exists=True,
        sqlite_where=late,
        postgresql_where=late,
    )
    told = ["document", "came_in", "picture", "own_contexts", "examination", "good", "history"]
    note_naming_rows("badge", "badges", told)
    note_naming_rows("attachment", "attachments", ["file", "preview"])
    note_naming_rows("handover", "handovers", ["brought"])
    removed = sa.text("removed_at IS NOT NULL")
    for table in WHERE:
        make_index_beside(
            f"ix_{table}_removed_at", table, ["removed_at"], sqlite_where=removed, postgresql_where=removed
        )
    for table, column in LOOKED_UP:
        make_index_beside(f"ix_{table}_{column}", table, [column])
