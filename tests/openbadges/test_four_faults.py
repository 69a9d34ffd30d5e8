"""Four faults that wallets in use have, each of which shows a forged or withdrawn badge as a good one (docs/decisions.md 13)."""

import json
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, hostile, school
from tests.openbadges.support.guild import LIST

MARIA = ["maria@example.org"]
UNPROVEN: dict[str, Any] = {
    "no proof": None,
    "an empty proof": {},
    "no proofs": [],
    "a proof of a kind nobody knows": {"type": "Ed25519Signature2031", "proofValue": "z1"},
    "a proof without a value": guild.signed(guild.badge())["proof"] | {"proofValue": ""},
    "the proof of another badge": guild.signed(guild.badge(name="Une autre"))["proof"],
    "a proof by a stranger": guild.signed_in("eddsa-jcs-2022", guild.badge(), guild.OTHER_KEY)["proof"],
    "a proof for another purpose": guild.signed_in(
        "eddsa-jcs-2022", guild.badge(), guild.KEY, proofPurpose="authentication"
    )["proof"],
    "a proof that is a text": "z1",
}


@rows("proof", UNPROVEN.values(), ids=UNPROVEN)
def test_a_json_whose_email_hash_fits_but_whose_proof_is_not_checked(proof: Any) -> None:
    """Open Educational Badges: `validate_v3` answers valid once the hash of the e-mail address fits."""
    found = guild.examine(guild.badge(proof=proof), addresses=MARIA)

    assert found.check("named_to_me").outcome == "passed"
    assert found.check("intact").outcome != "passed" or found.check("bound").outcome == "failed"
    assert found.state in ("unknown", "invalid")


@rows(
    "answer",
    ["timeout", "refused", "too-big", 404, 500, 302, b"", b"<html></html>", b"null", {"id": school.BADGE}],
    ids=str,
)
def test_an_open_badge_2_0_taken_at_its_word(answer: school.Answer) -> None:
    """Complete, well formed, named to the right person: the file proves nothing, only the address in it does."""
    web = school.School()
    assert web.examine(hostile.ASSERTION, MARIA).state == "valid"
    web.answers[school.BADGE] = answer

    found = web.examine(hostile.ASSERTION, MARIA)

    assert found.check("named_to_me").outcome == "passed"
    assert (found.check("intact").outcome, found.state) == ("unknown", "unknown")


@pytest.mark.parametrize("other", [{"issuedOn": "2000-01-01T00:00:00Z"}, {"narrative": "Docteur"}], ids=str)
def test_an_open_badge_2_0_whose_file_says_more_than_its_address(other: dict[str, Any]) -> None:
    """What is shown is what the issuer's own address answers."""
    web = school.School()

    found = web.examine(hostile.ASSERTION | other)

    assert (found.state, found.badge) == ("valid", web.examine(hostile.ASSERTION).badge)


@pytest.mark.parametrize("form", [guild.signed, guild.token])
def test_a_status_list_not_found(form: Any) -> None:
    """Learner Credential Wallet leaves the check out and says verified (LCW#642)."""
    made = form(guild.badge(credentialStatus=guild.status()))
    assert guild.examine(made, {LIST: guild.signed(guild.status_list())}).state == "valid"

    found = guild.examine(made, {LIST: 404})

    assert found.check("intact").outcome == "passed"
    assert (found.check("not_withdrawn").outcome, found.check("not_withdrawn").reason) == (
        "unknown",
        "status-list-unreachable",
    )
    assert found.state == "unknown"


FAILED_CALLS: dict[str, guild.Answer] = {
    "no answer": "timeout",
    "refused": "refused",
    "an error": 500,
    "another error": 503,
    "gone": 410,
    "nothing": b"",
    "a page": b"<!doctype html><html>Bad gateway</html>",
    "an empty object": b"{}",
    "an empty list": b"[]",
    "a list that nobody signed": guild.status_list(),
    "half a list": json.dumps(guild.signed(guild.status_list())).encode()[:400],
    "an error in JSON": b'{"error": "rate limited", "active": true, "revoked": false}',
}


@rows("answer", FAILED_CALLS.values(), ids=FAILED_CALLS)
def test_a_failed_status_call_taken_as_active(answer: guild.Answer) -> None:
    """LearnCard "fails open": a call that fails is no word of the issuer's."""
    made = guild.signed(guild.badge(credentialStatus=guild.status()))

    found = guild.examine(made, {LIST: answer})

    assert found.check("not_withdrawn").outcome == "unknown"
    assert found.state == "unknown"
