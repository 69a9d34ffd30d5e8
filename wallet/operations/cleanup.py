"""What the wallet does while nobody waits: visitors who left are erased, removed badges forgotten, their files removed.

Each chore asks the database what is due, so that a restart in the middle loses nothing. Badges are checked again in
operations/rechecks.py.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from ..accounts import activity as events
from ..accounts import challenges, holders, mailed_codes
from ..accounts import outbox as letters
from ..accounts import recoveries as returns
from ..badges import files as badge_files
from ..badges import share_target as handovers
from ..evidence import editing as evidence
from ..evidence import offline_drafts as drafts
from ..shares import evidence_snapshots as exhibits
from ..storage import file_removals as removals
from ..storage import store_id as identity
from ..storage.database import Database
from ..storage.files import Files
from . import storage_use_check as size_checks
from . import tables
from .erasure_steps import erase_visitor

AGE = timedelta(hours=1)
"""A file that no row names is swept when it is older: a younger one may be about to get its row."""
QUIET = timedelta(hours=1)
"""So long after its start a process sweeps nothing: whoever gave it a wrong address sees so before."""
MOST, PART = 50, 50
"""Files that one sweep takes: no more than that, and no more than that part of the shelf, but one."""
STAYS = timedelta(days=7)
"""How long what was swept lies aside before it is deleted."""
HANDS = 16
"""Files that are moved together."""
BEGAN = monotonic()
log = logging.getLogger("wallet")


def round(database: Database, files: Files, now: datetime, *, removing: bool = True, thorough: bool = True) -> None:
    """Everything that is due at *now*. What looks at every badge is done less often: the *removing* of files that were let
    go, where there are some, and in a *thorough* round the sweeping and the measuring of what was never counted."""
    forget(database, now)
    try:
        if removing:
            identity.check(database, files)
            removals.round(database, files, tables.files_in_use, now)
    finally:  # what does not go holds up no sweep
        if thorough:
            sweep(database, files, now)
            size_checks.correct(database)


def forget(database: Database, now: datetime) -> None:
    """Erase visitors whose half hour is over, what was removed and not put back, challenges nobody answered, codes and
    letters that came too late, what was handed over and left; also the returns that were over long ago, what happened
    before the last three months, and which drafts came in long ago. Nobody who writes waits for more than one step of it."""
    with database.reading() as session:
        visitors = holders.gone(session, now)
    for visitor_id in visitors:
        while _erase_some(database, visitor_id, now):
            pass
    for forget_old in (
        badge_files.forget_removed,
        exhibits.forget_removed,
        evidence.forget_removed,
        challenges.forget_expired,
        handovers.forget_over,
        mailed_codes.forget_old,
        letters.forget_late,
        returns.forget_over,
        events.forget_old,
        drafts.forget_old,
        removals.forget_old,
    ):
        with database.keeping() as session:
            forget_old(session, now)


def _erase_some(database: Database, visitor_id: int, now: datetime) -> bool:
    with database.keeping() as session:
        return erase_visitor(session, visitor_id, now)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did, in numbers of files."""

    aside: int = 0
    forgotten: int = 0
    waiting: int = 0
    """What is left for the next ones."""
    back: int = 0
    """What lay aside and is needed: the sweep that set it there knew other rows."""

    def __str__(self) -> str:
        told = f"{self.aside} files that nobody needs are set aside, {self.waiting} more wait for the next sweeps"
        told += f"; {self.forgotten} that lay aside for {STAYS.days} days are deleted"
        return told + (f"; {self.back} that lay aside are needed and are back." if self.back else ".")


def sweep(
    database: Database, files: Files, now: datetime, *, whole: bool = False, up_for: timedelta | None = None
) -> Swept:
    """Set aside files that no row names any more, a few of them; delete what lay aside for STAYS.

    Whatever the wallet itself lets go never comes here: this is what a crash left, or somebody's mistake, which must not
    cost anybody a file. So nothing happens in the first hour of a process (*up_for*), and all that nobody needs goes
    together only where the operator says so (*whole*). Raises AnotherStore where they are not this database's files.
    """
    if not whole and (up_for or timedelta(seconds=monotonic() - BEGAN)) < QUIET:
        return Swept()
    identity.check(database, files)
    files.sweep(now)
    aside = dict(files.aside())
    old = set(files.names(older_than=now - AGE))
    with database.reading() as session:
        needed = tables.files_in_use(session) | removals.pending(session)
    due = sorted(old - needed)
    some = due if whole else due[: max(1, min(MOST, len(old | needed) // PART))]
    gone = [name for name, at in aside.items() if at < now - STAYS and name not in needed]
    with ThreadPoolExecutor(HANDS) as together:  # a disk or a bucket takes many at once as fast as one
        taken = sum(together.map(lambda name: files.set_aside(name, now - AGE, now), some))
        back = sum(together.map(files.has, needed & aside.keys()))
        list(together.map(files.forget_aside, gone))
    swept = Swept(taken, len(gone), len(due) - taken, back)
    if swept != Swept():
        log.warning("%s", swept)
    return swept
