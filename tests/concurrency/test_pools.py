"""Threads apart for whoever waits for others: so many, so many a network, a short queue, and then a true word."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from threading import Event, Lock
from typing import Any

import pytest

from wallet.concurrency import pools
from wallet.concurrency.pools import Pool, PoolFull


def small(**more: int) -> Pool:
    return Pool(**{"threads": 2, "of_one": 1, "queue": 4, "queue_of_one": 2, "lasts": 60} | more)


def with_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def begun(pool: Pool, network: str, work: Callable[[], Any]) -> "asyncio.Task[Any]":
    """Somebody who is in, or in the queue."""
    task = asyncio.create_task(pool.run(network, work))
    await asyncio.sleep(0)
    return task


def who(pool: Pool) -> list[str]:
    return [turn.network for turn in pool.running]


@with_loop
async def test_a_class_that_comes_at_once_gets_in_by_and_by_and_never_more_than_there_are_threads() -> None:
    """Twenty of ten networks, and twenty of one: nobody is refused who takes but a moment."""
    pool, lock, now, most = pools.make_pools()[pools.STRANGERS], Lock(), Counter[str](), Counter[str]()

    def work(network: str) -> str:
        with lock:
            now.update([network, "all"])
            for name in (network, "all"):
                most[name] = max(most[name], now[name])
        with lock:
            now.subtract([network, "all"])
        return network

    for networks in ([f"n{number // 2}" for number in range(20)], ["fair"] * 20):
        made = await asyncio.gather(*(pool.run(one, lambda one=one: work(one)) for one in networks))  # type: ignore[misc]
        assert made == networks

    assert most["all"] <= 8
    assert max(count for name, count in most.items() if name != "all") <= 2
    assert (pool.running, pool.waiting) == ([], [])


@with_loop
async def test_one_network_leaves_room_to_the_others_and_its_own_second_tab_comes_later() -> None:
    pool, done = small(), Event()
    first = await begun(pool, "a", done.wait)
    second = await begun(pool, "a", lambda: "second tab")

    assert await pool.run("b", lambda: "somebody else") == "somebody else"
    assert who(pool) == ["a"]
    done.set()
    assert (await first, await second) == (True, "second tab")


@with_loop
async def test_beyond_the_queue_it_is_full_at_once_and_says_until_when() -> None:
    pool, done = small(), Event()
    tasks = [await begun(pool, network, done.wait) for network in ("a", "b", "a", "a", "b", "b")]

    for network in ("a", "c"):
        with pytest.raises(PoolFull) as told:
            await pool.run(network, lambda: None)
        assert 1 <= told.value.seconds <= 60
    assert len(pool.waiting) == 4
    done.set()
    await asyncio.gather(*tasks)
    assert await pool.run("c", lambda: "now") == "now"


def test_whoever_waited_long_enough_is_told_and_takes_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "PATIENCE", 0)

    async def main() -> None:
        pool, done = small(lasts=7), Event()
        first = await begun(pool, "a", done.wait)
        with pytest.raises(PoolFull) as told:
            await pool.run("a", lambda: None)
        assert told.value.seconds <= 7
        assert (who(pool), pool.waiting) == (["a"], [])
        done.set()
        await first
        assert pool.running == []

    asyncio.run(main())


@with_loop
async def test_the_next_turn_is_of_the_network_that_has_the_fewest() -> None:
    """Whoever has all threads and fills the queue does not get them all again."""
    pool = small(of_one=2)
    done, order = [Event(), Event()], list[str]()
    tasks = [await begun(pool, "a", one.wait) for one in done]
    tasks += [await begun(pool, network, lambda network=network: order.append(network)) for network in "aab"]  # type: ignore[misc]

    done[0].set()
    await tasks[0]
    await tasks[4]
    assert order[0] == "b"
    done[1].set()
    await asyncio.gather(*tasks)
    assert order == ["b", "a", "a"]


@with_loop
async def test_whoever_is_gone_while_they_wait_or_fail_gives_their_turn_back() -> None:
    pool, done = small(), Event()
    first, gone = await begun(pool, "a", done.wait), await begun(pool, "a", done.wait)
    gone.cancel()
    done.set()
    await first
    await asyncio.gather(gone, return_exceptions=True)
    with pytest.raises(ZeroDivisionError):
        await pool.run("a", lambda: 1 / 0)

    assert (pool.running, pool.waiting) == ([], [])
    late = await begun(pool, "a", done.wait)
    waits = await begun(pool, "a", done.wait)
    await late
    waits.cancel()  # in the very moment in which it was given its turn
    await asyncio.gather(waits, return_exceptions=True)
    assert (pool.running, pool.waiting) == ([], [])


@with_loop
async def test_a_turn_that_is_free_as_somebody_gives_up_goes_to_the_next_who_is_there() -> None:
    pool, done = small(threads=1), Event()
    turn = await pool._enter("a", 0)
    gone = [await begun(pool, network, done.wait) for network in "bc"]
    stays = await begun(pool, "d", lambda: "here")

    for task in gone:
        task.cancel()
    pool._leave(turn)  # before those who gave up have run on

    assert (who(pool), pool.waiting) == (["d"], [])
    assert await stays == "here"
    await asyncio.gather(*gone, return_exceptions=True)
    assert (pool.running, pool.waiting) == ([], [])


@with_loop
async def test_what_is_sent_piece_by_piece_holds_no_thread_in_between_and_is_never_refused() -> None:
    pool, done = small(threads=1, queue=0, queue_of_one=0), Event()

    def made() -> Iterator[bytes]:
        yield from (b"a", b"", b"c")

    pieces = pool.pieces("a", made())
    assert await anext(pieces) == b"a"
    assert pool.running == [], "who is slow to take it holds nobody up"
    first = await begun(pool, "b", done.wait)
    rest = asyncio.create_task(anext(pieces))  # type: ignore[arg-type]  # an awaitable is enough
    await asyncio.sleep(0)
    assert (who(pool), len(pool.waiting)) == (["b"], 1)
    done.set()
    await first
    assert [await rest, *[one async for one in pieces]] == [b"", b"c"]
    assert pool.running == []
