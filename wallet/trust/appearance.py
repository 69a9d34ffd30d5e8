"""What a reader takes a name for: its words, written so that what looks alike is alike.

What nobody sees is left out, a text that is turned round is read as it is shown, and letters that pass for one another
become one (UTS #39, 4: the skeleton of a text). Never shown to anybody: « Ville » becomes « vllle ».
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from ..openbadges import normalise_name

FOLDER = Path(__file__).parent / "confusables"
LONGEST = 300
"""Visible characters of a name that are compared: no page shows more of one (openbadges/texts.py)."""
_LOOKED_AT = 5_000
"""Characters, be they seen or not: more than are taken of a badge's (openbadges/texts.py)."""
_RIGHT_TO_LEFT = "\u202e"
_OPENING, _CLOSING = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068", "\u202c\u2069"
_DEEPEST = 125
"""Overrides in one another (UAX #9, BD2)."""
_SEPARATING = "\t\n\r\x0b\x0c\x85™℠²³¹"
"""White space, and small signs behind a word that compatibility forms would make a part of it."""
_BLANK = "\u115f\u1160\u3164\uffa0"
"""Letters by their category that show nothing (Default_Ignorable_Code_Point)."""
_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))
_SIGNS_FOR_LETTERS = str.maketrans("@$€!|", "aselI")
_DIGITS_FOR_LETTERS = str.maketrans("013458", "oleasb")
_SHAPES = (("rn", "m"), ("vv", "w"), ("i", "l"))
"""What looks the same in most typefaces (confusables.txt: m and rn, w and vv, I and l and 1)."""
_CLOSE = re.compile("cl", re.IGNORECASE)
"""Looks like a d where it stands close; there are too many real ones for it to be always one."""
_ORDINAL = re.compile(r"0*([0-9]+)(?:ers?|eres?|res?|nde?s?|e|emes?)?")
_NUMBERS = {
    "ii": "2", "iie": "2", "iii": "3", "iiie": "3", "iv": "4", "ive": "4",
    "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8", "neuf": "9", "dix": "10",
    "premier": "1", "premiere": "1", "second": "2", "seconde": "2", "deuxieme": "2", "troisieme": "3", "quatrieme": "4",
    "cinquieme": "5", "sixieme": "6", "septieme": "7", "huitieme": "8", "neuvieme": "9", "dixieme": "10",
}  # fmt: skip


def readings(name: str) -> Iterator[list[str]]:
    """The plain words of *name*, in each way in which it can be read; none where it has neither letter nor digit."""
    known = set[str]()
    for text in _texts(name[:_LOOKED_AT]):
        if text not in known:
            known.add(text)
            if words := _spelt_together(_plain_words(text)):
                yield words


def _texts(name: str) -> Iterator[str]:
    for one in (name, _as_shown(name)) if _RIGHT_TO_LEFT in name else (name,):
        text = _visible(one)
        yield text
        yield text.translate(_SIGNS_FOR_LETTERS)
        yield _CLOSE.sub("d", text.translate(_SIGNS_FOR_LETTERS))


@lru_cache(4096)
def shape(word: str) -> str:
    """*word*, as `readings` gives it, with one letter for all that look alike; a number stays a number."""
    if number := _ORDINAL.fullmatch(word):
        return number[1]
    if word in _NUMBERS:
        return _NUMBERS[word]
    if not word.isalpha():
        word = word.translate(_DIGITS_FOR_LETTERS)
    for written, seen in _SHAPES:
        word = word.replace(written, seen)
    return word


def _visible(name: str) -> str:
    """*name* without what shows nothing, up to LONGEST; what separates words is a space."""
    if not (name.isascii() and name.isprintable()):
        name = name.translate({ord(char): _shown(char) for char in set(name) - _PLAIN})
    return name[:LONGEST]


def _shown(char: str) -> str | None:
    kind = unicodedata.category(char)[0]
    if char in _SEPARATING or kind == "Z":
        return " "
    return None if kind in "CM" or char in _BLANK else char


def _as_shown(name: str) -> str:
    """*name* in the order in which it is read: what an override turns round is turned back (UAX #9, L2).

    Of the other directions none turns the letters of our alphabet round.
    """
    open_ones: list[tuple[str, list[str]]] = [("", [])]
    for char in [*name, *_CLOSING[:1] * _DEEPEST]:
        if char in _OPENING:
            if len(open_ones) <= _DEEPEST:
                open_ones.append((char, []))
        elif char not in _CLOSING:
            open_ones[-1][1].append(char)
        elif len(open_ones) > 1:
            mark, pieces = open_ones.pop()
            open_ones[-1][1].append("".join(reversed(pieces) if mark == _RIGHT_TO_LEFT else pieces))
    return "".join(open_ones[0][1])


def _plain_words(text: str) -> list[str]:
    alike = text if text.isascii() else _in_our_letters(text)
    # Inside a word of small letters a capital I is there to be taken for an l.
    return normalise_name(re.sub(r"(?<=[a-z])I", "l", alike[:LONGEST])).split()


def _in_our_letters(text: str) -> str:
    return text.translate({ord(char): _looks_as(char) for char in set(text) - _PLAIN})


def _looks_as(char: str) -> str:
    return "".join(_in_ours(one) for one in ((char,) if char in _looks() else unicodedata.normalize("NFKD", char)))


def _in_ours(char: str) -> str:
    looks = _looks().get(char, char)
    return looks.upper() if char.isupper() else looks


def _spelt_together(words: list[str]) -> list[str]:
    """*words* with three letters and more that stand alone, « A.R.D.E.S. », made one."""
    found: list[str] = []
    alone: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1:
            alone.append(word)
            continue
        found += ["".join(alone)] if len(alone) > 2 else alone
        alone = []
        found += [word] if word else []
    return found


@cache
def _looks() -> dict[str, str]:
    """What each foreign letter looks like (confusables/index.json says by whom)."""
    lines = (FOLDER / "confusable-letters.txt").read_text(encoding="utf-8").splitlines()
    return {char: looks for looks, chars in (line.split(" ") for line in lines) for char in chars}
