"""The store looked at as a whole: database, files and keys, and whether they fit together. `wallet check-store`.

Nothing that is there is changed. On an empty machine the store is made, and that is told. What does not answer is told
apart from what is damaged, from what is lost, and from what is another store's; only what is damaged is to be replaced.
"""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from .. import endorsements
from ..settings import Settings
from ..storage import (
    AnotherStore,
    Damaged,
    Database,
    FaultyKeys,
    FileMissing,
    FileStore,
    Fit,
    Keyring,
    Unavailable,
    as_they_come,
    check_store_keys,
    current_revision,
    file_of,
    find_store,
    is_missing,
    list_anew,
    names_needed,
    needed_files,
    open_files,
    schema_fit,
    schema_in_words,
    store_difference,
    wrong_lists,
)
from . import all_tables, cleanup, first_start, probes, restore

FROM_A_BACKUP = "Stop the wallet, and bring the database back from a backup: wallet restore DIR --replace."
LOST = "Bring it back from a backup: wallet restore DIR."
FILES_BACK = (
    "Copy these files from files/ of a backup to the same names, and ask again. One that is in no backup its holder can"
    " add once more: the wallet asks them to, once it has checked the badge."
)
LIST_ANEW = "Nothing is lost by it. Stop the wallet, and let all be listed anew: wallet check-store --sweep."
KEYS_BACK = (
    "Bring back the keys with which they were sealed. If these are lost, the others go on: whoever made one of these"
    " shares, requests or petitions is told to stop it and to make it again."
)


@dataclass(slots=True)
class StoreReport:
    """What was found: a sentence each, of what is well, of what is not, and of what mends it."""

    told: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    """What the operator does next."""

    def add_fault(self, fault: str, *advice: str) -> None:
        """Write down what is not well, and what mends it."""
        self.faults.append(fault)
        self.advice += advice


def check_store(settings: Settings, now: datetime, *, lists_anew: bool = False) -> StoreReport:
    """The whole store; *lists_anew* which files each row needs, where that is not as it is. Raises ValueError for an address that
    is none, Unavailable for a folder that cannot be made."""
    looked, files = StoreReport(), open_files(settings.files_url)
    if unfinished := restore.unfinished_restore(settings):
        looked.add_fault(unfinished)
    with closing(Database(settings.database_url)) as database:
        try:
            _look(settings, database, files, now, looked, lists_anew=lists_anew)
        except DatabaseError as problem:
            if probes.is_damage(database, problem):
                looked.add_fault(f"The database cannot be read: {problem.orig}".strip(), FROM_A_BACKUP)
            else:  # it answered, and then it did not
                looked.add_fault(*probes.explain_silence(database, problem.orig))
        except ValueError as problem:  # rows that SQLite gives and that are no rows of ours
            looked.add_fault(f"The database cannot be read: a row is not what it was ({problem})", FROM_A_BACKUP)
        except FaultyKeys as problem:
            looked.add_fault(str(problem))
        except Unavailable as problem:  # it answered, and then it did not
            looked.add_fault(str(problem).partition("\n")[0])
    return looked


def _look(
    settings: Settings, database: Database, files: FileStore, now: datetime, looked: StoreReport, *, lists_anew: bool
) -> None:
    silent = [silence for silence in (probes.probe_database(database), probes.probe_files(files)) if silence]
    for silence in silent:
        looked.add_fault(*silence)
    if silent:
        _keys(settings, None, looked)
        return
    first_start.check_own_database(database)
    has_own_keys = isinstance(settings.keys, Path) and settings.keys.exists()
    if first_start.is_unused(database) and not has_own_keys and not looked.faults and first_start.is_bare(files):
        if not isinstance(settings.keys, Path):
            Keyring(settings.keys)  # where none are given nothing is made
        database.migrate()
        # After it: keys beside a database that could not be made would look like those of one that is lost.
        first_start.adopt_store(database, files, Keyring(settings.keys), now)
        looked.told.append("There was nothing here yet: database, folder of files and keys are made.")
    _keys(settings, database, looked)
    if is_missing(database):
        looked.add_fault(
            f"There is no database at {file_of(database)}: bring it back from a backup.",
            f"If it is elsewhere, look at WALLET_DATABASE_URL. Else: {LOST}",
        )
        return
    # Raises what serve says of one that is empty beside a store.
    first_start.check_before_creation(database, files, settings.keys)
    if _schema(database, looked) and _is_one_store(database, files, looked):
        # Each open share can be shown by whoever made it.
        if lost := lost_secrets_advice(first_start.unsealable(database, settings.keys, now)):
            looked.add_fault(*lost)
        if given_up := _signed_with_given_up_keys(settings, database, files):
            looked.add_fault(
                f"Words of tutors that are signed with a key which this wallet publishes no more: {given_up}.",
                "Type wallet sign-again.",
            )
        if lists_anew and (wrong := list_anew(database)):
            looked.told.append(f"The files of {wrong} rows were listed otherwise than they are, and are listed anew.")
        _files(database, files, now, looked)


def _keys(settings: Settings, database: Database | None, looked: StoreReport) -> None:
    if not settings.keys.exists():
        looked.add_fault(f"There are no keys at {settings.keys}: bring them back from a backup.")
        return
    try:
        keyring = Keyring(settings.keys)
        check_store_keys(find_store(database) if database else None, keyring)
        looked.told.append("The keys can be read.")
    except (FaultyKeys, AnotherStore) as problem:
        looked.add_fault(str(problem))


def _signed_with_given_up_keys(settings: Settings, database: Database, files: FileStore) -> int:
    """How many words are; none where the keys cannot be read, which is told as such."""
    try:
        return (
            endorsements.count_given_up(database, files, Keyring(settings.keys).published)
            if settings.keys.exists()
            else 0
        )
    except FaultyKeys:
        return 0


def _schema(database: Database, looked: StoreReport) -> bool:
    """Whether the rows can be looked at: the database is whole, and this wallet understands its schema."""
    faults = database.faults()
    if faults:
        looked.faults += faults
        looked.advice.append(FROM_A_BACKUP)
    fit = schema_fit(database)
    if fit in {Fit.OLDER, Fit.FOREIGN}:
        looked.add_fault(schema_in_words(database))
        return False
    if fit is Fit.NEWER:
        looked.told.append(schema_in_words(database))
    if not faults:
        looked.told.append(f"The database is whole, at revision {database.read(current_revision)}.")
    return not faults


def _is_one_store(database: Database, files: FileStore, looked: StoreReport) -> bool:
    """Whether these are this database's files; what a start would give an id is no fault."""
    row, on_shelf = find_store(database), files.read_id()
    if row is not None and row.id == on_shelf:
        return True
    if on_shelf is None:
        fault = first_start.why_unfit(database, files)
    else:
        fault = store_difference(database, row.id if row else None, files, on_shelf)
    if fault:
        looked.add_fault(fault)
        return False
    looked.told.append("Database and files belong together, and are given an id by the next start.")
    return True


def lost_secrets_advice(lost: list[str]) -> list[str]:
    """What the keys do not open any more, and what to do, where there is such a thing."""
    return [f"These keys do not open what was sealed of: {', '.join(lost)}.", KEYS_BACK] if lost else []


def _files(database: Database, files: FileStore, now: datetime, looked: StoreReport) -> None:
    """Every file that a row names is there and fits its name; the others are counted."""
    wrong = database.read(wrong_lists)
    for owner in wrong:
        looked.add_fault(f"The files that {owner} needs are listed otherwise than they are.")
    looked.advice += [LIST_ANEW] * bool(wrong)
    row, needed, lost = find_store(database), 0, dict[str, FileMissing | Damaged]()
    left = set(row.left_meanwhile or ()) if row else set()
    for names in names_needed(database, chain.from_iterable(wrong.values())):
        needed += len(names)
        lost |= all_tables.lost_files(files, names)
    for _ in range(2):  # beside a served wallet rows go with their files meanwhile, and others come with the same ones
        if lost:
            in_use = database.read(needed_files, lost)
            needed -= len(lost) - len(in_use)
            lost = all_tables.lost_files(files, sorted(in_use))
    owners = database.read(all_tables.file_owners, lost)
    gone = {name for name, problem in lost.items() if isinstance(problem, FileMissing) and name in left}
    damaged = [name for name in lost if name not in gone]
    for name in damaged:
        state = "is not there" if isinstance(lost[name], FileMissing) else "is damaged"
        looked.add_fault(f"The file {name} {state}: {', '.join(dict.fromkeys(owners[name]))}.")
    looked.advice += [FILES_BACK] * bool(damaged)
    needed -= len(gone)
    looked.told.append(f"{needed - len(damaged)} of the {needed} files that rows need are whole.")
    if gone:
        looked.told.append(
            f"{len(gone)} files went with their badges while the backup was made: the next start ends that."
        )
    others, late = (_count_others(database, names) for names in (files.names(), files.names(now - cleanup.AGE)))
    aside = sum(1 for _ in files.aside())
    looked.told.append(f"{others} files that nobody needs, {late} of them to be swept, a few each hour.")
    looked.told += [f"{aside} files were swept, and lie aside for {cleanup.STAYS.days} days."] * bool(aside)


def _count_others(database: Database, names: Iterable[str]) -> int:
    """How many of these names no row needs."""
    some = as_they_come(names, cleanup.TOGETHER)
    return sum(len({*these} - database.read(needed_files, these)) for these in some)


def sweep_store(settings: Settings, now: datetime) -> str:
    """Set aside all that nobody needs, at the operator's word; what was done, in a sentence. Raises Unavailable."""
    with closing(Database(settings.database_url)) as database:
        return str(cleanup.sweep_files(database, open_files(settings.files_url), now, whole=True))
