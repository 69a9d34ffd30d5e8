"""The house put together: what it answers when all is well, when something is wrong, and what it does by itself."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient

from tests.fixtures.patience import eventually
from tests.fixtures.server import Server
from tests.fixtures.visits import AWARDED, Clock, IssuersWeb, Person, Stranger, adopted, begun, holder, signed, words
from wallet import app as app_module
from wallet.app import create_app, from_environment
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.operations import background, cleanup
from wallet.routes import ROUTES
from wallet.settings import Operator, Settings, SettingsError
from wallet.storage import database as database_module
from wallet.storage.database import Database
from wallet.web.security_headers import HEADERS
from wallet.web.services import Services

pytestmark = pytest.mark.slow


def put_together(settings: Settings, web: IssuersWeb, clock: Clock) -> Iterator[Starlette]:
    app = create_app(settings, web, clock)  # type: ignore[arg-type]  # a dict is web enough
    begun(app.state.services.database, app.state.services.files)
    adopted(app.state.services)
    yield app
    app.state.services.database.close()


@pytest.fixture
def public(settings: Settings, web: IssuersWeb, clock: Clock) -> Iterator[Starlette]:
    """An instance that people reach over https."""
    operator = Operator(name="Association d’essai", email="contact@exemple.fr")
    yield from put_together(replace(settings, origin="https://badges.exemple.fr", operator=operator), web, clock)


def test_a_page_that_is_not_there_is_told_in_french(visitor: Person):
    for path in ("/nowhere", "/badges/x", "/badges/1/x", "/static", "/s", "/admin.php", "/%F0%9F%8E%93", "/badges/"):
        answer = visitor.get(path)
        assert answer.status_code == 404, path
        assert '<html lang="fr"' in answer.text
        assert "Cette page n’existe pas." in words(answer.text)


def test_and_in_english_to_whoever_reads_that(app: Starlette):
    assert '<html lang="en"' in Person(app, language="en").get("/nowhere").text


def test_a_method_that_no_page_takes_gets_a_page_all_the_same(visitor: Person):
    answer = visitor.delete("/badges")

    assert answer.status_code == 405
    assert '<html lang="fr"' in answer.text
    assert answer.headers["allow"]


def test_another_host_gets_our_page_and_no_wallet(visitor: Person):
    answer = visitor.get("/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "evil.example" not in answer.text


@pytest.mark.breadth
def test_whoever_meets_a_problem_goes_back_to_the_page_they_came_from_and_to_no_other_site(app: Starlette):
    """The browser tells where Maria was; a word of a stranger, and the page that does not work, lead nowhere."""
    maria, origin = holder(app), app.state.services.settings.origin

    def way_back(told: str, status: int = 404, path: str = "/nothing") -> str:
        answer = maria.get(path, headers={"Referer": told})
        assert answer.status_code == status
        return re.findall(r'<a class="button main"\s+href="([^"]*)"', answer.text)[0]

    assert way_back(f"{origin}/shares/new?step=2") == "/shares/new?step=2"
    assert way_back(f"{origin}/shares/new", path="/badges/9999") == "/shares/new"
    for told in (
        "",
        "https://evil.example/",
        f"{origin}.evil.example/",
        f"{origin}//evil.example",
        f"{origin}/nothing",
    ):
        assert way_back(told) == "/badges", told
    answer = maria.post("/badges/9999/removal", headers={"Referer": f"{origin}/badges/9999/removal"})
    assert "Revenir en arrière" in answer.text, "what was sent from a page may be sent from it again"


def test_a_fault_of_ours_is_a_page_without_its_inside(app: Starlette, caplog: pytest.LogCaptureFixture):
    """Here a row holds nonsense: the operator reads all of it, and the holder only that we do not answer."""
    maria = holder(app, raise_server_exceptions=False)
    (id,) = maria.has()
    services: Services = app.state.services
    with services.database.writing() as session:
        session.execute(update(KeptBadge).values(read={}))

    answer = maria.get(f"/badges/{id}")

    assert answer.status_code == 500
    assert "Quelque chose ne marche pas chez nous." in words(answer.text)
    for inside in ("Traceback", "KeyError", "wallet/", ".py", str(services.settings.files_url)):
        assert inside not in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.breadth
def test_a_database_that_is_locked_means_a_little_later(
    settings: Settings, web: IssuersWeb, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(database_module, "WAIT", 0.01)
    (app,) = (maker := put_together(settings, web, clock)) and [next(maker)]
    maria = holder(app)
    other = Database(settings.database_url)

    with other.writing() as busy:
        busy.execute(text("UPDATE holders SET name = 'busy'"))
        answer = maria.post("/settings", data={"name": "Maria"})
        looked = maria.get("/badges")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "Le service ne répond pas. Rien n’est perdu. Ce que vous avez envoyé est sur cette page." in words(
        answer.text
    )
    assert '<input type="hidden" name="name" value="Maria">' in answer.text
    assert looked.status_code == 200, "looking goes on"
    assert "Maria" not in caplog.text
    assert maria.post("/settings", data={"name": "Maria"}).status_code == 303
    other.close()
    next(maker, None)


@pytest.mark.breadth
def test_a_full_shelf_means_a_little_later_and_looking_goes_on(app: Starlette, tmp_path: Path):
    maria = holder(app)
    folder = tmp_path / "files"
    folder.rename(tmp_path / "aside")
    folder.write_text("no folder any more")

    answer = maria.brings(("badge.json", signed("adapter-1")))

    assert answer.status_code == 503
    assert len(maria.has()) == 1
    folder.unlink()
    (tmp_path / "aside").rename(folder)
    assert maria.brings(("badge.json", signed("adapter-1"))).status_code == 303


def without_a_sign() -> list[str]:
    """Every address that has a part which is no number, with NUL in its place: no text to PostgreSQL."""
    parts = [re.sub(r"{\w+:row}", "1", route.path) for route in ROUTES if "GET" in (route.methods or ())]
    return [re.sub(r"{[^}]*}", "%00", path) for path in parts if "{" in path]


@pytest.mark.postgresql
def test_the_whole_way_is_the_same_on_both_databases(
    settings: Settings, web: IssuersWeb, clock: Clock, database_url: str
):
    """With the texts and numbers that one of the two would not take."""
    for app in put_together(replace(settings, database_url=database_url), web, clock):
        maria, recruiter = holder(app, ("b\x00adge.json", signed()), ("other.json", signed("adapter-2"))), Stranger(app)
        maria.post("/settings", data={"name": "Ma\x00ria" * 100})
        maria.post("/language", data={"language": "english", "next": "/"})
        share = maria.shows(*maria.has(), name="Maria\x00", word="Bonjour\x00 🎓" * 200, days="99999999999999")
        link = maria.link_of(share)
        assert recruiter.get(link).status_code == 200
        assert maria.post(f"/badges/{maria.has()[0]}/verifications").status_code == 303
        assert maria.post(f"/badges/{maria.has()[0]}/removal").status_code == 303
        assert maria.get("/badges?removed=999999999").status_code == 200
        for path in ("/badges/4294967296", "/badges/999999999", "/shares/999999999", "/s/%00", "/s/%7f"):
            assert maria.get(path).status_code == 404
        assert {path: status for path in without_a_sign() if (status := maria.get(path).status_code) >= 500} == {}
        assert maria.post(f"{share}/stopping").status_code == 303
        assert recruiter.get(link).status_code == 404
        maria.post("/leaving")
        assert maria.enters().status_code == 200
        cleanup.clean_up(app.state.services.database, app.state.services.files, clock())
        assert len(maria.has()) == 1


def test_over_https_the_cookie_is_bound_to_this_very_origin(public: Starlette):
    maria = holder(public)

    told = maria.post("/language", data={"language": "fr", "next": "/"}).headers
    assert "__Host-wallet" in maria.cookies
    assert "secure" in told["set-cookie"].lower()
    assert told["strict-transport-security"] == "max-age=63072000"
    cookie = Person(public).brings(("badge.json", signed())).headers["set-cookie"].lower()
    for part in ("__host-wallet=", "secure", "httponly", "path=/", "samesite=lax"):
        assert part in cookie
    assert "domain" not in cookie


def test_over_http_on_ones_own_machine_the_same_cookie_has_another_name(app: Starlette):
    assert "wallet" in holder(app).cookies


def test_links_are_at_the_public_name(public: Starlette):
    maria = holder(public)

    assert "https://badges.exemple.fr/s/" in maria.page(maria.shows(*maria.has()))


def test_the_operator_is_named_before_any_account(public: Starlette):
    for path in ("/legal", "/privacy"):
        assert "Association d’essai" in Person(public).page(path)


def test_an_issuer_that_the_operator_knows_is_known(settings: Settings, web: IssuersWeb, clock: Clock, tmp_path: Path):
    profile, sample = samples.profile(), samples.samples()[0]
    (tmp_path / "issuers.json").write_text(json.dumps([{"id": profile["id"], "name": "Organisme d’essai"}]))
    assertion, badge_class = samples.make_assertion(sample, AWARDED), samples.make_class(sample)
    for one in (assertion, badge_class, profile):
        web[one["id"]] = json.dumps(one).encode()

    for app in put_together(replace(settings, issuers=tmp_path / "issuers.json"), web, clock):
        visitor = Person(app)
        visitor.brings(("badge.json", web[assertion["id"]]))
        assert "Vrai badge, bravo !" in visitor.reads("/badges")


def test_large_pages_are_packed(visitor: Person):
    answer = visitor.get("/help", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(("told", "has"), [(7, 7), (None, 40)])
def test_it_opens_as_many_connections_as_it_is_told(settings: Settings, told: int | None, has: int):
    database = create_app(replace(settings, database_pool=told)).state.services.database

    assert (database.connections, database.engine.pool.size()) == (has, has)
    database.close()


@pytest.mark.breadth
def test_it_migrates_and_does_its_chores_when_it_starts(settings: Settings, web: IssuersWeb, clock: Clock):
    for app in put_together(settings, web, clock):
        Person(app).brings(("badge.json", signed()))
    clock.move(minutes=31)

    app = create_app(settings, web, clock)  # type: ignore[arg-type]
    with TestClient(app, settings.origin) as client:
        assert client.get("/").status_code == 200
        assert eventually(lambda: count(app, "holders") == 0)


@pytest.mark.parametrize("who", ["wallet work", "serving"])
@pytest.mark.breadth(beside=["wallet work"])
def test_where_serving_ones_do_no_chores_another_process_does_them(who: str, settings: Settings, web: IssuersWeb):
    elsewhere = replace(settings, chores=False)
    clock = Clock()
    clock.now = datetime.now(UTC) - timedelta(hours=2)
    for app in put_together(elsewhere, web, clock):
        Person(app).brings(("badge.json", signed()))
    app = create_app(elsewhere, web)  # type: ignore[arg-type]

    async def chores_are_done() -> None:
        assert await run_in_threadpool(eventually, lambda: count(app, "holders") == 0)

    with TestClient(app, settings.origin) as client:
        if who == "wallet work":
            asyncio.run(app_module.work(elsewhere, chores_are_done))
        assert client.get("/").status_code == 200
        assert count(app, "holders") == (0 if who == "wallet work" else 1)
        assert count(app, "leases") == 0, "given back, or never taken"


def test_it_checks_what_is_due_also_when_another_chore_fails(
    settings: Settings, web: IssuersWeb, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    for app in put_together(settings, web, clock):
        holder(app)
    clock.move(days=9)
    monkeypatch.setattr(cleanup, "clean_up", lambda *_what, **_more: 1 / 0)
    app = create_app(settings, web, clock)  # type: ignore[arg-type]

    def is_checked() -> bool:
        with app.state.services.database.reading() as session:
            return session.scalars(select(KeptBadge.checked_at)).one() == clock()

    with caplog.at_level(logging.ERROR), TestClient(app, settings.origin):
        assert eventually(is_checked)
    assert "a chore failed" in caplog.text


def test_letters_that_cannot_be_sent_are_told_and_tried_again(
    settings: Settings, web: IssuersWeb, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(background, "ROUND_EVERY", 0.05)
    rounds: list[int] = []

    def fails(*_what: object) -> None:
        rounds.append(len(rounds))
        raise ZeroDivisionError

    monkeypatch.setattr(app_module.accounts, "send_due", fails)
    app = create_app(settings, web, clock)  # type: ignore[arg-type]

    with caplog.at_level(logging.ERROR), TestClient(app, settings.origin):
        assert eventually(lambda: len(rounds) > 2)

    assert "a chore failed" in caplog.text
    app.state.services.mail_was_written()  # after the end nobody is there to be woken, and nothing breaks


def test_the_environment_says_what_is_put_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WALLET_ORIGIN", "http://localhost:8791")

    app = from_environment()

    assert app.state.services.settings.origin == "http://localhost:8791"
    assert (tmp_path / "var/files").is_dir()
    assert (tmp_path / "var/keys.json").stat().st_mode & 0o777 == 0o600
    app.state.services.database.close()
    monkeypatch.setenv("WALLET_ORIGIN", "ftp://x")
    with pytest.raises(SettingsError):
        from_environment()


def count(app: Starlette, table: str) -> int:
    services: Services = app.state.services
    with services.database.reading() as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608  # a name of ours


@pytest.mark.soak
def test_a_proxy_s_connection_is_not_closed_under_its_next_request(server: Server) -> None:
    """As long as uvicorn leaves one open by itself is 5 seconds, and proxies keep theirs for a minute or two."""
    proxy = HTTPConnection("localhost", server.port, timeout=20)

    for pause in (0, 7):
        time.sleep(pause)
        proxy.request("GET", "/help")
        answer = proxy.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
    proxy.close()
