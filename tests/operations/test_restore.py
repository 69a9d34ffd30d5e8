"""A backup brought back: over nobody unawares, all of it, and whoever was erased since stays in the ledger."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from sqlalchemy import select, text

from tests.fixtures.examined import keeps
from tests.fixtures.small_disk import mounted
from tests.fixtures.tables_made import make_tables
from tests.fixtures.whole_wallet import a_wallet, assert_whole, brought, empty, hers, lay, settings_of
from tests.storage.test_database import revisions
from wallet.accounts.holders import Holder
from wallet.operations import backup, database_dump, integrity_check, restore
from wallet.operations.database_dump import OperationFailed
from wallet.operations.erasure_log import KEPT, ErasureLog
from wallet.operations.restore import Restored
from wallet.settings import Settings
from wallet.storage import database as database_module
from wallet.storage.database import Database
from wallet.storage.files import open_files
from wallet.storage.keyring import Keyring
from wallet.storage.store_id import file_of

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """An instance with two badges of Maria's, of which there is a backup; once on SQLite and once on PostgreSQL."""
    settings = settings_of(tmp_path, database_url=database_url)
    if database_url.startswith("sqlite"):
        lay(tmp_path, with_a_backup)
    else:
        a_wallet(settings, 1, 2)
        backup.take_backup(settings, tmp_path / "backups", NOW)
    return settings


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """The same on SQLite alone."""
    lay(tmp_path, with_a_backup)
    return settings_of(tmp_path)


def with_a_backup(folder: Path) -> None:
    """For `lay`."""
    hers(folder)
    backup.take_backup(settings_of(folder), folder / "backups", NOW)


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The folder of the backups."""
    return tmp_path / "backups"


def people(settings: Settings) -> list[str]:
    """The names of all people."""
    database = Database(settings.database_url)
    with database.reading() as session:
        names = list(session.scalars(select(Holder.name).order_by(Holder.id)))
    database.close()
    return names


def lose_all(settings: Settings, folder: Path) -> None:
    """Another machine: nothing is there but the backups and, on PostgreSQL, an empty database."""
    empty(folder)
    if not settings.database_url.startswith("sqlite"):
        with psycopg.connect(settings.database_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")


def refused(settings: Settings, given: Path, **more: bool) -> str:
    """What is told of a backup that is not brought back; what is there is as it was."""
    before = people(settings), sorted(open_files(settings.files_url).names()), settings.keys.read_bytes()
    with pytest.raises(OperationFailed) as told:
        restore.restore_backup(settings, given, NOW + DAY, **more)
    assert (people(settings), sorted(open_files(settings.files_url).names()), settings.keys.read_bytes()) == before
    return str(told.value)


def bring_back(settings: Settings, given: Path, **more: bool) -> Restored:
    return restore.restore_backup(settings, given, NOW + DAY, **more)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["postgresql", "sqlite"])
def test_on_another_machine_all_is_there_again(settings: Settings, there: Path, tmp_path: Path):
    keys = settings.keys.read_bytes()
    sealed = Keyring(settings.keys).seal(b"token", "share")
    lose_all(settings, tmp_path)

    done = bring_back(settings, there)

    assert (done.backup, done.aside) == (there / "20261124T101200Z", "")
    assert people(settings) == ["Maria"]
    assert len(assert_whole(settings)) == 2
    assert settings.keys.read_bytes() == keys
    assert Keyring(settings.keys).unseal(sealed, "share") == b"token"
    assert not restore.unfinished_restore(settings)
    modes = {
        path.stat().st_mode & 0o077 for path in tmp_path.rglob("*") if path.name in {"wallet.sqlite3", "keys.json"}
    }
    assert modes == {0}
    assert [path.name for path in tmp_path.iterdir() if "draft" in path.name or path.suffix == ".sql"] == []

    a_wallet(settings, 7, name="Youssef")
    assert people(settings) == ["Maria", "Youssef"], "new people come after those brought back: numbers go on"
    assert len(assert_whole(settings)) == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_maria_comes_back_also_with_programs_that_are_newer_than_the_server(
    settings: Settings, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lose_all(settings, tmp_path)
    monkeypatch.setattr(database_dump, "DEBIAN", of_debian_13(tmp_path / "postgresql"))

    bring_back(settings, there)

    assert people(settings) == ["Maria"]
    assert len(assert_whole(settings)) == 2


def of_debian_13(folder: Path) -> Path:
    """The programs of this machine, as those from 17 on write their scripts: with one more line at the beginning."""
    there = folder / "17" / "bin"
    there.mkdir(parents=True)
    for name, called in (("psql", "psql"), ("pg_restore", "ours")):
        found = sorted(database_dump.DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
        (there / called).symlink_to(found[-1] if found else str(shutil.which(name)))
    (there / "pg_restore").write_text(
        f'#!/bin/sh\n"{there}/ours" "$@" || exit\n'
        "for word; do case $word in --file=*) script=${word#--file=}; esac; done\n"
        'grep -q transaction_timeout "$script" || sed -i "0,/^SET lock_timeout/s//SET transaction_timeout = 0;\\n&/" "$script"\n'
    )
    (there / "pg_restore").chmod(0o700)
    return folder


@pytest.mark.breadth
def test_a_wallet_that_holds_somebody_is_not_replaced_unasked(settings: Settings, there: Path):
    a_wallet(settings, 3, name="Youssef")

    told = refused(settings, there)

    assert "holds 2 people or visitors" in told
    assert "--replace" in told


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_is_replaced_runs_no_more_is_set_aside_and_can_be_brought_back(
    settings: Settings, there: Path, tmp_path: Path
):
    lose_all(settings, tmp_path)
    a_wallet(settings, 3, name="Youssef")
    his = settings.keys.read_bytes()
    runs = Database(settings.database_url)
    with runs.reading() as session:
        session.scalars(select(Holder)).all()
    assert "stop it first" in refused(settings, there, replace=True), "a wallet that runs is not touched"
    runs.close()

    aside = bring_back(settings, there, replace=True).aside

    assert people(settings) == ["Maria"]
    assert aside == "20261125T101200Z-replaced"
    assert len(assert_whole(settings)) == 2, "and his files are swept"
    restore.restore_backup(settings, there / aside, NOW + 2 * DAY, replace=True)
    assert people(settings) == ["Youssef"]
    assert settings.keys.read_bytes() == his
    assert len(assert_whole(settings)) == 1


def test_other_keys_are_not_replaced_unasked(small: Settings, there: Path, tmp_path: Path):
    """Somebody has started the wallet on the new machine already: it made keys of its own."""
    empty(tmp_path)
    Keyring(small.keys)
    make_tables(Database(small.database_url))

    told = refused(small, there)

    assert "keys.json holds other keys" in told
    bring_back(small, there, replace=True)
    assert people(small) == ["Maria"]


def test_the_ledger_loses_no_line(small: Settings, there: Path, tmp_path: Path):
    small.erasures.write_text("Anna\nBéa\n")
    backup.take_backup(small, there, NOW + timedelta(hours=1))
    small.erasures.write_text("Béa\nChloé")

    assert bring_back(small, there, replace=True).erasures == 3

    assert small.erasures.read_text() == "Béa\nChloé\nAnna\n"
    small.erasures.unlink()
    assert restore.restore_backup(small, there, NOW + 2 * DAY, replace=True).erasures == 2
    assert small.erasures.read_text() == "Anna\nBéa\n"
    assert small.erasures.stat().st_mode & 0o077 == 0


@pytest.mark.breadth
def test_whose_line_went_in_the_morning_of_the_ninetieth_day_is_told(small: Settings, there: Path):
    """Anna was erased an hour after the backup: the ledger forgets whole days, and knows her no more before ninety are over."""
    ledger, morning = ErasureLog(small.erasures), NOW + KEPT - timedelta(hours=1)
    ledger.write(b"the handle of Anna", NOW + timedelta(hours=1))
    ledger.forget_old(morning)
    assert ledger.lines() == {}

    assert restore.restore_backup(small, there, morning, replace=True).forgotten
    assert not restore.restore_backup(small, there, morning - DAY, replace=True).forgotten


@pytest.mark.breadth
def test_the_newest_is_taken_unless_one_is_named(small: Settings, there: Path):
    database = Database(small.database_url)
    keeps(database, 1, brought(open_files(small.files_url), 3))
    database.close()
    backup.take_backup(small, there, NOW + timedelta(hours=1))

    assert bring_back(small, there, replace=True).manifest.counts["badges"] == 3
    assert len(assert_whole(small)) == 3
    older = restore.restore_backup(small, there / "20261124T101200Z", NOW + 2 * DAY, replace=True)
    assert older.manifest.counts["badges"] == 2
    assert len(assert_whole(small)) == 2


@pytest.mark.parametrize("given", ["nowhere", "nowhere/20261124T101200Z", "files", "backups/20200101T000000Z"])
def test_where_there_is_no_backup_that_is_told_and_nothing_made(small: Settings, tmp_path: Path, given: str):
    told = refused(small, tmp_path / given, replace=True)

    assert told.startswith(("There is no backup in", "There is no backup at"))
    assert not (tmp_path / "nowhere").exists()


def change(path: Path, **changes: object) -> None:
    """Write the manifest anew, as a later wallet might."""
    manifest = backup.read_manifest(path)
    (path / "manifest.json").write_bytes(replace(manifest, **changes).text)  # type: ignore[arg-type]  # any of them


def test_a_backup_of_a_newer_wallet_is_told(small: Settings, there: Path):
    change(there / "20261124T101200Z", revision="9999")

    assert "of a newer wallet, at revision 9999" in refused(small, there, replace=True)


def test_a_backup_of_another_kind_is_told(small: Settings, there: Path):
    path = there / "20261124T101200Z"
    plain = json.loads((path / "manifest.json").read_text()) | {"version": 2}
    (path / "manifest.json").write_text(json.dumps(plain))

    assert "of a kind that this wallet does not know" in refused(small, there, replace=True)


def test_a_backup_of_another_kind_of_database_is_told(small: Settings, there: Path, postgres_url: str):
    with pytest.raises(OperationFailed, match=r"holds no wallet\.dump: it is of another kind of database"):
        restore.restore_backup(replace(small, database_url=postgres_url), there, NOW + DAY)


@pytest.mark.postgresql
@pytest.mark.parametrize("more", [{}, {"replace": True}, {"drill": True}], ids=["", "--replace", "--drill"])
@pytest.mark.breadth(beside=["sqlite---drill", "sqlite---replace", "sqlite-"])
def test_the_database_of_another_program_is_never_replaced(
    settings: Settings, there: Path, tmp_path: Path, more: dict[str, bool]
):
    """A wrong name in WALLET_DATABASE_URL: what is there could not be set aside either."""
    lose_all(settings, tmp_path)
    with closing(Database(settings.database_url)) as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE invoices AS SELECT 1 AS number"))
        database.close()

        with pytest.raises(OperationFailed, match=r"is another program's, with its tables invoices: "):
            restore.restore_backup(settings, there, NOW + DAY, **more)

        with database.reading() as session:
            assert session.scalar(text("SELECT number FROM invoices")) == 1
    assert not settings.keys.exists()


@pytest.mark.breadth
def test_rows_that_are_not_as_many_as_were_counted_are_told(small: Settings, there: Path, tmp_path: Path):
    manifest = backup.read_manifest(there / "20261124T101200Z")
    change(there / "20261124T101200Z", counts={**manifest.counts, "badges": 3})

    assert "badges has 2 rows where 3 were counted" in refused(small, there, replace=True)
    assert list(tmp_path.glob("*draft*")) == []


@pytest.mark.postgresql
def test_a_backup_of_an_older_wallet_moves_on(
    settings: Settings, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    adds = 'op.add_column("holders", sa.Column("colour", sa.String(), nullable=True))'
    monkeypatch.setattr(database_module, "MIGRATIONS", revisions(tmp_path / "later", later=adds))
    lose_all(settings, tmp_path)

    bring_back(settings, there)

    database = Database(settings.database_url)
    with database.reading() as session:
        assert session.execute(text("SELECT name, colour FROM holders")).all() == [("Maria", None)]
    database.close()


@pytest.mark.parametrize("harm", ["not a database at all" * 1000, ""])
@pytest.mark.breadth(beside=["harm0"])
def test_a_database_that_cannot_be_read_is_set_aside_as_it_is(small: Settings, there: Path, tmp_path: Path, harm: str):
    path = tmp_path / "wallet.sqlite3"
    path.write_text(harm)
    (tmp_path / "wallet.sqlite3-wal").write_text("its log")

    aside = bring_back(small, there, replace=True).aside

    assert people(small) == ["Maria"]
    assert len(assert_whole(small)) == 2
    if harm:
        assert (there / aside / "wallet.sqlite3").read_text() == harm
        with pytest.raises(OperationFailed, match="is what a restore replaced, and it was not whole"):
            restore.restore_backup(small, there / aside, NOW + 2 * DAY, replace=True)
    assert backup.take_backup(small, there, NOW + 2 * DAY).manifest.counts["badges"] == 2


@pytest.mark.breadth
def test_when_the_place_is_full_what_was_there_stays(settings: Settings, there: Path, monkeypatch: pytest.MonkeyPatch):
    """Files and draft come first: if they find no room, nothing has changed yet."""

    def full(*_: object) -> None:
        raise OperationFailed("The disk: No space left on device.")

    with patch.object(database_dump, "prepare_restore", full):
        refused(settings, there, replace=True)
    assert len(assert_whole(settings)) == 2


def test_a_disk_that_is_full_is_not_taken_for_a_wallet_that_runs(small: Settings, there: Path, tmp_path: Path):
    """It was killed on the full disk, and its log finds no room in the database: who runs it would be looked for in vain."""
    database = file_of(Database(small.database_url))
    with mounted(tmp_path / "disk", 8 * 1024 * 1024) as disk:
        with closing(sqlite3.connect(database)) as runs:
            runs.execute("CREATE TABLE more AS SELECT zeroblob(500000)")
            runs.commit()
            for ending in ("", "-wal", "-shm"):
                shutil.copy(f"{database}{ending}", disk.folder)
        disk.fill()
        there_now = replace(small, database_url=f"sqlite:///{disk.folder / database.name}")

        with pytest.raises(OperationFailed) as told:
            restore.restore_backup(there_now, there, NOW + DAY, replace=True)

    assert str(told.value) == f"The database {disk.folder / database.name} cannot be written: database or disk is full."


@contextmanager
def somebody_comes_in(wallet: Database) -> Iterator[None]:
    """*wallet* is read while a restore brings its files."""
    bring = restore._bring

    def bring_meanwhile(*what: Any) -> None:
        bring(*what)
        with wallet.reading() as session:
            session.scalars(select(Holder)).all()

    with patch.object(restore, "_bring", bring_meanwhile):
        yield


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_wallet_that_is_started_meanwhile_is_not_touched(settings: Settings, there: Path):
    """While files are brought, which may take hours, somebody starts it: else it would go on with what is no longer there."""
    runs = Database(settings.database_url)

    with somebody_comes_in(runs):
        told = refused(settings, there, replace=True)

    assert "stop it first" in told
    assert not restore.unfinished_restore(settings), "and it starts as before"
    runs.close()
    restore.restore_backup(settings, there, NOW + 2 * DAY, replace=True)
    assert len(assert_whole(settings)) == 2


@pytest.fixture
def half(small: Settings, there: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A restore that ended in the middle of what must change together."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with patch.object(database_dump, "put_in_place", dies), pytest.raises(KeyboardInterrupt):
        bring_back(small, there, replace=True)
    return small


def test_a_wallet_brought_back_by_halves_is_told(half: Settings, there: Path):
    assert restore.unfinished_restore(half) == (
        f"A restore of {there / '20261124T101200Z'} did not end: run it again (wallet restore)."
    )
    assert integrity_check.check_store(half, NOW).faults == [restore.unfinished_restore(half)]


@pytest.mark.breadth
def test_it_ends_when_it_is_run_again_and_sets_nothing_aside_twice(half: Settings, there: Path):
    before = sorted(there.iterdir())

    restore.restore_backup(half, there, NOW + 2 * DAY)

    assert not restore.unfinished_restore(half)
    assert sorted(there.iterdir()) == before
    assert len(assert_whole(half)) == 2


def test_where_somebody_came_in_while_it_was_run_again_it_is_still_not_at_its_end(half: Settings, there: Path):
    """Keys and database are of two wallets until it has ended: nobody may start what is there."""
    comes = Database(half.database_url)

    with somebody_comes_in(comes):
        assert "stop it first" in refused(half, there)
    comes.close()

    assert restore.unfinished_restore(half)
    bring_back(half, there)
    assert len(assert_whole(half)) == 2


def test_one_that_takes_the_place_of_another_wallet_ends_too(small: Settings, there: Path, tmp_path: Path):
    """Killed when the database is Maria's already, and the shelf Youssef's still."""
    empty(tmp_path)
    a_wallet(small, 3, name="Youssef")

    def dies(point: str) -> None:
        if point == "restore.database":
            raise KeyboardInterrupt

    with patch.object(restore, "failpoint", dies), pytest.raises(KeyboardInterrupt):
        bring_back(small, there, replace=True)

    restore.restore_backup(small, there, NOW + 2 * DAY)

    assert people(small) == ["Maria"]
    assert len(assert_whole(small)) == 2


def test_another_one_must_wait_for_it(half: Settings, there: Path):
    backup.take_backup(half, there, NOW + 2 * DAY)

    assert "did not end: run that one again first" in refused(half, there, replace=True)
    bring_back(half, there / "20261124T101200Z")


DIES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tests.fixtures.tables_made import make_tables
from tests.fixtures.whole_wallet import settings_of
from wallet import operations

folder = Path(sys.argv[1])
settings = settings_of(folder, database_url=sys.argv[2])
operations.restore_backup(settings, folder / "backups", datetime(2026, 11, 25, tzinfo=UTC), replace=True)
"""


@pytest.mark.soak  # on PostgreSQL nobody else asks; on SQLite tests/durability/test_killed_at_points.py does at every point
@pytest.mark.parametrize("point", ["restore.aside", "restore.drafted", "restore.keys", "restore.database"])
def test_killed_it_ends_when_it_is_run_again(settings: Settings, there: Path, tmp_path: Path, point: str):
    """At the last points before it is told to be begun and at the first ones after; on both databases."""
    command = [sys.executable, "-c", DIES, tmp_path, settings.database_url]
    killed = subprocess.run(command, cwd=PROJECT, env={"FAILPOINT": point, "PATH": os.environ["PATH"]}, check=False)
    assert killed.returncode == -signal.SIGKILL

    assert bool(restore.unfinished_restore(settings)) == (point in {"restore.keys", "restore.database"})
    bring_back(settings, there, replace=True)

    assert people(settings) == ["Maria"]
    assert len(assert_whole(settings)) == 2


def test_sqlite_finds_the_database_in_one_file(small: Settings, there: Path, tmp_path: Path):
    """No log of the old one is ever read into the new one."""
    database = Database(small.database_url)
    with database.writing() as session:
        session.execute(text("UPDATE holders SET name = 'Youssef'"))
    database.close()

    bring_back(small, there, replace=True)

    assert [path.name for path in tmp_path.glob("wallet.sqlite3*")] == ["wallet.sqlite3"]
    with closing(sqlite3.connect(tmp_path / "wallet.sqlite3")) as connection:
        assert connection.execute("SELECT name FROM holders").fetchall() == [("Maria",)]
