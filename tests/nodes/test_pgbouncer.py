"""PgBouncer between two nodes and PostgreSQL, transactions pooled as it comes: limits are exact, and one of two leads."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from hashlib import sha256
from pathlib import Path

import pytest

from tests.fixtures.ports import free_port
from tests.fixtures.postgres import SERVER, wait_for
from wallet.concurrency import HOUR, Limit
from wallet.concurrency.shared_windows import InTable, SharedWindow
from wallet.storage.database import Database
from wallet.storage.leases import Leases
from wallet.storage.rate_counts import RateCounts

pytestmark = [pytest.mark.soak, pytest.mark.slow]
PROGRAM = shutil.which("pgbouncer", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin")))


@pytest.fixture
def pooled(postgres_url: str) -> Iterator[str]:
    """The address of an empty database behind a PgBouncer of its own, which opens two connections for all."""
    if PROGRAM is None:
        pytest.skip("PgBouncer is not installed here (Debian package: pgbouncer)")
    port, behind = free_port(), postgres_url.rpartition(":")[2].partition("/")[0]
    as_server = {"user": SERVER, "group": SERVER, "extra_groups": ()} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="wallet-pgbouncer-") as place:
        folder = Path(place)
        (folder / "users").write_text('"wallet" ""\n')
        (folder / "ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={behind}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"auth_type = trust\nauth_file = {folder}/users\nunix_socket_dir =\npool_mode = transaction\n"
            "default_pool_size = 2\n"
        )
        for path in (folder, *folder.iterdir()):
            if as_server:
                shutil.chown(path, SERVER, SERVER)
        log = folder / "log"
        with log.open("wb") as said, subprocess.Popen([PROGRAM, folder / "ini"], stderr=said, **as_server) as server:  # type: ignore[call-overload]
            try:
                wait_for(server, f"postgresql://wallet@127.0.0.1:{port}/postgres", log)
                with closing(Database(postgres_url)) as there, there.at_once() as connection:
                    connection.exec_driver_sql("CREATE DATABASE behind_pgbouncer TEMPLATE template0")
                yield f"postgresql://wallet@127.0.0.1:{port}/behind_pgbouncer"
            finally:
                server.kill()
        with closing(Database(postgres_url)) as there, there.at_once() as connection:
            connection.exec_driver_sql("DROP DATABASE behind_pgbouncer WITH (FORCE)")


def mark(content: bytes, purpose: str) -> bytes:
    return sha256(purpose.encode() + content).digest()


def test_limits_are_exact_and_one_of_two_leads(pooled: str):
    with ExitStack() as ending:
        two = [ending.enter_context(closing(Database(pooled))) for _ in range(2)]
        two[0].migrate()
        windows = [SharedWindow(InTable(RateCounts(one)), mark, patience=30) for one in two]
        with ThreadPoolExecutor(8) as together:
            told = list(together.map(lambda n: windows[n % 2].hit(Limit(100, HOUR), "import", "Sonia"), range(300)))
        assert sum(told) == 100
        assert [one.times_gone for one in windows] == [0, 0]

        here, there = (Leases(one, ["chores"]) for one in two)
        for one in (here, there):
            one.renew()
        assert [one.holds("chores") for one in (here, there)] == [True, False]
        here.give_back()
        there.renew()
        assert there.holds("chores")
