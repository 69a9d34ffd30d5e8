"""The store looked at as a whole: database, files and keys, and whether they fit together. `wallet check-store`.

Nothing that is there is changed. On an empty machine the store is made, and that is told.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DatabaseError

from . import chores, dumps, restores, tables
from .database import Database, revision, revisions
from .files import Damaged, Files, Missing, open_files
from .keyring import FaultyKeys, Keyring
from .settings import Settings

FROM_A_BACKUP = "Stop the wallet, and bring the database back from a backup: wallet restore DIR --replace."
FILES_BACK = (
    "Copy these files from files/ of a backup to the same names, and ask again. One that is in no backup its holder can"
    " add once more: the wallet asks them to, once it has checked the badge."
)


@dataclass(slots=True)
class Looked:
    """What was found: a sentence each, of what is well, of what is not, and of what mends it."""

    told: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    """What the operator does next."""


def look_at(settings: Settings, now: datetime) -> Looked:
    """The whole store; raises Unavailable when the shelf does not answer, ValueError for an address that is none."""
    looked, database = Looked(), Database(settings.database_url)
    files, unfinished = open_files(settings.files_url), restores.unfinished(settings)
    if unfinished:
        looked.faults.append(unfinished)
    try:
        is_new = _is_empty(database) and not settings.keys.exists()
        if is_new:
            database.migrate()
            Keyring(settings.keys)
            looked.told.append("There was nothing here yet: database, folder of files and keys are made.")
        _keys(settings, looked)
        if _is_lost(database):
            looked.faults.append(f"There is no database at {dumps.place(database)}: bring it back from a backup.")
        elif _schema(database, looked):
            _files(database, files, now, looked)
    except DatabaseError as problem:
        looked.faults.append(f"The database cannot be read: {problem.orig}".strip())
        looked.advice.append(FROM_A_BACKUP)
    finally:
        database.close()
    return looked


def _is_empty(database: Database) -> bool:
    """Whether there is no database yet."""
    if _is_lost(database):
        return True
    with database.reading() as session:
        return revision(session) is None


def _is_lost(database: Database) -> bool:
    return database.is_sqlite and not dumps.place(database).exists()


def _keys(settings: Settings, looked: Looked) -> None:
    if not settings.keys.exists():
        looked.faults.append(f"There are no keys at {settings.keys}: bring them back from a backup.")
        return
    try:
        Keyring(settings.keys)
        looked.told.append("The keys can be read.")
    except FaultyKeys as problem:
        looked.faults.append(str(problem))


def _schema(database: Database, looked: Looked) -> bool:
    """Whether the rows can be looked at: the database is whole, and at the revision of this wallet."""
    faults = database.faults()
    looked.faults += faults
    looked.advice += [FROM_A_BACKUP] * bool(faults)
    with database.reading() as session:
        here = revision(session)
    newest = revisions()[0]
    if here != newest:
        behind = "start it once, and ask again" if here in {None, *revisions()} else "it is of a newer one"
        looked.faults.append(f"The database is at revision {here or 'none'}, this wallet at {newest}: {behind}.")
        return False
    if not faults:
        looked.told.append(f"The database is whole, at revision {here}.")
    return True


def _files(database: Database, files: Files, now: datetime, looked: Looked) -> None:
    """Every file that a row names is there and fits its name; the others are counted."""
    with database.reading() as session:
        owners: dict[str, list[str]] = {}
        for owner, name in tables.named_files(session):
            owners.setdefault(name, []).append(owner)
    damaged = 0
    for name, whose in owners.items():
        try:
            files.read(name)
        except (Missing, Damaged) as problem:
            state = "is not there" if isinstance(problem, Missing) else "is damaged"
            looked.faults.append(f"The file {name} {state}: {', '.join(dict.fromkeys(whose))}.")
            damaged += 1
    looked.advice += [FILES_BACK] * bool(damaged)
    looked.told.append(f"{len(owners) - damaged} of the {len(owners)} files that rows need are whole.")
    others = set(files.names()) - owners.keys()
    late = others & set(files.names(older_than=now - chores.AGE))
    aside = sum(1 for _ in files.aside())
    looked.told.append(f"{len(others)} files that nobody needs, {len(late)} of them to be swept, a few each hour.")
    looked.told += [f"{aside} files were swept, and lie aside for {chores.STAYS.days} days."] * bool(aside)


def sweep(settings: Settings, now: datetime) -> str:
    """Set aside all that nobody needs, at the operator's word; what was done, in a sentence. Raises Unavailable."""
    database = Database(settings.database_url)
    try:
        return str(chores.sweep(database, open_files(settings.files_url), now, whole=True))
    finally:
        database.close()
