"""What a proof says of itself: the older suites are read as they were written, and nothing in them is taken on trust."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import KEY, OTHER_KEY, P256_KEY
from wallet.openbadges.proofs.data_integrity import fits
from wallet.openbadges.proofs.jws import BadSignature, Unsupported
from wallet.openbadges.proofs.keys import PublicKey, public_key_from_jwk, public_key_from_method
from wallet.openbadges.proofs.multibase import to_base64url, to_multibase
from wallet.openbadges.proofs.nquads import Inexpressible
from wallet.openbadges.proofs.suites import signed_by

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SECURITY = "https://w3id.org/security/v2"
JWS_2020 = "https://w3id.org/security/suites/jws-2020/v1"


def public(key: guild.PrivateKey = KEY) -> PublicKey:
    return public_key_from_jwk(guild.jwk(key))


def options(suite: str, key: guild.PrivateKey = KEY, **members: Any) -> dict[str, Any]:
    """A proof without its value."""
    return {
        "type": suite,
        "created": "2026-01-02T00:00:00Z",
        "verificationMethod": guild.method(key),
        "proofPurpose": "assertionMethod",
    } | members


def sealed(document: dict[str, Any], proof: dict[str, Any], key: guild.PrivateKey = KEY, **header: Any) -> Any:
    """*document* with *proof* and its detached JWS; what is signed of the proof is read as it stands in it."""
    return document | {"proof": proof | {"jws": guild.detached_jws(guild.to_be_signed(document, proof), key, **header)}}


def of_2022(**members: Any) -> dict[str, Any]:
    return guild.badge(**{"@context": [guild.VC1, guild.OB3, JWS_2020]}, **members)


# A header says how it is signed, and nothing else is heard.


@rows(
    ("header", "reason"),
    [
        ({"b64": True}, "token-malformed"),
        ({"b64": 0}, "token-malformed"),
        ({"b64": None}, "token-malformed"),
        ({"crit": None}, "token-malformed"),
        ({"crit": []}, "token-malformed"),
        ({"crit": ["b64", "exp"]}, "token-malformed"),
        ({"alg": "none"}, "algorithm-forbidden"),
        ({"alg": "HS256"}, "algorithm-forbidden"),
        ({"alg": "ES256"}, "algorithm-does-not-fit-key"),
        ({"alg": "RS256"}, "algorithm-does-not-fit-key"),
    ],
)
@rows("suite", ["Ed25519Signature2018", "JsonWebSignature2020"])
def test_a_header_that_does_not_say_detached_is_refused(suite: str, header: dict[str, Any], reason: str) -> None:
    document = sealed(of_2022(), options(suite), **header)

    with pytest.raises(BadSignature, match=reason):
        fits(document, document["proof"], public())


def test_a_header_of_2018_says_three_things_and_no_more() -> None:
    document = sealed(of_2022(), options("Ed25519Signature2018"), kid="#1")

    with pytest.raises(BadSignature, match="proof-malformed"):
        fits(document, document["proof"], public())


def test_a_header_of_2020_may_name_its_key_and_nobody_follows_it() -> None:
    document = sealed(of_2022(), options("JsonWebSignature2020"), kid="#1", jku="https://evil.example/keys")

    assert fits(document, document["proof"], public()).whole
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(document, document["proof"], public(OTHER_KEY))


def test_a_header_that_was_changed_is_not_the_one_that_was_signed() -> None:
    document = sealed(of_2022(), options("JsonWebSignature2020"))
    _, value = document["proof"]["jws"].split("..")
    header = to_base64url(json.dumps({"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": "#2"}).encode())
    document["proof"]["jws"] = f"{header}..{value}"

    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(document, document["proof"], public())


@rows("value", [None, 5, "", "..", "a..b", "e30..AA", ["x"], "x.y.z"])
@rows("suite", ["Ed25519Signature2018", "JsonWebSignature2020"])
def test_a_value_that_is_no_jws_is_refused(suite: str, value: object) -> None:
    with pytest.raises(BadSignature):
        signed_by(options(suite, jws=value), public())


def test_a_jws_that_brings_its_own_payload_is_refused() -> None:
    document = sealed(of_2022(), options("JsonWebSignature2020"))
    document["proof"]["jws"] = document["proof"]["jws"].replace("..", ".e30.")

    with pytest.raises(BadSignature, match="token-malformed"):
        fits(document, document["proof"], public())


@pytest.mark.parametrize("algorithm", ["PS256", "RS256", "PS384", "RS512"])
def test_a_key_of_rsa_signs_in_each_of_its_ways(algorithm: str) -> None:
    key = guild.rsa_key()
    document = sealed(of_2022(), options("JsonWebSignature2020", key), key, alg=algorithm)

    assert fits(document, document["proof"], public(key)).whole


def test_a_key_of_rsa_is_not_for_the_suite_of_2018() -> None:
    with pytest.raises(BadSignature, match="algorithm-does-not-fit-key"):
        signed_by(options("Ed25519Signature2018", jws="e30..AA"), public(guild.rsa_key()))


# Under which words the proof was read.


def test_a_proof_of_2018_may_have_been_read_under_the_words_of_security() -> None:
    """As older libraries did, whatever the context of the document was."""
    document = guild.badge()
    proof = options("Ed25519Signature2018")
    message = guild.to_be_signed(document, proof | {"@context": SECURITY})
    made = document | {"proof": proof | {"jws": guild.detached_jws(message, KEY)}}

    assert fits(made, made["proof"], public()).whole
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(made | {"name": "Autre"}, made["proof"], public())
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(made, made["proof"] | {"created": "2026-01-03T00:00:00Z"}, public())


def test_a_proof_may_bring_the_words_of_its_own_suite() -> None:
    document = guild.badge(**{"@context": [guild.VC1, guild.OB3]})
    proof = options("JsonWebSignature2020")
    message = guild.to_be_signed(document, proof | {"@context": [*document["@context"], JWS_2020]})
    made = document | {"proof": proof | {"@context": JWS_2020, "jws": guild.detached_jws(message, KEY)}}

    assert fits(made, made["proof"], public()).whole
    own_words = made["proof"] | {"@context": {"JsonWebSignature2020": "urn:x"}}
    with pytest.raises(Inexpressible):
        fits(made, own_words, public())


def test_an_end_hidden_under_words_of_its_own_hides_nothing() -> None:
    """The holder renames the end of the proof, and brings the word that gives it back its meaning."""
    made = guild.signed(guild.badge(), expires="2026-02-01T00:00:00Z")
    end = {"@id": "https://w3id.org/security#expiration", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
    made["proof"] |= {"@context": {"end": end}, "end": made["proof"].pop("expires")}

    assert guild.examine(made).state == "unknown"


# What we cannot check is unknown, and stands in nobody's way.


def test_a_curve_that_we_do_not_know_is_not_called_wrong() -> None:
    with pytest.raises(Unsupported, match="algorithm-unsupported"):
        signed_by(
            options("JsonWebSignature2020", jws=guild.detached_jws(b"", P256_KEY, alg="ML-DSA-44")), public(P256_KEY)
        )
    ours = sealed(of_2022(), options("JsonWebSignature2020"), alg="ML-DSA-44")
    check = guild.examine(ours).check("intact")
    assert (check.outcome, check.reason) == ("unknown", "algorithm-unsupported")


def test_a_key_that_we_do_not_know_is_not_called_wrong() -> None:
    key = to_multibase(b"\xeb\x01" + b"\2" * 96)
    document = sealed(of_2022(issuer={"id": f"did:key:{key}", "type": ["Profile"]}), options("JsonWebSignature2020"))
    document["proof"]["verificationMethod"] = f"did:key:{key}#{key}"

    check = guild.examine(document).check("intact")

    assert (check.outcome, check.reason) == ("unknown", "key-unsupported")


def test_a_proof_that_we_cannot_check_does_not_speak_against_another() -> None:
    good = guild.signed_in("JsonWebSignature2020", of_2022(), KEY)
    other = sealed(of_2022(), options("JsonWebSignature2020"), alg="ML-DSA-44")["proof"]

    assert guild.examine(good | {"proof": [other, good["proof"]]}).state == "valid"
    assert guild.examine(of_2022(name="Autre") | {"proof": [other, good["proof"]]}).state == "invalid"


@pytest.mark.parametrize("suite", ["Ed25519Signature2018", "JsonWebSignature2020"])
def test_a_badge_of_an_older_suite_is_valid_from_end_to_end(suite: str) -> None:
    examination = guild.examine(guild.signed_in(suite, of_2022(), KEY))

    assert (examination.state, examination.check("intact").detail) == ("valid", suite)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of badges (../shared/corpus) is not here")
@pytest.mark.parametrize(
    ("made", "key"),
    [
        ("transmute/credential-2--key-0-ed25519", "key-0-ed25519"),
        ("transmute/credential-1--key-2-secp256r1", "key-2-secp256r1"),
        ("spruce/credential-2--key-2-secp256r1", "key-2-secp256r1"),
    ],
)
def test_what_the_suite_of_dif_signed_fits(made: str, key: str) -> None:
    folder = CORPUS / "decentralized-identity+JWS-Test-Suite/data"
    document = json.loads((folder / f"implementations/{made}.vc.json").read_text(encoding="utf-8"))
    theirs = public_key_from_method(json.loads((folder / f"keys/{key}.public.json").read_text(encoding="utf-8")))

    assert fits(document, document["proof"], theirs).whole
    document["issuanceDate"] = "2021-01-01T19:23:25Z"
    with pytest.raises(BadSignature, match="signature-does-not-match"):
        fits(document, document["proof"], theirs)
