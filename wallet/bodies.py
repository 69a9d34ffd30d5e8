"""How much a request may bring, and how slowly: refused while it comes in, before any room of ours sees it.

Rule 1: bytes are counted as they are received; what Content-Length says is not believed (decisions.md, 14).
Rule 2: a body that stops coming is given up. In every 30 s of waiting it must bring as much as a bad mobile connection
would; the time that we take ourselves is not counted. No ASGI server does this for us (security.md, fact 7).
Rule 3: who is refused gets our page. A browser that still sends does not read: what comes is thrown away for a while,
then we answer. Never without end: the connection is closed after the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Answer = Callable[[Scope, int], App]
"""The page for 408 or 413, for this request: any ASGI application, such as a Starlette Response."""

LIMIT = 40 * 1024 * 1024
"""Bytes of one request (decisions.md, 14)."""
ROOM = 3
"""Requests beyond that limit that are received at the same time, where they may come at all."""
THROWN_AWAY = 4
"""Times the limit that a body too large may go on, so that its sender comes to read our answer."""
WINDOW = 30.0
"""Seconds of waiting in which a body must bring…"""
LEAST = 30_000
"""… this many bytes, or its end: 8 kbit/s, slower than any phone that gets here at all."""
LONGEST = 900.0
"""Seconds of waiting for one body in all."""

NOWHERE: Mapping[str, int] = MappingProxyType({})


class Refused(Exception):
    """This request is refused while it is received; `status` is 408 or 413, or 429 where others have the room."""

    def __init__(self, status: int) -> None:
        super().__init__(f"request refused with {status}")
        self.status = status


class BodyGuard:
    """*app*, which receives at most *limit* bytes a request, at a decent pace; *answer* gives the page of a refusal.

    *larger* are the paths to which more may come, and how much: a few such requests at a time.
    """

    def __init__(
        self,
        app: App,
        limit: int = LIMIT,
        answer: Answer | None = None,
        window: float = WINDOW,
        least: int = LEAST,
        larger: Mapping[str, int] = NOWHERE,
    ) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger
        self.room = ROOM
        self.answer = answer or _bare
        self.window = window
        self.least = least

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(self, receive, max(self.limit, self.larger.get(scope.get("path", ""), 0)))
        sent = _Sent(body, send)
        try:
            await self.app(scope, body.receive, sent.send)
        except Exception:
            # Whatever the app made of our refusal, we answer in its place; any other fault is its own.
            if body.refused is None or sent.begun:
                raise
        finally:
            body.leave()
        if body.refused is not None and not sent.begun:
            await self._answer(body.refused.status, body, scope, send)

    async def _answer(self, status: int, body: "_Body", scope: Scope, send: Send) -> None:
        if status in {413, 429}:
            await body.throw_away()

        async def close_after(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self.answer(scope, status)(scope, _nothing, close_after)


class _Body:
    """One body: what came, and how long we waited for it."""

    def __init__(self, guard: BodyGuard, receive: Receive, limit: int) -> None:
        self.guard = guard
        self.source = receive
        self.limit = limit
        self.has_room = False
        self.size = 0
        self.complete = False
        self.refused: Refused | None = None
        self.waited_in_all = 0.0
        self.waited = 0.0
        self.came = 0

    async def receive(self) -> Message:
        """The next piece for the app; raises Refused, every time once it did so."""
        if self.refused is not None:
            raise self.refused
        if self.complete:
            return await self.source()
        message = await self._next()
        if self.size > self.limit:
            raise self._refuse(413)
        if self.size > self.guard.limit and not self.has_room:
            self._enter()
        return message

    def _enter(self) -> None:
        """A large body takes one of the few places that there are; raises Refused where others have them all."""
        if self.guard.room == 0:
            raise self._refuse(429)
        self.guard.room -= 1
        self.has_room = True

    def leave(self) -> None:
        """Give back the place that a large body took."""
        self.guard.room += self.has_room
        self.has_room = False

    async def throw_away(self) -> None:
        """Receive what still comes and keep none of it: until its end, its pace or its size is enough."""
        most = (1 + THROWN_AWAY) * self.limit
        while not self.complete and self.size <= most:
            try:
                await self._next()
            except Refused:
                return

    async def _next(self) -> Message:
        clock = asyncio.get_running_loop()
        while True:
            began = clock.time()
            try:
                async with asyncio.timeout(max(0.0, self.guard.window - self.waited)):
                    message = await self.source()
            except TimeoutError:
                message = None
            self._count(clock.time() - began, message)
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
            return
        if self.waited_in_all >= LONGEST or (self.waited >= self.guard.window and self.came < self.guard.least):
            raise self._refuse(408)
        if self.waited >= self.guard.window:
            self.waited, self.came = 0.0, 0

    def _refuse(self, status: int) -> Refused:
        self.refused = Refused(status)
        return self.refused


class _Sent:
    """What the app sends: nothing of it leaves once the request is refused."""

    def __init__(self, body: _Body, send: Send) -> None:
        self.body = body
        self.source = send
        self.begun = False

    async def send(self, message: Message) -> None:
        if self.body.refused is None or self.begun:
            self.begun = True
            await self.source(message)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _bare(_scope: Scope, status: int) -> App:
    """The answer of an app that gave none: the status alone."""

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return answer
