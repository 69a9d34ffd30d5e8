"""The reserve: room on the disk that nobody uses, given back when the disk is full and somebody wants to leave.

On a full disk even erasing fails: a row that goes is first written to the log of the database (docs/security.md H1 and
H8). So a file of SIZE lies on each disk that the wallet writes to. What is needed for leaving is done by `spend`, which
gives a slice of it back when there is no room, and another one where that was not enough: whatever fills the disk is
hungry still, and takes what lies free before the act does. What the act did not use is laid again at once: else whoever
writes next would have it. A chore makes it whole when there is room again.
"""

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..settings import Settings
from ..storage import Database, DatabaseUnavailable, FileStore, Folder, Unavailable, sync_folder

R = TypeVar("R")

SIZE = 16 * 1024 * 1024
"""Bytes: a wallet of thousands of badges goes in steps (operations/erasure.py), each of which writes less than half of it."""
LEAST = 256 * 1024
"""Bytes below which what is left is not worth laying."""
SLICE = SIZE // 4
"""Bytes that are given back at a time. A disk with less room than this is as good as full: a ceremony of several writes must
not stop between two."""
TRIES = 5
"""How often an act is begun: others may take or lay again what was given back for this one."""
SPARE = 2 * SIZE
"""How much room a disk has when the reserve is laid: it is not taken from those who need it now."""
NAME = "ballast"
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
            there = _size(path)
            if there < SIZE and _room(path.parent) >= SIZE - there + SPARE:
                _grow(path, SIZE)

    def give_back(self) -> bool:
        """Give back a slice of it on each disk, or what is left there; whether there was any."""
        was_there = [_shrink(path) for path in self._paths()]
        return any(was_there)

    def spend(self, act: Callable[[], R], *, late: bool = False) -> R:
        """What *act* answers; when the disk is full, or it fails for want of room, the reserve is given back for it.

        *act* may be done again: what fails has kept nothing. *late* is for a chore that mostly finds nothing to do: nothing is
        given back before it has failed.
        """
        is_tight = not late and any(_room(path.parent) < SLICE for path in self._paths())
        is_smaller = is_tight and self.give_back()
        try:
            for _ in range(TRIES):
                try:
                    return act()
                except Trouble as problem:
                    if not (is_full(problem) and self.give_back()):
                        raise
                    is_smaller = True
            return act()
        finally:
            if is_smaller:
                self._lay_rest()

    def _lay_rest(self) -> None:
        """Lay again what the disk has room for."""
        for path in self._paths():
            there, room = _size(path), _room(path.parent)
            if there < SIZE and room >= LEAST:
                _grow(path, min(SIZE, there + room))

    def _paths(self) -> list[Path]:
        """Where it lies: in the first of the folders on each disk."""
        disks = {folder.stat().st_dev: folder for folder in reversed(self.folders) if folder.is_dir()}
        return [folder / NAME for folder in disks.values()]


def folders_written(settings: Settings, database: Database, files: FileStore) -> list[Path]:
    """The folders that the wallet writes to."""
    folders = [Path(database.url.database).parent] if database.is_sqlite and database.url.database else []
    folders += [files.root] if isinstance(files, Folder) else []
    return [*folders, settings.erasures.parent] if settings.erasures else folders


def is_full(problem: BaseException | None) -> bool:
    """Whether *problem* comes from a disk without room."""
    if problem is None:
        return False
    if isinstance(problem, DatabaseUnavailable):
        return getattr(problem.orig, "sqlite_errorname", "") in FULL
    return getattr(problem, "errno", None) in NO_ROOM or is_full(problem.__cause__)


def _size(path: Path) -> int:
    """Bytes of that file; another process may just have given the last of it back."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _room(folder: Path) -> int:
    """Bytes that we may still write there."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _shrink(path: Path) -> bool:
    """Give back a slice of it, or what is left; whether there was any."""
    there = _size(path)
    try:
        with suppress(FileNotFoundError):  # another process has just given back the last slice
            if there > SLICE and os.access(path, os.W_OK):
                os.truncate(path, there - SLICE)
            else:  # one that another user laid, as root who typed a command, goes whole
                path.unlink()
    except PermissionError:
        return False
    return there > 0


def _grow(path: Path, size: int) -> None:
    """To *size*, its bytes reserved and not only promised; where there is no room it stays as it is."""
    with suppress(OSError):  # no room, or not ours to write to
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
            sync_folder(path.parent)
        finally:
            os.close(descriptor)
