"""What strangers share goes round by network: whoever comes alone never waits behind all that one network sent."""

import time
from concurrent.futures import ThreadPoolExecutor
from math import inf

from wallet import requester
from wallet.requester import Requester
from wallet.turns import Turns


def begin(turns: Turns, network: str, seconds: float = 0) -> str | None:
    return requester.working_for(Requester(network), turns.begin)(seconds)


def test_the_next_turn_is_of_a_network_that_has_fewest() -> None:
    turns, order = Turns(2), list[str]()

    def wait(network: str) -> None:
        turn = begin(turns, network, 60)
        assert turn
        order.append(turn)
        turns.end(turn)

    assert [begin(turns, "many") for _ in range(3)] == ["many", "many", None]
    with ThreadPoolExecutor(9) as threads:
        waiting = []
        for number, network in enumerate([*["many"] * 8, "alone"], 1):
            waiting.append(threads.submit(wait, network))
            while len(turns.waiting) < number:
                time.sleep(0)
        turns.end("many")
        for one in waiting:
            one.result(60)

    assert order[0] == "alone"
    assert order[1:] == ["many"] * 8
    assert turns.waiting == []
    assert begin(turns, "alone") == "alone", "every turn came back"


def test_one_network_has_only_so_many() -> None:
    turns = Turns(3, of_one=2)

    assert [begin(turns, "many") for _ in range(3)] == ["many", "many", None]
    assert [begin(turns, "alone") for _ in range(2)] == ["alone", None]
    turns.end("many")
    assert begin(turns, "many") == "many"


def test_whoever_works_for_nobody_has_turns_like_a_network() -> None:
    turns = Turns(2, of_one=1)

    assert [turns.begin(0), turns.begin(0), begin(turns, "a"), turns.begin(-inf)] == ["", None, "a", None]
