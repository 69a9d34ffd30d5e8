"""What a person may say « Oui, tout compte » to: of all badges that fit, those against which nothing speaks.

Pure: maps in, an offer out. What is good no more is not among them, nor what bears another name, what a link brought unasked,
whose issuer the operator stopped, and what the person took back: each of these is told by itself, with its reason.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from .. import trust
from ..storage import grouped
from .map import ALWAYS, CompetencyMap, RecognisedBadge


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """The badges that fit and do not count yet."""

    fitting: Sequence[RecognisedBadge]
    """All that one word of theirs counts, the newest first; twice what speaks of two competencies."""
    aside: Sequence[RecognisedBadge]
    """Each badge that they are asked about by itself, the newest first."""
    skills: int
    """Competencies that are there with them."""

    @property
    def badges(self) -> Sequence[RecognisedBadge]:
        """Each badge once."""
        return once(self.fitting)

    @property
    def asks_apart(self) -> bool:
        """Whether an answer would make one of those apart count: whom the operator stopped, none does."""
        return any(one.aside != "stopped" for one in self.aside)

    @property
    def newest_id(self) -> int:
        """Of the badges that are offered the highest id: whoever says yes has seen none above it."""
        return max((one.held.id for one in self.fitting), default=0)

    @property
    def issuers(self) -> int:
        """Who gave them: a platform may write of each award into the id of its issuer."""
        return len({trust.without_award(one.held.issuer.id) for one in self.fitting})

    @property
    def is_unlisted(self) -> bool:
        """Whether none of those is one whose badges count; else only the names of the badges say what they are."""
        return not any(one.found.framework.lists(one.held.issuer) for one in self.fitting)

    def places(self, meant: Container[int]) -> dict[int, list[str]]:
        """Of each badge whose id is *meant* the places where it is to count."""
        return {
            id: some
            for id, some in grouped((one.held.id, one.found.place) for one in self.fitting).items()
            if id in meant
        }


def make_offer(maps: Iterable[CompetencyMap]) -> Offer:
    """What the badges that made *maps* may be counted for."""
    standings = [one for drawn in maps for one in drawn.everything]
    return Offer(
        fitting=sorted((one for standing in standings for one in standing.tacked), key=_age, reverse=True),
        aside=once(sorted((one for standing in standings for one in standing.aside), key=_age, reverse=True)),
        skills=sum(standing.is_here for standing in standings if standing.competency),
    )


def once(some: Iterable[RecognisedBadge]) -> Sequence[RecognisedBadge]:
    """Each badge among *some* once, of however many competencies it speaks."""
    return list({one.held.id: one for one in some}.values())


def _age(one: RecognisedBadge) -> tuple[object, ...]:
    return one.held.issued_on or ALWAYS, one.held.id
