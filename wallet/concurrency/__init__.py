"""Threads of their own for what waits for others, turns by network, and for whom a thread works."""

# fmt: off
from .fair_turns import FairTurns
from .pools import SHELF, STRANGERS, Pool, PoolFull, make_pools
from .sliding_windows import HOUR, MINUTE, Limit, Newest, Window
from .who_asks import Requester, current_requester, run_for, same_requester
