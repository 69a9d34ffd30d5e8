"""The main screens as they are read aloud, from the top: place, title and state come first, in French.

What Chromium tells a screen reader (Playwright's aria snapshot) is kept under snapshots/, a file a screen. Whoever means
a change makes them anew with `WALLET_SNAPSHOTS=new .venv/bin/python -m pytest tests/stories/test_what_is_heard_first.py`
and reads what git then shows.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.fixtures.screens import SCREENS
from tests.stories.test_every_page_fits_a_small_phone import ORIGIN, PHONE, draw

pytestmark = pytest.mark.browser
KEPT = Path(__file__).with_name("snapshots")
MAIN = {  # the screen: the place or the way back that the top line names, the title, the state told right below
    "welcome": ("Mes badges", "Gardez vos badges au même endroit", "C’est gratuit."),
    "result": ("Ajouter", "Communiquer", "Vrai badge, bravo !"),
    "many badges": ("Mes badges", "Mes 16 badges", "je maîtrise"),
    "badge, valid": ("Badges", "Communiquer", "Vrai badge, valide"),
    "moment, facts": ("Question 2 sur 5", "Que s’est-il passé ?", "Un client était en colère."),
    "path, two of four": ("Mes badges", "Mon parcours", "2 compétences"),
    "choose": ("Badges", "Montrer mes badges", "[checked]"),
    "code": ("Fermer", "Faites scanner ce QR code", "jusqu’au 1er décembre 2026"),
    "one badge of a share, valid": ("Retour", "Communiquer", "Vrai badge, valide"),
    "recruiter": ("Mes badges", "Maria", "2 badges intacts"),
}
ABOVE = 12
"""Lines below the title, at most, until the state is told."""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A small phone that sees the screens of the table, one after the other."""
    with browser.new_context(
        viewport=PHONE, locale="fr-FR", timezone_id="Europe/Paris", service_workers="block"
    ) as context:
        page = context.new_page()
        draw(page)
        yield page


def kept(screen: str) -> Path:
    """Where the snapshot of *screen* is."""
    return KEPT / f"{re.sub(r'[^a-z]+', '-', screen)}.yaml"


def snapshot(page: Page, screen: str) -> str:
    """What is heard of *screen*, without the addresses behind the links, which are not."""
    page.goto(f"{ORIGIN}/screen/{list(SCREENS).index(screen)}")
    told = re.sub(r"^ *- /url: .*\n", "", page.locator("body").aria_snapshot() + "\n", flags=re.MULTILINE)
    return f"# {page.title()}\n{told}"


@pytest.mark.parametrize("screen", MAIN)
def test_a_main_screen_is_heard_as_it_is_kept(page: Page, screen: str) -> None:
    told = snapshot(page, screen)
    file = kept(screen)
    if os.environ.get("WALLET_SNAPSHOTS") == "new":
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")

    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("screen", MAIN)
def test_place_title_and_state_are_heard_in_this_order(screen: str) -> None:
    told = kept(screen).read_text(encoding="utf-8").replace("\u00a0", " ")
    place, title, state = MAIN[screen]

    top, _, main = told.partition("- main:\n")
    before, _, after = main.partition(f'  - heading "{title}" [level=1]\n')
    assert place in top.partition("- banner:\n")[2] + before
    assert [line for line in before.splitlines() if not re.match(r" *- '?img ", line) and place not in line] == []
    assert state in "".join(after.splitlines(keepends=True)[:ABOVE])
