"""All tables of the wallet, gathered from the packages that own them, and all files that their rows need."""

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, issuance, messages, rechecks, registers, shares, storage
from . import figures

OWNERS = (accounts, issuance, badges, endorsements, evidence, figures, messages, rechecks, registers, shares, storage)
"""Importing one declares its tables on storage.Base. What is owed for each of them: tests/architecture/duties.py."""
metadata = storage.Base.metadata
FLEETING = frozenset({storage.RateCount.__tablename__, storage.Lease.__tablename__})
"""Tables whose rows are of this moment, and in no backup."""


def files_in_use(session: Session) -> set[str]:
    """The names of all files that some row needs, from a look at all rows: for the tests, and where a store has no id."""
    return {name for _, name in storage.all_named_files(session)}


def file_owners(session: Session, names: Collection[str] | None = None) -> dict[str, list[str]]:
    """All files that some row needs, or those of these *names*: whose each is, by its name. It is looked up in the list of them
    (storage/file_references.py)."""
    return storage.grouped((name, owner) for owner, name in storage.listed_files(session, names))


def lost_files(files: storage.FileStore, names: Iterable[str]) -> dict[str, storage.FileMissing | storage.Damaged]:
    """Those of *names* that cannot be read, and why."""
    lost: dict[str, storage.FileMissing | storage.Damaged] = {}
    for name in names:
        try:
            files.read(name)
        except (storage.FileMissing, storage.Damaged) as problem:
            lost[name] = problem
    return lost


def row_counts(session: Session) -> dict[str, int]:
    """How many rows each table has, but for those in no backup."""
    lasting = [table for table in metadata.sorted_tables if table.name not in FLEETING]
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in lasting}
