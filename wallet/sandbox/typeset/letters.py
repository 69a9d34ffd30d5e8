"""Which letters the fonts have: what they lack is left out and told, for nobody reads an empty box.

Sources: OpenType 1.9.1, `cmap`, formats 4 and 12.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from struct import unpack_from
from typing import Any

JOINERS = {"\u200c", "\u200d"}
"""Between letters of Arabic and parts of an emoji they change what is drawn."""
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Signs that steer and show nothing; U+202E would turn the letters that follow it around."""
SELECTORS = range(0xFE00, 0xFE10)
"""They ask for another drawing of the sign before them, which our fonts do not have."""
Span = tuple[int, int]


class Letters:
    """What some fonts can set."""

    def __init__(self, fonts: Iterable[Path]) -> None:
        self._each = [sorted(_spans(font.read_bytes())) for font in fonts]
        spans = sorted(span for font in self._each for span in font)
        self._first: list[int] = []
        self._last: list[int] = []
        for first, last in spans:
            if self._last and first <= self._last[-1] + 1:
                self._last[-1] = max(self._last[-1], last)
            else:
                self._first.append(first)
                self._last.append(last)
        self.lacked = False
        """Whether a letter or a sign was left out so far."""
        self.leaves_marks_out = False
        """Whether no mark is kept that is not a part of its letter (NFC)."""

    def has(self, letter: str) -> bool:
        """Whether one of the fonts has it."""
        place = bisect_right(self._first, ord(letter)) - 1
        return place >= 0 and ord(letter) <= self._last[place]

    def settable(self, words: str) -> str:
        """*words* without what cannot be set; what nobody would have seen anyway is no lack."""
        return "".join(self._kept(unicodedata.normalize("NFC", words)))

    def _kept(self, words: str) -> Iterator[str]:
        drawing: list[list[Span]] = []
        for one in words:
            kind = unicodedata.category(one)
            if kind[0] == "M" and ord(one) not in SELECTORS:
                # A mark is drawn upon the letter before it, by one font for both: a sheet with any other is refused whole.
                drawing = [font for font in drawing if _has(font, one)] or drawing
                if self.leaves_marks_out or not drawing or not _has(drawing[0], one):
                    self.lacked = True
                    continue
            elif one not in JOINERS:
                drawing = [font for font in self._each if _has(font, one)] if kind[0] in "LN" else []
            if one in "\n\t\u2028\u2029":
                yield " "
            elif one in JOINERS:
                yield one
            elif kind in UNSEEN or ord(one) in SELECTORS:
                continue
            elif self.has(one):
                yield one
            else:
                self.lacked = True

    def all_settable(self, told: Any) -> Any:
        """The same of each text in *told*, plain JSON."""
        if isinstance(told, str):
            return self.settable(told)
        if isinstance(told, list):
            return [self.all_settable(one) for one in told]
        return {name: self.all_settable(one) for name, one in told.items()} if isinstance(told, dict) else told


def _has(spans: Sequence[Span], letter: str) -> bool:
    place = bisect_right(spans, (ord(letter), 0x110000)) - 1
    return place >= 0 and ord(letter) <= spans[place][1]


def _spans(font: bytes) -> Iterator[Span]:
    """The first and the last of each row of letters that *font* has."""
    (tables,) = unpack_from(">H", font, 4)
    places = (unpack_from(">4sIII", font, 12 + 16 * number) for number in range(tables))
    cmap = next(place for tag, _, place, _ in places if tag == b"cmap")
    (count,) = unpack_from(">H", font, cmap + 2)
    offsets = {unpack_from(">HHI", font, cmap + 4 + 8 * number)[2] for number in range(count)}
    for at in sorted(cmap + offset for offset in offsets):
        (kind,) = unpack_from(">H", font, at)
        if kind == 4:
            half = unpack_from(">H", font, at + 6)[0] // 2
            last = unpack_from(f">{half}H", font, at + 14)
            first = unpack_from(f">{half}H", font, at + 16 + 2 * half)
            yield from ((one, other) for one, other in zip(first, last, strict=True) if one != 0xFFFF)
        elif kind == 12:
            (groups,) = unpack_from(">I", font, at + 12)
            for number in range(groups):
                one, other, _ = unpack_from(">III", font, at + 16 + 12 * number)
                yield one, other
