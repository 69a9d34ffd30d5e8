"""Values that a stranger tells, each read strictly: what is not of the kind that is meant raises one of ILL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

ILL = (ValueError, TypeError, KeyError, OverflowError)
"""What reading a row raises that is not as it should be."""
T = TypeVar("T")


def none_if_faulty(read: Callable[[Any], T], told: Any) -> T | None:
    """What *read* makes of it; None where it is not as it should be."""
    try:
        return read(told)
    except ILL:
        return None


def read_text(told: Any, limit: int) -> str:
    """*told* when it is text of at most *limit* characters that both databases take."""
    if not isinstance(told, str) or len(told) > limit or "\0" in told:
        raise ValueError("not a text that fits")
    told.encode()  # half a character is none
    return told


def read_moment(told: Any) -> datetime:
    """A point in time with its zone, in UTC."""
    found = datetime.fromisoformat(told)
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found.astimezone(UTC)


def read_past(told: Any, latest: datetime) -> datetime:
    """A point in time that is not after *latest*."""
    found = read_moment(told)
    if found > latest:
        raise ValueError("it has not been yet")
    return found


def read_list(told: Any) -> list[Any]:
    """A list; an empty one where nothing is told."""
    if told is not None and not isinstance(told, list):
        raise TypeError("not a list")
    return told or []
