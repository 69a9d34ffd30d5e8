"""Whether a node is ready: what speaks against it, of one worker and of several together."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wallet.monitoring.health import FULL_FOR, SILENT_FOR, Health


@pytest.fixture
def other() -> Iterator[int]:
    """The number of a process that runs beside this one."""
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as running:
        yield running.pid
        running.kill()


def test_one_that_serves_is_ready_and_one_that_was_asked_to_end_is_not() -> None:
    health = Health()
    health.beat(is_full=False)
    assert health.faults() == []

    health.begin_stopping()

    assert health.faults() == ["It is stopping."]


def test_threads_that_are_full_for_a_moment_send_nobody_away() -> None:
    health = Health()
    health.beat(is_full=True, now=100)
    health.beat(is_full=True, now=100 + FULL_FOR - 1)
    assert health.faults() == []

    health.beat(is_full=True, now=100 + FULL_FOR)
    assert health.faults() == ["Its threads for pages have been full for 10 seconds."]

    health.beat(is_full=False, now=100 + FULL_FOR + 1)
    health.beat(is_full=True, now=100 + FULL_FOR + 2)
    assert health.faults() == []


def test_what_was_found_where_it_was_looked_at_is_told() -> None:
    health = Health()
    health.found = ["These keys are not those of this wallet."]

    assert health.faults() == ["These keys are not those of this wallet."]


def test_one_worker_that_is_replaced_stops_no_node_and_all_of_them_do(tmp_path: Path, other: int) -> None:
    health = Health(tmp_path)
    health.beat(is_full=False)
    beside = tmp_path / f"state_{other}"
    beside.write_text("stopping")
    assert health.faults() == []

    health.begin_stopping()

    assert health.faults() == ["It is stopping."]


def test_one_worker_whose_threads_are_full_is_enough(tmp_path: Path, other: int) -> None:
    health = Health(tmp_path)
    health.beat(is_full=False)
    (tmp_path / f"state_{other}").write_text("full")

    assert health.faults() == ["Its threads for pages have been full for 10 seconds."]


def test_what_a_dead_worker_left_says_nothing_and_goes(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as ended:
        pass
    left = tmp_path / f"state_{ended.pid}"
    left.write_text("full")
    os.utime(left, (0, 0))
    health = Health(tmp_path)
    health.beat(is_full=False)

    assert (health.faults(), health.silent()) == ([], [])
    assert not left.exists()


def test_a_worker_whose_loop_says_nothing_any_more_is_found(tmp_path: Path, other: int) -> None:
    health = Health(tmp_path)
    health.beat(is_full=False)
    beside = tmp_path / f"state_{other}"
    beside.write_text("")
    written = beside.stat().st_mtime
    assert health.silent() == []

    for seconds, hung in ((SILENT_FOR / 2, []), (SILENT_FOR + 1, [other])):
        os.utime(beside, (written - seconds, written - seconds))
        assert health.silent() == hung, "one that is busy for a while is not ended"


def test_a_worker_that_ends_while_it_is_looked_at_is_no_fault(
    tmp_path: Path, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/alive had no answer at that instant, and a node that is well would be started again."""
    health = Health(tmp_path)
    health.beat(is_full=False)
    gone = tmp_path / f"state_{other}"
    monkeypatch.setattr(Health, "_files", lambda _self: {os.getpid(): tmp_path / f"state_{os.getpid()}", other: gone})

    assert (health.faults(), health.silent()) == ([], [])


def test_a_beat_writes_only_what_is_new(tmp_path: Path) -> None:
    """A disk that is full takes no new bytes, and the time of the file all the same."""
    health = Health(tmp_path)
    health.beat(is_full=False)
    file = tmp_path / f"state_{os.getpid()}"
    os.utime(file, (0, 0))
    file.chmod(0o400)

    health.beat(is_full=False)

    assert file.stat().st_mtime > 0
