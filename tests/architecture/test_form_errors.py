"""A page that refuses says so first: « Erreur : » in its title, a short summary with the focus, all of it at the field."""

import re
from html import unescape

import pytest

from tests.fixtures.faulted import Faulted
from tests.fixtures.screens import SCREENS, drawn
from wallet.pages.languages import LANGUAGES

pytestmark = pytest.mark.words

REFUSED = [
    name
    for name, (template, given) in SCREENS.items()
    if given.get("problem") or given.get("problems") or template == "evidence/refused_files.html"
]
"""Every screen that is given something to refuse."""
ALREADY_THERE = {"recovery_codes/index.html"}
"""Says that nothing was done since all is well: the paper that one has still works."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_is_said_first_and_at_its_field(language: str) -> None:
    faults = {
        screen: Faulted(drawn(screen, language)).faults
        for screen, (template, _) in SCREENS.items()
        if screen in REFUSED and template not in ALREADY_THERE
    }

    assert len(faults) > 20
    assert {screen: found for screen, found in faults.items() if found} == {}


def test_sonia_reads_what_is_wrong_once_and_what_to_do_at_its_field() -> None:
    page = Faulted(drawn("entry by paper, unknown"))
    told = page.at("code-fault")

    assert page.led_to == [("code", "Ce papier n’ouvre rien.")]
    assert page.summary.said == "Ce papier n’ouvre rien."
    assert told is not None
    assert told.said.startswith("Ce papier n’ouvre rien. ")
    assert "Il y a une chose à corriger" not in page.first("main").said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.breadth
def test_no_summary_says_more_than_a_sentence_of_what_stands_at_its_field(language: str) -> None:
    long = {
        screen: words
        for screen in REFUSED
        if SCREENS[screen][0] not in ALREADY_THERE
        for id, words in Faulted(drawn(screen, language)).led_to
        if id != "documents" and words.count(". ")
    }

    assert long == {}


@pytest.mark.parametrize(
    "screen", [name for name, (template, _) in SCREENS.items() if template.startswith("problems/")]
)
def test_a_page_that_tells_a_problem_has_it_in_its_title(screen: str) -> None:
    page = Faulted(drawn(screen))

    assert page.first("title").said.startswith("Erreur :")
    assert page.first("h1").said in page.first("title").said
    assert page.first("main").said.count(".") >= 2, "what happened, and what to do"


@pytest.mark.breadth
def test_no_other_page_cries_wolf() -> None:
    told = {
        "offers/failed.html",
        "offers/gone.html",
        "recovery/refused.html",
        "recovery/not_yours.html",
        "recovery/too_late.html",
        "evidence/no_room.html",
        "evidence/gone.html",
        "account/sign_in_again.html",
        "evidence/sign_in_again.html",
        "platforms/unanswerable.html",
        "platforms/too_many.html",
    }
    others = [
        (template, " ".join(unescape(title).split()))
        for screen, (template, given) in SCREENS.items()
        if not given.get("problem") and not given.get("problems")
        for title in re.findall("<title>([^<]*)</title>", drawn(screen))
    ]

    assert len(others) > 500
    assert [
        (template, title)
        for template, title in others
        if title.startswith("Erreur :") != (template.startswith("problems/") or template in told)
    ] == []


def test_a_page_that_says_it_otherwise_is_seen() -> None:
    """Else the guards above would hold nothing."""
    page = (
        '<title>{title}</title><main><div role="group" aria-labelledby="h" tabindex="-1" autofocus><h2 id="h">Faute</h2>'
        '<a href="#code">Tapez le code.</a></div><p id="code-fault">{told}</p><input id="code" {tied}></main>'
    )
    good = {
        "title": "Erreur : Code",
        "told": "Tapez le code.",
        "tied": 'aria-describedby="code-fault" aria-invalid="true"',
    }

    assert Faulted(page.format(**good)).faults == []
    assert Faulted(page.format(**good | {"title": "Code"})).faults == ["the title begins otherwise: Code"]
    assert len(Faulted(page.format(**good | {"told": "Faux."})).faults) == 1
    assert len(Faulted(page.format(**good | {"tied": ""})).faults) == 1
    assert len(Faulted(page.format(**good).replace(" autofocus", "")).faults) == 1
