"""When a badge begins and ends: every way of writing a moment, read as an aware one in UTC.

Open Badges 1.0 allows seconds since 1970, 1.1 and 2.0 ISO 8601 with or without a zone, 3.0 a zone always. What has
no zone is taken as UTC. What cannot be read is unknown, never "no end".
"""

import re
from calendar import isleap, monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from . import texts
from .examination import Check

_FIRST_MODEL = "https://www.w3.org/2018/credentials/v1"
SKEW = timedelta(minutes=5)
"""How far two honest clocks may differ."""
_SECONDS = re.compile(r"-?\d{9,11}(?:\.\d+)?", re.ASCII)
_LONGEST_KEPT = 40
"""Characters: no more than a moment needs."""
_LAST = datetime.max.replace(tzinfo=UTC)
_DAY, _HOUR, _MINUTE, _SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
_ZONE = r"(Z|[+-]\d\d(?::?\d\d)?)"
_DAYS_END = re.compile(rf"(\d{{4}}-?\d\d-?\d\d)T24:?00(?::?00(?:[.,]0{{1,20}})?)?{_ZONE}?", re.ASCII)
_LEAP_SECOND = re.compile(rf"(.+T\d\d:?\d\d:?)60(?:[.,]\d{{1,20}})?{_ZONE}?", re.ASCII)
"""The last second of a month, in UTC, may be the sixty-first of its minute (RFC 3339, 5.7; ISO 8601, which 1.1 and 2.0 name)."""
_DAY_OF_A_ZONE = re.compile(rf"(\d{{4}}-\d\d-\d\d){_ZONE}", re.ASCII)
"""XML Schema 1.1 Part 2, 3.3.9. Python takes the sign for what parts the day from the hour: 28 hours late at +14:00."""
_DAY_OF_A_YEAR = re.compile(r"(\d{4})-?(\d{3})([TZ+-].*)?", re.ASCII)
"""An ordinal date (ISO 8601-1, 5.2.3), which Python does not read."""
_PART_OF_A_TIME = re.compile(rf"(.+[T ]\d\d)(:?\d\d)?[.,](\d{{1,20}}){_ZONE}?", re.ASCII)
"""A fraction is of the last number of a time, be it hours or minutes (ISO 8601-1, 5.3.1.4). Python takes each for one of seconds."""
_LONG_YEAR = re.compile(r"[1-9]\d{4,9}(-\d\d-\d\dT.+)", re.ASCII)
"""Of a moment in or after the year 10000 (XML Schema 1.1 Part 2, 3.3.7), as 24:00 is the end of a day there."""


def moment(written: Any) -> datetime | None:
    """*written* as an aware moment in UTC, or None when it is not one."""
    match written:
        case None | bool():
            return None
        case str():
            return _kept(written) if len(written) <= _LONGEST_KEPT else _from_text(written)
        case int() | float():
            return _kept(f"{written:.0f}") if _is_day(written) else _from_seconds(float(written))
        case {"@value": str() | int() | float() as inner}:
            return moment(inner)
        case [_, *_] if not isinstance(one := texts.single(written), list):
            return moment(one)
    return None


def _is_day(number: float) -> bool:
    """Whether *number* is a day of ISO 8601 without its quotes, which linked data signs alike: no badge is of 1970."""
    return 1_000_000 <= number < 100_000_000 and number == int(number)


def is_absent(written: Any) -> bool:
    """Whether nothing is *written*: null and an empty list say nothing (JSON-LD 1.1, 9.5)."""
    return written is None or written == []


def names_in(credential: Mapping[str, Any]) -> tuple[str, str]:
    """What the data model under which *credential* is written calls its beginning and its end."""
    is_first = texts.listed(credential.get("@context"))[:1] == [_FIRST_MODEL]
    return ("issuanceDate", "expirationDate") if is_first else ("validFrom", "validUntil")


def _from_seconds(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _from_text(written: str) -> datetime | None:
    text = written.strip().upper()  # `t` and `z` are written, too (RFC 3339, 5.6)
    if _SECONDS.fullmatch(text):
        return _from_seconds(float(text))
    if found := _LONG_YEAR.fullmatch(text):
        return _LAST if _from_text(f"2000{found[1]}") else None
    if found := _DAYS_END.fullmatch(text):
        start = _from_text(f"{found[1]}T00:00{found[2] or ''}")
        return start and _later(start, _DAY)
    if found := _LEAP_SECOND.fullmatch(text):
        last = _from_iso(f"{found[1]}59{found[2] or ''}")
        return _later(last, _SECOND) if last and _is_at_a_months_end(last) else None
    return _from_day_and_time(text)


def _from_day_and_time(text: str) -> datetime | None:
    """*text*, also where Python reads it otherwise or not at all."""
    if found := _DAY_OF_A_ZONE.fullmatch(text):
        return _from_iso(f"{found[1]}T00:00{found[2]}")
    if found := _DAY_OF_A_YEAR.fullmatch(text):
        year, number = int(found[1]), int(found[2])
        is_there = year > 0 and 1 <= number <= 365 + isleap(year)
        return _from_text(f"{date(year, 1, 1) + (number - 1) * _DAY}{found[3] or ''}") if is_there else None
    if found := _PART_OF_A_TIME.fullmatch(text):
        whole = _from_iso(f"{found[1]}{found[2] or ':00'}{found[4] or ''}")
        return whole and _later(whole, float(f"0.{found[3]}") * (_MINUTE if found[2] else _HOUR))
    return _from_iso(text)


def _later(moment: datetime, by: timedelta) -> datetime:
    return _LAST if moment > _LAST - by else moment + by


def _is_at_a_months_end(last: datetime) -> bool:
    return (last.day, last.hour, last.minute) == (monthrange(last.year, last.month)[1], 23, 59)


def _from_iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    zone = found.utcoffset()
    if zone is None:
        return found.replace(tzinfo=UTC)
    if abs(zone) > timedelta(hours=14):
        # Python takes +14:01 and beyond; no place on earth has such a clock.
        return None
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return _LAST if found.year > 1 else None


_kept = lru_cache(1_024)(_from_text)
"""Each date of a badge is asked for several times, and badges of one course have the same ones."""


def begun(written: Any, now: datetime, source: str) -> Check:
    """Whether the moment *written* in the badge as its beginning has come; none given is passed."""
    start = moment(written)
    is_wrong = start is not None and start - now > SKEW
    return _dated("begun", written, start, source, "no-beginning-given", "not-yet" if is_wrong else "")


def not_ended(written: Any, now: datetime, source: str) -> Check:
    """Whether the moment *written* in the badge as its end is still to come; none given is passed."""
    end = moment(written)
    is_wrong = end is not None and now - end >= SKEW
    return _dated("not_ended", written, end, source, "no-end-given", "ended" if is_wrong else "")


def _dated(name: str, written: Any, read: datetime | None, source: str, none_given: str, wrong: str) -> Check:
    if is_absent(written):
        return Check(name, "passed", none_given, source)
    if read is None:
        return Check(name, "unknown", "date-unreadable", source, str(written)[:80])
    return Check(name, "failed" if wrong else "passed", wrong, source, read.isoformat())


def believed(check: Check, intact: Check) -> Check:
    """*check* of a date, when the date may be believed: all that a badge says is unknown while *intact* is."""
    if intact.outcome == "unknown":
        return Check(check.name, "unknown", "not-intact", check.source, check.detail)
    return check
