"""After the code is made: Sonia has it scanned, sends it, prints it, and stops it in two taps, or lets it last."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED, Person, time_stands_still

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SPY = """() => {
  window.asked = []
  window.printed = 0
  window.shared = []
  const request = (kind) => { window.asked.push(kind); return Promise.resolve({}) }
  Object.defineProperty(navigator, "wakeLock", { value: { request } })
  window.print = () => { window.printed += 1 }
  navigator.share = (what) => { window.shared.push(what); return Promise.resolve() }
}"""
"""A phone that notes what a page asks of it: to stay lit, to print, to send."""
HIDDEN = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true })
  document.dispatchEvent(new Event("visibilitychange"))
}"""
OFFERED = "() => document.querySelector('.lately form').getAnimations().map((one) => one.effect.getTiming().delay)"
TEN_SECONDS_ON = "() => document.querySelector('.lately form').getAnimations().forEach((one) => one.finish())"


@pytest.fixture
def sonia(phone: Phone, server: Server, real_badge: Path) -> Person:
    """Sonia, who keeps one badge by her finger; her phone notes what is asked of it."""
    phone.page.add_init_script(f"({SPY})()")
    return with_badges(phone, real_badge, at="")


def makes_a_code(sonia: Person, **choice: str) -> str:
    """A share as the form makes it, with what else is chosen: its code page is open now; its link."""
    sonia.page.goto("/shares/new")
    sonia.page.evaluate(
        """(choice) => Object.entries(choice).forEach(([name, value]) => {
          const field = document.createElement("input")
          Object.assign(field, { type: "hidden", name, value })
          document.querySelector("form.sharing").append(field)
        })""",
        choice,
    )
    sonia.tap("Créer le QR code")
    sonia.reads("Faites scanner ce QR code")
    return "http://" + re.sub(r"\s", "", sonia.page.locator("#address").inner_text())


def answers(page: Page, link: str) -> int:
    """What whoever has the link is answered."""
    return page.request.get(link, headers={"Cookie": ""}).status


def later(server: Server, seconds: int) -> None:
    """The last stop was so many seconds ago, however long it took to come here."""
    with closing(sqlite3.connect(server.folder / "var/wallet.sqlite3", timeout=60)) as database, database:
        changed = database.execute(
            "UPDATE shares SET stopped_at = strftime('%Y-%m-%d %H:%M:%f000', 'now', ?) "
            "WHERE id = (SELECT id FROM shares WHERE stopped_at IS NOT NULL ORDER BY stopped_at DESC LIMIT 1)",
            (f"-{seconds} seconds",),
        )
        assert changed.rowcount == 1


@pytest.mark.breadth
def test_sonia_stops_in_two_taps_and_undoes_it_until_it_is_too_late(sonia: Person, server: Server) -> None:
    link = makes_a_code(sonia)
    sonia.page.goto("/badges")
    time_stands_still(sonia.page)
    sonia.taps = 0

    sonia.tap("Mes partages")
    sonia.tap("Arrêter ce partage")
    sonia.reads("C’est arrêté.")
    assert (sonia.taps, sonia.characters) == (PROMISED["F10"], 0)
    assert answers(sonia.page, link) == 404
    assert sonia.page.evaluate(OFFERED) == [10_000]

    sonia.tap("Annuler")
    sonia.reads("Le lien et le QR code marchent de nouveau.")
    assert answers(sonia.page, link) == 200

    # a slow phone may still undo what its page no longer offers
    sonia.tap("Arrêter ce partage")
    expect(sonia.find("Annuler")).to_be_visible()
    later(server, 11)

    sonia.tap("Annuler")

    sonia.reads("Le lien et le QR code marchent de nouveau.")
    assert answers(sonia.page, link) == 200

    _is_told_when_it_is_too_late(sonia, server, link)


def _is_told_when_it_is_too_late(sonia: Person, server: Server, link: str) -> None:
    """After ten seconds nothing is offered any more, and later it is said why."""
    sonia.tap("Arrêter ce partage")
    expect(sonia.find("Annuler")).to_be_visible()
    slow = sonia.page.context.new_page()
    time_stands_still(slow)
    slow.goto(sonia.page.url)

    sonia.page.evaluate(TEN_SECONDS_ON)
    expect(sonia.page.locator(".lately form")).to_be_hidden()
    sonia.reads("C’est arrêté.")

    later(server, 21)
    slow.get_by_role("button", name="Annuler").click()
    Person(slow).reads("C’est trop tard pour annuler.")
    expect(slow.get_by_role("link", name="Refaire").first).to_have_attribute(
        "href", re.compile(r"/shares/new\?again=\d+")
    )
    assert answers(slow, link) == 404
    assert axe(slow) == []


@pytest.mark.breadth
def test_sonia_lets_it_last_in_two_taps_stops_it_for_the_other_tab_too_and_reads_later_what_she_had_shown(
    sonia: Person, server: Server
) -> None:
    link = makes_a_code(sonia)
    sonia.page.goto("/shares")
    other = sonia.page.context.new_page()
    other.goto("/shares")
    until = sonia.page.locator("article").inner_text()
    sonia.taps = 0

    sonia.page.get_by_text("Prolonger", exact=True).click()
    sonia.tap("1 an")

    sonia.reads("Ce partage marche jusqu’au")
    assert sonia.taps + 1 == 2
    assert sonia.page.locator("article").inner_text() != until
    assert sonia.page.get_by_text("Prolonger", exact=True).count() == 0, "nothing is longer than a year"

    sonia.tap("Arrêter ce partage")

    other.get_by_text("Prolonger", exact=True).click()
    other.get_by_role("button", name="1 an").click()

    Person(other).reads("Ce partage était déjà fini.")
    assert answers(other, link) == 404

    sonia.page.get_by_text("1 partage est fini").click()

    sonia.tap("Détails")

    sonia.reads("Ce que vous avez montré")
    sonia.reads("Date d’arrêt")
    sonia.reads("Jamais ouvert.")
    assert axe(sonia.page) == []
    sonia.tap("Enlever de la liste")
    expect(sonia.page.get_by_text("1 partage est fini")).to_be_hidden()


SHARP = 2.625
"""Dots a CSS px of a Pixel 7."""
LARGE, SMALL = {"width": 412, "height": 839}, {"width": 320, "height": 640}
WAYS_OF_SEEING: dict[str, tuple[Any, Any]] = {
    "dark": ({"color_scheme": "dark"}, LARGE),
    "forced colours": ({"forced_colors": "active", "color_scheme": "dark"}, LARGE),
    "a small phone": ({"forced_colors": "none", "color_scheme": "light"}, SMALL),
    "doubled letters": ({}, LARGE),
}
"""What the page is told of the screen, and how large it is."""
DOUBLED = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync("html { font-size: 200% !important }")
  document.adoptedStyleSheets = [sheet]
}"""
AFAR = 0.15
"""Of the size: the code in a hand at the other side of a counter."""
COMPLETE = "() => [...document.images].every((one) => one.complete && one.naturalWidth)"


@pytest.mark.breadth
def test_the_code_is_black_on_white_is_read_from_near_and_afar_stays_lit_and_leads_there_however_it_is_sent(
    phones: Phones, sonia: Person, server: Server, tmp_path: Path
) -> None:
    link = makes_a_code(sonia)
    address = sonia.page.url
    _it_stays_lit_and_is_sent_copied_and_kept_as_a_picture_that_leads_there(sonia, server, link, tmp_path)
    sonia.page.goto(address)
    _it_is_black_on_white_and_four_fifths_wide(sonia.page, "dark")
    _it_is_read_from_near_and_afar_without_scrolling(phones, sonia, link)


@pytest.mark.soak  # in the dark each time
def test_the_code_is_black_on_white_in_the_light_too(sonia: Person, server: Server) -> None:
    makes_a_code(sonia)
    _it_is_black_on_white_and_four_fifths_wide(sonia.page, "light")


def _it_is_black_on_white_and_four_fifths_wide(page: Page, scheme: Literal["dark", "light"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(COMPLETE)

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(17, 17, 17)"
    box = page.locator(".frame img").bounding_box()
    assert box is not None
    assert box["width"] >= 0.8 * page.evaluate("innerWidth")
    assert axe(page) == []


def _it_is_read_from_near_and_afar_without_scrolling(phones: Phones, sonia: Person, link: str) -> None:
    other = phones(passkeys=False, device_scale_factor=SHARP)
    other.context.add_cookies(sonia.page.context.cookies())  # type: ignore[arg-type]  # the same dicts
    other.page.goto(sonia.page.url)
    for how, (screen, size) in WAYS_OF_SEEING.items():
        other.page.emulate_media(**screen)
        other.page.set_viewport_size(size)
        if how == "doubled letters":
            other.page.evaluate(DOUBLED)
        other.page.wait_for_function(COMPLETE)

        seen = Image.open(BytesIO(other.page.screenshot())).convert("L")

        for share in (1, AFAR):
            small = seen.resize((round(seen.width * share), round(seen.height * share)), Image.Resampling.LANCZOS)
            assert [code.text for code in zxingcpp.read_barcodes(small, formats=zxingcpp.BarcodeFormat.QRCode)] == [
                link
            ], (how, share)


def _it_stays_lit_and_is_sent_copied_and_kept_as_a_picture_that_leads_there(
    sonia: Person, server: Server, link: str, folder: Path
) -> None:
    page = sonia.page
    page.wait_for_function("() => window.asked.length === 1")

    page.evaluate(HIDDEN, "hidden")
    assert page.evaluate("window.asked") == ["screen"]
    page.evaluate(HIDDEN, "visible")
    page.wait_for_function("() => window.asked.length === 2")

    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.origin)

    sonia.tap("Copier le lien")
    sonia.reads("Le lien est copié.")
    assert page.evaluate("navigator.clipboard.readText()") == link
    with page.expect_download() as download:
        sonia.tap("Garder l’image")
    download.value.save_as(folder / "kept.png")

    (code,) = zxingcpp.read_barcodes(Image.open(folder / "kept.png"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert code.text == link
    assert download.value.suggested_filename == "badges.png"

    page.goto("/shares")
    assert page.evaluate("window.asked") == [], "no other page keeps a phone awake"


def test_a_share_with_a_secret_code_says_it_and_prints_for_her_cv_or_says_how_where_no_script_runs(
    phones: Phones, sonia: Person, server: Server, tmp_path: Path
) -> None:
    link = makes_a_code(sonia, code="on")
    page, address = sonia.page, sonia.page.url
    sonia.reads("Dites ce mot de passe à la personne.")
    assert re.fullmatch(r"\d{3}\s\d{3}", digits := page.locator(".digits").inner_text())

    sonia.tap("Envoyer mes badges")
    page.get_by_role("link", name="Imprimer la page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 badge")
    pictures = "() => [...document.querySelectorAll('main img')].every((one) => one.complete && one.naturalWidth)"
    page.evaluate("() => document.querySelectorAll('img').forEach((one) => { one.loading = 'eager' })")
    page.wait_for_function(pictures)
    assert axe(page) == []
    sonia.tap("Imprimer")
    assert page.evaluate("window.printed") == 1

    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Imprimer")).to_have_count(0)
    expect(page.get_by_role("link", name="Retour")).to_be_hidden()
    page.set_viewport_size({"width": 794, "height": 1123})
    page.screenshot(path=tmp_path / "paper.png", full_page=True)
    (code,) = zxingcpp.read_barcodes(Image.open(tmp_path / "paper.png"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert code.text == link
    assert digits.replace("\u00a0", " ") not in page.locator("body").inner_text()
    page.goto("/shares")
    sonia.reads("Pas encore ouvert.")

    plain = phones(passkeys=False, java_script_enabled=False)
    plain.context.add_cookies(sonia.page.context.cookies())  # type: ignore[arg-type]  # the same dicts

    plain.page.goto(f"{address}/page")

    said = plain.page.locator("noscript p")
    expect(said).to_be_visible()
    assert (
        said.inner_text() == "Pour imprimer, ouvrez le menu de votre navigateur.\nPuis touchez «\u00a0Imprimer\u00a0»."
    )
    expect(plain.page.get_by_role("button", name="Imprimer")).to_have_count(0)
