"""Whether this node is at fault, for a balancer that may send people to another one.

What another node could do no better is no fault of this one: a database that is silent, a shelf that is full. A balancer
would take out all nodes for it, and people would read its page instead of ours.

Where several workers serve, each tells how it is in a file of a folder that they share: the words that stand against it,
and by the time of the file that its loop goes on.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

from .metrics import is_alive

FULL_FOR = 10.0
"""Seconds for which people have waited for a thread, none being free, when the room counts as full."""
SILENT_FOR = 30.0
"""Seconds after which a worker whose loop says nothing counts as one that hangs."""
STOPPING, FULL = "stopping", "full"
WORDS = {
    STOPPING: "It is stopping.",
    FULL: "Its threads for pages have been full for 10 seconds.",
}
NAMED = "state_"


class Health:
    """How this process is, and how those are that serve with it: they tell it in *folder*, if there are any."""

    def __init__(self, folder: Path | None = None) -> None:
        self.is_stopping = False
        self.found: Collection[str] = ()
        """What was found against the node where it was looked at last: a sentence each (operations/stored_metrics.py)."""
        self._full_since: float | None = None
        self._file = folder / f"{NAMED}{os.getpid()}" if folder else None
        self._told: str | None = None

    def beat(self, *, is_full: bool, now: float | None = None) -> None:
        """The loop goes on; *is_full* says whether somebody waits for a thread and none is free, *now* as monotonic() does."""
        now = monotonic() if now is None else now
        if not is_full:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = now
        self._is_full = self._full_since is not None and now - self._full_since >= FULL_FOR
        self._tell()

    def begin_stopping(self) -> None:
        """It was asked to end, and still serves for a while."""
        self.is_stopping = True
        self._tell()

    def faults(self) -> list[str]:
        """What speaks against this node, a sentence each; none where it is ready.

        One worker that is replaced while others serve stops no node; one whose threads are full does.
        """
        states = self._states()
        words = [
            *([STOPPING] if states and all(STOPPING in state for state in states.values()) else []),
            *([FULL] if any(FULL in state for state in states.values()) else []),
        ]
        return [*(WORDS[word] for word in words), *self.found]

    def silent(self) -> list[int]:
        """The processes whose loop hangs; the one that answers this does not."""
        if self._file is None:
            return []
        now = time()
        silent = list[int]()
        for pid, path in self._files().items():
            with suppress(FileNotFoundError):  # of a worker that has just ended
                silent += [pid] if now - path.stat().st_mtime > SILENT_FOR else []
        return silent

    _is_full = False

    def _words(self) -> str:
        return " ".join([STOPPING] * self.is_stopping + [FULL] * self._is_full)

    def _tell(self) -> None:
        if self._file is None:
            return
        words = self._words()
        with suppress(OSError):
            if words == self._told:
                os.utime(self._file)
            else:
                self._file.write_text(words, encoding="ascii")
                self._told = words

    def _states(self) -> dict[int, list[str]]:
        if self._file is None:
            return {os.getpid(): self._words().split()}
        states = dict[int, list[str]]()
        for pid, path in self._files().items():
            with suppress(FileNotFoundError):  # of a worker that has just ended
                states[pid] = path.read_text("ascii").split()
        return states

    def _files(self) -> dict[int, Path]:
        """Of those who live; what others left goes."""
        found = {}
        for path in self._file.parent.glob(f"{NAMED}*") if self._file else ():
            pid = int(path.name.removeprefix(NAMED))
            if is_alive(pid):
                found[pid] = path
            else:
                path.unlink(missing_ok=True)
        return found
