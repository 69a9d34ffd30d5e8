"""Coming back by e-mail: the tries of each browser at a code, and no stranger who keeps its holder out."""

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.mail import codes_for
from tests.fixtures.visits import Clock, Person, holder, words
from tests.routes.test_addresses import owns
from tests.routes.test_recovery_by_email import MARIA, NOBODY, Caller, count
from wallet.accounts import mailed_codes
from wallet.accounts.mailed_codes import OF_ALL, TRIES, BrowserTries, MailedCode
from wallet.accounts.recoveries import Recovery


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who gave an address on the phone that she lost."""
    owns(sonia := holder(app))
    return sonia


@pytest.mark.breadth
def test_a_stranger_who_asks_first_and_always_and_spends_every_try_keeps_nobody_out(
    app: Starlette, sonia: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """Neither with the five tries of a browser, nor with all that a network has for browsers that keep no cookie."""
    monkeypatch.setattr(mailed_codes, "OF_NETWORK", 8)
    clock.move(minutes=2)
    before, stranger = len(codes_for(app.state.services, MARIA)), Caller(app, 1)
    theirs = stranger.asks()
    for minute in range(0, 50, 3):
        clock.move(minutes=3)
        assert stranger.asks()
        assert stranger.tries(theirs, f"{minute:08}").status_code == 422
    for number in range(10):
        stranger.cookies.clear()
        stranger.get(f"/entry/mail/code?ask={theirs}")
        assert stranger.tries(theirs, f"{number:08}").status_code == 422
    for address in range(10):
        assert Caller(app, 10 + address).tries(theirs, "0" * 8).status_code == 422
    letters = codes_for(app.state.services, MARIA)[before:]
    assert (len(letters), len(set(letters))) == (3, 1), "the same code each time"

    her = Caller(app, 50)
    told = her.tries(her.asks(), letters[0])

    assert told.status_code == 200
    assert "Revenez le" in words(told.text)
    assert len(codes_for(app.state.services, MARIA)) == before + 3


@pytest.mark.breadth
def test_a_browser_has_five_tries_however_often_it_asks(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    guesser, caller = Caller(app, 1), Caller(app)
    for number in range(TRIES):
        assert guesser.tries(guesser.asks(), f"{number:08}").status_code == 422
    code = codes_for(app.state.services, MARIA)[-1]

    assert guesser.tries(guesser.asks(), code).status_code == 422, "and the right one comes too late"
    assert count(app, Recovery) == 0
    assert caller.tries(caller.asks(), code.lower().replace(" ", "-")).status_code == 200
    assert count(app, Recovery) == 1


def test_all_who_keep_no_cookie_have_five_tries_together(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    ask = Caller(app).asks()
    code = codes_for(app.state.services, MARIA)[-1]

    for number in range(TRIES):
        assert Caller(app, number).tries(ask, "0" * 8).status_code == 422

    last = Caller(app, TRIES)
    assert last.tries(ask, code).status_code == 422
    assert last.tries(ask, code).status_code == 200, "the answer gave it a cookie, and so tries of its own"


@pytest.mark.parametrize(("spent", "status"), [(OF_ALL - 1, 200), (OF_ALL, 422)])
def test_all_browsers_together_have_a_thousand(app: Starlette, sonia: Person, clock: Clock, spent: int, status: int):
    clock.move(minutes=2)
    ask = Caller(app).asks()
    with app.state.services.database.writing() as session:
        session.execute(update(MailedCode).where(MailedCode.purpose == "return").values(tries=spent))

    assert Caller(app, 1).tries(ask, codes_for(app.state.services, MARIA)[-1]).status_code == status


@pytest.mark.parametrize("asks", ["before", "after"])
@pytest.mark.breadth
def test_five_networks_that_spend_everything_keep_nobody_out_who_asked_for_the_letter(
    app: Starlette, sonia: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch, asks: str
):
    """Each has a fifth of all tries, whatever worker counts them: they stand in the database."""
    monkeypatch.setattr(mailed_codes, "OF_ALL", 15)
    monkeypatch.setattr(mailed_codes, "OF_NETWORK", 3)
    clock.move(minutes=2)
    theirs, her = Caller(app, 1).asks(), Caller(app, 50)
    ask = her.asks() if asks == "before" else ""
    for network in range(2, 7):
        for _ in range(4):  # each in a browser of its own, the last one in vain
            stranger = Caller(app, network)
            stranger.get(f"/entry/mail/code?ask={theirs}")
            assert stranger.tries(theirs, "0" * 8).status_code == 422
    code = codes_for(app.state.services, MARIA)[-1]
    with app.state.services.database.reading() as session:
        assert session.scalars(select(MailedCode.tries).order_by(MailedCode.id.desc())).first() == 15

    assert Caller(app, 60).tries(theirs, code).status_code == 422, "nothing is left for those who did not ask"
    assert her.tries(ask or her.asks(), code).status_code == 200


def test_a_network_has_its_own_tries_and_no_more(
    app: Starlette, sonia: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mailed_codes, "OF_NETWORK", 3)
    clock.move(minutes=2)
    ask = Caller(app, 1).asks()
    code = codes_for(app.state.services, MARIA)[-1]
    moved = Caller(app, 2)
    moved.get(f"/entry/mail/code?ask={ask}")
    for _ in range(3):
        assert moved.tries(ask, "0" * 8).status_code == 422
    elsewhere = Caller(app, 3)
    elsewhere.cookies.update(moved.cookies)

    neighbour, other = Caller(app, 2), Caller(app, 3)
    for caller in (neighbour, other):
        caller.get(f"/entry/mail/code?ask={ask}")

    assert neighbour.tries(ask, code).status_code == 422
    assert elsewhere.tries(ask, code).status_code == 422, "a browser counts where it first came from"
    assert other.tries(ask, code).status_code == 200


@pytest.mark.parametrize(("limit", "network"), [("PROMISED", 9), ("PROMISED_OF_NETWORK", 1)])
@pytest.mark.breadth(beside=["PROMISED-9"])
def test_only_so_many_browsers_are_promised_their_tries(
    app: Starlette, sonia: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch, limit: str, network: int
):
    """Or all who guess would have tries without end."""
    monkeypatch.setattr(mailed_codes, limit, 2)
    monkeypatch.setattr(mailed_codes, "OF_ALL", 0)
    clock.move(minutes=2)
    first, second, third = Caller(app, 1), Caller(app, 1), Caller(app, network)
    first.asks()
    second.asks()
    second.asks()
    code = codes_for(app.state.services, MARIA)[-1]

    assert third.tries(third.asks(), code).status_code == 422
    assert Caller(app, 1).tries(third.asks(), code).status_code == 422
    assert second.tries(second.asks(), code).status_code == 200


def test_all_browsers_together_have_a_thousand_tries_and_a_whole_site_of_ipv6_is_one_network(
    app: Starlette, sonia: Person, clock: Clock
):
    """A /48 that costs nothing has 256 networks of /56: they are promised what one is."""
    assert mailed_codes.OF_ALL + mailed_codes.PROMISED * TRIES == 1000
    clock.move(minutes=2)
    for number in range(2 * mailed_codes.PROMISED_OF_NETWORK):
        caller = Caller(app)
        caller.client = (f"2001:db8:1:{number:x}00::7", 40_000)
        caller.asks()

    with app.state.services.database.reading() as session:
        promised = session.scalars(select(BrowserTries).where(BrowserTries.promised.is_(True))).all()
    assert len(promised) == mailed_codes.PROMISED_OF_NETWORK


def test_every_hour_a_new_code_may_go_whatever_was_asked_before(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    before = len(codes_for(app.state.services, MARIA))
    for _ in range(12):
        Caller(app, 1).asks()
        clock.move(minutes=5)
    first = set(codes_for(app.state.services, MARIA)[before:])

    caller = Caller(app)
    ask = caller.asks()

    newest = codes_for(app.state.services, MARIA)[-1]
    assert len(first) == 1
    assert newest not in first
    assert caller.tries(ask, first.pop()).status_code == 422
    assert caller.tries(ask, newest).status_code == 200


@pytest.mark.parametrize("address", [MARIA, NOBODY])
def test_the_cookie_counts_tries_and_stays_on_these_pages(app: Starlette, sonia: Person, clock: Clock, address: str):
    clock.move(minutes=2)
    caller = Caller(app)
    asked = caller.post("/entry/mail", data={"address": address})
    told = asked.headers["set-cookie"]

    for part in ("mail=", "Path=/entry/mail", "HttpOnly", "SameSite=lax", "Max-Age=3600"):
        assert part in told
    secret = caller.cookies["mail"]
    caller.get(asked.headers["location"])
    caller.tries(asked.headers["location"].partition("?ask=")[2], "0" * 8)
    assert caller.cookies["mail"] == secret, "and is the same while it counts"
    with app.state.services.database.reading() as session:
        last = session.scalars(select(BrowserTries).order_by(BrowserTries.code_id.desc())).first()
    assert last
    assert last.tries == 1, "counted alike for everybody's address"
    assert secret.encode() not in last.browser


@pytest.mark.breadth
def test_tries_go_with_their_code(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    caller = Caller(app)
    caller.tries(caller.asks(), "0" * 8)
    assert count(app, BrowserTries) == 2, "and that of the address, when it was verified"

    assert sonia.post("/erasure").headers["location"] == "/erased"

    assert (count(app, BrowserTries), count(app, MailedCode)) == (0, 0)
