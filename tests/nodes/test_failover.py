"""The primary of PostgreSQL goes while people use two nodes: nothing that they were told is kept is lost, nobody waits without
end, and all is good again seconds after the standby was promoted.

However the nodes reach it: by both hosts in their address, through HAProxy, or through PgBouncer and HAProxy; with the files of
deploy/. Patroni promotes after its `ttl`, 20 seconds at the least: that is no time of ours, and is told beside it.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from threading import Lock

import httpx2
import pytest

from tests.durability.client import Person
from tests.durability.test_kills import when_it_answers
from tests.fixtures.cluster import Cluster, Member, cluster, wait
from tests.fixtures.nodes import settings_of_nodes, typed
from tests.fixtures.server import Server

pytestmark = pytest.mark.soak

PEOPLE = 4
ENOUGH = int(os.environ.get("ENOUGH", "8"))
"""So many things were acknowledged to each before the primary goes, and after another one leads."""
PAUSE = 0.05
"""Seconds between what somebody does and what they do next."""
LONGEST = 5.0
"""Seconds for one answer, where the machine of the primary says that nobody is there any more."""
SILENT = 9.0
"""The same where it says nothing: a statement has 5 seconds and one more (wallet/storage/postgresql.py), a connection has 3."""
AFTER = 3.0
"""Seconds after the promotion for which somebody may still be refused."""
SWITCH = 4.0


class InDoubt(httpx2.HTTPError):
    """The wallet said that it could not: what was asked may have been kept by a database that had no time to say so."""


@dataclass(slots=True)
class Answers:
    """What all were answered: when they asked, when it came, and its status."""

    seen: list[tuple[float, float, int]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(self, began: float, status: int) -> None:
        with self.lock:
            self.seen.append((began, time.monotonic(), status))

    @property
    def slowest(self) -> float:
        return max(ended - began for began, ended, _ in self.seen)

    @property
    def refused(self) -> list[tuple[float, float]]:
        return [(began, ended) for began, ended, status in self.seen if status == 503]

    @property
    def broken(self) -> set[int]:
        return {status for _, _, status in self.seen if status >= 500 and status != 503}


class Witness(Person):
    """A person whose answers are all noted."""

    def __init__(self, origin: str, chance: Random, answers: Answers) -> None:
        super().__init__(origin, chance, frozenset({503}))
        self.answers, self._began = answers, 0.0
        for client in (self.browser, self.stranger):
            client.event_hooks = {"request": [self._asks], "response": [self._is_answered]}

    def _asks(self, _: httpx2.Request) -> None:
        self._began = time.monotonic()

    def _is_answered(self, answer: httpx2.Response) -> None:
        self.answers.note(self._began, answer.status_code)

    def _fits(self, path: str, answer: httpx2.Response) -> bool:
        if answer.status_code == 503:
            raise InDoubt(path)
        return super()._fits(path, answer)

    @property
    def told(self) -> int:
        """How much was acknowledged to them."""
        return sum(count for what, count in self.counts.items() if " " not in what)

    def live(self) -> None:
        """Until they are told to stop; raises what no wallet may do, an answer that did not come among it."""
        while not self.is_told_to_stop:
            with suppress(InDoubt):
                self.act()
            time.sleep(PAUSE)


@pytest.fixture(scope="module")
def region() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture(scope="module")
def same_for_all(region: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is the same for all nodes, however they reach the database."""
    folder = tmp_path_factory.mktemp("region")
    return settings_of_nodes(folder, region.ways["two hosts"], f"file://{folder}/shelf")


@pytest.fixture(scope="module", params=["two hosts", "HAProxy", "PgBouncer"])
def way(request: pytest.FixtureRequest) -> str:
    """How nodes reach whichever leads."""
    return str(request.param)


@pytest.fixture(scope="module")
def pair(
    way: str, region: Cluster, same_for_all: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    """Two nodes that reach the primary that way."""
    with ExitStack() as ending:
        made = []
        for _ in range(2):
            given = same_for_all | {"WALLET_DATABASE_URL": region.ways[way]}
            node = Server(tmp_path_factory.mktemp("node"), **given)
            ending.callback(node.kill)
            node.start()
            made.append(node)
        yield made


@contextmanager
def in_use(pair: list[Server]) -> Iterator[tuple[list[Witness], Answers, Callable[[], None]]]:
    """People live on both nodes meanwhile; what is given with them waits until each was told ENOUGH more. Afterwards all that
    they were told is asked about."""
    answers = Answers()
    with ExitStack() as ending:
        people = [
            ending.enter_context(Witness(pair[n % 2].origin, Random(n), answers))  # noqa: S311  # chance, and no secret
            for n in range(PEOPLE)
        ]
        for person in people:
            person.begin()
            assert person.is_kept
        with ThreadPoolExecutor(PEOPLE) as together:
            lives = [together.submit(person.live) for person in people]
            try:
                yield people, answers, lambda: _told_more(people, lives)
            finally:
                for person in people:
                    person.is_told_to_stop = True
            for life in lives:
                life.result()
        for person in people:
            when_it_answers(person.look)
        assert not answers.broken, [node.log[-3000:] for node in pair]


def say(figures: str) -> None:
    sys.stdout.write(f"\n{figures}\n")


def _told_more(people: list[Witness], lives: "list[Future[None]]") -> None:
    before = [person.told for person in people]
    ends = time.monotonic() + 40
    while any(person.told < told + ENOUGH for person, told in zip(people, before, strict=True)):
        for life in lives:
            if life.done():
                life.result()
        assert time.monotonic() < ends, [person.counts for person in people]
        time.sleep(0.02)


def loses_the_primary(region: Cluster, pair: list[Server], go: Callable[[Member], None], longest: float) -> str:
    """Nothing acknowledged is lost, and nobody waits longer than *longest*; gives the figures."""
    primary, standby = region.roles()
    try:
        with in_use(pair) as (people, answers, told_more):
            told_more()
            gone = time.monotonic()
            go(primary)
            wait(lambda: standby.says("primary"), region.log)
            promoted = time.monotonic()
            told_more()
            told_more()
        told = sum(person.told for person in people)
    finally:
        primary.come_back()
        region.roles()
    during = [moments for moments in answers.refused if moments[0] > gone]
    last = max((began for began, _ in during), default=gone)
    first = min((began for began, _ in during), default=gone)
    assert answers.slowest <= longest, answers.slowest
    assert last <= promoted + AFTER, last - promoted
    looked = typed(pair[0], "check-store")
    assert looked.returncode == 0, looked.stdout
    return (
        f"{told} acknowledged, none lost; promoted after {promoted - gone:.1f} s, {len(during)} refused from {first - gone:.1f} s"
        f" to {last - gone:.1f} s, the slowest answer {answers.slowest:.2f} s"
    )


def test_the_primary_is_killed(region: Cluster, way: str, pair: list[Server]):
    say(f"{way}, killed: {loses_the_primary(region, pair, Member.kill, LONGEST)}")


def test_the_primary_is_not_reached_any_more(region: Cluster, way: str, pair: list[Server]):
    how = "its network cut" if region.members[0].machine.can_be_cut_off else "hung, as no network can be made here"
    say(f"{way}, {how}: {loses_the_primary(region, pair, Member.vanish, SILENT)}")


def test_the_standby_takes_over_as_planned(region: Cluster, way: str, pair: list[Server]):
    _, standby = region.roles()
    with in_use(pair) as (people, answers, told_more), ThreadPoolExecutor(1) as operator:
        told_more()
        switched = operator.submit(region.switch)
        wait(lambda: standby.says("primary"), region.log)
        promoted = time.monotonic()
        switched.result()
        told_more()
    first = min((began for began, _ in answers.refused), default=promoted)
    last = max((ended for _, ended in answers.refused), default=promoted)
    told = sum(person.told for person in people)
    say(
        f"{way}, switched: {told} acknowledged, none lost; {len(answers.refused)} refused within {last - first:.1f} s, promoted"
        f" after {promoted - first:.1f} s of them, the slowest answer {answers.slowest:.2f} s",
    )
    assert last - first <= SWITCH
