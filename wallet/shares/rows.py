"""The badges of a share one by one, as they are listed below its verdict: a row a skill, a badge or an issuer.

Pure: cards as they are told at one moment and the maps that they make in, rows out. Each badge is in a row, and one that speaks of two skills in that of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..badges import Card
from ..competencies import ShownMap, ShownSkill
from ..storage import grouped
from .overall import Exceptions, Overall, issuer_key, overall

BY_ISSUER = 7
"""From so many badges of several issuers on, the issuers are listed."""
MOST_ROWS = 12
"""Badges of no framework that have a row each."""


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
    told: Overall = overall(badges)
    return IssuerRow(issuer=told.issuers[0] if told.issuers else badges[0], badges=badges, exceptions=told.exceptions)
