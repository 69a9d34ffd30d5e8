"""Addresses of a holder: what is one, whose it is, and the codes that go there."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.fixtures.examined import NOW
from tests.fixtures.mailboxes import MARIA, Somebody
from tests.fixtures.quantity import here_and_in_soak
from wallet.accounts import activity, emails, holders, mailed_codes, recoveries
from wallet.accounts.crockford import ALPHABET
from wallet.accounts.emails import (
    LETTERS_AN_HOUR,
    MOST_ADDRESSES,
    EmailAddress,
    NoAddress,
    TooManyAddresses,
    spell,
)
from wallet.accounts.mailed_codes import TRIES, MailedCode, TypedCode
from wallet.accounts.outbox import Mail
from wallet.badges import ownership
from wallet.storage.database import Database, Missing
from wallet.storage.keyring import Keyring

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def maria(wallets: Database, keyring: Keyring) -> Somebody:
    return Somebody(wallets, keyring)


@pytest.fixture
def youssef(wallets: Database, keyring: Keyring) -> Somebody:
    return Somebody(wallets, keyring)


def count(wallets: Database, table: Any) -> int:
    with wallets.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def letters(wallets: Database) -> list[Mail]:
    """Those that wait to be sent."""
    with wallets.reading() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


# What is one


@pytest.mark.parametrize(
    ("typed", "written", "plain"),
    [
        ("maria@exemple.fr", "maria@exemple.fr", "maria@exemple.fr"),
        ("  Maria.Dupont+badges@Exemple.FR \n", "Maria.Dupont+badges@Exemple.FR", "maria.dupont+badges@exemple.fr"),
        ("mailto:maria@exemple.fr", "maria@exemple.fr", "maria@exemple.fr"),
        ("maria@bücher.example", "maria@bücher.example", "maria@xn--bcher-kva.example"),
        ("maria@bu\u0308cher.example", "maria@bücher.example", "maria@xn--bcher-kva.example"),
        ("o'neil@exemple.fr", "o'neil@exemple.fr", "o'neil@exemple.fr"),
    ],
)
def test_an_address_is_kept_as_written_and_compared_plainly(typed: str, written: str, plain: str):
    assert spell(typed) == (written, plain)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "maria", "maria@", "@exemple.fr", "maria@exemple", "maria@@exemple.fr", "maria exemple.fr"),
        *("maria@exemple.fr, thief@exemple.fr", "Maria <maria@exemple.fr>", "maria@exemple.fr\nBcc: a@b.fr"),
        *("maria@127.0.0.1", "maria@[127.0.0.1]", "maria@[::1]", "maria@localhost", "maria@exemple.fr:25"),
        *("maria@exemple.fr:443", "maria@exemple.fr/x", "maria@exemple.fr?x", "maria@exemple.fr#x", "maria@exemple.fr."),
        *("maria@exemple..fr", "maria@-exemple.fr", ".maria@exemple.fr", "ma..ria@exemple.fr", "maria.@exemple.fr"),
        *('"maria dupont"@exemple.fr', "mar\u0131a@exemple.fr", "\u212aevin@exemple.fr", "andré@exemple.fr"),
        *("maria\x00@exemple.fr", "maria\u200b@exemple.fr", "maria\\@exemple.fr", "m" * 65 + "@exemple.fr"),
        *("maria@" + "e" * 64 + ".fr", "m@" + ".".join(["e" * 60] * 5) + ".fr", "maria@ex\u2044emple.fr"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_none(typed: str):
    if typed == "\u212aevin@exemple.fr":  # the sign of kelvin is the letter K, to Unicode too
        assert spell(typed)[0] == "Kevin@exemple.fr"
        return
    with pytest.raises(NoAddress):
        spell(typed)


# Whose it is


@pytest.mark.breadth
def test_an_address_is_the_holders_when_its_code_came_back(maria: Somebody):
    id = maria.adds()
    assert [one.verified_at for one in maria.has()] == [None]
    (code,) = maria.codes()
    assert re.fullmatch(f"[{ALPHABET}]{{4}} [{ALPHABET}]{{4}}", code)

    assert maria.verifies(id, f" {code[:3]}-{code[3:].lower()} ".replace("0", "o").replace("1", "l")) == "right"

    (mine,) = maria.has()
    assert (mine.written, mine.plain, mine.verified_at) == (MARIA, "maria@exemple.fr", NOW)
    with maria.wallets.reading() as session:
        assert [event.what for event in activity.recent_events(session, maria.id)] == ["address-added"]


def test_the_code_in_the_database_is_none(maria: Somebody):
    maria.adds()

    with maria.wallets.reading() as session:
        row = session.scalars(select(MailedCode)).one()
    assert maria.codes()[0].encode() not in row.code_hash
    assert len(row.code_hash) == 32


@pytest.mark.breadth
def test_a_code_is_good_once_for_its_own_address_and_for_an_hour(maria: Somebody):
    id, other = maria.adds(), maria.adds("maria@autre.fr")
    (code,) = maria.codes()

    assert maria.verifies(other, code) == "wrong"
    assert maria.verifies(id, code, now=NOW + 60 * MINUTE) == "wrong"
    assert maria.verifies(id, code, now=NOW + 59 * MINUTE) == "right"
    assert maria.verifies(id, code, now=NOW + 59 * MINUTE) == "wrong"


def test_a_code_is_waited_for_as_long_as_it_is_good(maria: Somebody):
    """Else a page asks for one that opens nothing any more, and offers no other."""
    id = maria.adds()

    with maria.wallets.reading() as session:
        assert emails.awaited_codes(session, maria.id, NOW + 59 * MINUTE) == {id}
        assert emails.awaited_codes(session, maria.id, NOW + 60 * MINUTE) == set()


@pytest.mark.postgresql
@pytest.mark.parametrize("many", here_and_in_soak(15, 60, 1000))
@pytest.mark.breadth
def test_of_many_guesses_five_are_tried(maria: Somebody, many: int):
    id = maria.adds()
    (code,) = maria.codes()
    guesses = [f"{number:06}" for number in range(many) if f"{number:06}" != code]

    assert {maria.verifies(id, guess) for guess in guesses[:TRIES]} == {"wrong"}
    assert maria.verifies(id, code) == "wrong", "the right one, too late"
    assert {maria.verifies(id, guess) for guess in guesses[TRIES:]} == {"wrong"}
    with maria.wallets.reading() as session:
        assert session.scalars(select(MailedCode.tries)).one() == TRIES


@pytest.mark.postgresql
@pytest.mark.breadth
def test_of_32_guesses_at_once_five_are_tried(maria: Somebody):
    maria.adds()
    together = Barrier(8)

    def guess(_: int) -> bool:
        together.wait()
        with maria.wallets.writing() as session:
            row = session.scalars(select(MailedCode)).one()
            return mailed_codes.spend_try(session, row, TypedCode("x"), NOW, maria.code_writer)

    with ThreadPoolExecutor(8) as guessers:
        assert not any(guessers.map(guess, range(32)))
    with maria.wallets.reading() as session:
        assert session.scalars(select(MailedCode.tries)).one() == TRIES


@pytest.mark.postgresql
def test_the_right_code_sent_many_times_at_once_is_good_once(maria: Somebody):
    maria.adds()
    (code,), together = maria.codes(), Barrier(4)

    def try_it(_: int) -> bool:
        together.wait()
        with maria.wallets.writing() as session:
            row = session.scalars(select(MailedCode)).one()
            return mailed_codes.spend_try(session, row, TypedCode(code), NOW, maria.code_writer)

    with ThreadPoolExecutor(4) as together_they:
        assert sum(together_they.map(try_it, range(4))) == 1


@pytest.mark.breadth(beside=["sqlite"])
def test_another_letter_takes_a_minute_and_five_go_in_an_hour(maria: Somebody):
    id = maria.adds()
    maria.does(emails.send_code_again, id, now=NOW + 59 * timedelta(seconds=1))
    assert len(maria.codes()) == 1

    for minutes in range(1, 60):
        maria.does(emails.send_code_again, id, now=NOW + minutes * MINUTE)
    assert len(maria.codes()) == LETTERS_AN_HOUR["verify"]
    maria.does(emails.send_code_again, id, now=NOW + HOUR)
    assert len(maria.codes()) == LETTERS_AN_HOUR["verify"] + 1

    first, *_, last = maria.codes()
    assert maria.verifies(id, first, now=NOW + HOUR) == "wrong", "only the newest is good"
    assert maria.verifies(id, last, now=NOW + HOUR) == "right"


@pytest.mark.breadth
def test_five_letters_an_hour_reach_a_mailbox_whoever_asks(maria: Somebody, wallets: Database, keyring: Keyring):
    for minutes in range(10):
        Somebody(wallets, keyring).adds(now=NOW + minutes * MINUTE)

    assert len(maria.codes()) == LETTERS_AN_HOUR["verify"]


def test_a_holder_has_five_at_most_and_each_once(maria: Somebody):
    ids = [maria.adds(f"maria{number}@exemple.fr") for number in range(MOST_ADDRESSES)]

    with pytest.raises(TooManyAddresses):
        maria.adds("maria9@exemple.fr")
    assert maria.adds(" MARIA0@EXEMPLE.FR ") == ids[0]
    assert len(maria.has()) == MOST_ADDRESSES


def test_another_holders_address_is_told_to_whoever_reads_its_mailbox_and_to_nobody_else(
    maria: Somebody, youssef: Somebody
):
    maria.owns()

    id = youssef.adds("maria@exemple.fr", now=NOW + 2 * MINUTE)  # as with any other address
    code = youssef.codes("maria@exemple.fr")[-1]
    assert youssef.verifies(id, "00000000", now=NOW + 2 * MINUTE) == "wrong"
    assert youssef.verifies(id, code, now=NOW + 2 * MINUTE) == "another's"

    assert [one.verified_at for one in youssef.has()] == [None]
    assert maria.has()[0].verified_at == NOW


@pytest.mark.postgresql
def test_whoever_was_signed_out_meanwhile_verifies_and_removes_nothing(maria: Somebody):
    owned, id = maria.owns(), maria.adds("other@exemple.fr")
    with maria.wallets.writing() as session:
        holders.sign_out(session, maria.known.device.id)

    for attempt in (
        lambda: maria.verifies(id, maria.codes("other@exemple.fr")[-1]),
        lambda: maria.does(ownership.remove_address, owned),
    ):
        with pytest.raises(Missing):
            attempt()
    assert [one.verified_at is not None for one in maria.has()] == [True, False]


def test_what_was_never_verified_can_be_anybodys(maria: Somebody, youssef: Somebody):
    maria.adds("Youssef@exemple.fr")

    id = youssef.adds("youssef@exemple.fr", now=NOW + MINUTE)

    assert youssef.verifies(id, youssef.codes("youssef@exemple.fr")[-1], now=NOW + MINUTE) == "right"


def test_an_address_that_is_taken_away_is_free_for_somebody_else(maria: Somebody, youssef: Somebody):
    id = maria.owns()
    maria.does(ownership.remove_address, id)

    assert maria.has() == []
    assert maria.codes() == [], "no letter is on its way there any more"
    assert youssef.owns("maria@exemple.fr", now=NOW + 2 * MINUTE)
    with maria.wallets.reading() as session:
        assert [e.what for e in activity.recent_events(session, maria.id)] == ["address-removed", "address-added"]


def test_what_maria_takes_away_drops_no_letter_of_youssefs_to_the_same_mailbox(maria: Somebody, youssef: Somebody):
    id = maria.adds("nous@exemple.fr")
    youssef.adds("nous@exemple.fr", now=NOW + MINUTE)

    maria.does(ownership.remove_address, id)

    assert [one.holder_id for one in letters(maria.wallets)] == [youssef.id]


def test_the_code_of_an_address_that_was_taken_away_is_good_for_nothing(maria: Somebody):
    id = maria.adds()
    (code,) = maria.codes()
    maria.does(ownership.remove_address, id)

    assert maria.verifies(maria.adds(), code) == "wrong"


def test_a_verified_address_stays_as_it_was_written(maria: Somebody):
    maria.owns()

    maria.adds(MARIA.upper(), now=NOW + HOUR)

    assert [one.written for one in maria.has()] == [MARIA]


def test_who_comes_back_is_told_where_mail_is_marias_and_in_her_language(maria: Somebody):
    maria.owns()
    with maria.wallets.writing() as session:
        session.get_one(holders.Holder, maria.id).language = "en"
        session.execute(Mail.__table__.delete())
        session.add(EmailAddress(holder_id=maria.id, written="x@exemple.fr", plain="x@exemple.fr", added_at=NOW))

    maria.wallets.write(emails.begin_return, MARIA, NOW, maria.code_writer)
    maria.wallets.write(emails.notify_of_return, maria.id, "return-begun", NOW, "fr")

    told = [(one.kind, one.address, one.language) for one in letters(maria.wallets)]
    assert told == [("return", "Maria@exemple.fr", "en"), ("return-begun", "Maria@exemple.fr", "en")]


def test_who_comes_back_where_no_code_lives_and_no_letter_may_go_gets_at_no_code(maria: Somebody):
    maria.owns()
    for number in range(LETTERS_AN_HOUR["return"]):
        late = NOW + number * emails.LETTER_EVERY["return"]
        assert maria.wallets.write(emails.begin_return, MARIA, late, maria.code_writer)
    with maria.wallets.writing() as session:
        mailed_codes.end_codes(session, maria.has()[0].plain, maria.id, late)

    assert maria.wallets.write(emails.begin_return, MARIA, late, maria.code_writer) == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("way", ["paper", "mail"])
@pytest.mark.breadth
def test_while_somebody_came_back_no_address_changes(maria: Somebody, way: Any):
    id, waits = maria.owns(), maria.adds("new@exemple.fr")
    code = maria.codes("new@exemple.fr")[-1]
    with maria.wallets.writing() as session:
        back = recoveries.begin_recovery(session, maria.id, way, "android", NOW)
        recoveries.complete_recovery(back, NOW)

    for what, told in (
        (emails.add_address, ("other@exemple.fr",)), (ownership.verify_address, (waits, code)), (ownership.remove_address, (id,))
    ):  # fmt: skip
        with pytest.raises(recoveries.RecoveryPending):
            maria.does(what, *told)

    assert len(maria.has()) == 2
    later = NOW + recoveries.RECOVERY_GUARD
    maria.does(ownership.remove_address, id, now=later)
    assert len(maria.has()) == 1


def test_what_is_marias_is_missing_for_youssef(maria: Somebody, youssef: Somebody):
    id = maria.adds()

    for what, told in (
        (ownership.verify_address, (id, maria.codes()[0])),
        (emails.send_code_again, (id,)),
        (ownership.remove_address, (id,)),
    ):
        with pytest.raises(Missing):
            youssef.does(what, *told)


def test_codes_are_forgotten_when_no_letter_is_counted_by_them(maria: Somebody):
    maria.adds()

    for minutes, left in ((119, 1), (120, 0)):
        with maria.wallets.writing() as session:
            mailed_codes.forget_old_codes(session, NOW + minutes * MINUTE)
        assert count(maria.wallets, MailedCode) == left


def test_of_many_codes_that_are_over_none_can_be_read_after_one_round(maria: Somebody, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mailed_codes, "SOME", 2)
    with maria.wallets.writing() as session:
        for number in range(5):
            told = {"plain": f"{number}@example.org", "code_hash": bytes(32), "sealed": b"a code", "ends_at": NOW}
            session.add(MailedCode(purpose="verify", **told))

    while maria.wallets.write(mailed_codes.forget_old_codes, NOW):
        pass

    with maria.wallets.reading() as session:
        assert [one.sealed for one in session.scalars(select(MailedCode))] == [None] * 5
