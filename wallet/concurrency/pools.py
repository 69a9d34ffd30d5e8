"""Threads of their own for what waits for others: whoever needs nobody else never queues behind it.

Most visits wait for the database alone; they run in the threads of all, forty (Starlette's). What asks strangers or
reads the shelf may wait for seconds. It runs in a few threads apart, fewer of them for one network, and queues for a
short while in no thread at all. Whoever finds no place there is told at once, and when there may be one.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, inf
from time import monotonic
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")
STRANGERS, SHELF, SHEETS = "strangers", "shelf", "sheets"
PATIENCE = 8.0
"""Seconds in the queue."""
_END = object()


class PoolFull(Exception):
    """There is no place, not even in the queue; `seconds` until there may be one."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"full for {seconds} s")
        self.seconds = seconds


@dataclass(eq=False, slots=True)
class _Turn:
    network: str
    began: float = field(default_factory=monotonic)


@dataclass(eq=False, slots=True)
class _Waiting:
    network: str
    turn: "asyncio.Future[_Turn]"


@dataclass(kw_only=True)
class Pool:
    """So many *threads*, *of_one* for a single network, with a queue of *queue*, *queue_of_one* for a single network.

    It belongs to one event loop at a time. *lasts* is how many seconds one turn takes at most, as a rule.
    """

    threads: int
    of_one: int
    queue: int
    queue_of_one: int
    lasts: int
    running: list[_Turn] = field(default_factory=list)
    waiting: list[_Waiting] = field(default_factory=list)

    async def run(self, network: str, work: Callable[[], T]) -> T:
        """What *work* gives, done in a thread for somebody of *network*; raises PoolFull."""
        return await self._run(await self._enter(network, PATIENCE), work)

    async def pieces(self, network: str, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        """*pieces*, each made in a turn of its own: whoever is slow to take them holds no thread.

        What has begun is never refused: it waits as long as it takes.
        """
        while True:
            piece = await self._run(await self._enter(network, inf), lambda: next(pieces, _END))
            if not isinstance(piece, bytes):
                return
            yield piece

    async def _run(self, turn: _Turn, work: Callable[[], T]) -> T:
        try:
            # Turns are counted here; the limit of Starlette's own threads is for everybody else.
            return await to_thread.run_sync(work, limiter=CapacityLimiter(1))
        finally:
            self._leave(turn)

    async def _enter(self, network: str, patience: float) -> _Turn:
        theirs = sum(turn.network == network for turn in self.running)
        if len(self.running) < self.threads and theirs < self.of_one:
            return self._begin(network)
        queued = sum(other.network == network for other in self.waiting)
        if patience != inf and (len(self.waiting) >= self.queue or queued >= self.queue_of_one):
            raise PoolFull(self._seconds(network))
        place = _Waiting(network, asyncio.get_running_loop().create_future())
        self.waiting.append(place)
        try:
            async with asyncio.timeout(None if patience == inf else patience):
                return await place.turn
        except BaseException as problem:
            if place in self.waiting:
                self.waiting.remove(place)
            elif not place.turn.cancelled():  # it was given a turn in the very moment in which it gave up
                self._leave(place.turn.result())
            if isinstance(problem, TimeoutError):
                raise PoolFull(self._seconds(network)) from None
            raise

    def _begin(self, network: str) -> _Turn:
        turn = _Turn(network)
        self.running.append(turn)
        return turn

    def _leave(self, turn: _Turn) -> None:
        """The turn is over; the next one is of a network that has the fewest, and of those who waited longest."""
        self.running.remove(turn)
        while len(self.running) < self.threads and (place := self._next()):
            self.waiting.remove(place)
            if not place.turn.done():  # else they have given up just now: the turn is for somebody who is there
                place.turn.set_result(self._begin(place.network))

    def _next(self) -> _Waiting | None:
        taken = Counter(turn.network for turn in self.running)
        fitting = (place for place in self.waiting if taken[place.network] < self.of_one)
        return min(fitting, key=lambda place: taken[place.network], default=None)

    def _seconds(self, network: str) -> int:
        """Until one of those who are in the way has had its time."""
        theirs = [turn for turn in self.running if turn.network == network]
        in_the_way = theirs if len(theirs) >= self.of_one else self.running
        left = [ceil(self.lasts - (monotonic() - turn.began)) for turn in in_the_way]
        return max(1, min((seconds for seconds in left if seconds > 0), default=self.lasts))


def make_pools() -> dict[str, Pool]:
    """The three pools of a wallet, by their names.

    strangers  what asks issuers, starts a child, or goes through a whole archive
    shelf      what reads one file, or a few, for a page that may show many
    sheets     what sets a sheet of paper, a third of a second of a core: one at a time, and the same one only once
    """
    return {
        STRANGERS: Pool(threads=8, of_one=2, queue=96, queue_of_one=48, lasts=60),
        SHELF: Pool(threads=8, of_one=4, queue=2000, queue_of_one=1000, lasts=10),
        SHEETS: Pool(threads=1, of_one=1, queue=1000, queue_of_one=600, lasts=2),
    }
