"""How often a host may be asked: its own answers decide, within bounds, and all nodes share what it bears."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.fixtures.chore import Chore
from tests.fixtures.examined import NOW
from tests.fixtures.patience import until
from wallet.rechecks import hosts
from wallet.rechecks.hosts import FORGOTTEN, LEAST, LONGEST, MOST, Budget, HostAnswer, first_budget
from wallet.storage.database import Database

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUICK, SLOW = HostAnswer(0.1), HostAnswer(1.5)
BUSY = HostAnswer(0.1, is_fault=True)


def test_a_host_that_nobody_knows_is_asked_for_one_badge_a_second():
    budget = first_budget(NOW)

    assert budget.allows(NOW) == 1
    budget = budget.less(1, NOW)
    assert [budget.allows(NOW + wait) for wait in (0 * SECOND, 0.9 * SECOND, SECOND)] == [0, 0, 1]


def test_each_calm_minute_adds_one_a_second_up_to_ten():
    budget, rates = first_budget(NOW), []
    for minute in range(1, 15):
        for second in (0, 30):
            budget = budget.after([QUICK], NOW + minute * MINUTE + second * SECOND)
        rates.append(budget.rate)

    assert rates == [2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10, 10]
    assert budget.allows(NOW + 15 * MINUTE) == MOST


def test_300_000_badges_of_one_host_fit_a_week():
    """By arithmetic: a second's badges each second, from a host that nobody knows."""
    budget, now, done = first_budget(NOW), NOW, 0
    while done < 300_000:
        budget, now, done = budget.after([QUICK], now), now + MINUTE, done + 60 * int(budget.rate)

    assert now - NOW < timedelta(hours=9)


def test_a_host_whose_answers_take_long_is_not_asked_more_often():
    budget = first_budget(NOW)

    assert budget.after([SLOW, SLOW, QUICK], NOW + MINUTE).rate == 1
    assert budget.after([SLOW, QUICK, QUICK], NOW + MINUTE).rate == 2
    assert budget.after([], NOW + MINUTE).rate == 2, "what is remembered is no burden"


def test_a_fault_halves_it_at_once_and_a_calm_minute_later_it_grows_again():
    budget = Budget(8.0, NOW, NOW)

    budget = budget.after([QUICK, BUSY, QUICK], NOW + MINUTE)
    assert (budget.rate, budget.failures) == (4, 1)
    budget = budget.after([QUICK], NOW + MINUTE + 59 * SECOND)
    assert budget.rate == 4
    budget = budget.after([QUICK], NOW + 2 * MINUTE)
    assert (budget.rate, budget.failures) == (5, 0)


def test_a_host_that_bears_nothing_is_asked_twice_a_minute():
    budget = first_budget(NOW)
    for _ in range(20):
        budget = budget.after([BUSY], NOW)

    assert budget.rate == LEAST
    assert budget.allows(NOW) == 1
    assert budget.less(1, NOW).not_before == NOW + 30 * SECOND


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("120", 2 * MINUTE),
        ("Tue, 24 Nov 2026 10:17:00 GMT", 5 * MINUTE),
        ("0", 0 * MINUTE),
        ("-5", 0 * MINUTE),
        ("soon", 0 * MINUTE),
        ("", 0 * MINUTE),
        ("9" * 300, LONGEST),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0 * MINUTE),
    ],
)
def test_a_host_that_tells_how_long_is_left_alone_so_long(retry_after: str, wait: timedelta):
    budget = first_budget(NOW).after([HostAnswer(0.1, is_fault=True, retry_after=retry_after)], NOW)

    assert budget.not_before == NOW + wait


def test_an_operator_tells_the_rate_of_a_host():
    budget = first_budget(NOW).as_told(500)
    assert budget.allows(NOW) == 500

    budget = budget.after([BUSY], NOW, 500)
    assert budget.as_told(500).allows(NOW) == 250
    budget = budget.after([QUICK], NOW + MINUTE, 500)
    assert budget.as_told(500).rate == 500
    assert Budget(8.0, NOW, NOW).as_told(2).rate == 2


@pytest.mark.postgresql
def test_of_two_nodes_one_takes_what_a_host_bears(wallets: Database):
    together, taken = Barrier(2), []

    def node(_: int) -> None:
        together.wait()
        with wallets.writing() as session:
            hosts.meet_hosts(session, ["issuer.example"], NOW)
            for row in hosts.hold_hosts(session, ["issuer.example"]).values():
                taken.append(row.budget.allows(NOW))
                row.budget = row.budget.less(taken[-1], NOW)

    with ThreadPoolExecutor(2) as nodes:
        list(nodes.map(node, range(2)))

    assert sum(taken) == 1


def is_waited_for(session: Session) -> bool:
    """Whether somebody waits for a row that another has; on SQLite nobody else can write anyhow."""
    return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@pytest.mark.postgresql
def test_whoever_knows_how_a_host_took_it_waits_for_whoever_has_that_host(wallets: Database):
    """Else what it told, as to stay away for a day, would be lost."""
    wallets.write(hosts.meet_hosts, ["issuer.example"], NOW)
    with ThreadPoolExecutor(1) as other:
        with wallets.writing() as session:
            hosts.hold_hosts(session, ["issuer.example"])
            held = other.submit(wallets.write, hosts.hold_hosts, ["issuer.example"], waits=True)
            until(lambda: wallets.is_sqlite or held.done() or wallets.read(is_waited_for))
            assert not held.done()

        assert held.result(60).keys() == {"issuer.example"}


@pytest.mark.postgresql
def test_a_host_that_nobody_asked_for_long_is_forgotten(
    chore: Chore, wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hosts, "PIECE", 2)
    old = [f"{number}.example" for number in range(5)]
    wallets.write(hosts.meet_hosts, old, NOW)
    wallets.write(hosts.meet_hosts, ["new.example"], NOW + timedelta(days=1))
    chore.clock.move(seconds=(FORGOTTEN + MINUTE).total_seconds())

    chore.round()

    assert wallets.read(hosts.read_budgets, [*old, "new.example"]).keys() == {"new.example"}


def test_a_host_that_is_asked_still_is_not_forgotten_however_long_nothing_changed(wallets: Database) -> None:
    with wallets.writing() as session:
        for name, days in (("asked.example", 1), ("left.example", 61)):
            asked = NOW - timedelta(days=days)
            session.add(
                hosts.AskedHost(host=name, rate=1.0, not_before=asked, since=NOW - timedelta(days=90), failures=0)
            )

    wallets.write(hosts.forget_hosts, NOW)

    assert wallets.read(hosts.read_budgets, ["asked.example", "left.example"]).keys() == {"asked.example"}
