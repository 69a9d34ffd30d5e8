"""How much a request may bring and how slowly: on a real uvicorn, asked by raw sockets."""

import asyncio
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.fixtures.virtual_time import run_at_once
from wallet.web.body_limits import BodyGuard

pytestmark = pytest.mark.slow

LIMIT = 200_000
WINDOW, LEAST = 1.0, 1_000
"""Seconds and bytes: the pace of the real thing, thirty times as impatient."""


async def count(request: Request) -> PlainTextResponse:
    """Receive a form to its end, as a page that takes files does."""
    async with request.form() as form:
        return PlainTextResponse(f"{len(form)} parts")


async def measure(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def larger(request: Request) -> PlainTextResponse:
    return await measure(request)


async def ignore(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("not read")


async def echo(request: Request) -> StreamingResponse:
    return StreamingResponse(request.stream())


async def stumble(request: Request) -> PlainTextResponse:
    await request.body()
    raise ZeroDivisionError


async def swallow(request: Request) -> PlainTextResponse:
    try:
        await request.body()
    except Exception:  # noqa: BLE001 — a room with bad manners
        return PlainTextResponse("all is well")
    return PlainTextResponse("read")


def page(scope: Scope, status: int) -> ASGIApp:
    return HTMLResponse(f"<h1>Notre page {status} pour {scope['path']}</h1>", status)


def limit(scope: Scope) -> int:
    """Three times as much may come to one room as to the others."""
    return 3 * LIMIT if scope["path"] == "/larger" else LIMIT


def build() -> BodyGuard:
    rooms = (count, measure, ignore, echo, stumble, swallow, larger)
    app = Starlette(routes=[Route(f"/{room.__name__}", room, methods=["GET", "POST"]) for room in rooms])
    return BodyGuard(app, limit, page, window=WINDOW, least=LEAST)


@contextmanager
def served(app: BodyGuard) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(build()) as port:
        yield port


@contextmanager
def caller(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        yield line


def head(room: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST /{room} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def answer(line: socket.socket) -> bytes:
    """All that comes until the server closes."""
    told = b""
    while piece := line.recv(65536):
        told += piece
    return told


def post(port: int, room: str, body: bytes, *headers: str) -> bytes:
    with caller(port) as line:
        line.sendall(head(room, f"Content-Length: {len(body)}", "Connection: close", *headers) + body)
        return answer(line)


@pytest.mark.parametrize("size", [0, 1, 70_000, LIMIT])
def test_a_body_within_the_limit_arrives_whole(port: int, size: int) -> None:
    told = post(port, "measure", b"x" * size)

    assert told.startswith(b"HTTP/1.1 200")
    assert told.endswith(f"{size} bytes".encode())


@pytest.mark.parametrize("room", ["measure", "count", "swallow"])
@pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT])
def test_a_body_beyond_the_limit_gets_our_page(port: int, size: int, room: str) -> None:
    kind = "Content-Type: multipart/form-data; boundary=b"
    start = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'

    told = post(port, room, start.ljust(size, b"x"), kind)

    assert told.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in told
    assert f"Notre page 413 pour /{room}".encode() in told
    assert told.count(b"HTTP/1.1") == 1


def test_a_body_without_a_length_is_counted_too(port: int) -> None:
    with caller(port) as line:
        line.sendall(head("measure", "Transfer-Encoding: chunked"))
        line.sendall((b"2710\r\n" + b"x" * 10_000 + b"\r\n") * 30 + b"0\r\n\r\n")
        told = answer(line)

    assert told.startswith(b"HTTP/1.1 413")


def test_a_body_without_end_is_not_received_without_end(port: int) -> None:
    sent = 0
    with caller(port) as line:
        line.sendall(head("measure", "Content-Length: 100000000000"))
        try:
            while sent < 1000 * LIMIT:
                line.sendall(b"x" * 50_000)
                sent += 50_000
        except OSError:
            pass

    assert LIMIT < sent < 100 * LIMIT


@pytest.mark.breadth
def test_a_body_that_stops_coming_is_given_up(port: int) -> None:
    with caller(port) as line:
        line.sendall(head("measure", "Content-Length: 1000") + b"x" * 10)
        told = answer(line)

    assert told.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in told
    assert b"Notre page 408" in told


@pytest.mark.breadth
def test_a_body_that_drips_is_given_up(port: int) -> None:
    with caller(port) as line:
        line.sendall(head("count", "Content-Length: 1000", "Content-Type: application/x-www-form-urlencoded"))
        for _ in range(400):
            if select.select([line], [], [], 0.05)[0]:
                break
            with suppress(ConnectionError):  # it was given up in this very moment: what was told before lies here
                line.sendall(b"x")
        told = line.recv(65536)

    assert told.startswith(b"HTTP/1.1 408")


async def bring(body: "asyncio.Queue[Message]", pieces: int, size: int, every: float) -> None:
    """So many *pieces* of *size* bytes, one *every* so many seconds."""
    for left in reversed(range(pieces)):
        await asyncio.sleep(every)
        body.put_nowait({"type": "http.request", "body": b"x" * size, "more_body": left > 0})


@pytest.mark.parametrize(("size", "heard"), [(LEAST // 4, True), (LEAST // 5, False)])
def test_a_slow_phone_that_keeps_its_pace_is_heard_to_the_end(size: int, heard: bool) -> None:
    """Twenty pieces, four of them in each window and a little more: whoever brings a fifth of what is due is too slow."""
    body: asyncio.Queue[Message] = asyncio.Queue()
    told: list[Message] = []

    async def tell(message: Message) -> None:
        told.append(message)

    async def listen() -> None:
        guard = BodyGuard(build().app, limit, page, window=WINDOW, least=LEAST)
        phone = asyncio.create_task(bring(body, 20, size, WINDOW / 4.01))
        scope = {"type": "http", "method": "POST", "path": "/measure", "headers": [], "query_string": b""}
        await guard(scope, body.get, tell)
        phone.cancel()

    run_at_once(listen())

    assert told[0]["status"] == (200 if heard else 408)
    assert not heard or told[1]["body"] == f"{20 * size} bytes".encode()


@pytest.mark.breadth
def test_fifty_slow_bodies_do_not_keep_the_next_visitor_waiting() -> None:
    """Each is of a network of its own."""
    guard = BodyGuard(
        build().app, limit, page, window=WINDOW, least=LEAST, network=lambda scope: str(scope["client"][1])
    )
    with served(guard) as port, ExitStack() as lines:
        slow = [lines.enter_context(caller(port)) for _ in range(50)]
        for line in slow:
            line.sendall(head("measure", "Content-Length: 1000"))
        assert post(port, "measure", b"hello").endswith(b"5 bytes")
        assert all(answer(line).startswith(b"HTTP/1.1 408") for line in slow)


def test_a_room_that_reads_nothing_answers_as_ever(port: int) -> None:
    assert post(port, "ignore", b"x" * 50).startswith(b"HTTP/1.1 200")


def test_the_fault_of_a_room_stays_its_own(port: int) -> None:
    assert post(port, "stumble", b"x").startswith(b"HTTP/1.1 500")


def test_an_answer_under_way_is_cut_and_not_doubled(port: int) -> None:
    """It is under way when the last byte comes, which is one too many; one more that nobody reads would reset the line."""
    with caller(port) as line:
        line.sendall(head("echo", f"Content-Length: {LIMIT + 1}", "Connection: close") + b"x" * 1000)
        told = line.recv(65536)
        line.sendall(b"x" * (LIMIT + 1 - 1000))
        told += answer(line)

    assert told.startswith(b"HTTP/1.1 200")
    assert told.count(b"HTTP/1.1") == 1
    assert not told.endswith(b"0\r\n\r\n")


def test_the_next_request_of_the_same_visitor_begins_anew(port: int) -> None:
    with caller(port) as line:
        for _ in range(3):
            line.sendall(head("measure", "Content-Length: 150000") + b"x" * 150_000)
            told = b""
            while not told.endswith(b"150000 bytes"):
                told += line.recv(65536)


@pytest.mark.breadth
def test_an_app_without_a_page_still_refuses() -> None:
    with served(BodyGuard(build().app, limit, window=WINDOW, least=LEAST)) as port:
        assert post(port, "measure", b"x" * (LIMIT + 1)).startswith(b"HTTP/1.1 413")


def test_the_time_that_a_room_takes_itself_is_not_the_senders() -> None:
    """A room that thinks between two pieces is not the sender's fault."""
    pieces: list[Message] = [{"type": "http.request", "body": b"x", "more_body": more} for more in (True, True, False)]

    async def receive() -> Message:
        return pieces.pop(0)

    async def think(_scope: Scope, receive: Callable[[], object], _send: object) -> None:
        for _ in range(3):
            await receive()  # type: ignore[misc]
            await asyncio.sleep(WINDOW + 1)

    guard = BodyGuard(think, limit, page, window=WINDOW, least=LEAST)  # type: ignore[arg-type]
    run_at_once(guard({"type": "http", "path": "/"}, receive, receive))  # type: ignore[arg-type]
    assert pieces == []


def test_while_our_own_machine_is_held_up_no_time_of_the_sender_passes() -> None:
    """A minute in which nothing of ours ran, as each piece came: it had come well."""

    async def come() -> list[bytes]:
        loop, held_up, had = asyncio.get_running_loop(), 0.0, list[bytes]()
        clock = loop.time
        loop.time = lambda: clock() + held_up  # type: ignore[method-assign]
        pieces: list[Message] = [
            {"type": "http.request", "body": b"x", "more_body": more} for more in (True, True, False)
        ]

        async def receive() -> Message:
            nonlocal held_up
            held_up += 60
            return pieces.pop(0)

        async def take(_scope: Scope, receive: Receive, _send: Send) -> None:
            while pieces:
                had.append((await receive())["body"])

        guard = BodyGuard(take, limit, page, window=30, least=1000)
        await guard({"type": "http", "path": "/"}, receive, send_nothing)
        return had

    assert asyncio.run(come()) == [b"x"] * 3


async def send_nothing(_message: Message) -> None:
    """Nobody hears it."""


def test_one_room_takes_more_than_the_others(port: int) -> None:
    assert post(port, "larger", b"x" * 3 * LIMIT).endswith(f"{3 * LIMIT} bytes".encode())
    assert post(port, "larger", b"x" * (3 * LIMIT + 1)).startswith(b"HTTP/1.1 413")
    assert post(port, "swallow", b"x" * (LIMIT + 1)).startswith(b"HTTP/1.1 413"), "the others as ever"


@pytest.mark.breadth
def test_what_comes_to_the_larger_room_keeps_the_pace_of_all(port: int) -> None:
    with caller(port) as line:
        line.sendall(head("larger", f"Content-Length: {3 * LIMIT}") + b"x" * (LIMIT + 10))

        assert answer(line).startswith(b"HTTP/1.1 408")
