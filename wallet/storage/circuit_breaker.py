"""A bucket that fails again and again is left alone for a while, so that nobody waits for what will not come.

Rule 1: one attempt has seconds, not minutes. A large file has more of them on its way there; on its way back each piece
has as many as a whole small one.
Rule 2: after a few failures in a row the bucket rests: who asks it fails at once. Then one attempt is let through, and
what becomes of it decides for all. An answer is no failure: also that there is no such file, or that it may not go.
Counted by process: each finds out by itself.
"""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

T = TypeVar("T")
FAILURES, WITHIN = 3, 60.0
"""Failures in a row, and in how many seconds, after which it rests; one attempt that hangs takes some of them."""
RESTS = 5.0
"""Seconds."""
ANSWERS = (FileNotFoundError, AlreadyExistsError, PermissionDeniedError, UnauthenticatedError)
"""What a bucket says that answers, and does not do what was asked."""
NO_KEY, NO_BUCKET = "NoSuchKey", "NoSuchBucket"
"""How S3 tells apart what is not there, in the body of an answer; HEAD has none (Amazon S3 API, Error responses)."""
NO_FILES = "no-such-folder/"
"""What lies below it is asked for to hear whether the bucket is there."""
LARGE = 1024 * 1024
"""Bytes from which a file is given its own time on its way there."""
QUICK: dict[str, Any] = {"connect_timeout": "2 s", "read_timeout": "4 s", "timeout": "30 s"}
"""For all but large files: an answer that begins, and goes on, within seconds."""
PATIENT: dict[str, Any] = {"connect_timeout": "2 s", "timeout": "40 s"}
"""For a large file on its way there, which says nothing until it is there: 40 MB at 8 Mbit/s."""


class Resting(OSError):
    """The bucket was not asked: it failed just now, and again, and again."""


class NoBucket(OSError):
    """There is no such bucket: nothing is known of the files in it."""


class Breaker:
    """Lets calls through, or not. *clock* counts seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self._lock = Lock()
        self._failed: deque[float] = deque(maxlen=FAILURES)
        self._rests_until: float | None = None
        self._has_trial = False
        self._last = ""

    def ask(self, what: Callable[[], T]) -> T:
        """What *what* gives; raises what it raises, and Resting."""
        is_trial = self._let_through()
        try:
            answer = what()
        except ANSWERS:
            self._went_well()
            raise
        except (OSError, BaseError) as problem:
            self._failed_again(str(problem), is_trial=is_trial)
            raise
        except BaseException:
            self._has_trial = self._has_trial and not is_trial
            raise
        self._went_well()
        return answer

    def _let_through(self) -> bool:
        """Whether this call is the one that is tried after a rest; raises Resting."""
        with self._lock:
            if self._rests_until is None:
                return False
            if self._has_trial or self.clock() < self._rests_until:
                raise Resting(f"it is not asked for some seconds, after this: {self._last}")
            self._has_trial = True
            return True

    def _went_well(self) -> None:
        with self._lock:
            self._failed.clear()
            self._rests_until, self._has_trial = None, False

    def _failed_again(self, problem: str, *, is_trial: bool) -> None:
        with self._lock:
            now, self._last = self.clock(), problem
            self._failed.append(now)
            is_enough = len(self._failed) == FAILURES and now - self._failed[0] <= WITHIN
            if is_trial or (self._rests_until is None and is_enough):
                self._rests_until, self._has_trial = now + RESTS, False


class GuardedStore:
    """A store of obstore of which every call goes through one breaker; *patient* takes the large files."""

    def __init__(self, quick: S3Store, patient: S3Store, breaker: Breaker | None = None) -> None:
        self.quick = quick
        self.patient = patient
        self.breaker = breaker or Breaker()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.quick, name)
        return lambda *what, **how: self._ask(lambda: call(*what, **how))

    def put(self, key: str, content: bytes, **how: Any) -> Any:
        """As obstore's."""
        store = self.patient if len(content) >= LARGE else self.quick
        return self._ask(lambda: store.put(key, content, **how))

    def read(self, key: str) -> bytes:
        """All bytes of *key*, as obstore's `get` gives them."""
        return self._ask(lambda: bytes(self.quick.get(key).bytes()))

    def list(self, prefix: str | None = None, after: str | None = None) -> Iterator[Any]:
        """As obstore's: each page is asked for as it is needed. It begins *after* that key."""
        pages = self._ask(lambda: iter(self.quick.list(prefix, offset=after)))
        while (page := self._ask(lambda: next(pages, None))) is not None:
            yield page

    def _ask(self, what: Callable[[], T]) -> T:
        """What *what* gives; raises what it raises, Resting, and NoBucket: a file is missing only where there is a bucket in which
        it could be."""
        try:
            return self.breaker.ask(what)
        except (FileNotFoundError, BaseError) as problem:
            said = str(problem)
            if NO_BUCKET in said:
                raise NoBucket("there is no bucket of that name") from problem
            if isinstance(problem, FileNotFoundError) and NO_KEY not in said:
                next(self.list(NO_FILES), None)  # whoever may not list hears 403 of what is not there, and not 404
            raise
