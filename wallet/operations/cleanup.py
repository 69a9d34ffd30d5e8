"""What the wallet does while nobody waits: visitors who left are erased, removed badges forgotten, their files removed.

Each chore asks the database what is due, so that a restart in the middle loses nothing. Badges are checked again in
operations/rechecks.py.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from .. import accounts, badges, evidence, messages, shares, storage
from . import all_tables, erasure_steps, storage_use_check

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


def clean_up(
    database: storage.Database, files: storage.FileStore, now: datetime, *, removing: bool = True, thorough: bool = True
) -> None:
    """Everything that is due at *now*. What looks at every badge is done less often: the *removing* of files that were let
    go, where there are some, and in a *thorough* round the sweeping and the measuring of what was never counted."""
    forget_expired(database, now)
    try:
        if removing:
            storage.check_same_store(database, files)
            storage.remove_scheduled(database, files, all_tables.files_in_use, now)
    finally:  # what does not go holds up no sweep
        if thorough:
            sweep_files(database, files, now)
            storage_use_check.correct_sizes(database)


def forget_expired(database: storage.Database, now: datetime) -> None:
    """Erase visitors whose half hour is over, what was removed and not put back, challenges nobody answered, codes and
    letters that came too late, what was handed over and left; also the returns that were over long ago, what happened
    before the last three months, messages that are a year old, and which drafts came in long ago. Nobody who writes waits for more than one step of it."""
    for visitor_id in database.read(accounts.expired_visitors, now):
        while database.write(erasure_steps.erase_visitor, visitor_id, now):
            pass
    for forget_old in (
        badges.forget_removed_badges,
        shares.forget_removed_snapshots,
        shares.forget_moments,
        evidence.forget_removed_evidence,
        accounts.forget_expired_challenges,
        badges.forget_ended_shared_items,
        accounts.forget_old_codes,
        accounts.forget_late_mail,
        accounts.forget_ended_recoveries,
        accounts.forget_old_events,
        messages.forget_old_messages,
        evidence.forget_old_deliveries,
        storage.forget_old_removals,
        storage.forget_old_counts,
    ):
        database.write(forget_old, now)


@dataclass(frozen=True, slots=True)
class SweepReport:
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


def sweep_files(
    database: storage.Database,
    files: storage.FileStore,
    now: datetime,
    *,
    whole: bool = False,
    up_for: timedelta | None = None,
) -> SweepReport:
    """Set aside files that no row names any more, a few of them; delete what lay aside for STAYS.

    Whatever the wallet itself lets go never comes here: this is what a crash left, or somebody's mistake, which must not
    cost anybody a file. So nothing happens in the first hour of a process (*up_for*), and all that nobody needs goes
    together only where the operator says so (*whole*). Raises AnotherStore where they are not this database's files.
    """
    if not whole and (up_for or timedelta(seconds=monotonic() - BEGAN)) < QUIET:
        return SweepReport()
    storage.check_same_store(database, files)
    files.sweep(now)
    aside = dict(files.aside())
    old = set(files.names(older_than=now - AGE))
    with database.reading() as session:
        needed = all_tables.files_in_use(session) | storage.pending_removals(session)
    due = sorted(old - needed)
    some = due if whole else due[: max(1, min(MOST, len(old | needed) // PART))]
    gone = [name for name, at in aside.items() if at < now - STAYS and name not in needed]
    with ThreadPoolExecutor(HANDS) as together:  # a disk or a bucket takes many at once as fast as one
        taken = sum(together.map(lambda name: files.set_aside(name, now - AGE, now), some))
        back = sum(together.map(files.has, needed & aside.keys()))
        list(together.map(files.forget_aside, gone))
    swept = SweepReport(taken, len(gone), len(due) - taken, back)
    if swept != SweepReport():
        log.warning("%s", swept)
    return swept
