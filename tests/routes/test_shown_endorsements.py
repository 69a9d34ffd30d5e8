"""Nadia's word, chosen on the form of a share: an employer reads it under the moment, hears it, takes its file, until it is
taken back."""

import json
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from tests.fixtures.asked import NADIA
from tests.fixtures.made_once import made_once
from tests.fixtures.moments import a_recording
from tests.fixtures.visits import Person, Stranger, holder, signed, words
from tests.routes.test_archive_import import exported, returns
from tests.routes.test_endorsements import KEY, gives
from tests.shares.test_shown_endorsements import SAID as IN_BADGE
from wallet import openbadges
from wallet.badges.models import KeptBadge
from wallet.endorsements.models import Endorsement

SAID = {"facts": "Un client était en colère.", "sentence": "J’ai calmé un client."}
MOMENT, WORD = "/evidence/1", "1"
UNCHECKED = "Ce sont ses mots. Personne ne les a vérifiés."


def told_to(recruiter: Stranger, link: str) -> str:
    """What an employer reads; names that are set apart are in their sentences."""
    return words(re.sub(r"</?(?:bdi|b)>", "", recruiter.get(link).text))


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who told a moment, and read and kept Nadia's word on it."""
    person = holder(app)
    moment = person.tells(*person.has(), place="Magasin du port", **SAID)
    person.post(f"{moment}/requests", data={"part": ["place", *SAID], "name": "Sonia", "key": KEY})
    at = gives(app)
    assert person.post(f"{at}/acceptance").status_code == 303
    assert (moment, at) == (MOMENT, f"/endorsements/{WORD}")
    return person


@pytest.fixture
def moment(sonia: Person) -> str:
    return MOMENT


@pytest.fixture
def word(sonia: Person) -> str:
    """The number of Nadia's word."""
    return WORD


def ticked(sonia: Person, moment: str, **more: Any) -> dict[str, Any]:
    return {"moment": f"{sonia.has()[0]}-{moment.rpartition('/')[2]}"} | more


@pytest.fixture
@made_once
def link(sonia: Person, moment: str, word: str) -> str:
    return sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment, endorsement=word, name="Sonia")))


@pytest.mark.breadth
def test_whoever_shows_it_from_its_own_page_finds_it_ticked(sonia: Person, moment: str, word: str):
    (link,) = re.findall(r'href="(/shares/new[^"]+)"', sonia.page(f"/endorsements/{word}"))
    ticks = re.compile(rf'name="endorsement" value="{word}"\s*checked')

    assert ticks.search(sonia.page(unescape(link)))
    assert not ticks.search(sonia.page(f"/shares/new?badge={sonia.has()[0]}&moment=1"))


@pytest.mark.breadth
def test_an_employer_reads_it_under_the_moment_with_what_it_proves_and_does_not(recruiter: Stranger, link: str):
    page = told_to(recruiter, link)

    told = page.index(UNCHECKED)
    said = page.index("Mot de Nadia Martin, cheffe d’équipe. « Jardins du Perche » « Elle a gardé son calme. »")
    assert told < said
    assert "Cette personne l’a écrit elle-même. Elle dit avoir vu ce moment. Nous n’avons pas vérifié son nom." in page
    assert "Ce que ce mot ne prouve pas : le nom, l’entreprise, ou que c’est arrivé." in page
    assert "Nous ne disons pas qu’il est vrai." in page


@pytest.mark.breadth
def test_the_verdict_does_not_know_of_it_and_it_wears_no_tick(
    sonia: Person, moment: str, word: str, recruiter: Stranger, link: str
):
    without = sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment, name="Sonia")))
    verdict = re.compile(r'<section class="proof.*?</section>', re.DOTALL)
    [(said, *_), (alone, *_)] = (verdict.findall(recruiter.get(one).text) for one in (link, without))

    assert said == alone
    _, label, rest = recruiter.get(link).text.partition('class="confirms')
    assert label
    assert "<svg" not in rest[: rest.index("<details")]


@pytest.mark.breadth
def test_who_is_shown_something_else_reads_nothing_of_it(sonia: Person, moment: str, word: str, recruiter: Stranger):
    for choice in ({}, {"endorsement": word}, ticked(sonia, moment)):
        other = sonia.link_of(sonia.shows(*sonia.has(), **choice))
        assert "Nadia" not in recruiter.get(other).text


@pytest.mark.breadth
def test_a_code_at_their_address_is_said_and_no_name_is_vouched_for(
    app: Starlette, recruiter: Stranger, sonia: Person, moment: str, word: str
):
    proven = {"means": "mail", "mail_domain": "jardins-perche.fr"}
    app.state.services.database.write(lambda session: session.execute(update(Endorsement).values(**proven)))
    link = sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment, endorsement=word)))

    page = told_to(recruiter, link)
    assert "Elle a reçu un code à son adresse : jardins-perche.fr. Nous n’avons pas vérifié son nom." in page
    assert "liste officielle : " not in page


def test_what_we_say_of_a_word_is_typed_into_no_name_and_no_role(
    app: Starlette, recruiter: Stranger, sonia: Person, link: str
):
    proof = "Elle a reçu un code à son adresse : mairie.fr"
    typed = {"name": f"Nadia ». {proof}", "role": proof}
    app.state.services.database.write(lambda session: session.execute(update(Endorsement).values(**typed)))
    sonia.post("/endorsements/1/removal")
    sonia.post("/endorsements/1/return")

    assert f"Mot de « Nadia ›. {proof} », « {proof} »." in told_to(recruiter, link)


@pytest.mark.breadth
def test_nor_where_a_word_is_heard_or_only_named(app: Starlette, recruiter: Stranger, sonia: Person, moment: str):
    sonia.brings(("autre.json", signed("organiser-1")))
    typed = f"Nadia {'x' * 40} : son nom est vérifié"
    sound = {"recording": app.state.services.files.keep(a_recording()), "media_type": "audio/webm", "sentence": ""}
    on_badge = {"name": typed, "evidence_id": None, "badge_id": sonia.has()[0]}
    app.state.services.database.write(lambda session: session.execute(update(Endorsement).values(**sound, **on_badge)))
    link = sonia.link_of(sonia.shows(*sonia.has(), endorsement=WORD))

    assert f"Mot de « Nadia {'x' * 40}... »" in told_to(recruiter, link)
    [badge] = [at for at in re.findall(rf'href="({link}/badges/\d+)"', recruiter.get(link).text)
               if "<audio" in recruiter.get(at).text]  # fmt: skip
    assert f"Écoutez « {typed} »" in told_to(recruiter, badge)


def test_its_file_is_signed_by_us_and_stands_beside_the_presentation(recruiter: Stranger, link: str):
    asked = recruiter.get(link, headers={"Accept": "application/vp"})
    [at] = re.findall(rf"<({link}/words/\d+)>", asked.headers["link"])
    answer = recruiter.get(at)

    assert at in recruiter.get(link).text
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    document = json.loads(answer.content)
    assert document["type"] == ["VerifiableCredential", "EndorsementCredential"]
    assert document["credentialSubject"]["endorsementComment"] == NADIA.sentence
    assert openbadges.presentable(answer.content)


def test_taken_back_it_is_gone_from_the_page_at_the_next_request_and_so_is_its_file(
    sonia: Person, word: str, recruiter: Stranger, link: str
):
    before = recruiter.get(link).text
    [file] = set(re.findall(rf"{link}/words/\d+", before))
    sonia.post(f"/endorsements/{word}/withdrawal")

    page = recruiter.get(link).text
    assert "Ce mot a été retiré." in words(page)
    assert "Nadia" not in page
    assert "son calme" not in page
    assert recruiter.get(file).status_code == 404
    assert "/words/" not in recruiter.get(link, headers={"Accept": "application/vp"}).headers["link"]


def test_no_one_else_takes_it_by_its_number(sonia: Person, moment: str, word: str, recruiter: Stranger, link: str):
    [file] = set(re.findall(rf"{link}/words/(\d+)", recruiter.get(link).text))
    other = sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment)))
    coded = sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment, endorsement=word, code="1")))
    hidden = sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment, endorsement=word, hide_name="1")))

    assert "Nadia Martin" in recruiter.get(hidden).text  # and her file, which may tell Sonia's name, is not given
    assert "/words/" not in recruiter.get(hidden).text
    tried = [f"{at}/words/{number}" for at in (other, coded, hidden) for number in range(1, 5)]
    for path in (*tried, f"{other}/words/{file}/voice", f"{link}/words/0", f"{link}/words/{file}/voice"):
        assert recruiter.get(path).status_code == 404, path


def test_it_is_heard_without_a_script(app: Starlette, sonia: Person, moment: str, word: str, recruiter: Stranger):
    sound = app.state.services.files.keep(a_recording())
    spoken = {"recording": sound, "media_type": "audio/webm", "seconds": 12, "sentence": ""}
    app.state.services.database.write(lambda session: session.execute(update(Endorsement).values(**spoken)))
    link = sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment, endorsement=word)))

    page = recruiter.get(link).text
    assert "Cette personne l’a dit elle-même." in page
    [at] = re.findall(rf'<audio [^>]*src="({link}/words/\d+/voice)"', page)
    heard = recruiter.get(at, headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.content) == (206, a_recording()[:4])
    coded = sonia.link_of(sonia.shows(*sonia.has(), **ticked(sonia, moment, endorsement=word, code="1")))
    unheard = [f"{coded}/words/{number}/voice" for number in range(1, 5)]
    assert {recruiter.get(path).status_code for path in unheard} == {404}, "nor by whoever has no code"


@pytest.mark.breadth
def test_the_form_offers_it_under_its_moment_as_last_time_and_tells_where_it_is_put_aside(
    sonia: Person, moment: str, word: str, link: str
):
    box = re.compile(rf'name="endorsement" value="{word}"[^>]*checked')
    page = sonia.page("/shares/new")
    assert "Montrer aussi le mot de Nadia Martin" in words(page)
    assert box.search(page)
    seen = sonia.post(
        "/shares/preview", data={"badge": sonia.has(), "days": "7", **ticked(sonia, moment, endorsement=word)}
    )
    assert "Elle a gardé son calme." in words(seen.text)

    sonia.post(f"{moment}/answers/facts", data={"text": "Dix clients étaient en colère.", "key": "f" * 32})
    page = sonia.page("/shares/new")
    assert (
        "Le mot de Nadia Martin est mis de côté. Votre moment dit autre chose, ou plus, que ce que cette personne a lu."
        in words(page)
    )
    assert not box.search(page)


@pytest.mark.parametrize("path", ["/shares/new", "/page"])
def test_where_nobody_knows_what_was_read_she_is_not_told_that_she_changed_it(
    sonia: Person, word: str, app: Starlette, path: str
):
    """As of a word that came back with her archive."""
    with app.state.services.database.writing() as session:
        session.execute(update(Endorsement).where(Endorsement.id == int(word)).values(told=None))

    page = sonia.reads(path)
    assert "mis de côté. Nous ne savons plus ce que cette personne a lu." in page
    assert "Votre moment dit autre chose" not in page


@pytest.mark.parametrize("path", ["/shares/new", "/page"])
@pytest.mark.breadth(beside=["/shares/new"])
def test_what_nobody_said_stands_in_no_quotation_marks(sonia: Person, app: Starlette, path: str):
    with app.state.services.database.writing() as session:
        kept = session.get_one(KeptBadge, sonia.has()[0])
        kept.examination = kept.examination | {"endorsements": [IN_BADGE | {"comment": ""}]}

    page = words(sonia.page(path))

    assert "de La mairie d’Alençon" in page
    assert "Je confirme ce moment." not in page


@pytest.mark.breadth
def test_a_share_is_changed_with_and_without_it(sonia: Person, moment: str, word: str, recruiter: Stranger):
    share = sonia.shows(*sonia.has(), **ticked(sonia, moment))
    link, editing = sonia.link_of(share), f"{share}/editing"
    sent = {"badge": sonia.has(), "days": "planned", **ticked(sonia, moment)}
    assert "checked" not in re.findall(r'<input [^>]*name="endorsement"[^>]*>', sonia.page(editing))[0]

    sonia.post(editing, data=sent | {"endorsement": word})
    assert "Nadia" in recruiter.get(link).text
    assert "Mot de Nadia Martin" in words(sonia.page(f"{share}/details"))
    sonia.post(editing, data=sent | {"changes": "1"})
    assert "Nadia" not in recruiter.get(link).text


@pytest.mark.breadth
def test_of_a_moment_that_was_removed_the_record_says_so_and_of_the_word_on_it(
    sonia: Person, moment: str, link: str, recruiter: Stranger
):
    gone = ("Vous l’avez enlevé depuis.", "Mot de Nadia Martin 24 novembre 2026 Vous avez enlevé son moment depuis.")
    (share,) = set(re.findall(r'href="(/shares/\d+)/details"', sonia.page("/shares")))

    def told() -> list[bool]:
        page = words(sonia.page(f"{share}/details"))
        return [sentence in page for sentence in gone]

    assert told() == [False, False]
    sonia.post(f"{moment}/removal")
    assert told() == [True, True]
    assert "Nadia" not in recruiter.get(link).text
    sonia.post(f"{moment}/return")
    assert told() == [False, False]


def test_nobody_is_told_that_they_removed_what_their_archive_brought(
    sonia: Person, link: str, word: str, youssef: Person
):
    (share,) = set(re.findall(r'href="(/shares/\d+)/details"', sonia.page("/shares")))
    sonia.enters()
    returns(youssef, exported(sonia))

    (past,) = set(re.findall(r'href="(/shares/\d+/details)"', youssef.page("/shares")))

    page = words(youssef.page(past))
    assert "Les mots des autres Un mot" in page
    assert "Vous l’avez enlevé depuis." not in page
    sonia.post(f"/endorsements/{word}/removal")
    assert "Vous l’avez enlevé depuis." in words(sonia.page(f"{share}/details"))


def test_on_her_page_it_has_a_switch(sonia: Person, moment: str, word: str, recruiter: Stranger):
    sonia.post("/page", data={"badge": sonia.has(), "moment": moment.rpartition("/")[2]})
    [link] = re.findall(r"/s/[0-9A-Z]{26}", sonia.page("/page"))[:1]
    assert "Nadia" not in recruiter.get(link).text

    turned = sonia.post("/page/switches", data={"turn": f"comment:{word}:on"})
    assert turned.headers["location"] == f"/page?at=comment-{word}#comment-{word}"
    assert "Nadia" in recruiter.get(link).text
    assert f'value="comment:{word}:off"' in sonia.page("/page")
    sonia.post("/page/switches", data={"turn": f"comment:{word}:off"})
    assert "Nadia" not in recruiter.get(link).text


def test_more_words_than_a_share_shows_are_refused_in_one_sentence(sonia: Person, moment: str):
    many = {"badge": sonia.has(), "days": "7", "endorsement": [str(number) for number in range(1, 62)]}

    refused = sonia.post("/shares", data=many)

    assert refused.status_code == 422
    assert "Vous avez choisi trop de mots." in words(refused.text)
    assert 'id="date-fault"' not in refused.text, "nothing is wrong with the date"
