"""« Comprendre ces badges » and « Demander ces compétences » over HTTP: an agency without an account, a candidate in two taps."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.screens import pages
from tests.fixtures.screens_calls import SCREENS_OF_CALLS
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from wallet.badges.models import KeptBadge
from wallet.settings import Settings
from wallet.shares.calls import asking, models
from wallet.shares.models import Share
from wallet.web.rate_limits import HOUR, LOOSE, STRICT, Limit

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
ASKED = {
    "title": "Vendeuse ou vendeur, Caen",
    "employer": "Intérim du Littoral",
    "normandie/communiquer": "masters",
    "normandie/organiser": "practises",
    "normandie/adapter": "",
}
HOSTILE = "<script>alert(1)</script>\"'><img src=x>{{ 7*7 }} https://faux.example"
WORDS_OF_A_MINUTE = 160


@pytest.fixture
def settings(settings: Settings, samples_count: Path) -> Settings:
    """An instance whose operator says whose badges count."""
    return replace(settings, frameworks=samples_count)


@pytest.fixture
def agency(app: Starlette) -> Stranger:
    return Stranger(app)


def asks(agency: Person, query: str = "", **said: str) -> Any:
    return agency.post(f"/employeurs/demande{query}", data=ASKED | said, headers=FROM_THE_PAGE)


@pytest.fixture
@made_once
def mine(agency: Stranger) -> str:
    """The agency's own link."""
    return str(asks(agency).headers["location"]).partition("?")[0]


@pytest.fixture
@made_once
def link(agency: Stranger, mine: str) -> str:
    """The link of its advert."""
    found = re.search(r"/o/[0-9A-Z]{8}\b", agency.page(mine))
    assert found is not None
    return found[0]


@made_once
def sonia(app: Starlette, *names: str) -> Person:
    """Sonia, who has these badges of the samples."""
    return holder(app, *((f"{name}.json", signed(name)) for name in names))


def ids_in(page: str) -> list[str]:
    return re.findall(r'name="badge" value="(\d+)"', page)


def looked_at(page: str) -> str:
    """By which name what they looked at was shown."""
    return unescape(re.findall(r'name="looked_at" value="([^"]*)"', page)[0])


def answers(who: Person, link: str, name: str = "Sonia") -> Any:
    """Looks, and sends what they see."""
    seen = {"badge": ids_in(who.page(f"{link}/badges")), "looked_at": name}
    return who.post(f"{link}/answers", data=seen | {"name": name})


def shown_at(agency: Stranger, mine: str) -> list[str]:
    """The links of what people show the agency, in the order of its page."""
    return re.findall(r'href="(/s/[0-9A-Z]{26})', agency.page(mine))


def has_no_cookie_and_no_script(answer: Any) -> bool:
    return "set-cookie" not in answer.headers and "<script" not in answer.text


# --- « Comprendre ces badges » ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_badges_mean_is_read_in_a_minute(agency: Stranger, language: str):
    page = agency.get(f"/employeurs?lang={language}")

    assert has_no_cookie_and_no_script(page)
    main = re.findall(r"<main[^>]*>(.*)</main>", page.text, re.DOTALL)[0]
    assert len(re.findall(r"\w[\w’'-]*", words(main))) <= WORDS_OF_A_MINUTE
    assert len(re.findall(r"<h2", main)) == 4 + 2, "four facts, the signs, the questions"
    assert len(re.findall(r"<q>", main)) == 3
    assert f'href="/employeurs/demande?lang={language}"' in main


# --- the agency asks --------------------------------------------------------------------------------------------------


def test_an_agency_asks_without_an_account_and_gets_two_links(agency: Stranger, mine: str, link: str):
    form = agency.get("/employeurs/demande")
    made = agency.get(f"{mine}?done=made")

    assert has_no_cookie_and_no_script(form)
    assert has_no_cookie_and_no_script(made)
    assert made.headers["x-robots-tag"] == "noindex, noarchive"
    assert made.headers["cache-control"] == "no-store"
    told = words(made.text)
    assert "Votre lien est prêt. Il marche jusqu’au 23 janvier 2027." in told
    assert "Gardez ce lien. Il montre les réponses. Nous ne pouvons pas vous le redonner." in told
    assert "Communiquer maîtrise" in told
    assert "Organiser pratique" in told
    assert "S’adapter" not in told
    assert agency.get(f"{link}/qr.svg").headers["content-type"] == "image/svg+xml"
    picture = agency.get(f"{link}/qr.png")
    assert (picture.content[:4], picture.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert len(link.rpartition("/")[2]) == asking.CODE_LENGTH


def test_an_agency_that_comes_back_later_reads_until_when_its_link_works(agency: Stranger, clock: Clock, mine: str):
    """Also by the address that it kept from the first page, which says that it was made."""
    clock.move(days=59)

    for kept in (mine, f"{mine}?done=made"):
        told = agency.reads(kept)
        assert told.count("marche jusqu’au 23 janvier 2027.") == 1, kept
        assert "60 jours" not in told


def test_an_agency_reads_before_it_closes_that_nothing_opens_it_again_and_then_until_when_it_reads_the_answers(
    agency: Stranger, mine: str
):
    """The link stands in an advert that may be printed."""
    (fold,) = re.findall(r"<details.*?</details>", agency.page(mine), re.DOTALL)
    assert "On ne peut pas revenir en arrière." in words(fold)
    assert f'action="{mine}/closing"' in fold

    closed = agency.post(f"{mine}/closing", headers=FROM_THE_PAGE)

    told = agency.reads(closed.headers["location"])
    assert "Votre lien ne prend plus de réponses." in told
    assert "Cette page marche jusqu’au 23 janvier 2027." in told, "60 days after the end"


def test_the_other_language_keeps_what_an_agency_typed_and_chose(agency: Stranger, app: Starlette):
    form = agency.page("/employeurs/demande")
    assert "hreflang" not in form, "a link would drop it"
    assert re.search(r'name="step" value="again" lang="en"\s+formaction="/employeurs/demande\?lang=en"', form)

    page = asks(agency, "?lang=en", step="again")

    assert "Ask for these skills" in words(page.text)
    assert all(ASKED[one] in page.text for one in ("title", "employer"))
    assert sorted(re.findall(r'value="(\w+)"[^>]* checked', page.text)) == ["masters", "practises"]
    with app.state.services.database.reading() as session:
        assert session.query(models.Call).count() == 0, "no link is made by it"


@pytest.mark.breadth
def test_no_cookie_is_read_there(app: Starlette, mine: str):
    somebody = sonia(app, "communiquer-2")

    for path in ("/employeurs", "/employeurs/demande", mine, f"{mine}0"):
        page = somebody.get(path).text
        assert '<nav class="bar"' not in page, path


def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(agency: Stranger):
    answer = asks(
        agency, title="", employer="é" * 81, **{"normandie/adapter": "masters", "normandie/integrer": "nothing"}
    )

    assert answer.status_code == 422
    page = words(answer.text)
    assert "Il y a 2 choses à corriger" in page
    assert "Écrivez le poste." in page
    assert "Votre texte est trop long. Il peut avoir 80 signes." in page
    assert "é" * 81 in answer.text
    chosen = re.findall(r'name="(normandie/\w+)" value="(\w+)"[^>]*checked', answer.text)
    assert dict(chosen) == {
        "normandie/organiser": "practises",
        "normandie/communiquer": "masters",
        "normandie/adapter": "masters",
    }
    nothing = asks(agency, **{"normandie/communiquer": "", "normandie/organiser": ""})
    assert "Choisissez au moins une compétence." in words(nothing.text)


def test_no_form_breaks_it(agency: Stranger):
    for said in ({}, {"title": "\0" * 99}, {"title": "👍" * 999}, {"normandie/communiquer": "x" * 9_999}):
        assert agency.post("/employeurs/demande", data=said, headers=FROM_THE_PAGE).status_code == 422


def test_what_an_employer_types_is_text_and_no_link(app: Starlette, agency: Stranger):
    mine = asks(agency, title=HOSTILE[:80], employer="\u202eTrompe-l’œil").headers["location"].partition("?")[0]
    page = agency.page(mine)
    link = re.findall(r"/o/[0-9A-Z]{8}\b", page)[0]

    for read in (page, sonia(app, "communiquer-2").page(link)):
        assert "<script>alert" not in read
        assert "<img src=x" not in read
        assert "faux.example" not in re.findall(r'href="([^"]*)"', read)
        assert "\u202e" not in read
        assert HOSTILE[:80] in unescape(read)


def test_one_network_asks_so_often_and_what_was_typed_stays(
    agency: Stranger, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(LOOSE, "call", Limit(1, HOUR))
    asks(agency)

    refused = asks(agency)

    assert refused.status_code == 429
    assert "Beaucoup d’annonces sont déjà venues d’ici. " in words(refused.text)
    assert ASKED["title"] in refused.text
    assert asks(Person(app, address="192.0.2.7")).status_code == 303


def test_no_network_fills_the_place_of_all_employers():
    lies_there = models.CALL_LASTS + models.ANSWER_LASTS
    assert LOOSE["call"].amount * (lies_there / timedelta(seconds=LOOSE["call"].seconds)) < models.MOST_CALLS


def test_where_there_is_no_room_that_is_said_and_what_was_typed_stays(
    agency: Stranger, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(asking, "MOST_CALLS", 0)

    refused = asks(agency)

    assert refused.status_code == 429
    assert "Il n’y a plus de place ici pour une annonce." in words(refused.text)
    assert ASKED["employer"] in refused.text


# --- a candidate answers ----------------------------------------------------------------------------------------------


@pytest.mark.breadth
def test_a_candidate_answers_in_two_taps(app: Starlette, agency: Stranger, mine: str, link: str):
    candidate = sonia(app, "communiquer-2", "organiser-2", "adapter-1")
    page = candidate.page(link)
    assert "Cette annonce cherche 2 compétences. Vous en avez 2. Montrer mes badges pour cette annonce" in words(page)
    assert "Nous ne le disons à personne." in words(page)
    assert re.search(rf'class="button main"\s+href="{link}/badges"', page)
    look = candidate.page(f"{link}/badges")
    assert "Intérim du Littoral verra ceci jusqu’au 23 janvier 2027." in words(look)
    assert len(ids_in(look)) == 2, "of the skills that are asked for, and no other"

    sent = answers(candidate, link, "Sonia Martin")

    assert sent.status_code == 303
    assert "C’est envoyé. Intérim du Littoral peut voir vos badges." in candidate.reads(sent.headers["location"])
    (shown,) = shown_at(agency, mine)
    told = agency.reads(shown)
    assert 'href="/employeurs?lang=fr"' in agency.page(shown), "what badges mean is behind what is shown"
    assert "Sonia" in told
    assert "Martin" not in told
    assert "S’adapter" not in told
    assert "Vendeuse ou vendeur, Caen, Intérim du Littoral" in candidate.reads("/shares")


def test_whoever_has_no_badges_here_yet_is_told_how_to_come_back_with_some(agency: Stranger, link: str):
    page = agency.page(link)

    assert "Pas encore de badges ici ? Ajoutez d’abord un badge Puis ouvrez encore ce lien." in words(page)
    assert 'href="/badges/new"' in page


def test_who_goes_back_and_leaves_her_name_out_is_not_told_that_it_was_sent_so(
    app: Starlette, agency: Stranger, mine: str, link: str
):
    """Her answer stays as it is: she is shown where she can change it."""
    candidate = sonia(app, "communiquer-2")
    look = candidate.page(f"{link}/badges")
    answers(candidate, link, "Sonia Martin")

    again = candidate.post(f"{link}/answers", data={"name": "", "badge": ids_in(look)})

    assert again.headers["location"] == link
    assert "Vous avez répondu à cette annonce. Vous pouvez arrêter quand vous voulez." in candidate.reads(link)
    assert candidate.get(f"{link}/badges").headers["location"] == link, "nothing more is sent from there"
    assert "Sonia" in agency.reads(shown_at(agency, mine)[0])


def test_who_writes_another_name_than_that_on_her_badges_looks_at_what_an_employer_is_told_of_it(
    app: Starlette, agency: Stranger, mine: str, link: str
):
    """She had looked at a page without any name, which says nothing of it."""
    candidate = sonia(app, "communiquer-2")
    look = candidate.page(f"{link}/badges")
    assert "autre nom" not in words(look)

    again = candidate.post(f"{link}/answers", data={"badge": ids_in(look), "name": "Léna", "looked_at": ""})

    assert again.status_code == 422
    assert "Ce badge est donné à un autre nom. Regardez encore avant d’envoyer." in words(again.text)
    assert "Badge intact, autre nom" in words(again.text)
    assert shown_at(agency, mine) == []
    sent = {"badge": ids_in(again.text), "name": "Léna", "looked_at": looked_at(again.text)}
    assert candidate.post(f"{link}/answers", data=sent).headers["location"] == f"{link}?done=sent"
    assert "Badge intact, autre nom" in agency.reads(shown_at(agency, mine)[0])


def test_where_some_badges_bear_another_name_it_is_not_said_of_all(app: Starlette, link: str):
    candidate = sonia(app, "communiquer-2", "organiser-2")
    with app.state.services.database.writing() as session:
        unnamed = session.scalars(select(KeptBadge).limit(1)).one()
        unnamed.read = unnamed.read | {"recipient_name": ""}
    seen = ids_in(candidate.page(f"{link}/badges"))

    again = words(candidate.post(f"{link}/answers", data={"badge": seen, "name": "Léna"}).text)

    assert (len(seen), "Ces badges sont donnés" in again) == (2, False)
    assert "1 badge est donné à un autre nom. Regardez encore avant d’envoyer." in again


@pytest.mark.breadth
def test_what_they_have_is_told_to_nobody_before_they_answer_nor_once_they_stopped(
    app: Starlette, agency: Stranger, mine: str, link: str
):
    before = agency.page(mine)
    candidate = sonia(app, "communiquer-2")
    candidate.page(link)
    candidate.page(f"{link}/badges")
    assert agency.page(mine) == before
    assert "Personne ne vous montre de badges en ce moment." in words(before)

    answers(candidate, link)
    assert len(shown_at(agency, mine)) == 1
    (share,) = set(re.findall(r"/shares/(\d+)/details", candidate.page(link)))
    assert "Vous avez répondu à cette annonce." in candidate.reads(link)
    candidate.post(f"/shares/{share}/stopping")

    assert shown_at(agency, mine) == []
    assert "Montrer mes badges pour cette annonce" in candidate.reads(link)


def test_who_removed_all_that_they_showed_shows_the_employer_nothing(
    app: Starlette, agency: Stranger, mine: str, link: str
):
    candidate = sonia(app, "communiquer-2")
    answers(candidate, link)
    (badge,) = candidate.has()
    assert len(shown_at(agency, mine)) == 1

    candidate.post(f"/badges/{badge}/removal")
    assert shown_at(agency, mine) == []
    assert "Personne ne vous montre de badges en ce moment." in agency.reads(mine)

    candidate.post(f"/badges/{badge}/return")
    assert len(shown_at(agency, mine)) == 1


@pytest.mark.breadth
def test_who_has_a_part_of_it_may_answer_all_the_same(app: Starlette, agency: Stranger, mine: str, link: str):
    candidate = sonia(app, "communiquer-1", "organiser-1")
    told = candidate.reads(link)

    assert "Communiquer maîtrise Pas encore" in told
    assert "Organiser pratique Oui" in told
    assert "Vous en avez 1. Vous pouvez répondre quand même." in told
    assert answers(candidate, link).status_code == 303
    assert len(shown_at(agency, mine)) == 1


def test_who_has_none_of_it_is_told_so_and_shows_nothing(app: Starlette, agency: Stranger, mine: str, link: str):
    candidate = sonia(app, "adapter-2")

    assert "Vous n’en avez pas encore." in candidate.reads(link)
    assert f'href="{link}/badges"' not in candidate.page(link)
    assert candidate.get(f"{link}/badges").headers["location"] == link
    assert candidate.post(f"{link}/answers", data={"badge": "1"}).headers["location"] == link
    assert shown_at(agency, mine) == []


@pytest.mark.breadth
def test_what_changed_since_they_looked_is_looked_at_again(app: Starlette, agency: Stranger, mine: str, link: str):
    candidate = sonia(app, "communiquer-2", "organiser-2")
    seen = ids_in(candidate.page(f"{link}/badges"))
    candidate.post(f"/badges/{seen[0]}/removal")

    refused = candidate.post(f"{link}/answers", data={"badge": seen, "name": "Soso"})

    assert refused.status_code == 422
    assert "Vos badges ont changé entre-temps. Regardez encore avant d’envoyer." in words(refused.text)
    assert ids_in(refused.text) == seen[1:]
    assert 'value="Soso"' in refused.text
    assert shown_at(agency, mine) == []


@pytest.mark.breadth
def test_the_order_is_that_of_arrival_and_no_number_stands_there(
    app: Starlette, agency: Stranger, mine: str, link: str, clock: Clock
):
    for name, badges in (
        ("Zoé", ["organiser-1"]),
        ("Amina", ["communiquer-2", "organiser-2"]),
        ("", ["communiquer-1"]),
    ):
        answers(sonia(app, *badges), link, name)
        clock.move(hours=1)

    page = agency.page(mine)

    assert len(set(shown_at(agency, mine))) == 3, "a link for each"
    people = re.findall(r'<section class="answers">(.*?)</section>', page, re.DOTALL)[0]
    told = words(people)
    assert told.startswith("Des personnes vous montrent leurs badges Ces compétences ne font pas un score.")
    assert re.findall(r'<strong dir="auto">([^<]*)</strong>', people) == ["Zoé", "Amina", "Une personne"]
    assert re.findall(r"\d+", re.sub(r"24 novembre 2026", "", told)) == [], "nobody is counted"
    assert "<ol" not in people
    assert "<form" not in people
    assert not re.search(r"\bdownload\b", people)


def test_who_is_not_signed_in_reads_it_and_is_shown_the_way(app: Starlette, agency: Stranger, link: str):
    told = agency.get(link)

    assert told.headers["x-robots-tag"] == "noindex, noarchive"
    assert "Intérim du Littoral cherche une personne qui sait : " in words(told.text)
    assert "Non vérifié Nous n’avons pas vérifié qui a écrit cette annonce." in words(told.text)
    assert "Vous en avez" not in words(told.text)
    assert "Ouvrez d’abord vos badges." in words(told.text)
    assert f'href="{link}"' in told.text, "where their key is shown the same page comes again"
    assert agency.get(f"{link}/badges").headers["location"] == "/entry"
    visitor = Person(app)
    visitor.brings(("badge.json", signed("communiquer-2")))
    assert "Gardez d’abord vos badges." in visitor.reads(link)


def test_a_call_that_has_its_answers_says_so(app: Starlette, link: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.shares.calls.answering.MOST_ANSWERS", 0)

    refused = answers(sonia(app, "communiquer-2"), link)

    assert refused.status_code == 409
    assert "Cette annonce a déjà beaucoup de réponses. Elle n’en prend plus." in words(refused.text)


# --- its end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["closed", "over"])
def test_every_call_that_is_no_more_is_the_same_page(
    app: Starlette, agency: Stranger, mine: str, link: str, clock: Clock, end: str
):
    candidate = sonia(app, "communiquer-2")
    if end == "closed":
        closed = agency.post(f"{mine}/closing", headers=FROM_THE_PAGE)
        assert "Votre lien ne prend plus de réponses." in agency.reads(closed.headers["location"])
    else:
        clock.move(days=60)
        candidate = sonia(app, "communiquer-2")

    for answer in (
        agency.get(link),
        candidate.get(link),
        candidate.get(f"{link}/badges"),
        candidate.post(f"{link}/answers", data={"badge": "1"}),
        agency.get(f"{link}/reports"),
        agency.post(f"{link}/reports", data={"reason": "false"}, headers=FROM_THE_PAGE),
    ):
        assert answer.status_code == 404
        assert "Cette annonce est finie." in words(answer.text)


def test_who_answered_a_call_that_is_over_reads_that_and_where_to_stop_it(
    app: Starlette, agency: Stranger, mine: str, link: str
):
    candidate = sonia(app, "communiquer-2")
    answers(candidate, link)
    agency.post(f"{mine}/closing", headers=FROM_THE_PAGE)
    assert shown_at(agency, mine), "it is shown all the same"

    late = candidate.post(f"{link}/answers", data={"badge": "1"})
    over = candidate.get(link)

    for told in (late, over):
        assert told.status_code == 404
        assert "Cette annonce est finie." in words(told.text)
        assert "Vous avez répondu à cette annonce." in words(told.text)
        assert "Rien n’est parti." not in words(told.text)
    share = re.search(r'href="(/shares/\d+)', over.text)
    assert share is not None
    candidate.post(f"{share[1]}/stopping")
    stopped = words(candidate.get(link).text)
    assert "Vous avez répondu" not in stopped
    assert "Rien n’est parti." not in stopped
    assert "Rien n’est parti." in words(agency.get(link).text)


def test_a_call_that_is_over_is_not_called_ready_where_its_first_address_was_kept(
    agency: Stranger, mine: str, clock: Clock
):
    clock.move(days=60)
    kept = agency.reads(f"{mine}?done=made")

    assert "Votre lien est prêt." not in kept
    assert "Votre lien ne prend plus de réponses." in kept


def test_a_secret_link_that_is_none_opens_nothing(agency: Stranger, mine: str, link: str):
    for secret in ("/e/0", f"/e/{link.rpartition('/')[2]}", mine[:-1]):
        for answer in (agency.get(secret), agency.post(f"{secret}/closing", headers=FROM_THE_PAGE)):
            assert answer.status_code == 404
            assert "Ce lien n’ouvre rien." in words(answer.text)
            assert 'href="/employeurs/demande?lang=fr"' in answer.text
        assert 'class="button main" href="/employeurs/demande?lang=en"' in agency.get(f"{secret}?lang=en").text
    assert agency.get(link).status_code == 200
    assert "Cette annonce est finie." in words(agency.get("/o/00000000").text)


# --- « Signaler » -----------------------------------------------------------------------------------------------------


def reports(who: Person, link: str, reason: str = "money") -> Any:
    return who.post(f"{link}/reports", data={"reason": reason}, headers=FROM_THE_PAGE)


def test_whoever_reads_a_call_can_report_it_and_one_network_so_often(
    app: Starlette, agency: Stranger, link: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(STRICT, "report here", Limit(1, HOUR))
    assert f'href="{link}/reports?lang=fr"' in agency.page(link)
    form = agency.get(f"{link}/reports")
    assert has_no_cookie_and_no_script(form)
    assert re.findall(r'name="reason" value="(\w+)"', form.text) == ["false", "money", "offensive", "other"]
    assert reports(agency, link, "").status_code == 422

    said = reports(agency, link)

    assert said.status_code == 303
    assert "Merci" in agency.reads(said.headers["location"])
    refused = reports(agency, link)
    assert refused.status_code == 429
    assert "Beaucoup de messages sont déjà venus d’ici. Essayez encore demain." in words(refused.text)
    assert reports(Person(app, address="192.0.2.7"), link).status_code == 303


def test_one_network_says_so_no_oftener_however_the_code_is_written(
    agency: Stranger, link: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(STRICT, "report here", Limit(1, HOUR))
    code = link.removeprefix("/o/")

    for written in ("00000000", "A" * 200):
        assert reports(agency, f"/o/{written}").status_code == 404, "and nobody is counted for it"
    assert reports(agency, f"/o/{code.lower()}").status_code == 303
    for written in (code, code.lower(), f"{code[:4]}-{code[4:]}", f"{code}%20"):
        refused = reports(agency, f"/o/{written}")
        assert refused.status_code == 429, written
        assert "Essayez encore demain." in words(refused.text), written


def test_that_a_link_takes_no_more_answers_is_said_once_and_until_when_a_look_lasts():
    over = "Votre lien ne prend plus de réponses."
    told = {
        state: words(pages().render(template, "fr", **context))
        for state, (template, context) in SCREENS_OF_CALLS.items()
        if state in ("own call, made", "own call, closed", "own call, over", "call, a look")
    }

    assert [told[f"own call, {state}"].count(over) for state in ("made", "closed", "over")] == [0, 1, 1]
    assert "Intérim du Littoral verra ceci jusqu’au 23 janvier 2027." in told["call, a look"]


def test_an_answer_whose_link_the_keys_do_not_open_is_told_as_such(
    app: Starlette, agency: Stranger, mine: str, link: str
):
    answers(sonia(app, "communiquer-2"), link)
    with app.state.services.database.writing() as session:
        session.execute(update(Share).values(token_sealed=b"\x01" + b"of other keys" * 9))

    page = agency.reads(mine)

    assert "Des personnes vous montrent leurs badges" in page
    assert "Ce partage ne peut plus être montré." in page
