"""A glance reads what the ordinary way reads, and what the database refuses is told in the ordinary way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from tests.fixtures.statements import asked_of
from tests.fixtures.tables_made import make_tables
from wallet.accounts.holders import Device, Holder, create_visitor
from wallet.storage.database import Database, DatabaseUnavailable

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CAME = bindparam("came")
SINCE = select(Holder.id).where(Holder.created_at >= CAME, Holder.name == "").order_by(Holder.id).limit(2)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """One with the tables of the wallet and three visitors, who came a day apart."""
    database = Database(database_url)
    make_tables(database)
    with database.writing() as session:
        for days in range(3):
            create_visitor(session, NOON + timedelta(days=days))
    yield database
    database.close()


def ids(database: Database, came: datetime) -> list[int]:
    return [row[0] for row in database.fetch_rows(SINCE, came=came)]


def test_it_finds_what_the_ordinary_way_finds(database: Database):
    for days in (-1, 0, 1, 2, 3):
        came = NOON + timedelta(days=days)
        with database.reading() as session:
            assert ids(database, came) == list(session.scalars(SINCE, {"came": came}))
    assert ids(database, NOON + timedelta(days=2)) == [3]


def test_it_sees_what_was_kept_a_moment_ago(database: Database):
    assert ids(database, NOON + timedelta(days=9)) == []
    with database.writing() as session:
        create_visitor(session, NOON + timedelta(days=9))
    assert ids(database, NOON + timedelta(days=9)) == [4]


def test_a_parameter_that_is_not_given_is_a_fault_of_ours(database: Database):
    with pytest.raises(KeyError):
        database.fetch_rows(SINCE)


def test_of_a_file_nothing_is_asked_twice_while_nobody_writes_and_what_anybody_writes_is_seen_at_once(
    tmp_path: Path,
):
    ours = Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    make_tables(ours)
    with closing(ours), closing(Database(str(ours.url))) as others, asked_of(ours) as asked:
        assert ids(ours, NOON) == ids(ours, NOON) == []
        assert len(asked) == 1
        assert ids(ours, NOON + timedelta(days=1)) == []
        assert len(asked) == 2, "what is asked for something else is asked"

        for database, there in ((others, [1]), (ours, [1, 2])):
            with database.writing() as session:
                create_visitor(session, NOON)
            assert ids(ours, NOON) == there

        with suppress(InterruptedError), others.writing() as session:
            create_visitor(session, NOON)
            session.flush()
            assert ids(ours, NOON) == [1, 2], "not kept yet"
            raise InterruptedError
        assert ids(ours, NOON) == [1, 2]


@pytest.mark.postgresql
def test_a_connection_that_died_is_another_one_the_next_moment(database: Database):
    if database.is_sqlite:
        pytest.skip("SQLite has no server that could end a connection")
    assert ids(database, NOON) == [1, 2]
    ending = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
    with pytest.raises(DatabaseUnavailable), database.reading() as session:
        session.execute(ending)

    assert ids(database, NOON) == [1, 2]


def test_a_table_that_is_not_there_is_told_as_ever(database: Database):
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE devices")

    with pytest.raises(DBAPIError):
        database.fetch_rows(select(Device.id))


def test_of_a_file_one_connection_stays_at_hand_and_goes_with_the_database(database: Database):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has the pool alone")
    pool: Any = database.engine.pool
    for _ in range(3):
        assert ids(database, NOON) == [1, 2]
    assert pool.checkedout() == 1

    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE devices")
    with pytest.raises(DBAPIError):
        database.fetch_rows(select(Device.id))
    assert pool.checkedout() == 0, "what refused something is not used again"

    assert ids(database, NOON) == [1, 2]
    database.close()
    assert pool.checkedout() == 0
    assert ids(database, NOON) == [1, 2], "and begins anew"


def test_those_who_look_at_the_same_moment_each_find_theirs(database: Database):
    def look(days: int) -> list[list[int]]:
        return [ids(database, NOON + timedelta(days=days)) for _ in range(50)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(look, [0, 1, 2, 3] * 2))

    assert found == [[one] * 50 for one in ([1, 2], [2, 3], [3], [])] * 2
