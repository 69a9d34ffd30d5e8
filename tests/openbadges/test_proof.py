"""A token that nobody signed, or signed with a trick, gives no payload."""

import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges.proofs.jws import BadSignature, Unsupported, read_token
from wallet.openbadges.proofs.keys import PublicKey, public_key_from_jwk
from wallet.openbadges.proofs.multibase import to_base64url

CLAIMS = {"id": "urn:uuid:b1", "name": "Souder"}


def public(key: guild.PrivateKey) -> PublicKey:
    return public_key_from_jwk(guild.jwk(key))


def verified(compact: str, key: PublicKey) -> bytes:
    """The payload of a token that *key* signed."""
    token = read_token(compact)
    token.verify(key)
    return token.payload


def refusal(compact: str, key: guild.PrivateKey = guild.KEY) -> str:
    with pytest.raises(BadSignature) as problem:
        verified(compact, public(key))
    return problem.value.reason


@rows(
    ("algorithm", "number"),
    [("EdDSA", 0), ("Ed25519", 0), ("ES256", 1), ("ES384", 2)]
    + [(name, 3) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")],
)
def test_what_was_signed_is_given_back(algorithm: str, number: int) -> None:
    key = [guild.KEY, guild.P256_KEY, guild.P384_KEY, guild.rsa_key()][number]

    assert json.loads(verified(guild.token(CLAIMS, key, alg=algorithm), public(key))) == CLAIMS


def test_another_key_opens_nothing() -> None:
    assert refusal(guild.token(CLAIMS, guild.OTHER_KEY)) == "signature-does-not-match"
    assert refusal(guild.token(CLAIMS, guild.P256_KEY)) == "algorithm-does-not-fit-key"


def with_header(**header: object) -> str:
    """A token with a header of any kind, signed by the guild all the same."""
    head, body = to_base64url(json.dumps(header).encode()), to_base64url(b"{}")
    return f"{head}.{body}.{to_base64url(guild.KEY.sign(f'{head}.{body}'.encode()))}"


@rows("algorithm", ["none", "None", "nOnE", "NONE", "HS256", "hs512", None, ["EdDSA"], 5, ""], ids=repr)
def test_algorithms_that_prove_nothing_are_refused(algorithm: object) -> None:
    token = with_header(alg=algorithm)

    if algorithm == "":
        with pytest.raises(Unsupported):
            verified(token, public(guild.KEY))
    else:
        assert refusal(token) == "algorithm-forbidden"
    assert refusal(with_header()) == "algorithm-forbidden"


def test_a_token_without_its_signature_is_refused() -> None:
    head, body, _ = guild.token(CLAIMS).split(".")

    assert refusal(f"{head}.{body}.") == "signature-does-not-match"
    assert refusal(f"{to_base64url(b'{}')}.{body}.") == "algorithm-forbidden"


def test_a_public_key_is_not_taken_for_a_secret() -> None:
    """The oldest trick: HS256 with the text of the public key, which everybody has."""
    text = guild.rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (text, json.dumps(guild.jwk(guild.rsa_key())).encode()):
        from hmac import digest  # noqa: PLC0415

        head, body = to_base64url(b'{"alg":"HS256"}'), to_base64url(b"{}")
        made = digest(secret, f"{head}.{body}".encode(), "sha256")
        assert refusal(f"{head}.{body}.{to_base64url(made)}", guild.rsa_key()) == "algorithm-forbidden"


@pytest.mark.parametrize("extra", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": False, "crit": ["b64"]}])
def test_extensions_that_we_do_not_know_make_it_invalid(extra: dict[str, object]) -> None:
    assert refusal(with_header(alg="EdDSA", **extra)) == "critical-header-not-understood"


@pytest.mark.parametrize("extra", [{"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example/cert"}])
def test_addresses_in_the_header_lead_nowhere(extra: dict[str, object]) -> None:
    assert verified(guild.token(CLAIMS, **extra), public(guild.KEY))
    assert refusal(guild.token(CLAIMS, guild.OTHER_KEY, **extra)) == "signature-does-not-match"


def test_an_algorithm_that_we_do_not_know_is_not_called_wrong() -> None:
    with pytest.raises(Unsupported) as problem:
        verified(with_header(alg="ML-DSA-44"), public(guild.KEY))

    assert problem.value.reason == "algorithm-unsupported"


HEAD = to_base64url(b'{"alg":"EdDSA"}')
TWICE = to_base64url(b'{"alg":"EdDSA","alg":"none"}')


@rows(
    "compact",
    [
        "",
        "a.b",
        "a.b.c.d",
        f"{HEAD}.e30.AA==",
        f"{HEAD}=.e30.AA",
        f"{to_base64url(b'[]')}.e30.AA",
        f"{to_base64url(b'[' * 100_000)}.e30.AA",
        f"{to_base64url(b'{')}.e30.AA",
        f"{TWICE}.e30.AA",
        f"{to_base64url(json.dumps({'alg': 'EdDSA', 'x': 'y' * 70_000}).encode())}.e30.AA",
        f"{HEAD}.{'A' * 12_000_000}.AA",
    ],
    ids=range(11),
)
def test_what_is_no_token_is_refused(compact: str) -> None:
    with pytest.raises(BadSignature):
        read_token(compact)


def test_a_payload_with_two_spellings_is_refused() -> None:
    with pytest.raises(BadSignature):
        _ = read_token(f"{HEAD}.e3B=.AA").payload
    with pytest.raises(BadSignature):
        _ = read_token(f"{HEAD}.QR.AA").claims


def test_a_big_picture_fits_in() -> None:
    claims = {"image": "data:image/png;base64," + "A" * 2_000_000}

    assert json.loads(verified(guild.token(claims), public(guild.KEY))) == claims


GOOD = guild.token(CLAIMS)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("Az09-_.=~ \n"))
def test_no_changed_character_goes_unnoticed(place: int, other: str) -> None:
    changed = GOOD[:place] + other + GOOD[place + 1 :]
    if changed == GOOD:
        return

    with pytest.raises((BadSignature, Unsupported)):
        verified(changed, public(guild.KEY))
