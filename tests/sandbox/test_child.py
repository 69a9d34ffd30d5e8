"""The bounded child: little memory, little time, an empty machine; and whatever it does, we live on."""

import json
import os
import select
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from wallet.concurrency.fair_turns import FairTurns
from wallet.sandbox import child
from wallet.sandbox.child import Child, ChildBusy, NoAnswer

pytestmark = pytest.mark.slow

ECHO = "sys.stdout.buffer.write(content)"


def child_that(does: str, folder: Path, **limits: float) -> Child:
    """A child that reads its question and then *does* something."""
    program = folder / "program.py"
    program.write_text(f"import sys, os, time, json, resource\ncontent = sys.stdin.buffer.read()\n{does}\n")
    return Child(program=program, packages=(), **{"answer": 64 * 1024, "time": 60.0, **limits})  # type: ignore[arg-type]


@pytest.mark.breadth
def test_a_child_answers_what_it_was_asked(tmp_path: Path) -> None:
    assert child_that(ECHO, tmp_path).ask(b"question") == b"question"
    assert child_that("print(sys.argv[1:])", tmp_path).ask(b"", "pdf", "7") == b"['pdf', '7']\n"


@pytest.mark.parametrize(
    "does",
    [
        "os.abort()",
        "time.sleep(60)",
        "while True: pass",
        "sys.exit(3)",
        "raise MemoryError",
        "bytearray(600_000_000)",
        "[open('/dev/null') for _ in range(99)]",
        "[os.write(1, b'x' * 65536) for _ in range(50)]",
        "no python at all",
    ],
)
@pytest.mark.breadth(beside=["sys.exit(3)", "os.abort()", "bytearray(600_000_000)"])
def test_a_child_that_hangs_dies_or_is_greedy_gives_no_answer(does: str, tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        child_that(does, tmp_path, time=1.0).ask(b"")


def test_a_program_that_is_not_there_gives_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        Child(program=tmp_path / "nobody.py", packages=(), answer=9).ask(b"")


@pytest.mark.breadth
def test_a_child_that_does_not_listen_is_no_harm(tmp_path: Path) -> None:
    program = tmp_path / "deaf.py"
    program.write_text("print('no')")

    assert Child(program=program, packages=(), answer=9).ask(b"x" * 9_000_000) == b"no\n"


@pytest.mark.parametrize(
    ("greed", "stopped_by"),
    [
        ("bytearray(600_000_000)", "MemoryError"),
        ("[open('/dev/null') for _ in range(99)]", "Too many open files"),
        ("open(folder + '/much', 'wb').write(b'x' * 300_000)", "File too large"),
        ("resource.setrlimit(resource.RLIMIT_AS, (9, 9)); bytearray(9_999_999)", "MemoryError"),
    ],
)
def test_it_gives_up_what_looking_does_not_need(greed: str, stopped_by: str, tmp_path: Path) -> None:
    program = tmp_path / "greedy.py"
    program.write_text(f"import resource; folder = {str(tmp_path)!r}; {greed}")
    command = [
        sys.executable,
        "-I",
        "-S",
        str(child.BOUNDS),
        str(512 * 1024 * 1024),
        "5",
        *("65536", "no", "around", "", "/"),
        str(program),
    ]

    told = subprocess.run(command, capture_output=True, text=True, check=False)

    assert told.returncode != 0
    assert stopped_by in told.stderr


def test_it_imports_its_own_packages_and_nothing_of_ours(bubblewrap: None, tmp_path: Path) -> None:
    tried = "import importlib.util as i; print([i.find_spec(n) is not None for n in ('PIL', 'starlette', 'wallet')])"
    program = child_that(tried, tmp_path).program

    assert Child(program=program, packages=("PIL", "no_such_package"), answer=99).ask(b"") == b"[True, False, False]\n"


def test_it_sees_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLET_DATABASE_URL", "postgresql://wallet:sesame@db/wallet")

    told = child_that("print(json.dumps(dict(os.environ)))", tmp_path).ask(b"")

    assert b"WALLET" not in told
    assert b"sesame" not in told
    assert "LD_LIBRARY_PATH" not in json.loads(told)


@pytest.mark.breadth
def test_the_wall_and_not_luck_keeps_files_and_network_away(bubblewrap: None, tmp_path: Path) -> None:
    canary = tmp_path.parent / "canary"
    canary.write_text("seen")
    seen = child_that(f"print(os.path.exists({str(canary)!r}), os.path.exists('/etc/passwd'))", tmp_path).ask(b"")
    network = "import socket; socket.create_connection(('127.0.0.1', 1), 2)"
    refused = child_that(f"try: exec({network!r})\nexcept OSError as no: print(no.errno)", tmp_path).ask(b"")

    assert seen == b"False False\n"
    assert os.strerror(int(refused)) in {"Connection refused", "Network is unreachable"}


def is_running(word: str) -> bool:
    """Whether a process of this machine has *word* in its command."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if word.encode() in process.read_bytes():
                return True
    return False


@pytest.mark.breadth
def test_no_child_is_left_behind(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer):
        child_that("time.sleep(600)", tmp_path, time=0.5).ask(b"")

    # The kernel ends what stood behind the wall when its keeper ends: soon, not at once.
    assert any(not is_running(str(tmp_path)) or time.sleep(0.1) for _ in range(100))


def test_whom_a_child_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no wall stands at all: then it may start others, and they hold this pipe as long as they live."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    started = ["/bin/sh", "-c", f"exec 3>{pipe}; /bin/sleep 60 & exit 0"]
    monkeypatch.setattr(Child, "_command", lambda *_: started)
    watch = select.poll()
    watch.register(held, select.POLLHUP)

    assert child_that("", tmp_path).ask(b"") == b""

    try:
        assert watch.poll(10_000), "a process that it started is still there"
    finally:
        os.close(held)


@pytest.mark.breadth
def test_one_that_hangs_leaves_the_others_their_turn(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    hanging, other = child_that("time.sleep(600)", tmp_path, time=0.5), child_that(ECHO, tmp_path / "other")

    with ThreadPoolExecutor(4) as visitors:
        lost = [visitors.submit(hanging.ask, b"") for _ in range(2)]
        served = [visitors.submit(other.ask, b"well") for _ in range(4)]

    assert [one.result() for one in served] == [b"well"] * 4
    assert all(isinstance(one.exception(), NoAnswer) for one in lost)


def test_whoever_waits_too_long_for_a_turn_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "AT_ONCE", FairTurns(0))
    monkeypatch.setattr(child, "PATIENCE", 0.01)

    with pytest.raises(ChildBusy):
        child_that(ECHO, tmp_path).ask(b"")


def test_where_no_thread_finds_room_to_end_it_whoever_asks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_timer: child.Timer) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(child, "AT_ONCE", FairTurns(1))
    with monkeypatch.context() as crowded:
        crowded.setattr(child.Timer, "start", refused)
        with pytest.raises(ChildBusy):
            child_that("time.sleep(600)", tmp_path).ask(b"")

    assert child_that(ECHO, tmp_path).ask(b"well") == b"well"
    assert child.AT_ONCE.running.total() == 0
