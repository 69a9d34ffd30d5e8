"""How long the calls of an object take, and which fail, seen from around it: whoever is not watched is as it was."""

from collections.abc import Callable, Iterable
from functools import wraps
from time import perf_counter
from typing import Any

Seen = Callable[[str, float, bool], None]
"""Learns of each call its name, its seconds, and whether it failed."""


def time_calls(owner: object, names: Iterable[str], seen: Seen, faults: type[Exception]) -> None:
    """From now on *seen* learns of each call of these methods of *owner*; one that raises of *faults* has failed."""
    for name in names:
        setattr(owner, name, _timed(name, getattr(owner, name), seen, faults))


def _timed(name: str, call: Callable[..., Any], seen: Seen, faults: type[Exception]) -> Callable[..., Any]:
    @wraps(call)
    def timed(*what: Any, **how: Any) -> Any:
        began, failed = perf_counter(), False
        try:
            return call(*what, **how)
        except faults:
            failed = True
            raise
        finally:
            seen(name, perf_counter() - began, failed)

    return timed
