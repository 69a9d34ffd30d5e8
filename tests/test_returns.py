"""Coming back without a key, and its times: the wait, the guard, and when it is over."""

from datetime import datetime

import pytest

from tests.fixtures.people import NOW, count
from tests.fixtures.ways import DAY, HOUR, LATE, MINUTE, SECOND, comes_by_paper, paper_for
from wallet import returns
from wallet.database import Database
from wallet.holders import Device, Known
from wallet.returns import GUARD, LAPSES, WAIT, Guarded, Return, Way


def begun(people: Database, known: Known, way: Way, now: datetime = NOW) -> int:
    with people.keeping() as session:
        return returns.begin(session, known.holder.id, way, "android", now).id


def entered(people: Database, return_id: int, now: datetime) -> None:
    with people.keeping() as session:
        returns.enter(session.get_one(Return, return_id), now)


def running(people: Database, known: Known, now: datetime) -> list[int]:
    with people.reading() as session:
        found = returns.running(session, known.holder.id, now)
        assert all(back.is_running(now) for back in found)
        return [back.id for back in found]


def guarded_until(people: Database, known: Known, now: datetime) -> datetime | None:
    with people.reading() as session:
        return returns.guarded_until(session, known.holder.id, now)


@pytest.mark.postgresql
def test_by_paper_they_are_in_at_once_and_guarded_for_three_days(people: Database, maria: Known) -> None:
    back = begun(people, maria, "paper")

    assert guarded_until(people, maria, NOW) == NOW + 72 * HOUR
    assert running(people, maria, NOW + 72 * HOUR - SECOND) == [back]
    assert running(people, maria, NOW + 72 * HOUR) == []
    assert guarded_until(people, maria, NOW + 72 * HOUR) is None


def test_by_mail_they_wait_two_days_and_nothing_else_waits(people: Database, maria: Known) -> None:
    back = begun(people, maria, "mail")

    with people.reading() as session:
        assert session.get_one(Return, back).opens_at == NOW + 48 * HOUR
    assert guarded_until(people, maria, NOW + WAIT) is None
    entered(people, back, NOW + 50 * HOUR)
    assert guarded_until(people, maria, NOW + 50 * HOUR) == NOW + 50 * HOUR + GUARD


def test_by_mail_it_lapses_a_week_after_the_wait(people: Database, maria: Known) -> None:
    back = begun(people, maria, "mail")

    assert running(people, maria, NOW + 9 * DAY - SECOND) == [back]
    assert running(people, maria, NOW + 9 * DAY) == []


def test_whoever_gets_in_at_the_last_moment_is_guarded_all_the_same(people: Database, maria: Known) -> None:
    back, last = begun(people, maria, "mail"), NOW + WAIT + LAPSES - SECOND

    entered(people, back, last)

    assert running(people, maria, last + GUARD - SECOND) == [back]


def test_of_two_returns_the_later_guard_counts(people: Database, maria: Known) -> None:
    begun(people, maria, "paper")
    begun(people, maria, "paper", NOW + DAY)

    with pytest.raises(Guarded) as waits, people.reading() as session:
        returns.guard(session, maria.holder.id, NOW + 2 * DAY)
    assert waits.value.until == NOW + DAY + GUARD


def test_what_was_stopped_guards_nothing(people: Database, maria: Known) -> None:
    back = begun(people, maria, "paper")
    with people.keeping() as session:
        returns.stop(session, session.get_one(Return, back), NOW + HOUR)

    assert running(people, maria, NOW + HOUR) == []
    with people.reading() as session:
        returns.guard(session, maria.holder.id, NOW + HOUR)
        assert session.get_one(Return, back).stopped_at == NOW + HOUR


def test_a_return_is_one_holders(people: Database, maria: Known) -> None:
    back = begun(people, maria, "paper")

    with people.reading() as session:
        assert returns.one(session, maria.holder.id, back, NOW) is not None
        assert returns.one(session, maria.holder.id + 1, back, NOW) is None
        assert returns.one(session, maria.holder.id, None, NOW) is None
        assert returns.guarded_until(session, maria.holder.id + 1, NOW) is None


def test_what_is_over_is_forgotten_after_a_week_and_the_device_stays(people: Database, maria: Known) -> None:
    back = comes_by_paper(people, paper_for(people, maria), LATE)
    over = LATE + GUARD + LAPSES

    for moment, left in ((over - MINUTE, 1), (over, 0)):
        with people.keeping() as session:
            returns.forget_over(session, moment)
        assert count(people, Return) == left
    with people.reading() as session:
        assert session.get_one(Device, back.device.id).return_id is None


def test_returns_that_are_running_are_not_forgotten(people: Database, maria: Known) -> None:
    waiting = begun(people, maria, "mail")

    with people.keeping() as session:
        returns.forget_over(session, NOW + WAIT + LAPSES - SECOND)

    assert running(people, maria, NOW + WAIT + LAPSES - SECOND) == [waiting]


def test_returns_go_with_their_holder(people: Database, maria: Known) -> None:
    comes_by_paper(people, paper_for(people, maria), LATE)
    begun(people, maria, "mail")
    with people.keeping() as session:
        session.delete(session.get_one(type(maria.holder), maria.holder.id))

    assert (count(people, Return), count(people, Device)) == (0, 0)


def test_the_first_return_after_a_forgotten_one_has_a_number_of_its_own(people: Database, maria: Known) -> None:
    first = begun(people, maria, "paper")
    with people.keeping() as session:
        returns.forget_over(session, NOW + GUARD + LAPSES)

    assert begun(people, maria, "paper", NOW + 20 * DAY) > first


def test_a_device_of_a_return_is_known_as_such(people: Database, maria: Known) -> None:
    code = paper_for(people, maria)

    came = comes_by_paper(people, code, LATE)

    assert running(people, maria, LATE) == [came.device.return_id]
    assert maria.device.return_id is None
    assert came.is_fresh(LATE + 5 * MINUTE - SECOND)
    assert not came.is_fresh(LATE + 5 * MINUTE)
