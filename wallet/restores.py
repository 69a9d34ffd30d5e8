"""A backup brought back: keys, files and database as they were, and whoever was erased since stays erased.

Rule 1: everything is read and looked at before anything of the wallet that is there is touched, and what is replaced
is first set aside beside the backups, under the moment and `-replaced`.
Rule 2: what is only added comes first: the ledger, the files, a draft of the database. Then a mark is set, keys and
database change, the mark is taken off. While the mark stands the wallet does not start: the restore is run again,
and ends.
Rule 3: the ledger of erasures only grows. The wallet replays it when it starts (decisions.md, 19).
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from . import backups, dumps
from .backups import KEYS, LEDGER, MANIFEST, Manifest
from .database import Database, revisions
from .dumps import Faulty
from .failpoints import failpoint
from .files import Files, Folder, open_files, sync_folder, write_whole
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    backup: Path
    manifest: Manifest
    aside: str
    """The name under which what was there was set aside, "" when nothing was."""
    erasures: int
    """Lines of the ledger."""


def restore(settings: Settings, given: Path, now: datetime, *, replace: bool = False) -> Restored:
    """Bring back the backup *given*, or the newest in that folder; raises Faulty, and then nothing was replaced.

    A wallet that holds somebody, and other keys, are replaced only when *replace* says so. Killed on its way, it is
    run again with the same words, and ends.
    """
    path = chosen(given)
    with backups.closed(settings, path.parent) as shelf, _open(settings) as database:
        manifest = _looked_at(path, shelf, database)
        goes_on = _goes_on(settings, path)
        dumps.leave_alone(database)
        there = [] if goes_on else _in_the_way(settings, path, database)
        if there and not replace:
            raise Faulty(*there, "Nothing was changed. To replace what is there, add --replace.")
        aside = backups.set_aside(settings, path.parent, shelf, now) if there else ""
        failpoint("restore.aside")
        lines = _merge(settings.erasures, path / LEDGER)
        failpoint("restore.ledger")
        _bring(shelf, open_files(settings.files_url), manifest)
        with dumps.draft(database, path / dumps.kind(database), manifest.counts, settings.keys) as made:
            failpoint("restore.drafted")
            _change(settings, path, database, made, manifest)
    return Restored(path, manifest, aside, lines)


def unfinished(settings: Settings) -> str:
    """The sentence that keeps a wallet from starting whose restore did not end; "" for every other one."""
    mark = _mark(settings)
    if not mark.exists():
        return ""
    return f"A restore of {_marked(mark)['backup']} did not end: run it again (wallet restore)."


def chosen(given: Path) -> Path:
    """The backup at *given*, or the newest one in that folder; raises Faulty."""
    given = given.absolute()
    if (given / MANIFEST).exists() or re.match(backups.NAMED, given.name):
        return given
    found = backups.backups(given)
    if not found:
        raise Faulty(f"There is no backup in {given}.")
    return found[-1]


def _looked_at(path: Path, shelf: Folder, database: Database) -> Manifest:
    """What belongs to the backup, all of it read and whole; raises Faulty."""
    manifest = backups.check(path)
    if manifest.faults:
        raise Faulty(f"{path} is what a restore replaced, and it was not whole:", *manifest.faults)
    if dumps.kind(database) not in manifest.members:
        raise Faulty(
            f"{path} holds no {dumps.kind(database)}: it is of another kind of database than WALLET_DATABASE_URL."
        )
    if manifest.revision not in revisions():
        raise Faulty(f"{path} is of a newer wallet, at revision {manifest.revision}: install that one first.")
    backups.check_files(shelf, manifest)
    return manifest


def _in_the_way(settings: Settings, path: Path, database: Database) -> list[str]:
    """What would be replaced, a sentence each."""
    told = []
    try:
        people = dumps.people(database)
        if people:
            told.append(f"The database that is there holds {people} people or visitors.")
    except Faulty as problem:
        told += problem.faults
    if settings.keys.exists() and settings.keys.read_bytes() != (path / KEYS).read_bytes():
        told.append(f"{settings.keys} holds other keys.")
    return told


def _merge(ours: Path, theirs: Path) -> int:
    """Add to our ledger what stands in theirs alone, and lose no line of ours; how many there are."""
    here, there = (path.read_bytes().splitlines() if path.exists() else [] for path in (ours, theirs))
    new = [line for line in dict.fromkeys(there) if line not in set(here)]
    if new:
        write_whole(ours, b"".join(line + b"\n" for line in (*here, *new)))
    return len(here) + len(new)


def _bring(shelf: Folder, store: Files, manifest: Manifest) -> None:
    for name in manifest.files:
        store.keep(shelf.read(name))
        failpoint("restore.file")


def _change(settings: Settings, path: Path, database: Database, made: Path, manifest: Manifest) -> None:
    """What must change together: meanwhile the mark stands."""
    mark = _mark(settings)
    write_whole(mark, json.dumps({"backup": str(path), "manifest": _told(path)}).encode())
    failpoint("restore.marked")
    write_whole(settings.keys, (path / KEYS).read_bytes())
    failpoint("restore.keys")
    dumps.put(database, made, manifest.counts)
    failpoint("restore.database")
    mark.unlink()
    sync_folder(mark.parent)
    failpoint("restore.done")


def _goes_on(settings: Settings, path: Path) -> bool:
    """Whether a restore of this very backup was killed half-way; raises Faulty when it was another one's."""
    mark = _mark(settings)
    if not mark.exists():
        return False
    marked = _marked(mark)
    if marked["manifest"] != _told(path):
        raise Faulty(f"The restore of {marked['backup']} did not end: run that one again first.")
    return True


def _mark(settings: Settings) -> Path:
    return settings.keys.with_name(f"{settings.keys.name}.restoring")


def _marked(mark: Path) -> dict[str, str]:
    marked: dict[str, str] = json.loads(mark.read_bytes())
    return marked


def _told(path: Path) -> str:
    return sha256((path / MANIFEST).read_bytes()).hexdigest()


@contextmanager
def _open(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.close()
