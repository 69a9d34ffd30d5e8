"""Transactions that are more than `visit.keep`: on a full disk, and of rows that name files.

A file lies on the shelf before any row names it. Where no row comes to name it, it is let go.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Concatenate

from sqlalchemy.orm import Session

from .. import recovery, storage
from .visit import P, R, Visit


def keep_to_leave(visit: Visit, change: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As `visit.keep`, also on a full disk: for what somebody must be able to end at any time (operations/disk_reserve.py)."""
    return visit.services.disk_reserve.spend(lambda: visit.keep(change, *args, **kwargs))


def keep_confirmation(visit: Visit, act: Callable[[], R], *, erases: bool) -> R:
    """What *act* of a confirmation answers; on a full disk only for whoever wants to erase all (*erases*), or can stop
    somebody who came back (operations/disk_reserve.py)."""
    if erases or visit.read(recovery.must_confirm_to_stop, visit.authenticated, visit.now):
        return visit.services.disk_reserve.spend(act)
    return act()


def keep_with_files(
    visit: Visit,
    names: Iterable[str],
    change: Callable[Concatenate[Session, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """As `visit.keep`, for rows that name files: Unavailable, and nothing is kept, when one was removed meanwhile."""
    return storage.commit_naming_files(
        visit.keep, visit.services.files, names, lambda session: change(session, *args, **kwargs), visit.now
    )


@contextmanager
def storing_files(visit: Visit) -> Iterator[set[str]]:
    """Names of files that lie on the shelf before any row names them: they are let go where it raises."""
    names = set[str]()
    try:
        yield names
    except Exception:
        with suppress(storage.DatabaseUnavailable):  # then the sweep has them
            release_files(visit, names)
        raise


def release_files(visit: Visit, names: Iterable[str]) -> None:
    """These files lie on the shelf, and no row is to name them."""
    if names := set(names):
        visit.keep(storage.schedule_removal, names, visit.now)
