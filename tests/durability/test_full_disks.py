"""The disk of a real server is full, at any moment: nothing that was answered is lost, and whoever wants to leave can.

`make soak PART=durability`. FILLS=200 in the environment fills it as often as that.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.durability.client import Person
from tests.durability.test_kills import check_store, somebody_new, use_until_it_dies, when_it_answers
from tests.fixtures.server import Server
from tests.fixtures.small_disk import SmallDisk, mounted

pytestmark = pytest.mark.soak

FILLS = int(os.environ.get("FILLS", "50"))
ROOM = 128 * 1024 * 1024
PEOPLE = 3
ROUNDS = 5
"""After so many fills somebody leaves while the disk is full, and somebody else comes."""
KILLS = 4
"""Of so many fills one ends with a kill, and a start on the full disk."""


def test_nothing_is_lost_on_a_full_disk_and_whoever_wants_to_leave_can(tmp_path: Path):
    chance = Random(1)  # noqa: S311  # the same fills each time
    done: Counter[str] = Counter()
    with served_on_a_small_disk(tmp_path) as (server, disk), ExitStack() as closing:
        people = [somebody_new(server, chance, closing) for _ in range(PEOPLE)]
        for number in range(FILLS):
            use_and_fill(people, disk, chance)
            for somebody in people:
                leave_and_come_back(somebody, done)
            if number % ROUNDS == ROUNDS - 1:
                leaver = people.pop(0)
                assert leaver.enter()
                leaver.erase()
                assert leaver.is_erased, "« Tout effacer » on a full disk"
                done["erased"] += 1
            else:
                leaver = None
            if number % KILLS == KILLS - 1:
                server.kill()
                server.start()
                done["started full"] += 1
            disk.empty()
            for somebody in [*people, *filter(None, [leaver])]:
                done["asked"] += when_it_answers(somebody.look)
            if leaver:
                done.update(leaver.counts)
                people.append(somebody_new(server, chance, closing))
            until_there_is_ballast(disk)
        assert check_store(server) == 0
        for somebody in people:
            done.update(somebody.counts)
    print(f"\n{FILLS} fills, {dict(sorted(done.items()))}")  # noqa: T201  # `make soak` tells it


def use_and_fill(people: list[Person], disk: SmallDisk, chance: Random) -> None:
    """Everybody does one thing after another, and in the middle of it there is no room any more."""
    with ThreadPoolExecutor(len(people)) as together:
        uses = [together.submit(use_until_it_dies, somebody) for somebody in people]
        time.sleep(chance.uniform(0.05, 1.0))
        disk.fill()
        time.sleep(0.5)
        for somebody in people:
            somebody.is_told_to_stop = True
        for use in uses:
            use.result()
    for somebody in people:
        somebody.is_told_to_stop = False


def leave_and_come_back(somebody: Person, done: Counter[str]) -> None:
    """With no byte left: a share is stopped, a shared computer is signed out, the key opens."""
    assert somebody.enter(), "the key opens on a full disk"
    for path in [path for path, is_open in somebody.open.items() if is_open][:1]:
        answer = somebody.browser.post(f"{path}/stopping", data={})
        assert answer.status_code == 303, f"stopping a share on a full disk: {answer.status_code}"
        somebody.open[path] = False
        assert somebody.stranger.get(somebody.links[path]).status_code == 404
        done["stopped full"] += 1
    cookies = somebody.cookies()
    answer = somebody.browser.post("/leaving", data={})
    assert answer.status_code == 303, f"signing out on a full disk: {answer.status_code}"
    somebody.left.append(cookies)
    done["signed out full"] += 1


def until_there_is_ballast(disk: SmallDisk) -> None:
    """It is laid again once there is room: a round of chores, or sooner."""
    for _ in range(900):
        if (disk.folder / "ballast").exists() or any(disk.folder.glob("*/ballast")):
            return
        time.sleep(0.1)
    raise AssertionError("there is room, and no ballast is laid")


@contextmanager
def served_on_a_small_disk(folder: Path) -> Iterator[tuple[Server, SmallDisk]]:
    """A wallet all of whose files lie on a disk of ROOM bytes; its log lies elsewhere."""
    with mounted(folder / "disk", ROOM) as disk:
        there = disk.folder / "var"
        server = Server(
            folder,
            WALLET_DATABASE_URL=f"sqlite:///{there}/wallet.sqlite3",
            WALLET_FILES_URL=f"file://{there}/files",
            WALLET_KEYS=f"{there}/keys.json",
            WALLET_ERASURES=f"{there}/erasures",
        )
        server.start()
        try:
            yield server, disk
        finally:
            server.kill()
