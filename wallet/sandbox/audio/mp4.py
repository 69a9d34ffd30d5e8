"""Recordings in boxes: audio/mp4 and m4a, whole or in fragments (ISO/IEC 14496-12, the ISO base media file format).

A page that was ended while somebody spoke leaves a recording that ends anywhere: of one in fragments its whole ones are
kept; of any other nothing can be heard, for what tells where its sound lies is whole or of no use.
"""

from collections.abc import Iterator
from typing import NamedTuple

from .mp4_tables import Beyond, Sample, Track, fragment, table
from .sound import CUT_SHORT, NOTHING_SAID, NotASound, number, require, wipe

TOP = {b"ftyp", b"styp", b"moov", b"moof", b"mdat"}
KEPT: dict[bytes, set[bytes]] = {
    b"moov": {b"mvhd", b"trak", b"mvex"},
    b"mvex": {b"trex"},
    b"trak": {b"tkhd", b"edts", b"mdia"},
    b"edts": {b"elst"},
    b"mdia": {b"mdhd", b"hdlr", b"minf"},
    b"minf": {b"smhd", b"dinf", b"stbl"},
    b"dinf": {b"dref"},
    b"stbl": {b"stsd", b"stts", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"sgpd", b"sbgp"},
    b"moof": {b"mfhd", b"traf"},
    b"traf": {b"tfhd", b"tfdt", b"trun", b"sgpd", b"sbgp"},
}
"""Which boxes stay in which; those that are no key here are numbers, and stay as they are but for what `_tidy` wipes.
How long the whole is (mehd) and where its parts lie (sidx) is told once more by each part: it goes, for it may be cut."""
CODECS = {b"mp4a", b"Opus", b"samr", b"sawb"}
"""Sounds whose description holds no words: AAC and MP3, Opus (Opus in ISOBMFF, 4.3.1), AMR (3GPP TS 26.244, 6.5)."""
DESCRIPTION = {b"esds", b"dOps", b"damr", b"btrt", b"wave", b"chan", b"chnl", b"srat"}
LARGEST = 4096
"""Bytes of the description of a sound."""
BESIDE = {b"sidx", b"free", b"skip", b"wide", b"uuid", b"udta", b"meta", b"mfra", b"emsg", b"prft", b"ssix"}
"""What else may stand at the top, and be cut: anything else that does not end is no box."""
FARTHEST = 1 << 32
"""Bytes of a box that may have been cut."""


class Box(NamedTuple):
    """Where one box stands: its name, its first byte, the first one behind its head, the first one behind it."""

    name: bytes
    start: int
    body: int
    end: int


def _head(content: bytearray, start: int, end: int) -> tuple[int, bytes, int]:
    """The size, the name and the length of the head of the box at *start*, which may reach to the *end* (4.2).

    Where its size is told behind its name and that did not come, it is 1.
    """
    size, name = number(content, start, 4), bytes(content[start + 4 : start + 8])
    if size == 1 and start + 16 <= len(content):
        return number(content, start + 8, 8), name, 16
    return size or end - start, name, 8


def boxes(content: bytearray, start: int, end: int) -> Iterator[Box]:
    """The boxes that fill the bytes from *start* to *end* (4.2); raises NotASound when they do not fill them."""
    while start < end:
        size, name, head = _head(content, start, end)
        require(head <= size <= end - start)
        yield Box(name, start, start + head, start + size)
        start += size


def cut(content: bytearray) -> bytes:
    """Cut off the box that did not come whole; its name, or what there is of its head; b"" when all came."""
    at = 0
    while at + 8 <= len(content):
        size, name, head = _head(content, at, len(content))
        if size == 1 or FARTHEST > size > len(content) - at:
            require(name in TOP | BESIDE)
            break
        require(head <= size < FARTHEST)
        at += size
    rest = bytes(content[at:])
    del content[at:]
    return rest[4:8] or rest


def blank(content: bytearray, box: Box) -> None:
    """Make *box* free space of the same length (8.1.2)."""
    content[box.start + 4 : box.start + 8] = b"free"
    wipe(content, box.body, box.end)


def _kept(content: bytearray, box: Box, names: set[bytes]) -> list[Box]:
    inners = list(boxes(content, box.body, box.end))
    for inner in inners:
        if inner.name not in names:
            blank(content, inner)
    return [inner for inner in inners if inner.name in names]


def listen(content: bytearray) -> float:
    """How many seconds the recording *content* lasts; all that is not the sound itself is blanked.

    Raises NotASound.
    """
    missing = cut(content)
    top = _kept(content, Box(b"", 0, 0, len(content)), TOP)
    movies = [box for box in top if box.name == b"moov"]
    if not movies:
        raise NotASound(_without_film({box.name for box in top} | {missing}))
    require(len(movies) == 1)
    track = _track(content, movies[0])
    try:
        samples = table(content, track)
    except Beyond:
        raise NotASound(CUT_SHORT if missing == b"mdat" else "not-audio") from None
    samples += _fragments(content, top, track)
    for box in top:
        if box.name == b"mdat" and box.end <= len(content):
            _blank_between(content, box, samples)
    return sum(sample.ticks for sample in samples) / track.scale


def _fragments(content: bytearray, top: list[Box], track: Track) -> list[Sample]:
    """The samples of all that came whole; the first one that did not is cut off."""
    samples = []
    for box in top:
        if box.name == b"moof":
            try:
                samples += _fragment(content, box, track)
            except Beyond:
                del content[box.start :]
                break
    return samples


def _without_film(names: set[bytes]) -> str:
    """Why there is nothing to be heard in boxes of these *names*, none of which tells how to read the others."""
    if b"moof" in names or names == {b""}:
        return "not-audio"
    return CUT_SHORT if b"mdat" in names else NOTHING_SAID


def _track(content: bytearray, movie: Box) -> Track:
    """The one track of the film, which is sound; the others are blanked with all that they point to."""
    found: list[Box] = []
    defaults: dict[int, tuple[int, int]] = {}
    for box in _kept(content, movie, KEPT[b"moov"]):
        if box.name == b"mvhd":
            _wipe_times(content, box)
        elif box.name == b"mvex":
            defaults |= _defaults(content, box)
        elif (handler := _handler(content, box)) == b"soun":
            found.append(box)
        elif handler == b"vide":
            raise NotASound("video")
        else:
            blank(content, box)
    require(len(found) == 1)
    parts = _tidy(content, found[0])
    require({b"mdhd", b"tkhd"} <= parts.keys())
    at, head = parts[b"mdhd"], parts[b"tkhd"]
    scale = number(content, at + 12 + 8 * (number(content, at, 1) == 1), 4)  # 8.4.2
    track = number(content, head + 12 + 8 * (number(content, head, 1) == 1), 4)  # 8.3.2
    require(scale and track)
    ticks, size = defaults.get(track, (0, 0))
    return Track(number=track, scale=scale, ticks=ticks, size=size, parts=parts)


def _defaults(content: bytearray, box: Box) -> dict[int, tuple[int, int]]:
    """How many ticks and bytes a sample of each track has where its fragment does not say (8.8.3)."""
    bodies = [inner.body for inner in _kept(content, box, KEPT[b"mvex"]) if inner.name == b"trex"]
    return {number(content, at + 4, 4): (number(content, at + 12, 4), number(content, at + 16, 4)) for at in bodies}


def _handler(content: bytearray, track: Box) -> bytes:
    """What a track is for (8.4.3), `vide` for sight and `soun` for sound; b"" when it does not say."""
    media = (box for box in boxes(content, track.body, track.end) if box.name == b"mdia")
    inside = (box for outer in media for box in boxes(content, outer.body, outer.end))
    body = next((box.body for box in inside if box.name == b"hdlr"), len(content))
    return bytes(content[body + 8 : body + 12])


def _tidy(content: bytearray, box: Box) -> dict[bytes, int]:
    """Blank what *box* holds besides the sound, at any depth; where the bodies of the others begin."""
    found: dict[bytes, int] = {}
    for inner in _kept(content, box, KEPT[box.name]):
        if inner.name in KEPT:
            found |= _tidy(content, inner)
            continue
        require(inner.name not in found or inner.name in {b"sgpd", b"sbgp"})
        found[inner.name] = inner.body
        if inner.name in {b"tkhd", b"mdhd"}:
            _wipe_times(content, inner)
        elif inner.name == b"hdlr":
            wipe(content, min(inner.body + 24, inner.end), inner.end)  # its name, in words
        elif inner.name == b"dref":
            _stay_inside(content, inner)
        elif inner.name == b"stsd":
            _describe(content, inner)
    return found


def _wipe_times(content: bytearray, box: Box) -> None:
    """When it was made and changed (8.2.2, 8.3.2, 8.4.2)."""
    wipe(content, box.body + 4, box.body + (20 if number(content, box.body, 1) == 1 else 12))


def _stay_inside(content: bytearray, box: Box) -> None:
    """Raises NotASound when the sound is not in the file itself (8.7.2)."""
    for entry in boxes(content, box.body + 8, box.end):
        require(entry.name in {b"url ", b"alis"} and number(content, entry.body, 4) & 1)
        wipe(content, min(entry.body + 4, entry.end), entry.end)


def _describe(content: bytearray, box: Box) -> None:
    """Keep what a decoder needs (8.5.2, 12.2.3); QuickTime's entries of version 1 and 2 are longer."""
    require(box.end - box.body <= LARGEST)
    for entry in boxes(content, box.body + 8, box.end):
        require(entry.name in CODECS)
        longer = {1: 16, 2: 36}.get(number(content, entry.body + 8, 2), 0) if not content[box.body] else 0
        head = entry.body + 28 + longer
        require(head <= entry.end)
        _kept(content, entry._replace(body=head), DESCRIPTION)


def _fragment(content: bytearray, box: Box, track: Track) -> list[Sample]:
    """The samples of the track in a fragment (8.8); what other tracks have in it is blanked."""
    samples = []
    for inner in _kept(content, box, KEPT[b"moof"]):
        if inner.name == b"traf":
            kept = _kept(content, inner, KEPT[b"traf"])
            heads = [part.body for part in kept if part.name == b"tfhd"]
            require(len(heads) == 1)
            if number(content, heads[0] + 4, 4) != track.number:
                blank(content, inner)
                continue
            runs = [part.body for part in kept if part.name == b"trun"]
            samples += fragment(content, track, box.start, heads[0], runs)
    return samples


def _blank_between(content: bytearray, box: Box, samples: list[Sample]) -> None:
    """Wipe what no sample of the sound reaches."""
    at = box.body
    for start, end in sorted((sample.start, sample.end) for sample in samples):
        if box.body <= start and end <= box.end:
            wipe(content, at, max(at, start))
            at = max(at, end)
    wipe(content, at, box.end)
