"""A school that issues Open Badges 1.0 to 2.0: its documents, its keys and its web, which is a dict."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.openbadges.support import hostile
from wallet.openbadges import opening
from wallet.openbadges.examination import Examination, Fetched, Unreachable, Web
from wallet.openbadges.v2.examine import examine_assertion

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = "https://school.example"
BADGE = f"{HOME}/assertions/1"
CLASS = f"{HOME}/classes/welding"
ISSUER = f"{HOME}/issuer"
KEY = f"{HOME}/key"
LIST = f"{HOME}/revoked"
CONTEXT = "https://w3id.org/openbadges/v2"

Answer = dict[str, Any] | bytes | int | str | tuple[str, dict[str, Any] | int]
"""A document, bytes, an HTTP status, why there is no answer, or where it was redirected to and what stands there."""


def assertion(**members: Any) -> dict[str, Any]:
    """Maria's badge, with *members* changed; None takes one away."""
    return _with(hostile.ASSERTION, members)


def badge_class(**members: Any) -> dict[str, Any]:
    """What the badge is for."""
    whole = {
        "@context": CONTEXT,
        "type": "BadgeClass",
        "id": CLASS,
        "name": "Soudure – je maîtrise",
        "description": "Assembler deux tôles.",
        "image": f"{HOME}/welding.png",
        "criteria": {"narrative": "Souder **seule**."},
        "issuer": ISSUER,
        "tags": ["métal"],
        "alignment": [{"targetName": "Souder", "targetUrl": "https://rome.example/H2913"}],
    }
    return _with(whole, members)


def profile(**members: Any) -> dict[str, Any]:
    """Who the school says that it is."""
    whole = {
        "@context": CONTEXT,
        "type": "Issuer",
        "id": ISSUER,
        "name": "École du métal",
        "url": HOME,
        "email": "contact@school.example",
    }
    return _with(whole, members)


def _with(whole: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**whole, **members}.items() if value is not None}


@cache
def private_key(_number: int = 0, size: int = 2048) -> rsa.RSAPrivateKey:
    """The school's key, or a stranger's by another number."""
    return rsa.generate_private_key(65537, size)


def pem(number: int = 0, size: int = 2048) -> str:
    """Its public half."""
    public = private_key(number, size).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key(**members: Any) -> dict[str, Any]:
    """The document of the key."""
    whole = {"@context": CONTEXT, "type": "CryptographicKey", "id": KEY, "owner": ISSUER, "publicKeyPem": pem()}
    return _with(whole, members)


def signed(claims: Mapping[str, Any], number: int = 0, algorithm: str = "RS256", size: int = 2048) -> str:
    """*claims* as a compact JWS."""
    bare = hostile.token({"alg": algorithm, "typ": "JWT"}, claims).removesuffix(".")
    made = private_key(number, size).sign(bare.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{bare}.{hostile.part(made)}"


def signed_assertion(**members: Any) -> dict[str, Any]:
    """Maria's badge as it stands in a signature."""
    verification = {"type": "SignedBadge", "creator": KEY}
    return assertion(**{"id": "urn:uuid:1234", "verification": verification, **members})


@dataclass
class School:
    """The web of the school and of others; a test changes what it likes."""

    answers: dict[str, Answer] = field(
        default_factory=lambda: {
            BADGE: assertion(),
            CLASS: badge_class(),
            ISSUER: profile(),
            KEY: key(),
        }
    )
    asked: list[str] = field(default_factory=list)

    def fetch(self, address: str) -> Fetched:
        """As the wallet's own fetcher: any status is an answer."""
        self.asked.append(address)
        answer = self.answers.get(address, 404)
        match answer:
            case str():
                raise Unreachable(address, answer)
            case int():
                return Fetched(address=address, status=answer, media_type="text/html", body=b"<html>")
            case bytes():
                return Fetched(address=address, status=200, media_type="text/plain", body=answer)
            case (str(elsewhere), int(status)):
                return Fetched(address=elsewhere, status=status, media_type="text/html", body=b"<html>")
            case (str(elsewhere), dict(found)):
                return self._json(elsewhere, found)
            case dict():
                return self._json(address, answer)
        raise AssertionError(answer)

    def _json(self, address: str, found: Mapping[str, Any]) -> Fetched:
        body = json.dumps(found).encode()
        return Fetched(address=address, status=200, media_type="application/ld+json", body=body)

    def examine(
        self,
        document: Mapping[str, Any] | str | bytes,
        addresses: Collection[str] = (),
        now: datetime = NOW,
    ) -> Examination:
        """Open *document* and look at it, as the door of the engine does."""
        content = document if isinstance(document, bytes) else _written(document)
        web = Web(self.fetch, now)
        return examine_assertion(opening.follow(opening.open_document(content), web), web, now, addresses)


def _written(document: Mapping[str, Any] | str) -> bytes:
    return (document if isinstance(document, str) else json.dumps(document)).encode()


def told(examination: Examination) -> Iterator[tuple[str, str, str]]:
    """What did not pass, but for the check that never decides."""
    for check in examination.checks:
        if check.outcome != "passed" and check.name != "named_to_me":
            yield check.name, check.outcome, check.reason
