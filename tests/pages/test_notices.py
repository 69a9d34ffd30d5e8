"""What a page says came of an act: the green tick is for what was done, and for nothing else.

A tired reader looks at the colour and reads the first words. Whoever hears the page has the first words alone.
"""

import re
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from tests.fixtures.screens import SCREENS, drawn, mine, pages
from tests.fixtures.screens_cards import (
    IN_PART,
    MARIA,
    SEALED,
    SENTENCES,
    SILENT,
    UNCHECKED,
    UNHEARD_STATUS,
    UNSIGNED,
    badge,
)
from wallet.badges.cards import Card
from wallet.badges.models import ImportOutcome, OutcomeKind
from wallet.pages.languages import LANGUAGES
from wallet.web import rechecks

TEMPLATES = Path(__file__).parents[2] / "wallet/templates"
DONE = {"added", "updated", "checked"}
"""The answers of a badge that may wear the tick; `checked` does where the badge is good."""
LATER = {"tried", "later", "newer-silent", "busy"}
ASKS = {"full", "no-room", "unreadable", "no-badge"}
TONES = {**dict.fromkeys(DONE, "ok"), **dict.fromkeys(LATER | ASKS, "ask")}
NOTICE = re.compile(
    r'<div class="outcome (?P<tone>\w+)" role="status" tabindex="-1" autofocus>(?P<inside>.*?)</div>', re.DOTALL
)
TICK = '<path d="m5 12.5 4.5 4.5L19 7.5"/>'
SOON = re.compile(r"maintenant|à cet instant|plus tard|dans une (?:heure|minute)")


def answers() -> set[str]:
    """All that can come of a file, a second look, a vocabulary and a search for a newer edition, as their types tell."""

    def values(of: Any) -> set[str]:
        return {one for part in get_args(of) for one in ({part} if isinstance(part, str) else values(part))}

    assert get_origin(get_type_hints(rechecks.fetch_contexts)["return"]) in (Union, UnionType)
    kinds = (OutcomeKind, rechecks.Done, rechecks.Renewed, get_type_hints(rechecks.fetch_contexts)["return"])
    return set().union(*map(values, kinds)) - {"problem"}  # a file that holds no badge is told where it was chosen


def notice(done: str, sentence: str = "valid", language: str = "fr") -> tuple[str, str]:
    """The tone of what the page of a badge says after *done*, and all that stands in it."""
    page = pages().render("badges/show.html", language, **mine(badge(sentence), done=done))
    (found,) = NOTICE.finditer(page)
    return found["tone"], found["inside"]


def words(inside: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())


@pytest.mark.parametrize("done", sorted(answers()))
def test_only_what_was_done_wears_the_tick(done: str) -> None:
    tone, inside = notice(done)

    assert tone == TONES.get(done, "old")
    assert (TICK in inside) == (done in DONE)
    assert 'aria-hidden="true"' in inside, "the drawing says nothing that the words do not"


def test_a_search_that_found_nothing_newer_is_no_success() -> None:
    tone, inside = notice("newer-none", "expired")

    assert (tone, TICK in inside) == ("old", False)
    assert words(inside) == "Rien n’a changé. L’organisme n’a pas de version plus récente."


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_look_at_a_badge_wears_the_tick_where_the_badge_is_good(sentence: str) -> None:
    tone, inside = notice("checked", sentence)

    assert (tone == "ok", TICK in inside) == (sentence == "valid", sentence == "valid")
    assert words(inside).startswith("Nous venons de vérifier ce badge.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.breadth
def test_whoever_hears_it_knows_from_the_first_words_that_nothing_was_done(language: str) -> None:
    first = {done: words(notice(done, language=language)[1]).partition(".")[0] for done in answers()}

    assert {first.pop(done) for done in ("added", "updated")}.isdisjoint(first.values())


@pytest.mark.breadth
def test_soon_or_later_is_said_only_where_it_helps() -> None:
    assert {done for done in answers() if SOON.search(words(notice(done)[1]))} == LATER - {"tried"}


def test_another_look_is_offered_only_where_it_can_tell_more() -> None:
    """Kevin taps « Vérifier encore » for nothing where no look will ever tell him what he asks."""
    looks = (SILENT, SEALED, UNSIGNED, UNCHECKED, UNHEARD_STATUS, IN_PART)

    pages_of = {one.id: pages().render("badges/show.html", "fr", **mine(one)) for one in looks}

    assert [id for id, page in pages_of.items() if "Vérifier encore" in page] == [SILENT.id]


STATE = re.compile(r'<section class="label state.*?</section>', re.DOTALL)


@pytest.mark.breadth
def test_of_each_state_the_holder_reads_what_to_do_and_no_comfort_that_was_not_earned() -> None:
    """« Tout allait bien » was seen once; tomorrow helps only where a site is silent; another site where its word counts."""

    def told(one: Card) -> str:
        found = STATE.search(pages().render("badges/show.html", "fr", **mine(one)))
        assert found is not None
        return words(found[0])

    each = {sentence: told(badge(sentence)) for sentence in SENTENCES}
    saying = {
        one: {sentence for sentence, text in each.items() if one in text}
        for one in ("Vous pouvez montrer", "Voir le site", "Tout allait bien", "ne répond pas. Essayez encore demain")
    }

    assert saying["Vous pouvez montrer"] == {"intact"}
    assert saying["Voir le site"] == {"expired", "revoked", "suspended", "intact", "site"}
    assert saying["Tout allait bien"] == saying["ne répond pas. Essayez encore demain"] == {"unknown"}
    assert "La dernière bonne vérification" not in told(badge("unknown", last_good_at=None))
    assert "demain" not in told(UNCHECKED)


def test_whoever_is_asked_for_something_is_told_for_what() -> None:
    told = {done: words(notice(done)[1]) for done in ASKS}

    assert {done for done, text in told.items() if re.search(r"\b(?:Enlevez|Ajoutez|enlever)\b", text)} == ASKS


def test_no_other_page_has_a_tick_of_its_own_for_what_came_of_an_act() -> None:
    """What was done by a report or an answer, and an app that is there, say so in their own words."""
    drawing = re.compile(r'class="petal">{{ icon\("tick"\)')
    own = {
        path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html") if drawing.search(path.read_text())
    }

    assert own == {
        "open_share/report.html",
        "open_share/reply.html",
        "install/show.html",
        "calls/report.html",
        "tutor/given.html",
    }


def test_everywhere_a_notice_without_the_tick_is_not_green() -> None:
    found = [(screen, one) for screen in SCREENS for one in NOTICE.finditer(drawn(screen))]

    assert len(found) > 20
    assert [screen for screen, one in found if (TICK in one["inside"]) != (one["tone"] == "ok")] == []


@pytest.mark.parametrize(
    "reason", ["identity-document", "driving-licence", "diploma", "other-credential", "endorsement"]
)
def test_a_good_file_that_is_no_badge_is_no_fault_of_whoever_chose_it(reason: str) -> None:
    """Nothing is asked to be corrected where nothing is wrong; beside a file that is damaged, something is."""
    good, damaged = ImportOutcome("a.txt", "problem", reason), ImportOutcome("b.png", "problem", "damaged")

    def told(*problems: ImportOutcome) -> str:
        page = pages().render("badges/new.html", "fr", problems=problems, link="", holder=MARIA)
        return page.partition('<div class="problems')[2].partition("</ul>")[0]

    assert "Aucun badge n’est ajouté" in told(good)
    assert told(good).startswith(' waits"')
    assert "corriger" not in told(good)
    assert "Il y a 2 choses à corriger" in told(good, damaged)


@pytest.mark.parametrize("screen", ["moment, changed in two windows", "moment, its sentence, changed in two windows"])
def test_whoever_listens_hears_of_the_other_window_before_the_question(screen: str) -> None:
    """What a page holds when it comes is heard where the focus is: an alert that was there before is none."""
    before_the_question = drawn(screen).partition("<main")[2].partition("<h1")[0]

    assert re.search(r'tabindex="-1" autofocus>\s*<p>\s*<strong>Ce texte a été changé', before_the_question)
