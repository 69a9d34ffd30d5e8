"""What is done while nobody waits, again and again: cleaning up, erasures, rechecks, registers, mail, room
on the disk.

Of all processes on one database one does each kind of it (LEASES, storage/leases.py): a served one, or `wallet work`. What is
of this process or this machine, its memory and its reserve on the disk, each sees to by itself.

One that fails is told in the log and tried again the next time; a database or a shelf that is gone, by which all fail, once.
Work that has begun is never cancelled: its thread would go on with a database that is closed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic

from anyio.to_thread import run_sync
from sqlalchemy.exc import DatabaseError

from .. import issuance, monitoring, network, rechecks, registers, storage
from . import cleanup, disk_reserve, erasure, memory_pools, probes

ROUND_EVERY = 60
"""Seconds between two rounds."""
REMOVING_EVERY, THOROUGH_EVERY = 10, 60
"""Rounds; the first one after a start removes what was let go."""
LEASES = CHORES, LETTERS, RECHECKS = "chores", "letters", "rechecks"
"""Kinds of work that one process does; registers are read again, and promised badges asked for, by the one that checks badges
again: all ask others."""
RESERVE_EVERY = 5
"""Seconds after which it is looked whether there is room for the disk's reserve again."""
DATABASE, FILES = "the database answers again", "the files answer again"
"""What may be silent, by what the log says when it is back."""
log = logging.getLogger("wallet")


@dataclass(kw_only=True)
class Background:
    """All of it, in tasks of the loop in which it was started."""

    database: storage.Database
    files: storage.FileStore
    erasures: erasure.Erasure
    reserve: disk_reserve.DiskReserve
    clock: Callable[[], datetime]
    rechecks: rechecks.Rechecks
    """Checks badges again."""
    later_badges: issuance.openid4vci.LaterBadges
    """Asks for badges that issuers had promised."""
    fetcher: network.Fetcher
    """The way out to the registers of issuers that have an address."""
    send_mail: Callable[[Callable[[], bool]], bool] | None
    """Sends what is due while its argument answers True: whether there may be more; None where no mail server was told."""
    leases: storage.Leases | None
    """What of it is this process's to do; None where none is."""
    check_endorsements: Callable[[Callable[[], bool]], object] = lambda _goes_on: None
    """Looks again at words that came as files, while its argument answers True (endorsements/checking.py)."""
    check_sent: Callable[[Callable[[], bool]], bool] = lambda _goes_on: False
    """Looks at what platforms sent, while its argument answers True: whether there may be more (issuance/sent_checks.py)."""
    settle_petitions: Callable[[], object] = lambda: None
    """Looks whether badges came that structures had offered (shares/petitions/offering.py)."""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _silent: set[str] = field(default_factory=set)
    _back_at: dict[str, float] = field(default_factory=dict)
    """What was told not to answer, and not yet that it is back."""

    def start(self) -> None:
        """Begin, in the running loop."""
        self._loop, self._stopping, self._written = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._asked, self._sent = asyncio.Event(), asyncio.Event()
        whole = (
            *(self._lead(), self._rounds(), self._recheck(), self._post(), self._check_sent()),
            *(self._ask_for_promised(), self._lay_reserve()),
        )
        self._tasks = [asyncio.create_task(work) for work in whole]

    def mail_was_written(self) -> None:
        """Mail is due at once; to be called from any thread. A loop that is closed sends it when it starts again."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._written.set)

    def badge_was_sent(self) -> None:
        """As `mail_was_written`, of a badge that a platform sent."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._sent.set)

    async def stop(self) -> None:
        """Begin nothing more, and wait for what has begun."""
        self._stopping.set()
        self._written.set()
        self._sent.set()
        await asyncio.gather(*self._tasks)
        if self.leases:
            await self._do(self.leases.give_back)
            self._tell_leads()

    def leads(self, what: str) -> bool:
        """Whether that kind of work is this process's now."""
        return self.leases is not None and self.leases.holds(what)

    async def _lead(self) -> None:
        """Take what is free, and hold on to it, however long work takes."""
        while self.leases and not self._stopping.is_set():
            await self._do(self.leases.renew)
            self._tell_leads()
            self._asked.set()
            await _wait(self._stopping, storage.RENEWED_EVERY)
        self._asked.set()

    def _tell_leads(self) -> None:
        for what in LEASES:
            monitoring.lead(what, is_here=self.leads(what))

    async def _rounds(self) -> None:
        number, is_again = 0, False
        await self._asked.wait()
        while not self._stopping.is_set():
            if self.leads(CHORES):
                is_due = number % REMOVING_EVERY == 0
                tidy = partial(
                    cleanup.clean_up,
                    self.database,
                    self.files,
                    self.clock(),
                    removing=is_due or is_again,
                    thorough=number % THOROUGH_EVERY == 0,
                )
                is_done = await self._do(partial(self._take_time, tidy))
                # What did not go is tried again in a minute, once: some never go.
                is_again = is_due and not is_done
                number += 1
                await self._do(partial(self._take_time, partial(self.erasures.round, self.clock())))
            if self.leads(RECHECKS):
                reread = partial(
                    registers.refresh_due, self.database, self.fetcher, self.clock, partial(self._goes_on, RECHECKS)
                )
                await self._do(partial(self._take_time, reread))
                look = partial(self.check_endorsements, partial(self._goes_on, RECHECKS))
                await self._do(partial(self._take_time, look))
                await self._do(partial(self._take_time, self.settle_petitions))
            await self._do(memory_pools.return_memory)
            await _wait(self._stopping, ROUND_EVERY)

    async def _recheck(self) -> None:
        """Rounds follow one another as long as something is due that may be asked for."""
        await self._asked.wait()
        while not self._stopping.is_set():
            if leads := self.leads(RECHECKS):
                again = partial(self.rechecks.round, partial(self._goes_on, RECHECKS))
                await self._do(partial(self._take_time, again))
            await _wait(self._stopping, self.rechecks.rests if leads else ROUND_EVERY)

    async def _ask_for_promised(self) -> None:
        """Apart from the rounds: nobody's erasure waits for an issuer that is silent."""
        await self._asked.wait()
        while not self._stopping.is_set():
            if self.leads(RECHECKS):
                later = partial(self.later_badges.round, partial(self._goes_on, RECHECKS))
                await self._do(partial(self._take_time, later))
            await _wait(self._stopping, ROUND_EVERY)

    async def _post(self) -> None:
        """What was written here goes as soon as it was, whoever leads: a letter is claimed by one UPDATE, and nobody waits for
        a code because another process has its minute, or because a slow server took all of a round. What is tried again goes each
        minute, from the one that leads."""
        await self._asked.wait()
        while self.send_mail and not self._stopping.is_set():
            if self._written.is_set() or self.leads(LETTERS):
                self._written.clear()
                await self._do(partial(self._send_letters, self.send_mail))
            await _wait(self._written, ROUND_EVERY)

    def _send_letters(self, send: Callable[[Callable[[], bool]], bool]) -> None:
        if send(self._goes_on):
            self.mail_was_written()

    async def _check_sent(self) -> None:
        """As letters: what came here is looked at here, at once, and what is tried again by the one that checks badges."""
        await self._asked.wait()
        while not self._stopping.is_set():
            if self._sent.is_set() or self.leads(RECHECKS):
                self._sent.clear()
                await self._do(partial(self._take_time, self._look_at_sent))
            await _wait(self._sent, ROUND_EVERY)

    def _look_at_sent(self) -> None:
        if self.check_sent(self._goes_on):
            self.badge_was_sent()

    async def _lay_reserve(self) -> None:
        """As soon as there is room again: the disk may be full once more before the next round."""
        while not self._stopping.is_set():
            await self._do(self.reserve.lay)
            await _wait(self._stopping, RESERVE_EVERY)

    async def _do(self, work: Callable[[], object]) -> bool:
        """Do *work* in a thread; whether nothing went wrong that trying again might mend."""
        began = monotonic()
        try:
            await run_sync(work)
        except storage.AnotherStore as problem:
            log.error("nothing is removed: %s", problem)
        except storage.DatabaseUnavailable as problem:
            await self._tell_failed(DATABASE, problem, began)
            return False
        except storage.Unavailable as problem:
            await self._tell_failed(FILES, problem, began)
            return False
        except Exception:
            log.exception("a chore failed")
            return False
        await self._tell_back()
        return True

    async def _tell_failed(
        self, what: str, problem: storage.DatabaseUnavailable | storage.Unavailable, began: float
    ) -> None:
        """Once that database or shelf do not answer; where they do, what went wrong: drivers call a missing table so, too. What
        *began* while they were silent, and failed when they had come back, failed of that."""
        silence = await run_sync(partial(self._why_silent, what, problem))
        if silence is None:
            if what not in self._silent and began >= self._back_at.get(what, began):
                log.error("a chore failed", exc_info=problem)
        elif what not in self._silent:
            self._silent.add(what)
            log.warning("%s: the chores wait", silence.fault)

    async def _tell_back(self) -> None:
        """Some chores ask neither: that one was done says nothing of them."""
        for what in tuple(self._silent):
            if await run_sync(partial(self._why_silent, what)) is None and what in self._silent:
                self._silent.discard(what)
                self._back_at[what] = monotonic()
                log.warning(what)

    def _why_silent(self, what: str, problem: Exception | None = None) -> probes.NoAnswer | None:
        """Why *what* does not answer, or did not when *problem* came of it; None where it does."""
        if what == FILES:
            return probes.probe_files(self.files)
        if isinstance(problem, storage.DatabaseUnavailable) and problem.connection_invalidated:
            # whoever asks now may be answered by another server
            return probes.explain_silence(self.database, problem.orig)
        try:
            return probes.probe_database(self.database)
        except DatabaseError:  # it answers, and is damaged
            return None

    def _take_time(self, work: Callable[[], object]) -> None:
        """Nobody waits for it."""
        with self.database.long():
            work()

    def _goes_on(self, what: str = "") -> bool:
        return not self._stopping.is_set() and (not what or self.leads(what))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
