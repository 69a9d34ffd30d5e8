"""A test that fails spoils no other, one that ends its process is red alone, one that hangs ends, and nothing is left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.together import PLACE
from tests.fixtures.whole_wallet import lay

PROJECT = Path(__file__).parents[2]
LEFT_OPEN = """
def test_fails_and_closes_nothing():
    file = open(__file__)
    assert file is None

def test_knows_nothing_of_it():
    pass
"""
DIES = """
import os
import pytest

def test_passes():
    assert os.getpid() != int(os.environ["BEGAN_AS"])

def test_dies():
    os._exit(3)

def test_fails():
    assert os.getpid() == 0, "told as it was said"

@pytest.mark.skip
def test_is_left_out():
    pass

def test_knows_nothing_of_it():
    pass
"""
LOSES = """
class Ring:
    def __init__(self):
        self.itself, self.file = self, open(__file__)

def test_loses_a_file():
    Ring()
"""
HANGS = """
import threading

def test_hangs():
    threading.Event().wait()

def test_goes_on():
    pass
"""


def run(folder: Path, tests: str, *options: str) -> list[str]:
    """What became of *tests*, as pytest tells it in the end, with the settings of this project."""
    file = folder / "test_made_up.py"
    file.write_text(tests)
    settings = (
        "-c",
        PROJECT / "pyproject.toml",
        "--rootdir",
        folder,
        "-p",
        "tests.fixtures.failures",
        "-p",
        "tests.fixtures.forks",
        "-p",
        "no:cacheprovider",
    )
    command = [sys.executable, "-m", "pytest", "-q", *settings, *options, file]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.breadth
def test_what_it_left_open_is_told_of_itself(tmp_path: Path) -> None:
    told = run(tmp_path, LEFT_OPEN)

    assert told[-1].startswith("1 failed, 1 passed, 1 error in ")
    culprits = [line.split()[1].rpartition("::")[2] for line in told if line.startswith(("FAILED", "ERROR "))]
    assert culprits == ["test_fails_and_closes_nothing"] * 2


def test_one_that_ends_its_process_is_red_and_the_others_go_on(tmp_path: Path) -> None:
    told = run(tmp_path, f'import os\nos.environ["BEGAN_AS"] = str(os.getpid())\n{DIES}', "--forks", "2")

    assert told[-1].startswith("2 failed, 2 passed, 1 skipped in ")
    assert "The process that ran it ended: 3." in told
    assert any("told as it was said" in line for line in told)


@pytest.mark.breadth
def test_what_the_last_one_lost_is_red_as_well(tmp_path: Path) -> None:
    """No test comes after it of which it could be a fault."""
    told = run(tmp_path, LOSES, "--forks", "2")

    assert told[-1].startswith("1 failed, 1 passed in ")
    assert any(line.startswith("FAILED") and "test_loses_a_file" in line for line in told)


def test_what_a_fork_makes_for_itself_goes_with_the_run(tmp_path: Path) -> None:
    """It lies in memory, and a fork takes nothing away when it ends."""
    made: list[Path] = []

    lay(tmp_path, made.append)

    assert Path(os.environ[PLACE]) in made[0].parents


@pytest.mark.soak
def test_one_that_hangs_is_red_and_the_others_go_on(tmp_path: Path) -> None:
    told = run(tmp_path, HANGS, "--forks", "2", "-o", "faulthandler_timeout=5")

    assert told[-1].startswith("1 failed, 1 passed in ")
    assert "The process that ran it ended: 1." in told
