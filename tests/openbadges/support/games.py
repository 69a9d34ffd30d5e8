"""Games with a document: each takes it as JSON, changes it as an attacker would, and does not know what it breaks."""

import json
import random
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from tests.openbadges.support import guild, hostile
from wallet.openbadges.proofs.multibase import from_multibase
from wallet.openbadges.texts import listed

Dice = random.Random
Object = dict[str, Any]

OB3 = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
CREDENTIALS = "https://www.w3.org/2018/credentials#"
WRAPPERS: tuple[Callable[[Any], Any], ...] = (
    lambda it: [it],
    lambda it: [it, it],
    lambda it: [[it]],
    lambda it: [it, None],
    lambda it: {"@value": it},
    lambda it: {"@value": it, "@language": "fr"},
    lambda it: {"@value": it, "@type": "http://www.w3.org/2001/XMLSchema#string"},
    lambda it: {"@value": it, "@type": "@json"},
    lambda it: {"@list": [it]},
    lambda it: {"@set": [it]},
    lambda it: {"@graph": [it]},
    lambda it: {"@id": it},
    lambda it: {"id": it},
    lambda it: {"fr": it, "en": "forged"},
    lambda it: {"type": it},
    json.dumps,
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 1.5, 1e308, 5e-324, 2**53 + 1, 2**63, -(2**63), 10**400, "", " ", "forged", [], {},
    [[]], {"id": None}, {"@id": "urn:x"}, "urn:x", "_:b0", "../relative", "https://evil.example/", "data:,", "@type",
    "did:web:evil.example", guild.did(guild.OTHER_KEY), guild.did(), guild.method(guild.OTHER_KEY), guild.WEB_DID,
    "javascript:alert(1)", "a\u0000b", "\ud800", "\u202eforged", "\ufeff", "x" * 5000, "sha256$" + "0" * 64,
)  # fmt: skip
DATES = (
    "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0000-00-00T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00+99:99", "2026-01-01T00:00:00+14:01",
    "2026-W01-1", "20260101", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "٢٠٢٦-01-01", "-1", 10**12, -(10**12),
    1e300, "1893456000", {"@value": "2099-01-01T00:00:00Z"}, ["2099-01-01T00:00:00Z"], "P1Y", "never",
)  # fmt: skip
STATEMENTS: tuple[tuple[str, Any], ...] = (
    ("validUntil", "2099-01-01T00:00:00Z"),
    ("expirationDate", "2099-01-01T00:00:00Z"),
    ("validFrom", "2000-01-01T00:00:00Z"),
    ("awardedDate", "2000-01-01T00:00:00Z"),
    ("name", "Docteur"),
    ("description", "Docteur en chirurgie"),
    ("narrative", "Forged"),
    ("image", {"id": "https://evil.example/x.png", "type": "Image"}),
    ("evidence", [{"type": ["Evidence"], "name": "Diplôme"}]),
    ("credentialStatus", {"id": "urn:x", "type": "1EdTechRevocationList"}),
    ("credentialStatus", guild.status(purpose="message")),
    ("identifier", [guild.identity("eve@evil.example", "sel")]),
    ("inLanguage", "en"),
    ("alignment", [{"type": ["Alignment"], "targetName": "Forged", "targetUrl": "https://evil.example"}]),
    ("revoked", False),
    ("verification", {"type": "HostedBadge"}),
    ("vc", {}),
    ("jwt", "e30.e30.e30"),
    ("nbf", 0),
    ("exp", 2**40),
    ("iss", guild.did(guild.OTHER_KEY)),
    ("sub", "did:example:eve"),
    ("holder", "did:example:eve"),
    ("type", "VerifiablePresentation"),
    ("@included", [{"id": "urn:x", "name": "forged"}]),
    ("@reverse", {"name": {"id": "urn:x"}}),
    ("@graph", [{"id": "urn:x"}]),
    ("@base", "https://evil.example/"),
    ("@index", "x"),
)
CONTEXTS: tuple[Any, ...] = (
    {"name": "urn:another"},
    {"@vocab": "urn:all#"},
    {"@base": "https://evil.example/"},
    {"@import": guild.OB3},
    {"validUntil": None},
    {"@protected": True, "issuer": "urn:another"},
    {"@propagate": False, "x": "urn:x"},
    {"@language": "fr"},
    {"type": "@id"},
    {"forged": {"@id": "https://schema.org/name", "@nest": "x"}},
    None,
    [],
    5,
    "https://evil.example/context",
    guild.VC1,
    guild.VC2,
    guild.OB3,
    "https://w3id.org/openbadges/v2",
    "https://w3id.org/security/data-integrity/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
    "https://w3id.org/openbadges/v1",
)


def played(document: Object, dice: Dice) -> Object:
    """*document* after one game; as it was when the game found nothing to play with, or made a ring of it."""
    other: Object = json.loads(json.dumps(document))
    with suppress(KeyError, IndexError, TypeError, AttributeError, ValueError):
        dice.choice(GAMES)(other, dice)
        json.dumps(other)
        return other
    return document


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document, as what holds it and its name or number."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _spots(value[key])


def _spot(document: Object, dice: Dice) -> tuple[Any, Any]:
    return dice.choice(list(_spots(document)))


def _object(document: Object, dice: Dice) -> Object:
    return dice.choice([document, *(holder[key] for holder, key in _spots(document) if isinstance(holder[key], dict))])


def _takes_away(document: Object, dice: Dice) -> None:
    holder, key = _spot(document, dice)
    del holder[key]


def _writes_another_value(document: Object, dice: Dice) -> None:
    holder, key = _spot(document, dice)
    holder[key] = deepcopy(dice.choice(VALUES))


def _wraps(document: Object, dice: Dice) -> None:
    holder, key = _spot(document, dice)
    holder[key] = dice.choice(WRAPPERS)(holder[key])


def _unwraps(document: Object, dice: Dice) -> None:
    holder, key = dice.choice([(it, at) for it, at in _spots(document) if isinstance(it[at], dict | list) and it[at]])
    holder[key] = dice.choice(list(holder[key].values()) if isinstance(holder[key], dict) else holder[key])


def _renames(document: Object, dice: Dice) -> None:
    holder = _object(document, dice)
    name = dice.choice(list(holder))
    others = (
        CREDENTIALS + name, OB3 + name, f"https://schema.org/{name}", f"@{name}", f"cred:{name}", name.upper(),
        name.capitalize(), f"{name} ", f"{name}\u200b", name.replace("a", "а"), f"{name}#", "expiration", "Profile",
        dice.choice(list(document)),
    )  # fmt: skip
    holder[dice.choice(others)] = holder.pop(name)


def _swaps(document: Object, dice: Dice) -> None:
    (one, here), (other, there) = _spot(document, dice), _spot(document, dice)
    one[here], other[there] = deepcopy(other[there]), deepcopy(one[here])


def _moves(document: Object, dice: Dice) -> None:
    holder, name = dice.choice([(it, at) for it, at in _spots(document) if isinstance(it, dict)])
    value = holder.pop(name)
    _object(document, dice)[name] = value


def _shuffles(document: Object, dice: Dice) -> None:
    dice.shuffle(dice.choice([holder[key] for holder, key in _spots(document) if isinstance(holder[key], list)]))


def _repeats(document: Object, dice: Dice) -> None:
    items = dice.choice([holder[key] for holder, key in _spots(document) if isinstance(holder[key], list)])
    items.extend(deepcopy(items[: dice.randrange(1, 4)]) * dice.choice((1, 1, 1, 300)))


def _adds_a_statement(document: Object, dice: Dice) -> None:
    name, value = dice.choice(STATEMENTS)
    _object(document, dice).setdefault(name, deepcopy(value))


def _adds_what_nobody_signs(document: Object, dice: Dice) -> None:
    _object(document, dice)[dice.choice(("grade", "x" * 300, "fr", "a/b~c", "", "\u202e"))] = deepcopy(
        dice.choice(VALUES)
    )


def _says_more_of_a_thing(document: Object, dice: Dice) -> None:
    ids = [holder["id"] for holder, key in _spots(document) if key == "id" and isinstance(holder, dict)]
    name, value = dice.choice(STATEMENTS)
    more = {"id": dice.choice(ids), name: deepcopy(value)}
    _object(document, dice)[dice.choice(("evidence", "related", "creator", "endorsement", "grade"))] = more


def _rewrites_the_context(document: Object, dice: Dice) -> None:
    contexts = listed(document["@context"])
    place = dice.randrange(len(contexts) + 1)
    other = deepcopy(dice.choice(CONTEXTS))
    document["@context"] = dice.choice(
        ([*contexts[:place], other, *contexts[place:]], [*contexts[:place], *contexts[place + 1 :]], contexts[::-1])
    )
    if dice.random() < 0.2:
        _object(document, dice)["@context"] = other


def _plays_with_the_proof(document: Object, dice: Dice) -> None:
    proof = document["proof"]
    stranger = guild.signed_in("eddsa-jcs-2022", {**document, "proof": None}, guild.OTHER_KEY)["proof"]
    value = proof["proofValue"]
    games: tuple[Any, ...] = (
        [proof, proof], [proof] * 7, [proof, stranger], [stranger, proof], stranger, [], None, {}, [proof, {}], [[proof]],
        [proof, {"type": "Unheard2031", "proofValue": "z1"}], proof | {"proofValue": stranger["proofValue"]},
        proof | {"verificationMethod": guild.method(guild.OTHER_KEY)}, proof | {"proofPurpose": "authentication"},
        proof | {"cryptosuite": "eddsa-jcs-2022"}, proof | {"cryptosuite": "ecdsa-rdfc-2019"}, proof | {"id": "urn:p"},
        proof | {"type": "Ed25519Signature2020"}, proof | {"created": "2031-01-01T00:00:00Z"}, proof | {"domain": "x"},
        proof | {"expires": "2020-01-01T00:00:00Z"}, proof | {"previousProof": "urn:p"}, proof | {"@context": []},
        proof | {"previousProof": ["urn:p"] * 99}, proof | {"proofValue": value + "="}, proof | {"proofValue": f" {value}"},
        proof | {"proofValue": value + "1"}, proof | {"proofValue": f"z1{value[1:]}"}, proof | {"nonce": 5},
        proof | {"proofValue": "u" + hostile.part(from_multibase(value))}, proof | {"proofValue": "z" * 5000},
        proof | {"proofValue": [value]}, proof | {"verificationMethod": {"id": proof["verificationMethod"]}},
    )  # fmt: skip
    document["proof"] = dice.choice(games)


def _moves_the_proof(document: Object, dice: Dice) -> None:
    proof = document.pop("proof")
    _object(document, dice)["proof"] = proof


def _forges(document: Object, dice: Dice) -> None:
    """Changes what is shown and signs it himself, in the issuer's name or with the issuer's method."""
    document["name"] = "Docteur"
    plain = {name: value for name, value in document.items() if name != "proof"}
    named = dice.choice((guild.method(), guild.method(guild.OTHER_KEY), f"{guild.WEB_DID}#{guild.multikey(guild.KEY)}"))
    named = dice.choice((named, f"{guild.WEB_DID}#{guild.multikey(guild.OTHER_KEY)}", f"{guild.did()}#0"))
    document["proof"] = guild.signed_in("eddsa-jcs-2022", plain, guild.OTHER_KEY, verificationMethod=named)["proof"]


def _writes_like_but_not_the_same(document: Object, dice: Dice) -> None:
    holder, key = dice.choice([(it, at) for it, at in _spots(document) if isinstance(it[at], str) and it[at]])
    text = holder[key]
    holder[key] = dice.choice(
        (
            unicodedata.normalize("NFD", text), unicodedata.normalize("NFKC", text), text.replace("e", "е"),
            text.replace("o", "ο"), text + "\u200b", "\u202e" + text, text + "\0", text + "\ud800", text.upper(),
            text.lower(), f" {text}", f"{text} ", f"{text}/", f"{text}#", text.replace("https:", "http:"),
            text.replace("https:", "HTTPS:"), text.replace("/", "//"), text.replace(".", "%2E"), text.replace("-", "‐"),
            text + "\u0301" * 300, text.replace("example", "example."), f"{text}\\", text.replace("//", "//x@"),
        )
    )  # fmt: skip


def _nests(document: Object, dice: Dice) -> None:
    holder, key = _spot(document, dice)
    for _ in range(dice.choice((10, 50, 70, 300))):
        holder[key] = dice.choice(({"x": holder[key]}, [holder[key]], {"evidence": holder[key]}))


def _poisons(document: Object, dice: Dice) -> None:
    size = dice.choice((4, 12, 25))
    alike = [{"id": f"_:{n}", "related": [{"id": f"_:{m}"} for m in range(size)]} for n in range(size)]
    _object(document, dice)["related"] = dice.choice((alike, [{"related": [{}] * size}] * size))


def _plays_with_a_date(document: Object, dice: Dice) -> None:
    names = (
        "validFrom",
        "validUntil",
        "issuanceDate",
        "expirationDate",
        "awardedDate",
        "created",
        "expires",
        "issuedOn",
    )
    found = [(holder, key) for holder, key in _spots(document) if key in (*names, "issued_on", "nbf", "exp")]
    holder, key = dice.choice(found or [(document, dice.choice(names))])
    holder[key] = deepcopy(dice.choice(DATES))


def _plays_with_the_status(document: Object, dice: Dice) -> None:
    entry = guild.status()
    games: tuple[Any, ...] = (
        entry, [entry, guild.status(purpose="message")], guild.status(purpose="message"), guild.status("43"), [],
        guild.status("-1"), guild.status("0x1"), guild.status(2**31), guild.status(1.5), guild.status(True), None,
        entry | {"type": "StatusList2021Entry"}, entry | {"type": "Unheard"}, entry | {"statusSize": 2}, {"id": guild.LIST},
        entry | {"statusListCredential": "https://evil.example/list"}, entry | {"statusListCredential": "file:///etc"},
        entry | {"statusPurpose": ["revocation"]}, [entry] * 20, guild.LIST,
    )  # fmt: skip
    document["credentialStatus"] = dice.choice(games)


def _plays_with_the_recipient(document: Object, dice: Dice) -> None:
    eve = guild.identity("eve@evil.example", "sel")
    subject = document.get("credentialSubject", document.get("recipient"))
    games: tuple[Any, ...] = (
        ("identifier", [eve]), ("identifier", [*listed(subject.get("identifier")), eve]), ("id", "did:example:eve"),
        ("id", "mailto:eve@evil.example"), ("identity", "eve@evil.example"), ("identity", ["maria@example.org"]),
        ("hashed", True), ("hashed", "true"), ("salt", ["sel"]), ("type", "name"), ("name", "Eve"),
    )  # fmt: skip
    name, value = dice.choice(games)
    subject[name] = value


GAMES: tuple[Callable[[Object, Dice], None], ...] = (
    _takes_away, _writes_another_value, _wraps, _wraps, _unwraps, _renames, _renames, _swaps, _moves, _moves, _shuffles,
    _repeats, _adds_a_statement, _adds_a_statement, _adds_what_nobody_signs, _says_more_of_a_thing,
    _rewrites_the_context, _plays_with_the_proof, _plays_with_the_proof, _moves_the_proof, _forges,
    _writes_like_but_not_the_same, _writes_like_but_not_the_same, _nests, _poisons, _plays_with_a_date,
    _plays_with_the_status, _plays_with_the_recipient,
)  # fmt: skip
