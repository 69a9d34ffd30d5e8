"""A file that arrives, looked at whole: what is in it, and what is to be said of each badge.

Gather and decide, nothing is kept. A file may hold several badges (unpacking.py, openbadges.unpack): each becomes a
document that stands alone. What is quick to work out is worked out here; what is not goes to a child of our own, which
has seconds to live and asks us for the addresses it needs, so that nobody else waits (security.md, F5).
"""

import resource
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from math import ceil
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import BoundedSemaphore
from time import monotonic, process_time
from typing import Any
from urllib.parse import urlsplit

from . import openbadges, unpacking
from .openbadges import (
    Ambiguous,
    DamagedFile,
    Examination,
    Fetch,
    Fetched,
    NotABadge,
    TooHeavy,
    Unreachable,
    UnreadableBadge,
    Web,
)

LIGHT = 1_500
"""Members of documents that are worked out beside other people's requests: some 50 ms. Real badges have 30 to 600."""
CPU = 2
"""Seconds of work that a heavy document may cost."""
TIME = 30.0
"""Seconds that its child may live, what it waits for issuers included."""
AT_ONCE = BoundedSemaphore(2)
"""Two children at a time; the others wait their turn."""
PATIENCE = 60.0
"""Seconds that a heavy document waits for its turn."""
MEMORY = 1024 * 1024 * 1024
_SPAWN = get_context("spawn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """One badge, or why there is none."""

    name: str
    """The file's name, or that of the file within."""
    document: bytes
    """What was examined: it stands alone, and is what is examined again."""
    file: bytes
    """The whole file that was looked at."""
    found_in: str = ""
    """What *document* was found in, when it is not the whole file: pdf, zip, qr, bundle."""
    stood_at: str = ""
    """The address that gave it, for the badges that do not say where they stand."""
    examination: Examination | None = None
    problem: UnreadableBadge | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What is needed to look: the way out, the present moment, what the person has told, the registry of issuers."""

    fetch: Fetch
    now: datetime
    addresses: Collection[str] = ()
    known: Mapping[str, str] | None = None


def look_at(name: str, content: bytes, desk: Desk, stood_at: str = "") -> list[Looked]:
    """Every badge in the file *content*, in the order of the file; where there is none, the one problem it has.

    *stood_at* is the address that gave the file, if one did.
    """
    # One file, one errand: badges of one issuer share its answers.
    desk = replace(desk, fetch=Web(desk.fetch, desk.now).get)
    try:
        parts = unpacking.parts(name, content)
    except UnreadableBadge as problem:
        return [Looked(name=name, document=content, file=content, problem=problem)]
    firm = [one for part in parts if not part.tentative for one in _look_at_part(part, content, desk, stood_at)]
    if any(one.examination for one in firm):
        return firm
    # Addresses that happen to stand in a file lead to its badge, or are only links.
    hinted = [
        one for part in parts if part.tentative for one in _look_at_part(part, content, desk, "") if one.examination
    ]
    return firm + hinted or [
        Looked(name=name, document=content, file=content, problem=NotABadge(_WITHOUT[parts[0].came_in]))
    ]


_WITHOUT = {"pdf": "no-badge-in-pdf", "zip": "no-badge-in-zip", "qr": "no-badge-in-picture"}


def look_at_link(address: str, desk: Desk) -> list[Looked]:
    """Every badge that *address* leads to: a badge, a page that shows one, or a file that holds some."""
    web = Web(desk.fetch, desk.now)
    desk = replace(desk, fetch=web.get)
    try:
        answer = _file_at(address, web) or openbadges.locate(address, web.get, desk.now)
    except NotABadge as problem:
        return [Looked(name=address, document=address.encode(), file=b"", problem=problem)]
    return look_at(urlsplit(answer.address).path.rpartition("/")[2], answer.body, desk, answer.address)


def _file_at(address: str, web: Web) -> Fetched | None:
    """What *address* answers, when it is a file of a kind that may hold badges."""
    try:
        answer = web.get(address)
    except Unreachable:
        return None
    return answer if answer.status == HTTPStatus.OK and unpacking.is_opened(answer.body) else None


def _look_at_part(part: unpacking.Part, file: bytes, desk: Desk, stood_at: str) -> list[Looked]:
    alone = Looked(name=part.name, document=part.content, file=file, found_in=part.came_in, stood_at=stood_at)
    if part.problem:
        return [replace(alone, problem=UnreadableBadge(part.problem))]
    inside = part.came_in != "" and not part.tentative
    try:
        documents = openbadges.unpack(part.content, desk.fetch, desk.now, found_inside=inside)
    except UnreadableBadge as problem:
        return [replace(alone, problem=problem)]
    carried = replace(alone, found_in="bundle", stood_at="")
    return [
        _looked(alone if document is part.content else replace(carried, document=document), desk)
        for document in documents
    ]


def _looked(one: Looked, desk: Desk) -> Looked:
    try:
        return replace(one, examination=_examine(one.document, desk, one.stood_at))
    except UnreadableBadge as problem:
        return replace(one, problem=problem)


def look_again(document: bytes, desk: Desk, stood_at: str = "") -> Examination:
    """Examine the document of one badge that was looked at before; raises UnreadableBadge."""
    return _examine(document, replace(desk, fetch=Web(desk.fetch, desk.now).get), stood_at)


def _examine(document: bytes, desk: Desk, stood_at: str) -> Examination:
    what = (document, desk.now, tuple(desk.addresses), dict(desk.known or {}), stood_at)
    try:
        return _work_out(*what, fetch=desk.fetch, allowance=LIGHT)
    except TooHeavy:
        return _in_a_child(what, desk.fetch)


def _work_out(
    document: bytes,
    now: datetime,
    addresses: Collection[str],
    known: Mapping[str, str],
    stood_at: str,
    *,
    fetch: Fetch,
    allowance: int | None = None,
) -> Examination:
    return openbadges.examine(document, fetch, now, addresses, known, stood_at=stood_at, allowance=allowance)


def _in_a_child(what: tuple[Any, ...], fetch: Fetch) -> Examination:
    """As _work_out, in a child that is ended when it takes too long; raises DamagedFile `too-heavy`."""
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise DamagedFile("too-heavy", "too many at once")
    try:
        ours, theirs = _SPAWN.Pipe()
        child = _SPAWN.Process(target=_child, args=(theirs, what, CPU), daemon=True)
        with ours, _started(child):
            theirs.close()  # the child's alone: its death is then the end of the line
            return _served(ours, fetch)
    except (EOFError, OSError):
        raise DamagedFile("too-heavy", f"more than {CPU} s of work") from None
    finally:
        AT_ONCE.release()


@contextmanager
def _started(child: SpawnProcess) -> Iterator[None]:
    child.start()
    try:
        yield
    finally:
        child.kill()
        child.join()


def _served(child: Connection, fetch: Fetch) -> Examination:
    """What the child found, after it was given the addresses it asked for."""
    end = monotonic() + TIME
    while child.poll(max(0.0, end - monotonic())):
        message = child.recv()
        if isinstance(message, Examination):
            return message
        if not isinstance(message, str):
            kind, reason, detail = message
            raise _KINDS[kind](reason, detail)
        child.send(_answer(fetch, message))
    raise DamagedFile("too-heavy", f"more than {TIME} s")


_KINDS = {kind.__name__: kind for kind in (UnreadableBadge, NotABadge, DamagedFile, Ambiguous)}


def _answer(fetch: Fetch, address: str) -> Fetched | str:
    try:
        return fetch(address)
    except Unreachable as problem:
        return problem.why


def _child(
    parent: Connection, what: tuple[Any, ...], seconds: int
) -> None:  # pragma: no cover — another process, which is not measured
    """In the child: work it out, within bounds that cannot be lifted again."""
    cpu = ceil(process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    def fetch(address: str) -> Fetched:
        parent.send(address)
        answer: Fetched | str = parent.recv()
        if isinstance(answer, str):
            raise Unreachable(address, answer)
        return answer

    try:
        parent.send(_work_out(*what, fetch=fetch))
    except UnreadableBadge as problem:
        parent.send((type(problem).__name__, problem.reason, problem.detail))
