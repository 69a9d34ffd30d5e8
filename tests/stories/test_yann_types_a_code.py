"""Sonia shows her badges behind a secret code; Yann types it, with and without scripts; whoever guesses gets nowhere."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.traveller import Traveller
from tests.stories.ready_phones import holder, receives_cookies
from tests.stories.showings import Showing
from tests.stories.taps import Person

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
FIELD = "Le mot de passe à 6 chiffres"
ENTERED = "Sonia vous montre 1 badge."


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the phones of this module begin."""
    return clockwork


@pytest.fixture
def sonia(server: Clockwork, samples: Path) -> Iterator[Traveller]:
    """Sonia, who keeps one badge."""
    yield from holder(server, samples / "ob3-organiser-2.png")


@pytest.fixture
def shown(sonia: Traveller, server: Clockwork) -> Showing:
    """What she shows behind a code."""
    return Showing(sonia, server, name="Sonia", code="yes")


def wrong(shown: Showing, number: int = 1) -> str:
    """A code that is not the right one."""
    return f"{(int(shown.told.code) + number) % 10**6:06}"


def types(page: Page, code: str) -> None:
    """Yann types the code and touches the button."""
    page.get_by_label(FIELD).fill(code)
    page.get_by_role("button", name="Voir les badges").click()


def behind(page: Page) -> list[str]:
    """Where the page of the badge is, and the picture on it."""
    page.wait_for_load_state()
    badge = str(page.locator("a.skill").get_attribute("href"))
    pictures = re.findall(r'src="(/s/[^"]*/pictures/[^"]*)"', unescape(page.request.get(badge).text()))
    assert len(pictures) == 1
    return [badge, *pictures]


def answers(page: Page, addresses: list[str]) -> set[int]:
    """What is answered there now."""
    return {page.request.get(address).status for address in addresses}


@pytest.mark.parametrize("scripts", here_and_in_soak(True, False), ids=["with scripts", "without"])
@pytest.mark.breadth
def test_yann_types_the_code_and_sees_what_sonia_shows(
    phones: Phones, sonia: Traveller, shown: Showing, scripts: bool
) -> None:
    yann = phones(passkeys=False, java_script_enabled=scripts).page
    yann.goto(shown.link)
    expect(yann.get_by_role("heading", level=1)).to_have_text("Un mot de passe ouvre cette page")
    assert "Organiser" not in yann.content()

    types(yann, wrong(shown))
    expect(yann.get_by_role("group", name="Ce n’est pas le bon mot de passe.")).to_be_visible()
    expect(yann.get_by_label(FIELD)).to_have_value(wrong(shown))
    assert shown.told.times == 0

    code = shown.told.code
    types(yann, f"{code[:3]} {code[3:]}")
    expect(yann.locator(".named")).to_contain_text(ENTERED)
    assert yann.url == shown.link
    assert answers(yann, behind(yann)) == {200}
    assert yann.context.cookies() == []
    assert shown.is_opened(1)

    yann.get_by_role("button", name="English").click()
    expect(yann.locator(".named")).to_contain_text("shows you 1 badge.")
    yann.get_by_role("button", name="Français").click()
    expect(yann.locator(".named")).to_contain_text(ENTERED)
    assert answers(yann, behind(yann)) == {200}
    assert shown.is_opened(1), "the other language is no other opening"

    there = behind(yann)
    shown.server.clock.move(minutes=15)
    assert answers(yann, there) == {403}
    yann.get_by_role("button", name="English").click()
    expect(yann.get_by_role("group")).to_contain_text("The 15 minutes are up.")
    assert "Mes partages" in sonia.get("/shares").text


@pytest.mark.breadth
def test_what_was_wrong_is_what_yann_hears_first_then_he_is_in_and_loads_the_page_again(
    phones: Phones, shown: Showing
) -> None:
    yann = phones(passkeys=False).page
    yann.goto(shown.link)

    for typed, words in (("12345", "Tapez les 6 chiffres"), (wrong(shown), "Ce n’est pas le bon mot de passe.")):
        types(yann, typed)
        expect(yann.locator(".problems")).to_be_focused()
        expect(yann.locator(".problems")).to_contain_text(words)
        assert yann.title().startswith("Erreur")
    assert axe(yann) == []

    yann.locator(".problems a").click()
    expect(yann.get_by_label(FIELD)).to_be_focused()

    _loads_the_page_again_and_comes_back_to_it(yann, shown)


def _loads_the_page_again_and_comes_back_to_it(yann: Page, shown: Showing) -> None:
    types(yann, shown.told.code)
    expect(yann.locator(".named")).to_contain_text(ENTERED)

    yann.reload()
    expect(yann.locator(".named")).to_contain_text(ENTERED)
    assert answers(yann, behind(yann)) == {200}
    shown.server.clock.move(minutes=16)
    yann.reload()
    expect(yann.locator(".named")).to_contain_text(ENTERED)
    assert answers(yann, behind(yann)) == {200}, "the code went along, and is still right"

    assert shown.is_opened(1)


@pytest.mark.parametrize("scripts", here_and_in_soak(True, False), ids=["with scripts", "without"])
@pytest.mark.breadth(beside=["with scripts"])
def test_yann_reads_on_without_losing_what_the_code_opened(phones: Phones, shown: Showing, scripts: bool) -> None:
    """A browser would send the code again to go back to what it opened, or say that it cannot."""
    yann = phones(passkeys=False, java_script_enabled=scripts).page
    yann.goto(shown.link)
    types(yann, shown.told.code)
    expect(yann.locator("main")).to_contain_text("Les liens s’ouvrent dans un nouvel onglet.")

    badge = str(yann.locator("a.skill b").text_content())
    for link, title in ((badge, badge), ("Signaler cette page", "Signaler cette page"), ("Vie privée", "Vie privée")):
        with yann.context.expect_page() as opened:
            yann.get_by_role("link", name=link).click()
        expect(opened.value.get_by_role("heading", level=1)).to_have_text(title)
        opened.value.close()
        expect(yann.locator(".named")).to_contain_text(ENTERED)

    yann.get_by_role("link", name="Aller au texte").focus()
    yann.keyboard.press("Enter")
    with yann.expect_response("**/verifications*"):
        yann.get_by_role("button", name="Vérifier encore").click()
    expect(yann.locator(".named")).to_contain_text(ENTERED)
    yann.get_by_role("button", name="English").click()
    expect(yann.locator(".named")).to_contain_text("shows you 1 badge.")
    assert len(yann.context.pages) == 1


@pytest.mark.soak  # routes/test_share_passcodes.py counts the guesses, routes/test_share_history.py lets them try again
def test_whoever_guesses_gets_nowhere_and_sonia_lets_yann_in_again(
    phones: Phones, sonia: Traveller, shown: Showing
) -> None:
    thief, yann = (phones(passkeys=False, java_script_enabled=False).page for _ in range(2))
    thief.goto(shown.link)
    yann.goto(shown.link)
    for number in range(1, 21):
        types(thief, wrong(shown, number))
        expect(thief.get_by_role("group", name="Ce n’est pas le bon mot de passe.")).to_be_visible()
        if number % 5 == 0 and number < 20:
            types(thief, shown.told.code)
            expect(thief.get_by_role("group", name="Cette page ne s’ouvre pas pour l’instant")).to_contain_text(
                "Attendez 15 minutes"
            )
            shown.server.clock.move(minutes=15)

    shown.server.clock.move(days=1)
    types(yann, shown.told.code)
    expect(yann.get_by_role("group")).to_contain_text("Demandez à la personne de rouvrir le lien.")
    assert shown.told.is_paused
    assert shown.told.times == 0

    assert "Mes partages" in sonia.get("/shares").text
    assert sonia.post(f"{shown.path}/code").status_code == 303
    types(yann, shown.told.code)
    expect(yann.locator(".named")).to_contain_text(ENTERED)
    assert shown.is_opened(1)


@pytest.mark.soak  # routes/test_share_passcodes.py: a stop ends the pictures of whoever is in at once
def test_a_stop_is_seen_by_whoever_is_in(phone: Phone, phones: Phones, sonia: Traveller, shown: Showing) -> None:
    yann = phones(passkeys=False).page
    yann.goto(shown.link)
    types(yann, shown.told.code)
    there = behind(yann)
    assert answers(yann, there) == {200}

    receives_cookies(phone, sonia)
    hers = Person(phone.page)
    hers.page.goto("/shares")
    hers.tap("Arrêter ce partage")
    hers.reads("Mes partages")

    assert answers(yann, there) == {404}
    yann.reload()
    expect(yann.get_by_role("heading", level=1)).to_have_text("Cette page n’existe plus.")
