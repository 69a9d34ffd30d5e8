"""Active contexts that were written down: a process that looks at one badge need not work them out, nor load what does.

They are what pyld made of our contexts, for the lists that badges name, as far as a set of badges has asked for it
(tests/openbadges/support/context_tables.py writes them, and a test compares). Whatever else a document asks raises Missing, and
its list is worked out after all (context_lists.py). A table says which contexts it is of, by their hashes.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from .active_contexts import ID, NOTHING, TYPE, ActiveContext, Budget, Named, Room, Term, Unusual, made_term

_TOLD: tuple[Any, ...] = (ID, TYPE, NOTHING)


class Missing(Unusual):
    """What nobody asked for when the tables were written."""


class StoredContext(ActiveContext):
    """One that was read from a table."""

    __slots__ = ("_at", "_names", "_terms", "_typed_to", "_under_to")

    def __init__(
        self,
        written: Mapping[str, Any],
        words: Mapping[str, str | None],
        at: Callable[[int], "StoredContext"],
        room: Room,
    ) -> None:
        super().__init__(
            written["prefixes"], written["type_names"], written["scopes"], room, reverts=written["reverts"]
        )
        self.vocabulary = written["vocabulary"]
        self._names = words
        self._at = at
        self._terms = written["terms"]
        self._typed_to = {tuple(kinds): state for kinds, state in written["typed"]}
        self._under_to = {tuple(addresses): state for addresses, state in written["under"]}

    @property
    def names(self) -> Collection[str]:
        """All names of the contexts."""
        return self._names.keys()

    def word(self, name: str) -> str:
        """As in ActiveContext."""
        found = self._names[name]
        if found is None:
            raise Unusual
        self.words[name] = found
        return found

    def within(self, name: str, budget: Budget, *, reverts: bool) -> "StoredContext":
        """As in ActiveContext: what is known stands with the term."""
        raise Missing

    def _define(self, name: str, budget: Budget) -> Any:
        written = self._terms.get(name)
        if written is None:
            raise Missing
        if isinstance(written, int):
            return _TOLD[written]
        meant, coercion, container, values, nodes = written
        term = made_term(name, meant, coercion, container, self._at(values))
        term.nodes[:] = [None if state is None else self._at(state) for state in nodes]
        return term

    def _typed(self, kinds: tuple[str, ...], budget: Budget) -> "StoredContext":
        return self._to(self._typed_to, kinds)

    def _under(self, named: tuple[Named, ...], budget: Budget) -> "StoredContext":
        return self._to(self._under_to, named)

    def _to(self, states: Mapping[Any, int], key: tuple[Named, ...]) -> "StoredContext":
        if key not in states:
            raise Missing
        return self._at(states[key])


class StoredTables:
    """The active contexts of one table, each made when it is asked for."""

    is_full = False

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self._pool = [(name, meant and f"<{meant}>") for name, meant in table["pool"]]
        self._found: dict[int, StoredContext] = {}
        self._room = Room()
        self.top = self._at(0)

    def under(self, addresses: tuple[str, ...], budget: Budget) -> ActiveContext:
        """As in Tables: there is one list."""
        return self.top

    def _at(self, state: int) -> StoredContext:
        if state not in self._found:
            written = self._table["states"][state]
            words = dict(self._pool[place] for place in self._table["names"][written["names"]])
            self._found[state] = StoredContext(written, words, self._at, self._room)
        return self._found[state]


def table_of(top: ActiveContext) -> dict[str, Any]:
    """All that was asked for so far at *top* and below it, to be written down."""
    return _Writer(top).table()


class _Writer:
    """Gives each active context a number, in an order that is the same each time."""

    def __init__(self, top: ActiveContext) -> None:
        self._states = [top]
        self._numbers = {id(top): 0}
        self._pool: dict[tuple[str, Any], int] = {}
        self._names: dict[tuple[int, ...], int] = {}

    def table(self) -> dict[str, Any]:
        """What StoredTables takes."""
        written = []
        for state in self._states:  # which grows meanwhile
            written.append(self._written(state))
        return {"pool": list(self._pool), "names": list(self._names), "states": written}

    def _number(self, state: ActiveContext) -> int:
        if id(state) not in self._numbers:
            self._numbers[id(state)] = len(self._states)
            self._states.append(state)
        return self._numbers[id(state)]

    def _written(self, state: ActiveContext) -> dict[str, Any]:
        places = tuple(
            self._pool.setdefault((name, _meant(state, name)), len(self._pool)) for name in sorted(state.names)
        )
        return {
            "names": self._names.setdefault(places, len(self._names)),
            "prefixes": sorted(state.prefixes),
            "type_names": list(state.type_names),
            "scopes": sorted(state.scopes),
            "reverts": state.reverts,
            "vocabulary": state.vocabulary,
            "terms": {name: self._term(term) for name, term in sorted(state.terms.items())},
            "typed": self._found(state.found_typed.items()),
            "under": self._found(state.found_under.items()),
        }

    def _term(self, term: Any) -> Any:
        if not isinstance(term, Term):
            return _TOLD.index(term)
        container = [name for name, is_one in (("@graph", term.is_graph), ("@list", term.is_list)) if is_one]
        nodes = [None if state is None else self._number(state) for state in term.nodes]
        return [term.predicate[1:-1], term.coercion, container, self._number(term.values), nodes]

    def _found(self, found: Iterable[tuple[tuple[Named, ...], ActiveContext]]) -> list[Any]:
        return [[list(key), self._number(state)] for key, state in sorted(found, key=lambda one: one[0])]


def _meant(state: ActiveContext, name: str) -> str | None:
    """What *name* says where an address is due; None where only the long way knows."""
    try:
        return state.word(name)[1:-1]
    except Unusual:
        return None
