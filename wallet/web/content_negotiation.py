"""Which of several forms of one thing somebody asks for. Source: RFC 9110, 12.4.2 and 12.5.1 (Accept)."""

import re
from functools import lru_cache

_RANGE = re.compile(r"([\w!#$%&'*+.^`|~-]+)/([\w!#$%&'*+.^`|~-]+)\s*((?:;[^;]*)*)", re.ASCII)
_QUALITY = re.compile(r"\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.ASCII | re.IGNORECASE)
READ, MOST = 1000, 40
"""Characters and ranges of a header that are read."""


def preferred(accept: str, offered: tuple[str, ...]) -> str:
    """The media type of *offered* that *accept* likes best; of several the first, and the first where it likes none.

    The narrowest range that fits says how much one is liked. A range whose weight cannot be read counts for nothing.
    """
    return _preferred(accept[:READ], offered)


@lru_cache(maxsize=256)
def _preferred(accept: str, offered: tuple[str, ...]) -> str:
    told = dict(found for part in accept.split(",")[:MOST] if (found := _range(part)))
    return max(offered, key=lambda one: _liking(told, one))  # of several the first


def _range(part: str) -> tuple[str, float] | None:
    found = _RANGE.fullmatch(part.strip())
    if found is None:
        return None
    kind, form, rest = found.groups()
    weight = _QUALITY.fullmatch(next((one for one in rest.split(";") if one.strip().lower().startswith("q=")), "q=1"))
    return (f"{kind}/{form}".lower(), float(weight[1])) if weight else None


def _liking(told: dict[str, float], one: str) -> float:
    ranges = (one, f"{one.partition('/')[0]}/*", "*/*")
    return next((told[wide] for wide in ranges if wide in told), 0.0)
