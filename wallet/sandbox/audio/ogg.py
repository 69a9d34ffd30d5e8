"""Recordings in pages: audio/ogg with Opus, of one stream (RFC 3533, Ogg; RFC 7845, Opus in Ogg).

A page that was ended while somebody spoke leaves a recording that ends anywhere: it is kept up to its last whole page.
"""

from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

from .sound import NOTHING_SAID, NotASound, require, wipe

START = b"OggS\0"
HEAD, TAGS = b"OpusHead", b"OpusTags"
SIGHTS = (b"\x80theora", b"BBCD", b"OVP80", b"\x80daala", b"\x80kate")
"""How streams begin that show something."""
TICKS = 48_000
"""A second, whatever the microphone's (RFC 7845, 4)."""
LARGEST_HEAD = 300
EMPTY_TAGS = TAGS + bytes(8)
"""No vendor, no comment (RFC 7845, 5.2); zeros behind it are padding."""
MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte, its lightest bit first."""


class Page(NamedTuple):
    """Where one page stands, and what its head says (RFC 3533, 6)."""

    start: int
    body: int
    end: int
    flags: int
    granule: int
    serial: int
    lacing: bytes


def pages(content: bytearray) -> Iterator[Page]:
    """The whole pages that *content* begins with; what was cut behind them is cut off. Raises NotASound."""
    start = 0
    while start < len(content):
        head = bytes(content[start : start + 27])
        require(head.startswith(START[: len(head)]))
        body = start + 27 + head[26] if len(head) == 27 else len(content) + 1
        lacing = bytes(content[start + 27 : body])
        end = body + sum(lacing)
        if end > len(content):
            del content[start:]
            return
        granule = int.from_bytes(head[6:14], "little", signed=True)
        yield Page(start, body, end, head[5], granule, int.from_bytes(head[14:18], "little"), lacing)
        start = end


def _sum(page: bytes) -> int:
    """The check sum of a page (RFC 3533, 6): that of zlib in a mirror, neither begun nor ended with ones."""
    mirrored = crc32(page.translate(MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def listen(content: bytearray) -> float:
    """How many seconds the recording *content* lasts; its comments are blanked.

    Raises NotASound; so it does for several streams, side by side or one after the other.
    """
    found = list(pages(content))
    require(found, NOTHING_SAID)
    for page in found:
        require(not (content[page.body : page.end].startswith(SIGHTS) and page.flags & 2), "video")
    first, *others = found
    require(content[first.body : first.end].startswith(HEAD) and 19 <= first.end - first.body <= LARGEST_HEAD)
    require(all(page.serial == first.serial and not page.flags & 2 for page in others))
    tags = _blank_tags(content, others)
    skipped = int.from_bytes(content[first.body + 10 : first.body + 12], "little")
    last = max((page.granule for page in others[tags:]), default=0)
    return max(0, last - skipped) / TICKS


def _blank_tags(content: bytearray, others: list[Page]) -> int:
    """Blank the comments, which are the second packet and end a page (RFC 7845, 3); how many pages they take."""
    require(others, NOTHING_SAID)
    require(content[others[0].body : others[0].end].startswith(TAGS))
    for number, page in enumerate(others, 1):
        wipe(content, page.body, page.end)
        if number == 1:
            require(page.end - page.body >= len(EMPTY_TAGS))
            content[page.body : page.body + len(EMPTY_TAGS)] = EMPTY_TAGS
        wipe(content, page.start + 22, page.start + 26)
        content[page.start + 22 : page.start + 26] = _sum(bytes(content[page.start : page.end])).to_bytes(4, "little")
        ends = [at for at, length in enumerate(page.lacing) if length < 255]
        if ends == [len(page.lacing) - 1]:
            return number
        require(not ends)
    raise NotASound(NOTHING_SAID)
