"""The map of a person's competencies in one framework: what they practise, what they master, what is missing.

Pure: the badges that they hold in, in any order, a map out. A badge counts while it is good; one that has ended, was
withdrawn or was changed leaves the count, and is told.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..storage import grouped
from . import frameworks, recognition

ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBadge:
    """A badge that a person holds, as much of it as a map needs."""

    id: int
    read: Mapping[str, Any]
    """Of openbadges.Badge: `name`, `issuer.id`, and of `achievement` `id`, `name` and the `target_url` of alignments."""
    state: str
    """As it stands at this moment."""
    is_good: bool
    """Valid, or good the last time that it could be checked."""
    issued_on: datetime | None = None
    counted: Container[str] = ()
    """The places where it counts because the person says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecognisedBadge:
    """A badge, and what it speaks of."""

    held: HeldBadge
    found: recognition.Recognition

    @property
    def order(self) -> tuple[int, bool, datetime, int]:
        """By which the best one comes last: the higher level, what others may be told, the newer one."""
        height = frameworks.LEVELS.index(self.found.level) if self.found.level else 0
        return height, self.found.is_sure, self.held.issued_on or ALWAYS, self.held.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a person stands with one competency, or with the general badge."""

    competency: frameworks.Competency | None
    """None for the general badge."""
    rests_on: RecognisedBadge | None
    """The badge that counts, None where none does."""
    doubtful: Sequence[RecognisedBadge]
    """What the person may count, does not yet, and what would take them further: of each level the best one."""
    gone: Sequence[RecognisedBadge]
    """What would take them further, and is good no more: of each level the best one."""

    @property
    def everything(self) -> list[RecognisedBadge]:
        """All badges that are told."""
        return [*([self.rests_on] if self.rests_on else []), *self.doubtful, *self.gone]

    @property
    def level(self) -> frameworks.Level | None:
        """None for not yet."""
        return self.rests_on.found.level if self.rests_on else None


@dataclass(frozen=True, kw_only=True, slots=True)
class CompetencyMap:
    """A person's competencies in one framework."""

    framework: frameworks.Framework
    standings: Sequence[Standing]
    """One for each competency, in the order of the framework."""
    general: Standing

    @property
    def everything(self) -> list[Standing]:
        """Those and the general badge."""
        return [*self.standings, self.general]

    @property
    def mastered(self) -> Sequence[Standing]:
        """The competencies that are mastered."""
        return [one for one in self.standings if one.level == "masters"]

    @property
    def mastered_by(self) -> frozenset[int]:
        """The badges on which that rests, by their ids."""
        return frozenset(one.rests_on.held.id for one in self.mastered if one.rests_on)

    @property
    def practised(self) -> Sequence[Standing]:
        """The competencies that are practised, and not mastered."""
        return [one for one in self.standings if one.level == "practises"]

    @property
    def missing(self) -> int:
        """How many more must be mastered for the general badge."""
        return max(0, self.framework.needed - len(self.mastered))

    @property
    def is_complete(self) -> bool:
        """Whether the general badge is there, and good."""
        return self.general.rests_on is not None

    @property
    def can_ask(self) -> bool:
        """Whether the general badge may be asked for."""
        return not self.missing and not self.is_complete

    @property
    def is_touched(self) -> bool:
        """Whether any badge speaks of it."""
        return any(one.everything for one in self.everything)


def draw_map(framework: frameworks.Framework, badges: Iterable[HeldBadge]) -> CompetencyMap:
    """The map that *badges* make in *framework*, whatever their order."""
    spoken = ((held, found) for held in badges for found in recognition.recognise(framework, held.read, held.counted))
    heaps = grouped((_heap(held, found), RecognisedBadge(held=held, found=found)) for held, found in spoken)
    return CompetencyMap(
        framework=framework,
        standings=tuple(_standing(one, heaps) for one in framework.competencies),
        general=_standing(None, heaps),
    )


def _heap(held: HeldBadge, found: recognition.Recognition) -> tuple[str, str]:
    """Of which competency a badge speaks, "" for the general badge, and what becomes of it there."""
    kind = "gone" if not held.is_good else "counting" if found.counts else "doubtful"
    return found.competency.key if found.competency else "", kind


def _standing(
    competency: frameworks.Competency | None, heaps: Mapping[tuple[str, str], Sequence[RecognisedBadge]]
) -> Standing:
    key = competency.key if competency else ""
    best = max(heaps[key, "counting"], key=lambda one: one.order, default=None)

    def further(some: Iterable[RecognisedBadge]) -> list[RecognisedBadge]:
        ahead = sorted((one for one in some if best is None or one.order[0] > best.order[0]), key=lambda one: one.order)
        return list({one.found.level: one for one in ahead}.values())[::-1]

    doubtful, gone = further(heaps[key, "doubtful"]), further(heaps[key, "gone"])
    return Standing(competency=competency, rests_on=best, doubtful=doubtful, gone=gone)
