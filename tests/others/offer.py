"""An issuer of OpenID for Verifiable Credential Issuance 1.0: PyPI's openbadgeslib (extra `oid4vci`), over HTTPS on loopback.

offer.py FOLDER CERTIFICATE [PATH]: its state in FOLDER, its certificate and key in one file, PATH that of an issuer with one.
The first line that it writes is its port. POST /trial/offer?format=…&tx=1 makes an offer; GET /trial/asked tells what came since the beginning.

Run by .venv-others alone: the library is under the LGPL and is no part of the wallet.
"""

import base64
import json
import pathlib
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from openbadgeslib.confparser import ConfParser
from openbadgeslib.keys import KeyFactory, KeyType
from openbadgeslib.oid4vci import (
    InMemoryOID4VCIStore,
    NonceIssuer,
    OID4VCIError,
    build_authorization_server_metadata,
    build_credential_offer,
    build_issuer_metadata,
    handle_credential_request,
    handle_nonce_request,
    handle_token_request,
)

FOLDER, CERTIFICATE = pathlib.Path(sys.argv[1]), sys.argv[2]
PATH = sys.argv[3] if len(sys.argv) > 3 else ""
SETTINGS = """
[paths]
base = {folder}
base_key = {folder}
base_log = {folder}
base_image = {folder}
base_status = {folder}
[logs]
general = g.log
signer = s.log
[issuer]
name = Fablab de Caen
url = https://localhost:{port}
email = nobody@example.org
publish_url = https://localhost:{port}/
did = auto
[oid4vci]
credential_issuer = https://localhost:{port}{path}
batch_size = 3
[badge_adapt]
name = S’adapter
description = Changer de tâche sans perdre le fil
criteria_narrative = Vu au travail
local_image = x.svg
image = https://localhost:{port}/x.svg
criteria = https://localhost:{port}/c.html
verify_key = https://localhost:{port}/k.pem
badge = https://localhost:{port}/b.json
private_key = {folder}/private.pem
public_key = {folder}/public.pem
key_type = ED25519
oid4vci_formats = jwt_vc_json, vc+sd-jwt
"""
ASKED: list[str] = []
OFFERS: dict[str, str] = {}


class Issuer(BaseHTTPRequestHandler):
    """One request."""

    conf: Any
    origin = ""
    store = InMemoryOID4VCIStore()
    nonces = NonceIssuer(store)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        ASKED.append(path)
        if path == f"/.well-known/openid-credential-issuer{PATH}":
            self.answer(200, build_issuer_metadata(self.conf))
        elif path == f"/.well-known/oauth-authorization-server{PATH}":
            self.answer(200, build_authorization_server_metadata(self.conf))
        elif path.startswith(f"{PATH}/offers/"):
            self.answer(200, json.loads(OFFERS[path.rpartition("/")[2]]))
        elif path == "/.well-known/did.json":
            self.answer(200, self.did())
        elif path == "/trial/asked":
            self.answer(200, ASKED)
        else:
            self.answer(404, {})

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        ASKED.append(path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            self.answer(200, self.post(path, body))
        except OID4VCIError as problem:
            self.answer(problem.http_status, problem.to_dict())

    def post(self, path: str, body: str) -> Any:
        if path == "/trial/offer":
            return self.offer()
        if path == f"{PATH}/token":
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            code, tx_code = form.get("pre-authorized_code", ""), form.get("tx_code")
            kind = form.get("grant_type", "")
            return handle_token_request(
                self.conf, code=code, tx_code=tx_code, store=self.store, grant_type=kind
            ).to_dict()
        if path == f"{PATH}/nonce":
            return handle_nonce_request(self.conf, nonces=self.nonces)
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        return handle_credential_request(
            self.conf, body, access_token=bearer, store=self.store, nonces=self.nonces
        ).to_dict()

    def offer(self) -> dict[str, Any]:
        asked = parse_qs(urlsplit(self.path).query)
        made = build_credential_offer(
            self.conf,
            "badge_adapt",
            "sonia@example.org",
            store=self.store,
            credential_format=asked.get("format", [None])[0],
            tx_code="tx" in asked,
        )
        OFFERS[made.grant_id] = made.offer_json
        by_reference = made.uri_by_reference(f"{self.origin}{PATH}/offers/{made.grant_id}")
        return {"by_value": made.uri, "by_reference": by_reference, "tx_code": made.tx_code}

    def did(self) -> dict[str, Any]:
        """The did:web of the issuer, so that what was issued can be checked."""
        raw = load_pem_public_key((FOLDER / "public.pem").read_bytes()).public_bytes_raw()  # type: ignore[union-attr]
        me = f"did:web:localhost%3A{self.server.server_address[1]}"
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
        method = {"id": f"{me}#key-1", "type": "JsonWebKey", "controller": me, "publicKeyJwk": jwk}
        return {
            "@context": "https://www.w3.org/ns/did/v1",
            "id": me,
            "assertionMethod": [method["id"]],
            "verificationMethod": [method],
        }

    def answer(self, status: int, told: Any) -> None:
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_told: Any) -> None:
        """Nothing is written but the port."""


def main() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    private, public = KeyFactory(KeyType.ED25519).generate_keypair()
    (FOLDER / "private.pem").write_bytes(private)
    (FOLDER / "public.pem").write_bytes(public)
    (FOLDER / "x.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    settings = FOLDER / "settings.ini"
    settings.write_text(SETTINGS.format(folder=FOLDER, port=port, path=PATH), encoding="utf-8")
    Issuer.conf, Issuer.origin = ConfParser(str(settings)).read_conf(), f"https://localhost:{port}"
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.serve_forever()


main()
