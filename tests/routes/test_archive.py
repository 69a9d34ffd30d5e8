"""« Tout récupérer » over HTTP: who gets it, where it is not given, what is noted of it."""

import json

import pytest
from sqlalchemy import event, select, update
from starlette.applications import Starlette

from tests.fixtures.archives import opened, take, wallet_of
from tests.fixtures.visits import NOW, Clock, Person, Stranger, signed, words
from wallet.accounts import recoveries
from wallet.accounts.activity import Event
from wallet.accounts.holders import Device
from wallet.web.rate_limits import STRICT
from wallet.web.services import Services


def noted(person: Person) -> list[str]:
    """What happened, in the words of accounts/activity.py."""
    with person.services.database.reading() as session:
        return list(session.scalars(select(Event.what).order_by(Event.id)))


def is_of_all(person: Person) -> None:
    """The computer is one that others use too."""
    with person.services.database.writing() as session:
        session.execute(update(Device).values(is_shared=True))


@pytest.mark.breadth
def test_the_way_to_it_is_among_the_settings(maria: Person):
    assert 'href="/archive"' in maria.page("/settings")
    assert "Tout récupérer" in maria.reads("/settings")


def test_the_page_says_what_is_in_it_and_the_file_comes_by_itself(maria: Person):
    page = maria.page("/archive")

    assert '<meta http-equiv="refresh" content="0; url=/archive/file">' in page
    assert '<a class="button main" href="/archive/file">' in page
    assert "Le fichier de votre badge, comme vous l’avez reçu" in words(page)
    assert "Vos textes et vos adresses" not in words(page)


@pytest.mark.breadth
def test_the_page_counts_the_badges_that_she_has_and_promises_the_file_of_none_that_there_is_not(maria: Person):
    """Maria took one of two badges out, and then the other: « Mes badges » and this page count the same."""
    maria.brings(("b.json", signed("adapter-1")))
    first, second = maria.has()
    assert "Les fichiers de vos 2 badges" in maria.reads("/archive")

    maria.post(f"/badges/{first}/removal")
    assert "Le fichier de votre badge, comme vous l’avez reçu" in maria.reads("/archive")

    maria.post(f"/badges/{second}/removal")
    page = maria.reads("/archive")
    assert "de votre badge, comme" not in page
    assert "Ce que nous avons vérifié" not in page
    assert "Vos partages, en souvenir" in page


def test_it_is_a_file_to_keep_whose_length_is_told(maria: Person):
    answer = maria.get("/archive/file", headers={"Accept-Encoding": "gzip, br"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="mes-badges-2026-11-24.zip"')
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "content-encoding" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert wallet_of(opened(answer.content))["origin"] == "http://localhost:8000"


def test_it_is_called_after_the_day_on_the_wall(maria: Person, clock: Clock):
    clock.now = NOW.replace(hour=23, minute=30)
    maria.enters()

    assert "mes-badges-2026-11-25.zip" in maria.get("/archive/file").headers["content-disposition"]


def test_that_it_was_taken_is_noted_once(maria: Person):
    before = noted(maria)

    take(maria)
    assert maria.head("/archive/file").status_code == 200

    assert noted(maria) == [*before, "exported"]


def test_whoever_asks_what_it_is_like_is_told_no_length_that_it_has_not(maria: Person):
    """RFC 9110, 8.6: what fetches files asks first (HEAD), and took it for an empty one without a name."""
    like, answer = maria.head("/archive/file"), maria.get("/archive/file")

    assert {name: like.headers[name] for name in ("content-type", "cache-control")} == {
        name: answer.headers[name] for name in ("content-type", "cache-control")
    }
    assert not like.headers.keys() & {"content-length", "content-disposition"}


@pytest.mark.breadth
def test_a_disk_that_takes_no_note_gives_all_the_same(maria: Person):
    services: Services = maria.services

    def read_only(connection: object, *_what: object) -> None:
        connection.execute("PRAGMA query_only=ON")  # type: ignore[attr-defined]  # the driver's own

    event.listen(services.database.engine, "checkout", read_only)
    try:
        assert "wallet.json" in opened(take(maria))
    finally:
        event.remove(services.database.engine, "checkout", read_only)
        services.database.engine.dispose()

    assert "exported" not in noted(maria)


@pytest.mark.parametrize("path", ["/archive", "/archive/file"])
def test_nobody_else_gets_in(path: str, app: Starlette, visitor: Person, recruiter: Stranger):
    assert recruiter.get(path).headers["location"] == "/entry"
    visitor.brings(("badge.json", b"{}"))
    assert visitor.get(path).status_code == 303


def test_it_never_comes_onto_a_computer_that_others_use(maria: Person):
    is_of_all(maria)

    page = maria.page("/archive")
    answer = maria.get("/archive/file")

    assert "D’autres personnes se servent de cet ordinateur." in words(page)
    assert "http-equiv" not in page
    assert "/archive/file" not in page
    assert (answer.status_code, answer.headers["location"]) == (303, "/archive")
    assert "exported" not in noted(maria)


def test_while_a_return_goes_on_the_page_says_what_waits(maria: Person, clock: Clock):
    maria.tells(facts="Un client était en colère.")
    assert "Ce que vous avez raconté, avec photos et voix" in maria.reads("/archive")
    with maria.services.database.writing() as session:
        recoveries.begin_recovery(session, 1, "paper", "android", NOW)

    page = maria.reads("/archive")
    assert "Vos textes et vos adresses n’y sont pas encore." in page
    assert "après le 27 novembre 2026 à 11 h 12" in page
    assert "Vous recevez un dossier avec vos badges. Il marche sans nous." in page
    assert "Ce que vous avez raconté" not in page
    assert wallet_of(opened(take(maria)))["left_out_until"] == (NOW + recoveries.RECOVERY_GUARD).isoformat()
    assert noted(maria)[-1] == "exported-in-part"
    told = maria.reads("/devices")
    assert "Les badges ont été récupérés, sans les textes ni les adresses." in told
    assert "Tout a été récupéré." not in told


@pytest.mark.breadth
def test_whoever_takes_it_again_and_again_waits(maria: Person):
    most = STRICT["export"].amount

    answers = [maria.get("/archive/file").status_code for _ in range(most + 1)]

    assert answers == [200] * most + [429]


def test_everybody_may_read_the_schema(recruiter: Stranger, maria: Person):
    answer = recruiter.get("/schemas/wallet-1.json")

    found = opened(take(maria))
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == json.loads(found["schema.json"])
    assert wallet_of(found)["schema_at"].endswith("/schemas/wallet-1.json")
