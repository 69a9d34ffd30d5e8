"""One driver, one browser and one server for all scripts; each test has a phone of its own."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.fixtures.browser import Phone, browsing, driving
from tests.fixtures.page_alone import Alone, Wire, wire


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver, gone with the last script."""
    with driving() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """In which all pages are."""
    with browsing(playwright) as browser:
        yield browser


@pytest.fixture(scope="package")
def wired() -> Iterator[Wire]:
    """What serves them."""
    with wire() as serving:
        yield serving


@pytest.fixture
def alone(wired: Wire, phones: Callable[..., Phone]) -> Alone:
    """A page that nobody has opened yet, in a browser with nothing in it."""
    wired.begin_anew()
    return Alone(phones(passkeys=False, device=None).page, wired)
