"""Everyone reads their own language: the one they chose, else what their browser asks for, else French."""

import re
from dataclasses import replace

import pytest

from tests.fixtures.quick_html import QuickParser
from tests.fixtures.screens import SCREENS, drawn, has_what_stands_there_alone, pages
from tests.fixtures.visits import words
from wallet.pages.languages import LANGUAGES, catalogue_of, elided, language_of

pytestmark = pytest.mark.words


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("", "fr"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("de-DE,de;q=0.9,en;q=0.5,fr;q=0.4", "en"),
        ("ar,tr;q=0.5", "fr"),
        ("fr;q=0.2, en;q=0.7", "en"),
        ("en, fr", "en"),
        ("fr, en", "fr"),
        ("en;q=0", "fr"),
        ("EN", "en"),
        ("*", "fr"),
        ("en;q=nan, fr;q=soon", "fr"),
        (";;;,,,q=", "fr"),
        ("x" * 100_000 + ",en", "fr"),
    ],
)
def test_a_browser_gets_the_language_it_prefers(asked: str, answered: str) -> None:
    assert language_of(asked) == answered


def test_maria_chose_english_and_it_stays() -> None:
    assert language_of("fr-FR", chosen="en") == "en"


def test_a_choice_that_we_do_not_speak_is_passed_over() -> None:
    assert language_of("en", chosen="../../etc/passwd") == "en"


def test_an_instance_may_speak_english_by_default() -> None:
    assert language_of("ar", default="en") == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_nobody_translated_stays_english(language: str) -> None:
    assert catalogue_of(language).ugettext("Nobody wrote this.") == "Nobody wrote this."


def test_nothing_is_singular_in_french_and_plural_in_english() -> None:
    french, english = catalogue_of("fr"), catalogue_of("en")

    assert french.ungettext("%(num)s badge", "%(num)s badges", 0) == "%(num)s badge"
    assert english.ungettext("%(num)s badge", "%(num)s badges", 0) == "%(num)s badges"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Inès", "Les badges d’Inès"),
        ("Élodie", "Les badges d’Élodie"),
        ("Œdipe", "Les badges d’Œdipe"),
        ("E\u0301lodie", "Les badges d’E\u0301lodie"),
        ("Yvonne", "Les badges d’Yvonne"),
        ("Yasmine", "Les badges de Yasmine"),
        ("Y", "Les badges d’Y"),
        ("Oumar", "Les badges d’Oumar"),
        ("Ouarda", "Les badges de Ouarda"),
        ("Ouistreham", "Les badges de Ouistreham"),
        ("Hélène", "Les badges de Hélène"),
        ("Maria", "Les badges de Maria"),
        ("أمل", "Les badges de أمل"),
        ("« Inès : moi »", "Les badges de « Inès : moi »"),
    ],
)
def test_french_drops_the_e_before_the_vowel_of_a_name(name: str, said: str) -> None:
    """Inès sends her badges to an employer: the subject of her e-mail has no mistake."""
    assert pages().render("shares/subject.txt", "fr", share={"name": name}).strip() == said
    assert pages().render("shares/subject.txt", "en", share={"name": name}).strip() == f"{name}’s badges"


def test_a_name_is_told_likewise_where_a_page_draws_it() -> None:
    assert elided("Mot de %(name)s, %(role)s.", "<bdi>Élodie</bdi>") == "Mot d’%(name)s, %(role)s."
    assert elided("Le fichier vient de %(name)s.", "") == "Le fichier vient de %(name)s."
    assert elided("Il vient de %(site)s.", "academie.example") == "Il vient de %(site)s."


@pytest.mark.parametrize(("name", "said"), [("Marc D.", "Marc D."), ("Marc…", "Marc…"), ("Marc", "Marc.")])
def test_a_name_that_ends_in_a_stop_ends_its_sentence(name: str, said: str) -> None:
    """« Mot de Marc D.. » was read by an employer: whoever is careful signs with one letter."""
    template, given = SCREENS["given"]
    page = pages().render(template, "fr", **given | {"said": replace(given["said"], name=name, role=""), "name": name})

    assert f"Merci pour {said} Gardez ce lien." in words(page)
    assert re.search(re.escape(f"Mot de {said}") + r" [^.]", words(page).replace(" .", "."))


ALONE = {
    **dict.fromkeys(
        ("evidence/question.html", "evidence/place.html", "evidence/sentence.html", "evidence/voice.html"),
        "one question alone",
    ),
    **dict.fromkeys(("shares/show.html", "shares/print.html"), "the code, held out to somebody else"),
    "recovery_codes/sheet.html": "to be printed",
    "share_target/show.html": "one question alone",
    "petitions/answer.html": "one question alone, to which a form led",
    "offline_drafts/new.html": "one question alone, without a network that could bring another page",
    "problems/offline.html": "there is no network that could bring another page",
}
"""Pages that have the screen for one thing: the page before them has the other language."""
BEHIND_A_CODE = "report, made, of a share with a code"
"""The pass to the share goes with its page alone; that page, one tap away, has the other language."""


@pytest.mark.parametrize(("language", "other"), [("fr", "en"), ("en", "fr")])
def test_the_other_language_is_one_tap_away_in_every_state(language: str, other: str) -> None:
    page_of = {
        screen: drawn(screen, language)
        for screen, (template, _) in SCREENS.items()
        if template not in ALONE and screen != BEHIND_A_CODE and not has_what_stands_there_alone(screen)
    }

    assert [screen for screen, page in page_of.items() if f'<html lang="{language}"' not in page] == []
    assert [
        screen for screen, page in page_of.items() if not re.search(rf'<(a|button)[^>]* lang="{other}"', page)
    ] == []


KEEPS_NOTHING = {
    "evidence/show.html": "one address of a page, in a fold",
    "evidence/refused_files.html": "one address of a page, in a fold",
    "passkeys/index.html": "a form for each key, of one name",
    "problems/busy.html": "sent once more by « Envoyer de nouveau » alone",
    "problems/503.html": "sent once more by « Envoyer de nouveau » alone",
    "platforms/connect.html": "whether a platform is told a name is ticked by whoever just read it",
    "search/index.html": "what was looked for stands in its address",
    "shares/send.html": "the message stands in its address",
    "endorsements/request.html": "the message stands in its address",
}
"""Pages whose form the other language does not take along."""
NOT_TYPED = {"hidden", "file", "submit", "button"}


class Sent(QuickParser):
    """Which forms of a page have something to type or to tick, and what the buttons of the other language send along."""

    def __init__(self, page: str, other: str) -> None:
        super().__init__()
        self.other, self.form = other, ""
        self.typed, self.taken, self.first = list[str](), list[str](), dict[str, str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = told.get("id") or told.get("action", "")
        elif tag in {"input", "textarea", "select"} and self.form and told.get("type") not in NOT_TYPED:
            self.typed += [self.form] * (self.form not in self.typed)
        elif tag == "button" and told.get("type", "submit") == "submit":
            self.first.setdefault(told.get("form", self.form), told.get("lang", ""))
            if told.get("lang") == self.other:
                self.taken.append(told.get("form", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = ""


def test_the_other_language_takes_along_what_maria_typed_or_ticked() -> None:
    """The form of every page on which somebody types or ticks is sent by each button of the other language (« typed »), which is
    not the first of its buttons: that is the one which « Entrée » touches."""
    found = {
        screen: Sent(drawn(screen), "en")
        for screen, (template, _) in SCREENS.items()
        if template not in KEEPS_NOTHING and 'action="/language' in drawn(screen)
    }

    wrong = {screen for screen, one in found.items() if set(one.taken) != {"typed" if one.typed else ""}}
    assert wrong == set()
    assert {screen for screen, one in found.items() if one.typed not in ([], ["typed"])} == set()
    assert {screen for screen, one in found.items() if one.first.get("typed") == "en"} == set()


AT_A_DESK = re.compile(r"^(tutor|open_share)/|^petitions/(asked|answer|closed)\.html")
"""What employers and tutors read, most of them at a computer."""


@pytest.mark.parametrize(("language", "touched"), [("fr", r"\btouch(e|ez|ant)\b"), ("en", r"\b(touch|tap)(ing)?\b")])
def test_nobody_at_a_desk_is_told_to_touch_anything(language: str, touched: str) -> None:
    read = {screen: drawn(screen, language) for screen, (template, _) in SCREENS.items() if AT_A_DESK.match(template)}

    assert {screen for screen, page in read.items() if re.search(touched, words(page), re.IGNORECASE)} == set()
