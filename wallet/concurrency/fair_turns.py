"""What all strangers share, given in turns by network: nobody waits behind a whole network that waits already.

The next turn is of a network that has the fewest, and of those who waited longest, as in concurrency/pools.py: this one is for
threads that wait where they are.
"""

from collections import Counter
from dataclasses import dataclass
from math import inf
from threading import Condition

from . import requester


@dataclass(eq=False, frozen=True, slots=True)
class _Waiting:
    network: str


class FairTurns:
    """So many turns at a time, *of_one* at most for one network."""

    def __init__(self, at_once: int, of_one: float = inf) -> None:
        self.at_once = at_once
        self.of_one = of_one
        self.running = Counter[str]()
        """How many turns each network has."""
        self.waiting: list[_Waiting] = []
        self._changed = Condition()

    def begin(self, seconds: float) -> str | None:
        """Wait so long for a turn: the network that has it, to be told to `end` from whatever thread; None for none."""
        who = requester.current_requester()
        turn = _Waiting(who.network if who else "")
        with self._changed:
            self.waiting.append(turn)
            try:
                if not self._changed.wait_for(lambda: self._next() is turn, seconds):
                    return None
                self.running[turn.network] += 1
                return turn.network
            finally:
                self.waiting.remove(turn)
                self._changed.notify_all()

    def end(self, network: str) -> None:
        """A turn of *network* is over."""
        with self._changed:
            self.running[network] -= 1
            if not self.running[network]:
                del self.running[network]
            self._changed.notify_all()

    def _next(self) -> _Waiting | None:
        if self.running.total() >= self.at_once:
            return None
        fitting = (turn for turn in self.waiting if self.running[turn.network] < self.of_one)
        return min(fitting, key=lambda turn: self.running[turn.network], default=None)
