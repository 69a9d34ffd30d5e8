"""Badges older than 2.0 are read with the names of 2.0, and looked at with the same care."""

import json
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import hostile, school
from wallet import openbadges
from wallet.openbadges.badge import Recipient
from wallet.openbadges.v2 import v1

OLD = {
    "uid": "f2c20",
    "recipient": {"type": "email", "hashed": True, "salt": "deadsea", "identity": "sha256$" + "0" * 64},
    "badge": school.CLASS,
    "issuedOn": 1359217910,
    "verify": {"type": "hosted", "url": school.BADGE},
}
OLD_CLASS = {
    "name": "Soudure",
    "description": "Assembler",
    "image": f"{school.HOME}/welding.png",
    "criteria": f"{school.HOME}/criteria",
    "alignment": [{"name": "Read", "url": "https://a.example/read", "description": "Follow"}],
    "issuer": school.ISSUER,
}
OLD_ISSUER = {"name": "École", "url": school.HOME}
OLDEST = {
    "recipient": "maria@example.org",
    "issued_on": "2011-06-01",
    "badge": {
        "version": "0.5.0",
        "name": "Soudure",
        "image": "/welding.png",
        "description": "Assembler",
        "criteria": "/criteria",
        "issuer": {"origin": school.HOME, "name": "École", "contact": "contact@school.example"},
    },
}


def old_school(**answers: Any) -> school.School:
    """A school of 2012."""
    return school.School({school.BADGE: OLD, school.CLASS: OLD_CLASS, school.ISSUER: OLD_ISSUER, **answers})


@rows(
    ("written", "version"),
    [
        ({"@context": "https://w3id.org/openbadges/v2"}, "2.0"),
        ({"@context": ["http://x.example", "http://w3id.org/openbadges/v2/"]}, "2.0"),
        ({"@context": "https://openbadgespec.org/v2/context.json"}, "2.0"),
        ({"@context": "https://w3id.org/openbadges/v1"}, "1.1"),
        ({"@context": "https://w3id.org/openbadges/invalid"}, "2.0"),
        ({"@context": {"name": "schema:name"}}, "2.0"),
        ({"verification": {"type": "hosted"}}, "2.0"),
        (OLD, "1.0"),
        ({"recipient": "maria@example.org", "badge": "https://a.example"}, "1.0"),
        (OLDEST, "0.5"),
    ],
)
def test_the_version_is_told_by_the_context_or_else_by_the_shape(written: dict[str, Any], version: str) -> None:
    assert v1.version_of(written) == version


def test_a_badge_of_1_0_is_valid_when_its_address_says_so() -> None:
    found = old_school().examine(OLD)

    assert (found.state, found.binding, found.format) == ("valid", "proven", "Open Badges 1.0, hosted")
    assert found.badge.title == "Soudure"
    assert found.badge.issuer.id == school.ISSUER
    assert found.badge.achievement.alignment[0].target_name == "Read"
    assert found.badge.issued_on is not None
    assert found.badge.issued_on.year == 2013


def test_a_badge_of_1_0_elsewhere_than_its_issuer_is_not() -> None:
    found = old_school(**{school.CLASS: {**OLD_CLASS, "issuer": "https://other.example/issuer"}})
    found.answers["https://other.example/issuer"] = OLD_ISSUER

    assert found.examine(OLD).binding == "mismatch"
    assert found.examine(OLD).state == "invalid"


@pytest.mark.parametrize("member", ["uid", "recipient", "issuedOn"])
def test_a_badge_of_1_0_without_what_1_0_requires_is_not_valid(member: str) -> None:
    less = {name: value for name, value in OLD.items() if name != member}

    found = old_school(**{school.BADGE: less}).examine(OLD)

    assert ("conforms", "failed", "member-missing") in school.told(found)


def test_a_badge_of_0_5_is_valid_when_it_is_found_at_its_origin() -> None:
    oldest = school.School({school.BADGE: OLDEST})

    found = oldest.examine(school.BADGE)

    assert (found.state, found.binding, found.format) == ("valid", "proven", "Open Badges 0.5, hosted")
    assert found.badge.recipients == (Recipient(type="email", identity="maria@example.org"),)
    assert found.badge.issuer.email == "contact@school.example"
    assert oldest.asked == [school.BADGE]


def test_a_badge_of_0_5_in_a_file_alone_cannot_be_checked() -> None:
    found = school.School({}).examine(OLDEST)

    assert found.state == "unknown"
    assert ("intact", "unknown", "no-address-to-ask") in school.told(found)


def test_a_hash_of_0_5_has_its_salt_beside_it() -> None:
    found = school.School({}).examine({**OLDEST, "recipient": "sha256$" + "0" * 64, "salt": "sel gris"})

    assert found.badge.recipients == (
        Recipient(type="email", identity="sha256$" + "0" * 64, hashed=True, salt="sel gris"),
    )


def test_a_salt_beside_an_identity_object_belongs_to_it() -> None:
    upgraded = v1.upgraded({**OLD, "recipient": {"identity": "x"}, "salt": "s"}, "1.0")

    assert upgraded["recipient"] == {"identity": "x", "salt": "s"}


def test_an_origin_makes_no_rules_and_has_no_keys() -> None:
    issuer = {"origin": "https://harvard.example", "name": "H", "verification": {"allowedOrigins": ["school.example"]}}
    forged = {**OLDEST, "badge": {**OLDEST["badge"], "issuer": issuer}}  # type: ignore[dict-item]  # a plain dict of the test

    found = school.School({school.BADGE: forged}).examine(school.BADGE)

    assert (found.state, found.binding) == ("invalid", "mismatch")


@pytest.mark.parametrize("more", ["/issuer", "?issuer=1", "#issuer", "//issuer/"])
def test_an_origin_is_a_host_and_no_profile(more: str) -> None:
    """Whoever may put a file on the host of an issuer would have its name, wherever the issuer says that its badges stand."""
    issuer = {"origin": f"{school.HOME}{more}", "name": "École"}
    forged = {**OLDEST, "badge": {**OLDEST["badge"], "issuer": issuer}}  # type: ignore[dict-item]  # a plain dict of the test

    found = school.School({school.BADGE: forged}).examine(school.BADGE)

    assert (found.state, found.badge.issuer.id) == ("valid", school.HOME)


def test_an_origin_that_is_no_address_is_no_issuer() -> None:
    issuer = {"origin": "https://[school", "name": "École"}
    forged = {**OLDEST, "badge": {**OLDEST["badge"], "issuer": issuer}}  # type: ignore[dict-item]  # a plain dict of the test

    assert school.School({school.BADGE: forged}).examine(school.BADGE).state != "valid"


def test_a_hosted_badge_may_be_called_by_a_name_that_is_no_address() -> None:
    """Open Badges 1.1, Assertion and VerificationObject: that the id is its address is a SHOULD, and `url` is where it stands."""
    named = {
        **school.assertion(id="urn:uuid:7", verification=None),
        "@context": "https://w3id.org/openbadges/v1",
        "verify": {"type": "hosted", "url": school.BADGE},
    }
    place = school.School()
    place.answers[school.BADGE] = named
    assert place.examine(named).state == "valid"

    place.answers[school.BADGE] = named | {"verify": {"type": "hosted", "url": f"{school.HOME}/assertions/2"}}
    assert place.examine(named).check("intact").reason == "another-badge-at-address"


def test_a_signed_badge_of_1_0_has_its_key_at_verify_url() -> None:
    claims = {**OLD, "verify": {"type": "signed", "url": school.KEY}}
    old = old_school(**{school.KEY: school.pem().encode()})

    found = old.examine(school.signed(claims))

    assert (found.state, found.binding, found.format) == ("valid", "proven", "Open Badges 1.0, RS256")


def test_a_signed_badge_of_1_0_with_its_key_elsewhere_is_not_its_issuers() -> None:
    elsewhere = "https://evil.example/key.pem"
    claims = {**OLD, "verify": {"type": "signed", "url": elsewhere}}
    old = old_school(**{elsewhere: school.pem(1).encode()})

    assert old.examine(school.signed(claims, 1)).state == "invalid"


@pytest.mark.parametrize(("answer", "reason"), [("timeout", "issuer-does-not-answer"), (404, "not-found-at-issuer")])
def test_a_signed_badge_of_1_0_whose_key_is_gone_cannot_be_checked(answer: Any, reason: str) -> None:
    claims = {**OLD, "verify": {"type": "signed", "url": school.KEY}}

    found = old_school(**{school.KEY: answer}).examine(school.signed(claims))

    assert ("intact", "unknown", reason) in school.told(found)
    assert found.state == "unknown"


def test_a_list_of_1_0_is_an_object_of_uid_and_reason() -> None:
    claims = {**OLD, "verify": {"type": "signed", "url": school.KEY}}
    issuer = {**OLD_ISSUER, "revocationList": school.LIST}
    old = old_school(**{school.KEY: school.pem().encode(), school.ISSUER: issuer, school.LIST: {"f2c20": "Error"}})

    found = old.examine(school.signed(claims))

    assert found.state == "revoked"
    assert found.check("not_withdrawn").detail == "Error"


def test_a_blockcert_of_1_2_is_taken_out_of_its_three_parts() -> None:
    inner = {
        "assertion": {"id": "https://certs.example/1", "type": "Assertion", "issuedOn": "2016-10-03"},
        "certificate": {**OLD_CLASS, "issuer": {**OLD_ISSUER, "id": "https://certs.example"}},
        "recipient": {"type": "email", "identity": "maria@example.org", "givenName": "Maria", "familyName": "D."},
    }

    found = school.School({}).examine({"document": inner, "receipt": {}})

    assert (found.state, found.format) == ("unknown", "Open Badges 1.1, MerkleProof")
    assert (found.badge.title, found.badge.recipient_name) == ("Soudure", "Maria D.")
    assert ("intact", "unknown", "proof-unsupported") in school.told(found)


def test_baked_as_an_address_long_ago_and_gone_since() -> None:
    found = school.School({}).examine(hostile.png(hostile.text(school.BADGE.encode())))

    assert (found.state, found.container, found.badge.id) == ("unknown", "png", school.BADGE)
    assert ("intact", "unknown", "not-found-at-issuer") in school.told(found)


def test_baked_as_an_address_long_ago_and_withdrawn_since() -> None:
    found = school.School({school.BADGE: 410}).examine(hostile.png(hostile.text(school.BADGE.encode())))

    assert found.state == "revoked"


def test_nothing_but_an_object_is_upgraded() -> None:
    assert v1.unwrapped({"document": {"assertion": 5}, "receipt": {}}) == {"document": {"assertion": 5}, "receipt": {}}
    assert v1.upgraded(json.loads('{"verify": 5, "badge": 5}'), "1.0") == {"verify": 5, "badge": 5}


@pytest.mark.parametrize("nothing", [None, []], ids=repr)
def test_the_new_names_hide_nothing_where_nothing_stands_under_them(nothing: Any) -> None:
    """As a platform writes them that has one form for badges of all versions."""
    claims = {**OLD, "@context": "https://w3id.org/openbadges/v1", "id": school.BADGE, "type": "Assertion"}
    old = old_school(**{school.BADGE: claims | {"verification": nothing}})
    oldest = {**OLDEST, "issuedOn": nothing, "expires": nothing, "expires_on": "2012-06-01"}

    assert old.examine(claims).state == "valid"
    assert old.examine(claims | {"verification": nothing}).state == "valid"
    assert v1.upgraded(oldest, "0.5")["issuedOn"] == "2011-06-01"
    assert v1.upgraded(oldest, "0.5")["expires"] == "2012-06-01"


def test_a_badge_that_does_not_say_where_it_stands_is_asked_for_where_it_stood() -> None:
    document = json.dumps(OLDEST).encode()
    fetch = old_school(**{school.BADGE: OLDEST}).fetch

    assert openbadges.examine(document, fetch, school.NOW, stood_at=school.BADGE).state == "valid"
    assert openbadges.examine(document, fetch, school.NOW).state == "unknown"
