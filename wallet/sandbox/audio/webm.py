"""Recordings in elements: audio/webm with Opus, and Matroska with the same (RFC 8794, EBML; RFC 9559, Matroska).

MediaRecorder writes how long one lasts nowhere, or at the end; here the blocks are counted. A segment and a cluster may
be of unknown size: such a cluster ends where the next element of the segment begins (RFC 8794, 6.2). A page that was
ended while somebody spoke leaves a recording that ends anywhere: it is kept up to its last whole element.
"""

from collections.abc import Iterator
from typing import NamedTuple

from .sound import NOTHING_SAID, NotASound, number, require, wipe

HEAD, SEGMENT, CLUSTER, VOID = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xEC
INFO, TRACKS, ENTRY, GROUP = 0x1549A966, 0x1654AE6B, 0xAE, 0xA0
DOCTYPE, SCALE, MUXER, WRITER = 0x4282, 0x2AD7B1, 0x4D80, 0x5741
TRACK_NUMBER, TRACK_KIND, CODEC, PRIVATE = 0xD7, 0x83, 0x86, 0x63A2
TIMESTAMP, SIMPLE_BLOCK, BLOCK = 0xE7, 0xA3, 0xA1
SEGMENT_LEVEL = {0x114D9B74, INFO, TRACKS, CLUSTER, 0x1C53BB6B, 0x1254C367, 0x1941A469, 0x1043A770}
KEPT: dict[int, set[int]] = {
    HEAD: {0x4286, 0x42F7, 0x42F2, 0x42F3, DOCTYPE, 0x4287, 0x4285},
    SEGMENT: {0x114D9B74, INFO, TRACKS, CLUSTER, 0x1C53BB6B},
    0x114D9B74: {0x4DBB},  # SeekHead
    0x4DBB: {0x53AB, 0x53AC},
    INFO: {SCALE, 0x4489, MUXER, WRITER},
    TRACKS: {ENTRY},
    # number, kind and codec; UID; enabled, default, laced; delay and pre-roll; how long a frame is; Audio
    ENTRY: {TRACK_NUMBER, TRACK_KIND, CODEC, PRIVATE, 0x73C5, 0xB9, 0x88, 0x9C, 0x56AA, 0x56BB, 0x23E383, 0xE1},
    0xE1: {0xB5, 0x78B5, 0x9F, 0x6264},
    CLUSTER: {TIMESTAMP, SIMPLE_BLOCK, GROUP, 0xA7, 0xAB},
    GROUP: {BLOCK, 0x9B, 0xFB, 0x75A2},
    0x1C53BB6B: {0xBB},  # Cues
    0xBB: {0xB3, 0xB7},
    0xB7: {0xF7, 0xF1, 0xF0, 0xB2, 0x5378},
}
"""Which elements stay in which; those that are no key here are numbers, or what `listen` looks at. Check sums go, too."""
LAST = {HEAD, VOID, 0xBF, 0x5854, 0xAF} | SEGMENT_LEVEL | KEPT[CLUSTER]
"""Elements within which a recording may be cut: anything else that does not end is no element."""
SIGHT, SOUND = 1, 2
"""Kinds of track (RFC 9559, 5.1.4.1.3)."""
CODEC_OF_BROWSERS = b"A_OPUS"
"""Its private part holds no words: Vorbis and FLAC keep their comments there."""
LARGEST = 1024
"""Bytes of a codec's private part."""


class Element(NamedTuple):
    """Where one element stands: its id, its first byte, the first one behind its head, the first one behind it."""

    id: int
    start: int
    body: int
    end: int
    unknown: bool
    """Whether its size is not told, and its end the one of what holds it."""


def element(content: bytearray, start: int, end: int) -> Element:
    """The element at *start*, which must end by *end*; raises NotASound."""
    found = _begun(content, start)
    if found is None or not found.body <= (found.end if not found.unknown else end) <= end:
        raise NotASound
    return found._replace(end=end) if found.unknown else found


def _begun(content: bytearray, start: int) -> Element | None:
    """The element that begins at *start*, wherever it ends; None when *content* ends within its head."""
    if start == len(content):
        return None
    wide = 9 - number(content, start, 1).bit_length()
    require(wide <= 4)
    at = start + wide
    if at >= len(content):
        return None
    name, length = number(content, start, wide), 9 - number(content, at, 1).bit_length()
    require(length <= 8)
    body = at + length
    if body > len(content):
        return None
    size = number(content, at, length) & ((1 << 7 * length) - 1)
    unknown = size == (1 << 7 * length) - 1
    require(not unknown or name in {SEGMENT, CLUSTER})
    return Element(name, start, body, body + size, unknown)


def cut(content: bytearray) -> None:
    """Cut off what did not come whole; what holds the rest, and told its size, tells the new one."""
    at, unfinished = 0, list[Element]()
    while found := _begun(content, at):
        if found.end <= len(content) and not found.unknown:
            at = found.end
        elif found.id in {SEGMENT, CLUSTER}:
            unfinished.append(found)
            at = found.body
        else:
            require(found.id in LAST)
            break
    del content[at:]
    for outer in unfinished:
        if not outer.unknown:
            _resize(content, outer, at - outer.body)


def _resize(content: bytearray, found: Element, size: int) -> None:
    """Tell *size* in as many bytes as its own was told."""
    wide = 9 - number(content, found.start, 1).bit_length()
    length = found.body - found.start - wide
    content[found.start + wide : found.body] = ((1 << 7 * length) | size).to_bytes(length, "big")


def elements(content: bytearray, outer: Element) -> Iterator[Element]:
    """What *outer* holds, in its order; a cluster of unknown size ends where the next element of the segment begins."""
    at = outer.body
    while at < outer.end:
        inner = element(content, at, outer.end)
        if inner.unknown:
            inner = inner._replace(end=_next(content, inner))
        yield inner
        at = inner.end


def _next(content: bytearray, cluster: Element) -> int:
    at = cluster.body
    while at < cluster.end:
        inner = element(content, at, cluster.end)
        if inner.id in SEGMENT_LEVEL:
            return at
        at = inner.end
    return at


def blank(content: bytearray, found: Element) -> None:
    """Make *found* a Void of the same length (RFC 8794, 11.3.2)."""
    whole = found.end - found.start
    wide = 8 if whole >= 9 else 1
    wipe(content, found.start, found.end)
    content[found.start] = VOID
    content[found.start + 1 : found.start + 1 + wide] = ((1 << 7 * wide) | (whole - 1 - wide)).to_bytes(wide, "big")


def _kept(content: bytearray, outer: Element) -> list[Element]:
    inners = list(elements(content, outer))
    for inner in inners:
        if inner.id not in KEPT[outer.id]:
            blank(content, inner)
    return [inner for inner in inners if inner.id in KEPT[outer.id]]


def _tidy(content: bytearray, outer: Element) -> dict[int, Element]:
    """Blank what *outer* holds besides the sound, at any depth; the last of each of the others."""
    found = {}
    for inner in _kept(content, outer):
        found[inner.id] = inner
        if inner.id in KEPT:
            _tidy(content, inner)
    return found


def listen(content: bytearray) -> float:
    """How many seconds the recording *content* lasts; all that is not the sound itself is blanked.

    Raises NotASound.
    """
    cut(content)
    segment = _segment(content)
    scale, track, times = 1_000_000, 0, []
    for part in _kept(content, segment):
        if part.id == CLUSTER:
            require(track)
            times += _cluster(content, part, track)
        elif part.id == TRACKS:
            track = _track(content, part)
        elif part.id == INFO:
            scale = _information(content, part)
        else:
            _tidy(content, part)
    require(times, NOTHING_SAID)
    return (max(times) - min(times)) * scale / 1e9


def _segment(content: bytearray) -> Element:
    """All of *content* but its head, which says what it is."""
    require(content, NOTHING_SAID)
    head = element(content, 0, len(content))
    require(head.id == HEAD)
    kind = _tidy(content, head).get(DOCTYPE)
    if kind is None or bytes(content[kind.body : kind.end]).rstrip(b"\0") not in {b"webm", b"matroska"}:
        raise NotASound
    require(head.end < len(content), NOTHING_SAID)
    segment = element(content, head.end, len(content))
    require(segment.id == SEGMENT and segment.end == len(content))
    return segment


def _information(content: bytearray, part: Element) -> int:
    """How many nanoseconds a tick is (RFC 9559, 5.1.2.9); which programs wrote it is wiped."""
    found = _tidy(content, part)
    for program in found.keys() & {MUXER, WRITER}:
        wipe(content, found[program].body, found[program].end)
    return _value(content, found[SCALE]) if SCALE in found else 1_000_000


def _value(content: bytearray, found: Element) -> int:
    require(found.end - found.body <= 8)
    return number(content, found.body, found.end - found.body)


def _track(content: bytearray, part: Element) -> int:
    """The number of the one track, which is sound; the others are blanked, as their blocks will be."""
    sounds = []
    for entry in _kept(content, part):
        found = _tidy(content, entry)
        kind = _value(content, found[TRACK_KIND]) if TRACK_KIND in found else 0
        require(kind != SIGHT, "video")
        if kind != SOUND:
            blank(content, entry)
            continue
        require({TRACK_NUMBER, CODEC} <= found.keys())
        codec = found[CODEC]
        private = found.get(PRIVATE)
        require(bytes(content[codec.body : codec.end]).rstrip(b"\0") == CODEC_OF_BROWSERS)
        require(private is None or private.end - private.body <= LARGEST)
        sounds.append(_value(content, found[TRACK_NUMBER]))
    require(len(sounds) == 1 and sounds[0])
    return sounds[0]


def _cluster(content: bytearray, part: Element, track: int) -> list[int]:
    """When each block of the track begins, in ticks; the blocks of others are blanked (RFC 9559, 5.1.3)."""
    begins, times = 0, []
    for inner in _kept(content, part):
        if inner.id == TIMESTAMP:
            begins = _value(content, inner)
        elif inner.id == SIMPLE_BLOCK:
            times += _block(content, inner, inner, track)
        elif inner.id == GROUP:
            block = _tidy(content, inner).get(BLOCK)
            times += _block(content, block, inner, track) if block else []
    return [begins + time for time in times]


def _block(content: bytearray, block: Element, whole: Element, track: int) -> list[int]:
    """When a block begins within its cluster (RFC 9559, 10.1); [] when it was another track's and is gone."""
    wide = 9 - number(content, block.body, 1).bit_length()
    require(wide <= 8 and block.body + wide + 3 <= block.end)
    if number(content, block.body, wide) & ((1 << 7 * wide) - 1) != track:
        blank(content, whole)
        return []
    at = block.body + wide
    return [int.from_bytes(content[at : at + 2], "big", signed=True)]
