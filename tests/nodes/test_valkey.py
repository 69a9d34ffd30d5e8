"""Valkey stopped, and killed, under a wallet that counts there: one short wait, and never a fault.

Times are printed beside those of the same wallet before; what is asserted is how many waited at all.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median

import pytest

from tests.fixtures.ports import free_port
from tests.fixtures.server import Server
from tests.fixtures.traveller import Traveller
from wallet.concurrency import HOUR, Limit
from wallet.concurrency.shared_windows import PATIENCE, SharedWindow, in_valkey

pytestmark = [pytest.mark.soak, pytest.mark.slow]
PROGRAM = shutil.which("valkey-server") or ""
SLACK = 0.1
"""Seconds that a request may take longer than the wait, on a machine that does other things."""


@contextmanager
def running() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A Valkey of its own that keeps nothing: its address and its process."""
    pytest.importorskip("valkey", reason="its client is not installed (PyPI: valkey)")
    if not PROGRAM:
        pytest.skip("Valkey is not installed here (Debian package: valkey-server)")
    port = free_port()
    command = [PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"valkey://127.0.0.1:{port}"
        try:
            while not in_valkey(address).check():
                assert server.poll() is None
                time.sleep(0.05)
            yield address, server
        finally:
            server.send_signal(signal.SIGCONT)
            server.kill()


def mark(content: bytes, purpose: str) -> bytes:
    return sha256(purpose.encode() + content).digest()


def test_two_nodes_let_a_hundred_through_and_bytes_go_into_one_room():
    with running() as (address, _):
        two = [SharedWindow(in_valkey(address), mark, patience=30) for _ in range(2)]
        with ThreadPoolExecutor(8) as together:
            told = list(together.map(lambda n: two[n % 2].hit(Limit(100, HOUR), "import", "Sonia"), range(400)))
        assert sum(told) == 100
        assert [one.amount(Limit(100, HOUR), "import", "Sonia") for one in two] == [100, 100]
        room = Limit(100 * 1024 * 1024, 30 * 60)
        brought = [(0, 60_000_000), (1, 50_000_000), (1, 40_000_000)]
        assert [two[at].hit(room, "bytes visitor", "n", amount) for at, amount in brought] == [True, False, True]
        assert two[0].times_gone == two[1].times_gone == 0


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_people_wait_a_moment_once_and_meet_no_fault(how: str, tmp_path: Path):
    with running() as (address, engine):
        server = Server(tmp_path, WALLET_LIMITS=address)
        server.start()
        try:
            with Traveller(server) as sonia:

                def asks(times: int) -> list[float]:
                    """How long each of so many imports took, which are counted for the network and for whom they are."""
                    took = []
                    for _ in range(times):
                        began = time.monotonic()
                        answer = sonia.brings(("badge.json", b"{}"))
                        took.append(time.monotonic() - began)
                        assert answer.status_code < 500, answer.text
                    return took

                before = asks(20)
                os.kill(engine.pid, signal.SIGSTOP if how == "stopped" else signal.SIGKILL)
                meanwhile = asks(40)
                time.sleep(10.5)  # and then one asks again
                later = asks(20)
            usual = median(before)
            told = f"{how}: usual {usual:.3f} s, then at most {max(meanwhile):.3f} s, later {max(later):.3f} s\n"
            sys.stdout.write(told)
            assert server.log.count("this node counts for itself") == 1
            assert sum(took > usual + PATIENCE / 2 + SLACK for took in meanwhile + later) <= 1
            assert max(meanwhile + later) <= max(before) + PATIENCE + SLACK
        finally:
            server.stop()
