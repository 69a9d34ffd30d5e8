"""Issues badges with PyPI's openbadgeslib: a list of orders in, a list of what was made out, both JSON.

An order names the version ("2.0", "3.0"), how it is secured ("JWS", "JWT", "proof"), the kind of key, and whether the
badge is withdrawn afterwards. Every key is made here, for this once. Out go the text, the same baked by the library
into a PNG and an SVG, and what the issuer's web answers. An order with a "text" is only baked.

Run by .venv-others alone: the library is under the LGPL and is no part of the wallet.
"""

import base64
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from openbadgeslib import baking, ob2, ob3
from openbadgeslib.keys import KeyFactory, KeyType, alg_for_key_type, public_jwk_from_pem

HOME = "https://library.example"
DID = "did:web:library.example"
LIST = f"{HOME}/lists/1"
ISSUED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
OVER = ISSUED + timedelta(days=365)
OF_3_0 = {"keyword": baking.ITXT_KEYWORD_OB3}, {"element": baking.SVG_ELEMENT_OB3, "namespace": baking.SVG_NS_OB3}


def issue(order: dict[str, Any]) -> dict[str, Any]:
    """One badge as *order* wants it."""
    png, svg = base64.b64decode(order["png"]), order["svg"].encode()
    if "text" in order:
        is_json = order["text"].startswith("{")
        into_png, into_svg = OF_3_0 if order["version"] == "3.0" else ({}, {})
        baked = (
            baking.bake_png(png, order["text"], **into_png),
            baking.bake_svg(svg, order["text"], as_text=is_json, **into_svg),
        )
        return told(order["text"], *baked, {})
    kind = KeyType[order["key"]]
    private, public = KeyFactory(kind).generate_keypair()
    if order["version"] == "2.0":
        signer, badge, web = ob2.OB2Signer(private, alg_for_key_type(kind)), *assertion(public, order)
    else:
        is_proof = order["secured"] == "proof"
        signer = ob3.OB3LdpSigner(private) if is_proof else ob3.OB3Signer(private, alg_for_key_type(kind))
        badge, web = credential(public, order), published(private, public, kind, order)
    text = signer.sign_to_json(badge) if order["secured"] == "proof" else signer.sign(badge)
    return told(text, signer.sign_into_png(badge, png), signer.sign_into_svg(badge, svg), web)


def told(text: str, png: bytes, svg: bytes, web: dict[str, Any]) -> dict[str, Any]:
    return {"secured": text, "png": base64.b64encode(png).decode(), "svg": svg.decode(), "web": web}


def assertion(public: bytes, order: dict[str, Any]) -> tuple[ob2.Assertion, dict[str, Any]]:
    """A badge of 2.0 and the documents that it points at."""
    badge = ob2.Assertion(
        recipient=ob2.IdentityObject.create("maria@example.org", "sel"),
        badge=f"{HOME}/classes/welding",
        verification=ob2.Verification("SignedBadge", f"{HOME}/key"),
        issued_on=ISSUED,
        expires=OVER,
        narrative="Trois soudures, seule.",
    )
    documents = [
        ob2.CryptographicKey(f"{HOME}/key", f"{HOME}/issuer", public.decode()),
        ob2.Profile(
            f"{HOME}/issuer",
            "La bibliothèque",
            url=HOME,
            email="issuer@library.example",
            public_key=[f"{HOME}/key"],
            revocation_list=LIST,
        ),
        ob2.BadgeClass(
            f"{HOME}/classes/welding",
            "Souder",
            "Assembler deux tôles.",
            f"{HOME}/welding.png",
            f"{HOME}/criteria",
            f"{HOME}/issuer",
        ),
        ob2.RevocationList(LIST, f"{HOME}/issuer", [badge.id] if order["withdrawn"] else []),
    ]
    return badge, {document.id: document.to_dict() for document in documents}


def credential(public: bytes, order: dict[str, Any]) -> ob3.OpenBadgeCredential:
    """A badge of 3.0."""
    return ob3.OpenBadgeCredential(
        issuer=ob3.Issuer(issuer_of(public, order), "La bibliothèque", url=HOME),
        recipient_id="mailto:maria@example.org",
        achievement=ob3.Achievement(
            "urn:uuid:6f4a3d0e-6d1c-4a3c-8f0e-4c3f1d6b2a10",
            "Souder",
            "Assembler deux tôles.",
            "Souder **seule**.",
            achievement_type="Competency",
            credits_available=4.5,
            tags=["métal", "feu"],
        ),
        issuance_date=ISSUED,
        expiration_date=OVER,
        credential_status=[ob3.status_entry(LIST, "revocation", 42)],
    )


def issuer_of(public: bytes, order: dict[str, Any]) -> str:
    return ob3.did_key_from_pem(public) if order["secured"] == "proof" else DID


def published(private: bytes, public: bytes, kind: KeyType, order: dict[str, Any]) -> dict[str, Any]:
    """The issuer's DID document and its list of withdrawn badges, a token."""
    withdrawn = [42] if order["withdrawn"] else []
    unsigned = ob3.build_status_list_credential(issuer_of(public, order), LIST, "revocation", withdrawn, issued=ISSUED)
    return {
        f"{HOME}/.well-known/did.json": ob3.build_did_document(DID, [("key-1", public_jwk_from_pem(public))]),
        LIST: ob3.sign_status_list_credential(unsigned, private, alg_for_key_type(kind)),
    }


json.dump([issue(order) for order in json.load(sys.stdin)], sys.stdout)
