"""What a badge without a picture wears: two letters of its name, on a petal in a colour of its issuer's.

Pure. The same badge looks the same on every page and every day; the gold rim stays to what was mastered (badges/_picture.html).
"""

import unicodedata
from collections.abc import Sequence
from zlib import crc32

DYES = ("#3f5566", "#14655f", "#8a3b22", "#23587f", "#4c6427", "#a32c40", "#63407f", "#705014")
"""Of the petal: the letters on it, of #fbf4e4, stand out at 4.9 to 1 or better, in the light and in the dark."""
TURNS = 4
"""Ways in which the petal points."""
NAMELESS = "?"
"""For a name in which there is nothing to read."""
SMALL_WORDS = frozenset({
    *("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"),
    *("à", "au", "aux", "avec", "d", "dans", "de", "des", "du", "en", "et", "l", "la", "le", "les", "ou", "par", "pour"),
    *("s", "sans", "se", "son", "sur", "un", "une"),
})  # fmt: skip
"""Words that tell one badge from another in no name, in French and English."""
MOST_MARKS = 2
"""Signs above and below one letter: more of them are a joke, and would climb out of the petal."""
_ARTICLE = ["\u0627", "\u0644"]
"""« ال », with which half of all Arabic names begin."""


def initials(name: str) -> str:
    """The two letters of the badge called *name*: of its first two words that tell something, or of its only one; of « Caisse,
    niveau 1 » the number is one of them. Of a script whose letters are joined one stands alone."""
    text = unicodedata.normalize("NFKC", name)
    words = [word for word in _words(text) if "".join(word).casefold() not in SMALL_WORDS] or _words(text)
    if not words:
        return NAMELESS
    named = [word for word in words if not word[0].isdecimal()] or words
    numbers = [word for word in words if word not in named and len(word) == 1]
    first = named[0]
    if not _has_capitals(first[0]):
        return "".join(first[: 1 if _is_joined(first[0]) else 2])
    if numbers:
        return _capital(first[0]) + numbers[-1][0]
    return "".join(map(_capital, [first[0], named[1][0]] if len(named) > 1 else first[:2]))


def dye(issuer_name: str) -> str:
    """The colour of what is given by the issuer of that name."""
    return DYES[_number(issuer_name) % len(DYES)]


def turn(name: str) -> int:
    """By how many degrees the petal of the badge called *name* is turned."""
    return _number(name) % TURNS * (360 // TURNS)


def _words(text: str) -> list[Sequence[str]]:
    """The words of *text*, each as its letters, every letter with the marks that belong to it."""
    found: list[list[str]] = []
    was_inside = False
    for sign in text:
        if unicodedata.category(sign).startswith("M") and was_inside:
            if len(found[-1][-1]) <= MOST_MARKS:
                found[-1][-1] += sign
            continue
        is_inside = sign.isalnum()
        if is_inside and not was_inside:
            found.append([])
        if is_inside:
            found[-1].append(sign)
        was_inside = is_inside
    return [word for letters in found if (word := _without_article(letters))]


def _without_article(word: list[str]) -> list[str]:
    return word[len(_ARTICLE) :] if word[:2] == _ARTICLE and len(word) > len(_ARTICLE) + 1 else word


def _has_capitals(letter: str) -> bool:
    return letter[0].isdecimal() or letter.upper() != letter.lower()


def _is_joined(letter: str) -> bool:
    return unicodedata.bidirectional(letter[0]) == "AL" or unicodedata.name(letter[0], "").startswith(
        ("DEVANAGARI", "BENGALI", "MONGOLIAN")
    )


def _capital(letter: str) -> str:
    """*letter* as a capital, where that is one letter: « ß » is two."""
    upper = letter.upper()
    return upper if len(upper) == len(letter) else letter


def _number(text: str) -> int:
    return crc32(" ".join(text.casefold().split()).encode("utf-8", "surrogatepass"))
