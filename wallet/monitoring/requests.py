"""What an operator's tools see of each request: the name of its route, its status, its seconds, and its number.

It stands around all that a request passes, and only where it is asked for (WALLET_OPERATIONS, WALLET_LOG=json): where
nobody watches, nothing of this is on anybody's way.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from time import perf_counter
from typing import Any

from .request_ids import HEADER, id_of_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Told = Callable[[str, int, float], None]
"""Learns of each request the name of its route, the status (0 where nobody heard it), and its seconds."""


class RequestWatch:
    """An ASGI layer around *app*; all *tells* learn of each request. *numbers*: each answer bears its number.

    *name_of* tells the name of a request's route when it was answered; *whole* is the extension by which a page that lies
    ready goes out in one piece (web/page_cache.py).
    """

    def __init__(
        self,
        app: Callable[[Scope, Receive, Send], Awaitable[None]],
        name_of: Callable[[Scope], str],
        tells: Iterable[Told],
        whole: str,
        *,
        numbers: bool,
    ) -> None:
        self.app = app
        self.name_of = name_of
        self.tells = list(tells)
        self.whole = whole
        self.numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as *app* does, and tell."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 0
        header = (HEADER.lower().encode(), id_of_request(scope).encode()) if self.numbers else None

        async def send_watched(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if header:
                    message["headers"] = [*(one for one in message["headers"] if one[0] != header[0]), header]
            await send(message)

        def send_whole(answered: Scope, page: Any) -> bool:  # it must not know *scope*, which knows it
            nonlocal status
            if header:
                page = page._replace(lines=page.lines + b"%b: %b\r\n" % header)
            is_sent: bool = offered["send"](answered, page)
            status = 200 if is_sent else status
            return is_sent

        offered = scope.get("extensions", {}).get(self.whole)
        if offered:
            scope["extensions"] = scope["extensions"] | {self.whole: {"send": send_whole}}
        try:
            await self.app(scope, receive, send_watched)
        finally:
            name, seconds = self.name_of(scope), perf_counter() - began
            for tell in self.tells:
                tell(name, status, seconds)
