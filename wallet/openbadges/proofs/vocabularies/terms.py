"""What the terms of contexts stand for, wherever in them they are defined: every address that a name may have.

JSON-LD reads a name by where it stands; here all places are taken together. So an answer may hold more than a document
says, never less: good enough to refuse by, or to say that a name means nothing that pages read.
Source: JSON-LD 1.1, 4.1.5 (Compact IRIs), 4.1.8 (Scoped Contexts), 9.15.1 (Expanded term definition).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from ... import parts
from .. import contexts, nquads

_MOST_MEANINGS = 64
"""Of one name; ours have at most five."""
_DEEPEST = 20
"""Names of names; ours are written with two."""
_LONGEST = 2_000
"""Characters of an address that a name stands for: prefixes of prefixes grow."""
_READ_SHORT = frozenset(name for name in parts.HOURS if ":" in name)
"""What is read under a name that is written short, for no context has a term for it."""
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
"""With which the addresses begin of types and lists, that contexts have keywords for."""
_ENDS_A_PREFIX = (":", "/", "?", "#", "[", "]", "@", "_")
"""How an address ends that only begins others (JSON-LD 1.1 API, 4.2.2, Create Term Definition, 14.2.5)."""


def definitions(context: Any) -> Iterator[tuple[str, Any]]:
    """Every name that *context* defines, in the contexts inside it as well, and what it says of it; keywords too."""
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            for name, said in part.items():
                yield name, said
                if isinstance(said, dict) and "@context" in said:
                    yield from definitions(said["@context"])


def terms_of(defined: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """What is *defined*, less vocabularies."""
    return (pair for pair in defined if pair[0] != "@vocab")


class Meanings:
    """The addresses that names may stand for under some contexts; *beneath* are others that may be beside them."""

    def __init__(self, defined: Iterable[tuple[str, Any]], beneath: "Meanings | None" = None) -> None:
        self._said: dict[str, set[str]] = defaultdict(set)
        self._vocabularies: set[str] = set()
        for name, said in defined:
            address = said.get("@id", name) if isinstance(said, dict) else said
            if not isinstance(address, str):
                continue
            if name == "@vocab":
                self._vocabularies.add(address)
            else:
                self._said[name].add(address)
        self._beneath = beneath
        self._found: dict[str, frozenset[str]] = {}
        """Only of names that are defined: strangers think of many."""

    @property
    def names(self) -> frozenset[str]:
        """Those that are defined here."""
        return frozenset(self._said)

    @property
    def vocabularies(self) -> frozenset[str]:
        """With which the addresses of names begin that nothing defines (`@vocab`)."""
        return frozenset(self._vocabularies)

    def addresses_of(self, name: str) -> frozenset[str]:
        """The addresses that *name* may stand for, or an address that is written short; raises Inexpressible.

        So it does for names that lead back to themselves, and for more or longer addresses than anybody needs.
        """
        return self._worked_out(name, ())

    def defines(self, name: str) -> bool:
        """Whether *name* is a term, here or beneath."""
        return bool(self._all_said(name))

    def own_addresses_of(self, name: str) -> frozenset[str]:
        """As `addresses_of`, where none of the contexts beneath defines *name*."""
        return self._meant(name, self._said.get(name, set()), (name,))

    def _worked_out(self, name: str, within: tuple[str, ...]) -> frozenset[str]:
        if name in self._found:
            return self._found[name]
        if name in within or len(within) > _DEEPEST:
            raise nquads.Inexpressible(f"the name {name[:80]!r} stands for itself")
        said = self._all_said(name)
        found = self._meant(name, said, (*within, name))
        if said:
            self._found[name] = found
        return found

    def _meant(self, name: str, said: set[str], within: tuple[str, ...]) -> frozenset[str]:
        prefix, colon, rest = name.partition(":")
        found = {name} if colon else {address + name for address in self._all_vocabularies()}
        for address in said - {name}:
            found |= self._worked_out(address, within)
        if colon and not rest.startswith("//") and self._all_said(prefix):
            found |= {address + rest for address in self._worked_out(prefix, within)}
        if len(found) > _MOST_MEANINGS or any(len(address) > _LONGEST for address in found):
            raise nquads.Inexpressible(f"the name {name[:80]!r} stands for too much")
        return frozenset(found)

    def _all_said(self, name: str) -> set[str]:
        return self._said.get(name, set()) | (self._beneath._all_said(name) if self._beneath else set())

    def _all_vocabularies(self) -> set[str]:
        return self._vocabularies | (self._beneath._all_vocabularies() if self._beneath else set())


def is_prefix(address: str) -> bool:
    """Whether *address* can only begin others."""
    return address.endswith(_ENDS_A_PREFIX)


@cache
def our_meanings() -> Meanings:
    """What names stand for in all contexts that we have."""
    return Meanings(pair for address in contexts.addresses() for pair in _definitions_at(address))


@cache
def our_terms() -> Meanings:
    """As our_meanings, but for the addresses that vocabularies make of any name."""
    return Meanings(terms_of(pair for address in contexts.addresses() for pair in _definitions_at(address)))


@cache
def our_prefixes() -> frozenset[str]:
    """The names of ours that can begin addresses that are written short."""
    meanings = our_meanings()
    return frozenset(name for name in meanings.names if any(map(is_prefix, meanings.addresses_of(name))))


@cache
def our_addresses() -> frozenset[str]:
    """Every address that a term of ours stands for, or a name that is read as it is written short; those of vocabularies as a whole
    left out, and what these make of names."""
    meanings = our_meanings()
    found = frozenset().union(*(meanings.addresses_of(name) for name in meanings.names | _READ_SHORT))
    others = ("@", *meanings.vocabularies)
    return frozenset(address for address in found if not is_prefix(address) and not address.startswith(others))


def says_what_is_read(addresses: frozenset[str]) -> bool:
    """Whether one of *addresses* is that of a term of ours, or tells types or lists."""
    return not our_addresses().isdisjoint(addresses) or any(one.startswith(_RDF) for one in addresses)


@cache
def gives_any_name_a_meaning(address: str) -> bool:
    """Whether our context at *address* has a vocabulary, so that what nothing defines is signed, and who reads JSON reads it."""
    return any(name == "@vocab" for name, _ in _definitions_at(address))


@cache
def names_at(address: str) -> frozenset[str]:
    """The names of terms in our context at *address*; those of vocabularies left out, which nobody reads."""
    meanings = our_meanings()
    names = {name for name, said in _definitions_at(address) if not name.startswith("@") and said is not None}
    short = {name for name in _READ_SHORT if name.partition(":")[0] in names}
    return frozenset(name for name in names if not all(map(is_prefix, meanings.addresses_of(name)))) | short


def _definitions_at(address: str) -> Iterator[tuple[str, Any]]:
    for generation in (contexts.NEWEST, contexts.EARLIER):
        yield from definitions(contexts.context(address, generation))


def means_nothing_read(name: str, meanings: Meanings | None = None) -> bool:
    """Whether *name* is written short, and stands for nothing that a term of ours stands for.

    Its prefix must be one of ours, or of *meanings*. Raises Inexpressible.
    """
    meanings = meanings or our_meanings()
    prefix, colon, rest = name.partition(":")
    # `_` begins the names of nodes: nothing is said by such a word, and all that stands in it is.
    if not colon or rest.startswith("//") or prefix == "_" or not meanings.defines(prefix):
        return False
    return any(map(is_prefix, meanings.addresses_of(prefix))) and not says_what_is_read(meanings.addresses_of(name))
