"""A key is read in every shape in which issuers publish it, and refused when a signature by it would mean nothing."""

import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges.proofs import keys
from wallet.openbadges.proofs.keys import (
    PublicKey,
    UnusableKey,
    public_key_from_jwk,
    public_key_from_method,
    public_key_from_multikey,
    public_key_from_pem,
)
from wallet.openbadges.proofs.multibase import to_base64url, to_multibase


def pem(key: guild.PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def every_key() -> list[guild.PrivateKey]:
    return [guild.KEY, guild.P256_KEY, guild.P384_KEY, guild.rsa_key(), guild.P521_KEY, guild.SECP256K1_KEY]


KINDS = ["ed25519", "p256", "p384", "rsa", "p521", "secp256k1"]


@rows("number", range(6), ids=KINDS)
def test_one_key_is_one_key_in_whatever_shape(number: int) -> None:
    key = every_key()[number]
    found = {
        kind: key_of(kind_of)
        for kind, key_of, kind_of in (
            ("pem", public_key_from_pem, pem(key)),
            ("jwk", public_key_from_jwk, guild.jwk(key)),
            ("multikey", public_key_from_multikey, guild.multikey(key)),
        )
    }

    assert found["pem"] == found["jwk"] == found["multikey"]
    assert found["pem"].kind == KINDS[number]


ALGORITHMS = {
    0: {"EdDSA", "Ed25519"},
    1: {"ES256"},
    2: {"ES384"},
    3: {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    4: {"ES512"},
    5: {"ES256K"},
}


@rows("number", range(6), ids=KINDS)
def test_a_key_knows_its_own_signatures_and_no_others(number: int) -> None:
    key = every_key()[number]
    public = public_key_from_jwk(guild.jwk(key))
    for algorithm in keys.ALGORITHMS:
        if algorithm in ALGORITHMS[number]:
            made = guild.signature(b"message", key, algorithm)
            assert public.made(made, b"message", algorithm)
            assert not public.made(made, b"messagf", algorithm)
            assert not public.made(made[:-1] + bytes([made[-1] ^ 1]), b"message", algorithm)
            assert not public.made(made + b"\0", b"message", algorithm)
        else:
            assert not public.made(guild.signature(b"message", key), b"message", algorithm)
    for forbidden in ("none", "HS256", "", "ES256K-R"):
        assert not public.made(b"", b"message", forbidden)


METHODS: list[tuple[dict[str, Any], guild.PrivateKey]] = [
    ({"type": "Multikey", "publicKeyMultibase": guild.multikey(guild.KEY)}, guild.KEY),
    ({"type": "JsonWebKey", "publicKeyJwk": guild.jwk(guild.P256_KEY)}, guild.P256_KEY),
    ({"type": "CryptographicKey", "publicKeyPem": pem(guild.P384_KEY)}, guild.P384_KEY),
    (guild.jwk(guild.KEY, use="sig", key_ops=["verify"]), guild.KEY),
    (guild.jwk(guild.KEY, use=None, key_ops=None, d=None), guild.KEY),  # as tools write it that write all members
    (
        {
            "type": "EcdsaSecp256k1VerificationKey2019",
            "publicKeyBase58": to_multibase(
                guild.SECP256K1_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
            )[1:],
        },
        guild.SECP256K1_KEY,
    ),
    (
        {
            "type": "Ed25519VerificationKey2018",
            "publicKeyBase58": to_multibase(guild.KEY.public_key().public_bytes_raw())[1:],
        },
        guild.KEY,
    ),
]


@rows(("method", "key"), METHODS, ids=["multikey", "jwk", "pem", "bare jwk", "nulls", "secp256k1 2019", "base58"])
def test_a_verification_method_gives_its_key(method: dict[str, Any], key: guild.PrivateKey) -> None:
    assert public_key_from_method(method) == public_key_from_jwk(guild.jwk(key))


def reason(read: Any, written: Any) -> str:
    with pytest.raises(UnusableKey) as problem:
        read(written)
    return problem.value.reason


@rows(
    ("jwk", "why"),
    [
        (guild.jwk(guild.KEY, d="secret"), "private-key-published"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "private-key-published"),
        (guild.jwk(guild.KEY, use="enc"), "key-not-for-signatures"),
        (guild.jwk(guild.KEY, key_ops=["sign"]), "key-not-for-signatures"),
        (guild.jwk(guild.KEY, key_ops=5), "key-not-for-signatures"),
        (guild.jwk(guild.KEY, x="AAAA"), "key-malformed"),
        (guild.jwk(guild.KEY, x=5), "key-malformed"),
        ({"kty": "OKP", "crv": "Ed25519"}, "key-malformed"),
        ({"kty": "OKP", "crv": "X25519", "x": "AAAA"}, "key-unsupported"),
        ({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}, "key-malformed"),
        ({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}, "key-malformed"),
        ({"kty": "EC", "crv": "BLS12-381", "x": "AA", "y": "AA"}, "key-unsupported"),
        ({"kty": "EC", "crv": ["P-256"], "x": "AA", "y": "AA"}, "key-unsupported"),
        (guild.jwk(guild.P256_KEY, y=to_base64url(b"\1" * 32)), "key-malformed"),
        ({}, "key-unsupported"),
    ],
)
def test_a_json_web_key_that_is_no_good_is_refused(jwk: dict[str, Any], why: str) -> None:
    assert reason(public_key_from_jwk, jwk) == why


def test_keys_that_anyone_can_sign_for_are_refused() -> None:
    for y in keys._SMALL_ORDER:
        for sign in (0, 0x80):
            point = y[:31] + bytes([y[31] | sign])
            written = to_multibase(b"\xed\x01" + point)
            assert reason(public_key_from_multikey, written) == "key-too-weak"


def test_the_points_of_small_order_are_those_that_eight_times_come_to_nothing() -> None:
    prime = 2**255 - 19
    d = -121665 * pow(121666, -1, prime) % prime

    def add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
        (x1, y1), (x2, y2) = one, other
        k = d * x1 * x2 * y1 * y2
        x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, prime)
        return x % prime, (y1 * y2 + x1 * x2) * pow(1 - k, -1, prime) % prime

    for written in keys._SMALL_ORDER:
        y = int.from_bytes(written, "little") % prime
        square = (y * y - 1) * pow(d * y * y + 1, -1, prime) % prime
        x = pow(square, (prime + 3) // 8, prime)
        x = x if (x * x - square) % prime == 0 else x * pow(2, (prime - 1) // 4, prime) % prime
        point = (x, y)
        for _ in range(3):
            point = add(point, point)
        assert point == (0, 1)


def test_short_and_careless_rsa_keys_are_refused() -> None:
    assert reason(public_key_from_jwk, guild.jwk(guild.rsa_key(1024))) == "key-too-weak"
    modulus = guild.rsa_key().public_key().public_numbers().n
    careless = rsa.RSAPublicNumbers(3, modulus).public_key()
    assert reason(keys._usable, careless) == "key-too-weak"
    endless = {"kty": "RSA", "e": "AQAB", "n": to_base64url((2**16_000 + 1).to_bytes(2_001))}
    assert reason(public_key_from_jwk, endless) in ("key-unsupported", "key-malformed")


@rows(
    ("written", "why"),
    [
        ("", "key-malformed"),
        ("z", "key-unsupported"),
        (to_multibase(b"\xeb\x01" + b"\2" * 96), "key-unsupported"),
        (to_multibase(b"\xe7\x01" + b"\5" * 33), "key-malformed"),
        (to_multibase(b"\x82\x24" + b"\5" * 67), "key-malformed"),
        (to_multibase(b"\xed\x01" + b"\2" * 31), "key-malformed"),
        (to_multibase(b"\x80\x24" + b"\5" * 33), "key-malformed"),
        (to_multibase(b"\x81\x24" + b"\5" * 49), "key-malformed"),
        (to_multibase(b"\x85\x24" + b"\5" * 49), "key-malformed"),
        (guild.multikey(guild.KEY) + "\n", "key-malformed"),
    ],
)
def test_a_multikey_that_is_none_is_refused(written: str, why: str) -> None:
    assert reason(public_key_from_multikey, written) == why


def jcs(content: bytes) -> str:
    return to_multibase(b"\xd1\xd6\x03" + content)


@rows("number", range(6), ids=KINDS)
def test_a_multikey_may_be_a_json_web_key(number: int) -> None:
    key = every_key()[number]

    assert public_key_from_multikey(guild.did_jcs(key).removeprefix("did:key:")) == public_key_from_jwk(guild.jwk(key))


@rows(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"kty":"OKP","kty":"OKP"}',
        json.dumps(guild.jwk(guild.P256_KEY)).encode(),
        rfc8785.dumps(guild.jwk(guild.P256_KEY, d="AA")),
        rfc8785.dumps(guild.jwk(guild.P256_KEY)) + b" ",
        rfc8785.dumps(guild.jwk(guild.P256_KEY, y="AA")),
    ],
)
def test_a_json_web_key_has_one_spelling_in_a_multikey(content: bytes) -> None:
    """Or one issuer would have as many names as there are spellings."""
    assert reason(public_key_from_multikey, jcs(content)) == "key-malformed"


def test_other_kinds_of_key_are_unsupported_not_wrong() -> None:
    curve = ec.generate_private_key(ec.BrainpoolP256R1())
    assert reason(public_key_from_pem, pem(curve)) == "key-unsupported"
    assert reason(public_key_from_method, {"type": "Unheard"}) == "key-unsupported"
    assert reason(public_key_from_method, {"publicKeyBase58": "AA", "type": "Unheard"}) == "key-unsupported"


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "é"])
def test_a_pem_text_that_is_none_is_refused(text: str) -> None:
    assert reason(public_key_from_pem, text) == "key-malformed"


def test_base58_that_is_no_key_is_refused() -> None:
    old = {"type": "Ed25519VerificationKey2018", "publicKeyBase58": "abc"}
    assert reason(public_key_from_method, old) == "key-malformed"


def test_two_keys_are_not_equal() -> None:
    one = public_key_from_multikey(guild.multikey(guild.KEY))

    assert one != public_key_from_multikey(guild.multikey(guild.OTHER_KEY))
    assert one == PublicKey("ed25519", Ed25519PublicKey.from_public_bytes(guild.KEY.public_key().public_bytes_raw()))
    assert str(UnusableKey("key-malformed")) == "key-malformed"


RFC_7638 = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
    "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr"
    "n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)
"""The modulus of its example (3.1)."""


@pytest.mark.parametrize(
    ("written", "thumbprint"),
    [
        ({"kty": "RSA", "e": "AQAB", "n": RFC_7638}, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        # RFC 8037, A.3
        (
            {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
    ],
)
def test_a_key_has_the_thumbprint_of_the_standards_examples(written: dict[str, str], thumbprint: str) -> None:
    assert public_key_from_jwk(written).thumbprint == thumbprint


@rows("number", range(6), ids=KINDS)
def test_a_thumbprint_is_the_hash_of_what_a_key_has_to_have(number: int) -> None:
    """RFC 7638, 3: the members that are required, in the order of their names, and nothing between them."""
    key = every_key()[number]
    written = json.dumps(guild.jwk(key), sort_keys=True, separators=(",", ":"))

    assert public_key_from_pem(pem(key)).thumbprint == to_base64url(sha256(written.encode()).digest())
