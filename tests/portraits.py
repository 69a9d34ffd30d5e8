"""Makes the pictures of the app, and those of the README, anew: `PYTHONPATH=$PWD .venv/bin/python -m tests.portraits`, no test.

The icons are drawn from the mark; the screenshots are of the real wallet, served here and seen by a phone in each
language. Debian's Chromium is needed.
"""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from resvg_py import svg_to_bytes

from tests.fixtures.browser import CHROMIUM, FLAGS, Authenticator
from tests.fixtures.server import Server

STATIC = Path(__file__).parents[1] / "wallet/static"
SHOWN = Path(__file__).parents[1] / "docs/pictures"
PETALS = "M14.5 14.5H8.5a6 6 0 1 1 6-6zM17.5 14.5v-6a6 6 0 1 1 6 6zM14.5 17.5v6a6 6 0 1 1-6-6z"
LAST = "M18.5 18.5h5a5 5 0 1 1-5 5z"
GROUND = '<path d="M0 0h32v32H0z" fill="#0b5345"/>'
PETAL = '<path d="M16 0A16 16 0 0 1 32 16V28A4 4 0 0 1 28 32H16A16 16 0 0 1 16 0Z" fill="#0b5345"/>'
CODE = "M3.5 3.5h7v7h-7zM14 3.5h7v7h-7zM3.5 14h7v7h-7zM14.2 14.5h.7M20.1 14.5h.7M17.2 17.5h.7M14.2 20.5h.7M20.1 20.5h.7"
PLUS = "M12 5v14M5 12h14"
SAMPLES = ("ob3-organiser-2", "ob3-communiquer-2", "ob3-adapter-1", "ob3-integrer-1")
WORDS = {
    "fr": ("Ajouter mon premier badge", "Garder ce badge", "Créer le code"),
    "en": ("Add my first badge", "Keep this badge", "Make the code"),
}
EXAMPLE = "() => { document.querySelector('#address b').textContent = 'badges.exemple.fr/s/' }"
"""Where the pictures are made is nobody's concern: the address is that of an example."""
LOCALES = {"fr": "fr-FR", "en": "en-GB"}


def mark(scale: float, petals: str = "#fff", last: str = "#f2be45") -> str:
    """The mark in the middle of a box of 32, three petals full and one outlined."""
    shift = 16 - 16 * scale
    return (
        f'<g transform="translate({shift} {shift}) scale({scale})"><path d="{PETALS}" fill="{petals}"/>'
        f'<path d="{LAST}" fill="none" stroke="{last}" stroke-width="2.6"/></g>'
    )


def glyph(path: str) -> str:
    """One of our icons, white on the petal."""
    drawn = (
        f'<path d="{path}" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>'
    )
    return f'{PETAL}<g transform="translate(7 7) scale(.75)">{drawn}</g>'


ICONS = {
    "icon-192": (192, PETAL + mark(0.6875)),
    "icon-512": (512, PETAL + mark(0.6875)),
    # Android cuts any shape out of it: all that matters is within a circle of 80 % (W3C, maskable icons).
    "maskable-512": (512, GROUND + mark(0.6)),
    "monochrome-512": (512, mark(0.8, "#000", "#000")),
    "apple-180": (180, GROUND + mark(0.66)),
    "shortcut-code": (96, glyph(CODE)),
    "shortcut-add": (96, glyph(PLUS)),
}


def draw_icons() -> None:
    """All icons but the SVG, which is written by hand."""
    for name, (side, inside) in ICONS.items():
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{inside}</svg>'
        drawn = Image.open(BytesIO(bytes(svg_to_bytes(svg_string=svg, width=side, height=side))))
        few = drawn.quantize(64) if drawn.mode == "RGBA" else drawn
        few.save(STATIC / f"icons/{name}.png", optimize=True)


def see(page: Page, name: str) -> None:
    """Keep what the phone shows."""
    page.wait_for_function("() => [...document.images].every((one) => one.complete || one.loading === 'lazy')")
    page.wait_for_timeout(1000)
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(STATIC / f"screens/{name}.webp", quality=72, method=6)


def bring(page: Page, first: str, keep: str, badges: list[Path]) -> None:
    """Take in *badges* by the button *first*, and keep them by the button *keep*."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=first).or_(page.get_by_label(first)).first.click()
    with page.expect_navigation():
        chooser.value.set_files(badges)
    with page.expect_navigation():
        page.get_by_role("button", name=keep).click()


def show(page: Page, name: str) -> None:
    """Keep what the phone shows for the README."""
    page.wait_for_function("() => [...document.images].every((one) => one.complete || one.loading === 'lazy')")
    page.wait_for_timeout(1000)
    Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(128).save(SHOWN / f"{name}.png", optimize=True)


def see_readme(browser: Browser, origin: str, badges: list[Path]) -> None:
    """The first page, a badge, a code, and what a recruiter sees, in French."""
    first, keep, make = WORDS["fr"]
    seen = {"base_url": origin, "viewport": {"width": 360, "height": 780}, "device_scale_factor": 4 / 3}
    context = browser.new_context(**seen, locale="fr-FR")
    page = context.new_page()
    Authenticator(page)
    page.goto("/")
    show(page, "welcome")
    bring(page, first, keep, badges)
    page.goto("/badges")
    show(page, "badges")
    page.goto("/shares/new")
    with page.expect_navigation():
        page.get_by_role("button", name=make).click()
    link = page.locator("#address").inner_text().replace("\n", "").replace(" ", "")
    page.evaluate(EXAMPLE)
    show(page, "code")
    page.goto(f"http://{link}")
    show(page, "recruiter")
    context.close()


def see_screens(browser: Browser, origin: str, badges: list[Path], language: str) -> None:
    """The badges, one of them, and its code, as Sonia sees them."""
    first, keep, make = WORDS[language]
    context = browser.new_context(
        base_url=origin, viewport={"width": 360, "height": 740}, device_scale_factor=2, locale=LOCALES[language]
    )
    page = context.new_page()
    Authenticator(page)
    page.goto("/")
    bring(page, first, keep, badges)
    page.goto("/badges")
    see(page, f"badges-{language}")
    page.locator(".patches a").first.click()
    page.wait_for_load_state()
    see(page, f"badge-{language}")
    page.goto("/shares/new")
    with page.expect_navigation():
        page.get_by_role("button", name=make).click()
    page.evaluate(EXAMPLE)
    see(page, f"code-{language}")
    context.close()


def main() -> None:
    """Icons, then screens."""
    (STATIC / "screens").mkdir(exist_ok=True)
    draw_icons()
    with TemporaryDirectory() as folder:
        subprocess.run([Path(sys.executable).with_name("wallet"), "samples", f"{folder}/samples"], check=True)
        server = Server(Path(folder))
        server.start()
        try:
            with sync_playwright() as running:
                browser = running.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                see_readme(browser, server.origin, sorted(Path(folder, "samples").glob("ob3-*.png"))[:9])
                for language in WORDS:
                    badges = [Path(folder, "samples", f"{name}.png") for name in SAMPLES]
                    see_screens(browser, server.origin, badges, language)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
