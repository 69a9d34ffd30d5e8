"""Which store this is: one id that database and shelf have in common, and the mark of the keys that belong to them.

The id is made once, and stands in the database and on the shelf. The mark is made with the sealing key and kept in the
database alone: nothing is ever written into the file of keys, and other signing keys change nothing of it.

Rule 1: whatever removes files asks `check_same_store` first: no database ever tidies up the shelf of another one.
Rule 2: an id on a shelf is never written over, but by a restore that was told to replace the store that is there.
Rule 3: a store of before has none. Which one is given an id, and which start is refused, is said in operations/first_start.py.
"""

import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import LargeBinary, String, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Database, Document, Moment, oldest_reader
from .file_store import FileStore, Unavailable
from .keyring import Keyring

ROW = 1
"""The number of the one row."""
ADDRESSES = "Look at WALLET_DATABASE_URL and WALLET_FILES_URL"

KEYS_BACK = (
    "bring keys.json back from a backup, or look at WALLET_KEYS. If they are lost for good, wallet new-keys goes on"
    " without them."
)


class AnotherStore(Unavailable):
    """Database, shelf and keys do not belong together; the message is a sentence that says what to do."""


class StoreIdentity(Base):
    """The one row that says which store this database belongs to."""

    __tablename__ = "store"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=ROW)
    id: Mapped[str] = mapped_column(String(32))
    """32 hexadecimal digits."""
    key_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """What the sealing key of this store makes of nothing; None until the first start with keys."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    left_meanwhile: Mapped[list[str] | None] = mapped_column(Document)
    """After a restore: files that rows name, and that went with their badges while the backup was made."""
    reads_from: Mapped[str | None] = mapped_column(String(32), default=oldest_reader, deferred=True)
    """The newest revision of the oldest wallet that may run on this schema (schema.py); each migration that says one sets it.
    Asked for by itself: the other columns are read on older schemas, too."""


def new_id() -> str:
    """An id that no other store has."""
    return secrets.token_hex(16)


def mark_of(keyring: Keyring) -> bytes:
    """What stands for the sealing key, and tells nothing of it."""
    return keyring.mark(b"", "store")


def read_store(session: Session) -> StoreIdentity | None:
    """The row; None in a database that has none yet."""
    return session.get(StoreIdentity, ROW)


def find_store(database: Database) -> StoreIdentity | None:
    """The row, where the database is there, can be read and has one."""
    if is_missing(database):
        return None
    try:
        with database.reading() as session:
            return read_store(session) if inspect(session.connection()).has_table(StoreIdentity.__tablename__) else None
    except DatabaseError:
        return None


def set_store_id(session: Session, id: str, now: datetime) -> StoreIdentity:
    """The row with that id, whatever it was before; its mark stays."""
    row = read_store(session) or StoreIdentity(row=ROW, made_at=now)
    row.id = id
    session.add(row)
    return row


def check_same_store(database: Database, files: FileStore) -> None:
    """Raises AnotherStore unless database and shelf have the same id, and Unavailable when one does not answer."""
    on_shelf = files.read_id()
    with database.reading() as session:
        row = read_store(session)
    if row is None or row.id != on_shelf:
        raise AnotherStore(store_difference(database, row.id if row else None, files, on_shelf))


def check_store_keys(row: StoreIdentity | None, keyring: Keyring) -> None:
    """Raises AnotherStore when the store of *row* has other keys."""
    if row is not None and row.key_mark is not None and row.key_mark != mark_of(keyring):
        raise AnotherStore(
            f"These keys are not those of this wallet, what it sealed cannot be opened with them: {KEYS_BACK}"
        )


def store_difference(database: Database, in_database: str | None, files: FileStore, on_shelf: str | None) -> str:
    """The sentence for a database and a shelf that are not of the same store."""
    here, there = place_of(database), files.place
    if in_database is None and on_shelf is None:
        return f"The database {here} and the files in {there} have no id yet: start the wallet once."
    if in_database is None:
        return (
            f"The database {here} is of no store yet, and the files in {there} are another one's ({on_shelf}):"
            f" {ADDRESSES}; a lost database is brought back with wallet restore. Nothing was changed."
        )
    if on_shelf is None:
        return (
            f"The database {here} is of the store {in_database}, and {there} has no id:"
            f" {ADDRESSES}, or start the wallet once when they are right."
        )
    return (
        f"The database {here} is of the store {in_database}, and the files in {there} are of {on_shelf}:"
        f" {ADDRESSES}, one of them is not of this wallet. Nothing was changed."
    )


def file_of(database: Database) -> Path:
    """The file of a database on SQLite."""
    return Path(database.url.database or "").absolute()


def is_missing(database: Database) -> bool:
    """Whether it is a file that is not there: opening it would make it."""
    return database.is_sqlite and not file_of(database).exists()


def place_of(database: Database) -> str:
    """Where it is, without its password and how long it is waited for."""
    if database.is_sqlite:
        return str(file_of(database))
    where = {name: value for name, value in database.url.query.items() if name in {"host", "port"}}
    return database.url.set(drivername="postgresql", query=where).render_as_string(hide_password=True)
