"""The lists of contexts that have tables: those of our own that were written down, and what pyld works out for all others.

A list that nobody uses is forgotten for one that somebody does.
"""

from threading import Lock

from .. import contexts
from .active_contexts import ActiveContext, Budget, Unusual
from .processed_contexts import Tables
from .stored_contexts import StoredTables

_MOST_LISTS = 32
"""Lists of contexts whose tables are kept: badges of all issuers together name some ten."""
_Key = tuple[str, tuple[str, ...]]
_lists: dict[_Key, Tables | StoredTables] = {}
"""By generation and addresses, those used last at the end."""
_lock = Lock()


def active_context(addresses: tuple[str, ...], generation: str, budget: Budget) -> ActiveContext:
    """What names say at the top of a document with the contexts at *addresses*; raises Unusual."""
    key = generation, addresses
    if not all(map(contexts.is_ours, addresses)):
        raise Unusual  # before it takes the place of a list that somebody uses
    with _lock:
        tables = _lists.pop(key, None) or _stored(key) or Tables(generation)
        _keep(key, tables)
    return tables.top if isinstance(tables, StoredTables) else tables.root.under(addresses, budget)


def work_out(addresses: tuple[str, ...], generation: str) -> None:
    """From now on, what was written down of these contexts is not enough."""
    with _lock:
        _keep((generation, addresses), Tables(generation))


def _stored(key: _Key) -> StoredTables | None:
    generation, addresses = key
    table = contexts.table(addresses) if generation == contexts.NEWEST else None
    return None if table is None else StoredTables(table)


def _keep(key: _Key, tables: Tables | StoredTables) -> None:
    if not tables.is_full:
        _lists[key] = tables
        if len(_lists) > _MOST_LISTS:
            del _lists[next(iter(_lists))]
