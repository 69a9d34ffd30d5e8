"""Yann opens a link and has ten seconds: who, to whom, what, true or not, who says so, when; on one screen of a small phone.

Sonia shows nine badges and tells two moments, one of them with her voice; Kévin shows the badges that were given to her;
Maria shows thirty-two of six organisations. `make soak` reads two of the stories in Firefox, too.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.firefox import Firefox
from tests.fixtures.recordings import ogg
from tests.fixtures.server import Server
from tests.fixtures.traveller import Traveller
from tests.openbadges.support import guild
from tests.stories.showings import has, shows, tells
from tests.stories.test_every_page_fits_a_small_phone import TARGETS, scrolls
from tests.stories.test_kevin_has_a_keyboard import HERE, Keyboard
from tests.stories.test_yann_reads_and_prints import NO_POPPLER, SHIFTS, THERE, on_paper

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
PHONE = {"width": 360, "height": 740}
CALM = "J’ai calmé un client en colère."
FACTS = (
    "Un client criait au comptoir. "
    + "J’ai attendu qu’il finisse, puis j’ai redit sa demande. " * 20
    + "Il m’a remerciée."
)
SECOND = "J’ai rangé la réserve en une matinée."
SCHOOLS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(11, 17)]
BELOW = """(selectors) => selectors.map((one) => [one, document.querySelector(one)?.getBoundingClientRect()])
  .filter(([, box]) => !box || !box.width || box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth)
  .map(([one, box]) => `${one} ${box ? `${box.top} to ${box.bottom}` : "is nowhere"}`)"""
"""Which of some elements are not whole on the first screen."""
ANSWERS = {
    "who": "h1",
    "how many": ".named .lead",
    "what": ".map li:nth-child(4)",
    "true or not": ".proof h2",
    "checked when": ".proof .head p",
    "shown by": ".twins > p:first-child",
    "given to": ".twins > p:last-child",
    "whose": ".twins + .also",
    "who vouches": ".vouched",
}
LEFT_AND_ROUND = """() => {
  const places = [...document.querySelectorAll(".map li:not(.crown, [aria-hidden])")].map((one) => one.getBoundingClientRect())
  return [new Set(places.map((one) => Math.round(one.left))).size, new Set(places.map((one) => Math.round(one.top))).size]
}"""
"""In how many columns and rows the map stands."""


@dataclass(frozen=True, slots=True)
class Links:
    """What Yann is sent."""

    sonia: str
    kevin: str
    maria: str


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server], samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A wallet whose operator vouches for the issuer of the samples and for four of six schools, and names the framework."""
    vouched = json.loads((samples / "issuers.json").read_text())
    vouched += [{"id": guild.did(key), "name": school(key), "vouched_by": "Région d’essai"} for key in SCHOOLS[:4]]
    register = tmp_path_factory.mktemp("vouched") / "issuers.json"
    register.write_text(json.dumps(vouched))
    return serve(WALLET_ISSUERS=str(register), WALLET_FRAMEWORKS=str(samples / "frameworks"))


@pytest.fixture(scope="module")
def links(server: Server, samples: Path) -> Iterator[Links]:
    """All is there before a browser starts."""
    nine = [(one.name, one.read_bytes()) for one in sorted(samples.glob("ob3-*.png"))]
    with Traveller(server) as sonia, Traveller(server) as kevin, Traveller(server) as maria:
        for who, badges in ((sonia, nine), (kevin, nine[:2]), (maria, thirty_two())):
            for at in range(0, len(badges), 8):
                who.brings(*badges[at : at + 8])
            who.makes_a_key()
        first, second = has(sonia)[:2]
        told = [
            tells(sonia, first, ("voix.ogg", ogg(2100)), facts=FACTS, sentence=CALM, place="Boulangerie du Port"),
            tells(sonia, second, facts=FACTS, sentence=SECOND),
        ]
        yield Links(
            sonia=shows(sonia, name="Sonia M.", moment=told),
            kevin=shows(kevin, name="Kévin Dupont"),
            maria=shows(maria, name="Maria"),
        )


def school(key: Ed25519PrivateKey) -> str:
    """The name of one of the six."""
    return f"École {['Alba', 'Briand', 'Colette', 'Duras', 'Éluard', 'Follain'][SCHOOLS.index(key)]}"


def thirty_two() -> list[tuple[str, bytes]]:
    """Maria's badges, of six schools, five of them over."""
    named = {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": "Maria Costa"}
    badges = []
    for number in range(32):
        key, name = SCHOOLS[number % 6], f"Geste {number + 1}"
        achievement = {"id": f"urn:uuid:a{number}", "type": ["Achievement"], "name": name, "description": name}
        badge = guild.badge(
            guild.did(key),
            id=f"urn:uuid:b{number}",
            name=name,
            issuer={"id": guild.did(key), "type": ["Profile"], "name": school(key)},
            validUntil="2026-01-09T00:00:00Z" if number % 7 == 3 else "2031-01-01T00:00:00Z",
            credentialSubject={
                "type": ["AchievementSubject"],
                "identifier": [named],
                "achievement": achievement | {"criteria": {"narrative": "Le faire **seule**."}},
            },
        )
        badges.append((f"{number}.json", json.dumps(guild.signed(badge, key)).encode()))
    return badges


def opens(phones: Phones, server: Server, link: str, **options: object) -> Page:
    """Yann's phone on what he was sent."""
    page = phones(passkeys=False, device=None, viewport=PHONE, **options).page
    page.add_init_script(SHIFTS)
    page.goto(server.origin + link, wait_until="load")
    return page


@pytest.mark.breadth
def test_nine_badges_of_sonia_answer_on_one_screen_and_nothing_jumps(
    phones: Phones, server: Server, links: Links
) -> None:
    page = opens(phones, server, links.sonia)

    assert page.evaluate(BELOW, list(ANSWERS.values())) == []
    expect(page.locator(".named")).to_contain_text("Sonia M. vous montre 9 badges.")
    expect(page.locator(".map .gold")).to_have_count(4)
    expect(page.locator(".proof h2")).to_have_text("9 vrais badges, valides")
    expect(page.locator(".proof")).to_contain_text("Vérifiés aujourd’hui")
    expect(page.locator(".twins")).to_contain_text("Montrés par Sonia M.")
    expect(page.locator(".twins")).to_contain_text("Donnés à Sonia")
    expect(page.locator(".twins svg")).to_have_count(0)
    expect(page.locator(".vouched")).to_contain_text("Région d’essai confirme cet organisme.")
    assert page.get_by_text("Vrai badge").count() == 0, "one verdict for all"
    page.mouse.wheel(0, 6000)
    page.wait_for_function(THERE)
    assert page.evaluate("() => shifts.reduce((sum, one) => sum + one, 0)") == 0
    assert page.context.cookies() == []
    assert axe(page) + page.evaluate(TARGETS) + scrolls(page) == []

    page.emulate_media(color_scheme="dark")
    assert axe(page) == []


def test_sonias_map_is_a_list_where_its_words_have_no_room(phones: Phones, server: Server, links: Links) -> None:
    page = opens(phones, server, links.sonia)
    letters = page.context.new_cdp_session(page)
    assert page.evaluate(LEFT_AND_ROUND) == [2, 2]

    for width, size in ((320, 16), (360, 32), (320, 32)):
        page.set_viewport_size({"width": width, "height": 740})
        letters.send("Page.setFontSizes", {"fontSizes": {"standard": size}})  # as Yann's browser is set up
        assert page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == f"{size * 1.125:g}px"
        assert page.evaluate(LEFT_AND_ROUND) == [1, 4], (width, size)
        expect(page.locator(".map b").first).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (width, size)


def test_sonias_words_are_open_and_her_voice_is_there_to_play_without_a_script(
    phones: Phones, server: Server, links: Links
) -> None:
    page = opens(phones, server, links.sonia, java_script_enabled=False)

    first, second = page.locator(".telling").all()
    expect(first.get_by_role("heading", name=CALM)).to_be_visible()
    for words in ("Sonia M. raconte", "Boulangerie du Port", "Il m’a remerciée.", "Ce sont ses mots."):
        expect(first.get_by_text(words).first).to_be_visible()
    expect(second.get_by_role("heading", name=SECOND)).to_be_visible()
    expect(second.get_by_text("Il m’a remerciée.")).to_be_visible()
    sound = first.locator("audio[controls]")
    expect(sound).to_be_visible()
    expect(first).to_contain_text("Écoutez Sonia M. · 42 secondes")
    heard = page.request.get(server.origin + str(sound.get_attribute("src")))
    assert (heard.status, heard.body()[:4]) == (200, b"OggS")
    tops = [one.bounding_box() for one in (first, page.locator(".skills"))]
    assert tops[0]
    assert tops[1]
    assert tops[0]["y"] < tops[1]["y"], "her words stand before any detail"


def test_by_keyboard_yann_goes_to_a_skill_and_comes_back(phones: Phones, server: Server, links: Links) -> None:
    page = opens(phones, server, links.sonia)
    yann = Keyboard(page)
    rows = page.locator(".skills a").all_inner_texts()
    assert len(rows) == 5
    yann.presses(rows[0].strip())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/badges/" in page.url

    yann.presses("Retour")

    assert page.url == server.origin + links.sonia
    # Within the player it is the browser that draws the ring.
    assert [one for one in yann.faults if not one.startswith("Sa voix")] == []


def test_what_was_given_to_sonia_and_kevin_shows_is_amber_and_says_so_first(
    phones: Phones, server: Server, links: Links
) -> None:
    page = opens(phones, server, links.kevin)

    assert page.evaluate(BELOW, [ANSWERS[one] for one in ("who", "true or not", "shown by", "given to", "whose")]) == []
    verdict = page.locator(".proof")
    expect(verdict.get_by_role("heading")).to_have_text("Vrais badges, autre nom")
    expect(verdict).to_contain_text("Montrés par Kévin Dupont")
    expect(verdict).to_contain_text("Donnés à Sonia")
    expect(verdict).to_contain_text("Un nom peut changer. Demandez-lui pourquoi.")
    expect(verdict.locator(".twins svg")).to_have_count(1)
    expect(verdict).to_have_css("background-color", "rgb(251, 231, 196)")
    expect(page.locator("main")).not_to_contain_text("valide")

    page.locator(".skills a").first.click()
    expect(page.locator(".proof")).to_contain_text("Vrai badge, autre nom")
    expect(page.locator(".proof")).to_have_css("background-color", "rgb(251, 231, 196)")
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page) == []


def test_thirty_two_badges_of_maria_are_six_rows_and_what_is_not_good_is_named(
    phones: Phones, server: Server, links: Links
) -> None:
    page = opens(phones, server, links.maria)

    head = page.locator(".proof h2")
    expect(head).to_contain_text("sur 32")
    assert page.evaluate(BELOW, [ANSWERS[one] for one in ("who", "true or not", "checked when")]) == []
    expect(page.locator(".proof ul.also")).to_contain_text(re.compile(r"Expiré.: Geste \d+ et 4 autres"))
    expect(page.locator(".vouched")).to_contain_text("6 organismes")
    rows = page.locator(".skills details")
    expect(rows).to_have_count(6)
    expect(page.locator(".skills details[open]")).to_have_count(0)
    assert page.evaluate("() => document.documentElement.scrollHeight / innerHeight") <= 4
    assert page.evaluate(TARGETS) + scrolls(page) == []

    rows.nth(3).locator("summary").click()
    rows.nth(3).get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name="Geste")).to_be_visible()
    assert page.context.cookies() == []


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason=NO_POPPLER)
def test_nine_badges_of_sonia_and_two_stories_are_one_sheet_of_paper(
    phones: Phones, server: Server, links: Links, tmp_path: Path
) -> None:
    """None of her words is cut; a small screen prints the same (test_yann_reads_and_prints.py)."""
    page = opens(phones, server, links.sonia)
    page.set_viewport_size({"width": 1100, "height": 740})

    words = on_paper(page, tmp_path)

    for what in ("Sonia M. raconte", "9 vrais badges", "Donnés à", "S’intégrer", CALM[:-1], SECOND[:-1]):
        assert what in words, what
    assert words.count("Il m’a remerciée.") == 2, "to the last word"


@pytest.mark.soak  # Chromium reads it each time; in Firefox test_sonia_has_firefox.py reads a share, and looks at its width
def test_in_firefox_too_nine_badges_of_sonia_answer_on_one_screen(
    firefox: Firefox, server: Server, links: Links
) -> None:
    firefox.is_as_small_as(360, 740)
    firefox.go(links.sonia)

    firefox.reads("9 vrais badges, valides")
    assert firefox.run(f"return ({BELOW})(arguments[0])", list(ANSWERS.values())) == []
    assert firefox.run("return document.documentElement.scrollWidth <= innerWidth")
    for words in ("Montrés par Sonia M.", "Région d’essai confirme cet organisme.", "Il m’a remerciée."):
        firefox.reads(words)
    assert firefox.run("return document.querySelector('audio').checkVisibility()")
    assert firefox.run("return document.cookie") == ""
    firefox.is_as_small_as(320, 740)
    assert firefox.run(f"return ({LEFT_AND_ROUND})()") == [1, 4]
    assert firefox.run("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.soak  # as above
def test_in_firefox_too_kevin_is_amber_and_a_badge_is_a_key_away(
    firefox: Firefox, server: Server, links: Links
) -> None:
    firefox.is_as_small_as(360, 740)
    firefox.go(links.kevin)
    firefox.reads("Vrais badges, autre nom")
    firefox.reads("Un nom peut changer. Demandez-lui pourquoi.")
    assert (
        firefox.run("return getComputedStyle(document.querySelector('.proof')).backgroundColor") == "rgb(251, 231, 196)"
    )

    for _ in range(30):
        firefox.presses("\ue004")
        if firefox.run("return document.activeElement.matches('.skills a')"):
            break
    here = firefox.run(f"return ({HERE})()")
    assert here["faults"] == []
    firefox.presses("\ue007")
    firefox.reads("Vrai badge, autre nom")
    assert "/badges/" in firefox.at
    firefox.tap("Revenir aux badges")
    firefox.reads("Vrais badges, autre nom")
    assert firefox.at == server.origin + links.kevin
