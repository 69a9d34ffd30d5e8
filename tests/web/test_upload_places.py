"""The places of large bodies: who has one, who waits, and who gives it up; on a real uvicorn, asked by raw sockets."""

import asyncio
import select
import socket
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.fixtures.patience import until
from tests.fixtures.virtual_time import run_at_once
from tests.web.test_body_limits import LEAST, LIMIT, answer, bring, build, caller, head, limit, page, post, served
from wallet.web import body_limits
from wallet.web.body_limits import SMALL, UNDER_WAY, BodyGuard, Places

pytestmark = pytest.mark.slow

rooms = build().app


async def answer_in_pieces(scope: Scope, receive: Receive, send: Send) -> None:
    """As the rooms of test_body_limits.py; under /pieces each piece goes back as it comes."""
    if scope["path"] != "/pieces":
        await rooms(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    more = True
    while more:
        message = await receive()
        more = message["more_body"]
        await send({"type": "http.response.body", "body": message["body"], "more_body": more})


def few(places: Places) -> BodyGuard:
    """Where what is larger than the limit of most rooms needs a place; the network is what a header says."""

    def network(scope: Scope) -> str:
        return next(value.decode() for name, value in scope["headers"] if name == b"network")

    return BodyGuard(answer_in_pieces, limit, page, window=60, least=LEAST, network=network, places=[(LIMIT, places)])


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


@pytest.mark.breadth
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


@pytest.mark.breadth
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


@pytest.mark.breadth
def test_a_slow_body_gives_its_place_to_the_one_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight drips held all places of all, again and again. No more of them end than are waited for."""
    monkeypatch.setattr(body_limits, "HURRY", 0.5)
    monkeypatch.setattr(body_limits, "LOOKS_EVERY", 0.1)
    places = Places(in_all=2, of_one_network=1)
    with served(few(places)) as port, begin(port, "a") as slow, begin(port, "b") as neighbour:
        until(lambda: places.taken.total() == 2)
        assert post(port, "larger", b"x" * 2 * LIMIT, "Network: c").endswith(f"{2 * LIMIT} bytes".encode())

        given_up, _, _ = select.select([slow, neighbour], [], [], 20)
        assert [answer(line).split()[1] for line in given_up] == [b"408"]
        (other,) = {slow, neighbour} - set(given_up)
        other.sendall(b"x" * (LIMIT - 10))
        assert answer(other).endswith(f"{2 * LIMIT} bytes".encode())


@pytest.mark.parametrize(("size", "stays"), [(SMALL // 2, True), (SMALL // 3, False)])
def test_a_body_that_comes_well_keeps_its_place_while_others_wait(
    size: int, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pace of the real thing: so many bytes in each second, half of them at a time, or a third."""
    monkeypatch.setattr(body_limits, "HURRY", 2.0)  # so that it is looked twice before all of it is there
    places = Places(in_all=1, of_one_network=1)
    bodies = {name: asyncio.Queue[Message]() for name in "ab"}
    told: dict[str, list[Message]] = {name: [] for name in bodies}

    async def come(name: str, pieces: int, every: float) -> None:
        async def tell(message: Message) -> None:
            told[name].append(message)

        scope = {"type": "http", "method": "POST", "path": "/larger", "query_string": b""}
        phone = asyncio.create_task(bring(bodies[name], pieces, size, every))
        await guard({**scope, "headers": [(b"network", name.encode())]}, bodies[name].get, tell)
        phone.cancel()

    async def both() -> None:
        first = asyncio.create_task(come("a", 3 * LIMIT // size, 0.49))
        await asyncio.sleep(0.5 * (LIMIT // size + 1))  # it has a place by then
        assert places.taken["a"]
        await asyncio.gather(first, come("b", 3 * LIMIT // size, 0.01))

    guard = few(places)
    run_at_once(both())

    assert told["a"][0]["status"] == (200 if stays else 408)
    assert told["b"][0]["status"] == 200


def drip(port: int, size: int = 10_000, begun: int = 10) -> socket.socket:
    """A body of network a that began and comes no further."""
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    told = head("larger", f"Content-Length: {size}", "Connection: close", "Network: a")
    line.sendall(told + b"x" * begun)
    return line


def in_two_pieces(port: int, size: int = 60_000) -> bool:
    """Whether a body of network a is heard to its end, whose second half goes when the first one has come back."""
    with caller(port) as line:
        line.sendall(head("pieces", f"Content-Length: {size}", "Connection: close", "Network: a"))
        told = b""
        for half in (size // 2, size):
            with suppress(OSError):  # refused, and closed
                line.sendall(b"Z" * (size // 2))
            while told.count(b"Z") < half and (piece := line.recv(65536)):
                told += piece
        return told.count(b"Z") == size


def under_way(guard: BodyGuard, network: str = "a") -> list[Any]:
    return list(guard.under_way.get(network, ()))


def counted(guard: BodyGuard) -> int:
    return len(under_way(guard))


@pytest.mark.breadth
def test_a_neighbour_is_served_beside_more_drips_than_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """33 of them had everybody of the same carrier refused, sign-in included."""
    monkeypatch.setattr(body_limits, "BRIEF", 0.0)  # these are there for long already
    guard = few(Places(in_all=1, of_one_network=1))
    with served(guard) as port, ExitStack() as lines:
        drips = [lines.enter_context(drip(port)) for _ in range(UNDER_WAY)]
        until(lambda: counted(guard) == UNDER_WAY)
        drips.append(lines.enter_context(drip(port)))
        (given_up,) = select.select(drips, [], [], 20)[0]
        assert answer(given_up).startswith(b"HTTP/1.1 408"), "the slowest"
        drips.remove(given_up)

        assert in_two_pieces(port), "whoever is quicker than they are"
        monkeypatch.setattr(body_limits, "BRIEF", 5.0)
        for _ in range(3):
            assert in_two_pieces(port, 4_000), "and whoever sends a form"
        assert post(port, "measure", b"hello", "Network: b").endswith(b"5 bytes")
        until(lambda: select.select(drips, [], [], 0)[0])
        ended = select.select(drips, [], [], 0)[0]
        assert len(ended) == 1, "no more drips end than have to"
        for line in drips:
            if line not in ended:
                line.sendall(b"x" * 9_990)
                assert answer(line).endswith(b"10000 bytes")
        until(lambda: not guard.under_way)


def test_what_is_brief_and_small_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred may begin a form together; what goes on is counted, and what is larger from its first piece on."""
    monkeypatch.setattr(body_limits, "LOOKS_EVERY", 0.05)
    monkeypatch.setattr(body_limits, "BRIEF", 3600.0)
    guard = few(Places(in_all=3, of_one_network=3))
    with served(guard) as port, ExitStack() as lines:
        small = [lines.enter_context(drip(port)) for _ in range(UNDER_WAY + 3)]
        large = lines.enter_context(drip(port, 2 * LIMIT, SMALL + 1))
        until(lambda: counted(guard) == 1)
        monkeypatch.setattr(body_limits, "BRIEF", 0.0)
        until(lambda: len(select.select(small, [], [], 0)[0]) == len(small) + 1 - UNDER_WAY)
        assert counted(guard) == UNDER_WAY

        large.sendall(b"x" * (2 * LIMIT - SMALL - 1))
        assert answer(large).endswith(f"{2 * LIMIT} bytes".encode()), "the quickest"
        given_up = select.select(small, [], [], 0)[0]
        assert [answer(line).split()[1] for line in given_up] == [b"408"] * (len(small) + 1 - UNDER_WAY)


def test_what_is_thrown_away_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is told that it is too much, and drips on, holds a connection as well."""
    monkeypatch.setattr(body_limits, "UNDER_WAY", 2)
    monkeypatch.setattr(body_limits, "LOOKS_EVERY", 0.05)
    guard = few(Places(in_all=9, of_one_network=9))
    with served(guard) as port, ExitStack() as lines:
        told = head("measure", f"Content-Length: {3 * LIMIT}", "Connection: close", "Network: a")
        dripping = [lines.enter_context(caller(port)) for _ in range(2)]
        for line in dripping:
            line.sendall(told + b"x" * (LIMIT + 1))
        # All of it is here, or whoever is given up is reset; and slow enough for the next one to be quicker.
        until(lambda: [one.size for one in under_way(guard) if one.waited_in_all > 1] == 2 * [LIMIT + 1])
        dripping.append(lines.enter_context(caller(port)))
        dripping[2].sendall(told + b"x" * (LIMIT + 1))
        until(lambda: bool(select.select(dripping, [], [], 0)[0]))
        (given_up,) = select.select(dripping, [], [], 0)[0]
        assert answer(given_up).startswith(b"HTTP/1.1 413")
        until(lambda: counted(guard) == 2)
    until(lambda: not guard.under_way)


def test_who_is_given_a_place_in_the_moment_of_giving_up_holds_none() -> None:
    """A phone that hangs up just then: four of them would have left no place to anybody until the next start."""
    places = Places(in_all=1, of_one_network=1)

    async def gives_up() -> None:
        assert places.take_at_once("a")
        waits = asyncio.create_task(places.take("b"))
        await asyncio.sleep(0)
        places.give_back("a")
        assert places.taken["b"] == 1

        waits.cancel()
        with suppress(asyncio.CancelledError):
            await waits

    asyncio.run(gives_up())

    assert not places.taken
