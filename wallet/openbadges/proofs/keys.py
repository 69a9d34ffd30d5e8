"""Public keys: read from the shapes in which issuers publish them, and asked whether a signature is theirs.

The kind of the key decides which algorithms it may check, never the signature that is being checked. A key that
is weak, private or malformed is not read at all: no signature made with it says anything.
Nothing here knows whose key it is: see controllers.py.
"""

import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .. import examination, strict_json, texts
from .multibase import from_base58, from_base64url, from_multibase

Kind = Literal["ed25519", "p256", "p384", "p521", "secp256k1", "rsa"]
CryptographicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class UnusableKey(examination.Unverified):
    """A key that we cannot or will not check a signature with.

    `reason`: key-malformed, key-too-weak, private-key-published, key-not-for-signatures; or key-unsupported for a
    kind of key that may be good and that we do not know.
    """


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to sign: the kind of key that it takes, its hash, and for RSA whether it is PSS."""

    kind: Kind
    hash: hashes.HashAlgorithm
    pss: bool = False


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        "EdDSA": Algorithm("ed25519", hashes.SHA512()),
        "Ed25519": Algorithm("ed25519", hashes.SHA512()),
        "ES256": Algorithm("p256", hashes.SHA256()),
        "ES384": Algorithm("p384", hashes.SHA384()),
        "ES512": Algorithm("p521", hashes.SHA512()),
        "ES256K": Algorithm("secp256k1", hashes.SHA256()),
        "RS256": Algorithm("rsa", hashes.SHA256()),
        "RS384": Algorithm("rsa", hashes.SHA384()),
        "RS512": Algorithm("rsa", hashes.SHA512()),
        "PS256": Algorithm("rsa", hashes.SHA256(), pss=True),
        "PS384": Algorithm("rsa", hashes.SHA384(), pss=True),
        "PS512": Algorithm("rsa", hashes.SHA512(), pss=True),
    }
)
"""The algorithms we check, by their names in JOSE (RFC 7518, RFC 8037, RFC 8812, RFC 9864). Never none, never HS*."""


@dataclass(frozen=True)
class PublicKey:
    """A public key that is strong enough to mean something; two are equal when they are the same key."""

    kind: Kind
    key: CryptographicKey

    @cached_property
    def thumbprint(self) -> str:
        """By which it is told from all others, however it is written (RFC 7638; RFC 8037, A.3)."""
        match self.key:
            case Ed25519PublicKey():
                told = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(self.key.public_bytes_raw())}
            case ec.EllipticCurvePublicKey():
                numbers, size = self.key.public_numbers(), _octets(self.key.curve)
                curve = next(name for name, kind in _CURVES.items() if isinstance(self.key.curve, kind))
                told = {"crv": curve, "kty": "EC", "x": _number(numbers.x, size), "y": _number(numbers.y, size)}
            case rsa_key:
                public = rsa_key.public_numbers()
                e, n = (_number(one, (one.bit_length() + 7) // 8) for one in (public.e, public.n))
                told = {"e": e, "kty": "RSA", "n": n}
        return _base64url(sha256(json.dumps(told, separators=(",", ":")).encode()).digest())

    def made(self, signature: bytes, message: bytes, algorithm: str) -> bool:
        """Whether this key made *signature* over *message*; False also when *algorithm* is not for such a key.

        ECDSA signatures are r and s side by side, as in JOSE (RFC 7518, 3.4) and in Data Integrity.
        """
        rule = ALGORITHMS.get(algorithm)
        if rule is None or rule.kind != self.kind:
            return False
        try:
            match self.key:
                case Ed25519PublicKey():
                    self.key.verify(signature, message)
                case ec.EllipticCurvePublicKey():
                    self.key.verify(_der(signature, _octets(self.key.curve)), message, ec.ECDSA(rule.hash))
                case rsa_key:
                    # RFC 7518, 3.5: the salt is as long as the hash.
                    pss = padding.PSS(padding.MGF1(rule.hash), rule.hash.digest_size)
                    rsa_key.verify(signature, message, pss if rule.pss else padding.PKCS1v15(), rule.hash)
        except InvalidSignature:
            return False
        return True


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _number(number: int, size: int) -> str:
    return _base64url(number.to_bytes(size))


def _octets(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def _der(signature: bytes, size: int) -> bytes:
    if len(signature) != 2 * size:
        raise InvalidSignature
    return utils.encode_dss_signature(int.from_bytes(signature[:size]), int.from_bytes(signature[size:]))


@contextmanager
def _refuse_malformed() -> Iterator[None]:
    """Around what reads a key: whatever a library says of one that is malformed is UnusableKey."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm) as problem:
        raise UnusableKey("key-malformed", str(problem)[:200]) from None


@_refuse_malformed()
def public_key_from_pem(text: str) -> PublicKey:
    """The key of a PEM text (OB 2.0, CryptographicKey, publicKeyPem); raises UnusableKey."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415  # as below

    return _usable(load_pem_public_key(text.encode()))


_PRIVATE = frozenset({"d", "p", "q", "k"})
_CURVES: Mapping[str, type[ec.EllipticCurve]] = MappingProxyType(
    {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1, "secp256k1": ec.SECP256K1}
)
"""By their names in a JSON Web Key (RFC 7518, 6.2.1.1; RFC 8812, 3.1)."""


@_refuse_malformed()
def public_key_from_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """The key of a JSON Web Key (RFC 7517; RFC 8037 for OKP); raises UnusableKey."""
    told = {name: said for name, said in jwk.items() if said is not None}  # null says nothing
    if told.keys() & _PRIVATE:
        raise UnusableKey("private-key-published")
    if told.get("use", "sig") != "sig" or "verify" not in texts.listed(told.get("key_ops", "verify")):
        raise UnusableKey("key-not-for-signatures")
    return _usable(_jwk_key(told))


@_refuse_malformed()
def public_key_from_certificate(text: str) -> PublicKey:
    """The key of a certificate in base64 (RFC 7515, 4.1.6), which nobody has looked at; raises UnusableKey."""
    from cryptography.x509 import InvalidVersion, load_der_x509_certificate  # noqa: PLC0415  # as below

    try:
        return _usable(load_der_x509_certificate(b64decode(text, validate=True)).public_key())
    except InvalidVersion as problem:
        raise UnusableKey("key-malformed", str(problem)[:200]) from None


def _jwk_key(jwk: Mapping[str, Any]) -> object:
    match jwk.get("kty"), jwk.get("crv"):
        case "OKP", "Ed25519":
            return Ed25519PublicKey.from_public_bytes(from_base64url(jwk["x"]))
        case "EC", str(name) if name in _CURVES:
            x, y = from_base64url(jwk["x"]), from_base64url(jwk["y"])
            return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), _CURVES[name]()).public_key()
        case "RSA", _:
            exponent, modulus = from_base64url(jwk["e"]), from_base64url(jwk["n"])
            return rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus)).public_key()
        case kind:
            raise UnusableKey("key-unsupported", str(kind)[:80])


def _rsa_key(content: bytes) -> object:
    # Loaded when asked for: it costs more than the rest of a badge, and few keys are written so.
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    return load_der_public_key(content)


def _canonical_jwk(content: bytes) -> object:
    # One key has one spelling (multicodec, jwk_jcs-pub), or the same issuer would have several names.
    try:
        jwk = strict_json.read_object(content)
    except examination.UnreadableBadge as problem:
        raise UnusableKey("key-malformed", problem.detail) from None
    if rfc8785.dumps(jwk) != content or jwk.keys() & _PRIVATE:
        raise UnusableKey("key-malformed", "jwk_jcs-pub")
    return _jwk_key(jwk)


_READERS: Mapping[bytes, Callable[[bytes], object]] = MappingProxyType(
    {
        b"\xed\x01": Ed25519PublicKey.from_public_bytes,
        b"\x80\x24": partial(ec.EllipticCurvePublicKey.from_encoded_point, ec.SECP256R1()),
        b"\x81\x24": partial(ec.EllipticCurvePublicKey.from_encoded_point, ec.SECP384R1()),
        b"\x82\x24": partial(ec.EllipticCurvePublicKey.from_encoded_point, ec.SECP521R1()),
        b"\xe7\x01": partial(ec.EllipticCurvePublicKey.from_encoded_point, ec.SECP256K1()),
        b"\xd1\xd6\x03": _canonical_jwk,
        # did:key writes the bare RSAPublicKey of PKCS #1; some write the whole SubjectPublicKeyInfo.
        b"\x85\x24": _rsa_key,
    }
)
"""What reads a key of each kind, by the multicodec that it begins with."""


_LONGEST_MULTIKEY = 4_096
"""Characters: an RSA key of 8192 bits has half as many. A JSON Web Key may say more than its key, and it is remembered whole."""


@lru_cache(1_024)
@_refuse_malformed()
def public_key_from_multikey(text: str) -> PublicKey:
    """The key of a multibase text (Controlled Identifiers 1.0, 2.2.2, Multikey; did:key); raises UnusableKey."""
    if len(text) > _LONGEST_MULTIKEY:
        raise UnusableKey("key-malformed", f"{len(text)} characters")
    content = from_multibase(text)
    for codec, read in _READERS.items():
        if content.startswith(codec):
            return _usable(read(content[len(codec) :]))
    raise UnusableKey("key-unsupported", content[:2].hex())


def _usable(key: object) -> PublicKey:
    match key:
        case Ed25519PublicKey():
            return _ed25519(key)
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return PublicKey("p256", key)
        case ec.EllipticCurvePublicKey(curve=ec.SECP384R1()):
            return PublicKey("p384", key)
        case ec.EllipticCurvePublicKey(curve=ec.SECP521R1()):
            return PublicKey("p521", key)
        case ec.EllipticCurvePublicKey(curve=ec.SECP256K1()):
            return PublicKey("secp256k1", key)
        case rsa.RSAPublicKey():
            return _strong_rsa(key)
    raise UnusableKey("key-unsupported", type(key).__name__)


def _strong_rsa(key: rsa.RSAPublicKey) -> PublicKey:
    # NIST SP 800-131A: 2048 bits at least. Beyond 8192 one signature costs more than it is worth.
    if key.key_size < 2048 or key.public_numbers().e < 65537:
        raise UnusableKey("key-too-weak", f"RSA {key.key_size} bits, exponent {key.public_numbers().e}"[:80])
    if key.key_size > 8192:
        raise UnusableKey("key-unsupported", f"RSA {key.key_size} bits")
    return PublicKey("rsa", key)


_SMALL_ORDER = frozenset(
    bytes.fromhex(point)
    for point in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
"""The y of every Ed25519 point of order 1, 2, 4 or 8, in all spellings: anyone can sign for such a key."""


def _ed25519(key: Ed25519PublicKey) -> PublicKey:
    content = key.public_bytes_raw()
    if content[:31] + bytes([content[31] & 0x7F]) in _SMALL_ORDER:
        raise UnusableKey("key-too-weak", "Ed25519 point of small order")
    return PublicKey("ed25519", key)


@_refuse_malformed()
def public_key_from_method(method: Mapping[str, Any]) -> PublicKey:
    """The key of a verification method, or of a key document, in whichever member it stands; raises UnusableKey.

    Sources: Controlled Identifiers 1.0, 2.2 (publicKeyMultibase, publicKeyJwk); DID Core 1.0 (publicKeyBase58);
    Open Badges 2.0, CryptographicKey (publicKeyPem); RFC 7517 (a bare JSON Web Key).
    """
    match method:
        case {"publicKeyMultibase": str(text)}:
            return public_key_from_multikey(text)
        case {"publicKeyJwk": dict(jwk)}:
            return public_key_from_jwk(jwk)
        case {"publicKeyPem": str(text)}:
            return public_key_from_pem(text)
        case {"publicKeyBase58": str(text), "type": "Ed25519VerificationKey2018"}:
            return _usable(Ed25519PublicKey.from_public_bytes(from_base58(text)))
        case {"publicKeyBase58": str(text), "type": "EcdsaSecp256k1VerificationKey2019"}:
            return _usable(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), from_base58(text)))
        case {"kty": str()}:
            return public_key_from_jwk(method)
    raise UnusableKey("key-unsupported", str(method.get("type"))[:80])
