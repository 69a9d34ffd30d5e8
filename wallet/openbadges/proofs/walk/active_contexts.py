"""What each name says under a list of contexts, worked out once: the active contexts of JSON-LD, as tables.

They are read by the walk over documents (direct_statements.py). What is in them was worked out by pyld: just now
(processed_contexts.py), or when they were written down (stored_contexts.py). Which lists have some, says context_lists.py.
Source: JSON-LD 1.1, 4.1 (Advanced Context Usage); JSON-LD 1.1 Processing Algorithms, 4 (Context Processing).
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import jsonld_expansion, nquads

_MOST_PLANS = 300
"""Of the shapes of nodes below one list of contexts: a badge has some ten, and those of one issuer have the same."""


Written = tuple[tuple[str, str], ...]
"""A context as a document writes it out: each word, and the address that it stands for."""
Named = str | Written
"""A context: by its address, or written out."""


class Unusual(Exception):
    """A document, or a name in it, that the long way reads (canonicalization.py)."""


@dataclass(slots=True, eq=False, repr=False)
class Budget:
    """Terms that contexts may still define while the tables for one document are made."""

    left: int = jsonld_expansion.MOST_DEFINITIONS


@dataclass(slots=True, eq=False, repr=False)
class Term:
    """What a name says of the node that it stands in."""

    name: str
    predicate: str
    """As it is written in N-Quads."""
    coercion: str | None
    """`@id`, `@vocab`, `@json`, an address of a datatype, or None: what a text in its place is."""
    datatype: str | None
    """What is written after a text in its place that needs no look: "" for nothing, None where each needs one."""
    is_list: bool
    is_graph: bool
    is_single: bool
    """Whether each value in its place is a statement of its own, and neither a list, a graph nor JSON."""
    after_plain: str | None
    """`datatype`, where each value is a statement of its own; else None."""
    values: "ActiveContext"
    """Under which its texts are read: that of the node, and what the term adds."""
    nodes: list["ActiveContext | None"] = field(default_factory=lambda: [None, None])
    """What `node` has found: for a node with more than its address, and for one with nothing else."""

    def node(self, element: Mapping[str, Any], budget: Budget) -> "ActiveContext":
        """Under which *element* is read, a node in its place (5.1.2, 7 to 8); raises Unusual."""
        is_reference = len(element) <= 2 and self.values.reverts and self.values.is_reference(element, budget)
        found = self.nodes[is_reference]
        if found is None:
            found = self.nodes[is_reference] = self.values.within(self.name, budget, reverts=not is_reference)
        return found


def made_term(name: str, meant: str, coercion: str | None, container: Collection[str], values: "ActiveContext") -> Term:
    """The term *name*, which says *meant*, its texts being read under *values*."""
    is_single = coercion != "@json" and "@list" not in container and "@graph" not in container
    datatype = _written_after(coercion)
    return Term(
        name,
        f"<{meant}>",
        coercion,
        datatype,
        "@list" in container,
        "@graph" in container,
        is_single,
        datatype if is_single else None,
        values,
    )


@dataclass(slots=True, eq=False, repr=False)
class Plan:
    """What a node with certain names, and of certain types, says: worked out once for all nodes that are so."""

    context: "ActiveContext"
    """Under which its address is read."""
    id_name: str | None
    types: tuple[str | None, ...]
    """As they are written in N-Quads; None for one without a meaning."""
    said: tuple[tuple[str, Term], ...]
    """In the order of expansion."""
    left_out: tuple[str, ...]
    """The names without a meaning."""


@dataclass(slots=True, eq=False, repr=False)
class Plans:
    """The plans for nodes with certain names, by their types."""

    type_name: str
    """The one of the names that tells the types; "" for none."""
    by_types: dict[tuple[str, ...], Plan]


ID, TYPE, NOTHING = object(), object(), object()
"""What a name is that is no term: that of the node's address, that of its types, or one without a meaning."""


def _written_after(coercion: str | None) -> str | None:
    """As Term.datatype, for what is neither an address nor JSON."""
    if coercion is None or coercion == f"{nquads.XSD}string":
        return ""
    return None if coercion.startswith("@") or coercion == f"{nquads.XSD}double" else f"^^<{coercion}>"


@dataclass(slots=True, eq=False, repr=False)
class Room:
    """For the plans below one list of contexts: where there is none left all of them go, for a stranger thought of many."""

    left: int = 0
    kept: list[dict[tuple[str, ...], Plans]] = field(default_factory=list)

    def take(self) -> None:
        """Take the room of one plan."""
        if self.left <= 0:
            for plans in self.kept:
                plans.clear()
            self.left = _MOST_PLANS
        self.left -= 1


class ActiveContext(ABC):
    """What names say in one place of a document, below one list of contexts. What is missing in it raises Unusual."""

    __slots__ = (
        "_room",
        "found_typed",
        "found_under",
        "plans",
        "prefixes",
        "reverts",
        "scopes",
        "terms",
        "type_names",
        "vocabulary",
        "words",
    )

    def __init__(
        self, prefixes: Iterable[str], type_names: Iterable[str], scopes: Iterable[str], room: Room, *, reverts: bool
    ) -> None:
        self.terms: dict[str, Any] = {}
        """By name: a Term, ID, TYPE or NOTHING. Only names of the contexts are kept."""
        self.words: dict[str, str] = {}
        """What names of the contexts say where an address is due: as it is written in N-Quads."""
        self.prefixes = frozenset(prefixes)
        """An address that begins with one of these and a colon is written short."""
        self.type_names = tuple(type_names)
        self.scopes = frozenset(scopes)
        """The types that bring a context of their own."""
        self.reverts = reverts
        """Whether what a type says here ends where another node begins."""
        self.plans: dict[tuple[str, ...], Plans] = {}
        """By the names of a node. Only those are kept whose names and types are all of the contexts."""
        self.found_typed: dict[tuple[str, ...], ActiveContext] = {}
        self.found_under: dict[tuple[Named, ...], ActiveContext] = {}
        self.vocabulary: str | None = None
        """With which the addresses of names begin that nothing defines."""
        self._room = room
        room.kept.append(self.plans)

    @property
    @abstractmethod
    def names(self) -> Collection[str]:
        """All names of the contexts."""

    @abstractmethod
    def word(self, name: str) -> str:
        """As in `words`, for one of the names."""

    @abstractmethod
    def within(self, name: str, budget: Budget, *, reverts: bool) -> "ActiveContext":
        """Under which a node is read that stands in the place of *name*, whose texts are read under this one."""

    @abstractmethod
    def _define(self, name: str, budget: Budget) -> Any:
        """What *name*, one of the names, says."""

    @abstractmethod
    def _typed(self, kinds: tuple[str, ...], budget: Budget) -> "ActiveContext":
        """What *kinds*, some of the scopes, make of this one."""

    @abstractmethod
    def _under(self, named: tuple[Named, ...], budget: Budget) -> "ActiveContext":
        """What the contexts *named* make of this one."""

    def term(self, name: str, budget: Budget) -> Any:
        """What *name* says."""
        if name in self.names:
            self.terms[name] = found = self._define(name, budget)
            return found
        if name in {"@id", "@type"}:
            return ID if name == "@id" else TYPE
        if ":" in name or name.startswith("@"):
            raise Unusual
        return self._undefined(name)  # not kept: strangers think of many

    def _undefined(self, name: str) -> Any:
        if self.vocabulary is None:
            return NOTHING
        meant = self.vocabulary + name
        if not nquads.is_plain_address(meant):
            raise Unusual
        return made_term(name, meant, None, (), self)

    def is_reference(self, element: Mapping[str, Any], budget: Budget) -> bool:
        """Whether *element* is nothing but an address, so that what a type says here still holds for it."""
        if len(element) > 2 or "@context" in element:
            return False
        said = [self.terms.get(name) or self.term(name, budget) for name in element]
        return said == [ID]

    def typed(self, kinds: tuple[str, ...], budget: Budget) -> "ActiveContext":
        """Under which the names of a node of these types are read."""
        scoping = self.scopes.intersection(kinds)
        if not scoping:
            return self
        key = tuple(sorted(scoping))
        found = self.found_typed.get(key)
        if found is None:
            found = self.found_typed[key] = self._typed(key, budget)
        return found

    def under(self, named: tuple[Named, ...], budget: Budget) -> "ActiveContext":
        """Under which a node is read that names more contexts."""
        found = self.found_under.get(named)
        if found is None:
            found = self.found_under[named] = self._under(named, budget)
        return found

    def keep(self, names: tuple[str, ...], type_name: str, kinds: tuple[str, ...], plan: Plan) -> None:
        """Keep a *plan*."""
        self._room.take()
        self.plans.setdefault(names, Plans(type_name, {})).by_types[kinds] = plan
