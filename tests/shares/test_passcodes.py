"""The six digits of a share: tries are counted before they are looked at, five in fifteen minutes, twenty in all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.fixtures.examined import NOW, found, keeps, somebody_with_a_key
from tests.fixtures.quantity import here_and_in_soak
from wallet.shares import lifecycle, models, owner_view, passcodes
from wallet.shares.models import Choice
from wallet.shares.passcodes import LATELY, MOST, MOST_LATELY, PASS_LASTS, Passcode
from wallet.storage.database import Database, Missing
from wallet.storage.keyring import Keyring

SECOND = timedelta(seconds=1)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys.json")


class Coded:
    """A share with six digits, seen from both sides."""

    def __init__(self, wallets: Database, keyring: Keyring) -> None:
        self.wallets, self.keyring = wallets, keyring
        self.holder = somebody_with_a_key(wallets)
        choice = Choice(badge_ids=keeps(wallets, self.holder, found()), ends_at=NOW + timedelta(days=7))
        with wallets.writing() as session:
            code = passcodes.make_passcode(keyring.seal)
            self.id = lifecycle.create_share(session, self.holder, choice, keyring.seal, NOW, code=code).id

    @property
    def row(self) -> Passcode:
        with self.wallets.reading() as session:
            return session.scalars(select(Passcode).where(Passcode.share_id == self.id)).one()

    @property
    def digits(self) -> str:
        with self.wallets.reading() as session:
            return owner_view.get_owned_share(session, self.holder, self.id, self.keyring.unseal, NOW).code

    @property
    def is_paused(self) -> bool:
        with self.wallets.reading() as session:
            told = owner_view.get_owned_share(session, self.holder, self.id, self.keyring.unseal, NOW)
            assert passcodes.are_tries_paused(session, self.id) == told.is_paused
            return told.is_paused

    def tried(self, after: timedelta = timedelta(0)) -> bool:
        """Whether one more try is looked at."""
        with self.wallets.writing() as session:
            return passcodes.begin_code_try(session, self.id, NOW + after) is not None

    def is_right(self, after: timedelta = timedelta(0)) -> bool:
        """Whether somebody with the right digits gets in."""
        with self.wallets.writing() as session:
            begun = passcodes.begin_code_try(session, self.id, NOW + after)
        if begun:
            self.changes(lambda session, _: passcodes.give_back_try(session, begun))
        return begun is not None

    def changes(self, change: Callable[..., None], *who: int) -> None:
        with self.wallets.writing() as session:
            change(session, *who, self.id)


@pytest.fixture
def coded(wallets: Database, keyring: Keyring) -> Coded:
    return Coded(wallets, keyring)


def test_the_owner_reads_six_digits_which_are_right(coded: Coded) -> None:
    digits = coded.digits

    assert len(digits) == 6
    assert digits.isdecimal()
    assert passcodes.is_code_right(coded.row.code_hash, digits)
    assert not passcodes.is_code_right(coded.row.code_hash, f"{(int(digits) + 1) % 10**6:06}")


def test_six_digits_may_begin_with_noughts(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _most: 42)

    made = passcodes.make_passcode(keyring.seal)

    assert keyring.unseal(made.sealed, passcodes.PASSCODE_SEAL) == b"000042"
    assert passcodes.is_code_right(made.hash, "000042")


def test_they_are_kept_as_argon2id_as_costly_as_is_asked_for_and_nowhere_in_plain(
    as_served: None, coded: Coded
) -> None:
    kept = coded.row

    assert kept.code_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), "OWASP Password Storage Cheat Sheet"
    assert coded.keyring.unseal(kept.code_sealed, passcodes.PASSCODE_SEAL) == coded.digits.encode()
    with coded.wallets.reading() as session:
        rows = repr([dict(row) for row in session.execute(text("SELECT * FROM passcodes")).mappings()])
    assert coded.digits not in rows


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("12-34-56", "123456"),
        ("12\u00a034\u202f56", "123456"),
        ("code : 123456.", "123456"),
        ("٠١٢٣٤٥", "012345"),
        ("12345", ""),
        ("1234567", ""),
        ("", ""),
        ("²²²²²²", ""),
        ("abcdef", ""),
        ("1" * 5_000, ""),
    ],
)
def test_digits_are_read_whatever_stands_between_them(typed: str, digits: str) -> None:
    assert passcodes.code_digits(typed) == digits


def test_five_tries_are_looked_at_and_the_sixth_waits(coded: Coded) -> None:
    assert [coded.tried() for _ in range(7)] == [True] * 5 + [False] * 2
    assert not coded.tried(LATELY - SECOND)
    assert coded.tried(LATELY)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_there_are_never_more_than_five_in_any_fifteen_minutes(coded: Coded) -> None:
    """Not around the end of a window either, where a window that opens with its first try lets ten through."""
    first, then = [0], [minute for minute in range(14, 80) for _ in range(6)]
    tried = [minute for minute in first + then if coded.tried(timedelta(minutes=minute))]

    assert all(later - first >= 15 for first, later in zip(tried, tried[MOST_LATELY:], strict=False))
    assert tried == [0, *[14] * 4, *[29] * 5, *[44] * 5, *[59] * 5]


def test_tries_with_no_quiet_between_them_count_together(coded: Coded) -> None:
    slowly = [coded.tried(timedelta(minutes=14 * number)) for number in range(6)]

    assert slowly == [True] * 5 + [False]


def test_after_twenty_it_pauses_for_all_until_the_owner_goes_on(coded: Coded) -> None:
    tried = sum(coded.tried(LATELY * number) for number in range(1, 6) for _ in range(5))

    assert tried == MOST
    assert coded.is_paused
    assert not coded.tried(timedelta(days=365))

    coded.changes(lifecycle.allow_code_tries, coded.holder)
    assert not coded.is_paused
    assert coded.tried(LATELY * 5)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_when_the_owner_goes_on_it_is_open_at_once(coded: Coded) -> None:
    """Within the quarter of an hour in which the last tries were, which begin anew as well."""
    tried = sum(coded.tried(LATELY * number) for number in range(1, 5) for _ in range(5))
    assert tried == MOST
    assert not coded.tried(LATELY * 4)

    coded.changes(lifecycle.allow_code_tries, coded.holder)

    assert [coded.tried(LATELY * 4) for _ in range(6)] == [True] * 5 + [False]


def test_a_right_one_gives_back_its_own_try_and_no_other(coded: Coded) -> None:
    for _ in range(4):
        coded.tried()

    for _ in range(30):  # as many people with the right digits come as like to
        assert coded.is_right()

    assert (coded.row.tries, coded.row.lately) == (4, 4)
    assert [coded.tried(), coded.tried()] == [True, False]


def test_nothing_is_given_back_below_nothing(coded: Coded) -> None:
    with coded.wallets.writing() as session:
        begun = passcodes.begin_code_try(session, coded.id, NOW)
        assert begun
    coded.changes(lifecycle.allow_code_tries, coded.holder)

    coded.changes(lambda session, _: passcodes.give_back_try(session, begun))

    assert (coded.row.tries, coded.row.lately) == (0, 0)


def test_at_a_fair_the_right_ones_do_not_make_the_wrong_ones_last(coded: Coded) -> None:
    """Paul is wrong now and then; Sonia's other visitors, who are right all day, keep nothing of it alive."""
    for minute in range(110):
        assert coded.is_right(timedelta(minutes=minute, seconds=30))
        if minute % 20 == 0:
            assert coded.tried(timedelta(minutes=minute, seconds=40))

    assert (coded.row.tries, coded.row.lately) == (6, 1)
    assert coded.row.since == NOW + timedelta(minutes=100, seconds=40), "when the last wrong one was"


def test_a_right_one_takes_no_moment_away_from_one_that_was_begun_since(coded: Coded) -> None:
    assert coded.tried()
    with coded.wallets.writing() as session:
        right = passcodes.begin_code_try(session, coded.id, NOW + SECOND)
    assert right
    assert coded.tried(2 * SECOND)

    coded.changes(lambda session, _: passcodes.give_back_try(session, right))

    assert (coded.row.tries, coded.row.lately, coded.row.since) == (2, 2, NOW + 2 * SECOND)


def test_where_the_share_is_gone_nobody_is_told_to_wait(coded: Coded) -> None:
    with coded.wallets.writing() as session:
        session.delete(session.get_one(models.Share, coded.id))

    assert not coded.tried()
    with coded.wallets.reading() as session, pytest.raises(Missing):
        passcodes.are_tries_paused(session, coded.id)


@pytest.mark.postgresql
@pytest.mark.parametrize("at_once", here_and_in_soak(16, 40, 200))
@pytest.mark.breadth(beside=["sqlite-16"])
def test_many_who_try_at_once_are_counted_one_by_one(coded: Coded, at_once: int) -> None:
    with ThreadPoolExecutor(32) as crowd:
        looked_at = [sum(crowd.map(coded.tried, [LATELY * round] * at_once)) for round in range(5)]

    assert looked_at == [5, 5, 5, 5, 0]


def test_a_pass_is_for_its_code_and_for_fifteen_minutes(coded: Coded, keyring: Keyring, tmp_path: Path) -> None:
    code_hash, another = coded.row.code_hash, Coded(coded.wallets, keyring).row.code_hash
    given = passcodes.pass_for(keyring.mark, code_hash, NOW)

    assert passcodes.is_valid_pass(keyring.mark, code_hash, given, NOW)
    assert passcodes.is_valid_pass(keyring.mark, code_hash, given, NOW + PASS_LASTS - SECOND)
    assert not passcodes.is_valid_pass(keyring.mark, code_hash, given, NOW + PASS_LASTS)
    assert not passcodes.is_valid_pass(keyring.mark, another, given, NOW), "of another share"
    assert not passcodes.is_valid_pass(Keyring(tmp_path / "other.json").mark, code_hash, given, NOW), (
        "of another instance"
    )


@pytest.mark.parametrize("bent", [
    "", "-", "0-", "x", "٣-x", "-1-x", "99999999999999999999-x", "1e9-x", "{later}-{signature}", "{ends}-", "{ends}",
    "{ends}-{signature}0", "{ends}-{half}", " {ends}-{signature}", "{ends}-é", "0{ends}-{signature}x",
])  # fmt: skip
def test_a_pass_that_was_made_up_is_none(keyring: Keyring, bent: str) -> None:
    ends, _, signature = passcodes.pass_for(keyring.mark, "a hash", NOW).partition("-")
    given = bent.format(ends=ends, later=int(ends) + 60, signature=signature, half=signature[:16])

    assert not passcodes.is_valid_pass(keyring.mark, "a hash", given, NOW)
