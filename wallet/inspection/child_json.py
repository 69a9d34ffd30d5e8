"""What a child of ours answers, as JSON, and read into our own dataclasses again, strictly.

Whoever got into a child says what they like (sandbox/child.py, rule 2), so nothing that it sends is ever unpickled: it is
text, and becomes the values of one declared type or is Untrue.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class UntrueAnswer(ValueError):
    """It is not what it must be."""


def to_json(value: object) -> bytes:
    """*value* as JSON: a dataclass of texts, moments, tuples, mappings and further dataclasses."""
    # Half a character comes out of odd documents, and goes through as it is.
    return json.dumps(value, default=_plain, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> object:
    """What JSON has no form for, in one that it has."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return {member.name: getattr(value, member.name) for member in fields(value)}


def from_json(kind: type[T], content: bytes) -> T:
    """*content* as a *kind*, with each of its members of the declared type and no others; raises UntrueAnswer."""
    try:
        plain = json.loads(content)
    except (ValueError, RecursionError):
        raise UntrueAnswer("no JSON") from None
    return cast(T, _read(kind, plain))


def _read(kind: Any, plain: object) -> object:
    parts = get_args(kind)
    match get_origin(kind) or kind:
        case origin if origin is Literal and isinstance(plain, str) and plain in parts:
            return plain
        case origin if origin in {Union, UnionType}:
            [other] = [part for part in parts if part is not NoneType]
            return None if plain is None else _read(other, plain)
        case origin if origin is tuple and isinstance(plain, list):
            return tuple(_read(parts[0], one) for one in plain)
        case origin if origin is Mapping and isinstance(plain, dict):
            return {name: _read(parts[1], one) for name, one in plain.items()}
        case origin if origin is datetime and isinstance(plain, str):
            return _moment(plain)
        case origin if origin in {str, bool} and type(plain) is origin:
            return plain
        case origin if is_dataclass(origin) and isinstance(plain, dict):
            members = _members(cast(type, origin))
            if plain.keys() != members.keys():
                raise UntrueAnswer(f"not the members of {origin}")
            return cast(type, origin)(**{name: _read(member, plain[name]) for name, member in members.items()})
    raise UntrueAnswer(f"no {kind}")


@cache
def _members(kind: type) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {member.name: hints[member.name] for member in fields(kind)}


def _moment(plain: str) -> datetime:
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        raise UntrueAnswer("no moment") from None
    if found.utcoffset() != timedelta(0):
        raise UntrueAnswer("a moment that is not in UTC")
    return found
