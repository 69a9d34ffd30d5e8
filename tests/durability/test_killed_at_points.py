"""Killed at any point, the wallet loses nothing that it said it kept, and leaves nothing by halves."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.kill_scenarios import SCENARIOS
from tests.fixtures.kills import Zygote, kill
from wallet.storage import failpoints

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
MANY_KILLS = 1000
"""In `make soak`; in `make test` it is one at each point that is a scenario's own."""


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote() as zygote:
        yield zygote


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.breadth(
    beside=[
        "a badge comes in",
        "a letter goes out",
        "a word is kept",
        "an offer is taken",
        "what a platform sent is looked at",
    ]
)
def test_a_kill_loses_nothing_and_leaves_nothing_by_halves(name: str, zygote: Zygote, tmp_path: Path):
    points = SCENARIOS[name].points

    assert kill(SCENARIOS[name], name, points, len(points), zygote, tmp_path) == dict.fromkeys(points, 1)


@pytest.mark.soak
@pytest.mark.parametrize("name", SCENARIOS)
def test_nor_do_very_many(name: str, zygote: Zygote, tmp_path: Path):
    share = -(-MANY_KILLS // len(SCENARIOS))
    points = SCENARIOS[name].points + SCENARIOS[name].also
    died = kill(SCENARIOS[name], name, points, share, zygote, tmp_path)

    assert sum(died.values()) == share


def test_every_point_is_passed_somewhere_and_has_its_name_on_the_list():
    passed = [
        ast.literal_eval(node.args[0])
        for path in (PROJECT / "wallet").rglob("*.py")
        if "failpoint(" in (source := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"failpoint", "storage.failpoint"}
    ]

    assert set(passed) == failpoints.POINTS


def test_every_point_is_one_at_which_something_died():
    assert {point for one in SCENARIOS.values() for point in one.points} == failpoints.POINTS


def test_a_point_that_is_none_is_told():
    with pytest.raises(ValueError, match="there is no point here"):
        failpoints.arm("here")


@pytest.mark.parametrize(("told", "passed"), [("", 4), ("file.kept", 0), ("file.kept:3", 2), ("rows.kept", 4)])
@pytest.mark.breadth(beside=["file.kept-0"])
def test_the_environment_says_where_the_process_ends(told: str, passed: int):
    """Its file alone: to load the package that it is in takes a second each time."""
    program = (
        "from failpoints import failpoint\nfor _ in range(4):\n failpoint('file.kept')\n print('passed', flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"FAILPOINT": told},
        cwd=PROJECT / "wallet/storage",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.count("passed") == passed
    assert (done.returncode == -9) == (passed < 4)
