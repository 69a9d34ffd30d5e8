"""One phone, two people: the key of who was there before leaves it, and nobody's words are sealed under another's key.

Two take the key away, the worker and the page; each is looked at without the other.
"""

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.stories.drawers import AGES, DUMP, OPENS
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person
from tests.stories.test_sonia_tells_in_the_bus import SMALL, opens, tells
from tests.stories.without_internet import comes
from wallet.evidence.offline_drafts import LASTS

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]
Phones = Callable[..., Phone]
TELLS = "/evidence/draft"
KEYS = "**/drafts/key"
KEPT = "keys/keys"
"""The store of the key, as DUMP names it."""
KEPT_BY = """async () => {
  const base = await new Promise((done) => (indexedDB.open("keys").onsuccess = (event) => done(event.target.result)))
  const rows = base.transaction("keys").objectStore("keys").getAll()
  const all = await new Promise((done) => (rows.onsuccess = () => done(rows.result)))
  base.close()
  return all.map(({ of }) => of)
}"""
"""Whose key lies in the phone."""
KEEPS_IT = "async () => await document.querySelector('moment-draft').save()"
"""Whether the page keeps what is told on it."""
FINISHED = """async () => {
  const base = await new Promise((done) => (indexedDB.open("drafts").onsuccess = (event) => done(event.target.result)))
  const turn = base.transaction("drafts", "readwrite"), store = turn.objectStore("drafts")
  store.getAll().onsuccess = ({ target }) => target.result.forEach((one) => store.put({ ...one, ready: true }))
  await new Promise((done) => (turn.oncomplete = done))
  base.close()
}"""
"""Whoever told something has said that it is to be sent."""
SEALED_UNDER = """async (raw) => {
  const base = await new Promise((done) => (indexedDB.open("drafts").onsuccess = (event) => done(event.target.result)))
  const rows = base.transaction("drafts").objectStore("drafts").getAll()
  const all = await new Promise((done) => (rows.onsuccess = () => done(rows.result)))
  base.close()
  const key = await crypto.subtle.importKey("raw", new Uint8Array(raw), "AES-GCM", false, ["decrypt"])
  const opened = []
  for (const one of all) {
    const how = { name: "AES-GCM", iv: one.iv, additionalData: new TextEncoder().encode(one.id) }
    await crypto.subtle.decrypt(how, key, one.sealed).then(() => opened.push(one.of), () => {})
  }
  return opened
}"""
"""Whose drafts a key opens, of all that lie in the phone."""


def key_of(page: Page) -> tuple[str, list[int]]:
    """Who is signed in, and the key that the wallet gives them."""
    told = page.request.get("/drafts/key").json()
    return told["of"], list(b64decode(told["key"]))


def test_the_worker_takes_the_key_away_when_nobody_is_signed_in_any_more(
    phones: Phones, samples: Path, server: Server
) -> None:
    """Where no page of ours asks for another one."""
    sonia = with_badges(phones(**SMALL), samples / "ob3-communiquer-2.png", at="")
    page = sonia.page
    opens(page)
    tells(sonia)
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.goto("/settings")
    comes(lambda: page.evaluate("() => Boolean(navigator.serviceWorker.controller)"))
    comes(lambda: KEPT in page.evaluate(DUMP)["seen"])

    page.context.clear_cookies()
    page.goto("/entry")

    comes(lambda: page.evaluate(DUMP)["seen"] == ["drafts/drafts"])


@pytest.fixture
def kevin(phones: Phones, samples: Path, server: Server) -> Person:
    """Kévin, on the phone in which Sonia told something and was signed out; there is no worker in it."""
    phone = phones(service_workers="block", **SMALL)
    page = phone.page
    sonia = with_badges(phone, samples / "ob3-communiquer-2.png", at="")
    opens(page)
    tells(sonia)
    hers, _ = key_of(page)
    assert page.evaluate(KEPT_BY) == [hers]
    page.context.clear_cookies()
    page.route(KEYS, lambda route: route.abort())
    kevin = with_badges(phone, samples / "ob3-communiquer-2.png", at="")
    assert key_of(page)[0] != hers
    return kevin


@pytest.mark.breadth
def test_the_page_takes_away_the_key_of_who_was_there_before_and_seals_what_he_tells_under_his_alone(
    kevin: Person, phones: Phones, samples: Path
) -> None:
    page = kevin.page

    page.goto(TELLS)

    # Where it is given no other, too; what it then cannot seal it does not keep.
    expect(page.get_by_text("Ce téléphone ne peut rien garder")).to_be_visible()
    assert page.evaluate(KEPT_BY) == []
    assert page.evaluate(KEEPS_IT) is False
    assert len(page.evaluate(DUMP)["seen"]) == 1, "hers"

    _a_key_that_is_given_to_somebody_else_seals_nothing(kevin, phones, samples)

    page.unroute(KEYS)
    his, raw = key_of(page)
    opens(page)

    tells(kevin, "Moi, Kévin.")

    assert page.evaluate(KEPT_BY) == [his]
    assert page.evaluate(OPENS) == page.evaluate(SEALED_UNDER, raw) == [his]
    assert page.evaluate(DUMP)["seen"].count("drafts/drafts") == 2, "hers and his"
    page.evaluate(FINISHED)
    page.evaluate(AGES, LASTS.total_seconds() * 1000 + 60_000)
    assert page.evaluate("async () => await document.querySelector('draft-sender').store.count()") == 1
    assert page.evaluate(DUMP)["seen"].count("drafts/drafts") == 1, "hers is too old, though she had finished it"


def _a_key_that_is_given_to_somebody_else_seals_nothing(kevin: Person, phones: Phones, samples: Path) -> None:
    """She has signed in, in another tab, since his page was opened."""
    other = with_badges(phones(**SMALL), samples / "ob3-communiquer-2.png", at="").page
    page, given = kevin.page, other.request.get("/drafts/key").text()
    asked: list[Route] = []

    def gives(route: Route) -> None:
        asked.append(route)
        route.fulfill(body=given, content_type="application/json")

    page.unroute(KEYS)
    page.route(KEYS, gives)
    page.goto(TELLS)

    expect(page.get_by_text("Ce téléphone ne peut rien garder")).to_be_visible()
    assert asked
    assert page.evaluate(KEEPS_IT) is False
    assert page.evaluate(KEPT_BY) == []
    assert page.evaluate(SEALED_UNDER, key_of(other)[1]) == []
