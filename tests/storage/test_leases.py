"""One of several processes does what only one needs to do; whoever dies, hangs or has another clock keeps nobody from it."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.fixtures.tables_made import make_tables
from wallet.storage import database as database_module
from wallet.storage import leases
from wallet.storage.database import Database, DatabaseUnavailable
from wallet.storage.leases import LASTS, Lease, Leases

NAMES = ("chores", "letters")


@pytest.fixture
def two(database_url: str) -> Iterator[tuple[Leases, Leases]]:
    """Two nodes on one database."""
    with ExitStack() as ending:
        databases = [ending.enter_context(closing(Database(database_url))) for _ in range(2)]
        make_tables(databases[0])
        yield Leases(databases[0], NAMES), Leases(databases[1], NAMES)


def held(node: Leases) -> list[str]:
    node.renew()
    return [name for name in NAMES if node.holds(name)]


def set_until(node: Leases, until: datetime) -> None:
    with node._database.writing() as session:
        session.execute(update(Lease).values(until=until))


@pytest.mark.postgresql
def test_one_of_two_leads_until_it_gives_back(two: tuple[Leases, Leases]):
    here, there = two

    assert [held(here), held(there), held(here)] == [[*NAMES], [], [*NAMES]]
    there.give_back()
    assert held(there) == [], "whoever holds nothing gives back nothing of another's"
    here.give_back()
    assert not here.holds("chores")
    assert [held(there), held(here)] == [[*NAMES], []]


@pytest.mark.postgresql
def test_of_eight_who_ask_at_once_one_leads(two: tuple[Leases, Leases]):
    nodes = [Leases(two[at % 2]._database, NAMES) for at in range(8)]
    with ThreadPoolExecutor(8) as together:
        assert sorted(together.map(held, nodes)) == [[]] * 7 + [[*NAMES]]


@pytest.mark.postgresql
def test_what_a_node_held_that_died_in_the_middle_is_taken_when_its_minute_is_over(two: tuple[Leases, Leases]):
    here, there = two
    here.node = "another machine 7 word"
    held(here)

    assert held(there) == []
    with there._database.reading() as session:
        longest = session.query(Lease).order_by(Lease.until.desc()).first()
        assert longest is not None
        assert longest.until <= datetime.now(UTC) + LASTS
    set_until(there, datetime.now(UTC) - timedelta(seconds=1))
    assert [held(there), held(here)] == [[*NAMES], []]


def test_whoever_hung_for_a_minute_knows_that_it_leads_no_more(two: tuple[Leases, Leases]):
    now = [1_000.0]
    here = Leases(two[0]._database, NAMES, lambda: now[0])
    held(here)

    now[0] += 59
    assert here.holds("letters")
    now[0] += 1
    assert not here.holds("letters")


def test_what_a_dead_process_of_the_same_machine_held_is_free_at_once(two: tuple[Leases, Leases]):
    here, there = two
    machine, _, word = here.node.rsplit(" ", 2)
    here.node = f"{machine} 4194305 {word}"  # no number of a process (proc(5), pid_max)
    held(here)

    assert held(there) == [*NAMES]


@pytest.mark.postgresql
@pytest.mark.parametrize("wrong", [timedelta(seconds=90), timedelta(seconds=-90)])
def test_a_node_whose_clock_is_wrong_neither_takes_what_is_held_nor_keeps_it_for_ever(
    wrong: timedelta, two: tuple[Leases, Leases], monkeypatch: pytest.MonkeyPatch
):
    here, there = two

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + wrong

    def wrongly(node: Leases) -> list[str]:
        with monkeypatch.context() as another:
            another.setattr(leases, "datetime", Wrong)
            return held(node)

    if here._database.is_sqlite:  # there is one machine, and its clock was set
        assert [wrongly(here), held(here), held(there)] == [[*NAMES], [*NAMES], []]
        return
    assert [wrongly(here), held(there), wrongly(here)] == [[*NAMES], [], [*NAMES]]
    here.give_back()
    assert [held(there), wrongly(here), held(there)] == [[*NAMES], [], [*NAMES]]
    set_until(there, datetime.now(UTC) - timedelta(seconds=1))
    assert wrongly(here) == [*NAMES]


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_lease_that_ends_later_than_any_can_is_free(two: tuple[Leases, Leases]):
    """The clock of the machine was set back by a day."""
    here, there = two
    held(here)
    set_until(here, datetime.now(UTC) + timedelta(days=1))

    assert held(there) == [*NAMES]


def test_on_a_file_that_takes_no_row_whoever_led_goes_on_and_nobody_else_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As on a full disk: the erasures that are due are among the chores, and spend what is laid by for them."""
    monkeypatch.setattr(database_module, "WAIT", 0.05)
    url, now = f"sqlite:///{tmp_path}/wallet.sqlite3", [0.0]
    with closing(Database(url)) as first, closing(Database(url)) as second:
        make_tables(first)
        here, there = Leases(first, NAMES, lambda: now[0]), Leases(second, NAMES, lambda: now[0])
        here.renew()
        with closing(sqlite3.connect(tmp_path / "wallet.sqlite3", isolation_level=None)) as nobody_writes:
            nobody_writes.execute("BEGIN IMMEDIATE")
            for _ in range(4):
                now[0] += 20
                for node in (here, there):
                    with pytest.raises(DatabaseUnavailable):
                        node.renew()
            assert [node.holds("chores") for node in (here, there)] == [True, False]
            now[0] += 61
            assert not here.holds("chores")  # one that hung and asks no more leads no more
