"""The ledger of erasures on the shelf: what one node erased no backup of another one brings back."""

import logging
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.whole_wallet import a_wallet, settings_of, who_is_in
from wallet.accounts.holders import Holder
from wallet.operations import backup, cleanup, first_start, restore
from wallet.operations.disk_reserve import DiskReserve
from wallet.operations.erasure import Erasure
from wallet.operations.erasure_log import KEPT, ErasureLog, ShelfErasureLog, holder_mark, open_ledger
from wallet.settings import Settings
from wallet.storage.database import Database
from wallet.storage.files import FileStore, Unavailable, open_files

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
MARIA = b"a handle that chance made"


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty one of either kind."""
    if request.param == "folder":
        return open_files(f"file://{tmp_path}/files")
    return open_files(f"{request.getfixturevalue('s3_url')}/instance")


def erasure_of(settings: Settings, database: Database) -> Erasure:
    files = open_files(settings.files_url)
    return Erasure(database, files, open_ledger(settings, files), DiskReserve([]))


@pytest.mark.breadth(beside=["folder"])
def test_a_line_is_there_once_and_goes_after_ninety_days(shelf: FileStore):
    ledger = ShelfErasureLog(shelf)

    ledger.write(MARIA, NOW)
    ledger.write(MARIA, NOW)
    ledger.write(b"somebody else", NOW + DAY)

    assert ShelfErasureLog(shelf).lines() == {
        holder_mark(MARIA): f"{NOW:%Y-%m-%d}",
        holder_mark(b"somebody else"): f"{NOW + DAY:%Y-%m-%d}",
    }
    ledger.forget_old(NOW + KEPT)
    assert set(ledger.lines()) == {holder_mark(b"somebody else")}
    ledger.forget_old(NOW + KEPT + DAY)
    assert ledger.lines() == {}


def test_whoever_is_erased_twice_stays_in_the_ledger_from_the_later_day_on(shelf: FileStore):
    ledger = ShelfErasureLog(shelf)
    ledger.write(MARIA, NOW)
    ledger.write(MARIA, NOW + DAY)

    ledger.forget_old(NOW + KEPT)

    assert ledger.lines() == {holder_mark(MARIA): f"{NOW + DAY:%Y-%m-%d}"}


def test_the_ledger_is_no_file_of_anybodys_and_no_sweep_takes_it(shelf: FileStore):
    ledger = ShelfErasureLog(shelf)
    ledger.write(MARIA, NOW)

    assert list(shelf.names()) == []
    assert first_start.is_bare(shelf)
    shelf.sweep(datetime.now(UTC) + 2 * cleanup.AGE)
    assert set(ledger.lines()) == {holder_mark(MARIA)}


def test_what_a_machine_had_in_a_file_lies_on_the_shelf_once_it_starts(
    shelf: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    before = tmp_path / "erasures"
    ErasureLog(before).write(MARIA, NOW)
    ledger = ShelfErasureLog(shelf, before)
    assert set(ledger.lines()) == {holder_mark(MARIA)}, "also for a backup that comes before the start"

    with caplog.at_level(logging.WARNING, "wallet"):
        ledger.forget_old(NOW)

    assert set(ShelfErasureLog(shelf).lines()) == {holder_mark(MARIA)}
    assert not before.exists()
    assert f"1 lines of the ledger in {before} lie on the shelf from now on" in caplog.messages


@pytest.mark.breadth
def test_who_left_by_node_2_stays_away_when_node_1_brings_an_older_backup_back(tmp_path: Path):
    """Each node has a folder of its own; database and shelf are those of both."""
    first = replace(settings_of(tmp_path), erasures=None)
    second = replace(first)
    a_wallet(first, 1, 2)
    there = tmp_path / "backups"
    there.mkdir()
    backup.take_backup(first, there, NOW + DAY)
    with closing(Database(second.database_url)) as database:
        erasure_of(second, database).ask(1, "android", NOW + DAY)
    assert who_is_in(tmp_path / "wallet.sqlite3") == []

    done = restore.restore_backup(first, there, NOW + 2 * DAY, replace=True)
    assert (who_is_in(tmp_path / "wallet.sqlite3"), done.erasures) == (["Maria"], 1)
    with closing(Database(first.database_url)) as database:
        erasure_of(first, database).begin(NOW + 2 * DAY)

    assert who_is_in(tmp_path / "wallet.sqlite3") == []


def test_a_backup_keeps_the_ledger_and_a_restore_reads_both(tmp_path: Path):
    settings = replace(settings_of(tmp_path), erasures=None)
    a_wallet(settings, 1)
    ledger = open_ledger(settings, open_files(settings.files_url))
    ledger.write(MARIA, NOW)
    there = tmp_path / "backups"
    there.mkdir()
    taken = backup.take_backup(settings, there, NOW + DAY)
    kept = (there / taken.name / "erasures").read_text()
    assert kept == f"{holder_mark(MARIA)} {NOW:%Y-%m-%d}\n"

    elsewhere = replace(
        settings_of(tmp_path / "other"), erasures=None, database_url=f"sqlite:///{tmp_path}/other/wallet.sqlite3"
    )
    new = open_ledger(elsewhere, open_files(elsewhere.files_url))
    new.write(b"somebody since", NOW + DAY)
    done = restore.restore_backup(elsewhere, there, NOW + 2 * DAY, drill=True)

    assert done.erasures == 2
    assert set(new.lines()) == {holder_mark(MARIA), holder_mark(b"somebody since")}


def silent(*_: object) -> None:
    raise Unavailable("the bucket does not answer")


def test_where_the_shelf_is_silent_nobody_is_erased_by_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = replace(settings_of(tmp_path), erasures=None)
    a_wallet(settings, 1)
    with closing(Database(settings.database_url)) as database:
        erasures = erasure_of(settings, database)
        monkeypatch.setattr(erasures.files, "write_ledger_line", silent)
        with pytest.raises(Unavailable):
            erasures.ask(1, "android", NOW)

        assert who_is_in(tmp_path / "wallet.sqlite3") == ["Maria"]


def test_a_start_waits_for_no_shelf_and_the_ledger_is_replayed_as_soon_as_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    settings = replace(settings_of(tmp_path), erasures=None)
    a_wallet(settings, 1)
    with closing(Database(settings.database_url)) as database:
        erasures = erasure_of(settings, database)
        with database.reading() as session:
            erasures.ledger.write(session.get_one(Holder, 1).handle, NOW)
        with monkeypatch.context() as patch:
            patch.setattr(erasures.files, "ledger_lines", silent)
            erasures.begin(NOW)
            with pytest.raises(Unavailable):
                erasures.round(NOW)
        assert "replayed as soon as the shelf answers" in caplog.text
        assert who_is_in(tmp_path / "wallet.sqlite3") == ["Maria"]

        erasures.round(NOW)

    assert who_is_in(tmp_path / "wallet.sqlite3") == []


def test_the_ledger_forgets_once_a_day_also_where_nobody_starts_the_wallet_again(tmp_path: Path):
    settings = replace(settings_of(tmp_path), erasures=None)
    a_wallet(settings, 1)
    with closing(Database(settings.database_url)) as database:
        erasures = erasure_of(settings, database)
        erasures.begin(NOW)
        erasures.ledger.write(MARIA, NOW)
        erasures.round(NOW + KEPT - DAY)
        assert set(erasures.ledger.lines()) == {holder_mark(MARIA)}
        erasures.round(NOW + KEPT)
        assert erasures.ledger.lines() == {}


@pytest.mark.breadth
def test_the_ledger_is_looked_up_a_part_of_the_holders_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = replace(settings_of(tmp_path), erasures=None)
    a_wallet(settings, 1)
    monkeypatch.setattr("wallet.operations.erasure.PART", 2)
    with closing(Database(settings.database_url)) as database:
        others = [somebody_with_a_key(database) for _ in range(5)]
        erasures = erasure_of(settings, database)
        with database.reading() as session:
            handle = session.get_one(Holder, others[-1]).handle
        erasures.ledger.write(handle, NOW)

        erasures.begin(NOW)

        with database.reading() as session:
            assert session.get(Holder, others[-1]) is None
            assert session.get(Holder, others[-2]) is not None


def test_the_ledger_lies_where_the_files_are_on_s3_and_in_a_file_elsewhere(tmp_path: Path):
    def ledger(**told: str) -> Path | None:
        return Settings.from_environment({f"WALLET_{name}": value for name, value in told.items()}).erasures

    assert ledger() == ledger(FILES_URL=f"file://{tmp_path}") == Path("var/erasures")
    assert ledger(FILES_URL="s3://bucket/instance") is None
    assert ledger(ERASURES="shelf") is None
    assert ledger(FILES_URL="s3://bucket", ERASURES="/srv/erasures") == Path("/srv/erasures")
    assert isinstance(open_ledger(Settings(), open_files(f"file://{tmp_path}/files")), ErasureLog)
