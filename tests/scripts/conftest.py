"""One driver, one browser and one server for all scripts; each test has a phone of its own."""

from collections.abc import Callable, Iterator

import pytest

from tests.fixtures.browser import Phone
from tests.fixtures.page_alone import Alone, Wire, wire
from tests.stories.conftest import browser, playwright

__all__ = ["browser", "playwright"]


@pytest.fixture(scope="package")
def wired() -> Iterator[Wire]:
    """What serves them."""
    with wire() as serving:
        yield serving


@pytest.fixture
def alone(wired: Wire, phones: Callable[..., Phone]) -> Iterator[Alone]:
    """A page that nobody has opened yet, in a browser with nothing in it; no script of it stumbles."""
    wired.begin_anew()
    # Its server has no worker to give: not asked for one, it is asked nothing but what a script asks.
    page = phones(passkeys=False, device=None, service_workers="block").page
    stumbled: list[str] = []
    page.on("pageerror", lambda error: stumbled.append(str(error)))
    yield Alone(page, wired)
    assert stumbled == []
