"""ES512, ES256K and the keys of EBSI: what is signed so is checked like everything else; what we cannot check says so."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import KEY, P256_KEY, P521_KEY, SECP256K1_KEY
from wallet.openbadges.proofs import dids, jws, keys
from wallet.openbadges.proofs.data_integrity import fits

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LISTS = CORPUS / "blockchain-certificates+cert-verifier-js" / "test" / "fixtures"
JWS_2020 = "https://w3id.org/security/suites/jws-2020/v1"


def claims(issuer: str, **members: Any) -> dict[str, Any]:
    return guild.badge(issuer, **members) | {"iss": issuer, "jti": "urn:uuid:b1"}


NAMES = ["did:key", "did:jwk", "jwk_jcs-pub"]


def names(key: guild.PrivateKey) -> tuple[str, str, str]:
    return guild.did(key), guild.did_jwk(key), guild.did_jcs(key)


@rows("number", range(3), ids=NAMES)
@rows("key", [P521_KEY, SECP256K1_KEY, P256_KEY, KEY], ids=["ES512", "ES256K", "ES256", "EdDSA"])
@pytest.mark.breadth
def test_a_token_of_these_keys_is_valid_and_one_that_was_changed_is_not(key: guild.PrivateKey, number: int) -> None:
    issuer = names(key)[number]
    token = guild.token(claims(issuer), key, kid=issuer)
    header, _, signature = token.split(".")
    changed = guild.token(claims(issuer, name="Docteur"), key, kid=issuer).split(".")[1]

    found = guild.examine(token)

    assert (found.state, found.binding) == ("valid", "self-certified")
    assert guild.examine(f"{header}.{changed}.{signature}").state == "invalid"
    assert (
        guild.examine(guild.token(claims(issuer), SECP256K1_KEY if key == KEY else KEY, kid=issuer)).state == "invalid"
    )


def test_the_key_of_another_curve_did_not_sign() -> None:
    """A point of P-256 is not one of secp256k1, though both signatures are of 64 bytes."""
    token = guild.token(claims(guild.did(P256_KEY)), P256_KEY, alg="ES256K")

    check = guild.examine(token).check("intact")

    assert (check.outcome, check.reason) == ("failed", "algorithm-does-not-fit-key")


def of_2020(key: guild.PrivateKey, **members: Any) -> dict[str, Any]:
    return guild.badge(guild.did(key), **{"@context": [guild.VC1, guild.OB3, JWS_2020]}, **members)


@pytest.mark.parametrize(
    ("suite", "key"),
    [
        ("JsonWebSignature2020", SECP256K1_KEY),
        ("JsonWebSignature2020", P521_KEY),
        ("EcdsaSecp256k1Signature2019", SECP256K1_KEY),
    ],
    ids=["ES256K", "ES512", "2019"],
)
def test_a_proof_of_these_keys_is_valid_and_one_that_was_changed_is_not(suite: str, key: guild.PrivateKey) -> None:
    made = guild.signed_in(suite, of_2020(key), key)

    assert guild.examine(made).state == "valid"
    assert guild.examine(made | {"name": "Docteur"}).state == "invalid"
    assert (
        guild.examine(guild.signed_in(suite, of_2020(P256_KEY), key, verificationMethod=guild.method(P256_KEY))).state
        == "invalid"
    )


def test_a_suite_of_one_curve_is_for_no_other() -> None:
    made = guild.signed_in("EcdsaSecp256k1Signature2019", of_2020(P256_KEY), P256_KEY)

    assert guild.examine(made).check("intact").reason == "algorithm-does-not-fit-key"


def test_the_example_of_the_standard_verifies() -> None:
    """RFC 7515, A.4."""
    key = {
        "kty": "EC",
        "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    }
    token = (
        "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-"
        "KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
    )

    read = jws.read_token(token)
    read.verify(keys.public_key_from_jwk(key))
    assert read.payload == b"Payload"


def test_the_name_of_a_person_in_ebsis_own_examples_is_a_key() -> None:
    """As its conformance guide writes it (DID Method for Natural Persons)."""
    did = (
        "did:key:z2dmzD81cgPx8Vki7JbuuMmFYrWPgYoytykUZ3eyqht1j9KbsEYvdrjxMjQ4tpnje9BDBTzuNDP3knn6qLZErzd4bJ5go2CCho"
        "Pjd5GAH3zpFJP5fuwSk66U5Pq6EhF4nKnHzDnznEP8fX99nZGgwbAh1o7Gj1X52Tdhf7U4KTk66xsA5r"
    )
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "ngy44T1vxAT6Di4nr-UaM9K3Tlnz9pkoksDokKFkmNc",
        "y": "QCRfOKlSM31GTkb4JHx3nXB4G_jSPMsbdjzlkT_UpPc",
    }

    assert dids.key_in(did) == keys.public_key_from_jwk(jwk)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of badges (../shared/corpus) is not here")
@pytest.mark.parametrize("name", ["", "-suspension"])
def test_lists_that_others_signed_with_secp256k1_verify(name: str) -> None:
    """The context of the suite, which is not ours to have, only names what the proof says in words that we know."""
    found = json.loads((LISTS / f"blockcerts-status-list-2021{name}.json").read_text())
    found["@context"] = [address for address in found["@context"] if "secp256k1-2019" not in address]

    assert fits(found, found["proof"], dids.key_in(found["issuer"])).whole
    with pytest.raises(jws.BadSignature):
        fits(found | {"id": "https://evil.example/list"}, found["proof"], dids.key_in(found["issuer"]))


# What we cannot check is unknown, and says what it is.


def test_a_proof_of_bbs_is_told_as_such() -> None:
    proof = guild.signed(guild.badge())["proof"] | {"cryptosuite": "bbs-2023"}
    found = guild.examine(guild.badge() | {"proof": proof})
    check = found.check("intact")

    assert (found.state, check.outcome, check.reason, check.detail) == (
        "unknown",
        "unknown",
        "proof-unsupported",
        "bbs-2023",
    )
    assert found.format.endswith("bbs-2023")


UNREACHED = ["did:webvh:QmfGEUAcMpzo25kF2Rhn8L2yVmhTdBRK9jmXJHQ:guild.example", "did:ebsi:zvHWX359A3CvfJnCYaAiAde"]


@pytest.mark.parametrize("issuer", UNREACHED)
def test_a_did_beyond_our_reach_is_told_as_such_in_a_token(issuer: str) -> None:
    for kid in (f"{issuer}#key-1", "key-1", None):
        check = guild.examine(guild.token(claims(issuer), KEY, kid=kid)).check("intact")

        assert (check.outcome, check.reason) == ("unknown", "did-method-unsupported")
        assert issuer in check.detail


@pytest.mark.parametrize("issuer", UNREACHED)
def test_a_did_beyond_our_reach_is_told_as_such_in_a_proof(issuer: str) -> None:
    found = guild.examine(guild.signed(guild.badge(issuer), by=f"{issuer}#key-1"))

    assert (found.state, found.check("intact").reason) == ("unknown", "did-method-unsupported")


@pytest.mark.parametrize("issuer", UNREACHED)
def test_a_key_that_stands_in_the_name_of_such_a_did_is_only_claimed(issuer: str) -> None:
    found = guild.examine(guild.signed(guild.badge(issuer), by=f"{issuer}#{guild.multikey(KEY)}"))

    assert (found.state, found.binding, found.check("bound").reason) == ("unknown", "claimed", "did-method-unsupported")
    by_key = guild.examine(guild.signed(guild.badge(issuer)))
    assert (by_key.state, by_key.binding, by_key.check("bound").reason) == (
        "unknown",
        "claimed",
        "did-method-unsupported",
    )
