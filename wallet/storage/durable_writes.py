"""Writes to a disk so that a power cut finds the old or the new, and nothing in between.

Rule: a name is on the disk when the folder that holds it was synced, and that folder's own name when the one above was.
Whoever made a folder may have been cut off before they synced it: so it is done again, up to the root, by every process
that meets it for the first time.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NEVER_SYNCED = {errno.EINVAL, errno.ENOTSUP, errno.EROFS}
"""What a disk says that syncs no folder, as that of an automounter, or that nobody writes to. Only of a folder that we have
just made does it matter."""
_known: set[Path] = set()
"""Folders that this process has synced into the one above."""
IN_THE_WAY = "a file, or a link that leads nowhere, is in the place of a folder: is the disk mounted to which it leads?"


def make_folder(folder: Path) -> None:
    """Let there be *folder* and those above it, for its owner alone where they are new, for good when this returns."""
    folder = folder.absolute()
    if folder in _known and folder.is_dir():
        return
    if folder != folder.parent:
        make_folder(folder.parent)
        was_there = folder.is_dir()
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError as problem:
            raise FileExistsError(problem.errno, IN_THE_WAY, str(folder)) from None
        try:
            sync_folder(folder.parent)
        except PermissionError:  # the one above is not ours to open: it was there before us
            pass
        except OSError as problem:
            if not (was_there and problem.errno in NEVER_SYNCED):
                raise
    _known.add(folder)


def write_whole(path: Path, content: bytes) -> None:
    """Write *content* to *path*, for its owner alone: after a power cut the old file is there or the new one, whole."""
    make_folder(path.parent)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    _write(draft, content, os.O_EXCL)
    draft.replace(path)
    sync_folder(path.parent)


def write_first(path: Path, content: bytes) -> None:
    """As `write_whole`, unless there is such a file: `link` gives the name to one of those who write at once, whole."""
    make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, content, os.O_EXCL)
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_at_end(path: Path, content: bytes) -> None:
    """Write *content* at the end of what stands in *path*, or into a new file for its owner alone; on the disk when this returns."""
    _write(path, content, os.O_APPEND)
    sync_folder(path.parent)


def _write(path: Path, content: bytes, how: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as problem:
        problem.filename = str(path)  # of a full disk the system does not say which one
        raise


def sync_folder(*folders: Path) -> None:
    """Write to the disk which names stand in *folders*: without it a new or renamed file may be gone after a cut."""
    for folder in folders:
        with _opened(folder) as descriptor:
            os.fsync(descriptor)


@contextmanager
def lock_folder(folder: Path, *, waits: bool = True) -> Iterator[None]:
    """*folder* for nobody else who locks it meanwhile; raises BlockingIOError where one has it and nobody *waits*."""
    with _opened(folder) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
