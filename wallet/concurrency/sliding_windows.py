"""How much was done lately, within so many seconds that end now: what every limit of a rate is counted with.

Counts live in the memory of one process. `Counts` is what can be asked of them wherever they are: several machines share
theirs (concurrency/shared_windows.py).
"""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import NamedTuple, Protocol

MINUTE, HOUR = 60.0, 3600.0


class Limit(NamedTuple):
    """So many in so many seconds, wherever these begin."""

    amount: int
    seconds: float


class Counts(Protocol):
    """What was done lately, by what it is and whose."""

    def hit(self, limit: Limit, what: str, key: str, amount: int = 1) -> bool:
        """Count so many more; False, and nothing is counted, where it would be more than *limit* lets through."""

    def is_open(self, limit: Limit, what: str, key: str) -> bool:
        """Whether *limit* lets one more through; nothing is counted."""

    def amount(self, limit: Limit, what: str, key: str) -> int:
        """How many were counted that still count for *limit*."""

    def wait(self, limit: Limit, what: str, key: str) -> float:
        """Seconds after which a full *limit* lets one more through, at most."""

    def forget(self) -> None:
        """Begin anew."""

    def get_ready(self) -> None:
        """Before anybody is served: the first who is counted waits no longer than others."""


SWEPT_EVERY = 60.0
"""Seconds after which what nobody did lately is forgotten."""


class _Lately:
    """What one did within so many seconds: when, how much, and how much in all.

    Numbers in a row and no objects: an hour of a busy wallet has tens of thousands of them (bench/memory.py).
    """

    __slots__ = ("amounts", "lasts", "times", "total")

    def __init__(self, lasts: float) -> None:
        self.lasts, self.times, self.amounts, self.total = lasts, array("d"), array("q"), 0

    def add(self, now: float, amount: int) -> None:
        """Count so much more."""
        self.times.append(now)
        self.amounts.append(amount)
        self.total += amount

    def forget(self, now: float) -> None:
        """Count no more what is too long ago."""
        if self.times and self.times[0] <= now - self.lasts:
            old = bisect_right(self.times, now - self.lasts)
            self.total -= sum(self.amounts[:old])
            del self.times[:old], self.amounts[:old]


class Window:
    """When what was done, as long as it counts: a limit holds in every span of its length, not from hour to hour."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str], _Lately] = {}
        self._lock, self._swept = Lock(), monotonic()

    def hit(self, limit: Limit, what: str, key: str, amount: int = 1) -> bool:
        """Count so many more; False, and nothing is counted, where it would be more than *limit* lets through."""
        now = monotonic()
        with self._lock:
            if now - self._swept > SWEPT_EVERY:
                self._sweep(now)
            lately = self._done.get((what, key))
            if lately is None:
                lately = self._done[what, key] = _Lately(limit.seconds)
            lately.forget(now)
            if lately.total + amount > limit.amount:
                return False
            lately.add(now, amount)
            return True

    def is_open(self, limit: Limit, what: str, key: str) -> bool:
        """Whether *limit* lets one more through; nothing is counted."""
        return self.amount(limit, what, key) < limit.amount

    def amount(self, limit: Limit, what: str, key: str) -> int:
        """How many were counted that still count; all that is counted of *what* counts for one and the same *limit*."""
        with self._lock:
            lately = self._done.get((what, key))
            if lately is None:
                return 0
            lately.forget(monotonic())
            return lately.total

    def wait(self, limit: Limit, what: str, key: str) -> float:
        """Seconds until the first of what counts counts no more; all the time of *limit* where nothing was counted."""
        now = monotonic()
        with self._lock:
            lately = self._done.get((what, key))
            if lately is not None:
                lately.forget(now)
            return lately.times[0] + lately.lasts - now if lately and lately.times else limit.seconds

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._done.clear()

    def get_ready(self) -> None:
        """It is."""

    def _sweep(self, now: float) -> None:
        self._swept = now
        for name, lately in list(self._done.items()):
            lately.forget(now)
            if not lately.times:
                del self._done[name]


class Newest:
    """The names of what was asked for lately, by whom: of more than a limit lets through the oldest has to go."""

    def __init__(self, limits: Mapping[str, Sequence[Limit]]) -> None:
        """*limits* are those that hold for what is asked, by its name."""
        self._limits = limits
        self._asked: dict[tuple[str, str], deque[tuple[float, str]]] = {}
        self._lock, self._swept = Lock(), monotonic()

    def add(self, limit: Limit, what: str, key: str, name: str) -> str | None:
        """One more, of that name: the name of the one that has to go for it."""
        now = monotonic()
        with self._lock:
            if now - self._swept > SWEPT_EVERY:
                self._sweep(now)
            asked = self._asked.setdefault((what, key), deque())
            _forget(asked, now - limit.seconds)
            asked.append((now, name))
            return asked.popleft()[1] if len(asked) > limit.amount else None

    def _sweep(self, now: float) -> None:
        self._swept = now
        for (what, key), asked in list(self._asked.items()):
            _forget(asked, now - max(limit.seconds for limit in self._limits[what]))
            if not asked:
                del self._asked[what, key]


def _forget(asked: deque[tuple[float, str]], before: float) -> None:
    while asked and asked[0][0] <= before:
        asked.popleft()
