"""What the answers of issuers have in common while many badges are checked: each address is asked once in five minutes.

Rule 1: only what several badges share is remembered: lists of what was withdrawn, profiles, keys, badge classes. The badge
itself is asked for each time. No silence and no error is remembered: it is told to those who waited for that very answer.
Rule 2: whatever is remembered keeps the moment at which it was given, and is forgotten after LASTS: nobody is told anything
older than somebody who had asked a few minutes ago (docs/decisions.md 18).
Rule 3: what was seen before is asked for only if it is another one; where it is not, it is taken from the shelf, by its hash
(RFC 9110, 13.1 and 15.4.5).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from time import perf_counter
from typing import Any

from .. import openbadges
from ..openbadges import Fetched, Unreachable

LASTS = timedelta(minutes=5)
ROOM = 64 * 1024 * 1024
"""Bytes of all that is remembered."""
TIMES = 3
"""What an answer and what is worked out of it take, of the bytes of its body."""
OF_AN_ENTRY = 1024
"""Bytes that anything takes besides."""
NOT_ANOTHER = 304
Ask = Callable[..., Fetched]


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """An answer that is kept with a badge: by what it is asked for only if it is another one, and its bytes."""

    entry: Mapping[str, Any]
    read: Callable[[Mapping[str, Any]], bytes | None]
    """The bytes of an entry; None where they are not there."""


@dataclass(eq=False)
class AnswerCache:
    """The answers of a few minutes, of all badges that this worker checks."""

    clock: Callable[[], datetime]
    room: int = ROOM
    answers: OrderedDict[str, Fetched] = field(default_factory=OrderedDict)
    names: dict[bytes, str] = field(default_factory=dict)
    """Under what name the bytes of each answer are on the shelf, "" until they were put there (ImportTools.lately)."""
    size: int = 0
    _sizes: dict[str, int] = field(default_factory=dict)
    """Of each answer, with what was worked out of it."""
    _changing: Lock = field(default_factory=Lock)
    _asking: dict[str, "Future[Fetched | Unreachable | None]"] = field(default_factory=dict)
    """What whoever asks an address at this moment will tell the others that need it; None where each asks itself."""

    def __post_init__(self) -> None:
        self.worked_out = WorkedOutOfAnswers(self)

    def get(self, address: str, ask: Ask, before: SeenBefore | None, *, is_own: bool) -> Fetched:
        """The answer of *address*, which *ask* gives where nobody had it lately; raises Unreachable.

        *before* is what was seen there; *is_own* says that it is the address of the badge itself.
        """
        if is_own:
            return self._asked(address, ask, before)
        with self._changing:
            self._forget_old()
            if known := self.answers.get(address):
                return known
            theirs = self._asking.get(address)
            ours = self._asking.setdefault(address, Future())
        if theirs is None:
            return self._ask_for_all(address, ask, before, ours)
        told = theirs.result()
        if isinstance(told, Unreachable):
            raise Unreachable(address, told.why)
        return told or self.get(address, ask, before, is_own=False)

    def _ask_for_all(
        self, address: str, ask: Ask, before: SeenBefore | None, waiting: "Future[Fetched | Unreachable | None]"
    ) -> Fetched:
        """The answer, or that there is none, also for those who need it meanwhile."""
        began = perf_counter()
        told: Fetched | Unreachable | None = None
        try:
            told = answer = self._asked(address, ask, before)
            if answer.status == 200 and not openbadges.is_of_one_badge(answer.body):
                self._remember(address, answer)
            return answer
        except Unreachable as problem:
            told = problem if problem.had_time(perf_counter() - began) else None
            raise
        finally:
            with self._changing:
                del self._asking[address]
            waiting.set_result(told)

    def _asked(self, address: str, ask: Ask, before: SeenBefore | None) -> Fetched:
        condition = _condition(before.entry) if before else ()
        body = before.read(before.entry) if before and condition else None
        answer = ask(address, condition) if body is not None else ask(address)
        # Who stands where an address leads was not asked that (network/client.py, rule 6).
        if answer.status == NOT_ANOTHER and answer.address == address and before and body is not None:
            told = {name: before.entry.get(name, "") for name in ("etag", "last_modified", "media_type")}
            answer = replace(answer, status=200, body=body, **told)
        return replace(answer, at=self.clock())

    def _remember(self, address: str, answer: Fetched) -> None:
        with self._changing:
            self._forget(address)
            self.answers[address] = answer
            self.names[answer.body] = ""
            self._count(address, TIMES * len(answer.body))

    def count(self, address: str, size: int) -> bool:
        """So many bytes were worked out of the answer of *address*: whether that is remembered."""
        with self._changing:
            if address in self.answers:
                self._count(address, size)
            return address in self.answers

    def forget_names(self) -> None:
        """Some of what was put on the shelf is not there any more: it is put there again."""
        with self._changing:
            for body in self.names:
                self.names[body] = ""

    def _count(self, address: str, size: int) -> None:
        self._sizes[address] = self._sizes.get(address, 0) + size
        self.size += size
        while self.size > self.room:
            self._forget(next(iter(self.answers)))

    def _forget_old(self) -> None:
        """The oldest come first; a clock that was set back makes none last longer."""
        now = self.clock()
        for address, answer in list(self.answers.items()):
            if answer.at and timedelta() <= now - answer.at < LASTS:
                break
            self._forget(address)

    def _forget(self, address: str) -> None:
        if gone := self.answers.pop(address, None):
            self.names.pop(gone.body, None)
            self.size -= self._sizes.pop(address)
            self.worked_out.forget(address)


class WorkedOutOfAnswers(dict[tuple[str, ...], openbadges.WorkedOut]):
    """What was worked out of the answers that *cache* has, and nothing of others."""

    def __init__(self, cache: AnswerCache) -> None:
        super().__init__()
        self._cache = cache

    def __setitem__(self, what: tuple[str, ...], found: openbadges.WorkedOut) -> None:
        parts = found.found if isinstance(found.found, tuple) else (found.found,)  # of tokens, with the bits of each
        size = sum(len(part) for part in parts if isinstance(part, bytes))
        if self._cache.count(what[0], size + OF_AN_ENTRY):
            super().__setitem__(what, found)

    def forget(self, address: str) -> None:
        """All that rests on the answer of *address*."""
        for what in [one for one in list(self) if one[0] == address]:
            self.pop(what, None)


def _condition(entry: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    return tuple((header, entry[name]) for name, header in names.items() if entry.get(name))
