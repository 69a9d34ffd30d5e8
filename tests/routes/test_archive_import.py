"""Bringing an archive back, over HTTP: by its own page or as any badge, by a holder or by whoever comes with nothing else."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.archived import FOUND, MADE, Archive, whole, zipped
from tests.fixtures.chore import hosted
from tests.fixtures.lasting import happened, lasting
from tests.fixtures.made_once import made_once
from tests.fixtures.moments import Teller, a_moment, take_in
from tests.fixtures.photos import photo
from tests.fixtures.screens import drawn
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import AWARDED, NOW, Clock, IssuersWeb, Person, Stranger, baked, holder, signed, words
from tests.routes.test_bad_input import NOTHING, rows
from wallet import accounts, openbadges
from wallet.accounts import holders, recoveries
from wallet.accounts.activity import Event
from wallet.accounts.emails import EmailAddress
from wallet.app import create_app
from wallet.badges import issuer_responses
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.evidence import editing
from wallet.evidence.models import Evidence
from wallet.messages.models import Message
from wallet.settings import Settings
from wallet.shares.models import Share
from wallet.web.body_limits import FILES
from wallet.web.rate_limits import HOUR, LOOSE, STRICT, Limit
from wallet.web.services import Services

SENTENCES = {
    "not-a-zip": (b"%PDF-1.7", "Ce fichier n’est pas un dossier. Cherchez une autre copie."),
    "not-ours": (zipped({"badge.json": b"{}"}), "Ce dossier ne vient pas de notre service."),
    "truncated": (whole().packed()[:-40], "Il manque une partie de ce dossier."),
    "newer": (Archive(version=2, badges={}).packed(), "Ce dossier vient d’une version plus récente."),
    "climbing": (zipped({"wallet.json": b"{}", "../a": b"a"}), "Les noms dans ce dossier sont dangereux."),
    "a bomb": (zipped({"wallet.json": b" " * 9_000_000}), "Ce dossier devient trop gros quand on l’ouvre."),
    "deep": (Archive().packed(listed=b"[" * 10**6), "Ce dossier est abîmé."),
    "empty": (Archive().packed(), "Il n’y a rien dans ce dossier."),
}


def returns(person: Person, *files: bytes) -> Any:
    """The archives are chosen on the page for them."""
    uploads = [("documents", ("mes-badges-2026-11-25.zip", file, "application/zip")) for file in files]
    return person.post("/archive/return", files=uploads or [("documents", ("", b"", "application/octet-stream"))])


def exported(person: Person) -> bytes:
    """« Tout récupérer »."""
    answer = person.get("/archive/file")
    assert answer.status_code == 200, answer.status_code
    return bytes(answer.content)


@pytest.fixture
def elsewhere(tmp_path: Path, clock: Clock) -> Iterator[Starlette]:
    """Another instance, a month later, for which no issuer answers any more."""
    settings = Settings(
        origin="https://autre.exemple.fr",
        database_url=f"sqlite:///{tmp_path}/other.sqlite3",
        files_url=f"file://{tmp_path}/other",
        keys=tmp_path / "other.json",
    )
    app = create_app(settings, IssuersWeb(), clock)  # type: ignore[arg-type]  # a dict is web enough
    services: Services = app.state.services
    make_tables(services.database)
    yield app
    services.database.close()


@pytest.fixture
@made_once
def rich(app: Starlette, web: IssuersWeb) -> Person:
    """Sonia, who has one of everything."""
    record = {"type": ["VerifiablePresentation"], "verifiableCredential": [json.loads(signed()), json.loads(signed())]}
    sonia = holder(app, ("b.png", baked(signed())), ("hosted.json", hosted(web, 1, "issuer.example")))
    sonia.brings(("badges.json", json.dumps(record).encode()), ("c.zip", zipped({"in/a.json": signed()})))
    sonia.post("/settings", data={"name": "Sonia"})
    sonia.post("/language", data={"language": "fr", "next": "/"})
    first, *others = sonia.has()
    sonia.shows(first, *others, word="Voici tout.")
    sonia.post(sonia.shows(*others, word="Voici peu.") + "/stopping")
    sonia.shows(first)
    sonia.post(f"/badges/{first}/removal")
    services: Services = app.state.services
    with services.database.writing() as session:
        id = session.scalars(select(KeptBadge.holder_id)).first()
        match = {"address": "sonia@exemple.fr", "at": NOW.isoformat()}
        session.get_one(KeptBadge, others[0]).match = match
        session.add(EmailAddress(holder_id=id, written="sonia@exemple.fr", plain="sonia@exemple.fr", added_at=NOW))
        assert id is not None
    teller = Teller(services.database, services.files, id)
    whole = teller.tells_all(*others[:2])
    teller.answers(whole, "me", "")
    teller.tells(others[1], key="2", saved=False)
    removed = teller.tells_all(others[0], key="3")
    with services.database.writing() as session:
        editing.remove_moment(session, id, removed, NOW)
    teller.tells_all(key="5")
    return sonia


@pytest.fixture(autouse=True)
def taking_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of moments are taken in by the stand-in."""
    monkeypatch.setattr("wallet.evidence.clean_attachment", take_in)


def test_a_download_that_broke_off_is_told_as_such_at_the_door_of_badges_too(visitor: Person):
    content = whole().packed()

    answer = visitor.brings(("mes-badges-2026-11-25.zip", content[: len(content) // 2]))

    assert "Il manque une partie de ce dossier. Cherchez une autre copie." in words(answer.text)
    assert "e-mail" not in words(answer.text), "no issuer sent it"


def test_the_second_archive_equals_the_first(rich: Person, elsewhere: Starlette, clock: Clock):
    first = exported(rich)
    clock.move(days=30)
    sonia = Person(elsewhere)

    answer = returns(sonia, first)
    assert "4 badges sont de nouveau ici." in words(answer.text)
    assert sonia.makes_a_key().status_code == 200
    second = exported(sonia)

    assert "3 moments racontés sont de nouveau ici." in words(answer.text)
    assert "8 photos, sons ou fichiers sont de nouveau ici." in words(answer.text)
    assert [len(one["attachments"]) for one in lasting(second)["evidence"]] == [4, 0, 4]
    assert lasting(second) == lasting(first)
    assert {one for one in happened(first) if one[0] != "exported"} <= set(happened(second))

    clock.move(days=30)
    third_time = Person(elsewhere, address="198.51.100.20")
    returns(third_time, second)
    third_time.makes_a_key()
    assert lasting(exported(third_time)) == lasting(first)


@pytest.mark.parametrize(("most", "is_packed"), [(10, False), (1000, True)])
@pytest.mark.breadth(beside=["1000-True"])
def test_what_very_long_answers_left_comes_back_too(
    app: Starlette, web: IssuersWeb, elsewhere: Starlette, monkeypatch: pytest.MonkeyPatch, most: int, is_packed: bool
):
    """As their hash alone, and packed: what is packed is read where the issuer is silent."""
    badge = hosted(web, 1, "issuer.example")
    for address in web:
        web[address] += b" " * 5000
    monkeypatch.setattr(issuer_responses, "RESPONSE_LIMIT", most)
    monkeypatch.setattr("wallet.badges.RESPONSE_LIMIT", most)
    sonia, home = holder(app, ("hosted.json", badge)), Person(elsewhere)
    first = exported(sonia)

    returns(home, first)
    home.makes_a_key()

    with home.services.database.reading() as session:
        kept = session.scalars(select(KeptBadge)).one()
    assert kept.history is not None
    seen = kept.history["good"]["seen"]
    assert {one["address"]: one["sha256"] for one in seen} == {
        one["address"]: sha256(web[one["address"]]).hexdigest() for one in seen
    }
    assert [one["size"] > 5000 for one in seen] == [True] * 3
    assert all(("packed" in one) == is_packed for one in seen)
    assert not is_packed or lasting(exported(home)) == lasting(first)


@pytest.mark.breadth
def test_all_that_was_erased_comes_back(rich: Person, app: Starlette):
    first = exported(rich)
    services: Services = app.state.services
    with services.database.writing() as session:
        for id in session.scalars(select(KeptBadge.holder_id).distinct()).all():
            holders.erase_holder(session, id)
    sonia = Person(app)

    returns(sonia, first)
    sonia.makes_a_key()

    assert lasting(exported(sonia)) == lasting(first)


@pytest.mark.breadth
def test_an_archive_is_known_among_the_badges_that_are_added(maria: Person):
    answer = maria.brings(("badges.zip", whole(signed(), signed()).packed()), ("un.json", signed()), ("x.png", b"x"))

    told = words(answer.text)
    assert answer.status_code == 200
    assert "Vos badges sont de nouveau ici" in told
    assert "3 badges sont de nouveau ici." in told
    assert "1 ancien partage est de nouveau ici, arrêté." in told
    assert "x.png" in told
    assert len(maria.has()) == 4


@pytest.mark.breadth
def test_whoever_has_nothing_but_the_archive_has_all_badges_again(visitor: Person):
    assert "J’ai un dossier de mes badges" in visitor.reads("/")
    assert "Choisir mon dossier" in visitor.reads("/archive/return")

    answer = returns(visitor, whole(signed(), signed()).packed())

    assert answer.status_code == 200
    assert "Créez maintenant une clé" in words(answer.text)
    assert "Gardez-les, ils sont à vous" in visitor.reads("/badges")
    assert visitor.makes_a_key().status_code == 200
    assert len(visitor.has()) == 2
    assert "1 partage est fini" in visitor.reads("/shares")


def test_what_is_no_sound_archive_is_told_in_a_plain_sentence_and_leaves_nothing(visitor: Person, app: Starlette):
    for case, (content, sentence) in SENTENCES.items():
        answer = returns(visitor, content)

        assert answer.status_code == 422, case
        assert sentence in words(answer.text), case
        assert "mes-badges-2026-11-25.zip" in answer.text, case
        assert "Choisir mon dossier" in words(answer.text), "the same page"
        assert "set-cookie" not in answer.headers, case
        assert rows(app) == NOTHING, case


def test_whoever_chose_another_file_reads_how_the_name_of_a_folder_ends_and_whose_download_failed_does_not(
    visitor: Person,
):
    """How it ends helps nobody whose « mes-badges.zip » is empty, or is the page of a hotel’s Wi-Fi."""
    for name, content, told in (
        ("cv.pdf", b"%PDF-1.7", "Le nom de votre dossier finit par « .zip »."),
        ("mes-badges.zip", b"", "Cherchez une autre copie."),
        ("MES-BADGES.ZIP", b"<!doctype html>", "Cherchez une autre copie."),
    ):
        answer = visitor.post("/archive/return", files=[("documents", (name, content, "application/zip"))])

        assert f"Ce fichier n’est pas un dossier. {told}" in words(answer.text), name


def test_no_file_at_all_is_told(visitor: Person):
    for answer in (returns(visitor), visitor.post("/archive/return"), visitor.post("/archive/return", data={"a": "b"})):
        assert answer.status_code == 422
        assert "Choisissez votre dossier." in words(answer.text)


def test_a_newer_archive_beside_a_badge_is_told_and_the_badge_is_kept(maria: Person):
    answer = maria.brings(("mes-badges.zip", SENTENCES["newer"][0]), ("un.json", signed()))

    assert answer.status_code == 200
    assert "Ce dossier vient d’une version plus récente." in words(answer.text)
    assert len(maria.has()) == 2


def test_a_file_without_a_badge_beside_an_archive_that_is_not_taken_is_no_damaged_folder(maria: Person):
    answer = maria.brings(("mes-badges.zip", SENTENCES["newer"][0]), ("photo.txt", b"Bonjour"))

    assert answer.status_code == 422
    told = words(answer.text)
    assert "Ce dossier vient d’une version plus récente." in told
    assert "photo.txt : Nous ne savons pas lire ce fichier." in told
    assert "Ce dossier est abîmé." not in told


@pytest.mark.breadth
def test_a_file_without_a_badge_beside_a_sound_archive_has_its_line(maria: Person):
    answer = maria.brings(("mes-badges.zip", Archive().add(signed()).packed()), ("photo.txt", b"Bonjour"))

    assert answer.status_code == 200
    assert "Vos badges sont de nouveau ici" in words(answer.text)
    assert "photo.txt" in words(answer.text)


def test_somebody_elses_archive_is_told_and_its_badges_come_as_any_file(maria: Person):
    maria.post("/settings", data={"name": "Maria"})

    answer = returns(maria, Archive("Youssef").add(signed()).packed())

    assert "Ce dossier porte un autre prénom : Youssef." in words(answer.text)
    assert 'value="Maria"' in maria.page("/settings")
    assert len(maria.has()) == 2


@pytest.mark.breadth
def test_a_name_and_a_file_name_are_only_read(maria: Person):
    worst = "<script>alert(1)</script>"
    maria.post("/settings", data={"name": "Maria"})

    answer = returns(maria, Archive(worst).add(b"x", file_name=f"{worst}.json").add(signed()).packed())

    assert worst not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.breadth
def test_the_page_of_a_badge_tells_what_the_archive_told(maria: Person):
    returns(maria, Archive().add(signed(), good_at="2026-11-02T10:00:00+00:00").packed())

    assert "Votre dossier dit vérifié le 2 novembre 2026" in maria.reads(f"/badges/{maria.has()[0]}")


@pytest.mark.parametrize("outcome", ["passed", "unknown"])
@pytest.mark.breadth
def test_an_archive_of_a_time_when_it_was_kept_who_is_known_comes_back_and_no_page_tells_it(
    maria: Person, app: Starlette, outcome: str
):
    """Until 2026-12 each examination had such a check: it made green what nobody vouches for any more."""
    known = {
        "name": "known",
        "outcome": outcome,
        "reason": "",
        "source": "the registries of issuers",
        "detail": "La Région",
    }
    others = [name for name in openbadges.CHECKS if name != "bound"]
    checks = [{"name": name, "outcome": "passed", "reason": "", "source": "", "detail": ""} for name in others]
    told = {**FOUND, "checks": [*checks, known]}
    silent = json.dumps(samples.make_assertion(samples.samples()[0], AWARDED)).encode()
    before = set(maria.has())
    archive = Archive().add(signed(), "a.json", examination=told, good=told).shows(0)
    archive.add(silent, "b.json", examination=told, good=told, history={"good": told, "good_at": MADE.isoformat()})

    assert returns(maria, archive.packed()).status_code in {200, 303}

    ids = set(maria.has()) - before
    assert len(ids) == 2
    link = maria.link_of(maria.shows(*before, *ids))
    for page in (*(maria.page(f"/badges/{id}") for id in ids), maria.page("/badges"), Stranger(app).page(link)):
        assert "La Région" not in page
        assert ">known<" not in page.replace(" ", "")
        assert "Vrai badge" not in page
        assert not re.search(r'class="(?:chip|label state|verdict) ok">\s*<svg class="state-icon"', page)


@pytest.mark.breadth
def test_a_past_share_is_history_and_cannot_be_opened_again(maria: Person, app: Starlette):
    returns(maria, whole().packed())

    assert "1 partage est fini" in maria.reads("/shares")
    assert "C’est trop tard pour annuler." in words(maria.post("/shares/1/return", follow_redirects=True).text)
    assert "1 partage est fini" in maria.reads("/shares")
    assert maria.get("/shares/1").status_code in {200, 303, 404}


@pytest.mark.breadth
def test_more_may_come_than_anywhere_else(maria: Person):
    padded = zipped({"a": bytes(range(256)) * (FILES // 256 + 1)}, method=0)

    refused = maria.brings(("a.zip", padded))
    assert (refused.status_code, '<a class="alone" href="/archive/return">' in refused.text) == (413, True)
    answer = returns(maria, padded)
    assert answer.status_code == 422
    assert "Ce dossier ne vient pas de notre service." in words(answer.text)


def test_for_words_that_find_no_room_a_word_is_removed():
    """They are too many, or too heavy: what helps helps both."""
    told = "Il n’y a plus de place pour 3 mots sur vous. Enlevez d’abord un mot, une photo ou un fichier."

    assert told in words(drawn("back, and there is no room left"))


def test_nobody_brings_archives_without_end(maria: Person, monkeypatch: pytest.MonkeyPatch):
    assert STRICT["archive import"] == Limit(12, HOUR)
    monkeypatch.setitem(STRICT, "archive import", Limit(2, HOUR))
    answers = [returns(maria, b"x").status_code for _ in range(3)]

    assert answers == [422, 422, 429]


def test_of_archives_that_are_brought_together_those_beyond_the_limit_have_a_line(
    visitor: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(LOOSE, "archive import", Limit(1, HOUR))
    some = [(f"{one}.zip", Archive().add(signed()).packed()) for one in ("un", "deux")]

    answer = visitor.brings(*some, ("badge.json", signed()))

    assert answer.status_code == 200
    assert "deux.zip Il y a trop d’essais. Essayez encore dans une heure." in words(answer.text)
    assert len(visitor.has()) == 2, "what was taken in is theirs"
    assert visitor.brings(*some).status_code == 429, "nothing of it was taken in"


@pytest.mark.breadth
def test_a_visitor_who_turns_out_to_have_a_wallet_brings_the_badges_along(app: Starlette, maria: Person, clock: Clock):
    maria.post("/leaving")
    clock.move(minutes=1)
    returns(maria, Archive().add(signed(), good_at=(NOW - timedelta(days=9)).isoformat()).packed())

    assert maria.enters().status_code == 200

    assert len(maria.has()) == 2
    assert "Votre dossier dit" in maria.reads(f"/badges/{max(maria.has())}")


def of_everything(app: Starlette, id: int) -> bytes:
    """An archive with the badge of that id, another one, and all that goes with them."""
    services: Services = app.state.services
    with services.database.reading() as session:
        same = services.files.read(session.get_one(KeptBadge, id).document)
    archive = whole(signed(), same).shows(1).tells(a_moment())
    archive.told["holder"] |= {
        "sought": "vendeuse",
        "language": "en",
        "photo": b64encode(photo("JPEG", image=Image.new("RGB", (64, 64)))).decode(),
    }
    sent_at = (NOW - timedelta(days=1)).isoformat()
    message = {"purpose": "CV", "shared_at": None, "choice": "meet", "text": "Mardi ?", "sender": "Yann"}
    archive.told["messages"] = [message | {"reply_to": "06", "sent_at": sent_at, "read_at": None, "removed_at": None}]
    return archive.packed()


@pytest.mark.parametrize("was_removed", [False, True])
@pytest.mark.breadth(beside=["False"])
def test_all_that_an_archive_brought_to_a_visitor_joins_the_wallet_that_they_turn_out_to_have(
    app: Starlette, maria: Person, clock: Clock, was_removed: bool
):
    services: Services = app.state.services
    [mine] = maria.has()
    archive = of_everything(app, mine)
    if was_removed:  # a moment ago: brought once more, it is back
        maria.post(f"/badges/{mine}/removal")
    maria.post("/leaving")
    clock.move(minutes=1)

    for _ in range(2):
        returns(maria, archive)
        assert maria.enters().status_code == 200
        maria.post("/leaving")
        clock.move(minutes=1)

    with services.database.reading() as session:
        [here] = session.scalars(select(holders.Holder)).all()
        shares, [address] = (
            session.scalars(select(Share).order_by(Share.created_at)).all(),
            session.scalars(select(EmailAddress)),
        )
        assert (here.name, here.sought, here.language) == ("Maria", "vendeuse", "en")
        assert address.written == "Maria@exemple.fr"
        assert accounts.get_photo(session, here.id)
        other = next(id for id in session.scalars(select(KeptBadge.id)) if id != mine)
        assert [[shown.badge_id for shown in one.shown] for one in shares] == [[other, None], [mine]]
        assert {(one.holder_id, one.is_history) for one in shares} == {(here.id, True)}
        assert [one.text for one in session.scalars(select(Message))] == ["Mardi ?"]
        assert [one.holder_id for one in session.scalars(select(Evidence))] == [here.id]
        told = [one.what for one in session.scalars(select(Event))]
    assert (told.count("key-made"), told.count("brought-back")) == (2, 2), (
        "her own key, and the one of which the archive tells"
    )


def test_what_waits_while_a_return_guards_does_not_join_by_an_archive_either(
    app: Starlette, maria: Person, clock: Clock
):
    services: Services = app.state.services
    archive = of_everything(app, *maria.has())
    with services.database.writing() as session:
        [here] = session.scalars(select(holders.Holder)).all()
        recoveries.begin_recovery(session, here.id, "paper", "android", clock())
    maria.post("/leaving")
    clock.move(minutes=1)

    returns(maria, archive)
    assert maria.enters().status_code == 200

    with services.database.reading() as session:
        [here] = session.scalars(select(holders.Holder)).all()
        assert (here.name, here.sought, accounts.get_photo(session, here.id)) == ("", "", None)
        assert session.scalars(select(EmailAddress)).all() == []
        assert [one.text for one in session.scalars(select(Message))] == ["Mardi ?"]
