"""One driver and its browsers for all stories: to start them for each file took a minute of every run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.fixtures.browser import browsing, driving
from tests.fixtures.recordings import FAKE_EAR


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver, gone with the last story."""
    with driving() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """In which all phones are."""
    with browsing(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def hearing(playwright: Playwright) -> Iterator[Browser]:
    """Another one, with a microphone in which somebody beeps."""
    with browsing(playwright, *FAKE_EAR) as browser:
        yield browser
