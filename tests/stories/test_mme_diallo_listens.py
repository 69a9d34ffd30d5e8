"""Mme Diallo reads little French: her son's phone reads to her, its letters grow, and Marc helps her with one sheet."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.fixtures.browser import Phone
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.server import Server
from tests.stories.test_every_page_fits_a_small_phone import ORIGIN, SCREENS, SIDEWAYS, draw
from tests.stories.voices import heard, speaks

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
BUTTON = "Lire à voix haute"
GONE = "() => { const one = document.querySelector('#stop read-aloud'); one.replaceWith(one.cloneNode(true)) }"
"""Another part of the page stands in its place."""
LEFT = "() => dispatchEvent(new Event('pagehide'))"
COVERED = """() => {
  const box = document.activeElement.getBoundingClientRect()
  const bars = [...document.querySelectorAll(".act, .bar")].map((one) => one.getBoundingClientRect().top)
  return document.activeElement.closest(".foot") && box.bottom <= Math.min(...bars) + 1 ? [] : [document.activeElement.textContent]
}"""
"""What has the focus and is not seen whole above what stays under the thumb, or is not of the foot."""


@pytest.fixture
def page(phones: Phones) -> Page:
    """A small phone that sees the screens of the table, and has no voice as yet."""
    page = phones(passkeys=False, device=None, viewport={"width": 360, "height": 740}).page
    draw(page)
    return page


def opens(page: Page, screen: str) -> None:
    page.goto(f"{ORIGIN}/screen/{list(SCREENS).index(screen)}")


def test_a_badge_is_read_to_her_and_the_words_of_a_german_issuer_in_german_or_by_her_own_voice(page: Page) -> None:
    """Its name, its level, its state and what it says."""
    speaks(page, "fr-FR")
    opens(page, "badge, valid")
    page.get_by_role("button", name=BUTTON).click()

    said = " ".join(words for _, words, _ in heard(page))
    order = ("Communiquer", "je maîtrise", "Vrai badge, valide", "Vérifié par Mes badges", "Vous savez")
    assert [said.find(one) for one in order] == sorted(said.find(one) for one in order)
    assert -1 not in [said.find(one) for one in order]
    assert "Vérifier encore" not in said, "what one presses is not read"

    speaks(page, "fr_FR", "de-DE")
    opens(page, "badge, just checked")
    page.get_by_role("button", name=BUTTON).click()

    spoken = heard(page)
    assert spoken[0][0] == "de"
    assert "Mechatroniker" in spoken[0][1]
    assert {(language, voice) for language, _, voice in spoken} == {("de", "de-DE"), ("fr", "fr_FR")}
    assert [language for language, words, _ in spoken if "Handwerkskammer" in words] == ["de"]

    speaks(page, "fr-FR")
    opens(page, "badge, just checked")
    page.get_by_role("button", name=BUTTON).click()

    assert {voice for _, _, voice in heard(page)} == {"fr-FR"}


@pytest.mark.parametrize("screen", here_and_in_soak("badge, valid", "help", "privacy"))
def test_a_phone_that_speaks_no_french_has_no_button(page: Page, screen: str) -> None:
    speaks(page, "en-GB", "de-DE")
    opens(page, screen)

    expect(page.locator("read-aloud").first).to_be_attached()
    page.wait_for_function("() => customElements.get('read-aloud')")
    expect(page.get_by_role("button", name=BUTTON)).to_have_count(0)


@pytest.mark.breadth
def test_a_voice_that_would_send_her_words_away_does_not_count_and_one_that_comes_late_reads_one_answer_of_eighteen(
    page: Page,
) -> None:
    speaks(page, "fr-FR", far=True)
    opens(page, "privacy")

    page.wait_for_function("() => customElements.get('read-aloud')")
    expect(page.get_by_role("button", name=BUTTON)).to_have_count(0)

    speaks(page, "fr-FR", late=True)
    opens(page, "privacy")
    page.wait_for_function("() => customElements.get('read-aloud')")
    expect(page.get_by_role("button", name=BUTTON)).to_have_count(0)

    page.evaluate("voicesCome()")

    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()

    _one_answer_of_eighteen_is_read_and_stops_for_another_or_for_a_tap(page)


def _one_answer_of_eighteen_is_read_and_stops_for_another_or_for_a_tap(page: Page) -> None:
    speaks(page, "fr-FR")
    opens(page, "help")
    buttons = page.get_by_role("button", name=BUTTON)
    expect(buttons).to_have_count(18)

    page.locator("#key read-aloud button").click()
    assert " ".join(words for _, words, _ in heard(page)).startswith("C’est quoi, ma clé\u00a0? Votre clé ouvre")
    stopping = page.get_by_role("button", name="Arrêter la voix")
    expect(stopping).to_have_count(1)
    page.locator("#stop read-aloud button").click()
    expect(page.locator("#stop").get_by_role("button", name="Arrêter la voix")).to_be_visible()
    expect(stopping).to_have_count(1)

    broken = page.evaluate("broken")
    stopping.click()
    expect(stopping).to_have_count(0)
    assert page.evaluate("broken") == broken + 1
    page.locator("#stop read-aloud button").click()
    page.evaluate("last.onend()")
    expect(buttons).to_have_count(18)
    for ends in (GONE, LEFT):
        page.locator("#stop read-aloud button").click()
        broken = page.evaluate("broken")
        page.evaluate(ends)
        assert page.evaluate("broken") > broken, "nobody is read what they do not see any more"


@pytest.mark.breadth
def test_her_letters_grow_without_a_script_and_stay_so(phones: Phones, server: Server) -> None:
    phone = phones(passkeys=False, device=None, viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = phone.page
    page.goto("/")
    page.get_by_role("link", name="Taille du texte").click()

    page.get_by_role("button", name="Très grande").click()

    assert re.search(r"/help#text-size$", page.url)
    expect(page.get_by_role("button", name="Très grande")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    for path in ("/", "/badges/new", "/entry", "/nowhere"):
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "24px", path
        assert page.evaluate(SIDEWAYS, [""]) == [0], path
    page.goto("/help")
    page.get_by_role("button", name="Normale").click()
    expect(page.get_by_role("button", name="Normale")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "18px"
    assert page.context.cookies() == []


@pytest.mark.breadth
def test_no_bar_covers_the_foot_however_large_her_letters_are(page: Page) -> None:
    """By keyboard each link of the foot is scrolled to above the button and the bar; what is last can be (WCAG 2.2, 2.4.12)."""
    page.set_viewport_size({"width": 320, "height": 568})
    for screen, size in (("many badges", "112.5%"), ("many badges", "150%"), ("choose", "200%"), ("settings", "200%")):
        opens(page, screen)
        page.evaluate(SIDEWAYS, [f"html {{ font-size: {size} !important }}"])
        page.locator(".bar a").last.focus()
        for _ in range(page.locator(".foot :is(a, button)").count()):
            page.keyboard.press("Tab")
            assert page.evaluate(COVERED) == [], (screen, size)


@pytest.mark.breadth
def test_marc_prints_how_to_help_her_on_one_sheet(phones: Phones) -> None:
    page = phones(passkeys=False, device=None, viewport={"width": 1100, "height": 740}).page
    draw(page)
    opens(page, "advisers")
    expect(page.get_by_role("button", name="Imprimer cette page")).to_be_visible()

    sheet = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))

    assert len(sheet.pages) == 1
    text = sheet.pages[0].extract_text()
    for told in (
        "Aider quelqu’un",
        "localhost:8000",
        "À ne pas faire",
        "2 minutes",
        "Le papier de secours marche sans clé.",
    ):
        assert told in re.sub(r"\s+", " ", text)
    assert "Imprimer cette page" not in text
