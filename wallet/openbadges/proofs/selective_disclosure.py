"""Selective disclosure: a holder shows some statements of a document that the issuer signed one by one.

The issuer signs what must always be shown, and a key made for this proof alone; that key signs every other
statement. What the holder keeps back leaves no trace, so the blank nodes cannot have their canonical names: the
proof brings the labels under which they were signed. Every statement of what is shown is covered, one way or the
other. Only such a derived proof is checked: a base proof holds what gives all statements away, and is the holder's.
Source: Data Integrity ECDSA Cryptosuites 1.0, 3.5 (ecdsa-sd-2023 Functions) and 3.6.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any, ClassVar, NoReturn

from cbor2 import CBORDecodeError, CBORDecoder

from . import canonicalization, jws, keys, multibase, nquads

_BASE = b"\xd9\x5d\x00"
_DERIVED = b"\xd9\x5d\x01"
_P256 = b"\x80\x24"
"""How a Multikey of P-256 begins; a compressed point follows."""
_MOST_SIGNATURES = 5_000
"""Checking one takes a tenth of a millisecond; a badge makes some hundred statements."""
_LONGEST = 1_000_000
"""Characters of a proof value: so many signatures, and as many labels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disclosure:
    """A derived proof, and the key of the issuer that it has to fit."""

    key: keys.PublicKey
    signature: bytes
    """Of the issuer, over the proof, the key of the proof and the mandatory statements."""
    proof_key: keys.PublicKey
    proof_key_content: bytes
    signatures: tuple[bytes, ...]
    """By the key of the proof, one over each statement that is not mandatory, in their order."""
    labels: Mapping[str, str]
    """From the canonical name of a blank node to the label under which it was signed."""
    mandatory: frozenset[int]
    """The places of the mandatory statements among all that are shown."""

    hash_name: ClassVar[canonicalization.HashName] = "sha256"

    def holds(self, proof: bytes, document: bytes) -> bool:
        """Whether each statement of *document* was signed; both are canonical, the document with `labels` (3.5.9)."""
        lines, chosen = _lines(document), self.chosen(document)
        if len(chosen) != len(self.signatures) or len(lines) != len(chosen) + len(self.mandatory):
            return False
        always = b"".join(line for place, line in enumerate(lines) if place in self.mandatory)
        signed = sha256(proof).digest() + self.proof_key_content + sha256(always).digest()
        return self.key.made(self.signature, signed, "ES256") and all(
            self.proof_key.made(signature, line, "ES256")
            for signature, line in zip(self.signatures, chosen, strict=True)
        )

    def chosen(self, document: bytes) -> list[bytes]:
        """The statements of *document* that the holder chose to show; the others are always shown."""
        return [line for place, line in enumerate(_lines(document)) if place not in self.mandatory]


def _lines(document: bytes) -> list[bytes]:
    return [line + b"\n" for line in document.split(b"\n")[:-1]]


def disclosure(value: object, key: keys.PublicKey) -> Disclosure:
    """The derived proof that *value*, a `proofValue`, writes (3.5.8, parseDerivedProofValue).

    Raises BadSignature when it writes none, Unsupported with the reason `proof-for-holder-only` when it is a base
    proof, and Inexpressible when it is beyond our limits.
    """
    match _components(_content(value)):
        case [bytes(signature), bytes(proof_key), list(signatures), dict(labels), list(mandatory)] if (
            _are_signatures([signature, *signatures]) and _are_labels(labels) and _are_places(mandatory)
        ):
            pass
        case _:
            raise jws.BadSignature("proof-malformed", "ecdsa-sd-2023")
    if len(signatures) > _MOST_SIGNATURES:
        raise nquads.Inexpressible(f"more than {_MOST_SIGNATURES} signatures")
    return Disclosure(
        key=key,
        signature=signature,
        proof_key=_proof_key(proof_key),
        proof_key_content=proof_key,
        signatures=tuple(signatures),
        labels={f"c14n{name}": f"u{multibase.to_base64url(label)}" for name, label in labels.items()},
        mandatory=frozenset(mandatory),
    )


def _content(value: object) -> bytes:
    text = value if isinstance(value, str) else ""
    if len(text) > _LONGEST:
        raise nquads.Inexpressible(f"a proof of more than {_LONGEST} characters")
    try:
        content = multibase.from_base64url(text.removeprefix("u")) if text.startswith("u") else b""
    except ValueError:
        content = b""
    if content.startswith(_BASE):
        raise jws.Unsupported("proof-for-holder-only", "ecdsa-sd-2023")
    if not content.startswith(_DERIVED):
        raise jws.BadSignature("proof-malformed", "proofValue")
    return content.removeprefix(_DERIVED)


def _components(content: bytes) -> Any:
    """What is written in CBOR (RFC 8949), which the standard wants without tags; no more depth than it needs."""
    stream = BytesIO(content)
    try:
        found = CBORDecoder(
            stream,
            # Each tag would be a little program: numbers without end, patterns, references in circles.
            semantic_decoders=defaultdict(lambda: _refuse_tag),
            max_depth=2,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        ).decode()
    except (CBORDecodeError, ValueError):
        return None
    return None if stream.read() else found


def _refuse_tag(_value: Any, _immutable: bool) -> NoReturn:
    raise ValueError("a tag")


def _are_signatures(found: list[Any]) -> bool:
    return all(isinstance(signature, bytes) and len(signature) == 64 for signature in found)


def _are_labels(found: dict[Any, Any]) -> bool:
    # With one label for two nodes, what was said of one thing could be shown as said of two.
    return (
        _are_places(list(found))
        and all(isinstance(label, bytes) and len(label) == 32 for label in found.values())
        and len(set(found.values())) == len(found)
    )


def _are_places(found: list[Any]) -> bool:
    return all(type(place) is int and place >= 0 for place in found) and len(set(found)) == len(found)


def _proof_key(content: bytes) -> keys.PublicKey:
    if not content.startswith(_P256) or len(content) != len(_P256) + 33:
        raise jws.BadSignature("proof-malformed", "the key of the proof")
    try:
        return keys.public_key_from_multikey(multibase.to_multibase(content))
    except keys.UnusableKey as problem:
        raise jws.BadSignature("proof-malformed", problem.reason) from None
