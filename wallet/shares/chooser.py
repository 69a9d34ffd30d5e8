"""Badges to be ticked: few of them in one list, many by issuer, so that nobody looks for one among sixty.

Pure: the cards in, the groups out. What is ticked is never left out, whatever is looked for: what is of another kind than
the one that is asked for is put out of sight, with its tick.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ..badges import Card, Wish, ordered, wished
from ..competencies import ELIDED
from ..storage import grouped
from .verdict import issuer_key

MANY = 12
"""From so many badges on there are groups, and a field to look for one."""
AT_FIRST, ROOM = 4, 6
"""So many badges of an issuer that has more than ROOM are seen at first, and all that are ticked; the others are folded.
Where more than ROOM are ticked, some of them are folded too, and the fold says how many."""
FEW_TICKED = 6
"""So many that are ticked have a group of their own; more stand first in the groups of their issuers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Badges that stand together."""

    badges: Sequence[Card]
    """Those that are seen, the ticked ones first."""
    folded: Sequence[Card] = ()
    ticked_within: int = 0
    """How many of the folded ones are ticked."""
    is_ticked: bool = False
    """Whether they are together because they are ticked, whoever gave them."""
    is_mixed: bool = False
    """Whether they stand in another order than by issuer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chooser:
    """The badges that one chooses from."""

    groups: Sequence[Group]
    """Those that are ticked first, where these are few; then by issuer. One group where there are few of them all."""
    is_many: bool = False
    """Whether each group has a heading, and badges are looked for."""
    words: str = ""
    """What was looked for, "" for nothing."""
    wish: Wish = field(default_factory=Wish)
    """Of what kind, and in what order."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many there are of each kind of which there is one."""

    def is_aside(self, card: Card) -> bool:
        """Whether *card* is of another kind than the one that is asked for."""
        return bool(self.wish.kind) and self.wish.kind not in card.kinds

    def is_empty(self, group: Group) -> bool:
        """Whether nothing of *group* is left in sight."""
        return all(map(self.is_aside, [*group.badges, *group.folded]))

    @property
    def count(self) -> int:
        """How many badges there are to choose from."""
        return sum(len(one.badges) + len(one.folded) for one in self.groups)


def chooser_of(cards: Sequence[Card], ticked: Collection[int], words: str = "", asked: str = "") -> Chooser:
    """*cards* to choose from; where *words* are looked for, those that have them all, and what is ticked. *asked* is of what
    kind they are to be, and in what order, as its form writes it: `good.name`."""
    if len(cards) < MANY:
        return Chooser(groups=[Group(badges=cards)] if cards else [])
    counts = Counter(chain.from_iterable(card.kinds for card in cards))
    kind, _, order = asked.partition(".")
    wish = wished(kind if kind in counts else "", order, 1)
    found = [card for card in cards if card.id in ticked or _has(card, words)]
    first = [card for card in found if card.id in ticked]
    apart = first if len(first) <= FEW_TICKED else []
    rest = [card for card in found if card not in apart]
    if wish.order == "issuer":
        issuers = grouped((issuer_key(card), card) for card in rest)
        groups = [_group(some, ticked, folds=not words and not wish.kind) for some in issuers.values()]
    else:
        groups = [Group(badges=ordered(rest, wish.order), is_mixed=True)] if rest else []
    return Chooser(
        groups=[Group(badges=apart, is_ticked=True), *groups] if apart else groups,
        is_many=True,
        words=words,
        wish=wish,
        counts=counts,
    )


def _group(cards: Sequence[Card], ticked: Collection[int], *, folds: bool) -> Group:
    some = sorted(cards, key=lambda card: card.id not in ticked)
    if not folds or len(some) <= ROOM:
        return Group(badges=some)
    number = sum(card.id in ticked for card in some)
    seen = AT_FIRST if number > ROOM else max(AT_FIRST, number)
    return Group(badges=some[:seen], folded=some[seen:], ticked_within=max(0, number - seen))


def _has(card: Card, words: str) -> bool:
    told = _plain(f"{card.name} {card.level} {card.issuer_name}")
    wanted = _plain(words)
    return all(word in told for word in ELIDED.sub(" ", wanted).split() or wanted.split())


def _plain(text: str) -> str:
    """*text* as one types it in a hurry: js/badge-chooser.js does the same."""
    return "".join(
        sign
        for sign in unicodedata.normalize("NFD", text.casefold().replace("’", "'"))
        if unicodedata.category(sign) != "Mn"
    )
