"""A ZIP that is sent while it is made: its exact length is known before its first byte, and nothing of it lies on our disk.

Every header is whole when it is written, with sizes and checksum: readers that only see the stream need no look at
the end. Beyond 4 GB or 65,535 members the directory says so in the larger form. Source: PKWARE APPNOTE 6.3.10, 4.3.
The zipfile of Python can tell no length beforehand, and takes no member that is deflated already: what we write, it reads.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from struct import Struct

from ..storage import failpoint

PIECE = 256 * 1024
"""Bytes that are handed on at once."""
STORED, DEFLATED = 0, 8
UTF8 = 1 << 11
"""Names are UTF-8. Source: 4.4.4, bit 11."""
PLAIN, LARGE = 20, 45
"""The version of the form that a reader must know. Source: 4.4.3.2."""
UNIX = 3 << 8
FILE = 0o100644 << 16
"""A file that everybody may read and its owner may write, as UNIX says it."""
FULL_2, FULL_4 = 0xFFFF, 0xFFFFFFFF
"""Where this stands, the larger form tells the number. Source: 4.4.1.4."""
LOCAL = Struct("<4s5H3L2H")
CENTRAL = Struct("<4s6H3L5H2L")
OFFSET = Struct("<2HQ")
END_LARGE = Struct("<4sQ2H2L4Q")
WHERE_LARGE = Struct("<4sLQL")
END = Struct("<4s4H2LH")


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file in the ZIP. `content` gives its bytes as they are written; they are asked for when their turn has come."""

    name: str
    size: int
    crc: int
    content: Callable[[], bytes]
    written: int
    """Bytes that are written of it: as many as it has, or fewer where they are deflated."""
    method: int = STORED


class Text:
    """A text that grows piece by piece, of which no more than the deflated form is kept."""

    def __init__(self, beginning: str = "") -> None:
        self.crc = self.size = 0
        self._hash = sha256()
        self._deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._deflated: list[bytes] = []
        self.add(beginning)

    def add(self, text: str) -> None:
        """Put *text* at its end; half a character, which UTF-8 cannot hold, becomes « ? »."""
        content = text.encode(errors="replace")
        self.crc, self.size = zlib.crc32(content, self.crc), self.size + len(content)
        self._hash.update(content)
        self._deflated.append(self._deflater.compress(content))

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was added so far, in hexadecimal."""
        return self._hash.hexdigest()

    def member(self, name: str) -> Member:
        """The whole text as the file *name*; nothing is added any more."""
        content = b"".join((*self._deflated, self._deflater.flush()))
        return Member(
            name=name, size=self.size, crc=self.crc, content=lambda: content, written=len(content), method=DEFLATED
        )


def zip_length(members: Sequence[Member]) -> int:
    """How many bytes `zip_pieces` gives for these members."""
    ends = _offsets(members)
    return ends[-1] + len(_directory(members, ends, (0, 0)))


def zip_pieces(members: Sequence[Member], made_at: datetime) -> Iterator[bytes]:
    """The ZIP of these members from its first byte to its last; each file bears the time *made_at*, in its own zone.

    Raises what `content` raises; the ZIP then lacks its end, and nobody takes it for a whole one.
    """
    stamp = _stamp(made_at)
    for member in members:
        yield _local(member, stamp)
        content = memoryview(member.content())
        for start in range(0, len(content), PIECE):
            yield bytes(content[start : start + PIECE])
            failpoint("archive.piece")
    yield _directory(members, _offsets(members), stamp)


def _offsets(members: Sequence[Member]) -> list[int]:
    """Where each member begins, and where the last one ends."""
    offsets = [0]
    for member in members:
        offsets.append(offsets[-1] + LOCAL.size + len(member.name.encode()) + member.written)
    return offsets


def _local(member: Member, stamp: tuple[int, int]) -> bytes:
    """Source: 4.3.7."""
    name = member.name.encode()
    sizes = (member.crc, member.written, member.size)
    return LOCAL.pack(b"PK\3\4", PLAIN, UTF8, member.method, *stamp, *sizes, len(name), 0) + name


def _central(member: Member, offset: int, stamp: tuple[int, int]) -> bytes:
    """Source: 4.3.12, and 4.5.3 for the larger form."""
    name = member.name.encode()
    extra = OFFSET.pack(1, 8, offset) if offset >= FULL_4 else b""
    needed = LARGE if extra else PLAIN
    head = CENTRAL.pack(
        *(b"PK\1\2", UNIX | needed, needed, UTF8, member.method, *stamp),
        *(member.crc, member.written, member.size, len(name), len(extra), 0, 0, 0, FILE, min(offset, FULL_4)),
    )
    return head + name + extra


def _directory(members: Sequence[Member], offsets: Sequence[int], stamp: tuple[int, int]) -> bytes:
    """What stands behind the last member. Source: 4.3.12 to 4.3.16."""
    entries = b"".join(_central(member, offset, stamp) for member, offset in zip(members, offsets, strict=False))
    count, size, start = len(members), len(entries), offsets[-1]
    larger = b""
    if count >= FULL_2 or start >= FULL_4:
        numbers = (END_LARGE.size - 12, UNIX | LARGE, LARGE, 0, 0, count, count, size, start)
        larger = END_LARGE.pack(b"PK\6\6", *numbers) + WHERE_LARGE.pack(b"PK\6\7", 0, start + size, 1)
    counts = (min(count, FULL_2), min(count, FULL_2), size, min(start, FULL_4))
    return entries + larger + END.pack(b"PK\5\6", 0, 0, *counts, 0)


def _stamp(moment: datetime) -> tuple[int, int]:
    """Time and date in 16 bits each, to two seconds. Source: 4.4.6."""
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (moment.year - 1980) << 9 | moment.month << 5 | moment.day
