"""Under which id a document says that it is a badge: nobody is asked, nothing is verified, and whoever somebody is stays theirs."""

import json

import pytest

from tests.fixtures.visits import signed
from wallet import openbadges
from wallet.openbadges.proofs.multibase import to_base64url

BADGE = json.loads(signed())


def token_of(**claims: object) -> bytes:
    """What looks like a token with these *claims*; nobody signed it."""
    head = {"alg": "EdDSA", "typ": "vc+jwt"}
    return ".".join(to_base64url(json.dumps(part).encode()) for part in (head, claims)).encode() + b".AAAA"


def test_a_badge_claims_its_own_id_however_it_is_written() -> None:
    without = {name: value for name, value in BADGE.items() if name not in {"id", "proof"}}

    assert openbadges.claimed_id(json.dumps(BADGE).encode()) == BADGE["id"]
    assert openbadges.claimed_id(token_of(**BADGE)) == BADGE["id"]
    assert openbadges.claimed_id(token_of(vc=without, jti="urn:uuid:7")) == "urn:uuid:7"
    assert openbadges.claimed_id(json.dumps({"jwt": token_of(vc=without).decode()}).encode()) == ""
    envelope = {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{token_of(**BADGE).decode()}"}
    for beside in ({}, {"payload": "something else"}):
        assert openbadges.claimed_id(json.dumps(envelope | beside).encode()) == BADGE["id"]


def test_what_is_no_badge_of_any_version_claims_none() -> None:
    with pytest.raises(openbadges.NotABadge):
        openbadges.claimed_id(json.dumps({"name": "Organiser"}).encode())


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_language_that_is_blank_is_no_language(blank: str) -> None:
    achievement = {"name": {"fr": "Organiser"}, "inLanguage": blank}
    assert openbadges.v3.examine._language({"inLanguage": "de"}, achievement) == "fr"
