"""Triggers on a table whose rows name files (storage/file_references.py)."""

from collections.abc import Sequence

from alembic import op

TOGETHER = 20_000
"""Rows that are noted in one transaction on PostgreSQL, where others write meanwhile."""
FUNCTIONS = (
    """CREATE OR REPLACE FUNCTION note_naming_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO kept_files (kind, row_id, name) VALUES (TG_ARGV[0], NEW.id, '') ON CONFLICT DO NOTHING;
    RETURN NULL; END $$""",
    """CREATE OR REPLACE FUNCTION forget_naming_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM kept_files WHERE kind = TG_ARGV[0] AND row_id = OLD.id;
    RETURN NULL; END $$""",
)


def note_naming_rows(kind: str, table: str, columns: Sequence[str]) -> None:
    """From now on a row of *table* that is written in one of these *columns* is noted in kept_files, and one that goes is not
    there any more; those that are there are noted too.

    On PostgreSQL a trigger waits for its table no longer than all that alters one; what is noted then is in no transaction.
    It may be done twice.
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _on_sqlite(kind, table, columns)
        return
    for function in FUNCTIONS:
        connection.exec_driver_sql(function)
    when = f"INSERT OR UPDATE OF {', '.join(columns)}"
    for name, moment, function in (("written", when, "note"), ("gone", "DELETE", "forget")):
        connection.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {table}_{name} AFTER {moment} ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION {function}_naming_row('{kind}')"
        )
    with op.get_context().autocommit_block():
        last: int | None = 0
        while last is not None:
            noted = (
                f"WITH part AS (SELECT id FROM {table} WHERE id > {last} ORDER BY id LIMIT {TOGETHER}), noted AS"  # noqa: S608
                f" (INSERT INTO kept_files (kind, row_id, name) SELECT '{kind}', id, '' FROM part ON CONFLICT DO NOTHING)"
                " SELECT max(id) FROM part"
            )
            last = op.get_bind().exec_driver_sql(noted).scalar()


def _on_sqlite(kind: str, table: str, columns: Sequence[str]) -> None:
    connection = op.get_bind()
    noted = (
        f"INSERT INTO kept_files (kind, row_id, name) SELECT '{kind}', NEW.id, '' WHERE NOT EXISTS"  # noqa: S608
        f" (SELECT * FROM kept_files WHERE kind = '{kind}' AND row_id = NEW.id AND name = '');"
    )
    gone = f"DELETE FROM kept_files WHERE kind = '{kind}' AND row_id = OLD.id;"  # noqa: S608
    for name, moment, act in (
        ("added", "INSERT", noted),
        ("written", f"UPDATE OF {', '.join(columns)}", noted),
        ("gone", "DELETE", gone),
    ):
        connection.exec_driver_sql(f"CREATE TRIGGER {table}_{name} AFTER {moment} ON {table} BEGIN {act} END")
    connection.exec_driver_sql(f"INSERT INTO kept_files (kind, row_id, name) SELECT '{kind}', id, '' FROM {table}")  # noqa: S608
