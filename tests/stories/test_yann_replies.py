"""Yann answers Sonia on a small phone that runs no script; she reads it in her badges, reports it and erases it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.traveller import Traveller
from tests.stories.ready_phones import holder, receives_cookies
from tests.stories.showings import Showing

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the phones of this module begin."""
    return clockwork


@pytest.fixture
def sonia(server: Clockwork, samples: Path) -> Iterator[Traveller]:
    """Sonia, who keeps one badge."""
    yield from holder(server, samples / "ob3-organiser-2.png")


def answers(page: Page) -> None:
    """Yann comes from the page of the share, forgets something, is told, and sends it."""
    button = page.get_by_role("link", name="Répondre à Sonia")
    expect(button).to_be_in_viewport()
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Répondre à Sonia")
    page.get_by_label("Votre message").fill("Bonjour Sonia, pouvez-vous venir mardi à 14 h ?")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("group", name="Il y a 2 choses à corriger")).to_be_visible()
    page.get_by_label("Je propose une rencontre").check()
    page.get_by_label("Votre nom et votre entreprise").fill("Yann Le Goff, Épicerie du Port")
    page.get_by_label("Téléphone ou e-mail").fill("02 31 00 00 00")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre message est parti")


def reads(page: Page) -> None:
    """Sonia opens what is new, once."""
    new = page.get_by_role("link", name="Yann Le Goff")
    expect(new).to_have_count(1)
    expect(new).to_contain_text("Nouveau")
    new.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Yann Le Goff, Épicerie du Port")
    expect(page.locator("main")).to_contain_text("pouvez-vous venir mardi à 14 h ?")
    expect(page.locator("main")).to_contain_text("Ne donnez ni argent ni papiers.")
    assert page.locator("main a").count() == 0, "no word of his is a link"


@pytest.mark.breadth
def test_yann_answers_without_a_script_and_sonia_reads_reports_and_erases_it(
    phones: Phones, sonia: Traveller, server: Clockwork
) -> None:
    shown = Showing(sonia, server, name="Sonia M.", other="CV", purpose="")
    yann = phones(passkeys=False, java_script_enabled=False, viewport=SMALL).page
    yann.goto(shown.link)
    answers(yann)
    yann.reload()
    yann.get_by_role("link", name="English").click()
    expect(yann.get_by_role("heading", level=1)).to_have_text("Your message has been sent")
    assert yann.context.cookies() == []

    phone = phones()
    receives_cookies(phone, sonia)
    page = phone.page
    page.goto(f"{server.origin}/messages")
    reads(page)
    page.get_by_role("button", name="Signaler").click()
    expect(page.locator(".outcome")).to_contain_text("L’équipe de ce site va lire ce message.")
    page.get_by_role("button", name="Effacer").click()
    expect(page.locator(".outcome")).to_contain_text("Le message est effacé.")
    expect(page.get_by_role("link", name="Yann Le Goff")).to_have_count(0)
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("link", name="Yann Le Goff")).to_have_count(1)
