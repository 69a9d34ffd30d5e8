"""Which words are one slip of the hand away from another: a letter too many, missing, wrong, or changed with the next."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from .name_words import PLACES

_SHORTEST, _LONGEST = 4, 40
_BITS = 20
"""Of a number in the index that say which word; the others are of a hash."""
_MOST = 64
"""Words that are looked at for one: a register may be made to have more that are alike."""


class NearWords:
    """Words, to be found by a slip of them.

    Two words that are one slip apart are the same once a letter is left out of either (or of both). So the index
    has every word without each of its letters, as numbers in one array: a word is found without a look at all others.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted({word for word in words if _is_compared(word)})[: 1 << _BITS]
        self._spellings = array(
            "Q", sorted(_start(one) | number for number, word in enumerate(self._words) for one in _spellings(word))
        )

    def find(self, word: str) -> list[str]:
        """The words of which *word* is a slip, itself not among them."""
        if not _is_compared(word):
            return []
        numbers = (number for one in sorted(_spellings(word)) for number in self._numbers(_start(one)))
        found = dict.fromkeys(islice(numbers, _MOST))
        return [self._words[number] for number in found if is_slip(word, self._words[number])]

    def _numbers(self, start: int) -> Iterator[int]:
        place = bisect_left(self._spellings, start)
        for one in self._spellings[place : place + _MOST]:
            if one ^ start >= 1 << _BITS:
                return
            yield one & ((1 << _BITS) - 1)


def is_slip(written: str, meant: str) -> bool:
    """Whether *written* is taken for *meant*, from which it is one slip away.

    The shorter a word, the more a letter says: CROS and CROUS, Lens and Sens are two. The first letter is what is seen
    first; in a long word nobody sees even that.
    """
    if written == meant or written in PLACES:
        return False
    same = next((place for place, pair in enumerate(zip(written, meant, strict=False)) if pair[0] != pair[1]), -1)
    same = min(len(written), len(meant)) if same < 0 else same
    rest, other = written[same:], meant[same:]
    is_swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    if not (is_swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]):
        return False
    if rest[1:] == other[1:] and meant.isascii() and not rest[:1].isascii():
        return True  # a letter of another alphabet amid ours, whatever it looks like
    if len(meant) > 5:
        return same > 0 or is_swapped or len(meant) > (6 if len(written) != len(meant) else 7)
    ends_alike = same > 0 and written[-1] == meant[-1]
    if is_swapped:
        return ends_alike and len(rest) > 2
    is_doubled = rest[1:] == other and written[same] == written[same - 1]
    is_place = meant in PLACES and len(written) != len(meant)
    return ends_alike and len(meant) > 4 and (is_place or is_doubled)


def _is_compared(word: str) -> bool:
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha()


def _spellings(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _start(spelling: str) -> int:
    """The number from which on the words of one spelling stand; by hash(), which nobody outside can foresee."""
    return (hash(spelling) & ((1 << 64 - _BITS) - 1)) << _BITS
