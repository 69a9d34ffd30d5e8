"""An operator's tools and a machine of two workers: one killed, all asked to end, a database that is silent; and promtool."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.cli.test_supervisor import is_running, workers_of
from tests.durability.servers import Postmaster
from tests.fixtures.patience import eventually, until
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import programs, stopped
from tests.fixtures.server import Server
from wallet.monitoring.metrics import IN_MEMORY

pytestmark = pytest.mark.soak


class Operated(Server):
    """A served wallet with a port for its operator's tools."""

    def __init__(self, folder: Path, *options: str, **settings: str) -> None:
        self.place = f"127.0.0.1:{free_port()}"
        super().__init__(folder, *options, WALLET_OPERATIONS=self.place, WALLET_LOG="json", **settings)

    def ask(self, page: str, timeout: float = 30) -> tuple[int, str]:
        """What the port answers; 0 where nobody does."""
        try:
            with urlopen(f"http://{self.place}/{page}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as problem:
            with problem:
                return problem.code, problem.read().decode()
        except OSError:
            return 0, ""

    def is_ready(self) -> bool:
        return self.ask("ready")[0] == 200

    def count(self, start: str) -> float:
        """The number of the metric whose line begins so."""
        found = [line for line in self.ask("metrics")[1].splitlines() if line.startswith(f"{start} ")]
        return sum(float(line.rpartition(" ")[2]) for line in found)


def test_two_workers_are_one_node_also_when_one_is_killed(tmp_path: Path) -> None:
    """Whichever of them listens dies first: the other one takes over, and what the dead one counted is not lost."""
    server = Operated(tmp_path, "--workers", "2")
    server.start()
    try:
        assert server.process
        supervisor = server.process.pid
        until(lambda: server.log.count("Application startup complete.") == 2)
        until(server.is_ready)
        for _ in range(20):
            with urlopen(f"{server.origin}/help") as answer:
                assert answer.status == 200
        help_ = 'wallet_requests_total{route="help",status="200"}'
        until(lambda: server.count(help_) == 20)  # one is counted when its answer is out
        for worker in workers_of(supervisor):
            os.kill(worker, signal.SIGKILL)
            until(lambda worker=worker: not is_running(worker))  # type: ignore[misc]
            until(lambda: len(workers_of(supervisor)) == 2)
            until(server.is_ready)
            assert server.ask("alive")[0] == 200
            assert server.count(help_) == 20
        assert server.count("wallet_build_info") == 0, "it has labels"
        folder = next(IN_MEMORY.glob(f"wallet-metrics-{supervisor}-*"))

        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.ask("ready") == (503, "It is stopping.\n"))
        with urlopen(f"{server.origin}/help") as answer:
            assert answer.status == 200
        server.process.wait(60)
        assert not folder.exists()
    finally:
        server.stop()


def test_one_worker_that_is_replaced_while_the_others_serve_stops_no_node(tmp_path: Path) -> None:
    """SIGHUP replaces them one after the other."""
    server = Operated(tmp_path, "--workers", "2")
    server.start()
    try:
        assert server.process
        before = set(workers_of(server.process.pid))
        until(lambda: server.log.count("Application startup complete.") == 2)
        until(server.is_ready)
        server.process.send_signal(signal.SIGHUP)
        answers = []
        for _ in range(600):
            answers.append(server.ask("ready"))
            if before.isdisjoint(workers_of(server.process.pid)):
                break
            time.sleep(0.1)
        assert before.isdisjoint(workers_of(server.process.pid))
        assert [one for one in answers if one[0] not in {0, 200}] == []
    finally:
        server.stop()


def test_what_a_killed_wallet_left_in_memory_goes_with_the_next_start(tmp_path: Path) -> None:
    server = Operated(tmp_path, "--workers", "2")
    server.start()
    assert server.process
    left = next(IN_MEMORY.glob(f"wallet-metrics-{server.process.pid}-*"))
    server.kill()
    assert left.exists()

    server.start()
    try:
        assert not left.exists()
    finally:
        server.stop()


def test_a_silent_database_makes_no_node_unready_and_no_scrape_hang(tmp_path: Path) -> None:
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here (Debian package: postgresql)")
    with Postmaster(binaries) as postmaster:
        server = Operated(tmp_path, WALLET_DATABASE_URL=postmaster.address)
        server.start()
        try:
            until(server.is_ready)
            assert server.count("wallet_schema_revision") > 0
            with stopped(postmaster.address):
                for _ in range(20):
                    assert server.ask("ready", timeout=5)[0] == 200
                    status, told = server.ask("metrics", timeout=5)
                    assert status == 200
                    assert "wallet_schema_revision" in told, "as it was seen before"
                    time.sleep(1)
                assert server.count("wallet_measured_age_seconds") > 15
            assert eventually(lambda: server.count("wallet_measured_age_seconds") < 15)
        finally:
            server.stop()


def test_promtool_finds_nothing_to_complain_of(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here (Debian package: promtool)")
    for options in ((), ("--workers", "2")):
        folder = tmp_path / str(len(options))
        folder.mkdir()
        server = Operated(folder, *options)
        server.start()
        try:
            until(server.is_ready)
            with urlopen(f"{server.origin}/help") as answer:
                assert answer.status == 200
            done = subprocess.run(
                [promtool, "check", "metrics"],
                input=server.ask("metrics")[1],
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        finally:
            server.stop()
