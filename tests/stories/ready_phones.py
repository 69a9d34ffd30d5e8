"""A phone whose person keeps badges by a key already, for the stories that begin there.

The wallet is made by the same requests as the taps send, and the phone is given the key that was made: no page is drawn
and no script runs on the way. Such a key is one that the maker of the phone keeps, too; where another kind matters, or
what the phone itself says of a key, the story walks. The way itself is walked in test_sonia_shows_her_first_badge.py,
test_kevin_has_a_keyboard.py, test_passkeys_in_a_browser.py and test_few_bytes.py.
"""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import APIResponse

from tests.fixtures.authenticator import Key
from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.fixtures.traveller import Traveller
from tests.stories.taps import Person

BETWEEN = "between-two-files"


def with_badges(phone: Phone, *badges: Path, at: str | None = None) -> Person:
    """Who holds *phone*, and has *badges* by the key in it; on the page that follows the key, or *at* another one.

    "" is none as yet, and a phone without an authenticator has the session alone.
    """
    key = Key(origin=phone.origin)
    posted(phone, "/badges", form(badges), f"multipart/form-data; boundary={BETWEEN}")
    options = phone.page.request.post(
        "/passkeys/challenges", data={"purpose": "registration"}, headers={"Origin": phone.origin}
    ).json()
    kept = phone.page.request.post("/passkeys", data=key.make(options), headers={"Origin": phone.origin})
    assert kept.status == 200, kept.text()
    if phone.authenticator is not None:
        receives(phone, key)
    person = Person(phone.page)
    if at != "":
        phone.page.goto(at or kept.json()["go"])
    return person


def receives(phone: Phone, key: Key) -> None:
    """*key* lies in *phone*, as if it had been made there."""
    assert phone.authenticator is not None
    private = key.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    phone.authenticator.send(
        "addCredential",
        credential={
            "credentialId": b64encode(key.credential_id).decode(),
            "userHandle": b64encode(key.handle).decode(),
            "privateKey": b64encode(private).decode(),
            "rpId": "localhost",
            "isResidentCredential": True,
            "signCount": 0,
            "backupEligibility": True,
            "backupState": True,
        },
    )


def posted(phone: Phone, path: str, body: bytes, kind: str) -> APIResponse:
    """What is answered to a form that *phone* sends: that it was taken."""
    headers = {"Origin": phone.origin, "Content-Type": kind}
    answer = phone.page.request.post(path, data=body, headers=headers, max_redirects=0)
    assert answer.status == 303, answer.text()
    return answer


def form(files: tuple[Path, ...]) -> bytes:
    """The form that brings *files*, as a browser writes it."""
    head = f'--{BETWEEN}\r\nContent-Disposition: form-data; name="documents"; filename="%s"\r\n\r\n'
    return b"".join(
        [*((head % file.name).encode() + file.read_bytes() + b"\r\n" for file in files), f"--{BETWEEN}--\r\n".encode()]
    )


def holder(server: Server, *badges: Path) -> Iterator[Traveller]:
    """Somebody who has *badges* by a key, and whose own phone is seen nowhere in the story."""
    with Traveller(server) as person:
        person.brings(*((badge.name, badge.read_bytes()) for badge in badges))
        person.makes_a_key()
        yield person


def receives_cookies(phone: Phone, person: Traveller) -> None:
    """*phone* is signed in as *person* is."""
    phone.context.add_cookies([{"name": "wallet", "value": person.cookies["wallet"], "url": phone.origin}])
