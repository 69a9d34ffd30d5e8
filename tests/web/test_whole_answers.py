"""What lies ready and goes out in one piece is to the byte what uvicorn would have sent in two."""

import gc
import logging
import re
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
import uvicorn

from wallet.web.connection_limits import LimitedProtocol
from wallet.web.page_cache import CachedPage, ReadyPage, send_whole

BODY = "Voilà neuf badges.".encode() * 700
HEADERS = [(b"Content-Length", b"%d" % len(BODY)), (b"content-type", b"text/html; charset=utf-8"), (b"vary", b"Accept")]
AGAIN = 50
DATE = re.compile(rb"date: [^\r]+")


def page_ready() -> ReadyPage:
    kept = CachedPage(edition=1, packed=BODY, until=None)
    kept.note_headers([*HEADERS, (b"content-encoding", b"gzip")])
    ready = kept.ready(packed=True)
    assert ready is not None
    return ready


class Room:
    """Answers `/whole` in one piece, and all else in the ordinary way, with the same page."""

    def __init__(self) -> None:
        self.page, self.whole = page_ready(), list[bool]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith("/whole"):
            self.whole.append(send_whole(scope, self.page))
        if not (self.whole and self.whole[-1]):
            await send({"type": "http.response.start", "status": 200, "headers": self.page.headers})
            await send({"type": "http.response.body", "body": self.page.body})


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def port(room: Room, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "hasHandlers", lambda: False)  # pytest's own hear all
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(room, log_level="critical", lifespan="off", http=LimitedProtocol, server_header=False)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def all_that_comes(port: int, asked: str) -> bytes:
    """What is answered to *asked*, whose last request closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(asked.replace("\n", "\r\n").encode())
        told = b""
        while piece := line.recv(65536):
            told += piece
    return DATE.sub(b"date: -", told)


@pytest.mark.parametrize(
    "asked",
    [
        "GET {} HTTP/1.1\nHost: a\nConnection: close\n\n",
        "HEAD {} HTTP/1.1\nHost: a\nConnection: close\n\n",
        "GET {} HTTP/1.0\nHost: a\n\n",
        "GET {} HTTP/1.1\nHost: a\n\nGET {} HTTP/1.1\nHost: a\nConnection: close\n\n",
        "GET {} HTTP/1.1\nHost: a\nExpect: 100-continue\nConnection: close\n\n",
    ],
    ids=["close", "head", "1.0", "two at once", "continue"],
)
def test_it_is_what_uvicorn_would_have_sent(room: Room, port: int, asked: str) -> None:
    whole = all_that_comes(port, asked.replace("{}", "/whole"))

    # Of two that came together the first one is answered in two pieces.
    assert room.whole == [number == asked.count("{}") for number in range(1, asked.count("{}") + 1)]
    room.whole.clear()
    assert whole == all_that_comes(port, asked.replace("{}", "/apart"))
    assert not room.whole
    assert whole.count(b"HTTP/1.1 200 OK\r\n") == asked.count("{}")


@pytest.mark.breadth
def test_nothing_of_an_answer_waits_for_the_collector(room: Room, port: int) -> None:
    """What refers to itself is given back late, and far more of it has to be looked at with each request."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line, line.makefile("rb") as told:
        gc.collect()
        gc.disable()
        try:
            for _ in range(AGAIN):
                line.sendall(b"GET /whole HTTP/1.1\r\nHost: a\r\n\r\n")
                while told.readline().strip():
                    pass
                assert told.read(len(BODY)) == BODY
            left = gc.collect()
        finally:
            gc.enable()

    assert room.whole == [True] * AGAIN
    assert left < AGAIN


@pytest.mark.breadth
def test_a_server_that_offers_nothing_is_answered_in_the_ordinary_way() -> None:
    assert not send_whole({"type": "http"}, page_ready())
    assert not send_whole({"type": "http", "extensions": {"http.response.push": {}}}, page_ready())
