"""Keys of a holder's: one for each exchange with an issuer, so that no key tells two issuers of one person.

A key lives as long as the badge that came by it (badges/ownership.py).
"""

import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from .. import openbadges

_BYTES = 32
"""Of a private key, and of each half of a point and of a signature, on P-256."""


@dataclass(frozen=True, slots=True)
class HolderKey:
    """A key pair of a holder's, of any kind: its public half as a DID, and its private one."""

    did: str
    """`did:jwk:…` for P-256, `did:key:…` for Ed25519."""
    secret: bytes = field(repr=False)
    """32 bytes."""


def make_p256_key() -> HolderKey:
    """A fresh key for ES256."""
    secret = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(_BYTES)
    return HolderKey(_did_jwk(_public_jwk(secret)), secret)


def public_jwk(key: HolderKey) -> dict[str, str]:
    """The public half of a key for ES256. Source: RFC 7518, 6.2.1."""
    return _public_jwk(key.secret)


def sign_token(key: HolderKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A compact JWS of *claims* with ES256. Source: RFC 7515, 3.1; RFC 7518, 3.4."""
    signed = ".".join(_base64url_json(part) for part in ({"alg": "ES256"} | header, claims))
    r, s = decode_dss_signature(_private(key.secret).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{openbadges.to_base64url(r.to_bytes(_BYTES) + s.to_bytes(_BYTES))}"


def make_ed25519_key() -> HolderKey:
    """A fresh key for EdDSA."""
    private = Ed25519PrivateKey.generate()
    return HolderKey(openbadges.did_key(private), private.private_bytes_raw())


def _private(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1())


def _public_jwk(secret: bytes) -> dict[str, str]:
    point = _private(secret).public_key().public_numbers()
    x, y = (openbadges.to_base64url(half.to_bytes(_BYTES)) for half in (point.x, point.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _did_jwk(jwk: dict[str, str]) -> str:
    """Source: did:jwk method specification, 2."""
    return f"did:jwk:{_base64url_json(jwk)}"


def _base64url_json(value: object) -> str:
    return openbadges.to_base64url(json.dumps(value, separators=(",", ":")).encode())
