"""A file as the answer: whole, or the part that was asked for; of what is shorter than that, all of it."""

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from wallet.concurrency import pools
from wallet.storage.file_store import FileMissing
from wallet.storage.files import Folder
from wallet.web import downloads
from wallet.web.rate_limits import RateLimits
from wallet.web.visit import Visit

SOUND = b"0123456789"


@pytest.fixture
def shelf(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def answered(shelf: Folder, content: bytes, asked: str, method: str = "GET") -> Response:
    """What whoever asks for that part of *content* gets."""
    headers = [(b"range", asked.encode())]
    scope: dict[str, Any] = {"type": "http", "method": method, "client": ("192.0.2.1", 9), "headers": headers}
    services = SimpleNamespace(files=shelf, pools=pools.make_pools(), rate_limits=RateLimits())
    visit = SimpleNamespace(services=services, request=Request(scope))
    return downloads.download_kept(cast(Visit, visit), shelf.keep(content), "audio/mp4", "voix.m4a")


@pytest.mark.parametrize(
    ("asked", "told", "place"),
    [
        ("bytes=-3", b"789", "7-9/10"),
        ("bytes=-10", SOUND, "0-9/10"),
        ("bytes=-11", SOUND, "0-9/10"),
        ("bytes=-99999", SOUND, "0-9/10"),
        ("bytes=0-99999", SOUND, "0-9/10"),
        ("bytes=9-", b"9", "9-9/10"),
    ],
)
def test_a_part_is_what_was_asked_for_and_never_more_than_there_is(
    shelf: Folder, asked: str, told: bytes, place: str
) -> None:
    """RFC 9110, 14.1.2: of what is shorter than the suffix that is asked for, all is given."""
    answer = answered(shelf, SOUND, asked)

    assert (answer.status_code, answer.body) == (206, told)
    assert answer.headers["content-range"] == f"bytes {place}"
    assert answer.headers["content-length"] == str(len(told))


@pytest.mark.parametrize(("content", "asked"), [(SOUND, "bytes=10-"), (SOUND, "bytes=-0"), (b"", "bytes=-5")])
def test_where_there_is_no_such_part_that_is_told(shelf: Folder, content: bytes, asked: str) -> None:
    answer = answered(shelf, content, asked)

    assert (answer.status_code, answer.body) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("asked", ["bytes=0-3", "bytes=10-"])
def test_whoever_asks_what_a_recording_is_like_is_told_of_all_of_it(shelf: Folder, asked: str) -> None:
    """RFC 9110, 14.2: parts are asked for by GET alone."""
    answer = answered(shelf, SOUND, asked, "HEAD")

    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(SOUND)))
    assert "content-range" not in answer.headers


LARGE = os.urandom(3 * downloads.PIECE + 1)


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [("", 200, LARGE), (f"bytes=7-{2 * downloads.PIECE}", 206, LARGE[7 : 2 * downloads.PIECE + 1])],
)
def test_what_is_large_leaves_in_pieces(shelf: Folder, asked: str, status: int, told: bytes) -> None:
    answer = answered(shelf, LARGE, asked)
    assert isinstance(answer, StreamingResponse)

    async def pieces() -> list[bytes]:
        return [bytes(piece) async for piece in answer.body_iterator if not isinstance(piece, str)]

    sent = asyncio.run(pieces())
    assert (answer.status_code, b"".join(sent)) == (status, told)
    assert answer.headers["content-length"] == str(len(told))
    assert (answer.headers["content-type"], answer.headers["accept-ranges"]) == ("audio/mp4", "bytes")
    assert max(map(len, sent)) == downloads.PIECE


def test_a_piece_is_read_when_it_leaves(shelf: Folder) -> None:
    """Four hundred who read slowly held 25 MB each."""
    answer = answered(shelf, LARGE, "")
    assert isinstance(answer, StreamingResponse)
    source = aiter(answer.body_iterator)

    async def two() -> None:
        assert await anext(source) == LARGE[: downloads.PIECE]
        for name in shelf.names():
            shelf.remove(name)
        with pytest.raises(FileMissing):
            await anext(source)

    asyncio.run(two())


@pytest.mark.parametrize("path", ["/oauth/token", "/ims/ob/v2p1/assertions", "/ims/ob/v3p0/credentials"])
def test_a_program_that_is_refused_is_told_when_to_come_again_and_nobody_keeps_that(path: str) -> None:
    app = SimpleNamespace(state=SimpleNamespace(services=SimpleNamespace(settings=SimpleNamespace(language="fr"))))
    scope = {"type": "http", "path": path, "query_string": b"", "headers": [(b"host", b"wallet.example")], "app": app}

    answer = downloads.problem_for_machine(Request(scope), 429, {"Retry-After": "60"})

    assert answer.status_code == 429
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("60", "no-store")
