"""Platforms that are connected, over HTTP: our own Moodle in four generations, and all that must not come of a bent request."""

import base64
import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from tests.fixtures.archives import take
from tests.fixtures.moodle import BACK, GENERATIONS, SITE, Moodle
from tests.fixtures.visits import Clock, Person, Stranger, holder, words
from wallet.accounts import holders, recoveries
from wallet.accounts.activity import Event
from wallet.arrivals.platforms import links, tokens
from wallet.arrivals.platforms.models import AuthorisationCode, PlatformLink, PlatformToken
from wallet.arrivals.platforms.scopes import CREATE, OFFERED, PROFILE, READ
from wallet.settings import Settings
from wallet.storage.database import DatabaseUnavailable
from wallet.web.rate_limits import LOOSE
from wallet.web.services import Services

ORIGIN = "https://badges.exemple.fr"
GRETA = "moodle.greta.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As a platform finds the wallet: over https."""
    return replace(settings, origin=ORIGIN)


@pytest.fixture
def maria(app: Starlette) -> Person:
    """Maria, who keeps a wallet and showed her key just now."""
    maria = holder(app)
    maria.post("/settings", data={"name": "Maria"})
    return maria


class Platform(Stranger):
    """A program of somebody else's: no page that it comes from, no cookie, one address for all of a hoster."""

    def ask(self, method: str, address: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, str]:
        """As tests.fixtures.moodle asks."""
        answer = self.request(method, address, content=body, headers=dict(headers))
        return answer.status_code, answer.text


@pytest.fixture
def greta(app: Starlette) -> Moodle:
    """GRETA du Havre, whose administrator typed our address."""
    return platform(app)


def platform(app: Starlette, generation: str = "5.0", **more: str) -> Moodle:
    """A course site that registered."""
    moodle = Moodle(generation, Platform(app).ask, **more)
    moodle.discovers(ORIGIN)
    moodle.registers()
    return moodle


def consents(person: Person, asked: str, **fields: str) -> str:
    """« Relier »: where the browser goes."""
    answer = person.post(asked, data={"here": asked.removeprefix(ORIGIN), **fields})
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"])


def connected(person: Person, moodle: Moodle) -> None:
    """The person connected it, and it has tokens."""
    assert moodle.exchanges(moodle.comes_back(consents(person, moodle.login_address()))["code"]) == 200


def refusal(page: str) -> str:
    """Where « Non » leads, or the way back of a request that cannot be answered."""
    found = re.search(r'href="(https://[^"]+)" rel="noreferrer"', page)
    return unescape(found[1]) if found else ""


def rows(app: Starlette, model: type[PlatformLink | AuthorisationCode | PlatformToken]) -> int:
    services: Services = app.state.services
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def may(app: Starlette, token: str, scope: str = CREATE) -> bool:
    """Whether the token opens that at this moment, as a route asks it."""
    services: Services = app.state.services
    with services.database.reading() as session:
        try:
            tokens.authorise_token(session, services.keyring.mark, token, scope, services.clock())
        except tokens.NotAuthorised:
            return False
    return True


# --- what a platform reads, and how it registers ----------------------------------------------------------------------


def test_one_entry_says_where_all_is_and_the_scopes_stand_in_their_order(app: Starlette) -> None:
    answer = Platform(app).get("/.well-known/badgeconnect.json")

    told = answer.json()
    (api,) = told["badgeConnectAPI"]
    assert answer.headers["content-type"] == "application/json"
    assert (told["id"], api["name"], api["version"]) == (
        f"{ORIGIN}/.well-known/badgeconnect.json",
        "Mes badges",
        "v2p1",
    )
    assert api["apiBase"] == f"{ORIGIN}/ims/ob/v2p1"
    assert [scope.rpartition("/")[2] for scope in api["scopesOffered"]] == [
        *("profile.readonly", "assertion.readonly", "assertion.create"),
        "offline_access",
    ]
    assert all(api[name].startswith(f"{ORIGIN}/") for name in api if name.endswith("Url"))
    assert Platform(app).get(api["image"]).headers["content-type"] == "image/png"
    assert Platform(app).get(api["privacyPolicyUrl"]).status_code == 200


def test_a_registration_is_told_back_whole_and_its_letters_need_no_encoding(app: Starlette) -> None:
    moodle = Moodle("4.x", Platform(app).ask)
    moodle.discovers(ORIGIN)

    told = moodle.registers()
    assert (told["client_name"], told["software_version"]) == ("GRETA du Havre", 2025041400.05)
    assert (told["redirect_uris"], told["scope"]) == ([BACK], " ".join(OFFERED))
    assert (told["client_secret_expires_at"], told["token_endpoint_auth_method"]) == (0, "client_secret_basic")
    assert re.fullmatch("[A-Za-z0-9_-]{60,300}", told["client_id"])
    assert re.fullmatch("[A-Za-z0-9_-]{43}", told["client_secret"])


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b'{"redirect_uris": "https://moodle.greta.example/"}',
        *(
            json.dumps({"client_name": "X", "redirect_uris": [address]}).encode()
            for address in (
                *("http://moodle.greta.example/", "https://10.0.0.7/", "https://localhost/back", "https://intranet/"),
                *("https://moodle.greta.example/#x", "https://a@moodle.greta.example/", "javascript:alert(1)"),
                *(
                    "https://moodle.greta.example:8443/",
                    "https://moodle.greta.example\\@evil.example/",
                    "https://é.fr/",
                ),
                *(f"{ORIGIN}/entry", "https://moodle.greta.example/" + "x" * 500, "https://a.example; sandbox/"),
            )
        ),
        json.dumps({"redirect_uris": [BACK, "https://evil.example/"]}).encode(),
        json.dumps({"redirect_uris": [BACK] * 6}).encode(),
        json.dumps({"redirect_uris": [BACK + "?" + "x" * 300], "client_name": "é" * 60}).encode(),
        json.dumps({"redirect_uris": [BACK], "scope": "admin"}).encode(),
    ],
)
def test_what_could_lead_elsewhere_is_not_registered(app: Starlette, told: bytes) -> None:
    answer = Platform(app).post("/oauth/registration", content=told, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_redirect_uri", "invalid_client_metadata"}
    assert answer.json()["error_description"].isascii()


def test_a_flood_of_registrations_fills_nothing_and_ends_at_twenty_an_hour(app: Starlette) -> None:
    services: Services = app.state.services
    flood = Platform(app)
    told = {"client_name": "X", "redirect_uris": [BACK]}
    seen = [flood.post("/oauth/registration", json=told) for _ in range(LOOSE["registration"].amount + 1)]

    assert {answer.status_code for answer in seen[:-1]} == {201}
    assert (seen[-1].status_code, seen[-1].json()["error"]) == (429, "temporarily_unavailable")
    assert seen[-1].headers["retry-after"] == "60"
    assert len({answer.json()["client_id"] for answer in seen[:-1]}) == LOOSE["registration"].amount
    assert [rows(app, model) for model in (PlatformLink, AuthorisationCode, PlatformToken)] == [0, 0, 0]
    assert services.database.read(lambda session: session.scalar(select(func.count()).select_from(Event))) == 0


# --- Moodle ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
def test_each_moodle_is_connected_goes_on_and_is_stopped(app: Starlette, maria: Person, generation: str) -> None:
    moodle = platform(app, generation)

    connected(maria, moodle)
    first = moodle.tokens
    assert first is not None
    assert (first.expires, first.scope) == (3590, " ".join(OFFERED[1:])), "it lost the first"
    assert may(app, first.access)
    assert moodle.refreshes() == 200
    assert moodle.tokens is not None
    assert moodle.tokens.access != first.access
    assert moodle.tokens.refresh != first.refresh
    assert may(app, moodle.tokens.access, READ)
    assert moodle.revokes() == 200
    assert not may(app, moodle.tokens.access)
    assert moodle.refreshes() == 400
    services: Services = app.state.services
    with services.database.reading() as session:
        told = [*session.scalars(select(Event.what).order_by(Event.id))]
    assert told[-2:] == ["platform-connected", "platform-stopped"]


def test_a_platform_that_is_stopped_is_refused_at_its_next_request(
    app: Starlette, maria: Person, greta: Moodle
) -> None:
    connected(maria, greta)
    services: Services = app.state.services
    with services.database.writing() as session:
        (link,) = session.scalars(select(PlatformLink))
        assert (link.name, link.host, link.tells_name) == ("GRETA du Havre", GRETA, False)
        links.stop_link(session, link.holder_id, link.id, services.clock())

    assert greta.tokens is not None
    assert not may(app, greta.tokens.access)
    assert greta.refreshes() == 400
    connected(maria, greta)
    assert (rows(app, PlatformLink), may(app, greta.tokens.access)) == (1, True)


# --- the consent -------------------------------------------------------------------------------------------------------


def test_the_page_says_who_asks_and_looking_connects_nothing(app: Starlette, maria: Person, greta: Moodle) -> None:
    address = greta.login_address(scope=" ".join(OFFERED))
    page = maria.get(address)

    assert page.status_code == 200
    text = words(page.text)
    assert "Relier GRETA du Havre ?" in text
    assert "Ce site dit s’appeler « GRETA du Havre ». Son adresse : moodle.greta.example ." in text
    assert "Il pourra envoyer des badges ici. Il verra ceux qu’il a envoyés. Il ne verra rien d’autre." in text
    assert "Lui dire mon prénom" in text
    assert "Vous pouvez arrêter quand vous voulez." in text
    assert "form-action 'self' https://moodle.greta.example;" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self';" in maria.get("/badges").headers["content-security-policy"]
    assert rows(app, PlatformLink) == rows(app, AuthorisationCode) == 0


def test_no_goes_back_with_the_state_to_the_letter(app: Starlette, maria: Person) -> None:
    moodle = platform(app, "3.11")
    told = moodle.comes_back(refusal(maria.page(moodle.login_address())))

    assert told["error"] == "access_denied"
    assert told["error_description"].isascii()
    assert "&sesskey=aB3dE5fG7h&" in told["state"]


def test_the_first_name_is_told_where_it_was_ticked(app: Starlette, maria: Person, greta: Moodle) -> None:
    services: Services = app.state.services
    for ticked in ("yes", ""):
        consents(maria, greta.login_address(scope=f"{PROFILE} {CREATE}"), tells_name=ticked)
        with services.database.reading() as session:
            (link,) = session.scalars(select(PlatformLink))
        assert link.tells_name is (ticked == "yes")
        assert link.scopes.split() == [PROFILE, CREATE]


def test_whoever_showed_no_key_just_now_is_asked_and_comes_back_to_the_same_request(
    app: Starlette, maria: Person, greta: Moodle, clock: Clock
) -> None:
    clock.move(minutes=6)
    address = greta.login_address()
    page = maria.get(address)
    assert "<passkey-confirmation" in page.text

    asked = maria.post(address, data={"here": address.removeprefix(ORIGIN)})
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/confirmation?next=")
    (back,) = parse_qs(urlsplit(asked.headers["location"]).query)["next"]
    assert f"{ORIGIN}{back}" == address
    assert rows(app, PlatformLink) == 0
    assert f'href="{back.replace("&", "&amp;")}"' in maria.page(asked.headers["location"])


def test_whoever_is_not_signed_in_opens_their_badges_and_comes_back(app: Starlette, greta: Moodle) -> None:
    somebody = Person(app)
    address = greta.login_address()
    page = somebody.get(address)

    assert page.status_code == 200
    assert "<passkey-return" in page.text
    assert f'href="{address.removeprefix(ORIGIN).replace("&", "&amp;")}"' in page.text
    assert "Ouvrez d’abord vos badges." in words(page.text)
    assert "<form" not in page.text.partition("<main")[2]
    answer = somebody.post(address)
    assert answer.headers["location"] == "/entry"
    visitor = Person(app)
    visitor.brings(("badge.json", b"{}"))
    assert visitor.post(address).status_code == 303
    assert rows(app, PlatformLink) == 0


def test_nothing_is_connected_while_somebody_came_back_without_a_key(
    app: Starlette, maria: Person, greta: Moodle
) -> None:
    services: Services = app.state.services
    with services.database.writing() as session:
        (theirs,) = session.scalars(select(holders.Holder))
        recoveries.begin_recovery(session, theirs.id, "paper", "android", services.clock())
    address = greta.login_address()

    for answer in (maria.get(address), maria.post(address)):
        assert answer.status_code == 409
        assert "Relier un site de cours" in words(answer.text)
    assert rows(app, PlatformLink) == 0


def test_a_page_of_another_site_cannot_say_yes(app: Starlette, maria: Person, greta: Moodle) -> None:
    address = greta.login_address()
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": SITE}):
        assert maria.post(address, headers=foreign).status_code == 403
    assert rows(app, PlatformLink) == 0


def test_a_name_that_speaks_as_we_do_stays_a_name(app: Starlette, maria: Person) -> None:
    name = "Pôle emploi ». Ce site est sûr <b>\u202egnp.exe\n\n« " + "x" * 99
    moodle = platform(app, name=name)
    page = maria.page(moodle.login_address())

    (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", page)
    assert unescape(heading).startswith("Relier Pôle emploi . Ce site est sûr b gnp.exe")
    assert len(heading) < 90
    assert "\u202e" not in page
    consents(maria, moodle.login_address())


def test_whoever_has_too_many_reads_what_to_do(
    app: Starlette, maria: Person, greta: Moodle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 0)
    answer = maria.post(greta.login_address())

    assert answer.status_code == 409
    assert "Arrêtez-en un." in words(answer.text)


# --- mutants: what must never come of a bent request --------------------------------------------------------------------

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


@pytest.mark.parametrize("bent", FATAL.values(), ids=FATAL)
def test_nobody_is_led_to_an_address_that_was_not_registered(
    app: Starlette, maria: Person, greta: Moodle, bent: dict[str, str | None]
) -> None:
    address = greta.login_address(**bent)
    for answer in (maria.get(address), maria.post(address)):
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "Ce site ne peut pas être relié." in words(answer.text)
        assert "https://moodle" not in answer.text
        assert "evil" not in words(answer.text)
    assert rows(app, PlatformLink) == 0


@pytest.mark.parametrize(("error", "bent"), TOLD.values(), ids=TOLD)
def test_what_a_platform_asks_wrongly_it_hears_by_a_link_and_nothing_else_leads_there(
    app: Starlette, maria: Person, greta: Moodle, error: str, bent: dict[str, str | None]
) -> None:
    address = greta.login_address(**bent)
    for answer in (maria.get(address), maria.post(address)):
        assert (answer.status_code, answer.headers.get("location")) == (400, None)
        told = greta.comes_back(refusal(answer.text))
        assert (told["error"], told.get("code")) == (error, None)
    assert rows(app, PlatformLink) == 0


@pytest.mark.parametrize("more", ["client_id=x", "redirect_uri=https%3A%2F%2Fevil.example%2F", "state=y", "scope=z"])
def test_what_is_told_twice_is_not_answered(maria: Person, greta: Moodle, more: str) -> None:
    answer = maria.get(f"{greta.login_address()}&{more}")

    assert (answer.status_code, refusal(answer.text)) == (400, "")


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


@pytest.mark.parametrize(
    "bent",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": ""},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": ""},
        {"code": "x"},
    ],
)
def test_a_code_without_what_belongs_to_it_gives_no_token(
    app: Starlette, maria: Person, greta: Moodle, bent: dict[str, str]
) -> None:
    code = greta.comes_back(consents(maria, greta.login_address()))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": greta.verifier}
    answer = Platform(app).post(
        "/oauth/token", data=form | bent | {"client_id": greta.id, "client_secret": greta.secret}
    )

    assert (answer.status_code, rows(app, PlatformToken)) == (400, 0)
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


@pytest.mark.parametrize("shown", ["", "Basic", "Basic ???", "Basic eA==", "Bearer x", "Basic " + "x" * 4000])
def test_who_does_not_show_who_they_are_gets_nothing(app: Starlette, shown: str) -> None:
    headers = {"Authorization": shown} if shown else {}
    for path in ("/oauth/token", "/oauth/revocation"):
        form = {"grant_type": "authorization_code", "code": "x", "token": "x"}
        answer = Platform(app).post(path, data=form, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")


def test_an_id_beside_another_one_is_nobodys(app: Starlette, greta: Moodle) -> None:
    pair = base64.b64encode(f"{greta.id}:{greta.secret}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": "x", "client_id": platform(app).id}

    answer = Platform(app).post("/oauth/token", data=form, headers={"Authorization": f"Basic {pair}"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revocation", "/oauth/registration", "/ims/ob/v2p1/nothing"])
def test_a_program_reads_json_whatever_happens(app: Starlette, maria: Person, path: str) -> None:
    platform = Platform(app)
    for answer in (
        platform.get(path),
        platform.put(path),
        platform.post(path, content=b"x" * 70_000, headers={"Content-Type": "application/json"}),
        platform.post(path, content=b"\xff%zz&&&=", headers={"Content-Type": "application/x-www-form-urlencoded"}),
        platform.post(path, content=b"x", headers={"Content-Type": "text/plain", "Origin": "https://evil.example"}),
        platform.post(path, headers={"Host": "evil.example"}),
    ):
        assert 400 <= answer.status_code < 500, answer.status_code
        assert answer.headers["content-type"] == "application/json", (answer.status_code, answer.text[:90])
        assert "access-control-allow-origin" not in answer.headers
        assert answer.json()
    # no cookie is read, and none is needed
    assert maria.post(path, data={}).headers.get("set-cookie") is None


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


# --- tokens are nowhere but with whom they are for ----------------------------------------------------------------------


def test_no_code_and_no_token_is_in_the_log_the_archive_or_the_database(
    app: Starlette, maria: Person, greta: Moodle, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    caplog.set_level(logging.DEBUG)
    location = consents(maria, greta.login_address())
    code = greta.comes_back(location)["code"]
    assert greta.exchanges(code) == 200
    assert greta.tokens is not None
    secrets = [code, greta.tokens.access, greta.tokens.refresh, greta.secret]
    assert greta.refreshes() == 200
    secrets += [greta.tokens.access, greta.tokens.refresh]

    logged = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    path = settings.database_url.removeprefix("sqlite:///")
    kept = b"".join(Path(path + end).read_bytes() for end in ("", "-wal"))
    archive = take(maria)
    for secret in secrets:
        assert secret not in logged
        assert secret.encode() not in kept
        assert secret.encode() not in archive
    assert hashlib.sha256(greta.tokens.access.encode()).digest() not in kept, "nobody tries tokens without our keys"


def test_what_is_erased_leaves_no_link(app: Starlette, maria: Person, greta: Moodle) -> None:
    connected(maria, greta)
    assert maria.post("/erasure").status_code == 303

    assert greta.tokens is not None
    assert not may(app, greta.tokens.access)
    assert greta.refreshes() == 400
    assert [rows(app, model) for model in (PlatformLink, AuthorisationCode, PlatformToken)] == [0, 0, 0]
