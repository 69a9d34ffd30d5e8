"""One verdict for all badges of a share, no better than the weakest of them; and which of them it does not hold for.

Pure: cards as they are told at one moment in, what the head of the page says out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..badges import Card

GOOD = ("intact", "site", "valid")
"""The sentences of a badge of which nothing bad is told, the weakest first."""
GRAVE = frozenset({"invalid", "revoked"})
"""Those after which nobody relies on a badge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exceptions:
    """Badges of a share of which the same thing is told, and for which its verdict does not hold."""

    sentence: str
    cause: str
    badges: Sequence[Card]


@dataclass(frozen=True, kw_only=True, slots=True)
class Overall:
    """What is said of all badges of a share together."""

    count: int
    good: Sequence[Card]
    exceptions: Sequence[Exceptions]
    """The gravest first."""
    issuers: Sequence[Card]
    """Of each issuer of a good badge the one card of which the least is told, in the order of the issuers."""

    @property
    def sentence(self) -> str:
        """The weakest of what is told of the good ones; "" where there are none."""
        return min((one.sentence for one in self.good), key=GOOD.index, default="")

    @property
    def tone(self) -> str:
        """The sentence whose colour and icon the verdict wears: never a better one than that of any badge."""
        if not self.exceptions:
            return self.sentence
        worst = self.exceptions[0].sentence
        return worst if worst in GRAVE or not self.good else "intact"

    @property
    def vouched(self) -> int:
        """How many of the issuers somebody confirms."""
        return sum(one.trust.standing == "vouched" for one in self.issuers)

    @property
    def listed(self) -> int:
        """How many of them nobody confirms, and a public list has."""
        return sum(one.trust.standing == "listed" for one in self.issuers)

    @property
    def checked_since(self) -> datetime:
        """When the one was checked that was checked longest ago."""
        return min(one.checked_at for one in self.good)


def overall(badges: Sequence[Card]) -> Overall:
    """The verdict for *badges*, as they are told at one moment; there is at least one."""
    good = [one for one in badges if one.sentence in GOOD]
    kinds: dict[tuple[str, str], list[Card]] = {}
    for one in badges:
        if one.sentence not in GOOD:
            kinds.setdefault((one.sentence, one.cause), []).append(one)
    exceptions = [Exceptions(sentence=sentence, cause=cause, badges=some) for (sentence, cause), some in kinds.items()]
    issuers: dict[str, Card] = {}
    for one in good:
        key = issuer_key(one)
        known = issuers.setdefault(key, one)
        # What was kept before an issuer ended is vouched for, and what came later is not: said together, it is not.
        # And of the names that one issuer takes the head tells the one that looks like another's.
        if _rank(one) < _rank(known):
            issuers[key] = one
    return Overall(
        count=len(badges),
        good=good,
        exceptions=sorted(exceptions, key=lambda one: one.sentence not in GRAVE),
        issuers=list(issuers.values()),
    )


def issuer_key(card: Card) -> str:
    """By which the issuer of *card* is told from others: without an id nothing says that two of them are one."""
    return card.issuer_id or f" {card.issuer_name}"


def _rank(card: Card) -> tuple[int, bool, bool]:
    return GOOD.index(card.sentence), card.trust.standing == "vouched", card.trust.alike == ""
