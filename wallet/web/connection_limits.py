"""What a connection may cost before it is a request: what comes before a body, how long it takes, and how many there are.

Nothing of this is left to a proxy, which may not be there. Uvicorn reads headers without any limit.

Rule 1: a head has so many lines, so many bytes and so much time; beyond, the connection is answered and closed. What
comes between the pieces of a body and after them is counted likewise, and nobody needs a header there.
Rule 2: a connection that asks nothing ends: soon when it never asked, later when it did (`timeout_keep_alive`).
Rule 3: connections leave room for the files that must be opened to answer any of them. Where there are too many, the one
that has asked nothing for longest is closed; where all are at work, the one whose body comes slowest, or whose answer is
read slowest; where none is slow, the new one is told to come again.
Rule 4: who does not read an answer is not waited for: what is unread stays in our memory, and a closed connection, too,
stays until its last byte is sent.
"""

import asyncio
import resource
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from fcntl import ioctl
from http import HTTPStatus
from math import inf
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .page_cache import EXTENSION, ReadyPage, write_whole
from .security_headers import HEADERS

LINES = 100
"""Headers of one request."""
LINE, HEAD = 16 * 1024, 32 * 1024
"""Bytes of one header or address, and of all of them together."""
HEAD_SECONDS = 10.0
"""Seconds from the first byte of a head to its last."""
SILENT_SECONDS = 15.0
"""Seconds until a new connection has sent its first head."""
KEPT_OPEN = 130
"""Seconds for which a connection without requests stays open: longer than proxies keep theirs (Caddy two minutes), or
they send now and then a request through one that is being closed."""
REST_SECONDS = 30.0
"""Seconds for the rest of a body that nobody waits for, because it is answered already."""
READ_SECONDS, LEAST_READ = 30.0, 8 * 1024
"""Seconds in which somebody reads so many bytes of an answer, or all that is left of it: a slow phone reads 30 000."""
SLOW, SLOW_FOR = 64 * 1024, 5.0
"""Fewer bytes than so many in a second, for as many seconds, are slow where others find no connection."""
LINGERS = 2.0
"""Seconds in which an answer before the end of a request can be read."""
SPARE, LEAST = 200, 16
"""Open files that are no connection and no upload, and connections that there may be however low the limit is."""
BACKLOG = 128
"""Connections that wait to be accepted: asyncio accepts as many at once, before any of them can be closed."""
WORDS = {
    HTTPStatus.REQUEST_TIMEOUT: (
        "La demande est arrivée trop lentement. Essayez encore.",
        "Your request came too slowly. Try again.",
    ),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "Votre navigateur a envoyé trop de choses. Effacez les cookies de ce site, puis essayez encore.",
        "Your browser sent too much. Delete the cookies of this site, then try again.",
    ),
    HTTPStatus.REQUEST_URI_TOO_LONG: (
        "Cette adresse est trop longue. Raccourcissez-la, puis essayez encore.",
        "This address is too long. Shorten it, then try again.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Trop de monde en ce moment. Essayez encore dans une minute.",
        "Too many people are here right now. Try again in a minute.",
    ),
}
"""What a browser shows, in French and English: no page of ours can be made where there is no request, and which of the two
somebody reads it would have said."""
LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE}
"""What may be well in a minute, as it is."""


class TooMuchError(Exception):
    """The head is too long; the parser of uvicorn hears it."""


class LimitedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, with an end to everything that comes before a body, and to answers that nobody reads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most_connections()
        self.is_refused = False
        self.awaits_head = True
        self.size, self.unfinished = 0, 0
        self.since = self.loop.time()
        self.came, self.body_since = 0, self.since
        self.timers = dict[Callable[[], None], asyncio.TimerHandle]()
        self.unread, self.watched_since = 0, self.since
        self.offered: dict[str, dict[object, object]] = {EXTENSION: {"send": self.send_whole}}

    def send_whole(self, scope: Any, page: ReadyPage) -> bool:
        """Answer the request of *scope* in one piece; False for one that others were sent behind (RFC 9112, 9.3.2)."""
        return self.cycle.scope is scope and write_whole(self.cycle, page)

    @property
    def is_idle(self) -> bool:
        """Whether no request is at work here."""
        return bool(getattr(self.cycle, "response_complete", True))

    @property
    def pace(self) -> float:
        """Bytes that a second brings or takes where the other side makes us wait; endless where it does not."""
        if not self.flow.write_paused and (self.awaits_head or self.cycle.body):  # it is here, and we did not take it
            return inf
        lasted = self.loop.time() - (self.watched_since if self.flow.write_paused else self.body_since)
        if lasted <= SLOW_FOR:
            return inf
        return (self.unread - self._count_unread() if self.flow.write_paused else self.came) / lasted

    def connection_made(self, transport: Any) -> None:
        """Uvicorn: somebody is there."""
        super().connection_made(transport)
        self._call(self._give_up, SILENT_SECONDS)
        if len(self.connections) <= self.most:
            return
        others = [one for one in self.connections if isinstance(one, LimitedProtocol) and one is not self]
        ends = min((one for one in others if one.is_idle), key=lambda one: one.since, default=None)
        if ends is None:
            paces = {one: one.pace for one in others}
            ends = min((one for one in others if paces[one] < SLOW), key=paces.__getitem__, default=None)
        if ends is None:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self.connections.discard(ends)  # its socket is closed a little later, and somebody else may come before
            ends.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Uvicorn: they are gone."""
        self._stop(self._give_up)
        self._stop(self._look_at_reader)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Uvicorn: something came."""
        if self.is_refused:
            return
        self.unfinished += len(data)
        super().data_received(data)
        # Nearly every head comes in one piece, and needs no time of its own.
        if (
            self.awaits_head
            and self._give_up not in self.timers
            and self.size + self.unfinished
            and not self.is_refused
        ):
            self._call(self._give_up, HEAD_SECONDS)
        # A line that has no end is told by nobody: only what came since the last one that had, or since a piece of a body.
        if self.size + self.unfinished > HEAD and not self.is_refused:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The parser: a head begins."""
        self.size, self.unfinished = 0, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """The parser: a piece of the address."""
        self.unfinished = 0
        self.size += len(url)
        if self.size > LINE:  # in whatever pieces it comes: nothing else was counted yet
            self._refuse_head(HTTPStatus.REQUEST_URI_TOO_LONG)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser: a header."""
        self.unfinished = 0
        size = len(name) + len(value)
        self.size += size
        if size > LINE or self.size > HEAD or len(self.headers) == LINES or not self.awaits_head:  # a trailer
            self._refuse_head()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The parser: the head is whole."""
        self.awaits_head = False
        self.size, self.unfinished = 0, 0
        self.came, self.body_since = 0, self.loop.time()
        self._stop(self._give_up)
        super().on_headers_complete()
        self.scope["extensions"] = self.offered

    def on_body(self, body: bytes) -> None:
        """The parser: a piece of the body."""
        self.unfinished = 0
        self.came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The parser: the body is whole, too."""
        self.awaits_head = True
        self.size, self.unfinished = 0, 0
        self._stop(self._give_up)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Uvicorn: it is answered."""
        self.since = self.loop.time()
        super().on_response_complete()
        self._watch()
        if not self.awaits_head and not self.transport.is_closing():
            self._call(self._give_up, REST_SECONDS)

    def pause_writing(self) -> None:
        """The transport: more waits to be read than it likes."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The transport: nearly all of it is on its way."""
        super().resume_writing()
        self._stop(self._look_at_reader)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Uvicorn: the parser gave up, for a reason of its own or of ours."""
        if not self.is_refused:
            super().send_400_response(msg)

    def _refuse_head(self, status: HTTPStatus = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE) -> None:
        self._refuse(status)
        raise TooMuchError

    def _call(self, act: Callable[[], None], seconds: float) -> None:
        """Call *act* in so many seconds from now, whatever was said before."""
        self._stop(act)
        self.timers[act] = self.loop.call_later(seconds, act)

    def _stop(self, act: Callable[[], None]) -> None:
        if timer := self.timers.pop(act, None):
            timer.cancel()

    def _give_up(self) -> None:
        self._stop(self._give_up)
        if not self.is_idle:  # the head of the next request waits until this one is answered
            self._call(self._give_up, HEAD_SECONDS)
        elif self.awaits_head and self.size + self.unfinished:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _watch(self) -> None:
        """See that what waits to be read is read, be the connection closed already or not."""
        if self._look_at_reader not in self.timers and self.transport.get_write_buffer_size():
            self.unread, self.watched_since = self._count_unread(), self.loop.time()
            self._call(self._look_at_reader, READ_SECONDS)

    def _look_at_reader(self) -> None:
        self._stop(self._look_at_reader)
        if self.transport.get_write_buffer_size() and self.unread - self._count_unread() < LEAST_READ:
            self.transport.abort()
        else:
            self._watch()

    def _count_unread(self) -> int:
        """What is on its way counts, too: the system takes more from us only once a large part of that has arrived."""
        on_its_way = bytearray(4)
        with suppress(OSError):
            ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, on_its_way)
        return int(self.transport.get_write_buffer_size()) + int.from_bytes(on_its_way, sys.byteorder)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer, and hang up once the answer can have been read; what still comes is thrown away."""
        self.is_refused = True
        self._stop(self._give_up)
        self._unset_keepalive_if_required()
        words = "\n".join(WORDS[status]).encode()
        told = {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Language": "fr, en",
            "Content-Length": str(len(words)),
            "Cache-Control": "no-store",
            **({"Retry-After": "60"} if status in LATER else {}),
            "Connection": "close",
            **HEADERS,
        }
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in told.items())]
        head = "\r\n".join([*lines, "", ""])
        if self.is_idle:  # else the answer to another request is on its way
            self.transport.write(head.encode() + words)
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            self.connections.discard(self)
            self.transport.close()
        else:
            self.loop.call_later(LINGERS, self.transport.close)


def most_connections() -> int:
    """How many connections one worker holds: half of the files that it may open and that it does not need otherwise."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(LEAST, (limit - SPARE) // 2) if limit != resource.RLIM_INFINITY else 2**31
