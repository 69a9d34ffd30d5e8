"""By keyboard alone: Kévin keeps his first badge, shows it and stops, with Tab, Space and Enter; he always sees where he is."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server

pytestmark = pytest.mark.browser
MOST = 60
"""Steps until he gives up on a page."""
HERE = """() => {
  const one = document.activeElement
  const seen = one.type === "file" ? one.closest("label") : one
  const box = seen.getBoundingClientRect(), bar = document.querySelector(".bar")?.getBoundingClientRect()
  const rings = [one, seen].map((it) => getComputedStyle(it))
    .some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none")
  const within = Boolean(one.closest(".bar"))
  return {
    words: (one.getAttribute("aria-label") || (one.labels?.[0] || one).innerText || "").trim(),
    faults: one === document.body ? [] : [
      rings ? "" : "has no ring",
      box.width && box.height ? "" : "has no size",
      box.bottom > 0 && box.top < innerHeight ? "" : "is off the screen",
      !within && bar && box.bottom > bar.top + 1 && box.top < bar.bottom ? "is under the bar" : "",
    ].filter(Boolean),
  }
}"""
"""Where the focus is: its words, and why somebody might not see it (WCAG 2.2, 2.4.7, 2.4.11 and the stricter 2.4.12)."""


class Keyboard:
    """Hands that never leave the keyboard; what they could not see on their way."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("filechooser", lambda _: None)  # from now on choosers are handed over to us, and not only just in time

    def goes_to(self, words: str) -> None:
        """Tab, until the focus is on the button or link of these words."""
        passed = []
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(HERE)
            passed.append(here["words"])
            self.faults += [f"{here['words']} {fault}" for fault in here["faults"]]
            if here["words"] == words:
                return
        raise AssertionError(f"« {words} » is not among {passed}")

    def presses(self, words: str, key: str = "Enter") -> None:
        """Go there and press it; another page comes."""
        self.goes_to(words)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)


def test_kevin_keeps_shows_and_stops_without_touching_the_screen(
    phone: Phone, server: Server, real_badge: Path
) -> None:
    kevin, page = Keyboard(phone.page), phone.page
    page.goto("/")
    kevin.goes_to("Ajouter mon premier badge")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    with page.expect_navigation():
        chooser.value.set_files(real_badge)
    kevin.presses("Garder ce badge")
    expect(page.get_by_text("Votre badge est gardé.")).to_be_visible()
    kevin.presses("Montrer mes badges")
    kevin.presses("Créer le QR code", "Space")
    expect(page.get_by_role("heading", level=1, name="Faites scanner ce QR code")).to_be_visible()
    kevin.presses("Arrêter ce partage")
    expect(page.get_by_text("C’est arrêté.").first).to_be_visible()
    kevin.goes_to("Français" if page.get_by_role("button", name="Français").count() else "English")

    assert kevin.faults == []


def test_the_way_past_the_top_leads_to_the_content(phone: Phone, server: Server) -> None:
    page = phone.page
    page.goto("/help")
    page.keyboard.press("Tab")
    assert page.evaluate(HERE) == {"words": "Aller au texte", "faults": []}

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("() => Boolean(document.activeElement.closest('main'))")


def test_what_nobody_could_see_is_noticed(phone: Phone, server: Server) -> None:
    phone.page.goto("/")
    phone.page.evaluate("""() => {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync("* { outline: 0 !important; box-shadow: none !important }")
      document.adoptedStyleSheets = [sheet]
      const bar = document.body.appendChild(document.createElement("nav"))
      bar.className = "bar"
      Object.assign(bar.style, { position: "fixed", inset: "0" })
    }""")
    kevin = Keyboard(phone.page)

    kevin.goes_to("Ajouter mon premier badge")

    assert kevin.faults[-2:] == [
        "Ajouter mon premier badge has no ring",
        "Ajouter mon premier badge is under the bar",
    ]
