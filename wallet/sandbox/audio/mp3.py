"""Recordings in frames: MP3, which is MPEG-1 and MPEG-2 layer III (ISO/IEC 11172-3, 2.4.1; ISO/IEC 13818-3, 2.4.1).

What stands before the first frame and behind the last one is cut: ID3, APE, and whatever else.
"""

from typing import NamedTuple

from .sound import NOTHING_SAID, number, require

RATES = (44_100, 48_000, 32_000)
BITS = {  # of a second, in thousands
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
FEWEST = 3
"""Frames; fewer may be chance."""
TAGS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3", b"3DI")
"""What may stand behind the last frame."""


class Frame(NamedTuple):
    """One frame: how many bytes, how many samples, how many of them a second."""

    size: int
    samples: int
    rate: int


def frame(content: bytearray, at: int) -> Frame | None:
    """The frame whose head stands *at*, wherever it ends; None when none does."""
    if at + 4 > len(content):
        return None
    head = number(content, at, 4)
    version, layer, bits, rate = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer != 1 or bits in {0, 15} or rate == 3:
        return None
    hertz = RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 1152 if version == 3 else 576
    size = samples // 8 * 1000 * BITS[1 if version == 3 else 2][bits] // hertz + (head >> 9 & 1)
    return Frame(size, samples, hertz)


def listen(content: bytearray) -> float:
    """How many seconds the recording *content* lasts; what is no frame is cut off. Raises NotASound."""
    at = start = _begin(content)
    count, seconds = 0, 0.0
    while (found := frame(content, at)) and at + found.size <= len(content):
        at, count, seconds = at + found.size, count + 1, seconds + found.samples / found.rate
    rest = content[at:]
    require(count >= FEWEST or not (found or len(rest) < 4), NOTHING_SAID)
    is_cut = len(rest) < 1500  # the last frame, which did not come whole, is 1441 bytes at most
    require(count >= FEWEST and (is_cut or rest.startswith(TAGS) or not rest.strip(b"\0")))
    content[:] = content[start:at]
    return seconds


def _begin(content: bytearray) -> int:
    """Behind the ID3 tags (ID3v2.4.0 structure, 3.1)."""
    at = 0
    while content[at : at + 3] == b"ID3"[: len(content) - at] and at < len(content):
        require(at + 10 <= len(content), NOTHING_SAID)
        size = 0
        for byte in content[at + 6 : at + 10]:
            size = size << 7 | (byte & 0x7F)
        at += 10 + size + 10 * bool(number(content, at + 5, 1) & 0x10)
    while at < len(content) and not content[at] and at < 1 << 20:
        at += 1
    return at
