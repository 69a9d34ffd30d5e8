"""JSON as strangers write it, read strictly: one text has one meaning, or it is refused.

Two readers of one file must not see two badges, and nothing that a database or a page cannot hold comes in: no name
twice, no NaN, no infinity, no half of a surrogate pair, no NUL, no number beyond 64 bits, no endless nesting.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any, NoReturn

from .examination import DamagedFile, NotABadge

DEEPEST = 64
"""Levels of brackets; real badges use some ten."""
_MOST_BRACKETS = 400_000
"""Of objects and lists, two for each. Linked data signs a tenth of them (proofs/jsonld_expansion.py); long lists of what an issuer
has withdrawn have fewer in the 2 MiB that are fetched."""
_LARGEST = 2**63
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = re.compile(r"[^\[\]{}]+")
_ONE_KIND = str.maketrans("{}", "[]")
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


def read_object(text: str | bytes) -> dict[str, Any]:
    """The object that *text* writes (RFC 8259, and RFC 7493 where it is stricter).

    Raises DamagedFile with the reason `broken-json`, or NotABadge with `not-a-badge` when it writes something else
    than an object.
    """
    value = read_value(text)
    if not isinstance(value, dict):
        raise NotABadge("not-a-badge", "the JSON is not an object")
    return value


def read_value(text: str | bytes) -> Any:
    """Whatever *text* writes; raises DamagedFile with the reason `broken-json`."""
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8-sig")
        _refuse_brackets(plain)
        value = json.loads(
            plain,
            object_pairs_hook=_unique_members,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_number,
        )
        if _SUSPECT.search(plain):
            _refuse_unstorable(value)
    except (ValueError, RecursionError) as problem:
        raise DamagedFile("broken-json", str(problem)[:200]) from None
    return value


def _refuse_brackets(text: str) -> None:
    # Before json sees it: its parser calls itself once for each level. Taking away what is innermost, again and
    # again, costs no more than the text is long for each level.
    brackets = _NOT_BRACKETS.sub("", _STRINGS.sub("", text)).translate(_ONE_KIND)
    if len(brackets) > _MOST_BRACKETS:
        raise ValueError(f"more than {_MOST_BRACKETS // 2} objects and lists")
    for _ in range(DEEPEST):
        if not brackets:
            return
        brackets = brackets.replace("[]", "")
    if brackets:
        raise ValueError(f"brackets that do not match, or more than {DEEPEST} levels of them")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        [(repeated, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the name {repeated[:80]!r} stands twice in one object")
    return members


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _integer(text: str) -> int:
    if len(text) > 20 or not -_LARGEST <= int(text) < _LARGEST:
        raise ValueError("an integer beyond 64 bits")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all measure")
    return number


def members(value: Any) -> Iterator[Any]:
    """Everything that is in *value*, at every depth, itself first."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)
        yield inner


def _refuse_unstorable(value: Any) -> None:
    names_and_values = (inner if isinstance(inner, dict) else [inner] for inner in members(value))
    for text in chain.from_iterable(names_and_values):
        if isinstance(text, str):
            if "\0" in text:
                raise ValueError("a NUL character")
            text.encode()  # half of a surrogate pair has no UTF-8, and the error is a ValueError
