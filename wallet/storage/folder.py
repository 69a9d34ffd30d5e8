"""Keeps files in a folder of this machine, on the disk before anybody is told (storage/files.py)."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from .durable_writes import lock_folder, make_folder, sync_folder, write_first, write_whole
from .failpoints import failpoint
from .file_store import LEDGER, LEDGER_LINE, NAME, STORE_ID, FileStore, check_name, file_problems

LEFTOVER = timedelta(hours=1)
"""A temporary file older than this belongs to nobody any more."""


class Folder(FileStore):
    """Files in a folder of this machine: `ab/cd/abcd…`, readable by the wallet alone."""

    def __init__(self, root: Path) -> None:
        self.root, self.place = root, str(root)
        self.drafts, self.set_by, self.ledger = root / "drafts", root / "aside", root / LEDGER
        self.had_id = False
        with file_problems(root):
            for folder in (self.drafts, self.set_by):
                make_folder(folder)

    def keep(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        path = self._path(name)
        with file_problems(path):
            self._look_for_disk()
            if not self._is_whole(path, content):
                for folder in (path.parent.parent, path.parent):
                    folder.mkdir(mode=0o700, exist_ok=True)
                self._write(path, content)
            # Whoever made this file or these folders may not have come to syncing them: it costs little to be sure.
            sync_folder(path.parent, path.parent.parent, self.root)
        failpoint("file.kept")
        return name

    def remove(self, name: str) -> None:
        for path in (self._path(name), self.set_by / name):
            with file_problems(path), suppress(FileNotFoundError), self._looked_for():
                path.unlink()
                sync_folder(path.parent)

    def set_aside(self, name: str, older_than: datetime, now: datetime) -> bool:
        path, aside = self._path(name), self.set_by / name
        with file_problems(path), suppress(FileNotFoundError), self._looked_for():
            if not _is_older(path, older_than):
                return False
            with lock_folder(self.set_by):  # else whoever looks at what lies aside might see its old time
                # Then a second look at its age: whoever keeps it from now on misses it and writes it anew.
                path.rename(aside)
                is_old = _is_older(aside, older_than)
                if is_old:
                    os.utime(aside, (now.timestamp(), now.timestamp()))
                else:
                    aside.rename(path)
            sync_folder(aside.parent, path.parent)
            return is_old
        return False

    def aside(self) -> Iterator[tuple[str, datetime]]:
        with file_problems(self.set_by):
            for path in self.set_by.iterdir():
                with suppress(FileNotFoundError):  # somebody has just brought it back
                    if NAME.fullmatch(path.name):
                        # What has just come there has its old time for a moment: read then, it would be long gone.
                        with lock_folder(self.set_by):
                            at = path.stat().st_mtime
                        yield path.name, datetime.fromtimestamp(at, UTC)

    def forget_aside(self, name: str) -> None:
        path = self.set_by / check_name(name)
        with file_problems(path), suppress(FileNotFoundError), self._looked_for():
            path.unlink()
            sync_folder(path.parent)

    def _content(self, name: str) -> bytes:
        with self._looked_for():
            return self._path(name).read_bytes()

    def _part(self, name: str, start: int, length: int) -> bytes:
        with self._looked_for(), self._path(name).open("rb") as stream:
            stream.seek(start)
            return stream.read(length)

    def _is_kept(self, name: str) -> bool:
        with suppress(FileNotFoundError), self._looked_for():
            self._path(name).stat()
            return True
        return False

    def _is_brought_back(self, name: str) -> bool:
        path, aside = self._path(name), self.set_by / name
        try:
            os.utime(aside)
            aside.rename(path)
        except FileNotFoundError:
            return self._is_kept(name)  # somebody else has just brought it back, or there is none
        sync_folder(path.parent, aside.parent)
        return True

    def names(self, older_than: datetime | None = None, after: str = "") -> Iterator[str]:
        with file_problems(self.root):
            self._look_for_disk()
        for parent in _in_order(self.root, after[:2], 2):
            for folder in _in_order(parent, after[2:4] if parent.name == after[:2] else "", 2):
                for path in _in_order(folder, after, 64):
                    with file_problems(path), suppress(FileNotFoundError):  # somebody has just removed it
                        if NAME.fullmatch(path.name) and path.name > after and _is_older(path, older_than):
                            yield path.name

    def sweep(self, now: datetime) -> None:
        with file_problems(self.drafts):
            for draft in (*self.drafts.iterdir(), *self.root.glob(f".{STORE_ID}.*"), *self.ledger.glob(".*")):
                with suppress(FileNotFoundError):  # its writer has just finished
                    if _is_older(draft, now - LEFTOVER):
                        draft.unlink()

    def read_id(self) -> str | None:
        path = self.root / STORE_ID
        with file_problems(path), suppress(FileNotFoundError), self._looked_for():
            id = path.read_text("ascii", "replace").strip()
            self.had_id = True
            return id
        return None

    def write_id(self, id: str, *, anew: bool = False) -> str:
        path, write = self.root / STORE_ID, write_whole if anew else write_first
        with file_problems(path):
            write(path, id.encode())
        return self.read_id() or ""

    def ledger_lines(self) -> Iterator[str]:
        with file_problems(self.ledger), self._looked_for():
            self._look_for_disk()  # without it this is no empty ledger
            lines = self.ledger.iterdir() if self.ledger.is_dir() else ()
            yield from (path.name for path in lines if LEDGER_LINE.fullmatch(path.name))

    def write_ledger_line(self, line: str) -> None:
        with file_problems(self.ledger), self._looked_for():
            self._look_for_disk()  # else the line would lie where the disk was, and count as kept
            write_first(self.ledger / line, b"")

    def remove_ledger_line(self, line: str) -> None:
        with file_problems(self.ledger), self._looked_for():
            (self.ledger / line).unlink(missing_ok=True)
            sync_folder(self.ledger)

    @contextmanager
    def _looked_for(self) -> Iterator[None]:
        """A file is missing only where the folder is there in which it could be: its disk may have been taken away."""
        try:
            yield
        except FileNotFoundError:
            self._look_for_disk()
            raise

    def _look_for_disk(self) -> None:
        """Raises OSError where it was taken away. What is left is an empty folder: any command makes its own folders there, and
        none an id that was read here."""
        if not self.drafts.is_dir() or (self.had_id and not (self.root / STORE_ID).is_file()):
            raise OSError(errno.ENODEV, "the folder is not there, or not the wallet’s", str(self.root)) from None

    def _path(self, name: str) -> Path:
        name = check_name(name)
        return self.root / name[:2] / name[2:4] / name

    @staticmethod
    def _is_whole(path: Path, content: bytes) -> bool:
        """Whether the file is there and whole; then it counts as kept just now, so that no sweep takes it away."""
        try:
            os.utime(path)
            return path.read_bytes() == content
        except FileNotFoundError:
            return False

    def _write(self, path: Path, content: bytes) -> None:
        draft = self.drafts / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(content)
                stream.flush()
                failpoint("file.written")
                os.fsync(stream.fileno())
            failpoint("file.synced")
            draft.rename(path)
            failpoint("file.renamed")
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _in_order(folder: Path, since: str, length: int) -> list[Path]:
    """What lies in *folder* under a name of so many letters, by name, beginning with *since*."""
    with file_problems(folder):
        try:
            return sorted(path for path in folder.iterdir() if len(path.name) == length and path.name >= since)
        except (FileNotFoundError, NotADirectoryError):  # somebody has just removed it, or it is none
            return []


def _is_older(path: Path, than: datetime | None) -> bool:
    return than is None or path.stat().st_mtime < than.timestamp()
