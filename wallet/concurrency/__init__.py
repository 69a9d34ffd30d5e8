"""Threads of their own for what waits for others, turns by network, and for whom a thread works."""

from typing import TYPE_CHECKING

from .fair_turns import FairTurns
from .requester import Requester, current_requester, run_for, same_requester
from .sliding_windows import HOUR, MINUTE, Limit, Newest, Window

if TYPE_CHECKING:
    from .pools import SHEETS, SHELF, STRANGERS, Pool, PoolFull, make_pools
else:

    def __getattr__(name: str) -> object:
        """The pools are loaded with the server that needs them: `wallet check` has no loop."""
        if name not in {"SHEETS", "SHELF", "STRANGERS", "Pool", "PoolFull", "make_pools"}:
            raise AttributeError(name)
        from . import pools  # noqa: PLC0415  # see above

        return getattr(pools, name)
