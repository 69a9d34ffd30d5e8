"""Limits that all nodes share: what was done lately is counted in the database, or in Valkey.

Loaded only where a setting asks for it (app.py): one machine counts in its memory, in less than a tenth of the time.

Rule 1: whoever asks waits PATIENCE at most, whatever the engine does, and sees no fault of it. While it is gone or slow
each node counts in its memory, for PAUSE at a time, and then one asks again beside the requests. It begins with what
this node let through before, so that nobody begins anew.
Rule 2: whose it is stands nowhere: names are marked with the keys of the instance, which all nodes have.
Rule 3: what stops floods of what costs a node hardly anything (*of_a_node*) stays in the memory of each one, and costs no
way to the engine: that many nodes let that many times as much through.
"""

import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from threading import Lock
from time import monotonic, time
from typing import Protocol, TypeVar

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MovingWindowSupport, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter

from .sliding_windows import Limit, Window

PATIENCE = 0.2
"""Seconds that a request waits for the engine."""
GETTING_READY = 3.0
"""Seconds that a start waits for it."""
PAUSE = 10.0
"""Seconds for which an engine that did not answer is asked nothing."""
HANDS = 2
"""Threads that ask: as many as there are connections for it (storage/postgresql.py, APART)."""
MARK = 32
"""Characters that stand for whose it is: 128 bits."""
MANY = 100_000
"""From so many on they are bytes, of which Valkey counts no single one: within twice the time of a limit may be twice as many."""
GONE = (StorageError, OSError, ValueError)
"""What an engine that cannot be asked raises; the last by a host that is no name (UnicodeError)."""
A_TRY = Limit(1, 1.0)
"""What is counted to hear whether the engine counts, and forgotten at once."""
T = TypeVar("T")
log = logging.getLogger("wallet")


class CountTable(Protocol):
    """A table in which all nodes count, as storage/rate_counts.py has one."""

    faults: type[Exception]
    """What it raises when it cannot be asked."""

    def count_within(self, name: str, most: int, seconds: float, amount: int) -> bool:
        """Count *amount* more; False, and nothing is counted, where it would be more than *most* within *seconds*."""

    def counted(self, name: str, seconds: float) -> int:
        """How much was counted that still counts."""

    def forget(self, name: str) -> None:
        """Begin anew with that name."""

    def forget_all(self) -> None:
        """Begin anew."""


class InTable(Storage, MovingWindowSupport):
    """A table as an engine of `limits`: its moving window, and nothing else of it."""

    STORAGE_SCHEME = None

    def __init__(self, table: CountTable) -> None:
        super().__init__(wrap_exceptions=True)
        self.table = table

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the table raises."""
        return self.table.faults

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count *amount* more, within *limit*."""
        return self.table.count_within(key, limit, expiry, amount)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the time that counts began, and how much was counted in it."""
        return time() - expiry, self.table.counted(key, expiry)

    def check(self) -> bool:
        """Whether it answers."""
        try:
            self.table.counted("", 1)
        except self.table.faults:
            return False
        return True

    def reset(self) -> int | None:
        """Begin anew."""
        self.table.forget_all()
        return None

    def clear(self, key: str) -> None:
        """Begin anew with one name."""
        self.table.forget(key)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Of another strategy."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Of another strategy."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Of another strategy."""
        raise NotImplementedError


def in_valkey(address: str) -> Storage:
    """The Valkey at *address* as an engine of `limits`; it is asked nothing yet."""
    engine = storage_from_string(
        address, wrap_exceptions=True, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )
    assert isinstance(engine, Storage)  # noqa: S101  # and none of those that are awaited
    return engine


class SharedWindow:
    """What a Window is to one process, for all nodes together: counted by *engine*."""

    def __init__(
        self,
        engine: Storage,
        mark: Callable[[bytes, str], bytes],
        of_a_node: Collection[str] = (),
        *,
        when_gone: Callable[[], object] = lambda: None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._engine, self._mark, self._of_a_node = engine, mark, of_a_node
        self._when_gone, self._patience, self._clock = when_gone, patience, clock
        self._one_by_one = MovingWindowRateLimiter(engine)
        self._in_bulk: RateLimiter = self._one_by_one
        if not isinstance(engine, InTable):
            self._in_bulk = SlidingWindowCounterRateLimiter(engine)
        self._hands, self._lock = ThreadPoolExecutor(HANDS, "limits"), Lock()
        self._until: float | None = None
        self.here = Window()
        """What this node counts by itself."""
        self.times_gone = 0
        """How often the engine could not be asked, and *when_gone* was told."""

    def hit(self, limit: Limit, what: str, key: str, amount: int = 1) -> bool:
        """Count so many more; False, and nothing is counted, where it would be more than *limit* lets through."""
        if what in self._of_a_node:
            return self.here.hit(limit, what, key, amount)
        limiter = self._in_bulk if limit.amount >= MANY else self._one_by_one
        is_allowed = self._ask(partial(limiter.hit, _item(limit), self._name(what, key), cost=amount))
        if is_allowed is None:
            return self.here.hit(limit, what, key, amount)
        if is_allowed:
            self.here.hit(limit, what, key, amount)
        return is_allowed

    def is_open(self, limit: Limit, what: str, key: str) -> bool:
        """Whether *limit* lets one more through; nothing is counted."""
        return self.amount(limit, what, key) < limit.amount

    def amount(self, limit: Limit, what: str, key: str) -> int:
        """How many were counted that still count for *limit*."""
        found = None
        if what not in self._of_a_node:
            limiter = self._in_bulk if limit.amount >= MANY else self._one_by_one
            found = self._ask(partial(limiter.get_window_stats, _item(limit), self._name(what, key)))
        return self.here.amount(limit, what, key) if found is None else limit.amount - found.remaining

    def wait(self, limit: Limit, what: str, key: str) -> float:
        """As this node knows it, which asks nobody: what others counted first ends earlier, and nobody comes back too soon."""
        return self.here.wait(limit, what, key)

    def forget(self) -> None:
        """Begin anew, on all nodes; for tests and measurements."""
        self.here.forget()
        self._ask(self._engine.reset)

    def get_ready(self) -> None:
        """Before anybody is served: connections are made here, which takes longer than one question. An engine that does not
        count is told in the log: who set it up looks there now, and not when somebody first meets a limit."""
        asked = [self._hands.submit(self._try) for _ in range(HANDS)]
        wait(asked, GETTING_READY)
        for one in asked:
            try:
                one.result(0)
            except (TimeoutError, *GONE) as problem:
                self._is_gone(problem)
                return

    def _name(self, what: str, key: str) -> str:
        return self._mark(f"{what} {key}".encode(), "limit").hex()[:MARK]

    def _ask(self, question: Callable[[], T]) -> T | None:
        """What the engine answers; None while it is gone."""
        if self._until is not None:
            self._look_again()
            return None
        asked = self._hands.submit(question)
        try:
            return asked.result(self._patience)
        except (TimeoutError, *GONE) as problem:
            asked.cancel()
            self._is_gone(problem)
            return None

    def _is_gone(self, problem: Exception) -> None:
        with self._lock:
            if self._until is None:
                self.times_gone += 1
                self._when_gone()
                why = type(problem.__cause__ or problem).__name__
                log.warning("what is shared of limits does not answer (%s): this node counts for itself", why)
            self._until = self._clock() + PAUSE

    def _look_again(self) -> None:
        """After each pause one asks; nobody waits for the answer."""
        with self._lock:
            if self._until is None or self._clock() < self._until:
                return
            self._until = self._clock() + PAUSE
        self._hands.submit(self._look)

    def _try(self) -> None:
        """Count once, as a request does: a Valkey that is full, or that only reads, answers all that is asked of it but this."""
        self._one_by_one.hit(_item(A_TRY), self._name("try", ""))

    def _look(self) -> None:
        try:
            self._try()
        except GONE:
            return
        with self._lock:
            self._until = None
        log.warning("what is shared of limits answers again")


def _item(limit: Limit) -> RateLimitItem:
    return RateLimitItemPerSecond(limit.amount, int(limit.seconds))
