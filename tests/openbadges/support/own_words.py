"""An issuer with a vocabulary of its own, which signs as others do: with pyld alone, and a loader that knows all contexts."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyld import jsonld

from tests.openbadges.support import guild
from wallet import openbadges
from wallet.openbadges import Examination
from wallet.openbadges.proofs import contexts
from wallet.openbadges.proofs.multibase import to_multibase

WORDS = "https://guild.example/words"
MORE = "https://other.example/words"
VOCABULARY = "https://guild.example/v#"
TERMS: dict[str, Any] = {
    "@version": 1.1,
    "@protected": True,
    "guild": VOCABULARY,
    "Bootcamp": "guild:Bootcamp",
    "workload": "guild:workload",
    "course": {"@id": "guild:course", "@context": {"name": "guild:label", "room": "guild:room"}},
}
"""What a careful issuer writes."""


def context(terms: Any = None, **more: Any) -> bytes:
    """The document at WORDS, with *terms* or those of a careful issuer and *more*."""
    return json.dumps({"@context": TERMS | more if terms is None else terms}).encode()


def badge(*addresses: str, **members: Any) -> dict[str, Any]:
    """Maria's badge in the words of the guild and of *addresses*, not signed."""
    return guild.badge(**{"@context": [guild.VC2, guild.OB3, *(addresses or [WORDS])], **members})


def in_itself(document: Mapping[str, Any], given: Mapping[str, bytes]) -> dict[str, Any]:
    """*document* with the context at WORDS written out in it instead."""
    terms = json.loads(given[WORDS])["@context"]
    written = terms if isinstance(terms, list) else [terms]
    there = [one for named in document["@context"] for one in (written if named == WORDS else [named])]
    return {**document, "@context": there}


def signed(
    document: Mapping[str, Any], given: Mapping[str, bytes], key: Ed25519PrivateKey = guild.KEY, **members: Any
) -> dict[str, Any]:
    """*document* with a proof of eddsa-rdfc-2022 under our contexts and those *given*."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-01-02T00:00:00Z",
        "verificationMethod": guild.method(key),
        "proofPurpose": "assertionMethod",
    } | members
    plain = {name: value for name, value in document.items() if name != "proof"}
    hashes = [
        sha256(said(part, given).encode()).digest() for part in ({"@context": document["@context"]} | proof, plain)
    ]
    return {**plain, "proof": proof | {"proofValue": to_multibase(key.sign(b"".join(hashes)))}}


def said(document: Mapping[str, Any], given: Mapping[str, bytes]) -> str:
    """The canonical N-Quads of *document*, as pyld works them out."""

    def load(address: str, _options: Any) -> dict[str, Any]:
        found = json.loads(given[address]) if address in given else {"@context": contexts.context(address)}
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": address, "document": found}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    found: str = jsonld.normalize(document, options)
    return found


def examine(document: Mapping[str, Any], given: Mapping[str, bytes], **how: Any) -> Examination:
    """*document* through the only door, with the contexts *given*, in a web where nobody answers."""
    return openbadges.examine(json.dumps(document).encode(), guild.web().fetch, guild.NOW, contexts=given, **how)
