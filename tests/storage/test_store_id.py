"""Which store this is: no database tidies up another one's shelf, whatever address was typed, and no keys are made anew."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from tests.fixtures.examined import keeps
from tests.fixtures.tables_made import make_tables
from tests.fixtures.whole_wallet import a_wallet, brought, later, settings, settings_of, small, starts
from wallet.app import create_app
from wallet.cli import maintenance
from wallet.operations import backup, cleanup, first_start
from wallet.operations.database_dump import OperationFailed
from wallet.settings import Settings
from wallet.shares import lifecycle, models
from wallet.storage import store_id
from wallet.storage.database import Database
from wallet.storage.files import FileStore, Unavailable, open_files
from wallet.storage.keyring import Keyring
from wallet.storage.store_id import AnotherStore

pytestmark = pytest.mark.slow

__all__ = ["settings", "small"]
NOW = datetime.now(UTC)
Starts = Callable[[Settings], str]


def without_id(settings: Settings) -> None:
    """The wallet becomes one of before."""
    database = Database(settings.database_url)
    with database.writing() as session:
        session.execute(text("DELETE FROM store"))
    database.close()
    forget_id(settings)


def forget_id(settings: Settings) -> None:
    Path(settings.files_url.removeprefix("file://"), "store-id").unlink()


def id_of(settings: Settings) -> str | None:
    database = Database(settings.database_url)
    row = store_id.find_store(database)
    database.close()
    return row.id if row else None


def by_hand(settings: Settings) -> str:
    """A start of the command line: the sentence that ends it."""
    with pytest.raises(Exception) as told:  # noqa: PT011  # click's own
        maintenance._prepare_store(settings)  # before it serves
    return str(told.value)


def by_a_worker(settings: Settings) -> str:
    """A start of one worker, whoever started it."""
    with pytest.raises(AnotherStore) as told, TestClient(create_app(settings)):
        pass
    return str(told.value)


BOTH = pytest.mark.parametrize("refusal", [by_hand, by_a_worker])


def old_files(settings: Settings) -> list[str]:
    """The files, two hours old."""
    shelf = Path(settings.files_url.removeprefix("file://"))
    at = (NOW - timedelta(hours=2)).timestamp()
    for path in shelf.glob("??/??/*"):
        os.utime(path, (at, at))
    return sorted(path.name for path in shelf.glob("??/??/*"))


@BOTH
def test_one_wrong_letter_in_the_address_of_the_database_removes_nothing(
    small: Settings, tmp_path: Path, refusal: Starts
):
    before = old_files(small)
    wrong = replace(small, database_url=f"sqlite:///{tmp_path}/walet.sqlite3")

    told = refusal(wrong)

    assert f"There is no database at {tmp_path}/walet.sqlite3" in told
    assert f"of the store {id_of(small)}" in told
    assert "WALLET_DATABASE_URL" in told
    assert not (tmp_path / "walet.sqlite3").exists()
    assert old_files(small) == before
    starts(small)


def test_nor_does_a_lost_database_or_one_beside_keys_alone(small: Settings, tmp_path: Path):
    (tmp_path / "wallet.sqlite3").unlink()
    assert "brought back with wallet restore" in by_hand(small)

    empty = replace(small, files_url=f"file://{tmp_path}/none")
    assert f"there are keys at {small.keys}" in by_hand(empty)

    forget_id(small)
    assert "there are files in" in by_hand(small)
    assert "there are files in" in by_a_worker(small)
    assert not (tmp_path / "wallet.sqlite3").exists()


def test_another_empty_database_of_the_same_server_is_refused(small: Settings, postgres_url: str):
    told = by_a_worker(replace(small, database_url=empty_database(postgres_url)))

    assert "There is no database at postgresql://" in told
    assert "Nothing was made" in told


def empty_database(server: str) -> str:
    name = f"empty_{os.urandom(8).hex()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return server.removesuffix("postgres") + name


@BOTH
@pytest.mark.breadth(beside=["by_hand"])
def test_the_shelf_of_another_store_is_refused(small: Settings, tmp_path: Path, refusal: Starts):
    other = settings_of(tmp_path / "other")
    a_wallet(other, 1, 2, 3)
    before = old_files(other)

    told = refusal(replace(small, files_url=other.files_url))

    assert f"is of the store {id_of(small)}, and the files in {tmp_path}/other/files are of {id_of(other)}" in told
    assert "WALLET_FILES_URL" in told
    assert old_files(other) == before


def test_a_database_that_names_files_is_not_served_beside_an_empty_shelf(small: Settings, tmp_path: Path):
    elsewhere = replace(small, files_url=f"file://{tmp_path}/none")

    assert f"Of 6 files that the database {tmp_path}/wallet.sqlite3 names, 0 are in {tmp_path}/none" in by_hand(
        elsewhere
    )
    assert not (tmp_path / "none/store-id").exists()


@pytest.mark.breadth
def test_a_process_that_runs_asks_again_before_it_removes(settings: Settings, tmp_path: Path):
    """The other shelf was mounted in the place of its own, or the database was exchanged, while it ran."""
    database, files = Database(settings.database_url), open_files(settings.files_url)
    left_behind = files.keep(b"of another wallet")
    files.write_id("f" * 32, anew=True)
    for removes in (cleanup.clean_up, partial(cleanup.sweep_files, up_for=cleanup.QUIET)):
        with pytest.raises(AnotherStore, match="one of them is not of this wallet"):
            removes(database, files, later())
    assert left_behind in files.names()

    files.write_id(id_of(settings) or "", anew=True)
    cleanup.sweep_files(database, files, later(), up_for=cleanup.QUIET)
    assert left_behind not in files.names()
    database.close()


@pytest.mark.breadth
def test_a_wallet_of_today_is_given_an_id_when_nine_in_ten_of_its_files_lie_there(settings: Settings):
    database, files = Database(settings.database_url), open_files(settings.files_url)
    keeps(database, 1, *(brought(files, number) for number in range(3, 11)))
    database.close()
    without_id(settings)
    lost = sorted(files.names())[:4]
    for name in lost:
        files.remove(name)
    assert "Of 30 files" in by_hand(settings)
    assert (id_of(settings), files.read_id()) == (None, None)

    for number in range(3, 11):
        brought(files, number)
    files.remove(next(iter(files.names())))
    starts(settings)

    made = id_of(settings)
    assert made
    assert files.read_id() == made
    starts(settings)
    assert id_of(settings) == made


@pytest.mark.breadth
def test_people_without_a_file_and_an_empty_shelf_belong_together(tmp_path: Path):
    settings = settings_of(tmp_path)
    a_wallet(settings)
    without_id(settings)

    starts(settings)

    assert id_of(settings) == open_files(settings.files_url).read_id()


def test_people_without_a_file_and_files_of_nobody_do_not(tmp_path: Path):
    settings = settings_of(tmp_path)
    a_wallet(settings)
    without_id(settings)
    open_files(settings.files_url).keep(b"whose?")

    assert "names no file, and there are files in" in by_hand(settings)


def test_very_many_files_are_looked_for_by_a_sample(small: Settings):
    class Asked:
        """A shelf that has everything, and counts how often it is asked."""

        count = 0

        def has(self, _name: str) -> bool:
            self.count += 1
            return True

    shelf = Asked()
    assert first_start.count_lying(shelf, [f"{number:064x}" for number in range(5_000)]) == (1_000, 1_000)  # type: ignore[arg-type]
    assert shelf.count == 1_000


def test_a_start_that_ended_between_row_and_shelf_is_ended_by_the_next(small: Settings):
    made = id_of(small)
    forget_id(small)

    starts(small)

    assert open_files(small.files_url).read_id() == made


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_of_two_who_write_an_id_at_once_one_stays(place: str, tmp_path: Path, request: pytest.FixtureRequest):
    url = f"file://{tmp_path}/files" if place == "folder" else f"{request.getfixturevalue('s3_url')}/wallet"
    files: FileStore = open_files(url)
    assert files.read_id() is None

    assert files.write_id("a" * 32) == "a" * 32
    assert open_files(url).write_id("b" * 32) == "a" * 32
    assert files.read_id() == "a" * 32
    assert files.write_id("c" * 32, anew=True) == "c" * 32
    assert list(files.names()) == []


def test_a_store_starts_while_its_bucket_does_not_answer(small: Settings, monkeypatch: pytest.MonkeyPatch):
    def silent(_self: object) -> None:
        raise Unavailable("no answer")

    monkeypatch.setattr("wallet.storage.files.Folder.read_id", silent)
    starts(small)
    with TestClient(create_app(small)):
        pass

    database = Database(small.database_url)
    with pytest.raises(Unavailable):
        cleanup.sweep_files(database, open_files(small.files_url), later(), up_for=cleanup.QUIET)
    database.close()


def test_a_backup_is_refused_where_they_differ(small: Settings, tmp_path: Path):
    open_files(small.files_url).write_id("f" * 32, anew=True)
    with pytest.raises(OperationFailed, match="one of them is not of this wallet"):
        backup.take_backup(small, tmp_path / "backups", NOW)


@BOTH
def test_other_keys_are_refused(small: Settings, tmp_path: Path, refusal: Starts):
    Keyring(tmp_path / "others.json")
    told = refusal(replace(small, keys=tmp_path / "others.json"))

    assert told.startswith("These keys are not those of this wallet")
    with pytest.raises(OperationFailed, match="These keys are not those of this wallet"):
        backup.take_backup(replace(small, keys=tmp_path / "others.json"), tmp_path / "backups", NOW)


def test_of_two_machines_with_keys_of_their_own_only_the_first_serves(database_url: str, tmp_path: Path):
    """Both were set up anew, beside the same empty database and files."""
    first = settings_of(tmp_path, database_url=database_url)
    make_tables(Database(database_url))
    starts(first)
    second = replace(first, keys=tmp_path / "second.json")
    assert "bring keys.json back" in by_a_worker(second)
    assert not second.keys.exists()

    Keyring(second.keys)

    assert by_a_worker(second).startswith("These keys are not those of this wallet")
    starts(first)


@pytest.mark.parametrize("has_mark", [True, False])
def test_keys_that_are_gone_are_not_made_anew(small: Settings, has_mark: bool):
    if not has_mark:
        without_id(small)
    small.keys.unlink()

    assert "bring keys.json back from a backup" in by_hand(small)
    assert "bring keys.json back from a backup" in by_a_worker(small)
    assert not small.keys.exists()


def test_keys_that_open_nothing_of_a_wallet_of_today_are_not_taken_for_its_own(small: Settings, tmp_path: Path):
    database, keyring = Database(small.database_url), Keyring(small.keys)
    with database.writing() as session:
        lifecycle.create_share(
            session, 1, models.Choice(badge_ids=[1], ends_at=NOW + timedelta(days=1)), keyring.seal, NOW
        )
    database.close()
    without_id(small)

    others = replace(small, keys=tmp_path / "others.json")
    Keyring(others.keys)
    assert "None of the 1 newest things that this wallet sealed can be opened" in by_hand(others)
    starts(small)
    assert by_hand(others).startswith("These keys are not those of this wallet")


@pytest.mark.breadth
def test_keys_that_open_some_of_it_are_its_own(small: Settings, tmp_path: Path):
    """The keys were lost once, long ago: one share of that time is sealed by nobody's any more."""
    database, chosen = Database(small.database_url), models.Choice(badge_ids=[1], ends_at=NOW + timedelta(days=1))
    with database.writing() as session:
        for seal in (Keyring(tmp_path / "lost.json").seal, Keyring(small.keys).seal):
            lifecycle.create_share(session, 1, chosen, seal, NOW)
    database.close()
    without_id(small)

    starts(small)

    assert id_of(small)


def test_what_went_while_a_backup_was_made_is_excused_as_long_as_a_row_names_it_and_it_lies_nowhere(small: Settings):
    """One that is there again is told when it is lost."""
    database, files = Database(small.database_url), open_files(small.files_url)
    there, gone, *_ = sorted(files.names())
    files.remove(gone)
    with database.writing() as session:
        row = store_id.read_store(session)
        assert row
        row.left_meanwhile = [there, gone, "f" * 64]

    starts(small)

    left = store_id.find_store(database)
    database.close()
    assert left
    assert left.left_meanwhile == [gone]


def test_the_file_of_keys_stays_as_it_was_and_other_signing_keys_change_nothing(small: Settings):
    before = small.keys.read_bytes()
    starts(small)
    assert small.keys.read_bytes() == before
