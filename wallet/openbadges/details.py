"""What a badge says of how something was achieved: results and levels, credits, hours, role, dates, who made it, who saw it.

The names are those of Open Badges 3.0; all of it was said by the issuer. A mark is told apart from the rest, and so are
the names and numbers by which others know a person, and words of a SIAE (situations.py): they stay with the holder unless
the holder says otherwise.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .situations import tells_of_siae, without_prefix

_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_MARK = re.compile(
    rf"^\s*(?:[A-F][+-]?|{_NUMBER})\s*$"
    r"|[0-9]\s{0,3}(?:%|/\s{0,3}[0-9]|(?:sur|out\s+of)\s+[0-9]|(?:pour\s+cent|per\s?cent|points?|pts)\b)"
    r"|\b(?:grade|score|note|mark|moyenne)s?\b"
    r"(?:[^0-9:]{0,20}[:=]\s*\S|[^0-9:]{0,20}[0-9]|\s{1,3}[A-F](?:[+-]|(?![\w'’])))",
    re.IGNORECASE,
)
"""Words with a mark in them: « B+ », « 15/20 », « Très bien (17,5 sur 20) », « 80 % », « Grade A », « Note finale : 12 ».

A level that is taken for one wrongly is only not shown until the holder says so.
"""
_FOR_OTHERS = (
    *("credits_available", "credits_earned", "hours", "role", "activity_start", "activity_end"),
    *("creator", "source", "parent_org"),
)
"""What others are shown, besides the levels that were reached."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """Who made an achievement, or who saw it achieved. Source: Open Badges 3.0, Profile."""

    id: str = ""
    name: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A level of a rubric. Source: Open Badges 3.0, RubricCriterionLevel."""

    name: str = ""
    level: str = ""
    points: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One result, with what its description says of it. Source: Open Badges 3.0, Result and ResultDescription."""

    name: str = ""
    result_type: str = ""
    value: str = ""
    status: str = ""
    level: Level | None = None
    required: str = ""
    """The value or the level that is required, by its name."""
    value_min: str = ""
    value_max: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """Another edition of the achievement. Source: Open Badges 3.0, Related; 2.0, BadgeClass, related."""

    id: str = ""
    in_language: str = ""
    version: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identifier:
    """A name by which others know the achievement. Source: Open Badges 3.0, IdentifierEntry."""

    identifier: str = ""
    identifier_type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """All of it, "" and empty for what the issuer does not say."""

    results: tuple[Result, ...] = ()
    credits_available: str = ""
    credits_earned: str = ""
    hours: str = ""
    role: str = ""
    term: str = ""
    activity_start: datetime | None = None
    activity_end: datetime | None = None
    field_of_study: str = ""
    specialization: str = ""
    human_code: str = ""
    version: str = ""
    creator: Party | None = None
    source: Party | None = None
    parent_org: Party | None = None
    """The organisation of which the issuer is a part."""
    editions: tuple[Edition, ...] = ()
    license_number: str = ""
    identifiers: tuple[Identifier, ...] = ()
    refresh_service: str = ""
    """The address that gives a newer edition of the badge (Open Badges 3.0, RefreshService), "" for none."""


def has_marks(details: Mapping[str, Any]) -> bool:
    """Whether *details*, as plain values, hold a mark: what others see only if the holder says so."""
    return any(_is_marked(result) for result in details.get("results", ()))


def for_others(details: Mapping[str, Any], *, with_marks: bool, with_siae: bool = False) -> dict[str, Any]:
    """What of *details*, as plain values, others may see; {} for those of a badge that was read before there were any.

    Never names and numbers by which others know the person; marks only *with_marks*, and what tells of a SIAE only *with_siae*.
    """
    if not details:
        return {}
    results = details["results"]
    shown = results if with_marks else [one for one in map(_without_mark, results) if one["level"]]
    # What was read before there was a parent organisation has none.
    told = {**{name: details.get(name) for name in _FOR_OTHERS}, "results": list(shown)}
    return told if with_siae else {name: _without_siae(said) for name, said in told.items()}


def situation_for_others(
    achievement_type: str, genres: Sequence[str], *, with_siae: bool = False
) -> tuple[str, list[str]]:
    """The type of an achievement and the genres of its evidence, so far as others may see them; of a SIAE only *with_siae*."""
    if with_siae:
        return achievement_type, list(genres)
    shown = [genre for genre in genres if not tells_of_siae(genre, is_genre=True)]
    return "" if _is_of_siae(achievement_type) else achievement_type, shown


def words_of_siae(details: Mapping[str, Any], achievement_type: str) -> list[str]:
    """What of these tells of a SIAE, each once: what others see only if the holder says so."""
    told = for_others(details, with_marks=True, with_siae=True)
    words = [word for said in told.values() for word in _words(said) if tells_of_siae(word)]
    words += [without_prefix(achievement_type)] if _is_of_siae(achievement_type) else []
    return list(dict.fromkeys(words))


def _is_of_siae(achievement_type: str) -> bool:
    return tells_of_siae(without_prefix(achievement_type), is_genre=True)


def _without_siae(said: Any) -> Any:
    """*said* without what tells of a SIAE: nothing in its place, of several results the others."""
    if isinstance(said, list):
        return [one for one in said if not any(map(tells_of_siae, _words(one)))]
    if any(map(tells_of_siae, _words(said))):
        return "" if isinstance(said, str) else None
    return said


def _words(said: Any) -> Iterator[str]:
    """The names in *said*: of a party its own, or else by what address it is known; of a result all but numbers.

    What is told at length of a level is the issuer's prose, as what they tell of the badge.
    """
    match said:
        case str():
            yield said
        case {"name": name, "id": address, "url": _}:
            yield name or address
        case {"name": str(name), "level": level}:
            yield name
            yield from _words([level, said.get("value"), said.get("required")])
        case list():
            yield from (word for inner in said for word in _words(inner))


def _is_marked(result: Mapping[str, Any]) -> bool:
    level = result["level"] or {"name": "", "level": "", "points": ""}
    is_graded = bool(level["points"]) or any(map(_MARK.search, (result["name"], level["name"], level["level"])))
    return bool(result["value"] or result["status"]) or is_graded


def _without_mark(result: Mapping[str, Any]) -> dict[str, Any]:
    """*result* with its name and its level alone, so far as they are no marks."""
    return dict.fromkeys(result, "") | {
        "name": _unless_marked(result["name"]),
        "level": _level_without_mark(result),
    }


def _level_without_mark(result: Mapping[str, Any]) -> dict[str, str] | None:
    """The level that was reached, by its names, so far as they are no marks; None where nothing is left of it."""
    written = result["level"] or {"name": "", "level": ""}
    named = {member: _unless_marked(written[member]) for member in ("name", "level")}
    return {**named, "points": "", "description": ""} if any(named.values()) else None


def _unless_marked(words: str) -> str:
    return "" if _MARK.search(words) else words
