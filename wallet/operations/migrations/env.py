"""Alembic's way in: the connection comes from Database.migrate, the tables from the rooms that own them.

All revisions of one start are one transaction, on both databases: Alembic itself would not ask that of SQLite. Only what is
made beside those who write, in an `autocommit_block` (altering.py), ends it, and begins another one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy import event

from wallet.operations.all_tables import metadata
from wallet.storage import failpoint


class BrokenReferences(Exception):
    """After the migration some rows name rows that are not there: nothing of it was kept."""


def applied(*_: object, step: Any = None, **__: object) -> None:
    """After each revision: from which wallet on the schema is understood, where it says so."""
    failpoint("migration.revision")
    if reads_from := getattr(step.up_revision.module, "reads_from", ""):
        written = sa.text("UPDATE store SET reads_from = :reads_from")
        connection.execute(written.bindparams(reads_from=reads_from))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
    on_version_apply=applied,
)
event.listen(connection, "after_cursor_execute", lambda *_: failpoint("migration.statement"))
with context.begin_transaction():
    context.run_migrations()
    # Foreign keys of SQLite were off meanwhile (Database.migrate): now they must hold.
    is_sqlite = connection.dialect.name == "sqlite"
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite else []
    if broken:
        raise BrokenReferences(str(broken[:5]))
    failpoint("migration.ready")
