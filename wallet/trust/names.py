"""Whether the name of an issuer looks like the name of another, whom somebody vouches for.

In doubt it does not: a name that is told apart by a place, a number or a word of its own is another's (name_words.py).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, islice, product

from .appearance import LONGEST, readings, shape
from .name_words import EMPTY, GENERIC, LINKING, content, names_more_than_a_place, telling
from .near_words import NearWords

_MOST_WORDS = 24
"""Of a name that are looked at one by one."""
_MOST_GUESSES = 32
"""What one name may have been meant to be."""
_ENOUGH_WORDS = 4
"""From so many on a name is still known with one word missing."""
_LONG_ENOUGH = 7
"""Letters of a name of one word from which on a slip is one."""
_MOST_FOUND = 500
"""Issuers of which it is known whom they look like: a stranger may send any number of names."""
_DOUBLED = re.compile(r"(.)(?=\1)")
_ADDED = tuple(sorted(EMPTY | GENERIC, key=len, reverse=True))


class Names:
    """The names that are vouched for, each with the id of its issuer, to be compared with others."""

    def __init__(self, names: Iterable[tuple[str, str]], before: Iterable[tuple[str, str]] = ()) -> None:
        """*before* has the names of those who were vouched for once: nobody is compared with them, and they are their own."""
        self._names = list(names)
        # By what each name is known, the number of the first that is known by it.
        self._by_form: dict[str, int] = {}
        self._of_issuer: dict[str, list[str]] = {}
        for name, id in before:
            self._of_issuer.setdefault(id, []).append(name)
        words = set(EMPTY | GENERIC)
        shorter: list[tuple[str, int]] = []
        for number, (name, id) in enumerate(self._names):
            self._of_issuer.setdefault(id, []).append(name)
            for plain in islice(readings(name), 1):
                found = content(plain)[:_MOST_WORDS]
                words.update(found)
                forms = _whole_forms(plain, found)
                for form in filter(None, forms):
                    self._by_form.setdefault(form, number)
                shorter += ((form, number) for form in _with_one_word_missing(name, forms[0].split()))
        for form, number in shorter:  # whole names before those that lack a word
            self._by_form.setdefault(form, number)
        self._words = NearWords(words)
        self._found: dict[tuple[str, ...], tuple[str, str] | None] = {}

    def alike(self, name: str, *ids: str) -> tuple[str, str] | None:
        """The vouched name, and its id, that *name* of another issuer, which goes by the *ids*, looks like; None for none.

        Looked for once: thousands of badges come of few issuers. Several threads may ask at once.
        """
        asked = name, *ids
        if asked in (found := self._found):
            return found[asked]
        told = self._look_for(name, ids)
        if len(found) >= _MOST_FOUND:
            found = self._found = {}
        if len(name) <= LONGEST:
            found[asked] = told
        return told

    def _look_for(self, name: str, ids: Sequence[str]) -> tuple[str, str] | None:
        for plain in readings(name):
            for form in self._guesses(plain):
                if form in self._by_form:
                    found = self._names[self._by_form[form]]
                    return None if found[1] in ids or any(self._is_own(form, id) for id in ids) else found
        return None

    def _is_own(self, form: str, id: str) -> bool:
        own = (plain for name in self._of_issuer.get(id, ()) for plain in islice(readings(name), 1))
        return any(form in _whole_forms(plain, content(plain)[:_MOST_WORDS]) for plain in own)

    def _guesses(self, plain: Sequence[str]) -> Iterator[str]:
        """What a name may have been meant to be, the likeliest first."""
        found = content(plain)
        yield from _whole_forms(plain, found[:_MOST_WORDS])
        yield from _without_what_was_added(_glued(plain))
        if len(found) <= _MOST_WORDS:
            yield from islice(self._with_slips_mended(found), _MOST_GUESSES)

    def _with_slips_mended(self, words: list[str]) -> Iterator[str]:
        """With one of *words* as it was meant, then with two."""
        meant = {place: near for place, word in enumerate(words) if (near := self._words.find(word))}
        for places in (*combinations(meant, 1), *combinations(meant, 2)):
            for instead in product(*(meant[place] for place in places)):
                mended = dict(zip(places, instead, strict=True))
                told = telling([mended.get(place, word) for place, word in enumerate(words)])
                if len(told) > 1 or all(_is_seen_nowhere(words[place], mended[place]) for place in places):
                    yield " ".join(told)


def _is_seen_nowhere(written: str, meant: str) -> bool:
    """Whether nobody sees a slip even in a name that is this one word."""
    is_foreign = not written.isascii() and meant.isascii()
    return len(meant) >= _LONG_ENOUGH or is_foreign or _DOUBLED.sub("", written) == _DOUBLED.sub("", meant)


def _whole_forms(plain: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """How one name is known: by the words that tell it from others; and, wherever its spaces stand, by all its letters."""
    return " ".join(telling(found)), _glued(plain), _glued([word for word in plain if shape(word) not in LINKING])


def _glued(plain: Iterable[str]) -> str:
    return shape("".join(plain))


def _without_what_was_added(glued: str) -> Iterator[str]:
    """A name that has no spaces, as the names of sites, without the words behind and before it that add nothing."""
    for ending in _shorter(glued, str.endswith, str.removesuffix):
        yield from _shorter(ending, str.startswith, str.removeprefix)


def _shorter(glued: str, has: Callable[[str, str], bool], remove: Callable[[str, str], str]) -> Iterator[str]:
    """*glued*, then without one such word, then without two, then three."""
    for _ in range(3):
        yield glued
        added = next((one for one in _ADDED if has(glued, one)), "")
        if not added or len(glued) - len(added) < 5:
            return
        glued = remove(glued, added)
    yield glued


def _with_one_word_missing(name: str, told: Sequence[str]) -> Iterator[str]:
    """The words of a long name but one, which is never a proper name: those have a capital."""
    if len(told) >= _ENOUGH_WORDS:
        small = " ".join(word for word in re.split(r"[\W_]+", name) if word.islower())
        common = telling(content(plain)) if (plain := next(readings(small), [])) and name != name.lower() else []
        for word in told:
            if len(word) > 5 and word in common and names_more_than_a_place(word):
                yield " ".join(one for one in told if one != word)
