"""One driver, its browsers and one wallet for all stories: to start them for each file took minutes of every run.

Each story brings its own people, and counts nothing that is anybody else's. A file whose wallet has settings of its own,
or a clock that is moved, starts its own.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.fixtures.browser import browsing, driving
from tests.fixtures.recordings import FAKE_EAR
from tests.fixtures.server import Server, preloaded_server


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
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A wallet with the embedded defaults."""
    server = preloaded_server(tmp_path_factory.mktemp("served"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def hearing(playwright: Playwright) -> Iterator[Browser]:
    """Another one, with a microphone in which somebody beeps."""
    with browsing(playwright, *FAKE_EAR) as browser:
        yield browser
