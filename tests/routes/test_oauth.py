"""Platforms that are connected, over HTTP: our own Moodle in four generations, and all that must not come of a bent request."""

import hashlib
import json
import logging
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, func, select
from starlette.applications import Starlette

from tests.fixtures.archives import take
from tests.fixtures.connecting import ORIGIN, Platform, connected, consents, may, platform, refusal, rows
from tests.fixtures.made_once import made_once
from tests.fixtures.moodle import BACK, GENERATIONS, SITE, Moodle
from tests.fixtures.visits import Clock, Person, holder, signed, words
from wallet.accounts import holders, recoveries
from wallet.accounts.activity import Event
from wallet.accounts.passkeys import Passkey
from wallet.concurrency import Limit
from wallet.issuance.platforms import links
from wallet.issuance.platforms.models import AuthorisationCode, PlatformLink, PlatformToken
from wallet.issuance.platforms.scopes import CREATE, OFFERED, PROFILE, READ
from wallet.settings import Settings
from wallet.web.rate_limits import LOOSE
from wallet.web.services import Services

GRETA = "moodle.greta.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As a platform finds the wallet: over https."""
    return replace(settings, origin=ORIGIN)


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, who keeps a wallet and showed her key just now."""
    maria = holder(app)
    maria.post("/settings", data={"name": "Maria"})
    return maria


@pytest.fixture
def greta(app: Starlette) -> Moodle:
    """GRETA du Havre, whose administrator typed our address."""
    return platform(app)


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


BENT_ADDRESSES = (
    *("http://moodle.greta.example/", "https://10.0.0.7/", "https://localhost/back", "https://intranet/"),
    *("https://moodle.greta.example/#x", "https://a@moodle.greta.example/", "javascript:alert(1)", "https://é.fr/"),
    *("https://moodle.greta.example:8443/", "https://moodle.greta.example\\@evil.example/", "https://a.example; x/"),
    *(f"{ORIGIN}/entry", ORIGIN, f"{ORIGIN}?x", f"{ORIGIN}:443/entry", ORIGIN.replace("badges", "BADGES") + "/entry"),
    *(f"https://moodle.greta.example/{'x' * 500}", "https://moodle.greta.example./", ""),
)
BENT_REGISTRATIONS = (
    *(b"", b"[]", b"{", b'{"redirect_uris": "https://moodle.greta.example/"}', b'{"redirect_uris": [7]}'),
    *(json.dumps({"client_name": "X", "redirect_uris": [address]}).encode() for address in BENT_ADDRESSES),
    json.dumps({"redirect_uris": [BACK, "https://evil.example/"]}).encode(),
    json.dumps({"redirect_uris": [BACK] * 6}).encode(),
    json.dumps({"redirect_uris": [f"{BACK}?{'x' * 300}"], "client_name": "é" * 60}).encode(),
    json.dumps({"redirect_uris": [BACK], "scope": "admin"}).encode(),
)


def test_what_could_lead_elsewhere_is_not_registered(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOOSE, "registration", Limit(100, 3600))
    for told in BENT_REGISTRATIONS:
        answer = Platform(app).post("/oauth/registration", content=told, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, told
        assert answer.json()["error"] in {"invalid_redirect_uri", "invalid_client_metadata"}
        assert answer.json()["error_description"].isascii()


def test_a_flood_of_registrations_fills_nothing_and_ends_at_twenty_an_hour(app: Starlette) -> None:
    services: Services = app.state.services
    flood = Platform(app)
    told = {"client_name": "X", "redirect_uris": [BACK]}
    seen = [flood.post("/oauth/registration", json=told) for _ in range(LOOSE["registration"].amount + 1)]

    assert {answer.status_code for answer in seen[:-1]} == {201}
    assert (seen[-1].status_code, seen[-1].json()["error"]) == (429, "temporarily_unavailable")
    assert 3000 < int(seen[-1].headers["retry-after"]) <= 3600
    assert len({answer.json()["client_id"] for answer in seen[:-1]}) == LOOSE["registration"].amount
    assert [rows(app, model) for model in (PlatformLink, AuthorisationCode, PlatformToken)] == [0, 0, 0]
    assert services.database.read(lambda session: session.scalar(select(func.count()).select_from(Event))) == 0


# --- Moodle ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "generation",
    [one if one in {"3.11", "5.0"} else pytest.param(one, marks=pytest.mark.soak) for one in GENERATIONS],
)
@pytest.mark.breadth(beside=["5.0"])
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


def test_the_other_language_asks_the_same_question(maria: Person, greta: Moodle) -> None:
    (here,) = re.findall(r'name="next" value="([^"]+)"', maria.page(greta.login_address()))

    answer = maria.post("/language", data={"language": "en", "next": unescape(here)}, follow_redirects=True)

    assert "Connect GRETA du Havre?" in words(answer.text)
    assert refusal(answer.text)


def test_the_page_says_who_asks_and_looking_connects_nothing(app: Starlette, maria: Person, greta: Moodle) -> None:
    address = greta.login_address(scope=" ".join(OFFERED))
    page = maria.get(address)

    assert page.status_code == 200
    text = words(page.text)
    assert "Relier GRETA du Havre ?" in text
    assert "Ce site dit s’appeler « GRETA du Havre ». Son adresse : moodle.greta.example" in text
    assert "Il pourra envoyer des badges ici. Il verra ceux qu’il a envoyés. Il ne verra rien d’autre." in text
    assert "Lui dire mon prénom" in text
    assert "Vous pouvez arrêter quand vous voulez." in text
    assert "form-action 'self' https://moodle.greta.example;" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self';" in maria.get("/badges").headers["content-security-policy"]
    assert rows(app, PlatformLink) == rows(app, AuthorisationCode) == 0


def test_who_is_asked_for_what_is_connected_already_reads_so_and_that_no_does_not_stop_it(
    maria: Person, greta: Moodle
) -> None:
    told = "Ce site est déjà relié. « Non » ne l’arrête pas."
    address = greta.login_address()
    assert told not in maria.reads(address)

    consents(maria, address)
    assert told in maria.reads(address)

    (link,) = re.findall(r"/platforms/\d+/stopping", maria.page("/platforms"))
    maria.post(link)
    assert told not in maria.reads(address)


def test_no_goes_back_with_the_state_to_the_letter(app: Starlette, maria: Person) -> None:
    moodle = platform(app, "3.11")
    told = moodle.comes_back(refusal(maria.page(moodle.login_address())))

    assert told["error"] == "access_denied"
    assert told["error_description"] == "Vous avez dit non."
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


def test_whoever_has_a_paper_alone_types_it_and_comes_back_to_the_same_request(
    app: Starlette, maria: Person, greta: Moodle, clock: Clock
) -> None:
    services: Services = app.state.services
    with services.database.writing() as session:
        session.execute(delete(Passkey))
    clock.move(minutes=6)
    address = greta.login_address()

    assert "<passkey-confirmation" not in maria.page(address)
    asked = maria.post(address, data={"here": address.removeprefix(ORIGIN)}).headers["location"]
    assert "Code de votre papier de secours" in maria.reads(asked)


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


def test_whoever_has_badges_and_no_key_yet_is_told_to_keep_them_first(visitor: Person, greta: Moodle) -> None:
    """There is nothing to open by a key, and a badge is here."""
    visitor.brings(("badge.json", signed()))

    page = visitor.page(greta.login_address())

    assert "Gardez d’abord vos badges. Puis retournez sur votre site de cours." in words(page)
    assert 'href="/badges"' in page
    assert "Ouvrir mes badges" not in page
    assert "Pas encore de badges ici ?" not in words(page)
    assert refusal(page)


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


@pytest.mark.breadth
def test_what_is_erased_leaves_no_link(app: Starlette, maria: Person, greta: Moodle) -> None:
    connected(maria, greta)
    assert maria.post("/erasure").status_code == 303

    assert greta.tokens is not None
    assert not may(app, greta.tokens.access)
    assert greta.refreshes() == 400
    assert [rows(app, model) for model in (PlatformLink, AuthorisationCode, PlatformToken)] == [0, 0, 0]
