"""A backup: the whole wallet in a folder, taken while it is served, and looked at before it counts.

    DIR/files/ab/cd/abcd…      every file that some backup needs, under its SHA-256: shared, so that one more is small
    DIR/20261124T101200Z/      one backup, by the moment it was taken (UTC)
        wallet.sqlite3         the database; `wallet.dump` of PostgreSQL
        keys.json              the instance's keys, for its owner alone
        erasures               the ledger of erasures, where there is one
        manifest.json          what belongs to it, each with its SHA-256; damaged or cut off, it is refused

Rule 1: the database first, then the files, then the ledger: what a row names was kept before the row, and who is
erased meanwhile stands in the ledger.
Where a row that lives on took another file meanwhile, as a badge of which a better edition came, rows and files are taken
again: a row in a backup never names a file of somebody's who stayed and that is nowhere.
Rule 2: a backup counts once its folder has its name, and it gets its name when it is whole and on the disk.
Rule 3: erased is erased: a backup goes after 30 days, with the files that no other one names (docs/decisions.md 19).
"""

import json
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from .. import storage
from ..settings import Settings
from . import all_tables, database_dump, erasure_log, first_start, stored_metrics
from .database_dump import OperationFailed

VERSION = 1
TRIES = 3
"""How often rows and files are taken where rows took other files meanwhile; what was copied once is not read again."""
DAYS = 30
WRITTEN = "%Y%m%dT%H%M%SZ"
NAMED = re.compile(r"\d{8}T\d{6}Z")
REPLACED = "-replaced"
"""Ends the name of what a restore took the place of."""
PARTIAL = "partial-"
UNFINISHED = re.compile(rf"{PARTIAL}{NAMED.pattern}(?:{REPLACED})?")
DRAFT = re.compile(r"[0-9a-f]{32}")
"""How a shelf calls what it has not written to its end (storage/folder.py)."""
LOST_FILE = re.compile(r"The file [0-9a-f]{64} is damaged or not there\..*")
"""The fault with which a backup serves all the same: the wallet tells of each badge that its file is lost."""
FILES, KEYS, LEDGER, MANIFEST = "files", "keys.json", "erasures", "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What belongs to a backup."""

    taken_at: str
    revision: str
    """Of the schema; "" for a database that could not be read."""
    counts: dict[str, int]
    """Rows a table."""
    files: dict[str, int]
    """Bytes of each file, by its name."""
    members: dict[str, str]
    """SHA-256 of what else stands in the folder."""
    left_meanwhile: list[str] = field(default_factory=list)
    """Files that rows of the copy name and that were erased with their badges while it was made."""
    faults: list[str] = field(default_factory=list)
    """What is not whole; only of what was taken anyway, and of what a restore took the place of."""
    store: str = ""
    """The id of the store; "" in a backup of before there were ids."""

    @property
    def unfit(self) -> list[str]:
        """The faults with which it cannot be brought back."""
        return [fault for fault in self.faults if not LOST_FILE.fullmatch(fault)]

    @property
    def text(self) -> bytes:
        """As it is written; its own hash stands in it, so that no byte of it can change unseen."""
        plain = {"version": VERSION, **asdict(self)}
        if not self.store:
            del plain["store"]  # as it was written then
        return _text({**plain, "sha256": sha256(_text(plain)).hexdigest()})


@dataclass(frozen=True, slots=True)
class BackupTaken:
    """What came of taking a backup."""

    name: str
    manifest: Manifest
    removed: int
    """Older backups that went."""
    unsealable: list[str] = field(default_factory=list)
    """What the keys of this wallet do not open: it is kept as it is, and whoever has the right keys opens it."""
    later: str = ""
    """The newest one beside it where that is of a later moment, so that a restore of the folder brings that one back: a clock was
    or is wrong. "" where this one is the newest."""


def take_backup(
    settings: Settings, folder: Path, now: datetime, *, days: int = DAYS, anyway: bool = False
) -> BackupTaken:
    """Take a backup into *folder* and remove those older than *days*; raises OperationFailed, and then none was taken.

    *anyway*: files that are lost, and keys that are lost or others, are told in the manifest, and all the rest is kept: one
    file that nobody can bring back must not be the end of all backups. A shelf of another store is refused all the same.
    """
    around = next((one for one in (folder, *folder.absolute().parents) if is_backup(one)), None)
    OperationFailed.unless(
        around is None, f"{around} is a backup itself, which goes after its days: name the folder that it lies in."
    )
    with lock_backups(settings, folder) as shelf:
        name = now.astimezone(UTC).strftime(WRITTEN)
        taking = _Taking(settings, folder / name, shelf, anyway=anyway)
        manifest = taking.taken(now)
        if not (manifest.faults or taking.unsealable):
            stored_metrics.note_backup(settings)
        removed, newest = _prune(folder, shelf, now - timedelta(days=days)), list_backups(folder)[-1].name
        return BackupTaken(name, manifest, removed, taking.unsealable, newest if newest > name else "")


def set_aside_store(settings: Settings, folder: Path, shelf: storage.Folder, now: datetime) -> str:
    """Keep in *folder* what a restore is about to replace, however damaged it is; its name. Raises OperationFailed."""
    name = now.astimezone(UTC).strftime(WRITTEN) + REPLACED
    _Taking(settings, folder / name, shelf, anyway=True, aside=True).taken(now)
    return name


@contextmanager
def lock_backups(settings: Settings, folder: Path) -> Iterator[storage.Folder]:
    """The shelf of the backups in *folder*, while nobody else backs up or restores there.

    Raises OperationFailed, also for what disk, shelf and database say meanwhile.
    """
    try:
        storage.make_folder(folder)
        ours = (folder / FILES).resolve()
        _keep_apart(settings, ours)
        with storage.lock_folder(folder, waits=False):
            _clear(folder)
            yield storage.Folder(ours)
    except BlockingIOError:
        raise OperationFailed(f"Somebody else backs up or restores in {folder}.") from None
    except storage.Unavailable as problem:
        raise OperationFailed(str(problem)) from None
    except DatabaseError as problem:
        raise OperationFailed(f"The database does not answer any more: {problem.orig}".strip()) from None
    except OSError as problem:
        raise OperationFailed(f"{problem.filename or 'The disk'}: {problem.strerror}.") from None


def _keep_apart(settings: Settings, ours: Path) -> None:
    """The files of the backups are not those of this wallet, nor of another one: from ours is removed what no backup names."""
    try:
        theirs = storage.open_files(settings.files_url)
    except ValueError as problem:
        raise OperationFailed(str(problem)) from None
    if isinstance(theirs, storage.Folder):
        root = theirs.root.resolve()
        if ours.is_relative_to(root) or root.is_relative_to(ours):
            raise OperationFailed(
                f"{root} is where the wallet keeps its own files: choose another folder for the backups."
            )
    OperationFailed.unless(
        not (ours / storage.STORE_ID).exists(),
        f"{ours} is where a wallet keeps its files: choose another folder for the backups.",
    )


class _Taking:
    """One backup while it is made, in a folder that does not count yet, inside of `lock_backups`."""

    def __init__(
        self, settings: Settings, path: Path, shelf: storage.Folder, *, anyway: bool = False, aside: bool = False
    ) -> None:
        self.settings, self.path, self.shelf = settings, path, shelf
        self.partial = path.with_name(PARTIAL + path.name)
        self.database = storage.Database(settings.database_url)
        self.store = storage.open_files(settings.files_url)
        self.anyway, self.aside = anyway, aside
        """Whether it counts with its faults; and whether it is what a restore replaces, of whatever store it is."""
        self.faults: list[str] = []
        self.unsealable: list[str] = []
        self.files: dict[str, int] = {}
        self.left: list[str] = []

    def taken(self, now: datetime) -> Manifest:
        """What was taken; raises OperationFailed, and then nothing was."""
        OperationFailed.unless(not self.path.exists(), f"{self.path} is there already.")
        try:
            self.partial.mkdir(mode=0o700)
            storage.failpoint("backup.begun")
            manifest = self._copied(now)
            OperationFailed.unless(self.anyway or not self.faults, *self.faults)
            storage.write_whole(self.partial / MANIFEST, manifest.text)
            storage.failpoint("backup.described")
            check_backup(self.partial)
            self.partial.rename(self.path)
            storage.sync_folder(self.path.parent)
            storage.failpoint("backup.counts")
        except BaseException:
            shutil.rmtree(self.partial, ignore_errors=True)
            raise
        finally:
            self.database.close()
        return manifest

    def _copied(self, now: datetime) -> Manifest:
        dump = self._rows_and_files()
        self._keys(now)
        if ledger := erasure_log.open_ledger(self.settings, self.store).content():
            storage.write_whole(self.partial / LEDGER, ledger)
        return Manifest(
            taken_at=now.astimezone(UTC).isoformat(),
            revision=dump.revision,
            counts=dump.counts,
            files={name: size for name, size in self.files.items() if name in dump.files},
            members={path.name: _hash(path) for path in sorted(self.partial.iterdir())},
            left_meanwhile=self.left,
            faults=self.faults,
            store=dump.store,
        )

    def _rows_and_files(self) -> database_dump.DatabaseDump:
        """What stands in the copy of the database, each file of it kept, or looked for."""
        for _ in range(TRIES):
            dump = self._dumped()
            storage.failpoint("backup.database")
            if not self.aside:
                storage.check_same_store(self.database, self.store)  # else what lies there is another wallet's
                self._check_neighbours(dump.store)
            lost = []
            for name in sorted(dump.files - self.files.keys()):
                if not self._file(name):
                    lost.append(name)
                storage.failpoint("backup.file")
            if not lost or self._look_for(lost, dump):
                return dump
        raise OperationFailed(
            f"In each of {TRIES} tries badges took other files before theirs were copied: take the backup again."
        )

    def _check_neighbours(self, store: str) -> None:
        """The backups beside it are of this *store*: a restore brings back the newest one that lies there."""
        OperationFailed.raise_for(
            [
                f"{path} is a backup of another wallet, {other}, and this one is {store}: choose another folder."
                for path in list_backups(self.path.parent)[-1:]
                if (other := _store_of(path)) not in {store, ""}
            ]
        )

    def _dumped(self) -> database_dump.DatabaseDump:
        if not self.aside:
            return database_dump.dump_database(self.database, self.partial)
        names = frozenset(self.store.names())
        try:
            dump = database_dump.dump_database(self.database, self.partial)
        except OperationFailed as problem:
            if not (self.database.is_sqlite or first_start.is_new(self.database)):
                raise
            self.faults += problem.faults
            if self.database.is_sqlite:
                database_dump.copy_as_it_is(self.database, self.partial)
            return database_dump.DatabaseDump(database_dump.dump_name(self.database), "", {}, names)
        return replace(dump, files=dump.files | names - self._let_go(dump))

    def _let_go(self, dump: database_dump.DatabaseDump) -> frozenset[str]:
        """What is just being erased, where the shelf is that of the database: it is kept for nobody any more."""
        if dump.store != self.store.read_id():
            return frozenset()
        return frozenset(self.database.read(storage.pending_removals))

    def _file(self, name: str) -> bool:
        """Keep a copy of the file *name*; whether there is one, whole."""
        try:
            content = self.store.read(name)
        except storage.LOST:
            return False
        self.shelf.keep(content)
        self.files[name] = len(content)
        return True

    def _look_for(self, lost: list[str], dump: database_dump.DatabaseDump) -> bool:
        """Whoever was erased meanwhile took these along; a file that is needed still is a fault.

        False where rows that are still there took other files meanwhile: then neither is said.
        """
        now = set(lost) if self.aside else self._asked_now(storage.needed_files, lost)
        were = {owner for name in lost if name not in now for owner in dump.owners.get(name, ())}
        if self._asked_now(storage.rows_there, were):
            return False
        row = storage.find_store(self.database)
        before = set(row.left_meanwhile or ()) if row else set()  # while the backup was made that was brought back
        for name in lost:
            if name not in now or (name in before and not self.aside):
                self.left.append(name)
            elif not self._file(name):  # nor was it kept again meanwhile
                told = " An older backup has it." if self.shelf.has(name) else ""
                self.faults.append(f"The file {name} is damaged or not there.{told}")
        return True

    def _asked_now(self, look: Callable[[Session, Collection[str]], set[str]], what: Collection[str]) -> set[str]:
        """What *look* finds of it in the wallet that is served, by now; it is not asked for nothing."""
        with database_dump.database_problems("The database does not answer"):
            return self.database.read(look, what) if what else set()

    def _keys(self, now: datetime) -> None:
        """Keep a copy of the keys; where they cannot be used, or are not those of this wallet, that is a fault."""
        if not self.settings.keys.exists():
            self.faults.append(f"There are no keys at {self.settings.keys}.")
            return
        try:
            keyring = storage.Keyring(self.settings.keys)
            if not self.aside:
                storage.check_store_keys(storage.find_store(self.database), keyring)
                self.unsealable = first_start.unsealable(self.database, self.settings.keys, now)
        except (storage.FaultyKeys, storage.AnotherStore) as problem:
            self.faults.append(str(problem))
        storage.write_whole(self.partial / KEYS, self.settings.keys.read_bytes())


def is_backup(path: Path) -> bool:
    """Whether there is a backup at *path*, or what is called like one."""
    return (path / MANIFEST).exists() or NAMED.match(path.absolute().name) is not None


def list_backups(folder: Path) -> list[Path]:
    """The backups in *folder*, the newest last, without what restores took the place of."""
    return sorted(path for path in folder.iterdir() if NAMED.fullmatch(path.name)) if folder.is_dir() else []


def check_backup(path: Path) -> Manifest:
    """What belongs to the backup at *path*, each member of it as it was written; raises OperationFailed."""
    manifest = read_manifest(path)
    OperationFailed.raise_for(
        [
            f"{path / name} is damaged or not there."
            for name, hashed in manifest.members.items()
            if not (path / name).is_file() or _hash(path / name) != hashed
        ]
    )
    return manifest


def check_backup_files(shelf: storage.FileStore, manifest: Manifest) -> None:
    """Read every file that *manifest* names; raises OperationFailed with a sentence for each that is not whole."""
    OperationFailed.raise_for(
        [
            f"The file {name} of the backup is damaged or not there."
            for name in all_tables.lost_files(shelf, manifest.files)
        ]
    )


def read_manifest(path: Path) -> Manifest:
    """The manifest of the backup at *path*; raises OperationFailed when a byte of it changed."""
    try:
        content = (path / MANIFEST).read_bytes()
        plain = json.loads(content)
        plain.pop("sha256")
        version = plain.pop("version")
        manifest = Manifest(**plain)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise OperationFailed(f"{path / MANIFEST} is damaged or not there: this is no whole backup.") from None
    OperationFailed.unless(version == VERSION, f"{path} is a backup of a kind that this wallet does not know.")
    OperationFailed.unless(manifest.text == content, f"{path / MANIFEST} was changed: this is no whole backup.")
    return manifest


def _store_of(path: Path) -> str:
    """The id of the store in the backup at *path*; "" where that cannot be read, which is told when older ones go."""
    try:
        return read_manifest(path).store
    except OperationFailed:
        return ""


def _is_fit(path: Path) -> bool:
    """Whether the backup at *path* can be brought back, by what it tells of itself."""
    try:
        return not read_manifest(path).unfit
    except OperationFailed:
        return False


def _prune(folder: Path, shelf: storage.Folder, before: datetime) -> int:
    """Remove what was taken before that moment, but never the newest backup, nor the newest one that can be brought back, and the
    files that nobody names then."""
    taken, limit = list_backups(folder), before.astimezone(UTC).strftime(WRITTEN)
    newest = taken[-1]
    staying = {newest, next((path for path in reversed(taken) if _is_fit(path)), newest)}
    everything = [path for path in folder.iterdir() if NAMED.fullmatch(path.name.removesuffix(REPLACED))]
    old = [path for path in everything if path not in staying and path.name < limit]
    for path in old:
        path.rename(path.with_name(PARTIAL + path.name))  # half removed it must not count
        storage.failpoint("backup.pruned")
    _clear(folder)
    try:
        named = {name for path in everything if path not in old for name in read_manifest(path).files}
    except OperationFailed as problem:
        raise OperationFailed(f"{newest} was taken, but no file of older ones was removed.", *problem.faults) from None
    for name in set(shelf.names()) - named:
        shelf.remove(name)
        storage.failpoint("backup.pruned")
    return len(old)


def _clear(folder: Path) -> None:
    """Remove what unfinished work left behind, and nothing that is not ours; nobody else is at work."""
    for path in folder.iterdir():
        if UNFINISHED.fullmatch(path.name):
            shutil.rmtree(path)
    for draft in (folder / FILES / "drafts").glob("*"):
        if DRAFT.fullmatch(draft.name):
            draft.unlink()


def _text(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, indent=1, sort_keys=True).encode()


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
