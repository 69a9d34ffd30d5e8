"""Badges shown to machines: an unsigned Verifiable Presentation of the documents that their issuers secured.

Nothing is written anew: a credential with a proof inside stands there to the letter, since another spelling of a number
or an escape may be another signature; a token stands in an envelope. What is no secured credential has no place there.
Sources: Verifiable Credentials Data Model 2.0, 4.13 (Verifiable Presentations, Enveloped Verifiable Credentials);
Securing Verifiable Credentials using JOSE and COSE, 6.1.1 (application/vc+jwt) and 6.1.3 (application/vc+sd-jwt);
SD-JWT-based Verifiable Credentials (draft-ietf-oauth-sd-jwt-vc), 2.1 (application/dc+sd-jwt).
"""

import json
from collections.abc import Iterable

from . import examination, kinds, opening
from .proofs.signed_texts import SignedText

CONTEXT = "https://www.w3.org/ns/credentials/v2"
_VERIFIABLE = "VerifiableCredential"


def presentable(document: bytes) -> str:
    """The credential in *document*, or baked into it, as it stands in a presentation.

    "" for what is no secured credential of its own: Open Badges 2.0 and before, an address, what nobody signed.
    """
    try:
        found = opening.open_document(document)
    except examination.UnreadableBadge:
        return ""
    if found.signed:
        return _enveloped(found.signed)
    return found.written if _VERIFIABLE in kinds.types(found.claims) and found.claims.get("proof") else ""


def presentation(credentials: Iterable[str]) -> str:
    """The presentation of *credentials*, each as `presentable` gives it."""
    shown = ",".join(credentials)
    # The member is optional, and has at least one value where it stands.
    carried = f',"verifiableCredential":[{shown}]' if shown else ""
    return f'{{"@context":["{CONTEXT}"],"type":["VerifiablePresentation"]{carried}}}'


def _enveloped(signed: SignedText) -> str:
    claims = signed.claims
    if signed.is_sd_jwt:
        # What has a context is a credential of the data model; the claims of SD-JWT VC are another media type.
        kind = "vc+sd-jwt" if "@context" in claims else "dc+sd-jwt"
    else:
        # The credential is what vc+jwt signs; data model 1.1 put it into a claim beside others, which is another token.
        kind = "vc+jwt" if _VERIFIABLE in kinds.types(claims) else "jwt" if isinstance(claims.get("vc"), dict) else ""
    envelope = {
        "@context": CONTEXT,
        "id": f"data:application/{kind},{signed.text}",
        "type": "EnvelopedVerifiableCredential",
    }
    return json.dumps(envelope, separators=(",", ":")) if kind else ""
