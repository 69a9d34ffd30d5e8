"""The reserve: room on the disk that nobody uses, thrown off when the disk is full and somebody wants to leave.

On a full disk even erasing fails: a row that goes is first written to the log of the database (docs/security.md H1 and
H8). So a file of SIZE lies on each disk that the wallet writes to. What is needed for leaving is done by `spend`, which
throws it off when there is no room. What the act did not use is laid again at once: else whoever writes next would have
it, and the next one who wants to leave would have none. A chore makes it whole when there is room again.
"""

import errno
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TypeVar

from ..settings import Settings
from ..storage import Database, DatabaseUnavailable, FileStore, Folder, Unavailable, sync_folder

R = TypeVar("R")

SIZE = 16 * 1024 * 1024
"""Bytes: a wallet of thousands of badges goes in steps (operations/erasure.py), each of which writes less than half of it."""
LEAST = 256 * 1024
"""Bytes below which what is left is not worth laying."""
TRIES = 5
"""How often an act is begun: others may lay again what was thrown off for this one."""
TIGHT = SIZE // 4
"""A disk with less room than this is as good as full: a ceremony of several writes must not stop between two."""
SPARE = 2 * SIZE
"""How much room a disk has when the reserve is laid: it is not taken from those who need it now."""
NAME = "ballast"
DRAFTED = 60
"""Seconds after which nobody makes it any more."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE"}
"""What SQLite calls a disk without room; its shared memory, a file beside the database, tells it as a fault of the disk."""
Trouble = (OSError, DatabaseUnavailable, Unavailable)


@dataclass(eq=False)
class DiskReserve:
    """The reserve in *folders*: one file for each disk that they are on."""

    folders: Sequence[Path]

    def lay(self) -> None:
        """Make it whole on each disk where it is not and there is room; where it cannot be made there is none."""
        for path in self._paths():
            _clear(path)
            there = _size(path)
            if there < SIZE and _room(path.parent) >= SIZE - there + SPARE:
                _make(path, SIZE)

    def throw_off(self) -> bool:
        """Give the room back; whether there was any."""
        there = [path for path in self._paths() if path.exists()]
        for path in there:
            path.unlink(missing_ok=True)
        return bool(there)

    def spend(self, act: Callable[[], R], *, late: bool = False) -> R:
        """What *act* answers; when the disk is full, or it fails for want of room, the reserve is thrown off for it.

        *act* may be done twice: what fails has kept nothing. *late* is for a chore that mostly finds nothing to do: nothing is
        thrown off before it has failed.
        """
        is_tight = not late and any(_room(path.parent) < TIGHT for path in self._paths())
        is_thrown = is_tight and self.throw_off()
        try:
            for _ in range(TRIES):
                try:
                    return act()
                except Trouble as problem:
                    if not (is_full(problem) and self.throw_off()):
                        raise
                    is_thrown = True
            return act()
        finally:
            if is_thrown:
                self._lay_rest()

    def _lay_rest(self) -> None:
        """Lay again what the disk has room for, where it was thrown off."""
        for path in self._paths():
            size = min(SIZE, _room(path.parent))
            if not path.exists() and size >= LEAST:
                _make(path, size)

    def _paths(self) -> list[Path]:
        """Where it lies: in the first of the folders on each disk."""
        disks = {folder.stat().st_dev: folder for folder in reversed(self.folders) if folder.is_dir()}
        return [folder / NAME for folder in disks.values()]


def folders_written(settings: Settings, database: Database, files: FileStore) -> list[Path]:
    """The folders that the wallet writes to."""
    folders = [Path(database.url.database).parent] if database.is_sqlite and database.url.database else []
    folders += [files.root] if isinstance(files, Folder) else []
    return [*folders, settings.erasures.parent]


def is_full(problem: BaseException | None) -> bool:
    """Whether *problem* comes from a disk without room."""
    if problem is None:
        return False
    if isinstance(problem, DatabaseUnavailable):
        return getattr(problem.orig, "sqlite_errorname", "") in FULL
    return getattr(problem, "errno", None) in NO_ROOM or is_full(problem.__cause__)


def _size(path: Path) -> int:
    """Bytes of that file; another process may just have thrown it off."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _room(folder: Path) -> int:
    """Bytes that we may still write there."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _clear(path: Path) -> None:
    """Remove the drafts of whoever was killed while they made it; a younger one may be somebody's who still does."""
    for draft in path.parent.glob(f".{NAME}.*"):
        with suppress(FileNotFoundError):  # another process is at it too
            if draft.stat().st_mtime < time() - DRAFTED:
                draft.unlink()


def _make(path: Path, size: int) -> None:
    """Whole or not at all, its bytes reserved and not only promised."""
    draft = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
        draft.rename(path)
        sync_folder(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
