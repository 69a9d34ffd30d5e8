"""What a holder answers to whoever asks who they are: a presentation without any badge, signed with a key of theirs.

It shows that the key is theirs who answer now, to that one host, and nothing else. Both suites are written that askers know
today; under each, its own data model, for one defines no word of the other.
Sources: VCALM 1.0 (draft), DIDAuthentication; Verifiable Credential Data Integrity 1.0, 2.1 (`challenge`, `domain`);
Ed25519 Signature 2020; the did:key Method v0.9.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..proofs import data_integrity, dids

AuthenticationSuite = Literal["Ed25519Signature2020", "eddsa-rdfc-2022"]
_CONTEXTS: Mapping[AuthenticationSuite, tuple[str, ...]] = MappingProxyType(
    {
        "Ed25519Signature2020": (
            "https://www.w3.org/2018/credentials/v1",
            "https://w3id.org/security/suites/ed25519-2020/v1",
        ),
        "eddsa-rdfc-2022": ("https://www.w3.org/ns/credentials/v2",),
    }
)
AUTHENTICATION_SUITES: tuple[AuthenticationSuite, ...] = tuple(_CONTEXTS)
"""Those that we write, in the order in which we would: most who say nothing know the first."""


def authentication(
    private_key: Ed25519PrivateKey, suite: AuthenticationSuite, challenge: str, domain: str, created: datetime
) -> dict[str, Any]:
    """The presentation by which whoever has *private_key* answers *challenge* of *domain*, "" where none is told.

    *created* is an aware moment. The holder in it is the did:key of the key.
    """
    holder = dids.did_key(private_key)
    sign = data_integrity.sign_ed25519_2020 if suite == "Ed25519Signature2020" else data_integrity.sign_eddsa_rdfc
    asked = {"challenge": challenge} | ({"domain": domain} if domain else {})
    return sign(
        {"@context": list(_CONTEXTS[suite]), "type": ["VerifiablePresentation"], "holder": holder},
        private_key,
        f"{holder}#{holder.removeprefix('did:key:')}",
        created,
        proofPurpose="authentication",
        **asked,
    )
