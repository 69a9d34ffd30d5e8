"""Of several processes on one database one does the chores; a letter goes from where it was written."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from tests.fixtures.tables_made import make_tables
from wallet.operations import background, cleanup
from wallet.operations.background import LEASES, Background
from wallet.storage import leases
from wallet.storage.database import Database, DatabaseUnavailable
from wallet.storage.file_store import Unavailable
from wallet.storage.files import open_files
from wallet.storage.leases import Leases


@pytest.fixture
def databases(database_url: str) -> Iterator[list[Database]]:
    """Those of two processes on one database."""
    with ExitStack() as ending:
        both = [ending.enter_context(closing(Database(database_url))) for _ in range(2)]
        make_tables(both[0])
        yield both


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Database]]:
    """What was done, and by whom."""
    found: list[tuple[str, Database]] = []

    def notes(what: str) -> Callable[..., None]:
        return lambda database, *_, **__: found.append((what, database))

    monkeypatch.setattr(cleanup, "clean_up", notes("chores"))
    monkeypatch.setattr("wallet.registers.refresh_due", notes("registers"))
    monkeypatch.setattr(background, "ROUND_EVERY", 0.02)
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.02)
    monkeypatch.setattr("wallet.storage.RENEWED_EVERY", 0.02)
    return found


def process(database: Database, done: list[tuple[str, Database]], *, has_chores: bool = True) -> Background:
    nothing: Any = SimpleNamespace(round=lambda _now: None, lay=lambda: None)
    again: Any = SimpleNamespace(round=lambda _goes_on: done.append(("rechecks", database)), rests=0.02)
    return Background(
        database=database,
        files=nothing,
        erasures=nothing,
        reserve=nothing,
        clock=lambda: datetime.now(UTC),
        rechecks=again,
        later_badges=nothing,
        fetcher=nothing,
        send_mail=lambda _goes_on: bool(done.append(("letters", database))),
        leases=Leases(database, LEASES) if has_chores else None,
    )


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # what is waited for happens in threads that set no event
            await asyncio.sleep(0.01)


KINDS = {"chores", "rechecks", "registers", "letters"}


@pytest.mark.postgresql
@pytest.mark.breadth
def test_one_does_all_of_it_and_the_other_as_soon_as_that_one_has_ended(
    databases: list[Database], done: list[tuple[str, Database]], monkeypatch: pytest.MonkeyPatch
):
    here, there = databases
    told: list[tuple[str, bool]] = []
    monkeypatch.setattr("wallet.monitoring.lead", lambda lease, *, is_here: told.append((lease, is_here)))

    async def both() -> None:
        one, other = process(here, done), process(there, done)
        one.start()
        await until(lambda: {what for what, _ in done} == KINDS)
        other.start()
        await other._asked.wait()
        done.clear()
        await until(lambda: len(done) > 8)
        assert {by for _, by in done} == {here}
        assert [process.leads("chores") for process in (one, other)] == [True, False]
        await one.stop()
        done.clear()
        await until(lambda: {what for what, _ in done} == KINDS)
        assert {by for _, by in done} == {there}
        await other.stop()

    asyncio.run(both())
    with here.reading() as session:
        assert session.query(leases.Lease).count() == 0, "given back"
    assert set(told[:3]) == {(lease, True) for lease in LEASES}
    assert set(told[-3:]) == {(lease, False) for lease in LEASES}


def test_whoever_leads_no_more_begins_nothing_else_in_the_middle_of_a_round(
    databases: list[Database], done: list[tuple[str, Database]], monkeypatch: pytest.MonkeyPatch
):
    """It hung for a minute, and another one checks the badges by now: no issuer is to be asked by both."""
    monkeypatch.setattr("wallet.storage.RENEWED_EVERY", 3600)
    now, asked = [0.0], list[Callable[[], bool]]()

    async def hangs() -> None:
        one = process(databases[0], done)
        one.leases = Leases(databases[0], LEASES, lambda: now[0])
        one.rechecks = SimpleNamespace(round=asked.append, rests=3600)  # type: ignore[assignment]  # all that is asked of it
        one.start()
        await until(lambda: bool(asked))
        assert asked[0]()
        now[0] += leases.LASTS.total_seconds()
        assert not asked[0]()
        await one.stop()

    asyncio.run(hangs())
    assert len(asked) == 1


@pytest.mark.parametrize("has_chores", [True, False])
def test_what_was_written_where_nobody_leads_is_sent_from_there_at_once(
    has_chores: bool, databases: list[Database], done: list[tuple[str, Database]], monkeypatch: pytest.MonkeyPatch
):
    here, there = databases
    monkeypatch.setattr(background, "ROUND_EVERY", 3600)

    async def both() -> None:
        one, other = process(here, done), process(there, done, has_chores=has_chores)
        one.start()
        await until(lambda: ("letters", here) in done)
        other.start()
        await other._asked.wait()
        assert ("letters", there) not in done
        other.mail_was_written()
        await until(lambda: ("letters", there) in done)
        assert done.count(("chores", there)) == 0
        for process_ in (one, other):
            await process_.stop()

    asyncio.run(both())


def test_nobody_waits_another_minute_because_a_slow_mail_server_took_all_of_a_round(
    databases: list[Database], done: list[tuple[str, Database]], monkeypatch: pytest.MonkeyPatch
):
    """At a fair three rounds of codes wait, and nobody asks for a further one."""
    monkeypatch.setattr(background, "ROUND_EVERY", 3600)
    one, left = process(databases[0], done), [3]

    def sends(_goes_on: Callable[[], bool]) -> bool:
        left[0] -= 1
        return left[0] > 0

    one.send_mail = sends

    async def rounds() -> None:
        one.start()
        await until(lambda: left[0] <= 0)
        await one.stop()

    asyncio.run(rounds())
    assert left == [0], "and no further one where all went"


def test_an_issuer_that_is_silent_holds_up_nothing_that_is_to_be_erased(
    databases: list[Database], done: list[tuple[str, Database]]
):
    one, answers = process(databases[0], done), threading.Event()

    def waits(_goes_on: Callable[[], bool]) -> None:
        done.append(("promised", databases[0]))
        answers.wait(60)

    one.later_badges = SimpleNamespace(round=waits)  # type: ignore[assignment]

    async def rounds() -> None:
        one.start()
        await until(lambda: ("promised", databases[0]) in done)
        before = done.count(("chores", databases[0]))
        await until(lambda: done.count(("chores", databases[0])) > before + 2)
        answers.set()
        await one.stop()

    asyncio.run(rounds())


def test_one_that_does_no_chores_takes_no_lease(databases: list[Database], done: list[tuple[str, Database]]):
    here, there = databases

    async def both() -> None:
        served, works = process(here, done, has_chores=False), process(there, done)
        served.start()
        works.start()
        await until(lambda: {what for what, _ in done} == KINDS)
        assert {by for _, by in done} == {there}
        for one in (served, works):
            await one.stop()

    asyncio.run(both())


@pytest.mark.breadth(beside=["sqlite"])
def test_a_chore_that_fails_is_told_and_tried_again(
    databases: list[Database],
    done: list[tuple[str, Database]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """A real round takes a tenth of a second, and here are sixty: what is done in one is looked at elsewhere."""
    monkeypatch.setattr(background, "ROUND_EVERY", 0.001)
    rounds: list[bool] = []
    removing: list[bool] = []

    def some_fail(*_what: object, **how: bool) -> None:
        rounds.append(how["thorough"])
        removing.append(how["removing"])
        if len(rounds) in {1, 2, 21}:  # the first also when it is tried again
            raise ZeroDivisionError

    monkeypatch.setattr(cleanup, "clean_up", some_fail)
    one = process(databases[0], done)

    async def whole_hour() -> None:
        one.start()
        await until(lambda: len(rounds) > background.THOROUGH_EVERY)
        await one.stop()

    with caplog.at_level(logging.ERROR):
        asyncio.run(whole_hour())

    assert "a chore failed" in caplog.text
    assert [at for at, thorough in enumerate(rounds[: background.THOROUGH_EVERY + 1]) if thorough] == [0, 60]
    assert [at for at, is_removing in enumerate(removing[:40]) if is_removing] == [0, 1, 10, 20, 21, 30]


def test_a_database_that_is_gone_is_told_once_and_once_that_it_is_back(
    databases: list[Database],
    done: list[tuple[str, Database]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """And what a chore does wrong is told with its trace, although SQLite calls both the same."""
    here, refused = databases[0], list[bool]()

    def gone() -> None:
        refused.append(True)
        raise DatabaseUnavailable("", {}, OSError("disk I/O error"))

    async def outage() -> None:
        one = process(here, done)
        one.start()
        await until(lambda: bool(done))
        with monkeypatch.context() as away:
            away.setattr(here._outage, "enter", gone)
            await until(lambda: len(refused) > 8)
        await until(lambda: "answers again" in caplog.text)
        wrong = partial(here.read, lambda session: session.execute(text("SELECT colour FROM nowhere")))
        assert not await one._do(wrong)
        await one.stop()

    with caplog.at_level(logging.WARNING, "wallet"):
        asyncio.run(outage())

    silent, back, failed = caplog.records
    assert silent.getMessage().startswith("The disk does not give the database (")
    assert silent.getMessage().endswith("): disk I/O error: the chores wait")
    assert back.getMessage() == "the database answers again"
    assert [bool(one.exc_info) for one in (silent, back, failed)] == [False, False, True]
    assert failed.getMessage() == "a chore failed"


def test_what_began_while_the_database_was_gone_is_told_as_no_fault_of_its_own(
    databases: list[Database],
    done: list[tuple[str, Database]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """It failed when others had been answered again, and an operator read a trace of it behind « answers again »."""
    here, began, ends = databases[0], threading.Event(), threading.Event()
    one = process(here, done)

    def gone() -> None:
        raise DatabaseUnavailable("", {}, OSError("disk I/O error"))

    def late() -> None:
        began.set()
        ends.wait(60)
        gone()

    async def outage() -> None:
        with monkeypatch.context() as away:
            away.setattr(here._outage, "enter", gone)
            assert not await one._do(partial(here.read, lambda _: None))
        waits = asyncio.create_task(one._do(late))
        await until(began.is_set)
        assert await one._do(lambda: None)
        ends.set()
        assert not await waits
        assert not await one._do(gone)

    with caplog.at_level(logging.WARNING, "wallet"):
        asyncio.run(outage())

    silent, back, own = (record.getMessage() for record in caplog.records)
    assert "the chores wait" in silent
    assert back == "the database answers again"
    assert own == "a chore failed", "of what begins later, it is"


def test_a_shelf_that_is_gone_is_told_once_and_once_that_it_is_back(
    databases: list[Database], done: list[tuple[str, Database]], caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    """And of a shelf that answers it is told with its trace what one file of it does."""
    one = process(databases[0], done)
    one.files = open_files(f"file://{tmp_path}/files")
    one.files.write_id("0" * 32)

    def asks() -> None:
        one.files.read_id()

    def wrong() -> None:
        raise Unavailable("one file")

    async def outage() -> None:
        (tmp_path / "files").rename(tmp_path / "away")
        (tmp_path / "files").write_text("no folder")
        assert not await one._do(asks)
        assert await one._do(lambda: None), "a chore that asks no files"
        assert not await one._do(asks)
        (tmp_path / "files").unlink()
        (tmp_path / "away").rename(tmp_path / "files")
        assert await one._do(asks)
        assert not await one._do(wrong)

    with caplog.at_level(logging.WARNING, "wallet"):
        asyncio.run(outage())

    silent, back, failed = caplog.records
    assert silent.getMessage().startswith("The files in ")
    assert silent.getMessage().endswith(": the chores wait")
    assert back.getMessage() == "the files answer again"
    assert [bool(one.exc_info) for one in (silent, back, failed)] == [False, False, True]
    assert failed.getMessage() == "a chore failed"


def test_a_connection_that_was_cut_is_no_fault_of_a_chore(
    databases: list[Database], done: list[tuple[str, Database]], caplog: pytest.LogCaptureFixture
):
    """Another server leads before anybody asks whether the first one is still there."""
    one = process(databases[0], done)

    def cut() -> None:
        raise DatabaseUnavailable("", {}, OSError("terminating connection"), connection_invalidated=True)

    async def again() -> None:
        assert not await one._do(cut)
        assert await one._do(lambda: None)

    with caplog.at_level(logging.WARNING, "wallet"):
        asyncio.run(again())

    assert [bool(one.exc_info) for one in caplog.records] == [False, False]
