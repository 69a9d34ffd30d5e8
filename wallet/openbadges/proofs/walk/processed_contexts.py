"""Active contexts as pyld works them out, so that protection, propagation and scoped contexts are its own.

What it says of a name is kept beside it. One document makes no more work than the long way would allow it
(jsonld_expansion.py).
Source: JSON-LD 1.1 Processing Algorithms, 4 (Context Processing).
"""

from collections.abc import Collection, Mapping
from threading import Lock
from typing import Any

from .. import jsonld_expansion, nquads
from ..contexts import UnknownContext
from .active_contexts import ID, NOTHING, TYPE, ActiveContext, Budget, Named, Room, Unusual, made_term

_MOST_STATES = 400
"""Active contexts of one list; a document that names more, by odd sets of types, is the last that the list is kept for."""
_FROM_OUTSIDE = frozenset({"@base", "@language", "@direction"})
"""Of a context that says something of addresses or texts in general."""
_CONTAINERS = frozenset({"@set", "@list", "@graph"})
_OF_A_TERM = frozenset({"@id", "@type", "@container", "@context", "protected", "reverse", "_term_has_colon", "_prefix"})
"""What pyld keeps of a term that is read here."""


class ProcessedContext(ActiveContext):
    """One that pyld has worked out."""

    __slots__ = ("_tables", "active", "mappings")

    def __init__(self, active: Mapping[str, Any], tables: "Tables") -> None:
        vocabulary: str | None = active.get("@vocab")
        if not _FROM_OUTSIDE.isdisjoint(active) or not (vocabulary is None or nquads.is_plain_address(vocabulary)):
            raise Unusual
        self.active = active
        self.mappings: Mapping[str, Any] = active["mappings"]
        self._tables = tables
        told = [(name, mapping) for name, mapping in self.mappings.items() if mapping]
        super().__init__(
            (name for name, mapping in told if mapping["_prefix"]),
            ("@type", *(name for name, mapping in told if mapping["@id"] == "@type")),
            (name for name, mapping in told if "@context" in mapping),
            tables.room,
            reverts="previousContext" in active,
        )
        self.vocabulary = vocabulary

    @property
    def names(self) -> Collection[str]:
        """All names of the contexts."""
        return self.mappings.keys()

    def word(self, name: str) -> str:
        """As in `words`."""
        mapping = self.mappings[name]
        if mapping is None or not nquads.is_plain_address(mapping["@id"] or ""):
            raise Unusual
        self.words[name] = found = f"<{mapping['@id']}>"
        return found

    def within(self, name: str, budget: Budget, *, reverts: bool) -> "ProcessedContext":
        """As in ActiveContext."""
        outer = self.active.get("previousContext") if reverts else None
        return (self._tables.at(outer) if outer is not None else self)._scoped(self.mappings.get(name), budget)

    def _define(self, name: str, budget: Budget) -> Any:
        mapping = self.mappings[name]
        return NOTHING if mapping is None else self._defined(name, mapping, budget)

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
        return made_term(name, meant, None if coercion == "@none" else coercion, container, values)

    def _scoped(self, mapping: Mapping[str, Any] | None, budget: Budget) -> "ProcessedContext":
        if not mapping or mapping.get("@context") is None:
            return self
        return self._tables.process(self, mapping["@context"], budget, override_protected=True)

    def _typed(self, kinds: tuple[str, ...], budget: Budget) -> "ProcessedContext":
        found = self
        for kind in kinds:
            found = self._tables.process(found, self.mappings[kind]["@context"], budget, propagate=False)
        return found

    def _under(self, named: tuple[Named, ...], budget: Budget) -> "ProcessedContext":
        return self._tables.process(self, [one if isinstance(one, str) else dict(one) for one in named], budget)


class Tables:
    """All active contexts below one list of contexts. Whoever reads in them needs no lock; whoever adds to them has one."""

    def __init__(self, generation: str, most: int | None = None) -> None:
        from pyld.jsonld import JsonLdProcessor  # noqa: PLC0415  # as in jsonld_expansion.py

        self._processor = JsonLdProcessor()
        self._resolver = jsonld_expansion.Contexts(generation)
        self._options = {
            "base": jsonld_expansion.BASE,
            "isFrame": False,
            "processingMode": "json-ld-1.1",
            "contextResolver": self._resolver,
        }
        self._found: dict[str, ProcessedContext] = {}
        self._most = most or _MOST_STATES
        self.lock = Lock()
        self.room = Room()
        self.root = self.at(self._processor._get_initial_context(self._options))

    @property
    def is_full(self) -> bool:
        return len(self._found) > self._most

    def under(self, addresses: tuple[str, ...], budget: Budget) -> ActiveContext:
        """What the contexts at *addresses* make of nothing; raises Unusual."""
        return self.root.under(addresses, budget) if addresses else self.root

    def at(self, active: Mapping[str, Any]) -> ProcessedContext:
        """The table of *active*, by the name that pyld gave it."""
        name: str = active["_uuid"]
        if name not in self._found:
            self._found[name] = ProcessedContext(active, self)
        return self._found[name]

    def process(self, outer: ProcessedContext, definition: Any, budget: Budget, **how: bool) -> ProcessedContext:
        """The active context that *definition* makes of *outer*; raises Unusual where pyld refuses it, or it is too much."""
        from pyld.jsonld import JsonLdError  # noqa: PLC0415  # where all tables are on disk, nothing of it is loaded

        with self.lock:
            self._resolver.definitions, self._resolver.most = 0, budget.left
            try:
                made = self._processor._process_context(outer.active, definition, self._options, **how)
            except (JsonLdError, UnknownContext, nquads.Inexpressible, *jsonld_expansion.ITS_OWN_ERRORS):
                raise Unusual from None
            finally:
                budget.left -= self._resolver.definitions
            return self.at(made)
