"""The files in which frameworks are written: read, older ones brought to the form of today, joined, every fault said.

A file is of format 2 (`framework-2.json`), or of format 1, the older one: two levels, at most twelve competencies, and
always a general badge. What comes out is of format 2. **A file of an operator with the id of another framework adds to
it**: lists of texts grow (of ids and registers, too), what has a key is told by it, everything else takes the place of what was there.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from .. import trust
from ..openbadges import normalise_name
from . import json_schema

OURS = Path(__file__).parent / "data"
SCHEMAS = {number: Path(__file__).parent / f"framework-{number}.json" for number in (1, 2)}
LARGEST = 1024 * 1024
"""Bytes of a file."""
KINDS = ("ids", "targets", "names")
"""By which a badge is known."""
TURNS = {"\u061c", *"\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
"""What turns the direction of writing. Source: Unicode, UAX 9, Bidi_Control."""
Told = dict[str, Any]
"""A framework as JSON, of format 2."""


class FaultyFramework(Exception):
    """A file cannot be used; `faults` has what is wrong with it, one sentence each, with its place."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {fault}" for fault in faults))
        self.path = path
        self.faults = faults


class UnreadableFramework(FaultyFramework):
    """Nothing can be read of it: it is not there, too large, or not JSON."""


def tell_frameworks(files: Sequence[Path]) -> dict[str, Told]:
    """What ours say, those that are off at the end, and then these *files*, by the ids of the frameworks.

    Raises FaultyFramework.
    """
    told: dict[str, Told] = {}
    for path in sorted(OURS.glob("*.json")):
        join_told(told, read_file(path), path)
    told = dict(sorted(told.items(), key=lambda one: not one[1].get("on", True)))
    parts = []
    for path in files:
        found = read_file(path)
        if is_part(told, found):
            parts.append((found, path))  # of a framework of a file behind it, whatever they are called
        else:
            join_told(told, found, path)
    for found, path in parts:
        join_told(told, found, path)
    return told


def is_part(told: Mapping[str, Told], found: Any) -> bool:
    """Whether what was *found* says part of a framework of which nothing is *told* yet."""
    if not isinstance(found, dict) or not isinstance(found.get("id"), str) or found["id"] in told:
        return False
    return not set(_schema(1 if _is_format_1(found) else 2)["required"]) <= set(found)


def join_told(told: dict[str, Told], found: Any, path: Path) -> Told:
    """What was *found* at *path*, together with what is *told* of the same framework; *told* has it from then on.

    Raises FaultyFramework with every fault.
    """
    id = found.get("id") if isinstance(found, dict) else None
    before = told.get(id) if isinstance(id, str) else None
    if faults := _faults_of_addition(found) if before else _faults_of_format_1(found):
        raise FaultyFramework(path, faults)
    whole = _joined(before, {"on": True} | _of_today(found)) if before else _of_today(found)
    if faults := json_schema.schema_faults(whole, _schema(2)) or list(_doubts(whole)):
        raise FaultyFramework(path, faults)
    told[whole["id"]] = whole
    return dict(whole)


def files_in(folder: Path) -> list[Path]:
    """The files of an operator's folder, in the order in which they are joined; raises FaultyFramework."""
    if not folder.is_dir():
        raise FaultyFramework(folder, ["There is no such folder."])
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except OSError as problem:
        raise FaultyFramework(folder, [f"It cannot be read ({problem.strerror})."]) from None


@cache
def _schema(number: int) -> json_schema.Schema:
    return dict(json.loads(SCHEMAS[number].read_bytes()))


def read_file(path: Path) -> Any:
    """What is found at *path*; raises FaultyFramework."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as problem:
        raise UnreadableFramework(path, [f"It cannot be read ({problem.strerror})."]) from None
    if len(content) > LARGEST:
        raise UnreadableFramework(path, ["It is larger than 1 MB."])
    twice: list[str] = []
    try:
        found = json.loads(content, object_pairs_hook=lambda pairs: _once(pairs, twice))
        json.dumps(found, ensure_ascii=False).encode()  # half a character is no text that a page can show
    except (ValueError, RecursionError) as problem:
        where = f", line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
        raise UnreadableFramework(path, [f"It is not JSON{where}."]) from None
    if twice:
        raise FaultyFramework(path, [f"“{name[:60]}” is there twice in one object." for name in twice])
    return found


def _once(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    twice += [name for name, many in Counter(name for name, _ in pairs).items() if many > 1]
    return dict(pairs)


def _is_format_1(found: Any) -> bool:
    return isinstance(found, dict) and found.get("format", 1) == 1 and not isinstance(found.get("levels"), list)


def _of_today(found: Any) -> Any:
    """*found*, in format 2: the levels are a list, the lower one first."""
    if not _is_format_1(found):
        return found
    levels = found.get("levels", {})
    listed = [{"key": key, **levels[key]} for key in ("practises", "masters") if key in levels]
    return found | {"format": 2} | ({"levels": listed} if "levels" in found else {})


def _faults_of_format_1(found: Any) -> list[str]:
    """What of a whole file of format 1 is not as it asks; nothing of one of format 2."""
    if not _is_format_1(found):
        return []
    return json_schema.schema_faults({name: one for name, one in found.items() if name != "format"}, _schema(1))


def _faults_of_addition(found: Told) -> list[str]:
    """What joining would hide: of a file that says part of a framework, two things of one key, and levels of format 1."""
    faults = [
        f"{name}[{key[:40]}] is there more than once."
        for name in ("levels", "groups", "competencies")
        for key in _doubles(found.get(name))
    ]
    if _is_format_1(found) and "levels" in found:
        asked = {**_schema(1), "required": []}
        wrong = json_schema.schema_faults({"levels": found["levels"]}, asked)
        faults += [one for one in wrong if not one.endswith(" is missing.")]
    return faults


def _doubles(listed: Any) -> list[str]:
    """The keys that more than one thing of a list has, each once."""
    things = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    many = Counter(one["key"] for one in things if isinstance(one.get("key"), str))
    return [key for key, number in many.items() if number > 1]


def _joined(ours: Any, theirs: Any) -> Any:
    match ours, theirs:
        case dict(), dict():
            return ours | {name: _joined(ours[name], one) if name in ours else one for name, one in theirs.items()}
        case list(), list() if all(map(_is_named, [*ours, *theirs])):
            return list({json.dumps(one, sort_keys=True): one for one in [*ours, *theirs]}.values())
        case list(), list() if all(
            isinstance(one, dict) and isinstance(one.get("key"), str) for one in [*ours, *theirs]
        ):
            keyed = {one["key"]: one for one in ours}
            for one in theirs:
                keyed[one["key"]] = _joined(keyed.get(one["key"], {}), one)
            return list(keyed.values())
    return theirs


def _is_named(one: Any) -> bool:
    """Whether it is a text, or stands in a list of texts: an id of which a part does not count, or a register."""
    return isinstance(one, str) or (isinstance(one, dict) and ("ignoring" in one or "from" in one))


def _doubts(whole: Told) -> Iterator[str]:
    """What no shape tells: two things of one key, a level or a competency that is not there, more needed than there are,
    a badge that speaks of two, signs that nobody sees."""
    for name in ("levels", "competencies", "groups"):
        yield from (f"{name}[{key}] is there more than once." for key in _doubles(whole.get(name, ())))
    competencies = [one["key"] for one in whole["competencies"]]
    if "general" in whole and whole["general"]["needed"] > len(competencies):
        yield f"general.needed is {whole['general']['needed']}, of {len(competencies)} competencies."
    yield from _of_no_level(whole)
    yield from _of_groups(whole.get("groups", ()), competencies)
    yield from _of_ignoring("issuers", whole.get("issuers", ()))
    yield from _of_marks(whole)
    yield from _of_signs(whole, "")


def _of_no_level(whole: Told) -> Iterator[str]:
    levels = [one["key"] for one in whole["levels"]]
    for one in whole["competencies"]:
        place = f"competencies[{one['key']}]"
        yield from (
            f"{place}.badges.{level[:40]} is of no level." for level in one.get("badges", ()) if level not in levels
        )
        for number, prompt in enumerate(one.get("prompts", ()), 1):
            if prompt.get("level", levels[0]) not in levels:
                yield f"{place}.prompts[{number}].level must be one of: {', '.join(levels)}."


def _of_groups(groups: Sequence[Told], competencies: Sequence[str]) -> Iterator[str]:
    held: dict[str, str] = {}
    for group in groups:
        for key in group["competencies"]:
            if key not in competencies:
                yield f"groups[{group['key']}].competencies has “{key}”, which is no competency."
            elif held.setdefault(key, group["key"]) != group["key"]:
                yield f"groups[{group['key']}].competencies has “{key}”, which groups[{held[key]}] has too."


def _of_ignoring(place: str, listed: Sequence[Any]) -> Iterator[str]:
    for number, one in enumerate(listed, 1):
        if isinstance(one, dict) and not trust.ignoring_is_allowed(one.get("id", ""), one.get("ignoring", ())):
            names = "”, “".join(one["ignoring"])
            yield (
                f"{place}[{number}].ignoring has “{names}”, which counts on the host of “{one['id']}”:"
                " wallet/trust/matching.py names the hosts."
            )


def _of_two_places(whole: Told) -> Iterator[str]:
    """Ids that only a member of the query tells apart, which does not count at one of their places."""
    listed = [(place, one) for place, marks in _marked(whole) for one in marks.get("ids", ())]
    for place, one in listed:
        if isinstance(one, dict):
            for other, same in listed:
                id = same["id"] if isinstance(same, dict) else same
                if other != place and trust.is_match(one["id"], one["ignoring"], id):
                    yield f"{place}.ids has “{one['id']}”, which {other} has too."


def _of_marks(whole: Told) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    yield from _of_two_places(whole)
    for place, marks in _marked(whole):
        yield from _of_ignoring(f"{place}.ids", marks.get("ids", ()))
        for kind in KINDS:
            told = [one for one in marks.get(kind, ()) if isinstance(one, str)]
            for one in dict.fromkeys(normalise_name(one) if kind == "names" else one for one in told):
                if seen.setdefault((kind, one), place) != place:
                    yield f"{place}.{kind} has “{one}”, which {seen[kind, one]} has too."
                elif not one:
                    yield f"{place}.{kind} has a name without a letter."


def _marked(whole: Told) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in whole["competencies"]:
        for level, marks in one.get("badges", {}).items():
            yield f"competencies[{one['key']}].badges.{level}", marks
    if "general" in whole:
        yield "general.badges", whole["general"]["badges"]


def _of_signs(value: Any, place: str) -> Iterator[str]:
    """Signs that nobody sees, and that change what is read."""
    if isinstance(value, str):
        hidden = dict.fromkeys(f"U+{ord(one):04X}" for one in value if _is_hidden(one))
        if hidden:
            yield f"{place} has signs that nobody sees: {', '.join(hidden)}."
    for within, one in json_schema.things_in(value, place):
        yield from _of_signs(one, within)


def _is_hidden(sign: str) -> bool:
    return sign in TURNS or (unicodedata.category(sign) == "Cc" and sign not in "\t\n\r")
