"""JSON Web Signatures in their compact form: `header.payload.signature`, or `header..signature` beside what is signed.

The key is given by the caller; the header names an algorithm and we only look whether it fits the key. Nothing in
the header is followed: not `jku`, not `x5u`. none and HS* are refused, so is any `crit` and so is `b64: false`, but
for the one pair of them that makes a signature a detached one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .. import examination, strict_json
from . import keys, multibase

_LONGEST_HEADER = 65_536
"""Bytes; an RSA key in `jwk` alone passes the 512 of many libraries."""
_LONGEST_PAYLOAD = 8 * 1024 * 1024
"""Bytes; badges carry their pictures as data: addresses."""


class BadSignature(examination.Unverified):
    """What is signed is not what stands here, or it is not a signature at all."""

    outcome = "failed"


class Unsupported(examination.Unverified):
    """A kind of proof that we cannot check: it may be good."""


@dataclass(frozen=True)
class Token:
    """A compact JWS taken apart, not yet verified."""

    header: Mapping[str, Any]
    signed: bytes
    written: str
    """Its payload, as it stands in it."""
    signature: bytes

    @cached_property
    def payload(self) -> bytes:
        """What it says; raises BadSignature."""
        try:
            return multibase.from_base64url(self.written)
        except ValueError:
            raise BadSignature("token-malformed") from None

    @cached_property
    def claims(self) -> dict[str, Any]:
        """What it says, read strictly; raises BadSignature, and UnreadableBadge where that is no JSON object."""
        return strict_json.read_object(self.payload)

    def verify(self, key: keys.PublicKey) -> None:
        """That *key* signed it (RFC 7515, 5.2; RFC 8725).

        Raises BadSignature when it did not, and Unsupported when the algorithm is one that we do not know.
        """
        algorithm = signing_algorithm(self.header)
        if keys.ALGORITHMS[algorithm].kind != key.kind:
            raise BadSignature("algorithm-does-not-fit-key", f"{algorithm} {key.kind}")
        if not key.made(self.signature, self.signed, algorithm):
            raise BadSignature("signature-does-not-match", algorithm)


@dataclass(frozen=True, slots=True)
class DetachedJws:
    """A signature over bytes that stand elsewhere: `before` and then those bytes are what is signed."""

    algorithm: str
    before: bytes
    signature: bytes
    plain: bool
    """Whether its header says nothing else than how it is signed."""


def detached_jws(compact: str) -> DetachedJws:
    """The signature in a detached JWS, not yet verified (RFC 7797, 5.1 and 6; RFC 7515, Appendix F).

    Raises BadSignature when it is none, and Unsupported when the algorithm is one that we do not know.
    """
    token = read_token(compact)
    header = dict(token.header)
    if token.written or header.pop("b64", True) is not False or header.pop("crit", None) != ["b64"]:
        raise BadSignature("token-malformed", "not detached")
    return DetachedJws(signing_algorithm(header), token.signed, token.signature, plain=header.keys() == {"alg"})


def signing_algorithm(header: Mapping[str, Any]) -> str:
    """The algorithm that *header* names, when it is one that we check; raises BadSignature or Unsupported."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm.upper() == "NONE" or algorithm.upper().startswith("HS"):
        raise BadSignature("algorithm-forbidden", str(algorithm)[:40])
    if "crit" in header or header.get("b64", True) is not True:
        # RFC 7515, 4.1.11 and RFC 7797: extensions that we do not know make it invalid.
        raise BadSignature("critical-header-not-understood")
    if algorithm not in keys.ALGORITHMS:
        raise Unsupported("algorithm-unsupported", algorithm[:40])
    return algorithm


def read_token(compact: str) -> Token:
    """*compact* taken apart (RFC 7515, 7.1); raises BadSignature."""
    parts = compact.split(".")
    if len(parts) != 3 or len(parts[0]) > _LONGEST_HEADER * 4 // 3 or len(parts[1]) > _LONGEST_PAYLOAD * 4 // 3:
        raise BadSignature("token-malformed")
    try:
        header = strict_json.read_object(multibase.from_base64url(parts[0]))
        signature = multibase.from_base64url(parts[2])
    except (ValueError, examination.UnreadableBadge):
        raise BadSignature("token-malformed") from None
    return Token(header, compact.rpartition(".")[0].encode(), parts[1], signature)
