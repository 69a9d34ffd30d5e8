"""Coming back by e-mail: the tries of each browser at a code, and no stranger who keeps its holder out."""

import pytest
from sqlalchemy import event, select, update
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.mail import codes_for
from tests.fixtures.visits import Clock, Person, holder, words
from tests.routes.test_addresses import owns
from tests.routes.test_mail_return import MARIA, NOBODY, Caller, count
from wallet.crockford import ALPHABET
from wallet.mailed_codes import LABEL, OF_ALL, SIGNS, TRIES, BrowserTries, MailedCode
from wallet.returns import Return


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who gave an address on the phone that she lost."""
    owns(sonia := holder(app))
    return sonia


def spent(app: Starlette) -> int:
    """Tries of the newest code."""
    with app.state.house.database.reading() as session:
        return session.scalars(select(MailedCode.tries).order_by(MailedCode.id.desc())).first() or 0


def spend(app: Starlette, tries: int) -> None:
    """The newest code has been tried so often."""
    with app.state.house.database.keeping() as session:
        session.execute(update(MailedCode).where(MailedCode.purpose == "return").values(tries=tries))


def wrong(code: str) -> str:
    """What nobody was sent, behind the label of the letter with *code*."""
    return code[:LABEL] + ("0" if code[LABEL:].strip()[0] != "0" else "1") * SIGNS


def test_a_stranger_who_asks_first_and_always_and_spends_every_try_keeps_nobody_out(
    app: Starlette, sonia: Person, clock: Clock
):
    """Neither with the five tries of a browser, nor with those of browsers that keep no cookie."""
    clock.move(minutes=2)
    before, stranger = len(codes_for(app.state.house, MARIA)), Caller(app, 1)
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
    letters = codes_for(app.state.house, MARIA)[before:]
    assert (len(letters), len(set(letters))) == (3, 1), "the same code each time"

    her = Caller(app, 50)
    told = her.tries(her.asks(), letters[0])

    assert told.status_code == 200
    assert "Revenez le" in words(told.text)
    assert len(codes_for(app.state.house, MARIA)) == before + 3


def test_a_browser_has_five_tries_however_often_it_asks(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    guesser, caller = Caller(app, 1), Caller(app)
    for number in range(TRIES):
        assert guesser.tries(guesser.asks(), f"{number:08}").status_code == 422
    code = codes_for(app.state.house, MARIA)[-1]

    assert guesser.tries(guesser.asks(), code).status_code == 422, "and the right one comes too late"
    assert count(app, Return) == 0
    assert caller.tries(caller.asks(), code.lower().replace(" ", "-")).status_code == 200
    assert count(app, Return) == 1


def test_all_who_keep_no_cookie_have_five_tries_together(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    ask = Caller(app).asks()
    code = codes_for(app.state.house, MARIA)[-1]

    for number in range(TRIES):
        assert Caller(app, number).tries(ask, wrong(code)).status_code == 422

    last = Caller(app, TRIES)
    assert last.tries(ask, code).status_code == 422
    assert last.tries(ask, code).status_code == 200, "the answer gave it a cookie, and so tries of its own"


def test_a_browser_that_keeps_no_cookie_is_kept_out_by_nobody_who_did_not_read_the_letter(
    app: Starlette, sonia: Person, clock: Clock
):
    clock.move(minutes=2)
    ask = Caller(app).asks()
    for number in range(2 * TRIES):
        assert Caller(app, number).tries(ask, f"{number:012}").status_code == 422

    assert Caller(app, 50).tries(ask, codes_for(app.state.house, MARIA)[-1]).status_code == 200


@pytest.mark.parametrize(("tries", "status"), [(OF_ALL - 1, 200), (OF_ALL, 422)])
def test_all_browsers_together_have_a_thousand(app: Starlette, sonia: Person, clock: Clock, tries: int, status: int):
    """Whoever asked for the letter, too: there is nobody who has more."""
    clock.move(minutes=2)
    caller = Caller(app)
    ask = caller.asks()
    spend(app, tries)

    assert caller.tries(ask, codes_for(app.state.house, MARIA)[-1]).status_code == status
    assert spent(app) == OF_ALL


@pytest.mark.parametrize("asks", ["before", "after"])
def test_whoever_did_not_read_the_letter_spends_no_try_from_however_many_networks(
    app: Starlette, sonia: Person, clock: Clock, asks: str
):
    """A /48 that costs nothing has 256 networks: 55 of them had all that was promised to browsers, and all the rest."""
    clock.move(minutes=2)
    theirs, her = Caller(app, 1).asks(), Caller(app, 500)
    code = codes_for(app.state.house, MARIA)[-1]
    spend(app, OF_ALL - 1)  # of a thousand one is left
    with app.state.house.database.keeping() as session:
        code_id = session.scalars(select(MailedCode.id).order_by(MailedCode.id.desc())).first()
        for number in range(200):
            told = {"code_id": code_id, "browser": number.to_bytes(32), "network": (number // 4).to_bytes(32)}
            session.add(BrowserTries(tries=TRIES, promised=True, **told))
    ask = her.asks() if asks == "before" else ""
    for network in range(6):
        stranger = Person(app, address=f"2001:db8:1:{network:02x}00::7")
        assert stranger.post("/entry/mail", data={"address": MARIA}).status_code == 303
        tried = stranger.post("/entry/mail/code", data={"ask": theirs, "code": f"{network:012}"})
        assert tried.status_code == 422

    assert spent(app) == OF_ALL - 1
    assert her.tries(ask or her.asks(), code).status_code == 200, "at her first"


@pytest.mark.parametrize("place", range(LABEL + SIGNS))
def test_each_sign_of_what_the_letter_says_counts(app: Starlette, sonia: Person, clock: Clock, place: int):
    clock.move(minutes=2)
    caller = Caller(app)
    ask = caller.asks()
    code = codes_for(app.state.house, MARIA)[-1].replace(" ", "")
    other = ALPHABET[(ALPHABET.index(code[place]) + 1) % len(ALPHABET)]

    assert caller.tries(ask, code[:place] + other + code[place + 1 :]).status_code == 422
    assert spent(app) == (place >= LABEL), "a try is what has the label of the letter"
    assert caller.tries(ask, code).status_code == 200


@pytest.mark.parametrize("keeps_cookies", [True, False])
def test_that_the_label_was_right_does_not_show(app: Starlette, sonia: Person, clock: Clock, keeps_cookies: bool):
    """The same is asked of the database, and the same page comes."""
    clock.move(minutes=2)
    ask, asked = Caller(app).asks(), list[str]()
    code = codes_for(app.state.house, MARIA)[-1]
    event.listen(app.state.house.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def tried(number: int, typed: str) -> tuple[int, str, list[str]]:
        caller = Caller(app, number)
        if keeps_cookies:
            caller.get(f"/entry/mail/code?ask={ask}")
        asked.clear()
        answer = caller.tries(ask, typed)
        return answer.status_code, answer.text.replace(typed, ""), list(asked)

    other = ("0" if code[0] != "0" else "1") * LABEL + wrong(code)[LABEL:]
    tried(1, other)  # whatever is done once only
    assert tried(2, wrong(code)) == tried(3, other)


def test_the_label_is_another_one_for_each_code_and_the_page_says_how_long_both_are(
    app: Starlette, sonia: Person, clock: Clock
):
    clock.move(minutes=2)
    caller, labels = Caller(app), set[str]()
    for _ in range(3):
        page = caller.reads(f"/entry/mail/code?ask={caller.asks()}")
        code = codes_for(app.state.house, MARIA)[-1]
        labels.add(code[:LABEL])
        assert f"Il a {len(code.replace(' ', ''))} signes" in page
        clock.move(minutes=61)

    assert len(labels) == 3


def test_every_hour_a_new_code_may_go_whatever_was_asked_before(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    before = len(codes_for(app.state.house, MARIA))
    for _ in range(12):
        Caller(app, 1).asks()
        clock.move(minutes=5)
    first = set(codes_for(app.state.house, MARIA)[before:])

    caller = Caller(app)
    ask = caller.asks()

    newest = codes_for(app.state.house, MARIA)[-1]
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
    with app.state.house.database.reading() as session:
        last = session.scalars(select(BrowserTries).order_by(BrowserTries.code_id.desc())).first()
    assert last
    assert last.tries == 1, "counted alike for everybody's address"
    assert secret.encode() not in last.browser


def test_tries_go_with_their_code(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    caller = Caller(app)
    caller.tries(caller.asks(), "0" * 8)
    assert count(app, BrowserTries) == 2, "and that of the address, when it was verified"

    assert sonia.post("/erasure").headers["location"] == "/erased"

    assert (count(app, BrowserTries), count(app, MailedCode)) == (0, 0)
