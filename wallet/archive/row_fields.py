"""Members of a row as a stranger tells them, each read strictly by its kind: what is none of it raises one of FAULTS.

A kind is a function of what is told and of the moment after which nothing has happened yet.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

FAULTS = (ValueError, TypeError, KeyError, OverflowError)
Kind = Callable[[Any, datetime], Any]
T = TypeVar("T")


def require(holds: object, fault: str) -> None:
    """Raises one of FAULTS where it does not hold."""
    if not holds:
        raise ValueError(fault)


def none_if_faulty(read: Callable[..., T], *told: Any) -> T | None:
    """What *read* makes of it; None where it is not as it should be."""
    try:
        return read(*told)
    except FAULTS:
        return None


def read_row(kinds: Mapping[str, Kind | None], told: Any, latest: datetime) -> dict[str, Any]:
    """Those members of a row that have a kind; each must be there and be of it."""
    return {name: kind(told[name], latest) for name, kind in kinds.items() if kind}


def read_what_fits(kinds: Mapping[str, Kind | None], told: Any, latest: datetime) -> dict[str, Any]:
    """Those members that have a kind and are there and of it."""
    row = told if isinstance(told, dict) else {}
    found = {name: none_if_faulty(kind, row.get(name), latest) for name, kind in kinds.items() if kind}
    return {name: value for name, value in found.items() if value is not None}


def read_text(told: Any, limit: int) -> str:
    """*told* when it is text of at most *limit* characters that both databases take."""
    require(isinstance(told, str) and len(told) <= limit and "\0" not in told, "not a text that fits")
    told.encode()  # half a character is none
    return str(told)


def read_list(told: Any) -> list[Any]:
    """A list; an empty one where nothing is told."""
    require(told is None or isinstance(told, list), "not a list")
    return told or []


def moment(told: Any, _latest: datetime | None = None) -> datetime:
    """A point in time with its zone, in UTC."""
    found = datetime.fromisoformat(told)
    require(found.tzinfo, "a time without its zone")
    return found.astimezone(UTC)


def moment_text(told: Any, _latest: datetime | None = None) -> str:
    """A point in time, as columns of JSON keep it."""
    return moment(told).isoformat()


def past(told: Any, latest: datetime) -> datetime:
    """A point in time that is over."""
    found = moment(told)
    require(found <= latest, "it has not been yet")
    return found


def day(told: Any, _latest: datetime) -> date:
    """A day."""
    return date.fromisoformat(told)


def is_told(told: Any, _latest: datetime) -> bool:
    """Whether anything is told, be it what it will."""
    return told is not None


def truth(told: Any, _latest: datetime) -> bool:
    """True or false."""
    require(isinstance(told, bool), "neither true nor false")
    return bool(told)


def text(limit: int, least: int = 0) -> Kind:
    """Text of *least* to *limit* characters."""

    def read(told: Any, _latest: datetime) -> str:
        require(len(told) >= least, "known by nothing")
        return read_text(told, limit)

    return read


def word_of(words: Collection[str]) -> Kind:
    """One of these *words*."""

    def read(told: Any, _latest: datetime) -> str:
        require(isinstance(told, str) and told in words, "none of these words")
        return str(told)

    return read


def whole_number(least: int, most: int) -> Kind:
    """A number from *least* to *most*, and no truth value."""

    def read(told: Any, _latest: datetime) -> int:
        require(type(told) is int and least <= told <= most, "not a number that fits")
        return int(told)

    return read


def or_none(kind: Kind) -> Kind:
    """As *kind*, or null."""
    return lambda told, latest: None if told is None else kind(told, latest)
