"""When a badge begins and ends: every way of writing a moment, read as an aware one in UTC.

Open Badges 1.0 allows seconds since 1970, 1.1 and 2.0 ISO 8601 with or without a zone, 3.0 a zone always. What has
no zone is taken as UTC. What cannot be read is unknown, never "no end".
"""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .examination import Check

SKEW = timedelta(minutes=5)
"""How far two honest clocks may differ."""
_FARTHEST_ZONE = timedelta(hours=14)
_SECONDS = re.compile(r"-?\d{9,11}(?:\.\d+)?", re.ASCII)
_LAST = datetime.max.replace(tzinfo=UTC)


def moment(written: Any) -> datetime | None:
    """*written* as an aware moment in UTC, or None when it is not one."""
    match written:
        case bool():
            return None
        case int() | float():
            return _from_seconds(float(written))
        case str() if _SECONDS.fullmatch(written.strip()):
            return _from_seconds(float(written))
        case str():
            return _from_text(written.strip())
        case {"@value": str() | int() | float() as inner}:
            return moment(inner)
    return None


def _from_seconds(seconds: float) -> datetime | None:
    if not math.isfinite(seconds):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_text(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    zone = found.utcoffset()
    if zone is None:
        return found.replace(tzinfo=UTC)
    if abs(zone) > _FARTHEST_ZONE:
        # Python takes +14:01 and beyond; no place on earth has such a clock.
        return None
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return _LAST if found.year > 1 else None


def begun(written: Any, now: datetime, source: str) -> Check:
    """Whether the moment *written* in the badge as its beginning has come; none given is passed."""
    if written is None:
        return Check("begun", "passed", "no-beginning-given", source)
    start = moment(written)
    if start is None:
        return Check("begun", "unknown", "date-unreadable", source, str(written)[:80])
    if start - now > SKEW:
        return Check("begun", "failed", "not-yet", source, start.isoformat())
    return Check("begun", "passed", "", source, start.isoformat())


def not_ended(written: Any, now: datetime, source: str) -> Check:
    """Whether the moment *written* in the badge as its end is still to come; none given is passed."""
    if written is None:
        return Check("not_ended", "passed", "no-end-given", source)
    end = moment(written)
    if end is None:
        return Check("not_ended", "unknown", "date-unreadable", source, str(written)[:80])
    if now - end >= SKEW:
        return Check("not_ended", "failed", "ended", source, end.isoformat())
    return Check("not_ended", "passed", "", source, end.isoformat())


def believed(check: Check, intact: Check) -> Check:
    """*check* of a date, when the date may be believed: all that a badge says is unknown while *intact* is."""
    if intact.outcome == "unknown":
        return Check(check.name, "unknown", "not-intact", check.source, check.detail)
    return check
