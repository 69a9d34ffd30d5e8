"""The one line with which whatever happens seldom is counted, wherever it happens; it does nothing until `begin_counting`."""

from typing import Literal, Protocol

Counted = Literal["rechecks", "limit_hits", "limits_engine_gone", "children"]


class Counts(Protocol):
    """Who counts (metrics.py)."""

    def count(self, what: Counted, label: str) -> None:
        """One more of *what*."""

    def lead(self, lease: str, *, is_here: bool) -> None:
        """Whether this process has that lease."""


_counts: Counts | None = None


def begin_counting(counts: Counts) -> None:
    """From now on all of this process is counted there."""
    global _counts  # noqa: PLW0603  # of a process, as its log is
    _counts = counts


def end_counting() -> None:
    """Nothing is counted any more."""
    global _counts  # noqa: PLW0603  # see above
    _counts = None


def count(what: Counted, label: str = "") -> None:
    """One more of *what*. *label* is a word of our own code, and never what somebody sent."""
    if _counts is not None:
        _counts.count(what, label)


def lead(lease: str, *, is_here: bool) -> None:
    """Tell whether this process has the lease of that name now."""
    if _counts is not None:
        _counts.lead(lease, is_here=is_here)
