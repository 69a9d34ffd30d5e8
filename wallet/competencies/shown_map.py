"""What the badges of one share tell others of a person's competencies, and how sure that is.

Pure. A competency that somebody vouches for is told before any that rests on a word alone, be that one at a higher level:
others are never told more than was shown (docs/decisions.md 17).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..storage import grouped
from .frameworks import Competency, Framework, Level
from .map import ALWAYS, HeldBadge
from .recognition import Recognition, recognise

Ground = Literal["name", "confirmed", "waiting", "counted"]
"""On what it rests, the weakest first: the name of a badge, an issuer of whom we know nothing, or a badge that no look can tell
of any more; the holder's own word; an issuer whose badges count, of a badge that could not be looked at again just now; such an
issuer, and a valid badge."""
GROUNDS: tuple[Ground, ...] = ("name", "confirmed", "waiting", "counted")
PLACES = 6
"""Competencies that have a place in a drawing; of more than that a list is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownSkill:
    """A competency, or the general badge, as others are told of it."""

    competency: Competency | None
    """None for the general badge."""
    level: Level | None
    """None for the general badge."""
    ground: Ground
    is_top: bool
    """Whether no level is higher; so is the general badge."""
    badge_ids: Sequence[int]
    """All shown badges that speak of it, also those that are good no more: first the one on which it rests."""

    @property
    def is_counted(self) -> bool:
        """Whether it is told as certain: all else is tacked, and never in gold."""
        return self.ground == "counted"

    @property
    def is_gold(self) -> bool:
        """Whether it wears gold."""
        return self.is_counted and self.is_top

    @property
    def drawing(self) -> str:
        """The name of its drawing (`static/art`)."""
        height = "" if not self.competency else "-2" if self.is_top else "-1"
        name = "general" if not self.competency else self.competency.drawing or "petal"
        return f"{name}{height}{'' if self.is_counted else '-tacked'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownMap:
    """What is told in one framework; at least one shown badge speaks of it."""

    framework: Framework
    skills: Sequence[ShownSkill]
    """Those that were reached, in the order of the framework."""
    general: ShownSkill | None
    """None where nobody shows it."""

    @property
    def everything(self) -> list[ShownSkill]:
        """Those and the general badge."""
        return [*self.skills, *([self.general] if self.general else [])]

    @property
    def is_drawn(self) -> bool:
        """Whether it is a drawing in which each competency of the framework has its place."""
        return len(self.framework.competencies) <= PLACES

    @property
    def places(self) -> list[tuple[Competency, ShownSkill | None]]:
        """Each competency of the framework, and how it was reached; None where no shown badge speaks of it."""
        reached = {one.competency.key: one for one in self.skills if one.competency}
        return [(one, reached.get(one.key)) for one in self.framework.competencies]

    @property
    def grounds(self) -> list[Ground]:
        """On what else than counted places it rests."""
        return [one for one in GROUNDS[:-1] if any(skill.ground == one for skill in self.everything)]


def draw_for_others(framework: Framework, badges: Iterable[HeldBadge]) -> ShownMap | None:
    """What *badges* tell others in *framework*, whatever their order; None for nothing.

    `HeldBadge.counted` are the places that their holder confirmed.
    """
    spoken = (
        (found.competency.key if found.competency else "", (held, found))
        for held in badges
        for found in recognise(framework, held.read, held.issuer, held.counted)
    )
    heaps = grouped(spoken)
    skills = (_skill(framework, one, heaps[one.key]) for one in framework.competencies if heaps[one.key])
    drawn = ShownMap(
        framework=framework,
        skills=tuple(one for one in skills if one),
        general=_skill(framework, None, heaps[""]) if heaps[""] else None,
    )
    return drawn if drawn.everything else None


def _skill(
    framework: Framework, competency: Competency | None, spoken: Sequence[tuple[HeldBadge, Recognition]]
) -> ShownSkill | None:
    """None where none of the badges is good."""
    good = sorted((one for one in spoken if one[0].is_good), key=_order)
    if not good:
        return None
    held, found = good[-1]
    first = dict.fromkeys(one.id for one, _ in reversed(good))
    return ShownSkill(
        competency=competency,
        level=framework.level(found.level) if found.level else None,
        ground=_ground(held, found),
        is_top=found.level in {None, framework.top},
        badge_ids=list(first | dict.fromkeys(one.id for one, _ in spoken)),
    )


def _order(one: tuple[HeldBadge, Recognition]) -> tuple[object, ...]:
    """By which the best one comes last."""
    held, found = one
    return GROUNDS.index(_ground(held, found)), found.height, held.issued_on or ALWAYS, -held.id


def _ground(held: HeldBadge, found: Recognition) -> Ground:
    if found.is_sure and not held.is_never_known:
        return "counted" if held.is_valid else "waiting"
    return "confirmed" if found.why == "confirmed" else "name"
