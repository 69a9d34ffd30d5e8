"""The frameworks of competencies: which competencies there are, by what a badge that speaks of one is known, whose count.

A framework is a file, and another region or another trade is another file: the shape is `schemas/framework-1.json`. Ours
are in `frameworks/`; an operator has a folder of their own (WALLET_FRAMEWORKS). **A file of theirs with the id of another
framework adds to it**: lists of texts grow, competencies are told by their key, everything else takes the place of what
was there. So five lines add an issuer, and nothing has to be copied.

Pure data: what it says of a badge is decided in competencies/recognition.py.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from . import json_schema

OURS = Path(__file__).parent / "data"
SCHEMA = Path(__file__).parent / "framework-1.json"
LARGEST = 1024 * 1024
"""Bytes of a file."""
MOST = 20
"""Frameworks of an instance."""
Level = Literal["practises", "masters"]
LEVELS: tuple[Level, Level] = ("practises", "masters")
"""The levels of a competency, the lower one first."""
Words = Mapping[str, str]
"""The same words by language: fr and en."""


class FaultyFramework(Exception):
    """A file cannot be used; `faults` has what is wrong with it, one sentence each, with its place."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {fault}" for fault in faults))
        self.path = path
        self.faults = faults


class UnreadableFramework(FaultyFramework):
    """Nothing can be read of it: it is not there, too large, or not JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """By what a badge is known."""

    ids: frozenset[str]
    """Of what it recognises, to the letter (Achievement.id; BadgeClass in Open Badges 2.0)."""
    targets: frozenset[str]
    """Addresses that it is aligned to (Alignment.targetUrl)."""
    names: frozenset[str]
    """How it may be called, as `normalise_name` writes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A question that helps to tell of a competency, in one language."""

    ask: str
    sentence: str
    """An answer in one sentence of the person: « J’ai calmé une personne en colère. »"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Competency:
    """Something that a person can practise, and master."""

    key: str
    names: Words
    means: Words
    drawing: str
    """Whose drawing of ours it has, "" for a plain petal."""
    badges: Mapping[Level, Marks]
    prompts: Sequence[Mapping[str, Any]]
    """As the file has them: `ask` and `sentence` by language, `level` where it is of one level alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Framework:
    """Competencies that belong together, and the badge of those who master enough of them."""

    id: str
    names: Words
    levels: Mapping[Level, Words]
    meanings: Mapping[Level, Words]
    """What each level means."""
    competencies: Sequence[Competency]
    general: Words
    needed: int
    """How many competencies must be mastered for the general badge."""
    general_badges: Marks
    issuers: frozenset[str]
    """Whose badges count."""
    ask: Words
    """With whom one may ask for the next badge."""
    address: str
    """Where more can be read, "" for nowhere."""


def prompts_for(competency: Competency, level: str, language: str) -> list[Prompt]:
    """What helps to tell of *competency* at *level* ("" when nobody knows which), in *language*: the prompts of every
    level, then those of this one alone."""
    fitting = sorted(
        (one for one in competency.prompts if one.get("level", level) == level), key=lambda one: "level" in one
    )
    return [Prompt(ask=one["ask"][language], sentence=one["sentence"][language]) for one in fitting]


def normalise_name(name: str) -> str:
    """*name* as it is compared: without accents, capitals, dashes and other signs."""
    letters = unicodedata.normalize("NFKD", name).casefold().replace("œ", "oe")
    return " ".join(re.findall(r"[^\W_]+", "".join(one for one in letters if not unicodedata.combining(one))))


def load_frameworks(folder: Path | None = None) -> tuple[Framework, ...]:
    """All frameworks, ours first, with what the files of *folder* add; raises FaultyFramework."""
    told = _told_by(_files(folder) if folder else ())
    if len(told) > MOST:
        raise FaultyFramework(folder or OURS, [f"There are more than {MOST} frameworks."])
    return tuple(_framework(one) for one in told.values())


def faults_of_frameworks(path: Path) -> list[str]:
    """What is wrong with an operator's folder, as settings.Check; nothing where it can be used."""
    try:
        load_frameworks(path)
    except FaultyFramework as problem:
        return [f"{problem.path}: {fault}" for fault in problem.faults]
    return []


def check_framework(path: Path) -> Framework:
    """The framework of one file, joined to ours where it has the id of one; raises FaultyFramework with every fault."""
    return _framework(_join_in(_told_by(()), path))


def _told_by(files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """What ours say, and then these *files*, by the ids of the frameworks."""
    told: dict[str, dict[str, Any]] = {}
    for path in (*sorted(OURS.glob("*.json")), *files):
        _join_in(told, path)
    return told


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FaultyFramework(folder, ["There is no such folder."])
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as problem:
        raise FaultyFramework(folder, [f"It cannot be read ({problem.strerror})."]) from None


@cache
def _shape() -> json_schema.Schema:
    return dict(json.loads(SCHEMA.read_bytes()))


def _join_in(told: dict[str, dict[str, Any]], path: Path) -> dict[str, Any]:
    """What *path* says, together with what is *told* of the same framework; *told* has it from then on."""
    found = _read(path)
    id = found.get("id") if isinstance(found, dict) else None
    whole = _joined(told[id], found) if isinstance(id, str) and id in told else found
    faults = json_schema.schema_faults(whole, _shape()) or list(_doubts(whole))
    if faults:
        raise FaultyFramework(path, faults)
    told[whole["id"]] = whole
    return dict(whole)


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as problem:
        raise UnreadableFramework(path, [f"It cannot be read ({problem.strerror})."]) from None
    if len(content) > LARGEST:
        raise UnreadableFramework(path, ["It is larger than 1 MB."])
    try:
        found = json.loads(content)
        json.dumps(found, ensure_ascii=False).encode()  # half a character is no text that a page can show
    except (ValueError, RecursionError) as problem:
        where = f", line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
        raise UnreadableFramework(path, [f"It is not JSON{where}."]) from None
    return found


def _joined(ours: Any, theirs: Any) -> Any:
    match ours, theirs:
        case dict(), dict():
            return ours | {name: _joined(ours[name], one) if name in ours else one for name, one in theirs.items()}
        case list(), list() if all(isinstance(one, str) for one in [*ours, *theirs]):
            return list(dict.fromkeys([*ours, *theirs]))
        case list(), list() if all(
            isinstance(one, dict) and isinstance(one.get("key"), str) for one in [*ours, *theirs]
        ):
            keyed = {one["key"]: one for one in ours}
            for one in theirs:
                keyed[one["key"]] = _joined(keyed.get(one["key"], {}), one)
            return list(keyed.values())
    return theirs


def _doubts(whole: Mapping[str, Any]) -> Iterator[str]:
    """What no shape tells: two competencies of one key, a badge that speaks of two, more needed than there are."""
    keys = [one["key"] for one in whole["competencies"]]
    yield from (f"competencies[{key}] is there more than once." for key in dict.fromkeys(keys) if keys.count(key) > 1)
    if whole["general"]["needed"] > len(keys):
        yield f"general.needed is {whole['general']['needed']}, of {len(keys)} competencies."
    seen: dict[tuple[str, str], str] = {}
    for place, marks in _marked(whole):
        for kind in ("ids", "targets", "names"):
            for one in dict.fromkeys(normalise_name(one) if kind == "names" else one for one in marks[kind]):
                if seen.setdefault((kind, one), place) != place:
                    yield f"{place}.{kind} has “{one}”, which {seen[kind, one]} has too."
                elif not one:
                    yield f"{place}.{kind} has a name without a letter."


def _marked(whole: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in whole["competencies"]:
        yield from ((f"competencies[{one['key']}].badges.{level}", one["badges"][level]) for level in LEVELS)
    yield "general.badges", whole["general"]["badges"]


def _framework(told: Mapping[str, Any]) -> Framework:
    general = told["general"]
    return Framework(
        id=told["id"],
        names=told["names"],
        levels={level: told["levels"][level]["names"] for level in LEVELS},
        meanings={level: told["levels"][level]["means"] for level in LEVELS},
        competencies=tuple(
            Competency(
                key=one["key"],
                names=one["names"],
                means=one["means"],
                drawing=one.get("drawing", ""),
                badges={level: _marks(one["badges"][level]) for level in LEVELS},
                prompts=one["prompts"],
            )
            for one in told["competencies"]
        ),
        general=general["names"],
        needed=general["needed"],
        general_badges=_marks(general["badges"]),
        issuers=frozenset(told["issuers"]),
        ask=told["ask"]["text"],
        address=told["ask"].get("address", ""),
    )


def _marks(told: Mapping[str, Sequence[str]]) -> Marks:
    return Marks(
        ids=frozenset(told["ids"]),
        targets=frozenset(told["targets"]),
        names=frozenset(normalise_name(name) for name in told["names"]),
    )
