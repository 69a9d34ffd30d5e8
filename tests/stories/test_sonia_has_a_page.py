"""« Ma page »: on in four taps from her badges, read by Yann, grown by a badge, closed, and given another address."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.stories.ready_phones import BETWEEN, form, posted, with_badges
from tests.stories.taps import PROMISED, Person

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
MOVED = 2
"""Taps from her page to another address of it, what that means read on the way."""


def switch(page: Page, words: str) -> Locator:
    """The switch on *page* whose name begins so."""
    return page.get_by_role("button", name=re.compile(words))


def link_of(page: Page) -> str:
    """Where « La voir » leads."""
    address = page.get_by_role("link", name="La voir").get_attribute("href")
    assert address
    return address


def goes_off_and_on(phone: Page, desk: Page) -> None:
    """One tap closes it for Yann, one more opens it again under the same address."""
    switch(phone, "Page visible").click()
    expect(switch(phone, "Page visible")).to_have_attribute("aria-pressed", "false")
    assert desk.request.get(desk.url).status == 404
    switch(phone, "Page visible").click()
    expect(switch(phone, "Page visible")).to_have_attribute("aria-pressed", "true")
    assert "Organiser" in desk.request.get(desk.url).text()


def in_its_place(route: Route) -> None:
    """A proxy answers what a script asks with a page of its own, as while the wallet starts."""
    if route.request.resource_type == "fetch":
        return route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")
    return route.continue_()


def is_told_all_the_same(sonia: Person) -> None:
    """What a script could not ask for is asked for by the browser: no page is left empty, and no tap goes nowhere."""
    page = sonia.page
    _whoever_goes_on_meanwhile_is_not_called_back(page)
    page.route("**/page/switches", in_its_place)
    switch(page, "Mes 2 badges").click()
    sonia.reads("Il faut garder un badge sur votre page.")
    page.route("**/verifications", in_its_place)
    page.goto("/badges")
    page.locator(".patch", has_text="Organiser").click()
    page.get_by_role("button", name="Vérifier encore").click()
    page.wait_for_url("**/badges/*?done=*")
    expect(page.get_by_role("button", name="Vérifier encore")).to_be_visible()


def _whoever_goes_on_meanwhile_is_not_called_back(page: Page) -> None:
    """Firefox and Safari break off what a page asked for as soon as another page is asked for."""
    asked = list[Route]()
    for address in ("**/page/switches", "**/badges"):
        page.route(address, lambda route: asked.append(route))  # noqa: PLW0108  # Playwright marks what it calls
    with page.expect_request("**/page/switches"):
        switch(page, "Mes 2 badges").click()
    with page.expect_request("**/badges"):
        page.get_by_role("link", name="Badges").first.evaluate("one => one.click()")

    with page.expect_event("requestfailed"):
        asked[0].abort()
    asked[1].continue_()
    page.wait_for_url("**/badges")
    assert len(asked) == 2, "the switch is not sent once more"
    page.unroute_all()
    page.goto("/page")


def moves(sonia: Person, desk: Page) -> None:
    """Another address: the old one is dead for Yann, the new one lives."""
    old, sonia.taps = link_of(sonia.page), 0
    sonia.tap("Changer l’adresse de ma page")
    sonia.reads("Les anciens QR codes ne marcheront plus.")
    sonia.tap("Changer l’adresse")
    sonia.reads("Votre page a une nouvelle adresse.")
    assert sonia.taps == MOVED
    assert [desk.request.get(link).status for link in (old, link_of(sonia.page))] == [404, 200]


@pytest.mark.breadth
def test_her_page_lasts_while_what_it_shows_changes(phones: Phones, server: Server, samples: Path) -> None:
    # What is answered in the place of the wallet is answered to its pages: no worker of theirs asks for them.
    phone, desk = phones(service_workers="block"), phones(passkeys=False).page
    sonia = with_badges(phone, samples / "ob3-communiquer-2.png", at="/badges")
    sonia.taps = 0

    sonia.tap("Moi")
    sonia.tap("Ma page")
    sonia.tap("Allumer ma page")

    sonia.reads("Votre page est allumée.")
    assert sonia.taps <= PROMISED["F19"]
    assert sonia.characters == 0
    desk.goto(link_of(phone.page))
    expect(desk.get_by_text("Mise à jour le").first).to_be_visible()

    # A new badge arrives off, and is turned on with a key of the keyboard, without the page being left.
    posted(phone, "/badges", form((samples / "ob3-organiser-2.png",)), f"multipart/form-data; boundary={BETWEEN}")
    phone.page.goto("/page")
    new = switch(phone.page, "Nouveau. Le montrer")
    expect(new).to_have_attribute("aria-pressed", "false")
    assert "Organiser" not in desk.request.get(desk.url).text()
    new.focus()
    phone.page.keyboard.press("Space")
    expect(switch(phone.page, "Mes 2 badges")).to_have_attribute("aria-pressed", "true")
    desk.reload()
    expect(desk.get_by_text("Organiser").first).to_be_visible()

    goes_off_and_on(phone.page, desk)
    moves(sonia, desk)
    is_told_all_the_same(sonia)
