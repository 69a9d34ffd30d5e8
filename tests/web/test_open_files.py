"""Connections that ask nothing leave room for the files that an answer needs: on the wallet as it is served."""

import re
import resource
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.server import preloaded_server
from tests.fixtures.visits import signed
from tests.web.test_connection_limits import caller

pytestmark = pytest.mark.slow


def serves_under(folder: Path, descriptors: int, idle: int) -> None:
    """A served wallet that may open so few files answers, takes in a badge and says no 5xx beside so many silent ones."""
    server = preloaded_server(folder)
    server.start()
    try:
        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))
        with ExitStack() as open_ones:
            for _ in range(idle):
                open_ones.enter_context(caller(server.port))
            with httpx2.Client(base_url=server.origin, trust_env=False, timeout=60) as browser:
                for _ in range(3):
                    assert browser.get("/help").status_code == 200
                    told = browser.post(
                        "/badges",
                        files={"documents": ("badge.json", signed())},
                        headers={"Sec-Fetch-Site": "same-origin"},
                    )
                    assert told.status_code in {200, 303}
                    assert browser.get("/nowhere").status_code == 404
        assert not re.search(r"Too many open files|Traceback|system resource", server.log)
    finally:
        server.kill()


def test_many_silent_connections_leave_room_for_those_who_ask(tmp_path: Path) -> None:
    """Whoever took all descriptors ended all service, the page of the fault included."""
    serves_under(tmp_path, descriptors=320, idle=400)


@pytest.mark.soak
def test_eleven_hundred_silent_connections_at_the_usual_limit(tmp_path: Path) -> None:
    serves_under(tmp_path, descriptors=1024, idle=1100)
