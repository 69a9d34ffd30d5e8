"""Pages that are the same for all who ask: rendered and packed once, and shown as long as nothing in them changed.

Nothing is believed to be fresh here: whoever asks for a page says which edition is right now, as just read from the
database; one of another edition is made anew. So a stop, an end, or a new look at a badge is seen at the next request,
by every worker. What turns by the mere passing of time says until when it is right. They are kept in memory; those that
were asked for longest ago go first.

A kept page has the headers, too, with which it went out, as they were written by everything that an answer passes: with
these it is given again before all of that (web/security_headers.py), and is the same answer to the byte.

Uvicorn looks at every header of every answer with two patterns, and writes head and body apart; what lies ready has been
looked at when it went out first, and goes in one piece (`send_whole`). The connection offers that as an extension of the
scope (ASGI 3.0, Extensions); where it is not offered, or cannot be taken just now, the ordinary way says the same.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

from starlette.types import Scope

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

ROOM = 8 * 1024 * 1024
"""Bytes of all pages together, as they are kept: packed, with their headers."""
HEADERS = 4096
"""Bytes that the headers of one page take, for those who take it packed and for the others."""
Headers = Sequence[tuple[bytes, bytes]]
Rendered = tuple[str | bytes, datetime | None]
"""A page, or a file that is made as one is, and until when it is right."""


EXTENSION = "wallet.whole_answer"
GOOD = b"HTTP/1.1 200 OK\r\n"


class ReadyPage(NamedTuple):
    """A whole answer that lies ready: a page with every header with which it went out before."""

    headers: Headers
    lines: bytes
    """The headers as they are sent (RFC 9112, 5); they went out so before."""
    body: bytes


@dataclass(frozen=True, slots=True)
class CachedPage:
    """One page, kept packed: nearly all who ask take it so, and four times as many have room."""

    edition: object
    packed: bytes
    until: datetime | None
    """When it is right no longer, though its edition is; None for never."""
    headers: dict[bool, tuple[Headers, bytes]] = field(default_factory=dict)
    """Those with which it went out, packed or not, and the same as they are sent."""

    @property
    def plain(self) -> bytes:
        """The page for whoever takes nothing packed."""
        return gzip.decompress(self.packed)

    @property
    def size(self) -> int:
        """The bytes that it takes, with the headers that will be noted."""
        return len(self.packed) + HEADERS

    def note_headers(self, headers: Headers) -> None:
        """It goes out with these."""
        lines = b"".join(b"%b: %b\r\n" % (name.lower(), value) for name, value in headers)
        self.headers[(b"content-encoding", b"gzip") in headers] = tuple(headers), lines

    def ready(self, *, packed: bool) -> ReadyPage | None:
        """The whole answer, *packed* or not, where it went out so before."""
        headers = self.headers.get(packed)
        return ReadyPage(*headers, self.packed if packed else self.plain) if headers else None


class PageCache:
    """The kept pages of one worker, of *room* bytes at most."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._taken = room, 0
        self._kept: OrderedDict[Hashable, CachedPage] = OrderedDict()
        self._lock = Lock()
        self._turns = WeakValueDictionary[Hashable, Any]()  # each goes with the last of those who wait for it

    def kept(self, name: Hashable, edition: object, now: datetime) -> CachedPage | None:
        """The page called *name*, where it is kept as it is in *edition* at *now*."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.edition != edition or (kept.until is not None and now >= kept.until):
                return None
            self._kept.move_to_end(name)
            return kept

    def get_or_render(
        self, name: Hashable, edition: object, now: datetime, render: Callable[[], Rendered]
    ) -> CachedPage:
        """The page called *name* as it is in *edition* at *now*: the kept one, else what *render* makes.

        Of many who ask at once one makes it, and the others wait: rendered forty times side by side it took each a second.
        """
        if kept := self.kept(name, edition, now):
            return kept
        with self._lock:
            turn = self._turns.setdefault(name, Lock())
        with turn:
            return self.kept(name, edition, now) or self._render(name, edition, render)

    def _render(self, name: Hashable, edition: object, render: Callable[[], Rendered]) -> CachedPage:
        content, until = render()
        content = content.encode() if isinstance(content, str) else content
        made = CachedPage(edition, gzip.compress(content, mtime=0), until)
        with self._lock:
            self._drop(name)
            self._kept[name] = made
            self._taken += made.size
            while self._taken > self._room:
                self._drop(next(iter(self._kept)))
        return made

    def _drop(self, name: Hashable) -> None:
        gone = self._kept.pop(name, None)
        self._taken -= gone.size if gone else 0


def send_whole(scope: Scope, page: ReadyPage) -> bool:
    """Answer the request of *scope* with *page*; False where nothing was sent."""
    offered = scope.get("extensions", {}).get(EXTENSION)
    send: Callable[[Scope, ReadyPage], bool] | None = offered and offered["send"]
    return send is not None and send(scope, page)


def write_whole(cycle: "RequestResponseCycle", page: ReadyPage) -> bool:
    """What `RequestResponseCycle.send` does for a status of 200, a length that is known, and all of the body."""
    if cycle.response_started or cycle.disconnected or cycle.access_log or cycle.flow.write_paused:
        return False
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(
        b"".join(
            [
                GOOD,
                *[b"%b: %b\r\n" % told for told in cycle.default_headers],
                page.lines,
                b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n",
                b"" if cycle.scope["method"] == "HEAD" else page.body,
            ]
        )
    )
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True
