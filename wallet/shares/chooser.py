"""Badges to be ticked: few of them in one list, many by issuer, so that nobody looks for one among sixty.

Pure: the cards in, the groups out. What is ticked is never left out, whatever is looked for.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..badges import Card
from ..storage import grouped
from .overall import issuer_key

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Chooser:
    """The badges that one chooses from."""

    groups: Sequence[Group]
    """Those that are ticked first, where these are few; then by issuer. One group where there are few of them all."""
    is_many: bool = False
    """Whether each group has a heading, and badges are looked for."""
    words: str = ""
    """What was looked for, "" for nothing."""

    @property
    def count(self) -> int:
        """How many badges there are to choose from."""
        return sum(len(one.badges) + len(one.folded) for one in self.groups)


def chooser_of(cards: Sequence[Card], ticked: Collection[int], words: str = "") -> Chooser:
    """*cards* to choose from; where *words* are looked for, those that have them all, and what is ticked."""
    if len(cards) < MANY:
        return Chooser(groups=[Group(badges=cards)] if cards else [])
    found = [card for card in cards if card.id in ticked or _has(card, words)]
    first = [card for card in found if card.id in ticked]
    apart = first if len(first) <= FEW_TICKED else []
    issuers = grouped((issuer_key(card), card) for card in found if card not in apart)
    groups = [_group(some, ticked, folds=not words) for some in issuers.values()]
    return Chooser(
        groups=[Group(badges=apart, is_ticked=True), *groups] if apart else groups, is_many=True, words=words
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
    return all(word in told for word in _plain(words).split())


def _plain(text: str) -> str:
    """*text* as one types it in a hurry: js/badge-chooser.js does the same."""
    return "".join(
        sign
        for sign in unicodedata.normalize("NFD", text.casefold().replace("’", "'"))
        if unicodedata.category(sign) != "Mn"
    )
