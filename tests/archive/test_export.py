"""An archive gives everything back as it came, tells what is lost, and holds nothing of anybody else."""

import gc
import json
import re
import subprocess
import zipfile
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import GeneratorType
from typing import Any

import anyio
import pytest
from PIL import Image
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect

from tests.archive.test_zip_stream import streamed
from tests.fixtures import carriers
from tests.fixtures.archives import opened, take, wallet_of
from tests.fixtures.browser import Phone, axe
from tests.fixtures.made_once import made_once
from tests.fixtures.reading import BANNED, WORDS_A_SENTENCE, sentences, words
from tests.fixtures.visits import NOW, Clock, IssuersWeb, Person, Stranger, baked, holder, signed
from tests.fixtures.visits import words as plain
from tests.fixtures.vouching import retire, vouch, vouched
from tests.openbadges.support import guild, sound
from tests.openbadges.support.others import in_svg
from tests.openbadges.test_bundles import badge, record
from tests.routes.test_any_file import written
from tests.routes.test_badges import HOSTED_AT, hosted
from tests.routes.test_to_whom import given_to
from wallet import messages
from wallet.accounts import holders, photos, recoveries
from wallet.archive import export
from wallet.archive.export import ExportedArchive, ExportOrder
from wallet.archive.format import BADGES, ENDORSEMENTS, MOMENTS, PAGE
from wallet.badges.models import KeptBadge
from wallet.issuance.platforms.models import AuthorisationCode, PlatformLink
from wallet.issuance.platforms.scopes import CREATE
from wallet.messages.models import Message
from wallet.storage.file_store import FileMissing
from wallet.web.services import Services

HOSTILE = "../../etc/<b>\u202egnp.exe</b>\x00" + "A" * 10_000
Phones = Callable[..., Phone]


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, with one badge in JSON and one in a picture, and a share of both."""
    maria = holder(app, ("communiquer.json", signed()), ("organiser.png", baked(signed("organiser-1"))))
    maria.post("/settings", data={"name": "Maria"})
    maria.shows(*maria.has(), name="Maria", word="Bonjour, voici mes badges.")
    return maria


def packed(person: Person, **other: object) -> ExportedArchive:
    """The archive of the only holder, ready to be sent."""
    services = person.services
    usual = {"holder_id": 1, "language": "fr", "origin": "https://b.fr", "schema_address": "https://b.fr/s", "now": NOW}
    return export.export_wallet(services.database, services.files, services.pages, ExportOrder(**usual | other))  # type: ignore[arg-type]


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.breadth
def test_each_file_comes_back_byte_for_byte_whatever_it_is(app: Starlette, web: IssuersWeb) -> None:
    brought = {
        "badge.png": baked(signed()),
        "badge.svg": in_svg(signed("adapter-2").decode()),
        "badge.json": signed("adapter-1"),
        "badge.jwt": sound.by_name("3.0 EdDSA").document,
        "attestation.pdf": carriers.a_pdf(lambda writer: writer.add_attachment("badge.json", signed("integrer-1"))),
        "releve.json": written(record(badge(1), badge(2))),
    }
    maria = holder(app, *brought.items())
    answer = hosted(web)
    maria.brings(link=HOSTED_AT)

    found = opened(take(maria))

    wallet = wallet_of(found)
    given = {one["file_name"]: found[one["file"]] for one in wallet["badges"]}
    assert {name: given[name] for name in brought} == brought
    (link,) = (one for one in wallet["badges"] if one["link"])
    assert found[link["file"]] == answer
    assert {Path(one["file"]).suffix for one in wallet["badges"]} == {".png", ".svg", ".json", ".jwt", ".pdf"}
    in_pdf = next(one for one in wallet["badges"] if one["file_name"] == "attestation.pdf")
    assert found[in_pdf["document"]] == signed_in(brought["attestation.pdf"]), "what was found in it is there, too"
    together = [one for one in wallet["badges"] if one["file_name"] == "releve.json"]
    assert len(together) == 3
    assert len({one["file"] for one in together}) == 1, "the file that held several is there once"
    seen = [one["file"] for one in link["examination"]["seen"]]
    assert seen
    assert all(f"files/{name}" in found for name in seen), "and what the issuer answered"


def signed_in(pdf: bytes) -> bytes:
    """The badge that is attached to a PDF."""
    return bytes(PdfReader(BytesIO(pdf)).attachments["badge.json"][0])


@pytest.mark.parametrize(
    ("kind", "end", "line"),
    [
        ("operator", "", "Région d’essai confirmait cet organisme le 24 novembre 2026."),
        ("network", "", "Région d’essai confirmait cet organisme le 24 novembre 2026."),
        ("public-list", "", "Le 24 novembre 2026, cet organisme était sur une liste officielle : Région d’essai."),
        ("operator", "stop", ""),
    ],
)
def test_who_vouched_is_told_with_its_day_and_never_in_green(maria: Person, kind: str, end: str, line: str) -> None:
    """The page stays as it is: what was said on that day may not be so any more."""
    database = maria.services.database
    issuer = json.loads(signed())["issuer"]["id"]
    vouch(database, issuer, kind=kind)
    if end:
        retire(database, issuer, NOW, why=end)

    page = opened(take(maria))[PAGE].decode()

    told = plain(page).replace("\u00a0", " ")
    assert told.count("confirm") + told.count("liste officielle") == (2 if line else 0)
    assert told.count(line) == 2 or not line
    assert 'class="label ok"' not in page
    assert "Vrai badge" not in page


def test_who_vouches_is_told_as_of_the_day_of_the_archive_and_not_as_of_the_last_check(maria: Person) -> None:
    stopped = vouched(json.loads(signed())["issuer"]["id"], retired_at=NOW + timedelta(days=1), why="stop")

    made = (packed(maria, registers=stopped, now=NOW + timedelta(days=days)) for days in (0, 2))
    told = [plain(opened(b"".join(one.pieces()))[PAGE].decode()) for one in made]

    assert [page.count("confirm") for page in told] == [2, 0]


def test_a_badge_that_has_ended_since_it_was_checked_is_told_as_ended(maria: Person) -> None:
    maria.brings(("caisse.json", written(guild.signed(guild.badge(name="Caisse", validUntil="2026-11-25T00:00:00Z")))))

    made = (packed(maria, now=NOW + timedelta(days=days)) for days in (0, 2))
    told = [plain(opened(b"".join(one.pieces()))[PAGE].decode()) for one in made]

    assert ["Ce badge n’est plus valable depuis le 25 novembre 2026." in page for page in told] == [False, True]
    assert [page.count("Badge intact") for page in told] == [3, 2]


@pytest.mark.breadth
def test_the_page_bears_a_name_and_says_of_a_badge_of_a_friend_to_whom_it_was_given(app: Starlette) -> None:
    kevin = holder(app, given_to("Sonia Martin"))
    kevin.post("/settings", data={"name": "Kévin Dupont"})

    told = plain(opened(take(kevin))[PAGE].decode())

    assert "Kévin Dupont" in told
    assert "Donné à Sonia Martin Donné par La guilde" in told


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        ({}, "Le 24 novembre 2026, nous n’avions pas encore vérifié cet organisme."),
        ({"match": "https://other.example/"}, "Ce nom ressemble à « La guilde ». L’adresse n’est pas la même."),
        ({"match": guild.did(), "retired_at": NOW - timedelta(days=3), "why": "stop"},
         "Cet organisme n’est plus sur la liste depuis le 21 novembre 2026."),
    ],
    ids=["nobody", "alike", "struck"],
)  # fmt: skip
@pytest.mark.breadth
def test_what_speaks_against_an_issuer_is_in_the_folder_too(app: Starlette, kept: dict[str, Any], line: str) -> None:
    sonia = holder(app, given_to("Sonia Martin"))
    if kept:
        vouch(app.state.services.database, kept.pop("match"), "La guilde", **kept)

    told = plain(opened(take(sonia))[PAGE].decode()).replace("\u00a0", " ")

    assert told.count("nous n’avions pas encore vérifié cet organisme.") == 1
    assert line in told


@pytest.mark.breadth
def test_the_checksums_are_those_that_sha256sum_finds(maria: Person, tmp_path: Path) -> None:
    folder = unpacked(take(maria), tmp_path / "taken")

    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    listed = {line.partition("  ")[2] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS"}
    assert list(opened(take(maria)))[-1] == "SHA256SUMS"


def test_a_reader_that_never_sees_the_end_gets_the_same_files(maria: Person) -> None:
    content = take(maria)

    assert streamed(content) == opened(content)


@pytest.mark.breadth
def test_the_same_wallet_makes_the_same_bytes(maria: Person) -> None:
    assert b"".join(packed(maria).pieces()) == b"".join(packed(maria).pieces())


@pytest.mark.breadth
def test_shares_are_told_by_the_places_of_their_badges(maria: Person) -> None:
    wallet = wallet_of(opened(take(maria)))

    (share,) = wallet["shares"]
    names = [wallet["badges"][place]["read"]["achievement"]["name"] for place in share["badges"]]
    assert sorted(names) == ["Communiquer – je pratique", "Organiser – je pratique"]
    assert (share["name"], share["word"], share["is_history"]) == ("Maria", "Bonjour, voici mes badges.", False)


@pytest.mark.breadth
def test_hostile_names_are_only_read(app: Starlette, tmp_path: Path) -> None:
    maria = holder(app, ("../../../etc/passwd", signed()))
    with maria.services.database.writing() as session:
        kept = session.get_one(KeptBadge, 1)
        achievement = kept.read["achievement"] | {
            "name": HOSTILE.replace("\x00", ""),
            "criteria": {"id": "", "narrative": "<script>alert(1)</script>"},
        }
        kept.read = kept.read | {"name": HOSTILE.replace("\x00", ""), "achievement": achievement}

    content = take(maria)

    names = list(opened(content))
    assert all(re.fullmatch(r"[A-Za-z0-9./-]{1,90}", name) for name in names)
    assert not [name for name in names if ".." in name or name.startswith("/")]
    page = opened(content)["index.html"].decode()
    assert "<b>" not in page
    assert "<script" not in page
    folder = unpacked(content, tmp_path / "taken")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0


def test_a_badge_in_letters_that_are_not_ours_has_a_file_too() -> None:
    assert export._slug("شهادة في التواصل") == "badge"
    assert export._slug("Être à l’heure – je maîtrise") == "etre-a-l-heure-je-maitrise"


@pytest.mark.breadth
def test_nothing_of_anybody_else_is_in_it(app: Starlette, maria: Person) -> None:
    youssef = holder(app, ("CANARY.json", signed("adapter-2")), ("CANARY.png", baked(signed("integrer-2"))))
    youssef.post("/settings", data={"name": "CANARY"})
    youssef.shows(*youssef.has(), name="CANARY", word="CANARY")
    theirs = [one["identity"] for one in wallet_of(opened(take(youssef)))["badges"]]

    everything = b"".join(opened(take(maria)).values())

    assert len(theirs) == 2
    assert [word for word in ("CANARY", *theirs) if word.encode() in everything] == []


def test_a_file_that_is_lost_or_damaged_is_told_and_never_sent(maria: Person) -> None:
    shelf = maria.services.files
    with maria.services.database.reading() as session:
        lost, damaged = (session.get_one(KeptBadge, id).document for id in (1, 2))
    root = Path(maria.services.settings.files_url.removeprefix("file://"))
    shelf.remove(lost)
    (root / damaged[:2] / damaged[2:4] / damaged).write_bytes(b"not any more what it was")

    found = opened(take(maria))

    wallet = wallet_of(found)
    assert wallet["missing"] == sorted([lost, damaged])
    assert [one["file"] for one in wallet["badges"]] == [None, None]
    assert [name for name in found if name.startswith("badges/")] == []
    assert b"not any more" not in b"".join(found.values())
    assert found["index.html"].decode().count("Le fichier de ce badge est perdu ou abîmé.") == 2


def test_one_that_is_lost_on_the_way_breaks_it_off(maria: Person) -> None:
    made = packed(maria)
    with maria.services.database.reading() as session:
        maria.services.files.remove(session.get_one(KeptBadge, 2).document)

    sent = []
    with pytest.raises(FileMissing):
        sent.extend(made.pieces())

    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(BytesIO(b"".join(sent)))


def test_a_removed_badge_is_told_and_not_shown(maria: Person) -> None:
    maria.post(f"/badges/{maria.has()[0]}/removal")

    found = opened(take(maria))

    assert [bool(one["removed_at"]) for one in wallet_of(found)["badges"]] == [False, True]
    assert found["index.html"].decode().count("<article") == 1


def test_no_file_of_ours_is_written_and_nothing_is_held(
    maria: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    before = {path: path.stat().st_size for path in tmp_path.rglob("*") if "sqlite" not in path.name}
    made = packed(maria)

    sending = made.pieces()
    next(sending)
    pool = maria.services.database.engine.pool
    assert pool.checkedout() == 0  # type: ignore[attr-defined]  # the pool of both databases counts
    sending.close()

    assert {path: path.stat().st_size for path in tmp_path.rglob("*") if "sqlite" not in path.name} == before


def generators() -> int:
    """How many archives are being sent."""
    gc.collect()
    running = [one for one in gc.get_objects() if isinstance(one, GeneratorType) and one.gi_frame is not None]
    return len([one for one in running if one.gi_code.co_name == "pieces"])


@pytest.mark.anyio
@pytest.mark.breadth
async def test_a_download_that_is_cancelled_leaves_nothing_open(maria: Person, app: Starlette) -> None:
    services: Services = app.state.services
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        if len(sent) < 3:
            return {"type": "http.request", "body": b"", "more_body": False} if not sent else await forever()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)
        if len(sent) > 3:
            raise OSError("the phone is gone")

    async def forever() -> dict[str, object]:
        await anyio.sleep_forever()
        raise AssertionError

    cookie = f"{maria.services.cookie}={maria.cookies[maria.services.cookie]}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/archive/file",
        "raw_path": b"/archive/file",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost:8000"), (b"cookie", cookie.encode())],
        "client": ("203.0.113.5", 4000),
        "server": ("localhost", 8000),
    }
    with pytest.raises(ClientDisconnect):
        await app(scope, receive, send)  # type: ignore[arg-type]

    assert len(sent) == 4
    for _ in range(600):  # the loop closes what was given up when its turn has come
        at_hand = len(services.database._at_hand)  # for the next look: nothing is open on it
        if generators() == services.database.engine.pool.checkedout() - at_hand == 0:  # type: ignore[attr-defined]
            return
        await anyio.sleep(0.1)
    pytest.fail("something is open still")


def test_the_readme_is_plain_and_every_editor_reads_it(maria: Person) -> None:
    content = opened(take(maria))["LISEZMOI.txt"]

    assert content.startswith(b"\xef\xbb\xbfMES BADGES\r\n")
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    assert "24 novembre 2026" in text
    assert "http://localhost:8000" in text
    french = text.partition("\nMY BADGES\n")[0]
    told = [part for line in french.splitlines() for part in sentences(line)]
    assert [part for part in told if len(words(part)) > WORDS_A_SENTENCE] == []
    assert BANNED & {word.lower() for word in words(french.replace("wallet.json", ""))} == set()
    assert "'" not in french


def test_the_readme_says_where_each_kind_of_file_is(maria: Person) -> None:
    text = opened(take(maria))["LISEZMOI.txt"].decode("utf-8-sig").replace("\r\n", "\n")

    for half in text.split("\nMY BADGES\n"):
        assert [name for name in (BADGES, MOMENTS, ENDORSEMENTS) if name.removesuffix("/") not in half] == []
    assert "La photo de votre page est dans « index.html »." in text.replace("\u00a0", " ")


def test_the_readme_leads_back_by_words_that_stand_on_the_pages(app: Starlette, visitor: Person) -> None:
    for language, section, quoted in (
        ("fr", "RAMENER TOUT ICI", r"«\s([^»]+)\s»"), ("en", "TO BRING IT ALL BACK HERE", '"([^"]+)"'),
    ):  # fmt: skip
        person = holder(app, ("badge.json", signed()), language=language)
        text = opened(take(person))["LISEZMOI.txt"].decode("utf-8-sig").replace("\r\n", "\n")
        add, folder = re.findall(quoted, text.partition(section)[2].partition("\n\n")[0])

        assert add in plain(person.page("/badges").partition("<main")[0])
        home = visitor.get("/", headers={"Accept-Language": language}).text
        for page in (person.page("/badges/new"), home):
            assert re.search(rf'href="/archive/return"[^>]*>{folder}<', page)


@pytest.mark.breadth
def test_the_page_speaks_the_language_of_its_reader(app: Starlette) -> None:
    ann = holder(app, language="en-GB")

    page = opened(take(ann))["index.html"].decode()

    assert '<html lang="en">' in page
    assert "Downloaded on 24 November 2026." in page
    assert "The original file" in page


@pytest.mark.browser
@pytest.mark.breadth
def test_the_page_reads_well_without_us_on_a_small_phone(maria: Person, tmp_path: Path, phones: Phones) -> None:
    with maria.services.database.writing() as session:
        session.execute(
            update(KeptBadge).where(KeptBadge.id == 1).values(state="revoked", good_at=NOW - timedelta(days=9))
        )
        photos.set_photo(session, 1, webp(), NOW)
    maria.brings(("releve.json", written(record(badge(1), badge(2)))))
    folder = unpacked(take(maria), tmp_path / "taken")
    page: Page = phones(passkeys=False, device=None, viewport={"width": 360, "height": 740}, color_scheme="light").page
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))

    page.goto((folder / "index.html").as_uri())

    assert page.get_by_role("heading", level=1).inner_text() == "Tout ce que vous avez récupéré"
    assert "L’organisme a retiré ce badge." in page.inner_text("main")
    assert "le 24 novembre 2026" in page.inner_text("main")
    assert page.evaluate("() => [...document.images].filter((one) => !one.naturalWidth).length") == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page) == [], "in the dark"
    assert [address for address in asked if not address.startswith("file://")] == []
    assert complaints == []
    for link in page.get_by_text("Le fichier de départ").all():
        assert (folder / str(link.get_attribute("href"))).is_file()
    away = page.evaluate("() => [...document.links].filter((one) => one.protocol !== 'file:').map((one) => one.rel)")
    assert all("noreferrer" in rel for rel in away)


@pytest.mark.breadth
def test_a_connected_platform_is_told_with_its_days_and_nothing_by_which_it_sends(
    app: Starlette, maria: Person
) -> None:
    told = {"scopes": f"{CREATE} offline_access", "tells_name": True, "connected_at": NOW - timedelta(days=9)}
    with maria.services.database.writing() as session:
        greta = PlatformLink(
            holder_id=1, client_mark=b"CANARY" * 5, name="GRETA <Havre>", host="greta.example", sent=0, **told
        )
        afpa = PlatformLink(holder_id=1, client_mark=b"canary" * 5, name="", host="afpa.example", **told)
        afpa.stopped_at, afpa.sent, afpa.last_sent_at = NOW, 2, NOW - timedelta(days=1)
        session.add_all([afpa, greta])
        session.flush()
        code = {"redirect_uri": "https://greta.example/CANARY", "challenge": "CANARY", "expires_at": NOW}
        session.add(AuthorisationCode(link_id=greta.id, mark=b"CANARY" * 5, scopes=CREATE, **code))

    found = opened(take(maria))

    first, second = wallet_of(found)["platforms"]
    assert first == {
        "name": "GRETA <Havre>",
        "host": "greta.example",
        "scopes": f"{CREATE} offline_access",
        "tells_name": True,
        "connected_at": (NOW - timedelta(days=9)).isoformat(),
        "stopped_at": None,
        "sent": 0,
        "last_sent_at": None,
    }
    assert (second["host"], second["stopped_at"], second["sent"]) == ("afpa.example", NOW.isoformat(), 2)
    page = found[PAGE].decode()
    said = plain(page[page.index("Plateformes reliées") :])
    assert "GRETA &lt;Havre&gt;" in page
    for words_of_it in ("Reliée le 15 novembre 2026", "Pas encore de badge envoyé", "Arrêtée le 24 novembre 2026"):
        assert words_of_it in said.replace("\u00a0", " ")
    assert "2 badges envoyés, le dernier le 23 novembre 2026" in said.replace("\u00a0", " ")
    everything = b"".join(found.values()).lower()
    assert [word for word in (b"canary", b"canary".hex().encode()) if word in everything] == []


@pytest.mark.breadth
def test_the_page_tells_what_a_share_was_for_what_it_showed_and_how_often_it_was_opened(
    maria: Person, recruiter: Stranger
):
    shown = maria.shows(maria.has()[0], purpose="Garage <Petit>")
    sent = {"Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0 (Linux; Android 16; Mobile)"}
    for _ in range(2):
        assert recruiter.post("/openings", data={"token": maria.link_of(shown)[3:]}, headers=sent).status_code == 204
    maria.post(f"/badges/{maria.has()[0]}/removal")

    page = opened(take(maria))["index.html"].decode()

    assert "Garage &lt;Petit&gt;" in page
    assert "Ouvert 2 fois" in page
    assert "2 fois, téléphone" in " ".join(page.split())
    assert page.index("Garage") < page.index("Bonjour, voici mes badges."), "the latest share first"
    share = page[page.index("Garage") : page.index("Ouvert 2 fois")]
    assert "Organiser" in share, "what was shown stays readable when the badge is removed"


def test_the_page_tells_what_a_message_answers_that_has_no_text(maria: Person):
    about = {"holder_id": 1, "purpose": "", "text": "", "reply_to": "", "sent_at": NOW}
    with maria.services.database.writing() as session:
        session.add_all(Message(**about, choice=choice, sender=choice) for choice in messages.CHOICES)
        session.add(Message(**about, choice="meet", sender="CANARY", removed_at=NOW))

    page = opened(take(maria))["index.html"].decode()

    for choice, answer in (
        ("meet", "Propose une rencontre"),
        ("question", "Pose une question"),
        ("no", "Pas cette fois"),
    ):
        assert answer in page.partition(f'">{choice}<')[2].partition("</div>")[0]
    assert "CANARY" not in page, "it was removed"


def webp() -> bytes:
    """A photo, as it is kept."""
    file = BytesIO()
    Image.new("RGB", (160, 160), "teal").save(file, "WEBP")
    return file.getvalue()


@pytest.mark.breadth
def test_the_page_tells_what_its_holder_looks_like_looks_for_and_what_a_share_showed_before(
    maria: Person, clock: Clock
):
    first = maria.has()[0]
    share = maria.shows(first, name="Maria", word="Bonjour <Paul>.")
    clock.move(minutes=5)
    changed = maria.post(
        f"{share}/editing", data={"badge": [str(first)], "days": "planned", "changes": "0", "word": "Bonsoir."}
    )
    assert changed.status_code == 303
    with maria.services.database.writing() as session:
        photos.set_photo(session, 1, webp(), NOW)
        holders.set_sought(session, 1, "Soudeuse <à Caen>")
    maria.enters()

    page = opened(take(maria))["index.html"].decode()

    assert f'src="data:image/webp;base64,{b64encode(webp()).decode()}"' in page
    assert "Soudeuse &lt;à Caen&gt;" in page
    before = page.partition("Ce qu’il montrait avant")[2].partition("</details>")[0]
    assert "Jusqu’au 24 novembre 2026 à 11" in before.replace("\u00a0", " ")
    assert "Bonjour &lt;Paul&gt;." in before
    assert "Bonsoir." not in before

    with maria.services.database.writing() as session:
        recoveries.begin_recovery(session, 1, "paper", "android", clock())
    guarded = opened(take(maria))["index.html"].decode()
    assert [word for word in ("data:image/", "Soudeuse", "Bonjour", "Bonsoir") if word in guarded] == []
