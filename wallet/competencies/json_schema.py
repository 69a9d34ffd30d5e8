"""Whether something that was read from JSON has the shape that a JSON Schema asks for, and if not, where and why.

For files that people write by hand: each fault is a sentence that begins with its place, as `general.needed`. As much of
JSON Schema 2020-12 as our own schema of frameworks uses; a keyword beyond that is a mistake of ours and raises KeyError.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

KINDS: Mapping[str, tuple[type, str]] = {
    "object": (dict, "must be an object, as {…}."),
    "array": (list, "must be a list, as […]."),
    "string": (str, "must be a text."),
    "integer": (int, "must be a whole number."),
    "boolean": (bool, "must be true or false."),
}
RULES: Mapping[str, tuple[Callable[[Any, Any], object], str]] = {
    "enum": (lambda value, asked: value in asked, "must be one of: {}."),
    # To Python the end may be before a last line feed; to JSON Schema it is the end.
    "pattern": (lambda value, asked: re.search(re.sub(r"\$$", r"\\Z", asked), value), "must look like {}."),
    "maxLength": (lambda value, asked: len(value) <= asked, "must not have more than {} characters."),
    "minimum": (lambda value, asked: value >= asked, "must not be less than {}."),
    "maximum": (lambda value, asked: value <= asked, "must not be more than {}."),
    "minItems": (lambda value, asked: len(value) >= asked, "must have at least {}."),
    "maxItems": (lambda value, asked: len(value) <= asked, "must not have more than {}."),
}
"""Of a keyword, when it is kept, and what is said when it is not. Source: JSON Schema Validation 2020-12, 6."""
LONGEST = 120
"""Characters of the name of a member that are told."""
ELSEWHERE = {
    *("$schema", "$defs", "$ref", "title", "description", "type"),
    *("required", "properties", "additionalProperties", "items", "anyOf"),
}
Schema = Mapping[str, Any]


def schema_faults(value: object, schema: Schema) -> list[str]:
    """What of *value* is not as *schema* asks, one sentence each, in the order in which it stands there."""
    return list(_faults(value, schema, schema["$defs"], ""))


def _faults(value: object, schema: Schema, defined: Schema, place: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from _faults(value, _meant(schema, defined), defined, place)
    if "anyOf" in schema:
        yield from _of_any([_meant(one, defined) for one in schema["anyOf"]], value, defined, place)
    kind, sentence = KINDS[schema["type"]] if "type" in schema else (object, "")
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        yield f"{place or 'The file'} {sentence}"
        return
    for keyword in [one for one in schema if one not in ELSEWHERE]:
        keeps, sentence = RULES[keyword]
        if not keeps(value, schema[keyword]):
            asked = schema[keyword]
            yield f"{place} {sentence.format(', '.join(asked) if isinstance(asked, list) else asked)}"
    if isinstance(value, dict):
        yield from _of_members(value, schema, defined, place)
    elif "items" in schema:
        for within, one in things_in(value, place):
            yield from _faults(one, schema["items"], defined, within)


def _of_any(schemas: Sequence[Schema], value: object, defined: Schema, place: str) -> Iterator[str]:
    """What is said by the one of the *schemas* that was meant: of its kind, and with all that it must have."""
    of_kind = [one for one in schemas if isinstance(value, KINDS[one["type"]][0])]
    if not of_kind:
        yield f"{place} {_or(dict.fromkeys(KINDS[one['type']][1] for one in schemas))}"
        return
    whole = (one for one in of_kind if isinstance(value, dict) and all(name in value for name in one["required"]))
    yield from _faults(value, next(whole, of_kind[0]), defined, place)


def _or(sentences: Iterable[str]) -> str:
    first, *others = sentences
    return " or".join([first.rstrip("."), *(one.removeprefix("must be").rstrip(".") for one in others)]) + "."


def _meant(schema: Schema, defined: Schema) -> Schema:
    """*schema*, or what it refers to."""
    found: Schema = defined[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema
    return found


def _of_members(value: Mapping[str, object], schema: Schema, defined: Schema, place: str) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{_within(place, name)} is missing." for name in schema.get("required", ()) if name not in value)
    for name, one in value.items():
        if name in known:
            yield from _faults(one, known[name], defined, _within(place, name))
        elif others is False:
            yield f"{_within(place, name)} is nothing that anybody reads."
        elif others is not True:
            yield from _faults(one, others, defined, _within(place, name))


def things_in(value: object, place: str) -> Iterator[tuple[str, object]]:
    """What is in *value*, an object or a list, each with its place; nothing in anything else."""
    if isinstance(value, dict):
        yield from ((_within(place, name), one) for name, one in value.items())
    elif isinstance(value, list):
        yield from ((f"{place}[{_called(one, number)}]", one) for number, one in enumerate(value, 1))


def _within(place: str, name: str) -> str:
    """The place of a member; a name that nobody would read to its end is cut."""
    return f"{place}.{name[:LONGEST]}" if place else name[:LONGEST]


def _called(one: object, number: int) -> object:
    """How a thing in a list is named: by its key where it has one, else by its number, from 1."""
    key = one.get("key") if isinstance(one, dict) else None
    return key if isinstance(key, str) and re.fullmatch(r"[a-z0-9-]{1,40}", key) else number
