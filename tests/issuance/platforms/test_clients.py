"""Registrations that are kept nowhere: what an id holds, how long it may be, and that nobody makes one."""

import base64
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

import pytest

from tests.fixtures.people import NOW
from tests.fixtures.platforms import BACK, GRETA, keyring
from wallet.issuance.platforms import clients
from wallet.issuance.platforms.clients import ID_LIMIT, NotRegistered
from wallet.issuance.platforms.scopes import CREATE, KNOWN, OFFERED, UPSERT_3
from wallet.storage.keyring import Keyring

__all__ = ["keyring"]
LETTERS = f"{ascii_uppercase}{ascii_lowercase}{digits}-_"
"""Of base64url."""


def registers(keyring: Keyring, **told: Any) -> dict[str, Any]:
    """The answer to GRETA du Havre, which says *told* of itself."""
    usual = {"client_name": "GRETA du Havre", "redirect_uris": [BACK]}
    return clients.register(usual | told, keyring, lambda _: True, NOW)


def test_an_id_is_all_that_is_known_of_a_platform(keyring: Keyring) -> None:
    told = registers(keyring, scope=f"{CREATE} {UPSERT_3} admin")
    found = clients.find_client(told["client_id"], keyring)

    assert found is not None
    assert (found.name, found.host, found.redirect_uris) == ("GRETA du Havre", GRETA, (BACK,))
    assert (found.scopes, told["scope"]) == ((CREATE, UPSERT_3), f"{CREATE} {UPSERT_3}")
    assert clients.is_secret(told["client_id"], told["client_secret"], keyring)
    assert told["client_id"] != registers(keyring)["client_id"], "nobody guesses one"


def test_who_asks_for_nothing_may_ask_for_all_later_and_is_told_what_is_usual(keyring: Keyring) -> None:
    told = registers(keyring)
    found = clients.find_client(told["client_id"], keyring)

    assert found is not None
    assert (found.scopes, told["scope"]) == (KNOWN, " ".join(OFFERED))


@pytest.mark.parametrize("address", [BACK.replace("https", "http"), f"{BACK}#x", f"{BACK} ", "HTTPS" + BACK[5:]])
def test_whatever_else_may_be_asked_browsers_go_back_by_https_alone(keyring: Keyring, address: str) -> None:
    with pytest.raises(NotRegistered):
        registers(keyring, redirect_uris=[address])


def test_an_id_that_was_changed_or_spelt_otherwise_is_none(keyring: Keyring) -> None:
    client_id, other = registers(keyring)["client_id"], registers(keyring)
    spare = client_id[:-1] + LETTERS[LETTERS.index(client_id[-1]) ^ 1]
    for bent in ("", "x", client_id[:-2], "B" + client_id[1:], spare, f"{client_id}=", "é" * 9, "A" * 9000):
        assert clients.find_client(bent, keyring) is None, bent
    assert not clients.is_secret(client_id, other["client_secret"], keyring)
    assert not clients.is_secret(client_id, "\udc80", keyring)
    sealed = base64.urlsafe_b64encode(keyring.seal(b'["x",["https://evil.example/"],1]', "something else")).decode()
    assert clients.find_client(sealed.rstrip("="), keyring) is None


def test_a_name_that_is_too_long_for_a_page_is_seen_to_go_on(keyring: Keyring) -> None:
    name = "GRETA Côte d’Albâtre – plateforme Moodle de formation continue"
    told = registers(keyring, client_name=name)
    found = clients.find_client(told["client_id"], keyring)

    assert found is not None
    assert found.name == "GRETA Côte d’Albâtre – plateforme Moodle de formation conti…"
    assert told["client_name"] == name


@pytest.mark.parametrize("name", ["", " \u202e\n", 7, None, "«»"])
def test_who_has_no_name_is_called_after_their_host(keyring: Keyring, name: Any) -> None:
    found = clients.find_client(registers(keyring, client_name=name)["client_id"], keyring)

    assert found is not None
    assert found.name == GRETA


def test_an_id_fits_in_an_address_or_there_is_none(keyring: Keyring) -> None:
    assert len(registers(keyring)["client_id"]) < 180
    long = {"client_name": "W" * 500, "redirect_uris": [f"{BACK}?{'x' * 250}"]}
    assert len(registers(keyring, **long)["client_id"]) <= ID_LIMIT
    with pytest.raises(NotRegistered):
        registers(keyring, redirect_uris=[f"{BACK}?{number}{'x' * 200}" for number in range(3)])
