"""What the words of a document mean under its contexts (JSON-LD expansion).

pyld expands. It is given our contexts and nothing else: no loader, no cache of its own, no `@import`, which would
change a context of ours in memory. Its state is not safe between threads: each expansion borrows one that nobody else
uses, and gives it back with all that it has worked out. (Threads come and go; what they learned would go with them.)
Source: JSON-LD 1.1 Processing Algorithms, 5 (Expansion).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from ..strict_json import members
from .contexts import NEWEST, UnknownContext, context, is_ours
from .nquads import RELATIVE, Inexpressible

BASE = f"{RELATIVE}/"
MOST_MEMBERS = 20_000
"""Members and items of a document; a transcript of 700 KB has some ten thousand."""
ITS_OWN_ERRORS = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
"""With which pyld meets some malformed documents; others with a JsonLdError."""
MOST_DEFINITIONS = 3_000
_DEFINITIONS_OF_A_MEMBER = 2
"""Terms that contexts define while one document is expanded: so many, and so many more for each of its members. A
transcript of 6,000 members that holds thirty badges needs ten thousand."""
_DEFINITIONS_OF_A_CONTEXT = 4
"""An empty one, too, is worked out from a copy of all that was defined before."""
MOST_CONTEXTS = 20
"""In one `@context`; badges name two to five, and each is applied to what all before it have become."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """An expanded document. `whole` when nothing was left out of it: no name without a meaning, no null."""

    nodes: list[Any]
    whole: bool


def expand(
    document: Mapping[str, Any],
    generation: str = NEWEST,
    resolver: "Contexts | None" = None,
    *,
    directions: bool = False,
) -> Expanded:
    """*document* with every name written out as an address; raises UnknownContext or Inexpressible.

    *resolver* knows further contexts than ours (vocabularies/own_contexts.py); nobody else uses it meanwhile.
    *directions* as in nquads.py: where they are not said, they are left out.
    """
    found = list(members(document))
    if len(found) > MOST_MEMBERS:
        raise Inexpressible(f"more than {MOST_MEMBERS} members")
    if any(isinstance(member, str) and member.startswith(RELATIVE) for member in found):
        # It would be dropped as a relative address is, and be told as an absolute one.
        raise Inexpressible(f"an address that begins as {RELATIVE}")
    # Imported here: 40 ms at the start of every process, for those that verify.
    from pyld.jsonld import JsonLdError, JsonLdProcessor  # noqa: PLC0415

    dropped: list[str | None] = []
    try:
        with _borrowed(generation) if resolver is None else nullcontext(resolver) as contexts:
            contexts.definitions, contexts.most = 0, MOST_DEFINITIONS + _DEFINITIONS_OF_A_MEMBER * len(found)
            options = {"base": BASE, "contextResolver": contexts}
            nodes = JsonLdProcessor(on_property_dropped=dropped.append).expand(document, options)
    except (JsonLdError, *ITS_OWN_ERRORS) as problem:
        raise Inexpressible(str(problem)) from None
    left_out = any(
        member is None or (isinstance(member, dict) and "@direction" in member and not directions) for member in found
    )
    return Expanded(nodes, not dropped and not left_out)


class Contexts:
    """Gives pyld our contexts, each processed once (in the place of pyld's ContextResolver)."""

    def __init__(self, generation: str, elsewhere: Callable[[str], Any] | None = None) -> None:
        self._elsewhere = elsewhere
        """Gives the contexts that we do not have, or raises UnknownContext."""
        self.definitions = 0
        """Terms that were defined for the document at hand."""
        self.most = 0
        """Terms that may be."""
        self._generation = generation
        self._ours: dict[int, _Context] = {}
        """By identity, for the contexts inside our contexts; they live as long as the process."""
        self._by_address: dict[str, list[_Context]] = {}

    def resolve(self, _active: Any, definition: Any, _base: str, _cycles: Any = None) -> list["_Context"]:
        items = definition if isinstance(definition, list) else [definition]
        if len(items) > MOST_CONTEXTS:
            raise Inexpressible(f"more than {MOST_CONTEXTS} contexts in one place")
        return [found for item in items for found in self._resolved(item)]

    def spend(self, definition: Any) -> None:
        """Count the terms of a context that is being processed; raises Inexpressible when there are too many."""
        self.definitions += _DEFINITIONS_OF_A_CONTEXT + (len(definition) if isinstance(definition, dict) else 1)
        if self.definitions > self.most:
            raise Inexpressible(f"more than {self.most} definitions of terms")

    def _resolved(self, item: Any) -> list["_Context"]:
        if isinstance(item, str):
            return self._at(item)
        if isinstance(item, dict) and "@import" in item:
            raise UnknownContext("@import")
        return [self._ours.get(id(item)) or _Context(item, self)]

    def _at(self, address: str) -> list["_Context"]:
        if address not in self._by_address:
            elsewhere = None if is_ours(address) else self._elsewhere
            definition = elsewhere(address) if elsewhere else context(address, self._generation)
            for inner in members(definition):
                if isinstance(inner, dict):
                    self._ours[id(inner)] = _Context(inner, self)
            self._by_address[address] = self.resolve(None, definition, "")
        return self._by_address[address]


class _Context:
    """One context, and what it became after each context that it was applied to (pyld's ResolvedContext)."""

    MOST = 6
    """Some results are met again in every document, others never: the ones met least recently make room."""

    def __init__(self, document: Any, contexts: Contexts) -> None:
        self.document = document
        self._contexts = contexts
        self._processed: dict[str, Any] = {}

    def get_processed(self, active: Mapping[str, Any]) -> Any:
        processed = self._processed.pop(active["_uuid"], None)
        if processed is None:
            self._contexts.spend(self.document)
        else:
            self._processed[active["_uuid"]] = processed
        return processed

    def set_processed(self, active: Mapping[str, Any], processed: Any) -> None:
        if len(self._processed) >= self.MOST:
            del self._processed[next(iter(self._processed))]
        self._processed[active["_uuid"]] = processed


_idle: dict[str, list[Contexts]] = {}
"""By generation, those that nobody uses right now: at most as many as were ever used at the same moment."""


@contextmanager
def _borrowed(generation: str) -> Iterator[Contexts]:
    idle = _idle.setdefault(generation, [])
    try:
        contexts = idle.pop()
    except IndexError:
        contexts = Contexts(generation)
    try:
        yield contexts
    finally:
        idle.append(contexts)
