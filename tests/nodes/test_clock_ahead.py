"""The clock of one of two nodes is 90 seconds ahead: people use both, and nobody leads earlier or longer for it."""

import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random

import httpx2
import pytest
from sqlalchemy import func, select

from tests.durability.client import Person
from tests.fixtures.nodes import goes_to, settings_of_nodes, typed
from tests.fixtures.patience import eventually
from tests.fixtures.server import Server
from tests.nodes.test_leases import leaders, seconds_until_leads
from wallet.storage.database import Database
from wallet.storage.leases import LASTS, RENEWED_EVERY, Lease

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
AHEAD = "+90s"
ACTS = 40


def clock_ahead() -> dict[str, str]:
    """What a process is told so that the time of day is another one for it; skips where nothing can."""
    if not shutil.which("faketime"):
        pytest.skip("faketime is not here: `make soak PART=nodes` installs it as root")
    asked = ["faketime", "-f", AHEAD, "printenv", "LD_PRELOAD"]
    library = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return {"LD_PRELOAD": library, "FAKETIME": AHEAD, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def started(folder: Path, ending: ExitStack, **settings: str) -> Server:
    folder.mkdir()
    node = Server(folder, **settings)
    ending.callback(node.kill)
    node.start()
    return node


def clock_of(node: Server) -> datetime:
    return parsedate_to_datetime(httpx2.get(f"{node.origin}/help").headers["date"])


def test_people_use_both_and_whoever_leads_leads_no_longer_than_others(database_url: str, tmp_path: Path):
    settings, ahead = settings_of_nodes(tmp_path, database_url, f"file://{tmp_path}/shelf"), clock_ahead()
    with ExitStack() as ending, closing(Database(database_url)) as database:
        right = started(tmp_path / "right", ending, **settings)
        assert eventually(lambda: len(leaders(database)) == 1)
        before, pair = leaders(database), [right, started(tmp_path / "ahead", ending, **settings, **ahead)]
        apart = clock_of(pair[1]) - clock_of(pair[0])
        assert timedelta(seconds=80) < apart < timedelta(seconds=100)
        people = [ending.enter_context(Person(node.origin, Random(seed))) for seed, node in enumerate(pair)]  # noqa: S311

        def lives(person: Person) -> int:
            person.begin()
            for turn in range(ACTS):
                goes_to(pair[turn % 2], person)
                person.act()
            return person.look()

        began = time.monotonic()
        with ThreadPoolExecutor(2) as together:
            assert min(together.map(lives, people)) > 3
        assert not any(what.startswith("declined") for person in people for what in person.counts)
        time.sleep(max(0.0, began + RENEWED_EVERY + 5 - time.monotonic()))
        assert leaders(database) == before, "whoever is ahead takes nothing before its time"

        right.kill()
        assert pair[1].process is not None
        assert seconds_until_leads(database, pair[1].process.pid) < RENEWED_EVERY + 10
        with database.reading() as session:
            lasts = session.scalars(select(Lease.until - func.now())).all()
        assert max(lasts) <= LASTS, "nor does it hold them longer than others"
        looked = typed(pair[1], "check-store")
        assert looked.returncode == 0, looked.stdout
