"""Everything a badge depends on, made to fail, to hang or to lie, one after the other: none of it ends in valid.

Two tables: what is depended on, and what can happen to it. The few places where they meet and the badge stays valid
are told one by one, with the reason.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, school, sound
from tests.openbadges.support.guild import DID_DOCUMENT, HOST, LIST, NOW, OTHER_KEY, PROFILE, WEB_DID
from wallet import openbadges
from wallet.openbadges import Examination, Fetch, Fetched, Unreachable

Document = Mapping[str, Any]
Web = Mapping[str, Document]
EVIL = "https://evil.example"
METHOD = f"{WEB_DID}#key-1"
JWKS = f"https://{HOST}/.well-known/jwks.json"
KEY_DOCUMENT = f"https://{HOST}/keys/1"
LISTS = "did:web:lists.example"
LISTS_DOCUMENT = "https://lists.example/.well-known/did.json"
PLAIN = {"id": LIST, "type": "1EdTechRevocationList"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependency:
    """A badge, the web in which it is valid, and the address in it that is tampered with."""

    badge: Document | str
    web: Web
    address: str

    def examine(self, fetch: Fetch | None = None) -> Examination:
        """The badge through the only door, in its own web or in another."""
        document = self.badge.encode() if isinstance(self.badge, str) else sound.written(self.badge)
        return openbadges.examine(document, fetch or self.honestly, NOW)

    def honestly(self, address: str) -> Fetched:
        """What stands at *address*."""
        if address not in self.web:
            return answered(address, b"", 404)
        return answered(address, sound.written(self.web[address]))


def answered(address: str, body: bytes, status: int = 200) -> Fetched:
    return Fetched(address=address, status=status, media_type="application/json", body=body)


def of_the_school(address: str) -> Dependency:
    web = {school.BADGE: school.assertion(), school.CLASS: school.badge_class(), school.ISSUER: school.profile()}
    return Dependency(badge=school.assertion(), web=web, address=address)


def signed_by_the_school(address: str) -> Dependency:
    web = {
        school.CLASS: school.badge_class(),
        school.ISSUER: school.profile(publicKey=school.KEY, revocationList=school.LIST),
        school.KEY: school.key(),
        school.LIST: {"id": school.LIST, "issuer": school.ISSUER, "revokedAssertions": ["urn:uuid:9"]},
    }
    return Dependency(badge=school.signed(school.signed_assertion()), web=web, address=address)


def of_the_guild(address: str, web: Web | None = None, entry: Document | None = None) -> Dependency:
    own = web or {DID_DOCUMENT: guild.did_document(), LIST: guild.signed(guild.status_list(issuer=WEB_DID), by=METHOD)}
    made = guild.token(guild.badge(WEB_DID, credentialStatus=entry or guild.status()), kid=METHOD)
    return Dependency(badge=made, web=own, address=address)


def of_a_site(address: str, web: Web, **header: Any) -> Dependency:
    return Dependency(badge=guild.token(guild.badge(PROFILE), kid=None, **header), web=web, address=address)


def dependencies() -> dict[str, Dependency]:
    """What a badge depends on, by name."""
    listed = {"id": PROFILE, "type": "Profile", "name": "La guilde"}
    keyed = listed | {"verificationMethod": [{"id": "#1", "publicKeyMultibase": guild.multikey(guild.KEY)}]}
    linking = listed | {"verificationMethod": KEY_DOCUMENT}
    beside = {"id": KEY_DOCUMENT, "controller": PROFILE, "publicKeyMultibase": guild.multikey(guild.KEY)}
    by_others = {
        DID_DOCUMENT: guild.did_document(),
        LIST: guild.signed(guild.status_list(issuer=LISTS), by=f"{LISTS}#key-1"),
        LISTS_DOCUMENT: guild.did_document(name=LISTS),
    }
    by_key = guild.signed(guild.badge(PROFILE), by=KEY_DOCUMENT)
    plain = {DID_DOCUMENT: guild.did_document(), LIST: {"issuer": WEB_DID, "revokedCredential": ["urn:uuid:9"]}}
    return {
        "where a badge is hosted": of_the_school(school.BADGE),
        "the class of a hosted badge": of_the_school(school.CLASS),
        "the profile of its issuer": of_the_school(school.ISSUER),
        "the class of a signed badge": signed_by_the_school(school.CLASS),
        "the profile of its signer": signed_by_the_school(school.ISSUER),
        "the key of its signer": signed_by_the_school(school.KEY),
        "the list of its signer": signed_by_the_school(school.LIST),
        "a DID document": of_the_guild(DID_DOCUMENT),
        "a status list": of_the_guild(LIST),
        "a plain list": of_the_guild(LIST, plain, PLAIN),
        "the signer of a status list": of_the_guild(LISTS_DOCUMENT, by_others),
        "a list of keys": of_a_site(JWKS, {PROFILE: listed, JWKS: {"keys": [guild.jwk(guild.KEY)]}}),
        "a profile that lists the key": of_a_site(PROFILE, {PROFILE: keyed}),
        "a key document": Dependency(badge=by_key, web={PROFILE: linking, KEY_DOCUMENT: beside}, address=KEY_DOCUMENT),
        "the profile beside it": Dependency(
            badge=by_key, web={PROFILE: linking, KEY_DOCUMENT: beside}, address=PROFILE
        ),
    }


DEPENDENCIES = dependencies()
Fault = Callable[[Dependency, str], Fetched]


def fails(why: str) -> Fault:
    def fault(_dependency: Dependency, address: str) -> Fetched:
        raise Unreachable(address, why)

    return fault


def answers(body: bytes | Document, status: int = 200) -> Fault:
    written = body if isinstance(body, bytes) else sound.written(body)
    return lambda _dependency, address: answered(address, written, status)


def honestly(dependency: Dependency, address: str) -> Fetched:
    return dependency.honestly(address)


def members(many: int) -> Fault:
    return answers(b"{" + b",".join(b'"%d":1' % number for number in range(many)) + b"}")


def half(dependency: Dependency, address: str) -> Fetched:
    body = dependency.honestly(address).body
    return answered(address, body[: len(body) // 2])


def sent_elsewhere(dependency: Dependency, address: str) -> Fetched:
    return answered(f"{EVIL}/answer", dependency.honestly(address).body)


def as_a_list(dependency: Dependency, address: str) -> Fetched:
    return answered(address, b"[" + dependency.honestly(address).body + b"]")


def of_a_stranger(dependency: Dependency, address: str) -> Fetched:
    """The same document with every key, and every name of the issuer, a stranger's."""
    text = dependency.honestly(address).body.decode()
    for own, other in (
        (guild.multikey(guild.KEY), guild.multikey(OTHER_KEY)),
        (guild.jwk(guild.KEY)["x"], guild.jwk(OTHER_KEY)["x"]),
        (json.dumps(school.pem()), json.dumps(school.pem(1))),
        (HOST, "evil.example"),
        ("lists.example", "evil.example"),
        ("school.example", "evil.example"),
    ):
        text = text.replace(own, other)
    return answered(address, text.encode())


def in_another_encoding(dependency: Dependency, address: str) -> Fetched:
    return answered(address, dependency.honestly(address).body.decode().encode("utf-16"))


def with_a_name_twice(dependency: Dependency, address: str) -> Fetched:
    return answered(address, b'{"x": 1, "x": 2, ' + dependency.honestly(address).body[1:])


def emptied(dependency: Dependency, address: str) -> Fetched:
    """Whatever it says that is a list or an object is empty."""
    found = {name: type(value)() for name, value in json.loads(dependency.honestly(address).body).items()}
    return answered(address, sound.written(found))


ZEROS = guild.signed(guild.status_list(issuer=guild.did(OTHER_KEY)), OTHER_KEY)
SHORT = guild.status_list(issuer=WEB_DID)
SHORT["credentialSubject"]["encodedList"] = guild.bits(size=8)
FAULTS: dict[str, Fault] = {
    **{why: fails(why) for why in ("refused", "timeout", "too-big", "no-answer", "too-many", "blocked", "")},
    **{f"HTTP {status}": answers(b"{}", status) for status in (204, 301, 304, 401, 403, 404, 410, 418, 429, 500, 503)},
    "a page": answers(b"<!doctype html><html><title>Connexion</title></html>"),
    "nothing": answers(b""),
    "blanks": answers(b" \n"),
    "null": answers(b"null"),
    "a number": answers(b"0"),
    "a text": answers(b'"ok"'),
    "an empty object": answers(b"{}"),
    "an empty list": answers(b"[]"),
    "half of it": half,
    "it in a list": as_a_list,
    "it in another encoding": in_another_encoding,
    "it with a name twice": with_a_name_twice,
    "it emptied": emptied,
    "it, from another host": sent_elsewhere,
    "it, of a stranger": of_a_stranger,
    "2 MiB of noise": answers(bytes(range(256)) * 8192),
    "2 MiB of brackets": answers(b"[" * 2**21),
    "many members": members(20_000),
    "no UTF-8": answers(b'{"id": "\xff\xfe"}'),
    "half of a surrogate pair": answers(b'{"id": "\\ud800"}'),
    "objects without end": answers(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "another badge": answers(school.assertion(id=f"{EVIL}/1")),
    "another badge of today": answers(guild.signed(guild.badge(), OTHER_KEY)),
    "another badge in a token": answers(guild.token(guild.badge(), OTHER_KEY).encode()),
    "a stranger's DID document": answers(guild.did_document(OTHER_KEY, "did:web:evil.example")),
    "a stranger's keys": answers({"keys": [guild.jwk(OTHER_KEY)]}),
    "a stranger's profile": answers(school.profile(id=f"{EVIL}/issuer")),
    "a stranger's key": answers(school.key(id=f"{EVIL}/key", publicKeyPem=school.pem(1))),
    "a promise": answers({"revoked": "false", "active": True, "status": "ok", "valid": True}),
    "a stranger's list of zeros": answers(ZEROS | {"issuer": guild.did()}),
    "a list nobody signed": answers(guild.status_list(issuer=WEB_DID)),
    "a list for another purpose": answers(
        guild.signed(guild.status_list(issuer=WEB_DID, purpose="suspension"), by=METHOD)
    ),
    "a list that is over": answers(
        guild.signed(guild.status_list(issuer=WEB_DID, validUntil="2026-02-01T00:00:00Z"), by=METHOD)
    ),
    "a list to come": answers(
        guild.signed(guild.status_list(issuer=WEB_DID, validFrom="2031-02-01T00:00:00Z"), by=METHOD)
    ),
    "a list too short": answers(guild.signed(SHORT, by=METHOD)),
}

STAYS_VALID: dict[tuple[str, str], str] = {
    ("a status list", "it, from another host"): "the issuer's signature is in it, wherever it stands",
    ("the list of its signer", "it emptied"): "Open Badges 2.0 signs no list: an empty one withdraws nobody",
}
"""Where a fault does not matter, and why."""


@rows("dependency", DEPENDENCIES)
def test_a_badge_with_all_it_depends_on_is_valid(dependency: str) -> None:
    assert DEPENDENCIES[dependency].examine().state == "valid"


@rows("dependency", DEPENDENCIES)
@pytest.mark.breadth
def test_no_fault_of_what_a_badge_depends_on_ends_in_valid(dependency: str) -> None:
    it, honest = DEPENDENCIES[dependency], DEPENDENCIES[dependency].examine()
    for name, fault in FAULTS.items():
        found = it.examine(lambda address, fault=fault: (fault if address == it.address else honestly)(it, address))

        assert (found.state == "valid") == ((dependency, name) in STAYS_VALID), name
        if found.state == "valid":
            assert found.badge == honest.badge, name


@pytest.mark.parametrize(
    "dependency",
    [
        # In make test one for each who reads: a document of Open Badges 2.0, the holder of a key, a list.
        pytest.param(
            one,
            marks=[] if one in {"the class of a hosted badge", "a DID document", "a status list"} else pytest.mark.soak,
        )
        for one in DEPENDENCIES
    ],
)
@pytest.mark.breadth
def test_nor_do_two_mebibytes_of_members(dependency: str) -> None:
    it, fault = DEPENDENCIES[dependency], members(200_000)

    assert it.examine(lambda address: (fault if address == it.address else honestly)(it, address)).state != "valid"


@rows("dependency", DEPENDENCIES)
@rows("why", ["timeout", "refused"])
def test_a_web_that_is_silent_altogether_ends_in_unknown(dependency: str, why: str) -> None:
    it = DEPENDENCIES[dependency]

    assert it.examine(lambda address: fails(why)(it, address)).state == "unknown"


# What does not matter.


def test_a_badge_whose_issuer_is_a_key_asks_nobody() -> None:
    def fetch(address: str) -> Fetched:
        raise AssertionError(address)

    for made in (guild.signed(guild.badge()), guild.token(guild.badge())):
        assert Dependency(badge=made, web={}, address="").examine(fetch).state == "valid"


@rows("addresses", [(), ["eve@evil.example"], ["maria@example.org"], ["", "\ud800", "x" * 9_999]])
@rows("dependency", ["a DID document", "where a badge is hosted"])
def test_the_persons_addresses_do_not_change_the_state(dependency: str, addresses: list[str]) -> None:
    it = DEPENDENCIES[dependency]
    document = it.badge.encode() if isinstance(it.badge, str) else sound.written(it.badge)

    def state(fetch: Fetch) -> str:
        return openbadges.examine(document, fetch, NOW, addresses).state

    assert state(it.honestly) == "valid"
    assert state(lambda address: answered(address, b"", 404)) == "unknown"


# The clock.


@rows("dependency", ["a DID document", "a status list", "a key document"])
@rows(
    ("shift", "states"),
    [
        (timedelta(days=-365), {"not-yet-valid", "unknown"}),
        (timedelta(days=-365 * 2000), {"not-yet-valid", "unknown"}),
        (timedelta(days=365 * 4), {"expired"}),
        (timedelta(days=365 * 7000), {"expired"}),
    ],
    ids=["a year slow", "in antiquity", "four years fast", "in seven thousand years"],
)
def test_a_clock_that_is_wrong_is_never_valid(dependency: str, shift: timedelta, states: set[str]) -> None:
    it = DEPENDENCIES[dependency]
    document = it.badge.encode() if isinstance(it.badge, str) else sound.written(it.badge)

    assert openbadges.examine(document, it.honestly, NOW + shift).state in states


def test_a_clock_without_a_zone_is_a_fault_of_ours_and_no_answer() -> None:
    naive = datetime(2026, 11, 24, 12)  # noqa: DTZ001 - what is tried here

    with pytest.raises(TypeError):
        guild.examine(guild.signed(guild.badge()), now=naive)


# The fetcher itself.


@rows("problem", [OSError("no route"), ValueError("?"), RuntimeError("?"), MemoryError()])
@rows("dependency", DEPENDENCIES)
def test_a_fetcher_that_breaks_its_word_is_not_taken_for_an_issuer_that_is_silent(
    dependency: str, problem: Exception
) -> None:
    """A fetcher raises Unreachable and nothing else: whatever else it raises is a fault of ours, to be seen and mended.

    Taken for silence it would be kept as what was found of the badge.
    """

    def fetch(_address: str) -> Fetched:
        raise problem

    with pytest.raises(type(problem)):
        DEPENDENCIES[dependency].examine(fetch)
