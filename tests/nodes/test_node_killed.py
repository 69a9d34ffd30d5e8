"""Two nodes on one PostgreSQL and one shelf, one of them killed in the middle: whoever it had answered finds all on the other."""

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from tests.durability.client import Person
from tests.durability.test_kills import use_until_it_dies, when_it_answers
from tests.fixtures.nodes import goes_to, nodes, typed
from tests.fixtures.server import Server

ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
KILLS = int(os.environ.get("KILLS", "8"))
ENOUGH = 4
"""So many things of each were acknowledged before a node is killed."""
LONGEST = 30.0


def somebody(node: Server, ending: ExitStack, seed: int) -> Person:
    person = ending.enter_context(Person(node.origin, Random(seed), frozenset({503})))  # noqa: S311  # chance, and no secret
    person.begin()
    assert person.is_kept
    return person


def done(person: Person, count: int, act: "Future[None]") -> None:
    """Until so much was acknowledged to them; what went wrong in *act* is raised."""
    ends = time.monotonic() + LONGEST
    while sum(person.counts.values()) < count:
        if act.done():
            act.result()
        assert time.monotonic() < ends, person.counts
        time.sleep(0.01)


def loses_nothing(pair: list[Server], people: list[Person]) -> int:
    """Both use their nodes, the first node is killed, its people go on at the other one: how many promises were kept."""
    killed, other = pair
    begun = [sum(person.counts.values()) for person in people]
    with ThreadPoolExecutor(len(people) + 1) as together:
        acts = [together.submit(use_until_it_dies, person) for person in people]
        try:
            for person, before, act in zip(people, begun, acts, strict=True):
                done(person, before + ENOUGH, act)
            killed.kill()
            acts[0].result()
            goes_to(other, people[0])
            acts[0] = together.submit(use_until_it_dies, people[0])
            done(people[0], begun[0] + ENOUGH + 2, acts[0])
        finally:
            for person in people:
                person.is_told_to_stop = True
        for act in acts:
            act.result()
    for person in people:
        person.is_told_to_stop = False
    return sum(when_it_answers(person.look) for person in people)


@pytest.mark.slow
@ONLY_POSTGRESQL
@pytest.mark.breadth
def test_what_the_killed_node_acknowledged_the_other_one_has(database_url: str, tmp_path: Path):
    with nodes(tmp_path, database_url, f"file://{tmp_path}/shelf") as pair, ExitStack() as ending:
        people = [somebody(node, ending, seed) for seed, node in enumerate(pair)]

        assert loses_nothing(pair, people) >= 2 * ENOUGH


@pytest.mark.soak
@ONLY_POSTGRESQL
def test_nor_is_anything_lost_in_many_kills_with_the_shelf_on_s3(database_url: str, s3_url: str, tmp_path: Path):
    asked = 0
    with nodes(tmp_path, database_url, f"{s3_url}/instance") as pair, ExitStack() as ending:
        people = [somebody(node, ending, seed) for seed, node in enumerate(pair)]
        for _ in range(KILLS):
            asked += loses_nothing(pair, people)
            pair[0].start()
            pair.reverse()
            people.reverse()
            goes_to(pair[1], people[1])
            goes_to(pair[0], people[0])
        people[0].erase()
        goes_to(pair[1], people[0])
        people[0].look()
        assert people[0].is_erased
        looked = typed(pair[0], "check-store")
        assert looked.returncode == 0, looked.stdout
    print(f"\n{KILLS} kills of one of two nodes, {asked} promises asked about, none lost")  # noqa: T201  # `make soak` tells it
