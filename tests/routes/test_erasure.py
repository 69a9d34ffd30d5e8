"""« Tout effacer » as people meet it: the page, the button, what every other page and device says afterwards."""

import re

import pytest
from starlette.applications import Starlette

from tests.fixtures.visits import NOW, Clock, IssuersWeb, Person, Stranger, holder, words
from wallet.accounts import recoveries
from wallet.accounts.holders import Holder
from wallet.app import create_app
from wallet.badges.models import KeptBadge
from wallet.operations import cleanup, erasure
from wallet.settings import Settings
from wallet.storage.database import DatabaseUnavailable

NOBODYS = "/s/" + "7" * 26


def holder_id(person: Person) -> int:
    """Whose wallet it is."""
    with person.services.database.reading() as session:
        return next(one.id for one in session.query(Holder) if one.handle == person.key.handle)


def second_phone(app: Starlette, person: Person) -> Person:
    """Another device on which the same person is signed in."""
    other = Person(app)
    other.key = person.key
    assert other.enters().status_code == 200
    return other


def somebody_came_back(person: Person) -> None:
    """By the rescue paper, just now."""
    with person.services.database.writing() as session:
        recoveries.begin_recovery(session, holder_id(person), "paper", "android", person.services.clock())


def test_the_page_says_what_goes_and_what_stays(maria: Person):
    settings, told = maria.page("/settings"), maria.reads("/erasure")

    assert 'href="/erasure"' in settings
    for sentence in (
        "Tout sera effacé : badges, textes, photos et partages. On ne peut pas revenir en arrière.",
        "Les liens et les QR codes s’arrêtent tout de suite.",
        "Un employeur garde ce qu’il a vu ou imprimé.",
        "Nos copies de sécurité sont effacées après 30 jours.",
        "Voulez-vous d’abord tout récupérer ?",
        "Oui, effacer",
        "Non, je garde mes badges",
    ):
        assert sentence in told


@pytest.mark.breadth
def test_one_button_and_all_is_gone(maria: Person, youssef: Person):
    copied = maria.cookies[maria.services.cookie]
    (id,) = maria.has()

    answer = maria.post("/erasure")

    assert (answer.status_code, answer.headers["location"]) == (303, "/erased")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert maria.services.cookie not in maria.cookies
    assert "Tout est effacé" in maria.reads("/erased")
    for path in ("/badges", f"/badges/{id}", f"/badges/{id}/document"):
        assert maria.get(path, headers={"Cookie": f"{maria.services.cookie}={copied}"}).headers["location"] == "/"
    assert maria.enters().status_code == 400
    assert len(youssef.has()) == 1


def test_a_second_tab_and_another_device_are_strangers(app: Starlette, maria: Person):
    other = second_phone(app, maria)

    maria.post("/erasure")

    assert other.get("/badges").headers["location"] == "/"
    assert other.get("/erasure").headers["location"] == "/entry"
    assert other.post("/erasure").headers["location"] == "/entry"
    assert "Bonjour" in other.reads("/entry")


def test_a_page_that_was_left_open_erases_nobody_who_entered_since_in_another_tab(maria: Person, youssef: Person):
    """One phone for two: neither is asked for a key, for each showed theirs just now."""
    left_open = dict(re.findall('name="(here|of)" value="([^"]*)"', maria.page("/erasure")))
    maria.post("/leaving")
    maria.key = youssef.key
    maria.enters()

    answer = maria.post("/erasure", data=left_open)

    assert answer.headers["location"] == "/erasure?done=another"
    assert "Rien n’a changé. D’autres badges ont été ouverts ici depuis." in maria.reads("/erasure?done=another")
    assert len(youssef.has()) == 1
    own = dict(re.findall('name="(here|of)" value="([^"]*)"', maria.page("/erasure")))
    assert maria.post("/erasure", data=own).headers["location"] == "/erased"


@pytest.mark.breadth
def test_what_was_shown_is_the_page_of_nothing_by_every_worker(
    app: Starlette, settings: Settings, web: IssuersWeb, clock: Clock, maria: Person, recruiter: Stranger
):
    second_worker = create_app(settings, web, clock)  # type: ignore[arg-type]  # a dict is web enough
    link = maria.link_of(maria.shows(*maria.has()))
    there = [recruiter, Stranger(second_worker)]
    assert [one.get(link).status_code for one in there] == [200, 200]

    maria.post("/erasure")

    for one in there:
        closed, nobodys = one.get(link), one.get(NOBODYS)
        assert closed.status_code == nobodys.status_code == 404
        assert closed.content == nobodys.content
        assert one.get(f"{link}/pictures/0").status_code == 404
    second_worker.state.services.database.close()


def test_looking_at_the_page_erases_nothing(maria: Person):
    for _ in range(2):
        maria.page("/erasure")
        maria.page("/erased")

    assert len(maria.has()) == 1


def test_it_is_asked_once_more_who_it_is(maria: Person, clock: Clock):
    clock.move(minutes=6)

    answer = maria.post("/erasure", data={"here": "/erasure"})

    assert answer.headers["location"] == "/confirmation?next=/erasure"
    assert len(maria.has()) == 1


@pytest.mark.breadth
def test_while_somebody_is_coming_back_every_page_of_every_device_tells_it(
    app: Starlette, maria: Person, clock: Clock, youssef: Person
):
    other = second_phone(app, maria)
    somebody_came_back(maria)
    told = maria.reads("/erasure")
    assert "Alors tout sera effacé le 27 novembre 2026 à 11 h 12. Vous pouvez annuler jusque-là." in told
    assert "n’y sont pas encore. Si vous les voulez, effacez après le 27 novembre 2026 à 11 h 12." in told
    assert "revenir en arrière" not in told
    assert "tout de suite" not in told

    answer = maria.post("/erasure")

    assert answer.headers["location"] == "/erasure"
    for device in (maria, other):
        for path in ("/badges", f"/badges/{device.has()[0]}", "/settings", "/help", "/shares", "/erasure", "/privacy"):
            page = device.page(path)
            assert "Tout sera effacé le 27 novembre 2026 à 11 h 12." in words(page), path
            assert 'action="/erasure/stopping"' in page, path
    assert "Oui, effacer" not in maria.reads("/erasure")
    assert "Tout sera effacé" not in youssef.reads("/badges")


def test_any_device_stops_it(app: Starlette, maria: Person, clock: Clock):
    other = second_phone(app, maria)
    somebody_came_back(maria)
    maria.post("/erasure")
    clock.move(minutes=10)

    stopped = other.post("/erasure/stopping")

    assert "Rien n’est effacé." in other.reads(stopped.headers["location"])
    assert "Tout sera effacé le" not in maria.reads("/badges")
    clock.move(days=4)
    maria.services.erasures.round(clock())
    assert len(maria.has()) == 1


def test_when_it_is_due_it_is_too_late_to_stop_it(maria: Person, clock: Clock):
    somebody_came_back(maria)
    maria.post("/erasure")
    clock.move(hours=73)

    told = maria.reads(maria.post("/erasure/stopping").headers["location"])

    assert "C’est trop tard pour annuler." in told
    assert "Rien n’est effacé." not in told


def test_of_what_was_asked_at_once_and_failed_nobody_is_told_to_have_come_back(
    maria: Person, monkeypatch: pytest.MonkeyPatch
):
    """The line is in the ledger: the next round ends it, and it is too late to stop it."""

    def busy(*_what: object) -> None:
        raise DatabaseUnavailable("", {}, Exception("database is locked"))

    monkeypatch.setattr(maria.services.erasures, "_shut", busy)
    assert maria.post("/erasure").status_code == 503

    told = maria.reads("/erasure")

    assert "C’est trop tard pour annuler." in told
    assert "Quelqu’un est revenu sans clé" not in told
    assert "Touchez « Annuler »" not in told


def test_nobody_elses_device_stops_it(maria: Person, youssef: Person):
    somebody_came_back(maria)
    maria.post("/erasure")

    youssef.post("/erasure/stopping")

    assert "Tout sera effacé le" in maria.reads("/badges")


@pytest.mark.breadth
def test_when_it_is_time_the_chore_erases(maria: Person, clock: Clock, recruiter: Stranger):
    link = maria.link_of(maria.shows(*maria.has()))
    somebody_came_back(maria)
    maria.post("/erasure")
    clock.move(hours=73)

    maria.services.erasures.round(clock())

    assert maria.get("/badges").headers["location"] == "/"
    assert recruiter.get(link).content == recruiter.get(NOBODYS).content


def test_a_visitor_has_nothing_to_erase(visitor: Person):
    assert visitor.get("/erasure").headers["location"] == "/entry"
    assert visitor.post("/erasure").headers["location"] == "/entry"
    assert visitor.get("/erased").status_code == 200


@pytest.mark.breadth
def test_a_file_that_is_erased_while_somebody_brings_the_same_is_told(
    app: Starlette, maria: Person, monkeypatch: pytest.MonkeyPatch
):
    """Nothing half is kept; a little later the same thing works."""
    services, files = maria.services, maria.services.files
    document = maria.get(f"/badges/{maria.has()[0]}/document").content
    youssef = holder(app)
    keep = files.keep

    def erased_right_afterwards(content: bytes) -> str:
        name = keep(content)
        if content == document:
            services.erasures.erase(1, NOW)
        return name

    with monkeypatch.context() as patch:
        patch.setattr(files, "keep", erased_right_afterwards)
        answer = youssef.brings(("badge.json", document))

    assert answer.status_code == 503
    assert "Rien n’a changé" in words(answer.text)
    assert len(youssef.has()) == 1
    assert youssef.brings(("badge.json", document)).status_code == 303
    assert len(youssef.has()) == 2


@pytest.mark.breadth
def test_a_page_that_was_kept_is_not_shown_of_whoever_erased_all(maria: Person, recruiter: Stranger):
    """The page, its pictures, its files, its code: from the next request on they are those of a link that never was."""
    link = maria.link_of(maria.shows(*maria.has()))
    assert [recruiter.get(link).status_code for _ in range(2)] == [200, 200]
    never = recruiter.get("/s/" + "0" * 26)

    assert maria.post("/erasure").headers["location"] == "/erased"

    for path in ("", "/qr.svg", "/pictures/0", "/files/0", "/presentation", "/reports"):
        answer = recruiter.get(link + path)
        assert answer.status_code == 404, path
    assert recruiter.get(link).content.replace(link[3:].encode(), b"0" * 26) == never.content


OTHERS = "f" * 32
"""The id of another store."""


def files_of_two(person: Person) -> set[str]:
    """All that lies on the shelf, with a file of the other store: the same bytes may be theirs as well."""
    person.services.files.keep(b"of the other wallet")
    return set(person.services.files.names())


def test_from_a_shelf_of_another_store_nothing_goes_with_whoever_erases_and_the_next_start_ends_it(
    maria: Person, caplog: pytest.LogCaptureFixture
):
    """Their mount came in the place of ours. Rows stay until files can go with them; nobody sees anything of them."""
    services, before = maria.services, files_of_two(maria)
    ours = services.files.read_id() or ""
    services.files.write_id(OTHERS, anew=True)

    assert maria.post("/erasure").headers["location"] == "/erased"

    assert maria.get("/badges").headers["location"] == "/"
    assert set(services.files.names()) == before
    assert badges_left(maria) == 1
    services.erasures.replay(services.clock())
    assert (set(services.files.names()), badges_left(maria)) == (before, 1)
    told = [line.getMessage() for line in caplog.records if line.name == "wallet"]
    assert len(told) == 2
    assert all("one of them is not of this wallet" in line for line in told)

    services.files.write_id(ours, anew=True)
    services.erasures.replay(services.clock())
    assert [services.files.read(name) for name in services.files.names()] == [b"of the other wallet"]
    assert badges_left(maria) == 0


@pytest.mark.breadth
def test_nor_from_one_that_comes_in_the_place_of_ours_while_somebody_is_erased(
    maria: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """Between the last row and the first file."""
    services, before = maria.services, files_of_two(maria)
    ours = services.files.read_id() or ""

    def exchange(point: str) -> None:
        if point == "erasure.emptied":
            services.files.write_id(OTHERS, anew=True)

    monkeypatch.setattr(erasure, "failpoint", exchange)
    assert maria.post("/erasure").headers["location"] == "/erased"

    assert (set(services.files.names()), badges_left(maria)) == (before, 0)
    assert "one of them is not of this wallet" in caplog.text
    services.files.write_id(ours, anew=True)
    cleanup.clean_up(services.database, services.files, services.clock())
    assert [services.files.read(name) for name in services.files.names()] == [b"of the other wallet"]


def badges_left(person: Person) -> int:
    with person.services.database.reading() as session:
        return session.query(KeptBadge).count()
