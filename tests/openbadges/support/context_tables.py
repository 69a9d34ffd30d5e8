"""Write down what names say under the lists of contexts that badges name: `python -m tests.openbadges.support.context_tables`.

Each list is walked with a badge that says all that a badge may say, and what was asked of the tables on the way is kept
(stored_contexts.py). To be run again when a context, pyld or the walk has changed; a test tells (test_stored_contexts.py).
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

from wallet.openbadges.proofs import contexts
from wallet.openbadges.proofs.walk import context_lists, processed_contexts
from wallet.openbadges.proofs.walk.active_contexts import Unusual
from wallet.openbadges.proofs.walk.direct_statements import direct_statements
from wallet.openbadges.proofs.walk.stored_contexts import table_of

VC1, VC2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/"
NEWEST, EXTENSIONS = f"{OB}context-3.0.3.json", f"{OB}extensions.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
PROOFS_V1, PROOFS = "https://w3id.org/security/data-integrity/v1", "https://w3id.org/security/data-integrity/v2"
ED25519, JWS = "https://w3id.org/security/suites/ed25519-2020/v1", "https://w3id.org/security/suites/jws-2020/v1"
OF_BADGES = (
    (VC2, NEWEST),
    (VC2, NEWEST, EXTENSIONS),
    (VC2, NEWEST, PROOFS),
    (VC2, NEWEST, ED25519),
    (VC2, f"{OB}context-3.0.2.json"),
    (VC1, NEWEST),
    (VC1, NEWEST, ED25519),
    (VC1, NEWEST, PROOFS),
    (VC1, NEWEST, PROOFS_V1),
    (VC1, f"{OB}context-3.0.2.json"),
    (VC1, f"{OB}context-3.0.2.json", ED25519),
    (VC1, f"{OB}context-3.0.1.json"),
    (VC1, f"{OB}context-3.0.1.json", ED25519),
    (VC1, f"{OB}context.json"),
    (VC1, f"{OB}context.json", ED25519),
    (VC1, f"{OB}context.json", JWS),
)
OF_RECORDS = ((VC2, CLR, NEWEST), (VC2, CLR, NEWEST, EXTENSIONS))
OF_OTHERS = (
    (VC2,),
    (VC1,),
    (VC1, "https://w3id.org/vc/status-list/2021/v1"),
    (VC2, "https://www.w3.org/ns/credentials/status/v1"),
)
"""Lists of withdrawn badges, presentations and plain credentials."""
BOOSTS = tuple(f"https://ctx.learncard.com/boosts/1.0.{number}.json" for number in range(4))
BOOST_IDS = "https://ctx.learncard.com/boostIDs/1.0.0.json"
ANDAMIO = tuple(f"https://credentials.andamio.io/context/v{number}.jsonld" for number in range(2))
OF_PLATFORMS = (
    *((VC2, NEWEST, boosts) for boosts in BOOSTS),
    (VC2, NEWEST, BOOSTS[-1], BOOST_IDS),
    *((VC1, f"{OB}context-3.0.1.json", boosts) for boosts in BOOSTS),
    *((VC1, f"{OB}context-3.0.1.json", boosts, ED25519) for boosts in BOOSTS),
    *((VC2, NEWEST, andamio) for andamio in ANDAMIO),
)
"""As LearnCard and Andamio write them. Not those of Open Educational Badges: that platform puts its extensions in an order that is
another each time, and writes its words short, which the walk leaves to pyld."""
A, AN_ADDRESS, A_DATE = "a", "urn:uuid:0", "2026-01-01T00:00:00Z"
KEY = "did:key:z6Mk#z6Mk"

Object = dict[str, Any]


def alone(kind: str, *names: str, **more: Any) -> Object:
    """A node of that *kind* that says something in plain words under each of *names*."""
    return {"id": AN_ADDRESS, "type": [kind]} | dict.fromkeys(names, A) | more


ALIGNMENT = alone("Alignment", "targetCode", "targetDescription", "targetName", "targetFramework") | {
    "targetType": "ceasn:Competency",
    "targetUrl": "https://a.example",
}
IMAGE = {"id": AN_ADDRESS, "type": "Image", "caption": A}
IDENTIFIER = {"type": "IdentifierEntry", "identifier": A, "identifierType": "name"}
IDENTITY = {"type": ["IdentityObject"], "identityHash": A, "identityType": "emailAddress", "hashed": True, "salt": A}
PROFILE = alone(
    "Profile", "name", "description", "phone", "email", "official", "familyName", "givenName", "additionalName",
    "patronymicName", "honorificPrefix", "honorificSuffix", "familyNamePrefix", "dateOfBirth",
    url="https://a.example", image=IMAGE, otherIdentifier=[IDENTIFIER],
    address={"type": ["Address"], "addressCountry": A, "addressCountryCode": A, "addressRegion": A, "addressLocality": A,
             "streetAddress": A, "postOfficeBoxNumber": A, "postalCode": A,
             "geo": {"type": "GeoCoordinates", "latitude": 1.5, "longitude": 1.5}},
)  # fmt: skip
RESULT_DESCRIPTION = alone(
    "ResultDescription", "name", "requiredValue", "valueMax", "valueMin", requiredLevel=AN_ADDRESS, alignment=[ALIGNMENT],
    allowedValue=[A], resultType="Percent",
    rubricCriterionLevel=[alone("RubricCriterionLevel", "name", "description", "level", "points", alignment=[ALIGNMENT])],
)  # fmt: skip
ACHIEVEMENT = alone(
    "Achievement", "name", "description", "fieldOfStudy", "humanCode", "specialization", "version", "inLanguage",
    achievementType="Badge", alignment=[ALIGNMENT], creator=PROFILE, creditsAvailable=1.5, image=IMAGE, tag=[A],
    criteria={"id": "https://a.example", "narrative": A}, otherIdentifier=[IDENTIFIER], resultDescription=[RESULT_DESCRIPTION],
    related=[{"id": AN_ADDRESS, "type": ["Related"], "inLanguage": "fr", "version": A}],
)  # fmt: skip
RESULT = {"type": ["Result"], "achievedLevel": AN_ADDRESS, "alignment": [ALIGNMENT], "resultDescription": AN_ADDRESS, "status": "Completed", "value": A}  # fmt: skip
SUBJECT = alone(
    "AchievementSubject", "licenseNumber", "narrative", "role", "term",
    activityStartDate=A_DATE, activityEndDate=A_DATE, creditsEarned=1.5, achievement=ACHIEVEMENT, identifier=[IDENTITY],
    image=IMAGE, result=[RESULT], source=PROFILE,
)  # fmt: skip
STATUS = alone(
    "BitstringStatusListEntry", "statusListIndex", statusPurpose="revocation", statusListCredential="https://a.example"
)
SECURED = {
    "DataIntegrityProof": {"cryptosuite": "eddsa-rdfc-2022"},
    "Ed25519Signature2020": {},
    "JsonWebSignature2020": {},
}


def options(kind: str, **more: str) -> Object:
    """What is signed of a proof."""
    return {"type": kind, "created": A_DATE, "verificationMethod": KEY, "proofPurpose": "assertionMethod", **more}


def said() -> Iterator[Object]:
    """What a badge says, less its contexts and with each other thing that it may say, each by itself: not all contexts know all."""
    whole = {
        "id": AN_ADDRESS, "type": ["VerifiableCredential", "OpenBadgeCredential"], "name": A, "description": A, "image": IMAGE,
        "issuer": PROFILE, "credentialSubject": SUBJECT, "awardedDate": A_DATE,
        "evidence": [alone("Evidence", "narrative", "name", "description", "genre", "audience")],
    }  # fmt: skip
    endorsement = {
        "id": AN_ADDRESS, "type": ["VerifiableCredential", "EndorsementCredential"], "name": A, "issuer": PROFILE, "awardedDate": A_DATE,
        "credentialSubject": alone("EndorsementSubject", "endorsementComment"),
    }  # fmt: skip
    yield whole
    yield whole | {"type": ["VerifiableCredential", "AchievementCredential"], "issuer": AN_ADDRESS}
    yield {"type": ["VerifiableCredential"], "issuer": AN_ADDRESS, "credentialSubject": {"id": AN_ADDRESS}}
    yield {
        "type": ["VerifiableCredential"],
        "issuer": {"id": AN_ADDRESS},
        "credentialSubject": {"type": "AchievementSubject"},
    }
    for dates in (("validFrom", "validUntil"), ("issuanceDate", "expirationDate")):
        yield whole | dict.fromkeys(dates, A_DATE)
        yield endorsement | dict.fromkeys(dates, A_DATE)
    for one, other in (
        ("credentialStatus", STATUS),
        ("credentialStatus", {**STATUS, "type": "StatusList2021Entry"}),
        ("credentialStatus", {"id": "https://a.example", "type": "1EdTechRevocationList"}),
        ("credentialSchema", [{"id": "https://a.example", "type": "1EdTechJsonSchemaValidator2019"}]),
        ("refreshService", {"id": "https://a.example", "type": "1EdTechCredentialRefresh"}),
        ("termsOfUse", [{"id": "https://a.example", "type": "IssuerPolicy"}]),
        ("relatedResource", [{"id": "https://a.example", "digestSRI": A, "digestMultibase": A, "mediaType": A}]),
        ("endorsement", [endorsement]),
        ("endorsementJwt", ["a.b.c"]),
        ("inLanguage", "fr"),
        ("issuer", PROFILE | {"endorsement": [endorsement], "endorsementJwt": ["a.b.c"], "parentOrg": PROFILE}),
        ("credentialSubject", SUBJECT | {"achievement": ACHIEVEMENT | {"endorsement": [endorsement]}}),
    ):
        yield whole | {one: other}
    for kind, more in SECURED.items():
        proof = options(kind, **more)
        yield proof
        yield whole | {"proof": [proof]}
        yield whole | {"endorsement": [endorsement | {"proof": [proof | {"proofValue": "z1"}]}]}


def carried(addresses: tuple[str, ...]) -> Iterator[Object]:
    """What a record carries, and what others than badges are."""
    whole = next(said())
    subject = alone("ClrSubject", achievement=[ACHIEVEMENT], identifier=[IDENTITY])
    record = whole | {"type": ["VerifiableCredential", "ClrCredential"], "partial": False}
    badge = {"@context": [VC2, NEWEST], **whole, "validFrom": A_DATE}
    kinds = {"type": ["Association"], "associationType": "exactMatchOf", "sourceId": AN_ADDRESS, "targetId": AN_ADDRESS}
    yield record | {
        "validFrom": A_DATE,
        "credentialSubject": subject | {"verifiableCredential": [whole], "association": [kinds]},
    }
    proof = options("DataIntegrityProof", cryptosuite="eddsa-rdfc-2022", proofValue="z1")
    for one in (badge, badge | {"proof": [proof]}):
        yield record | {"credentialSubject": subject | {"verifiableCredential": [one]}}
        yield {"type": ["VerifiablePresentation"], "holder": AN_ADDRESS, "verifiableCredential": [one]}
    yield {"type": ["VerifiablePresentation"]} | {"id": AN_ADDRESS, "holder": {"id": AN_ADDRESS}}
    for kind in ("BitstringStatusList", "StatusList2021"):
        withdrawn = {"id": AN_ADDRESS, "type": kind, "statusPurpose": "revocation", "encodedList": A}
        date = "issuanceDate" if VC1 in addresses else "validFrom"
        yield {
            "id": AN_ADDRESS,
            "type": ["VerifiableCredential", f"{kind}Credential"],
            "issuer": AN_ADDRESS,
            date: A_DATE,
            "credentialSubject": withdrawn,
        }


def of_platform(addresses: tuple[str, ...]) -> Iterator[Object]:
    """What a badge says with the words that its platform adds: of a type, of an object, or of the badge itself."""
    own = contexts.context(addresses[2])
    kinds = {
        name: members_of(term["@context"])
        for name, term in own.items()
        if name[0].isupper() and isinstance(term, dict) and "@context" in term
    }
    plain = members_of({name: term for name, term in own.items() if name[0].islower()})
    boosts = [names for names in (["BoostCredential"], ["BoostCredential", "BoostID"]) if kinds.keys() >= set(names)]
    for document in said():
        if "VerifiableCredential" not in document["type"]:
            continue
        yield document | plain
        evidence = [
            alone("Evidence", "name", **plain) | {"type": [kind, "Evidence"]} for kind in own if kind[0].isupper()
        ]
        yield document | {"evidence": evidence, "issuer": PROFILE | {"type": ["Profile", "AttestationHost"]}}
        yield document | {
            "evidence": [{"type": ["Evidence", "EvidenceFile"], "name": A} | kinds.get("EvidenceFile", {})]
        }
        for names in boosts:
            more = {name: value for kind in names for name, value in kinds[kind].items() if name != "address"}
            yield document | more | {"type": [*document["type"], *names]}


def members_of(context: Object) -> Object:
    """Something said in each of the words of a *context*."""
    return {
        name: said_in(term)
        for name, term in context.items()
        if name[0] != "@" and not str(term).endswith("#") and term not in ("@id", "@type")
    }


def said_in(term: Any) -> Any:
    """A value of that *term*; where it brings words of its own, a node with all of them, and each by itself."""
    if isinstance(term, dict) and "@context" in term:
        members = members_of(term["@context"])
        return [members, *({name: value} for name, value in members.items())]
    kind = term.get("@type", "") if isinstance(term, dict) else ""
    return {"@id": AN_ADDRESS, "xsd:boolean": True, "xsd:dateTime": A_DATE}.get(kind, A)


def tables() -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
    """The name of the file, the addresses and the table of each list."""
    for addresses in (*OF_BADGES, *OF_PLATFORMS, *OF_RECORDS, *OF_OTHERS):
        is_platform = addresses in OF_PLATFORMS
        more = of_platform(addresses) if is_platform else () if addresses in OF_BADGES else carried(addresses)
        documents = [*said(), *more]
        key = contexts.NEWEST, addresses
        with (
            mock.patch.object(context_lists, "_lists", {}),
            mock.patch.object(context_lists, "_stored", return_value=None),
        ):
            with mock.patch.object(processed_contexts, "_MOST_STATES", 10_000):
                for document in documents:
                    try:
                        direct_statements({"@context": list(addresses), **document})
                    except Unusual:
                        continue
            top = context_lists._lists[key].root.found_under[addresses]
        table = table_of(top)
        inner = {address for state in table["states"] for more, _ in state["under"] for address in more}
        of = {address: contexts.hash_of(address) for address in sorted({*addresses, *inner})}
        name = hashlib.sha256("\n".join(addresses).encode()).hexdigest()[:16]
        yield f"{name}.json.z", addresses, {"of": of, **table}


def write() -> None:
    """Write all of them anew, and what lists them."""
    contexts.TABLES.mkdir(exist_ok=True)
    for path in contexts.TABLES.iterdir():
        path.unlink()
    entries = []
    for name, addresses, table in tables():
        text = json.dumps(table, separators=(",", ":"))
        (contexts.TABLES / name).write_bytes(zlib.compress(text.encode(), 9))
        entries.append({"file": name, "addresses": addresses})
        print(f"{name}  {len(table['states']):4} states  {len(text):8}  {' '.join(addresses)}")  # noqa: T201
    note = "Written by tests/openbadges/support/context_tables.py from the contexts beside; each table says of which."
    index = json.dumps({"note": note, "tables": entries}, indent=1)
    (contexts.TABLES / "index.json").write_text(f"{index}\n", encoding="utf-8")


if __name__ == "__main__":
    write()
