"""A backup in spite of what is lost: what it keeps all the same, and what it keeps for nobody."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.examined import keeps
from tests.fixtures.whole_wallet import a_wallet, brought, later, settings, settings_of, small
from tests.operations.test_backup import DAY, NOW, path_of, there
from wallet.badges import badges
from wallet.badges.models import KeptBadge
from wallet.operations import backup, cleanup, database_dump, restore
from wallet.operations.database_dump import OperationFailed
from wallet.settings import Settings
from wallet.storage import file_removals
from wallet.storage.database import Database
from wallet.storage.files import Folder, open_files
from wallet.storage.keyring import Keyring

__all__ = ["settings", "small", "there"]


def content(there: Path) -> set[bytes]:
    """All that the backups keep of files."""
    shelf = Folder(there / "files")
    return {shelf.read(name) for name in shelf.names()}


def lets_go(settings: Settings) -> None:
    """Maria's first badge is erased, and its files are not removed yet; beside them lies what a crash left."""
    database, files = Database(settings.database_url), open_files(settings.files_url)
    with database.writing() as session:
        first = session.get_one(KeptBadge, 1)
        file_removals.schedule_removal(session, first.files, NOW)
        session.delete(first)
    database.close()
    files.keep(b"left behind")


@pytest.mark.breadth
def test_with_other_keys_that_is_told_and_what_is_kept_does_not_serve(settings: Settings, there: Path, tmp_path: Path):
    Keyring(tmp_path / "others.json")
    others = replace(settings, keys=tmp_path / "others.json")

    taken = backup.take_backup(others, there, NOW, anyway=True)

    [fault] = taken.manifest.faults
    assert fault.startswith("These keys are not those of this wallet")
    assert "bring keys.json back from a backup" in fault
    assert len(taken.manifest.files) == 6
    with pytest.raises(OperationFailed, match="was taken anyway, and it was not whole:\nThese keys are not those"):
        restore.restore_backup(settings, there, NOW + DAY, replace=True)


@pytest.mark.breadth
def test_the_newest_that_can_be_brought_back_outlives_those_that_cannot(small: Settings, there: Path, tmp_path: Path):
    """Whoever backs up each night with --anyway, and with other keys by a slip, has one left after a month."""
    Keyring(tmp_path / "others.json")
    good = backup.take_backup(small, there, NOW).name

    for days in (1, 40):
        others = replace(small, keys=tmp_path / "others.json")
        backup.take_backup(others, there, NOW + days * DAY, anyway=True)

    assert [path.name for path in backup.list_backups(there)] == [good, "20270103T101200Z"]
    assert restore.restore_backup(small, there / good, NOW + 41 * DAY, replace=True).backup == there / good
    backup.take_backup(small, there, NOW + 42 * DAY)
    assert good not in {path.name for path in backup.list_backups(there)}


@pytest.mark.breadth(beside=["sqlite"])
def test_the_files_of_another_wallet_are_kept_for_nobody(settings: Settings, there: Path, tmp_path: Path):
    (tmp_path / "other").mkdir()
    other = settings_of(tmp_path / "other")
    a_wallet(other, 7)

    with pytest.raises(OperationFailed, match="Look at WALLET_DATABASE_URL and WALLET_FILES_URL") as told:
        backup.take_backup(replace(settings, files_url=other.files_url), there, NOW, anyway=True)

    assert len(told.value.faults) == 1
    assert [path.name for path in there.iterdir() if path.name != "files"] == []
    assert content(there) == set()


def test_of_a_database_that_cannot_be_read_none_is_taken(small: Settings, there: Path, tmp_path: Path):
    """Nobody can say whose the files are; a restore sets them aside."""
    (tmp_path / "wallet.sqlite3").write_bytes(b"not a database at all" * 1000)

    with pytest.raises(OperationFailed):
        backup.take_backup(small, there, NOW, anyway=True)

    assert content(there) == set()


@pytest.mark.breadth
def test_what_no_row_names_is_not_in_it(settings: Settings, there: Path):
    lets_go(settings)

    taken = backup.take_backup(settings, there, NOW, anyway=True)

    assert taken.manifest.faults == []
    assert content(there) == {b"document 2", b"picture 2", b"seen 2"}


@pytest.mark.breadth
def test_nor_is_what_was_let_go_in_what_a_restore_replaces(settings: Settings, there: Path):
    """What a crash left is: nobody knows whose it is."""
    database = Database(settings.database_url)
    keeps(database, 1, brought(open_files(settings.files_url), 3))
    database.close()
    backup.take_backup(settings, there, NOW)
    lets_go(settings)

    aside = restore.restore_backup(settings, there, NOW + DAY, replace=True).aside

    kept = {Folder(there / "files").read(name) for name in backup.check_backup(there / aside).files}
    assert b"left behind" in kept
    assert {b"document 2", b"document 3"} <= kept
    assert not {b"document 1", b"picture 1", b"seen 1"} & kept


@pytest.mark.breadth
def test_whoever_goes_while_it_is_taken_is_no_fault(small: Settings, there: Path, monkeypatch: pytest.MonkeyPatch):
    """As in any backup: the file that is lost for good is one, those of a badge that went meanwhile are none."""
    database, files = Database(small.database_url), open_files(small.files_url)
    with database.reading() as session:
        lost = session.get_one(KeptBadge, 2).document
    files.remove(lost)
    write = database_dump.dump_database

    def and_then_the_first_goes(*what: object) -> database_dump.DatabaseDump:
        dump = write(*what)  # type: ignore[arg-type]  # handed on
        with database.writing() as session:
            badges.remove_badge(session, 1, 1, NOW - 30 * DAY)
        cleanup.clean_up(database, files, later())
        return dump

    monkeypatch.setattr(database_dump, "dump_database", and_then_the_first_goes)
    taken = backup.take_backup(small, there, NOW, anyway=True)
    database.close()

    assert taken.manifest.faults == [f"The file {lost} is damaged or not there."]
    assert len(taken.manifest.left_meanwhile) == 3
    assert not path_of(there / "files", lost).exists()
