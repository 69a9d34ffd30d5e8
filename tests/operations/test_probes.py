"""What does not answer is told within a bounded wait, apart from what is damaged, and nobody is advised to replace it."""

import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import AdminShutdown, DataCorrupted
from sqlalchemy.exc import DatabaseError

from tests.fixtures.ports import free_port
from tests.fixtures.whole_wallet import a_wallet, settings_of
from tests.storage.test_store_id import NOW, by_hand
from wallet.operations import integrity_check, probes
from wallet.settings import Settings
from wallet.storage.database import Database
from wallet.storage.files import FileStore

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A wallet with a badge of Maria's."""
    settings = settings_of(tmp_path)
    a_wallet(settings, 1)
    return settings


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server that takes whoever comes and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def told(settings: Settings) -> tuple[str, str]:
    """What check-store finds, and what it advises: never to replace anything."""
    looked = integrity_check.check_store(settings, NOW)
    assert looked.faults
    assert "--replace" not in " ".join(looked.advice)
    return looked.faults[0], " ".join(looked.advice)


def test_a_server_that_lets_nobody_in_of_that_name_is_told_with_what_to_look_at(settings: Settings, postgres_url: str):
    user = replace(settings, database_url=postgres_url.replace("wallet@", "nobody@"))
    assert told(user)[0].startswith("The database server does not let this user in (postgresql://nobody@")
    assert "user and password" in told(user)[1]
    assert "user and password" in by_hand(user)

    name = replace(settings, database_url=postgres_url.replace("/postgres", "/walet"))
    assert told(name)[0].startswith("The database server has no database of this name")
    assert "createdb, and then wallet restore DIR." in told(name)[1]


@pytest.fixture
def on_a_server(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Settings, str]]:
    """A wallet on PostgreSQL, and a user of the server who may connect and owns nothing of it."""
    name, user = f"test_{uuid4().hex}", f"other_{uuid4().hex}"
    url = postgres_url.removesuffix("postgres") + name
    (tmp_path / "served").mkdir()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        connection.execute(f'CREATE ROLE "{user}" LOGIN')
        try:
            served = settings_of(tmp_path / "served", database_url=url)
            a_wallet(served, 1)
            yield replace(served, database_url=url.replace("wallet@", f"{user}@")), url
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            connection.execute(f'DROP ROLE "{user}"')


@pytest.mark.breadth
def test_a_user_who_owns_no_table_is_told(on_a_server: tuple[Settings, str]):
    user, _ = on_a_server

    assert told(user)[0].startswith("This user of the database server may not read the tables of the wallet")
    assert "whose the tables are" in told(user)[1]
    assert "whose the tables are" in by_hand(user)


def test_a_server_that_stops_while_it_is_looked_at_is_not_taken_for_damage(
    on_a_server: tuple[Settings, str], monkeypatch: pytest.MonkeyPatch
):
    """It answered the probe; then it ends the connection, and lets nobody in again."""
    settings, url = on_a_server
    user, probe = settings.database_url.partition("//")[2].partition("@")[0], probes.probe_files
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{user}"')

    def and_then_it_stops(files: FileStore) -> probes.NoAnswer | None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'ALTER ROLE "{user}" NOLOGIN')
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [user])
        return probe(files)

    assert integrity_check.check_store(settings, NOW).faults == []
    monkeypatch.setattr(probes, "probe_files", and_then_it_stops)

    fault, advice = told(settings)
    assert fault.startswith("The database does not answer (")
    assert "Nothing says that it is damaged" in advice


def test_a_server_that_finds_its_own_pages_damaged_is_damage():
    database = Database("postgresql://wallet@127.0.0.1/wallet")
    try:
        for problem, is_damage in ((DataCorrupted("invalid page"), True), (AdminShutdown("it stops"), False)):
            assert probes.is_damage(database, DatabaseError("", {}, problem)) == is_damage
    finally:
        database.close()


def test_a_server_that_is_not_there_is_told(settings: Settings):
    port = replace(settings, database_url=f"postgresql://wallet@127.0.0.1:{free_port()}/wallet")

    assert told(port)[0].startswith("The database does not answer")
    assert "whether its server runs" in told(port)[1]
    assert "whether its server runs" in by_hand(port)


@pytest.mark.breadth
def test_a_host_that_has_no_address_is_told(settings: Settings):
    host = replace(settings, database_url="postgresql://wallet@nobody.invalid/wallet")

    assert told(host)[0].startswith("There is no such database server (postgresql://wallet@nobody.invalid/")
    assert told(host)[1] == "Look at WALLET_DATABASE_URL: the host."


@pytest.mark.breadth
def test_a_server_that_says_nothing_is_not_waited_for(settings: Settings, deaf: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probes, "PATIENCE", 0.2)
    silent = replace(settings, database_url=f"postgresql://wallet@127.0.0.1:{deaf}/wallet")

    assert told(silent)[0].startswith("The database does not answer")
    assert "no answer within" in told(silent)[0]
    assert "no answer within" in by_hand(silent)


def test_a_bucket_that_says_nothing_is_not_waited_for(
    settings: Settings, deaf: int, s3_bucket: str, monkeypatch: pytest.MonkeyPatch
):
    silent, probe = (
        replace(settings, files_url=f"s3://{s3_bucket}?endpoint=http://127.0.0.1:{deaf}&allow_http=yes"),
        probes.probe_files,
    )

    def impatient(files: FileStore) -> probes.NoAnswer | None:
        with monkeypatch.context() as meanwhile:  # the database has the time that it needs
            meanwhile.setattr(probes, "PATIENCE", 0.2)
            return probe(files)

    monkeypatch.setattr(probes, "probe_files", impatient)
    fault, advice = told(silent)
    assert fault.startswith(f"The files in s3://{s3_bucket}/ do not answer: no answer within")
    assert "AWS_ACCESS_KEY_ID" in advice


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a bucket that answers with the one status, whatever is asked; 0: nobody listens there."""
    if not request.param:
        yield free_port()
        return

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(request.param)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("answering", [500, 403, 0], indirect=True, ids=["is broken", "lets nobody in", "is not there"])
@pytest.mark.breadth
def test_a_bucket_that_fails_is_told_in_one_sentence(settings: Settings, s3_bucket: str, answering: int):
    endpoint = f"http://127.0.0.1:{answering}"
    fault, advice = told(replace(settings, files_url=f"s3://{s3_bucket}?endpoint={endpoint}&allow_http=yes"))

    assert fault.startswith(f"The files in s3://{s3_bucket}/ do not answer: ")
    assert "AWS_ACCESS_KEY_ID" in advice
    assert "Debug source" not in fault
    assert "\n" not in fault


def test_a_disk_that_cannot_be_read_or_written_is_not_taken_for_damage(settings: Settings, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    fault, advice = told(replace(settings, database_url=f"sqlite:///{tmp_path}/folder"))

    assert fault.startswith("The disk does not give the database")
    assert "Nothing says that it is damaged" in advice


@pytest.mark.breadth
def test_a_disk_that_may_only_be_read_is_told(settings: Settings, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        with closing(sqlite3.connect(tmp_path / "wallet.sqlite3")) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        (disk / "wallet.sqlite3").write_bytes((tmp_path / "wallet.sqlite3").read_bytes())
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        fault, _ = told(replace(settings, database_url=f"sqlite:///{disk}/wallet.sqlite3"))
    finally:
        subprocess.run(["umount", disk], check=True)
    assert fault.startswith("The disk does not give the database")


def test_rows_that_are_no_rows_of_ours_are_damage(settings: Settings, tmp_path: Path):
    """Bytes of a value were flipped: SQLite sees nothing, whoever reads the row does."""
    with closing(sqlite3.connect(tmp_path / "wallet.sqlite3")) as connection:
        connection.execute("UPDATE badges SET good = 'not what it was'")
        connection.commit()

    looked = integrity_check.check_store(settings, NOW)

    assert any("a row is not what it was" in fault for fault in looked.faults)
    assert looked.advice == [integrity_check.FROM_A_BACKUP]


def test_serve_does_not_start_on_a_damaged_database(settings: Settings, tmp_path: Path):
    path = tmp_path / "wallet.sqlite3"
    content = path.read_bytes()
    path.write_bytes(
        content[: 4096 * 3] + bytes(255 - byte for byte in content[4096 * 3 : 4096 * 6]) + content[4096 * 6 :]
    )

    assert f"The database {path} is damaged" in by_hand(settings)
    looked = integrity_check.check_store(settings, NOW)
    assert integrity_check.FROM_A_BACKUP in looked.advice


def test_files_of_another_store_are_told_as_such_and_not_one_by_one(settings: Settings, tmp_path: Path):
    (tmp_path / "other").mkdir()
    other = settings_of(tmp_path / "other")
    a_wallet(other, 5)

    fault, advice = told(replace(settings, files_url=other.files_url))

    assert "one of them is not of this wallet" in fault
    assert advice == ""
    assert "These keys are not those of this wallet" in told(replace(settings, keys=other.keys))[0]
