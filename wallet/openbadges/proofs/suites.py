"""The suites of Data Integrity: what a proof names, and how its value says who signed.

A suite says how document and proof become bytes, and how the value of the proof is written; the key decides with
which hash and which algorithm they are checked. A suite that is not here may be good: it is unknown, never wrong.
Sources: Data Integrity EdDSA Cryptosuites 1.0, 3; Data Integrity ECDSA Cryptosuites 1.0, 3; Ed25519 Signature 2020
(the same bytes as eddsa-rdfc-2022 under another name); Ed25519 Signature 2018; JSON Web Signature 2020, 3; Ecdsa
Secp256k1 Signature 2019.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from . import canonicalization, jws, keys, multibase

if TYPE_CHECKING:
    from .selective_disclosure import Disclosure

Form = Literal["rdfc", "jcs"]
Writing = Literal["signature", "detached", "disclosure"]


@dataclass(frozen=True, slots=True)
class Suite:
    """One way to make bytes of a document and a proof, the kinds of key that it goes with, and how it writes."""

    form: Form
    kinds: frozenset[keys.Kind]
    writing: Writing = "signature"
    other_contexts: tuple[str, ...] = ()
    """Under which older libraries read the proof, where others read it under the context of its document."""

    @property
    def member(self) -> str:
        """The member of the proof that holds the signature, and is not signed itself."""
        return "jws" if self.writing == "detached" else "proofValue"


_EDDSA: frozenset[keys.Kind] = frozenset({"ed25519"})
_ECDSA: frozenset[keys.Kind] = frozenset({"p256", "p384"})
SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        "eddsa-rdfc-2022": Suite("rdfc", _EDDSA),
        "eddsa-2022": Suite("rdfc", _EDDSA),
        "eddsa-jcs-2022": Suite("jcs", _EDDSA),
        "ecdsa-rdfc-2019": Suite("rdfc", _ECDSA),
        "ecdsa-jcs-2019": Suite("jcs", _ECDSA),
        "ecdsa-sd-2023": Suite("rdfc", frozenset({"p256"}), "disclosure"),
        "Ed25519Signature2020": Suite("rdfc", _EDDSA),
        "Ed25519Signature2018": Suite("rdfc", _EDDSA, "detached", ("https://w3id.org/security/v2",)),
        "JsonWebSignature2020": Suite("rdfc", _EDDSA | _ECDSA | {"p521", "secp256k1", "rsa"}, "detached"),
        "EcdsaSecp256k1Signature2019": Suite(
            "rdfc", frozenset({"secp256k1"}), "detached", ("https://w3id.org/security/v2",)
        ),
    }
)
"""The suites that we check, by cryptosuite or, before Data Integrity, by type."""

_ALGORITHMS: Mapping[keys.Kind, tuple[str, canonicalization.HashName]] = MappingProxyType(
    {
        "ed25519": ("EdDSA", "sha256"),
        "p256": ("ES256", "sha256"),
        # Data Integrity ECDSA Cryptosuites, 3.2.3: SHA-384 for P-384, inside RDFC-1.0 as well.
        "p384": ("ES384", "sha384"),
    }
)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature over the whole document, and the key that it has to fit."""

    key: keys.PublicKey
    content: bytes
    algorithm: str
    hash_name: canonicalization.HashName
    before: bytes = b""
    """What is signed before the hashes."""
    labels: Mapping[str, str] = field(default_factory=dict)

    def holds(self, proof: bytes, document: bytes) -> bool:
        """Whether the key signed *proof* and *document*, both in their canonical form."""
        return self.key.made(self.content, self.before + digests(self.hash_name, proof, document), self.algorithm)

    def chosen(self, _document: bytes) -> list[bytes]:
        """The statements that the holder chose to show: none, all are shown."""
        return []


def digests(hash_name: canonicalization.HashName, proof: bytes, document: bytes) -> bytes:
    """What is signed of a canonical *proof* and *document*: their hashes, side by side."""
    hashed = getattr(hashlib, hash_name)
    digest: bytes = hashed(proof).digest() + hashed(document).digest()
    return digest


def suite_of(proof: Mapping[str, Any]) -> str:
    """The name of the suite of *proof*, known or not."""
    name = proof.get("cryptosuite") if proof.get("type") == "DataIntegrityProof" else proof.get("type")
    return name[:80] if isinstance(name, str) else "unknown"


def signed_by(proof: Mapping[str, Any], key: keys.PublicKey) -> "Signature | Disclosure":
    """What *proof* says was signed with *key*, not yet verified.

    Raises BadSignature when *key* cannot have signed in this suite or the value is malformed, Unsupported when the
    suite or the algorithm is unknown to us or the proof is not for verifiers, Inexpressible beyond our limits.
    """
    name = suite_of(proof)
    suite = SUITES.get(name)
    if suite is None:
        raise jws.Unsupported("proof-unsupported", name)
    if key.kind not in suite.kinds:
        raise jws.BadSignature("algorithm-does-not-fit-key", f"{name} {key.kind}")
    value = proof.get(suite.member)
    match suite.writing:
        case "disclosure":
            from .selective_disclosure import disclosure  # noqa: PLC0415  # loaded with CBOR, where it is needed

            return disclosure(value, key)
        case "detached":
            return _detached(value, key, name)
    return Signature(key, _multibase(value), *_ALGORITHMS[key.kind])


def _detached(value: object, key: keys.PublicKey, name: str) -> Signature:
    found = jws.detached_jws(value if isinstance(value, str) else "")
    if name == "Ed25519Signature2018" and not found.plain:
        raise jws.BadSignature("proof-malformed", "the header of jws")
    if keys.ALGORITHMS[found.algorithm].kind != key.kind:
        raise jws.BadSignature("algorithm-does-not-fit-key", f"{found.algorithm} {key.kind}")
    return Signature(key, found.signature, found.algorithm, "sha256", found.before)


def _multibase(value: object) -> bytes:
    try:
        return multibase.from_multibase(value if isinstance(value, str) else "")
    except ValueError:
        raise jws.BadSignature("proof-malformed", "proofValue") from None
