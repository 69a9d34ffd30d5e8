"""A backup brought back: keys, files and database as they were, and whoever was erased since stays erased.

Rule 1: everything is read and looked at before anything of the wallet that is there is touched, and what is replaced
is first set aside beside the backups, under the moment and `-replaced`.
Rule 2: what is only added comes first: the ledger, the files, a draft of the database. Then a mark is set, it is asked once
more that nobody runs the wallet, keys and database change, the mark is taken off. While the mark stands the wallet does not
start: the restore is run again, and ends.
Rule 3: the ledger of erasures only grows. The wallet replays it when it starts (docs/decisions.md 19).
Rule 4: a shelf of another store is never touched (storage/store_id.py). What is brought back keeps the id of its backup, so that
a new machine goes on with the old bucket, when --replace says that the old machine is lost; a drill has an id of its own
place, and a shelf of its own.
"""

import json
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from ..settings import GivenKeys, Settings
from ..storage import (
    Database,
    FileStore,
    Folder,
    failpoint,
    find_store,
    known_revisions,
    newest_keys,
    open_files,
    place_of,
    set_store_id,
    sync_folder,
    write_whole,
)
from . import backup as backups
from . import database_dump, erasure_log, first_start
from .backup import KEYS, LEDGER, MANIFEST, Manifest
from .database_dump import OperationFailed


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    backup: Path
    manifest: Manifest
    aside: str
    """The name under which what was there was set aside, "" when nothing was."""
    erasures: int
    """Lines of the ledger."""
    forgotten: datetime | None = None
    """Until when whoever was erased since the backup stands in no ledger any more; None where all of them do."""


def restore_backup(
    settings: Settings, given: Path, now: datetime, *, replace: bool = False, drill: bool = False
) -> Restored:
    """Bring back the backup *given*, or the newest in that folder.

    Raises OperationFailed, and then nothing was replaced.
    A wallet that holds somebody, and other keys, are replaced only when *replace* says so. Killed on its way, it is
    run again with the same words, and ends. *drill*: it is tried out, beside the wallet that goes on.
    """
    path = chosen_backup(given)
    with (
        backups.lock_backups(settings, path.parent) as shelf,
        closing(Database(settings.database_url)) as database,
    ):
        manifest = _looked_at(path, shelf, database)
        if others := database_dump.whose_else(database):  # also with --replace: what is there could not be set aside
            raise OperationFailed(others)
        OperationFailed.unless(
            isinstance(settings.keys, Path) or (settings.keys.exists() and _has_keys_of(path, settings.keys)),
            f"The keys in {settings.keys} are not those of {path}: give it the keys.json that lies there first. Nothing was"
            " changed.",
        )
        marked, files = _goes_on(settings, path), open_files(settings.files_url)
        place = RestoreTarget(
            database,
            files,
            _id_of_drill(settings) if drill else _id_of(path, manifest),
            is_drill=drill,
            began_here=_noted(_begun(settings)) == _beginning(settings, path),
        )
        database_dump.close_database(database)
        there = place.in_the_way(manifest, marked)
        there = [] if marked else [*_in_the_way(settings, path, database), *there]
        OperationFailed.unless(
            replace or not there, *there, "Nothing was changed. To replace what is there, add --replace."
        )
        aside = backups.set_aside_store(settings, path.parent, shelf, now) if there else ""
        failpoint("restore.aside")
        kept = path / LEDGER
        lines = erasure_log.open_ledger(settings, files).add(kept.read_bytes() if kept.exists() else b"")
        failpoint("restore.ledger")
        if place.on_shelf is None:
            write_whole(_begun(settings), json.dumps(_beginning(settings, path)).encode())
            place.write_id()
            failpoint("restore.begun")
        _bring(shelf, files, manifest)
        with database_dump.prepare_restore(
            database, path / database_dump.dump_name(database), manifest.counts, _beside(settings)
        ) as made:
            failpoint("restore.drafted")
            _change(settings, path, place, made, manifest, now)
    is_forgotten = erasure_log.is_old(manifest.taken_at[:10], now)
    return Restored(path, manifest, aside, lines, now - erasure_log.KEPT if is_forgotten else None)


class RestoreTarget:
    """Where a backup is brought back to: a database and a shelf, which have the same *id* afterwards.

    *began_here*: the id on the shelf was written by this very restore, which was killed on its way.
    """

    def __init__(self, database: Database, files: FileStore, id: str, *, is_drill: bool, began_here: bool) -> None:
        self.database, self.files, self.id = database, files, id
        self.is_drill, self.began_here = is_drill, began_here
        self.on_shelf = files.read_id()
        row = find_store(database)
        self.in_database = row.id if row else None

    def in_the_way(self, manifest: Manifest, marked: Mapping[str, str]) -> list[str]:
        """What would be replaced, a sentence each; raises OperationFailed for what is another store's."""
        if marked and self.on_shelf in {self.id, marked.get("shelf") or None}:
            return []
        if self.is_drill:
            self._is_for_a_drill()
            return []
        if self.on_shelf == self.id:
            return self._of_a_wallet_elsewhere(manifest) if self.in_database != self.id else []
        if first_start.is_bare(self.files):
            return []
        if self._is_one_wallet():
            return [f"{self.files.place} holds the files of the wallet that is there."]
        raise OperationFailed(
            f"The files in {self.files.place} are not of the wallet in this backup. Give it a place of its own, empty, with"
            " WALLET_FILES_URL: the backup brings its files along. Nothing was changed."
        )

    def write_id(self) -> None:
        """Give the shelf the id; raises OperationFailed when somebody else did so meanwhile."""
        written = self.files.write_id(self.id, anew=self.on_shelf is not None)
        OperationFailed.unless(written == self.id, f"Somebody else begins a store in {self.files.place}.")

    def _of_a_wallet_elsewhere(self, manifest: Manifest) -> list[str]:
        """The shelf is that of the wallet in the backup, the database is not: that wallet may still run elsewhere.

        Also where no file came in since: two wallets of one id would each remove what the other one needs.
        """
        more = len(set(self.files.names()) - manifest.files.keys())
        if self.began_here and not more:
            return []
        return [
            f"The files in {self.files.place} are those of the wallet in this backup, and the database"
            f" {place_of(self.database)} is not. {more} of them are not in the backup. If that wallet still runs,"
            " add --drill; if its machine is lost, add --replace."
        ]

    def _is_for_a_drill(self) -> None:
        OperationFailed.unless(
            self.in_database in {None, self.id},
            f"The database {place_of(self.database)} is of the store {self.in_database}. Give the drill its"
            " own with WALLET_DATABASE_URL. Nothing was changed.",
        )
        OperationFailed.unless(
            self.on_shelf == self.id or first_start.is_bare(self.files),
            f"The files in {self.files.place} are not of this drill. Give it a place of its own, empty, as"
            " WALLET_FILES_URL=file:///srv/drill/files. Nothing was changed.",
        )

    def _is_one_wallet(self) -> bool:
        """Whether database and shelf belong together, be it a wallet of before there were ids."""
        if self.on_shelf is not None or self.in_database is not None:
            return self.on_shelf == self.in_database
        with suppress(DatabaseError, OperationFailed):
            return database_dump.count_holders(self.database) > 0 and not first_start.why_unfit(
                self.database, self.files
            )
        return False


def unfinished_restore(settings: Settings) -> str:
    """The sentence that keeps a wallet from starting whose restore did not end; "" for every other one."""
    marked = _noted(_mark(settings))
    return f"A restore of {marked['backup']} did not end: run it again (wallet restore)." if marked else ""


def chosen_backup(given: Path) -> Path:
    """The backup at *given*, or the newest one in that folder; raises OperationFailed."""
    given = given.absolute()
    if backups.is_backup(given):
        OperationFailed.unless(given.is_dir(), f"There is no backup at {given}.")
        return given
    found = backups.list_backups(given)
    OperationFailed.unless(found, f"There is no backup in {given}.")
    return found[-1]


def _looked_at(path: Path, shelf: Folder, database: Database) -> Manifest:
    """What belongs to the backup, all of it read and whole; raises OperationFailed."""
    manifest = backups.check_backup(path)
    what = "is what a restore replaced" if path.name.endswith(backups.REPLACED) else "was taken anyway"
    OperationFailed.unless(not manifest.unfit, f"{path} {what}, and it was not whole:", *manifest.unfit)
    dump = database_dump.dump_name(database)
    OperationFailed.unless(
        dump in manifest.members,
        f"{path} holds no {dump}: it is of another kind of database than WALLET_DATABASE_URL.",
    )
    OperationFailed.unless(
        manifest.revision in known_revisions(),
        f"{path} is of a newer wallet, at revision {manifest.revision}: install that one first.",
    )
    backups.check_backup_files(shelf, manifest)
    return manifest


def _in_the_way(settings: Settings, path: Path, database: Database) -> list[str]:
    """What would be replaced, a sentence each."""
    told = []
    try:
        if people := database_dump.count_holders(database):
            told.append(f"The database that is there holds {people} people or visitors.")
    except OperationFailed as problem:
        told += problem.faults
    if settings.keys.exists() and not _has_keys_of(path, settings.keys):
        told.append(f"{settings.keys} holds other keys.")
    return told


def _has_keys_of(path: Path, place: Path | GivenKeys) -> bool:
    """Whether they are the keys of the backup at *path*, or of the same instance before or after it signed with another one."""
    here, there = place.read_bytes(), (path / KEYS).read_bytes()
    return here.strip() == there.strip() or newest_keys(here, there) is not None


def _bring(shelf: Folder, store: FileStore, manifest: Manifest) -> None:
    for name in manifest.files:
        store.keep(shelf.read(name))
        failpoint("restore.file")


def _change(
    settings: Settings, path: Path, place: RestoreTarget, made: Path, manifest: Manifest, now: datetime
) -> None:
    """What must change together: meanwhile the mark stands."""
    mark = _mark(settings)
    told = {"backup": str(path), "manifest": _told(path), "shelf": place.on_shelf or ""}
    goes_on = mark.exists()
    write_whole(mark, json.dumps(told).encode())
    failpoint("restore.marked")
    try:
        # While files were brought it may have been started; from here on the mark keeps it from that.
        database_dump.close_database(place.database)
    except OperationFailed:
        if not goes_on:
            _take_off(mark)
        raise
    if isinstance(settings.keys, Path):
        write_whole(settings.keys, _keys_to_keep(settings.keys, (path / KEYS).read_bytes()))
    failpoint("restore.keys")
    database_dump.put_in_place(place.database, made, manifest.counts)
    with database_dump.database_problems("The database cannot be brought back"), place.database.writing() as session:
        set_store_id(session, place.id, now).left_meanwhile = manifest.left_meanwhile or None
    failpoint("restore.database")
    if place.files.read_id() != place.id:
        place.write_id()
    _begun(settings).unlink(missing_ok=True)
    _take_off(mark)
    failpoint("restore.done")


def _take_off(mark: Path) -> None:
    mark.unlink()
    sync_folder(mark.parent)


def _keys_to_keep(place: Path, brought: bytes) -> bytes:
    """Those of the backup, but where newer ones of the same instance lie here: a key that was given up since signs nothing again."""
    return (newest_keys(place.read_bytes(), brought) if place.exists() else None) or brought


def _begun(settings: Settings) -> Path:
    """What tells, when a restore onto an empty shelf is run again, that the id there is its own. A start heeds it not."""
    return _beside(settings).with_name(f"{_beside(settings).name}.restore-begun")


def _beginning(settings: Settings, path: Path) -> dict[str, str]:
    return {"manifest": _told(path), "files": settings.files_url}


def _goes_on(settings: Settings, path: Path) -> Mapping[str, str]:
    """The mark of a restore of this very backup that was killed half-way; raises OperationFailed for another one's."""
    marked = _noted(_mark(settings))
    if marked and marked["manifest"] != _told(path):
        raise OperationFailed(f"The restore of {marked['backup']} did not end: run that one again first.")
    return marked


def _id_of(path: Path, manifest: Manifest) -> str:
    """The id that the backup brings; one of before there were ids has one of its own, the same each time."""
    return manifest.store or sha256(f"backup {_told(path)}".encode()).hexdigest()[:32]


def _id_of_drill(settings: Settings) -> str:
    """The id of what is tried out here: of this place, and of no wallet."""
    place = settings.keys.absolute() if isinstance(settings.keys, Path) else settings.keys
    return sha256(f"drill {settings.database_url} {place}".encode()).hexdigest()[:32]


def _mark(settings: Settings) -> Path:
    return _beside(settings).with_name(f"{_beside(settings).name}.restoring")


def _beside(settings: Settings) -> Path:
    """Where the marks of a restore lie: beside the keys, or where these would be if they were the wallet's own."""
    return settings.keys if isinstance(settings.keys, Path) else Path("var/keys.json")


def _noted(mark: Path) -> dict[str, str]:
    """What stands in *mark*; nothing where it is not set."""
    noted: dict[str, str] = json.loads(mark.read_bytes()) if mark.exists() else {}
    return noted


def _told(path: Path) -> str:
    return sha256((path / MANIFEST).read_bytes()).hexdigest()
