"""An agency asks for skills on a small phone that runs no script; Sonia answers in two taps; the agency reads her badges."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"width": 360, "height": 640}
TWO = ("organiser-2", "adapter-1")


def asks(page: Page) -> str:
    """The agency reads what badges mean, asks for two skills, and has the link for its advert."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Comprendre ces badges en 60 secondes")
    page.get_by_role("link", name="Demander ces compétences").click()
    page.get_by_role("button", name="Faire le lien").click()
    expect(page.get_by_role("group", name="Il y a 3 choses à corriger")).to_be_visible()
    page.get_by_label("Le poste").fill("Vendeuse ou vendeur, Caen")
    page.get_by_label("Votre entreprise ou agence").fill("Intérim du Littoral")
    page.get_by_role("group", name="Organiser").get_by_label("pratique").check()
    page.get_by_role("group", name="Communiquer").get_by_label("maîtrise").check()
    expect(page.get_by_role("group", name="Communiquer").locator(".of-2")).to_be_visible()
    page.get_by_role("button", name="Faire le lien").click()
    expect(page.locator(".outcome")).to_contain_text("Votre lien est prêt.")
    found = re.search(r"/o/[0-9A-Z]{8}\b", page.content())
    assert found is not None
    return found[0]


@pytest.mark.breadth
def test_an_agency_asks_without_a_script_and_sonia_answers_in_two_taps(
    phones: Phones, server: Server, samples: Path
) -> None:
    agency = phones(passkeys=False, java_script_enabled=False, viewport=SMALL).page
    agency.goto("/employeurs")
    link = asks(agency)

    phone = phones()
    taps = with_badges(phone, *(samples / f"ob3-{name}.png" for name in TWO), at=link)
    expect(phone.page.locator("main")).to_contain_text("Cette annonce cherche 2 compétences. Vous en avez 1.")
    assert axe(phone.page) == []
    taps.tap("Montrer mes badges pour cette annonce")
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("Montrer mes badges pour cette annonce")
    assert axe(phone.page) == []
    taps.tap("Envoyer")
    expect(phone.page.locator(".outcome")).to_contain_text("Intérim du Littoral peut voir vos badges.")
    assert (taps.taps, taps.characters) == (PROMISED["F20"], 0)

    agency.reload()
    expect(agency.get_by_role("heading", name="Des personnes vous montrent leurs badges")).to_be_visible()
    agency.locator(".answers a").click()
    expect(agency.locator("main")).to_contain_text("Organiser")
    assert agency.context.cookies() == []
