"""The results, credits, hours, role, dates and sources of a badge of Open Badges 3.0, read from what was signed.

Nothing here raises, nothing is endless. What linked data signs alike is read alike: one thing told in pieces or twice is
one, and of several values that contradict one another none is chosen.
Sources: Open Badges 3.0, Achievement, AchievementSubject, Result, ResultDescription, RubricCriterionLevel, Related,
IdentifierEntry, RefreshService.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .. import dates, kinds, parts, texts
from ..details import Details, Identifier, Level, Party, Result

_DESCRIPTION = 2_000
"""Characters of what is said of a level: it may stand with a hundred results."""
_REFRESHING = frozenset({"1EdTechCredentialRefresh"})
"""Services that answer a plain request for their address with the badge. (1EdTech Credential Refresh 1.0)"""

_DOUBLE = re.compile(r"(0|-?[1-9])\.[0-9]+E(0|-?[1-9][0-9]{0,2})")
"""How linked data signs a number that is no integer, for which whoever holds it may write it (JSON-LD 1.1 API, 8.2.2)."""
_OF_SUBJECT = frozenset(
    {
        *("result", "creditsEarned", "role", "term", "activityStartDate", "activityEndDate", "source", "licenseNumber"),
    }
)
_OF_ACHIEVEMENT = parts.HOURS | {
    *("resultDescription", "creditsAvailable", "fieldOfStudy", "specialization", "humanCode", "version", "creator"),
    *("related", "otherIdentifier"),
}
_OF_CREDENTIAL = parts.HOURS | {"refreshService"}
"""The members that are read here: a badge without them says nothing of all that."""
_NOTHING = Details()


def details(
    credential: Mapping[str, Any], subject: Mapping[str, Any], achievement: Mapping[str, Any], language: str = ""
) -> Details:
    """What *credential*, its *subject* and the *achievement* of that say, their texts in *language* where there are several."""
    if (
        _OF_SUBJECT.isdisjoint(subject)
        and _OF_ACHIEVEMENT.isdisjoint(achievement)
        and _OF_CREDENTIAL.isdisjoint(credential)
        and not any("parentOrg" in issuer for issuer in texts.objects(credential.get("issuer")))
    ):
        return _NOTHING  # of most badges
    return Details(
        results=results(subject.get("result"), achievement.get("resultDescription"), language),
        credits_available=number(achievement.get("creditsAvailable")),
        credits_earned=number(subject.get("creditsEarned")),
        # The platform that writes it sets it beside the subject, not into the achievement.
        hours=_hours(credential, achievement),
        role=_name(subject, "role", language),
        term=_name(subject, "term", language),
        activity_start=dates.moment(texts.single(subject.get("activityStartDate"))),
        activity_end=dates.moment(texts.single(subject.get("activityEndDate"))),
        field_of_study=_name(achievement, "fieldOfStudy", language),
        specialization=_name(achievement, "specialization", language),
        human_code=_name(achievement, "humanCode"),
        version=_name(achievement, "version"),
        creator=party(achievement.get("creator"), language),
        source=party(subject.get("source"), language),
        parent_org=_parent_org(credential.get("issuer"), language),
        editions=parts.editions(achievement.get("related"), "inLanguage"),
        license_number=_name(subject, "licenseNumber"),
        identifiers=_identifiers(achievement.get("otherIdentifier")),
        refresh_service=_refresh_service(credential.get("refreshService")),
    )


def _hours(credential: Mapping[str, Any], achievement: Mapping[str, Any]) -> str:
    told = {parts.hours(place, credential.get("@context")) for place in (achievement, credential)} - {""}
    return told.pop() if len(told) == 1 else ""


def _name(said: Mapping[str, Any], member: str, language: str = "") -> str:
    """What *said* has under that name, which most badges have not."""
    return texts.name(said[member], language) if member in said else ""


def number(value: Any) -> str:
    """A number, be it written as one or in quotes, without zeros that say nothing; else the words that stand there."""
    match texts.single(value):
        case bool():
            return ""
        case int() | float() as count:
            return texts.number_text(count)
        case str() as written if _DOUBLE.fullmatch(written) and math.isfinite(float(written)):
            return texts.number_text(float(written))
        case str() as written:
            return texts.name(written)
    return ""


def results(value: Any, descriptions: Any, language: str = "") -> tuple[Result, ...]:
    """The results in *value*, each with the one of the *descriptions* that it names."""
    if value is None:
        return ()
    described = parts.by_id(descriptions)
    rubrics = [level for one in described.values() for level in texts.listed(one.get("rubricCriterionLevel"))]
    levels = {name: _level(written, language) for name, written in parts.by_id(rubrics).items()}
    known = {name: _described(written, levels, language) for name, written in described.items()}
    pieces = ((texts.address(item.get("id")), item) for item in texts.objects(value)[: texts.MANY])
    found = parts.put_together((name, _result(item, known, levels)) for name, item in pieces)
    return tuple(dict.fromkeys(result for result in found if result.value or result.status or result.level))[
        : parts.MOST
    ]


def party(value: Any, language: str = "") -> Party | None:
    """The profile in *value*, or the address of one; None for nothing, and for several that are not one and the same."""
    found = parts.the_one(value)
    if not isinstance(found, dict):
        address = texts.address(found)
        return Party(id=address) if address else None
    read = Party(
        id=texts.address(found), name=texts.name(found.get("name"), language), url=texts.address(found.get("url"))
    )
    return read if read != Party() else None


def _parent_org(issuer: Any, language: str) -> Party | None:
    """Of which organisation an issuer is a part, where it is more than an address."""
    written = texts.single(issuer)
    return party(written.get("parentOrg"), language) if isinstance(written, dict) else None


def _level(written: Mapping[str, Any], language: str) -> Level:
    return Level(
        name=texts.name(written.get("name"), language),
        level=texts.name(written.get("level"), language),
        points=number(written.get("points")),
        description=texts.text(written.get("description"), language)[:_DESCRIPTION],
    )


def _described(written: Mapping[str, Any], levels: Mapping[str, Level], language: str) -> Result:
    """What a description says of every result that names it."""
    required = levels.get(texts.address(written.get("requiredLevel")), Level())
    return Result(
        name=texts.name(written.get("name"), language),
        result_type=texts.name(texts.single(written.get("resultType"))),
        required=number(written.get("requiredValue")) or required.name,
        value_min=number(written.get("valueMin")),
        value_max=number(written.get("valueMax")),
    )


def _result(written: Mapping[str, Any], known: Mapping[str, Result], levels: Mapping[str, Level]) -> Result:
    return replace(
        known.get(texts.address(written.get("resultDescription")), Result()),
        value=number(written.get("value")),
        status=texts.name(texts.single(written.get("status"))),
        level=levels.get(texts.address(written.get("achievedLevel"))),
    )


def _identifiers(value: Any) -> tuple[Identifier, ...]:
    items = texts.objects(value)[: texts.MANY]
    found = parts.put_together((texts.address(item.get("id")), _identifier(item)) for item in items)
    return tuple(dict.fromkeys(one for one in found if one.identifier))[: parts.MOST]


def _identifier(written: Mapping[str, Any]) -> Identifier:
    return Identifier(
        identifier=texts.name(texts.single(written.get("identifier"))),
        identifier_type=texts.name(texts.single(written.get("identifierType"))),
    )


def _refresh_service(value: Any) -> str:
    """Where a newer edition of the badge is given; a type that no context defines is not signed, and left out by now."""
    for service in texts.listed(value)[: texts.MANY]:
        address = texts.address(service)
        if texts.is_link(address) and texts.types(service) - kinds.OF_CREDENTIALS <= _REFRESHING:
            return address
    return ""
