"""The main job, end to end: Sonia takes in a badge, keeps it by her finger, and shows it to Yann across a counter."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.server import Server
from tests.stories.ready_phones import BETWEEN, form, posted, with_badges
from tests.stories.taps import PROMISED, Person
from tests.stories.without_internet import holds_back

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]
Phones = Callable[..., Phone]


def keep_a_badge(phone: Phone, *badges: Path) -> Person:
    """A holder with what they kept, on the page of their badges: all the way by taps."""
    person = Person(phone.page)
    phone.page.goto("/")
    person.choose("Ajouter mon premier badge", *badges)
    person.confirm_with_a_finger("Garder ce badge")
    return person


def show_it(person: Person) -> str:
    """The link of a share made with the defaults."""
    person.tap("Montrer mes badges")
    person.tap("Créer le QR code")
    person.reads("Faites scanner ce QR code")
    return re.sub(r"\s", "", person.page.locator("#address").inner_text())


def test_sonia_keeps_her_badge_in_five_taps_and_yann_sees_it_without_account_cookie_or_script_until_she_stops(
    phone: Phone, phones: Phones, server: Server, real_badge: Path, samples: Path, tmp_path: Path
) -> None:
    sonia = Person(phone.page)
    phone.page.goto("/")
    sonia.choose("Ajouter mon premier badge", real_badge)
    sonia.reads("Garder ce badge")
    sonia.reads("J’ai déjà mes badges ici")
    sonia.confirm_with_a_finger("Garder ce badge")
    sonia.reads("Votre badge est gardé.")
    assert (sonia.taps, sonia.characters) == (PROMISED["F1"], 0)

    posted(phone, "/badges", form((samples / "ob3-organiser-2.png",)), f"multipart/form-data; boundary={BETWEEN}")
    phone.page.goto("/badges")
    sonia.taps = 0
    link = show_it(sonia)
    assert (sonia.taps, sonia.characters) == (PROMISED["F6"], 0)

    link = _the_picture_of_her_screen_leads_where_the_text_says(phone.page, link, tmp_path)
    assert link.startswith(f"{server.origin}/s/")

    yann = phones(passkeys=False, java_script_enabled=False)
    answer = yann.page.goto(link)
    assert answer is not None
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert yann.context.cookies() == []
    expect(yann.page.get_by_role("heading", level=1)).to_be_visible()
    pictures = [f"{link}/pictures/{place}" for place in (0, 1)]
    assert 200 in {yann.page.request.get(picture).status for picture in pictures}

    sonia.page.get_by_role("button", name="Arrêter ce partage").click()
    sonia.reads("Mes partages")
    answer = yann.page.goto(link)
    assert answer is not None
    assert answer.status == 404
    assert {yann.page.request.get(picture).status for picture in pictures} == {404}


def _the_picture_of_her_screen_leads_where_the_text_says(page: Page, text: str, folder: Path) -> str:
    page.wait_for_function("() => [...document.images].every((one) => one.complete && one.naturalWidth)")
    page.screenshot(path=folder / "code.png")
    (code,) = zxingcpp.read_barcodes(Image.open(folder / "code.png"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert code.text == f"http://{text}"
    return code.text


@pytest.mark.soak  # Maria refuses once in test_passkeys_in_a_browser.py, each time
def test_a_refused_finger_loses_nothing(phone: Phone, server: Server, real_badge: Path) -> None:
    person = Person(phone.page)
    phone.page.goto("/")
    person.choose("Ajouter mon premier badge", real_badge)
    assert phone.authenticator is not None
    phone.authenticator.refuse()
    person.tap("Garder ce badge")
    person.reads("Votre clé n’est pas créée.")

    phone.page.reload()
    phone.authenticator.agree()
    person.confirm_with_a_finger("Garder ce badge")

    person.reads("Votre badge est gardé.")


def test_who_chooses_before_the_page_is_all_there_need_not_choose_again(
    phone: Phone, server: Server, real_badge: Path
) -> None:
    """On a slow line the button is there before the script that sends what was chosen."""
    page = phone.page
    lets = holds_back(page, "file-picker")
    page.goto("/", wait_until="commit")
    page.locator("input[type=file]").set_input_files(real_badge)

    with page.expect_navigation():
        lets()

    Person(page).reads("Garder ce badge")


def test_whoever_goes_back_sends_nothing_again(phone: Phone, server: Server, real_badge: Path, samples: Path) -> None:
    person = with_badges(phone, real_badge)
    phone.page.goto("/badges/new")
    person.choose("Choisir une image ou un fichier", samples / "ob3-organiser-2.png")

    phone.page.go_back()
    person.reads("Choisir une image ou un fichier")

    assert (phone.page.url, phone.page.locator("#documents").input_value()) == (f"{server.origin}/badges/new", "")


@pytest.mark.soak  # so does Maria in test_passkeys_in_a_browser.py; the badge's own page: routes/test_account.py
def test_sonia_comes_back_with_one_button_and_a_signed_out_phone_shows_nothing(
    phone: Phone, server: Server, real_badge: Path
) -> None:
    person = keep_a_badge(phone, real_badge)
    address = phone.page.locator("main a[href^='/badges/']").first.get_attribute("href")
    phone.page.goto("/settings")
    person.leaves()
    expect(
        person.find("Ajouter mon premier badge").or_(phone.page.get_by_label("Ajouter mon premier badge"))
    ).to_be_visible()

    phone.page.goto(str(address))
    assert phone.page.url == f"{server.origin}/"

    person.reads("Vous revoilà")
    person.tap("Ouvrir mes badges")
    phone.page.wait_for_url("**/entry")
    person.confirm_with_a_finger("Ouvrir mes badges")
    assert phone.page.url.startswith(f"{server.origin}/badges")
    expect(phone.page.locator(f"main a[href='{address}']").first).to_be_visible()


@pytest.mark.soak  # routes/test_somebody_elses.py and routes/test_map.py ask every address
def test_kevin_sees_nothing_of_sonia(phone: Phone, phones: Phones, server: Server, real_badge: Path) -> None:
    with_badges(phone, real_badge)
    address = str(phone.page.locator("main a[href^='/badges/']").first.get_attribute("href"))
    phone.page.goto("/shares/new")
    Person(phone.page).tap("Créer le QR code")
    share = phone.page.url

    kevin = phones()
    with_badges(kevin, real_badge)
    for path in (address, f"{address}/picture", f"{address}/document", share, f"{share}/qr.svg", f"{share}/qr.png"):
        answer = kevin.page.request.get(path)
        assert answer.status == 404, path


@pytest.mark.soak  # test_fatou_has_no_script.py keeps badges so; routes/test_public.py asks the pages
def test_without_javascript_every_page_but_the_passkey_works(phones: Phones, server: Server, real_badge: Path) -> None:
    phone = phones(passkeys=False, java_script_enabled=False)
    phone.page.goto("/")
    phone.page.set_input_files("input[type=file]", real_badge)
    phone.page.get_by_role("button", name="Ajouter", exact=True).click()
    person = Person(phone.page)
    person.reads("Gardez-le, il est à vous")
    for path in ("/badges/new", "/entry", "/help", "/privacy", "/legal", "/accessibilite", "/site-map"):
        answer = phone.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path


@pytest.mark.soak  # axe goes through every template in test_every_page_fits_a_small_phone.py
def test_no_page_on_the_way_has_a_fault_that_axe_can_see(
    phone: Phone, phones: Phones, server: Server, real_badge: Path
) -> None:
    person = Person(phone.page)
    faults: dict[str, list[str]] = {}

    def look(page: str) -> None:
        found = axe(phone.page)
        if found:
            faults[page] = found

    phone.page.goto("/")
    look("welcome")
    person.choose("Ajouter mon premier badge", real_badge)
    look("result")
    person.confirm_with_a_finger("Garder ce badge")
    look("badges")
    phone.page.locator("main a[href^='/badges/']").first.click()
    look("badge")
    for path in (
        "/badges/new",
        "/shares/new",
        "/settings",
        "/help",
        "/privacy",
        "/legal",
        "/accessibilite",
        "/site-map",
        "/nowhere",
    ):
        phone.page.goto(path)
        look(path)
    phone.page.goto("/badges")
    link = show_it(person)
    look("code")
    phone.page.goto("/shares")
    look("shares")
    phone.page.goto(f"http://{link}")
    look("share")
    phone.page.goto(f"{server.origin}/s/NOTHING")
    look("closed")
    assert faults == {}


@pytest.mark.parametrize("path", here_and_in_soak("/shares/new", "/badges"))
def test_doubled_letters_leave_the_main_button_clear_of_the_bar(
    phones: Phones, server: Server, samples: Path, path: str
) -> None:
    phone = phones(bypass_csp=True)  # only so that the test may double the letters
    with_badges(phone, samples / "ob3-organiser-2.png", samples / "ob3-communiquer-2.png")
    phone.page.goto(path)
    for letters in ("112.5%", "225%"):
        phone.page.add_style_tag(content=f"html {{ font-size: {letters} !important }}")
        button = phone.page.locator(".act .button").bounding_box()
        bar = phone.page.locator(".bar").bounding_box()
        assert button is not None
        assert bar is not None
        assert button["y"] + button["height"] <= bar["y"], letters
