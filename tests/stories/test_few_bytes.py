"""What a prepaid gigabyte pays for: the bytes of the first view, and of all that there is until a badge is kept.

All that the wallet sends to its pages is counted on its way. What their worker fetches beside them, while nobody waits,
depends on who is faster: it is counted by itself. Nothing of a phone's cache is there at the beginning.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Response

from tests.fixtures.browser import Phone
from tests.fixtures.ports import free_port
from tests.fixtures.server import Server
from tests.stories.taps import Person

pytestmark = pytest.mark.browser
FIRST_VIEW = 25_000
"""Bytes besides pictures (issue 7, figures)."""
WITH_WORKER = 30_000
"""Bytes of the first view, its pictures and what the worker fetches to be ready, once all of it came."""
FIRST_BADGE = 50_000
"""Bytes of the pages until a badge is kept: 40,000 in November 2026."""
ASKED = 800
"""Bytes of the answer that nothing is new."""
SETTLED = 1500
"""Milliseconds in which a worker fetches what it keeps, once the page is there."""


class Wire:
    """A port that hands on to another one what comes in, and counts what comes back."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bytes = 0
        self.ends: list[socket.socket] = []
        self.front = socket.create_server(("127.0.0.1", free_port()))
        self.origin = f"http://localhost:{self.front.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.front.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            self.ends += [client, server]
            Thread(target=self._hand_on, args=(client, server, 0), daemon=True).start()
            Thread(target=self._hand_on, args=(server, client, 1), daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket, counts: int) -> None:
        try:
            while some := source.recv(65536):
                self.bytes += counts * len(some)
                sink.sendall(some)
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # either has gone
            return

    def close(self) -> None:
        """No more comes in, and what is open ends."""
        for one in [self.front, *self.ends]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    """The way to a wallet of its own."""
    server = Server(tmp_path)
    wire = Wire(server.port)
    server.settings["WALLET_ORIGIN"] = wire.origin
    server.start()
    yield wire
    wire.close()
    server.stop()


def pictures(phone: Phone) -> Callable[[], int]:
    """The bytes of the pictures of the page, once they are there."""
    seen: list[Response] = []
    phone.page.on("response", lambda one: seen.append(one))  # noqa: PLW0108  # Playwright marks what it calls

    def count() -> int:
        sizes = [one.request.sizes() for one in seen if one.request.resource_type == "image"]
        return sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes)

    return count


def test_the_first_view_and_the_way_to_the_first_badge_cost_little(
    phones: Callable[..., Phone], wire: Wire, real_badge: Path
) -> None:
    phone = phones(base_url=wire.origin, service_workers="block")
    of_pictures = pictures(phone)
    wire.bytes = 0
    phone.page.goto("/", wait_until="networkidle")

    seen, drawn = wire.bytes, of_pictures()
    assert 0 < drawn < seen
    assert seen - drawn <= FIRST_VIEW, f"{seen} bytes, {drawn} of them pictures"

    person = Person(phone.page)
    person.choose("Ajouter mon premier badge", real_badge)
    person.confirm_with_a_finger("Garder ce badge")
    person.reads("Votre badge est gardé.")
    phone.page.wait_for_load_state("networkidle")
    assert seen < wire.bytes <= FIRST_BADGE, f"{wire.bytes} bytes, {of_pictures()} of them pictures"


def test_a_phone_that_asks_whether_its_worker_is_the_newest_is_not_sent_it_again(
    phones: Callable[..., Phone], wire: Wire
) -> None:
    """Browsers ask by themselves, a second after a page."""
    phone = phones(base_url=wire.origin)
    phone.page.goto("/")
    phone.page.evaluate("async () => { await navigator.serviceWorker.ready }")
    seen = -1
    while seen != wire.bytes:
        seen = wire.bytes
        phone.page.wait_for_timeout(SETTLED)
    assert seen <= WITH_WORKER

    phone.page.evaluate("async () => { await (await navigator.serviceWorker.ready).update() }")

    assert seen < wire.bytes <= seen + ASKED
