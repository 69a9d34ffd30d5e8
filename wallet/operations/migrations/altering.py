"""How a migration alters a table that people's rows are in, alike on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

KEEPING = {"sqlite_autoincrement": True}


@contextmanager
def altered(table: str, *, counts: bool = True) -> Iterator[BatchOperations]:
    """*table* is being altered, and goes on counting where it was, if it *counts*: no number is ever given twice.

    SQLite counts a copied table from the rows that are left; on PostgreSQL the sequence stays where it is.
    """
    is_sqlite, kept = op.get_bind().dialect.name == "sqlite", KEEPING if counts else {}
    sequence = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :table").bindparams(table=table)
    last = op.get_bind().scalar(sequence) if is_sqlite else None
    of_table = sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table").bindparams(
        table=table
    )
    triggers = op.get_bind().scalars(of_table).all() if is_sqlite else []  # they go with the table that is copied
    with op.batch_alter_table(table, recreate="always" if is_sqlite else "auto", table_kwargs=kept) as batch:
        yield batch
    for trigger in triggers:
        op.get_bind().exec_driver_sql(trigger)
    if last:
        op.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :table").bindparams(table=table))
        op.execute(sa.text("INSERT INTO sqlite_sequence VALUES (:table, :last)").bindparams(table=table, last=last))


def standing_before(column: str) -> dict[str, Any]:
    """What `add_column` is told for a column that is to stand before *column*.

    SQLite reads a row from its beginning; PostgreSQL keeps long values elsewhere, and adds columns at the end only.
    """
    return {"insert_before": column} if op.get_bind().dialect.name == "sqlite" else {}


def make_index_beside(name: str, table: str, columns: list[str], **options: Any) -> None:
    """An index on a *table* that people write to meanwhile; PostgreSQL makes it without holding them up.

    There it is in no transaction: all that the migration did before is kept, and what it does if this one fails is done
    again from its beginning; so let it be all that a migration does. One that was left half-made is made anew.
    """
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(name, table, columns, **options)
        return
    with op.get_context().autocommit_block():
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)
