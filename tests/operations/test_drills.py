"""A backup tried out beside the wallet that goes on, and one brought back beside a shelf: nothing of another store is touched."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures.examined import keeps
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.whole_wallet import (
    a_wallet,
    assert_whole,
    brought,
    hers,
    later,
    lay,
    removes_first_badge,
    settings_of,
    starts,
)
from tests.storage.test_store_id import forget_id, id_of, without_id
from wallet.operations import backup, cleanup, database_dump, integrity_check, restore
from wallet.operations.database_dump import OperationFailed
from wallet.settings import Settings
from wallet.storage.database import Database
from wallet.storage.files import open_files

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
on_both_shelves = pytest.mark.parametrize("live", ["folder", "s3"], indirect=True)


@pytest.fixture(params=here_and_in_soak("folder", "s3"))
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A wallet that goes on: since its backup a third badge came in. Its files are in a folder, or in a bucket."""
    if request.param == "folder":
        lay(tmp_path, goes_on_since)
        return settings_of(tmp_path / "live")
    settings = settings_of(tmp_path / "live", files_url=f"{request.getfixturevalue('s3_url')}/wallet")
    (tmp_path / "live").mkdir()
    a_wallet(settings, 1, 2)
    backup.take_backup(settings, tmp_path / "backups", NOW)
    goes_on(settings)
    return settings


def goes_on_since(folder: Path) -> None:
    """For `lay`: a wallet in `live`, and its backup of before the third badge in `backups`."""
    (folder / "live").mkdir()
    hers(folder / "live")
    backup.take_backup(settings_of(folder / "live"), folder / "backups", NOW)
    goes_on(settings_of(folder / "live"))


def goes_on(settings: Settings) -> None:
    """One more badge comes in."""
    database = Database(settings.database_url)
    keeps(database, 1, brought(open_files(settings.files_url), 3))
    database.close()


def elsewhere(live: Settings, tmp_path: Path) -> Settings:
    """A drill that has everything of its own but its files, as whoever forgets WALLET_FILES_URL has it."""
    (tmp_path / "drill").mkdir(exist_ok=True)
    return replace(settings_of(tmp_path / "drill"), files_url=live.files_url)


def bring_back(settings: Settings, tmp_path: Path, **more: bool) -> restore.Restored:
    return restore.restore_backup(settings, tmp_path / "backups", NOW + DAY, **more)


@on_both_shelves
@pytest.mark.breadth
def test_a_drill_with_the_files_of_the_wallet_that_goes_on_is_refused(live: Settings, tmp_path: Path):
    before = sorted(open_files(live.files_url).names()), id_of(live)
    assert len(before[0]) == 9
    drill = elsewhere(live, tmp_path)
    ways: list[dict[str, bool]] = [{}, {"drill": True}, {"drill": True, "replace": True}]

    for how in ways:
        with pytest.raises(OperationFailed) as told:
            bring_back(drill, tmp_path, **how)

        assert ("WALLET_FILES_URL=file:///srv/drill/files" if how else "add --drill") in str(told.value)
        assert not (tmp_path / "drill/wallet.sqlite3").exists()
        assert (sorted(open_files(live.files_url).names()), open_files(live.files_url).read_id()) == before
    assert len(assert_whole(live)) == 3


@pytest.mark.breadth
def test_a_drill_in_a_place_of_its_own_serves_and_sweeps_that_alone(live: Settings, tmp_path: Path):
    drill = settings_of(tmp_path / "drill")
    (tmp_path / "drill").mkdir()

    bring_back(drill, tmp_path, drill=True)

    assert integrity_check.check_store(drill, NOW).faults == []
    starts(drill)
    left_behind = open_files(drill.files_url).keep(b"of the drill")
    assert len(assert_whole(drill)) == 2
    assert left_behind not in open_files(drill.files_url).names(), "it lies aside"
    assert id_of(drill) not in {None, id_of(live)}
    assert len(assert_whole(live)) == 3
    # The same place again, a month later.
    bring_back(drill, tmp_path, drill=True, replace=True)
    assert len(assert_whole(drill)) == 2

    database = Database(drill.database_url)
    with pytest.raises(Exception, match="one of them is not of this wallet"):
        cleanup.sweep_files(database, open_files(live.files_url), later(), up_for=cleanup.QUIET)
    database.close()


@pytest.mark.breadth
def test_a_drill_does_not_take_the_place_of_the_database_of_a_wallet(live: Settings, tmp_path: Path):
    beside = replace(live, files_url=f"file://{tmp_path}/drill/files")

    with pytest.raises(OperationFailed, match=r"Give the drill its own with WALLET_DATABASE_URL"):
        bring_back(beside, tmp_path, drill=True, replace=True)

    assert len(assert_whole(live)) == 3


@pytest.mark.breadth
def test_a_new_machine_goes_on_with_the_old_bucket(s3_url: str, tmp_path: Path):
    lost = settings_of(tmp_path / "lost", files_url=f"{s3_url}/wallet")
    (tmp_path / "lost").mkdir()
    a_wallet(lost, 1, 2)
    backup.take_backup(lost, tmp_path / "backups", NOW)
    made = id_of(lost)
    new = replace(settings_of(tmp_path / "new"), files_url=lost.files_url)
    (tmp_path / "new").mkdir()

    with pytest.raises(OperationFailed, match="if its machine is lost, add --replace"):
        bring_back(new, tmp_path)
    bring_back(new, tmp_path, replace=True)

    assert (id_of(new), open_files(new.files_url).read_id()) == (made, made)
    assert len(assert_whole(new)) == 2


@pytest.mark.parametrize("database", ["none", "another wallet's"])
@pytest.mark.breadth
def test_the_shelf_of_a_wallet_that_may_still_run_is_not_taken_though_no_file_came_in_since(
    tmp_path: Path, database: str
):
    """--drill was forgotten, minutes after the backup: a visitor made a key meanwhile, and brought nothing."""
    runs, own = settings_of(tmp_path / "runs"), settings_of(tmp_path / "drill")
    for folder in ("runs", "drill"):
        (tmp_path / folder).mkdir()
    a_wallet(runs, 1, 2)
    backup.take_backup(runs, tmp_path / "backups", NOW)
    if database != "none":
        a_wallet(own, 7)
    drill = replace(own, files_url=runs.files_url)
    before = {path: path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file()}

    with pytest.raises(OperationFailed) as told:
        bring_back(drill, tmp_path)

    assert "0 of them are not in the backup. If that wallet still runs, add --drill" in str(told.value)
    assert {path: path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file()} == before
    assert len(assert_whole(runs)) == 2


@on_both_shelves
@pytest.mark.breadth(beside=["folder"])
def test_on_a_new_machine_what_came_in_after_the_backup_is_told_first_and_set_aside(live: Settings, tmp_path: Path):
    """Whoever has lost the machine, and not the bucket, says so; what the backup does not name is kept beside it."""
    new = elsewhere(live, tmp_path)

    aside = bring_back(new, tmp_path, replace=True).aside

    kept = backup.check_backup(tmp_path / "backups" / aside)
    assert len(kept.files) == 9
    assert len(assert_whole(new)) == 2


def test_a_shelf_of_another_wallet_is_refused_though_all_is_to_be_replaced(live: Settings, tmp_path: Path):
    other = settings_of(tmp_path / "other")
    (tmp_path / "other").mkdir()
    a_wallet(other, 7, 8)
    new = replace(settings_of(tmp_path / "new"), files_url=other.files_url)

    with pytest.raises(OperationFailed, match="are not of the wallet in this backup"):
        bring_back(new, tmp_path, replace=True)

    assert len(assert_whole(other)) == 2


@pytest.mark.parametrize("at", ["another machine", "its own place"])
@pytest.mark.breadth(beside=["its own place"])
def test_a_backup_of_before_there_were_ids_is_brought_back(tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch):
    old = settings_of(tmp_path / "old")
    (tmp_path / "old").mkdir()
    a_wallet(old, 1, 2)
    without_id(old)
    monkeypatch.setattr("wallet.storage.store_id.check_same_store", lambda *_: None)  # as it was taken then
    monkeypatch.setattr("wallet.storage.check_same_store", lambda *_: None)
    manifest = backup.take_backup(old, tmp_path / "backups", NOW).manifest
    monkeypatch.undo()
    assert "store" not in json.loads(manifest.text)
    place = old if at == "its own place" else settings_of(tmp_path / "new")
    (tmp_path / "new").mkdir()

    bring_back(place, tmp_path, replace=place is old)

    assert id_of(place) == open_files(place.files_url).read_id()
    assert id_of(place)
    assert len(assert_whole(place)) == 2


def test_what_was_erased_during_the_backup_does_not_end_the_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    live, drill = settings_of(tmp_path / "live"), settings_of(tmp_path / "drill")
    (tmp_path / "live").mkdir()
    a_wallet(live, 1, 2)
    write = database_dump.dump_database

    def and_then_she_removes_one(database: Database, folder: Path) -> database_dump.DatabaseDump:
        dump = write(database, folder)
        removes_first_badge(live)
        return dump

    monkeypatch.setattr(database_dump, "dump_database", and_then_she_removes_one)
    left = backup.take_backup(live, tmp_path / "backups", NOW).manifest.left_meanwhile
    assert len(left) == 3
    monkeypatch.undo()

    bring_back(drill, tmp_path, drill=True)

    looked = integrity_check.check_store(drill, NOW)
    assert looked.faults == []
    assert "3 of the 3 files that rows need are whole." in looked.told
    assert "3 files went with their badges while the backup was made: the next start ends that." in looked.told
    rotten = tmp_path / "drill/files" / left[0][:2] / left[0][2:4] / left[0]
    rotten.parent.mkdir(parents=True, exist_ok=True)
    rotten.write_bytes(b"rot")
    assert integrity_check.check_store(drill, NOW).faults == [f"The file {left[0]} is damaged: badge 1."]
    rotten.unlink()
    starts(drill)
    assert backup.take_backup(drill, tmp_path / "others", NOW).manifest.faults == []
    # Another one is a fault all the same.
    shelf = open_files(drill.files_url)
    shelf.remove(next(iter(shelf.names())))
    assert len(integrity_check.check_store(drill, NOW).faults) == 1


def test_a_restore_that_was_killed_before_its_files_were_there_is_run_again(live: Settings, tmp_path: Path):
    new = settings_of(tmp_path / "new")
    (tmp_path / "new").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restore, "_bring", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bring_back(new, tmp_path)
    with pytest.raises(Exception, match="brought back with wallet restore"):
        starts(new)

    bring_back(new, tmp_path)

    assert len(assert_whole(new)) == 2
    assert [path.name for path in (tmp_path / "new").iterdir() if "restor" in path.name] == []


def test_a_restore_that_was_killed_is_not_run_again_unasked_where_a_wallet_went_on_since(tmp_path: Path):
    """It had written its id on an empty shelf; another machine ended what it began, and was served."""
    first, second = settings_of(tmp_path / "first"), settings_of(tmp_path / "second")
    lost = settings_of(tmp_path / "lost")
    for folder in ("first", "second", "lost"):
        (tmp_path / folder).mkdir()
    a_wallet(lost, 1, 2)
    backup.take_backup(lost, tmp_path / "backups", NOW)
    second = replace(second, files_url=first.files_url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restore, "_bring", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bring_back(first, tmp_path)

    with pytest.raises(OperationFailed, match="add --drill; if its machine is lost, add --replace"):
        bring_back(second, tmp_path)
    bring_back(second, tmp_path, replace=True)
    goes_on(second)

    with pytest.raises(OperationFailed, match="3 of them are not in the backup"):
        bring_back(first, tmp_path)
    assert len(assert_whole(second)) == 3


def test_a_shelf_of_files_without_an_id_is_not_taken_for_an_empty_one(live: Settings, tmp_path: Path):
    other = settings_of(tmp_path / "other")
    (tmp_path / "other").mkdir()
    a_wallet(other, 7)
    forget_id(other)
    new = replace(settings_of(tmp_path / "new"), files_url=other.files_url)
    for more in ({}, {"drill": True}, {"replace": True}):
        with pytest.raises(OperationFailed, match="WALLET_FILES_URL"):
            bring_back(new, tmp_path, **more)
