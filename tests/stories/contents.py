"""What somebody has in their wallet, seen with their own browser: to see that 100 % of it is there again."""

import re
from typing import Any

from tests.fixtures.browser import Authenticator, Phone
from tests.stories.taps import Person


def badges_of(person: Person) -> dict[int, bytes]:
    """The badges on the page by their ids: the bytes of each, as its holder takes them elsewhere."""
    ids = {int(id) for id in re.findall(r'/badges/(\d+)["/]', person.page.request.get("/badges").text())}
    found = {id: person.page.request.get(f"/badges/{id}/document") for id in ids}
    assert {answer.status for answer in found.values()} == {200}
    return {id: answer.body() for id, answer in found.items()}


def keys_in(phone: Phone) -> list[dict[str, Any]]:
    """The passkeys of a phone, as its maker's cloud takes them to another one."""
    assert phone.authenticator is not None
    return [
        {name: value for name, value in key.items() if value is not None} for key in phone.authenticator.credentials()
    ]


def give_keys(phone: Phone, keys: list[dict[str, Any]]) -> None:
    """The maker's cloud brings *keys* to a phone."""
    holds = phone.authenticator = phone.authenticator or Authenticator(phone.page)
    for key in keys:
        holds.send("addCredential", credential=key)


def sign_out(person: Person) -> None:
    """« Me déconnecter », as before one gives a phone away."""
    person.page.goto("/settings")
    person.leaves()
