"""To whom the badges of a share were given, beside who shows them: told next to the verdict, and never a part of it.

Pure: the name that shows and kept badges in, what the page says out. It changes the state of no badge (docs/decisions.md 3).
Of each badge the name that was part of what was verified is read, else the e-mail address, else the key; a name that stands
outside of what was signed is nobody's word.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Literal, get_args

from .. import openbadges
from ..badges import Card, KeptBadge, vouched_name

Tie = Literal[
    "differs", "address-unconfirmed", "key-unproven", "nobody-shows", "unnamed", "key", "address", "same"
]  # fmt: skip
GRAVITY: tuple[Tie, ...] = get_args(Tie)
"""The ties, the one first that is told above all others."""
MOST_NAMES = 5
"""Different names that are told."""
_UNSEEN = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u115f\u1160\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Accents, points and vowels that people leave out, the stroke that makes an Arabic word long, and what shows nothing. The
marks of other alphabets stay: there they are letters."""
_NO_ACCENT = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode takes for others, and people for the same one with an accent."""
_ASIDE = frozenset(
    ("mme", "mlle", "mr", "mrs", "ms", "miss", "dr", "madame", "mademoiselle", "monsieur", "nee", "epouse", "ep")
)
"""Words beside a name that are none of it."""
_SMALL = frozenset(
    ("de", "du", "des", "da", "do", "dos", "di", "del", "la", "le", "les", "el", "al", "van", "von", "der", "den", "et")
)
"""Words that stand in many names: written by one and left out by another, and by themselves they name nobody."""
_OTHER_KINDS = frozenset({"url", "telephone", "id", "name"})
"""Kinds of recipient that no holder can confirm here (openbadges/recipients.py)."""
_MOST_WORDS = 24
"""Of a name that are compared."""
_MOST_IN_ONE = 4
"""Words that somebody writes as one: « de la Tour », « Delatour »."""
_MARKUP = re.compile(r"<[^<>]*>|[*_`~\\\\]")
"""What stands in a text and is not read."""
_SHORTEST_STEM, _LONGEST_ENDING = 4, 3
"""Letters of a word of a name that is known again with another ending, and of that ending."""
_BLANKS_AROUND = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN")
"""Alphabets in which a word stands between blanks; in others what goes before it is written with it, or there are none."""
_VOWELS = frozenset("aeiouy")
_NO_INITIALS = ("CJK", "HIRAGANA", "KATAKANA")
"""Where one sign is a whole name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """To whom the badges of a share were given."""

    tie: Tie
    """What ties them to whoever shows them, no better than the weakest of them:

    same: each bears a name that is the same; differs: one at least bears another; address, address-unconfirmed: they name
    an e-mail address, which the holder has confirmed to be theirs, or not all of them; key, key-unproven: they name a key,
    and whoever shared the file showed that they had it, or not; unnamed: they name nobody, or nobody vouches for the name
    (`is_unsure`); nobody-shows: they bear names,
    and nothing shows with which to compare those.
    """
    name: str = ""
    """The longest of the names that they bear, where some differ of those; "" where there is none, or it is hidden."""
    names: Sequence[str] = ()
    """All names that they bear, those that are the same once, that of the most badges first; none where they are hidden."""
    is_hidden: bool = False
    """Whether the holder hides the names on their badges."""
    bears_name: bool = True
    """Whether one of them bears a name, be it hidden: of what has none nothing is said to be hidden."""
    about: Sequence[Card] = ()
    """The badges for which `tie` is so: all of them, or some."""
    confirmed: bool = False
    """Whether each badge of `about` names an e-mail address that the holder has confirmed, with a name beside it or without."""
    each: Mapping[int, "Given"] = field(default_factory=dict, compare=False, repr=False)
    """Likewise of each badge alone, by the id of its card; but what differs among them differs here, too."""

    still: Sequence[Card] = ()
    """Where they are hidden: the badges whose title tells the name all the same."""
    is_unsure: bool = False
    """Whether a badge of `about` that names nobody here bears a name all the same, or an address that its holder has confirmed,
    for which nobody vouches: it was changed, is not signed, could not be checked yet, or its file is lost."""

    @property
    def others(self) -> Sequence[Card]:
        """The badges that bear another name than the one that shows."""
        return self.about if self.tie == "differs" else ()


NOBODY_NAMED = Given(tie="unnamed")


@dataclass(frozen=True, slots=True)
class _Named:
    """Whom one badge names."""

    card: Card
    name: str
    is_unsure: bool
    """Whether it bears a name, or an address that its holder has confirmed, for which nobody vouches."""
    is_confirmed: bool
    """Whether it names an address that its holder has confirmed."""
    without_name: Tie
    """What ties it to its holder if it bears no name."""


def given_to(shown: str, badges: Iterable[tuple[Card, KeptBadge]], *, is_hidden: bool = False) -> Given:
    """To whom *badges*, each with its card as others see it, were given, beside the name *shown*, "" for none."""
    named = [_named(card, kept) for card, kept in badges]
    hidden = telling_words(one.name for one in named) if is_hidden else frozenset()
    ties = _ties(shown if _words(shown) else "", named)
    tie: Tie = next((one for one in GRAVITY if one in ties), "unnamed")
    about = [one for one, its in zip(named, ties, strict=True) if its == tie]
    names = _told_once(one.name for one in named)
    return Given(
        tie=tie,
        name="" if is_hidden else _longest([one.name for one in (about if tie == "differs" else named)]),
        names=() if is_hidden else names[:MOST_NAMES],
        is_hidden=is_hidden,
        bears_name=bool(names),
        about=[one.card for one in about],
        confirmed=bool(about) and all(one.is_confirmed for one in about),
        each={
            one.card.id: Given(
                tie=its,
                name="" if is_hidden else one.name,
                is_hidden=is_hidden,
                bears_name=bool(one.name),
                about=[one.card],
                confirmed=one.is_confirmed,
                is_unsure=its == "unnamed" and one.is_unsure,
            )
            for one, its in zip(named, ties, strict=True)
        },
        still=[one.card for one in named if tells(one.card.full_name, hidden)],
        is_unsure=tie == "unnamed" and any(one.is_unsure for one in about),
    )


def is_same_name(shown: str, borne: str) -> bool:
    """Whether *shown* and *borne*, the name on a badge, are the same: each word of the shorter one is in the longer one, or
    is its initial; accents, capitals, order, and what is written as one word or as two aside.

    One whole word at least is the same, unless the badge bears initials alone. What looks alike in another alphabet is
    another name.
    """
    one, other = _words(shown), _words(borne)
    if sorted(one) == sorted(other):
        return bool(one)
    if _is_fitting(one, other, are_initials_enough=all(map(_is_initial, other))):
        return True
    # « M. Dupont » is a man of that name where it is no initial.
    return one[:1] == ["m"] and _is_fitting(one[1:], other)


def names_in(read: Mapping[str, Any]) -> list[str]:
    """All names that stand in a badge of which that was *read*: of several identifiers one alone is told as its name."""
    others = (one["identity"] for one in read["recipients"] if one["type"] == "name" and not one.get("hashed"))
    return [read["recipient_name"], *others]


def telling_words(names: Iterable[str]) -> frozenset[str]:
    """The words of *names* that tell something; of an e-mail address in the place of a name those before its sign."""
    kept = (name.partition("@")[0] for name in names if "://" not in name and not name.startswith("did:"))
    return frozenset(word for name in kept for word in _split(name) if _is_telling(word))


def tells(text: str, words: Collection[str]) -> bool:
    """Whether *text*, which may be Markdown, holds one of *words*, be it with an ending: « Sonias », « Martinin »."""
    if not words:
        return False
    read = _MARKUP.sub("", unescape(text))
    told = {*_split(text), *(_split(read) if read != text else ())}
    stems = {one[:end] for one in told for end in range(max(_SHORTEST_STEM, len(one) - _LONGEST_ENDING), len(one) + 1)}
    within = [word for word in words if not unicodedata.name(word[0], "").startswith(_BLANKS_AROUND)]
    return not stems.union(told).isdisjoint(words) or any(word in one for word in within for one in told)


def without_names(value: Any, words: Collection[str]) -> Any:
    """*value*, plain JSON, with nothing in the place of each text that tells one of *words*."""
    if not words:
        return value
    if isinstance(value, str):
        return "" if tells(value, words) else value
    if isinstance(value, Mapping):
        return {member: without_names(one, words) for member, one in value.items()}
    return [without_names(one, words) for one in value] if isinstance(value, Sequence) else value


def name_on(kept: KeptBadge) -> str:
    """The name that the badge *kept* bears, where it is part of what was verified; "" for none.

    Some platforms write an address in its place, which stays with the holder; and where there is no letter, there is no name.
    """
    return _as_a_name(vouched_name(kept.state, kept.read, kept.examination))


def other_name(called: str, badge: Card) -> str:
    """The name that *badge* bears, as its holder sees it, where that is another one than what they are *called*; "" else, and
    where nothing shows what they are called."""
    name = _as_a_name(badge.recipient_name) if badge.origins.get("recipient_name", "file") != "file" else ""
    return name if _words(called) and name and not is_same_name(called, name) else ""


def names_of_others(called: str, borne: Iterable[str]) -> frozenset[str]:
    """Of the names *borne* by the badges of somebody who is *called* so, those that are another one; where nothing shows what
    they are called, that is the name that most badges bear, and each where as many bear one that is not the same."""
    often = Counter(name for name in borne if _as_a_name(name))
    if not _words(called):
        few = _often(often.elements())
        times = {name: _times(name, few) for name in few}
        usual = [name for name in few if times[name] == max(times.values())]
        if not all(_are_same(usual[0], name) for name in usual):
            return frozenset(often)
        return frozenset(name for name in often if not _are_same(max(usual, key=len), name))
    return frozenset(name for name in often if not is_same_name(called, name))


def _as_a_name(name: str) -> str:
    is_address = "@" in name or "://" in name or name.startswith("did:")
    return name if not is_address and _words(name) else ""


def _named(card: Card, kept: KeptBadge) -> _Named:
    recipients = [openbadges.Recipient(**one) for one in kept.read["recipients"]]
    is_by_key = openbadges.is_key(kept.match["address"]) if kept.match else False
    is_confirmed = kept.match is not None and not is_by_key
    # They confirmed an address that may have been written in by anybody: nobody is asked to confirm it once more.
    is_in_vain = kept.match is None and any(
        one["name"] == "named_to_me" and one["outcome"] == "passed" for one in kept.examination["checks"]
    )
    tie: Tie = "unnamed"
    if is_confirmed or any(one.type == "email" or (one.hashed and one.type not in _OTHER_KINDS) for one in recipients):
        tie = "address" if is_confirmed else "unnamed" if is_in_vain else "address-unconfirmed"
    elif any(one.type == "id" and one.identity.startswith("did:") for one in recipients):
        tie = "key" if is_by_key or kept.examination.get("key_binding") == "passed" else "key-unproven"
    name = name_on(kept)
    is_unsure = not name and (is_in_vain or bool(_as_a_name(kept.read["recipient_name"])))
    return _Named(card, name, is_unsure, is_confirmed, tie)


def _ties(shown: str, named: Sequence[_Named]) -> list[Tie]:
    # One person does not bear two names that have nothing in common, whatever they call themselves: theirs is the one that
    # shows, and of several that could be it the one that most badges bear. A first name alone tells none of these apart.
    names = _told_once(one.name for one in named)
    usual = max(names, key=lambda name: bool(shown) and is_same_name(shown, name), default="")
    tie_of = {name: _tie(name, shown, usual) for name in {one.name for one in named if one.name}}
    return [tie_of.get(one.name, one.without_name) for one in named]


def _tie(name: str, shown: str, usual: str) -> Tie:
    if not _are_same(name, usual) or (shown and not is_same_name(shown, name)):
        return "differs"
    return "same" if shown else "nobody-shows"


def _are_same(one: str, other: str) -> bool:
    """Whether two names that badges bear are the same."""
    return one == other or is_same_name(one, other) or is_same_name(other, one)


def _often(names: Iterable[str]) -> dict[str, int]:
    """How many badges bear each of *names*: of those of everybody the first few, which are compared with one another."""
    return dict(Counter(filter(None, names)).most_common(2 * MOST_NAMES))


def _times(name: str, often: Mapping[str, int]) -> int:
    """How many badges bear a name that is the same."""
    return sum(times for other, times in often.items() if _are_same(name, other))


def _told_once(names: Iterable[str]) -> list[str]:
    """*names*, of those that are the same the longest alone; first the one that most badges bear."""
    often, told = _often(names), list[str]()
    for name in sorted(often, key=len, reverse=True):
        if not any(_are_same(name, before) for before in told):
            told.append(name)
    return sorted(told, key=lambda name: _times(name, often), reverse=True)


def _longest(names: Sequence[str]) -> str:
    return max(names, key=len, default="")


def _words(name: str) -> list[str]:
    """The words of *name* as they are compared, without what stands beside it."""
    words = _split(name)
    return ([word for word in words if word not in _ASIDE] or words)[:_MOST_WORDS]


def _split(text: str) -> list[str]:
    """The words of *text*, without accents and capitals."""
    # normalise_name (openbadges/texts.py) would take the vowels out of a name in an Indian or Thai alphabet.
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_NO_ACCENT)
    kinds = [(one, unicodedata.category(one)) for one in _UNSEEN.sub("", plain)]
    split = "".join(one if kind[0] in "LM" else " " for one, kind in kinds if kind != "Cf").split()
    return [word for word in split if any(map(str.isalpha, word))]


def _is_initial(word: str) -> bool:
    return len(word) == 1 and not unicodedata.name(word, "").startswith(_NO_INITIALS)


def _is_fitting(one: Sequence[str], other: Sequence[str], *, are_initials_enough: bool = False) -> bool:
    """Whether each word of the shorter list has a word of its own in the longer one, and one of them whole."""
    short, long = sorted((one, other), key=len)
    left, free = list(short), list(long)
    _take_pairs(left, free, lambda word, like: word == like)
    _take_runs(left, free, "".join)
    _take_runs(free, left, "".join)
    whole = [word for word, now in zip(short, left, strict=True) if not now and _is_telling(word)]
    _take_runs(left, free, _initials)
    _take_pairs(left, free, _is_initial_of)
    if are_initials_enough or len(short) == len(long):
        _take_pairs(free, left, _is_initial_of)
    # What is the shorter one may be the other one, where words are written as one.
    is_all_there = any(all(word in _SMALL for word in words if word) for words in (left, free))
    return bool(whole or are_initials_enough) and is_all_there


def _is_telling(word: str) -> bool:
    return word not in _SMALL and not _is_initial(word)


def _is_initial_of(word: str, long: str) -> bool:
    return _is_initial(word) and long.startswith(word)


def _take_pairs(words: list[str], others: list[str], is_pair: Callable[[str, str], bool]) -> None:
    """Empty each of *words* that has one for itself in *others*, and that one."""
    for place, word in enumerate(words):
        mate = next((here for here, like in enumerate(others) if word and like and is_pair(word, like)), None)
        if mate is not None:
            words[place] = others[mate] = ""


def _take_runs(words: list[str], others: list[str], as_one: Callable[[Sequence[str]], str]) -> None:
    """Likewise each of *words* that is what *as_one* makes of several that follow one another: « Delatour », « JP »."""
    spans = [
        (start, stop)
        for start in range(len(others))
        for stop in range(start + 2, min(start + _MOST_IN_ONE, len(others)) + 1)
    ]
    runs = {as_one(others[start:stop]): (start, stop) for start, stop in spans if all(others[start:stop])}
    for place, word in enumerate(words):
        start, stop = runs.get(word, (0, 0))
        if start < stop and all(others[start:stop]):
            words[place] = ""
            others[start:stop] = [""] * (stop - start)


def _initials(words: Sequence[str]) -> str:
    """*words* by their initials, as one word; a blank where that could be spoken, as « Léa » and « Sam » are names."""
    initials = "".join(word[0] for word in words)
    return initials if len(initials) == 2 or _VOWELS.isdisjoint(initials) else " "
