"""What each name says under a list of contexts, worked out once: the active contexts of JSON-LD, as tables.

pyld works out every context, so that protection, propagation and scoped contexts are its own; what it says of a name is kept
beside it, for the walk over documents (direct_statements.py). A list of contexts that nobody uses is forgotten for one that
somebody does, and one document makes no more work than the long way would allow it (jsonld_expansion.py).
Source: JSON-LD 1.1, 4.1 (Advanced Context Usage); JSON-LD 1.1 Processing Algorithms, 4 (Context Processing).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from . import jsonld_expansion, nquads
from .contexts import UnknownContext, is_ours

_MOST_LISTS = 32
"""Lists of contexts whose tables are kept: badges of all issuers together name some ten."""
_MOST_STATES = 400
"""Active contexts of one list; a document that names more, by odd sets of types, is the last that the list is kept for."""
_FROM_OUTSIDE = frozenset({"@base", "@language", "@direction"})
"""Of a context that says something of addresses or texts in general."""
_CONTAINERS = frozenset({"@set", "@list", "@graph"})
_OF_A_TERM = frozenset({"@id", "@type", "@container", "@context", "protected", "reverse", "_term_has_colon", "_prefix"})
"""What pyld keeps of a term that is read here."""


class Unusual(Exception):
    """A document, or a name in it, that the long way reads (canonicalization.py)."""


@dataclass(slots=True)
class Budget:
    """Terms that contexts may still define while the tables for one document are made."""

    left: int = jsonld_expansion.MOST_DEFINITIONS


@dataclass(slots=True)
class Term:
    """What a name says of the node that it stands in."""

    name: str
    predicate: str
    """As it is written in N-Quads."""
    coercion: str | None
    """`@id`, `@vocab`, `@json`, an address of a datatype, or None: what a text in its place is."""
    is_list: bool
    is_graph: bool
    values: "ActiveContext"
    """Under which its texts are read: that of the node, and what the term adds."""
    _nodes: list["ActiveContext | None"] = field(default_factory=lambda: [None, None])

    def node(self, element: Mapping[str, Any], budget: Budget) -> "ActiveContext":
        """Under which *element* is read, a node in its place (5.1.2, 7 to 8); raises Unusual."""
        is_reference = self.values.is_reference(element, budget)
        found = self._nodes[is_reference]
        if found is None:
            found = self._nodes[is_reference] = self.values.within(self.name, budget, reverts=not is_reference)
        return found


ID, TYPE, NOTHING = object(), object(), object()
"""What a name is that is no term: that of the node's address, that of its types, or one without a meaning."""


class ActiveContext:
    """What names say in one place of a document, below one list of contexts."""

    __slots__ = ("_scopes", "_tables", "_typed", "_under", "active", "mappings", "terms", "type_names", "vocabulary")

    def __init__(self, active: Mapping[str, Any], tables: "_Tables") -> None:
        self.vocabulary: str | None = active.get("@vocab")
        """With which the addresses of names begin that nothing defines."""
        if not _FROM_OUTSIDE.isdisjoint(active) or not (
            self.vocabulary is None or nquads.is_plain_address(self.vocabulary)
        ):
            raise Unusual
        self.active = active
        self.mappings: Mapping[str, Any] = active["mappings"]
        self.terms: dict[str, Any] = {}
        """By name: a Term, ID, TYPE or NOTHING. Only names of the contexts are kept."""
        aliases = [name for name, mapping in self.mappings.items() if mapping and mapping["@id"] == "@type"]
        self.type_names = ("@type", *aliases)
        self._tables = tables
        self._scopes = frozenset(name for name, mapping in self.mappings.items() if mapping and "@context" in mapping)
        self._typed: dict[tuple[str, ...], ActiveContext] = {}
        self._under: dict[tuple[str, ...], ActiveContext] = {}

    def term(self, name: str, budget: Budget) -> Any:
        """What *name* says; raises Unusual."""
        mapping = self.mappings.get(name, NOTHING)
        if mapping is NOTHING:
            if name in {"@id", "@type"}:
                return ID if name == "@id" else TYPE
            if ":" in name or name.startswith("@"):
                raise Unusual
            return self._undefined(name)  # not kept: strangers think of many
        self.terms[name] = found = NOTHING if mapping is None else self._defined(name, mapping, budget)
        return found

    def _undefined(self, name: str) -> Any:
        if self.vocabulary is None:
            return NOTHING
        meant = self.vocabulary + name
        if not nquads.is_plain_address(meant):
            raise Unusual
        return Term(name, f"<{meant}>", None, is_list=False, is_graph=False, values=self)

    def _defined(self, name: str, mapping: Mapping[str, Any], budget: Budget) -> Any:
        meant = mapping["@id"]
        if meant in {"@id", "@type"}:
            return ID if meant == "@id" else TYPE
        container = frozenset(mapping.get("@container", ()))
        coercion = mapping.get("@type")
        if (
            mapping["reverse"]
            or not _OF_A_TERM.issuperset(mapping)
            or not _CONTAINERS.issuperset(container)
            or container.issuperset({"@list", "@graph"})
            or not nquads.is_plain_address(meant)
            or (coercion == "@json" and not container.isdisjoint({"@list", "@graph"}))
        ):
            raise Unusual
        if coercion not in {None, "@id", "@vocab", "@json", "@none"} and not nquads.is_plain_address(coercion):
            raise Unusual
        values = self._scoped(mapping, budget)
        inner = values.mappings.get(name)
        # The same word within its own context: its texts, its lists and its address are read by that one.
        if inner is None or any(inner.get(part) != mapping.get(part) for part in ("@id", "@type", "@container")):
            raise Unusual
        return Term(
            name,
            f"<{meant}>",
            None if coercion == "@none" else coercion,
            "@list" in container,
            "@graph" in container,
            values,
        )

    def _scoped(self, mapping: Mapping[str, Any] | None, budget: Budget) -> "ActiveContext":
        if not mapping or mapping.get("@context") is None:
            return self
        return self._tables.process(self, mapping["@context"], budget, override_protected=True)

    def is_reference(self, element: Mapping[str, Any], budget: Budget) -> bool:
        """Whether *element* is nothing but an address, so that what a type says here still holds for it; raises Unusual."""
        if "previousContext" not in self.active or len(element) > 2 or "@context" in element:
            return False
        said = [self.terms.get(name) or self.term(name, budget) for name in element]
        return said == [ID]

    def within(self, name: str, budget: Budget, *, reverts: bool) -> "ActiveContext":
        """Under which a node is read that stands in the place of *name*, whose texts are read under this one."""
        outer = self.active.get("previousContext") if reverts else None
        return (self._tables.at(outer) if outer is not None else self)._scoped(self.mappings.get(name), budget)

    def typed(self, kinds: tuple[str, ...], budget: Budget) -> "ActiveContext":
        """Under which the names of a node of these types are read."""
        scoping = self._scopes.intersection(kinds)
        if not scoping:
            return self
        key = tuple(sorted(scoping))
        found = self._typed.get(key)
        if found is None:
            found = self
            for kind in key:
                found = self._tables.process(found, self.mappings[kind]["@context"], budget, propagate=False)
            self._typed[key] = found
        return found

    def under(self, addresses: tuple[str, ...], budget: Budget) -> "ActiveContext":
        """Under which a node is read that names more contexts."""
        found = self._under.get(addresses)
        if found is None:
            found = self._under[addresses] = self._tables.process(self, list(addresses), budget)
        return found

    def is_prefix(self, name: str) -> bool:
        """Whether an address that begins with *name* and a colon is written short."""
        mapping = self.mappings.get(name)
        return bool(mapping and mapping["_prefix"])


class _Tables:
    """All active contexts below one list of contexts. Whoever reads in them needs no lock; whoever adds to them has one."""

    def __init__(self, generation: str) -> None:
        from pyld.jsonld import JsonLdProcessor  # noqa: PLC0415  # as in jsonld_expansion.py

        self._processor = JsonLdProcessor()
        self._resolver = jsonld_expansion.Contexts(generation)
        self._options = {
            "base": jsonld_expansion.BASE,
            "isFrame": False,
            "processingMode": "json-ld-1.1",
            "contextResolver": self._resolver,
        }
        self._found: dict[str, ActiveContext] = {}
        self.lock = Lock()
        self.root = self.at(self._processor._get_initial_context(self._options))

    @property
    def is_full(self) -> bool:
        return len(self._found) > _MOST_STATES

    def at(self, active: Mapping[str, Any]) -> ActiveContext:
        """The table of *active*, by the name that pyld gave it."""
        name = active.get("_uuid")
        if name is None:
            raise Unusual
        if name not in self._found:
            self._found[name] = ActiveContext(active, self)
        return self._found[name]

    def process(self, outer: ActiveContext, definition: Any, budget: Budget, **how: bool) -> ActiveContext:
        """The active context that *definition* makes of *outer*; raises Unusual where pyld refuses it, or it is too much."""
        from pyld.jsonld import JsonLdError  # noqa: PLC0415

        with self.lock:
            self._resolver.definitions, self._resolver.most = 0, budget.left
            try:
                made = self._processor._process_context(outer.active, definition, self._options, **how)
            except (JsonLdError, UnknownContext, nquads.Inexpressible, *jsonld_expansion.ITS_OWN_ERRORS):
                raise Unusual from None
            finally:
                budget.left -= self._resolver.definitions
            return self.at(made)


_lists: dict[tuple[str, tuple[str, ...]], _Tables] = {}
"""By generation and addresses, those used last at the end."""
_lists_lock = Lock()


def active_context(addresses: tuple[str, ...], generation: str, budget: Budget) -> ActiveContext:
    """What names say at the top of a document with the contexts at *addresses*; raises Unusual."""
    key = generation, addresses
    if not all(map(is_ours, addresses)):
        raise Unusual  # before it takes the place of a list that somebody uses
    with _lists_lock:
        tables = _lists.pop(key, None) or _Tables(generation)
        if not tables.is_full:
            _lists[key] = tables
            if len(_lists) > _MOST_LISTS:
                del _lists[next(iter(_lists))]
    return tables.root.under(addresses, budget)
