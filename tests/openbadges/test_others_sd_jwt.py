"""An SD-JWT that somebody else's tool issues here and now is sound in every form; changed in one thing, it never is."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from tests.openbadges.support import guild, sd_jwts
from tests.openbadges.support.others import (
    PROJECT,
    Issued,
    ask,
    in_png,
    in_svg,
    needs_library,
    needs_npm,
    with_one_letter_changed,
)
from wallet.openbadges.proofs.multibase import from_base64url, to_base64url

HAS_NPM, HAS_LIBRARY = (
    (PROJECT / "node_modules" / "@sd-jwt").is_dir(),
    any((PROJECT / ".venv-others").glob("lib/*/site-packages/openvc")),
)
needs_sd_jwt = pytest.mark.skipif(not HAS_NPM, reason="npm’s @sd-jwt is not here: make install-for-tests")
needs_eudi = pytest.mark.skipif(not HAS_LIBRARY, reason="openbadgeslib’s `eudi` is not here: make install-for-tests")
SITE, DID = "https://school.example", "did:web:school.example"
MODEL = guild.badge(issuer={"type": ["Profile"], "name": "L’école"}, validUntil="2040-01-01T00:00:00Z")
PLAIN = {name: value for name, value in sd_jwts.plain(validUntil=None, exp=2_208_988_800).items() if name != "iss"}
ALL = {"_sd": ["name", "credentialSubject"]}
DEEP: dict[str, Any] = {
    "_sd": ["name"],
    "evidence": {"_sd": [0]},
    "credentialSubject": {"_sd": ["identifier"], "achievement": {"_sd": ["description", "tag"]}},
}
NPM: Mapping[str, dict[str, Any]] = {
    "plain, ES256": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL},
    "plain, EdDSA, a site": {"algorithm": "EdDSA", "claims": PLAIN, "frame": ALL, "issuer": SITE},
    "plain, ES384, did:web": {"algorithm": "ES384", "claims": PLAIN, "frame": ALL, "issuer": DID},
    "plain, sha-512": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL, "hash": "sha-512"},
    "plain, nothing apart": {"algorithm": "ES256", "claims": PLAIN, "frame": None},
    "plain, bound": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL, "bound": True, "shown": {"name": True, "credentialSubject": True}},
    "plain, bound, sha-512": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL, "hash": "sha-512", "bound": True, "shown": {"name": True, "credentialSubject": True}},
    "plain, listed": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL, "issuer": DID, "status": 0},
    "the data model's": {"algorithm": "ES256", "claims": MODEL, "frame": DEEP},
    "the data model's, a site": {"algorithm": "EdDSA", "claims": MODEL, "frame": DEEP, "issuer": SITE},
    "the data model's, flat": {"algorithm": "ES256", "claims": MODEL, "frame": DEEP, "form": "flat"},
    "the data model's, general": {"algorithm": "ES256", "claims": MODEL, "frame": DEEP, "form": "general"},
    "the data model's, bound, general": {
        "algorithm": "ES256", "claims": MODEL, "frame": DEEP, "form": "general", "bound": True,
        "shown": {"name": True, "evidence": {"0": True}, "credentialSubject": {"identifier": True, "achievement": {"description": True, "tag": True}}},
    },
    "in part": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL, "shown": {"name": True}},
    "the data model's, in part": {
        "algorithm": "ES256", "claims": MODEL, "frame": DEEP, "shown": {"name": True, "credentialSubject": {"identifier": True}},
    },
    "withdrawn": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL, "issuer": DID, "status": 1},
    "suspended": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL, "issuer": DID, "status": 2},
    "all kept back": {"algorithm": "ES256", "claims": MODEL, "frame": {"_sd": ["name", "credentialSubject", "validUntil"]}, "shown": {}},
    "with decoys": {"algorithm": "ES256", "claims": PLAIN, "frame": ALL | {"_sd_decoy": 3}},
}  # fmt: skip
LIBRARY: Mapping[str, dict[str, Any]] = {
    "openbadgeslib P-256": {"key": "ECC"},
    "openbadgeslib Ed25519": {"key": "ED25519"},
    "openbadgeslib without an end": {"key": "ECC", "ends": False},
    "openbadgeslib bound": {"key": "ECC", "bound": True},
    "openbadgeslib listed": {"key": "ED25519", "status": 0},
    "openbadgeslib in part": {"key": "ECC", "withheld": True},
    "openbadgeslib in part, bound": {"key": "ECC", "withheld": True, "bound": True},
    "openbadgeslib in part, without an end": {"key": "ECC", "withheld": True, "ends": False},
    "openbadgeslib withdrawn": {"key": "ECC", "status": 1},
    "openbadgeslib suspended": {"key": "ECC", "status": 2},
    "openbadgeslib certified": {"key": "ECC", "certified": True},
}
STATES = {
    "withdrawn": "revoked",
    "suspended": "suspended",
    "openbadgeslib withdrawn": "revoked",
    "openbadgeslib suspended": "suspended",
    "openbadgeslib certified": "unknown",
    "all kept back": "unknown",
    # Behind a decoy may be where its withdrawal is told: it looks like any other digest (RFC 9901, 4.2.7).
    "with decoys": "unknown",
    # Where neither an end nor a list is shown, either may be what is kept back, and not the person.
    "in part": "unknown",
    "openbadgeslib in part": "unknown",
    "openbadgeslib in part, bound": "unknown",
    "openbadgeslib in part, without an end": "unknown",
}
"""Of those that are not simply valid."""
EVERYBODY = [
    *[pytest.param(name, marks=[needs_npm, needs_sd_jwt], id=name) for name in NPM],
    *[pytest.param(name, marks=[needs_library, needs_eudi], id=name) for name in LIBRARY],
]


@cache
def made(script: str) -> dict[str, Issued]:
    orders = NPM if script.endswith(".mjs") else LIBRARY
    return {
        name: Issued(
            text=one["secured"],
            png=in_png(one["secured"]),
            svg=in_svg(one["secured"]),
            web={where: said.encode() if isinstance(said, str) else said for where, said in one["web"].items()},
        )
        for name, one in zip(orders, ask(script, list(orders.values())), strict=True)
    }


def issued(name: str) -> Issued:
    return made("issue_sd_jwt.mjs" if name in NPM else "issue_sd_jwt.py")[name]


def is_in_part(name: str) -> bool:
    return "in part" in name or name in {"all kept back", "with decoys"}


@pytest.mark.parametrize("name", EVERYBODY)
def test_it_is_read_and_checked_in_every_form(name: str) -> None:
    badge = issued(name)

    for form in badge.forms:
        found = badge.examine(form)

        assert found.state == STATES.get(name, "valid")
        assert found.check("intact").outcome == "passed"
        assert found.check("conforms").outcome == ("unknown" if name == "all kept back" else "passed")
        assert bool(found.not_shared) == is_in_part(name)
        assert found.key_binding == ("passed" if "bound" in name else "")
        assert "SD-JWT" in found.format
        assert name == "all kept back" or found.badge.achievement.name == "Souder"


def altered(text: str) -> Iterator[tuple[str, str]]:
    """*text* with one thing changed that was signed, or shown."""
    token, *rest = text.split("~")
    header, payload, signature = token.split(".")
    for name, value in {
        "name": "Piloter",
        "achievement": {"name": "Piloter"},
        "exp": 4_000_000_000,
        "cnf": None,
        "_sd": [],
    }.items():
        claims = json.loads(from_base64url(payload)) | {name: value}
        yield name, "~".join([".".join([header, to_base64url(json.dumps(claims).encode()), signature]), *rest])
    for place, written in enumerate(rest[:-1]):
        parts = json.loads(from_base64url(written))
        changed = to_base64url(json.dumps([*parts[:-1], "changed"]).encode())
        yield f"disclosure {place} changed", "~".join([token, *rest[:place], changed, *rest[place + 1 :]])
        yield f"disclosure {place} twice", "~".join([token, written, *rest])
    yield "a disclosure of nothing", "~".join([token, sd_jwts.shown("description", "Avec mention"), *rest])
    yield "a binding of nobody", "~".join([token, *rest[:-1], guild.token({"sd_hash": "x"}, typ="kb+jwt")])
    if rest[-1:] != [""]:
        yield (
            "a part taken away that was bound",
            "~".join([token, *rest[1:]] if rest[1:] else [token, sd_jwts.shown("x"), *rest]),
        )


COMPACT = [param for param in EVERYBODY if not str(param.id).endswith(("flat", "general", "nothing apart"))]


@pytest.mark.parametrize("name", COMPACT)
def test_changed_in_one_thing_it_is_refused(name: str) -> None:
    badge = issued(name)
    changes = dict(altered(badge.text))

    assert len(changes) >= 7
    for what, text in changes.items():
        assert badge.state(text) == "invalid", what
    assert badge.state(in_png(text)) == badge.state(in_svg(text)) == "invalid"


@pytest.mark.parametrize("name", COMPACT)
def test_with_one_letter_changed_it_is_never_sound(name: str) -> None:
    badge = issued(name)

    # The end of the last part is the sign that nobody binds it.
    text = badge.text.removesuffix("~")
    for other in with_one_letter_changed(text):
        assert badge.state(other + badge.text[len(text) :]) not in {"valid", "expired"}, other


@pytest.mark.parametrize("name", [param for param in EVERYBODY if STATES.get(str(param.id), "valid") == "valid"])
def test_it_is_not_sound_where_its_issuer_is_silent(name: str) -> None:
    badge = issued(name)
    if badge.web:
        assert guild.examine(badge.text, {}, datetime.now(UTC)).state == "unknown"


@pytest.mark.parametrize("name", EVERYBODY)
def test_when_it_has_ended_it_is_told(name: str) -> None:
    badge = issued(name)
    late = guild.examine(badge.text, badge.web, datetime(2050, 1, 1, tzinfo=UTC))
    assert late.state != "valid" or "without an end" in name
