"""The pictures that were drawn lately: people of one course bring one picture, each with another badge baked into it.

Rule 1: a picture is found by the SHA-256 of what is drawn of it, so that whoever finds one has brought the same one.
Rule 2: it is in the memory of this process and nowhere else, until 128 others have come, or the first one after an hour
(docs/security.md C13).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from struct import unpack_from
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

MOST = 128
"""Pictures of 30 KB: 4 MB."""
SECONDS = 3600.0
PNG = b"\x89PNG\r\n\x1a\n"
TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
"""Chunks in which a badge is baked, and others tell what no decoder draws (PNG, Third Edition, 11.3.3)."""
T = TypeVar("T")


@dataclass(slots=True)
class DrawnLately(Generic[T]):
    """What was made of some contents, found by these."""

    clock: Callable[[], float] = monotonic
    _found: dict[bytes, tuple[float, T]] = field(default_factory=dict)
    """Those made first at the beginning."""
    _lock: Lock = field(default_factory=Lock)

    def find(self, content: bytes) -> T | None:
        """What was made of *content*, None where that is too long ago or never was."""
        with self._lock:
            self._forget()
            found = self._found.get(hashlib.sha256(content).digest())
        return found[1] if found else None

    def keep(self, content: bytes, made: T) -> None:
        """Keep what was *made* of *content*; where it is known already, that stays."""
        with self._lock:
            self._found.setdefault(hashlib.sha256(content).digest(), (self.clock(), made))
            self._forget()

    def _forget(self) -> None:
        eldest = self.clock() - SECONDS
        while self._found and (len(self._found) > MOST or next(iter(self._found.values()))[0] < eldest):
            del self._found[next(iter(self._found))]


def without_texts(content: bytes) -> bytes:
    """A PNG without the chunks that are not drawn, and what follows its end; all else as it is."""
    if not content.startswith(PNG):
        return content
    kept, at = [PNG], len(PNG)
    while at + 12 <= len(content):
        length, name = unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            break
        if name not in TEXTS:
            kept.append(content[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    return content
