"""The map of a person's competencies in one framework: which they have, at which level, what is missing.

Pure: the badges that they hold in, in any order, a map out. A badge counts while it is good; one that has ended, was
withdrawn or was changed leaves the count, and is told.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from .. import trust
from ..storage import grouped
from . import frameworks, recognition

MOST_PETALS = 6
"""Competencies that a flower shows; more of them are a list."""
ALWAYS = datetime.min.replace(tzinfo=UTC)
Aside = Literal["", "stopped", "other-name", "unasked", "taken-back"]
"""Why a badge that fits is asked about by itself, and not together with all others; "" where nothing speaks against it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBadge:
    """A badge that a person holds, as much of it as a map needs."""

    id: int
    read: Mapping[str, Any]
    """Of openbadges.Badge: `name`, and of `achievement` `id`, `name` and the `target_url` of alignments."""
    issuer: trust.Issuer
    """Whose badge it is, and what of that was shown when it was good last."""
    state: str
    """As it stands at this moment."""
    is_good: bool
    """Valid, or good the last time that it could be checked."""
    issued_on: datetime | None = None
    counted: Container[str] = ()
    """The places where it counts because the person says so."""
    name_on: str = ""
    """The name that it bears, where that was part of what was verified."""
    is_anothers: bool = False
    """Whether that is another name than the person's."""
    is_unasked: bool = False
    """Whether a link brought it, and nobody has said since that they want it."""
    is_taken_back: bool = False
    """Whether the person once said that it counts, and says so no more."""
    is_never_known: bool = False
    """Whether it was good, and another look cannot tell any more whether it is (docs/decisions.md 29); asked for others alone."""

    @property
    def is_valid(self) -> bool:
        """Whether nothing at all is left to doubt."""
        return self.state == "valid"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecognisedBadge:
    """A badge, and what it speaks of."""

    held: HeldBadge
    found: recognition.Recognition

    @property
    def order(self) -> tuple[int, bool, datetime, int]:
        """By which the best one comes last: the higher level, what others may be told, the newer one."""
        return self.found.height, self.found.is_sure, self.held.issued_on or ALWAYS, self.held.id

    @property
    def aside(self) -> Aside:
        """Why it is no part of « Oui, tout compte »."""
        if self.found.framework.stops(self.held.issuer):
            return "stopped"
        if self.held.is_anothers:
            return "other-name"
        if self.held.is_unasked:
            return "unasked"
        return "taken-back" if self.held.is_taken_back else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a person stands with one competency, or with the general badge."""

    competency: frameworks.Competency | None
    """None for the general badge."""
    rests_on: RecognisedBadge | None
    """The badge that counts, None where none does."""
    tacked: Sequence[RecognisedBadge]
    """What fits, does not count yet, and would take them further once they say that it counts: the best one first."""
    aside: Sequence[RecognisedBadge]
    """Likewise what they are asked about by itself (RecognisedBadge.aside)."""
    gone: Sequence[RecognisedBadge]
    """What would take them further, and is good no more: of each level the best one."""

    confirmed: Sequence[RecognisedBadge] = ()
    """What counts there because they say so, be it told or not: the best one first."""
    spoken_by: frozenset[int] = frozenset()
    """All badges that speak of it, by their ids."""

    @property
    def everything(self) -> list[RecognisedBadge]:
        """All badges that are told."""
        return [*([self.rests_on] if self.rests_on else []), *self.tacked, *self.aside, *self.gone]

    @property
    def is_here(self) -> bool:
        """Whether a badge speaks of it that counts, or would with one word of theirs."""
        return bool(self.rests_on or self.tacked)

    @property
    def drawing(self) -> str:
        """The name of its drawing (`static/art`): sewn on where it counts, in loose stitches where it waits for their word."""
        if self.competency is None:
            return "general-loose" if self.tacked else "general"
        best, name = self.tacked[0] if self.tacked else self.rests_on, self.competency.drawing or "petal"
        if best is None:
            return f"{name}-0"
        return f"{name}-{2 if best.found.level == best.found.framework.top else 1}{'-loose' if self.tacked else ''}"

    @property
    def level(self) -> str | None:
        """Its key; None for not yet."""
        return self.rests_on.found.level if self.rests_on else None

    @property
    def is_won(self) -> bool:
        """Whether nothing is higher."""
        return self.rests_on is not None and self.level in {None, self.rests_on.found.framework.top}


@dataclass(frozen=True, kw_only=True, slots=True)
class CompetencyMap:
    """A person's competencies in one framework."""

    framework: frameworks.Framework
    standings: Sequence[Standing]
    """One for each competency, in the order of the framework."""
    general: Standing | None
    """None in a framework without a general badge."""

    @property
    def everything(self) -> list[Standing]:
        """Those and the general badge."""
        return [*self.standings, *([self.general] if self.general else [])]

    @property
    def mastered(self) -> Sequence[Standing]:
        """The competencies that they have at the highest level."""
        return [one for one in self.standings if one.level == self.framework.top]

    @property
    def here(self) -> Sequence[Standing]:
        """The competencies of which a badge speaks that counts, or would with one word of theirs."""
        return [one for one in self.standings if one.is_here]

    @property
    def mastered_by(self) -> frozenset[int]:
        """The badges on which that rests, by their ids."""
        return frozenset(one.rests_on.held.id for one in self.mastered if one.rests_on)

    @property
    def practised(self) -> Sequence[Standing]:
        """The competencies that they have at a level below it."""
        return [one for one in self.standings if one.level not in {None, self.framework.top}]

    @property
    def needed(self) -> int:
        """How many must be at the highest level: for the general badge, or all of them where there is none."""
        return self.framework.general.needed if self.framework.general else len(self.standings)

    @property
    def missing(self) -> int:
        """How many more of them must be."""
        return max(0, self.needed - len(self.mastered))

    @property
    def is_complete(self) -> bool:
        """Whether the general badge is there, and good; without such a badge, whether nothing is missing."""
        return self.general.rests_on is not None if self.general else not self.missing

    @property
    def is_whole(self) -> bool:
        """Whether it is complete, and every competency is at the highest level."""
        return self.is_complete and len(self.mastered) == len(self.standings)

    @property
    def can_ask(self) -> bool:
        """Whether the general badge may be asked for."""
        return self.general is not None and not self.missing and not self.is_complete

    @property
    def confirmed(self) -> Sequence[RecognisedBadge]:
        """All that counts because the person says so."""
        return [badge for one in self.everything for badge in one.confirmed]

    @property
    def is_flower(self) -> bool:
        """Whether it may be drawn as a flower."""
        return len(self.standings) <= MOST_PETALS

    @property
    def groups(self) -> list[tuple[frameworks.Group | None, list[Standing]]]:
        """The standings as they are listed: by the groups of the framework, those of no group at the end."""
        by_key = {one.competency.key: one for one in self.standings if one.competency}
        grouped: list[tuple[frameworks.Group | None, list[Standing]]] = [
            (one, [by_key.pop(key) for key in one.keys]) for one in self.framework.groups
        ]
        return [(group, some) for group, some in [*grouped, (None, list(by_key.values()))] if some]

    @property
    def is_touched(self) -> bool:
        """Whether any badge speaks of it."""
        return any(one.everything for one in self.everything)


def draw_map(framework: frameworks.Framework, badges: Iterable[HeldBadge]) -> CompetencyMap:
    """The map that *badges* make in *framework*, whatever their order."""
    spoken = ((held, found) for held in badges for found in _recognised(framework, held))
    heaps = grouped((_heap(held, found), RecognisedBadge(held=held, found=found)) for held, found in spoken)
    return CompetencyMap(
        framework=framework,
        standings=tuple(_standing(one, heaps) for one in framework.competencies),
        general=_standing(None, heaps) if framework.general else None,
    )


def _recognised(framework: frameworks.Framework, held: HeldBadge) -> list[recognition.Recognition]:
    return recognition.recognise(framework, held.read, held.issuer, held.counted)


def _heap(held: HeldBadge, found: recognition.Recognition) -> tuple[str, str]:
    """Of which competency a badge speaks, "" for the general badge, and what becomes of it there."""
    kind = "gone" if not held.is_good else "counting" if found.counts else "fitting"
    return found.competency.key if found.competency else "", kind


def _standing(
    competency: frameworks.Competency | None, heaps: Mapping[tuple[str, str], Sequence[RecognisedBadge]]
) -> Standing:
    key = competency.key if competency else ""
    best = max(heaps[key, "counting"], key=lambda one: one.order, default=None)

    def further(heap: str) -> list[RecognisedBadge]:
        ahead = (one for one in heaps[key, heap] if best is None or one.order[0] > best.order[0])
        return sorted(ahead, key=lambda one: one.order, reverse=True)

    fitting, gone = further("fitting"), further("gone")
    return Standing(
        competency=competency,
        rests_on=best,
        tacked=tuple(one for one in fitting if not one.aside),
        aside=tuple(one for one in fitting if one.aside),
        gone=tuple({one.found.level: one for one in reversed(gone)}.values())[::-1],
        confirmed=tuple(
            one
            for one in sorted(heaps[key, "counting"], key=lambda one: one.order, reverse=True)
            if one.found.why == "confirmed"
        ),
        spoken_by=frozenset(one.held.id for kind in ("counting", "fitting", "gone") for one in heaps[key, kind]),
    )
