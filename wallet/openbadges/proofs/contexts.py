"""The JSON-LD contexts of the standards, kept with us: verification never asks the web what a word means.

The data in contexts/ comes from packages of public registries and from public repositories; contexts/index.json says
from which, under which licence, and with which SHA-256. A context that we do not have stays unknown, and so does whatever
was signed under it, until the holder has it fetched (vocabularies/own_contexts.py).

The context of Open Badges 3.0.3 was changed in place four times since it was published, and each change gives
another meaning, and another hash, to the same badge. All five generations are made here, each from the next by
taking away the term that it gained (docs/decisions.md 5). What issuers changed in place of their own we have twice,
as it stands and as it stood before (EARLIER).
"""

import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..examination import Unverified

FOLDER = Path(__file__).parents[1] / "contexts"
TABLES = FOLDER / "tables"
CHANGED_IN_PLACE = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

_GAINED: Mapping[str, str] = MappingProxyType(
    {
        "2026-06": "endorsementJwt",
        "2025-11": "jti",
        "2024-03": "awardedDate",
        "2024-01": "inLanguage",
    }
)
"""The month of each change of context-3.0.3, newest first, and the term that came with it."""
GENERATIONS = (*_GAINED, "2023-12")
"""The generations of context-3.0.3, newest first."""
NEWEST = GENERATIONS[0]
EARLIER = "earlier"
"""The generation in which the contexts of issuers that were changed in place are as they were before."""
GAINED_TERMS = frozenset(_GAINED.values())
"""A document that uses none of these reads the same in every generation."""


class UnknownContext(Unverified):
    """An `@context` that we do not have, or will not follow: we cannot know what the words under it mean."""

    def __init__(self, address: str) -> None:
        super().__init__("context-unknown", address[:200])


def context(address: str, generation: str = NEWEST) -> Any:
    """The `@context` that stands at *address*, in that *generation* where there are several; raises UnknownContext."""
    if address == CHANGED_IN_PLACE:
        return _generation(NEWEST if generation == EARLIER else generation)
    name = (generation == EARLIER and _before().get(address)) or _addresses().get(address)
    if name is None:
        raise UnknownContext(address)
    return _read(name)


def table(addresses: tuple[str, ...]) -> Any:
    """What was written down of the list of contexts at *addresses* (stored_contexts.py), or None.

    None also where one of the contexts that it is of has changed since.
    """
    name = _tables().get(addresses)
    if name is None:
        return None
    found = json.loads(zlib.decompress((TABLES / name).read_bytes()))
    return found if found["of"] == {address: hash_of(address) for address in found["of"]} else None


def hash_of(address: str) -> str:
    """The SHA-256 of the context at *address*, as the index has it; "" for none of ours."""
    return _hashes().get(address, "")


@cache
def _hashes() -> dict[str, str]:
    return {address: entry["sha256"] for entry in _index() for address in entry["addresses"]}


@cache
def _tables() -> dict[tuple[str, ...], str]:
    index = json.loads((TABLES / "index.json").read_text(encoding="utf-8"))
    return {tuple(entry["addresses"]): entry["file"] for entry in index["tables"]}


def is_ours(address: str) -> bool:
    """Whether we have the context at *address*."""
    return address in _addresses()


def addresses() -> tuple[str, ...]:
    """The addresses of all contexts that we have."""
    return tuple(_addresses())


def changed_by_issuers() -> tuple[str, ...]:
    """The addresses of contexts of issuers at which something else stood before."""
    return tuple(_before())


@cache
def _index() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))["contexts"]
    return entries


@cache
def _addresses() -> dict[str, str]:
    return {address: entry["file"] for entry in _index() for address in entry["addresses"]}


@cache
def _before() -> dict[str, str]:
    return {entry["before"]: entry["file"] for entry in _index() if "before" in entry}


@cache
def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))["@context"]


@cache
def _generation(generation: str) -> Any:
    later = GENERATIONS[: GENERATIONS.index(generation)]
    return _without({_GAINED[month] for month in later}, _read(_addresses()[CHANGED_IN_PLACE]))


def _without(terms: set[str], definition: Any) -> Any:
    """*definition* less *terms*, in the contexts inside it as well."""
    if not isinstance(definition, dict):
        return definition
    return {name: _without(terms, inner) for name, inner in definition.items() if name not in terms}
