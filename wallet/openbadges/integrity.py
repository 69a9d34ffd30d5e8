"""Data Integrity: whether a proof that stands inside a document fits the document, and how such a proof is made.

The proof names a suite, the suite says how document and proof become bytes, the key decides with which hash and
which algorithm they are checked. What is hashed is the whole document but its proofs, and the whole proof but its
value: nothing is picked out.
Sources: Verifiable Credential Data Integrity 1.0, 4; Data Integrity EdDSA Cryptosuites 1.0, 3; Data Integrity ECDSA
Cryptosuites 1.0, 3; Ed25519 Signature 2020 (the same bytes as eddsa-rdfc-2022 under another name).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .canonical import HashName, canonicalize
from .contexts import CHANGED_IN_PLACE, GAINED_TERMS, GENERATIONS, NEWEST
from .expansion import MOST_MEMBERS, members
from .keys import Kind, PublicKey
from .multibase import from_multibase, to_multibase
from .proof import BadSignature, Unsupported
from .quads import Inexpressible
from .texts import listed

Form = Literal["rdfc", "jcs"]


@dataclass(frozen=True, slots=True)
class Suite:
    """One way to make bytes of a document and a proof, and the kinds of key that it goes with."""

    form: Form
    kinds: frozenset[Kind]


_EDDSA: frozenset[Kind] = frozenset({"ed25519"})
_ECDSA: frozenset[Kind] = frozenset({"p256", "p384"})
SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        "eddsa-rdfc-2022": Suite("rdfc", _EDDSA),
        "eddsa-2022": Suite("rdfc", _EDDSA),
        "eddsa-jcs-2022": Suite("jcs", _EDDSA),
        "ecdsa-rdfc-2019": Suite("rdfc", _ECDSA),
        "ecdsa-jcs-2019": Suite("jcs", _ECDSA),
        "Ed25519Signature2020": Suite("rdfc", _EDDSA),
    }
)
"""The suites that we check, by cryptosuite or, before Data Integrity, by type."""

_ALGORITHMS: Mapping[Kind, tuple[str, HashName]] = MappingProxyType(
    {
        "ed25519": ("EdDSA", "sha256"),
        "p256": ("ES256", "sha256"),
        # Data Integrity ECDSA Cryptosuites, 3.2.3: SHA-384 for P-384, inside RDFC-1.0 as well.
        "p384": ("ES384", "sha384"),
    }
)


_MOST_TO_READ_AGAIN = 3_000
"""Members of a document that is read in more than one way, times its proofs: each of them is read so."""
_MOST_PROOFS_TO_READ_AGAIN = 2
_WRITTEN_IN_TWO_WAYS = re.compile(r"\\[tbf\\]|\\u00[017]|[|^`]")
"""In JSON, what older libraries write into N-Quads as it is, and newer ones escape."""


@dataclass(frozen=True, slots=True)
class Fits:
    """A proof that fits its document."""

    generation: str
    """That of the context of Open Badges 3.0.3 under which it did."""
    whole: bool
    """False when members of the document were dropped on the way to the bytes, and are not covered."""
    form: Form


def suite_of(proof: Mapping[str, Any]) -> str:
    """The name of the suite of *proof*, known or not."""
    name = proof.get("cryptosuite") if proof.get("type") == "DataIntegrityProof" else proof.get("type")
    return name[:80] if isinstance(name, str) else "unknown"


def proofs_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The proofs that stand in *document*; raises BadSignature when one is not an object."""
    found = listed(document.get("proof"))
    if not all(isinstance(proof, dict) for proof in found):
        raise BadSignature("proof-malformed")
    return found


def fits(document: Mapping[str, Any], proof: Mapping[str, Any], key: PublicKey) -> Fits:
    """That *proof* was made with *key* over *document*, its other proofs set aside unless they are chained to it.

    Raises BadSignature when it was not, Unsupported when the suite is unknown to us, and UnknownContext or
    Inexpressible when the document cannot be brought into its canonical form.
    """
    suite = SUITES.get(suite_of(proof))
    if suite is None:
        raise Unsupported("proof-unsupported", suite_of(proof))
    if key.kind not in suite.kinds:
        raise BadSignature("algorithm-does-not-fit-key", f"{suite_of(proof)} {key.kind}")
    signature = _signature(proof)
    algorithm, hash_name = _ALGORITHMS[key.kind]
    plain, config = _parts(document, proof, suite.form)
    for generation, old_escapes in _readings(document, suite.form):
        message, whole = _message(plain, config, suite.form, hash_name, generation, old_escapes=old_escapes)
        if key.made(signature, message, algorithm):
            return Fits(generation, whole, suite.form)
    raise BadSignature("signature-does-not-match", suite_of(proof))


def _message(
    plain: Mapping[str, Any],
    config: Mapping[str, Any],
    form: Form,
    hash_name: HashName,
    generation: str,
    *,
    old_escapes: bool,
) -> tuple[bytes, bool]:
    """The bytes that are signed, and whether every member of the document is in them."""
    if form == "jcs":
        contents, whole = [_jcs(config), _jcs(plain)], True
    else:
        said = [
            canonicalize(part, hash_name=hash_name, generation=generation, old_escapes=old_escapes)
            for part in (config, plain)
        ]
        if not said[0].whole:
            # Its purpose or its end would be anybody's to change.
            raise Inexpressible("the proof has members that the contexts do not define")
        contents, whole = [part.content for part in said], said[1].whole
    return b"".join(hashlib.new(hash_name, content).digest() for content in contents), whole


def _jcs(document: Mapping[str, Any]) -> bytes:
    if sum(1 for _ in members(document)) > MOST_MEMBERS:
        raise Inexpressible(f"more than {MOST_MEMBERS} members")
    try:
        return rfc8785.dumps(dict(document))
    except rfc8785.CanonicalizationError as problem:
        raise Inexpressible(str(problem)[:80]) from None


def _signature(proof: Mapping[str, Any]) -> bytes:
    value = proof.get("proofValue")
    try:
        return from_multibase(value if isinstance(value, str) else "")
    except ValueError:
        raise BadSignature("proof-malformed", "proofValue") from None


def _parts(document: Mapping[str, Any], proof: Mapping[str, Any], form: Form) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is hashed: the document without its proofs but those this one is chained to, and the proof itself."""
    plain = {name: value for name, value in document.items() if name != "proof"}
    chained = _previous(document, proof)
    if chained:
        plain["proof"] = chained
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    if form == "rdfc":
        config["@context"] = document.get("@context", [])
    elif "@context" in config:
        # EdDSA Cryptosuites, 3.3.2: the context of the proof is the beginning of the document's, and the one signed.
        own, whole = listed(config["@context"]), listed(document.get("@context"))
        if whole[: len(own)] != own:
            raise BadSignature("proof-context-differs")
        plain["@context"] = config["@context"]
    return plain, config


def _previous(document: Mapping[str, Any], proof: Mapping[str, Any]) -> list[Any]:
    """The proofs that *proof* is chained to (Data Integrity 1.0, 4.4: Verify Proof Sets and Chains)."""
    names = listed(proof.get("previousProof"))
    wanted = {name for name in names if isinstance(name, str)}
    others = (other for other in proofs_of(document) if other is not proof)
    found = [other for other in others if isinstance(other.get("id"), str) and other["id"] in wanted]
    if not all(isinstance(name, str) for name in names) or {other["id"] for other in found} != wanted:
        raise BadSignature("previous-proof-missing")
    return found


def _readings(document: Mapping[str, Any], form: Form) -> Iterator[tuple[str, bool]]:
    """The generations of contexts, and the ways to escape, under which a document may have been signed."""
    yield NEWEST, False
    if form == "jcs":
        return
    # Only now: nearly every proof fits the first, and most documents read the same in all.
    proofs = len(proofs_of(document))
    if proofs > _MOST_PROOFS_TO_READ_AGAIN or sum(1 for _ in members(document)) * proofs > _MOST_TO_READ_AGAIN:
        return
    text = json.dumps(document)
    older = GENERATIONS[1:] if CHANGED_IN_PLACE in text and any(f'"{term}"' in text for term in GAINED_TERMS) else ()
    for generation in older:
        yield generation, False
    if _WRITTEN_IN_TWO_WAYS.search(text):
        for generation in (NEWEST, *older):
            yield generation, True


def sign_eddsa_rdfc(
    document: Mapping[str, Any],
    private_key: Ed25519PrivateKey,
    verification_method: str,
    created: datetime,
    **more: Any,
) -> dict[str, Any]:
    """*document* with one more proof, of the suite eddsa-rdfc-2022 and for the purpose assertionMethod.

    *created* is an aware moment; *more* are further members of the proof (`id`, `previousProof`, `expires` …).
    Raises UnknownContext or Inexpressible, and Inexpressible also when a member would not be covered.
    """
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
        **more,
    }
    plain, config = _parts(document, proof, "rdfc")
    message, whole = _message(plain, config, "rdfc", "sha256", NEWEST, old_escapes=False)
    if not whole:
        raise Inexpressible("a member of the document would not be signed")
    proof["proofValue"] = to_multibase(private_key.sign(message))
    before = proofs_of(document)
    return {**document, "proof": [*before, proof] if before else proof}
