"""Whether a credential has the form that its standards require: contexts, types, members, dates.

Only what a page or a decision rests on is looked at. JSON Schema is not: the published schemas refuse badges that
the standard allows.
Sources: Open Badges 3.0, B.1 (Credential Data Models); Verifiable Credentials Data Model 2.0, 4, and 1.1, 4.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .. import dates, texts
from ..examination import Check
from ..kinds import BADGES, types
from ..proofs.verification import issuer_of

_FIRST_MODEL = "https://www.w3.org/2018/credentials/v1"
_MODELS = {"https://www.w3.org/ns/credentials/v2": "2.0", _FIRST_MODEL: "1.1"}
BADGE_CONTEXTS = (
    "https://purl.imsglobal.org/spec/ob/v3p0/",
    "https://imsglobal.github.io/openbadges-specification/",
    "https://w3c-ccg.github.io/vc-ed/plugfest-1-2022/",
)
_BADGE = "Open Badges 3.0, AchievementCredential"
_MODEL = "Verifiable Credentials Data Model, Basic Concepts"

_DATES_THAT_COUNT = ("validFrom", "validUntil", "issuanceDate", "expirationDate")
_IN_LIST = re.compile(r"/\d+(?=/|$)")
_Fault = tuple[str, str]
"""What is wrong, and where."""
_NO_ISSUER: _Fault = ("member-missing", "issuer")


def subjects(credential: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The subjects of *credential* that are objects."""
    return texts.objects(credential.get("credentialSubject"))


def conforms(
    credential: Mapping[str, Any], not_shared: Collection[str] = (), *, may_lack_issuer: bool = False
) -> Check:
    """Whether *credential* has what its standards require; what may be among the things *not_shared* is not missing.

    *not_shared* are the JSON pointers of what holds more than is shown of it (RFC 9901). *may_lack_issuer*: a certificate
    beside it tells who that is (SD-JWT VC, 2.2.2.1, `iss`).
    """
    kinds = types(credential)
    is_of_ours = not BADGES.isdisjoint(kinds)
    source = _BADGE if is_of_ours else _MODEL
    faults = [fault for fault in _faults(credential, kinds) if not may_lack_issuer or fault != _NO_ISSUER]
    if "/type" in not_shared and not is_of_ours:
        faults.append(("wrong-type", "type"))
    # Of a list of one, what is said of it is said of its one.
    places = frozenset(_IN_LIST.sub("", place) for place in frozenset(not_shared)) if faults else frozenset()
    for reason, where in faults:
        if not _may_be_there(reason, where, places):
            return Check("conforms", "failed", reason, source, where[:200])
    if faults:
        return Check("conforms", "unknown", "member-not-shared", source, ", ".join(where for _, where in faults)[:200])
    if len(subjects(credential)) > 1:
        # One of them is read, and their order is not signed.
        return Check("conforms", "unknown", "several-subjects", source)
    remarks = list(_remarks(credential, kinds))
    return Check(
        "conforms", "passed", remarks[0][0] if remarks else "", source, ", ".join(where for _, where in remarks)[:200]
    )


_OF_ABSENCE = {"context-unknown": "@context", "wrong-type": "type", "member-missing": ""}
"""Faults that what is not shared may mend, and the member that they are about, where they do not name it."""


def _may_be_there(reason: str, where: str, not_shared: frozenset[str]) -> bool:
    """Whether what is missing may be there and *not_shared*, told without the places in lists: in the object that it belongs to,
    or in the list that it is."""
    if reason not in _OF_ABSENCE or not not_shared:
        return False
    inside = f"{where}." if where in {"credentialSubject", "credentialSubject.achievement"} else ""
    steps = (where if reason == "member-missing" else inside + _OF_ABSENCE[reason]).split(".")
    return any("".join(f"/{step}" for step in part) in not_shared for part in (steps, steps[:-1]))


def _faults(credential: Mapping[str, Any], kinds: frozenset[str]) -> Iterator[_Fault]:
    contexts = texts.listed(credential.get("@context"))
    if not contexts or not isinstance(contexts[0], str) or contexts[0] not in _MODELS:
        yield "context-unknown", str(contexts[:1])
    if "VerifiableCredential" not in kinds:
        yield "wrong-type", ", ".join(sorted(kinds))
    if not dates.is_absent(credential.get("id")) and not isinstance(credential["id"], str):
        yield "member-unreadable", "id"
    if not issuer_of(credential):
        yield _NO_ISSUER
    objects = subjects(credential)
    if not objects or len(objects) != len(texts.listed(credential["credentialSubject"])):
        yield "member-missing", "credentialSubject"
    yield from _date_faults(credential)
    if not BADGES.isdisjoint(kinds):
        yield from _badge_faults(credential)


def _date_faults(credential: Mapping[str, Any]) -> Iterator[_Fault]:
    read = {name: dates.moment(credential[name]) for name in _DATES_THAT_COUNT if name in credential}
    for name, moment in read.items():
        if moment is None and not dates.is_absent(credential[name]):
            yield "date-unreadable", f"{name} {credential[name]}"
    first = [read.get(name) for name in ("validFrom", "issuanceDate")]
    last = [read.get(name) for name in ("validUntil", "expirationDate")]
    is_ordered = texts.listed(credential.get("@context"))[:1] != [_FIRST_MODEL]
    if is_ordered and any(last) and any(begin and end and end < begin for begin in first for end in last):
        # 2.0, 4.9: MUST. 1.1, 4.7 asks for no order: what had an end before it had a beginning is past its end.
        yield "ends-before-it-begins", f"{credential.get('validUntil') or credential.get('expirationDate')}"


def _badge_faults(credential: Mapping[str, Any]) -> Iterator[_Fault]:
    contexts = [context for context in texts.listed(credential.get("@context")) if isinstance(context, str)]
    if not any(context.startswith(BADGE_CONTEXTS) for context in contexts[1:]):
        yield "context-unknown", "no context of Open Badges 3.0"
    if all(dates.is_absent(credential.get(name)) for name in ("validFrom", "issuanceDate")):
        yield "member-missing", "validFrom"
    for subject in subjects(credential):
        if "AchievementSubject" not in types(subject):
            yield "wrong-type", "credentialSubject"
        achievements = texts.listed(subject.get("achievement"))
        if len(achievements) != 1 or not isinstance(achievements[0], dict):
            yield "member-missing", "credentialSubject.achievement"
        else:
            yield from _achievement_faults(achievements[0])


def _achievement_faults(achievement: Mapping[str, Any]) -> Iterator[_Fault]:
    if "Achievement" not in types(achievement):
        yield "wrong-type", "credentialSubject.achievement"
    if achievement.get("name") in (None, [], {}):
        yield "member-missing", "credentialSubject.achievement.name"
    criteria = achievement.get("criteria")
    if not texts.objects(criteria) and not isinstance(criteria, str):
        yield "member-missing", "credentialSubject.achievement.criteria"


def _remarks(credential: Mapping[str, Any], kinds: frozenset[str]) -> Iterator[_Fault]:
    """What is no fault: a text may be empty; the members of Criteria are each a SHOULD, and verifiers take its address alone
    for it (Open Badges 3.0, Criteria); null says nothing; `awardedDate` is told and decides nothing."""
    for name in ("id", *_DATES_THAT_COUNT):
        if name in credential and dates.is_absent(credential[name]):
            yield "member-empty", name
    awarded = credential.get("awardedDate")
    if not dates.is_absent(awarded) and dates.moment(awarded) is None:
        yield "date-unreadable", f"awardedDate {awarded}"
    if not BADGES.isdisjoint(kinds):
        for achievement in (texts.objects(subject.get("achievement"))[0] for subject in subjects(credential)):
            yield from _achievement_remarks(achievement)


def _achievement_remarks(achievement: Mapping[str, Any]) -> Iterator[_Fault]:
    if not achievement["name"]:
        yield "member-empty", "credentialSubject.achievement.name"
    criteria = achievement["criteria"]
    if isinstance(criteria, str) and criteria:
        yield "member-of-another-kind", "credentialSubject.achievement.criteria"
    elif not any(one.get("id") or one.get("narrative") for one in texts.objects(criteria)):
        yield "member-empty", "credentialSubject.achievement.criteria"
