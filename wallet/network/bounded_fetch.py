"""The way out for one arrival, which stops in time and remembers why an address was not asked.

That nobody answered is one thing, that we did not ask is another: people are told which of the two it was.
"""

from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Literal

from ..openbadges import Fetch, Fetched, Unreachable

OWN_LIMIT = "too-often"
"""Why network/client.py does not ask a host that was asked as often as we ask anybody."""
USED_UP = "too-many"
"""Why it asks no more: one import asks so many addresses; an address that leads round is told alike."""
Unasked = Literal["", "late", "too-often"]
Condition = tuple[tuple[str, str], ...]
"""Headers by which an answer is asked for only if it is another one."""


@dataclass(eq=False)
class BoundedFetch:
    """*fetch*, until the moment *until* of monotonic(); raises Unreachable."""

    fetch: Fetch
    until: float = inf
    unasked: Unasked = ""
    """Why an address was not asked: the time of the whole upload was over, or its host was asked too often."""
    is_used_up: bool = False
    """Whether an address was not asked for USED_UP."""

    def __call__(self, address: str, condition: Condition = ()) -> Fetched:
        """The answer of *address*; raises Unreachable. *condition* is for a fetch that takes one (network/client.py)."""
        if monotonic() >= self.until:
            self.unasked = "late"
            raise Unreachable(address, "timeout")
        try:
            return self.fetch(address, condition) if condition else self.fetch(address)  # type: ignore[call-arg]
        except Unreachable as problem:
            if problem.why == OWN_LIMIT:
                self.unasked = "too-often"
            self.is_used_up = self.is_used_up or problem.why == USED_UP
            raise


def why_unasked(fetch: Fetch) -> Unasked:
    """Why *fetch* did not ask an address; "" where it asked them all, or nobody knows."""
    return fetch.unasked if isinstance(fetch, BoundedFetch) else ""


def is_used_up(fetch: Fetch) -> bool:
    """Whether *fetch* asked as many addresses as one import may, and was to ask more."""
    return isinstance(fetch, BoundedFetch) and fetch.is_used_up
