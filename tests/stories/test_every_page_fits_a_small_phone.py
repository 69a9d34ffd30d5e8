"""Every page in every state on a small phone: nothing that axe can see, nothing too small to touch, no sideways scroll.

The pages of the table in fixtures/screens.py are drawn by Chromium with the real styles and scripts and under the real
Content-Security-Policy; only the badges are made up. Of each folder of templates it is the two that show the most, and
of these the screen with the most kinds of things; `make soak` goes through all templates in all states, with axe alone in the
dark and in the colours of the system, too, and through the fullest of each template on three phones and a desk.
"""

import re
from collections.abc import Callable, Collection
from functools import cache, partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.fixtures.browser import AXE, Phone, axe
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.screens import DRAWING, PICTURES, SCREENS, drawn, pages
from tests.fixtures.screens_cards import MARIA
from wallet.pages.assets import IMPORT, LAYERS
from wallet.web.security_headers import policy_with

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
ORIGIN = "http://localhost:8000"
PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
DEVICES = ("Pixel 7", "iPhone SE (3rd gen)", "Galaxy S9+")
"""412, 375 and 320 px wide, as Playwright knows them."""
SMALLEST = 44
"""CSS px of a target (WCAG 2.2, 2.5.5)."""
TARGETS = f"""() => [...document.querySelectorAll("a, button, input, textarea, summary")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && !one.closest(".words, .skip") && one.className !== "skip")
  .map((one) => [one, (one.matches("label > input") ? one.parentElement : one).getBoundingClientRect()])
  .filter(([one, box]) => box.width < {SMALLEST} || box.height < {SMALLEST})
  .map(([one, box]) => `${{one.tagName}} ${{one.textContent.trim()}} ${{box.width}} x ${{box.height}}`)"""
UNFOLDED = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true
  for (const one of document.querySelectorAll(".seen")) one.hidden = false // as the worker shows a kept page
}"""
BLOCKED = "Service Worker registration blocked by Playwright"
"""What a screen says that must not be kept in the browser for the next one."""
SIDEWAYS = """(styles) => styles.map((style) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(style)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  const whole = [document.documentElement, ...document.querySelectorAll(".shown")]
  return Math.max(...whole.map((one) => one.scrollWidth - one.clientWidth))
})"""
"""How many px a page can be moved sideways, or a badge that others see is cut off, with one style after the other put on top,
as a person's own would be."""
TORN = """() => {
  const seen = [...document.querySelectorAll("main a, main .chip, .single b")].filter((one) => one.checkVisibility())
  const glued = seen.filter((one) => one.matches(".chip")).filter((one) => {
    const words = document.createRange()
    words.selectNode(one.lastChild)
    return words.getBoundingClientRect().left - one.firstElementChild.getBoundingClientRect().right < 4
  })
  const columns = seen.filter((one) => getComputedStyle(one).display.endsWith("flex"))
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    .filter((one) => [...one.children].some((child) => child.textContent.trim()))
  const broken = seen.filter((one) => one.matches(".single b") && !/\\s/.test(one.textContent.trim()))
    .filter((one) => one.getBoundingClientRect().height > 1.5 * parseFloat(getComputedStyle(one).lineHeight))
  return [...glued, ...columns, ...broken].map((one) => one.textContent.trim())
}"""
"""What is not read as one: a sign that touches its words, a sentence in two columns, a short name in two lines."""
PAPER = {"width": 703, "height": 1000}
"""What lies between the margins of A4."""
UNFIT_FOR_PAPER = """() => {
  const seen = (what) => [...document.querySelectorAll(what)].filter((one) => one.checkVisibility())
  const tops = new Set(seen(".strip li").map((one) => one.getBoundingClientRect().top))
  const tall = seen(".telling img, .also a, .each a").filter((one) => one.getBoundingClientRect().height > (one.matches("img") ? 171 : 30))
  const pressed = seen("audio, [download], .take, .heard .alone, button, .button, .foot, .top a:not(.home), .portrait")
  const lefts = (list) => new Set([...list.children].map((one) => one.getBoundingClientRect().left))
  const narrow = seen(".each:has(li + li)").filter((one) => lefts(one).size < 2)
  return [...(tops.size > 1 ? ["badges one below the other"] : []), ...[...tall, ...pressed, ...narrow].map((one) => one.outerHTML)]
}"""
"""What takes the room of the code and the verdict on one sheet, is there to be pressed, or is a face on a paper that is passed on;
and the badges of an issuer where they leave half of the sheet white."""
SPACED = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}"
"""Text spacing of WCAG 2.2, 1.4.12."""
DOUBLED = "html{font-size:200%!important}"
KIND = re.compile(r"<([a-z]\w*)(?:[^>]*?\s(class|role|type|aria-\w+)=\"([^\"]*)\")?")
"""What a thing on a page is: its tag, and the first that says more of it."""
STYLED_BY = """() => [...document.styleSheets].map((one) => one.href ? new URL(one.href).pathname : "")"""
STYLED_ANEW = """(styles) => {
  for (const one of document.styleSheets) one.disabled = true
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(styles)
  document.adoptedStyleSheets = [sheet]
}"""
LIGHT, DARK = ({"color_scheme": scheme, "forced_colors": "none"} for scheme in ("light", "dark"))
FORCED = {"color_scheme": "light", "forced_colors": "active"}
PAGES = pages()
STATIC = Path(__file__).parents[2] / "wallet/static"


def draw(page: Page) -> list[str]:
    """Let *page* see the screens under ORIGIN/screen/name; the answer fills with what the browser complains of."""
    complaints: list[str] = []
    page.add_init_script("HTMLFormElement.prototype.submit = () => {}")  # a page that goes on by itself stays
    page.on("console", lambda message: message.text == BLOCKED or complaints.append(message.text))
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.route("**/*", _answer)
    return complaints


def _answer(route: Route) -> None:
    path = route.request.url.removeprefix(ORIGIN)
    headers = {"Content-Security-Policy": policy_with(PAGES.assets.sheet.source)}
    if path.startswith("/static/") and (asset := PAGES.assets.find(path.removeprefix("/static/"))):
        route.fulfill(body=asset.content, content_type=asset.media_type, headers=headers)
    elif PICTURES.search(path):
        route.fulfill(body=DRAWING, content_type="image/svg+xml", headers=headers)
    elif path == "/drafts/key":
        route.fulfill(json={"key": "A" * 43 + "=", "of": MARIA.mark})
    elif route.request.method == "POST" or path == "/archive/file":
        # A download leaves the page where it is, and so does telling that somebody looks.
        route.fulfill(status=204)
    else:
        html = drawn(list(SCREENS)[int(path.rpartition("/")[2])])
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)


@cache
def fullest(templates: int | None = 2) -> set[str]:
    """Of each folder so many *templates*, those with the most on a screen, or all; of each the shortest with all kinds of things.

    Sixty of a kind tell axe no more than two do, and take it thirty times as long.
    """
    sizes: dict[str, dict[str, list[tuple[int, int, str]]]] = {}
    for screen, (template, _) in SCREENS.items():
        html = drawn(screen)
        of_its_folder = sizes.setdefault(template.rpartition("/")[0], {})
        of_its_folder.setdefault(template, []).append((len(set(KIND.findall(html))), -html.count("<"), screen))
    largest = (
        sorted(one.values(), key=lambda drawn_so: min(size for _, size, _ in drawn_so)) for one in sizes.values()
    )
    return {max(drawn_so)[-1] for of_a_folder in largest for drawn_so in of_a_folder[:templates]}


def quarter(number: int) -> list[str]:
    """One of four, with as many screens of each kind."""
    return list(SCREENS)[number::4]


def go_through(
    page: Page, look: Callable[[Page], list[str]], screens: Collection[str] = SCREENS
) -> dict[str, list[str]]:
    """What *look* finds on each of *screens*, everything unfolded; {} is what a test wants to see."""
    complaints = draw(page)
    found: dict[str, list[str]] = {}
    for number, screen in enumerate(SCREENS):
        if screen not in screens:
            continue
        page.goto(f"{ORIGIN}/screen/{number}")
        page.evaluate(UNFOLDED)
        faults = look(page) + complaints
        complaints.clear()
        if faults:
            found[screen] = faults
    return found


def scrolls(page: Page) -> list[str]:
    """How far the page goes past the edge of a screen of 320 px: as it is, with wide letters, with doubled ones, too."""
    is_wider = page.viewport_size != NARROW
    if is_wider:
        page.set_viewport_size(NARROW)
    pixels = page.evaluate(SIDEWAYS, ["", SPACED, DOUBLED])
    if is_wider:
        page.set_viewport_size(PHONE)
    how = ("as it is", "with wide letters", "with wide and doubled letters")
    return [f"{one} px sideways, {which}" for one, which in zip(pixels, how, strict=True) if one]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed here (make install-for-tests)")
@pytest.mark.parametrize(
    "screens",
    here_and_in_soak(fullest, *(partial(quarter, number) for number in range(4))),
    ids=["the fullest", *(f"all, quarter {number}" for number in range(4))],
)
@pytest.mark.breadth
def test_axe_and_fingers_find_nothing_wrong_and_nothing_is_cut_off_at_320_px(
    phones: Phones, screens: Callable[[], Collection[str]]
) -> None:
    phone = phones(passkeys=False, device=None, viewport=NARROW, service_workers="block")
    phone.context.add_init_script(path=AXE)  # once, not handed over again with every screen

    assert go_through(phone.page, lambda page: axe(page) + page.evaluate(TARGETS) + scrolls(page), screens()) == {}


def test_what_is_wrong_on_a_page_is_seen(phones: Phones) -> None:
    page = phones(passkeys=False, device=None, viewport=NARROW, service_workers="block").page
    draw(page)
    page.goto(f"{ORIGIN}/screen/0")
    page.evaluate("""() => {
      document.querySelector("main").insertAdjacentHTML("beforeend",
        `<a href="/">x</a><img src="/1/picture"><p id="long">${"m ".repeat(14)}</p>`)
      document.querySelector("#long").style.whiteSpace = "nowrap"
    }""")

    assert {fault.partition(":")[0] for fault in axe(page)} == {"image-alt"}
    assert [fault.split()[:2] for fault in page.evaluate(TARGETS)] == [["A", "x"]]
    assert [fault.partition(", ")[2] for fault in scrolls(page)] == [
        "with wide letters",
        "with wide and doubled letters",
    ]


@pytest.mark.breadth
def test_what_belongs_together_is_read_as_one(phones: Phones) -> None:
    phone = phones(passkeys=False, device=None, viewport=NARROW, service_workers="block")
    screens = ("accessibility", "choose", "my page, none yet", "recruiter, one badge")

    assert go_through(phone.page, lambda page: page.evaluate(TORN), screens) == {}


@pytest.mark.breadth
def test_paper_shows_the_badges_in_one_row_and_nothing_to_press(phones: Phones) -> None:
    page = phones(passkeys=False, device=None, viewport=PAPER, service_workers="block").page
    page.emulate_media(media="print")
    screens = (
        "recruiter, all states",
        "recruiter, eight badges",
        "recruiter, with what is told",
        "recruiter, a lasting page",
        "one story of a share",
        "one badge of a share, valid",
        "advisers",
        "understand",
        "to print",
        "paper, made",
    )

    assert go_through(page, lambda page: page.evaluate(UNFIT_FOR_PAPER), screens) == {}


def test_what_is_to_be_done_is_as_wide_as_what_is_read_above_it(phones: Phones) -> None:
    page = phones(passkeys=False, device=None, viewport=NARROW, service_workers="block").page
    draw(page)
    page.goto(f"{ORIGIN}/screen/{list(SCREENS).index('recruiter')}")

    edges = "(one) => [Math.round(one.getBoundingClientRect().left), Math.round(one.getBoundingClientRect().right)]"
    for width in (320, 900, 1100):
        page.set_viewport_size({"width": width, "height": 740})
        read, answered = page.locator(".proof").evaluate(edges), page.locator(".answering").locator("a")
        assert [answered.first.evaluate(edges)[0], answered.last.evaluate(edges)[1]] == read, width


def axe_in(*themes: dict[str, str]) -> Callable[[Page], list[str]]:
    """What axe finds in each of *themes*: a screen is drawn once for all of them."""

    def look(page: Page) -> list[str]:
        found = []
        for theme in themes:
            page.emulate_media(**theme)
            found += [f"{fault}, {theme}" for fault in axe(page)]
        return found

    return look


def in_layers(path: str) -> str:
    """The style sheet at *path*, "" for the one within a page, as it is written: in layers."""
    folder = STATIC / "css"
    name = path.rpartition("/")[2].partition(".")[0] or "open-share"
    return IMPORT.sub(lambda found: (folder / found["name"]).read_text(), (folder / f"{name}.css").read_text())


def differs_in_layers(page: Page) -> list[str]:
    """In which of the themes, and on paper, the page looks otherwise where each layer goes before all that is above it."""
    styles = "".join([f"@layer {', '.join(LAYERS)};", *map(in_layers, page.evaluate(STYLED_BY))])
    looks: list[dict[str, bytes]] = []
    for _ in range(2):
        looks.append({})
        for theme in (LIGHT | {"media": "screen"}, DARK, FORCED, LIGHT | {"media": "print"}):
            page.emulate_media(**theme)
            # A player of sounds draws itself, at its own pace.
            looks[-1][str(theme)] = page.screenshot(full_page=True, animations="disabled", mask=[page.locator("audio")])
        page.evaluate(STYLED_ANEW, styles)
    return [theme for theme, look in looks[0].items() if look != looks[1][theme]]


@pytest.mark.soak
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["a phone", "a desk"])
def test_each_page_looks_as_the_layers_have_it_without_which_the_styles_are_sent(
    phones: Phones, viewport: dict[str, int]
) -> None:
    """A rule that holds by what it names, and stands in a layer below, would hold on the pages alone."""
    page = phones(passkeys=False, device=None, viewport=viewport, service_workers="block").page

    assert go_through(page, differs_in_layers, fullest(None)) == {}


@pytest.mark.soak
@pytest.mark.parametrize("number", range(4))
def test_axe_finds_nothing_in_the_dark_or_in_the_colours_of_the_system(phones: Phones, number: int) -> None:
    phone = phones(passkeys=False, device=None, viewport=NARROW, service_workers="block")
    phone.context.add_init_script(path=AXE)

    assert go_through(phone.page, axe_in(DARK, FORCED), quarter(number)) == {}


@pytest.mark.soak
@pytest.mark.parametrize("device", [*DEVICES, None])
def test_axe_finds_nothing_on_any_phone_or_desk_in_any_theme(phones: Phones, device: str | None) -> None:
    desk = {} if device else {"viewport": {"width": 1100, "height": 740}}
    phone = phones(passkeys=False, device=device, service_workers="block", **desk)
    phone.context.add_init_script(path=AXE)

    assert go_through(phone.page, axe_in(LIGHT, DARK, FORCED), fullest(None)) == {}
