"""Yann taps a badge on the page that he was sent, or a story: each has a page of its own, for a small phone, an ear, no script."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import AXE, Phone, axe
from tests.fixtures.server import Server
from tests.stories.ready_phones import holder
from tests.stories.showings import has, shows
from tests.stories.test_every_page_fits_a_small_phone import TARGETS, scrolls

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WINDOW = 14 * 1024
"""Bytes of the first window of a connection."""


@pytest.fixture(scope="module")
def link(server: Server, samples: Path) -> Iterator[str]:
    """Sonia shows two badges of one skill, and one of another."""
    names = ("ob3-communiquer-1.png", "ob3-communiquer-2.png", "ob3-organiser-2.png")
    for sonia in holder(server, *(samples / name for name in names)):
        yield server.origin + shows(sonia, name="Sonia")


def at_a_counter(phones: Phones, **options: object) -> Page:
    """A small phone that belongs to nobody we know."""
    return phones(passkeys=False, device=None, viewport={"width": 360, "height": 640}, **options).page


def test_yann_reads_one_badge_takes_its_file_and_goes_back_without_a_script(phones: Phones, link: str) -> None:
    page = at_a_counter(phones, java_script_enabled=False)
    page.goto(f"{link}/badges/0")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Badge intact", level=2)).to_be_visible()
    box = page.get_by_role("heading", name="Badge intact").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 640, "what and whether it is true, on one screen"
    for heard in ("Comment c’est jugé", "Ce que nous avons vérifié"):
        expect(page.get_by_role("heading", name=heard, level=2)).to_be_visible()
    page.get_by_text("Détails techniques").click()
    expect(page.get_by_text("Open Badges 3.0")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Le fichier de ce badge").click()
    assert taken.value.suggested_filename.startswith("badge-1.")
    page.get_by_role("link", name="Retour").click()
    page.wait_for_url(link)


def test_a_file_that_sonia_took_back_meanwhile_says_so_where_yann_taps_it(
    phones: Phones, server: Server, samples: Path
) -> None:
    for sonia in holder(server, samples / "ob3-organiser-2.png"):
        link = server.origin + shows(sonia, name="Sonia")
        page = at_a_counter(phones, java_script_enabled=False)
        page.goto(f"{link}/badges/0")
        assert sonia.post(f"/badges/{has(sonia)[0]}/removal").status_code == 303

        page.get_by_role("link", name="Le fichier de ce badge").click()

        expect(page.get_by_role("heading", name="Cette page n’existe plus.")).to_be_visible()


def test_from_one_badge_of_a_skill_the_other_is_a_tap_away(phones: Phones, link: str) -> None:
    page = at_a_counter(phones)
    found = {}
    for place in range(3):
        page.goto(f"{link}/badges/{place}")
        found[page.get_by_role("heading", level=1).inner_text(), page.locator(".stage .reached").inner_text()] = place
    page.goto(f"{link}/badges/{found['Communiquer', 'pratique']}")

    page.get_by_role("link", name="Communiquer, maîtrise").click()

    page.wait_for_url(f"{link}/badges/{found['Communiquer', 'maîtrise']}")
    expect(page.get_by_role("link", name="Communiquer, pratique")).to_be_visible()
    expect(page.get_by_role("link", name="Organiser")).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed here (make install-for-tests)")
def test_axe_and_fingers_find_nothing_wrong_on_the_real_page(phones: Phones, link: str) -> None:
    page = at_a_counter(phones)
    page.context.add_init_script(path=AXE)
    page.goto(f"{link}/badges/0")
    page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true }")

    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert axe(page) + page.evaluate(TARGETS) + scrolls(page) == [], scheme


def test_it_comes_in_one_window_from_us_alone_leaves_no_cookie_and_is_reached_by_the_keyboard(
    phones: Phones, link: str
) -> None:
    page = at_a_counter(phones)
    sizes: list[int] = []
    kinds: list[str] = []
    page.on("requestfinished", lambda one: kinds.append(one.resource_type))
    answer = page.goto(f"{link}/badges/0", wait_until="load")
    assert answer is not None
    told = answer.request.sizes()
    sizes.append(told["responseBodySize"] + told["responseHeadersSize"])

    assert sum(sizes) <= WINDOW, sizes
    assert {"script", "stylesheet"} & set(kinds) == set()
    assert page.context.cookies() == []

    _the_keyboard_reaches_all_of_it(page)
    _another_language_is_one_tap_away_and_stays(page, link)


def _the_keyboard_reaches_all_of_it(page: Page) -> None:
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        told = page.evaluate("() => document.activeElement.textContent.trim()")
        reached.append(told)
        if told == "Mentions légales":
            break

    assert reached[:3] == ["Aller au texte", "Retour", "English"]
    for word in ("Détails techniques", "Le fichier de ce badge", "Revenir aux badges"):
        assert word in reached


def _another_language_is_one_tap_away_and_stays(page: Page, link: str) -> None:
    page.get_by_role("link", name="English").click()

    expect(page.get_by_role("heading", name="How it is assessed", level=2)).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    page.wait_for_url(f"{link}?lang=en")
