"""Nothing that runs by itself takes longer, or more memory, because there are more holders; nor does an erasure."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.fixtures.postgres import programs, running

GROWTH = Path(__file__).parents[2] / "bench" / "growth.py"
FEW, MANY_IN_A_FILE, MANY = (
    int(number) for number in os.environ.get("WALLET_TEST_GROWTH", "5000,50000,300000").split(",")
)


def grows(place: str, many: int) -> bool:
    return subprocess.run([sys.executable, GROWTH, place, str(FEW), str(many)], check=False).returncode != 0


@pytest.mark.soak
def test_in_a_file():
    assert not grows("sqlite", MANY_IN_A_FILE)


@pytest.mark.soak
def test_on_a_server():
    """One of its own: what is filled in here is larger than what others share."""
    binaries = programs()
    if binaries is None:
        pytest.skip("there is no PostgreSQL here")
    with running(binaries) as url:
        with psycopg.connect(url, autocommit=True) as server:
            for name in ("few", "many"):
                server.execute(f"CREATE DATABASE {name}")

        assert not grows(url.removesuffix("postgres"), MANY)
