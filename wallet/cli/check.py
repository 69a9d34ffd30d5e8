"""What `wallet check` does: each file or address looked at, and told as one line of plain values for each badge in it.

One that cannot be read is a line too. Many are looked at by several processes, and told in the order they were given.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..inspection import Inspected, Inspection, inspect_file, inspect_link
from ..network import Fetcher
from ..openbadges import Examination, Fetch, Fetched, Unreachable

MANY = 8
"""Sources; for fewer, another process would take longer to start than it saves."""
Line = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How to look: at which moment, with which way out, for whom."""

    now: datetime
    offline: bool = False
    web: Callable[[str], Fetched] | None = None
    """Answers every address, in the place of the network."""
    emails: tuple[str, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)

    def desk(self) -> Inspection:
        """What one source needs; what it may ask is counted from nothing."""
        return Inspection(fetch=self._fetch(), now=self.now, addresses=self.emails, known=self.known)

    def _fetch(self) -> Fetch:
        return self.web or (_nobody if self.offline else Fetcher().for_import())


def check_all(what: Sequence[str], manner: Manner) -> Iterator[list[Line]]:
    """The lines of each source in *what*: a file, an address, or - for standard input."""
    look = partial(check, manner=manner)
    sources = [(source, sys.stdin.buffer.read() if source == "-" else None) for source in what]
    if len(sources) < MANY:
        yield from map(look, sources)
        return
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as together:
        yield from together.map(look, sources, chunksize=4)


def check(source: tuple[str, bytes | None], manner: Manner) -> list[Line]:
    """The lines of one source, which may have been read already; never none."""
    name, content = source
    if content is None and name.startswith(("https://", "http://")):
        return [_line(name, looked, manner.now) for looked in inspect_link(name, manner.desk())]
    try:
        content = Path(name).read_bytes() if content is None else content
    except OSError as problem:
        return [_unreadable(name, "", f"cannot be opened: {problem.strerror}", manner.now)]
    return [_line(name, looked, manner.now) for looked in inspect_file(Path(name).name, content, manner.desk())]


def _nobody(address: str) -> Fetched:
    raise Unreachable(address, "offline")


def _line(source: str, looked: Inspected, now: datetime) -> Line:
    part = looked.name if looked.found_in else ""
    if looked.examination is None:
        return _unreadable(source, part, looked.problem.reason if looked.problem else "", now)
    return _told(source, part, looked.found_in, looked.examination)


def _told(source: str, part: str, found_in: str, examination: Examination) -> Line:
    badge = examination.badge
    return {
        "source": source,
        "container": found_in or examination.container,
        "format": examination.format,
        "state": examination.state,
        "checks": [
            {"name": one.name, "outcome": one.outcome, "reason": one.reason, "source": one.source}
            for one in examination.checks
        ],
        "name": badge.title,
        "issuer": {
            "id": badge.issuer.id,
            "name": badge.issuer.name,
            "binding": examination.binding,
            "known": examination.known,
        },
        "issued_on": _iso(badge.issued_on or badge.valid_from),
        "valid_until": _iso(badge.valid_until),
        "recipient": [{"type": one.type, "identity": one.identity, "hashed": one.hashed} for one in badge.recipients],
        "unsigned": list(examination.unsigned),
        "checked_at": examination.checked_at.isoformat(),
        "part": part,
    }


def _unreadable(source: str, part: str, reason: str, now: datetime) -> Line:
    return {
        "source": source,
        "container": None,
        "format": None,
        "state": "unreadable",
        "checks": [{"name": "readable", "outcome": "failed", "reason": reason, "source": ""}],
        "name": None,
        "issuer": None,
        "issued_on": None,
        "valid_until": None,
        "recipient": [],
        "unsigned": [],
        "checked_at": now.isoformat(),
        "part": part,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
