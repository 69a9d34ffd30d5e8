"""Every page in every state on a small phone: nothing that axe can see, nothing too small to touch, no sideways scroll.

The pages of the table in fixtures/screens.py are drawn by Chromium with the real styles and scripts and under the real
Content-Security-Policy; only the badges are made up. Dark and desktop are for `make soak`.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.fixtures.browser import Phone, axe
from tests.fixtures.screens import SCREENS, pages
from tests.fixtures.screens_cards import MARIA
from wallet.gate import policy_with

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
ORIGIN = "http://localhost:8000"
SMALLEST = 44
"""CSS px of a target (screens.md, A12)."""
TARGETS = f"""() => [...document.querySelectorAll("a, button, input, textarea, summary")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && !one.closest(".words, .skip") && one.className !== "skip")
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width < {SMALLEST} || box.height < {SMALLEST})
  .map(([one, box]) => `${{one.tagName}} ${{one.textContent.trim()}} ${{box.width}} x ${{box.height}}`)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SPACED = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}"
"""Text spacing of WCAG 2.2, 1.4.12."""
DOUBLED = "html{font-size:200%!important}"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7H1z"/></svg>'
PAGES = pages()


def draw(page: Page) -> list[str]:
    """Let *page* see the screens under ORIGIN/screen/name; the answer fills with what the browser complains of."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.route("**/*", _answer)
    return complaints


def _answer(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    headers = {"Content-Security-Policy": policy_with(PAGES.assets.sheet.source)}
    if path.startswith("/static/") and (asset := PAGES.assets.find(path.removeprefix("/static/"))):
        route.fulfill(body=asset.content, content_type=asset.media_type, headers=headers)
    elif re.search(r"/(picture|pictures/\d+|qr\.svg)$", path):
        route.fulfill(body=DRAWING, content_type="image/svg+xml", headers=headers)
    elif path == "/drafts/key":
        route.fulfill(json={"key": "A" * 43 + "=", "of": MARIA.mark})
    elif path in {"/archive/file", "/openings", "/shares/preview"}:
        # A download leaves the page where it is, and so does telling that somebody looks; the preview is there already.
        route.fulfill(status=204)
    else:
        template, given = list(SCREENS.values())[int(path.rpartition("/")[2])]
        html = PAGES.render(template, "fr", **given)
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)


def go_through(page: Page, look: Callable[[Page], list[str]]) -> dict[str, list[str]]:
    """What *look* finds on each screen, everything unfolded; {} is what a test wants to see."""
    complaints = draw(page)
    found: dict[str, list[str]] = {}
    for number, screen in enumerate(SCREENS):
        page.goto(f"{ORIGIN}/screen/{number}")
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")
        faults = look(page) + complaints
        complaints.clear()
        if faults:
            found[screen] = faults
    return found


def test_axe_and_fingers_find_nothing_wrong(phones: Phones) -> None:
    phone = phones(passkeys=False, device=None, viewport={"width": 360, "height": 740})

    assert go_through(phone.page, lambda page: axe(page) + page.evaluate(TARGETS)) == {}


def test_nothing_is_cut_off_at_320_px_with_wide_or_doubled_letters(phones: Phones) -> None:
    # The policy is ours to keep; what a person's own style sheet does to the page is theirs.
    phone = phones(passkeys=False, device=None, viewport={"width": 320, "height": 640}, bypass_csp=True)

    def scrolls(page: Page) -> list[str]:
        wide = {"as it is": page.evaluate(SIDEWAYS)}
        for style in (SPACED, DOUBLED):
            page.add_style_tag(content=style)
            wide[style] = page.evaluate(SIDEWAYS)
        return [f"{pixels} px sideways, {how}" for how, pixels in wide.items() if pixels]

    assert go_through(phone.page, scrolls) == {}


@pytest.mark.soak
@pytest.mark.parametrize("width", [320, 360, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_width_and_theme(phones: Phones, width: int, scheme: str) -> None:
    phone = phones(passkeys=False, device=None, viewport={"width": width, "height": 740}, color_scheme=scheme)

    assert go_through(phone.page, axe) == {}
