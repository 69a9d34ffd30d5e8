"""A challenge answers the browser that asked for it, in whichever of its tabs, and no other one."""

from hashlib import sha256

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from webauthn.helpers import base64url_to_bytes

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Person, holder
from wallet.accounts.challenges import Challenge
from wallet.web.rate_limits import HOUR, LOOSE, NEWEST, Limit


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who has a wallet, and is signed out."""
    sonia = holder(app)
    sonia.post("/leaving")
    return sonia


def begins(person: Person, purpose: str = "authentication") -> dict[str, str]:
    answer = person.post("/passkeys/challenges", json={"purpose": purpose})
    assert answer.status_code == 200
    return dict(answer.json())


def test_what_one_browser_asked_for_another_does_not_answer(app: Starlette, sonia: Person):
    other = Person(app, address="198.51.100.7")
    begins(other)
    options = begins(sonia)
    answer = sonia.key.show(options)

    refused = other.post("/devices", json=answer)

    assert (refused.status_code, refused.json()) == (400, {"message": "not-here"})
    assert "wallet" not in other.cookies
    assert sonia.post("/devices", json=answer).status_code == 200, "and it is left to the one that asked"


@pytest.mark.parametrize("purpose", ["registration", "confirmation"])
def test_on_another_device_of_the_same_holder_neither(app: Starlette, sonia: Person, purpose: str):
    sonia.enters()
    phone = Person(app, address="198.51.100.7")
    phone.key = sonia.key
    assert phone.enters().status_code == 200
    options = begins(sonia, purpose)
    path = "/passkeys" if purpose == "registration" else "/passkeys/confirmations"
    answer = (
        type(sonia.key)(origin=sonia.key.origin).make(options) if purpose == "registration" else sonia.key.show(options)
    )

    assert phone.post(path, json=answer).status_code == 400
    assert sonia.post(path, json=answer).status_code == 200


def test_a_second_tab_does_not_break_what_the_first_one_began(sonia: Person):
    first = begins(sonia)
    second = begins(sonia)

    assert sonia.post("/devices", json=sonia.key.show(second)).status_code == 200
    assert sonia.post("/devices", json=sonia.key.show(first)).status_code == 200


def test_the_secret_is_of_these_pages_alone(sonia: Person):
    told = sonia.post("/passkeys/challenges", json={"purpose": "authentication"}).headers.get_list("set-cookie")

    assert [one.partition("Path=")[2].partition(";")[0] for one in told] == ["/passkeys", "/devices"]
    for one in told:
        assert one.startswith("ceremony=")
        assert "HttpOnly" in one
        assert "SameSite=lax" in one
        assert "Max-Age=3600" in one


def test_whatever_the_neighbours_ask_for_nobody_is_refused_and_they_fill_no_table(
    app: Starlette, sonia: Person, monkeypatch: pytest.MonkeyPatch
):
    """Ten questions a second locked a whole network out, a fair or the customers of a carrier."""
    monkeypatch.setitem(NEWEST, "challenge", (Limit(20, HOUR), Limit(8, HOUR)))
    monkeypatch.setitem(LOOSE, "challenge", Limit(8, HOUR))

    def neighbour_asks() -> None:
        neighbour = Person(app)
        begins(neighbour)

    for _ in range(20):
        neighbour_asks()
    options = begins(sonia)
    for _ in range(7):
        neighbour_asks()
    with app.state.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Challenge)) == 8
    assert sonia.post("/devices", json=sonia.key.show(options)).status_code == 200

    sonia.post("/leaving")
    late = begins(sonia)
    for _ in range(8):
        neighbour_asks()
    assert sonia.post("/devices", json=sonia.key.show(late)).status_code == 400, "the oldest went"
    assert sonia.post("/devices", json=sonia.key.show(begins(sonia))).status_code == 200


def test_of_one_browser_the_newest_may_be_answered(app: Starlette, sonia: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(NEWEST, "challenge", (Limit(2, HOUR), Limit(100, HOUR)))
    other = begins(Person(app))
    first, second, third = begins(sonia), begins(sonia), begins(sonia)

    assert sonia.post("/devices", json=sonia.key.show(first)).status_code == 400
    for one in (second, third):
        assert sonia.post("/devices", json=sonia.key.show(one)).status_code == 200
    with app.state.services.database.reading() as session:
        kept = session.scalars(select(Challenge.hash)).all()
    assert kept == [sha256(base64url_to_bytes(other["challenge"])).digest()], "and nobody else's goes"


def test_whose_browser_keeps_no_cookies_reads_it(sonia: Person):
    options = begins(sonia)
    sonia.cookies.clear()

    answer = sonia.post("/devices", json=sonia.key.show(options))

    assert (answer.status_code, answer.json()) == (400, {"message": "no-cookies"})
    assert 'data-message="no-cookies"' in sonia.page("/entry")
    assert "Ce navigateur ne garde pas les cookies." in sonia.page("/entry")
