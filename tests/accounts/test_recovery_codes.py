"""The rescue paper: it opens once, of 32 at once one; there is one, and of its code nobody reads anything here."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.fixtures.authenticator import Key
from tests.fixtures.people import NOW, count, somebody
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.ways_in import (
    LATE,
    MINUTE,
    SECOND,
    adds_key,
    at_once,
    comes_by_paper,
    enters_by_paper,
    happened,
    is_open,
    paper_for,
    paper_only,
)
from wallet.accounts import crockford, recovery_codes
from wallet.accounts.holders import Device, SignedIn
from wallet.accounts.recoveries import Recovery
from wallet.accounts.recovery_codes import AGAIN, RecoveryCode
from wallet.storage.database import Database, Missing


def test_a_code_opens_one_wallet_and_no_other(people: Database, maria: SignedIn) -> None:
    code = paper_for(people, maria)
    youssef, his = paper_only(people)

    assert comes_by_paper(people, code, LATE).holder.id == maria.holder.id
    assert comes_by_paper(people, his, LATE).holder.id == youssef.holder.id
    with people.reading() as session:
        assert recovery_codes.is_recovery_code_of(session, maria.holder.id, code)
        assert not recovery_codes.is_recovery_code_of(session, maria.holder.id, his)
        assert not recovery_codes.is_recovery_code_of(session, maria.holder.id, crockford.new_code())
        assert recovery_codes.holder_of_recovery_code(session, his) == youssef.holder.id


@pytest.mark.parametrize("guesses", here_and_in_soak(500, 10_000))
@pytest.mark.breadth
def test_guesses_open_nothing(people: Database, maria: SignedIn, guesses: int) -> None:
    paper_for(people, maria)

    with people.writing() as session:
        assert not any(recovery_codes.use_recovery_code(session, crockford.new_code(), NOW) for _ in range(guesses))
    assert count(people, Recovery) == 0


@pytest.mark.postgresql
def test_what_is_no_code_opens_nothing(people: Database, maria: SignedIn) -> None:
    paper_for(people, maria)

    for code in ("", "x", "\0", "\ud800", "é" * 26, "' OR 1=1 --", "0" * 10_000):
        with pytest.raises(Missing):
            enters_by_paper(people, code, NOW)


@pytest.mark.postgresql
@pytest.mark.parametrize("many", here_and_in_soak(12, 32))
@pytest.mark.breadth
def test_a_paper_used_by_many_at_once_lets_one_in(people: Database, maria: SignedIn, many: int) -> None:
    code, devices = paper_for(people, maria), count(people, Device)

    told = at_once([lambda: enters_by_paper(people, code, LATE)] * many, Missing)

    assert sum(isinstance(one, str) for one in told) == 1
    assert sum(isinstance(one, Missing) for one in told) == many - 1
    assert (count(people, Device), count(people, Recovery)) == (devices + 1, 1)


@pytest.mark.postgresql
@pytest.mark.parametrize("many", here_and_in_soak(12, 32))
@pytest.mark.breadth
def test_of_many_papers_made_at_once_one_is_left(people: Database, maria: SignedIn, many: int) -> None:
    codes = at_once([lambda: paper_for(people, maria)] * many)

    assert len(set(codes)) == many
    assert sum(is_open(people, str(code)) for code in codes) == 1
    assert count(people, RecoveryCode) == 1


def test_a_new_paper_takes_the_place_of_the_one_before(people: Database, maria: SignedIn) -> None:
    first, second = paper_for(people, maria), paper_for(people, maria)

    with pytest.raises(Missing):
        enters_by_paper(people, first, NOW)
    assert enters_by_paper(people, second, NOW)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_an_answer_that_got_lost_locks_nobody_out(people: Database) -> None:
    """The same paper again after a minute; whoever it let in before is out then, and not before."""
    _, code = paper_only(people)
    first = comes_by_paper(people, code, LATE)

    with pytest.raises(Missing):
        enters_by_paper(people, code, LATE + AGAIN - SECOND)
    second = comes_by_paper(people, code, LATE + AGAIN)

    with people.reading() as session:
        assert session.scalars(select(Device.id).where(Device.return_id.is_not(None))).all() == [second.device.id]
    with pytest.raises(Missing):
        paper_for(people, first, LATE + AGAIN)


def test_whoever_made_a_key_of_it_has_spent_it(people: Database) -> None:
    holder, code = paper_only(people)
    back = comes_by_paper(people, code, LATE)

    adds_key(people, back, Key(), LATE + 2 * MINUTE)

    with pytest.raises(Missing):
        enters_by_paper(people, code, LATE + 5 * MINUTE)
    assert happened(people, holder)[-2:] == ["key-made", "paper-spent"]


def test_a_key_made_beside_a_paper_that_nobody_used_leaves_it(people: Database) -> None:
    holder, code = paper_only(people)

    adds_key(people, holder, Key(), NOW)

    assert is_open(people, code)
    assert "paper-spent" not in happened(people, holder)


def test_a_paper_is_shown_without_being_used_up(people: Database, maria: SignedIn) -> None:
    code = paper_for(people, maria)

    with people.reading() as session:
        assert all(recovery_codes.is_recovery_code_of(session, maria.holder.id, code) for _ in range(3))
    assert enters_by_paper(people, code, NOW)


@pytest.mark.breadth
def test_the_database_holds_no_code(people: Database, maria: SignedIn) -> None:
    code = paper_for(people, maria)
    enters_by_paper(people, code, LATE)

    with people.reading() as session:
        rows = [
            value
            for table in (RecoveryCode, Recovery)
            for row in session.execute(select(table.__table__))
            for value in row
        ]
    kept = " ".join(f"{one.hex()} {one!r}" if isinstance(one, bytes) else str(one) for one in rows)
    assert code not in kept
    assert code.encode().hex() not in kept
    assert len(rows) > 10


def test_a_holder_never_has_two_papers(people: Database, maria: SignedIn) -> None:
    paper_for(people, maria)

    with pytest.raises(IntegrityError), people.writing() as session:
        recovery_codes.restore_recovery_code(session, maria.holder.id, b"x" * 32, NOW, None)


def test_a_paper_goes_with_its_holder(people: Database) -> None:
    holder, code = paper_only(people)
    with people.writing() as session:
        session.delete(session.get_one(type(holder.holder), holder.holder.id))

    assert not is_open(people, code)
    with pytest.raises(Missing):
        enters_by_paper(people, code, NOW)
    with pytest.raises(Missing):
        paper_for(people, holder)


def test_a_paper_used_long_ago_still_opens_for_whoever_made_nothing_of_it(people: Database) -> None:
    holder, code = paper_only(people)
    comes_by_paper(people, code, LATE)

    again = comes_by_paper(people, code, LATE + timedelta(days=300))

    assert again.holder.id == holder.holder.id


def test_nobody_makes_a_paper_who_is_nobody_any_more(people: Database) -> None:
    visitor = somebody(people)
    with people.writing() as session:
        session.delete(session.get_one(type(visitor.holder), visitor.holder.id))

    with pytest.raises(Missing):
        paper_for(people, visitor)
    assert count(people, RecoveryCode) == 0
