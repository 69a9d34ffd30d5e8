"""oauthlib and the five things added to it: two workers with one code, whatever stands behind them."""

import base64
import hashlib
import threading

import pytest
from oauthlib.oauth2 import InvalidScopeError

from tests.fixtures.people import NOW
from tests.fixtures.platforms import BACK, SCOPES, VERIFIER, keyring, maria, wallet
from wallet.accounts.holders import SignedIn
from wallet.issuance.platforms import clients, host, links
from wallet.issuance.platforms.host import Answer
from wallet.issuance.platforms.models import PlatformToken
from wallet.issuance.platforms.scopes import CREATE, OFFERED, OFFLINE, UPSERT_3
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

__all__ = ["keyring", "maria", "wallet"]


def asking(client_id: str, back: str, keyring: Keyring, scope: str = SCOPES) -> host.Authorisation:
    """What the platform of that id asks for by *scope*, all that it may by itself, which goes back to its address *back*."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    query = {
        "client_id": client_id,
        "redirect_uri": back,
        "response_type": "code",
        "scope": scope,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return host.read_authorisation(query.items(), keyring, "No.")


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        (None, OFFERED),
        (UPSERT_3, (UPSERT_3,)),
        (f"{UPSERT_3} {OFFLINE}", (OFFLINE, UPSERT_3)),
        (f"{UPSERT_3} {CREATE}", (CREATE, UPSERT_3)),
    ],
)
def test_who_asks_for_nothing_in_particular_asks_for_what_it_registered_for(
    keyring: Keyring, registered: str | None, asked: tuple[str, ...]
) -> None:
    """Else Maria connects a site of Open Badges 3.0 that may send her no badge (RFC 6749, 3.3)."""
    told = clients.register({"redirect_uris": [BACK], "scope": registered}, keyring, lambda _: True, NOW)

    assert asking(told["client_id"], BACK, keyring, scope="").scopes == asked


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_two_workers_that_hold_one_code_give_one_token_at_most(
    wallet: Database, keyring: Keyring, maria: SignedIn
) -> None:
    told = clients.register({"redirect_uris": [BACK]}, keyring, lambda _: True, NOW)
    asked = asking(told["client_id"], BACK, keyring)
    with wallet.writing() as session:
        location = host.grant(session, maria, asked, keyring, NOW, tells_name=False)
    form = {
        "grant_type": "authorization_code",
        "code": location.partition("code=")[2],
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "client_id": told["client_id"],
        "client_secret": told["client_secret"],
    }
    ready, got = threading.Barrier(2), list[Answer]()

    def worker() -> None:
        ready.wait()
        with wallet.writing() as session:
            got.append(host.answer_token_request(session, form.items(), "", keyring, NOW))

    both = [threading.Thread(target=worker) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answer.status for answer in got) == [200, 400]
    with wallet.reading() as session:
        (link,) = links.list_links(session, maria.holder.id)
        assert link.stopped_at == NOW
        assert session.query(PlatformToken).count() == 0


def test_no_fault_leads_to_an_address_that_is_not_the_platforms(keyring: Keyring) -> None:
    """Whatever oauthlib looked at before: its word alone leads nowhere."""
    told = clients.register({"redirect_uris": [BACK]}, keyring, lambda _: True, NOW)
    fault = InvalidScopeError()
    fault.client_id, fault.response_mode = told["client_id"], None

    for address, leads in ((BACK, True), (f"{BACK}/", False), (None, False)):
        fault.redirect_uri = address
        assert bool(host._way_back(fault, keyring)[0]) is leads
    fault.client_id, fault.redirect_uri = "nobody", BACK
    assert host._way_back(fault, keyring) == ("", "")


def test_a_platform_that_does_not_say_what_it_is_called_is_told_by_its_host_however_long(
    wallet: Database, keyring: Keyring, maria: SignedIn
) -> None:
    place = f"{'moodle-du-greta-normandie.' * 3}example"
    told = clients.register({"redirect_uris": [f"https://{place}/back"]}, keyring, lambda _: True, NOW)

    with wallet.writing() as session:
        host.grant(
            session, maria, asking(told["client_id"], f"https://{place}/back", keyring), keyring, NOW, tells_name=False
        )

    with wallet.reading() as session:
        (link,) = links.list_links(session, maria.holder.id)
    assert (link.name, link.host) == ("", place)
