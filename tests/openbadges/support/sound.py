"""Sound badges of every kind that is read here, each with the web that confirms it: what hostile files begin as."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.openbadges.support import guild, hostile, school
from tests.openbadges.support.selective_signer import ALWAYS, base, derived
from wallet import openbadges
from wallet.openbadges import Examination, Fetch

CONTEXTS = {
    "Ed25519Signature2020": ["https://w3id.org/security/suites/ed25519-2020/v1"],
    "Ed25519Signature2018": [],
    "JsonWebSignature2020": ["https://w3id.org/security/suites/jws-2020/v1"],
}
"""Of the suites that are older than Data Integrity, beside that of data model 1.1, which knows the oldest."""
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
OB3_OLDER = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
NAMED_BY_WEB = {
    guild.DID_DOCUMENT: guild.did_document(),
    guild.LIST: guild.signed(guild.status_list(issuer=guild.WEB_DID), by=f"{guild.WEB_DID}#key-1"),
}
"""The guild as a web site: its DID document, and its list of withdrawn badges."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A badge that is valid, and the web in which it is."""

    name: str
    document: bytes
    fetch: Fetch

    def examine(self, document: bytes | None = None) -> Examination:
        """*document*, or the badge itself, through the only door; raises UnreadableBadge."""
        return openbadges.examine(self.document if document is None else document, self.fetch, guild.NOW)


def written(document: Mapping[str, Any]) -> bytes:
    """A document as a file."""
    return json.dumps(document, ensure_ascii=False).encode()


@cache
def badges() -> tuple[Sound, ...]:
    """One of each kind: of each version, each way to prove it, each file that holds it."""
    return (*_of_the_school(), *_of_the_guild())


def by_name(name: str) -> Sound:
    """The one of that name."""
    return next(one for one in badges() if one.name == name)


def _of_the_guild() -> list[Sound]:
    nobody, site = guild.web().fetch, guild.web(NAMED_BY_WEB).fetch
    older = {
        "@context": [guild.VC1, OB3_OLDER, DATA_INTEGRITY],
        "issuanceDate": "2026-01-02T03:04:05Z",
        "validFrom": None,
    }
    older |= {"expirationDate": "2030-01-01T00:00:00Z", "validUntil": None, "awardedDate": None}
    plain = written(guild.signed(guild.badge())).decode()
    by_web = guild.badge(guild.WEB_DID, credentialStatus=guild.status())
    found = [
        (f"3.0 {suite} {getattr(getattr(key, 'curve', None), 'name', '')}".strip(), written(_proven(suite, key)))
        for suite, key in (
            ("eddsa-rdfc-2022", guild.KEY),
            ("ecdsa-rdfc-2019", guild.P256_KEY),
            ("ecdsa-rdfc-2019", guild.P384_KEY),
            ("eddsa-jcs-2022", guild.KEY),
            ("ecdsa-jcs-2019", guild.P384_KEY),
            ("Ed25519Signature2020", guild.KEY),
            ("Ed25519Signature2018", guild.KEY),
            ("JsonWebSignature2020", guild.P256_KEY),
        )
    ]
    found += [
        (f"3.0 {alg}", guild.token(guild.badge(guild.did(key)), key, alg=alg).encode())
        for alg, key in (
            ("EdDSA", guild.KEY),
            ("ES256", guild.P256_KEY),
            ("ES384", guild.P384_KEY),
            ("RS256", guild.rsa_key()),
            ("PS512", guild.rsa_key()),
        )
    ]
    found += [
        ("3.0 of data model 1.1", written(guild.signed(guild.badge(**older)))),
        ("3.0 of data model 1.1 in a token", guild.token({"vc": guild.badge(**older), "iss": guild.did()}).encode()),
        ("3.0 png", openbadges.bake(hostile.png(), plain)),
        ("3.0 svg", openbadges.bake(hostile.svg().replace(b' xmlns:openbadges="http://openbadges.org"', b""), plain)),
    ]
    # Of one whose lists are the holder's to show, nobody could tell whether one was left out.
    whole = guild.badge(guild.did(guild.P256_KEY), credentialStatus=guild.status())
    shown = [f"/{name}" for name in whole if name != "@context"]
    of_a_site = [
        (
            "3.0 ecdsa-sd-2023, derived",
            written(derived(base(whole, guild.P256_KEY, [*ALWAYS, "/credentialStatus"]), shown)),
        ),
        ("3.0 of a web site with a list", written(guild.signed(by_web, by=f"{guild.WEB_DID}#key-1"))),
        ("3.0 of a web site in a token", guild.token(by_web, kid=f"{guild.WEB_DID}#key-1").encode()),
    ]
    return [Sound(name, document, nobody) for name, document in found] + [
        Sound(name, document, site) for name, document in of_a_site
    ]


def _proven(suite: str, key: guild.PrivateKey) -> dict[str, Any]:
    old = {"@context": [guild.VC1, guild.OB3, *CONTEXTS[suite]]} if suite in CONTEXTS else {}
    return guild.signed_in(suite, guild.badge(guild.did(key), **old), key)


def _of_the_school() -> list[Sound]:
    oldest = {
        "recipient": "maria@example.org",
        "issued_on": "2011-06-01",
        "badge": {
            "version": "0.5.0",
            "name": "Soudure",
            "description": "Assembler deux tôles.",
            "image": f"{school.HOME}/welding.png",
            "criteria": f"{school.HOME}/welding",
            "issuer": {"origin": school.HOME, "name": "École du métal"},
        },
    }
    old = {
        "uid": "1",
        "recipient": {"type": "email", "hashed": False, "identity": "maria@example.org"},
        "badge": school.CLASS,
        "issuedOn": 1_400_000_000,
        "verify": {"type": "hosted", "url": school.BADGE},
    }
    newer = old | {"@context": "https://w3id.org/openbadges/v1", "type": "Assertion", "id": school.BADGE}
    baked = openbadges.bake(hostile.png(), json.dumps(school.assertion()), "openbadges")
    return [
        _hosted("0.5", school.BADGE.encode(), oldest),
        _hosted("1.0", written(old), old),
        _hosted("1.1", written(newer), newer),
        _hosted("2.0", written(school.assertion()), school.assertion()),
        _hosted("2.0 png", baked, school.assertion()),
        _hosted("2.0 svg", hostile.svg(hostile.element(hostile.WRITTEN, school.BADGE)), school.assertion()),
        _signed("2.0 signed"),
    ]


def _hosted(name: str, document: bytes, answer: dict[str, Any]) -> Sound:
    web = school.School()
    web.answers[school.BADGE] = answer
    return Sound(name, document, web.fetch)


def _signed(name: str) -> Sound:
    web = school.School()
    web.answers[school.ISSUER] = school.profile(publicKey=school.KEY, revocationList=school.LIST)
    web.answers[school.LIST] = {"id": school.LIST, "issuer": school.ISSUER, "revokedAssertions": ["urn:uuid:9"]}
    return Sound(name, school.signed(school.signed_assertion()).encode(), web.fetch)
