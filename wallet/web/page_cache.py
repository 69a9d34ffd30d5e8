"""Pages that are the same for all who ask: rendered and packed once, and shown as long as nothing in them changed.

Nothing is believed to be fresh here: whoever asks for a print says which edition is right now, as just read from the
database; a print of another edition is made anew. So a stop, an end, or a new look at a badge is seen at the next request,
by every worker. What turns by the mere passing of time says until when it is right. They are kept in memory; those that
were asked for longest ago go first.

A print also keeps the headers with which it went out, as they were written by everything that an answer passes: with
these it is given again before all of that (web/security_headers.py), and is the same answer to the byte.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import NamedTuple

ROOM = 8 * 1024 * 1024
"""Bytes of all prints together, as they are kept: packed, with their headers."""
HEADERS = 2048
"""Bytes that the headers of one print take, for those who take it packed and for the others."""
Headers = Sequence[tuple[bytes, bytes]]
Rendered = tuple[str | bytes, datetime | None]
"""A page, or a file that is made as one is, and until when it is right."""


class ReadyPage(NamedTuple):
    """A whole answer that lies ready: a page with every header with which it went out before."""

    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class CachedPage:
    """One page, kept packed: nearly all who ask take it so, and four times as many have room."""

    edition: object
    packed: bytes
    until: datetime | None
    """When it is right no longer, though its edition is; None for never."""
    headers: dict[bool, Headers] = field(default_factory=dict)
    """Those with which it went out, packed or not."""

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
        self.headers[(b"content-encoding", b"gzip") in headers] = tuple(headers)

    def ready(self, *, packed: bool) -> ReadyPage | None:
        """The whole answer, *packed* or not, where it went out so before."""
        headers = self.headers.get(packed)
        return ReadyPage(headers, self.packed if packed else self.plain) if headers else None


class PageCache:
    """The prints of one worker, of *room* bytes at most."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._taken = room, 0
        self._kept: OrderedDict[Hashable, CachedPage] = OrderedDict()
        self._lock = Lock()

    def kept(self, name: Hashable, edition: object, now: datetime) -> CachedPage | None:
        """The print called *name*, where it is kept as it is in *edition* at *now*."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.edition != edition or (kept.until is not None and now >= kept.until):
                return None
            self._kept.move_to_end(name)
            return kept

    def get_or_render(
        self, name: Hashable, edition: object, now: datetime, render: Callable[[], Rendered]
    ) -> CachedPage:
        """The print called *name* as it is in *edition* at *now*: the kept one, else what *render* makes."""
        if kept := self.kept(name, edition, now):
            return kept
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
