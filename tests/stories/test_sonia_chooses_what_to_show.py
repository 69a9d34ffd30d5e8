"""Sonia makes a share: by two taps or by four, for a day that she chooses, after a look at what the employer will see."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED, Person
from tests.stories.without_internet import holds_back

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"device": None, "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WITHOUT_LINK = (
    "() => document.querySelectorAll('main :is(.again, .machines, .answering)').forEach((one) => one.remove())"
)
"""Takes away what stands beside the QR code, the file for software and the way to answer: none is there yet beforehand."""
THREE = ("ob3-communiquer-2", "ob3-organiser-2", "ob3-adapter-1")
LOOK = "Voir ce que l’employeur verra"
WITH_LETTERS = """(size) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`html { font-size: ${size} !important }`)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}"""
"""The letters of a page as large as a person has set them."""


@pytest.fixture
def sonia(phones: Phones, server: Server, samples: Path) -> Person:
    """Sonia with a small phone and three good badges, on the page of her badges."""
    return with_badges(phones(**SMALL), *(samples / f"{name}.png" for name in THREE), at="/badges")


def box(page: Page, name: str) -> None:
    """Touch the row of the badge of that name."""
    page.wait_for_load_state()
    page.locator("#choices label", has_text=name).click()


def unfold(page: Page, words: str) -> None:
    page.wait_for_load_state()
    page.locator("summary", has_text=words).click()


def link(page: Page) -> str:
    """The link under the code."""
    expect(page.get_by_role("heading", name="Faites scanner ce QR code")).to_be_visible()
    return "http://" + re.sub(r"\s", "", page.locator("#address").inner_text())


def beforehand(page: Page) -> str:
    """What is read in the preview."""
    return " ".join(page.locator(".preview .recruiter").inner_text().split())


def afterwards(page: Page) -> str:
    """What is read on the page of the share itself, but for what needs the link."""
    page.evaluate(WITHOUT_LINK)
    return " ".join(page.locator("main").inner_text().split())


@pytest.mark.breadth
def test_four_taps_show_one_badge_of_three_for_a_year_on_a_cv_and_two_show_all_for_a_week(
    sonia: Person, phones: Phones
) -> None:
    sonia.page.locator(".patch", has_text="Organiser").click()
    sonia.taps += 1
    sonia.tap("Montrer ce badge")
    expect(sonia.page.locator("#choices :checked")).to_have_count(1)
    sonia.page.locator("label", has_text="pour mon CV").click()
    sonia.taps += 1
    sonia.tap("Créer le QR code")

    assert (sonia.taps, sonia.characters) == (PROMISED["F6b"], 0)
    yann = phones(passkeys=False, java_script_enabled=False)
    yann.page.goto(link(sonia.page))
    expect(yann.page.locator(".skill")).to_have_count(1)
    expect(yann.page.locator(".single b")).to_have_text("Organiser")
    sonia.page.goto("/shares")
    again = sonia.page.locator("article a").first.get_attribute("href") or ""
    sonia.page.goto(f"/shares/new?again={again.rpartition('/')[2]}")
    expect(sonia.page.get_by_role("radio", name="CV", exact=True)).to_be_checked()

    _two_taps_show_all_that_is_good(sonia, yann)
    _leaves_one_out_for_a_month_and_once_more_for_another_employer(sonia)


def _two_taps_show_all_that_is_good(sonia: Person, yann: Phone) -> None:
    sonia.page.goto("/badges")
    sonia.taps = 0
    sonia.tap("Montrer mes badges")
    expect(sonia.page.locator("details[open]")).to_have_count(0)
    expect(sonia.page.locator("#choices :checked")).to_have_count(3)
    sonia.tap("Créer le QR code")

    assert sonia.taps == 2
    yann.page.goto(link(sonia.page))
    expect(yann.page.locator(".skill")).to_have_count(3)


def _leaves_one_out_for_a_month_and_once_more_for_another_employer(sonia: Person) -> None:
    page = sonia.page
    page.goto("/badges")
    sonia.taps = 0
    sonia.tap("Montrer mes badges")
    unfold(page, "Un mot pour l’employeur")
    page.get_by_label("Votre mot").fill("Bonjour.")
    box(page, "Organiser")
    page.locator("label", has_text="30 jours").click()
    sonia.taps += 2
    sonia.tap("Créer le QR code")

    assert sonia.taps == 4, "beside the word, which nobody has to write"
    sonia.reads("2 badges")
    first = link(page)

    page.goto(f"/shares/new?again={page.url.rpartition('/')[2]}")
    expect(page.locator("#choices :checked")).to_have_count(2)
    expect(page.get_by_label("Votre mot")).to_have_value("Bonjour.")
    sonia.tap("Créer le QR code")

    assert link(page) != first


@pytest.mark.breadth
def test_four_taps_show_one_of_many(phones: Phones, server: Server, samples: Path) -> None:
    person = with_badges(phones(**SMALL), *sorted(samples.glob("ob3-*.png")), at="/badges")
    page = person.page

    person.tap("Montrer mes badges")
    unfold(page, "Un mot pour l’employeur")
    page.get_by_label("Votre mot").fill("Bonjour.")
    unfold(page, LOOK)
    expect(page.locator(".preview .skill")).to_have_count(5)
    expect(page.locator(".preview .proof h3")).to_contain_text("9 badges")
    person.tap("Tout décocher")
    expect(page.locator("#choices :checked")).to_have_count(0)
    expect(page.get_by_label("Votre mot")).to_have_value("Bonjour.")
    expect(page.locator(".preview")).to_have_text("Choisissez un badge à montrer.")
    expect(person.find("Tout cocher")).to_be_visible()
    page.locator("#choices .choice").nth(4).click()
    person.taps += 1
    expect(page.locator(".preview .skill")).to_have_count(1)
    person.tap("Créer le QR code")

    assert person.taps == 4
    person.reads("1 badge")

    the_button_stays_at_hand(page, letters="225%")


def test_who_looks_before_the_page_is_all_there_sees_it_too(phones: Phones, server: Server, real_badge: Path) -> None:
    page = with_badges(phones(**SMALL, service_workers="block"), real_badge, at="").page
    lets = holds_back(page, "share-form")
    page.goto("/shares/new", wait_until="commit")

    page.locator("summary", has_text=LOOK).click()
    lets()

    expect(page.locator(".preview .skill")).to_have_count(1)


@pytest.mark.breadth
def test_what_she_sees_beforehand_is_what_the_employer_reads_and_the_day_is_one_that_can_be(
    sonia: Person, phones: Phones, server: Server
) -> None:
    _what_she_sees_beforehand_is_what_the_employer_reads(sonia, phones, server)
    sonia.page.goto("/badges")
    _she_looks_at_what_is_missing(sonia)
    _a_wrong_date_is_told_where_it_stands_and_all_else_stays(sonia)
    _she_chooses_the_day_on_which_it_ends(sonia)


def _what_she_sees_beforehand_is_what_the_employer_reads(sonia: Person, phones: Phones, server: Server) -> None:
    page = sonia.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(server.origin)))
    sonia.tap("Montrer mes badges")
    box(page, "Organiser")
    page.wait_for_timeout(600)
    assert "/shares/preview" not in asked, "nothing is asked for that nobody looks at"

    unfold(page, LOOK)
    seen = page.locator(".preview")
    expect(seen.locator(".skill")).to_have_count(2)

    box(page, "Organiser")
    expect(seen.locator(".skill")).to_have_count(3)
    unfold(page, "Prénom à montrer")
    page.get_by_label("Prénom à montrer").fill("Soso")
    expect(page.locator("summary", has_text="Prénom à montrer")).to_contain_text("Soso")
    unfold(page, "Un mot pour l’employeur")
    page.get_by_label("Votre mot").fill("Bonjour, <b>voici</b> mes badges.")
    box(page, "Communiquer")
    expect(seen.locator(".named")).to_contain_text("Soso vous montre 2 badges.")
    expect(seen).to_contain_text("« Bonjour, <b>voici</b> mes badges. »")
    for picture in seen.locator("img.art").all():
        picture.scroll_into_view_if_needed()
    page.wait_for_function("() => [...document.querySelectorAll('.preview img.art')].every((one) => one.naturalWidth)")
    assert axe(page) == []
    before = beforehand(page)

    sonia.tap("Créer le QR code")
    yann = phones(**SMALL, passkeys=False, java_script_enabled=False)
    yann.page.goto(link(page))
    assert before == afterwards(yann.page)
    assert not [path for path in asked if path.startswith(("/s/", "/openings"))], "looking beforehand opens no share"


def _she_looks_at_what_is_missing(sonia: Person) -> None:
    page = sonia.page
    sonia.tap("Montrer mes badges")
    unfold(page, LOOK)
    for name in ("Communiquer", "Organiser", "S’adapter"):
        box(page, name)
    expect(page.locator(".preview")).to_have_text("Choisissez un badge à montrer.")
    with page.expect_request("**/shares/preview"):
        page.context.route("**/shares/preview", lambda asked: asked.abort())
        box(page, "S’adapter")
    expect(page.locator(".preview")).to_have_count(0)
    page.context.unroute("**/shares/preview")
    page.get_by_role("button", name="Voir", exact=True).click()
    expect(page.locator(".preview .skill")).to_have_count(1)


def _she_chooses_the_day_on_which_it_ends(sonia: Person) -> None:
    page = sonia.page
    expect(page.get_by_label("Dernier jour")).to_be_hidden()
    page.locator("label", has_text="Une date").click()
    day = page.get_by_label("Dernier jour")
    first, last = str(day.get_attribute("min")), str(day.get_attribute("max"))
    assert first < last
    day.fill(last)
    sonia.tap("Créer le QR code")

    link(page)
    month_and_year = {"01": "janvier", "02": "février", "12": "décembre", "11": "novembre"}.get(last[5:7], "")
    sonia.reads(f"{int(last[8:])} {month_and_year}" if month_and_year and last[8:] != "01" else last[:4])


def _a_wrong_date_is_told_where_it_stands_and_all_else_stays(sonia: Person) -> None:
    page = sonia.page
    box(page, "Organiser")
    unfold(page, "Pour qui")
    page.locator("label", has_text="Autre").click()
    page.get_by_label("En quelques mots").fill("Le garage")
    page.locator("label", has_text="Une date").click()
    page.get_by_label("Dernier jour").fill("2020-02-29")
    sonia.tap("Créer le QR code")

    expect(page.locator("#date-fault")).to_contain_text("Cette date est passée.")
    expect(page.get_by_label("Dernier jour")).to_have_value("2020-02-29")
    expect(page.get_by_label("En quelques mots")).to_have_value("Le garage")
    expect(page.locator("#choices :checked")).to_have_count(2)
    assert axe(page) == []
    page.locator(".problems a").click()
    expect(page.get_by_label("Dernier jour")).to_be_in_viewport()
    page.locator("label", has_text="7 jours").click()
    expect(page.locator("#date-fault")).to_be_hidden()


def test_without_javascript_all_of_it_works(phones: Phones, server: Server, samples: Path) -> None:
    plain = phones(**SMALL, passkeys=False, java_script_enabled=False)
    page = with_badges(plain, *(samples / f"{name}.png" for name in THREE), at="/shares/new").page
    box(page, "Organiser")
    unfold(page, "Pour qui")
    page.locator("label", has_text="Autre").click()
    page.get_by_label("En quelques mots").fill("Le garage")
    page.locator("label", has_text="30 jours").click()
    unfold(page, LOOK)
    page.get_by_role("button", name="Voir", exact=True).click()

    expect(page.locator(".preview .skill")).to_have_count(2)
    expect(page.locator(".preview .recruiter")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Créer le QR code")).to_be_in_viewport()
    expect(page.get_by_label("En quelques mots")).to_have_value("Le garage")
    before = beforehand(page)
    page.get_by_role("button", name="Créer le QR code").click()
    answer = link(page)
    page.goto(answer)
    assert before == afterwards(page)


@pytest.mark.soak  # with twice the letters each time, in test_four_taps_show_one_of_many
def test_the_button_stays_at_hand_wherever_one_reads(phones: Phones, server: Server, samples: Path) -> None:
    person = with_badges(phones(**SMALL), *sorted(samples.glob("ob3-*.png"))[:6], at="")
    the_button_stays_at_hand(person.page, letters="112.5%")


def the_button_stays_at_hand(page: Page, letters: str) -> None:
    """On a phone and on a desk, wherever one reads."""
    for size in ({"width": 360, "height": 740}, {"width": 1100, "height": 800}):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict is one
        page.goto("/shares/new")
        page.evaluate(WITH_LETTERS, letters)
        unfold(page, LOOK)
        expect(page.locator(".preview .skill").first).to_be_attached()
        for where in (0, 0.5, 1):
            page.evaluate(f"() => scrollTo(0, {where} * document.documentElement.scrollHeight)")
            button = page.get_by_role("button", name="Créer le QR code")
            expect(button).to_be_in_viewport(ratio=1)
            button.click(trial=True)  # nothing lies over it
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
