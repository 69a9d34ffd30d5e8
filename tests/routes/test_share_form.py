"""Making a share: for whom, until when, seen beforehand as the employer will see it, and made once more later."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.screens import pages
from tests.fixtures.screens_cards import ALL, DETAILED, LONG
from tests.fixtures.screens_shares import SCREENS_OF_SHARES
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, Clock, Person, Stranger, holder, signed, words
from tests.routes.test_shares import ONE_OF_EACH, ticked
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.shares import owner_view
from wallet.shares.chooser import chooser_of
from wallet.shares.form import ShareForm
from wallet.shares.owner_view import OwnedShare

A_YEAR_ON = "2027-11-24"
"""The last day that a share made on 24 November 2026 may last: its evening is within 366 days."""
HTMX = {"HX-Request": "true"}


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps three good badges."""
    return holder(app, *[(f"{name}.json", signed(name)) for name in ONE_OF_EACH])


def told(person: Person, share: str) -> OwnedShare:
    """The share at that address, as its owner is told of it."""
    id, services = int(share.rpartition("/")[2]), person.services
    with services.database.reading() as session:
        return owner_view.get_owned_share(session, 1, id, services.keyring.unseal, services.clock())


def chosen(page: str, name: str) -> list[str]:
    """The values of the boxes or blocks of that name that are chosen."""
    return re.findall(rf'name="{name}" value="([^"]*)"[^>]* checked', page)


def typed(page: str, name: str) -> str:
    found = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None
    return found[1]


def preview(person: Person, *ids: int, **choice: Any) -> str:
    """What htmx puts into the page."""
    answer = person.post("/shares/preview", data={"badge": [str(id) for id in ids], **choice}, headers=HTMX)
    assert answer.status_code == 200
    return str(answer.text)


NEEDS_A_LINK = re.compile(
    r'<section class="again".*?</section>|<a (?!class="skill")[^>]*"/s/.*?</a>|<details(?:(?!</?details).)*"/s/(?:(?!</?details).)*</details>',
    re.DOTALL,
)
"""What stands beside the code, and what leads on under the link: neither is there yet beforehand."""


def main(page: str) -> str:
    """The words of the main part of the page of a share, but for NEEDS_A_LINK."""
    found = re.search(r"<main.*</main>", page, re.DOTALL)
    assert found is not None
    return words(NEEDS_A_LINK.sub("", found[0]))


@pytest.mark.breadth
def test_it_ends_in_the_evening_of_the_chosen_day(maria: Person, clock: Clock, recruiter: Stranger):
    share = maria.shows(*maria.has(), days="date", date="2026-12-15")
    link = maria.link_of(share)

    assert told(maria, share).ends_at == datetime(2026, 12, 15, 22, 59, 59, tzinfo=UTC), "Paris is an hour ahead"
    assert "15 décembre 2026" in maria.page("/shares")
    clock.now = datetime(2026, 12, 15, 22, 59, tzinfo=UTC)
    assert recruiter.get(link).status_code == 200
    clock.now = datetime(2026, 12, 15, 23, 0, tzinfo=UTC)
    assert recruiter.get(link).status_code == 404


def test_in_summer_the_evening_is_two_hours_earlier_for_the_machine(maria: Person):
    share = maria.shows(*maria.has(), days="date", date="2027-07-01")

    assert told(maria, share).ends_at == datetime(2027, 7, 1, 21, 59, 59, tzinfo=UTC)


@pytest.mark.breadth
def test_after_midnight_in_paris_today_is_the_new_day(maria: Person, clock: Clock):
    clock.now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)

    assert 'min="2026-11-25" max="2027-11-25"' in maria.page("/shares/new")
    answer = maria.post("/shares", data={"badge": maria.has(), "days": "date", "date": "2026-11-24"})
    assert "Cette date est passée." in answer.text
    assert told(maria, maria.shows(*maria.has(), days="date", date="2026-11-25")).is_open


@pytest.mark.parametrize("date", ["2026-11-24", A_YEAR_ON])
def test_from_this_evening_to_a_year_on_a_day_may_be_chosen(maria: Person, date: str):
    share = maria.shows(*maria.has(), days="date", date=date)

    assert told(maria, share).ends_at.isoformat() == f"{date}T22:59:59+00:00", "to its evening, and not cut short"


@pytest.mark.parametrize("date", ["15/12/2026", "15.12.2026", "15-12-2026", "15 12 2026"])
def test_where_no_calendar_helps_a_date_may_be_typed(maria: Person, date: str):
    assert "15 décembre 2026" in maria.page(maria.shows(*maria.has(), days="date", date=date))


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("", "Choisissez une date."),
        ("2026-11-23", "Cette date est passée."),
        ("0001-01-01", "Cette date est passée."),
        ("2027-11-25", "Cette date est trop loin. Au plus tard : le 24 novembre 2027."),
        ("9999-12-31", "Cette date est trop loin."),
        ("2027-02-29", "Nous ne savons pas lire cette date."),
        ("31/11/2026", "Nous ne savons pas lire cette date."),
        ("0/0/0000", "Nous ne savons pas lire cette date."),
        ("demain", "Nous ne savons pas lire cette date."),
        ("2026-W50-1", "Nous ne savons pas lire cette date."),
        ("٢٠٢٦-١٢-١٥", "Nous ne savons pas lire cette date."),
        ("2026-12-15\x00'\"><b>", "Nous ne savons pas lire cette date."),
        ("9" * 5000, "Nous ne savons pas lire cette date."),
    ],
)
def test_a_wrong_date_is_told_at_its_place_and_nothing_is_lost(sonia: Person, date: str, said: str):
    first, second, _ = sonia.has()
    kept = {"name": "Soso", "word": "Bonjour", "purpose": "", "other": "Le garage", "code": "1"}

    answer = sonia.post("/shares", data={"badge": [first, second], "days": "date", "date": date, **kept})

    page = answer.text
    assert answer.status_code == 422
    assert page.count("aria-invalid") == 1
    place = page[page.index('id="date-fault"') : page.index('<input id="date"')]
    assert said in words(place)
    assert set(ticked(page)) == {first, second}
    assert chosen(page, "days") == ["date"]
    assert typed(page, "name") == "Soso"
    assert typed(page, "other") == "Le garage"
    assert ">Bonjour</textarea>" in page
    assert chosen(page, "code") == ["1"]
    assert "Montrer le QR code" not in sonia.page("/shares")


def test_two_things_to_correct_are_told_at_once(maria: Person):
    answer = maria.post("/shares", data={"days": "date", "date": "hier"})

    assert answer.status_code == 422
    assert "Il y a 2 choses à corriger" in words(answer.text)
    assert 'href="#choices"' in answer.text
    assert 'href="#date"' in answer.text


@pytest.mark.breadth
def test_a_date_that_was_left_behind_does_not_count(maria: Person):
    assert "1er décembre 2026" in maria.page(maria.shows(*maria.has(), days="7", date="hier"))


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({"purpose": "Agence d’intérim", "other": ""}, "Agence d’intérim"),
        ({"purpose": "", "other": "Le garage"}, "Le garage"),
        ({"other": "Le garage"}, "Le garage"),
        ({"purpose": "Entretien", "other": "Le garage"}, "Entretien"),
        ({"days": "365"}, "CV"),
        ({"days": "365", "purpose": "Entretien"}, "Entretien"),
        ({}, ""),
        ({"other": "x" * 500}, "x" * 60),
    ],
    ids=str,
)
def test_for_whom_it_is_stays_with_the_holder(maria: Person, recruiter: Stranger, chosen: dict[str, str], kept: str):
    share = maria.shows(*maria.has(), **chosen)

    page = words(recruiter.get(maria.link_of(share)).text)
    assert told(maria, share).purpose == kept
    assert not kept or kept not in re.sub(r"(?:[0-9A-Z]{4} )+[0-9A-Z]{1,4}", "", page), "nor in a code, but by chance"


@pytest.mark.breadth
def test_a_word_of_many_lines_is_shown_to_its_end(maria: Person, recruiter: Stranger):
    """As long as its field takes, where a line that ends is one sign; on its way it is two."""
    word = "\n".join(["Bonjour."] * 56)[:496] + "Fin."
    link = maria.link_of(maria.shows(*maria.has(), word=word.replace("\n", "\r\n")))

    assert len(word) == 500
    assert "Fin. »" in words(recruiter.page(link))


@pytest.mark.breadth
def test_six_digits_are_asked_for_when_the_box_is_ticked(maria: Person, recruiter: Stranger):
    assert "Nous vous donnons 6 chiffres." in maria.reads("/shares/new")
    plain, locked = maria.shows(*maria.has()), maria.shows(*maria.has(), code="1")

    assert told(maria, plain).code == ""
    assert re.fullmatch("[0-9]{6}", told(maria, locked).code)
    assert "mot de passe" in words(recruiter.get(maria.link_of(locked)).text)


@pytest.mark.breadth
def test_the_preview_is_what_the_recruiter_then_reads(sonia: Person, recruiter: Stranger):
    _, *some = sonia.has()
    choice = {"name": "Sonia", "word": "Bonjour", "days": "30", "purpose": "Entretien", "other": "Le garage"}

    before, _, behind = words(preview(sonia, *some, **choice)).partition(" Ce que dit aussi la page de chaque badge ")
    page = recruiter.get(sonia.link_of(sonia.shows(*some, **choice))).text

    assert before == main(page)
    assert behind.count("compétence") == 2, "what stands on the pages of the badges"
    assert "Sonia vous montre 2 badges" in before


@pytest.mark.breadth
def test_the_pictures_of_the_preview_are_the_holders_own(app: Starlette):
    """Of badges whose skill has no drawing of ours."""
    plain = [replace(sample, name=f"Souder {number}") for number, sample in enumerate(samples.samples()[:3])]
    sonia = holder(app, *((one.name, samples.make_badge(one, ISSUERS_KEY, AWARDED).encode()) for one in plain))
    one, other, left_out = sonia.has()

    page = preview(sonia, one, other)

    pictures = re.findall(r'<img[^>]* src="([^"]*)"', page)
    assert pictures == 2 * [f"/badges/{one}/picture", f"/badges/{other}/picture"], "on the case, and in their rows"
    assert {sonia.get(picture).status_code for picture in pictures} == {200}
    assert f"/badges/{left_out}/" not in page
    assert "<script" not in page
    assert "/s/" not in page


@pytest.mark.breadth
def test_nothing_of_the_holder_is_in_the_preview_but_what_others_will_see(app: Starlette):
    canary = holder(app, ("KENNWORT-DATEI.json", signed("communiquer-1")))
    (id,) = canary.has()
    with canary.services.database.writing() as session:
        kept = session.get(KeptBadge, id)
        assert kept is not None
        kept.file_name, kept.link = "KENNWORT-DATEI.json", "https://KENNWORT-LINK.example"
        evidence = [{"id": "", "name": "KENNWORT-BELEG", "narrative": "KENNWORT-TEXT", "description": "", "genre": ""}]
        kept.read = kept.read | {"recipient_name": "KENNWORT-NAME", "evidence": evidence}
        kept.match = {"address": "KENNWORT@example.org", "at": "2026-11-24T00:00:00+00:00"}
        kept.history = {"made_at": "2026-11-24", "note": "KENNWORT-HISTORY"}
        checks = kept.examination["checks"]
        detailed = [one | {"detail": "KENNWORT-DETAIL"} if one["name"] == "named_to_me" else one for one in checks]
        kept.examination = kept.examination | {"checks": detailed}

    told = {"purpose": "", "other": "KENNWORT-ZWECK", "name": "Soso", "code": "1"}
    page = preview(canary, id, **told)

    assert "Soso vous montre" in words(page)
    assert "L’employeur tape d’abord le mot de passe." in page
    assert "KENNWORT" not in page.replace("KENNWORT-NAME", "")
    assert "KENNWORT" not in preview(canary, id, **told, hide_name="1")
    # the words are there for whom they are meant
    assert "KENNWORT-BELEG" in canary.page(f"/badges/{id}")


def test_looking_beforehand_keeps_nothing(sonia: Person):
    preview(sonia, *sonia.has(), name="Soso", code="1")

    assert "Vous n’avez encore rien montré." in sonia.page("/shares")


def test_where_something_is_to_be_corrected_the_preview_says_so(maria: Person):
    assert words(preview(maria)) == "Choisissez un badge à montrer."
    assert "Cette date est passée." in words(preview(maria, *maria.has(), days="date", date="2020-01-01"))


@pytest.mark.breadth
def test_without_a_script_the_whole_page_comes_back_with_everything_kept(sonia: Person):
    one, *_ = sonia.has()
    kept = {"days": "date", "date": "2026-12-15", "name": "Soso", "word": "Bonjour", "other": "Le garage", "code": "1"}

    answer = sonia.post("/shares/preview", data={"here": "/shares/new", "badge": str(one), **kept})

    page = answer.text
    assert answer.status_code == 200
    assert re.search(r'<details class="fold" id="preview" open>', page)
    assert "Soso vous montre 1 badge" in words(page)
    assert ticked(page) == [one]
    assert chosen(page, "days") == ["date"]
    assert (typed(page, "date"), typed(page, "name"), typed(page, "other")) == ("2026-12-15", "Soso", "Le garage")
    assert chosen(page, "code") == ["1"]
    assert ">Bonjour</textarea>" in page
    assert "&amp;next=/shares/preview" in page, "another language takes all of it along"


@pytest.mark.breadth
def test_whoever_has_many_may_begin_with_none(app: Starlette):
    names = [one.art for one in samples.samples()]
    sonia = holder(app, *[(f"{name}.json", signed(name)) for name in names])

    assert 'href="/shares/new?none=1"' in sonia.page("/shares/new")
    assert ticked(sonia.page("/shares/new?none=1")) == []
    assert len(ticked(sonia.page("/shares/new?none=x"))) == len(names) == 9


def test_nobody_sees_beforehand_what_is_somebody_elses(maria: Person, youssef: Person):
    """The same as of a badge that he removed: nothing tells him that it is there."""
    for theirs in (maria.has(), [999_999]):
        data = {"badge": [*theirs, *youssef.has()], "word": "Bonjour"}

        part = youssef.post("/shares/preview", data=data, headers=HTMX)
        page = youssef.post("/shares/preview", data=data)

        assert (part.status_code, page.status_code) == (200, 422)
        for answer in (part, page):
            assert "Vous avez enlevé un badge depuis." in words(answer.text)
            assert "beforehand" not in answer.text
        assert ticked(page.text) == youssef.has()


@pytest.mark.parametrize("path", ["/shares", "/shares/preview"])
def test_a_badge_removed_in_another_tab_takes_nothing_typed_along(sonia: Person, path: str):
    *rest, removed = sonia.has()
    sonia.post(f"/badges/{removed}/removal")

    answer = sonia.post(path, data={"badge": [*rest, removed], "days": "30", "word": "Bonjour", "other": "Le garage"})

    assert answer.status_code == 422
    assert "Vous avez enlevé un badge depuis." in words(answer.text)
    assert ticked(answer.text) == rest
    assert ">Bonjour</textarea>" in answer.text
    assert typed(answer.text, "other") == "Le garage"
    assert sonia.page("/shares").count("/details") == 0, "nothing is shown before they have seen that"


@pytest.mark.parametrize("path", ["/shares", "/shares/preview"])
@pytest.mark.breadth(beside=["/shares/preview"])
def test_a_story_removed_in_another_tab_takes_nothing_typed_along(sonia: Person, path: str):
    badge, moment = sonia.has()[0], sonia.tells(sonia.has()[0], facts="Un client attendait.")
    sonia.post(f"{moment}/removal")

    data = {"badge": badge, "moment": f"{badge}-{moment.rpartition('/')[2]}", "days": "7", "word": "Bonjour"}
    answer = sonia.post(path, data=data)

    assert answer.status_code == 422
    assert "Vous avez changé vos moments depuis." in words(answer.text)
    assert ticked(answer.text) == [badge]
    assert ">Bonjour</textarea>" in answer.text


@pytest.mark.breadth
def test_again_is_as_it_was_but_for_the_link(sonia: Person):
    some = sonia.has()[1:]
    share = sonia.shows(*some, days="30", name="Soso", word="Bonjour", purpose="Agence d’intérim", code="1")

    page = sonia.page(f"/shares/new?again={share.rpartition('/')[2]}")

    assert ticked(page) == some
    assert chosen(page, "days") == ["30"]
    assert chosen(page, "purpose") == ["Agence d’intérim"]
    assert chosen(page, "code") == ["1"]
    assert typed(page, "name") == "Soso"
    assert ">Bonjour</textarea>" in page
    assert "Le lien sera nouveau." in page
    made = sonia.shows(*ticked(page), days="30", name="Soso", word="Bonjour")
    assert sonia.link_of(made) != sonia.link_of(share)


@pytest.mark.breadth
def test_again_keeps_the_holders_own_words_and_the_nearest_length(sonia: Person, clock: Clock):
    share = sonia.shows(*sonia.has(), days="date", date="2026-12-20", other="Le garage", name="")
    sonia.post(f"{share}/stopping")
    clock.move(days=3)

    page = sonia.page(f"/shares/new?again={share.rpartition('/')[2]}")

    assert chosen(page, "days") == ["30"]
    assert typed(page, "other") == "Le garage"
    assert chosen(page, "purpose") == [""], "« Autre »"
    assert typed(page, "name") == "", "no first name was shown"


@pytest.mark.breadth
def test_again_ticks_nothing_in_the_place_of_what_is_gone(sonia: Person):
    one, other, _ = sonia.has()
    share = sonia.shows(one, other)
    sonia.post(f"/badges/{one}/removal")
    again = f"/shares/new?again={share.rpartition('/')[2]}"

    assert ticked(sonia.page(again)) == [other]
    sonia.post(f"/badges/{other}/removal")
    assert ticked(sonia.page(again)) == []


@pytest.mark.parametrize("again", ["{id}", "999999999", "0", "x", "", "-1", "9" * 40])
def test_again_of_somebody_else_or_of_nothing_is_as_if_none_were_asked_for(maria: Person, youssef: Person, again: str):
    share = maria.shows(*maria.has(), word="Bonjour", name="Maria")

    asked = f"/shares/new?again={again.format(id=share.rpartition('/')[2])}"
    page = youssef.page(asked)

    assert page.replace(asked, "/shares/new") == youssef.page("/shares/new"), "but for what the other language asks for"
    assert "Bonjour" not in page


def test_there_is_an_end_to_how_many_shares_there_are(sonia: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.shares.lifecycle.MOST_SHARES", 2)
    first = sonia.shows(*sonia.has())
    sonia.shows(*sonia.has())

    refused = sonia.post("/shares", data={"badge": sonia.has()[:1], "days": "7", "name": "Soso", "word": "Bonjour"})

    assert refused.status_code == 422
    assert "Vous avez 2 000 partages." in refused.text
    assert typed(refused.text, "name") == "Soso"
    assert ticked(refused.text) == sonia.has()[:1], "what was chosen stays"
    sonia.post(f"{first}/stopping")
    sonia.post(f"{first}/removal")
    assert sonia.post("/shares", data={"badge": sonia.has()[:1], "days": "7"}).status_code == 303


# What the form says and leaves open, in the states of tests/fixtures/screens_shares.py.


def test_a_badge_to_choose_says_what_is_wrong_with_it_and_by_which_way_nobody_asked_for_it_came():
    def rows(state: str) -> dict[int, str]:
        found = re.findall(r'<div class="choice" data-issuer.*?</label>', drawn(state), re.DOTALL)
        return {int(id): row for row in found for id in re.findall(r'name="badge" value="(\d+)"', row)}

    every, by_link, marked = map(rows, ("choose", "choose, one of them came by a link", "choose, with marks"))
    doubtful = {id for id, row in every.items() if 'class="chip' in row}
    assert doubtful == {one.id for one in ALL if one.sentence not in {"valid", "site", "intact"} and not one.is_spoiled}
    for what in ("Il est venu par un lien", "data-by-hand"):  # « Tout cocher » leaves it alone
        assert [id for id, row in by_link.items() if what in row] == [LONG.id]
    for what in ("data-siae", "data-marks"):
        assert [id for id, row in marked.items() if what in row] == [DETAILED.id]


def test_of_many_a_folded_badge_says_its_own_state_and_no_number():
    """How many of the folded ones are ticked is said above them."""
    many = [replace(DETAILED, id=id, sentence="valid" if id < 20 else "expired") for id in range(1, 21)]
    chooser = chooser_of(many, {one.id for one in many})

    (chip,) = re.findall(r'<span class="chip.*?</span>', drawn("choose", chooser=chooser), re.DOTALL)

    assert words(chip) == "Expiré"


def test_many_badges_stand_under_the_name_of_who_gave_them_and_what_is_ticked_under_its_own():
    groups = re.findall(
        r'<div class="of-issuer"(.*?)>.*?<h2 id="([^"]*)"[^>]*>([^<]*)</h2>', drawn("change"), re.DOTALL
    )

    assert [name for _, _, name in groups][:1] == ["Déjà cochés"]
    assert [name for _, _, name in groups].count("Déjà cochés") == 1
    assert "Sans nom d’organisme" in [name for _, _, name in groups]
    for attributes, id, _ in groups:
        assert f'role="group" aria-labelledby="{id}"' in attributes, "whoever listens hears whose they are"


def test_what_was_chosen_in_the_form_is_never_folded_away():
    def open_folds(**typed: Any) -> list[str]:
        page = drawn("choose", draft=ShareForm(badge_ids=frozenset({1}), **typed))
        return [words(one) for one in re.findall(r'<details class="fold" open>\s*<summary>(.*?)<', page, re.DOTALL)]

    assert open_folds() == []
    assert open_folds(word="Bonjour.") == ["Un mot pour l’employeur"]
    assert open_folds(has_code=True) == ["Un mot de passe à 6 chiffres"]
    assert open_folds(takes_messages=False) == ["Messages"]
    for chosen_for in ({"purpose": "CV"}, {"other": "Le garage"}):
        page = drawn("choose", draft=ShareForm(badge_ids=frozenset({1}), **chosen_for))
        assert re.search(r'<details class="fold" open>\s*<summary><span id="purpose-head">', page)


def drawn(state: str, **other: Any) -> str:
    """The page in that *state*, and with that what is *other*."""
    template, context = SCREENS_OF_SHARES[state]
    return pages().render(template, "fr", **context | other)
