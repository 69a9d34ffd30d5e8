"""Erases what a holder has in steps, each in a transaction of its own: whoever writes meanwhile waits for one step alone.

Rule 1: each step begins with the lock of the holder, and looks at nothing before: else what is kept meanwhile would go with
the holder, by cascade, and its files would be in nobody's list. On PostgreSQL whoever adds a row of a holder with a key takes
no lock by themselves, but the foreign key does: FOR KEY SHARE on the holder, with which FOR UPDATE conflicts. So a row is
there and is seen by the step, or its writer waits, and finds the holder erased or adds it for the next step. Whoever changes
a badge that is there adds none: those are locked one by one (badges.erase_badges).
Rule 2: a visitor whose time is over is shut out with the first step. From then on nobody comes back to what is left of
them, and what was begun is ended by the next round of chores, wherever a crash falls.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, storage

AT_ONCE = 50
"""Badges, moments, or words of others, that go in one transaction: the log of the database stays short, and nobody waits long."""


def erase_some(session: Session, holder_id: int, now: datetime) -> tuple[bool, set[str]]:
    """Erase some badges and evidence, and the holder with the last ones: whether there are more, and which files go."""
    session.get(accounts.Holder, holder_id, with_for_update=True, populate_existing=True)
    said, spoken = endorsements.erase_endorsements(session, holder_id, AT_ONCE)
    count, kept = badges.erase_badges(session, holder_id, AT_ONCE)
    storage.failpoint("erasure.badges")
    told, attached = evidence.erase_evidence(session, holder_id, AT_ONCE)
    handed, waiting = badges.erase_shared_items(session, holder_id, AT_ONCE)
    count, names = max(count, said, told, handed), kept | spoken | attached | waiting
    storage.schedule_removal(session, names, now)
    if count < AT_ONCE:
        storage.failpoint("erasure.holder")
        accounts.erase_holder(session, holder_id)
    return count == AT_ONCE, names


def erase_visitor(session: Session, visitor_id: int, now: datetime) -> bool:
    """Erase some of what a visitor has whose time is over; whether there is more. Whoever has a key by now stays."""
    visitor = accounts.lock_expired_visitor(session, visitor_id, now)
    if visitor is None:
        return False
    visitor.erase_at = visitor.erase_at or now
    session.execute(delete(accounts.Device).where(accounts.Device.holder_id == visitor_id))
    has_more, _ = erase_some(session, visitor_id, now)
    return has_more
