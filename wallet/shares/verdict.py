"""One verdict for all badges of a share, no better than the weakest of them; which of them it does not hold for; and, below it,
the badges one by one: a row a skill, a badge or an issuer.

Pure: cards as they are told at one moment and the maps that they make in, the verdict and its rows out. Each badge is in a row,
and one that speaks of two skills in that of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..badges import Card
from ..competencies import ShownMap, ShownSkill
from ..storage import grouped
from ..trust import without_award

GOOD = ("intact", "site", "valid")
"""The sentences of a badge of which nothing bad is told, the weakest first."""
GRAVE = frozenset({"invalid", "revoked"})
"""Those after which nobody relies on a badge."""
BY_ISSUER = 7
"""From so many badges of several issuers on, the issuers are listed."""
MOST_ROWS = 12
"""Badges of no framework that have a row each."""


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
    """By which the issuer of *card* is told from others: without an id nothing says that two of them are one, and a platform may
    write of each award into it."""
    return without_award(card.issuer_id) or f" {card.issuer_name}"


def _rank(card: Card) -> tuple[int, bool, bool]:
    return GOOD.index(card.sentence), card.trust.standing == "vouched", card.trust.alike == ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SkillRow:
    """A competency, or the general badge."""

    skill: ShownSkill
    badge: Card
    """The badge on which it rests."""
    badges: Sequence[Card]
    """All that speak of it, that one first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuerRow:
    """An issuer, and what it gave."""

    issuer: Card
    """Of its badges the one of which the least is told."""
    badges: Sequence[Card]
    exceptions: Sequence[Exceptions]
    """Of which of them the verdict does not hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """All badges of a share."""

    skills: Sequence[SkillRow]
    badges: Sequence[Card]
    """Those that speak of none of these skills; all of them where nothing is good."""
    issuers: Sequence[IssuerRow]
    """All badges by issuer: then the two others are empty."""


def rows_of(badges: Sequence[Card], maps: Sequence[ShownMap]) -> Rows:
    """*badges* one by one: by skills as far as *maps* speak of them, or by issuers where there are many."""
    by_id = {one.id: one for one in badges}
    skills: list[SkillRow] = []
    placed: set[int] = set()
    for skill in (one for drawn in maps for one in drawn.everything):
        spoken = [by_id[id] for id in skill.badge_ids]
        skills.append(SkillRow(skill=skill, badge=spoken[0], badges=spoken))
        placed |= set(skill.badge_ids)
    others = [one for one in badges if one.id not in placed]
    issuers = grouped((issuer_key(one), one) for one in badges)
    if (len(badges) >= BY_ISSUER and len(issuers) > 1) or len(others) > MOST_ROWS:
        return Rows(skills=(), badges=(), issuers=[_issuer_row(some) for some in issuers.values()])
    return Rows(skills=skills, badges=others, issuers=())


def _issuer_row(badges: Sequence[Card]) -> IssuerRow:
    told = overall(badges)
    return IssuerRow(issuer=told.issuers[0] if told.issuers else badges[0], badges=badges, exceptions=told.exceptions)
