"""The store as a whole: what is damaged is told by the number of its badge, and nothing is changed by looking."""

import os
import random
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError
from starlette.applications import Starlette

from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import holder, signed
from tests.fixtures.whole_wallet import a_wallet, removes_first_badge, settings_of, starts
from wallet.operations import backup, integrity_check
from wallet.settings import Settings
from wallet.storage import known_revisions
from wallet.storage.database import Database
from wallet.storage.files import Folder, open_files
from wallet.storage.keyring import Keyring
from wallet.storage.store_id import AnotherStore

pytestmark = pytest.mark.slow

NOW = datetime.now(UTC)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """An instance with two badges of Maria's, once on SQLite and once on PostgreSQL."""
    settings = settings_of(tmp_path, database_url=database_url)
    a_wallet(settings, 1, 2)
    return settings


def told(settings: Settings) -> list[str]:
    return integrity_check.check_store(settings, NOW).told


def faults(settings: Settings) -> list[str]:
    return integrity_check.check_store(settings, NOW).faults


def names_of(settings: Settings, column: str) -> list[str]:
    """What each badge names there, the first badge first."""
    database = Database(settings.database_url)
    with database.reading() as session:
        names = list(session.scalars(text(f"SELECT {column} FROM badges ORDER BY id")))  # noqa: S608  # ours
    database.close()
    return names


@pytest.mark.breadth
def test_a_store_that_is_whole(settings: Settings):
    looked = integrity_check.check_store(settings, NOW)

    assert (looked.faults, looked.advice) == ([], [])
    assert looked.told == [
        "The keys can be read.",
        f"The database is whole, at revision {known_revisions()[0]}.",
        "6 of the 6 files that rows need are whole.",
        "0 files that nobody needs, 0 of them to be swept, a few each hour.",
    ]


@pytest.mark.breadth
def test_each_file_that_is_damaged_is_told_with_its_badge_and_no_name(settings: Settings, tmp_path: Path):
    (missing, _), (_, rotten) = names_of(settings, "document"), names_of(settings, "picture")
    (tmp_path / "files" / missing[:2] / missing[2:4] / missing).unlink()
    (tmp_path / "files" / rotten[:2] / rotten[2:4] / rotten).write_bytes(b"rot")

    assert sorted(faults(settings)) == sorted(
        [f"The file {missing} is not there: badge 1.", f"The file {rotten} is damaged: badge 2."]
    )
    assert "4 of the 6 files that rows need are whole." in told(settings)
    assert integrity_check.check_store(settings, NOW).advice == [integrity_check.FILES_BACK]
    assert "Maria" not in " ".join(faults(settings) + told(settings))


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_goes_with_its_badge_while_the_wallet_is_served_is_no_fault(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (_, damaged), turn, read = names_of(settings, "document"), count(1), Folder.read
    (tmp_path / "files" / damaged[:2] / damaged[2:4] / damaged).write_bytes(b"rot")

    def and_meanwhile(files: Folder, name: str) -> bytes:
        if next(turn) == 1:
            removes_first_badge(settings)
        return read(files, name)

    monkeypatch.setattr(Folder, "read", and_meanwhile)
    looked = integrity_check.check_store(settings, NOW)

    assert looked.faults == [f"The file {damaged} is damaged: badge 2."]
    assert "2 of the 3 files that rows need are whole." in looked.told


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_comes_back_while_it_is_looked_for_is_no_fault(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The badge goes with its file, and its holder brings it once more."""
    (first, _), read = names_of(settings, "document"), Folder.read
    path = tmp_path / "files" / first[:2] / first[2:4] / first
    content = path.read_bytes()
    path.unlink()

    def and_then_it_is_there(files: Folder, name: str) -> bytes:
        try:
            return read(files, name)
        finally:
            if name == first:
                files.keep(content)

    monkeypatch.setattr(Folder, "read", and_then_it_is_there)

    assert integrity_check.check_store(settings, NOW).faults == []


def test_files_that_are_listed_otherwise_than_they_are_are_looked_at_and_listed_anew_at_the_operators_word(
    settings: Settings,
):
    with closing(Database(settings.database_url)) as database, database.writing() as session:
        session.execute(text("DELETE FROM kept_files WHERE row_id = 1"))

    looked = integrity_check.check_store(settings, NOW)
    assert looked.faults == ["The files that badge 1 needs are listed otherwise than they are."]
    assert looked.advice == [integrity_check.LIST_ANEW]
    assert "6 of the 6 files that rows need are whole." in looked.told, "also those that the list leaves out"

    anew = integrity_check.check_store(settings, NOW, lists_anew=True)
    assert (anew.faults, faults(settings)) == ([], [])
    assert "The files of 1 rows were listed otherwise than they are, and are listed anew." in anew.told
    assert "listed anew" not in " ".join(integrity_check.check_store(settings, NOW, lists_anew=True).told)


@pytest.mark.breadth
def test_all_badges_of_a_file_are_named(settings: Settings, tmp_path: Path):
    database = Database(settings.database_url)
    first, second = names_of(settings, "document")
    with database.writing() as session:
        session.execute(text("UPDATE badges SET document = :first"), {"first": first})
    database.close()
    (tmp_path / "files" / first[:2] / first[2:4] / first).unlink()

    assert faults(settings) == [f"The file {first} is not there: badge 1, badge 2."]
    assert "1 files that nobody needs, 0 of them to be swept, a few each hour." in told(settings)
    assert open_files(settings.files_url).has(second), "it is the chores that sweep"


@pytest.mark.breadth
def test_old_files_that_nobody_needs_are_counted(settings: Settings, tmp_path: Path):
    files = open_files(settings.files_url)
    young, old = files.keep(b"on its way"), files.keep(b"left behind")
    at = (NOW - timedelta(hours=2)).timestamp()
    os.utime(tmp_path / "files" / old[:2] / old[2:4] / old, (at, at))

    assert "2 files that nobody needs, 1 of them to be swept, a few each hour." in told(settings)
    assert files.has(young)
    assert files.has(old)


@pytest.mark.breadth
def test_a_store_on_s3(s3_url: str, tmp_path: Path):
    settings = settings_of(tmp_path, files_url=s3_url)
    a_wallet(settings, 1)
    assert faults(settings) == []

    (document,) = names_of(settings, "document")
    open_files(s3_url).remove(document)

    assert faults(settings) == [f"The file {document} is not there: badge 1."]


@pytest.mark.parametrize(
    ("revision", "what"),
    [
        ("0001", "brings the database up to date."),
        ("9999", "install the newer wallet."),
        ("garbage", "whether WALLET_DATABASE_URL names the database of a wallet."),
    ],
)
def test_a_database_of_another_revision_is_told(settings: Settings, revision: str, what: str):
    database = Database(settings.database_url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        session.execute(text("UPDATE store SET reads_from = '9998'"))
    database.close()

    (fault,) = faults(settings)
    assert fault.startswith(f"The database is at revision {revision}, this wallet at ")
    assert fault.endswith(what)


def test_keys_that_are_lost_or_damaged_are_told_and_none_are_made(settings: Settings):
    settings.keys.write_text("{}")
    assert "is not a file of keys" in faults(settings)[0]

    settings.keys.unlink()
    assert faults(settings) == [f"There are no keys at {settings.keys}: bring them back from a backup."]
    assert not settings.keys.exists()


def test_a_database_that_is_lost_is_told_where_there_are_keys(tmp_path: Path):
    settings = settings_of(tmp_path)
    a_wallet(settings, 1)
    (tmp_path / "wallet.sqlite3").unlink()

    assert faults(settings) == [f"There is no database at {tmp_path / 'wallet.sqlite3'}: bring it back from a backup."]
    assert not (tmp_path / "wallet.sqlite3").exists()


@pytest.mark.parametrize("beside", ["files of a store", "keys"])
def test_an_empty_database_beside_a_store_is_told_as_serve_tells_it(database_url: str, tmp_path: Path, beside: str):
    """PostgreSQL's was made anew; SQLite's file has no byte. To start the wallet would help nobody: it refuses."""
    settings = settings_of(tmp_path, database_url=database_url)
    if beside == "keys":
        Keyring(settings.keys)
    else:
        (tmp_path / "lost").mkdir()
        a_wallet(replace(settings_of(tmp_path / "lost"), files_url=settings.files_url, keys=settings.keys), 1)
    if database_url.startswith("sqlite"):
        (tmp_path / "wallet.sqlite3").touch()
    with pytest.raises(AnotherStore) as refused:
        starts(settings)

    assert faults(settings) == [str(refused.value)]
    assert "A lost database is brought back with wallet restore." in faults(settings)[0]


@pytest.mark.postgresql
def test_nothing_is_made_in_the_database_of_another_program(database_url: str, tmp_path: Path):
    settings = settings_of(tmp_path, database_url=database_url)
    with closing(Database(database_url)) as database:
        with database.writing() as session:
            session.execute(text("CREATE TABLE invoices AS SELECT 1 AS number"))
        with pytest.raises(AnotherStore) as refused:
            starts(settings)

        assert faults(settings) == [str(refused.value)]
        assert "is another program's, with its tables invoices: give the wallet one of its own" in faults(settings)[0]
        assert database.read(lambda session: inspect(session.connection()).get_table_names()) == ["invoices"]


def test_a_damaged_database_is_told_whatever_the_damage(tmp_path: Path):
    """Forty times some bytes of a page are others: none is silent where SQLite could know it, and none is a traceback."""
    settings = settings_of(tmp_path)
    a_wallet(settings, *range(1, 9))
    path, chance = tmp_path / "wallet.sqlite3", random.Random(3)  # noqa: S311  # the same harm each time
    whole = path.read_bytes()
    for _ in range(40):
        page = chance.randrange(len(whole) // 4096)
        path.write_bytes(whole[: page * 4096] + chance.randbytes(4096) + whole[(page + 1) * 4096 :])
        looked = integrity_check.check_store(settings, NOW)
        assert looked.faults, page
        assert integrity_check.FROM_A_BACKUP in looked.advice, page
        for log in tmp_path.glob("wallet.sqlite3-*"):
            log.unlink()


def test_rows_of_nobody_are_told(tmp_path: Path):
    settings = settings_of(tmp_path)
    a_wallet(settings, 1)
    database = Database(settings.database_url)
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("DELETE FROM holders")
    database.close()

    assert faults(settings) == [
        "The database is damaged: row 1 of badges belongs to a row of holders that is not there."
    ]


def test_on_an_empty_machine_the_store_is_made_and_that_is_told(database_url: str, tmp_path: Path):
    settings = settings_of(tmp_path, database_url=database_url)

    looked = integrity_check.check_store(settings, NOW)

    assert looked.faults == []
    assert looked.told[0] == "There was nothing here yet: database, folder of files and keys are made."
    assert settings.keys.exists()
    assert (tmp_path / "files").is_dir()
    assert "nothing here yet" not in " ".join(told(settings))


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["postgresql"])
def test_a_first_look_that_fails_leaves_no_keys_that_would_be_in_the_way(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """This user of PostgreSQL may make no table as yet; the address of a file was typed wrong."""

    def may_not(_: Database) -> None:
        raise ProgrammingError("", {}, Exception("permission denied for schema public"))

    settings = settings_of(tmp_path, database_url=database_url)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "migrate", may_not)
        assert "permission denied for schema public" in faults(settings)[0]
    assert not settings.keys.exists()

    assert told(settings)[0] == "There was nothing here yet: database, folder of files and keys are made."
    starts(settings)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_database_of_which_the_tables_alone_are_made_is_a_new_one(database_url: str, tmp_path: Path):
    """`wallet migrate` was typed first: nothing is lost that a backup could bring."""
    settings = settings_of(tmp_path, database_url=database_url)
    database = Database(database_url)
    make_tables(database)
    database.close()

    looked = integrity_check.check_store(settings, NOW)

    assert (looked.faults, looked.advice) == ([], [])
    assert looked.told[0] == "There was nothing here yet: database, folder of files and keys are made."
    starts(settings)


def test_a_wallet_that_runs_keeps_nothing_where_its_disk_was_whatever_the_operator_types(
    app: Starlette, tmp_path: Path
):
    """Else Maria's new badge would lie under the disk that comes back, and be lost to her."""
    maria, settings, shelf = (
        holder(app, ("a.json", signed())),
        app.state.services.settings,
        app.state.services.files.root,
    )
    (id,) = maria.has()
    shelf.rename(tmp_path / "disk")
    shelf.mkdir()

    assert any(f"0 are in {shelf}" in fault for fault in faults(settings))
    with pytest.raises(backup.OperationFailed, match=f"{shelf} has no id"):
        backup.take_backup(settings, tmp_path / "backups", NOW, days=90)

    assert maria.get(f"/badges/{id}/document").status_code == 503
    refused = maria.brings(("b.json", signed("adapter-1")))
    assert (refused.status_code, "Rien n’a changé" in refused.text) == (503, True)
    assert [path for path in shelf.rglob("*") if path.is_file()] == []

    shutil.rmtree(shelf)
    (tmp_path / "disk").rename(shelf)
    assert maria.get(f"/badges/{id}/document").status_code == 200
    assert maria.brings(("b.json", signed("adapter-1"))).status_code == 303
    assert len(maria.has()) == 2
