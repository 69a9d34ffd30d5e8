"""Pages that are the same for all who ask: rendered and packed once, and shown as long as nothing in them changed.

Nothing is believed to be fresh here: whoever asks for a print says which edition is right now, as just read from the
database; a print of another edition is made anew. So a stop, an end, or a new look at a badge is seen at the next request,
by every worker. What turns by the mere passing of time says until when it is right. They are kept in memory; those that
were asked for longest ago go first.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

ROOM = 8 * 1024 * 1024
"""Bytes of all prints together, as they are kept: packed."""
Rendered = tuple[str | bytes, datetime | None]
"""A page, or a file that is made as one is, and until when it is right."""


@dataclass(frozen=True, slots=True)
class CachedPage:
    """One page, kept packed: nearly all who ask take it so, and four times as many have room."""

    edition: object
    packed: bytes
    until: datetime | None
    """When it is right no longer, though its edition is; None for never."""

    @property
    def plain(self) -> bytes:
        """The page for whoever takes nothing packed."""
        return gzip.decompress(self.packed)


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
            self._taken += len(made.packed)
            while self._taken > self._room:
                self._drop(next(iter(self._kept)))
        return made

    def _drop(self, name: Hashable) -> None:
        gone = self._kept.pop(name, None)
        self._taken -= len(gone.packed) if gone else 0
