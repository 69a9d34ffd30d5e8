"""An issuer that signs statements one by one, and a holder who shows some of them, as ecdsa-sd-2023 says.

Written from the standard and not from the engine: of the engine it uses only the way from a document to statements.
Source: Data Integrity ECDSA Cryptosuites 1.0, 3.4 to 3.6.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from copy import deepcopy
from itertools import count
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from tests.openbadges.support import guild
from wallet.openbadges.proofs.canonicalization import _Naming, canonicalize
from wallet.openbadges.proofs.jsonld_expansion import expand
from wallet.openbadges.proofs.multibase import from_multibase, to_base64url
from wallet.openbadges.proofs.nquads import Quad, statements

PROOF_KEY = ec.derive_private_key(11, ec.SECP256R1())
"""Made for one proof alone; here the same at each run."""
HMAC_KEY = b"\x07" * 32
ALWAYS = (
    "/issuer",
    "/validFrom",
    "/validUntil",
    "/credentialSubject/identifier",
    "/credentialSubject/achievement/name",
    "/credentialSubject/achievement/description",
    "/credentialSubject/achievement/criteria",
)
BASE, DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"

Document = Mapping[str, Any]


def base(document: Document, key: guild.PrivateKey, always: Iterable[str] = ALWAYS) -> dict[str, Any]:
    """*document* with a base proof, for its holder: everything in it can be shown, *always* must be (3.6.1)."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "ecdsa-sd-2023",
        "created": "2026-01-02T00:00:00Z",
        "verificationMethod": guild.method(key),
        "proofPurpose": "assertionMethod",
    }
    whole = _Whole(document)
    must = whole.lines(always)
    chosen = [line for line in whole.all() if line not in must]
    made = [guild.signature(line.encode(), PROOF_KEY) for line in chosen]
    options = canonicalize({**proof, "@context": document["@context"]}).content
    shown = "".join(line for line in whole.all() if line in must)
    signed = hashlib.sha256(options).digest() + public() + hashlib.sha256(shown.encode()).digest()
    parts = [guild.signature(signed, key), public(), HMAC_KEY, made, list(always)]
    return {**document, "proof": proof | {"proofValue": written(BASE, parts)}}


def derived(document: Document, chosen: Iterable[str] = ()) -> dict[str, Any]:
    """What the holder of a *document* with a base proof shows of it: what he must, and what he chose (3.6.6)."""
    proof = document["proof"]
    signature, key, _, signatures, always = cbor2.loads(from_multibase(proof["proofValue"])[3:])
    plain = {name: value for name, value in document.items() if name != "proof"}
    whole, shown = _Whole(plain), [*always, *chosen]
    must, revealed = whole.lines(always), whole.lines(shown)
    by_line = dict(zip([line for line in whole.all() if line not in must], signatures, strict=True))
    told = [line for line in whole.all() if line in revealed]
    kept = [by_line[line] for line in told if line not in must]
    places = [place for place, line in enumerate(told) if line in must]
    parts = [signature, key, kept, whole.labels_for(shown), places]
    return {**selected(plain, shown), "proof": proof | {"proofValue": written(DERIVED, parts)}}


def components(document: Document) -> list[Any]:
    """The parts of the derived proof of *document*: signature, key, signatures, labels and mandatory places."""
    return list(cbor2.loads(from_multibase(document["proof"]["proofValue"])[3:]))


def with_components(document: Document, parts: Any, header: bytes = DERIVED) -> dict[str, Any]:
    """*document* with a derived proof of these *parts*."""
    return {**document, "proof": document["proof"] | {"proofValue": written(header, parts)}}


def written(header: bytes, parts: Any) -> str:
    """The value of a proof, from its *parts*, or from their bytes."""
    return "u" + to_base64url(header + (parts if isinstance(parts, bytes) else cbor2.dumps(parts)))


def public(key: ec.EllipticCurvePrivateKey = PROOF_KEY) -> bytes:
    """The public half of *key* as the bytes of a Multikey."""
    return from_multibase(guild.multikey(key))


def lines_of(document: Document, labels: Mapping[int, bytes]) -> list[str]:
    """What a verifier makes of *document*: its statements in order, with *labels*."""
    named = {f"c14n{number}": f"u{to_base64url(label)}" for number, label in labels.items()}
    plain = {name: value for name, value in document.items() if name != "proof"}
    return [f"{line}\n" for line in canonicalize(plain, labels=named).content.decode().split("\n")[:-1]]


def selected(document: Any, pointers: Iterable[str]) -> Any:
    """The part of *document* to which *pointers* lead, with the ids and types on the way (selectJsonLd)."""
    paths = [pointer.split("/")[1:] for pointer in pointers]
    return {"@context": document["@context"]} | _selected(document, paths)


def _selected(source: Any, paths: list[list[str]]) -> Any:
    if [] in paths:
        return deepcopy(source)
    if isinstance(source, list):
        places = sorted({int(path[0]) for path in paths})
        return [_selected(source[place], [path[1:] for path in paths if path[0] == str(place)]) for place in places]
    wanted = dict.fromkeys(path[0] for path in paths)
    below = {name: _selected(source[name], [path[1:] for path in paths if path[0] == name]) for name in wanted}
    return {name: source[name] for name in ("id", "type") if name in source} | below


class _Whole:
    """A document of which each part can be told as statements under the same labels (skolemizeCompactJsonLd)."""

    def __init__(self, document: Document) -> None:
        self._document = _with_names(document, count())
        self._quads = _quads(self._document)
        self._canonical = _Naming(set(self._quads), "sha256").names()

    def all(self) -> list[str]:
        return sorted(map(self._line, self._quads))

    def lines(self, pointers: Iterable[str]) -> set[str]:
        return {self._line(quad) for quad in _quads(selected(self._document, pointers))}

    def labels_for(self, pointers: Iterable[str]) -> dict[int, bytes]:
        names = _Naming(set(_quads(selected(self._document, pointers))), "sha256").names()
        return {int(name.removeprefix("_:c14n")): self._label(term) for term, name in names.items()}

    def _label(self, term: str) -> bytes:
        return hmac.digest(HMAC_KEY, self._canonical[term].removeprefix("_:").encode(), "sha256")

    def _line(self, quad: Quad) -> str:
        terms = [f"_:u{to_base64url(self._label(term))}" if term.startswith("_:") else term for term in quad if term]
        return f"{' '.join(terms)} .\n"


def _with_names(value: Any, numbers: "count[int]") -> Any:
    if isinstance(value, list):
        return [_with_names(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    below = {name: inner if name == "@context" else _with_names(inner, numbers) for name, inner in value.items()}
    return {"id": f"urn:bnid:{next(numbers)}"} | below


def _quads(document: Document) -> list[Quad]:
    """The statements of a *document* with names for all nodes, those that were given to it taken away again."""
    found = statements(expand(document).nodes).quads
    return [
        tuple(f"_:b{term[10:-1]}" if term.startswith("<urn:bnid:") else term for term in quad)  # type: ignore[misc]
        for quad in found
    ]
