"""Real servers are killed while people use them: is everything that was answered 2xx or 3xx here, byte for byte?

`make soak PART=durability`. KILLS=2000 in the environment kills as often as that.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from random import Random

import httpx2
import pytest

from tests.durability.client import Person, Unkept
from tests.durability.servers import Postmaster
from tests.fixtures.postgres import programs
from tests.fixtures.server import Server

pytestmark = pytest.mark.soak

KILLS = int(os.environ.get("KILLS", "200"))
SETUPS = ("sqlite, 1 worker", "sqlite, 2 workers", "postgresql, 1 worker", "postgresql, 2 workers")
PEOPLE = 3
"""Who use it at the same time."""
ROUNDS = 8
"""After so many kills somebody leaves, and somebody else comes: what is asked about does not grow without end."""
LONGEST = 1.2
"""Seconds after which it is killed at the latest, from the first request on."""
LOOKS = 4
"""Rounds after which everybody asks for everything: what one kill lost does not come back with the next."""
EVERY = 16
"""Rounds after which the store is looked at as a whole."""


@pytest.mark.parametrize("setup", SETUPS)
def test_nothing_that_was_acknowledged_is_lost_by_a_kill(setup: str, tmp_path: Path):
    chance = Random(setup)  # noqa: S311  # the same kills each time
    acknowledged: Counter[str] = Counter()
    with served(setup, tmp_path) as (server, postmaster), ExitStack() as closing:
        people = [somebody_new(server, chance, closing) for _ in range(PEOPLE)]
        for number in range(KILLS // len(SETUPS)):
            use_and_kill(server, postmaster, people, chance)
            for somebody in people:
                looks = somebody.look if number % LOOKS == LOOKS - 1 else somebody.comes_in
                acknowledged["asked"] += when_it_answers(looks)
            if number % EVERY == EVERY - 1:
                assert check_store(server) == 0
            if number % ROUNDS == ROUNDS - 1:
                leaver = people.pop(0)
                if leaver.is_erased is False:
                    leaver.erase()
                    leaver.look()
                acknowledged.update(leaver.counts)
                people.append(somebody_new(server, chance, closing))
        for somebody in people:
            acknowledged["asked"] += when_it_answers(somebody.look)
            acknowledged.update(somebody.counts)
        print(f"\n{setup}: {KILLS // len(SETUPS)} kills, {dict(sorted(acknowledged.items()))}")  # noqa: T201  # `make soak` tells it


def somebody_new(server: Server, chance: Random, closing: ExitStack) -> Person:
    """A holder with a first badge: who has nothing yet cannot lose it."""
    somebody = Person(server.origin, Random(chance.random()), frozenset({503}))  # noqa: S311  # chance, and no secret
    closing.enter_context(somebody)

    def begin() -> int:
        somebody.begin()
        if not somebody.is_kept:
            raise Unkept("they could not begin")
        return 0

    when_it_answers(begin)
    return somebody


def use_and_kill(server: Server, postmaster: Postmaster | None, people: list[Person], chance: Random) -> None:
    """Everybody does one thing after another until it dies; then it is started again."""
    ends = time.monotonic() + chance.uniform(0.05, LONGEST)
    of_whom = chance.choice(("wallet", "database", "both")) if postmaster else "wallet"
    with ThreadPoolExecutor(len(people)) as together:
        uses = [together.submit(use_until_it_dies, somebody) for somebody in people]
        time.sleep(max(0.0, ends - time.monotonic()))
        if postmaster and of_whom != "wallet":
            postmaster.kill()
        if of_whom != "database":
            server.kill()
        else:
            for somebody in people:
                somebody.is_told_to_stop = True
        for use in uses:
            use.result()
    if postmaster and of_whom != "wallet":
        postmaster.start()
    if of_whom != "database":
        server.start()
    for somebody in people:
        somebody.is_told_to_stop = False


def use_until_it_dies(somebody: Person) -> None:
    while not somebody.is_told_to_stop:
        try:
            somebody.act()
        except httpx2.HTTPError:
            return


def when_it_answers(look: Callable[[], int]) -> int:
    """What *look* gives; a wallet whose database has just come back may need a moment, and says so."""
    for attempt in count():
        try:
            return look()
        except (Unkept, httpx2.HTTPError):
            if attempt == 20:
                raise
            time.sleep(0.25)
    raise AssertionError


@contextmanager
def served(setup: str, folder: Path) -> Iterator[tuple[Server, Postmaster | None]]:
    """The wallet of *setup*, started, and its database where that is another process."""
    kind, workers = setup.split(", ")
    server = Server(folder, "--workers", workers.split()[0])
    if kind == "sqlite":
        server.start()
        try:
            yield server, None
        finally:
            server.kill()
        return
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here (Debian package: postgresql)")
    with Postmaster(binaries) as postmaster:
        server.settings["WALLET_DATABASE_URL"] = postmaster.address
        server.start()
        try:
            yield server, postmaster
        finally:
            server.kill()


def check_store(server: Server) -> int:
    """What `wallet check-store` ends with."""
    wallet = Path(sys.executable).with_name("wallet")
    done = subprocess.run(
        [wallet, "check-store"], cwd=server.folder, env={"PATH": os.environ["PATH"]} | server.settings, check=False
    )
    return done.returncode
