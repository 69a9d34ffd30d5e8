"""What whoever reads and writes rows needs again and again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, func, inspect, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.selectable import TypedReturnsRows

from .database import Base, Lost, Missing
from .file_store import LOST, FileStore

Found = TypeVar("Found")
Key = TypeVar("Key")
Row = TypeVar("Row", bound=Base)
SOME = 500
"""Rows that are forgotten in one transaction: nobody who writes waits for more."""


def require(found: Found | None) -> Found:
    """*found* itself; raises Missing where that is nothing."""
    if found is None:
        raise Missing
    return found


def read_needed(files: FileStore, name: str) -> bytes:
    """The bytes of the file *name*, which a row needs; raises Lost where they are not to be had any more, Unavailable."""
    try:
        return files.read(name)
    except LOST:
        raise Lost from None


def fetch_one(session: Session, statement: TypedReturnsRows[Found], given: Mapping[str, Any] | None = None) -> Found:
    """What *statement* selects, or gives back of what it changes, for the parameters *given*; raises Missing for nothing."""
    return require(session.scalar(statement, given))


def insert(session: Session, row: Row) -> Row:
    """*row*, written now and not at the end of the transaction: it has its number, and what is refused is raised here."""
    session.add(row)
    session.flush()
    return row


def was_removed(session: Session, model: Any, since: datetime, *which: ColumnElement[bool]) -> bool:
    """Whether such a row of *model* was removed at *since* or later, so that `restore_removed` undoes it."""
    return session.scalar(select(model.id).where(*which, model.removed_at >= since).limit(1)) is not None


def mark_removed(session: Session, model: Any, since: datetime, now: datetime, *which: ColumnElement[bool]) -> None:
    """The row of *model* is removed from *now* on; one that was, at *since* or later, stays as it is, as where this is done
    twice. One statement looks and writes: between two of them the other tap may be kept. Raises Missing when it was removed
    before."""
    there = or_(model.removed_at >= since, model.removed_at.is_(None))
    removed = update(model).where(*which, there).values(removed_at=func.coalesce(model.removed_at, now))
    fetch_one(session, removed.returning(model.id))


def restore_removed(session: Session, model: Any, since: datetime, *which: ColumnElement[bool]) -> None:
    """Undo that the row of *model* was removed, if that was at *since* or later; one that is there stays, as where this is done
    twice. Raises Missing when it was removed before."""
    there = or_(model.removed_at >= since, model.removed_at.is_(None))
    fetch_one(session, update(model).where(*which, there).values(removed_at=None).returning(model.id))


def delete_some(
    session: Session, model: Any, column: InstrumentedAttribute[Any], before: datetime, *which: ColumnElement[bool]
) -> bool:
    """Delete rows of *model* whose *column*, which has an index, is at *before* or earlier, SOME of them at most, the oldest
    first; whether there may be more. What somebody else deletes just now is left to them."""
    (key,) = inspect(model).primary_key
    over = select(key).where(column <= before, *which).order_by(column).limit(SOME).with_for_update(skip_locked=True)
    ids = session.scalars(over).all()
    session.execute(delete(model).where(key.in_(ids)).execution_options(synchronize_session=False))
    return len(ids) == SOME


def grouped(pairs: Iterable[tuple[Key, Found]]) -> dict[Key, list[Found]]:
    """The values of each key, in the order in which they come; of a key that has none, an empty list."""
    found = defaultdict[Key, list[Found]](list)
    for key, value in pairs:
        found[key].append(value)
    return found


def in_batches(rows: Sequence[Found], size: int) -> Iterator[Sequence[Found]]:
    """*rows* in their order, *size* at a time: as many as one transaction takes."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def as_they_come(rows: Iterable[Found], size: int) -> Iterator[list[Found]]:
    """As `in_batches`, for rows of which no more are asked for than that."""
    coming = iter(rows)
    while some := list(islice(coming, size)):
        yield some


def hash_of_secret(secret: str) -> bytes:
    """What is kept of a secret that a browser or a person holds, to know it again: its SHA-256, 32 bytes."""
    return sha256(secret.encode(errors="replace")).digest()
