"""A badge that somebody else's tool issues here and now is sound; changed in one thing, it never is.

And the other way: what we sign and bake is sound to somebody else's verifier.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from tests.openbadges.support import guild
from tests.openbadges.support.others import (
    Issued,
    altered,
    ask,
    in_png,
    in_svg,
    issued_by_npm,
    issued_by_the_library,
    needs_library,
    needs_npm,
    with_one_letter_changed,
)
from wallet.cli import samples
from wallet.openbadges.v3.status import KEPT_BY_ANOTHER

DID = guild.WEB_DID
SITE = guild.PROFILE

NPM: Mapping[str, dict[str, Any]] = {
    "vc eddsa-rdfc-2022": {"tool": "vc", "suite": "eddsa-rdfc-2022", "curve": "Ed25519"},
    "vc eddsa-rdfc-2022 did:web": {
        "tool": "vc",
        "suite": "eddsa-rdfc-2022",
        "curve": "Ed25519",
        "issuer": DID,
        "changed": {
            "name": {"@value": "لحام", "@language": "ar", "@direction": "rtl"},
            "credentialSubject": guild.badge()["credentialSubject"] | {"creditsEarned": 1_234_567_890_123_456_768},
        },
    },
    "vc ecdsa-rdfc-2019 P-256": {"tool": "vc", "suite": "ecdsa-rdfc-2019", "curve": "P-256", "issuer": DID},
    "vc ecdsa-rdfc-2019 P-384": {"tool": "vc", "suite": "ecdsa-rdfc-2019", "curve": "P-384"},
    "jose EdDSA": {"tool": "jose", "algorithm": "EdDSA"},
    "jose Ed25519": {"tool": "jose", "algorithm": "Ed25519", "issuer": DID},
    "jose ES256": {"tool": "jose", "algorithm": "ES256", "issuer": DID},
    "jose ES384": {"tool": "jose", "algorithm": "ES384"},
    "jose RS256": {"tool": "jose", "algorithm": "RS256", "issuer": SITE},
    "jose PS256": {"tool": "jose", "algorithm": "PS256", "issuer": SITE},
    "jose ES256, data model 1.1": {"tool": "jose", "algorithm": "ES256", "issuer": DID, "model": "1.1"},
}
LIBRARY: Mapping[str, dict[str, Any]] = {
    f"openbadgeslib {version} {secured} {key}": {"version": version, "secured": secured, "key": key}
    for version, secured, key in [
        ("2.0", "JWS", "RSA"),
        ("2.0", "JWS", "ECC"),
        ("2.0", "JWS", "ED25519"),
        ("3.0", "JWT", "RSA"),
        ("3.0", "JWT", "ECC"),
        ("3.0", "JWT", "ED25519"),
        ("3.0", "proof", "ED25519"),
    ]
}
EVERYBODY = [
    *[pytest.param(name, marks=needs_npm, id=name) for name in NPM],
    *[pytest.param(name, marks=needs_library, id=name) for name in LIBRARY],
]
WITH_A_WEB = [param for param in EVERYBODY if param.id in LIBRARY or "issuer" in NPM[str(param.id)]]
"""All whose key is not their name, or who can withdraw."""
WITH_A_PROOF = [param for param in EVERYBODY if "rdfc" in str(param.id) or "proof" in str(param.id)]


def credential(order: Mapping[str, Any]) -> dict[str, Any]:
    """What npm's tools are given to sign."""
    if order.get("model") != "1.1":
        return guild.badge(**order.get("changed", {}))
    dates = {"issuanceDate": "2026-01-02T03:04:05Z", "expirationDate": "2030-01-01T00:00:00Z"}
    return guild.badge(None, **{"@context": [guild.VC1, guild.OB3], "validFrom": None, "validUntil": None, **dates})


@cache
def npm_badges() -> dict[str, Issued]:
    made = issued_by_npm([order | {"credential": credential(order)} for order in NPM.values()])
    return dict(zip(NPM, made, strict=True))


@cache
def library_badges(*, withdrawn: bool = False) -> dict[str, Issued]:
    orders = [order | {"withdrawn": withdrawn} for order in LIBRARY.values()]
    return dict(zip(LIBRARY, issued_by_the_library(orders), strict=True))


def issued(name: str) -> Issued:
    """The badge of that name, made once for all tests."""
    return npm_badges()[name] if name in NPM else library_badges()[name]


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.breadth(beside=["vc eddsa-rdfc-2022"])
def test_a_badge_of_others_is_sound_in_every_form(name: str) -> None:
    badge = issued(name)

    for form, container in zip(badge.forms, ({"json", "jws"}, {"png"}, {"svg"}), strict=True):
        found = badge.examine(form)

        assert found.container in container
        assert found.check("intact").outcome == "passed"
        assert found.check("bound").outcome == "passed"
        assert found.check("not_withdrawn").outcome == "passed"
        assert found.unsigned == ()
        assert found.badge.achievement.name == "Souder"
        assert found.state == "valid"


@pytest.mark.parametrize("name", EVERYBODY)
def test_changed_in_one_thing_it_is_refused(name: str) -> None:
    badge = issued(name)
    changes = dict(altered(badge.text))

    assert len(changes) >= 6
    for what, text in changes.items():
        assert badge.state(text) == "invalid", what
    assert badge.state(in_png(text)) == badge.state(in_svg(text)) == "invalid"


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.breadth(beside=["vc eddsa-rdfc-2022 did:web"])
def test_with_one_letter_of_its_signature_changed_it_is_never_sound(name: str) -> None:
    badge = issued(name)

    for text in with_one_letter_changed(badge.text):
        assert badge.state(text) != "valid", text


@pytest.mark.parametrize("name", WITH_A_PROOF)
def test_a_word_of_no_standard_that_somebody_added_is_shown_apart(name: str) -> None:
    badge = issued(name)

    found = badge.examine(json.dumps(json.loads(badge.text) | {"grade": "A"}))

    assert found.unsigned == ("/grade",)
    assert found.badge == badge.examine(badge.text).badge


@pytest.mark.parametrize("name", WITH_A_WEB)
def test_it_is_not_sound_where_its_issuer_names_another_key_or_is_silent(name: str) -> None:
    badge = issued(name)
    beside = [one for one in (npm_badges() if name in NPM else library_badges()).values() if one is not badge]
    strangers = [one.web for one in beside if one.web.keys() == badge.web.keys()]

    assert strangers
    for web in (*strangers, {}):
        found = guild.examine(badge.text, web, datetime.now(UTC))
        # An issuer that is a key has only its list there, and may let others keep it (docs/decisions.md 30).
        is_kept_by_another = found.check("not_withdrawn").reason == KEPT_BY_ANOTHER
        assert found.state in {"invalid", "unknown"} or (is_kept_by_another and found.binding == "self-certified")


@needs_library
@pytest.mark.parametrize("name", LIBRARY)
def test_a_badge_that_the_library_withdraws_is_withdrawn_in_every_form(name: str) -> None:
    badge = library_badges(withdrawn=True)[name]

    for form in badge.forms:
        assert badge.state(form) == "revoked"


@needs_library
@pytest.mark.breadth
def test_a_badge_that_was_changed_is_refused_in_the_pictures_of_the_library_too() -> None:
    orders, badges = [], []
    for name, order in LIBRARY.items():
        for text in dict(altered(issued(name).text)).values():
            orders.append({"text": text, "version": order["version"]})
            badges.append(issued(name))

    for badge, baked in zip(badges, issued_by_the_library(orders), strict=True):
        assert badge.state(baked.png) == badge.state(baked.svg) == "invalid"


# The other way.


def ours() -> list[str]:
    """Badges that we sign: one with much in it, and one as large as real ones are, with its picture within."""
    signed = guild.signed(guild.badge())
    issued_on = datetime.now(UTC) - timedelta(days=1)
    return [json.dumps(signed), samples.make_badge(samples.samples()[0], guild.KEY, issued_on)]


@needs_npm
@needs_library
def test_a_badge_that_we_sign_and_bake_is_sound_to_others() -> None:
    sound = ours()
    forged = [text for badge in sound for _, text in altered(badge)]
    pictures = [in_svg(text).decode() for text in sound + forged]
    pictures += [base64.b64encode(in_png(text)).decode() for text in sound + forged]

    found = ask("verify.py", pictures)
    # Asked of the drawings alone: what is taken out of both pictures is the same, as is seen below.
    verdicts = ask("verify.mjs", [json.loads(one["text"]) for one in found[: len(found) // 2]]) * 2

    for text, one, verdict in zip((sound + forged) * 2, found, verdicts, strict=True):
        assert json.loads(one["text"]) == json.loads(text)
        if text in sound:
            assert one["refused"] == ""
            assert verdict["errors"] == []
            assert verdict["valid_signature"] is True
            assert verdict["expiration"] is True
        else:
            assert one["refused"] != ""
            assert "invalid_signature" in verdict["errors"]
