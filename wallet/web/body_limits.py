"""How much a request may bring, and how slowly: refused while it comes in, before any room of ours sees it.

Rule 1: bytes are counted as they are received; what Content-Length says is not believed (docs/decisions.md 14). How many
may come, the address says: a form is small, a long text larger, and only where files are taken there come files.
Rule 2: a body that stops coming is given up. In every 30 s of waiting it must bring as much as a bad mobile connection
would; the time that we take ourselves is not counted. No ASGI server does this for us (docs/security.md K1).
Rule 3: large bodies are on disk before any door is asked, so only a few come at the same time, and of one network fewer.
The next one waits, unread, until one of them is done, first come, first served; only who waits too long is refused.
While somebody waits for a place, whoever has it brings their body as fast as a poor line does, or gives it up.
Rule 4: of one network only so many bodies of any size are under way for longer than a form takes; of more, the one that
comes slowest is given up. Nobody is refused for what their neighbours do: whoever is quicker than those who drip comes in.
Rule 5: who is refused gets our page. A browser that still sends does not read: what comes is thrown away for a while,
then we answer. Never without end: the connection is closed after the answer.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Answer = Callable[[Scope, int], ASGIApp]
"""The page for 408, 413 or 503, for this request: any ASGI application, such as a Starlette Response."""

FORM = 64 * 1024
"""Bytes of an ordinary form, and of JSON."""
TEXT = 2 * 1024 * 1024
"""Bytes of a form with a long text, or with a box for each badge that a holder may keep."""
FILES = 40 * 1024 * 1024
"""Bytes of a form with files (docs/decisions.md 14)."""
ARCHIVE = 600 * 1024 * 1024
"""Bytes of a form with which an archive comes back."""
LARGE = 512 * 1024
"""Beyond so many bytes a body needs a place: what is smaller stays in memory, however many connections there are."""
PLACES, OF_ONE_NETWORK = 8, 3
"""Large bodies that are received at the same time by one worker, and of those the ones that come from one network."""
PLACES_OF_ARCHIVES, ARCHIVES_OF_ONE_NETWORK = 3, 2
"""Those that are larger than any form with files."""
UNDER_WAY = 32
"""Bodies of one network, of any size, that are waited for."""
BRIEF, SMALL = 5.0, FORM
"""Not counted are those that were waited for so many seconds at most and brought as few bytes: forms, from a slow phone too."""
PATIENCE = 60.0
"""Seconds that a large body waits for a place."""
LOOKS_EVERY, HURRY, HURRIED = 1.0, 5.0, 64 * 1024
"""While somebody waits: seconds between two looks for that, and seconds in which a body brings so many bytes in each."""
THROWN_AWAY, AT_LEAST_THROWN_AWAY = 4, 2 * 1024 * 1024
"""Times the limit that a body too large may go on, so that its sender comes to read our answer, and bytes, where the limit
is small."""
WINDOW, LEAST = 30.0, 30_000
"""Seconds of waiting in which a body must bring so many bytes, or its end: 8 kbit/s, slower than any phone that gets here."""
LONGEST = 900.0
"""Seconds of waiting for one body in all."""
TICK = 0.001
"""Seconds that any body takes at least, where its pace is told."""


class Refused(Exception):
    """This request is refused while it is received, with 408 or 413, or 503 where others have all places."""


@dataclass(eq=False)
class Places:
    """The places of large bodies: so many in all, and so many of one network; first come, first served."""

    in_all: int
    of_one_network: int
    patience: float = field(default_factory=lambda: PATIENCE)
    taken: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[str, asyncio.Future[None]]] = field(default_factory=list)

    async def take(self, network: str) -> bool:
        """Take a place, as soon as there is one; False where there was none for too long."""
        if self.take_at_once(network):
            return True
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append((network, turn))
        try:
            async with asyncio.timeout(self.patience):
                await turn
        except BaseException as problem:
            if (network, turn) in self.waiting:
                self.waiting.remove((network, turn))
            elif not turn.cancelled():  # it was given a place in the very moment in which it gave up
                self.give_back(network)
            if isinstance(problem, TimeoutError):
                return False
            raise
        return True

    def take_at_once(self, network: str) -> bool:
        """Take a place, if there is one; whoever waits then has none, as of their own network there are too many."""
        has_room = self._has_room(network)
        self.taken[network] += has_room
        return has_room

    def give_back(self, network: str) -> None:
        """The first of those who wait for it has it."""
        self.taken[network] -= 1
        self.taken += Counter()  # a network without a place is forgotten
        for one in self.waiting:
            following, turn = one
            if self._has_room(following) and not turn.done():
                self.waiting.remove(one)
                self.taken[following] += 1
                turn.set_result(None)
                return

    def is_wanted(self, network: str) -> bool:
        """Whether somebody waits who would have the place that *network* has."""
        return any(one == network or self.taken[one] < self.of_one_network for one, _ in self.waiting)

    def _has_room(self, network: str) -> bool:
        return self.taken.total() < self.in_all and self.taken[network] < self.of_one_network


@dataclass(eq=False)
class BodyGuard:
    """*app*, which receives as many bytes as *limit* says for a request, at a decent pace; *answer* gives the page of a
    refusal, and *network* names where a request comes from.

    What is larger than a number of *places* needs a place of those, and of those before.
    """

    app: ASGIApp
    limit: Callable[[Scope], int]
    answer: Answer = lambda _scope, status: Response(status_code=status)
    window: float = WINDOW
    least: int = LEAST
    network: Callable[[Scope], str] = lambda scope: str(scope.get("client", ("",))[0])
    places: Sequence[tuple[int, Places]] = field(
        default_factory=lambda: (
            (LARGE, Places(PLACES, OF_ONE_NETWORK)),
            (FILES, Places(PLACES_OF_ARCHIVES, ARCHIVES_OF_ONE_NETWORK)),
        )
    )
    under_way: defaultdict[str, set["_Body"]] = field(default_factory=lambda: defaultdict(set))
    """The bodies that are not whole yet and are counted, by network."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, begun = _Body(self, receive, scope, self.limit(scope)), False

        async def send_unless_refused(message: Message) -> None:
            nonlocal begun
            if body.refused is None or begun:
                begun = True
                await send(message)

        try:
            await self.app(scope, body.receive, send_unless_refused)
        except Exception:
            # Whatever the app made of our refusal, we answer in its place; any other fault is its own.
            if body.refused is None or begun:
                raise
        finally:
            body.leave()
        if body.refused is not None and not begun:
            await self._answer(body.refused, body, scope, send)

    async def _answer(self, status: int, body: "_Body", scope: Scope, send: Send) -> None:
        if status in {413, 503}:
            await body.throw_away()

        async def close_after(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self.answer(scope, status)(scope, _nothing, close_after)

    def count(self, body: "_Body") -> None:
        """One more is under way; where there are too many of its network the slowest is given up, be it this one."""
        here = self.under_way[body.network]
        here.add(body)
        if len(here) > UNDER_WAY:
            slowest = min(here, key=lambda one: one.pace)
            self.forget(slowest)
            slowest.is_given_up = True

    def forget(self, body: "_Body") -> None:
        """It is whole, or over."""
        here = self.under_way[body.network]
        here.discard(body)
        if not here:
            del self.under_way[body.network]


@dataclass(eq=False)
class _Body:
    """One body: what came, and how long we waited for it."""

    guard: BodyGuard
    source: Receive
    scope: Scope
    limit: int
    has: list[Places] = field(default_factory=list)
    is_counted: bool = False
    is_given_up: bool = False
    size: int = 0
    complete: bool = False
    refused: int | None = None
    waited_in_all: float = 0.0
    waits_since: float | None = None
    waited: float = 0.0
    came: int = 0
    hurried: tuple[float, int] | None = None

    async def receive(self) -> Message:
        """The next piece for the app; raises Refused, every time once it did so."""
        if self.refused is not None:
            raise Refused(self.refused)
        if self.complete:
            return await self.source()
        message = await self._next()
        if self.size > self.limit:
            raise self._refuse(413)
        for size, places in self.guard.places[len(self.has) :]:
            if self.size > size:  # what follows is read once there is a place for it
                if not await places.take(self.network):
                    raise self._refuse(503)
                self.has.append(places)
        return message

    @cached_property
    def network(self) -> str:
        """Where it comes from."""
        return self.guard.network(self.scope)

    @property
    def pace(self) -> float:
        """Bytes that it brought in a second for which we waited."""
        since = self.waits_since
        waits = 0.0 if since is None else asyncio.get_running_loop().time() - since
        return self.size / max(self.waited_in_all + waits, TICK)

    def leave(self) -> None:
        """Give back the places that it took."""
        self._is_here()
        while self.has:
            self.has.pop().give_back(self.network)

    def _is_here(self) -> None:
        """It is under way no longer."""
        if self.is_counted:
            self.is_counted = False
            self.guard.forget(self)

    async def throw_away(self) -> None:
        """Receive what still comes and keep none of it: until its end, its pace or its size is enough."""
        most = self.limit + max(THROWN_AWAY * self.limit, AT_LEAST_THROWN_AWAY)
        try:
            while not self.complete and self.size <= most:
                await self._next()
        except Refused:
            return
        finally:
            self._is_here()

    async def _next(self) -> Message:
        clock = asyncio.get_running_loop()
        while True:
            began = self.waits_since = clock.time()
            most = max(0.0, min(self.guard.window - self.waited, LOOKS_EVERY))
            try:
                async with asyncio.timeout(most):
                    message = await self.source()
            except TimeoutError:
                message = None
            finally:
                self.waits_since = None
            # Where we come late to it ourselves, on a machine that is busy with others, that is not the sender's time.
            self._count(min(clock.time() - began, most), message)
            if message is not None:
                return message

    def _count(self, seconds: float, message: Message | None) -> None:
        size = len(message.get("body", b"")) if message else 0
        self.waited += seconds
        self.waited_in_all += seconds
        self.came += size
        self.size += size
        self.complete = message is not None and not message.get("more_body", False)
        if self.complete:
            self._is_here()
            return
        is_brief = self.waited_in_all < BRIEF and self.size <= SMALL
        if not self.is_counted and not is_brief:  # also what is thrown away: it holds a connection
            self.is_counted = True
            self.guard.count(self)
        is_too_slow = self.waited >= self.guard.window and self.came < self.guard.least
        if self.is_given_up or self.waited_in_all >= LONGEST or is_too_slow:
            raise self._refuse(408)
        if self.waited >= self.guard.window:
            self.waited, self.came = 0.0, 0
        self._hurry(seconds, size)

    def _hurry(self, seconds: float, size: int) -> None:
        """Raises Refused where the body comes slowly while others wait for its place, or its connection alone is held."""
        if self.refused != 503 and not any(places.is_wanted(self.network) for places in self.has):
            self.hurried = None
            return
        waited, came = self.hurried or (-seconds, -size)  # they wait since some moment of these seconds
        self.hurried = waited + seconds, came + size
        if self.hurried[0] < HURRY:
            return
        if self.hurried[1] < HURRY * HURRIED:
            raise self._refuse(408)
        self.hurried = 0.0, 0

    def _refuse(self, status: int) -> Refused:
        self.refused = status
        self.leave()  # at once: one place for the one who waits, and not one of each who is slow
        return Refused(status)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
