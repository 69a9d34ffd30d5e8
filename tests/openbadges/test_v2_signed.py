"""A signed badge: only the key that the issuer’s own profile names is believed."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import hostile
from tests.openbadges.support.school import (
    BADGE,
    CLASS,
    HOME,
    ISSUER,
    KEY,
    LIST,
    School,
    assertion,
    badge_class,
    key,
    pem,
    profile,
    signed,
    signed_assertion,
    told,
)

HARVARD = "https://harvard.example/issuer"
EVIL = "https://evil.example/1"


@pytest.fixture
def school() -> School:
    """A school whose web is in order."""
    return School()


def test_a_signed_badge_is_valid_by_the_key_that_the_profile_names(school: School) -> None:
    school.answers[ISSUER] = profile(publicKey=KEY)

    found = school.examine(signed(signed_assertion()), ["maria@example.org"])

    assert (found.state, found.binding, found.container) == ("valid", "proven", "jws")
    assert found.format == "Open Badges 2.0, RS256"
    assert found.check("not_withdrawn").reason == "no-withdrawal-announced"
    assert found.badge.id == "urn:uuid:1234"


@pytest.mark.parametrize(
    "listed",
    [
        [KEY],
        [f"{HOME}/old", KEY],
        [{"id": KEY}],
        {"id": KEY, "publicKeyPem": pem(), "owner": ISSUER},
        {"publicKeyPem": pem()},
        {"publicKeyPem": [pem()]},
    ],
)
def test_the_profile_may_name_its_keys_in_every_way(school: School, listed: Any) -> None:
    school.answers[ISSUER] = profile(publicKey=listed)
    unnamed = signed_assertion(verification={"type": "signed"})

    assert school.examine(signed(unnamed)).state == "valid"


def test_a_key_may_have_its_one_text_in_a_list(school: School) -> None:
    school.answers |= {ISSUER: profile(publicKey=KEY), KEY: key(publicKeyPem=[pem()])}

    assert school.examine(signed(signed_assertion())).state == "valid"


UNNAMED = {"type": "SignedBadge"}
"""Of a badge that leaves it to the profile which keys sign (Open Badges 2.0, VerificationObject, creator; Profile, publicKey)."""


@pytest.mark.parametrize(
    ("silent", "why", "reason"),
    [("timeout", "later", "issuer-does-not-answer"), (key(publicKeyPem=pem(0, 1024)), "unchecked", "key-too-weak")],
)
def test_a_key_that_is_not_to_be_had_may_have_signed_what_another_one_did_not(
    school: School, silent: Any, why: str, reason: str
) -> None:
    old = f"{HOME}/old"
    school.answers |= {ISSUER: profile(publicKey=[KEY, old]), old: key(id=old, publicKeyPem=pem(1)), KEY: silent}

    found = school.examine(signed(signed_assertion(verification=UNNAMED)))

    assert (found.state, found.why_unknown) == ("unknown", why)
    assert ("intact", "unknown", reason) in told(found)


def test_each_key_that_the_profile_carries_is_tried(school: School) -> None:
    retired = [key(id=f"{HOME}/key-{number}", publicKeyPem=pem(1)) for number in range(6)]
    school.answers[ISSUER] = profile(publicKey=[*retired, key()])
    assert school.examine(signed(signed_assertion(verification=UNNAMED))).state == "valid"

    school.answers[ISSUER] = profile(publicKey=retired)
    assert school.examine(signed(signed_assertion(verification=UNNAMED))).state == "invalid"


def test_that_one_of_too_many_keys_signed_is_neither_said_nor_denied(school: School) -> None:
    named = [f"{HOME}/key-{number}" for number in range(6)]
    school.answers |= {address: key(id=address, publicKeyPem=pem(1)) for address in named}
    school.answers[ISSUER] = profile(publicKey=[*named, KEY])

    found = school.examine(signed(signed_assertion(verification=UNNAMED)))

    assert (found.state, found.why_unknown) == ("unknown", "unchecked")
    assert ("intact", "unknown", "too-many-keys") in told(found)
    assert len(school.asked) == 7


def test_a_signed_badge_may_say_its_id_in_the_word_of_linked_data(school: School) -> None:
    school.answers |= {ISSUER: profile(publicKey=KEY, revocationList=LIST), LIST: {"revokedAssertions": ["urn:uuid:9"]}}
    written = signed({"@id": "urn:uuid:9", **signed_assertion(id=None)})

    assert (school.examine(written).state, school.examine(written).badge.id) == ("revoked", "urn:uuid:9")


def test_a_key_that_the_profile_carries_is_not_asked_for(school: School) -> None:
    school.answers |= {ISSUER: profile(publicKey=[key(id=f"{HOME}/old"), key()]), KEY: 404}

    assert school.examine(signed(signed_assertion())).state == "valid"


def test_one_changed_letter_breaks_the_signature(school: School) -> None:
    school.answers[ISSUER] = profile(publicKey=KEY)
    head, _, rest = signed(signed_assertion()).partition(".")
    changed = hostile.part(json.dumps(signed_assertion(issuedOn="2026-01-02T00:00:00Z")).encode())

    found = school.examine(f"{head}.{changed}.{rest.partition('.')[2]}")

    assert found.state == "invalid"
    assert ("intact", "failed", "signature-does-not-match") in told(found)


def test_a_strangers_key_is_not_the_schools(school: School) -> None:
    school.answers |= {ISSUER: profile(publicKey=KEY), EVIL: key(id=EVIL, publicKeyPem=pem(1))}
    forged = signed_assertion(verification={"type": "SignedBadge", "creator": EVIL})

    found = school.examine(signed(forged, 1))

    assert (found.state, found.binding) == ("invalid", "mismatch")
    assert ("bound", "failed", "key-not-of-the-issuer") in told(found)


@pytest.mark.parametrize("owner", [None, HARVARD])
def test_a_key_that_does_not_name_the_school_as_its_owner_is_not_the_schools(school: School, owner: str | None) -> None:
    school.answers |= {ISSUER: profile(publicKey=KEY), KEY: key(owner=owner)}

    assert school.examine(signed(signed_assertion())).binding == "mismatch"


V1 = "https://w3id.org/openbadges/v1"


@pytest.mark.parametrize(("owner", "state"), [(None, "valid"), (ISSUER, "valid"), (f"{HOME}/other", "invalid")])
@pytest.mark.parametrize("context", [V1, None])
def test_before_2_0_a_key_on_the_schools_host_is_not_the_schools_where_it_names_another(
    school: School, context: str | None, owner: str | None, state: str
) -> None:
    """That of another school on one host signed in its neighbour's name."""
    theirs = f"{HOME}/other/key"
    school.answers |= {ISSUER: profile(**{"@context": context}), CLASS: badge_class(**{"@context": V1})}
    school.answers[theirs] = key(id=theirs, owner=owner, publicKeyPem=pem(1))
    made = signed_assertion(**{"@context": V1, "verification": {"type": "SignedBadge", "creator": theirs}})

    assert school.examine(signed(made, 1)).state == state


PAST, FUTURE = "2026-02-01T00:00:00Z", "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, ""),
        ({"revoked": False, "expires": FUTURE}, ""),
        ({"revoked": True}, "key-revoked"),
        ({"revoked": PAST}, "key-revoked"),
        ({"expires": PAST}, "key-expired"),
    ],
)
def test_a_key_that_its_issuer_ended_ties_nothing_to_the_school(
    school: School, members: dict[str, Any], reason: str
) -> None:
    """Whoever has it today can write any day into a badge; and a badge from before is not called wrong."""
    bare = {"id": KEY.replace("https", "http"), **members}
    others = {"id": f"{KEY}#2", "publicKeyPem": pem(1), "revoked": True}
    places: list[tuple[Any, dict[str, Any]]] = [
        (KEY, key(**members)),
        (key(**members), key()),
        ([others, bare], key()),
    ]
    for listed, document in places:
        school.answers |= {ISSUER: profile(publicKey=listed), KEY: document}

        found = school.examine(signed(signed_assertion()))

        assert list(told(found)) == ([("bound", "unknown", reason)] if reason else [])
        assert (found.state, found.binding) == (("unknown", "claimed") if reason else ("valid", "proven"))


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("verification", [{"type": "SignedBadge", "creator": KEY}, UNNAMED])
def test_a_key_that_is_revoked_in_one_place_is_not_used_by_the_name_that_it_has_in_another(
    school: School, verification: dict[str, Any], number: int
) -> None:
    """Whoever made a badge with it chooses the name."""
    old = f"{HOME}/old"
    badge = signed(signed_assertion(verification=verification))
    for revoked in (key(id=old, revoked=PAST), key(id=old, revoked=PAST, owner=HARVARD)):
        for listed in ([KEY, old], [KEY, revoked], [key(), old], [key(), revoked]):
            written = listed[::-1] if number else listed
            school.answers |= {ISSUER: profile(publicKey=written), KEY: key(), old: revoked}

            is_told = revoked["owner"] == ISSUER
            assert school.examine(badge).state == ("unknown" if is_told else "valid")


@pytest.mark.parametrize("members", [{"expires": PAST}, {"owner": HARVARD}])
def test_a_key_that_is_listed_twice_may_be_the_schools_in_the_second_place(
    school: School, members: dict[str, Any]
) -> None:
    """With a new end, or under the name that the school has now."""
    badge = signed(signed_assertion(verification=UNNAMED))
    for listed in ([key(id=f"{HOME}/old", **members), key()], [key(), key(id=f"{HOME}/old", **members)]):
        school.answers[ISSUER] = profile(publicKey=listed)
        assert school.examine(badge).state == "valid"
    school.answers[ISSUER] = profile(publicKey=[key(**members)])
    assert school.examine(badge).state == ("unknown" if "expires" in members else "invalid")


def test_a_strangers_key_that_was_revoked_is_a_strangers_key(school: School) -> None:
    school.answers[KEY] = key(owner="https://harvard.example/issuer", revoked=True)

    assert school.examine(signed(signed_assertion())).binding == "mismatch"


def test_a_profile_that_names_no_key_has_signed_nothing(school: School) -> None:
    assert school.examine(signed(signed_assertion())).binding == "mismatch"
    assert ("intact", "unknown", "no-key-named") in told(
        school.examine(signed(signed_assertion(verification={"type": "SignedBadge"})))
    )


def test_a_signature_is_good_and_whose_it_is_unknown_while_the_profile_does_not_answer(school: School) -> None:
    school.answers[ISSUER] = "timeout"

    found = school.examine(signed(signed_assertion()))

    assert (found.state, found.binding, found.check("intact").outcome) == ("unknown", "claimed", "passed")
    assert found.check("not_withdrawn").outcome == "unknown"


def test_a_signed_badge_of_an_issuer_without_an_address_is_only_claimed(school: School) -> None:
    school.answers[CLASS] = badge_class(issuer=profile(id="urn:uuid:5", publicKey=KEY))

    assert school.examine(signed(signed_assertion())).binding == "claimed"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("timeout", "issuer-does-not-answer"),
        (404, "not-found-at-issuer"),
        (key(publicKeyPem=5), "no-key-at-address"),
        (key(id=EVIL), "no-key-at-address"),
        (key(publicKeyPem="-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"), "key-malformed"),
        (key(publicKeyPem=pem(0, 1024)), "key-too-weak"),
    ],
)
def test_a_key_that_is_not_to_be_had_or_not_to_be_used_leaves_it_unknown(
    school: School, answer: Any, reason: str
) -> None:
    school.answers |= {ISSUER: profile(publicKey=KEY), KEY: answer}

    found = school.examine(signed(signed_assertion()))

    assert found.state == "unknown"
    assert ("intact", "unknown", reason) in told(found)


def test_a_key_without_an_address_cannot_be_asked_for(school: School) -> None:
    unnamed = signed_assertion(verification={"type": "SignedBadge", "creator": "urn:key"})

    assert ("intact", "unknown", "key-has-no-address") in told(school.examine(signed(unnamed)))


@pytest.mark.parametrize(
    ("header", "outcome", "reason"),
    [
        ({"alg": "none"}, "failed", "algorithm-forbidden"),
        ({"alg": "nOnE"}, "failed", "algorithm-forbidden"),
        ({"alg": "HS256"}, "failed", "algorithm-forbidden"),
        ({"alg": ["RS256"]}, "failed", "algorithm-forbidden"),
        ({}, "failed", "algorithm-forbidden"),
        ({"alg": "ML-DSA-44"}, "unknown", "algorithm-unsupported"),
        ({"alg": "EdDSA"}, "failed", "algorithm-does-not-fit-key"),
        ({"alg": "RS256", "crit": ["x"]}, "failed", "critical-header-not-understood"),
    ],
)
def test_none_and_hs_and_what_we_do_not_know_never_pass(
    school: School, header: dict[str, Any], outcome: str, reason: str
) -> None:
    school.answers[ISSUER] = profile(publicKey=KEY)

    found = school.examine(hostile.token(header, signed_assertion(), b"x" * 256))

    assert ("intact", outcome, reason) in told(found)
    assert found.state == ("invalid" if outcome == "failed" else "unknown")


def test_hs256_with_the_public_key_as_its_secret_never_passes(school: School) -> None:
    school.answers[ISSUER] = profile(publicKey=KEY)
    bare = hostile.token({"alg": "HS256"}, signed_assertion()).removesuffix(".")
    made = hostile.part(hmac.digest(pem().encode(), bare.encode(), hashlib.sha256))

    assert school.examine(f"{bare}.{made}").state == "invalid"


@pytest.mark.parametrize(
    "entry",
    [
        "urn:uuid:1234",
        {"id": "urn:uuid:1234", "revocationReason": "Error"},
        {"uid": "abc"},
        {"id": "urn:uuid:1234", "revoked": True},
        "urn%3Auuid%3A1234",
        {"uid": "%61bc"},
    ],
)
def test_a_signed_badge_on_the_list_is_withdrawn(school: School, entry: Any) -> None:
    for entries in ([5, "urn:uuid:9", entry], entry):
        school.answers |= {
            ISSUER: profile(publicKey=KEY, revocationList=LIST),
            LIST: {"type": "RevocationList", "issuer": ISSUER, "revokedAssertions": entries},
        }

        assert school.examine(signed(signed_assertion(uid="abc"))).state == "revoked"


@pytest.mark.parametrize(
    "entry",
    [
        "urn:uuid:12345",
        {"id": "urn:uuid:1234", "revoked": False},
        {"id": "urn:uuid:1234", "revoked": "false"},
        {"uid": "abcd"},
        {},
    ],
)
def test_a_signed_badge_that_is_not_on_the_list_is_not_withdrawn(school: School, entry: Any) -> None:
    carried = {"type": "RevocationList", "revokedAssertions": [entry]}
    for written, answer in ((LIST, carried), (carried, 404)):
        school.answers |= {ISSUER: profile(publicKey=KEY, revocationList=written), LIST: answer}

        assert school.examine(signed(signed_assertion(uid="abc"))).state == "valid"


@rows(
    ("entry", "state"),
    [
        *((BADGE, "revoked"), (BADGE.replace("https", "http"), "revoked"), (BADGE.replace("//", "//www."), "revoked")),
        *((BADGE.replace("school", "SCHOOL"), "revoked"), (f"{BADGE}/", "revoked"), ({"id": f"{BADGE}#"}, "revoked")),
        *((f"{BADGE}#2", "valid"), (f"{BADGE}2", "valid"), (BADGE.replace("school", "harvard"), "valid")),
    ],
)
def test_a_list_may_spell_the_address_of_a_badge_otherwise(entry: Any, state: str) -> None:
    """The school has moved to https since, and writes so in its list: what it withdrew stayed good."""
    listed = {"type": "RevocationList", "issuer": ISSUER, "revokedAssertions": [entry]}
    school = School(answers=School().answers | {ISSUER: profile(publicKey=KEY, revocationList=LIST), LIST: listed})

    assert school.examine(signed(signed_assertion(id=BADGE))).state == state


@pytest.mark.parametrize("written", ["", []])
def test_an_issuer_whose_line_for_a_list_is_empty_has_none(school: School, written: Any) -> None:
    school.answers[ISSUER] = profile(publicKey=KEY, revocationList=written)

    assert school.examine(signed(signed_assertion())).state == "valid"


@pytest.mark.parametrize(
    "answer",
    [
        "timeout",
        404,
        500,
        b"<html>",
        {"revokedAssertions": 1234},
        {"revokedAssertions": ""},
        {"revokedAssertions": {"urn:uuid:1234": "in the manner of 1.0"}},
        {"urn:uuid:1": "in the manner of 1.0"},
        {"issuer": HARVARD, "revokedAssertions": []},
    ],
)
def test_a_list_that_is_not_to_be_had_is_never_taken_for_no_withdrawal(school: School, answer: Any) -> None:
    school.answers |= {ISSUER: profile(publicKey=KEY, revocationList=LIST), LIST: answer}

    found = school.examine(signed(signed_assertion()))

    assert found.state == "unknown"
    assert ("not_withdrawn", "unknown", "list-not-available") in told(found)


def test_the_file_of_a_signed_badge_without_its_signature_proves_nothing(school: School) -> None:
    school.answers[ISSUER] = profile(publicKey=KEY)

    found = school.examine(signed_assertion())

    assert found.state == "unknown"
    assert ("intact", "unknown", "no-signature") in told(found)
    listed = school.examine(signed_assertion(id=BADGE, verification=[{"type": "SignedBadge", "creator": KEY}]))
    assert ("intact", "unknown", "no-signature") in told(listed)


def test_a_file_that_calls_a_signed_badge_hosted_does_not_bring_a_withdrawn_one_back(school: School) -> None:
    """The issuer tells withdrawals in its list alone, and its address answers the badge as before."""
    written = assertion(verification={"type": "SignedBadge", "creator": KEY})
    school.answers[BADGE] = written
    school.answers[ISSUER] = profile(publicKey=KEY, revocationList=LIST)
    school.answers[LIST] = {"type": "RevocationList", "id": LIST, "revokedAssertions": [BADGE]}

    hosted, in_truth = school.examine(assertion()), school.examine(signed(written))

    assert in_truth.state == "revoked"
    assert (hosted.state, hosted.check("not_withdrawn").reason) == ("unknown", "no-signature")


@pytest.mark.parametrize("answer", [410, assertion(revoked=True)])
def test_a_signature_around_a_hosted_badge_does_not_bring_a_withdrawn_one_back(school: School, answer: Any) -> None:
    """The issuer signed that its address tells of it, and keeps no list for it."""
    school.answers[ISSUER] = profile(publicKey=KEY)
    token = signed(assertion(verification={"type": "HostedBadge"}))
    assert school.examine(token).state == "valid"

    school.answers[BADGE] = answer

    assert school.examine(token).state == "revoked"


def test_a_proof_of_another_kind_is_unknown_not_wrong(school: School) -> None:
    found = school.examine(assertion(verification={"type": ["MerkleProofVerification2017", "Extension"]}))

    assert ("intact", "unknown", "proof-unsupported") in told(found)
    assert found.format == "Open Badges 2.0, MerkleProofVerification2017"
    unsaid = school.examine(assertion(verification={"type": "Extension"}))
    assert unsaid.format == "Open Badges 2.0, unsaid"
