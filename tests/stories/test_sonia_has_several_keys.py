"""Sonia adds a key on a second phone, names it, takes the first one away; her finger is asked for when it matters."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.fixtures.browser import Authenticator, Phone, axe
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person
from tests.stories.without_internet import comes

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
IN_ANOTHER_PHONE = {"transport": "cable"}
"""An authenticator that is not in the device itself: a phone that scanned the browser's own code."""
OFFERS = """() => {
  const get = navigator.credentials.get.bind(navigator.credentials)
  navigator.credentials.get = (asked) => {
    window.offered = asked.publicKey.allowCredentials.length
    return get(asked)
  }
}"""
LISTED = "window.told = []; for (const what of ['signalAllAcceptedCredentials', 'signalCurrentUserDetails'])\
  PublicKeyCredential[what] = async (details) => { sessionStorage[what] = JSON.stringify(details) }"


@pytest.fixture
def sonia(phone: Phone, server: Server, real_badge: Path) -> Person:
    """Sonia, who keeps a badge by the key in her phone."""
    return with_badges(phone, real_badge, at="")


def six_minutes_pass(server: Server) -> None:
    """No key was shown in the last five minutes, on any device."""
    before = (datetime.now(UTC) - timedelta(minutes=6)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(server.folder / "var/wallet.sqlite3", timeout=60)) as database, database:
        database.execute("UPDATE devices SET shown_at = ?", [before])


def enter_with_the_other_phone(other: Phone, phone: Phone) -> None:
    """WebAuthn's own way across devices: the browser shows a code, the phone with the key scans it."""
    assert phone.authenticator is not None
    far = Authenticator(other.page, **IN_ANOTHER_PHONE)
    (key,) = phone.authenticator.credentials()
    far.send("addCredential", credential={name: value for name, value in key.items() if value is not None})
    other.page.goto("/entry")
    Person(other.page).tap("Ouvrir mes badges")
    other.page.wait_for_url("**/keys/new?entered=1")
    far.send("removeVirtualAuthenticator")
    far.session.detach()


def add_a_key_on(other: Phone, phone: Phone) -> Person:
    """The key made on the second phone, after coming in by the first."""
    enter_with_the_other_phone(other, phone)
    other.authenticator = Authenticator(other.page)
    person = Person(other.page)
    person.confirm_with_a_finger("Créer une clé ici")
    return person


@pytest.mark.breadth
def test_sonia_adds_a_key_on_another_phone_and_takes_the_first_one_away(
    sonia: Person, phone: Phone, phones: Phones, server: Server
) -> None:
    other = phones(passkeys=False)
    other.page.add_init_script(LISTED)

    person = add_a_key_on(other, phone)
    person.reads("Votre clé est créée.")
    person.reads("Votre téléphone garde une copie de la clé.")
    expect(other.page.get_by_role("heading", name="Téléphone Android")).to_have_count(2)
    assert axe(other.page) == []

    six_minutes_pass(server)
    other.page.goto("/badges")
    person.taps = 0
    person.tap("Moi")
    other.page.get_by_role("link", name="Mes clés").click()
    with other.page.expect_navigation(url="**/keys?done=removed"):
        person.tap("Enlever cette clé")  # the first one; the finger is asked for, and the form goes by itself
    person.reads("Cette clé n’ouvre plus vos badges.")
    expect(other.page.get_by_role("heading", name="Téléphone Android")).to_have_count(1)
    other.page.wait_for_function("() => sessionStorage.signalAllAcceptedCredentials")
    told = other.page.evaluate("() => JSON.parse(sessionStorage.signalAllAcceptedCredentials)")
    assert (told["rpId"], len(told["allAcceptedCredentialIds"])) == ("localhost", 1)
    assert person.taps + 1 == 3, "Réglages, Mes clés, Enlever: nothing more is touched but the finger"

    person.tap("Enlever cette clé")
    person.reads("C’est le seul moyen d’ouvrir vos badges.")
    person.reads("Créez d’abord une autre clé, ou faites un papier de secours.")

    phone.page.goto("/settings")
    Person(phone.page).leaves()
    phone.page.goto("/entry")
    Person(phone.page).tap("Ouvrir mes badges")
    Person(phone.page).reads("Cette clé n’ouvre pas de badges ici.")


def test_a_link_and_an_address_wait_for_the_finger_and_then_lead_on(sonia: Person, server: Server) -> None:
    six_minutes_pass(server)
    sonia.page.goto("/keys")
    sonia.taps = 0

    sonia.tap("Ajouter une clé ici")
    sonia.page.wait_for_url("**/keys/new")

    assert sonia.taps == 1
    expect(sonia.find("Créer une clé ici")).to_be_enabled()
    sonia.tap("Créer une clé ici")
    sonia.reads("Cet appareil a déjà une clé.")

    six_minutes_pass(server)

    sonia.page.goto("/keys/new")
    assert sonia.page.url.endswith("/confirmation?next=/keys/new")
    assert axe(sonia.page) == []
    sonia.tap("Montrer ma clé")

    sonia.page.wait_for_url("**/keys/new")


@pytest.mark.soak  # routes/test_confirmation.py: somebody else's key confirms nothing
def test_somebody_elses_key_on_the_same_phone_confirms_nothing(
    sonia: Person, phone: Phone, server: Server, real_badge: Path
) -> None:
    """Sonia's son has his own wallet by a key in the same phone; hers is gone from it."""
    assert phone.authenticator is not None
    cookies = phone.context.cookies()
    phone.context.clear_cookies()
    phone.authenticator.forget()
    with_badges(phone, real_badge)
    phone.context.clear_cookies()
    phone.context.add_cookies([{name: one[name] for name in ("name", "value", "domain", "path")} for one in cookies])
    six_minutes_pass(server)
    sonia.page.goto("/confirmation?next=/keys/new")

    # A browser that hands over any key at all: that the phone would not offer it is not what is relied on.
    sonia.page.evaluate(
        "() => { const get = navigator.credentials.get.bind(navigator.credentials);"
        "navigator.credentials.get = ({ publicKey }) => get({ publicKey: { ...publicKey, allowCredentials: [] } }) }"
    )
    sonia.tap("Montrer ma clé")

    sonia.reads("Cette clé n’ouvre pas vos badges.")
    assert "/confirmation" in sonia.page.url
    assert sonia.page.request.get("/keys/new").url.endswith("/confirmation?next=/keys/new")


@pytest.mark.breadth
def test_a_refused_finger_changes_nothing_and_on_a_shared_computer_one_button_closes_it(
    sonia: Person, phone: Phone, server: Server
) -> None:
    assert phone.authenticator is not None
    six_minutes_pass(server)
    sonia.page.goto("/keys")
    phone.authenticator.refuse()
    sonia.page.evaluate(OFFERS)

    sonia.tap("Enlever cette clé")
    sonia.reads("Vous n’avez pas montré votre clé.")
    assert sonia.page.evaluate("() => window.offered") == 1, "no key of anybody else on the same phone is offered"
    assert sonia.page.url.endswith("/keys")

    phone.authenticator.agree()
    sonia.tap("Enlever cette clé")
    sonia.reads("C’est le seul moyen d’ouvrir vos badges.")
    _on_a_lent_phone_the_box_is_ticked_and_one_button_closes_it(sonia, phone, server)


def _on_a_lent_phone_the_box_is_ticked_and_one_button_closes_it(sonia: Person, phone: Phone, server: Server) -> None:
    sonia.page.goto("/settings")
    sonia.leaves()
    sonia.page.goto("/entry")
    sonia.page.get_by_label("D’autres personnes se servent de cet appareil").check()
    sonia.tap("Ouvrir mes badges")
    sonia.page.wait_for_url("**/badges")

    (cookie,) = [one for one in phone.context.cookies() if one["name"] == "wallet"]
    assert cookie["expires"] == -1
    assert axe(sonia.page) == []
    _what_she_types_there_stays_until_it_is_kept(sonia)
    sonia.tap("Me déconnecter")
    sonia.reads("Il ne reste rien de vous dans ce téléphone.")
    assert [one for one in phone.context.cookies() if one["name"] == "wallet"] == []
    phone.page.goto("/badges")
    assert phone.page.url == f"{server.origin}/"


def _what_she_types_there_stays_until_it_is_kept(sonia: Person) -> None:
    """After nine minutes, and without Internet just then, or behind a filter that answers with a page of its own, the page is
    not asked for anew before its text is kept."""
    page, here = sonia.page, sonia.page.url
    page.clock.install()
    page.goto("/evidence/new")
    sonia.tap("Au travail")
    question = page.url
    comes(lambda: page.evaluate("() => Boolean(customElements.get('typed-answer'))"))
    page.context.set_offline(True)
    page.clock.fast_forward(8 * 60_000 + 50_000)
    page.locator("#text").fill("Un client")
    page.clock.fast_forward(11_000)
    expect(page.locator("#text")).to_have_value("Un client")

    page.context.set_offline(False)
    page.context.route(question, lambda route: route.fulfill(content_type="text/html", body="<h1>Conditions</h1>"))
    with page.expect_response(question):
        page.clock.fast_forward(11_000)
    expect(page.locator("#text")).to_have_value("Un client")

    page.context.unroute(question)
    with page.expect_navigation(url=question):
        page.clock.fast_forward(11_000)

    expect(page.locator("#text")).to_have_text("Un client")
    _what_she_types_in_the_last_minute_is_kept(page, question)
    page.goto(here)


def _what_she_types_in_the_last_minute_is_kept(page: Page, question: str) -> None:
    """Also where she had typed nothing until then, and what she types while the rest is on its way."""
    comes(lambda: page.evaluate("() => Boolean(customElements.get('typed-answer'))"))
    page.clock.fast_forward(9 * 60_000 + 5_000)
    page.locator("#text").fill("Un client attend")

    def types_on(route: Route) -> None:
        if route.request.post_data and "dehors" not in route.request.post_data:
            page.locator("#text").fill("Un client attend dehors")
        route.continue_()

    page.context.route(question, types_on)
    with page.expect_navigation(url=question):
        page.clock.fast_forward(1_000)

    expect(page.locator("#text")).to_have_text("Un client attend dehors")
    _what_she_types_is_not_broken_off(page, question)


def _what_she_types_is_not_broken_off(page: Page, question: str) -> None:
    """The page is asked for anew when she rests: in the midst of a word what she types after that would go nowhere."""
    page.context.unroute(question)
    comes(lambda: page.evaluate("() => Boolean(customElements.get('typed-answer'))"))
    page.clock.fast_forward(9 * 60_000 + 5_000)
    page.clock.pause_at(page.evaluate("() => Date.now()") / 1000 + 1)
    page.evaluate("() => { const send = fetch; window.fetch = (...told) => (window.sent = send(...told)) }")
    page.locator("#text").fill("Il attend")
    page.clock.run_for(1_000)
    page.evaluate("() => window.sent.then(() => null)")
    page.keyboard.type(" depuis longtemps")
    with page.expect_navigation(url=question):
        page.clock.run_for(3_000)

    expect(page.locator("#text")).to_have_text("Il attend depuis longtemps")
    page.clock.resume()


def test_a_new_first_name_is_told_to_the_phones_list_and_the_code_leads_another_phone_to_the_entry(
    sonia: Person, server: Server, tmp_path: Path
) -> None:
    sonia.page.add_init_script(LISTED)
    sonia.page.goto("/settings")
    sonia.page.get_by_label("Prénom à montrer").fill("Sonia")
    sonia.tap("Garder")

    sonia.page.wait_for_function("() => sessionStorage.signalCurrentUserDetails")
    told = sonia.page.evaluate("() => JSON.parse(sessionStorage.signalCurrentUserDetails)")
    assert told["name"] == told["displayName"] == "Mes badges – Sonia"

    sonia.page.goto("/keys")
    code = sonia.page.get_by_role(
        "img", name="QR code de la page « Ouvrir mes badges »".replace("« ", "«\u00a0").replace(" »", "\u00a0»")
    )
    sonia.page.wait_for_function("() => [...document.images].every((one) => one.complete && one.naturalWidth)")

    code.screenshot(path=tmp_path / "code.png")

    (read,) = zxingcpp.read_barcodes(Image.open(tmp_path / "code.png"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert read.text == f"{server.origin}/entry"
    sonia.reads(server.origin)
