"""What this instance signs itself: what somebody said, as an endorsement, and the list of what was taken back since.

Nothing here says that what is said is true: the issuer of a word is the instance that received it.
Sources: Open Badges 3.0, EndorsementCredential, Profile; Bitstring Status List 1.0, 2; Data Integrity EdDSA Cryptosuites 1.0.
"""

import gzip
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha384
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..proofs import data_integrity, multibase

LIST_SIZE = 131_072
"""Places in a list of what is withdrawn. Source: Bitstring Status List 1.0, 2.2: so many at least."""
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


@dataclass(frozen=True, slots=True)
class Signer:
    """Whoever signs: an instance, by one of its keys."""

    did: str
    method: str
    """The verification method, as `did:web:host#z6Mk…`."""
    key: Ed25519PrivateKey
    name: str = ""
    url: str = ""
    """Of the instance, for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What somebody says of something, as it is signed."""

    id: str
    """`urn:uuid:…`, of this word alone."""
    subject: str
    """What it is about, as an absolute URI."""
    comment: str
    """The words themselves; "" where somebody confirms without any."""
    name: str
    """What kind of word it is, for people."""
    description: str
    """Who said it and how that is known, in one paragraph for people."""
    begins: datetime
    ends: datetime
    status: tuple[str, int] | None = None
    """The address of the list in which it stands, and its place there."""
    related: Sequence[Mapping[str, str]] = ()
    """`id`, `digestSRI` and `mediaType` of what it was said about, or of a voice (VCDM 2.0, 5.3)."""
    subject_name: str = ""
    """Of an organisation that it is about."""


def digest_sri(content: bytes) -> str:
    """The digest of *content*, as a credential binds it. Source: Verifiable Credentials Data Model 2.0, 5.3."""
    return "sha384-" + b64encode(sha384(content).digest()).decode("ascii")


def endorsement(said: Said, signer: Signer) -> dict[str, Any]:
    """*said* as a signed EndorsementCredential of Open Badges 3.0."""
    subject: dict[str, Any] = {"id": said.subject, "type": ["EndorsementSubject"]}
    if said.subject_name:
        subject["name"] = said.subject_name
    if said.comment:
        subject["endorsementComment"] = said.comment
    document: dict[str, Any] = {
        "@context": [CREDENTIALS, OPEN_BADGES],
        "id": said.id,
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": said.name,
        "description": said.description,
        "issuer": {"id": signer.did, "type": ["Profile"], "name": signer.name, "url": signer.url},
        "validFrom": _text(said.begins),
        "validUntil": _text(said.ends),
        "credentialSubject": subject,
    }
    if said.related:
        document["relatedResource"] = [dict(one) for one in said.related]
    if said.status:
        address, index = said.status
        document["credentialStatus"] = {
            "id": f"{address}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": address,
        }
    return sign(document, signer, said.begins)


def status_list(address: str, bits: bytes, signer: Signer, begins: datetime, ends: datetime) -> dict[str, Any]:
    """The signed list at *address* of which credentials are withdrawn: *bits*, the first one the highest of the first byte.

    Source: Bitstring Status List 1.0, 2.2 and 3.1 (Generate Algorithm).
    """
    encoded = multibase.to_base64url(gzip.compress(bits, mtime=0))
    return sign(
        {
            "@context": [CREDENTIALS],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": signer.did,
            "validFrom": _text(begins),
            "validUntil": _text(ends),
            "credentialSubject": {
                "id": f"{address}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": f"u{encoded}",
            },
        },
        signer,
        begins,
    )


def sign(document: Mapping[str, Any], signer: Signer, created: datetime) -> dict[str, Any]:
    """*document* with one proof (eddsa-rdfc-2022); raises Inexpressible where a member would not be covered."""
    return data_integrity.sign_eddsa_rdfc(document, signer.key, signer.method, created)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
