"""Sonia adds a badge to what she shows already: three taps, and the recruiter's link goes on; of sixty she finds one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.screens import SCREENS
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED
from tests.stories.test_every_page_fits_a_small_phone import ORIGIN, draw
from tests.stories.test_sonia_chooses_what_to_show import SMALL, THREE, box, link

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]


def test_three_taps_change_what_the_recruiter_reads_at_the_same_link(
    phones: Phones, server: Server, samples: Path
) -> None:
    sonia = with_badges(phones(**SMALL), *(samples / f"{name}.png" for name in THREE), at="/shares/new")
    box(sonia.page, "Organiser")
    sonia.tap("Créer le QR code")
    yann = phones(passkeys=False, java_script_enabled=False)
    yann.page.goto(link(sonia.page))
    expect(yann.page.locator(".skill")).to_have_count(2)

    sonia.page.goto("/shares")
    sonia.taps = 0
    sonia.tap("Modifier")
    expect(sonia.page.locator("#choices :checked")).to_have_count(2)
    box(sonia.page, "Organiser")
    sonia.taps += 1
    sonia.tap("Enregistrer")

    assert (sonia.taps, sonia.characters) == (PROMISED["F18"], 0)
    sonia.reads("C’est fait.")
    sonia.reads("Le lien est le même.")
    yann.page.reload()
    expect(yann.page.locator(".skill")).to_have_count(3)


def kinds_of_badges_are_seen_alone(page: Page, ticked: Locator) -> None:
    """A chip leaves those of its kind in sight, and every tick where it was."""
    page.get_by_role("button", name="Expirés · 2").click()
    expect(page.locator("#choices .choice:visible")).to_have_count(2)
    page.evaluate(
        "() => { document.querySelector('form.sharing').requestSubmit = ({ value }) => (window.asked = value) }"
    )
    order = page.locator("[data-order]").last
    order.click()
    kind = page.get_by_role("button", name="Expirés · 2").get_attribute("data-kind")
    assert kind
    assert page.evaluate("() => window.asked") == f"{kind}.{order.get_attribute('data-order')}", "in another order, too"
    page.get_by_role("button", name="Tout cocher").first.click()
    expect(ticked).to_have_count(6)
    page.get_by_role("button", name="Tous", exact=True).click()
    expect(page.locator("#choices .choice:visible").nth(6)).to_be_visible()


@pytest.mark.breadth
def test_d10_of_sixty_one_is_found_and_what_is_ticked_stays(phones: Phones) -> None:
    page = phones(passkeys=False, device=None, viewport={"width": 320, "height": 640}, service_workers="block").page
    assert draw(page) == []
    page.goto(f"{ORIGIN}/screen/{list(SCREENS).index('change')}")
    ticked = page.locator("#choices :checked")
    expect(ticked).to_have_count(3)
    assert ticked.first.evaluate("(box) => box === document.querySelector('#choices [name=badge]')"), "on top"

    field = page.get_by_label("Chercher un badge")
    field.fill("L’COMMUNIQUER 12")
    expect(page.locator("#choices .choice:visible")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 badge")).to_be_visible()
    field.press("Enter")
    page.locator("#choices .choice:visible").click()
    field.fill("pâtissier")
    expect(page.get_by_text("Aucun badge n’a ces mots.")).to_be_visible()
    field.fill("commerce ecole")
    expect(page.locator("#choices .choice:visible").nth(1)).to_be_visible()
    field.fill("")
    expect(ticked).to_have_count(4)

    kinds_of_badges_are_seen_alone(page, ticked)

    page.get_by_role("button", name="Tout décocher").first.click()
    expect(ticked).to_have_count(0)
    of_one = page.get_by_role("group", name="Commerce École").get_by_role("button", name="Tout cocher")
    of_one.press("Enter")
    expect(ticked).to_have_count(17)
    expect(page.get_by_role("group", name="Commerce École").get_by_role("button", name="Tout décocher")).to_be_visible()
    page.get_by_role("button", name="Tout décocher").first.click()
    page.get_by_role("button", name="Tout cocher").first.click()
    expect(ticked).to_have_count(60)
    assert axe(page) == []
    _what_is_ticked_is_told_and_is_what_she_asked_for(page)


def _what_is_ticked_is_told_and_is_what_she_asked_for(page: Page) -> None:
    _a_fold_says_how_many_are_ticked_in_it(page)
    _what_a_browser_gives_back_is_seen_and_told(page)
    _nothing_unasked_is_ticked_and_nothing_stays_ticked_behind_a_badge(page)


def _a_fold_says_how_many_are_ticked_in_it(page: Page) -> None:
    fold = page.locator("#choices details:has([data-ticked])").first
    said, boxes = fold.locator("[data-ticked]"), fold.locator("[name=badge]")
    expect(said).to_have_text(f", {boxes.count()} cochés")
    page.get_by_role("button", name="Tout décocher").first.click()
    expect(said).to_be_hidden()
    fold.evaluate("(one) => (one.open = false)")
    page.get_by_role("button", name="Tout cocher").first.click()
    expect(fold).to_have_attribute("open", "")  # nobody shows what they did not see
    page.get_by_role("button", name="Tout décocher").first.click()
    boxes.first.evaluate("(box) => box.click()")
    expect(said).to_have_text(", 1 coché")
    page.get_by_label("Chercher un badge").fill("communiquer 12")
    expect(page.get_by_role("button", name="Tout décocher")).to_have_count(0)  # none of what is seen is ticked


def _what_a_browser_gives_back_is_seen_and_told(page: Page) -> None:
    """Coming back, it gives a field what was typed in it, and ticks what was ticked, without a word to the page."""
    come_back = "dispatchEvent(new PageTransitionEvent('pageshow'))"
    page.evaluate(
        f"document.querySelectorAll('#choices :checked').forEach((box) => (box.checked = false)); {come_back}"
    )
    expect(page.get_by_role("button", name="Tout décocher")).to_have_count(0)

    page.evaluate(f"document.querySelector('seek-badge input').value = 'communiquer 12'; {come_back}")
    expect(page.locator("#choices .choice:visible")).to_have_count(1)


def _nothing_unasked_is_ticked_and_nothing_stays_ticked_behind_a_badge(page: Page) -> None:
    """A badge that came by somebody's link is ticked by hand alone; what hangs on a badge goes with it."""
    page.get_by_label("Chercher un badge").fill("")
    ticked, number = page.locator("#choices :checked"), page.locator("#choices [name=badge]").count()
    first = page.locator("#choices [name=badge]").first
    first.evaluate("""(box) => {
      box.dataset.byHand = ""
      const moment = Object.assign(document.createElement("input"), { type: "checkbox", checked: true })
      box.closest(".choice").append(moment)
    }""")

    page.get_by_role("button", name="Tout cocher").first.click()
    expect(ticked).to_have_count(number)  # with the moment, and without its badge
    expect(first).not_to_be_checked()
    page.get_by_role("button", name="Tout décocher").first.click()
    expect(ticked).to_have_count(0)
