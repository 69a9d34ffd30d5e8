"""What watches one process of a node while it serves: its pulse, its look at what is kept, and who answers for it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import NamedTuple

from anyio import CapacityLimiter, to_thread

from . import counting
from .health import Health
from .listener import Answer, listen
from .metrics import Metrics
from .shutdown import announced_end

PULSE = 1.0
"""Seconds between two looks at the threads."""
LOOK_EVERY = 15.0
"""Seconds between two looks at what is kept, however often somebody asks."""
PATIENCE = 1.0
"""Seconds for which somebody waits for such a look; then they are told what was seen at the last one."""
GRACE = 5.0
"""Seconds for which a node that was asked to end still serves, and says that it is not ready."""
PAGES = "pages"
"""The room in which a balancer's people wait: only when it is full is it better to be elsewhere."""
METRICS = "text/plain; version=0.0.4; charset=utf-8"
log = logging.getLogger("wallet")


class Room(NamedTuple):
    """Threads that some share."""

    name: str
    busy: int
    threads: int
    waiting: int


class Seen(NamedTuple):
    """What a look at what is kept found: numbers by their names (metrics.MEASURED), and what speaks against this node."""

    values: dict[str, float]
    faults: Collection[str]
    is_whole: bool
    """False where the database told no number; where it was silent, and no fault is known, the faults are those of before."""


@dataclass(kw_only=True)
class Node:
    """All of it; `watched` while it serves."""

    address: tuple[str, int]
    metrics: Metrics
    health: Health
    rooms: Callable[[], Iterable[Room]]
    connections: Callable[[], int]
    look: Callable[[], Seen]
    """Asked in a thread of its own."""
    grace: float = GRACE
    _looking: "asyncio.Task[None] | None" = None
    _looked_at: float | None = None
    _seen_at: float | None = None
    _threads: CapacityLimiter = field(init=False)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Watch this process, and answer for it, in the running loop."""
        self._threads = CapacityLimiter(2)  # nobody who visits waits for these
        answers = {"/alive": self.alive, "/ready": self.ready, "/metrics": self.tell}
        counting.begin_counting(self.metrics)
        tasks = [
            asyncio.create_task(self._beat()),
            asyncio.create_task(listen(*self.address, answers, is_alone=self.metrics.folder is None)),
        ]
        try:
            with announced_end(self.grace, self.health.begin_stopping):
                yield
        finally:
            counting.end_counting()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._looking:
                await self._looking

    async def alive(self) -> Answer:
        """That the loop answers, which it does here; of each worker that it did lately."""
        hung = self.health.silent()
        if hung:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{len(hung)} workers hang.\n".encode())
        return Answer(HTTPStatus.OK, b"alive\n")

    async def ready(self) -> Answer:
        """Whether people are well served here; nobody waits for the database to know."""
        self._begin_look()
        if faults := self.health.faults():
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, "".join(f"{fault}\n" for fault in faults).encode())
        return Answer(HTTPStatus.OK, b"ready\n")

    async def tell(self) -> Answer:
        """All metrics; what is kept as it was seen last, where it is not seen in time."""
        looking = self._begin_look()
        if looking:
            await asyncio.wait([looking], timeout=PATIENCE)
        if self._seen_at is not None:
            self.metrics.note_age(monotonic() - self._seen_at)
        return Answer(HTTPStatus.OK, await to_thread.run_sync(self.metrics.text, limiter=self._threads), METRICS)

    def _begin_look(self) -> "asyncio.Task[None] | None":
        """The look that goes on, begun if it is time for another one."""
        is_over = self._looking is None or self._looking.done()
        if is_over and (self._looked_at is None or monotonic() - self._looked_at >= LOOK_EVERY):
            self._looked_at = monotonic()
            self._looking = asyncio.create_task(self._look())
        return self._looking

    async def _look(self) -> None:
        try:
            seen = await to_thread.run_sync(self.look, limiter=self._threads)
        except Exception:
            log.exception("what is kept could not be looked at")
            return
        self.metrics.note_measured(seen.values)
        if seen.is_whole or seen.faults:
            self.health.found = seen.faults
        if seen.is_whole:
            self._seen_at = monotonic()

    async def _beat(self) -> None:
        while True:
            is_full = False
            for room in self.rooms():
                self.metrics.note_room(room.name, room.busy, room.waiting)
                is_full = is_full or (room.name == PAGES and room.waiting > 0 and room.busy >= room.threads)
            self.metrics.note_connections(self.connections())
            self.health.beat(is_full=is_full)
            await asyncio.sleep(PULSE)
