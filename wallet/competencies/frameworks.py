"""The frameworks of competencies: which competencies there are, by what a badge that speaks of one is known, whose count.

A framework is a file, and another region or another trade is another file: how it is written, and how the file of an
operator adds to it, is in competencies/framework_files.py. Ours are in `data/`; one of them is off until a file of the
operator's has its id.

Pure data: what it says of a badge is decided in competencies/recognition.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from .. import trust
from ..openbadges import normalise_name
from .framework_files import OURS, FaultyFramework, files_in, is_part, join_told, read_file, tell_frameworks

MOST = 20
"""Frameworks of an instance."""
MOST_PROMPTS = 8
"""Prompts that are offered to whoever tells of no competency yet."""
Words = Mapping[str, str]
"""The same words by language: fr and en."""
SPOKEN_TO_ONE = re.compile(
    r"\b(?:je|j|me|m|moi|mon|ma|mes|tu|te|t|toi|ton|ta|tes|vous|votre|vos|i|my|mine|myself|you|your|yours|yourself)\b",
    re.IGNORECASE,
)
"""A person speaks of themselves, or is spoken to: no words to tell somebody else of them."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids that a file names."""

    exact: frozenset[str] = frozenset()
    """To the letter."""
    like: tuple[tuple[str, frozenset[str]], ...] = ()
    """But for these members of their query (trust.is_match)."""

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.exact) + len(self.like)

    def __contains__(self, id: object) -> bool:
        """Whether *id* is one of them."""
        if not self.like:
            return id in self.exact
        return id in self.exact or any(trust.is_match(one, ignoring, str(id)) for one, ignoring in self.like)


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """By what a badge is known."""

    ids: Ids = Ids()
    """Of what it recognises (Achievement.id; BadgeClass in Open Badges 2.0)."""
    targets: frozenset[str] = frozenset()
    """Addresses that it is aligned to (Alignment.targetUrl)."""
    names: frozenset[str] = frozenset()
    """How it may be called, as `normalise_name` writes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A question that helps to tell of a competency, in one language."""

    ask: str
    sentence: str
    """An answer in one sentence of the person: « J’ai calmé une personne en colère. »"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """How well somebody does it."""

    key: str
    names: Words
    """As the person says it: « je maîtrise »."""
    means: Words
    """As the person is told it."""
    names_for_others: Words
    """As others read it of them: « maîtrise »; "" where the file has no such words."""
    means_for_others: Words
    """Likewise what it means."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Competency:
    """Something that a person can do."""

    key: str
    names: Words
    means: Words
    line: Words
    """What it means in one line, for others; "" where the file has none."""
    short: Words
    """Its name where there is little room."""
    drawing: str
    """Whose drawing of ours it has, "" for a plain petal."""
    badges: Mapping[str, Marks]
    """Of each level, by its key."""
    prompts: Sequence[Mapping[str, Any]]
    """As the file has them: `ask` and `sentence` by language, `level` where it is of one level alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Competencies under a heading."""

    names: Words
    keys: Sequence[str]
    """Of the competencies that are in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneralBadge:
    """The badge of those who have enough competencies at the highest level."""

    names: Words
    needed: int
    badges: Marks


@dataclass(frozen=True, kw_only=True, slots=True)
class Framework:
    """Competencies that belong together."""

    id: str
    names: Words
    levels: Sequence[Level]
    """The lowest one first."""
    competencies: Sequence[Competency]
    groups: Sequence[Group]
    general: GeneralBadge | None
    """None for a framework without one."""
    issuers: Ids
    """Whose badges count."""
    vouching: frozenset[str]
    """The keys of the registers for whose issuers it is the same, while they vouch for them."""
    ask: Words
    """With whom one may ask for the next badge."""
    address: str
    """Where more can be read, "" for nowhere."""
    registers: trust.Registers = trust.NO_REGISTERS
    now: datetime | None = None
    """What the registers say, and when they are asked (`frameworks_at`); None: nobody asks them."""

    def lists(self, issuer: trust.Issuer) -> bool:
        """Whether the badges of that issuer count: those that are shown to come from it, while the operator does not stop it."""
        if not issuer.is_proven or self.stops(issuer):
            return False
        return issuer.id in self.issuers or bool(
            self.now and self.vouching and self.registers.vouches(issuer, self.id, self.vouching, self.now)
        )

    def stops(self, issuer: trust.Issuer) -> bool:
        """Whether the operator said that nothing of that issuer counts."""
        return self.now is not None and self.registers.stops(issuer, self.now)

    def whom_to_ask(self, registers: trust.Registers, now: datetime) -> list[trust.Row]:
        """Those whom the operator knows at *now* and who may be asked for a badge, where a badge that is shown to be theirs
        counts; by name."""
        here = replace(self, registers=registers, now=now)
        return [row for row in registers.whom_to_ask(self.id, now) if any(map(here.lists, registers.issuers_of(row)))]

    @property
    def top(self) -> str:
        """The key of the highest level."""
        return self.levels[-1].key

    def level(self, key: str) -> Level:
        """The level of that key."""
        return self.levels[self.height(key)]

    def height(self, key: str) -> int:
        """Which level it is, from 0."""
        return [one.key for one in self.levels].index(key)


def frameworks_at(frameworks: Iterable[Framework], registers: trust.Registers, now: datetime) -> tuple[Framework, ...]:
    """The *frameworks* as a page is to read them that is made at *now*: whose badges count there, by what *registers* say."""
    return tuple(replace(one, registers=registers, now=now) for one in frameworks)


def prompts_for(competency: Competency, level: str, language: str) -> list[Prompt]:
    """What helps to tell of *competency* at *level* ("" when nobody knows which), in *language*: the prompts of every
    level, then those of this one alone."""
    fitting = sorted(
        (one for one in competency.prompts if one.get("level", level) == level), key=lambda one: "level" in one
    )
    return [Prompt(ask=one["ask"][language], sentence=one["sentence"][language]) for one in fitting]


def prompts_of_each(frameworks: Iterable[Framework], language: str) -> list[Prompt]:
    """One prompt of each competency, of the first framework that has some; not of so many that nobody reads them."""
    for framework in frameworks:
        of_each = (prompts_for(one, "", language)[:1] for one in framework.competencies)
        if found := [prompt for some in of_each for prompt in some]:
            return found[:MOST_PROMPTS]
    return []


def load_frameworks(folder: Path | None = None) -> tuple[Framework, ...]:
    """All frameworks that are on, ours first, with what the files of *folder* add; raises FaultyFramework."""
    told = _told_with(folder)
    are_on = [one for one in told.values() if one.get("on", True)]
    if len(told) > MOST:
        raise FaultyFramework(folder or OURS, [f"There are more than {MOST} frameworks."])
    if not are_on:
        raise FaultyFramework(folder or OURS, ["No framework is on."])
    return tuple(map(_framework, are_on))


def faults_of_frameworks(path: Path) -> list[str]:
    """What is wrong with an operator's folder, as settings.Check; nothing where it can be used."""
    try:
        load_frameworks(path)
    except FaultyFramework as problem:
        return [f"{problem.path}: {fault}" for fault in problem.faults]
    return []


def check_framework(path: Path, folder: Path | None = None) -> Framework:
    """The framework of one file, joined to ours where it has the id of one, or to that of another file of *folder* of which it
    says part; raises FaultyFramework with every fault."""
    told, found = tell_frameworks(()), read_file(path)
    if folder and is_part(told, found):
        told = tell_frameworks([one for one in files_in(folder) if one.name != path.name])  # it takes the place of that
    return _framework(join_told(told, found, path))


def frameworks_to_learn_for(folder: Path | None = None) -> list[Framework]:
    """All frameworks, those that are off, too; raises FaultyFramework."""
    return list(map(_framework, _told_with(folder).values()))


def faults_of_addition(addition: Mapping[str, Any], folder: Path | None = None) -> list[str]:
    """What would be wrong with a file that says so, beside those of *folder*."""
    try:
        join_told(_told_with(folder), addition, OURS)
    except FaultyFramework as problem:
        return problem.faults
    return []


def _told_with(folder: Path | None) -> dict[str, dict[str, Any]]:
    return tell_frameworks(files_in(folder) if folder else ())


def _framework(told: Mapping[str, Any]) -> Framework:
    general, levels = told.get("general"), tuple(map(_level, told["levels"]))
    return Framework(
        id=told["id"],
        names=told["names"],
        levels=levels,
        competencies=tuple(_competency(one, levels) for one in told["competencies"]),
        groups=tuple(Group(names=one["names"], keys=one["competencies"]) for one in told.get("groups", ())),
        general=general
        and GeneralBadge(names=general["names"], needed=general["needed"], badges=_marks(general["badges"])),
        issuers=_ids(one for one in told.get("issuers", ()) if isinstance(one, str) or "from" not in one),
        vouching=frozenset(one["from"] for one in told.get("issuers", ()) if isinstance(one, dict) and "from" in one),
        ask=told["ask"]["text"],
        address=told["ask"].get("address", ""),
    )


def _level(told: Mapping[str, Any]) -> Level:
    return Level(
        key=told["key"],
        names=told["names"],
        means=told["means"],
        names_for_others=told.get("names_for_others") or _sayable(told["names"]),
        means_for_others=told.get("means_for_others") or _sayable(told["means"]),
    )


def _sayable(words: Words) -> Words:
    """*words*, which were written for the person, as far as they tell others of them; "" where they do not."""
    return {language: "" if SPOKEN_TO_ONE.search(text) else text for language, text in words.items()}


def _competency(told: Mapping[str, Any], levels: Sequence[Level]) -> Competency:
    badges = told.get("badges", {})
    return Competency(
        key=told["key"],
        names=told["names"],
        means=told["means"],
        line=told.get("line") or dict.fromkeys(told["names"], ""),
        short=told.get("short") or told["names"],
        drawing=told.get("drawing", ""),
        badges={one.key: _marks(badges.get(one.key, {})) for one in levels},
        prompts=told.get("prompts", ()),
    )


def _ids(told: Iterable[Any]) -> Ids:
    listed = list(told)
    return Ids(
        frozenset(one for one in listed if isinstance(one, str)),
        tuple((one["id"], frozenset(one["ignoring"])) for one in listed if not isinstance(one, str)),
    )


def _marks(told: Mapping[str, Sequence[Any]]) -> Marks:
    return Marks(
        ids=_ids(told.get("ids", ())),
        targets=frozenset(told.get("targets", ())),
        names=frozenset(normalise_name(name) for name in told.get("names", ())),
    )
