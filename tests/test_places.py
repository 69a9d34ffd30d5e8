"""The places of large bodies: who has one, who waits, and who gives it up; on a real uvicorn, asked by raw sockets."""

import asyncio
import select
import socket
import time

import pytest

from tests.fixtures.patience import until
from tests.test_bodies import LEAST, LIMIT, answer, build, caller, head, limit, page, post, served
from wallet import bodies
from wallet.bodies import BodyGuard, Places, Scope


def few(places: Places) -> BodyGuard:
    """Where what is larger than the limit of most rooms needs a place; the network is what a header says."""

    def network(scope: Scope) -> str:
        return next(value.decode() for name, value in scope["headers"] if name == b"network")

    return BodyGuard(build().app, limit, page, window=60, least=LEAST, network=network, places=[(LIMIT, places)])


def begin(port: int, network: str) -> socket.socket:
    """A large body that began and does not end."""
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    told = head("larger", f"Content-Length: {2 * LIMIT}", "Connection: close", f"Network: {network}")
    line.sendall(told + b"x" * (LIMIT + 10))
    return line


def test_of_one_network_few_large_bodies_come_and_the_neighbours_come_as_ever() -> None:
    places = Places(in_all=3, of_one_network=2, patience=0)
    with served(few(places)) as port:
        lines = [begin(port, "a"), begin(port, "a")]
        until(lambda: places.taken["a"] == 2)

        assert post(port, "larger", b"x" * 2 * LIMIT, "Network: a").startswith(b"HTTP/1.1 503")
        assert post(port, "larger", b"x" * LIMIT, "Network: a").startswith(b"HTTP/1.1 200"), "small ones come as ever"
        assert post(port, "larger", b"x" * 2 * LIMIT, "Network: b").startswith(b"HTTP/1.1 200"), "and the neighbour"

        lines.append(begin(port, "b"))
        until(lambda: places.taken["b"] == 1)
        assert post(port, "larger", b"x" * 2 * LIMIT, "Network: c").startswith(b"HTTP/1.1 503"), "three in all"

        for line in lines:
            with line:
                line.sendall(b"x" * (LIMIT - 10))
                assert answer(line).startswith(b"HTTP/1.1 200")
        assert post(port, "larger", b"x" * 2 * LIMIT, "Network: a").startswith(b"HTTP/1.1 200")
    assert not places.taken, "each gave its place back"


def test_a_large_body_waits_for_its_place_and_arrives_whole() -> None:
    places = Places(in_all=1, of_one_network=1, patience=60)
    with served(few(places)) as port:
        first = begin(port, "a")
        until(lambda: places.taken["a"] == 1)
        second = begin(port, "a")
        second.sendall(b"x" * (LIMIT - 10))

        with first, second:
            first.sendall(b"x" * (LIMIT - 10))
            assert answer(first).endswith(f"{2 * LIMIT} bytes".encode())
            assert answer(second).endswith(f"{2 * LIMIT} bytes".encode())


def test_who_hangs_up_gives_the_place_back() -> None:
    places = Places(in_all=1, of_one_network=1)
    with served(few(places)) as port:
        with begin(port, "a"):
            until(lambda: places.taken["a"] == 1)
        until(lambda: not places.taken)


def test_places_are_given_to_those_who_wait_in_their_order() -> None:
    """Whoever looked at the right moment had it, and others looked in vain for a minute."""

    async def come() -> list[str]:
        places, had = Places(in_all=2, of_one_network=1, patience=60), list[str]()

        async def take(network: str, name: str) -> None:
            assert await places.take(network)
            had.append(name)

        await take("a", "first")
        await take("b", "neighbour")
        waiting = []
        for network, name in (("a", "second"), ("c", "third"), ("a", "fourth"), ("d", "fifth")):
            waiting.append(asyncio.create_task(take(network, name)))
            await asyncio.sleep(0)
        places.give_back("b")
        overtaking = asyncio.create_task(take("e", "sixth"))
        await asyncio.sleep(0)
        for network in ("c", "a", "d", "a"):
            places.give_back(network)
            await asyncio.sleep(0)
        await asyncio.gather(*waiting, overtaking)
        return had

    assert asyncio.run(come()) == ["first", "neighbour", "third", "fifth", "second", "sixth", "fourth"]


def test_a_slow_body_gives_its_place_to_the_one_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight drips held all places of all, again and again. No more of them end than are waited for."""
    monkeypatch.setattr(bodies, "HURRY", 0.5)
    monkeypatch.setattr(bodies, "LOOKS_EVERY", 0.1)
    places = Places(in_all=2, of_one_network=1)
    with served(few(places)) as port, begin(port, "a") as slow, begin(port, "b") as neighbour:
        until(lambda: places.taken.total() == 2)
        assert post(port, "larger", b"x" * 2 * LIMIT, "Network: c").endswith(f"{2 * LIMIT} bytes".encode())

        given_up, _, _ = select.select([slow, neighbour], [], [], 20)
        assert [answer(line).split()[1] for line in given_up] == [b"408"]
        (other,) = {slow, neighbour} - set(given_up)
        other.sendall(b"x" * (LIMIT - 10))
        assert answer(other).endswith(f"{2 * LIMIT} bytes".encode())


def test_a_body_that_comes_well_keeps_its_place_while_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "HURRY", 0.5)
    monkeypatch.setattr(bodies, "HURRIED", 10_000)
    monkeypatch.setattr(bodies, "LOOKS_EVERY", 0.1)
    places = Places(in_all=1, of_one_network=1)
    with served(few(places)) as port, begin(port, "a") as first:
        until(lambda: places.taken["a"] == 1)
        with begin(port, "b") as second:
            until(lambda: bool(places.waiting))
            second.sendall(b"x" * (LIMIT - 10))
            for _ in range(20):
                first.sendall(b"x" * (LIMIT // 25))
                time.sleep(0.08)
            first.sendall(b"x" * (LIMIT - 10 - 20 * (LIMIT // 25)))
            assert answer(first).endswith(f"{2 * LIMIT} bytes".encode())
            assert answer(second).endswith(f"{2 * LIMIT} bytes".encode())


def test_of_one_network_only_so_many_bodies_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds a connection, however small it is. Who is refused and drips is not heard for a quarter of an hour."""
    monkeypatch.setattr(bodies, "UNDER_WAY", 2)
    monkeypatch.setattr(bodies, "HURRY", 0.5)
    guard = few(Places(in_all=1, of_one_network=1))
    of_a = head("measure", "Content-Length: 100", "Connection: close", "Network: a")
    with served(guard) as port, caller(port) as first, caller(port) as second, caller(port) as third:
        first.sendall(of_a)
        second.sendall(of_a + b"x" * 50)
        until(lambda: guard.under_way.taken["a"] == 2)

        third.sendall(of_a + b"x" * 50)
        assert answer(third).startswith(b"HTTP/1.1 503")
        assert post(port, "measure", b"hello", "Network: b").endswith(b"5 bytes")

        first.sendall(b"x" * 100)
        assert answer(first).endswith(b"100 bytes")
        assert post(port, "measure", b"hello", "Network: a").endswith(b"5 bytes")
        second.sendall(b"x" * 50)
        assert answer(second).endswith(b"100 bytes")
    assert not guard.under_way.taken, "each gave its place back"
