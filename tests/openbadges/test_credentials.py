"""What an instance signs itself: a word is valid as any badge is, until its place is set; nothing of it can be changed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.openbadges.support import guild
from wallet import openbadges
from wallet.openbadges import LIST_SIZE, Said, Signer, digest_sri, sign_credential, sign_endorsement, sign_status_list
from wallet.openbadges.proofs.nquads import Inexpressible

DAY = timedelta(days=1)
SIGNER = Signer(guild.WEB_DID, f"{guild.WEB_DID}#key-1", guild.KEY, "La guilde", "https://guild.example")
SAID = Said(
    id="urn:uuid:5c9f7c1e-3a5d-4a5c-8f55-0f3a2b1c4d5e",
    subject="urn:uuid:0d6a5f0e-7f3c-4f3b-9a6f-2f0b0c1d2e3f",
    comment="Je l’ai vue.",
    name="Mot sur un moment",
    description="Nadia Martin. Son nom n’a pas été vérifié.",
    begins=guild.NOW - DAY,
    ends=guild.NOW + DAY,
    status=(guild.LIST, 42),
    related=[{"id": "urn:uuid:1", "digestSRI": digest_sri(b"a moment"), "mediaType": "application/json"}],
)


def listed(*places: int) -> dict[str, Any]:
    """The list in which these are withdrawn."""
    bits = bytearray(LIST_SIZE // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    return sign_status_list(guild.LIST, bytes(bits), SIGNER, guild.NOW - DAY, guild.NOW + DAY)


def found(credential: Mapping[str, Any], *withdrawn: int) -> openbadges.LoneEndorsement:
    answers = {guild.DID_DOCUMENT: guild.did_document(), guild.LIST: listed(*withdrawn)}
    document = json.dumps(credential).encode()
    return openbadges.examine_endorsement(document, guild.web(answers).fetch, guild.NOW)


def test_a_word_is_valid_and_says_what_was_said_of_what() -> None:
    word = found(sign_endorsement(SAID, SIGNER), 41, 43)

    assert (word.state, word.binding) == ("valid", "proven")
    assert (word.subject.id, word.comment) == (SAID.subject, SAID.comment)
    assert (word.endorser.id, word.endorser.name) == (guild.WEB_DID, "La guilde")


def test_it_is_withdrawn_by_its_own_place_alone() -> None:
    assert found(sign_endorsement(SAID, SIGNER), 42).state == "revoked"


def test_one_without_words_list_or_text_is_valid_too_and_names_an_organisation() -> None:
    bare = replace(SAID, comment="", status=None, related=(), subject_name="GRETA")

    word = found(sign_endorsement(bare, SIGNER))

    assert (word.state, word.comment, word.subject.name) == ("valid", "", "GRETA")


@pytest.mark.parametrize(
    "change",
    [
        {"description": "Le président."},
        {"validUntil": "2099-01-01T00:00:00Z"},
        {"relatedResource": []},
        {"credentialStatus": {"id": "urn:uuid:2", "type": "BitstringStatusListEntry"}},
        {"credentialSubject": {"id": SAID.subject, "type": ["EndorsementSubject"], "endorsementComment": "Tout."}},
    ],
)
def test_nothing_of_it_can_be_changed(change: dict[str, Any]) -> None:
    assert found({**sign_endorsement(SAID, SIGNER), **change}).state == "invalid"


def test_what_no_context_defines_is_not_signed() -> None:
    with pytest.raises(Inexpressible):
        sign_credential({**listed(), "mood": "sunny"}, SIGNER, guild.NOW)
