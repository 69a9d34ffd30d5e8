"""Issues SD-JWT with PyPI's openbadgeslib (extra `eudi`): a list of orders in, a list of what was made out, both JSON.

An order names the kind of key, and if wanted a holder who shows their key ("bound"), the value in a Token Status List
("status"), and a certificate beside the token ("certified"). Every key is made here, for this once. Out go the text, and
what the issuer's web answers.

Run by .venv-others alone: the libraries are under the LGPL and are no part of the wallet.
"""

import base64
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from openbadgeslib import ob3
from openbadgeslib.keys import KeyFactory, KeyType, public_jwk_from_pem
from openbadgeslib.ob3 import eudi
from openvc.keys import Ed25519SigningKey, P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from openvc.status.issue import build_status_list_token, build_token_status_reference
from openvc.status.token_status_list import new_status_list, set_status

HOME = "https://library.example"
DID = "did:web:library.example"
LIST = f"{HOME}/tokens/1"
PLACE = 42
ISSUED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


def issue(order: dict[str, Any]) -> dict[str, Any]:
    """One badge as *order* wants it."""
    kind = KeyType[order["key"]]
    private, public = KeyFactory(kind).generate_keypair()
    holder = P256SigningKey.generate(kid="holder")
    badge = ob3.OpenBadgeCredential(
        issuer=ob3.Issuer(DID, "La bibliothèque", url=HOME),
        recipient_id="mailto:maria@example.org",
        achievement=ob3.Achievement(
            "urn:uuid:6f4a3d0e-6d1c-4a3c-8f0e-4c3f1d6b2a10", "Souder", "Assembler deux tôles.", "Souder **seule**."
        ),
        issuance_date=ISSUED,
        expiration_date=ISSUED + timedelta(days=365) if order.get("ends", True) else None,
    )
    more: dict[str, Any] = {}
    if order.get("bound"):
        more["holder_jwk"] = holder.public_jwk()
    if "status" in order:
        more["status"] = build_token_status_reference(uri=LIST, index=PLACE)
    if order.get("certified"):
        more["x5c"] = [certificate(private)]
    text = eudi.issue_badge_sd_jwt(badge, privkey_pem=private, **more)
    if order.get("withheld"):
        text = text.partition("~")[0] + "~"
    if order.get("bound"):
        suite = SdJwtVcProofSuite()
        text = suite.create_presentation(text, holder_key=holder, audience="https://verifier.example", nonce="n")
    web: dict[str, Any] = {
        f"{HOME}/.well-known/did.json": ob3.build_did_document(DID, [("key-1", public_jwk_from_pem(public))])
    }
    if order.get("certified"):
        web = {}
    if "status" in order:
        web[LIST] = status_list(order["status"], private, kind)
    return {"secured": text, "web": web}


def certificate(private: bytes) -> str:
    """A certificate that the key signs for itself, in the base64 of `x5c`."""
    key = serialization.load_pem_private_key(private, None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "La bibliothèque")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, ISSUED, ISSUED + timedelta(days=365))
    return base64.b64encode(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)).decode()


def status_list(value: int, private: bytes, kind: KeyType) -> str:
    """The library's list of tokens, with *value* at our place."""
    key = (P256SigningKey if kind is KeyType.ECC else Ed25519SigningKey).from_pem(private, kid=f"{DID}#key-1")
    listed = new_status_list(10_000, bits=2)
    set_status(listed, PLACE, value, bits=2)
    set_status(listed, PLACE + 1, 1, bits=2)
    return build_status_list_token(
        signing_key=key, uri=LIST, status_list=listed, bits=2, issued_at=ISSUED, ttl=3600, issuer=DID
    )


json.dump([issue(order) for order in json.load(sys.stdin)], sys.stdout)
