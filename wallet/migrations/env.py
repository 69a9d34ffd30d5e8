"""Alembic's way in: the connection comes from Database.migrate, the tables from the rooms that own them.

All revisions of one start are one transaction, on both databases: Alembic itself would not ask that of SQLite.
"""

from alembic import context
from sqlalchemy import event

from wallet import operations
from wallet.storage import failpoint

ONE_AT_A_TIME = 815_370_1
"""Any number, ours: several workers that start together wait for the first one's migration."""


class BrokenReferences(Exception):
    """After the migration some rows name rows that are not there: nothing of it was kept."""


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=operations.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
    on_version_apply=lambda **_: failpoint("migration.revision"),
)
event.listen(connection, "after_cursor_execute", lambda *_: failpoint("migration.statement"))
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
    context.run_migrations()
    # Foreign keys of SQLite were off meanwhile (Database.migrate): now they must hold.
    is_sqlite = connection.dialect.name == "sqlite"
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite else []
    if broken:
        raise BrokenReferences(str(broken[:5]))
    failpoint("migration.ready")
