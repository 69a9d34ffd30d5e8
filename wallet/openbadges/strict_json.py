"""JSON as strangers write it, read strictly: one text has one meaning, or it is refused. Whoever else reads a stranger's
JSON, an archive or what a browser sends, reads it here.

Two readers of one file must not see two badges, and nothing that a database or a page cannot hold comes in: no name
twice, no NaN, no infinity, no half of a surrogate pair, no NUL, no number beyond 64 bits, no endless nesting.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, NoReturn

from .examination import DamagedFile, NotABadge

DEEPEST = 64
"""Levels of brackets; real badges use some ten."""
DEEPEST_PIECE = 30
"""Levels of what is in one value of a text that is read piece by piece."""
_ENDLESS = 2**62
"""More characters than any text has."""
_STRETCHES = (64 * 1024, 1024 * 1024, 16 * 1024 * 1024, _ENDLESS)
"""Characters in which one value of such a text is looked for: most are in the first stretch."""
_MOST_BRACKETS = 400_000
"""Of objects and lists, two for each. Linked data signs a tenth of them (proofs/jsonld_expansion.py); long lists of what an issuer
has withdrawn have fewer in the 2 MiB that are fetched."""
_LARGEST = 2**63
_SPACE = " \t\r\n"
_BEHIND = frozenset(",:]}" + _SPACE)
"""What stands behind a value; where another sign does, it may be a number that the end of a stretch cut off."""
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_FEW = 100
"""Signs of a text that are looked for one by one: a pattern would look at each letter of a picture."""
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


def read_object(text: str | bytes, deepest: int = DEEPEST) -> dict[str, Any]:
    """The object that *text* writes (RFC 8259, and RFC 7493 where it is stricter), of no more than *deepest* levels.

    Raises DamagedFile with the reason `broken-json`, or NotABadge with `not-a-badge` when it writes something else
    than an object.
    """
    value = read_value(text, deepest)
    if not isinstance(value, dict):
        raise NotABadge("not-a-badge", "the JSON is not an object")
    return value


def read_value(text: str | bytes, deepest: int = DEEPEST) -> Any:
    """Whatever *text* writes; raises DamagedFile with the reason `broken-json`."""
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8-sig")
        _refuse_brackets(plain, deepest)
        value = _WHOLE.decode(plain)
        if _is_suspect(plain):
            _refuse_unstorable(value)
    except (ValueError, RecursionError) as problem:
        raise DamagedFile("broken-json", str(problem)[:200]) from None
    return value


class JsonReader:
    """A place in a JSON text that is read piece by piece: what is long is never unfolded in memory as a whole.

    No name is told twice in it, and nothing is deeper than DEEPEST_PIECE; what texts and numbers a piece may hold, whoever
    reads it says. Raises ValueError, or RecursionError, where it is no such JSON.
    """

    def __init__(self, text: str, at: int = 0, most: int = _ENDLESS) -> None:
        self.text = text
        self.at = at
        self.began = at
        """Where the value that was read last begins."""
        self.most = most
        """Commas, colons and brackets that a value may have: by them one knows how much it unfolds to."""

    @property
    def signs(self) -> int:
        """How many of them stand in the value that was read last."""
        return _count_signs(self.text, self.began, self.at)

    def comes(self, sign: str) -> bool:
        """Whether *sign* comes next."""
        while self.text[self.at : self.at + 1] in _SPACE and self.at < len(self.text):
            self.at += 1
        return self.text.startswith(sign, self.at)

    def takes(self, sign: str) -> bool:
        """Whether *sign* comes next; it is passed then."""
        found = self.comes(sign)
        self.at += len(sign) * found
        return found

    def needs(self, sign: str) -> None:
        """Pass *sign*, which must come next."""
        if not self.takes(sign):
            raise ValueError(f"{sign} is missing")

    def value(self) -> Any:
        """The value that comes next."""
        self.comes("")
        self.began = self.at
        found, self.at = self._decoded()
        _refuse_depth(found, DEEPEST_PIECE)
        return found

    def _decoded(self) -> tuple[Any, int]:
        """The value that begins here, and where it ends. Nothing is unfolded that has more signs than it may."""
        if self.most == _ENDLESS:
            return _PIECES.raw_decode(self.text, self.at)
        for length in _STRETCHES:
            stretch = self.text[self.at : self.at + length]
            if len(stretch) > self.most and _count_signs(stretch) > self.most:
                break
            with suppress(json.JSONDecodeError):
                found, end = _PIECES.raw_decode(stretch)
                if stretch[end : end + 1] in _BEHIND or length >= len(self.text) - self.at:
                    return found, self.at + end
        raise ValueError("no value, or one that unfolds to too much")

    def names(self) -> Iterator[str]:
        """The names in the object that comes next; whoever asks reads each value before the next name."""
        for name in self._between("{", "}"):
            if not isinstance(name, str):
                raise ValueError("not a name")
            self.needs(":")
            yield name

    def items(self) -> Iterator[Any]:
        """The values in the list that comes next, one at a time."""
        return self._between("[", "]")

    def ends(self) -> bool:
        """Whether nothing comes any more."""
        self.comes("")
        return self.at == len(self.text)

    def _between(self, first: str, last: str) -> Iterator[Any]:
        self.needs(first)
        more = not self.takes(last)
        while more:
            yield self.value()
            more = self.takes(",")
            if not more:
                self.needs(last)


def _count_signs(text: str, *between: int) -> int:
    return sum(text.count(sign, *between) for sign in ",:[{")


def _refuse_brackets(text: str, deepest: int) -> None:
    # Before json sees it: its parser calls itself once for each level. Taking away what is innermost, again and
    # again, costs no more than the text is long for each level.
    if _has_few(text, deepest):
        return  # and what does not match, the parser finds
    # Nothing stands outside a string but what comes before the first mark, and after every other one; what is escaped outside
    # of one ends the parser there and then.
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    outside = "".join(text.split('"')[::2]).encode()
    brackets = outside.translate(_ONE_KIND, delete=_NOT_BRACKETS)
    if len(brackets) > _MOST_BRACKETS:
        raise ValueError(f"more than {_MOST_BRACKETS // 2} objects and lists")
    levels = 0
    while brackets and levels < deepest:
        brackets = brackets.replace(b"[]", b"")
        levels += 1
    if brackets:
        raise ValueError(f"brackets that do not match, or more than {deepest} levels of them")


def _has_few(text: str, most: int) -> bool:
    """Whether no more than *most* objects and lists begin in *text*, those that only seem to in its strings among them."""
    # To find a sign is many times faster than to count it, or to split there.
    for sign in "{[":
        at = text.find(sign)
        while at >= 0:
            most -= 1
            if most < 0:
                return False
            at = text.find(sign, at + 1)
    return True


def _is_suspect(text: str) -> bool:
    """Whether something may be escaped in *text* that cannot be stored."""
    at = text.find("\\")
    for _ in range(_FEW):
        if at < 0:
            return False
        if _SUSPECT.match(text, at):
            return True
        at = text.find("\\", at + 1)
    return _SUSPECT.search(text, at) is not None if at >= 0 else False


def _refuse_depth(value: Any, deepest: int) -> None:
    # Of a piece that was unfolded already: to look at its values costs less than to look for its brackets.
    level = [value]
    for _ in range(deepest + 1):
        parts = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [part for some in parts for part in some]
        if not level:
            return
    raise ValueError(f"more than {deepest} levels")


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


def count_members(value: Any) -> int:
    """How many `members` would give: an object or a list tells its own number, and a text need not be looked at."""
    found, waiting = 1, [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            found += len(inner)
            waiting += inner.values()
        elif isinstance(inner, list):
            found += len(inner)
            waiting += inner
    return found


def _refuse_unstorable(value: Any) -> None:
    names_and_values = (inner if isinstance(inner, dict) else [inner] for inner in members(value))
    for text in chain.from_iterable(names_and_values):
        if isinstance(text, str):
            if "\0" in text:
                raise ValueError("a NUL character")
            text.encode()  # half of a surrogate pair has no UTF-8, and the error is a ValueError


_WHOLE = json.JSONDecoder(
    object_pairs_hook=_unique_members, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_number
)
_PIECES = json.JSONDecoder(object_pairs_hook=_unique_members, parse_constant=_refuse_constant)


def pointer_part(name: str) -> str:
    """*name* as it stands in a JSON pointer (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1")
