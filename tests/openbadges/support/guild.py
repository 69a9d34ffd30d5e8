"""A guild that issues Open Badges 3.0: its keys, its badges, its lists of withdrawn ones, its web, which is a dict.

Everything is signed for real, with keys that are the same at each run.
"""

import gzip
import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from wallet import openbadges
from wallet.openbadges import Examination, Fetched, Unreachable
from wallet.openbadges.examination import Web
from wallet.openbadges.proofs.canonicalization import canonicalize
from wallet.openbadges.proofs.multibase import to_base64url, to_multibase

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
VC1 = "https://www.w3.org/2018/credentials/v1"
VC2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
HOST = "guild.example"
WEB_DID = f"did:web:{HOST}"
DID_DOCUMENT = f"https://{HOST}/.well-known/did.json"
PROFILE = f"https://{HOST}/profile"
LIST = f"https://{HOST}/lists/1"

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Answer = Mapping[str, Any] | bytes | int | str
"""A document, bytes, an HTTP status, or why there is no answer."""

KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
P256_KEY = ec.derive_private_key(7, ec.SECP256R1())
P384_KEY = ec.derive_private_key(7, ec.SECP384R1())
P521_KEY = ec.derive_private_key(7, ec.SECP521R1())
SECP256K1_KEY = ec.derive_private_key(7, ec.SECP256K1())
_CURVES = {
    # By its name: in a JSON Web Key, before a Multikey, the algorithm and its hash.
    "secp256r1": ("P-256", b"\x80\x24", "ES256", hashes.SHA256()),
    "secp384r1": ("P-384", b"\x81\x24", "ES384", hashes.SHA384()),
    "secp521r1": ("P-521", b"\x82\x24", "ES512", hashes.SHA512()),
    "secp256k1": ("secp256k1", b"\xe7\x01", "ES256K", hashes.SHA256()),
}


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key; making one takes a while."""
    return rsa.generate_private_key(65537, bits)


def multikey(key: PrivateKey) -> str:
    """The public half of *key*, as did:key writes it."""
    match key:
        case Ed25519PrivateKey():
            return to_multibase(b"\xed\x01" + key.public_key().public_bytes_raw())
        case ec.EllipticCurvePrivateKey():
            point = key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
            return to_multibase(_CURVES[key.curve.name][1] + point)
        case rsa.RSAPrivateKey():
            return to_multibase(b"\x85\x24" + key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1))
    raise TypeError(key)


def did(key: PrivateKey = KEY) -> str:
    """The did:key of *key*."""
    return f"did:key:{multikey(key)}"


def method(key: PrivateKey = KEY) -> str:
    """The verification method of the did:key of *key*."""
    return f"{did(key)}#{multikey(key)}"


def _octets(key: ec.EllipticCurvePrivateKey) -> int:
    return (key.curve.key_size + 7) // 8


def did_jcs(key: PrivateKey, **members: Any) -> str:
    """The did:key of *key* as EBSI writes it: its JSON Web Key, canonical."""
    written = to_multibase(b"\xd1\xd6\x03" + rfc8785.dumps(jwk(key, **members)))
    return f"did:key:{written}"


def _number(value: int, size: int) -> str:
    return to_base64url(value.to_bytes(size))


def jwk(key: PrivateKey, **members: Any) -> dict[str, Any]:
    """The public half of *key* as a JSON Web Key."""
    match key:
        case Ed25519PrivateKey():
            found = {"kty": "OKP", "crv": "Ed25519", "x": to_base64url(key.public_key().public_bytes_raw())}
        case ec.EllipticCurvePrivateKey():
            numbers, size = key.public_key().public_numbers(), _octets(key)
            curve = _CURVES[key.curve.name][0]
            found = {"kty": "EC", "crv": curve, "x": _number(numbers.x, size), "y": _number(numbers.y, size)}
        case rsa.RSAPrivateKey():
            public = key.public_key().public_numbers()
            found = {"kty": "RSA", "e": _number(public.e, 3), "n": _number(public.n, key.key_size // 8)}
        case _:
            raise TypeError(key)
    return found | members


def did_jwk(key: PrivateKey) -> str:
    """The did:jwk of *key*."""
    return f"did:jwk:{to_base64url(json.dumps(jwk(key)).encode())}"


def badge(by: str | None = None, /, **members: Any) -> dict[str, Any]:
    """Maria's badge of the guild, not signed, with *members* changed; None takes one away."""
    whole = {
        "@context": [VC2, OB3],
        "id": "urn:uuid:b1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Souder – je maîtrise",
        "issuer": {"id": by or did(), "type": ["Profile"], "name": "La guilde", "url": f"https://{HOST}/"},
        "validFrom": "2026-01-02T03:04:05Z",
        "awardedDate": "2026-01-01T00:00:00Z",
        "validUntil": "2030-01-01T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [identity("maria@example.org", "sel")],
            "narrative": "Trois soudures, seule.",
            "achievement": {
                "id": "urn:uuid:a1",
                "type": ["Achievement"],
                "achievementType": "Competency",
                "name": "Souder",
                "description": "Assembler deux tôles.",
                "criteria": {"narrative": "Souder **seule**."},
                "image": {"id": "https://guild.example/souder.png", "type": "Image", "caption": "Une flamme"},
                "alignment": [{"type": ["Alignment"], "targetName": "Souder", "targetUrl": "https://rome.example/1"}],
                "tag": ["métal", "feu"],
                "creditsAvailable": 4.5,
            },
        },
        "evidence": [{"type": ["Evidence"], "id": "https://guild.example/photo", "name": "La photo"}],
    } | members
    return {name: value for name, value in whole.items() if value is not None}


def identity(address: str, salt: str) -> dict[str, Any]:
    """An identifier that hides *address*."""
    digest = hashlib.sha256((address + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }


def signed(
    document: Mapping[str, Any], key: Ed25519PrivateKey = KEY, by: str | None = None, **members: Any
) -> dict[str, Any]:
    """*document* with a proof of eddsa-rdfc-2022, by the verification method *by*."""
    return openbadges.sign_eddsa_rdfc(document, key, by or method(key), datetime(2026, 1, 2, tzinfo=UTC), **members)


def signed_in(suite: str, document: Mapping[str, Any], key: PrivateKey, **members: Any) -> dict[str, Any]:
    """*document* with a proof of another suite, made here by hand from what the suites say."""
    kind = {"type": suite} if "Signature" in suite else {"type": "DataIntegrityProof", "cryptosuite": suite}
    proof = kind | {"created": "2026-01-02T00:00:00Z", "verificationMethod": method(key)}
    proof |= {"proofPurpose": "assertionMethod"} | members
    if suite in ("Ed25519Signature2018", "JsonWebSignature2020", "EcdsaSecp256k1Signature2019"):
        return {**document, "proof": proof | {"jws": detached_jws(to_be_signed(document, proof), key)}}
    message = to_be_signed(document, proof, "sha384" if key == P384_KEY else "sha256")
    return {**document, "proof": proof | {"proofValue": to_multibase(signature(message, key))}}


def to_be_signed(document: Mapping[str, Any], proof: Mapping[str, Any], digest: str = "sha256") -> bytes:
    """The hashes of *proof*, which has no value yet, and of *document*."""
    plain = {name: value for name, value in document.items() if name != "proof"}
    if "jcs" in proof.get("cryptosuite", ""):
        parts = [rfc8785.dumps(dict(proof)), rfc8785.dumps(plain)]
    else:
        config = {"@context": document["@context"]} | proof
        parts = [canonicalize(part, hash_name=digest).content for part in (config, plain)]  # type: ignore[arg-type]
    return b"".join(hashlib.new(digest, part).digest() for part in parts)


def detached_jws(message: bytes, key: PrivateKey, **header: Any) -> str:
    """A JWS over *message*, which is not in it; a header of None is left out."""
    whole = {"alg": natural_algorithm(key), "b64": False, "crit": ["b64"]} | header
    written = {name: value for name, value in whole.items() if value is not None}
    before = to_base64url(json.dumps(written).encode())
    made = signature(f"{before}.".encode() + message, key, str(whole["alg"]))
    return f"{before}..{to_base64url(made)}"


def signature(message: bytes, key: PrivateKey, algorithm: str = "") -> bytes:
    """What *key* makes of *message*, in the form of JOSE."""
    match key:
        case Ed25519PrivateKey():
            return key.sign(message)
        case ec.EllipticCurvePrivateKey():
            size = _octets(key)
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(_CURVES[key.curve.name][3])))
            return r.to_bytes(size) + s.to_bytes(size)
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[2:] or "256"]
    pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
    return key.sign(message, pss if algorithm.startswith("PS") else padding.PKCS1v15(), digest)


def natural_algorithm(key: PrivateKey) -> str:
    """The algorithm that most would use *key* with, by its name in JOSE."""
    match key:
        case ec.EllipticCurvePrivateKey():
            return _CURVES[key.curve.name][2]
        case rsa.RSAPrivateKey():
            return "RS256"
    return "EdDSA"


def token(claims: Mapping[str, Any], key: PrivateKey = KEY, **header: Any) -> str:
    """*claims* in a compact JWS; a header of None is left out."""
    whole = {"alg": natural_algorithm(key), "typ": "JWT", "kid": method(key)} | header
    written = {name: value for name, value in whole.items() if value is not None}
    parts = [to_base64url(json.dumps(part).encode()) for part in (written, claims)]
    made = signature(".".join(parts).encode(), key, str(whole["alg"]))
    return ".".join([*parts, to_base64url(made)])


def did_document(key: PrivateKey = KEY, name: str = WEB_DID, **members: Any) -> dict[str, Any]:
    """The document of the guild's did:web, with one key."""
    first = {"id": f"{name}#key-1", "type": "Multikey", "controller": name, "publicKeyMultibase": multikey(key)}
    return {"id": name, "verificationMethod": [first], "assertionMethod": [f"{name}#key-1"]} | members


def status(index: Any = "42", purpose: str = "revocation", **members: Any) -> dict[str, Any]:
    """Where a badge says that its withdrawal would be told."""
    return {
        "id": f"{LIST}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": index,
        "statusListCredential": LIST,
    } | members


def bits(withdrawn: Collection[int] = (), size: int = 131_072) -> str:
    """A list in which the badges *withdrawn* are marked, as it is written."""
    content = bytearray(size // 8)
    for index in withdrawn:
        content[index // 8] |= 0x80 >> index % 8
    return "u" + to_base64url(gzip.compress(bytes(content), mtime=0))


def status_list(
    withdrawn: Collection[int] = (), issuer: str | None = None, purpose: str = "revocation", **members: Any
) -> dict[str, Any]:
    """The list of the guild, not signed."""
    subject = {
        "id": f"{LIST}#list",
        "type": "BitstringStatusList",
        "statusPurpose": purpose,
        "encodedList": bits(withdrawn),
    }
    return {
        "@context": [VC2],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer or did(),
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": subject,
    } | members


def web(answers: Mapping[str, Answer] | None = None) -> Web:
    """The web during one examination; what is not in *answers* does not exist."""
    found = answers or {}

    def fetch(address: str) -> Fetched:
        answer = found.get(address, 404)
        if isinstance(answer, str):
            raise Unreachable(address, answer)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        code = answer if isinstance(answer, int) else 200
        return Fetched(address=address, status=code, media_type="application/json", body=body)

    return Web(fetch, NOW)


def examine(
    document: Mapping[str, Any] | str | bytes,
    answers: Mapping[str, Answer] | None = None,
    now: datetime = NOW,
    addresses: Collection[str] = (),
) -> Examination:
    """Through the only door."""
    if isinstance(document, Mapping):
        content = json.dumps(document, ensure_ascii=False).encode()
    else:
        content = document if isinstance(document, bytes) else document.encode()
    return openbadges.examine(content, web(answers).fetch, now, addresses)
