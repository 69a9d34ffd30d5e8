"""A port for the tools of an operator: /alive, /ready and /metrics, and nothing else (WALLET_OPERATIONS).

One answer a connection. Of several workers of a machine the first one listens, and another one when that has ended.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import NamedTuple

PATIENCE = 10.0
"""Seconds for a question and its answer."""
HEAD = 16 * 1024
"""Bytes of a question."""
AGAIN = 1.0
"""Seconds until it is tried again to listen."""
DEAF = "WALLET_OPERATIONS: nothing answers there, it is tried again each second: %s"
CANNOT = (OSError, UnicodeError)
"""What is raised where nobody can listen; the latter by a host that is no name."""
log = logging.getLogger("wallet")


class Answer(NamedTuple):
    """What is answered."""

    status: int
    body: bytes
    kind: str = "text/plain; charset=utf-8"


NOTHING = Answer(HTTPStatus.NOT_FOUND, b"There is /alive, /ready and /metrics.\n")
Answers = Mapping[str, Callable[[], Awaitable[Answer]]]
"""Who answers, by the path."""


async def listen(host: str, port: int, answers: Answers, *, is_alone: bool) -> None:
    """Answer until this task is cancelled; where somebody else listens, try again. Who *is_alone* tells that once."""
    is_told = not is_alone
    while True:
        try:
            server = await asyncio.start_server(partial(_answer, answers), host, port, limit=HEAD)
        except CANNOT as problem:
            if not is_told:
                log.warning(DEAF, problem)
            is_told = True
            await asyncio.sleep(AGAIN)
            continue
        try:
            await server.serve_forever()
        finally:
            server.close()


def why_deaf(host: str, port: int) -> str:
    """A sentence for whoever starts several workers where none of them could listen now, "" where one can: each of them takes
    it that another one does."""

    async def begin() -> None:
        (await asyncio.start_server(lambda _reader, writer: writer.close(), host, port)).close()

    try:
        asyncio.run(begin())
    except CANNOT as problem:
        return DEAF % problem
    return ""


async def _answer(answers: Answers, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
            method, _, rest = head.partition(b" ")
            path = rest.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
            told = await answers[path]() if method in {b"GET", b"HEAD"} and path in answers else NOTHING
            lines = (
                f"HTTP/1.1 {int(told.status)} {HTTPStatus(told.status).phrase}\r\nContent-Type: {told.kind}\r\n"
                f"Content-Length: {len(told.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
            )
            writer.write(lines.encode() + (b"" if method == b"HEAD" else told.body))
            await writer.drain()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # nobody is there any more, or it is no question
    finally:
        writer.close()
