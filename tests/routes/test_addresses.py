"""The holder's addresses over HTTP: typed, verified by a code, taken away; and where there is no mail server, nothing."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.fixtures.archived import WORKSHOP, Archive
from tests.fixtures.made_once import has
from tests.fixtures.mail import SENDER, Mailroom, Served, codes_for, kinds_for
from tests.fixtures.patience import eventually
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import Clock, IssuersWeb, Person, Stranger, holder, signed, words
from tests.openbadges.support import guild
from wallet.accounts import outbox
from wallet.accounts.mailed_codes import MailedCode
from wallet.app import create_app
from wallet.badges.models import KeptBadge
from wallet.concurrency import Limit
from wallet.settings import MailServer, Settings
from wallet.web import rate_limits

MARIA = "maria@exemple.fr"


def adds(person: Person, address: str = MARIA) -> str:
    """The page where the code is typed."""
    answer = person.post("/addresses", data={"address": address})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def owns(person: Person, address: str = MARIA) -> str:
    """An address of theirs, verified: where it is."""
    at = adds(person, address)
    answer = person.post(f"{at}/verification", data={"code": codes_for(person.services, address)[-1]})
    assert answer.headers["location"] == "/addresses?done=right"
    return at


@pytest.mark.breadth
def test_an_address_is_typed_its_code_too_and_it_is_mine(maria: Person):
    assert "Vous n’avez pas donné d’adresse. Ce n’est pas obligatoire." in maria.reads("/addresses")

    at = adds(maria)
    assert "Nous avons écrit à cette adresse : maria@exemple.fr" in maria.reads(at)
    assert 'autocomplete="one-time-code"' in maria.page(at)
    for told in ('inputmode="text"', 'autocapitalize="characters"', "Il a 8 signes"):
        assert told in maria.page(at)
    answer = maria.post(f"{at}/verification", data={"code": codes_for(maria.services, MARIA)[0]}, follow_redirects=True)

    assert "C’est fait. Cette adresse est à vous." in words(answer.text)
    assert "Elle est à vous depuis le 24 novembre 2026." in words(answer.text)
    assert maria.get(at).headers["location"] == "/addresses"
    assert "Mes adresses e-mail" in maria.reads("/settings")


def test_a_code_that_is_not_good_says_so_and_another_one_may_be_asked_for(maria: Person, clock: Clock):
    at = adds(maria)

    for wrong in ("000", "abc\x00", "9" * 5000, "٤٨٢٩١٣"):
        answer = maria.post(f"{at}/verification", data={"code": wrong})
        assert answer.status_code == 422
        assert "Ce code n’est pas bon, ou il est trop vieux." in words(answer.text)
        assert "<title>Erreur" in answer.text
    clock.move(minutes=1)
    assert "Un code est parti." in words(maria.post(f"{at}/letter", follow_redirects=True).text)
    assert len(codes_for(maria.services, MARIA)) == 2
    assert maria.post(f"{at}/verification", data={"code": codes_for(maria.services, MARIA)[1]}).status_code == 303


def test_whoever_touched_the_button_before_the_letter_came_spent_no_try(maria: Person):
    at = adds(maria)

    for none in ("", " ", "", "\u200b", "", " - "):
        answer = maria.post(f"{at}/verification", data={"code": none})
        assert answer.status_code == 422
        assert "Tapez le code." in words(answer.text)
        assert "trop vieux" not in words(answer.text)

    assert maria.post(f"{at}/verification", data={"code": codes_for(maria.services, MARIA)[0]}).status_code == 303


def test_whoever_types_very_many_codes_waits(maria: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(rate_limits.STRICT, "code", Limit(2, 3600))
    at = adds(maria)

    tries = [maria.post(f"{at}/verification", data={"code": "x"}).status_code for _ in range(3)]

    assert tries == [422, 422, 429]


def test_of_an_address_that_an_archive_brought_nobody_is_told_that_a_code_went_there(maria: Person, clock: Clock):
    maria.brings(("mes-badges.zip", Archive(addresses=[WORKSHOP]).add(signed()).packed()))

    page = maria.reads("/addresses")
    assert "Vous n’avez pas encore confirmé cette adresse. Recevoir un code" in page
    assert "Nous attendons votre code." not in page
    (at,) = re.findall(r'action="(/addresses/\d+/letter)"', maria.page("/addresses"))
    assert "Un code est parti." in words(maria.post(at, follow_redirects=True).text)
    assert "Nous attendons votre code. Taper le code" in maria.reads("/addresses")
    clock.move(hours=1, seconds=1)  # the code is over
    assert "Nous attendons votre code." not in maria.reads("/addresses")


@pytest.mark.breadth
def test_where_no_code_goes_any_more_nobody_is_told_that_one_did(maria: Person, clock: Clock):
    at = adds(maria)
    assert "Un code est parti." in words(maria.post(f"{at}/letter", follow_redirects=True).text), "the one of just now"
    for _ in range(4):
        clock.move(minutes=2)
        maria.post(f"{at}/letter")
    clock.move(minutes=2)

    refused = maria.post(f"{at}/letter", follow_redirects=True)

    assert len(codes_for(maria.services, MARIA)) == 5
    assert refused.status_code == 429
    assert "Un code est parti." not in words(refused.text)
    assert "Prenez celui du dernier e-mail. Ou attendez une heure." in words(refused.text)
    assert maria.post(f"{at}/verification", data={"code": codes_for(maria.services, MARIA)[-1]}).status_code == 303


def test_an_address_typed_again_to_which_no_code_goes_yet_is_not_said_to_have_one(maria: Person, clock: Clock):
    """Maria removes her address and types it again at once: no second letter goes within the minute, and the first code is over."""
    maria.post(f"{adds(maria)}/removal")

    again = maria.post("/addresses", data={"address": MARIA}, follow_redirects=True)

    assert "Nous avons écrit à cette adresse" not in words(again.text)
    assert "Vous n’avez pas encore confirmé cette adresse. Recevoir un code" in words(again.text)
    [at] = re.findall(r'action="(/addresses/\d+/letter)"', again.text)
    early = maria.post(at)
    assert early.status_code == 429
    assert "Nous avons écrit à cette adresse" not in words(early.text)
    assert "Prenez celui du dernier e-mail." not in words(early.text), "that one opens nothing any more"
    assert "Attendez une minute, puis recommencez. Si rien ne part encore, attendez une heure." in words(early.text)
    assert "indésirables" not in words(early.text), "nor does the one that lies there"
    assert 'name="code"' not in early.text, "and there is none to be typed"
    clock.move(minutes=1)
    assert "Un code est parti." in words(maria.post(at, follow_redirects=True).text)


def test_what_is_no_address_is_told_and_stays_to_be_corrected(maria: Person):
    for typed in ("", "maria", "maria@exemple", "a@b.fr\nBcc: c@d.fr", "m" * 5000 + "@exemple.fr"):
        answer = maria.post("/addresses", data={"address": typed})

        assert answer.status_code == 422, typed
        assert "Ce n’est pas une adresse e-mail entière." in words(answer.text), typed
        if typed == "maria":
            assert 'value="maria"' in answer.text


def test_a_sixth_address_waits_for_one_to_go(maria: Person):
    for number in range(5):
        adds(maria, f"maria{number}@exemple.fr")

    answer = maria.post("/addresses", data={"address": MARIA}, follow_redirects=True)

    assert "Vous avez 5 adresses. Enlevez-en une pour en ajouter une autre." in words(answer.text)
    assert "maria5" not in answer.text
    assert kinds_for(maria.services, MARIA) == []


def test_an_address_goes_and_its_badge_stays_mine(maria: Person):
    at = owns(maria)

    answer = maria.post(f"{at}/removal", follow_redirects=True)

    assert "L’adresse est enlevée." in words(answer.text)
    assert MARIA not in answer.text
    assert maria.post(f"{at}/removal").headers["location"] == "/addresses", "touched twice"


def test_who_did_not_just_show_a_key_is_asked_to(maria: Person, clock: Clock):
    at = owns(maria)
    clock.move(minutes=6)

    for path in (f"{at}/removal", "/addresses"):
        answer = maria.post(path, data={"address": "new@exemple.fr", "here": "/addresses"})
        assert answer.headers["location"] == "/confirmation?next=/addresses"
    assert maria.get("/addresses/new").headers["location"] == "/confirmation?next=/addresses/new"
    assert MARIA in maria.page("/addresses")
    assert "new@exemple.fr" not in maria.page("/addresses")


def test_an_address_typed_on_a_page_left_open_is_not_added_to_the_badges_of_whoever_entered_since(
    maria: Person, youssef: Person
):
    """One phone for two: once she typed the code that came to her, her mailbox would open his badges."""
    [left_open] = re.findall('name="of" value="([^"]*)"', maria.page("/addresses/new"))
    maria.post("/leaving")
    maria.key = youssef.key
    maria.enters()

    answer = maria.post("/addresses", data={"address": MARIA, "of": left_open})

    assert answer.headers["location"] == "/addresses?done=another"
    assert "Rien n’a changé. D’autres badges ont été ouverts ici depuis." in maria.reads("/addresses?done=another")
    assert codes_for(youssef.services, MARIA) == []
    [own] = re.findall('name="of" value="([^"]*)"', maria.page("/addresses/new"))
    assert maria.post("/addresses", data={"address": "youssef@exemple.fr", "of": own}).status_code == 303
    assert len(codes_for(youssef.services, "youssef@exemple.fr")) == 1


def test_asking_for_another_holders_address_is_like_asking_for_anybodys(maria: Person, youssef: Person, clock: Clock):
    owns(maria)
    clock.move(minutes=2)

    pages = []
    for address in (MARIA, "nobody@exemple.fr"):
        at = adds(youssef, address)
        wrong = youssef.post(f"{at}/verification", data={"code": "x"})
        pages.append(
            [(one.status_code, re.sub(rf"{address}|/addresses/\d+", "", one.text)) for one in (youssef.get(at), wrong)]
        )
    assert pages[0] == pages[1]

    code = codes_for(youssef.services, MARIA)[-1]
    told = youssef.post("/addresses/2/verification", data={"code": code})
    assert told.status_code == 422
    assert "Cette adresse ouvre déjà d’autres badges. Elle ne peut pas servir deux fois." in words(told.text)
    assert "Elle est à vous" in maria.reads("/addresses")


def test_a_badge_named_to_another_address_leads_to_adding_that_one(app: Starlette, clock: Clock):
    maria = holder(
        app, ("mine.json", signed(recipient=MARIA)), ("old.json", signed("adapter-1", recipient="old@exemple.fr"))
    )
    old, mine = maria.has()
    owns(maria)
    assert "Ce badge a été donné à une autre adresse e-mail." in maria.reads(f"/badges/{old}")
    assert 'href="/addresses/new">Ajouter cette adresse' in maria.page(f"/badges/{old}")
    assert "Il est donné à la bonne adresse." in maria.reads(f"/badges/{mine}")

    clock.move(minutes=2)
    owns(maria, "old@exemple.fr")

    assert "autre adresse" not in maria.reads(f"/badges/{old}")
    assert "Ajouter cette adresse" not in maria.page(f"/badges/{old}")
    maria.brings(("new.json", signed("organiser-1", recipient=MARIA)))
    assert "Il est donné à la bonne adresse." in maria.reads(f"/badges/{maria.has()[0]}")


@pytest.mark.breadth
def test_a_page_seen_before_says_at_once_what_an_address_changes(app: Starlette, recruiter: Stranger):
    """To Maria; whoever reads her share is told no worse of her than of somebody who told no address at all."""
    maria = holder(app, ("old.json", signed(recipient="old@exemple.fr")), ("other.json", signed("adapter-1")))
    link = maria.link_of(maria.shows(*has(maria)))
    shown, before = recruiter.reads(link), maria.page("/badges")

    at = owns(maria)
    assert recruiter.reads(link) == shown
    assert maria.page("/badges") != before

    maria.post(f"{at}/removal")
    assert recruiter.reads(link) == shown
    assert maria.page("/badges") == before


@pytest.mark.breadth
def test_a_page_seen_before_says_at_once_that_maria_confirmed_the_address_of_her_badge(
    app: Starlette, recruiter: Stranger
):
    """A badge that bears an address alone: a recruiter learns whether Maria confirmed it, and not what it is."""
    named = guild.badge()
    named["credentialSubject"]["identifier"] = [guild.identity(MARIA, "sel")]
    maria = holder(app, ("badge.json", json.dumps(guild.signed(named)).encode()))
    link = maria.link_of(maria.shows(*maria.has(), name="Maria"))
    pages = (link, f"{link}/badges/0")
    open_question, confirmed = "Maria n’a pas encore confirmé cette adresse.", "Maria a confirmé cette adresse."
    assert [open_question in recruiter.reads(path) for path in pages] == [True, True]
    assert "À elle ?" in recruiter.reads(link)

    at = owns(maria)
    for path in pages:
        told = recruiter.reads(path)
        assert confirmed in told
        assert open_question not in told
        assert "exemple.fr" not in told, "the address itself stays with Maria"

    maria.post(f"{at}/removal")
    assert [confirmed in recruiter.reads(path) for path in pages] == [True, True], "it was, and that stays"


@pytest.mark.breadth
def test_what_comes_in_or_is_checked_again_is_matched_with_what_is_mine(app: Starlette, clock: Clock):
    maria = holder(app, ("first.json", signed(recipient=MARIA)))
    at = owns(maria)
    maria.brings(("second.json", signed("adapter-1", recipient=MARIA)))
    maria.post(f"{at}/removal")
    clock.move(days=1)
    for id in maria.has():
        assert maria.post(f"/badges/{id}/verifications").status_code == 303

    with app.state.services.database.reading() as session:
        proofs = list(session.scalars(select(KeptBadge.match).order_by(KeptBadge.id)))
    assert [proof and proof["address"] for proof in proofs] == [MARIA, MARIA]
    assert all(proof and proof["at"].startswith("2026-11-24") for proof in proofs), "the first proof stays"
    for id in maria.has():
        assert "Il est donné à la bonne adresse." in maria.reads(f"/badges/{id}")


# With a real mail server, and with none


def put_together(settings: Settings, web: IssuersWeb, clock: Clock) -> Iterator[Starlette]:
    app = create_app(settings, web, clock)  # type: ignore[arg-type]  # a dict is web enough
    make_tables(app.state.services.database)
    yield app
    app.state.services.database.close()


@pytest.mark.breadth
def test_the_letter_goes_while_the_person_looks_and_not_a_minute_later(
    settings: Settings,
    web: IssuersWeb,
    clock: Clock,
    mail_server: Served,
    mailroom: Mailroom,
    monkeypatch: pytest.MonkeyPatch,
):
    """The chore of this worker sleeps when it has nothing to do, here for an hour: the letter wakes it."""
    send, rounds = outbox.send_due, list[int]()

    def noted(*what: Any, **more: Any) -> None:
        send(*what, **more)
        rounds.append(1)

    monkeypatch.setattr(outbox, "send_due", noted)
    monkeypatch.setattr("wallet.accounts.send_due", noted)
    monkeypatch.setattr("wallet.operations.background.ROUND_EVERY", 3600)
    port = mail_server.controller.port
    ours = replace(settings, mail=MailServer(host="localhost", port=port, security="none", sender=SENDER))
    app = create_app(ours, web, clock)  # type: ignore[arg-type]
    with TestClient(app, settings.origin):
        maria = holder(app)
        assert eventually(lambda: rounds)
        adds(maria)
        assert eventually(mailroom.codes)
        assert eventually(lambda: kinds_for(app.state.services, MARIA) == [])

    assert mailroom.to == [MARIA]
    assert maria.services.settings.mail


def test_without_a_mail_server_nothing_is_said_of_addresses(settings: Settings, web: IssuersWeb, clock: Clock):
    for app in put_together(replace(settings, mail=None), web, clock):
        maria = holder(app, ("old.json", signed(recipient="old@exemple.fr")))
        for path in ("/addresses", "/addresses/new", "/addresses/1"):
            assert maria.get(path).status_code == 404, path
        for path in ("/addresses", "/addresses/1/verification", "/addresses/1/letter", "/addresses/1/removal"):
            assert maria.post(path, data={"address": MARIA}).status_code == 404, path
        for path in ("/addresses", "/addresses/1/verification", "/entry/mail", "/entry/mail/code"):
            assert maria.post(path, data={"step": "again"}).status_code == 404, f"{path} in the other language"
        for path in ("/entry/mail", "/entry/mail/code"):
            assert Person(app).get(path).status_code == 404, path
            assert Person(app).post(path, data={"address": MARIA, "code": "1"}).status_code == 404, path
        for path in ("/settings", "/help", "/privacy", f"/badges/{maria.has()[0]}"):
            page = maria.page(path)
            assert "/addresses" not in page
            assert "/entry/mail" not in page
        assert "#letters" not in maria.page("/settings"), "no way to a place that is not there"
        assert 'id="letters"' not in maria.page("/messages")
        assert "Une adresse e-mail n’est pas obligatoire." not in maria.reads("/privacy")


@pytest.mark.breadth
def test_the_password_and_the_addresses_are_in_no_log(
    settings: Settings, web: IssuersWeb, clock: Clock, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    mail = MailServer(host="localhost", port=1, security="starttls", sender=SENDER, user="badges", password="s3cret")
    app = create_app(replace(settings, mail=mail), web, clock)  # type: ignore[arg-type]
    with caplog.at_level("INFO"), TestClient(app, settings.origin):
        adds(holder(app))
        assert eventually(lambda: "was not taken" in caplog.text)

    assert "s3cret" not in caplog.text
    assert MARIA not in caplog.text


@pytest.mark.breadth
def test_no_code_tells_of_an_address_whose_holder_erased_all(app: Starlette, maria: Person, clock: Clock):
    Person(app).post("/entry/mail", data={"address": MARIA})
    Person(app).post("/entry/mail", data={"address": "youssef@exemple.fr"})
    owns(maria)

    assert maria.post("/erasure").headers["location"] == "/erased"

    with maria.services.database.reading() as session:
        assert session.scalars(select(MailedCode.plain)).all() == ["youssef@exemple.fr"]
