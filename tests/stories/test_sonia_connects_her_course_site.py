"""Sonia comes from her course site, opens her badges with her finger, connects it, and is back there with a code."""

from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from tests.fixtures.browser import Phone
from tests.fixtures.moodle import BACK, Moodle
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED

pytestmark = pytest.mark.browser


def asks(method: str, address: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, str]:
    """As a course site asks the wallet: over HTTP, from no page."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=60)
    connection.request(method, parts.path, body, dict(headers))
    with connection.getresponse() as answer:
        told = answer.status, answer.read().decode()
    connection.close()
    return told


def leads_back(begin: Callable[[], object], phone: Phone) -> Request:
    """Where the browser goes after that; nobody is at that address."""
    with phone.page.expect_request(lambda asked: asked.url.startswith(BACK)) as found:
        begin()
    # Whoever goes elsewhere before the browser has told that nobody answers is brought back to that.
    phone.page.wait_for_url("chrome-error://**", wait_until="commit")
    return found.value


@pytest.mark.breadth
def test_two_taps_and_a_finger_connect_it(phone: Phone, server: Server, real_badge: Path) -> None:
    sonia = with_badges(phone, real_badge, at="")
    moodle = Moodle("5.0", asks)
    moodle.discovers(server.origin)
    moodle.registers()
    phone.page.context.clear_cookies()  # her session is over

    phone.page.goto(moodle.login_address())
    sonia.shows_a_finger("Ouvrir mes badges")
    assert phone.page.get_by_role("heading", level=1).inner_text().replace("\xa0", " ") == "Relier GRETA du Havre ?"
    assert (sonia.taps + 1, sonia.characters) == (PROMISED["F16"], 0), "with « Relier », which leads away"
    asked = leads_back(lambda: sonia.tap("Relier"), phone)
    assert moodle.exchanges(moodle.comes_back(asked.url)["code"]) == 200
    assert "referer" not in asked.headers

    phone.page.goto(moodle.login_address())
    refused = leads_back(lambda: sonia.tap("Non"), phone)
    assert moodle.comes_back(refused.url)["error"] == "access_denied"
