"""The lists of contexts that have tables: those of our own that were written down, and what pyld works out for all others.

A list that nobody uses is forgotten for one that somebody does. Those in which a document writes a context out have one place
together: whoever thinks of many takes no other one's, and where it is full all of them go.
"""

from threading import Lock
from typing import Any

from .. import contexts, nquads
from .active_contexts import ActiveContext, Budget, Named, Unusual, Written
from .processed_contexts import Tables
from .stored_contexts import StoredTables

_MOST_LISTS = 32
"""Lists of contexts whose tables are kept: badges of all issuers together name some ten."""
_MOST_WRITTEN, _LONGEST_WRITTEN = 20, 200
"""Words that the contexts in a document define, and characters of each and of what it means."""
_MOST_STATES_WRITTEN = 150
"""Active contexts below all lists in which a context is written out: some three for each list, and 25 MB in all."""
_Key = tuple[str, tuple[str, ...]]
_lists: dict[_Key, Tables | StoredTables] = {}
"""By generation and addresses, those used last at the end; under no addresses, what is below all lists in which a context is
written out."""
_used_last: list[Tables | StoredTables | None] = [None]
_lock = Lock()


def written(context: Any) -> Written:
    """What a context says that stands in a document and gives plain words plain addresses; raises Unusual for any other."""
    if context.__class__ is not dict or not context:
        raise Unusual
    for name, meant in context.items():
        if (
            (name != "@vocab" and (":" in name or name.startswith("@")))
            or meant.__class__ is not str
            or max(len(name), len(meant)) > _LONGEST_WRITTEN
            or not nquads.is_plain_address(meant)
        ):
            raise Unusual
    return tuple(context.items())


def active_context(addresses: tuple[str, ...], generation: str, budget: Budget) -> ActiveContext:
    """What names say at the top of a document with the contexts at *addresses*; raises Unusual."""
    key = (generation, addresses)
    if key not in _lists and not all(map(contexts.is_ours, addresses)):
        raise Unusual  # before it takes the place of a list that somebody uses
    return _tables(key).under(addresses, budget)


def active_context_written_out(named: tuple[Named, ...], generation: str, budget: Budget) -> ActiveContext:
    """As active_context, where some of the contexts *named* are written out."""
    if sum(len(one) for one in named if isinstance(one, tuple)) > _MOST_WRITTEN or not all(
        isinstance(one, tuple) or contexts.is_ours(one) for one in named
    ):
        raise Unusual
    # What the addresses before them say is the same for many.
    first = next(place for place, one in enumerate(named) if isinstance(one, tuple))
    addresses = tuple(one for one in named[:first] if isinstance(one, str))
    return _tables((generation, ())).under(addresses, budget).under(named[first:], budget)


def _tables(key: _Key) -> Tables | StoredTables:
    known = _lists.get(key)
    if known is not None and known is _used_last[0] and not known.is_full:
        return known  # nothing changes its place
    with _lock:
        found = _lists.pop(key, None) or _stored(key) or _empty(key)
        _keep(key, found)
    return found


def work_out(addresses: tuple[str, ...], generation: str) -> None:
    """From now on, what was written down of these contexts is not enough."""
    with _lock:
        _keep((generation, addresses), Tables(generation))


def _stored(key: _Key) -> StoredTables | None:
    generation, addresses = key
    table = contexts.table(addresses) if generation == contexts.NEWEST else None
    return None if table is None else StoredTables(table)


def _empty(key: _Key) -> Tables:
    generation, addresses = key
    return Tables(generation) if addresses else Tables(generation, _MOST_STATES_WRITTEN)


def _keep(key: _Key, tables: Tables | StoredTables) -> None:
    if not tables.is_full:
        _lists[key] = _used_last[0] = tables
        if len(_lists) > _MOST_LISTS:
            del _lists[next(iter(_lists))]
