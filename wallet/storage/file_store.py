"""What a folder and a bucket have in common (storage/files.py): what is asked of either, what goes wrong, and their names."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

from obstore.exceptions import BaseError

NAME = re.compile(r"[0-9a-f]{64}")
AT_ONCE = 16
"""Files of a shelf that are asked for together."""
LEDGER_LINE = re.compile(r"[0-9a-f]{64}-\d{4}-\d\d-\d\d")
"""Whoever was erased, and when: the name of an empty file (operations/erasure_log.py)."""
LEDGER = "ledger"
STORE_ID = "store-id"
"""Beside the files: which store they are of (storage/store_id.py)."""


class FileMissing(Exception):
    """There is no such file."""


class Damaged(Exception):
    """The bytes of this file no longer fit its name."""


LOST = (FileMissing, Damaged)
"""The file is gone from the shelf, or its bytes no longer fit their name: told, and never shown as whole."""


TRACE = "Debug source:"
"""With it begin the insides of the client, dozens of lines, in what obstore says of a bucket; whoever operates the wallet reads
what stands before."""


class Unavailable(Exception):
    """The folder or the bucket does not give or take."""


class FileStore(ABC):
    """A place that keeps bytes under their SHA-256. What a folder and a bucket do alike stands here."""

    place: str
    """Where it is, for the words of an operator."""

    @abstractmethod
    def keep(self, content: bytes) -> str:
        """Keep *content*, for good when this returns; its name. A damaged file is mended. Raises Unavailable."""

    def read(self, name: str) -> bytes:
        """The bytes of *name*; raises FileMissing, Damaged, Unavailable."""
        content = self._brought(name, lambda: self._content(name))
        if sha256(content).hexdigest() != name:
            raise Damaged(name)
        return content

    def read_part(self, name: str, start: int, length: int) -> bytes:
        """So many bytes of *name*, not compared with it; raises FileMissing, Damaged where there are fewer, Unavailable."""
        content = self._brought(name, lambda: self._part(name, start, length))
        if len(content) != length:
            raise Damaged(name)
        return content

    def _brought(self, name: str, read: Callable[[], bytes]) -> bytes:
        """What *read* gives of *name*, also where it lay aside; raises FileMissing, Unavailable."""
        with file_problems(name):
            try:
                return read()
            except FileNotFoundError:  # obstore says it with the builtin, and not with its own NotFoundError
                if not self._is_brought_back(name):
                    raise FileMissing(name) from None
                return read()

    def has(self, name: str) -> bool:
        """Whether there is a file of that name; raises FileMissing for what is no name, Unavailable."""
        with file_problems(name):
            return self._is_kept(name) or self._is_brought_back(name)

    def expect(self, names: Iterable[str]) -> None:
        """Raises Unavailable unless there is a file of each of these names. Never asked while a transaction is open."""
        asked = sorted(names)
        with ThreadPoolExecutor(AT_ONCE) as together:
            for name, is_there in zip(asked, together.map(self.has, asked), strict=True):
                if not is_there:
                    raise Unavailable(f"{name} was erased meanwhile")

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove the file, for good when this returns; no harm where there is none. Raises Unavailable."""

    @abstractmethod
    def set_aside(self, name: str, older_than: datetime, now: datetime) -> bool:
        """Set the file aside at *now*; whether it was. Raises Unavailable.

        It stays when somebody kept it again since *older_than*: their row is perhaps still on its way.
        """

    @abstractmethod
    def aside(self) -> Iterator[tuple[str, datetime]]:
        """What lies aside, each with when it was set there, in no order; raises Unavailable."""

    @abstractmethod
    def forget_aside(self, name: str) -> None:
        """Remove what lies aside under that name, for good when this returns. Raises Unavailable."""

    @abstractmethod
    def names(self, older_than: datetime | None = None, after: str = "") -> Iterator[str]:
        """The names of all files, or of those last kept before *older_than*, in their order, from the first one *after* that
        on; asked for as they are needed. Raises Unavailable."""

    @abstractmethod
    def sweep(self, now: datetime) -> None:
        """Remove what unfinished keeping left more than an hour ago. Raises Unavailable."""

    @abstractmethod
    def read_id(self) -> str | None:
        """The id of the store that these files are of (storage/store_id.py), if it has one; raises Unavailable."""

    @abstractmethod
    def write_id(self, id: str, *, anew: bool = False) -> str:
        """Write the id, unless there is one and it is not to be *anew*; the one that is there then. Raises Unavailable."""

    @abstractmethod
    def ledger_lines(self) -> Iterator[str]:
        """The lines of the ledger of erasures that lie here, in no order; raises Unavailable."""

    @abstractmethod
    def write_ledger_line(self, line: str) -> None:
        """Add a line, for good when this returns, unless it is there; raises Unavailable."""

    @abstractmethod
    def remove_ledger_line(self, line: str) -> None:
        """Remove a line; no harm where it is not there. Raises Unavailable."""

    @abstractmethod
    def _content(self, name: str) -> bytes:
        """All that lies under *name* on the shelf itself; raises FileNotFoundError."""

    @abstractmethod
    def _part(self, name: str, start: int, length: int) -> bytes:
        """So many bytes of it, or as many as there are; raises FileNotFoundError."""

    @abstractmethod
    def _is_kept(self, name: str) -> bool:
        """Whether a file lies under *name* on the shelf itself."""

    @abstractmethod
    def _is_brought_back(self, name: str) -> bool:
        """Whether it lay aside, and is on the shelf again, as if it had been kept just now."""


@contextmanager
def file_problems(what: object) -> Iterator[None]:
    """What the disk or the bucket raises about *what* is raised as Unavailable."""
    try:
        yield
    except (OSError, BaseError) as problem:
        raise Unavailable(f"{what}: {_in_a_line(what, problem)}") from problem


def _in_a_line(what: object, problem: Exception) -> str:
    """What *problem* says of *what*, without the number that the machine has for it, or the insides of a client."""
    if not (isinstance(problem, OSError) and problem.strerror):
        return " ".join(str(problem).partition(TRACE)[0].split())
    is_of_it = problem.filename is None or str(problem.filename) == str(what)
    return problem.strerror if is_of_it else f"{problem.filename}: {problem.strerror}"


def check_name(name: str) -> str:
    """*name*; raises FileMissing for what is none."""
    if not NAME.fullmatch(name):
        raise FileMissing(name)
    return name
