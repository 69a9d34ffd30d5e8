"""The ledger of erasures: who was erased, so that no backup brings them back (docs/decisions.md 19).

A line is the SHA-256 of the holder's handle, which is random, and the day; nothing else is told. A line is on the
disk before the first row goes: whatever a crash leaves is erased when the ledger is replayed (operations/erasure.py).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from ..storage import Unavailable, lock_folder, make_folder, write_at_end, write_whole

KEPT = timedelta(days=90)
"""Three times as long as a backup lives."""
LINE = re.compile(r"([0-9a-f]{64}) (\d{4}-\d\d-\d\d)")


def holder_mark(handle: bytes) -> str:
    """What stands for a holder in the ledger."""
    return sha256(handle).hexdigest()


@dataclass(eq=False)
class ErasureLog:
    """The ledger in the file at *path*, which is made with its first line."""

    path: Path

    def lines(self) -> dict[str, str]:
        """Who was erased, and the day in ISO 8601; a line that a crash cut off tells nothing."""
        if not self.path.exists():
            return {}
        found = map(LINE.fullmatch, self.path.read_text("ascii", errors="replace").splitlines())
        return {line[1]: line[2] for line in found if line}

    def write(self, handle: bytes, now: datetime) -> None:
        """Add a line for the holder of *handle*, unless there is one; on the disk when this returns.

        Raises Unavailable.
        """
        with self._locked():
            if holder_mark(handle) in self.lines():
                return
            # After a line that a crash cut off this one begins anew.
            cut = "\n" if self.path.exists() and not self.path.read_bytes().endswith(b"\n") else ""
            write_at_end(self.path, f"{cut}{holder_mark(handle)} {now:%Y-%m-%d}\n".encode())

    def forget_old(self, now: datetime) -> None:
        """Drop the lines of which no backup needs to be told any more."""
        with self._locked():
            lines = self.lines()
            kept = {one: day for one, day in lines.items() if day > f"{now - KEPT:%Y-%m-%d}"}
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
