"""What a page says and sends while a key is made, shown or only waited for (passkeys.js): whatever the phone or the server answers."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.fixtures.browser import PATIENCE, Authenticator
from tests.fixtures.page_alone import SAID, Alone, Answer, Asked, asks_later, clicks
from tests.fixtures.screens import PICTURES
from tests.fixtures.screens_cards import MARIA

pytestmark = pytest.mark.browser
STAYS = Answer(204)
"""Asked for, and the page stays as it is."""
CHALLENGE = "-_" * 16
USER = "_-7_"
KNOWN = {"type": "public-key", "id": "-_8B"}
OPTIONS = {
    "challenge": CHALLENGE,
    "rp": {"id": "localhost", "name": "Mes badges"},
    "user": {"id": USER, "name": "Sonia", "displayName": "Sonia"},
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
    "excludeCredentials": [],
}
FAKE = """() => {
  window.asked = []
  const [one, other] = [[251, 255], [0, 1]].map((some) => new Uint8Array(some).buffer)
  const key = { id: "-_8", rawId: one, type: "public-key", authenticatorAttachment: "platform" }
  const parts = { clientDataJSON: other, attestationObject: one, authenticatorData: other, signature: one, userHandle: null }
  const gives = async ({ publicKey: { challenge, user, excludeCredentials, allowCredentials } }) => {
    const ids = [...(excludeCredentials || []), ...(allowCredentials || [])].map(({ id }) => id)
    asked.push([challenge, user ? user.id : [], ...ids].map((some) => [...some]))
    if (window.refusal) throw new DOMException("", window.refusal)
    return { ...key, response: parts }
  }
  Object.assign(navigator.credentials, { create: gives, get: gives })
}"""
"""A phone that makes and shows a key, or refuses for a reason that it is told; `asked` is what it was asked for."""
NO_KEYS = "delete window.PublicKeyCredential"


def told(page: Page, name: str) -> str:
    """The name of what is said, once something is."""
    page.wait_for_function("(name) => document.querySelector(name + ' [role=status]').textContent.trim()", arg=name)
    said: str = page.evaluate(SAID, name)
    return said


def sent(asked: Asked) -> Any:
    """The JSON that came."""
    assert asked.headers["Content-Type"] == "application/json"
    return json.loads(asked.body)


def steps(alone: Alone) -> list[str]:
    """What was asked, in its order; but pictures, and the key of drafts, which come when they may."""
    asked = (one for one in alone.wire.asked if not PICTURES.search(one.path) and not one.path.startswith("/drafts/"))
    return [f"{one.method} {one.path}" for one in asked]


def held(said: Answer) -> tuple[Event, Callable[[Asked], Answer]]:
    """What a server says that thinks until the event is set."""
    may = Event()

    def says(_asked: Asked) -> Answer:
        assert may.wait(PATIENCE / 1000)
        return said

    return may, says


MAKES, MADE, ENTERS = "passkey-registration", "POST /passkeys", "passkey-authentication"
CHALLENGES = "POST /passkeys/challenges"


def test_a_key_is_made_once_however_often_she_touches_and_goes_whole_and_a_second_one_is_told_as_there_already(
    alone: Alone,
) -> None:
    finger = Authenticator(alone.page)
    may, later = held(Answer(json=OPTIONS))
    alone.answers.update({CHALLENGES: later, MADE: Answer(json={"go": "/keys"}), "GET /keys": STAYS})
    page = alone.opens("key, to make")
    assert page.evaluate("() => document.querySelector('passkey-registration button').disabled") is False

    page.evaluate("() => [1, 2].forEach(() => document.querySelector('passkey-registration button').click())")
    alone.wire.asked_for(CHALLENGES)
    may.set()
    alone.wire.asked_for("GET /keys")

    (asked,), (made,) = alone.wire.asked_for(CHALLENGES), alone.wire.asked_for(MADE)
    assert sent(asked) == {"purpose": "registration", "shared": False, "of": MARIA.mark}
    key, (kept,) = sent(made), finger.credentials()
    response = key.pop("response")
    name = urlsafe_b64encode(urlsafe_b64decode(kept["credentialId"] + "==")).rstrip(b"=").decode()
    assert key == {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "shared": False,
    }
    assert urlsafe_b64decode(kept["userHandle"] + "==") == urlsafe_b64decode(USER)
    assert json.loads(urlsafe_b64decode(response["clientDataJSON"] + "=="))["challenge"] == CHALLENGE
    assert b"authData" in urlsafe_b64decode(response["attestationObject"] + "==")
    assert response["transports"] == ["internal"]

    _a_second_one_is_told_as_there_and_a_refused_one_too(alone, finger, name)


def _a_second_one_is_told_as_there_and_a_refused_one_too(alone: Alone, finger: Authenticator, name: str) -> None:
    page = alone.page
    there = OPTIONS | {"excludeCredentials": [{"type": "public-key", "id": name}]}
    alone.answers[CHALLENGES] = Answer(json=there)
    clicks(page, "passkey-registration button")
    assert told(page, MAKES) == "exists"
    finger.refuse()
    may, later = held(Answer(json=OPTIONS))
    alone.answers[CHALLENGES] = later
    clicks(page, "passkey-registration button")
    alone.wire.asked_for(CHALLENGES, 3)
    assert page.evaluate(SAID, MAKES) == "", "what was said is over"
    may.set()
    assert told(page, MAKES) == "cancelled"
    assert len(alone.wire.asked_for(MADE)) == 1


REASONS = [
    ("InvalidStateError", "true", "exists"),
    ("ConstraintError", "true", "no-lock"),
    ("NotAllowedError", "true", "cancelled"),
    ("NotAllowedError", "false", "no-lock"),
    ("NotAllowedError", "Promise.reject()", "cancelled"),
    ("SecurityError", "false", "failed"),
]
"""What a phone calls it, whether it says that it is locked, and what she is told."""


def test_why_no_key_was_made_is_told_as_the_phone_or_the_server_says_it(alone: Alone) -> None:
    alone.page.add_init_script(f"({FAKE})()")
    alone.answers[CHALLENGES] = Answer(json=OPTIONS | {"excludeCredentials": [KNOWN]})
    page = alone.opens("key, to make")

    def says() -> str:
        page.evaluate("() => document.querySelector('passkey-registration [role=status]').replaceChildren()")
        clicks(page, "passkey-registration button")
        return told(page, MAKES)

    lock = "PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => "
    for name, locked, why in REASONS:
        page.evaluate(f"() => {{ window.refusal = '{name}'; {lock}{locked} }}")
        assert says() == why, (name, locked)
    challenge, user = [251, 255, 191] * 8, [255, 238, 255]
    assert page.evaluate("() => asked.at(-1)") == [challenge, user, [251, 255, 1]]

    page.evaluate("() => { delete window.refusal }")
    answers: list[tuple[Answer | None, str]] = [
        (Answer(409, json={"message": "another"}), "another"),
        (Answer(409, json={"message": "words that no page has"}), "failed"),
        (Answer(500, json={}), "failed"),
        (Answer(502, body="<h1>Bad gateway</h1>"), "failed"),
        (Answer(200, body='{"go": '), "offline"),  # cut short
        (None, "offline"),
    ]
    for answer, why in answers:
        for place in (MADE, CHALLENGES):
            alone.answers[CHALLENGES] = Answer(json=OPTIONS)
            alone.answers[place] = answer
            assert says() == why, (place, answer)
    alone.answers.update({CHALLENGES: Answer(json=OPTIONS), MADE: Answer(409, json={"message": "too-many"})})
    assert says() == "too-many"
    made = sent(alone.wire.asked_for(MADE)[-1])
    assert made["response"] == {"clientDataJSON": "AAE", "attestationObject": "-_8", "transports": []}

    page.evaluate(NO_KEYS)
    before = steps(alone)
    assert says() == "old"
    assert steps(alone) == before

    alone.answers[CHALLENGES] = Answer(303, headers={"Location": "/entry"})
    alone.answers["GET /entry"] = STAYS
    page.reload()
    clicks(page, "passkey-registration button")
    alone.wire.asked_for("GET /entry", 2)
    assert page.evaluate(SAID, MAKES) == "", "the door is shown, and no fault"


def test_whoever_shows_a_key_sends_it_whole_and_says_whether_others_use_the_device(alone: Alone) -> None:
    Authenticator(alone.page)
    answer = {"challenge": CHALLENGE, "rpId": "localhost", "userVerification": "required"}
    alone.answers.update({CHALLENGES: Answer(json=answer), "POST /devices": Answer(json={"go": "/badges"})})
    alone.answers["GET /badges"] = STAYS
    alone.page.clock.install()
    page = alone.opens("entry")
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)  # none of it waits for a clock
    made = """async (options) => {
        const bytes = (text) => Uint8Array.fromBase64(text, { alphabet: "base64url" })
        const user = { ...options.user, id: bytes(options.user.id) }
        return (await navigator.credentials.create({ publicKey: { ...options, user, challenge: bytes(options.challenge) } })).id
    }"""
    id_ = page.evaluate(made, OPTIONS)

    clicks(page, "passkey-authentication button")
    alone.wire.asked_for("GET /badges")
    page.evaluate("() => { document.querySelector('[name=shared]').checked = true }")
    alone.answers[CHALLENGES] = Answer(json=answer | {"allowCredentials": [{"type": "public-key", "id": id_}]})
    clicks(page, "passkey-authentication button")
    alone.wire.asked_for("GET /badges", 2)

    assert [sent(one) for one in alone.wire.asked_for(CHALLENGES)] == [{"purpose": "authentication"}] * 2
    first, second = (sent(one) for one in alone.wire.asked_for("POST /devices"))
    assert (first["id"], first["shared"], second["shared"]) == (id_, False, True)
    response = first["response"]
    assert response["userHandle"] == USER
    assert len(urlsafe_b64decode(response["authenticatorData"] + "==")) == 37
    assert urlsafe_b64decode(response["signature"] + "==")[0] == 0x30

    _why_none_was_shown_is_told(alone, answer)


def _why_none_was_shown_is_told(alone: Alone, answer: dict[str, str]) -> None:
    page = alone.page
    page.evaluate(f"({FAKE})()")
    alone.answers[CHALLENGES] = Answer(json=answer | {"allowCredentials": [KNOWN]})
    alone.answers["POST /devices"] = Answer(404, json={"message": "not-here"})
    clicks(page, "passkey-authentication button")
    assert told(page, ENTERS) == "not-here"
    assert sent(alone.wire.asked_for("POST /devices")[-1])["response"]["userHandle"] is None
    assert page.evaluate("() => asked.at(-1)[2]") == [251, 255, 1]
    for name, why in (("NotAllowedError", "cancelled"), ("InvalidStateError", "failed")):
        page.evaluate("(name) => { window.refusal = name }", name)
        clicks(page, "passkey-authentication button")
        page.wait_for_function(f"(name) => ({SAID})('passkey-authentication') === name", arg=why)


def test_a_link_waits_for_the_key_and_whoever_touches_beside_it_is_asked_for_nothing(alone: Alone) -> None:
    alone.page.add_init_script(f"({FAKE})()")
    confirmed = "POST /passkeys/confirmations"
    alone.answers.update({CHALLENGES: Answer(json={"challenge": CHALLENGE}), "GET /keys/new": STAYS})
    alone.answers[confirmed] = Answer(403, json={"message": "not-mine"})
    page = alone.opens("keys, one")
    link = "passkey-confirmation a[href='/keys/new']"
    page.evaluate(f"""() => {{
      const one = document.querySelector("{link}").closest("passkey-confirmation")
      one.classList.add("around")
      one.querySelector("[role=status]").click()
    }}""")
    asks_later(page)
    assert steps(alone) == ["GET /screen", "GET /later"]
    clicks(page, link)
    assert told(page, ".around") == "not-mine"
    alone.answers[confirmed] = Answer(json={})
    clicks(page, link)
    alone.wire.asked_for("GET /keys/new")

    assert steps(alone)[2:] == [CHALLENGES, confirmed, CHALLENGES, confirmed, "GET /keys/new"]
    assert sent(alone.wire.asked_for(CHALLENGES)[0]) == {"purpose": "confirmation"}
    assert sent(alone.wire.asked_for(confirmed)[0])["shared"] is False


def test_a_form_waits_for_the_key_and_where_none_can_be_shown_the_server_asks_or_the_page_says_so(
    alone: Alone,
) -> None:
    alone.page.add_init_script(f"({FAKE})()")
    confirmed = "POST /passkeys/confirmations"
    alone.answers.update({CHALLENGES: Answer(json={"challenge": CHALLENGE}), confirmed: Answer(json={})})
    page = alone.opens("erasure, the key is asked for")
    to = page.evaluate("() => new URL(document.querySelector('passkey-confirmation form').action).pathname")
    alone.answers[f"POST {to}"] = STAYS
    page.evaluate("() => document.querySelector('passkey-confirmation form').requestSubmit()")
    alone.wire.asked_for(f"POST {to}")
    assert steps(alone)[1:] == [CHALLENGES, confirmed, f"POST {to}"]

    page.add_init_script(NO_KEYS)
    alone.opens("erasure, the key is asked for")
    page.evaluate("() => document.querySelector('passkey-confirmation form').requestSubmit()")
    alone.wire.asked_for(f"POST {to}", 2)
    assert len(alone.wire.asked_for(CHALLENGES)) == 1

    alone.opens("confirmation")
    page.evaluate("() => document.querySelector('passkey-confirmation :is(a, form button)').click()")
    assert told(page, "passkey-confirmation") == "old"
    assert len(alone.wire.asked_for(CHALLENGES)) == 1


def test_what_was_written_before_the_badges_closed_goes_without_a_key_where_somebody_has_entered_another_way(
    alone: Alone,
) -> None:
    alone.page.add_init_script(f"({FAKE})()")
    alone.answers.update({CHALLENGES: Answer(json={"challenge": CHALLENGE}), "POST /devices": Answer(json={"go": "/"})})
    may, later = held(Answer(303, headers={"Location": "/badges"}))
    alone.answers["HEAD /entry"] = later
    page = alone.opens("signed out meanwhile, with a word for a recruiter")
    to = page.evaluate("() => new URL(document.querySelector('passkey-return form').action).pathname")
    alone.answers[f"POST {to}"] = STAYS
    sends = "() => document.querySelector('passkey-return form').requestSubmit()"

    page.evaluate(sends)
    alone.wire.asked_for("HEAD /entry")
    page.evaluate(sends)
    may.set()
    alone.wire.asked_for(f"POST {to}")
    assert steps(alone)[1:] == ["HEAD /entry", f"POST {to}"]

    for times, still_closed in enumerate((Answer(200), None), 2):
        alone.answers["HEAD /entry"] = still_closed
        page.evaluate(sends)
        alone.wire.asked_for(f"POST {to}", times)
        assert len(alone.wire.asked_for("POST /devices")) == times - 1
    assert sent(alone.wire.asked_for(CHALLENGES)[0]) == {"purpose": "authentication"}


KEEPS = """async () => {
  const { DraftStore, newDraft } = await import("SCRIPT")
  const { of, key } = document.querySelector("draft-sender").dataset
  await new DraftStore(of, key, () => {}).save(newDraft({ said: { facts: "Un client était en colère." } }))
}"""


def test_what_a_visitor_told_goes_before_the_key_does_and_where_it_does_not_nothing_else_goes(alone: Alone) -> None:
    alone.page.add_init_script(f"({FAKE})()")
    alone.answers.update({CHALLENGES: Answer(json=OPTIONS), MADE: Answer(json={"go": "/badges"}), "GET /badges": STAYS})
    alone.answers["POST /drafts"] = None
    page = alone.opens("result, on a computer that others use")

    clicks(page, "passkey-registration button")
    alone.wire.asked_for("GET /badges")
    assert sent(alone.wire.asked_for(CHALLENGES)[0])["shared"] is True
    assert sent(alone.wire.asked_for(MADE)[0])["shared"] is True

    page.evaluate(KEEPS.replace("SCRIPT", alone.script("draft-store")))
    clicks(page, "passkey-registration button")
    page.wait_for_function(f"() => ({SAID})('draft-sender') === 'waits'")
    asks_later(page)
    assert steps(alone)[-2:] == ["POST /drafts", "GET /later"]
    clicks(page, "passkey-registration button")  # without it: she was warned
    alone.wire.asked_for("GET /badges", 2)
    assert len(alone.wire.asked_for(MADE)) == 2
    assert page.evaluate(SAID, MAKES) == ""


def test_a_script_of_drafts_that_never_comes_holds_nobody_up_for_more_than_ten_seconds(alone: Alone) -> None:
    alone.page.add_init_script(f"({FAKE})()")
    alone.answers.update({CHALLENGES: Answer(json=OPTIONS), MADE: Answer(json={"go": "/badges"}), "GET /badges": STAYS})
    alone.page.route("**/draft-sender.*", lambda route: route.abort())
    alone.page.clock.install()
    page = alone.opens("result, on a computer that others use")
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)

    clicks(page, "passkey-registration button")
    page.wait_for_function("() => asked.length", polling=20)
    page.clock.run_for(9_900)
    assert "/passkeys" not in [one.path for one in alone.wire.asked]
    page.clock.run_for(200)
    alone.wire.asked_for(MADE)


NEWS = """() => {
  window.told = []
  const note = (name) => async (what) => {
    told.push([name, what])
    if (window.isUnable) throw new Error("not now")
  }
  for (const name of ["AllAcceptedCredentials", "CurrentUserDetails"]) PublicKeyCredential[`signal${name}`] = note(name)
}"""
"""A phone that is told of our keys."""


def test_the_list_of_the_phone_is_told_which_keys_are_left_or_a_new_name_and_a_phone_that_cannot_is_no_fault(
    alone: Alone,
) -> None:
    alone.page.add_init_script(f"({NEWS})()")
    us = {"rpId": "badges.exemple.fr", "userId": "AAAA"}
    name = "Mes badges – Sonia"
    keys = ["AllAcceptedCredentials", us | {"allAcceptedCredentialIds": ["AAAA"]}]
    named = ["CurrentUserDetails", us | {"name": name, "displayName": name}]
    assert alone.opens("keys, one fewer").evaluate("told") == [keys]
    alone.page.add_init_script("window.isUnable = true")
    assert alone.opens("settings").evaluate("told") == [named]

    anew = "() => { for (const one of document.querySelectorAll('passkey-news')) one.replaceWith(one.cloneNode(true)) }"
    for unable in ("PublicKeyCredential.signalCurrentUserDetails = undefined", NO_KEYS):
        alone.page.evaluate(f"() => {{ {unable} }}")
        alone.page.evaluate(anew)
    assert alone.page.evaluate("told") == [named]
