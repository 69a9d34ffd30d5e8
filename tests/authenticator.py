"""An authenticator made of software: real keys, real signatures, and everything it says can be bent.

A `Key` is a passkey in somebody's phone. It answers the options of the wallet as a browser would send the answer,
in JSON. What a test wants to be wrong is told by name; what is not told is right, and signed as it stands.
Source: Web Authentication, Level 3, sections 5.8.1 (client data), 6.1 (authenticator data), 6.5 (attestation).
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any, Literal

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
SYNCED = PRESENT | VERIFIED | ELIGIBLE | BACKED_UP
"""The flags of an ordinary phone: a finger was shown, and the phone's maker keeps a copy of the key."""
Algorithm = Literal["ES256", "EdDSA", "RS256"]
Options = dict[str, Any]
Answer = dict[str, Any]


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "===")


def private_key(algorithm: Algorithm) -> EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey:
    """A new private key."""
    if algorithm == "ES256":
        return generate_private_key(SECP256R1())
    return Ed25519PrivateKey.generate() if algorithm == "EdDSA" else generate_rsa_key(65537, 2048)


@dataclass(kw_only=True)
class Key:
    """A passkey in a phone."""

    algorithm: Algorithm = "ES256"
    origin: str = "http://localhost:8000"
    flags: int = SYNCED
    count: int = 0
    """What its counter says next; a key with copies stays at 0."""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""
    """Whose key it is: told when it is made."""
    private: Any = None

    def __post_init__(self) -> None:
        self.private = self.private or private_key(self.algorithm)

    @property
    def public(self) -> dict[int, Any]:
        """The public key as COSE writes it (RFC 9053)."""
        public = self.private.public_key()
        if self.algorithm == "EdDSA":
            return {1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()}
        numbers = public.public_numbers()
        if self.algorithm == "ES256":
            return {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}

    def make(self, options: Options, *, public: Any = None, attestation: Any = None, **bent: Any) -> Answer:
        """The answer to `navigator.credentials.create`. *public* and *attestation* bend those parts."""
        self.handle = decoded(options["user"]["id"])
        flags = bent.get("flags", self.flags) | ATTESTED
        credential_id = bent.get("credential_id", self.credential_id)
        authenticator_data = b"".join(
            (
                self._authenticator_data(options["rp"]["id"], **{**bent, "flags": flags}),
                bytes(16),
                len(credential_id).to_bytes(2),
                credential_id,
                cbor2.dumps(self.public if public is None else public),
            )
        )
        client_data = self._client_data("webauthn.create", options, **bent)
        whole = {"fmt": "none", "attStmt": {}, "authData": authenticator_data, **(attestation or {})}
        response = {
            "clientDataJSON": encoded(client_data),
            "attestationObject": encoded(cbor2.dumps(whole)),
            "transports": ["internal", "hybrid"],
        }
        return self._answer(credential_id, response)

    def show(self, options: Options, **bent: Any) -> Answer:
        """The answer to `navigator.credentials.get`."""
        authenticator_data = self._authenticator_data(options["rpId"], **bent)
        client_data = self._client_data("webauthn.get", options, **bent)
        response = {
            "clientDataJSON": encoded(client_data),
            "authenticatorData": encoded(authenticator_data),
            "signature": encoded(self.sign(authenticator_data + sha256(client_data).digest())),
            "userHandle": encoded(bent.get("handle", self.handle)),
        }
        return self._answer(bent.get("credential_id", self.credential_id), response)

    def sign(self, what: bytes) -> bytes:
        """The signature of this key over *what*."""
        if self.algorithm == "EdDSA":
            return bytes(self.private.sign(what))
        if self.algorithm == "ES256":
            return bytes(self.private.sign(what, ECDSA(SHA256())))
        return bytes(self.private.sign(what, PKCS1v15(), SHA256()))

    def _client_data(self, kind: str, options: Options, *, client_data: Any = None, **_bent: Any) -> bytes:
        right = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**right, **(client_data or {})}).encode()

    def _authenticator_data(self, asked_by: str, **bent: Any) -> bytes:
        relying_party = sha256(bent.get("relying_party", asked_by).encode()).digest()
        flags, count = bent.get("flags", self.flags), bent.get("count", self.count)
        return relying_party + bytes([flags]) + int(count).to_bytes(4)

    def _answer(self, credential_id: bytes, response: dict[str, Any]) -> Answer:
        return {
            "id": encoded(credential_id),
            "rawId": encoded(credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": response,
            "clientExtensionResults": {},
        }


def bend(answer: Answer, chance: Random) -> Answer:
    """*answer* with one part made different: its bytes, its text, its kind, or its absence."""
    bent = deepcopy(answer)
    holder = chance.choice([bent, bent["response"], bent["response"], bent["response"]])
    part = chance.choice(list(holder))
    value = holder[part]
    how = chance.randrange(4)
    if how == 0:
        del holder[part]
    elif how == 1 or not isinstance(value, str):
        holder[part] = chance.choice([None, 0, -1, True, "", "A", "ÿ", "\ud800", [], {}, [value], {part: value}])
    elif how == 2:
        place = chance.randrange(len(value) + 1)
        holder[part] = value[:place] + chance.choice(["", "=", "\0", "é", "AAAA", value]) + value[place + 1 :]
    else:
        holder[part] = encoded(_shaken(bytearray(decoded(value) if value != "public-key" else b"x"), chance))
    return bent


def _shaken(raw: bytearray, chance: Random) -> bytes:
    place, how = chance.randrange(len(raw) + 1), chance.randrange(5)
    if how == 0:
        for _ in range(chance.randrange(1, 8)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
    elif how == 1:
        del raw[place:]
    elif how == 2:
        raw[place:place] = chance.randbytes(chance.randrange(1, 64))
    elif how == 3:
        del raw[place : place + chance.randrange(1, 9)]
    else:
        raw[:] = chance.randbytes(len(raw))
    return bytes(raw)
