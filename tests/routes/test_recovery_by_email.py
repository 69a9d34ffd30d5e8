"""Coming back by e-mail: two days of wait, told to everybody, stopped by whoever was there before; and it tells no one
whose address is whose."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.mail import codes_for, kinds_for
from tests.fixtures.quantity import counted_as, here_and_in_soak
from tests.fixtures.visits import Clock, Person, holder, signed, words
from tests.routes.test_addresses import owns
from tests.routes.test_recovery_codes import makes_a_paper, opens
from wallet import accounts
from wallet.accounts import holders, recoveries
from wallet.accounts.mailed_codes import MailedCode
from wallet.accounts.outbox import Mail
from wallet.accounts.recoveries import Recovery
from wallet.recovery import flows

MARIA, NOBODY = "maria@exemple.fr", "nobody@exemple.fr"
ASK = re.compile(r"(?<=ask=)[\w=-]{52}|(?<=value=\")[\w=-]{52}")
"""What stands for a code: as long for all."""


class Caller(Person):
    """Somebody with no device of the wallet, who reads the mailbox or does not; each call from another network."""

    def __init__(self, app: Starlette, number: int = 0, **more: Any) -> None:
        super().__init__(app, address=f"203.{number // 200}.{number % 200}.7", **more)

    def asks(self, address: str = MARIA) -> str:
        """A letter is asked for: what stands for its code."""
        answer = self.post("/entry/mail", data={"address": address})
        assert answer.status_code == 303
        return str(answer.headers["location"]).partition("?ask=")[2]

    def tries(self, ask: str, code: str, **more: str) -> Any:
        """A code is typed; what is told of a right one is read."""
        answer = self.post("/entry/mail/code", data={"ask": ask, "code": code, **more})
        told = answer.headers.get("location", "")
        return self.get(told) if "?told=" in told else answer

    def calls(self, address: str = MARIA, **more: str) -> Any:
        """The address, then the code from its mailbox."""
        ask = self.asks(address)
        return self.tries(ask, codes_for(self.services, address)[-1], **more)


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps two badges and gave an address, on the phone that she is about to lose."""
    sonia = holder(app, ("a.json", signed()), ("b.json", signed("adapter-1")))
    owns(sonia)
    return sonia


def stops(person: Person, clock: Clock) -> None:
    """« Arrêter », on a device that was there before."""
    token = person.cookies["wallet"]
    with person.services.database.writing() as session:
        known = holders.recognise(session, token, clock())
        assert known
        holders.note_key_shown(session, known.device.id, clock())
    with person.services.database.writing() as session:
        known = holders.recognise(session, token, clock())
        assert known
        running = recoveries.running_recoveries(session, known.holder.id, clock())
        assert flows.stop_recovery(session, known, running[0].id, clock()) == ""


def count(app: Starlette, table: Any) -> int:
    with app.state.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.breadth
def test_who_lost_the_phone_comes_back_after_two_days_with_all_the_badges(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    caller = Caller(app)
    assert "Vos badges s’ouvrent 2 jours après." in caller.reads("/entry/mail")

    told = caller.calls()
    assert told.status_code == 200
    assert "Revenez le 26 novembre 2026 à 11 h 14" in words(told.text).replace("\u00a0", " ")
    assert "wallet" not in caller.cookies
    clock.move(hours=47, minutes=59)
    assert "Revenez le 26 novembre" in words(caller.calls().text), "not yet"
    clock.move(minutes=1)
    entered = caller.calls()

    assert (entered.status_code, entered.headers["location"]) == (303, "/returns")
    shown = caller.reads("/returns")
    assert "Votre papier" not in shown, "he came by none, and may have none"
    assert "Par e-mail, on attend 2 jours" in shown.replace("\u00a0", " ")
    assert len(caller.has()) == 2
    assert caller.makes_a_key().status_code == 200, "and a key for next time"


@pytest.mark.breadth
def test_whoever_loads_it_again_reads_the_day_again_also_in_english(app: Starlette, sonia: Person):
    """The code is used by then, and would be a wrong one."""
    malik = Caller(app)
    ask = malik.asks()
    sent = malik.post("/entry/mail/code", data={"ask": ask, "code": codes_for(sonia.services, MARIA)[-1]})

    told = sent.headers["location"]

    for _ in range(2):
        assert "Revenez le 26 novembre 2026 à 11 h 12" in malik.reads(told).replace("\u00a0", " ")
    (way,) = set(re.findall(r'name="next" value="([^"]*)"', malik.page(told)))
    there = malik.post("/language", data={"language": "en", "next": unescape(way)}).headers["location"]
    assert "26 November 2026" in malik.reads(there).replace("\u00a0", " ")


@pytest.mark.parametrize("told", ["", "x", "é", "AAAA", "=" * 399])
def test_of_what_nobody_told_no_day_is_read(app: Starlette, told: str):
    assert "Votre code" in Caller(app).reads(f"/entry/mail/code?told={told}")


@pytest.mark.parametrize(
    ("made", "minutes", "lets_in"),
    [("nothing", 1, True), ("nothing", 60, True), ("nothing", 61, False), ("a key", 1, False), ("a paper", 1, False)],
)
@pytest.mark.breadth(beside=["nothing-60-True"])
def test_an_answer_that_got_lost_makes_nobody_wait_two_more_days(
    app: Starlette, sonia: Person, clock: Clock, made: str, minutes: int, lets_in: bool
):
    clock.move(minutes=2)
    assert Caller(app).calls().status_code == 200
    clock.move(hours=48)
    lost = Caller(app)
    assert lost.calls().headers["location"] == "/returns"
    if made == "a key":
        assert lost.makes_a_key().status_code == 200
    elif made == "a paper":
        assert lost.post("/paper").status_code == 200

    clock.move(minutes=minutes)
    again = Caller(app)
    answer = again.calls()

    assert (answer.status_code == 303, len(again.has()) == 2) == (lets_in, lets_in)
    assert ("Revenez le 28 novembre 2026" in words(answer.text).replace("\u00a0", " ")) == (not lets_in)
    with sonia.services.database.reading() as session:
        entered = session.scalars(select(Recovery.ends_at).where(Recovery.entered_at.is_not(None))).all()
    assert entered == [clock() - timedelta(minutes=minutes) + recoveries.RECOVERY_GUARD], "the same return"
    assert kinds_for(app.state.services, MARIA).count("return-entered") == 1 + lets_in


def test_the_wait_and_the_entry_are_told_at_every_address(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    owns(sonia, "other@exemple.fr")
    caller = Caller(app)

    caller.calls()
    clock.move(minutes=2)
    caller.calls()
    for address in (MARIA, "other@exemple.fr"):
        assert kinds_for(app.state.services, address).count("return-begun") == 1
    clock.move(hours=48)
    caller.calls()

    for address in (MARIA, "other@exemple.fr"):
        assert kinds_for(app.state.services, address).count("return-entered") == 1


def test_whoever_enters_by_the_paper_is_told_at_the_address_too(app: Starlette, sonia: Person):
    thief = Person(app, language="en", address="198.51.100.7")

    assert opens(thief, makes_a_paper(sonia))

    assert kinds_for(app.state.services, MARIA).count("return-entered") == 1
    with sonia.services.database.reading() as session:
        spoken = session.scalars(select(Mail.language).where(Mail.kind == "return-entered")).all()
    assert spoken == ["en"], "where the holder chose none, that of whoever enters"


@pytest.mark.breadth
def test_what_was_looked_at_before_comes_along(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    Caller(app).calls()
    clock.move(hours=48)
    caller = Caller(app)
    caller.brings(("found.json", signed("organiser-1")))

    caller.calls()

    assert len(caller.has()) == 3


def test_on_a_computer_that_others_use_it_closes_soon(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    Caller(app).calls()
    clock.move(hours=48)
    caller = Caller(app)

    entered = caller.calls(shared="yes")

    assert "Max-Age" not in entered.headers["set-cookie"]
    assert len(caller.has()) == 2
    clock.move(minutes=11)
    assert caller.get("/badges").headers["location"] == "/"


# Nobody learns whose address is whose


def told(answer: Any) -> tuple[int, str, int]:
    """All that an answer shows, but for what is random in it."""
    where = ASK.sub("", answer.headers.get("location", ""))
    return answer.status_code, where + ASK.sub("", answer.text), len(answer.content)


@pytest.mark.parametrize("calls", here_and_in_soak(20, 200))
@pytest.mark.breadth
def test_calls_for_a_known_address_and_for_an_unknown_one_are_alike(
    app: Starlette, sonia: Person, clock: Clock, calls: int
):
    seen: dict[str, set[Any]] = {MARIA: set(), NOBODY: set()}
    for number in range(calls):
        clock.move(minutes=3)
        for place, address in enumerate(seen):
            caller = Caller(app, 2 * number + place)
            asked = caller.post("/entry/mail", data={"address": address})
            page = caller.get(asked.headers["location"])
            tried = caller.tries(asked.headers["location"].partition("?ask=")[2], "no code")
            seen[address].add((told(asked), len(asked.headers["location"]), told(page), told(tried)))

    assert seen[MARIA] == seen[NOBODY]
    assert len(seen[MARIA]) == 1
    with app.state.services.database.reading() as session:
        counted = select(MailedCode.plain, func.count()).group_by(MailedCode.plain)
        rows = {plain: number for plain, number in session.execute(counted)}  # noqa: C416  # rows, made plain
    assert rows[MARIA] - rows[NOBODY] in {0, 1}, "a decoy for each; and Maria's own first one"
    assert kinds_for(app.state.services, NOBODY) == []


def test_an_address_that_was_never_verified_is_nobodys(app: Starlette, sonia: Person, clock: Clock):
    sonia.post("/addresses", data={"address": "new@exemple.fr"})
    (code,) = codes_for(sonia.services, "new@exemple.fr")
    caller = Caller(app)

    assert caller.tries(caller.asks("new@exemple.fr"), code).status_code == 422
    assert kinds_for(app.state.services, "new@exemple.fr") == ["verify"]


def test_a_letter_goes_to_the_address_as_its_holder_wrote_it(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)

    Caller(app).asks("  MARIA@EXEMPLE.FR ")

    assert kinds_for(app.state.services, MARIA)[-1] == "return"
    assert kinds_for(app.state.services, "MARIA@exemple.fr") == []


@pytest.mark.parametrize("ask", ["", "x", "é", "A" * 50, "A" * 5000, "=" * 50, "\x00"])
def test_what_stands_for_no_code_is_a_wrong_one(app: Starlette, sonia: Person, ask: str):
    assert Caller(app).tries(ask, "000000").status_code == 422
    assert Caller(app).get("/entry/mail/code", params={"ask": ask}).status_code == 200


def test_whoever_typed_no_code_is_asked_for_it_and_has_all_tries(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    caller = Caller(app)
    ask = caller.asks()

    for none in ("", " ", "-") * 3:
        told = words(caller.tries(ask, none).text)
        assert "Tapez le code." in told
        assert "trop vieux" not in told

    assert "Revenez le 26 novembre" in words(caller.tries(ask, codes_for(app.state.services, MARIA)[-1]).text)


def test_in_another_language_or_after_a_slip_it_is_the_same_code_that_is_asked_for(app: Starlette):
    kevin = Person(app)
    asks = kevin.post("/entry/mail", data={"address": "sonia@exemple.fr"}).headers["location"]

    wrong = kevin.post("/entry/mail/code", data={"ask": asks.partition("=")[2], "code": "12"})

    for page in (kevin.page(asks), wrong.text):
        (way,) = set(re.findall(r'formaction="(/language[^"]*)"', page))
        (ask,) = re.findall(r'name="ask" value="([^"]*)"', page)
        there = kevin.post(unescape(way), data={"ask": ask, "code": "12", "step": "again"}, follow_redirects=True).text
        assert f'name="ask" value="{asks.partition("=")[2]}"' in there
        assert 'value="12"' in there


@pytest.mark.breadth
def test_whoever_did_not_ask_cannot_try(app: Starlette, sonia: Person, clock: Clock):
    """The number of a code is sealed: a guesser uses up nobody's tries."""
    clock.move(minutes=2)
    caller, guesser = Caller(app), Caller(app, 1)
    ask = caller.asks()
    for number in range(20):
        guesser.tries(str(number), "000000")

    assert caller.tries(ask, codes_for(app.state.services, MARIA)[-1]).status_code == 200


@pytest.mark.breadth
def test_many_calls_from_one_place_are_slowed_down(app: Starlette, sonia: Person):
    caller = Caller(app)

    with counted_as(app.state.services, 290):
        assert caller.post("/entry/mail", data={"address": "0@exemple.fr"}).status_code == 303
    answers = [caller.post("/entry/mail", data={"address": f"{n}@exemple.fr"}).status_code for n in range(1, 21)]

    assert answers == [303] * 10 + [429] * 10
    assert Caller(app, 1).post("/entry/mail", data={"address": MARIA}).status_code == 303


@pytest.mark.parametrize("typed", ["", "maria", "maria@exemple", "a@b.fr\nBcc: c@d.fr", "m" * 5000 + "@exemple.fr"])
def test_what_is_no_address_is_told(app: Starlette, typed: str):
    answer = Caller(app).post("/entry/mail", data={"address": typed})

    assert answer.status_code == 422
    assert "Ce n’est pas une adresse e-mail entière." in words(answer.text)


def test_who_is_in_needs_none_of_it(sonia: Person):
    assert sonia.get("/entry/mail").headers["location"] == "/badges"
    assert sonia.get("/entry/mail/code").headers["location"] == "/badges"
    in_english = sonia.post("/entry/mail/code", data={"ask": "rien", "code": "12", "step": "again"})
    assert in_english.headers["location"] == "/badges"


def test_a_code_typed_where_she_is_in_by_her_key_since_lets_nobody_in(app: Starlette, sonia: Person, clock: Clock):
    """Sonia found her phone: her device stays one that was there before, and nothing of hers waits for three days."""
    clock.move(minutes=2)
    Caller(app).calls()
    clock.move(hours=48)
    ask = Caller(app).asks()
    device = sonia.cookies["wallet"]

    answer = sonia.post("/entry/mail/code", data={"ask": ask, "code": codes_for(sonia.services, MARIA)[-1]})

    assert answer.headers["location"] == "/badges"
    assert sonia.cookies["wallet"] == device
    with sonia.services.database.reading() as session:
        assert accounts.pending_until(session, 1, clock()) is None


# A thief with the mailbox


@pytest.mark.parametrize("hours", [0, 24, 47.9])
@pytest.mark.breadth(beside=["47.9", "0", "24"])
def test_a_thief_who_waits_is_stopped(app: Starlette, sonia: Person, clock: Clock, hours: float):
    clock.move(minutes=2)
    thief = Caller(app)
    thief.calls()
    clock.move(hours=hours)

    stops(sonia, clock)

    clock.move(hours=1)
    answer = thief.calls()
    assert words(answer.text).count("Ce retour est arrêté") == 2, "title and head, and nothing more"
    assert "2026" not in words(answer.text)
    clock.move(hours=46)
    assert "Ce retour est arrêté" in words(thief.calls().text)
    assert "wallet" not in thief.cookies
    assert thief.get("/badges").headers["location"] == "/"
    assert len(sonia.has()) == 2


@pytest.mark.parametrize("hours", [0, 71.9])
@pytest.mark.breadth(beside=["0", "71.9"])
def test_a_thief_who_got_in_is_put_out(app: Starlette, sonia: Person, clock: Clock, hours: float):
    clock.move(minutes=2)
    thief = Caller(app)
    thief.calls()
    clock.move(hours=48)
    assert thief.calls().status_code == 303
    assert thief.makes_a_key().status_code == 200
    clock.move(hours=hours)

    stops(sonia, clock)

    assert thief.get("/badges").headers["location"] == "/"
    assert thief.enters().status_code == 400
    clock.move(minutes=2)
    assert "Ce retour est arrêté" in words(thief.calls().text)
    assert len(sonia.has()) == 2


def test_a_thief_who_got_in_takes_nothing_away(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    thief = Caller(app)
    thief.calls()
    clock.move(hours=48)
    thief.calls()
    assert thief.makes_a_key().status_code == 200

    for path, sent in (("/addresses/1/removal", {}), ("/addresses", {"address": "thief@exemple.fr"})):
        assert thief.post(path, data=sent).status_code == 409, path

    assert MARIA in sonia.page("/addresses")
    assert "thief@exemple.fr" not in sonia.page("/addresses")


def test_after_a_stop_the_holder_may_come_back_by_the_same_mailbox_two_days_later(
    app: Starlette, sonia: Person, clock: Clock
):
    clock.move(minutes=2)
    caller = Caller(app)
    caller.calls()
    stops(sonia, clock)

    clock.move(hours=48)

    assert "Revenez le 28 novembre" in words(caller.calls().text)


def test_an_address_that_was_taken_away_brings_nobody_back(app: Starlette, sonia: Person, clock: Clock):
    clock.move(minutes=2)
    caller = Caller(app)
    ask = caller.asks()
    code = codes_for(app.state.services, MARIA)[-1]
    assert sonia.post("/addresses/1/removal").status_code == 303

    assert caller.tries(ask, code).status_code == 422
    assert count(app, Recovery) == 0
