"""What somebody told is in their archive: every answer, every file as it is kept, and a page on which to read and hear it."""

import json
import re
import subprocess
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from starlette.applications import Starlette

from tests.fixtures.archives import opened, take, wallet_of
from tests.fixtures.browser import Phone, axe
from tests.fixtures.made_once import made_once
from tests.fixtures.moments import SAID, Teller, a_photo, a_recording
from tests.fixtures.visits import NOW, Clock, Person, baked, holder, signed, words
from tests.openbadges.support.others import ask, needs_npm
from wallet.archive import export, export_evidence, export_rows
from wallet.archive.export import ExportOrder
from wallet.evidence import editing
from wallet.evidence.models import Answer, Attachment, Evidence

Phones = Callable[..., Phone]


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, with two badges."""
    return holder(app, ("communiquer.json", signed()), ("organiser.png", baked(signed("organiser-1"))))


@pytest.fixture
def teller(maria: Person) -> Teller:
    """Maria, telling."""
    return Teller(maria.services.database, maria.services.files, 1)


def page_of(found: dict[str, bytes]) -> str:
    return words(found["index.html"].decode())


def test_every_answer_is_there_in_order_and_every_file_byte_for_byte(
    maria: Person, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_evidence, "ANSWERS", 2)  # whoever answered more often is asked for the rest
    first = teller.tells_all(1, 2)
    teller.tells(key="2", saved=False)
    teller.answers(first, "me", "")

    found = opened(take(maria))

    whole, draft = wallet_of(found)["evidence"]
    assert [(one["question"], one["text"]) for one in whole["answers"]] == [
        *SAID.items(),
        ("facts", "Un client était en colère. Son colis n’était pas là."),
        ("me", ""),
    ]
    assert (whole["badges"], whole["key"], whole["removed_at"]) == ([0, 1], "11111111", None)
    assert (draft["told_at"], draft["badges"], draft["attachments"]) == (None, [], [])
    photo, sound, plan, link = whole["attachments"]
    assert [one["file"] for one in whole["attachments"]] == [
        "moments/001-01-atelier-1.jpg",
        "moments/001-02-ma-voix-1.webm",
        "moments/001-03-plan-1.pdf",
        None,
    ]
    with teller.database.reading() as session:
        kept = [session.get_one(Attachment, number).file for number in (1, 2, 3)]
    assert [found[one["file"]] for one in (photo, sound, plan)] == [
        maria.services.files.read(name) for name in kept if name
    ]
    assert (photo["width"], sound["seconds"], link["address"]) == (64, 1, "https://exemple.fr/1")


def test_the_page_tells_what_holds_under_the_badge_it_speaks_of(maria: Person, teller: Teller) -> None:
    teller.tells_all(1, 2)
    for text in "", SAID["me"]:  # what was taken back for a while is no text of before
        teller.answers(1, "me", text)
    teller.tells(key="2", said={"situation": "home", "learning": "J’ai appris à demander."})

    page = opened(take(maria))["index.html"].decode()

    first, second = (page.index(f'id="badge-{number}"') for number in (1, 2))
    moment = page.index('id="moment-1"')
    assert first < moment < second < page.index('href="#moment-1"') < page.index('id="moment-2"'), "told once"
    assert page.count('id="moment-1"') == 1
    read = words(page)
    assert "Que s’est-il passé ? Un client était en colère. Son colis n’était pas là." in read.replace("\u00a0", " ")
    assert "Au travail, Garage Petit , 24 novembre 2026" in read
    [before] = re.findall(r"Vos textes d’avant (.*?) Organiser", read)
    assert "24 novembre 2026 Un client était en colère." in before
    assert before.endswith("24 novembre 2026 Je l’ai écouté.")
    assert "Ce que vous avez aussi raconté" in read[read.index("Organiser") :]
    assert '<img class="photo" src="moments/001-01-atelier-1.jpg"' in page
    assert '<audio controls preload="none" src="moments/001-02-ma-voix-1.webm"' in page
    assert 'href="moments/001-03-plan-1.pdf"' in page
    assert 'href="https://exemple.fr/1" rel="noreferrer"' in page


@pytest.mark.breadth
def test_what_was_removed_is_told_for_its_day_and_not_shown(maria: Person, teller: Teller) -> None:
    gone = teller.tells_all(1)
    there = teller.tells_all(1, key="2")
    with teller.database.writing() as session:
        editing.remove_moment(session, 1, gone, NOW)
        photo = session.query(Attachment).filter_by(evidence_id=there, kind="photo").one()
        photo.removed_at = NOW

    found = opened(take(maria))

    removed, live = wallet_of(found)["evidence"]
    assert (bool(removed["removed_at"]), live["removed_at"]) == (True, None)
    assert [bool(one["removed_at"]) for one in live["attachments"]] == [True, False, False, False]
    assert all(one["file"] in found for one in removed["attachments"] if one["kind"] != "link")
    page = found["index.html"].decode()
    assert 'id="moment-1"' not in page
    assert '<img class="photo"' not in page


@pytest.mark.breadth
def test_a_file_that_goes_with_several_moments_is_there_once(maria: Person, teller: Teller) -> None:
    for key in "1", "2":
        teller.attaches(teller.tells(key=key), b"the same", f"plan {key}.pdf")

    found = opened(take(maria))

    files = [one["attachments"][0]["file"] for one in wallet_of(found)["evidence"]]
    assert files == ["moments/001-01-plan-1.pdf"] * 2
    assert len([name for name in found if name.startswith("moments/")]) == 1


@pytest.mark.breadth
def test_a_file_that_is_lost_is_told(maria: Person, teller: Teller) -> None:
    teller.attaches(teller.tells(1), b"the plan", "plan.pdf")
    with teller.database.reading() as session:
        lost = session.get_one(Attachment, 1).file
    assert lost
    maria.services.files.remove(lost)

    found = opened(take(maria))

    wallet = wallet_of(found)
    assert (wallet["missing"], wallet["evidence"][0]["attachments"][0]["file"]) == ([lost], None)
    assert "Ce fichier est perdu ou abîmé." in page_of(found)


@pytest.mark.breadth
def test_hostile_names_are_only_read(maria: Person, teller: Teller, tmp_path: Path) -> None:
    names = ("../../etc/passwd", "a/b\\c.exe", "\u202egnp.exe", "", ".", "x" * 120, "<b>.j&g", "\u0627.pdf")
    hostile = "<script>alert(1)</script>{{ 7*7 }}"
    id = teller.tells(1, said={"situation": "work", "facts": hostile, "sentence": hostile})
    for number, name in enumerate(names):
        teller.attaches(id, b"bytes %d" % number, name)
    teller.links(id, "https://exemple.fr/\"onclick='1'")

    content = take(maria)

    found = opened(content)
    assert len([one for one in found if one.startswith("moments/")]) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9./-]{1,90}", one) for one in found)
    assert not [one for one in found if ".." in one or one.startswith("/")]
    page = found["index.html"].decode()
    assert "<script" not in page
    assert "<b>" not in page.replace('"said"><b>', "")
    with ZipFile(BytesIO(content)) as archive:
        archive.extractall(tmp_path / "taken")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "taken", capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.breadth
def test_nothing_of_anybody_else_is_in_it(app: Starlette, maria: Person, teller: Teller) -> None:
    holder(app, ("b.json", signed("adapter-2")))
    other = Teller(maria.services.database, maria.services.files, 2)
    id = other.tells(3, said={"situation": "work", "facts": "CANARY"})
    other.attaches(id, b"CANARY", "CANARY.pdf")
    teller.tells_all(1)

    everything = b"".join(opened(take(maria)).values())

    assert b"CANARY" not in everything


@pytest.mark.breadth
def test_while_a_return_goes_on_nothing_of_it_is_in_it(maria: Person, teller: Teller, clock: Clock) -> None:
    teller.attaches(teller.tells(1), a_photo(), "Atelier.jpg")
    whole = opened(take(maria))
    assert "Garage Petit" in page_of(whole)
    with teller.database.writing() as session:
        from wallet.accounts import recoveries  # noqa: PLC0415  # of this test alone

        recoveries.begin_recovery(session, 1, "paper", "android", clock())

    made = export.export_wallet(maria.services.database, maria.services.files, maria.services.pages, order(clock))
    found = opened(b"".join(made.pieces()))

    assert wallet_of(found)["evidence"] == []
    assert [name for name in found if name.startswith("moments/")] == []
    everything = b"".join(found.values()).decode(errors="replace")
    assert [text for text in SAID.values() if text in everything and text != "work"] == []
    assert "Vos textes et vos adresses n’y sont pas." in everything
    readme, before = (one["LISEZMOI.txt"].decode("utf-8-sig").replace("\r\n", "\n") for one in (found, whole))
    for said in (
        "n’y sont pas.\nRécupérez-les après le 27 novembre 2026",
        "contient tout le reste.",
        "everything else.",
    ):
        assert said in readme
    for said in ("ce que vous racontez", "ET MES PHOTOS", "D’AUTRES", "what you told", "AND MY PHOTOS", "OTHERS SAY"):
        assert said in before
        assert said not in readme


def order(clock: Clock) -> ExportOrder:
    return ExportOrder(
        holder_id=1,
        language="fr",
        origin="https://b.fr",
        schema_address="https://b.fr/s",
        now=clock() + timedelta(hours=1),
    )


@needs_npm
@pytest.mark.breadth
def test_it_says_what_the_schema_says(maria: Person, teller: Teller) -> None:
    teller.tells_all(1)
    found = opened(take(maria))
    wallet, schema = wallet_of(found), json.loads(found["schema.json"])
    [moment] = wallet["evidence"]
    [photo, *_] = moment["attachments"]
    [said, *_] = moment["answers"]
    doubtful: list[dict[str, Any]] = [
        wallet | {"evidence": [moment | more]}
        for more in (
            {"more": 1},
            {"key": ""},
            {"begun_at": "hier"},
            {"badges": [-1]},
            {"answers": [said | {"question": "mood"}]},
            {"answers": [said | {"text": "x" * 20_001}]},
            {"attachments": [photo | {"file": "moments/../x"}]},
            {"attachments": [photo | {"kind": "film"}]},
        )
    ]
    without = {name: told for name, told in wallet.items() if name != "evidence"}

    asked = [{"schema": schema, "value": value} for value in (wallet, without, *doubtful)]
    whole, older, *broken = ask("schema.mjs", asked)

    assert (whole, older) == ([], []), "an archive of before is one of format 1, too"
    assert [bool(found) for found in broken] == [True] * len(doubtful)


@pytest.mark.breadth
def test_many_answers_and_many_files_are_not_in_memory_together(
    maria: Person, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """9 MB of texts and 20 MB of files: what it takes to send them is a few of them."""
    with teller.database.writing() as session:
        for number in range(30):
            moment = Evidence(holder_id=1, key=f"{number}", begun_at=NOW, told_at=NOW)
            session.add(moment)
            session.flush()
            session.add_all(
                Answer(
                    evidence_id=moment.id,
                    question="facts",
                    text=f"{number} {one} " + "é" * 10_000,
                    key=f"{one}",
                    made_at=NOW,
                )
                for one in range(15)
            )
    for number in range(10):
        teller.attaches(number + 1, bytes([number]) * (2 * 1024 * 1024), f"{number}.bin")
    monkeypatch.setattr(export, "AT_ONCE", 1)
    tracemalloc.start()

    made = export.export_wallet(
        maria.services.database,
        maria.services.files,
        maria.services.pages,
        ExportOrder(holder_id=1, language="fr", origin="https://b.fr", schema_address="https://b.fr/s", now=NOW),
    )
    sent = sum(len(piece) for piece in made.pieces())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent == made.length
    assert sent > 20 * 1024 * 1024
    assert peak < 10 * 1024 * 1024, peak


@pytest.mark.breadth
def test_a_moment_that_goes_while_it_is_packed_breaks_nothing(
    maria: Person, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_evidence, "TOGETHER", 1)
    gone, _ = teller.tells(1), teller.tells(key="2")
    some = export_evidence.moments_with_ids

    def while_it_goes(session: Any, holder_id: int, ids: Any) -> Any:
        with teller.database.writing() as other:
            found = other.get(Evidence, gone)
            if found:
                other.delete(found)
        return some(session, holder_id, ids)

    monkeypatch.setattr(export_evidence, "moments_with_ids", while_it_goes)

    [left] = wallet_of(opened(take(maria)))["evidence"]

    assert left["key"] == "22222222"


def test_nor_does_one_that_is_told_of_a_badge_meanwhile(
    maria: Person, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.tells(1)
    some = export_rows.badges_with_ids

    def while_it_comes(session: Any, holder_id: int, ids: Any) -> Any:
        teller.tells(1, key="2")
        return some(session, holder_id, ids)

    monkeypatch.setattr(export_rows, "badges_with_ids", while_it_comes)

    [told] = wallet_of(opened(take(maria)))["evidence"]

    assert told["key"] == "11111111"


@pytest.mark.browser
@pytest.mark.breadth
def test_it_reads_well_without_us_on_a_small_phone(
    maria: Person, teller: Teller, tmp_path: Path, phones: Phones
) -> None:
    teller.tells_all(1, 2)
    teller.tells_all(key="2")
    with ZipFile(BytesIO(take(maria))) as archive:
        archive.extractall(tmp_path / "taken")
    page = phones(passkeys=False, device=None, viewport={"width": 360, "height": 740}, color_scheme="light").page
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto((tmp_path / "taken/index.html").as_uri())

    assert page.evaluate("() => [...document.images].filter((one) => !one.naturalWidth).length") == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    length = page.evaluate(
        "() => new Promise((done) => { const one = document.querySelector('audio');"
        " one.onloadedmetadata = () => done(one.duration); one.onerror = () => done(-1); one.preload = 'auto'; one.load(); })"
    )
    assert length == pytest.approx(1, abs=0.1), "it can be heard"
    page.locator("summary").first.click()
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page) == [], "in the dark"
    assert complaints == []
    for link in page.locator("article.moment a").all():
        href = str(link.get_attribute("href"))
        assert href.startswith(("https:", "#")) or (tmp_path / "taken" / href).is_file()


@pytest.mark.breadth
def test_a_recording_that_no_phone_plays_can_be_taken_all_the_same(maria: Person, teller: Teller) -> None:
    teller.attaches(teller.tells(1), a_recording(), "voix.webm")

    page = opened(take(maria))["index.html"].decode()

    assert page.count('"moments/001-01-voix.webm"') == 2
    assert "Prendre le son" in page
