"""The worker in a phone is replaced by a newer one, and taken away by the operator; and no foreign page posts through it."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.ports import free_port
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person
from tests.stories.without_internet import comes, comes_to_keep, kept
from wallet.pages.assets import make_asset
from wallet.web import service_worker

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]
Phones = Callable[..., Phone]
UPDATE = "async () => { await (await navigator.serviceWorker.ready).update() }"
SHELLS = "async () => (await caches.keys()).filter((name) => name.startsWith('shell'))"
SPEAKS = """async () => {
  const shells = (await caches.keys()).filter((name) => name.startsWith("shell")), cache = await caches.open(shells.pop())
  const texts = await Promise.all((await cache.keys()).map(async (one) => (await cache.match(one)).text()))
  return !shells.length && /<html lang="(..)"/.exec(texts.join(""))?.[1]
}"""
"""The language of the page that says that there is no Internet, once one worker alone has one."""
REGISTERED = "async () => Boolean(await navigator.serviceWorker.getRegistration())"
NOBODYS = "person none"
"""What workers of before kept on a computer of others, and of visitors: it lay there for whoever sat down next."""
DATABASES = "async () => (await indexedDB.databases()).map(({ name }) => name)"
KEPT_AT = "async () => Number((await caches.match('/path')).headers.get('kept-at'))"


@pytest.fixture
def sonia(phones: Phones, clockwork: Clockwork, samples: Path) -> Person:
    phone = phones(base_url=clockwork.origin)
    sonia = with_badges(phone, samples / "ob3-organiser-2.png", samples / "ob3-communiquer-2.png", at="/badges")
    comes_to_keep(sonia.page, "/badges", "/path")
    return sonia


@pytest.fixture
def services(clockwork: Clockwork) -> Iterator[Clockwork]:
    before = clockwork.services.workers
    yield clockwork
    clockwork.services.workers = before


class Elsewhere(BaseHTTPRequestHandler):
    """A page of somebody else with a form that posts to the wallet as soon as it is shown."""

    target = ""

    def do_GET(self) -> None:  # the name that http.server calls
        policy = "<meta name=referrer content=no-referrer>" if self.path == "/hidden" else ""
        page = f"{policy}<form method=post action='{self.target}'></form><script>document.forms[0].submit()</script>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_what: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    port = free_port()
    with ThreadingHTTPServer(("127.0.0.1", port), Elsewhere) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        running.shutdown()
        thread.join()


@pytest.mark.breadth
def test_a_foreign_form_is_turned_away_a_new_worker_takes_over_and_the_operator_takes_it_away(
    sonia: Person, services: Clockwork, elsewhere: str
) -> None:
    _it_speaks_the_language_of_her_pages(sonia)
    for path in ("/seen", "/hidden"):
        _a_foreign_form_is_turned_away_with_the_worker_there_too(sonia, services, elsewhere + path)
    _a_new_one_takes_over_and_asks_for_the_pages_anew(sonia, services)
    _the_operator_takes_it_away_with_all_that_it_kept(sonia, services)


def _it_speaks_the_language_of_her_pages(sonia: Person) -> None:
    """Whatever the phone speaks otherwise."""
    page = sonia.page
    sonia.tap("English")
    comes(lambda: page.evaluate(SPEAKS) == "en")
    page.context.set_offline(True)

    page.goto("/settings")

    expect(page.get_by_role("heading", level=1)).to_have_text("You are offline.")
    page.context.set_offline(False)
    page.goto("/settings")
    sonia.tap("Français")
    comes(lambda: page.evaluate(SPEAKS) == "fr")


def _a_foreign_form_is_turned_away_with_the_worker_there_too(
    sonia: Person, clockwork: Clockwork, elsewhere: str
) -> None:
    Elsewhere.target = f"{clockwork.origin}/leaving"

    with sonia.page.expect_navigation(url=Elsewhere.target):
        sonia.page.goto(elsewhere)

    sonia.reads("Cette demande vient d’un autre site.")
    sonia.page.goto("/badges")
    expect(sonia.page.get_by_role("heading", level=1)).to_have_text("Mes 2 badges")


def _a_new_one_takes_over_and_asks_for_the_pages_anew(sonia: Person, services: Clockwork) -> None:
    page, (before,) = sonia.page, sonia.page.evaluate(SHELLS)
    when = page.evaluate(KEPT_AT)
    script = services.services.workers["fr"].content.replace(before.split(" ")[1].encode(), b"0123456789")
    services.services.workers = {"fr": make_asset("worker.js", script)}
    page.evaluate("async (name) => void (await caches.open(name))", NOBODYS)

    page.evaluate(UPDATE)

    comes(lambda: page.evaluate(SHELLS) == ["shell 0123456789"])
    comes(lambda: not page.evaluate("(name) => caches.has(name)", NOBODYS))
    page.goto("/settings")
    comes(lambda: page.evaluate(KEPT_AT) > when)
    page.context.set_offline(True)
    page.goto("/badges")
    sonia.reads("Communiquer")
    page.context.set_offline(False)


def _the_operator_takes_it_away_with_all_that_it_kept(sonia: Person, services: Clockwork) -> None:
    page = sonia.page
    comes(lambda: "keys" in page.evaluate(DATABASES))  # what opens all that she told and did not send
    services.services.workers = service_worker.service_workers(
        services.services.pages, services.services.path, is_on=False
    )

    page.evaluate(UPDATE)

    comes(lambda: kept(page) == {})
    comes(lambda: not page.evaluate(REGISTERED))
    comes(lambda: "keys" not in page.evaluate(DATABASES))
    page.goto("/badges")
    comes(lambda: page.evaluate("() => navigator.serviceWorker.controller") is None)
