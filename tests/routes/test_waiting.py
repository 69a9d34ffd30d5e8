"""Whoever waits for strangers, or for the shelf, keeps nobody else waiting; and reads at once when there is no place."""

import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from itertools import count
from threading import Event, Lock, Semaphore
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from pypdf.annotations import Link
from starlette.applications import Starlette
from starlette.routing import Route

from tests.fixtures.carriers import a_pdf, a_zip, code, picture
from tests.fixtures.photos import photo
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import Clock, IssuersWeb, Person, Stranger, holder, signed, words
from wallet.app import create_app
from wallet.concurrency import pools
from wallet.concurrency.pools import SHEETS, SHELF, STRANGERS
from wallet.network import bounded_fetch
from wallet.openbadges import Fetched, Unreachable
from wallet.routes import ROUTES
from wallet.settings import Operator, Settings
from wallet.web.body_limits import FILES
from wallet.web.intake import files as intake
from wallet.web.services import Services

SILENT = "https://silent.example/a/1"
PATIENCE = 120
WAITS = {
    "archive.file": STRANGERS,
    "archive.return.create": STRANGERS,
    "afest.file": SHEETS,
    "asked.answer": "with_files",
    "asked.attachment": SHELF,
    "asked.picture": SHELF,
    "attachment": SHELF,
    "attachment.picture": SHELF,
    "attachments.create": "with_files",
    "photo.create": "strangers",
    "badge.document": SHELF,
    "badge_connect.assertions": SHELF,
    "badge.picture": SHELF,
    "badge.verifications": STRANGERS,
    "badge.contexts": STRANGERS,
    "badge.newer": STRANGERS,
    "badge.words": STRANGERS,
    "badges.create": STRANGERS,
    "drafts.create": "with_files",
    "endorsement.acceptance": SHELF,
    "endorsement.file": SHELF,
    "endorsement.voice": SHELF,
    "entry.paper.use": "with_files",
    "handover.taking": STRANGERS,
    "handovers.create": SHELF,
    "offer.taking": STRANGERS,
    "open_badges_api.credentials": SHELF,
    "petition.offer": STRANGERS,
    "petitioned.answer": STRANGERS,
    "page.block.pdf": SHEETS,
    "page.block.png": SHEETS,
    "share.block.pdf": SHEETS,
    "share.block.png": SHEETS,
    "share.qr.png": SHEETS,
    "shared": "machines_wait",
    "shared.attachment": SHELF,
    "shared.attachment.picture": SHELF,
    "shared.check": STRANGERS,
    "shared.file": SHELF,
    "shared.picture": SHELF,
    "shared.presentation": STRANGERS,
    "shared.sheet": SHEETS,
    "shared.word": SHELF,
    "shared.word.voice": SHELF,
}


class Silent(IssuersWeb):
    """Issuers that answer nothing until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.done = Semaphore(0), Event()

    def __call__(self, address: str) -> Fetched:
        self.begun.release()
        assert self.done.wait(PATIENCE)
        return super().__call__(address)


@contextmanager
def waiting(app: Starlette, web: Silent, *networks: str) -> Iterator[list["Future[Any]"]]:
    """Somebody of each of these networks waits for an issuer, in a thread."""

    def bring(network: str) -> Any:
        return Person(app, address=f"203.0.{network}.5").brings(link=SILENT)

    with ThreadPoolExecutor(len(networks)) as together:
        brought = [together.submit(bring, network) for network in networks]
        try:
            for _ in networks:
                assert web.begun.acquire(timeout=PATIENCE)
            yield brought
        finally:
            web.done.set()


@pytest.fixture
def web() -> Silent:
    return Silent()


def test_the_map_says_once_more_who_waits_and_where():
    def told(route: Route) -> str:
        return route.endpoint.waits if isinstance(route.endpoint.waits, str) else route.endpoint.waits.__name__

    assert {route.name: told(route) for route in ROUTES if told(route)} == WAITS
    assert [route.name for route in ROUTES if route.endpoint.takes >= FILES and not told(route)] == []


@pytest.fixture
def either(settings: Settings, web: Silent, clock: Clock, database_url: str) -> Iterator[Starlette]:
    """The whole house, on SQLite and on PostgreSQL."""
    app = create_app(replace(settings, database_url=database_url), web, clock)  # type: ignore[arg-type]
    make_tables(app.state.services.database)
    yield app
    app.state.services.database.close()


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_while_strangers_hold_all_their_threads_nobody_else_waits(
    either: Starlette, web: Silent, monkeypatch: pytest.MonkeyPatch
):
    """Whoever needs a thread of those who wait would be refused here: there is none, and no queue."""
    monkeypatch.setattr(pools, "PATIENCE", 0)
    app, services = either, either.state.services
    sonia, recruiter = holder(app), Stranger(app)
    link = sonia.link_of(sonia.shows(*sonia.has()))

    with waiting(app, web, *"11223344") as brought:
        assert len(services.pools[STRANGERS].running) == 8
        ninth = Person(app, address="203.0.9.5").brings(link=SILENT)
        for path in ("/", "/help", "/entry", "/badges/new"):
            assert Person(app).get(path).status_code == 200, path
        assert recruiter.get(link).status_code == 200
        assert recruiter.get(f"{link}/pictures/0").status_code == 200
        sonia.post("/leaving")
        assert sonia.enters().status_code == 200
        assert sonia.get(f"/badges/{sonia.has()[0]}").status_code == 200
        assert sonia.tells(facts="Un client attendait.")
        assert len(services.pools[STRANGERS].running) == 8

    assert ninth.status_code == 503
    assert 1 <= int(ninth.headers["retry-after"]) <= 60
    assert [one.result().status_code for one in brought] == [422] * 8
    assert services.pools[STRANGERS].running == []


@pytest.mark.breadth
def test_whoever_finds_no_place_keeps_what_they_typed_and_reads_what_to_do(
    app: Starlette, web: Silent, maria: Person, monkeypatch: pytest.MonkeyPatch
):
    with waiting(app, web, "1", "1"):
        monkeypatch.setattr(pools, "PATIENCE", 0)
        other = Person(app, address="203.0.1.77")
        link = other.brings(link=f"{SILENT}?a=1&b=2")
        file = other.brings(("badge.json", signed()))
        again = Person(app, address="203.0.1.78", language="en").post("/badges/1/verifications")

    read = words(link.text)
    assert link.status_code == file.status_code == again.status_code == 503
    assert "Il y a trop de monde en ce moment. Rien n’a changé. Essayez encore dans une minute." in read
    assert "fichier" not in read
    assert f'value="{SILENT}?a=1&amp;b=2"' in link.text
    assert unescape(re.findall(r'<form method="post" action="([^"]*)">\s*<div', link.text)[0]) == "/badges"
    assert "Puis choisissez à nouveau votre fichier." in words(file.text)
    assert 'action="/badges"' not in file.text
    assert "Too many people are here right now." in words(again.text)
    assert 'action="/badges/1/verifications"' in again.text
    assert other.brings(("badge.json", signed())).status_code == 303, "and then it works"


@pytest.mark.breadth
def test_one_network_that_waits_leaves_the_others_their_places(app: Starlette, web: Silent):
    with waiting(app, web, "1", "1"):
        assert Person(app, address="203.0.2.5").brings(("badge.json", signed())).status_code == 303


def test_a_form_without_files_waits_for_nobody(
    app: Starlette, web: Silent, maria: Person, monkeypatch: pytest.MonkeyPatch
):
    moment = maria.tells(*maria.has(), facts="Un client attendait.")
    kevin, picture = Person(app), ("picture", ("photo.jpg", photo("JPEG")))
    monkeypatch.setattr(pools, "PATIENCE", 0)
    with waiting(app, web, *"11223344"):
        typed = kevin.post("/entry/paper", data={"code": "0"})
        pictured = kevin.post("/entry/paper", files=[picture])
        hidden = kevin.post("/entry/paper", files=[picture, ("picture", (None, ""))])
        link = maria.post(f"{moment}/attachments", data={"link": "https://exemple.fr/photo"})
        in_english = maria.post("/badges", data={"link": f"{SILENT}?b", "step": "again"})
        photos = maria.attaches(moment, ("photo.jpg", photo("JPEG")))

    assert (link.status_code, photos.status_code) == (303, 503)
    assert (in_english.status_code, f'value="{SILENT}?b"' in in_english.text) == (200, True), (
        "who is asked nothing, too"
    )
    assert (typed.status_code, pictured.status_code, hidden.status_code) == (422, 503, 503)


@pytest.mark.breadth
def test_no_page_touches_the_shelf_but_in_the_threads_that_may_wait_for_it(
    app: Starlette, maria: Person, web: Silent, recruiter: Stranger, monkeypatch: pytest.MonkeyPatch
):
    """One request at a time here: whatever is read or kept meanwhile is of that request."""
    web.done.set()
    services: Services = app.state.services
    shelf, seen, elsewhere = services.files, set[str](), list[str]()

    class Watched:
        def __getattr__(self, name: str) -> Any:
            def act(*what: Any, **more: Any) -> Any:
                seen.add(name)
                if not any(pool.running for pool in services.pools.values()):
                    elsewhere.append(f"{name} {now}")
                return getattr(shelf, name)(*what, **more)

            return act

    monkeypatch.setattr(services, "files", Watched())
    monkeypatch.setattr(services.erasures, "files", services.files)
    now = "making"
    id = maria.has()[0]
    moment = maria.tells(id, facts="Un client attendait.")
    maria.attaches(moment, ("photo.jpg", photo("JPEG")))
    share = maria.shows(id, moment=f"{id}-{moment.rpartition('/')[2]}")
    link, token = maria.link_of(share), maria.link_of(share).rpartition("/")[2]
    parts = {"{question}": "facts", "{exhibit:row}": "1", "{number:row}": "1", "{token}": token, "{place:row}": "0"}
    for route in ROUTES:
        if "POST" in route.methods:
            continue
        now = route.path.replace("{id:row}", "1").replace("{path:path}", "css/wallet.css")
        for part, value in parts.items():
            now = now.replace(part, value)
        for person in (maria, recruiter):
            person.get(now)
    recruiter.get(link, headers={"Accept": "application/vp"})
    archive = maria.get("/archive/file").content
    for now, files in (
        ("/handovers", {"files": ("a.json", signed())}),
        ("/archive/return", {"documents": ("a.zip", archive)}),
        ("/handovers/1/badges", {}),
        ("/badges/1/verifications", {}),
        (f"{link}/verifications", {}),
        (f"{moment}/attachments/1/removal", {}),
        ("/badges/1/removal", {}),
        ("/erasure", {}),
    ):
        assert maria.post(now, files=files or None).status_code < 400, now

    assert {one.partition(" ")[2] for one in elsewhere} == {"/erasure"}
    assert {"keep", "read", "remove"} <= seen


@pytest.mark.breadth
def test_whoever_erases_everything_waits_for_nobodys_files(
    app: Starlette, maria: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pools, "PATIENCE", 0)
    app.state.services.pools[SHELF].threads = 0

    assert maria.get("/badges/1/picture").status_code == 503
    assert maria.post("/erasure").headers["location"] == "/erased"
    assert list(app.state.services.files.names()) == []


def test_all_files_of_an_upload_share_one_time_to_ask(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    """Here each answer that does not come takes ten seconds of a clock of its own."""
    lock, now, services = Lock(), count(1000.0, 10.0), app.state.services
    moment = [next(now)]

    class TenSeconds(IssuersWeb):
        def __call__(self, address: str) -> Fetched:
            with lock:
                moment[0] = next(now)
                self.asked.append(address)
            raise Unreachable(address, "timeout")

    services.fetcher = web = TenSeconds()
    for module in (bounded_fetch, intake):
        monkeypatch.setattr(module, "monotonic", lambda: moment[0])
    monkeypatch.setattr("wallet.inspection.files.INSPECTION_BUDGET", 1e9)
    monkeypatch.setattr("wallet.inspection.INSPECTION_BUDGET", 1e9)
    files = [(f"{number}.txt", f"https://silent.example/{number}".encode()) for number in range(24)]

    read = words(Person(app).brings(*files).text)

    assert 3 <= len(web.asked) <= 3 + intake.AT_ONCE
    assert read.count("Le temps a manqué pour lire ce fichier. Ajoutez-le encore, seul.") == 24 - len(web.asked)
    web.asked.clear()
    monkeypatch.setattr("wallet.inspection.files.INSPECTION_BUDGET", -1.0)
    monkeypatch.setattr("wallet.inspection.INSPECTION_BUDGET", -1.0)
    assert "Le temps a manqué" in words(Person(app).brings(("badge.json", signed())).text)


@pytest.mark.breadth
def test_a_site_that_was_asked_too_often_is_not_called_silent(app: Starlette, web: Silent, clock: Clock):
    """Nothing of it is written down: its issuer was not asked."""

    class Often(IssuersWeb):
        def __call__(self, address: str) -> Fetched:
            raise Unreachable(address, "too-often")

    services: Services = app.state.services
    web.done.set()
    maria = holder(app, ("link.txt", b"https://busy.example/a/1"), ("badge.json", hosted()))
    services.fetcher = Often()  # type: ignore[assignment]
    before = maria.reads("/badges/1")
    clock.move(hours=1)

    link, file = maria.brings(link="https://busy.example/a/1"), maria.brings(("a.txt", b"https://busy.example/a/1"))
    page = f"https://openbadgefactory.com/v1/assertion/{'5' * 40}.html"
    sheet = maria.brings(("a.pdf", a_pdf(lambda it: it.add_annotation(0, Link(rect=(0, 0, 9, 9), url=page)))))
    checked = maria.post("/badges/1/verifications")

    told = "Nous avons trop souvent demandé à ce site. Essayez encore dans une heure."
    assert told in words(link.text)
    assert told in words(file.text)
    assert told in words(sheet.text)
    assert 'value="https://busy.example/a/1"' in link.text
    assert checked.headers["location"] == "/badges/1?done=later"
    assert told in maria.reads("/badges/1?done=later")
    assert maria.reads("/badges/1") == before


def test_of_many_codes_in_one_zip_those_that_were_not_asked_for_are_not_called_silent(app: Starlette):
    """Youssef zips the photos of his codes: later as now the last ones would not be asked, and alone each is."""

    class AsMuchAsOneImportMay(IssuersWeb):
        def __call__(self, address: str) -> Fetched:
            self.asked.append(address)
            raise Unreachable(address, "timeout" if len(self.asked) == 1 else "too-many")

    services: Services = app.state.services
    services.fetcher = AsMuchAsOneImportMay()  # type: ignore[assignment]
    codes = {f"{number}.png": picture(code(f"https://a.example/{number}".encode())) for number in range(3)}
    sheet = a_pdf(lambda it: it.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://a.example/3")))
    letter = a_pdf()

    together = Person(app).brings(("photos.zip", a_zip(codes | {"sheet.pdf": sheet, "letter.pdf": letter})))
    alone = Person(app).brings(("0.png", codes["0.png"]))

    assert words(together.text).count("Ajoutez-le encore, seul.") == len([*codes, sheet])
    assert words(together.text).count("Il n’y a pas de badge dans ce PDF.") == len([letter])
    assert "Ce QR code mène à une page qui ne répond pas." in words(alone.text)


def hosted() -> bytes:
    """A badge of Open Badges 2.0 whose issuer is to be asked."""
    context, issuer = "https://w3id.org/openbadges/v2", "https://busy.example/issuer"
    profile = {"@context": context, "type": "Issuer", "id": issuer, "name": "Atelier", "url": issuer}
    achieved = {
        "id": "https://busy.example/class",
        "type": "BadgeClass",
        "name": "Souder",
        "description": "Deux tôles.",
    }
    achieved |= {"image": "https://busy.example/a.png", "criteria": {"narrative": "Souder."}, "issuer": profile}
    return json.dumps(
        {
            "@context": context,
            "type": "Assertion",
            "id": "https://busy.example/a/1",
            "recipient": {"type": "email", "hashed": False, "identity": "maria@exemple.fr"},
            "badge": achieved,
            "issuedOn": "2026-10-25T00:00:00Z",
            "verification": {"type": "HostedBadge"},
        }
    ).encode()


def test_those_who_are_asked_read_whose_wallet_it_is(settings: Settings, clock: Clock):
    def called(origin: str, email: str) -> str:
        app = create_app(replace(settings, origin=origin, operator=Operator(email=email)), clock=clock)
        app.state.services.database.close()
        assert app.state.services.fetcher.own == origin.partition("://")[2]
        return dict(app.state.services.fetcher.headers)["User-Agent"]

    at = "https://badges.exemple.fr"
    assert called(at, "contact@exemple.fr") == "MesBadges/0.1.0 (+https://badges.exemple.fr; mailto:contact@exemple.fr)"
    for bad in ("", "é@exemple.fr", "a\r\nX: b@exemple.fr", "a) b@exemple.fr"):
        assert called(at, bad) == "MesBadges/0.1.0 (+https://badges.exemple.fr)", bad


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
async def test_whoever_hangs_up_while_they_send_leaves_no_fault_in_the_log(
    app: Starlette, kind: str, caplog: pytest.LogCaptureFixture
):
    begin = b'--x\r\nContent-Disposition: form-data; name="documents"; filename="a.png"\r\n\r\nabc'
    coming = iter([{"type": "http.request", "body": begin, "more_body": True}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(coming, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"host": "localhost:8000", "sec-fetch-site": "same-origin", "content-type": kind}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/badges",
        "raw_path": b"/badges",
        "query_string": b"",
        "root_path": "",
        "client": ("203.0.113.5", 4000),
        "server": ("localhost", 8000),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    with caplog.at_level(logging.INFO):
        await app(scope, receive, send)  # type: ignore[arg-type]

    await anyio.lowlevel.checkpoint()
    assert [one for one in caplog.records if one.name.startswith("wallet")] == []


def test_photos_and_folders_too_have_one_time_for_all_that_came(maria: Person, monkeypatch: pytest.MonkeyPatch):
    """What was not begun is told by its name; of what a phone sends by itself nothing is taken, and it comes again."""
    moment, archive = maria.tells(*maria.has(), facts="Un client attendait."), maria.get("/archive/file").content
    monkeypatch.setattr("wallet.evidence.ATTACHMENT_BUDGET", -1.0)
    monkeypatch.setattr("wallet.routes.offline_drafts.BUDGET", -1.0)
    monkeypatch.setattr("wallet.archive.importing.LONGEST", -1.0)
    monkeypatch.setattr("wallet.archive.LONGEST", -1.0)
    late = "Le temps a manqué pour lire ce fichier. Ajoutez-le encore, seul."
    told = {"of": maria.get("/drafts/key").json()["of"], "draft": "a" * 32, "key": "b" * 32}

    photos = maria.attaches(moment, ("a.jpg", photo("JPEG")), ("b.jpg", photo("JPEG")))
    folder = maria.post("/archive/return", files={"documents": ("mes-badges.zip", archive)})
    draft = maria.post("/drafts", data=told, files={"files": ("a.jpg", photo("JPEG"))})

    assert (photos.status_code, words(photos.text).count(late)) == (503, 2)
    assert late in words(folder.text)
    assert (draft.status_code, draft.json()) == (503, {"problem": "busy"})
    assert "/attachments/" not in maria.page(moment)
