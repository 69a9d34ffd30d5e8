"""What somebody attempts who wants to stop the wallet, each tried once with success: none may succeed again."""

import hashlib

import pytest

from tests.openbadges.support import guild, selective_signer
from tests.openbadges.support.processor import within
from tests.openbadges.test_red import DIPLOMA, genuine
from wallet.openbadges.proofs.canonicalization import canonicalize
from wallet.openbadges.proofs.contexts import GENERATIONS


def test_names_purposes_in_a_list() -> None:
    examination = guild.examine(genuine(credentialStatus=guild.status(statusPurpose=["revocation", "suspension"])))

    assert examination.check("not_withdrawn").reason == "status-unsupported"


def test_names_an_issuer_that_no_address_can_be() -> None:
    forged = guild.signed(guild.badge("https://[", credentialStatus=guild.status()))

    examination = guild.examine(forged, {guild.LIST: guild.signed(guild.status_list())})

    assert (examination.state, examination.binding) == ("unknown", "claimed")
    assert examination.check("not_withdrawn").reason == "list-kept-by-another"


def test_gives_a_node_what_looks_like_a_keyword_for_its_name() -> None:
    forged = genuine()
    forged["evidence"].append({"id": "@foo"} | DIPLOMA)

    examination = guild.examine(forged)

    assert examination.unsigned == ("/evidence/1",)


def test_signs_in_the_reading_that_is_tried_last() -> None:
    document = guild.badge(evidence=[{"id": f"urn:{number}", "name": "|"} for number in range(400)])
    proof = genuine()["proof"] | {"id": "urn:p"}
    del proof["proofValue"]
    parts = [
        canonicalize(part, generation=GENERATIONS[-1], old_escapes=True).content
        for part in (proof | {"@context": document["@context"]}, document)
    ]
    value = guild.to_multibase(guild.KEY.sign(b"".join(hashlib.sha256(part).digest() for part in parts)))
    signed = proof | {"proofValue": value}

    with within(5):
        alone = guild.examine(document | {"proof": signed})
        six = guild.examine(document | {"proof": [signed] * 6})

    assert (alone.state, six.check("intact").reason) == ("valid", "signature-does-not-match")


@pytest.mark.breadth
def test_shows_a_thousand_statements_of_which_the_last_was_not_signed() -> None:
    """In each of the ways to read a badge, all signatures but one hold."""
    key = guild.P256_KEY
    evidence = [
        {"id": f"urn:{number}", "type": ["Evidence"], "name": f"|{number}", "narrative": "jti"} for number in range(300)
    ]
    base = selective_signer.base(guild.badge(guild.did(key), evidence=evidence), key)
    forged = selective_signer.derived(base, ["/evidence"])
    signature, proof_key, signatures, labels, places = selective_signer.components(forged)
    parts = [signature, proof_key, [*signatures[:-1], signatures[0]], labels, places]

    with within(5):
        examination = guild.examine(selective_signer.with_components(forged, parts))

    assert examination.check("intact").reason == "signature-does-not-match"


@pytest.mark.breadth
def test_makes_nodes_so_alike_that_six_proofs_would_take_a_minute() -> None:
    alike = [
        {"id": f"_:{one}", "type": ["Achievement"], "related": [{"id": f"_:{other}"} for other in range(20)]}
        for one in range(20)
    ]
    forged = genuine()
    forged["credentialSubject"]["achievement"]["related"] = alike

    with within(2):
        examination = guild.examine(forged | {"proof": [forged["proof"]] * 6})

    assert examination.check("intact").reason == "not-canonicalisable"


def test_signs_six_times_what_is_endless() -> None:
    endless = guild.signed_in("eddsa-jcs-2022", guild.badge(tag=["x"] * 20_000), guild.KEY)

    assert guild.examine(endless).check("intact").reason == "not-canonicalisable"
