"""Maria keeps her badge with one tap and comes back with one tap; whatever her phone answers, nothing is lost."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.authenticator import private_key
from tests.fixtures.browser import Authenticator, Phone
from tests.fixtures.server import Server

pytestmark = pytest.mark.browser

KEEP, ENTER, HAVE_SOME = "Garder ce badge", "Ouvrir mes badges", re.compile("J[’']ai déjà mes badges ici")


def badge(name: str) -> dict[str, Any]:
    """A file with a badge whose issuer does not answer: it can be kept all the same."""
    document = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"https://issuer.invalid/assertions/{name}",
        "recipient": {"type": "email", "hashed": False, "identity": "maria@example.org"},
        "badge": {
            "type": "BadgeClass",
            "id": f"https://issuer.invalid/badges/{name}",
            "name": name,
            "description": "Parler et écouter.",
            "image": "https://issuer.invalid/badge.png",
            "criteria": {"narrative": "Parler devant un groupe."},
            "issuer": {
                "type": "Issuer",
                "id": "https://issuer.invalid/",
                "name": "Organisme d’essai",
                "url": "https://issuer.invalid/",
                "email": "badges@issuer.invalid",
            },
        },
        "verification": {"type": "HostedBadge"},
        "issuedOn": "2026-11-01T10:00:00Z",
    }
    return {"name": f"{name}.json", "mimeType": "application/json", "buffer": json.dumps(document).encode()}


def bring(page: Page, name: str = "Communiquer") -> None:
    """Choose the file of a badge on the first page, or where it leads who left; its result is shown."""
    page.goto("/")
    if not page.locator("input[name=documents]").count():
        page.goto("/badges/new")
    page.locator("input[name=documents]").set_input_files(badge(name))
    expect(page.locator("passkey-registration:defined").get_by_role("button", name=KEEP, exact=True)).to_be_visible()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def keep(page: Page) -> None:
    """Make the key."""
    button(page, KEEP).click()
    page.wait_for_url("**/badges?done=kept")


def sign_out(page: Page) -> None:
    """Leave, by the form that does it."""
    page.goto("/settings")
    page.locator("form[action$='/leaving'] button").click()
    page.wait_for_url(re.compile(r"/\?done=left$"))


def expect_said(page: Page, message: str) -> None:
    """The status line says the sentence that waited under this name, and the same button is there to try again."""
    ceremony = page.locator("passkey-registration, passkey-authentication")
    sentence = ceremony.locator(f"[data-message={message}]").evaluate("template => template.content.textContent")
    expect(ceremony.get_by_role("status")).to_have_text(str(sentence))
    expect(ceremony.get_by_role("button").first).to_be_enabled()


def test_maria_keeps_her_badge_typing_nothing_though_she_refused_once_leaves_and_comes_back(
    server: Server, phone: Phone
) -> None:
    """A refusal loses nothing, and the same button does it; what the phone says of secrets does not leave it."""
    assert phone.authenticator is not None
    faults: list[str] = []
    phone.page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    bring(phone.page)
    expect(phone.page.locator("input:not([type=file]):not([type=hidden])")).to_have_count(0)
    phone.authenticator.refuse()
    button(phone.page, KEEP).click()
    expect_said(phone.page, "cancelled")
    expect(phone.page.get_by_text("Communiquer").first).to_be_visible()
    phone.authenticator.agree()

    sent = _whoever_touches_twice_is_asked_for_one_key(phone.page)
    expect(phone.page.get_by_text("Communiquer").first).to_be_visible()
    _is_told_no_secret(sent)
    _finds_its_owner(phone.authenticator)
    sign_out(phone.page)
    phone.page.goto("/badges")
    expect(phone.page.get_by_text("Communiquer")).to_have_count(0)
    phone.page.goto("/entry")
    phone.authenticator.refuse()
    button(phone.page, ENTER).click()
    expect_said(phone.page, "cancelled")
    phone.authenticator.agree()
    _an_answer_that_was_cut_short_is_told(phone.page)
    button(phone.page, ENTER).click()
    phone.page.wait_for_url("**/badges")

    expect(phone.page.get_by_text("Communiquer").first).to_be_visible()
    assert faults == []
    _a_badge_looked_at_before_entering_joins_the_wallet(phone.page)


def _whoever_touches_twice_is_asked_for_one_key(page: Page) -> Any:
    """What is sent of it."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))

    with page.expect_request("**/passkeys") as sent:
        button(page, KEEP).dblclick()
        page.wait_for_url("**/badges?done=kept")

    assert asked.count("/passkeys/challenges") == 1
    return sent.value.post_data_json


def _an_answer_that_was_cut_short_is_told(page: Page) -> None:
    page.context.route("**/devices", lambda route: route.fulfill(status=200, body='{"go": "/ba'))

    button(page, ENTER).click()

    expect_said(page, "offline")
    page.context.unroute("**/devices")


def _is_told_no_secret(answer: dict[str, Any]) -> None:
    assert answer["clientExtensionResults"] == {}
    assert answer["response"]["transports"] == ["internal"], "by which other devices know where to look for it"
    of_the_key = {"id", "rawId", "type", "authenticatorAttachment", "response", "clientExtensionResults"}
    assert set(answer) == of_the_key | {"shared"}, "and whether others use the computer"


def _finds_its_owner(authenticator: Authenticator) -> None:
    [kept] = authenticator.credentials()
    assert kept["isResidentCredential"]
    assert kept["userName"].startswith("Mes badges – ")
    assert kept["rpId"] == "localhost"


def _a_badge_looked_at_before_entering_joins_the_wallet(page: Page) -> None:
    sign_out(page)
    bring(page, "Organiser")
    page.get_by_role("link", name=HAVE_SOME).click()
    button(page, ENTER).click()
    page.wait_for_url("**/badges")

    for name in ("Communiquer", "Organiser"):
        expect(page.get_by_text(name).first).to_be_visible()


@pytest.mark.service_worker
def test_without_internet_nothing_is_lost_and_a_key_made_in_another_tab_is_not_made_twice(
    server: Server, phone: Phone
) -> None:
    bring(phone.page)
    phone.context.set_offline(True)

    button(phone.page, KEEP).click()
    expect_said(phone.page, "offline")
    phone.context.set_offline(False)

    other = phone.context.new_page()
    other.goto("/badges")
    expect(button(other, KEEP)).to_be_visible()
    phone.page.bring_to_front()
    keep(phone.page)
    other.bring_to_front()

    # The authenticator belongs to the first tab: the answer of a phone that has the key is given in its name.
    other.evaluate(
        "() => { navigator.credentials.create = async () => { throw new DOMException('', 'InvalidStateError') } }"
    )
    button(other, KEEP).click()

    expect_said(other, "exists")


REFUSES = """([create, hasLock]) => {
  navigator.credentials.create = async () => { throw new DOMException("", create) }
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => hasLock ?? Promise.reject(new Error())
}"""
"""A phone that makes no key: how it says so, and whether it has a lock, null where it does not tell."""


def test_a_phone_without_a_lock_is_told_to_set_one_and_an_old_one_is_told_so(
    server: Server, phones: Callable[..., Phone]
) -> None:
    phone = phones(passkeys=False)
    bring(phone.page)
    for answer, has_lock, message in (
        ("NotAllowedError", False, "no-lock"),
        ("NotAllowedError", None, "cancelled"),
        ("ConstraintError", True, "no-lock"),
        ("NotAllowedError", True, "cancelled"),
        ("SecurityError", False, "failed"),
    ):
        phone.page.evaluate(REFUSES, [answer, has_lock])

        button(phone.page, KEEP).click()

        expect_said(phone.page, message)

    phone.page.locator("passkey-registration").evaluate("made => made.dataset.of = 'somebody else'")
    button(phone.page, KEEP).click()
    expect_said(phone.page, "another")

    phone.page.add_init_script("delete window.PublicKeyCredential")
    for address, name in (("/badges", KEEP), ("/entry", ENTER)):
        phone.page.goto(address)

        button(phone.page, name).click()

        expect_said(phone.page, "old")


@pytest.mark.breadth
def test_without_any_key_nothing_is_lost_one_that_we_do_not_know_is_told_as_not_here_and_who_is_late_begins_anew(
    server: Server, phone: Phone
) -> None:
    assert phone.authenticator is not None
    phone.page.goto("/entry")
    button(phone.page, ENTER).click()
    expect_said(phone.page, "cancelled")
    phone.page.evaluate(
        "() => { navigator.credentials.get = async () => { throw new DOMException('', 'SecurityError') } }"
    )
    button(phone.page, ENTER).click()
    expect_said(phone.page, "failed")

    private = private_key("ES256").private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stray = {
        "credentialId": b64encode(bytes(32)).decode(),
        "isResidentCredential": True,
        "rpId": "localhost",
        "privateKey": b64encode(private).decode(),
        "userHandle": b64encode(bytes(64)).decode(),
        "signCount": 0,
    }
    phone.authenticator.send("addCredential", credential=stray)
    phone.page.goto("/entry")

    button(phone.page, ENTER).click()

    expect_said(phone.page, "not-here")
    _who_answers_in_our_place_is_not_taken_for_no_internet(phone.page)

    # Their half hour is over before there is a key.
    bring(phone.page)
    phone.context.clear_cookies()

    button(phone.page, KEEP).click()

    phone.page.wait_for_url("**/")
    expect(phone.page.get_by_role("link", name=HAVE_SOME)).to_be_visible()


def _who_answers_in_our_place_is_not_taken_for_no_internet(page: Page) -> None:
    page.context.route("**/passkeys/challenges", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))

    button(page, ENTER).click()

    expect_said(page, "failed")
    page.context.unroute("**/passkeys/challenges")


def test_without_scripts_a_sentence_says_what_the_key_needs(server: Server, phones: Callable[..., Phone]) -> None:
    phone = phones(passkeys=False, java_script_enabled=False)

    phone.page.goto("/entry")

    expect(phone.page.locator("noscript, p").filter(has_text="JavaScript").first).to_be_visible()


@pytest.mark.breadth
def test_what_she_wrote_goes_once_she_has_entered_another_way_in_another_tab(server: Server, phone: Phone) -> None:
    """Her key is lost, or this browser knows none: no key is asked for any more."""
    page, authenticator = phone.page, phone.authenticator
    assert authenticator is not None
    bring(page)
    keep(page)
    page.goto("/settings")
    entered = phone.context.cookies()
    form = page.locator("form[action='/settings']")
    form.locator("xpath=ancestor::details").evaluate_all("folds => folds.forEach((fold) => (fold.open = true))")
    form.locator("[name=name]").fill("Sonia")
    phone.context.clear_cookies()
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos badges se sont refermés.")
    authenticator.forget()
    send = page.locator("passkey-return:defined").get_by_role("button")
    send.click()
    expect(page.get_by_role("status")).to_contain_text("Vos badges restent fermés.")
    phone.context.set_offline(True)
    send.click()
    expect(page.get_by_role("status")).to_have_text("Internet est coupé. Rien n’est perdu.")

    phone.context.set_offline(False)
    phone.context.add_cookies(entered)  # type: ignore[arg-type]  # as they were told
    send.click()

    page.wait_for_url("**/settings?done=kept")
    expect(page.locator("[name=name]")).to_have_value("Sonia")
