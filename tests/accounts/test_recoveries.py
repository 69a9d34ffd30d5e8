"""Coming back without a key, and its times: the wait, the guard, and when it is over."""

from datetime import datetime

import pytest

from tests.fixtures.people import NOW, count
from tests.fixtures.ways_in import DAY, HOUR, LATE, MINUTE, SECOND, comes_by_paper, paper_for
from wallet.accounts import holders, recoveries
from wallet.accounts.holders import LONGEST, Device, SignedIn
from wallet.accounts.recoveries import LAPSES, RECOVERY_GUARD, RECOVERY_WAIT, Recovery, RecoveryPending, RecoveryWay
from wallet.storage.database import Database


def begun(people: Database, known: SignedIn, way: RecoveryWay, now: datetime = NOW) -> int:
    with people.writing() as session:
        return recoveries.begin_recovery(session, known.holder.id, way, "android", now).id


def entered(people: Database, return_id: int, now: datetime) -> None:
    with people.writing() as session:
        recoveries.complete_recovery(session.get_one(Recovery, return_id), now)


def running(people: Database, known: SignedIn, now: datetime) -> list[int]:
    with people.reading() as session:
        found = recoveries.running_recoveries(session, known.holder.id, now)
        assert all(back.stopped_at is None and now < back.ends_at for back in found)
        return [back.id for back in found]


def guarded_until(people: Database, known: SignedIn, now: datetime) -> datetime | None:
    with people.reading() as session:
        return recoveries.pending_until(session, known.holder.id, now)


@pytest.mark.breadth
def test_by_paper_they_are_in_at_once_and_guarded_for_three_days(people: Database, maria: SignedIn) -> None:
    back = begun(people, maria, "paper")

    assert guarded_until(people, maria, NOW) == NOW + 72 * HOUR
    assert running(people, maria, NOW + 72 * HOUR - SECOND) == [back]
    assert running(people, maria, NOW + 72 * HOUR) == []
    assert guarded_until(people, maria, NOW + 72 * HOUR) is None


@pytest.mark.breadth
def test_by_mail_they_wait_two_days_and_nothing_else_waits(people: Database, maria: SignedIn) -> None:
    back = begun(people, maria, "mail")

    with people.reading() as session:
        assert session.get_one(Recovery, back).opens_at == NOW + 48 * HOUR
    assert guarded_until(people, maria, NOW + RECOVERY_WAIT) is None
    entered(people, back, NOW + 50 * HOUR)
    assert guarded_until(people, maria, NOW + 50 * HOUR) == NOW + 50 * HOUR + RECOVERY_GUARD


def test_by_mail_it_lapses_a_week_after_the_wait(people: Database, maria: SignedIn) -> None:
    back = begun(people, maria, "mail")

    assert running(people, maria, NOW + 9 * DAY - SECOND) == [back]
    assert running(people, maria, NOW + 9 * DAY) == []


def test_whoever_gets_in_at_the_last_moment_is_guarded_all_the_same(people: Database, maria: SignedIn) -> None:
    back, last = begun(people, maria, "mail"), NOW + RECOVERY_WAIT + LAPSES - SECOND

    entered(people, back, last)

    assert running(people, maria, last + RECOVERY_GUARD - SECOND) == [back]


def test_of_two_returns_the_later_guard_counts(people: Database, maria: SignedIn) -> None:
    begun(people, maria, "paper")
    begun(people, maria, "paper", NOW + DAY)

    with pytest.raises(RecoveryPending) as waits, people.reading() as session:
        recoveries.refuse_while_pending(session, maria.holder.id, NOW + 2 * DAY)
    assert waits.value.until == NOW + DAY + RECOVERY_GUARD


def test_what_was_stopped_guards_nothing(people: Database, maria: SignedIn) -> None:
    back = begun(people, maria, "paper")
    with people.writing() as session:
        session.get_one(Recovery, back).stopped_at = NOW + HOUR

    assert running(people, maria, NOW + HOUR) == []
    with people.reading() as session:
        recoveries.refuse_while_pending(session, maria.holder.id, NOW + HOUR)
        assert session.get_one(Recovery, back).stopped_at == NOW + HOUR


def test_a_return_is_one_holders(people: Database, maria: SignedIn) -> None:
    back = begun(people, maria, "paper")

    with people.reading() as session:
        assert recoveries.get_recovery(session, maria.holder.id, back, NOW) is not None
        assert recoveries.get_recovery(session, maria.holder.id + 1, back, NOW) is None
        assert recoveries.get_recovery(session, maria.holder.id, None, NOW) is None
        assert recoveries.pending_until(session, maria.holder.id + 1, NOW) is None


def test_what_is_over_is_forgotten_after_a_week(people: Database, maria: SignedIn) -> None:
    back = comes_by_paper(people, paper_for(people, maria), LATE)
    over = LATE + RECOVERY_GUARD + LAPSES
    with people.writing() as session:
        holders.sign_out(session, back.device.id)

    for moment, left in ((over - MINUTE, 1), (over, 0)):
        with people.writing() as session:
            recoveries.forget_ended_recoveries(session, moment)
        assert count(people, Recovery) == left


@pytest.mark.breadth
def test_one_by_which_a_device_is_signed_in_is_forgotten_when_that_ends(people: Database, maria: SignedIn) -> None:
    back = comes_by_paper(people, paper_for(people, maria), LATE)
    over = LATE + LONGEST

    for moment, left in ((over - MINUTE, 1), (over, 0)):
        with people.writing() as session:
            recoveries.forget_ended_recoveries(session, moment)
        assert count(people, Recovery) == left
    with people.reading() as session:
        assert session.get_one(Device, back.device.id).return_id is None


def test_returns_that_are_running_are_not_forgotten(people: Database, maria: SignedIn) -> None:
    waiting = begun(people, maria, "mail")

    with people.writing() as session:
        recoveries.forget_ended_recoveries(session, NOW + RECOVERY_WAIT + LAPSES - SECOND)

    assert running(people, maria, NOW + RECOVERY_WAIT + LAPSES - SECOND) == [waiting]


@pytest.mark.breadth
def test_returns_go_with_their_holder(people: Database, maria: SignedIn) -> None:
    comes_by_paper(people, paper_for(people, maria), LATE)
    begun(people, maria, "mail")
    with people.writing() as session:
        session.delete(session.get_one(type(maria.holder), maria.holder.id))

    assert (count(people, Recovery), count(people, Device)) == (0, 0)


@pytest.mark.breadth
def test_the_first_return_after_a_forgotten_one_has_a_number_of_its_own(people: Database, maria: SignedIn) -> None:
    first = begun(people, maria, "paper")
    with people.writing() as session:
        recoveries.forget_ended_recoveries(session, NOW + RECOVERY_GUARD + LAPSES)

    assert begun(people, maria, "paper", NOW + 20 * DAY) > first


@pytest.mark.breadth
def test_a_device_of_a_return_is_known_as_such(people: Database, maria: SignedIn) -> None:
    code = paper_for(people, maria)

    came = comes_by_paper(people, code, LATE)

    assert running(people, maria, LATE) == [came.device.return_id]
    assert maria.device.return_id is None
    assert came.is_fresh(LATE + 5 * MINUTE - SECOND)
    assert not came.is_fresh(LATE + 5 * MINUTE)
