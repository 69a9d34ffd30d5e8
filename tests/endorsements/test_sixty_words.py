"""Sixty words, in Maria's badge and as files: each is told for what it is worth, and her badge is what it is."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import pytest

from tests.openbadges.support import guild
from tests.openbadges.test_endorsements import HALL, endorsement
from wallet import badges, openbadges
from wallet.endorsements import lone_files

SILENT = "did:web:silent.example"
ANSWERS: dict[str, Any] = {
    guild.DID_DOCUMENT: guild.did_document(),
    guild.LIST: guild.signed(guild.status_list([42], guild.WEB_DID), guild.KEY, f"{guild.WEB_DID}#key-1"),
}
Make = Callable[..., Any]


def as_object(said: dict[str, Any], key: Any = HALL, method: str = "") -> Any:
    return guild.signed(said, key, *([method] if method else []))


def as_token(said: dict[str, Any], key: Any = HALL, method: str = "") -> Any:
    subject = said["credentialSubject"]
    names = {"iss": said["issuer"]["id"] if isinstance(said["issuer"], dict) else said["issuer"], "jti": said["id"]}
    about = {"sub": subject["id"]} if isinstance(subject, dict) else {}
    return guild.token(said | names | about, key, **({"kid": method} if method else {}))


def of_guild(make: Make, **members: Any) -> Any:
    return make(endorsement(issuer=guild.WEB_DID, **members), guild.KEY, f"{guild.WEB_DID}#key-1")


def changed(word: Any) -> Any:
    """*word* with other words in it, under the same signature."""
    if isinstance(word, dict):
        bent = deepcopy(word)
        bent["credentialSubject"]["endorsementComment"] = "La meilleure."
        return bent
    head, _, signature = word.split(".")
    claims = openbadges.to_base64url(json.dumps(endorsement() | {"jti": "urn:uuid:e1", "x": 1}).encode())
    return f"{head}.{claims}.{signature}"


def unsigned(word: Any) -> Any:
    if isinstance(word, dict):
        return {name: value for name, value in word.items() if name != "proof"}
    return f"{word.rpartition('.')[0]}.{openbadges.to_base64url(bytes(64))}"


KINDS: dict[str, tuple[Callable[[Make], Any], str, str]] = {
    "on the badge": (lambda make: make(endorsement()), "good", "badge"),
    "on what it recognises": (lambda make: make(endorsement("urn:uuid:a1")), "good", "achievement"),
    "on its issuer": (lambda make: make(endorsement(guild.did())), "good", "issuer"),
    "on another badge": (lambda make: make(endorsement("urn:uuid:b2")), "good", "other"),
    "not withdrawn": (lambda make: of_guild(make, credentialStatus=guild.status("41")), "good", "badge"),
    "withdrawn": (lambda make: of_guild(make, credentialStatus=guild.status("42")), "withdrawn", "badge"),
    "ended": (lambda make: make(endorsement(validUntil="2026-10-01T00:00:00Z")), "ended", "badge"),
    "not begun": (lambda make: make(endorsement(validFrom="2026-12-01T00:00:00Z")), "unverified", "badge"),
    "changed": (lambda make: changed(make(endorsement())), "changed", "badge"),
    "of another": (lambda make: make(endorsement(issuer=guild.did())), "of-another", "badge"),
    "of a silent host": (lambda make: make(endorsement(issuer=SILENT), HALL, f"{SILENT}#key-1"), "unverified", "badge"),
    "of a silent list": (
        lambda make: of_guild(make, credentialStatus=guild.status(statusListCredential="https://silent.example/1")),
        "unverified",
        "badge",
    ),
    "of an unknown key": (
        lambda make: make(endorsement(issuer=guild.WEB_DID), HALL, f"{guild.WEB_DID}#key-9"),
        "unverified",
        "badge",
    ),
    "of a forged key": (
        lambda make: make(endorsement(issuer=guild.WEB_DID), HALL, f"{guild.WEB_DID}#key-1"),
        "changed",
        "badge",
    ),
    "without its signature": (lambda make: unsigned(make(endorsement())), "", "badge"),
}


def plain(value: Any) -> Any:
    """As it is kept."""
    return json.loads(json.dumps(asdict(value), default=lambda moment: moment.isoformat()))


def worths(told: list[Any]) -> list[tuple[str, str]]:
    return [(one.worth, one.about) for one in badges.make_endorsements(told)]


@pytest.mark.parametrize("make", [as_object, as_token])
@pytest.mark.parametrize("name", KINDS)
def test_a_word_is_told_for_what_it_is_worth_and_says_nothing_of_the_badge(name: str, make: Make) -> None:
    form, worth, about = KINDS[name]
    said = form(make)
    worth = worth or {as_object: "unverified", as_token: "changed"}[make]  # a token without a signature is a bent one

    found = guild.examine(guild.signed(guild.badge(endorsement=[said])), ANSWERS)
    assert found.state == "valid"
    assert worths([plain(one) for one in found.endorsements]) == [(worth, about)]

    content = said if isinstance(said, str) else json.dumps(said)
    alone = openbadges.examine_brought_endorsement(content.encode(), guild.web(ANSWERS).fetch, guild.NOW)
    read = plain(found.badge)
    assert worths([lone_files.told_on(alone, read)]) == [(worth, about)]


@pytest.mark.parametrize("make", [as_object, as_token])
@pytest.mark.breadth(beside=["as_token"])
def test_words_nine_deep_are_one_word(make: Make) -> None:
    """What somebody says of a word speaks of no badge: only what the badge carries itself is told of it."""
    said = endorsement()
    for number in range(9):
        within = guild.signed(said, HALL)
        said = endorsement(id=f"urn:uuid:e{number + 2}", endorsement=[within])
    whole = make(said)

    found = guild.examine(guild.signed(guild.badge(endorsement=[whole])), ANSWERS)
    content = whole if isinstance(whole, str) else json.dumps(whole)
    alone = openbadges.examine_brought_endorsement(content.encode(), guild.web(ANSWERS).fetch, guild.NOW)

    assert (found.state, worths([plain(one) for one in found.endorsements])) == ("valid", [("good", "badge")])
    assert (alone.state, alone.id) == ("valid", "urn:uuid:e10")


def test_of_five_hundred_words_as_many_are_told_as_are_read() -> None:
    said = as_token(endorsement())

    found = guild.examine(guild.signed(guild.badge(endorsementJwt=[f"{said}{' ' * number}" for number in range(500)])))

    assert found.state == "valid"
    assert len(found.endorsements) == 1
    presented = {"@context": [guild.VC2], "type": "VerifiablePresentation", "verifiableCredential": [said] * 500}
    with pytest.raises(openbadges.DamagedFile, match="too-many-badges"):
        openbadges.unpack(json.dumps(presented).encode(), guild.web().fetch, guild.NOW)
