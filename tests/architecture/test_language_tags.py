"""Texts of badges keep their own language: read aloud as they are written, from right to left where they are (RGAA 8.7)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache

import pytest

from tests.fixtures.quick_html import QuickParser
from tests.fixtures.screens import SCREENS, drawn, pages
from tests.fixtures.screens_cards import ARABIC, LONG, badge
from wallet.badges.cards import Card
from wallet.pages.languages import LANGUAGES

pytestmark = pytest.mark.words

PAGES = pages()
ENGLISH = badge(id=20, name="Welding in a team", level="", language="en", description="Welds with others.")
SILENT = badge(id=21, name="Soudure", level="", language="")
UNSPOKEN = {"title", "option"}
"""Elements that hold a text alone: no part of it can have a language of its own."""
FORGOTTEN = {"details, stopped"}
"""Of a badge that one removed, a share keeps the name as a memory, and not the language."""
VOID = {"meta", "link", "input", "img", "br", "wbr"}


class Spoken(QuickParser):
    """The texts of a page, each with its language and direction."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            said, (_, language, direction) = dict(attrs), self._open[-1] if self._open else ("", "", "")
            self._open.append((tag, said.get("lang") or language, said.get("dir") or direction))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A drawing's path, which says nothing."""

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        tag, language, direction = self._open[-1] if self._open else ("", "", "")
        if data.strip() and tag not in UNSPOKEN:
            self.texts.append((" ".join(data.split()), language, direction))


def cards_in(told: object, deep: int = 6) -> Iterator[Card]:
    """Every badge that a page is given."""
    if isinstance(told, Card):
        yield told
    elif not deep or isinstance(told, str):
        return
    elif isinstance(told, Mapping):
        for value in told.values():
            yield from cards_in(value, deep - 1)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from cards_in(value, deep - 1)
    elif is_dataclass(told) and not isinstance(told, type):
        for one in fields(told):
            yield from cards_in(getattr(told, one.name), deep - 1)


@cache
def cards_of(screen: str) -> dict[str, Card]:
    """By their names, the badges on a screen that has any to tell the words of."""
    template, given = SCREENS[screen]
    return {} if template == "journey/show.html" else {one.name: one for one in cards_in(given)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.breadth(beside=["fr"])
def test_the_words_of_a_badge_are_in_its_language_on_every_page(language: str) -> None:
    """But « Mon parcours », which calls a competency by its own name in the language of the page."""
    wrong, looked_at = [], 0
    for screen in SCREENS:
        cards = cards_of(screen)
        if not cards or screen in FORGOTTEN:
            continue
        looked_at += 1
        wrong += [
            (screen, text, tongue, direction)
            for text, tongue, direction in Spoken(drawn(screen, language)).texts
            if (card := cards.get(text)) and (tongue != (card.language or language) or direction != "auto")
        ]

    assert looked_at > 100
    assert wrong == []


@pytest.mark.parametrize("screen", ["badge, valid", "result", "one badge, just kept"])
@pytest.mark.parametrize("card", [ARABIC, LONG, ENGLISH, SILENT], ids=lambda card: card.language or "none")
def test_a_badge_in_another_language_says_so_of_all_that_its_issuer_wrote(screen: str, card: Card) -> None:
    template, given = SCREENS[screen]
    told = {"badge": card} if "badge" in given else {"badges": [card]}

    page = Spoken(PAGES.render(template, "fr", **(given | told)))

    spoken = {text: (tongue, direction) for text, tongue, direction in page.texts}
    written = [text for text in (card.name, card.issuer_name, card.description) if text in spoken]
    assert card.name in written
    assert card.issuer_name in written
    assert {spoken[text] for text in written} == {(card.language or "fr", "auto")}


def test_the_level_is_of_our_framework_and_stays_french() -> None:
    card = badge(name="Communicating", level="je pratique", language="en")

    page = Spoken(PAGES.render("badges/show.html", "en", **(SCREENS["badge, valid"][1] | {"badge": card})))

    assert ("je pratique", "fr", "") in page.texts
