"""The port of an operator: what it answers, while the database is silent, too, and how an end is announced."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.ports import free_port
from wallet.monitoring import count, lead, metrics, node
from wallet.monitoring.health import Health
from wallet.monitoring.metrics import Metrics
from wallet.monitoring.node import Node, Room, Seen

QUIET = Seen({"due_badges": 3.0}, [], is_whole=True)


class Around:
    """A node whose rooms and looks the test says."""

    def __init__(self) -> None:
        self.looks = 0
        self.seen: Callable[[], Seen] = lambda: QUIET
        self.room = Room(node.PAGES, 2, 40, 0)
        self.node = Node(
            address=("127.0.0.1", free_port()),
            metrics=Metrics("9.9"),
            health=Health(),
            rooms=lambda: [self.room],
            connections=lambda: 4,
            look=self.look,
        )

    def look(self) -> Seen:
        self.looks += 1
        return self.seen()

    def watched(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Do *ask* while the node is watched."""

        async def run() -> None:
            async with self.node.watched():
                await ask()

        asyncio.run(run())

    async def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        for _ in range(200):
            try:
                return await self.asked(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            except ConnectionError:  # it does not listen yet
                await asyncio.sleep(0.01)
        raise AssertionError("nothing listens")

    async def asked(self, question: bytes) -> tuple[int, str]:
        reader, writer = await asyncio.open_connection(*self.node.address)
        writer.write(question)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        assert head.startswith(b"HTTP/1.1 ") or not head
        return int(head.split(b" ")[1]) if head else 0, body.decode()


@pytest.fixture
def around() -> Around:
    return Around()


def test_a_balancer_and_a_scraper_are_answered_and_nobody_else(around: Around) -> None:
    async def ask() -> None:
        assert await around.get("/alive") == (200, "alive\n")
        assert await around.get("/ready?now") == (200, "ready\n")
        status, told = await around.get("/metrics")
        assert status == 200
        for line in (
            'wallet_build_info{version="9.9"} 1.0',
            'wallet_threads_busy{room="pages"} 2.0',
            "wallet_pool_connections 4.0",
            "wallet_due_badges 3.0",
        ):
            assert line in told.splitlines()
        assert "wallet_backup_age_seconds" not in told, "what nobody knows is not there"
        assert await around.get("/metrics", "HEAD") == (200, "")
        for path, method in (("/", "GET"), ("/badges", "GET"), ("/ready", "POST"), ("/../ready", "GET")):
            assert (await around.get(path, method))[0] == 404
        assert await around.asked(b"nonsense\r\n\r\n") == (404, "There is /alive, /ready and /metrics.\n")
        assert await around.asked(b"GET /" + b"x" * 100_000) == (0, "")

    around.watched(ask)


def test_what_seldom_happens_is_counted_while_somebody_watches(around: Around) -> None:
    async def ask() -> None:
        count("children", "done")
        count("limits_engine_gone")
        lead("chores", is_here=True)
        _, told = await around.get("/metrics")
        for line in (
            'wallet_children_total{outcome="done"} 1.0',
            "wallet_limits_engine_gone_total 1.0",
            'wallet_leader{lease="chores"} 1.0',
        ):
            assert line in told.splitlines()

    count("children", "done")
    around.watched(ask)
    count("children", "done")


def test_the_database_is_asked_once_however_often_somebody_looks(around: Around) -> None:
    async def ask() -> None:
        for path in ("/ready", "/metrics", "/metrics", "/ready"):
            await around.get(path)

    around.watched(ask)

    assert around.looks == 1


@pytest.mark.breadth
def test_a_silent_database_leaves_what_was_seen_before_and_its_age(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs at the second look: nobody waits for it, and the node is as ready as it was."""
    monkeypatch.setattr(node, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(node, "PATIENCE", 60)
    answers = threading.Event()

    def hang() -> Seen:
        answers.wait(30)
        return Seen({}, [], is_whole=False)

    async def ask() -> None:
        await around.get("/metrics")
        around.seen = hang
        monkeypatch.setattr(node, "PATIENCE", 0.05)
        for _ in range(3):
            status, told = await around.get("/metrics")
            assert (status, "wallet_due_badges 3.0" in told, "wallet_measured_age_seconds" in told) == (200, True, True)
        assert await around.get("/ready") == (200, "ready\n")
        assert around.looks == 2, "one look at a time"
        answers.set()

    around.watched(ask)


def test_other_keys_make_a_node_unready_and_a_silence_afterwards_does_not_mend_it(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "LOOK_EVERY", 0.0)
    around.seen = lambda: Seen({}, ["These keys are not those of this wallet."], is_whole=False)

    async def ask() -> None:
        _, told = await around.get("/metrics")
        assert "wallet_measured_age_seconds" not in told, "nothing was counted"
        around.seen = lambda: Seen({}, [], is_whole=False)
        await around.get("/metrics")
        assert await around.get("/ready") == (503, "These keys are not those of this wallet.\n")

    around.watched(ask)


def test_a_look_that_fails_is_told_in_the_log_and_hides_nothing(
    around: Around, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Seen:
        raise KeyError("nonsense")

    around.seen = fail

    async def ask() -> None:
        assert (await around.get("/metrics"))[0] == 200
        assert (await around.get("/ready"))[0] == 200

    around.watched(ask)
    assert "what is kept could not be looked at" in caplog.text


def test_a_node_is_full_where_somebody_waits_for_a_page_and_not_where_the_last_place_was_just_taken(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[bool]()
    monkeypatch.setattr(around.node.health, "beat", lambda *, is_full: told.append(is_full))

    async def a_beat() -> None:
        await asyncio.sleep(0)  # the first one comes at once

    pages = node.PAGES
    for room in (Room(pages, 40, 40, 0), Room(pages, 40, 40, 1), Room(pages, 39, 40, 1), Room("images", 40, 40, 9)):
        around.room = room
        around.watched(a_beat)

    assert told == [False, True, False, False]


async def told(caplog: pytest.LogCaptureFixture) -> None:
    """Until the log says something."""
    async with asyncio.timeout(60):
        while not caplog.text:  # noqa: ASYNC110  # a log sets no event
            await asyncio.sleep(0.01)


def test_another_one_listens_where_the_first_has_ended(around: Around, caplog: pytest.LogCaptureFixture) -> None:
    """Two workers of a machine; the second one is alone on it as far as it knows, and tells once that it waits."""
    other = Around()
    other.node.address = around.node.address

    async def run() -> None:
        async with around.node.watched():
            await around.get("/alive")
            async with other.node.watched():
                await told(caplog)
                around.node.health.begin_stopping()
                assert (await other.get("/ready"))[0] == 503, "the first one answers"
        async with other.node.watched():
            assert (await other.get("/ready"))[0] == 200

    asyncio.run(run())
    assert caplog.text.count("it is tried again each second") == 1


def test_a_host_that_is_no_name_is_told_and_not_a_task_that_ended(
    around: Around, caplog: pytest.LogCaptureFixture
) -> None:
    around.node.address = ("a..b", 9100)

    around.watched(partial(told, caplog))

    assert caplog.text.count("it is tried again each second") == 1


def test_who_is_asked_to_end_says_so_first_and_ends_after_the_grace(around: Around) -> None:
    """The signal is ours: whoever would end the server is called later, and at once when it is sent again."""
    around.node.grace = 3600
    ended: list[int] = []
    later: list[Callable[[], object]] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        call_later = loop.call_later

        def note(seconds: float, act: Callable[..., object], *words: object, **more: Any) -> Any:
            return later.append(partial(act, *words)) if seconds == 3600 else call_later(seconds, act, *words, **more)

        loop.call_later = note  # type: ignore[assignment]
        await around.get("/alive")
        os.kill(os.getpid(), signal.SIGTERM)
        assert await around.get("/ready") == (503, "It is stopping.\n")
        assert ended == []
        (end,) = later
        end()
        assert ended == [signal.SIGTERM]
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended == [signal.SIGTERM] * 2

    try:
        around.watched(ask)
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended == [signal.SIGTERM] * 3, "nothing is left of it"
    finally:
        signal.signal(signal.SIGTERM, before)


def test_what_a_killed_node_left_goes_and_what_is_called_alike_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may make a folder in the memory of the machine."""
    monkeypatch.setattr(metrics, "IN_MEMORY", tmp_path)
    dead = subprocess.Popen([sys.executable, "-S", "-c", ""])
    dead.wait()
    alike = {"wallet-metrics-", "wallet-metrics-x", "wallet-metrics-²-x", f"wallet-metrics-{'9' * 30}-x"}
    for name in {*alike, f"wallet-metrics-{dead.pid}-abc_1"}:
        (tmp_path / name).mkdir()

    with metrics.shared_folder() as made:
        assert {path.name for path in tmp_path.iterdir()} == {*alike, made.name}
