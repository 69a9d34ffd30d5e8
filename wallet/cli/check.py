"""What `wallet check` does: each file or address looked at, and told as one line of plain values for each badge in it.

One that cannot be read is a line too. Many are looked at by several processes, and told in the order they were given.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from .. import openbadges, trust
from ..inspection import Inspected, Inspection, inspect_file, inspect_link
from .terminal import in_sentences

MANY = 8
"""Sources; for fewer, another process would take longer to start than it saves."""
ENDED = (
    "A process that looked was ended from outside, as for want of memory, and no more is told."
    f" Name fewer than {MANY} files at a time, which this process looks at by itself."
)
Line = dict[str, Any]


def check_all(
    what: Sequence[str], inspection: Inspection, registers: trust.Registers, *, is_online: bool
) -> Iterator[list[Line]]:
    """The lines of each source in *what*: a file, an address, or - for standard input; with what *registers* say of issuers.

    Online each source has a way out of its own in the place of that of *inspection*: what it may ask counts from nothing.
    """
    for lines in _looked_at(what, inspection, is_online=is_online):
        for line in lines:
            if issuer := line["issuer"]:
                asked = trust.Issuer(**{member: issuer[member] for member in ("id", "name", "binding", "key")})
                issuer["voices"] = [_plain(asdict(one)) for one in registers.voices(asked, inspection.now)]
        yield lines


def _looked_at(what: Sequence[str], inspection: Inspection, *, is_online: bool) -> Iterator[list[Line]]:
    look = partial(check, inspection=inspection, is_online=is_online)
    sources = [(source, sys.stdin.buffer.read() if source == "-" else None) for source in what]
    if len(sources) < MANY:
        yield from map(look, sources)
        return
    from concurrent.futures.process import (  # noqa: PLC0415  # both take longer to load than one badge takes
        BrokenProcessPool,
        ProcessPoolExecutor,
    )
    from multiprocessing import get_context  # noqa: PLC0415

    with (
        in_sentences(BrokenProcessPool, words=ENDED),
        ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as together,
    ):
        yield from together.map(look, sources, chunksize=4)


def check(source: tuple[str, bytes | None], inspection: Inspection, *, is_online: bool) -> list[Line]:
    """The lines of one source, which may have been read already; never none."""
    name, content = source
    if is_online:
        from .. import network  # noqa: PLC0415  # offline it is not needed

        inspection = replace(inspection, fetch=network.Fetcher().for_import())
    if content is None and name.startswith(("https://", "http://")):
        found = inspect_link(name, inspection)
    else:
        try:
            content = Path(name).read_bytes() if content is None else content
        except OSError as problem:
            return [_unreadable(name, "", f"cannot be opened: {problem.strerror}", inspection.now)]
        found = inspect_file(Path(name).name, content, inspection)
    return [_line(name, looked, inspection.now) for looked in found]


def _line(source: str, looked: Inspected, now: datetime) -> Line:
    part = looked.name if looked.found_in else ""
    if looked.examination is None:
        return _unreadable(source, part, looked.problem.reason if looked.problem else "", now)
    return _told(source, part, looked.found_in, looked.examination)


def _told(source: str, part: str, found_in: str, examination: openbadges.Examination) -> Line:
    badge = examination.badge
    return {
        "source": source,
        "container": found_in or examination.container,
        "format": examination.format,
        "state": examination.state,
        "why_unknown": examination.why_unknown,
        "checks": [
            {"name": one.name, "outcome": one.outcome, "reason": one.reason, "source": one.source}
            for one in examination.checks
        ],
        "name": badge.title,
        "issuer": {
            "id": badge.issuer.id,
            "name": badge.issuer.name,
            "binding": examination.binding,
            "key": examination.key,
        },
        "issued_on": _iso(badge.issued_on or badge.valid_from),
        "valid_until": _iso(badge.valid_until),
        "recipient": [{"type": one.type, "identity": one.identity, "hashed": one.hashed} for one in badge.recipients],
        "details": _plain(openbadges.for_others(asdict(badge.details), with_marks=False)),
        "unsigned": list(examination.unsigned),
        "checked_at": examination.checked_at.isoformat(),
        "part": part,
        "presentation": examination.presentation
        and {"outcome": examination.presentation.outcome, "reason": examination.presentation.reason},
    }


def _unreadable(source: str, part: str, reason: str, now: datetime) -> Line:
    return {
        "source": source,
        "container": None,
        "format": None,
        "state": "unreadable",
        "why_unknown": None,
        "checks": [{"name": "readable", "outcome": "failed", "reason": reason, "source": ""}],
        "name": None,
        "issuer": None,
        "issued_on": None,
        "valid_until": None,
        "recipient": [],
        "details": {},
        "unsigned": [],
        "checked_at": now.isoformat(),
        "part": part,
        "presentation": None,
    }


def _plain(details: Line) -> Line:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in details.items()}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
