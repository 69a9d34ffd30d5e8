"""« Messages »: read, erased and put back, reported, and told by a letter that says nothing and can be stopped."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.mail import Mailroom, Served, body, codes_for
from tests.fixtures.screens import pages
from tests.fixtures.screens_messages import SCREENS_OF_MESSAGES
from tests.fixtures.visits import Clock, Person, Stranger, signed, words
from tests.routes.test_lasting_page import begins
from tests.routes.test_recovery_codes import makes_a_paper, opens
from wallet.accounts import outbox
from wallet.accounts.holders import Holder
from wallet.messages.models import Message
from wallet.operations import cleanup
from wallet.web.services import Services

MARIA = "maria@exemple.fr"
FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
WARNING = "Ne donnez ni argent ni papiers."


@pytest.fixture
@made_once
def share(maria: Person) -> str:
    return maria.shows(*maria.has(), name="Maria", other="Chez Durand", purpose="")


@pytest.fixture
@made_once
def link(maria: Person, share: str) -> str:
    return maria.link_of(share)


def sends(app: Starlette, link: str, number: int = 1, **said: str) -> Any:
    told = {"choice": "question", "text": f"Question {number} ?", "sender": f"Yann {number}", "reply_to": "06 00"}
    who = Person(app, address=f"192.0.{number}.7")
    answer = who.post(f"{link}/reply", data=told | said)
    assert answer.status_code == 303
    return answer


def kept(app: Starlette) -> list[Message]:
    with app.state.services.database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def owns(person: Person) -> None:
    """A confirmed address."""
    at = person.post("/addresses", data={"address": MARIA}).headers["location"]
    person.post(f"{at}/verification", data={"code": codes_for(person.services, MARIA)[-1]})


@pytest.mark.breadth
def test_it_is_new_until_it_is_read(maria: Person, link: str, app: Starlette):
    assert "Vous n’avez pas de message." in maria.reads("/messages")
    sends(app, link, 1)
    sends(app, link, 2, choice="no", reply_to="", text="")

    assert "2 nouveaux" in maria.reads("/settings")
    assert words(maria.page("/messages")).count("Nouveau") == 2
    page = maria.reads("/messages/1")
    for told in ("Yann 1", "Pose une question", "Question 1 ?", "06 00", WARNING, "pour : Chez Durand"):
        assert told in page
    assert "1 nouveau" in maria.reads("/settings")
    assert "Pas cette fois" in maria.reads("/messages/2")
    assert "Rien de nouveau" in maria.reads("/settings")


def test_her_badges_say_at_once_that_one_came_however_often_she_looked_before(maria: Person, link: str, app: Starlette):
    maria.brings(("another.json", signed("organiser-1")))
    before = [maria.page("/badges") for _ in range(2)]
    assert before[0] == before[1]

    sends(app, link)

    assert maria.page("/badges") != before[0]


@pytest.mark.breadth
def test_one_that_answers_her_page_says_so_by_the_name_that_she_knows(maria: Person, app: Starlette):
    sends(app, begins(maria))

    page = maria.reads("/messages/1")
    assert "C’est une réponse à « Ma page »." in page
    assert "Ne plus recevoir de messages par « Ma page »" in page
    assert "partage" not in page.partition("Question 1 ?")[2].partition("Signaler")[0], (
        "« Mes partages » has none of that day"
    )


@pytest.mark.breadth
def test_it_stays_when_the_share_is_over_and_forgotten(maria: Person, share: str, link: str, app: Starlette):
    sends(app, link)
    maria.post(f"{share}/stopping")
    maria.post(f"{share}/removal")

    assert kept(app)[0].share_id is None
    page = maria.reads("/messages/1")
    assert "pour : Chez Durand" in page
    assert "Ne plus recevoir de messages par ce partage" not in page


@pytest.mark.breadth
def test_it_is_erased_and_put_back_for_a_day(maria: Person, link: str, app: Starlette, clock: Clock):
    sends(app, link)
    for _ in range(2):
        gone = maria.post("/messages/1/removal")
        assert gone.headers["location"] == "/messages?removed=1"
    assert maria.get("/messages/1").status_code == 404
    page = maria.page(gone.headers["location"])
    assert "Yann" not in words(page)
    (undo,) = re.findall(r'action="([^"]*/return)"', page)
    assert "Yann 1" in maria.reads(maria.post(undo).headers["location"])

    maria.post("/messages/1/removal")
    clock.move(days=1, minutes=1)
    cleanup.forget_expired(maria.services.database, clock())
    assert maria.post(undo).status_code == 404
    assert kept(app) == []


def test_no_address_says_of_messages_what_is_not_so(maria: Person, share: str, link: str, app: Starlette):
    sends(app, link)
    number, done = share.rpartition("/")[2], 'class="outcome ok"'
    for query in (
        "removed=1",
        "removed=999",
        "back=999",
        "closed=999",
        f"closed={number}",
        "removed-new=1",
        "done=letters",
    ):
        assert done not in maria.page(f"/messages?{query}"), query

    maria.post("/messages/1/removal")
    assert done in maria.page("/messages?removed=1")
    assert done in maria.page("/messages?removed-new=1"), "all that were new are erased, and can be put back"
    maria.post("/messages/1/return")
    assert done not in maria.page("/messages?removed=1")
    assert "Le message est de nouveau ici." in maria.reads("/messages?back=1")
    maria.post("/messages/1/closing")
    assert done in maria.page(f"/messages?closed={number}")


@pytest.mark.breadth
def test_after_a_year_nobody_sees_it(maria: Person, link: str, app: Starlette, clock: Clock):
    sends(app, link)
    clock.move(days=366)
    maria.enters()

    assert maria.get("/messages/1").status_code == 404
    cleanup.forget_expired(maria.services.database, clock())
    assert kept(app) == []


def test_it_is_reported_with_one_tap(maria: Person, link: str, app: Starlette):
    sends(app, link)

    answer = maria.post("/messages/1/report")

    page = maria.reads(answer.headers["location"])
    assert "L’équipe de ce site va lire ce message." in page
    assert "Vous l’avez signalé le" in page
    assert kept(app)[0].reported_at is not None


def test_a_share_is_closed_for_messages_with_one_tap_and_that_is_undone(maria: Person, link: str, app: Starlette):
    sends(app, link)

    page = maria.page(maria.post("/messages/1/closing").headers["location"])

    assert "Vous ne recevez plus de messages par ce lien." in words(page)
    assert "/reply" not in Stranger(app).page(link)
    (undo,) = re.findall(r'action="(/shares/1/messages\?on=1)"', page)
    maria.post(undo)
    assert "/reply" in Stranger(app).page(link)


def test_somebody_elses_is_not_there(maria: Person, youssef: Person, share: str, link: str, app: Starlette):
    sends(app, link)
    for path in ("removal", "return", "report", "closing"):
        assert youssef.post(f"/messages/1/{path}").status_code == 404
    assert youssef.post(f"{share}/messages").status_code == 404
    assert kept(app)[0].removed_at is None


def test_a_thief_reads_but_nothing_counts_as_read_nor_goes(maria: Person, link: str, app: Starlette):
    sends(app, link)
    thief = Person(app, address="198.51.100.77")
    assert opens(thief, makes_a_paper(maria))

    assert "Question 1 ?" in thief.reads("/messages/1")
    assert thief.post("/messages/1/removal").status_code == 409
    assert kept(app)[0].read_at is None
    assert "1 nouveau" in maria.reads("/settings")


def test_a_thief_closes_no_share_for_messages(maria: Person, share: str, link: str, app: Starlette):
    sends(app, link)
    thief = Person(app, address="198.51.100.77")
    assert opens(thief, makes_a_paper(maria))

    assert [thief.post(at).status_code for at in ("/messages/1/closing", f"{share}/messages")] == [409, 409]

    sends(app, link, 2)
    assert maria.post(f"{share}/messages").status_code == 303, "she herself may"


def test_many_are_on_pages(maria: Person, link: str, app: Starlette):
    sends(app, link)
    with app.state.services.database.writing() as session:
        one = session.scalars(select(Message)).one()
        told = {column.name: getattr(one, column.name) for column in Message.__table__.columns if column.name != "id"}
        session.add_all(Message(**told | {"sender": f"Paul {number}"}) for number in range(70))

    assert "Page 1 sur 2" in maria.reads("/messages")
    assert "Yann 1" in maria.reads("/messages?page=2")
    assert maria.get("/messages?page=999999999").status_code == 200


def test_after_a_flood_all_new_ones_are_erased_together_and_put_back(maria: Person, link: str, app: Starlette):
    for number in range(11):
        sends(app, link, number)
        if number == 9:
            assert "Trop de messages ?" in maria.reads("/messages")
    maria.get("/messages/1")

    page = maria.page(maria.post("/messages/removal").headers["location"])

    assert "Yann 0" in words(page)
    assert "Yann 10" not in words(page)
    (undo,) = re.findall(r'action="(/messages/return[^"]*)"', page)
    assert "Yann 10" in maria.reads(maria.post(undo).headers["location"])
    assert "Trop de messages ?" in maria.reads("/messages")


def test_a_flood_that_is_erased_or_put_back_by_two_taps_brings_nothing_else_back(
    maria: Person, youssef: Person, link: str, app: Starlette, clock: Clock
):
    for number in range(3):
        sends(app, link, number)
    maria.post("/messages/1/removal")
    clock.move(minutes=5)

    first = maria.post("/messages/removal").headers["location"]
    clock.move(minutes=1)
    again = maria.post("/messages/removal").headers["location"]

    assert again == first, "the same ones can be put back"
    (undo,) = re.findall(r'action="(/messages/return[^"]*)"', maria.page(again))
    youssef.post(undo)
    assert "Vous n’avez pas de message." in maria.reads("/messages")
    for _ in range(2):
        page = maria.reads(maria.post(undo).headers["location"])
        assert ("Yann 1" in page, "Yann 2" in page, "Yann 0" in page) == (True, True, False)


# Letters


@pytest.fixture
def told(maria: Person) -> Person:
    """Maria, who wants to be told."""
    assert "Il faut d’abord une adresse e-mail confirmée." in maria.reads("/messages")
    assert maria.post("/messages/letters", data={"on": "1"}).headers["location"] == "/addresses"
    owns(maria)
    page = maria.page(maria.post("/messages/letters", data={"on": "1"}).headers["location"])
    assert f"{MARIA} Nous vous écrivons quand un message vous attend." in words(page)
    return maria


def rounds(services: Services, server: Served) -> None:
    """The chore that sends letters."""
    outbox.send_due(
        services.database,
        server.mailer(),
        services.keyring.unseal,
        services.pages.letter,
        services.clock,
        stop_at=lambda token: services.address("letters.stop", token=token),
    )


def test_a_letter_says_that_something_waits_and_is_stopped_by_its_link(
    told: Person, link: str, app: Starlette, mail_server: Served, mailroom: Mailroom, recruiter: Stranger
):
    rounds(told.services, mail_server)
    mailroom.letters.clear()
    sends(app, link, text="Un secret", sender="Yann Le Goff")
    sends(app, link, 2)
    rounds(told.services, mail_server)

    (letter,) = mailroom.letters
    text = body(letter)
    assert "Un message vous attend dans Mes badges." in text
    for secret in ("Yann", "secret", "06 00", "Maria", "Durand"):
        assert secret not in text
    (stop,) = re.findall(r"http\S+(/letters/\S+)", text)
    assert letter["List-Unsubscribe"] == f"<{told.services.settings.origin}{stop}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    page = recruiter.page(stop)
    assert "Ne plus recevoir ces e-mails" in words(page)
    assert wants(app), "looking stops nothing"
    answer = recruiter.post(stop, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, "a mail program says nothing of where it comes from"
    assert "set-cookie" not in answer.headers
    assert "Nous ne vous écrivons plus." in words(answer.text)
    assert not wants(app)
    assert told.services.keyring


def wants(app: Starlette) -> bool:
    with app.state.services.database.reading() as session:
        return session.scalars(select(Holder.wants_letters).order_by(Holder.id)).all()[0]


def test_a_link_that_is_none_of_ours_stops_nothing(told: Person, recruiter: Stranger, app: Starlette):
    for token in ("x", "1-x", f"1-{'A' * 22}", "9" * 300, "%00", "1-é"):
        for answer in (recruiter.get(f"/letters/{token}"), recruiter.post(f"/letters/{token}")):
            assert answer.status_code == 404, token
            assert "Ce lien ne marche pas." in words(answer.text), token
    assert wants(app)


def test_they_are_stopped_in_the_wallet_too(told: Person, app: Starlette):
    told.post("/messages/letters")
    assert not wants(app)


def test_a_form_from_elsewhere_still_opens_nothing_but_that(recruiter: Stranger, maria: Person):
    assert recruiter.post("/letters", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert maria.post("/messages/letters", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


# What the pages say, in the states of tests/fixtures/screens_messages.py.

WARNED = "Ne donnez ni argent ni papiers. Nous n’avons pas vérifié qui écrit."
UNTIL = "Nous l’effaçons le 24 novembre 2027."
OF_CV = "C’est une réponse à votre partage du 21 novembre 2026, pour : CV"


@pytest.mark.parametrize(
    ("state", "said"),
    {
        "message": (OF_CV, "Ne plus recevoir de messages par ce partage", "Signaler L’équipe"),
        "message, to her page": ("C’est une réponse à « Ma page ».", "messages par « Ma page »", "Signaler L’équipe"),
        "message, reported": (OF_CV, "Vous l’avez signalé le 24 novembre 2026."),
        "message, of a folder": ("Ce message vient de votre dossier.",),
    }.items(),
)
def test_a_message_says_what_it_answers_and_until_when_it_is_there_and_offers_what_helps(
    state: str, said: tuple[str, ...]
):
    told = drawn(state)

    every = (OF_CV, "« Ma page »", "de votre dossier", "par ce partage", "Signaler L’équipe", "Vous l’avez signalé")
    assert [one for one in (*said, WARNED, UNTIL) if one not in told] == []
    assert [one for one in every if one in told and not any(one in right for right in said)] == []


def test_the_list_says_of_each_message_whether_it_is_new_what_it_wants_and_for_what_the_share_was():
    told = drawn("messages")
    rows = [
        told.partition(who)[2].partition("24 novembre")[0].split(" Nouveau")[0].strip()
        for who in ("Port", "N" * 80, "محمد")
    ]

    assert told.count("Nouveau") == 2, "and not of the one that was read"
    assert "Nouveau محمد" not in told
    assert rows == ["Propose une rencontre", "Pose une question", "Pas cette fois"]
    assert "24 novembre 2026 · CV Nouveau" in told
    assert "Nous vous écrivons 1 fois par jour au plus." in told, "to whoever asks for no letters as yet"
    assert "Nous vous écrivons quand un message vous attend. L’e-mail" in drawn("messages, told by e-mail")


def drawn(state: str) -> str:
    """The words of the page in that *state*, less what all pages have."""
    template, context = SCREENS_OF_MESSAGES[state]
    return words(pages().render(template, "fr", **context).partition("<main")[2].partition("</main>")[0])
