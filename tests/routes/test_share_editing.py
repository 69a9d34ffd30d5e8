"""Sonia changes a share that is open: the link stays, the recruiter reads the new page, and nothing that she typed is lost."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from tests.routes.test_abuse_reports import FROM_THE_PAGE
from tests.routes.test_archive_import import exported, returns
from tests.routes.test_recovery_codes import makes_a_paper, opens
from tests.routes.test_share_form import HTMX, chosen, told, typed
from tests.routes.test_shares import ONE_OF_EACH, ticked
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.shares.abuse_reports import list_reports

HOUR = timedelta(hours=1)


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps three good badges."""
    return holder(app, *[(f"{name}.json", signed(name)) for name in ONE_OF_EACH])


def mark(page: str) -> str:
    """The mark of the form, by which it is known whether the share was changed meanwhile."""
    found = re.search(r'name="changes" value="(\d+)"', page)
    assert found is not None
    return found[1]


def sends(person: Person, share: str, *ids: int, **form: Any) -> Any:
    """The answer to the form of *share*, as a browser without scripts has it."""
    data = {"badge": [str(id) for id in ids], "days": "planned", "changes": "0", "name": "Sonia", **form}
    return person.post(f"{share}/editing", data=data)


def withdraws(person: Person, *ids: int) -> None:
    """Their issuer withdrew these badges of *person*, and that was seen."""
    with person.services.database.writing() as session:
        for kept in map(partial(session.get_one, KeptBadge), ids):
            checks = [
                one | {"outcome": "failed"} if one["name"] == "not_withdrawn" else one
                for one in kept.examination["checks"]
            ]
            kept.examination, kept.state = kept.examination | {"checks": checks}, "revoked"


@pytest.mark.breadth
def test_the_form_is_filled_in_with_what_the_share_shows(sonia: Person):
    some = sonia.has()[1:]
    share = sonia.shows(*some, days="30", name="Soso", word="Bonjour", purpose="Agence d’intérim", code="1")

    page = sonia.page(f"{share}/editing")

    assert "<title>Modifier ce partage" in page
    assert ticked(page) == some
    assert (chosen(page, "days"), chosen(page, "purpose"), chosen(page, "code")) == (
        ["planned"],
        ["Agence d’intérim"],
        ["1"],
    )
    assert typed(page, "name") == "Soso"
    assert ">Bonjour</textarea>" in page
    assert "Jusqu’au 24 décembre 2026" in words(page)
    for at in ("/shares", f"{share}/details"):
        assert f'href="{share}/editing"' in sonia.page(at)


@pytest.mark.breadth
def test_the_recruiter_reads_the_new_page_at_the_same_link(sonia: Person, recruiter: Stranger, clock: Clock):
    first, second, third = sonia.has()
    share = sonia.shows(first, second, name="Sonia")
    link, ends_at = sonia.link_of(share), told(sonia, share).ends_at
    before = recruiter.get(link)
    clock.now += HOUR

    answer = sends(sonia, share, second, third, word="Je suis libre lundi.")

    assert "C’est fait. Le lien est le même." in words(sonia.page(answer.headers["location"]))
    after = recruiter.get(link)
    assert after.headers.get("etag") != before.headers.get("etag") or after.text != before.text
    assert "Je suis libre lundi." in after.text
    assert sonia.link_of(share) == link
    assert told(sonia, share).ends_at == ends_at


@pytest.mark.breadth
def test_what_was_shown_when_stays_readable_to_the_holder(sonia: Person, clock: Clock, recruiter: Stranger):
    first, second, third = sonia.has()
    share = sonia.shows(first, second, name="Sonia", word="Le premier mot")
    link = sonia.link_of(share)
    clock.now += HOUR
    sends(sonia, share, third, name="Soso", word="Le deuxième mot")
    clock.now += HOUR

    details = words(sonia.page(f"{share}/details"))
    before = details.partition("Ce qu’il montrait avant")[2].partition("Qui l’a ouvert")[0]

    for said in (
        "Jusqu’au 24 novembre 2026 à 12 h 12 2 badges Montré depuis le 24 novembre 2026 à 11 h 12.",
        "Prénom montré Sonia Badges",
        "« Le premier mot »",
    ):
        assert said in before
    assert "Soso" not in before
    assert "Dernier changement" in details
    assert "Le premier mot" not in recruiter.get(link).text


@pytest.mark.breadth
def test_the_name_alone_is_noticed_at_the_next_request(sonia: Person, recruiter: Stranger):
    share = sonia.shows(*sonia.has(), name="Sonia")
    link = sonia.link_of(share)
    assert "Sonia" in recruiter.get(link).text

    sends(sonia, share, *sonia.has(), name="Soso")

    assert "Soso" in words(recruiter.get(link).text)


def test_a_passcode_is_added_kept_and_taken_away(sonia: Person, recruiter: Stranger):
    share = sonia.shows(*sonia.has(), name="Sonia")
    link = sonia.link_of(share)

    sends(sonia, share, *sonia.has(), code="1")
    code = told(sonia, share).code
    assert len(code) == 6
    assert "mot de passe à 6 chiffres" in words(recruiter.get(link).text)
    sends(sonia, share, *sonia.has(), code="1", word="Bonjour", changes="1")
    assert told(sonia, share).code == code
    sends(sonia, share, *sonia.has(), word="Bonjour", changes="2")
    assert not told(sonia, share).has_code
    assert "Bonjour" in recruiter.get(link).text


def test_an_earlier_tab_is_told_that_it_was_changed_meanwhile_and_loses_nothing(sonia: Person):
    first, second, third = sonia.has()
    share = sonia.shows(first, name="Sonia")
    early = mark(sonia.page(f"{share}/editing"))
    sends(sonia, share, second, word="Du deuxième onglet", changes=early)

    answer = sends(sonia, share, third, name="Soso", word="Du premier onglet", changes=early)

    page = words(answer.text)
    assert "Prénom montré Sonia" in page.partition("Ce qu’il montre maintenant")[2].partition("« Enregistrer »")[0]
    assert answer.status_code == 409
    assert "Ce partage a changé entre-temps." in page
    assert "Du deuxième onglet" in page, "what it shows now"
    assert ">Du premier onglet</textarea>" in answer.text, "and what was typed"
    assert ticked(answer.text) == [third]
    assert told(sonia, share).word == "Du deuxième onglet"

    sends(sonia, share, third, word="Du premier onglet", changes=mark(answer.text))
    assert told(sonia, share).word == "Du premier onglet"


def test_messages_that_were_stopped_on_another_screen_do_not_begin_again_unsaid(sonia: Person, recruiter: Stranger):
    share, everything = sonia.shows(*sonia.has()), sonia.has()
    link, before = sonia.link_of(share), mark(sonia.page(f"{share}/editing"))
    sonia.post(f"{share}/messages")

    late = sends(sonia, share, *everything, changes=before, answering="1", messages="1", word="Le deuxième mot")

    assert late.status_code == 409
    assert "Personne ne peut vous répondre ici." in words(late.text)
    assert ">Le deuxième mot</textarea>" in late.text
    assert f'href="{link}/reply"' not in recruiter.page(link)
    saved = sends(sonia, share, *everything, changes=mark(late.text), answering="1", messages="1")
    assert saved.status_code == 303, "told, she may say so"


@pytest.mark.breadth
def test_a_button_that_is_touched_twice_saves_once(sonia: Person):
    share = sonia.shows(*sonia.has(), name="Sonia")

    answers = [sends(sonia, share, sonia.has()[0], word="Bonjour") for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303]
    assert told(sonia, share).changes == 1


def test_a_share_that_was_stopped_meanwhile_is_told_in_words_and_what_was_typed_makes_a_new_one(sonia: Person):
    first, second, _ = sonia.has()
    share = sonia.shows(first, name="Sonia")
    sonia.post(f"{share}/stopping")

    answer = sends(sonia, share, second, word="Bonjour", name="Soso")

    assert answer.status_code == 409
    assert "Ce partage était déjà fini." in words(answer.text)
    assert 'action="/shares"' in answer.text
    assert (ticked(answer.text), typed(answer.text, "name")) == ([second], "Soso")
    assert chosen(answer.text, "days") == ["7"]
    assert ">Bonjour</textarea>" in answer.text
    again = sonia.page(sonia.get(f"{share}/editing").headers["location"])
    assert "Vous ne pouvez plus le modifier." in words(again)
    assert f'href="/shares/new?again={share.rpartition("/")[2]}"' in again


def test_a_share_that_left_the_list_meanwhile_takes_nothing_along_that_was_typed(sonia: Person):
    first, second, _ = sonia.has()
    share = sonia.shows(first, name="Sonia")
    sonia.post(f"{share}/stopping")
    sonia.post(f"{share}/removal")
    data = {"share": share.rpartition("/")[2], "badge": [second], "word": "Bonjour", "name": "Soso", "days": "planned"}

    for answer in (
        sends(sonia, share, second, word="Bonjour", name="Soso"),
        sonia.post("/shares/preview", data=data),
        sonia.post("/shares/preview", data=data | {"seek": "badge"}),
    ):
        assert answer.status_code == 404
        assert "Ce partage était déjà fini." in words(answer.text)
        assert 'action="/shares"' in answer.text
        assert (ticked(answer.text), typed(answer.text, "name")) == ([second], "Soso")
        assert ">Bonjour</textarea>" in answer.text


@pytest.mark.breadth
def test_a_badge_that_was_removed_meanwhile_is_told_and_the_rest_stays(sonia: Person):
    first, second, third = sonia.has()
    share = sonia.shows(first, name="Sonia")
    sonia.post(f"/badges/{third}/removal")

    answer = sends(sonia, share, second, third, word="Bonjour")

    assert answer.status_code == 422
    assert "Vous avez enlevé un badge depuis." in words(answer.text)
    assert ticked(answer.text) == [second]
    assert ">Bonjour</textarea>" in answer.text
    assert len(told(sonia, share).badges) == 1


@pytest.mark.breadth
def test_a_badge_that_was_withdrawn_since_stays_in_the_form_of_the_share_that_shows_it_and_is_offered_in_no_new_one(
    sonia: Person,
):
    """Out of sight it went with « Enregistrer », and Sonia read nowhere why her share shows one badge less."""
    first, second, third = sonia.has()
    share = sonia.shows(first, second, name="Sonia")
    withdraws(sonia, first, third)

    page = sonia.page(f"{share}/editing")

    assert sorted(ticked(page)) == sorted([first, second])
    assert f'name="badge" value="{third}"' not in page, "it was never shown there"
    assert re.search(rf'class="chip stop">.*?Retiré.*?name="badge" value="{first}"', page, re.DOTALL)
    assert re.findall(r'name="badge" value="(\d+)"', sonia.page("/shares/new")) == [str(second)]


@pytest.mark.breadth
def test_whoever_came_by_a_paper_is_told_before_they_type_that_they_cannot_change_her_share_yet(
    sonia: Person, app: Starlette
):
    share = sonia.shows(*sonia.has(), name="Sonia")
    thief = Person(app, address="198.51.100.77")
    assert opens(thief, makes_a_paper(sonia))

    assert thief.get(f"{share}/editing").status_code == 409
    assert sonia.get(f"{share}/editing").status_code == 200, "she herself may"


def test_what_is_wrong_in_the_form_stays_in_it(sonia: Person):
    share = sonia.shows(*sonia.has(), name="Sonia")

    answer = sends(sonia, share, days="date", date="2020-01-01", word="Bonjour")

    assert answer.status_code == 422
    for said in (
        "Choisissez un badge à montrer.",
        "Cette date est passée.",
        ">Bonjour</textarea>",
        "Modifier ce partage",
    ):
        assert said in answer.text
    assert told(sonia, share).changes == 0


@pytest.mark.breadth
def test_looking_beforehand_leaves_her_at_her_share(sonia: Person):
    share = sonia.shows(*sonia.has(), days="30", name="Sonia")
    data = {"badge": sonia.has()[0], "days": "planned", "share": share.rpartition("/")[2], "name": "Soso"}

    assert "Soso vous montre 1 badge" in words(sonia.post("/shares/preview", data=data, headers=HTMX).text)
    whole = sonia.post("/shares/preview", data=data).text

    assert "Soso vous montre 1 badge" in words(whole)
    assert f'action="{share}/editing"' in whole
    assert chosen(whole, "days") == ["planned"]
    assert told(sonia, share).name == "Sonia"


def test_nobody_changes_what_is_somebody_elses(sonia: Person, youssef: Person):
    share = sonia.shows(*sonia.has(), name="Sonia")

    assert youssef.get(f"{share}/editing").status_code == 404
    assert sends(youssef, share, *youssef.has()).status_code == 404
    data = {"badge": youssef.has(), "share": share.rpartition("/")[2]}
    assert youssef.post("/shares/preview", data=data).status_code == 404
    assert sends(sonia, share, *youssef.has()).status_code == 422
    assert told(sonia, share).changes == 0


@pytest.mark.breadth
def test_a_moment_that_stays_keeps_its_address(sonia: Person, recruiter: Stranger, clock: Clock):
    badge = sonia.has()[0]
    moment = sonia.tells(badge, facts="Un client était en colère.", sentence="J’ai calmé un client.")
    pair = f"{badge}-{moment.rpartition('/')[2]}"
    share = sonia.shows(*sonia.has(), moment=pair, name="Sonia")
    link = sonia.link_of(share)
    assert f'value="{pair}" checked' in sonia.page(f"{share}/editing")

    sends(sonia, share, badge, moment=pair, word="Bonjour")

    assert recruiter.get(f"{link}/told/1").status_code == 200
    clock.now += HOUR
    sends(sonia, share, badge, word="Bonjour", changes="1")
    assert recruiter.get(f"{link}/told/1").status_code == 404
    assert "Un client était en colère." in words(sonia.page(f"{share}/details")), "to her it stays readable"


def test_what_was_shown_before_comes_along_into_another_wallet(sonia: Person, youssef: Person, clock: Clock):
    first, second, third = sonia.has()
    moment = sonia.tells(first, facts="Un client était en colère.")
    share = sonia.shows(
        first, second, name="Sonia", word="Le premier mot", moment=f"{first}-{moment.rpartition('/')[2]}"
    )
    clock.now += HOUR
    sends(sonia, share, third, first, word="Le deuxième mot")

    sonia.enters()
    returns(youssef, exported(sonia))

    (past,) = set(re.findall(r'href="(/shares/\d+/details)"', youssef.page("/shares")))
    page = words(youssef.page(past))
    for told_then in ("Ce qu’il montrait avant", "« Le premier mot »", "Un client était en colère.", "Le deuxième mot"):
        assert told_then in page
    youssef.enters()
    returns(youssef, exported(youssef))
    assert words(youssef.page(past)).count("« Le premier mot »") == 1


@pytest.mark.breadth
def test_the_operator_reads_a_report_with_what_stood_there_then(
    sonia: Person, recruiter: Stranger, clock: Clock, app: Starlette
):
    share = sonia.shows(sonia.has()[0], name="Sonia", word="Un mot méchant")
    link = sonia.link_of(share)
    clock.now += HOUR
    recruiter.post(f"{link}/reports", data={"reason": "offensive"}, headers=FROM_THE_PAGE)
    clock.now += HOUR
    sends(sonia, share, *sonia.has()[1:], word="Un mot gentil", name="Soso")

    with app.state.services.database.reading() as session:
        (report,) = list_reports(session, clock.now)
    assert (report.name, report.word, len(report.shown)) == ("Sonia", "Un mot méchant", 1)


@pytest.mark.parametrize("act", ["removal", "badges"])
@pytest.mark.breadth(beside=["badges", "removal"])
def test_a_story_that_was_taken_away_in_another_tab_is_told_and_what_was_typed_stays(sonia: Person, act: str):
    first, second, _ = sonia.has()
    moment = sonia.tells(first, facts="Un client", sentence="Une phrase")
    pair = f"{first}-{moment.rpartition('/')[2]}"
    share = sonia.shows(first, second, name="Sonia", moment=pair)
    sonia.post(f"{moment}/{act}", data={"badge": str(second)})

    answer = sends(sonia, share, first, second, moment=pair, word="Bonjour")

    assert answer.status_code == 422
    assert "Vous avez changé vos moments depuis." in words(answer.text)
    assert ">Bonjour</textarea>" in answer.text
    assert sends(sonia, share, first, second, word="Bonjour", changes=mark(answer.text)).status_code == 303


# D10


@pytest.fixture
@made_once
def nine(app: Starlette) -> Person:
    """Somebody with nine badges."""
    return holder(app, *[(f"{one.art}.json", signed(one.art)) for one in samples.samples()])


def test_d10_where_nothing_is_ticked_all_can_be(nine: Person):
    assert 'href="/shares/new?none=1">Tout décocher<' in nine.page("/shares/new")
    none = nine.page("/shares/new?none=1")
    assert 'href="/shares/new?all=1">Tout cocher<' in none
    assert ticked(none) == []
    assert sorted(ticked(nine.page("/shares/new?all=1"))) == sorted(nine.has())

    share = nine.shows(nine.has()[0], name="Sonia")
    assert f'href="{share}/editing?none=1">Tout décocher<' in nine.page(f"{share}/editing")
    assert len(ticked(nine.page(f"{share}/editing?all=1"))) == 9
    moment = nine.tells(facts="Un client")
    page = nine.page(f"{moment}/badges")
    assert f'href="{moment}/badges?all=1">Tout cocher<' in page
    assert len(ticked(nine.page(f"{moment}/badges?all=1"))) == 9


@pytest.mark.breadth
def test_d10_where_many_of_an_issuer_are_ticked_the_first_are_seen_and_the_fold_says_how_many_more(
    nine: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.shares.chooser.MANY", 9)

    page = nine.page("/shares/new")

    assert len(ticked(page)) == 9
    assert re.search(r"Voir les 5 autres badges ?, 5 cochés", words(page)), words(page)
    assert len(ticked(page.partition("<details")[0])) == 4
    assert "hidden>, 0 coché" in nine.page("/shares/new?none=1")


def test_d10_from_twelve_badges_they_stand_by_issuer_and_one_is_looked_for_without_a_script(
    nine: Person, monkeypatch: pytest.MonkeyPatch
):
    assert 'type="search"' not in nine.page("/shares/new")
    monkeypatch.setattr("wallet.shares.chooser.MANY", 9)
    share = nine.shows(nine.has()[8], name="Sonia")
    page = nine.page(f"{share}/editing")
    assert words(page).index("Déjà cochés") < words(page).index("Organisme d’essai")
    data = {
        "badge": nine.has()[8],
        "share": share.rpartition("/")[2],
        "word": "Bonjour",
        "seek": ".issuer",
        "q": "s'ADAPTER maitrise",
    }

    found = nine.post("/shares/preview", data=data)

    boxes = re.findall(r'name="badge" value="(\d+)"', found.text)
    assert len(boxes) == 2
    assert ticked(found.text) == [nine.has()[8]], "what is ticked stays, whatever is looked for"
    assert ">Bonjour</textarea>" in found.text
    assert 'value="s&#39;ADAPTER maitrise"' in found.text
    assert f'action="{share}/editing"' in found.text, "it is kept in the share that she changes"
    by_name = nine.post("/shares/preview", data=data | {"q": "", "seek": "good.name"}).text
    assert re.search(r'value="good\.name"[^>]*aria-pressed="true">nom<', by_name)
    there = words(by_name.partition("Déjà cochés")[2].partition("</fieldset>")[0])
    assert there.index("Badge général") < there.index("Communiquer") < there.index("S’adapter"), there
    assert (ticked(by_name), "Bonjour</textarea>" in by_name) == ([nine.has()[8]], True)
    nothing = nine.post("/shares/preview", data={"seek": "1", "q": "pâtissier"})
    assert "Aucun badge n’a ces mots." in nothing.text
    moment = nine.tells(nine.has()[0], facts="Un client")
    asked = nine.page(f"{moment}/badges?badge={nine.has()[1]}&seek=.name&q=communiquer")
    assert ticked(asked) == [nine.has()[1]]
    in_english = nine.post(f"{moment}/badges", data={"step": "again", "q": "communiquer", "seek": ".name"}).text
    assert (ticked(in_english), 'value="communiquer"' in in_english) == ([], True)
