"""A backup: all of the wallet, whole or not at all, while people go on; and gone after a month."""

import fcntl
import os
import random
import resource
import subprocess
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from tests.fixtures.examined import keeps
from tests.fixtures.postgres import ASKED
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.whole_wallet import (
    a_wallet,
    assert_whole,
    brought,
    removes_first_badge,
    settings,
    settings_of,
    small,
)
from wallet.operations import backup, database_dump, restore
from wallet.operations.backup import BackupTaken
from wallet.operations.database_dump import DatabaseDump, OperationFailed
from wallet.settings import Settings
from wallet.storage.database import Database, DatabaseUnavailable
from wallet.storage.files import Folder, open_files

pytestmark = pytest.mark.slow

__all__ = ["settings", "small"]
NOW = datetime(2026, 11, 24, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The folder of the backups."""
    return tmp_path / "backups"


def take(settings: Settings, there: Path, now: datetime = NOW, **more: int) -> BackupTaken:
    """One more backup, whole when looked at again."""
    taken = backup.take_backup(settings, there, now, **more)
    assert backup.check_backup(there / taken.name) == taken.manifest
    backup.check_backup_files(Folder(there / "files"), taken.manifest)
    return taken


def faults(settings: Settings, there: Path, now: datetime = NOW) -> str:
    """What is told of a backup that was not taken; nothing of it is left."""
    before = sorted(path.name for path in there.iterdir()) if there.exists() else []
    with pytest.raises(OperationFailed) as told:
        backup.take_backup(settings, there, now)
    left = {path.name for path in there.iterdir()} if there.exists() else set()
    assert left <= {*before, "files"}
    return str(told.value)


def path_of(files: Path, name: str) -> Path:
    return files / name[:2] / name[2:4] / name


@pytest.mark.postgresql
def test_all_of_the_wallet_is_in_it_and_nobody_else_reads_it(settings: Settings, there: Path):
    settings.erasures.write_text("somebody\n")

    taken = take(settings, there)

    assert taken.name == "20261124T101200Z"
    assert taken.manifest.counts["badges"] == 2
    assert len(taken.manifest.files) == 6
    database = "wallet.sqlite3" if settings.database_url.startswith("sqlite") else "wallet.dump"
    names = {path.name for path in (there / taken.name).iterdir()}
    assert names == {database, "keys.json", "erasures", "manifest.json"}
    assert (there / taken.name / "keys.json").read_bytes() == settings.keys.read_bytes()
    assert {path.stat().st_mode & 0o077 for path in [there, *there.rglob("*")]} == {0}


@pytest.mark.breadth
def test_the_next_one_adds_only_what_is_new(small: Settings, there: Path):
    take(small, there)
    database = Database(small.database_url)
    keeps(database, 1, brought(open_files(small.files_url), 3))
    database.close()
    inodes = {path.stat().st_ino for path in (there / "files").rglob("*") if path.is_file()}

    taken = take(small, there, NOW + DAY)

    files = [path for path in (there / "files").rglob("*") if path.is_file()]
    assert len(taken.manifest.files) == len(files) == 9
    assert len({path.stat().st_ino for path in files} & inodes) == 6


@pytest.mark.postgresql
@pytest.mark.parametrize("many", here_and_in_soak(8, 64))
@pytest.mark.breadth
def test_it_is_whole_while_many_people_bring_badges(settings: Settings, there: Path, many: int):
    """As many backups as there is time for while they do; the last one is brought back."""
    database, files, kept = Database(settings.database_url), open_files(settings.files_url), list[int]()

    def bring(person: int) -> None:
        for number in range(person * 10, person * 10 + 2):
            with suppress(DatabaseUnavailable):  # whoever is told to try again later goes on with the next
                kept.extend(keeps(database, 1, brought(files, number)))

    people = [Thread(target=bring, args=(person,)) for person in range(1, many + 1)]
    for one in people:
        one.start()
    taken = []
    while not taken or any(one.is_alive() for one in people):
        before = len(kept)
        taken.append(take(settings, there, NOW + len(taken) * DAY))
        assert taken[-1].manifest.counts["badges"] >= before + 2, "what somebody was told is kept is in it"
    database.close()
    assert taken

    restore.restore_backup(settings, there, NOW + 365 * DAY, replace=True)

    assert len(assert_whole(settings)) == taken[-1].manifest.counts["badges"]


@pytest.mark.breadth
def test_it_keeps_what_is_on_s3(s3_url: str, tmp_path: Path, there: Path):
    settings = settings_of(tmp_path, files_url=f"{s3_url}/wallet")
    a_wallet(settings, 1, 2)
    take(settings, there)
    store = open_files(settings.files_url)
    for name in list(store.names()):
        store.remove(name)

    restore.restore_backup(settings, there, NOW + DAY, replace=True)

    assert len(assert_whole(settings)) == 2


@pytest.mark.parametrize("harm", ["missing", "damaged"])
@pytest.mark.breadth(beside=["damaged"])
def test_a_file_that_is_lost_is_told_and_no_backup_counts(small: Settings, there: Path, tmp_path: Path, harm: str):
    take(small, there)
    name = min(open_files(small.files_url).names())
    path = path_of(tmp_path / "files", name)
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(b"rot")

    assert faults(small, there, NOW + DAY) == f"The file {name} is damaged or not there. An older backup has it."
    assert [path.name for path in backup.list_backups(there)] == ["20261124T101200Z"]


def test_what_was_erased_while_it_was_taken_is_no_fault(
    small: Settings, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Maria's removed badge is forgotten and swept between the copy of the rows and that of the files."""
    write = database_dump.dump_database

    def and_then_she_removes_one(database: Database, folder: Path) -> database_dump.DatabaseDump:
        dump = write(database, folder)
        removes_first_badge(small)
        return dump

    monkeypatch.setattr(database_dump, "dump_database", and_then_she_removes_one)

    manifest = backup.take_backup(small, there, NOW).manifest

    assert len(manifest.files) == 3
    assert len(manifest.left_meanwhile) == 3
    assert set(open_files(small.files_url).names()) == manifest.files.keys()


def test_a_database_that_is_damaged_is_not_backed_up(small: Settings, there: Path, tmp_path: Path):
    path = tmp_path / "wallet.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 6] = random.Random(1).randbytes(4096 * 3)  # noqa: S311  # the same harm each time
    path.write_bytes(content)

    assert "damaged" in faults(small, there) or "malformed" in faults(small, there)


def test_a_database_of_another_revision_is_not_backed_up(settings: Settings, there: Path):
    database = Database(settings.database_url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    database.close()

    assert "is at revision 0001 and this wallet at" in faults(settings, there)


def test_a_database_that_goes_away_meanwhile_is_told(small: Settings, there: Path, monkeypatch: pytest.MonkeyPatch):
    """Its server is stopped after the copy was made, before another look at it."""

    def gone(*_: object) -> None:
        raise DatabaseUnavailable("SELECT", {}, ConnectionError("the server closed the connection"))

    monkeypatch.setattr(backup.storage, "check_same_store", gone)

    assert faults(small, there) == "The database does not answer any more: the server closed the connection"


@pytest.mark.breadth
def test_without_its_keys_a_wallet_is_not_backed_up(small: Settings, there: Path):
    small.keys.write_text("{}")
    assert "is not a file of keys" in faults(small, there)

    small.keys.unlink()
    assert "There are no keys at" in faults(small, there)
    assert not small.keys.exists(), "and none are made"


def test_there_is_nothing_to_back_up_on_an_empty_machine(tmp_path: Path, there: Path):
    assert "There is no database at" in faults(settings_of(tmp_path), there)


@pytest.mark.breadth
def test_its_folder_may_be_called_anything(small: Settings, tmp_path: Path):
    there = tmp_path / "sauvegardes ? 100 % #1"

    assert take(small, there).manifest.faults == []
    assert not (tmp_path / "sauvegardes ").exists()


@pytest.mark.breadth
def test_after_a_month_it_is_gone_with_what_nobody_needs_any_more(small: Settings, there: Path):
    take(small, there)
    removes_first_badge(small)

    assert take(small, there, NOW + 30 * DAY).removed == 0
    assert len(list(Folder(there / "files").names())) == 6
    assert take(small, there, NOW + 31 * DAY).removed == 1
    assert len(list(Folder(there / "files").names())) == 3
    assert take(small, there, NOW + 33 * DAY, days=1).removed == 2
    assert [path.name for path in there.iterdir() if path.name != "files"] == ["20261227T101200Z"]


@pytest.mark.breadth
def test_the_newest_stays_however_old_it_is(small: Settings, there: Path):
    """Whoever sets the clock back, or backs up once a year, is not left without."""
    take(small, there, NOW + 365 * DAY)

    take(small, there, NOW, days=1)

    assert len(backup.list_backups(there)) == 2


def test_what_a_restore_replaced_stays_whole_for_a_month_and_goes_then(small: Settings, there: Path):
    take(small, there)
    database = Database(small.database_url)
    keeps(database, 1, brought(open_files(small.files_url), 3))
    database.close()
    restore.restore_backup(small, there, NOW + DAY, replace=True)

    take(small, there, NOW + 2 * DAY)
    aside = backup.check_backup(there / "20261125T101200Z-replaced")
    assert len(aside.files) == 9, "no backup names those of the third badge"
    backup.check_backup_files(Folder(there / "files"), aside)

    take(small, there, NOW + 40 * DAY)
    assert [path.name for path in there.iterdir() if path.name != "files"] == ["20270103T101200Z"]


def test_an_older_one_that_is_damaged_takes_no_files_along(small: Settings, there: Path):
    first = take(small, there)
    removes_first_badge(small)
    (there / first.name / "manifest.json").write_text("{}")

    with pytest.raises(OperationFailed, match="20261125T101200Z was taken, but no file of older ones was removed"):
        backup.take_backup(small, there, NOW + DAY)

    assert len(list(Folder(there / "files").names())) == 6


def test_two_at_once_do_not_meet(small: Settings, there: Path):
    there.mkdir()
    other = os.open(there, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)

    assert "Somebody else backs up or restores" in faults(small, there)

    os.close(other)
    take(small, there)
    assert "is there already" in faults(small, there)


@pytest.mark.parametrize("folder", [".", "files", "files/deep"])
def test_the_files_of_the_wallet_are_no_place_for_backups(small: Settings, tmp_path: Path, folder: str):
    """Else what no backup names would be removed from the wallet itself."""
    with pytest.raises(OperationFailed, match="choose another folder"):
        backup.take_backup(small, tmp_path / folder, NOW)

    assert len(assert_whole(small)) == 2


def test_the_files_of_another_wallet_are_no_place_for_backups_either(small: Settings, tmp_path: Path):
    """Somebody types a backup in the folder of one wallet, into that of another one."""
    other = settings_of(tmp_path / "other")
    a_wallet(other, 3, name="Youssef")
    draft = tmp_path / "other/files/drafts/0123456789abcdef0123456789abcdef"
    draft.write_bytes(b"a file that somebody brings there just now")

    with pytest.raises(OperationFailed, match="other/files is where a wallet keeps its files: choose another folder"):
        backup.take_backup(small, tmp_path / "other", NOW)

    assert draft.exists()
    assert len(assert_whole(other)) == 1


def test_beside_the_backups_of_another_wallet_none_is_taken(small: Settings, there: Path, tmp_path: Path):
    """The newest one there is what a restore brings back, and on an empty machine nothing else tells whose it is."""
    other = settings_of(tmp_path / "other")
    a_wallet(other, 3, name="Youssef")
    take(other, there)

    told = faults(small, there, NOW + DAY)

    assert f"{there}/20261124T101200Z is a backup of another wallet, " in told
    assert told.endswith(": choose another folder.")
    assert take(other, there, NOW + DAY).name == "20261125T101200Z"
    (there / "20261124T101200Z/manifest.json").write_text("{}")
    assert "is a backup of another wallet" in faults(small, there, NOW + 2 * DAY), "what counts is the newest one"


@pytest.mark.breadth
def test_a_backup_is_no_place_for_backups(small: Settings, there: Path):
    """It goes after a month with all that lies in it, and what is newer would be the first to be missed."""
    taken = take(small, there)

    told = faults(small, there / taken.name, NOW + DAY)

    assert told.endswith("is a backup itself, which goes after its days: name the folder that it lies in.")
    assert not (there / taken.name / "files").exists()
    assert "is a backup itself" in faults(small, there / "20261123T101200Z-replaced", NOW + DAY)
    assert f"{there / taken.name} is a backup itself" in faults(small, there / taken.name / "within" / "it", NOW + DAY)


def test_what_somebody_else_put_beside_the_backups_stays(small: Settings, there: Path):
    thesis = there / "partial-thesis/chapter.txt"
    thesis.parent.mkdir(parents=True)
    thesis.write_text("mine")
    (there / "partial-list").write_text("mine, too")
    (there / "partial-20261123T101200Z").mkdir()
    drafts = there / "files/drafts"
    (drafts / "letters").mkdir(parents=True)
    (drafts / "application.odt").write_text("mine as well")
    (drafts / "0123456789abcdef0123456789abcdef").write_text("what a backup left that was killed")

    take(small, there)

    assert thesis.read_text() == "mine"
    assert sorted(path.name for path in there.glob("partial-*")) == ["partial-list", "partial-thesis"]
    assert sorted(path.name for path in drafts.iterdir()) == ["application.odt", "letters"]


@pytest.mark.breadth
def test_a_damaged_copy_of_a_file_is_mended_by_the_next_one(small: Settings, there: Path):
    name = min(take(small, there).manifest.files)
    path_of(there / "files", name).write_bytes(b"rot")

    take(small, there, NOW + DAY)

    backup.check_backup_files(Folder(there / "files"), backup.check_backup(there / "20261124T101200Z"))


def test_a_flipped_byte_anywhere_in_the_copy_is_seen(settings: Settings, there: Path, tmp_path: Path):
    settings.erasures.write_text("somebody\n")
    take(settings, there)
    chance = random.Random(8)  # noqa: S311  # the same bytes each time
    copies = sorted(path for path in there.rglob("*") if path.is_file())
    assert len(copies) == 10
    for path in copies:
        content = path.read_bytes()
        for place in {0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(5))}:
            path.write_bytes(
                content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]
            )
            with pytest.raises(OperationFailed):
                restore.restore_backup(settings, there, NOW + DAY, replace=True)
        path.write_bytes(content)

    assert [path.name for path in backup.list_backups(there)] == ["20261124T101200Z"], "and nothing was set aside"
    assert len(assert_whole(settings)) == 2


@pytest.mark.breadth
def test_a_manifest_that_is_cut_off_is_seen(small: Settings, there: Path):
    path = there / take(small, there).name / "manifest.json"
    content = path.read_bytes()
    for length in (0, 1, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(OperationFailed, match=r"manifest\.json is damaged or not there"):
            restore.restore_backup(small, there, NOW + DAY, replace=True)
    path.unlink()
    with pytest.raises(OperationFailed, match=r"manifest\.json is damaged or not there"):
        restore.restore_backup(small, there, NOW + DAY, replace=True)


@pytest.mark.breadth
def test_programs_of_postgresql_that_are_missing_are_named(
    settings: Settings, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database_dump, "DEBIAN", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    if settings.database_url.startswith("sqlite"):
        take(settings, there)
    else:
        assert "pg_dump is not here: install the programs of PostgreSQL" in faults(settings, there)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_a_server_that_ends_idle_transactions_ends_no_backup(
    settings: Settings, there: Path, monkeypatch: pytest.MonkeyPatch
):
    """The dump of Maria's wallet and of many others takes minutes, and what it is a dump of is held meanwhile."""
    with psycopg.connect(settings.database_url, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {server.info.dbname} SET idle_in_transaction_session_timeout = '1min'")
    tell, limits = database_dump._told, list[str | None]()

    def tell_and_ask(session: Session, name: str) -> DatabaseDump:
        limits.append(session.scalar(text("SHOW idle_in_transaction_session_timeout")))
        return tell(session, name)

    monkeypatch.setattr(database_dump, "_told", tell_and_ask)
    take(settings, there)

    assert limits == ["0"], "as pg_dump asks for itself"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_a_server_that_asks_for_a_password_gives_a_backup_and_takes_it_back(
    settings: Settings, there: Path, postgres_url: str
):
    """pg_dump takes a password that stands in the address, be it ***, before the one that it is handed."""
    asked = make_url(settings.database_url).set(username=ASKED, password="s@cr%t: é")
    theirs = replace(settings, database_url=asked.render_as_string(hide_password=False))
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {ASKED} SUPERUSER LOGIN PASSWORD '{asked.password}'")

    take(theirs, there)
    restore.restore_backup(theirs, there, NOW + DAY, replace=True)


@pytest.mark.parametrize("limit", here_and_in_soak(2_000, 5, 40_000))
@pytest.mark.breadth
def test_a_disk_that_takes_no_more_leaves_nothing_by_halves(small: Settings, tmp_path: Path, there: Path, limit: int):
    """No file may grow beyond the limit: a file of keys, of a badge, the database."""
    large = open_files(small.files_url).keep(b"a large picture" * 100)
    assert large
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(OperationFailed):
            backup.take_backup(small, there, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [path.name for path in there.iterdir()] == ["files"]
    assert list((there / "files/drafts").iterdir()) == []
    take(small, there)


def test_a_full_disk_leaves_nothing_by_halves(small: Settings, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        with pytest.raises(OperationFailed):
            backup.take_backup(small, disk / "backups", NOW)
        assert [path.name for path in (disk / "backups").iterdir()] == ["files"]
    finally:
        subprocess.run(["umount", disk], check=True)
