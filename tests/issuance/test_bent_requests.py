"""Whatever platforms ask, in any letters: no fault of ours, nobody led anywhere, nothing kept."""

import json
from dataclasses import replace
from random import Random
from urllib.parse import quote, urlencode

import pytest
from starlette.applications import Starlette

from tests.fixtures.connecting import ORIGIN, Platform, platform, rows
from tests.fixtures.moodle import BACK
from tests.fixtures.visits import holder
from wallet.concurrency import Limit
from wallet.issuance.platforms.models import AuthorisationCode, PlatformLink, PlatformToken
from wallet.settings import Settings
from wallet.web import rate_limits

MANY = 2000
ODD = (
    "",
    " ",
    "\0",
    "\udc80",
    "é",
    "\u202e",
    "%",
    "%zz",
    "&",
    "=",
    "+",
    "[]",
    "{}",
    '"',
    "\r\nX: y",
    "\\",
    "x" * 5000,
    BACK,
)
ASKED = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")
SENT = (
    "grant_type",
    "code",
    "client_id",
    "client_secret",
    "refresh_token",
    "code_verifier",
    "redirect_uri",
    "token",
    "scope",
)
LIKELY = (
    "authorization_code",
    "refresh_token",
    "password",
    "client_credentials",
    "implicit",
    "code",
    "token",
    "S256",
    "plain",
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As a platform finds the wallet: over https."""
    return replace(settings, origin=ORIGIN)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_nothing_comes_of_two_thousand_bent_requests(
    app: Starlette, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for name in ("registration", "token"):
        monkeypatch.setitem(rate_limits.LOOSE, name, Limit(10 * MANY, 3600))
    chance, maria, moodle, program = Random(seed), holder(app), platform(app), Platform(app)  # noqa: S311  # no secret
    values = (*ODD, *LIKELY, moodle.id, moodle.secret, moodle.id[:-1])
    for _ in range(MANY):
        fields = [(name, chance.choice(values)) for name in chance.choices(ASKED, k=7)]
        query = (
            urlencode(fields, errors="surrogatepass")
            if chance.random() < 0.7
            else quote(chance.choice(ODD), errors="surrogatepass")
        )
        answer = maria.get(f"/oauth/authorization?{query[:9000]}")
        assert (answer.status_code, answer.headers.get("location")) in {(400, None), (200, None)}, query
        form = urlencode([(name, chance.choice(values)) for name in chance.choices(SENT, k=6)], errors="surrogatepass")
        path = chance.choice(("/oauth/token", "/oauth/revocation"))
        kind = chance.choice(
            ("application/x-www-form-urlencoded", "application/json", "multipart/form-data", "text/plain")
        )
        shown = chance.choice(("", "Basic x", "Basic " + "A" * 99, "Bearer x", b"Digest \xc3\xa9"))
        got = program.post(path, content=form, headers={"Content-Type": kind, "Authorization": shown})
        assert got.status_code in {200, 400, 401}, (form, kind, shown)
        assert got.json() is not None
        told = {name: chance.choice(values) for name in ("client_name", "scope")} | {
            "redirect_uris": chance.choice(
                ([], [chance.choice(values)], [BACK, chance.choice(values)], chance.choice(values))
            )
        }
        registered = program.post(
            "/oauth/registration", content=json.dumps(told), headers={"Content-Type": "application/json"}
        )
        assert registered.status_code in {201, 400}, told
    assert [rows(app, model) for model in (PlatformLink, AuthorisationCode, PlatformToken)] == [0, 0, 0]
