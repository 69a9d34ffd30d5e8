"""What the wallet does while nobody waits: visitors who left are erased, removed badges forgotten, their files removed.

Each chore asks the database what is due, so that a restart in the middle loses nothing. Badges are checked again by
the package rechecks.
"""

import logging
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from time import monotonic

from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, issuance, messages, shares, storage
from . import erasure_steps, storage_use_check

AGE = timedelta(hours=1)
"""A file that no row names is swept when it is older: a younger one may be about to get its row."""
QUIET = timedelta(hours=1)
"""So long after its start a process sweeps nothing: whoever gave it a wrong address sees so before."""
LOOKED = 20_000
"""Files that one sweep looks at, from anywhere on the shelf: a small one is looked at whole, a large one within days."""
MOST, PART = 50, 50
"""Files that one sweep takes: no more than that, and no more than that part of what it looks at, but one."""
TOGETHER = 500
"""Files of which it is asked together who needs them."""
STAYS = timedelta(days=7)
"""How long what was swept lies aside before it is deleted."""
HANDS = 16
"""Files that are moved together."""
LISTING = 10.0
"""Seconds that a round lists rows of before there was the list of kept files: nothing is swept until all are."""
BEGAN = monotonic()
log = logging.getLogger("wallet")


def clean_up(
    database: storage.Database, files: storage.FileStore, now: datetime, *, removing: bool = True, thorough: bool = True
) -> None:
    """Everything that is due at *now*. What asks the shelf is done less often: the *removing* of files that were let go, where
    there are some, and in a *thorough* round the sweeping, and the measuring of what was never counted."""
    began = monotonic()
    forget_expired(database, now)
    is_listed = storage.list_rows_left(database, LISTING)
    if not is_listed:
        log.info("which files each row needs is being written down: nothing is removed until that is done")
    try:
        if removing and is_listed:
            storage.check_same_store(database, files)
            storage.remove_scheduled(database, files, storage.by_now(now, began))  # all else took its time
    finally:  # what does not go holds up no sweep
        if thorough:
            if is_listed:
                sweep_files(database, files, now)
            storage_use_check.correct_sizes(database)


def forget_expired(database: storage.Database, now: datetime) -> None:
    """Erase visitors whose half hour is over, what was removed and not put back, challenges nobody answered, codes and
    letters that came too late, what was handed over and left; also the returns that were over long ago, what happened
    before the last three months, messages that are a year old, calls and petitions that ended, and which drafts came in long ago. Nobody who writes waits for
    more than one step of it, and no step is of more than some rows."""
    seen = set[int]()
    while visitors := {*database.read(accounts.expired_visitors, now)} - seen:
        for visitor_id in sorted(visitors):
            while database.write(erasure_steps.erase_visitor, visitor_id, now):
                pass
        seen |= visitors
    for forget_old in (
        badges.forget_removed_badges,
        _forget_moments,
        endorsements.forget_removed_endorsements,
        endorsements.forget_unread_endorsements,
        endorsements.erase_withdrawn,
        endorsements.forget_unproven,
        endorsements.forget_old_requests,
        accounts.forget_expired_challenges,
        badges.forget_ended_shared_items,
        issuance.openid4vci.forget_ended_issuances,
        accounts.forget_old_codes,
        accounts.forget_late_mail,
        accounts.forget_ended_recoveries,
        accounts.forget_old_events,
        issuance.platforms.forget_ended_codes,
        issuance.platforms.forget_ended_tokens,
        messages.forget_old_messages,
        shares.calls.forget_ended_calls,
        shares.petitions.forget_ended_petitions,
        evidence.forget_old_deliveries,
        storage.forget_old_removals,
        storage.forget_old_counts,
    ):
        while database.write(forget_old, now):
            pass


def _forget_moments(session: Session, now: datetime) -> bool:
    """Erase some of the moments that were removed, with every word of theirs in what was shown; whether there are more."""
    moments = evidence.removed_moments(session, now)
    shares.forget_snapshots(session, moments)
    shares.forget_moments(session, moments)
    return evidence.forget_removed_evidence(session, now, moments)


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
    forgotten, back = _look_aside(database, files, now)
    due, looked = list[str](), 0
    for names in storage.as_they_come(_names(files, now, whole=whole), TOGETHER):
        looked += len(names)
        due += sorted({*names} - _needed(database, names))
    some = due if whole else due[: max(1, min(MOST, looked // PART))]
    with ThreadPoolExecutor(HANDS) as together:  # a disk or a bucket takes many at once as fast as one
        taken = sum(together.map(lambda name: files.set_aside(name, now - AGE, now), some))
    swept = SweepReport(taken, forgotten, len(due) - taken, back)
    if swept != SweepReport():
        log.warning("%s", swept)
    return swept


def _names(files: storage.FileStore, now: datetime, *, whole: bool) -> Iterator[str]:
    """What this sweep looks at: the names from anywhere on, and those before it when all others were looked at."""
    if whole:
        yield from files.names(older_than=now - AGE)
        return
    start = secrets.token_hex(2)
    on = files.names(older_than=now - AGE, after=start)
    before = takewhile(lambda name: name <= start, files.names(older_than=now - AGE))
    yield from islice(chain(on, before), LOOKED)


def _look_aside(database: storage.Database, files: storage.FileStore, now: datetime) -> tuple[int, int]:
    """Delete what lay aside for STAYS, and bring back what somebody needs: how many files each of them is."""
    forgotten = back = 0
    for lying in storage.as_they_come(files.aside(), TOGETHER):
        needed = _needed(database, [name for name, _ in lying])
        gone = [name for name, at in lying if at < now - STAYS and name not in needed]
        with ThreadPoolExecutor(HANDS) as together:
            back += sum(together.map(files.has, needed))
            list(together.map(files.forget_aside, gone))
        forgotten += len(gone)
    return forgotten, back


def _needed(database: storage.Database, names: Sequence[str]) -> set[str]:
    """Those that a row needs, or that are to be removed in another way."""
    with database.reading() as session:
        return storage.needed_files(session, names) | storage.pending_removals(session, names)
