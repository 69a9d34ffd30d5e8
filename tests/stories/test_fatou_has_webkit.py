"""Fatou sits before a browser that knows no passkeys: WebKitGTK. All she needs is read, works, and her paper is her key.

Every page that she meets is heard: no script may fail in a browser that nobody here writes for. `make soak` alone.
"""

import json
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.fixtures.clockwork import Clockwork
from tests.fixtures.ports import free_port
from tests.fixtures.screens import DRAWING, PICTURES, SCREENS, pages
from tests.fixtures.screens_cards import MARIA
from tests.fixtures.webkit import Refused, WebKit
from wallet.web.security_headers import policy_with

pytestmark = [pytest.mark.soak, pytest.mark.browser]
Browsers = Callable[[], WebKit]
PAGES = pages()
READS = "const title = document.querySelector('h1'); return Boolean(title && title.checkVisibility() && title.innerText.trim())"
LEADS = """const ours = [...document.links].filter((one) => one.origin === location.origin && !one.download)
return [...new Set(ours.map((one) => one.pathname + one.search))]"""
FILE = re.compile(r"/(document|file|presentation|(files|words)/[0-9]+|qr\.png|qr\.svg)$|[?]again=")
"""What is downloaded leaves the page where it is."""
NO_KEYS = "Les clés ne marchent pas dans ce navigateur."


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the browsers of this module begin."""
    return clockwork


class Fatou:
    """Before a browser; what goes wrong on a page she has left is kept."""

    def __init__(self, browser: WebKit) -> None:
        self.browser = browser
        browser.go("/")
        browser.reads("Ajouter mon premier badge")

    def keeps_them(self) -> str:
        """Tries to make a key, and takes the paper that is offered instead: the code on it."""
        self.browser.tap("Garder ce badge")
        self.browser.reads(NO_KEYS)
        self.browser.reads("Prenez un papier de secours à la place.")
        assert self.browser.complaints() == []
        self.browser.tap("Prendre un papier de secours")
        self.browser.reads("Mon papier de secours")
        return str(self.browser.run("return document.querySelector('.groups').innerText"))

    def types(self, code: str) -> None:
        """What stands on her paper."""
        self.browser.fill("#code", code)


@pytest.fixture
def fatou(webkit: Browsers, server: Clockwork, samples: Path) -> Fatou:
    """On the page of the badge she has just brought, to a computer that is hers."""
    fatou = Fatou(webkit())
    fatou.browser.choose(samples / "ob3-organiser-2.png")
    fatou.browser.tap("À moi")
    fatou.browser.reads("Garder ce badge")
    return fatou


def test_her_paper_keeps_her_badges_and_opens_them(fatou: Fatou, webkit: Browsers) -> None:
    assert fatou.browser.run("return typeof PublicKeyCredential") == "undefined", "this browser has learnt it"
    code = fatou.keeps_them()
    fatou.browser.go("/settings")
    fatou.browser.tap("Me déconnecter")
    fatou.browser.reads("Ajouter mon premier badge")

    again = Fatou(webkit())
    again.browser.go("/entry")
    again.browser.tap("Ouvrir mes badges")
    again.browser.reads(f"{NO_KEYS} Prenez votre papier de secours.")
    again.browser.tap("J’ai un papier de secours")
    again.browser.reads("Le code du papier")
    again.types(code)
    assert again.browser.complaints() == []
    again.browser.tap("Ouvrir mes badges")
    again.browser.reads("Vous revoilà")
    again.browser.tap("Créer une clé ici")
    again.browser.reads(NO_KEYS)
    again.browser.tap("Faire un nouveau papier")

    again.browser.reads("C’est un nouveau papier.")
    again.browser.go("/badges")
    again.browser.reads("Organiser")


def test_she_erases_all_of_it(fatou: Fatou) -> None:
    fatou.keeps_them()
    fatou.browser.go("/settings")
    fatou.browser.tap("Tout effacer", "a b")
    fatou.browser.tap("Oui, effacer")

    fatou.browser.reads("Tout est effacé")
    assert fatou.browser.complaints() == []


def test_a_badge_is_shown_and_read(fatou: Fatou, webkit: Browsers) -> None:
    fatou.keeps_them()
    fatou.browser.go("/badges")
    fatou.browser.tap("Voir ce badge")
    fatou.browser.reads("Montrer ce badge")
    fatou.browser.tap("Montrer ce badge")
    fatou.browser.tap("Créer le QR code")
    fatou.browser.reads("Faites scanner ce QR code")
    assert fatou.browser.complaints() == []
    link = "http://" + "".join(fatou.browser.run("return document.querySelector('#address').innerText").split())

    yann = webkit()
    yann.go(link)
    yann.reads("1 badge Organiser maîtrise")
    yann.tap("Vérifier encore")
    yann.reads("1 badge Organiser maîtrise")
    yann.tap("Signaler cette page")
    yann.tap("C’est faux", "label strong")
    yann.tap("Envoyer")
    yann.reads("Merci")

    assert yann.complaints() == []


def test_whatever_page_is_followed_to_reads(fatou: Fatou) -> None:
    fatou.keeps_them()
    waiting, faults = ["/badges", "/settings", "/site-map"], {}
    for path in waiting:
        fatou.browser.go(path)
        found = [] if fatou.browser.run(READS) else ["no title to be seen"]
        if found := found + fatou.browser.complaints():
            faults[path] = found
        waiting += [one for one in fatou.browser.run(LEADS) if one not in waiting and not FILE.search(one)]

    assert faults == {}
    assert {"/help", "/keys", "/evidence/new", "/badges/scan", "/entry", "/addresses"} <= set(waiting)


@pytest.fixture(scope="module")
def screens() -> Iterator[str]:
    """Where the table of screens is drawn: /screen/0 and so on, with the real files under the real policy."""
    with Drawn(("127.0.0.1", free_port()), Screens) as drawn:
        running = Thread(target=drawn.serve_forever)
        running.start()
        yield f"http://localhost:{drawn.server_port}/screen"
        drawn.shutdown()
        running.join()


class Drawn(ThreadingHTTPServer):
    """Whoever has left a page no longer waits for its pictures."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Only what the browser says counts."""


class Screens(BaseHTTPRequestHandler):
    """Answers as the small phone of test_every_page_fits_a_small_phone.py is answered."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A screen, or a file that it is seen with."""
        if self.path.startswith("/screen/"):
            template, given = list(SCREENS.values())[int(self.path.rpartition("/")[2])]
            self.answer(PAGES.render(template, "fr", **given).encode(), "text/html; charset=utf-8")
        elif asset := PAGES.assets.find(self.path.removeprefix("/static/")):
            self.answer(asset.content, asset.media_type)
        elif PICTURES.search(self.path):
            self.answer(DRAWING.encode(), "image/svg+xml")
        elif self.path == "/drafts/key":
            self.answer(json.dumps({"key": "A" * 43 + "=", "of": MARIA.mark}).encode(), "application/json")
        else:
            # A download, or what is only told: the page stays.
            self.answer(b"", "text/plain", HTTPStatus.NO_CONTENT)

    def do_POST(self) -> None:
        """Whatever is sent is not listened to."""
        self.do_GET()

    def answer(self, content: bytes, media_type: str, status: int = HTTPStatus.OK) -> None:
        """All of it, under the policy."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy_with(PAGES.assets.sheet.source))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *what: object) -> None:
        """Nothing, for the same reason."""


def test_every_screen_is_drawn_without_a_complaint(webkit: Browsers, screens: str) -> None:
    browser, faults = webkit(), {}
    for number, screen in enumerate(SCREENS):
        try:
            browser.go(f"{screens}/{number}")
        except (
            Refused
        ):  # on a machine that has too much to do it ends by itself; a page that ends it ends the next one, too
            browser = webkit()
            browser.go(f"{screens}/{number}")
        found = [] if browser.run(READS) else ["no title to be seen"]
        if found := found + browser.complaints():
            faults[screen] = found

    assert faults == {}
    browser.run("setTimeout(() => nothing())")
    assert browser.comes(browser.complaints), "what goes wrong is heard"
