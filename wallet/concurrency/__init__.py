"""Threads of their own for what waits for others, turns by network, for whom a thread works, and how much was done lately."""

from importlib import import_module
from typing import TYPE_CHECKING

from .fair_turns import FairTurns
from .requester import Requester, current_requester, run_for, same_requester
from .sliding_windows import HOUR, MINUTE, Counts, Limit, Newest, Window

if TYPE_CHECKING:
    from .pools import SHEETS, SHELF, STRANGERS, Pool, PoolFull, make_pools
    from .shared_windows import InTable, SharedWindow, in_valkey
else:
    LATER = {
        **dict.fromkeys(("SHEETS", "SHELF", "STRANGERS", "Pool", "PoolFull", "make_pools"), "pools"),
        **dict.fromkeys(("InTable", "SharedWindow", "in_valkey"), "shared_windows"),
    }

    def __getattr__(name: str) -> object:
        """The pools are loaded with the server that needs them: `wallet check` has no loop. What nodes share is loaded where
        there are several."""
        if name not in LATER:
            raise AttributeError(name)
        return getattr(import_module(f"{__name__}.{LATER[name]}"), name)
