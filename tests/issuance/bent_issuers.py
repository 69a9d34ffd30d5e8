"""Issuers that are bent on the wire or in what they say: Fablab de Caen behind a real server on loopback, which answers a step as
it is told, and remembers what it was asked."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from tests.fixtures.fablab import ISSUER, Fablab
from wallet.network import Outgoing

HOST = "127.0.0.1"
HANGS = 30.0
"""Seconds, far more than anybody waits."""
Wire = Callable[["Asked"], None]
"""How a request is answered, on the wire."""


@dataclass
class Bent:
    """An issuer by OpenID that keeps to the standard, but for what it is told: `fablab` says what it answers, `wire` how."""

    fablab: Fablab = field(default_factory=Fablab)
    wire: dict[str, Wire] = field(default_factory=dict)
    """By the step: `metadata`, `server`, `token`, `nonce`, `credential`, `offer`, or a path of an exchange."""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def answer(self, request: "Asked", body: bytes) -> None:
        base, path = self.address, request.path
        address = (base if path.startswith("/.well-known/") else ISSUER) + path
        step = self.fablab._what(address)
        step = path if step == address else step
        self.asked.append(step)
        if step in self.wire:
            self.wire[step](request)
            return
        # It was made for a place of its own, and stands here.
        written = body.replace(base.encode(), ISSUER.encode()) if step == "offer" else body
        told = self.fablab.send(address, Outgoing("POST", body=written, headers=tuple(request.headers.items())))
        request.says(told.body.replace(ISSUER.encode(), base.encode()), told.status)


class Asked(BaseHTTPRequestHandler):
    """One request."""

    bent: Bent

    def do_GET(self) -> None:
        with suppress(OSError):
            self.bent.answer(self, b"")

    def do_POST(self) -> None:
        with suppress(OSError):
            self.bent.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_said: Any) -> None:
        """Nobody reads it."""

    def says(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def begun(bent: Bent) -> Iterator[Bent]:
    server = ThreadingHTTPServer((HOST, 0), type("Here", (Asked,), {"bent": bent}))
    server.daemon_threads = True
    bent.port = server.server_port
    bent.fablab.issuer = bent.address
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bent
    finally:
        bent.over.set()
        server.shutdown()
        server.server_close()


# --- on the wire ------------------------------------------------------------------------------------------------------


def says(told: Any, status: int = 200, **headers: str) -> Wire:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return lambda asked: asked.says(body, status, **headers)


def points(location: str) -> Wire:
    return lambda asked: asked.says(b"", 307, Location=location)


def points_to_itself(asked: Asked) -> None:
    asked.says(b"", 302, Location=asked.path)


def hangs(asked: Asked) -> None:
    asked.bent.over.wait(HANGS)


def drips(asked: Asked) -> None:
    """A byte at a time, of an answer that has no end."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    until = time.monotonic() + HANGS
    while time.monotonic() < until and not asked.bent.over.wait(0.05):
        asked.wfile.write(b" ")


def is_no_http(asked: Asked) -> None:
    asked.wfile.write(b"\x00\xff" * 50)


def breaks_off(asked: Asked) -> None:
    asked.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"cred')


DEEP = b"[" * 100_000 + b"]" * 100_000
BIG = json.dumps({"a": "x" * 3 * 1024 * 1024}).encode()
PAGE = b"<!doctype html><title>Bonjour</title><p>Connectez-vous."
PACKED = {"Content_Encoding": "gzip"}
PICTURE = f"data:image/png;base64,{b64encode(bytes(300_000)).decode()}"
"""As issuers put one into their badges."""
