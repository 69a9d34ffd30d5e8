"""How a badge was achieved and what others say in it, as pages show it: read from what was kept, nothing decided anew.

What a share leaves out is not there (openbadges/details.py, for_others); what was kept before there were details has none.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from .. import openbadges
from ..trust import NOBODY, Answer, Issuer, Registers

Worth = Literal["good", "changed", "of-another", "withdrawn", "ended", "unverified", "not-yet"]
"""What an endorsement is worth, in a word for the sentence that tells it."""
_WORTH_BY_STATE: Mapping[str, Worth] = {
    "valid": "good",
    "revoked": "withdrawn",
    "suspended": "withdrawn",
    "expired": "ended",
}


MAY_BE_SHOWN: Sequence[Worth] = ("good", "unverified", "not-yet")
"""With which an endorsement may be chosen for others, who read which one it is."""
SAID_SINCE = "said_since"
"""The member of an endorsement, as it is kept, that says since when by our clock it is here, where its badge was here before it."""
_UNNAMED = Issuer(id="", name="", binding="unknown")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownResult:
    """A result: a mark, a status, a level."""

    name: str
    value: str
    """With what it is out of, where that is told: « 15 / 20 »."""
    status: str
    level: str
    level_says: str
    points: str
    required: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownWord:
    """A word of the issuer's, with the situation for which pages have a word of their own, "" for none."""

    words: str
    situation: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CardDetails:
    """Each of it "" where the issuer does not say it, or it is not shown."""

    results: Sequence[ShownResult] = ()
    credits_earned: str = ""
    credits_available: str = ""
    hours: str = ""
    role: str = ""
    term: str = ""
    activity_start: datetime | None = None
    activity_end: datetime | None = None
    field: str = ""
    specialization: str = ""
    code: str = ""
    version: str = ""
    creator: str = ""
    source: str = ""
    parent_org: str = ""
    achievement_type: str = ""
    """A word of the standard's, or the issuer's own as it was written."""
    genres: Sequence[ShownWord] = ()
    """Of its evidence: in which situation it was learnt."""
    editions: Sequence[Mapping[str, str]] = ()
    license_number: str = ""
    identifiers: Sequence[str] = ()
    refresh_address: str = ""
    has_marks: bool = False
    """Whether there is a mark, which others are shown only if the holder says so."""
    siae: Sequence[ShownWord] = ()
    """Its words that tell of a SIAE, likewise."""

    @property
    def are_any(self) -> bool:
        """Whether there is something to show."""
        return any(
            getattr(self, name) for name in self.__slots__ if name not in ("refresh_address", "has_marks", "siae")
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownEndorsement:
    """What somebody says in a badge."""

    name: str
    """Of whoever says it; nobody has checked it where `site` is ""."""
    site: str
    """The domain that was proven to say it, "" for none."""
    about: str
    by: str
    """`issuer` or `holder` where it was shown to be one of these who says it, `other` else: anybody writes their id."""
    comment: str
    """Empty where it was changed, or does not come from whom it names: nobody said that."""
    said_on: datetime | None
    ends_at: datetime | None = None
    worth: Worth
    reason: str
    mark: str = ""
    """By which it is found again in the badge (endorsement_mark)."""
    endorser: Issuer = _UNNAMED
    """Whoever says it, and what of that was shown."""
    trust: Answer = NOBODY
    """Who vouches for them, as decided when the page is made (`endorsements_told_at`): never kept."""


def make_details(
    told: Mapping[str, Any], achievement_type: str = "", evidence: Sequence[Mapping[str, str]] = ()
) -> CardDetails:
    """The details of a badge out of *told*, the type of its achievement and its evidence, plain values as they were kept, or
    as a share shows them."""
    written = dict.fromkeys(one["genre"] for one in evidence if one["genre"])
    genres = [ShownWord(words=genre, situation=openbadges.situation_of(genre)) for genre in written]
    siae = [
        ShownWord(words=openbadges.host_of(word) or word) for word in openbadges.words_of_siae(told, achievement_type)
    ]
    return CardDetails(
        results=[_result(one) for one in told.get("results", ())],
        **{
            name: told.get(name, "")
            for name in ("credits_earned", "credits_available", "hours", "role", "term", "specialization", "version")
        },
        activity_start=_moment(told.get("activity_start")),
        activity_end=_moment(told.get("activity_end")),
        field=told.get("field_of_study", ""),
        code=told.get("human_code", ""),
        creator=_party(told.get("creator")),
        source=_party(told.get("source")),
        parent_org=_party(told.get("parent_org")),
        achievement_type=openbadges.without_prefix(achievement_type),
        genres=genres,
        editions=[
            {"url": one["id"] if _is_web(one["id"]) else "", "name": one["in_language"] or one["version"] or one["id"]}
            for one in told.get("editions", ())
        ],
        license_number=told.get("license_number", ""),
        identifiers=[one["identifier"] for one in told.get("identifiers", ())],
        refresh_address=told.get("refresh_service", ""),
        has_marks=openbadges.has_marks(told),
        siae=siae + [one for one in genres if openbadges.tells_of_siae(one.words, is_genre=True)],
    )


def make_endorsements(told: Sequence[Mapping[str, Any]]) -> list[ShownEndorsement]:
    """What others say in a badge out of *told*, plain values as they were kept with its examination."""
    return [_endorsement(one) for one in told]


def endorsement_mark(told: Mapping[str, Any]) -> str:
    """By what one of the endorsements that were kept with an examination is found again there: whoever says it, of what, when,
    and their words. Where they say something else, that is another one; what was found of it has no say in it."""
    said = [told["endorser"]["id"], told["endorser"]["name"], told["about"], told["said_on"], told["comment"]]
    digest = sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return openbadges.to_base64url(digest.digest())


def endorsements_told_at(
    told: Sequence[ShownEndorsement],
    registers: Registers,
    now: datetime,
    kept_at: datetime | None = None,
    *,
    with_siae: bool = True,
) -> list[ShownEndorsement]:
    """What others say, as it may be read at *now*: who vouches for each of them, and which are over. *kept_at* is since when that is
    kept here of which it is not told apart, *with_siae* as in Registers.answer."""
    return [
        replace(
            one,
            trust=registers.answer(
                replace(one.endorser, kept_at=one.endorser.kept_at or kept_at), now, with_siae=with_siae
            ),
            worth=worth_at(one.worth, one.ends_at, now),
        )
        for one in told
    ]


def worth_at(found: Worth, ends_at: datetime | None, now: datetime) -> Worth:
    """What an endorsement that ends then, and was *found* to be worth that, is worth at *now*."""
    return "ended" if ends_at and ends_at <= now and found in MAY_BE_SHOWN else found


def _endorsement(told: Mapping[str, Any]) -> ShownEndorsement:
    worth = _worth(told)
    endorser = told["endorser"]
    binding = told["binding"] if told["intact"] == "passed" else "unknown"
    since = _moment(told.get(SAID_SINCE))
    return ShownEndorsement(
        name=_party(endorser),
        site=openbadges.host_of(endorser["id"]) if binding == "proven" else "",
        about=told["about"],
        by=told["by"] if told["intact"] == told["bound"] == "passed" else "other",
        comment="" if worth in ("changed", "of-another") else told["comment"],
        said_on=_moment(told["said_on"]),
        ends_at=_moment(told.get("ends")),
        worth=worth,
        reason=told["reason"],
        mark=endorsement_mark(told),
        endorser=Issuer(
            id=endorser["id"], name=endorser["name"], binding=binding, kept_at=since, key=told.get("key", "")
        ),
    )


def _worth(told: Mapping[str, Any]) -> Worth:
    if told["intact"] == "failed":
        return "changed"
    if told["bound"] == "failed":
        return "of-another"
    return "not-yet" if told["reason"] == "not-asked" else _WORTH_BY_STATE.get(told["state"], "unverified")


def _result(told: Mapping[str, Any]) -> ShownResult:
    level = told["level"] or {"name": "", "level": "", "points": "", "description": ""}
    value = f"{told['value']} %" if told["value"].isdecimal() and told["result_type"] == "Percent" else told["value"]
    return ShownResult(
        name=told["name"],
        value=f"{value} / {told['value_max']}" if value and told["value_max"] and "%" not in value else value,
        status=told["status"],
        level=level["name"] or level["level"],
        level_says=level["description"].strip(),
        points=level["points"],
        required=told["required"],
    )


def _party(told: Mapping[str, str] | None) -> str:
    return told["name"] or openbadges.host_of(told["id"]) or told["id"][:60] if told else ""


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
