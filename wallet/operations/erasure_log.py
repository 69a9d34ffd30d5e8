"""The ledger of erasures: who was erased, so that no backup brings them back (docs/decisions.md 19).

A line is the SHA-256 of the holder's handle, which is random, and the day; nothing else is told. In the same form it keeps
which words were withdrawn: a list and a place in it, where nobody stands. A line is on the
disk before the first row goes: whatever a crash leaves is erased when the ledger is replayed (operations/erasure.py).
It is a file of this machine, or lies on the shelf beside the files, where all nodes of a wallet write it and read it.
"""

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from ..settings import USUAL_LEDGER, Settings
from ..storage import AT_ONCE, FileStore, Unavailable, lock_folder, make_folder, write_at_end, write_whole

KEPT = timedelta(days=90)
"""Three times as long as a backup lives."""
log = logging.getLogger("wallet")
LINE = re.compile(r"([0-9a-f]{64}) (\d{4}-\d\d-\d\d)")


_WITHDRAWN = sha256(b"a word that was withdrawn").hexdigest()[:40]
"""How the line of a word begins: no hash of a handle does."""


def holder_mark(handle: bytes) -> str:
    """What stands for a holder in the ledger."""
    return sha256(handle).hexdigest()


def withdrawal_mark(list_id: int, index: int) -> str:
    """What stands in the ledger for the word at that place of a list."""
    return f"{_WITHDRAWN}{list_id:012x}{index:012x}"


def withdrawals_in(lines: Iterable[str]) -> list[tuple[int, int]]:
    """The lists and places that stand in *lines*."""
    places = (line.removeprefix(_WITHDRAWN) for line in lines if line.startswith(_WITHDRAWN))
    return [(int(place[:12], 16), int(place[12:], 16)) for place in places]


class Ledger(ABC):
    """What the file and the shelf have in common. Whatever does not give or take raises Unavailable."""

    @abstractmethod
    def lines(self) -> dict[str, str]:
        """Who was erased, and the day in ISO 8601."""

    def write(self, handle: bytes, now: datetime) -> None:
        """Add a line for the holder of *handle*; there for good when this returns."""
        self.write_marks([holder_mark(handle)], now)

    @abstractmethod
    def write_marks(self, marks: Collection[str], now: datetime) -> None:
        """Add a line for each of these *marks* that has none of this day or a later one; there for good when this returns."""

    @abstractmethod
    def forget_old(self, now: datetime) -> None:
        """Drop the lines of which no backup needs to be told any more."""

    @abstractmethod
    def content(self) -> bytes:
        """All of it as a backup keeps it, a line each; nothing where there is none."""

    @abstractmethod
    def add(self, content: bytes) -> int:
        """Add what stands in the *content* of a backup alone, and lose no line of ours; how many there are."""


def open_ledger(settings: Settings, files: FileStore) -> Ledger:
    """The ledger that the settings name."""
    return ErasureLog(settings.erasures) if settings.erasures else ShelfErasureLog(files, USUAL_LEDGER)


def _read(content: bytes) -> dict[str, str]:
    """What stands in lines; one that a crash cut off tells nothing."""
    found = map(LINE.fullmatch, content.decode("ascii", errors="replace").splitlines())
    return _latest((line[1], line[2]) for line in found if line)


def _latest(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each mark with its day; of whoever was erased twice the later one counts."""
    found: dict[str, str] = {}
    for mark, day in lines:
        found[mark] = max(day, found.get(mark, ""))
    return found


def is_old(day: str, now: datetime) -> bool:
    """Whether lines of that day are forgotten by *now*."""
    return day <= f"{now - KEPT:%Y-%m-%d}"


@dataclass(eq=False)
class ErasureLog(Ledger):
    """The ledger in the file at *path*, which is made with its first line."""

    path: Path

    def lines(self) -> dict[str, str]:
        return _read(self.content())

    def content(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def add(self, content: bytes) -> int:
        here = self.content().splitlines()
        new = [line for line in dict.fromkeys(content.splitlines()) if line not in set(here)]
        if new:
            write_whole(self.path, b"".join(line + b"\n" for line in (*here, *new)))
        return len(here) + len(new)

    def write_marks(self, marks: Collection[str], now: datetime) -> None:
        with self._locked():
            new = dict.fromkeys(marks)
            there = self.lines() if new else {}
            day = f"{now:%Y-%m-%d}"
            told = "".join(f"{mark} {day}\n" for mark in new if there.get(mark, "") < day)
            if not told:
                return
            # After a line that a crash cut off this one begins anew.
            cut = "\n" if self.path.exists() and not self.path.read_bytes().endswith(b"\n") else ""
            write_at_end(self.path, f"{cut}{told}".encode())

    def forget_old(self, now: datetime) -> None:
        with self._locked():
            lines = self.lines()
            kept = {one: day for one, day in lines.items() if not is_old(day, now)}
            if len(kept) == len(lines):
                return
            write_whole(self.path, "".join(f"{one} {day}\n" for one, day in kept.items()).encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """No other worker writes meanwhile: their folder is locked, for the file itself may be replaced."""
        try:
            make_folder(self.path.parent)
            with lock_folder(self.path.parent):
                yield
        except OSError as problem:
            raise Unavailable(f"{self.path}: {problem}") from problem


@dataclass(eq=False)
class ShelfErasureLog(Ledger):
    """The ledger on the shelf of *files*: an object a line, which is put there once and never changed.

    Rule: a wallet that had its ledger in the file *before*, or was given one there by whoever brought a machine back, goes on
    with both, and the file goes when all its lines are on the shelf (`take_over`).
    """

    files: FileStore
    before: Path | None = None

    def lines(self) -> dict[str, str]:
        on_shelf = ((one[:64], one[65:]) for one in sorted(self.files.ledger_lines()))
        return _latest((*on_shelf, *self._before().items()))

    def write_marks(self, marks: Collection[str], now: datetime) -> None:
        self._each(self.files.write_ledger_line, [f"{mark}-{now:%Y-%m-%d}" for mark in marks])

    def forget_old(self, now: datetime) -> None:
        self.take_over()
        self._each(self.files.remove_ledger_line, [one for one in self.files.ledger_lines() if is_old(one[65:], now)])

    def content(self) -> bytes:
        return "".join(f"{one} {day}\n" for one, day in sorted(self.lines().items())).encode()

    def add(self, content: bytes) -> int:
        here, there = set(self.files.ledger_lines()), {f"{one}-{day}" for one, day in _read(content).items()}
        self._each(self.files.write_ledger_line, there - here)
        return len({one[:64] for one in here | there})

    def take_over(self) -> None:
        """Put on the shelf what stands in the file of before, and remove that."""
        if lines := self._before():
            self._each(self.files.write_ledger_line, [f"{one}-{day}" for one, day in lines.items()])
            assert self.before is not None  # noqa: S101  # it has lines
            self.before.unlink(missing_ok=True)
            log.warning("%d lines of the ledger in %s lie on the shelf from now on", len(lines), self.before)

    def _before(self) -> dict[str, str]:
        return ErasureLog(self.before).lines() if self.before else {}

    @staticmethod
    def _each(do: Callable[[str], None], names: Iterable[str]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as together:
            list(together.map(do, names))
