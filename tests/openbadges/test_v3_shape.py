"""The form of a credential: what a page or a decision rests on is there, and dates make sense."""

import copy
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges.v3.shape import conforms


def with_subject(**members: Any) -> dict[str, Any]:
    document = copy.deepcopy(guild.badge())
    document["credentialSubject"] |= members
    return document


def with_achievement(**members: Any) -> dict[str, Any]:
    document = copy.deepcopy(guild.badge())
    document["credentialSubject"]["achievement"] |= members
    return document


SUBJECT = guild.badge()["credentialSubject"]


@rows(
    "document",
    [
        guild.badge(),
        guild.badge(id=None),
        guild.badge(issuer="urn:x"),
        guild.badge(type=["VerifiableCredential", "AchievementCredential", "Other"]),
        guild.badge(**{"@context": [guild.VC1, "https://purl.imsglobal.org/spec/ob/v3p0/context.json"]}),
        guild.badge(validFrom=None, issuanceDate="2026-01-01T00:00:00Z"),
        guild.badge(credentialSubject=[SUBJECT]),
        with_subject(achievement=[SUBJECT["achievement"]]),
        with_achievement(criteria={"id": "https://guild.example/criteria"}),
    ],
)
def test_an_honest_badge_conforms(document: dict[str, Any]) -> None:
    assert conforms(document).outcome == "passed"


@pytest.mark.parametrize(
    ("achievement", "where"),
    [
        ({"criteria": {"narrative": ""}}, "criteria"),
        ({"criteria": {}}, "criteria"),
        ({"criteria": {"id": "", "type": "Criteria"}}, "criteria"),
        ({"name": ""}, "name"),
        ({"description": ""}, ""),
    ],
)
def test_what_is_there_and_says_nothing_is_no_fault(achievement: dict[str, Any], where: str) -> None:
    """A platform writes an empty narrative on every award: id and narrative are each a SHOULD (Open Badges 3.0, Criteria)."""
    check = conforms(with_achievement(**achievement))

    assert (check.outcome, check.reason) == ("passed", "member-empty" if where else "")
    assert check.detail == (f"credentialSubject.achievement.{where}" if where else "")


@rows(
    ("document", "reason"),
    [
        (guild.badge(**{"@context": None}), "context-unknown"),
        (guild.badge(**{"@context": [guild.OB3, guild.VC2]}), "context-unknown"),
        (guild.badge(**{"@context": [guild.VC2]}), "context-unknown"),
        (guild.badge(**{"@context": [{"a": "urn:a"}, guild.VC2]}), "context-unknown"),
        (guild.badge(type="OpenBadgeCredential"), "wrong-type"),
        (guild.badge(type=None), "wrong-type"),
        (guild.badge(type=[5, {}]), "wrong-type"),
        (guild.badge(id=["a", "b"]), "member-unreadable"),
        (guild.badge(id=5), "member-unreadable"),
        (guild.badge(issuer=None), "member-missing"),
        (guild.badge(issuer={"name": "x"}), "member-missing"),
        (guild.badge(issuer=""), "member-missing"),
        (guild.badge(credentialSubject=None), "member-missing"),
        (guild.badge(credentialSubject=[]), "member-missing"),
        (guild.badge(credentialSubject=[SUBJECT, "x"]), "member-missing"),
        (guild.badge(validFrom=None), "member-missing"),
        (guild.badge(validFrom="yesterday"), "date-unreadable"),
        (guild.badge(validUntil="2020-01-01T00:00:00Z"), "ends-before-it-begins"),
        (guild.badge(validUntil=None, expirationDate="2020-01-01T00:00:00Z"), "ends-before-it-begins"),
        (with_subject(type="Person"), "wrong-type"),
        (with_subject(achievement=None), "member-missing"),
        (with_subject(achievement="urn:a1"), "member-missing"),
        (with_subject(achievement=[SUBJECT["achievement"]] * 2), "member-missing"),
        (with_achievement(type="Skill"), "wrong-type"),
        (with_achievement(name=None), "member-missing"),
        (with_achievement(criteria=None), "member-missing"),
        (with_achievement(criteria=[]), "member-missing"),
        (with_achievement(criteria=5), "member-missing"),
    ],
)
def test_what_is_missing_or_out_of_order_is_told(document: dict[str, Any], reason: str) -> None:
    check = conforms(document)

    assert (check.outcome, check.reason) == ("failed", reason)
    assert check.source


def test_the_first_data_model_asks_for_no_order_of_beginning_and_end() -> None:
    """Only 2.0 does (4.9, MUST). A badge that was issued with an end in the past is past its end, and nothing is missing in it."""
    members: dict[str, Any] = {"validFrom": None, "validUntil": None, "issuanceDate": "2026-01-02T03:04:05Z"}
    written = guild.badge(**{"@context": [guild.VC1, guild.OB3]}, **members, expirationDate="2020-01-01T00:00:00Z")

    assert conforms(written).outcome == "passed"
    assert guild.examine(guild.token(written)).state == "expired"


def test_a_badge_of_several_people_is_nobodys_in_particular() -> None:
    check = conforms(guild.badge(credentialSubject=[SUBJECT, SUBJECT]))

    assert (check.outcome, check.reason) == ("unknown", "several-subjects")


def test_another_credential_needs_less() -> None:
    other = {"@context": [guild.VC2], "type": "VerifiableCredential", "issuer": "urn:x", "credentialSubject": {"a": 1}}

    assert conforms(other).outcome == "passed"
