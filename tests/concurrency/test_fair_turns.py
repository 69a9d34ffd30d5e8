"""What strangers share goes round by network: whoever comes alone never waits behind all that one network sent."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pytest

from tests.fixtures.examined import examined
from wallet.concurrency import requester
from wallet.concurrency.fair_turns import FairTurns
from wallet.concurrency.requester import Requester
from wallet.inspection import isolated
from wallet.inspection.inspection import Inspection, Task
from wallet.openbadges import Examination
from wallet.sandbox import child as children
from wallet.sandbox.child import Child


def begin(turns: FairTurns, network: str, seconds: float = 0) -> str | None:
    return requester.run_for(Requester(network), turns.begin)(seconds)


def order_of(turns: FairTurns, act: Callable[[], object], done: list[str]) -> list[str]:
    """In which order *act* is done for eight of one network, who came first and have all turns, and for one of another."""
    held = [begin(turns, "many", 60) for _ in range(turns.at_once)]  # as soon as no child of an earlier test has one
    assert held == ["many"] * 2
    with ThreadPoolExecutor(9) as threads:
        waiting = []
        for number, network in enumerate([*["many"] * 8, "alone"], 1):
            waiting.append(threads.submit(requester.run_for(Requester(network), act)))
            while len(turns.waiting) < number:
                if waiting[-1].done():  # it did not wait: what went wrong is told, and nobody waits for ever
                    waiting[-1].result()
                time.sleep(0)
        turns.end("many")
        for one in waiting:
            one.result(60)
    turns.end("many")
    return done


def whose() -> str:
    who = requester.current_requester()
    return who.network if who else ""


def test_a_bounded_child_is_started_for_a_network_that_has_fewest(monkeypatch: pytest.MonkeyPatch) -> None:
    done = list[str]()
    monkeypatch.setattr(Child, "_run", lambda *_: done.append(whose()))
    child = Child(program=Path("nothing"), packages=(), answer=9)

    assert order_of(children.AT_ONCE, lambda: child.ask(b""), done) == ["alone", *["many"] * 8]
    assert not children.AT_ONCE.running


def test_so_is_that_of_a_heavy_badge(monkeypatch: pytest.MonkeyPatch) -> None:
    done = list[str]()
    found = examined()

    def in_a_child(*_: object) -> Examination:
        done.append(whose())
        return found

    monkeypatch.setattr(isolated, "_in_a_child", in_a_child)
    task = Task(document=b"", stood_at="", inspection=Inspection(now=datetime(2026, 1, 1, tzinfo=UTC)))

    def work_out() -> None:
        isolated.examine_in_child(task)

    assert order_of(isolated.AT_ONCE, work_out, done) == ["alone", *["many"] * 8]
    assert not isolated.AT_ONCE.running


def test_the_next_turn_is_of_a_network_that_has_fewest() -> None:
    turns, order = FairTurns(2), list[str]()

    def wait() -> None:
        turn = turns.begin(60)
        assert turn
        order.append(turn)
        turns.end(turn)

    assert order_of(turns, wait, order) == ["alone", *["many"] * 8]
    assert turns.waiting == []
    assert [begin(turns, "many") for _ in range(3)] == ["many", "many", None], "every turn came back"


def test_one_network_has_only_so_many() -> None:
    turns = FairTurns(3, of_one=2)

    assert [begin(turns, "many") for _ in range(3)] == ["many", "many", None]
    assert [begin(turns, "alone") for _ in range(2)] == ["alone", None]
    turns.end("many")
    assert begin(turns, "many") == "many"


def test_whoever_works_for_nobody_has_turns_like_a_network() -> None:
    turns = FairTurns(2, of_one=1)

    assert [turns.begin(0), turns.begin(0), begin(turns, "a"), turns.begin(-inf)] == ["", None, "a", None]
