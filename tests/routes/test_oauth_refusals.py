"""What must never come of a bent request of a platform: each of these is a host that was seen to do it."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.connecting import (
    ORIGIN,
    Platform,
    consents,
    may,
    platform,
    refusal,
    rows,
)
from tests.fixtures.made_once import made_once
from tests.fixtures.moodle import BACK, SITE, Moodle
from tests.fixtures.visits import Clock, Person, holder, words
from wallet.issuance.platforms.models import PlatformLink, PlatformToken
from wallet.issuance.platforms.scopes import CREATE, READ
from wallet.issuance.platforms.tokens import forget_ended_codes
from wallet.settings import Settings
from wallet.storage.database import DatabaseUnavailable
from wallet.web.services import Services


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As a platform finds the wallet: over https."""
    return replace(settings, origin=ORIGIN)


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, who keeps a wallet and showed her key just now."""
    return holder(app)


@pytest.fixture
def greta(app: Starlette) -> Moodle:
    """GRETA du Havre, whose administrator typed our address."""
    return platform(app)


FATAL: dict[str, dict[str, str | None]] = {
    "redirect + slash": {"redirect_uri": f"{BACK}/"},
    "redirect elsewhere": {"redirect_uri": BACK.replace("greta", "evil")},
    "redirect by http": {"redirect_uri": BACK.replace("https", "http")},
    "another path": {"redirect_uri": f"{SITE}/badges/oauth2callback.php"},
    "no redirect": {"redirect_uri": None},
    "no client": {"client_id": None},
    "unknown client": {"client_id": "nobody"},
    "state of 9 KB": {"state": "x" * 9000},
    "state of 3 KB": {"state": "x" * 3000},
}
TOLD: dict[str, tuple[str, dict[str, str | None]]] = {
    "no PKCE": ("invalid_request", {"code_challenge": None, "code_challenge_method": None}),
    "plain PKCE": ("invalid_request", {"code_challenge_method": "plain"}),
    "plain by default": ("invalid_request", {"code_challenge_method": None}),
    "a challenge that is none": ("invalid_request", {"code_challenge": "x" * 42}),
    "scope too much": ("invalid_scope", {"scope": f"{CREATE} admin"}),
    "another kind of answer": ("unsupported_response_type", {"response_type": "token"}),
    "two kinds of answer": ("unauthorized_client", {"response_type": "code id_token"}),
    "none": ("invalid_request", {"response_type": None}),
}


def test_nobody_is_led_to_an_address_that_was_not_registered(app: Starlette, maria: Person, greta: Moodle) -> None:
    for what, bent in FATAL.items():
        address = greta.login_address(**bent)
        for answer in (maria.get(address), maria.post(address)):
            assert (answer.status_code, answer.headers.get("location")) == (400, None), what
            assert "Ce site ne peut pas être relié." in words(answer.text)
            assert "https://moodle" not in answer.text, what
            assert "evil" not in words(answer.text), what
    assert rows(app, PlatformLink) == 0


def test_what_a_platform_asks_wrongly_it_hears_by_a_link_and_nothing_else_leads_there(
    app: Starlette, maria: Person, greta: Moodle
) -> None:
    for what, (error, bent) in TOLD.items():
        address = greta.login_address(**bent)
        for answer in (maria.get(address), maria.post(address)):
            assert (answer.status_code, answer.headers.get("location")) == (400, None), what
            told = greta.comes_back(refusal(answer.text))
            assert (told["error"], told.get("code")) == (error, None), what
    assert rows(app, PlatformLink) == 0


def test_what_is_told_twice_is_not_answered(maria: Person, greta: Moodle) -> None:
    for more in ("client_id=x", "redirect_uri=https%3A%2F%2Fevil.example%2F", "state=y", "scope=z"):
        answer = maria.get(f"{greta.login_address()}&{more}")
        assert (answer.status_code, refusal(answer.text)) == (400, ""), more


def test_what_oauthlib_would_take_for_its_own_changes_nothing(app: Starlette, maria: Person, greta: Moodle) -> None:
    address = f"{greta.login_address()}&user=1&response_mode=fragment&extra_credentials=x&scopes=admin"

    assert "code" in greta.comes_back(consents(maria, address))


def test_the_code_is_of_those_who_asked_and_of_nobody_else(app: Starlette, maria: Person, greta: Moodle) -> None:
    code = greta.comes_back(consents(maria, greta.login_address()))["code"]
    other = platform(app, site="https://cfa.example")
    other.back, other.verifier = greta.back, greta.verifier

    assert other.exchanges(code) == 400
    assert greta.exchanges(code) == 200


def test_a_code_used_twice_stops_all_that_came_of_it(app: Starlette, maria: Person, greta: Moodle) -> None:
    code = greta.comes_back(consents(maria, greta.login_address()))["code"]
    assert greta.exchanges(code) == 200
    assert greta.tokens is not None

    assert greta.exchanges(code) == 400
    assert not may(app, greta.tokens.access)
    assert greta.refreshes() == 400

    told = maria.reads("/platforms")
    assert "Nous avons arrêté GRETA du Havre" in told
    assert "Quelqu’un d’autre a peut-être" in told
    assert "Nous avons arrêté une plateforme" in maria.reads("/devices")

    consents(maria, greta.login_address())
    assert "Nous avons arrêté" not in maria.reads("/platforms")


def test_a_code_used_again_hours_later_stops_all_that_came_of_it_too(
    app: Starlette, maria: Person, greta: Moodle, clock: Clock
) -> None:
    code = greta.comes_back(consents(maria, greta.login_address()))["code"]
    assert greta.exchanges(code) == 200
    clock.move(hours=23)
    app.state.services.database.write(forget_ended_codes, clock())

    assert greta.exchanges(code) == 400
    assert greta.refreshes() == 400


def test_a_code_without_what_belongs_to_it_gives_no_token(app: Starlette, maria: Person, greta: Moodle) -> None:
    for name, bent in (
        ("code_verifier", "x" * 43),
        ("code_verifier", ""),
        ("redirect_uri", f"{BACK}/"),
        ("redirect_uri", ""),
    ):
        code = greta.comes_back(consents(maria, greta.login_address()))["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": greta.verifier}
        shown = {"client_id": greta.id, "client_secret": greta.secret}
        answer = Platform(app).post("/oauth/token", data=form | shown | {name: bent})
        assert (answer.status_code, rows(app, PlatformToken)) == (400, 0), name
        assert answer.json()["error"] in {"invalid_grant", "invalid_request"}


def test_a_code_of_a_minute_ago_gives_no_token(app: Starlette, maria: Person, greta: Moodle, clock: Clock) -> None:
    code = greta.comes_back(consents(maria, greta.login_address()))["code"]
    clock.move(seconds=60)

    assert greta.exchanges(code) == 400


def test_an_old_refresh_token_ends_and_none_grows(app: Starlette, maria: Person, greta: Moodle, clock: Clock) -> None:
    consented = greta.comes_back(consents(maria, greta.login_address(scope=READ)))
    assert greta.exchanges(consented["code"]) == 200
    first = greta.tokens
    assert first is not None
    assert first.scope == READ
    greta.tokens = replace(first, scope=f"{READ} {CREATE}")
    assert greta.refreshes() == 400

    greta.tokens = first
    assert greta.refreshes() == 200
    greta.tokens = first
    assert greta.refreshes() == 200, "a second tab"
    clock.move(seconds=60)
    greta.tokens = first
    assert greta.refreshes() == 400


def test_who_does_not_show_who_they_are_gets_nothing(app: Starlette, greta: Moodle) -> None:
    wrong = base64.b64encode(f"{greta.id}:{'x' * 43}".encode()).decode()
    for shown in ("", "Basic", "Basic ???", "Basic eA==", "Bearer x", "Basic " + "x" * 4000, f"Basic {wrong}"):
        headers = {"Authorization": shown} if shown else {}
        for path in ("/oauth/token", "/oauth/revocation"):
            form = {"grant_type": "authorization_code", "code": "x", "token": "x"}
            answer = Platform(app).post(path, data=form, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), shown
            assert answer.headers["www-authenticate"].startswith("Basic")


def test_an_id_beside_another_one_is_nobodys(app: Starlette, greta: Moodle) -> None:
    pair = base64.b64encode(f"{greta.id}:{greta.secret}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": "x", "client_id": platform(app).id}

    answer = Platform(app).post("/oauth/token", data=form, headers={"Authorization": f"Basic {pair}"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_program_reads_json_whatever_happens(app: Starlette, maria: Person) -> None:
    platform = Platform(app)
    for path in ("/oauth/token", "/oauth/revocation", "/oauth/registration", "/ims/ob/v2p1/nothing"):
        for answer in (
            platform.get(path),
            platform.put(path),
            platform.post(path, content=b"x" * 70_000, headers={"Content-Type": "application/json"}),
            platform.post(path, content=b"\xff%zz&&&=", headers={"Content-Type": "application/x-www-form-urlencoded"}),
            platform.post(path, data={"step": "again"}),  # a button of ours on pages, and nothing here
            platform.post(path, content=b"x", headers={"Content-Type": "text/plain", "Origin": "https://evil.example"}),
            platform.post(path, headers={"Host": "evil.example"}),
        ):
            assert 400 <= answer.status_code < 500, (path, answer.status_code)
            assert answer.headers["content-type"] == "application/json", (path, answer.status_code)
            assert "access-control-allow-origin" not in answer.headers
            assert answer.json()
        # no cookie is read, and none is needed
        assert maria.post(path, data={}).headers.get("set-cookie") is None


def test_while_the_database_is_away_nothing_is_connected_and_the_way_back_is_there(
    app: Starlette, maria: Person, greta: Moodle, monkeypatch: pytest.MonkeyPatch
) -> None:
    services: Services = app.state.services

    def away(*_: Any, **__: Any) -> Any:
        raise DatabaseUnavailable("", {}, Exception("away"))

    address = greta.login_address()
    monkeypatch.setattr(type(services.database), "write", away)
    here = address.removeprefix(ORIGIN)
    answer = maria.post(address, data={"here": here, "tells_name": "yes"}, headers={"Referer": address})

    assert answer.status_code == 503
    assert "<form" not in answer.text.partition("<main")[2].partition("</main")[0], (
        "it would lead nowhere from that page"
    )
    assert f'href="{here.replace("&", "&amp;")}"' in answer.text


def test_while_the_database_is_away_a_program_reads_when_to_come_again(
    app: Starlette, greta: Moodle, monkeypatch: pytest.MonkeyPatch
) -> None:
    services: Services = app.state.services

    def away(*_: Any) -> Any:
        raise DatabaseUnavailable("", {}, Exception("away"))

    monkeypatch.setattr(type(services.database), "write", away)
    pair = base64.b64encode(f"{greta.id}:{greta.secret}".encode()).decode()
    answer = Platform(app, raise_server_exceptions=False).post(
        "/oauth/token",
        data={"grant_type": "refresh_token", "refresh_token": "x"},
        headers={"Authorization": f"Basic {pair}"},
    )

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.json()["error"] == "temporarily_unavailable"
