"""A wallet as it is served, and its operator: a port of its own, an end that is announced, a log of one line a request."""

import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.fixtures.patience import until
from tests.fixtures.ports import free_port
from tests.fixtures.server import preloaded_server

pytestmark = pytest.mark.slow


def status_of(address: str) -> int:
    """0 where nobody answers."""
    try:
        with urlopen(address, timeout=30) as answer:
            return int(answer.status)
    except HTTPError as problem:
        with problem:
            return problem.code
    except OSError:
        return 0


@pytest.mark.breadth
def test_a_balancer_sees_a_node_come_serve_and_go(tmp_path: Path) -> None:
    """It is asked to end: it says so and goes on serving, and then ends by itself."""
    operations = f"http://127.0.0.1:{free_port()}"
    server = preloaded_server(tmp_path, WALLET_OPERATIONS=operations.removeprefix("http://"), WALLET_LOG="json")
    server.start()
    try:
        until(lambda: status_of(f"{operations}/alive") == 200)
        assert status_of(f"{operations}/ready") == 200
        assert [status_of(f"{server.origin}/{page}") for page in ("alive", "ready", "metrics", "help")] == [404] * 3 + [
            200
        ]
        with urlopen(f"{operations}/metrics") as answer:
            assert b'wallet_requests_total{route="help",status="200"} 1.0' in answer.read().splitlines()

        assert server.process
        server.process.send_signal(15)
        until(lambda: status_of(f"{operations}/ready") == 503)
        assert status_of(f"{server.origin}/help") == 200
        server.process.wait(60)
    finally:
        server.stop()
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    asked = [(one["route"], one["status"]) for one in lines if one["message"] == "request"]
    assert asked.count(("help", 200)) == 2
    assert all(one.keys() >= {"time", "level", "node", "message"} for one in lines)
    assert "Finished server process" in lines[-1]["message"]
