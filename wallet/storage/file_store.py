"""What a folder and a bucket have in common (storage/files.py): what is asked of either, what goes wrong, and their names."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from obstore.exceptions import BaseError

NAME = re.compile(r"[0-9a-f]{64}")
STORE_ID = "store-id"
"""Beside the files: which store they are of (storage/store_id.py)."""


class Trouble(Exception):
    """A file cannot be given or kept."""


class FileMissing(Trouble):
    """There is no such file."""


class Damaged(Trouble):
    """The bytes of this file no longer fit its name."""


LOST = (FileMissing, Damaged)
"""The file is gone from the shelf, or its bytes no longer fit their name: told, and never shown as whole."""


class Unavailable(Trouble):
    """The folder or the bucket does not give or take."""


class FileStore(Protocol):
    """A place that keeps bytes under their SHA-256."""

    place: str
    """Where it is, for the words of an operator."""

    def keep(self, content: bytes) -> str:
        """Keep *content*, for good when this returns; its name. A damaged file is mended. Raises Unavailable."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of *name*; raises Missing, Damaged, Unavailable."""
        ...

    def read_part(self, name: str, start: int, length: int) -> bytes:
        """So many bytes of *name*, not compared with it; raises Missing, Damaged where there are fewer, Unavailable."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is a file of that name; raises Unavailable."""
        ...

    def expect(self, names: Iterable[str]) -> None:
        """Raises Unavailable unless there is a file of each of these names. Never asked while a transaction is open."""
        ...

    def remove(self, name: str) -> None:
        """Remove the file, for good when this returns; no harm where there is none. Raises Unavailable."""
        ...

    def set_aside(self, name: str, older_than: datetime, now: datetime) -> bool:
        """Set the file aside at *now*; whether it was. Raises Unavailable.

        It stays when somebody kept it again since *older_than*: their row is perhaps still on its way.
        """
        ...

    def aside(self) -> Iterator[tuple[str, datetime]]:
        """What lies aside, each with when it was set there, in no order; raises Unavailable."""
        ...

    def forget_aside(self, name: str) -> None:
        """Remove what lies aside under that name, for good when this returns. Raises Unavailable."""
        ...

    def names(self, older_than: datetime | None = None) -> Iterator[str]:
        """The names of all files, or of those last kept before *older_than*, in no order; raises Unavailable."""
        ...

    def sweep(self, now: datetime) -> int:
        """Remove what unfinished keeping left more than an hour ago; how many. Raises Unavailable."""
        ...

    def read_id(self) -> str | None:
        """The id of the store that these files are of (storage/store_id.py), if it has one; raises Unavailable."""
        ...

    def write_id(self, id: str, *, anew: bool = False) -> str:
        """Write the id, unless there is one and it is not to be *anew*; the one that is there then. Raises Unavailable."""
        ...


@contextmanager
def file_problems(what: object) -> Iterator[None]:
    """Turn what the disk or the bucket says into our own family of errors."""
    try:
        yield
    except (OSError, BaseError) as problem:
        raise Unavailable(f"{what}: {problem}") from problem


def require_all(found: Mapping[str, bool]) -> None:
    """Raises Unavailable for the first that is not there."""
    for name, is_there in found.items():
        if not is_there:
            raise Unavailable(f"{name} was erased meanwhile")


def check_name(name: str) -> str:
    """*name*; raises Missing for what is none."""
    if not NAME.fullmatch(name):
        raise FileMissing(name)
    return name


def check_length(name: str, content: bytes, length: int) -> bytes:
    """*content*; raises Damaged where it is not so long."""
    if len(content) != length:
        raise Damaged(name)
    return content


def check_content(name: str, content: bytes) -> bytes:
    """*content*; raises Damaged where it is not that of *name*."""
    if sha256(content).hexdigest() != name:
        raise Damaged(name)
    return content
