"""For whom a thread works: the network of whoever asks, and how often this one request of theirs asked each host.

web/authentication.py sets it; who shares out something among strangers (concurrency/fair_turns.py, network/client.py) asks for it
here, so that no function in between hands it down. Threads that a request starts are told by `same_requester`. Chores work
for nobody.
"""

from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Requester:
    """Whoever asks, in one request."""

    network: str
    hosts: Counter[str] = field(default_factory=Counter)
    """How often each host was asked for it."""


_CURRENT: ContextVar[Requester | None] = ContextVar("requester", default=None)


def current_requester() -> Requester | None:
    """For whom this thread works; None where it is for nobody who waits."""
    return _CURRENT.get()


def run_for(who: Requester | None, work: Callable[P, R]) -> Callable[P, R]:
    """*work*, done for *who* in whatever thread."""

    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        before = _CURRENT.set(who)
        try:
            return work(*args, **kwargs)
        finally:
            _CURRENT.reset(before)

    return done


def same_requester(work: Callable[P, R]) -> Callable[P, R]:
    """*work*, done for whom this thread works, in another one."""
    return run_for(current_requester(), work)
