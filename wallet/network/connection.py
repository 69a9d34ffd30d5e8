"""Opens the connection to one place, counted; only client.py asks for it.

Rule 1: the name is resolved here and all that it resolves to is checked, then the connection goes to one of the very
addresses checked: a name that changes its mind in between changes nothing (docs/security.md E2).
Rule 2: every wait ends with the time that is left, and every byte read is counted before anybody looks at it, so that
headers without end, interim answers without end and one byte a second are all the same to us (docs/security.md E5).
"""

import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import httpcore2

from ..concurrency import FairTurns
from ..openbadges import Unreachable
from .ip_policy import WebAddress

CONNECT = 3.0
"""Seconds for one connection: a dead address leaves time for the next one of the same name."""
RESOLVING, TURN = FairTurns(16, of_one=4), 1.0
"""Names that are resolved at once, a quarter of them for one network, and seconds that another one waits: a resolver that
hangs keeps its threads for long."""
ON_THE_WIRE = 3 * 1024 * 1024
"""Bytes of one answer with its headers, interim answers and chunk sizes."""

Resolve = Callable[[str, int], list[str]]
"""Host and port → network addresses; raises OSError when there are none."""
Connects = Callable[[Iterable[str]], bool]
"""Whether a place that resolved to these network addresses may be asked."""


def resolve(host: str, port: int) -> list[str]:
    """The network addresses of *host*, as this machine's resolver gives them; raises OSError when there are none."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class Allowance:
    """What one address may still take: seconds, and bytes of the answer under way."""

    def __init__(self, address: str, seconds: float) -> None:
        self.address = address
        self.end = monotonic() + seconds
        self.wire = ON_THE_WIRE

    def require(self, holds: object, why: str) -> None:
        """Raises Unreachable, for that reason, where it does not hold."""
        if not holds:
            raise Unreachable(self.address, why)

    def seconds(self) -> float:
        """Seconds that are left; raises Unreachable when none is."""
        left = self.end - monotonic()
        self.require(left > 0, "timeout")
        return left

    def take(self, count: int) -> None:
        """Count bytes that came in; raises Unreachable when they are too many."""
        self.wire -= count
        self.require(self.wire >= 0, "too-big")


@dataclass(eq=False)
class CheckedNetwork(httpcore2.NetworkBackend):
    """Opens the connection for one place: resolves, checks, and connects to the very address checked."""

    place: WebAddress
    resolve: Resolve
    connects: Connects
    allowance: Allowance

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """The connection, to the first address that takes it; the arguments tell nothing that place does not."""
        numbers = [self.place.host] if self.place.is_number else self._resolved()
        self.allowance.require(self.connects(numbers), "refused")
        problem: Exception = httpcore2.ConnectError("no address")
        for number in numbers:
            try:
                stream = httpcore2.SyncBackend().connect_tcp(
                    number, self.place.port, timeout=min(CONNECT, self.allowance.seconds())
                )
                return CountedStream(stream, self.allowance)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as met:
                problem = met
        raise problem

    def _resolved(self) -> list[str]:
        """A resolver cannot be interrupted: it is asked in a thread, and left alone when it is too slow.

        Where all that may be left alone are, nobody else asks it.
        """
        turns = RESOLVING
        turn = turns.begin(min(TURN, self.allowance.seconds()))
        if turn is None:
            raise Unreachable(self.allowance.address, "timeout")
        answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self.resolve(self.place.host, self.place.port))
            except (OSError, UnicodeError) as problem:
                answers.put(problem)
            finally:
                turns.end(turn)

        try:
            Thread(target=ask, daemon=True, name="resolving").start()
        except RuntimeError:  # no room for another thread
            turns.end(turn)
            raise Unreachable(self.allowance.address, "timeout") from None
        try:
            answer = answers.get(timeout=self.allowance.seconds())
        except Empty:
            raise Unreachable(self.allowance.address, "timeout") from None
        if isinstance(answer, Exception):
            raise httpcore2.ConnectError(str(answer)) from answer
        return answer


@dataclass(eq=False)
class CountedStream(httpcore2.NetworkStream):
    """A connection of which every wait and every byte is taken from the allowance."""

    stream: httpcore2.NetworkStream
    allowance: Allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = self.stream.read(max_bytes, self.allowance.seconds())
        self.allowance.take(len(piece))
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.allowance.seconds())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return CountedStream(
            self.stream.start_tls(ssl_context, server_hostname, self.allowance.seconds()), self.allowance
        )

    def get_extra_info(self, info: str) -> object:
        return self.stream.get_extra_info(info)
