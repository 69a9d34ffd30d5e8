"""« Répondre »: whoever is shown a share answers, without an account; what they typed is text, comes once, and finds its end."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.screens import pages
from tests.fixtures.visits import NOW, Clock, Person, Stranger, words
from wallet.messages import incoming
from wallet.messages.models import Message
from wallet.web.rate_limits import HOUR, LOOSE, Limit

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
YANN = {
    "choice": "meet",
    "text": "Bonjour Sonia, pouvez-vous venir mardi à 14 h ?",
    "sender": "Yann Le Goff, Épicerie du Port",
    "reply_to": "02 31 00 00 00",
}
GIVEN_BACK = f">Je propose une rencontre\n{YANN['text']}\n{YANN['sender']}\n{YANN['reply_to']}</textarea>"
"""What cannot be sent, to be copied."""
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


@pytest.fixture
@made_once
def share(maria: Person) -> str:
    return maria.shows(*maria.has(), name="Maria D.", other="CV", purpose="")


@pytest.fixture
@made_once
def link(maria: Person, share: str) -> str:
    return maria.link_of(share)


def sends(who: Person, link: str, query: str = "", **said: str) -> Any:
    return who.post(f"{link}/reply{query}", data=YANN | said, headers=FROM_THE_PAGE)


def somebody(app: Starlette, number: int) -> Person:
    """Of a network of their own."""
    return Person(app, address=f"192.{number // 250 % 250}.{number % 250}.7")


def kept(app: Starlette) -> list[Message]:
    with app.state.services.database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def test_it_is_written_sent_and_read_by_nobody_but_its_holder(
    recruiter: Stranger, maria: Person, youssef: Person, link: str, app: Starlette
):
    page = recruiter.page(link)
    assert re.search(r'class="button main"\s+href="[^"]*/reply"', page)
    assert "Répondre à Maria" in words(page)
    form = recruiter.get(f"{link}/reply")
    assert "set-cookie" not in form.headers
    assert "<script" not in form.text
    assert "Maria lit votre message dans ses badges. Il y reste 12 mois, ou moins s’il est effacé avant." in words(
        form.text
    )
    assert re.findall(r'name="choice" value="(\w+)"', form.text) == ["meet", "question", "no"]

    answer = sends(recruiter, link)

    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    sent = recruiter.page(answer.headers["location"])
    assert "Votre message est parti" in words(sent)
    (other,) = re.findall(r'href="(\?[^"]*lang=en)"', sent)
    assert "Your message has been sent" in recruiter.reads(f"{link}/reply{unescape(other)}"), (
        "in the other language, too"
    )
    (one,) = kept(app)
    assert (one.choice, one.text, one.sender, one.reply_to) == tuple(YANN.values())
    assert (one.purpose, one.sent_at, one.read_at) == ("CV", NOW, None)
    assert "Yann Le Goff" in maria.reads("/messages")
    assert youssef.get("/messages/1").status_code == 404
    assert "Yann" not in youssef.reads("/messages")


def test_nothing_is_kept_of_who_writes_but_what_they_typed(recruiter: Stranger, link: str, app: Starlette):
    sends(recruiter, link, email="yann@exemple.fr", holder_id="2", read_at="2026-01-01")

    columns = set(Message.__table__.columns.keys())
    assert {"text", "sender", "reply_to", "choice"} < columns
    assert not columns & {"address", "network", "user_agent", "browser"}
    assert kept(app)[0].holder_id == 1
    assert kept(app)[0].read_at is None


def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(recruiter: Stranger, link: str, app: Starlette):
    answer = sends(recruiter, link, choice="", reply_to="", text="é" * 201)

    assert answer.status_code == 422
    page = words(answer.text)
    assert "Il y a 2 choses à corriger" in page
    assert "Choisissez une réponse." in page
    assert "Votre texte est trop long. Il peut avoir 200 signes." in page
    assert f"{'é' * 201}</textarea>" in answer.text
    assert YANN["sender"] in unescape(answer.text)
    asked = sends(recruiter, link, choice="question", text=" \u200b", sender="\u202e", reply_to="").text
    for told in ("Écrivez votre question.", "Écrivez votre nom.", "Écrivez votre téléphone ou votre e-mail."):
        assert told in words(asked)
    assert re.findall(r'value="(\w+)" checked', asked) == ["question"], "what was ticked stays ticked"
    assert kept(app) == []
    assert sends(recruiter, link, choice="no", text="", reply_to="").status_code == 303


def test_the_other_language_keeps_what_yann_typed(recruiter: Stranger, link: str, app: Starlette):
    form = recruiter.page(f"{link}/reply")
    assert "hreflang" not in form, "a link would drop it"
    (other,) = re.findall(r'name="step" value="again" lang="en"\s+formaction="([^"]*)"', form)

    page = recruiter.post(unescape(other), data={**YANN, "step": "again"}, headers=FROM_THE_PAGE)

    assert "Reply to Maria" in words(page.text)
    assert all(told in unescape(page.text) for told in ('value="meet" checked', *list(YANN.values())[1:]))
    assert f'action="{link}/reply?lang=en"' in page.text
    assert kept(app) == [], "nothing is sent by it"


@pytest.mark.parametrize("said", [{}, {"text": "\0" * 999}, {"choice": "👍" * 99}, {"sender": "x" * 50_000}])
def test_no_form_breaks_it(recruiter: Stranger, link: str, said: dict[str, str]):
    assert recruiter.post(f"{link}/reply", data=said, headers=FROM_THE_PAGE).status_code == 422


def test_what_strangers_write_is_text_and_no_link(recruiter: Stranger, maria: Person, link: str):
    assert HOSTILE not in sends(recruiter, link, choice="", text=HOSTILE).text
    sends(
        recruiter,
        link,
        text=f"{HOSTILE}\nhttps://a.example \u202e",
        sender=HOSTILE[:60],
        reply_to="mailto:a@exemple.fr",
    )

    for page in (maria.page("/messages"), maria.page("/messages/1")):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page
        assert not re.search(r'href="(https://a|mailto|tel)', page)
        assert '<meta name="format-detection" content="telephone=no, email=no, address=no, date=no">' in page
    assert "https://a.example" in maria.reads("/messages/1")
    assert "Ne donnez ni argent ni papiers." in maria.reads("/messages/1")


def test_a_second_tap_and_a_reload_send_nothing_more(recruiter: Stranger, link: str, app: Starlette):
    with ThreadPoolExecutor(2) as together:
        answers = list(together.map(lambda _: sends(recruiter, link), range(2)))
    answers.append(sends(recruiter, link))

    assert [one.status_code for one in answers] == [303, 303, 303]
    assert len(kept(app)) == 1


def test_one_an_hour_comes_from_one_place_and_what_was_typed_stays(recruiter: Stranger, link: str, app: Starlette):
    assert sends(recruiter, link).status_code == 303

    answer = sends(recruiter, link, text="Mercredi ?")

    assert answer.status_code == 429
    assert "Un message est déjà parti d’ici." in words(answer.text)
    assert "Essayez encore dans une heure." in words(answer.text)
    assert "Mercredi ?</textarea>" in answer.text
    assert sends(somebody(app, 1), link, text="Mercredi ?").status_code == 303
    assert len(kept(app)) == 2


def test_a_network_that_writes_to_everybody_is_held(
    recruiter: Stranger, maria: Person, link: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(LOOSE, "reply", Limit(1, HOUR))
    other = maria.link_of(maria.shows(*maria.has(), name="Maria"))
    assert sends(recruiter, link).status_code == 303
    answer = sends(recruiter, other)
    assert answer.status_code == 429
    assert "Il y a trop de messages en ce moment." in words(answer.text)
    assert f"{YANN['text']}</textarea>" in unescape(answer.text)


@pytest.mark.parametrize("count", here_and_in_soak(24, 10_000))
@pytest.mark.breadth
def test_thousands_at_once_find_an_end_and_the_holder_still_has_her_wallet(
    count: int, maria: Person, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    if count < 100:
        monkeypatch.setattr(incoming, "MOST_UNREAD_OF_SHARE", 6)
    with ThreadPoolExecutor(8) as together:
        statuses = list(
            together.map(lambda n: sends(somebody(app, n), link, text=f"Achetez {n} !").status_code, range(count))
        )

    assert set(statuses) == {303, 429}
    assert len(kept(app)) == incoming.MOST_UNREAD_OF_SHARE == statuses.count(303)
    answer = sends(somebody(app, count), link)
    assert "Cette personne a déjà beaucoup de messages." in words(answer.text)
    assert "Elle doit d’abord les lire." in words(answer.text)
    assert "plus tard" not in answer.text
    assert "dans une heure" not in answer.text
    assert maria.get("/badges").status_code == maria.get("/messages").status_code == 200


def test_of_somebody_who_keeps_a_thousand_it_is_not_said_that_to_read_them_helps(
    recruiter: Stranger, maria: Person, link: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(incoming, "MOST_MESSAGES", 1)
    sends(recruiter, link)
    maria.reads("/messages")

    answer = words(sends(recruiter, link, text="Mardi ?").text)

    assert "Cette personne a déjà beaucoup de messages." in answer
    assert "Elle doit d’abord en effacer." in answer
    assert "les lire" not in answer


def test_what_was_not_kept_does_not_count_as_sent(
    recruiter: Stranger, maria: Person, share: str, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    """Neither where there was no room, nor where none were taken: put otherwise, it goes as soon as it may."""
    monkeypatch.setattr(incoming, "MOST_UNREAD_OF_SHARE", 0)
    assert "Cette personne a déjà beaucoup de messages." in words(sends(recruiter, link).text)
    monkeypatch.undo()
    maria.post(f"{share}/messages")
    assert sends(recruiter, link, text="Mardi ?").status_code == 422
    maria.post(f"{share}/messages", data={"on": "1"})

    assert sends(recruiter, link, text="Mercredi ?").status_code == 303
    assert [one.text for one in kept(app)] == ["Mercredi ?"]


def test_what_ended_meanwhile_is_the_one_dead_page_with_what_was_typed(
    recruiter: Stranger, maria: Person, share: str, link: str, app: Starlette
):
    unknown = f"/s/{'0' * 26}"
    maria.post(f"{share}/stopping")

    dead = sends(recruiter, link)

    assert dead.status_code == 404
    assert "Cette page n’existe plus." in words(dead.text)
    assert GIVEN_BACK in unescape(dead.text)
    assert dead.content.replace(link.encode(), b"") == sends(recruiter, unknown).content.replace(unknown.encode(), b"")
    assert sends(recruiter, link, step="again").content == dead.content, "where Yann chooses « English », too"
    assert recruiter.get(f"{link}/reply").content == recruiter.get(f"{unknown}/reply").content
    assert kept(app) == []


def test_whoever_only_ticks_and_leaves_a_name_reads_that_it_was_not_sent_and_finds_both_again(
    recruiter: Stranger, maria: Person, share: str, link: str
):
    """With an answer to which no text belongs, to a share that is over and to one that takes none any more."""
    maria.post(f"{share}/messages")
    refused = sends(recruiter, link, text="", sender="Yann", reply_to="0102")
    maria.post(f"{share}/stopping")
    dead = sends(recruiter, link, text="", sender="Yann", reply_to="0102")

    for answer in (refused, dead):
        assert "Votre message n’est pas parti." in words(answer.text)
        assert "\nYann\n0102</textarea>" in answer.text
    assert "set-cookie" not in dead.headers


def test_a_share_behind_a_code_wants_its_pass(recruiter: Stranger, maria: Person, app: Starlette, clock: Clock):
    share = maria.shows(*maria.has(), name="Maria", code="yes")
    link = maria.link_of(share)
    code = re.sub(r"\D", "", re.findall(r"(\d{3}.\d{3})", maria.reads(share))[0])
    assert recruiter.get(f"{link}/reply").status_code == 404
    assert sends(recruiter, link).status_code == 404

    opened = recruiter.post(link, data={"code": code}, headers=FROM_THE_PAGE).text
    at = unescape(re.findall(r'href="([^"]*/reply[^"]*)"', opened)[0])
    query = at.partition("reply")[2]
    assert "pass=" in query
    assert "Répondre à Maria" in recruiter.reads(at)
    assert "Votre message est parti" in recruiter.reads(sends(recruiter, link, query).headers["location"])
    clock.move(minutes=16)
    late = sends(recruiter, link, query, text="Encore moi.")
    assert late.status_code == 403
    assert "Encore moi.\n" in late.text
    assert len(kept(app)) == 1


@pytest.mark.breadth
def test_a_share_that_takes_none_shows_no_button_and_keeps_nothing(
    recruiter: Stranger, maria: Person, share: str, link: str, app: Starlette
):
    assert "/reply" in recruiter.page(link)
    maria.post(f"{share}/messages")

    assert "/reply" not in recruiter.page(link), "the printed page is another one"
    assert "Cette personne ne reçoit pas de messages ici." in recruiter.reads(f"{link}/reply")
    answer = sends(recruiter, link)
    assert answer.status_code == 422
    assert GIVEN_BACK in unescape(answer.text)
    assert kept(app) == []
    maria.post(f"{share}/messages", data={"on": "1"})
    assert sends(somebody(app, 3), link).status_code == 303


@pytest.mark.breadth
def test_whoever_made_the_share_may_untick_it(recruiter: Stranger, maria: Person):
    off = maria.link_of(maria.shows(*maria.has(), name="Maria", answering="1"))
    on = maria.link_of(maria.shows(*maria.has(), name="Maria", answering="1", messages="1"))

    assert "/reply" not in recruiter.page(off)
    assert "/reply" in recruiter.page(on)


def test_a_form_of_another_site_is_turned_away(recruiter: Stranger, link: str, app: Starlette):
    answer = recruiter.post(f"{link}/reply", data=YANN, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert kept(app) == []


def test_what_cannot_be_sent_is_given_back_with_what_was_chosen_whatever_that_was():
    chosen = {
        "meet": "Je propose une rencontre",
        "question": "J’ai une question",
        "no": "Pas cette fois, merci",
        "not-them": "Ce n’est pas cette personne",
        "false": "C’est faux",
        "offensive": "C’est choquant",
        "other": "Autre chose",
    }
    drawn = {one: pages().render("open_share/closed.html", "fr", chosen=one, typed=["Yann"]) for one in chosen}

    assert {one: re.findall(r"<textarea[^>]*>([^<]*)<", page)[0] for one, page in drawn.items()} == {
        one: f"{told}\nYann" for one, told in chosen.items()
    }
