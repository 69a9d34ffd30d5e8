"""The block of 85 × 25 mm that somebody puts on their CV: which patches stand on it.

Pure. Its words are in shares/block_words.txt, and sandbox/typeset/cv-block.typ lays it out.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from ...badges import Card
from ...competencies import ShownSkill
from ..public_view import PublicShare

MOST_PATCHES = 5
"""Those of four competencies and of a general badge."""
DOTS = 600
"""Of an inch, in the picture of it: as a printer has."""
DOTS_SEEN = 200
"""Of an inch, in the picture of it on a page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patch:
    """A skill, as sure as it is told to others; or a badge that speaks of none, by its own picture."""

    skill: ShownSkill | None = None
    badge: Card | None = None

    @property
    def drawing(self) -> str:
        """The name of its drawing."""
        return self.skill.drawing if self.skill else f"badge-{self.badge.id}" if self.badge else ""


def patches_of(share: PublicShare, *, only_top: bool = False) -> list[Patch]:
    """What the badges of *share* speak of, a general badge last; where room is left, good badges that speak of nothing.
    *only_top*: of the skills those alone whose level is the highest."""
    skills = [Patch(skill=skill) for drawn in share.maps for skill in drawn.skills if skill.is_top or not only_top]
    general = [Patch(skill=drawn.general) for drawn in share.maps if drawn.general][:1]
    spoken = {id for drawn in share.maps for skill in drawn.everything for id in skill.badge_ids}
    others = [Patch(badge=one) for one in share.overall.good if one.id not in spoken and one.picture]
    first = [*skills[: MOST_PATCHES - len(general)], *general]
    return [*first, *others[: MOST_PATCHES - len(first)]]


def can_choose_top(share: PublicShare) -> bool:
    """Whether some of its skills, and not all, are at the highest level."""
    return len({skill.is_top for drawn in share.maps for skill in drawn.skills}) > 1


def pictures_needed(patches: Sequence[Patch]) -> dict[str, str]:
    """The kept pictures that *patches* are drawn with, by the names of the drawings."""
    return {one.drawing: one.badge.picture for one in patches if one.badge}


def picture_drawing(webp: bytes) -> str:
    """A kept picture as a drawing: the setter takes no other."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96"><image width="96" height="96"'
        f' href="data:image/webp;base64,{b64encode(webp).decode()}"/></svg>'
    )
