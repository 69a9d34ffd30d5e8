"""Which members of a document no signature covers, although it verifies.

Canonicalisation drops what has no meaning as linked data: a name that no context defines, a type or an address that
is relative, null. So a stranger can add such a member, or change it, and the signature still holds. The document is
therefore expanded once more with a mark in the place of every value: what does not come out again was not signed.
Source: Verifiable Credential Data Integrity 1.0, 4.10 (Securing Data Losslessly); docs/decisions.md 4.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from .. import strict_json
from . import contexts, jsonld_expansion, nquads

_MOST_CHARACTERS = 16 * 1024 * 1024
"""Of all pointers together: each of a thousand members repeats the names of all that it is in."""
_BLANK = re.compile(r"_:\S*")


def is_absolute(address: str) -> bool:
    """Whether *address* stands by itself, or names a node that does: only then it can be spoken of as linked data."""
    return nquads.is_absolute(address) or _BLANK.fullmatch(address) is not None


def unsigned_members(
    document: Mapping[str, Any],
    generation: str = contexts.NEWEST,
    resolver: jsonld_expansion.Contexts | None = None,
    *,
    directions: bool = False,
) -> tuple[str, ...]:
    """The members of *document* that make no statement, as JSON pointers (RFC 6901) in the order of the document.

    Where a whole object makes none, only the object is told; "" is the whole document. Raises as expand, which
    explains *resolver* and *directions*, and Inexpressible when the pointers are longer than anybody reads.
    """
    marked = _Marked(sha256(repr(document).encode(errors="replace")).hexdigest()[:32], directions=directions)
    marked.find(jsonld_expansion.expand(marked.node(document, ""), generation, resolver).nodes)
    lost = marked.lost()
    return tuple(pointer for pointer in lost if not _is_inside(pointer, lost))


def _is_inside(pointer: str, others: Mapping[str, None]) -> bool:
    while pointer:
        pointer = pointer.rpartition("/")[0]
        if pointer in others:
            return True
    return False


def _makes_statements(name: str) -> bool:
    """Whether a member that expansion names so says something; what stands in one that says nothing may, and is told as that member."""
    return nquads.is_absolute(name) and not name.startswith(nquads.RELATIVE)


class _Marked:
    """A copy of a document with marks in it, and which of them were found again after expansion.

    The marks cannot be foreseen by who wrote the document: they are made from its hash.
    """

    def __init__(self, secret: str, *, directions: bool = False) -> None:
        self._secret = secret
        self._directions = directions
        self._mark = re.compile(rf"(?:urn:|)value-{secret}-(\d+)")
        self._node = re.compile(rf"urn:node-{secret}-(\d+)")
        self._pointers: list[str] = []
        """Where each mark was put, by its number."""
        self._characters = 0
        self._types: dict[int, list[str]] = {}
        """Where the types of a node stand."""
        self._lost: set[str] = set()
        self._found: set[int] = set()

    def lost(self) -> dict[str, None]:
        """What was not found again, in the order of the document."""
        unfound = {pointer for number, pointer in enumerate(self._pointers) if number not in self._found}
        lost, known = unfound | self._lost, dict.fromkeys(self._pointers)
        return {pointer: None for pointer in [*known, *sorted(self._lost)] if pointer in lost}

    def node(self, written: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        """A copy of an object with a mark as its id, so that it can be told from all others."""
        number = self._put(pointer)
        identifier = written.get("id")
        if isinstance(identifier, str) and not is_absolute(identifier):
            # A relative subject: nothing that is said of this object is signed.
            self._lost.add(pointer)
        copy = {
            name: self._member(name, value, f"{pointer}/{strict_json.pointer_part(name)}", number)
            for name, value in written.items()
        }
        return copy | {"id": f"urn:node-{self._secret}-{number}"}

    def _member(self, name: str, value: Any, pointer: str, number: int) -> Any:
        match name:
            case "@context" | "proofPurpose" | "id":
                return value
            case "type":
                kinds = value if isinstance(value, list) else [value]
                self._types[number] = [pointer] if kinds is not value else [f"{pointer}/{i}" for i in range(len(kinds))]
                return value
        return self._value(value, pointer)

    def _value(self, value: Any, pointer: str) -> Any:
        match value:
            case None:
                self._lost.add(pointer)
                return None
            case {"@value": _}:
                if "@direction" in value and not self._directions:
                    self._lost.add(f"{pointer}/@direction")
                return {**value, "@value": self._text(value["@value"], pointer)}
            case dict():
                return self.node(value, pointer)
            case list():
                return [self._value(item, f"{pointer}/{place}") for place, item in enumerate(value)]
        return self._text(value, pointer)

    def _text(self, value: Any, pointer: str) -> str:
        # What was relative stays relative: as a text it comes out again, as an address it does not.
        is_relative = isinstance(value, str) and not is_absolute(value)
        return f"{'' if is_relative else 'urn:'}value-{self._secret}-{self._put(pointer)}"

    def _put(self, pointer: str) -> int:
        self._characters += len(pointer)
        if self._characters > _MOST_CHARACTERS:
            raise nquads.Inexpressible(f"more than {_MOST_CHARACTERS} characters of names within names")
        self._pointers.append(pointer)
        return len(self._pointers) - 1

    def find(self, expanded: Any) -> None:
        """Take note of every mark in an *expanded* document."""
        waiting = [expanded]
        while waiting:
            inner = waiting.pop()
            if isinstance(inner, str):
                found = self._mark.fullmatch(inner) or self._node.fullmatch(inner)
                self._found.update({int(found[1])} if found else ())
            elif isinstance(inner, list):
                waiting += inner
            elif isinstance(inner, dict):
                self._find_types(inner)
                waiting += [value for name, value in inner.items() if name.startswith("@") or _makes_statements(name)]

    def _find_types(self, node: Mapping[str, Any]) -> None:
        found = self._node.fullmatch(str(node.get("@id")))
        if not found:
            return
        pointers, kinds = self._types.get(int(found[1]), []), node.get("@type", [])
        if len(pointers) != len(kinds):
            self._lost.update(pointers)
            return
        self._lost.update(
            pointer
            for pointer, kind in zip(pointers, kinds, strict=True)
            # What has the form of a keyword and is none is dropped (JSON-LD 1.1 API, 5.2).
            if kind is None or kind.startswith(nquads.RELATIVE) or not is_absolute(kind)
        )


def without(document: Mapping[str, Any], pointers: Iterable[str], emptied: Iterable[str] = ()) -> dict[str, Any]:
    """A copy of *document* less the members that *pointers* name; those *emptied* are "", so that something still stands there."""
    kept: dict[str, Any] = _kept(dict(document), "", frozenset(pointers), frozenset(emptied))
    return kept


def say_something(document: Mapping[str, Any], pointers: Iterable[str]) -> bool:
    """Whether any of the *pointers* leads to more in *document* than null, which says nothing."""
    return any(_at(document, pointer) is not None for pointer in pointers)


def _at(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        # RFC 6901, 4: the names as pointer_part wrote them.
        value = value[int(step)] if isinstance(value, list) else value[step.replace("~1", "/").replace("~0", "~")]
    return value


def _kept(value: Any, pointer: str, lost: frozenset[str], emptied: frozenset[str]) -> Any:
    if pointer in emptied:
        return ""
    match value:
        case dict():
            named = ((name, f"{pointer}/{strict_json.pointer_part(name)}") for name in value)
            return {name: _kept(value[name], here, lost, emptied) for name, here in named if here not in lost}
        case list():
            numbered = ((item, f"{pointer}/{place}") for place, item in enumerate(value))
            return [_kept(item, here, lost, emptied) for item, here in numbered if here not in lost]
    return value
