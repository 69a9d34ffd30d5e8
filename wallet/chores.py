"""What the wallet does while nobody waits: visitors who left are erased, removed badges forgotten, files swept.

Each chore asks the database what is due, so that a restart in the middle loses nothing. Badges are checked again in
rechecks.py.
"""

from datetime import datetime, timedelta

from . import (
    badges,
    drafts,
    events,
    evidence,
    exhibits,
    handovers,
    holders,
    letters,
    mailed_codes,
    passkeys,
    returns,
    tables,
)
from .database import Database
from .files import Files

AGE = timedelta(hours=1)
"""A file that no row names is swept when it is older: a younger one may be about to get its row."""


def round(database: Database, files: Files, now: datetime, *, thorough: bool = True) -> None:
    """Everything that is due at *now*; the sweeping, which looks at every badge, only when it is a *thorough* one."""
    forget(database, now)
    if thorough:
        sweep(database, files, now)


def forget(database: Database, now: datetime) -> None:
    """Erase visitors whose half hour is over, what was removed and not put back, challenges nobody answered, codes and
    letters that came too late, what was handed over and left; also the returns that were over long ago, what happened
    before the last three months, and which drafts came in long ago."""
    with database.keeping() as session:
        for holder_id in holders.gone(session, now):
            holders.erase(session, holder_id)
        badges.forget_removed(session, now)
        exhibits.forget_removed(session, now)
        evidence.forget_removed(session, now)
        passkeys.forget_expired(session, now)
        handovers.forget_over(session, now)
        mailed_codes.forget_old(session, now)
        letters.forget_late(session, now)
        returns.forget_over(session, now)
        events.forget_old(session, now)
        drafts.forget_old(session, now)


def sweep(database: Database, files: Files, now: datetime) -> None:
    """Remove the files that no row names any more, and what unfinished keeping left behind."""
    files.sweep(now)
    old = set(files.names(older_than=now - AGE))
    if not old:
        return
    with database.reading() as session:
        needed = tables.files_in_use(session)
    for name in old - needed:
        files.remove(name, older_than=now - AGE)
