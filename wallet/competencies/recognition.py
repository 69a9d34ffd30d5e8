"""Which competency a badge speaks of, at which level, and why we say so (docs/decisions.md 17).

Pure: a framework and what was read of a badge in, recognitions out. It counts only when it is shown to come from an
issuer whose badges count there (Framework.lists), and names what it recognises by id or by alignment. Anything less is worth a question to the
person, and nothing to anybody else. Nothing is kept of this: a badge that came in before its framework is recognised too.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..openbadges import normalise_name
from ..trust import Issuer
from .frameworks import Competency, Framework, Level, Marks

Why = Literal["id", "alignment", "confirmed", "unlisted", "name"]
"""By the id of what it recognises, or by its alignment, and an issuer whose badges count; because the person says so, for
their own map. Not counted: id or alignment are right, but the issuer is none of the list; only the name is right."""
SURE: frozenset[Why] = frozenset({"id", "alignment"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognition:
    """What a badge speaks of."""

    framework: Framework
    competency: Competency | None
    """None: it is the general badge."""
    level: str | None
    """Its key; None for the general badge."""
    why: Why

    @property
    def place(self) -> str:
        """Names it in a column and in a form: `normandie/communiquer/masters`, `normandie/general`."""
        spoken_of = f"{self.competency.key}/{self.level}" if self.competency else "general"
        return f"{self.framework.id}/{spoken_of}"

    @property
    def height(self) -> int:
        """Which level it is, from 0; 0 for the general badge."""
        return self.framework.height(self.level) if self.level else 0

    @property
    def is_sure(self) -> bool:
        """Whether others may be told of it: a known issuer says so, and not only a name."""
        return self.why in SURE

    @property
    def counts(self) -> bool:
        """Whether it counts on the person's own map."""
        return self.is_sure or self.why == "confirmed"


def recognise(
    framework: Framework, read: Mapping[str, Any], issuer: Issuer | None, confirmed: Container[str] = ()
) -> list[Recognition]:
    """What the badge of which *read* was read (openbadges.Badge in plain JSON) speaks of in *framework*: one competency,
    or several where it is aligned to several; [] for nothing. *issuer*: whose badge it is, and what of that was shown; None
    where it does not matter whether it counts. *confirmed*: the places that the person said are right; of an issuer whom the
    operator stopped since that does not hold.

    The badge must have been verified: who may have changed it is nobody's business here.
    """
    if issuer and framework.stops(issuer):
        confirmed = ()
    achievement = read["achievement"]
    targets = {one["target_url"] for one in achievement["alignment"]}
    title, name = normalise_name(read["name"]), normalise_name(achievement["name"])
    ways: tuple[tuple[Why, Callable[[Marks], object]], ...] = (
        ("id", lambda marks: achievement["id"] in marks.ids),
        ("alignment", lambda marks: marks.targets & targets),
        ("name", lambda marks: title in marks.names),  # of two names that differ, the badge's own
        ("name", lambda marks: name in marks.names),
    )
    for way, fits in ways:
        if found := _spoken(framework, fits):
            why: Why = way if way == "name" or (issuer and framework.lists(issuer)) else "unlisted"
            return [
                _settled(Recognition(framework=framework, competency=one, level=level, why=why), confirmed)
                for one, level in found
            ]
    return []


def recognise_loosely(frameworks: Sequence[Framework], read: Mapping[str, Any]) -> Recognition | None:
    """The competency and level that a badge speaks of, be it by its name alone; None for none. What helps to tell of it
    is in frameworks.prompts_for."""
    found = (one for framework in frameworks for one in recognise(framework, read, None))
    return next((one for one in found if one.competency), None)


def level_to_tell(frameworks: Sequence[Framework], read: Mapping[str, Any], issuer: Issuer) -> Level | None:
    """The level of a competency of which others may be told because the badge of *issuer* says so; None for none."""
    found = (one for framework in frameworks for one in recognise(framework, read, issuer))
    return next((one.framework.level(one.level) for one in found if one.level and one.is_sure), None)


def _spoken(framework: Framework, fits: Callable[[Marks], object]) -> list[tuple[Competency | None, str | None]]:
    """What the badges speak of for whose marks *fits* is true: of a competency at several levels, the highest one."""
    keys = [one.key for one in framework.levels]
    levels = {one.key: [key for key in keys if fits(one.badges[key])] for one in framework.competencies}
    found: list[tuple[Competency | None, str | None]] = [
        (one, levels[one.key][-1]) for one in framework.competencies if levels[one.key]
    ]
    return [*found, (None, None)] if framework.general and fits(framework.general.badges) else found


def _settled(found: Recognition, confirmed: Container[str]) -> Recognition:
    return replace(found, why="confirmed") if not found.is_sure and found.place in confirmed else found
