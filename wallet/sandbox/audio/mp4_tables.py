"""Where the samples of a track lie, and how long they last (ISO/IEC 14496-12, 8.6, 8.7 and 8.8)."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from .sound import NotASound, number, require

MOST = 2_000_000
"""Samples of one recording: of 20 milliseconds each, more than eleven hours."""


class Beyond(NotASound):
    """It lies beyond the end: the recording was cut before all of it was there."""


class Sample(NamedTuple):
    """A run of bytes that is sound, and how many ticks of its track it lasts."""

    start: int
    end: int
    ticks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """The sound: its number, ticks a second, what is meant where a fragment says nothing, where its tables begin."""

    number: int
    scale: int
    ticks: int
    size: int
    parts: dict[bytes, int]


def table(content: bytearray, track: Track) -> list[Sample]:
    """The samples that the film itself lists, a chunk at a time; [] for one in fragments alone. Raises NotASound."""
    parts = track.parts
    require({b"stts", b"stsc"} <= parts.keys() and parts.keys() & {b"stsz", b"stz2"})
    sizes = _sizes(content, parts)
    times = _times(content, parts[b"stts"], len(sizes))
    at, wide = (parts[b"stco"], 4) if b"stco" in parts else (parts.get(b"co64", -1), 8)
    lengths = _lengths(content, parts[b"stsc"], _count(content, at + 4))
    samples, first = [], 0
    for chunk, length in enumerate(lengths):
        start = number(content, at + 8 + wide * chunk, wide)
        end = start + sum(sizes[first : first + length])
        if end > len(content):
            raise Beyond
        samples.append(Sample(start, end, sum(times[first : first + length])))
        first += length
    require(first == len(sizes))
    return samples


def _count(content: bytearray, at: int) -> int:
    count = number(content, at, 4)
    require(count <= MOST)
    return count


def _sizes(content: bytearray, parts: dict[bytes, int]) -> list[int]:
    """8.7.3: one size for all, or one each, or one each in half a byte, one or two."""
    if b"stsz" in parts:
        at = parts[b"stsz"]
        count, same = _count(content, at + 8), number(content, at + 4, 4)
        return [same] * count if same else [number(content, at + 12 + 4 * index, 4) for index in range(count)]
    at = parts[b"stz2"]
    count, bits = _count(content, at + 8), number(content, at + 7, 1)
    require(bits in {4, 8, 16})
    if bits == 4:
        pairs = [number(content, at + 12 + index // 2, 1) for index in range(count)]
        return [pair & 15 if index % 2 else pair >> 4 for index, pair in enumerate(pairs)]
    return [number(content, at + 12 + bits // 8 * index, bits // 8) for index in range(count)]


def _times(content: bytearray, at: int, samples: int) -> list[int]:
    """8.6.1.2: so many samples of so many ticks, and so on."""
    times: list[int] = []
    for entry in range(_count(content, at + 4)):
        count, ticks = number(content, at + 8 + 8 * entry, 4), number(content, at + 12 + 8 * entry, 4)
        require(len(times) + count <= samples)
        times += [ticks] * count
    require(len(times) == samples)
    return times


def _lengths(content: bytearray, at: int, chunks: int) -> list[int]:
    """8.7.4: from which chunk on how many samples stand in each."""
    lengths: list[int] = []
    runs = [
        (number(content, at + 8 + 12 * entry, 4), number(content, at + 12 + 12 * entry, 4))
        for entry in range(_count(content, at + 4))
    ]
    for (first, length), (following, _) in pairwise([*runs, (chunks + 1, 0)]):
        require(first == len(lengths) + 1 and first < following <= chunks + 1 and length <= MOST)
        lengths += [length] * (following - first)
    require(len(lengths) == chunks)
    return lengths


def fragment(content: bytearray, track: Track, movie: int, head: int, runs: list[int]) -> list[Sample]:
    """The runs of samples (8.8.8) at *runs*, below the head (8.8.7) at *head*, of the fragment that begins at *movie*.

    Raises NotASound.
    """
    flags, at = number(content, head, 4), head + 8
    base, ticks, size = movie, track.ticks, track.size
    if flags & 0x1:
        base, at = number(content, at, 8), at + 8
    at += 4 * bool(flags & 0x2)
    if flags & 0x8:
        ticks, at = number(content, at, 4), at + 4
    if flags & 0x10:
        size = number(content, at, 4)
    samples: list[Sample] = []
    for run in runs:
        start = samples[-1].end if samples else base
        samples.append(_run(content, run, base, start, (ticks, size)))
    return samples


def _run(content: bytearray, run: int, base: int, start: int, meant: tuple[int, int]) -> Sample:
    flags, count, at = number(content, run, 4), _count(content, run + 4), run + 8
    ticks, size = meant
    if flags & 0x1:
        offset, at = int.from_bytes(content[at : at + 4], "big", signed=True), at + 4
        start = base + offset
    at += 4 * bool(flags & 0x4)
    each = 4 * (flags >> 8 & 0xF).bit_count()
    lasting = flags & 0x100
    sized = flags & 0x200
    long = [number(content, at + each * index, 4) for index in range(count)] if lasting else [ticks] * count
    second = at + 4 * bool(lasting)
    large = [number(content, second + each * index, 4) for index in range(count)] if sized else [size] * count
    end = start + sum(large)
    require(0 <= start <= end)
    if end > len(content):
        raise Beyond
    return Sample(start, end, sum(long))
