"""Yann has ten seconds at a counter: what he is shown on a small phone, by voice, without a script, and on paper."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.fixtures.browser import Phone
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.server import Server
from tests.fixtures.traveller import Traveller
from tests.stories.ready_phones import holder
from tests.stories.showings import has, shows
from tests.stories.taps import PROMISED, Person
from wallet import openbadges

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
Place = tuple[str, float, float]
WINDOW = 14 * 1024
"""Bytes of the first window of a connection: all of the page but its pictures comes at once."""
PICTURE = 30 * 1024
DPI, MM = 150, 25.4
NO_POPPLER = "pdftoppm is not installed here (Debian package: poppler-utils)"
THERE = "() => [...document.querySelectorAll('main img')].every((one) => one.complete || !one.checkVisibility())"
"""The pictures that are seen have come."""
PALE = """() => [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility() &&
  [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) &&
  getComputedStyle(one).color.match(/[0-9.]+/g).slice(0, 3).every((part) => part > 128)).map((one) => one.textContent.trim())"""
"""What is seen in letters that are nearer to white than to black."""
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => {
  const at = ({ x, y, width, height }) => `${width} × ${height} at ${x}, ${y}`
  for (const { value, sources } of list.getEntries()) shifts.push([value, ...sources.map(({ node, previousRect, currentRect }) =>
    `${(node?.outerHTML ?? node?.data ?? "gone").slice(0, 80)}: from ${at(previousRect)} to ${at(currentRect)}`)].join("\\n  "))
}).observe({ type: "layout-shift" })"""
"""What jumps, how far, and what it is."""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What is there has been painted."""
READ = "() => document.readyState !== 'loading'"
PIECES = re.compile(
    r'(?=<div class="columns">|<section class="again"|<div class="right">|<a class="skill"|<div class="folds">|<footer)'
)
"""Before each part of a page that may be on a screen before the next one."""
STANDS = """() => [...document.querySelectorAll("main *")].map((one) => {
  const { x, y } = one.getBoundingClientRect()
  return one.checkVisibility({ visibilityProperty: true }) ? [one.cloneNode().outerHTML, x, y] : null
})"""
"""Where everything stands that is seen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What Sonia shows."""

    server: Server
    link: str


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server], samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A wallet whose operator vouches for the issuer of the samples."""
    vouched = tmp_path_factory.mktemp("vouched") / "issuers.json"
    vouched.write_text(json.dumps([{"id": issuer_of(samples), "name": "Organisme d’essai"}]))
    return serve(WALLET_ISSUERS=str(vouched))


@pytest.fixture(scope="module")
def shown(server: Server, samples: Path, real_badge: Path) -> Iterator[Shown]:
    """Three badges: two of an issuer that somebody vouches for, and one of others whom we do not know."""
    for sonia in holder(server, real_badge, samples / "ob3-communiquer-2.png", samples / "ob3-organiser-2.png"):
        yield Shown(server, server.origin + shows(sonia, name="Sonia"))


def issuer_of(samples: Path) -> str:
    """Who issued the samples of this run."""
    document = openbadges.unbake((samples / "ob3-organiser-2.png").read_bytes())
    return str(json.loads(document)["issuer"]["id"])


def at_a_counter(phones: Phones, **options: object) -> Page:
    """A phone 360 pixels wide that belongs to nobody we know."""
    return phones(passkeys=False, device=None, viewport={"width": 360, "height": 640}, **options).page


def nothing_jumped(page: Page) -> None:
    """Where something did, it is named."""
    page.evaluate(FRAMES)
    jumped = page.evaluate("() => shifts")
    assert not jumped, "\n".join(jumped)


def test_the_first_screen_answers_and_nothing_jumps(phones: Phones, shown: Shown) -> None:
    """However late its pictures and its scripts are: they come when all else has been seen."""
    page = at_a_counter(phones)
    yann = Person(page)
    late: list[Route] = []
    page.route("**/*", lambda route: route.continue_() if route.request.is_navigation_request() else late.append(route))
    page.goto(shown.link, wait_until="commit")
    page.wait_for_function(READ)
    page.evaluate(FRAMES)
    page.evaluate(SHIFTS)
    page.route("**/*", lambda route: route.continue_())
    for one in late:
        one.continue_()
    page.wait_for_load_state("load")

    for answer in (
        page.get_by_role("heading", name="Sonia", exact=True),
        page.get_by_text("vous montre 3 badges."),
        page.locator(".map b", has_text="Communiquer"),
        page.locator(".map img").first,
        page.locator(".proof h2", has_text="3 badges intacts"),
        page.get_by_text(re.compile(r"^Vérifiés aujourd’hui, \d+(er)? \S+ 20\d\d à \d+\sh\s\d\d$")),
        page.get_by_text("2 organismes, dont 1 confirmé."),
    ):
        box = answer.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 640, answer.inner_text()
    assert (yann.taps, yann.characters) == (PROMISED["F9"], 0)
    page.mouse.wheel(0, 4000)
    page.wait_for_function(THERE)
    nothing_jumped(page)


def comes_so_far(read: str, route: Route) -> None:
    """No more of the page is there."""
    route.fulfill(body=read, content_type="text/html; charset=utf-8")


@pytest.mark.breadth
def test_what_is_seen_of_half_a_page_stays_where_it_is(phones: Phones, shown: Shown) -> None:
    """A busy phone paints while it reads, and what Yann is about to touch does not go from under his finger."""
    page = at_a_counter(phones)
    pieces = PIECES.split(page.request.get(shown.link).text())
    assert len(pieces) >= 8
    stood: list[Place | None] = []

    for read in accumulate(pieces):
        page.route(shown.link, partial(comes_so_far, read))
        page.goto(shown.link)
        stands: list[Place | None] = page.evaluate(STANDS)
        for was, now in zip(stood, stands, strict=False):
            if was and was[2] < 640:  # less than three pixels is no shift (Layout Instability)
                assert now, f"{was} is gone"
                assert max(abs(now[1] - was[1]), abs(now[2] - was[2])) < 3, f"{was} went to {now}"
        stood = stands
    expect(page.get_by_role("button", name="Vérifier encore")).to_be_visible()


def test_all_but_the_pictures_comes_in_one_window_and_from_us_alone(phones: Phones, shown: Shown) -> None:
    page = at_a_counter(phones)
    kinds: dict[str, tuple[str, str]] = {}
    bytes_of: dict[str, float] = {}
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", lambda it: kinds.update({it["requestId"]: (it["type"], it["response"]["url"])}))
    wire.on("Network.loadingFinished", lambda it: bytes_of.update({it["requestId"]: it["encodedDataLength"]}))
    page.goto(shown.link, wait_until="load")
    page.mouse.wheel(0, 4000)
    page.wait_for_function(THERE)
    page.wait_for_timeout(500)
    first = set(bytes_of)
    for place in range(3):
        page.goto(f"{shown.link}/badges/{place}", wait_until="load")
    page.wait_for_timeout(500)

    loaded = [(*kinds[one], size) for one, size in bytes_of.items()]
    at_once = [(*kinds[one], bytes_of[one]) for one in first]
    needed = {url: size for kind, url, size in at_once if kind in {"Document", "Stylesheet", "Script"}}
    pictures = {url: size for kind, url, size in loaded if kind == "Image"}
    assert len(needed) == 3, needed
    assert sum(needed.values()) <= WINDOW, needed
    assert len([url for url in pictures if "/pictures/" in url]) >= 2
    assert max(pictures.values()) <= PICTURE, pictures
    assert {url.startswith(f"{shown.server.origin}/") for _, url, _ in loaded} == {True}
    assert page.context.cookies() == []


@pytest.mark.breadth
def test_whoever_listens_hears_of_each_badge_what_it_is_and_whether_it_is_true_prints_it_or_takes_its_file(
    phones: Phones, shown: Shown
) -> None:
    page = at_a_counter(phones)
    page.add_init_script("window.printed = 0; window.print = () => printed++")
    page.goto(shown.link)
    heard = page.locator("main").aria_snapshot()

    assert heard.startswith('- main:\n  - heading "Sonia" [level=1]\n  - paragraph: vous montre 3 badges.'), (
        "first, who"
    )
    places = [
        heard.index(words)
        for words in (
            "Communiquer", "3 badges intacts", "Vérifiés aujourd’hui", "2 organismes, dont 1 confirmé.",
            'heading "Ce que disent ces badges" [level=2]', 'link "Organiser maîtrise',
        )
    ]  # fmt: skip
    assert places == sorted(places)
    assert len(page.get_by_role("heading", level=1).all()) == 1
    Person(page).tap("Imprimer")
    assert page.evaluate("() => printed") == 1
    page.get_by_text("Pour les logiciels").click()
    with page.expect_download() as presentation:
        page.get_by_role("link", name="Prendre le fichier pour logiciel").click()
    assert presentation.value.suggested_filename.endswith((".json", ".jsonld"))

    rows = page.locator(".skills a.skill")
    assert rows.count() == 3
    for row in range(3):
        rows.nth(row).click()
        of_one = page.locator("main").aria_snapshot()
        told = (
            r"heading .* \[level=1\]",
            "(?i)vrai badge|badge intact",
            "Vérifié aujourd’hui",
            "Montré par",
            "Donné le",
        )
        places = [re.search(words, of_one) for words in told]
        begins = [one.start() for one in places if one]
        assert len(begins) == len(told), of_one
        assert begins == sorted(begins), of_one
        page.go_back()
    page.get_by_role("link", name="Organiser").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Le fichier de ce badge").click()
    assert download.value.path().read_bytes()


def test_without_a_script_all_is_there_and_checking_again_works(phones: Phones, shown: Shown) -> None:
    page = at_a_counter(phones, java_script_enabled=False)
    page.goto(shown.link)
    yann = Person(page)

    page.get_by_text("Un badge, c’est quoi ?").click()
    yann.reads("Un badge dit ce qu’une personne sait faire.")
    yann.reads("Nous ne gardons pas votre nom. La personne voit le jour, et « téléphone » ou « ordinateur ».")
    expect(page.get_by_role("button", name="Imprimer")).to_be_hidden()
    page.get_by_role("link", name="Organiser").click()
    yann.reads("prépare ses outils avant de commencer")
    yann.reads("Le fichier n’a pas été changé.")
    yann.tap("Revenir aux badges")

    yann.tap("Vérifier encore")
    yann.reads("vous montre 3 badges.")
    yann.tap("English")
    yann.reads("shows you 3 badges.")
    page.locator(".skills a").first.click()
    yann.reads("Genuine badge, valid")
    assert page.context.cookies() == []


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason=NO_POPPLER)
@pytest.mark.parametrize("width", here_and_in_soak(360, 1100))
def test_three_badges_are_one_sheet_of_paper_whose_code_leads_back(
    phones: Phones, shown: Shown, tmp_path: Path, width: int
) -> None:
    page = phones(passkeys=False, device=None, viewport={"width": width, "height": 640}, color_scheme="dark").page
    page.goto(shown.link, wait_until="load")

    words = on_paper(page, tmp_path)

    for what in ("Organiser maîtrise", "3 badges intacts", "Montrés par", "2 organismes"):
        assert what in words
    assert re.search(r"Teamwork|Souder", words), "the one of others: of the corpus, or where that is not, of the guild"
    token = shown.link.rpartition("/")[2]
    assert words.count(" ".join(token[at : at + 4] for at in range(0, len(token), 4))) == 1, "no group of it is cut"


@pytest.mark.parametrize(
    "letter", ["", "Je cherche un poste près de Rouen. " * 5], ids=["a page of hers", "a long word"]
)
def test_nothing_that_is_printed_is_as_white_as_the_paper(
    phones: Phones, server: Server, real_badge: Path, letter: str
) -> None:
    for sonia in holder(server, real_badge):
        link = shows(sonia, name="Sonia", word=letter) if letter else has_a_page(sonia)
        page = phones(passkeys=False, device=None).page
        page.goto(server.origin + link)
        page.emulate_media(media="print")

        assert page.get_by_text("Un mot pour vous" if letter else "Vendeuse").is_visible()
        assert page.evaluate(PALE) == []


def has_a_page(sonia: Traveller) -> str:
    """The link of « Ma page », which tells the job, too."""
    sonia.post("/sought", data={"sought": "Vendeuse"})
    sonia.post("/page", data={"badge": has(sonia), "sought": "on"})
    found = re.search(r"/s/[0-9A-Z]{26}", sonia.get("/page").text)
    assert found is not None
    return found[0]


def on_paper(page: Page, folder: Path) -> str:
    """What is read on the one sheet of paper that *page* is in print, whose QR code leads to where it is, and is large enough."""
    page.pdf(path=folder / "page.pdf", prefer_css_page_size=True, tagged=True)
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", "page.pdf", "sheet"], cwd=folder, check=True)
    (sheet,) = folder.glob("sheet*.png")
    picture = Image.open(sheet).convert("RGB")
    sheet.unlink()
    assert [round(side / DPI * MM) for side in picture.size] == [210, 297]
    assert picture.getpixel((5, 5)) == (255, 255, 255)
    (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    corners = code.position
    assert code.text == page.url
    assert (corners.top_right.x - corners.top_left.x) / DPI * MM >= 30
    assert (corners.bottom_left.y - corners.top_left.y) / DPI * MM >= 30
    text = subprocess.run(["pdftotext", "-layout", "page.pdf", "-"], cwd=folder, check=True, capture_output=True).stdout
    words = " ".join(text.decode().split())
    assert re.search(r"\d+(er)? \w+ 20\d\d", words), "on which day"
    for button in ("Vérifier encore Imprimer", "Imprimer", "Signaler", "English", "Le fichier de ce badge", "logiciel"):
        assert button not in words
    return words
