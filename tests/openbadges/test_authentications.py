"""Maria answers who she is by a key, to one host and one question; what she signs carries no badge."""

import json

import pytest

from tests.openbadges.support import guild
from wallet import openbadges
from wallet.openbadges import AUTHENTICATION_SUITES, AuthenticationSuite, authentication, did_key

pytestmark = pytest.mark.parametrize("suite", AUTHENTICATION_SUITES)


def answered(suite: AuthenticationSuite, domain: str = "fablab.example") -> dict[str, object]:
    return authentication(guild.KEY, suite, "Qui êtes-vous ?", domain, guild.NOW)


def looked(presentation: dict[str, object]) -> tuple[str, str, str]:
    found = openbadges.check_presentation(json.dumps(presentation).encode(), guild.web().fetch, guild.NOW)
    assert found is not None
    return found.outcome, found.reason, found.detail


def test_it_is_signed_by_the_key_that_it_names(suite: AuthenticationSuite) -> None:
    assert looked(answered(suite)) == ("passed", "", did_key(guild.KEY))


def test_it_carries_no_badge(suite: AuthenticationSuite) -> None:
    assert answered(suite).keys() == {"@context", "type", "holder", "proof"}


@pytest.mark.parametrize("member", ["challenge", "domain", "proofPurpose"])
def test_whom_it_answers_cannot_be_changed(suite: AuthenticationSuite, member: str) -> None:
    made = answered(suite)
    proof = made["proof"]
    assert isinstance(proof, dict)

    other = "assertionMethod" if member == "proofPurpose" else "bank.example"
    changed = looked(made | {"proof": proof | {member: other}})

    assert changed[:2] == ("failed", "signature-does-not-match")


def test_without_a_host_it_names_none(suite: AuthenticationSuite) -> None:
    proof = answered(suite, "")["proof"]
    assert isinstance(proof, dict)
    assert "domain" not in proof
    assert looked(answered(suite, ""))[0] == "passed"
