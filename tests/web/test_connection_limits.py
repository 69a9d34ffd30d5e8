"""What a connection may cost before it is a request: on a real uvicorn, asked by raw sockets."""

import asyncio
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import pairwise
from threading import Event, Semaphore, Thread

import pytest
import uvicorn
from starlette.types import Message, Scope

from tests.fixtures.patience import until
from wallet.web import connection_limits
from wallet.web.connection_limits import LEAST_READ, LINE, LINES, SLOW, WORDS, LimitedProtocol
from wallet.web.security_headers import HEADERS

SOON = 0.2
LARGE = 12 * 1024 * 1024
"""Bytes of an answer that no system takes from us while nobody reads it."""
MEDIUM = 60 * 1024
"""Fewer than those of which a transport says that they wait to be read."""
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class Room:
    """An app that answers "hello"; under /slow only once it may, under /large and /medium with more."""

    def __init__(self) -> None:
        self.may_answer = Event()
        self.at_work = 0

    async def __call__(self, scope: Scope, receive: Callable[[], object], send: Callable[..., object]) -> None:
        if scope["path"] == "/slow":
            self.at_work += 1
            await asyncio.to_thread(self.may_answer.wait)
        if scope["path"] == "/reads":
            while (await receive())["more_body"]:  # type: ignore[misc]
                self.at_work += 1
        body = {"/large": bytes(LARGE), "/medium": bytes(MEDIUM)}.get(scope["path"], b"hello")
        messages: list[Message] = [
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]},
            {"type": "http.response.body", "body": body},
        ]
        if scope["path"] == "/pieces":
            messages[0]["headers"] = []
            messages[1:] = [{"type": "http.response.body", "body": bytes(LARGE // 40), "more_body": True}] * 40
        for message in messages:
            await send(message)  # type: ignore[misc]


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def server(
    room: Room, listener: socket.socket, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[uvicorn.Server]:
    """One that runs, on the loop that a test may name."""
    monkeypatch.setattr(connection_limits, "LINGERS", SOON)
    loop = getattr(request, "param", "asyncio")
    config = uvicorn.Config(
        room, log_level="critical", lifespan="off", http=LimitedProtocol, loop=loop, timeout_keep_alive=120
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield server
    finally:
        room.may_answer.set()
        server.should_exit = True
        thread.join()


@pytest.fixture
def port(server: uvicorn.Server, listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


@contextmanager
def caller(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        yield line


def answer(line: socket.socket) -> bytes:
    """All that comes until the server closes, in whichever way."""
    told = b""
    try:
        while piece := line.recv(65536):
            told += piece
    except ConnectionResetError:
        pass
    return told


def flood(line: socket.socket, piece: bytes) -> None:
    """As much as the other end takes, and 5 GB at most."""
    for _ in range(100_000):
        line.sendall(piece)


def hello(line: socket.socket, head: bytes = GET) -> None:
    """Ask, and be answered; the connection stays open."""
    line.sendall(head + b"\r\n")
    told = b""
    while not told.endswith(b"hello"):
        piece = line.recv(65536)
        assert piece, told
        told += piece


@pytest.mark.breadth
def test_a_head_of_any_ordinary_size_is_answered_and_the_connection_stays(port: int) -> None:
    with caller(port) as line:
        for _ in range(3):
            hello(line, GET + b"Cookie: " + b"c" * (LINE - 100) + b"\r\n" + b"X: y\r\n" * (LINES - 5))


def said(told: bytes) -> tuple[str, ...]:
    """What it says in French, and in English, as its head tells."""
    head, _, words = told.partition(b"\r\n\r\n")
    assert b"Content-Language: fr, en" in head
    assert f"Content-Length: {len(words)}\r\n".encode() in head
    french, english = words.decode().splitlines()
    assert ("ssayez encore" in french, "ry again" in english) == (True, True)
    return french, english


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X: y\r\n" * (LINES + 1) + b"\r\n",
        GET + b"X: " + b"y" * LINE + b"\r\n\r\n",
        GET + b"".join(b"X: " + b"y" * (LINE // 2) + b"\r\n" for _ in range(5)) + b"\r\n",
    ],
    ids=["many lines", "a long line", "long in all"],
)
@pytest.mark.breadth(beside=["a long line"])
def test_a_head_that_is_too_long_is_told_so(port: int, head: bytes) -> None:
    with caller(port) as line:
        line.sendall(head)
        told = answer(line)

    assert told.startswith(b"HTTP/1.1 431")
    assert said(told) == WORDS[HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE]
    assert told.count(b"HTTP/1.1") == 1
    assert b"Retry-After" not in told, "it is as long in a minute"


@pytest.mark.parametrize("pieces", [1, 3])
def test_an_address_that_is_too_long_is_told_so_and_no_cookie_is_blamed(port: int, pieces: int) -> None:
    with caller(port) as line:
        line.sendall(b"GET /?")
        for _ in range(pieces):
            line.sendall(b"y" * LINE)
        line.sendall(b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        told = answer(line)

    assert told.startswith(b"HTTP/1.1 414")
    assert said(told) == WORDS[HTTPStatus.REQUEST_URI_TOO_LONG]
    assert b"Retry-After" not in told
    for name, value in HEADERS.items():
        assert f"\r\n{name}: {value}\r\n".encode() in told, name


@pytest.mark.parametrize("piece", [b"y" * 50_000, b"X: y\r\n" * 8000], ids=["one line", "many lines"])
def test_a_head_without_end_is_not_received_without_end(port: int, piece: bytes) -> None:
    """One line of 94 MiB, two million lines."""
    with caller(port) as line:
        line.sendall(GET + b"X: ")
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            flood(line, piece)


CHUNKED = b"POST /slow HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"


@pytest.mark.parametrize(
    ("begins", "piece"),
    [(b"0\r\nX: ", b"y" * 50_000), (b"0\r\n", b"X: y\r\n" * 8000), (b"1;x=", b"y" * 50_000)],
    ids=["one line", "many lines", "what is told of a piece"],
)
@pytest.mark.breadth(beside=["what is told of a piece"])
def test_what_is_told_after_a_body_is_not_received_without_end(
    port: int, room: Room, begins: bytes, piece: bytes
) -> None:
    """The parser joins the whole line anew with each piece that comes, on the loop of all."""
    with caller(port) as line:
        line.sendall(CHUNKED)
        until(lambda: room.at_work == 1)
        line.sendall(begins + piece)
        assert answer(line) == b""


@pytest.mark.breadth
def test_no_header_comes_after_a_body(port: int, room: Room) -> None:
    """Uvicorn would put it among the others, of a request that is at work."""
    with caller(port) as line:
        line.sendall(CHUNKED)
        until(lambda: room.at_work == 1)
        line.sendall(b"0\r\nCookie: y\r\n\r\n")
        assert answer(line) == b""


def test_a_body_in_any_number_of_pieces_is_received(port: int, room: Room) -> None:
    """What is told of each of them is much more in all than any head."""
    room.may_answer.set()
    with caller(port) as line:
        for _ in range(20):
            line.sendall(CHUNKED + b"1\r\nx\r\n" * 1000)
            hello(line, b"0\r\n")


def begun_in_time(begins: Callable[[], bytes]) -> bytes:
    """What is told to the first who begins before the time of the silent is over: who comes too late is told nothing.

    A machine that does other things as well stalls for longer between a connection and its first word.
    """
    return next((told for _ in range(100) if (told := begins())), b"")


def test_a_head_that_does_not_end_in_time_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with caller(port) as line:
        hello(line)
        monkeypatch.setattr(connection_limits, "HEAD_SECONDS", SOON)
        line.sendall(b"\r\n")
        assert answer(line).startswith(b"HTTP/1.1 408"), "also a second one that never begins"
    monkeypatch.setattr(connection_limits, "SILENT_SECONDS", SOON)

    def begins() -> bytes:
        with caller(port) as line:
            line.sendall(GET)
            return answer(line)

    assert begun_in_time(begins).startswith(b"HTTP/1.1 408")


@pytest.mark.breadth
def test_a_head_that_drips_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte begins no new time."""
    monkeypatch.setattr(connection_limits, "SILENT_SECONDS", SOON)

    def drips() -> bytes:
        with caller(port) as line:
            line.sendall(GET + b"X: ")
            for _ in range(1000):
                if select.select([line], [], [], 0.02)[0]:
                    break
                line.sendall(b"y")
            else:
                pytest.fail("it drips without end")
            return answer(line)

    told = begun_in_time(drips)
    assert told.startswith(b"HTTP/1.1 408")
    assert said(told) == WORDS[HTTPStatus.REQUEST_TIMEOUT]


def test_who_never_asks_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "SILENT_SECONDS", SOON)
    with caller(port) as line:
        assert answer(line) == b""


def test_who_asked_may_be_silent_for_longer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy keeps its connection for minutes (KEPT_OPEN)."""
    monkeypatch.setattr(connection_limits, "SILENT_SECONDS", SOON)
    monkeypatch.setattr(connection_limits, "HEAD_SECONDS", SOON)

    def asks() -> bytes:
        with caller(port) as line:
            try:
                hello(line)
            except (AssertionError, ConnectionError):
                return b""
            with caller(port) as silent:
                assert answer(silent) == b"", "longer than any head may take"
            hello(line)
            return b"twice"

    assert begun_in_time(asks) == b"twice"


@pytest.mark.breadth
def test_where_there_are_too_many_the_one_silent_for_longest_goes(
    port: int, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "most_connections", lambda: 3)
    with caller(port) as oldest, caller(port) as second, caller(port) as third:
        for line in (oldest, second, third, oldest):
            hello(line)
        with caller(port) as fourth:
            hello(fourth)
            assert answer(second) == b"", "the one that asked nothing for longest"
            for line in (oldest, third, fourth):
                hello(line)


def test_where_all_are_at_work_the_next_one_is_told_when_to_come(
    port: int, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "most_connections", lambda: 2)
    with caller(port) as first, caller(port) as second:
        for line in (first, second):
            line.sendall(GET.replace(b"/ ", b"/slow ") + b"Connection: close\r\n\r\n")
        until(lambda: room.at_work == 2)
        with caller(port) as third:
            told = answer(third)
        room.may_answer.set()
        assert told.startswith(b"HTTP/1.1 503")
        assert (said(told), b"Retry-After: 60" in told) == (WORDS[HTTPStatus.SERVICE_UNAVAILABLE], True)
        assert all(answer(line).endswith(b"hello") for line in (first, second)), "they are answered as ever"


@contextmanager
def slow_caller(port: int, room: int = 32 * 1024) -> Iterator[socket.socket]:
    """As `caller`, with little room for what comes, and in small packets, as on a bad line."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        line.settimeout(30)
        line.connect(("127.0.0.1", port))
        yield line


BOTH_LOOPS = pytest.mark.parametrize("server", ["asyncio", "uvloop"], indirect=True)
LARGE_ONE = GET.replace(b"/ ", b"/large ")


@BOTH_LOOPS
@pytest.mark.parametrize("more", [b"", b"Connection: close\r\n"], ids=["stays", "closed already"])
@pytest.mark.breadth
def test_who_does_not_read_an_answer_is_not_waited_for(
    server: uvicorn.Server, port: int, more: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is complete and in the hands of the transport, which keeps it until it is sent or the end of days."""
    monkeypatch.setattr(connection_limits, "READ_SECONDS", SOON)
    with slow_caller(port) as line:
        line.sendall(LARGE_ONE + more + b"\r\n")
        until(lambda: server.server_state.total_requests == 1)
        until(lambda: not server.server_state.connections)


@BOTH_LOOPS
@pytest.mark.breadth(beside=["asyncio"])
def test_who_does_not_read_a_small_answer_is_not_waited_for_either(
    server: uvicorn.Server, listener: socket.socket, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is so small that no transport tells us to write less."""
    monkeypatch.setattr(connection_limits, "READ_SECONDS", SOON)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with slow_caller(port, room=4096) as line:
        line.sendall(GET.replace(b"/ ", b"/medium ") + b"\r\n")
        until(lambda: server.server_state.total_requests == 1)
        until(lambda: not server.server_state.connections)


@BOTH_LOOPS
def test_who_reads_slowly_reads_to_the_end(server: uvicorn.Server, listener: socket.socket, port: int) -> None:
    """What is in our hands stays the same from one look to the next: the system takes the next part only when it is done
    with a third of the last one."""
    looks, held = Semaphore(0), list[int]()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200 * 1024)
    with slow_caller(port) as line:
        line.sendall(LARGE_ONE + b"Connection: close\r\n\r\n")
        until(lambda: any(one._look_at_reader in one.timers for one in list(server.server_state.connections)))
        [one] = server.server_state.connections

        def look() -> None:
            held.append(one.transport.get_write_buffer_size())
            one._stop(one._look_at_reader)
            one._look_at_reader()
            looks.release()

        told = 0
        for number in range(1, 11):
            while told < number * 10 * LEAST_READ:  # what is on its way to them meanwhile is less
                piece = line.recv(LEAST_READ)
                assert piece, f"they were given up after {told} bytes"
                told += len(piece)
            one.loop.call_soon_threadsafe(look)
            assert looks.acquire(timeout=60)
        told += len(answer(line))

    assert told > LARGE
    assert any(one == following for one, following in pairwise(held)), "else it would say nothing"


@pytest.mark.parametrize(
    "asked", [CHUNKED.replace(b"/slow", b"/reads"), GET.replace(b"/ ", b"/pieces ") + b"\r\n"], ids=["brings", "reads"]
)
def test_where_all_are_at_work_the_one_that_keeps_us_waiting_goes(
    server: uvicorn.Server, port: int, room: Room, asked: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of four hundred slow bodies was idle, and everybody else read that there are too many."""
    monkeypatch.setattr(connection_limits, "most_connections", lambda: 2)
    monkeypatch.setattr(connection_limits, "SLOW_FOR", 0.0)
    with slow_caller(port) as slow, caller(port) as waits:
        slow.sendall(asked)
        until(lambda: room.at_work == 1 or any(one.flow.write_paused for one in list(server.server_state.connections)))
        until(lambda: any(one.cycle and one.pace < SLOW for one in list(server.server_state.connections)))
        waits.sendall(GET.replace(b"/ ", b"/slow ") + b"Connection: close\r\n\r\n")
        until(lambda: len([one for one in list(server.server_state.connections) if one.cycle]) == 2)
        with caller(port) as third:
            hello(third)
        assert not answer(slow).endswith(b"hello")
        room.may_answer.set()
        assert answer(waits).endswith(b"hello"), "we keep them waiting, and not they us"
