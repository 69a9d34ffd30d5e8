"""PgBouncer as it comes, pooling transactions, between a wallet and its PostgreSQL."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy import make_url, text

from tests.durability.client import Person
from tests.fixtures.nodes import nodes, typed
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import SERVER
from tests.storage.test_database import revisions
from wallet.concurrency import HOUR, Limit
from wallet.concurrency.shared_windows import InTable, SharedWindow
from wallet.storage import database as database_module
from wallet.storage.database import Database
from wallet.storage.leases import Leases
from wallet.storage.rate_counts import RateCounts

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
ADDS = 'op.add_column("holders", sa.Column("colour", sa.String(9), nullable=True))'
MAKES = 'make_index_beside("ix_holders_name", "holders", ["name"])'


@contextmanager
def bouncer(url: str) -> Iterator[str]:
    """The address of the same database through PgBouncer, told nothing but where it is and that it pools transactions."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed here (Debian package: pgbouncer)")
    server, port = make_url(url), free_port()
    with TemporaryDirectory(prefix="wallet-pgbouncer-") as folder:
        place = Path(folder)
        (place / "users.txt").write_text('"wallet" ""\n')
        (place / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={server.host} port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\npool_mode = transaction\n"
            f"auth_type = trust\nauth_file = {place}/users.txt\nunix_socket_dir =\n"
        )
        as_server = {"user": SERVER, "group": SERVER, "extra_groups": ()} if os.geteuid() == 0 else {}
        for path in (place, *place.iterdir()):
            shutil.chown(path, SERVER, SERVER) if as_server else None
        command = [program, "--quiet", str(place / "pgbouncer.ini")]
        with subprocess.Popen(command, cwd=folder, env=dict(os.environ), **as_server) as process:  # type: ignore[call-overload]
            try:
                through = server.set(port=port).render_as_string(hide_password=False)
                for _ in range(200):
                    try:
                        psycopg.connect(through, connect_timeout=2).close()
                        break
                    except psycopg.OperationalError:
                        assert process.poll() is None
                        time.sleep(0.05)
                yield through
            finally:
                process.terminate()


def test_limits_hold_within_each_transaction_and_nothing_stays_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database_module, "WAIT", 5)  # as it is; tests are given more time
    with bouncer(database_url) as through, closing(Database(through, statement=5)) as database:
        database.migrate()
        with database.writing() as session:
            assert session.scalar(text("SHOW lock_timeout")) == "5s"
            assert session.scalar(text("SHOW statement_timeout")) == "5s"
        with closing(psycopg.connect(through, autocommit=True)) as somebody_else:
            assert somebody_else.execute("SHOW lock_timeout").fetchone() == ("0",)


def test_a_wallet_serves_through_it_and_two_nodes_use_it_at_once(database_url: str, tmp_path: Path):
    with bouncer(database_url) as through, ExitStack() as ending:
        pair = ending.enter_context(nodes(tmp_path, through, f"file://{tmp_path}/shelf", is_made=True))
        people = [ending.enter_context(Person(node.origin, Random(seed))) for seed, node in enumerate(pair)]  # noqa: S311

        def lives(person: Person) -> int:
            person.begin()
            for _ in range(30):
                person.act()
            return person.look()

        with ThreadPoolExecutor(2) as together:
            assert min(together.map(lives, people)) > 3
        looked = typed(pair[0], "check-store")
        assert looked.returncode == 0, looked.stdout


def test_nodes_that_start_at_once_migrate_one_after_the_other_through_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with bouncer(database_url) as through, closing(Database(through)) as first, closing(Database(through)) as second:
        first.migrate()
        folder = revisions(tmp_path, **{"9000": ADDS, "9001": MAKES})
        (path,) = (folder / "versions").glob("9001*")
        path.write_text("from wallet.operations.migrations.altering import make_index_beside\n" + path.read_text())
        monkeypatch.setattr(database_module, "MIGRATIONS", folder)

        with ThreadPoolExecutor(2) as together:
            for done in [together.submit(one.migrate) for one in (first, second)]:
                done.result(60)

        assert second.read(database_module.current_revision) == "9001"


def mark(content: bytes, purpose: str) -> bytes:
    return sha256(purpose.encode() + content).digest()


def test_limits_are_exact_and_one_of_two_leads(database_url: str):
    with bouncer(database_url) as pooled, ExitStack() as ending:
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
