"""`wallet work` twice on one database: one does the chores, and the other one once that one is killed, hangs or ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from tests.fixtures.patience import eventually
from tests.fixtures.postgres import programs
from tests.fixtures.postgres import running as postgresql
from tests.fixtures.server import Server
from wallet.storage.database import Database
from wallet.storage.leases import LASTS, RENEWED_EVERY, Lease

pytestmark = [pytest.mark.soak, pytest.mark.slow]
LATEST = LASTS.total_seconds() + RENEWED_EVERY + 5
"""Seconds after which another one leads: its minute is over, and the other one has looked."""


@contextmanager
def works(folder: Path, url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that does the chores, and says so."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WALLET_")}
    command = [Path(sys.executable).with_name("wallet"), "work"]
    log = folder / f"log-{time.monotonic_ns()}"
    environment = kept | {"WALLET_DATABASE_URL": url, "WALLET_ORIGIN": "http://localhost:8000"}
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        assert "Traceback" not in log.read_text(), log.read_text()


def leaders(database: Database) -> set[int]:
    """The processes that hold leases whose time is not over; none before there are tables."""
    try:
        with database.reading() as session:
            rows = session.query(Lease).filter(Lease.until > datetime.now(UTC)).all()
    except DBAPIError:
        return set()
    return {int(row.node.rsplit(" ", 2)[1]) for row in rows}


def seconds_until_leads(database: Database, pid: int) -> float:
    began = time.monotonic()
    while leaders(database) != {pid} and time.monotonic() - began < 2 * LATEST:
        time.sleep(0.5)
    return time.monotonic() - began


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that `wallet work` makes."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/wallet.sqlite3"
        return
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here (Debian package: postgresql)")
    with postgresql(binaries) as address:
        yield address


def test_another_one_leads_when_the_first_one_hangs_is_killed_or_ends(url: str, tmp_path: Path):
    with ExitStack() as ending:
        start = lambda: ending.enter_context(works(tmp_path, url))  # noqa: E731  # three times the same
        first = start()
        database = ending.enter_context(closing(Database(url)))
        assert eventually(lambda: bool(leaders(database)))
        second = start()
        time.sleep(RENEWED_EVERY + 5)
        assert leaders(database) == {first.pid}

        first.send_signal(signal.SIGSTOP)
        hung = seconds_until_leads(database, second.pid)
        first.send_signal(signal.SIGCONT)
        time.sleep(RENEWED_EVERY + 5)
        assert leaders(database) == {second.pid}, "whoever comes back takes nothing"

        second.kill()
        second.wait()
        killed = seconds_until_leads(database, first.pid)

        third = start()
        time.sleep(10)
        first.terminate()
        assert first.wait(60) == 0
        ended = seconds_until_leads(database, third.pid)
        third.terminate()
        assert third.wait(60) == 0
        assert leaders(database) == set()
    sys.stdout.write(f"another leads after: hung {hung:.0f} s, killed {killed:.0f} s, ended {ended:.0f} s\n")
    assert hung < LATEST
    assert max(killed, ended) < RENEWED_EVERY + 10, "at once where the same machine sees it"


def test_of_two_workers_on_sqlite_one_does_the_chores(tmp_path: Path):
    server = Server(tmp_path, "--workers", "2")
    server.start()
    try:
        with closing(Database(f"sqlite:///{tmp_path}/var/wallet.sqlite3")) as database:
            assert eventually(lambda: len(leaders(database)) == 1)
            before = leaders(database)
            time.sleep(2 * RENEWED_EVERY + 5)
            assert leaders(database) == before
    finally:
        server.stop()
