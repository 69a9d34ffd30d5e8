"""How many bytes the badges of a wallet take on the shelf: each holder has room, and all visitors together have some.

Rule 1: what somebody removed counts until it is erased, or who removes and brings in turn would have room without end.
Rule 2: it is asked twice: before anything of an upload lies on the shelf, and in the transaction that keeps a badge.
Rule 3: a file in which several badges came counts once among all who are counted together, as long as one of these badges
is there: as it lies on the shelf. What else a badge needs counts with each badge, and so never less than lies there.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import badges, removals, responses
from .badges import Found, KeptBadge, Outcome
from .database import Base
from .holders import Holder

ROOM = 1024 * 1024 * 1024
"""Bytes of all badges of one holder, with the files in which they came and what issuers answered."""
OF_VISITORS = 1024 * 1024 * 1024
"""Bytes of the badges of all who have no key: they leave after half an hour."""


class BadgeSize(Base):
    """How many bytes of a badge are on the shelf. A badge from before this was counted has no row, and counts nothing."""

    __tablename__ = "badge_sizes"

    badge_id: Mapped[int] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"), primary_key=True)
    files: Mapped[int]
    """Its document and its picture; of a badge from before 0013 also the file in which it came."""
    came_in: Mapped[int] = mapped_column(server_default="0")
    """The file in which its document came; others may have come in it, too."""
    answers: Mapped[int]
    """What its issuers answered the last time, and when it last was good; and what an archive told that they did."""


def problem(session: Session, holder: Holder | None, more: int) -> str:
    """Why *more* bytes do not fit, as the reason of an Outcome; "" when they do."""
    if holder is not None:
        theirs = select(Holder.id).where(or_(Holder.id == holder.id, Holder.waits_for_id == holder.id))
        if _taken(session, KeptBadge.holder_id.in_(theirs)) + more > ROOM:
            return "full"
    if holder is None or not holder.is_kept:
        # What waits for a holder's word (waiting_badges.py) takes of that holder's room: it stays for a month.
        visitors = select(Holder.id).where(Holder.leaves_at.is_not(None), Holder.waits_for_id.is_(None))
        if _taken(session, KeptBadge.holder_id.in_(visitors)) + more > OF_VISITORS:
            return "visitors-full"
    return ""


def keep(session: Session, holder: Holder, arrived: Sequence[Found | Outcome], now: datetime) -> list[Outcome]:
    """As badges.keep for each that was found, where there is room for it; a line for each arrival."""
    # Asked once, as a rule: other writers wait for this to end.
    all_fit = not problem(session, holder, size(arrived))
    outcomes = []
    came_in = set[str | None]()
    for one in arrived:
        if isinstance(one, Outcome):
            outcomes.append(one)
        elif reason := "" if all_fit else problem(session, holder, size_beside(came_in, one)):
            removals.let_go(session, one.files, now)
            outcomes.append(Outcome(one.file_name, "problem", reason))
        else:
            outcomes.append(_keep(session, holder, one, now))
            came_in.add(one.came_in)
    return outcomes


def size(arrived: Iterable[Found | Outcome]) -> int:
    """As how many bytes what was found counts, a file in which several badges came once."""
    total, came_in = 0, set[str | None]()
    for one in arrived:
        if isinstance(one, Found):
            total += size_beside(came_in, one)
            came_in.add(one.came_in)
    return total


def size_beside(came_in: Collection[str | None], found: Found) -> int:
    """As how many bytes one badge counts beside others, which came in the files *came_in*."""
    own = found.size + responses.size(found.seen)
    return own + (0 if found.came_in in came_in else found.came_in_size)


def _keep(session: Session, holder: Holder, found: Found, now: datetime) -> Outcome:
    outcome = badges.keep(session, holder.id, found, now)
    if outcome.badge_id and outcome.kind in {"added", "updated"}:
        kept = session.get_one(KeptBadge, outcome.badge_id)
        if (kept.document, kept.came_in, kept.picture) == (found.document, found.came_in, found.picture):
            sizes = {"files": found.size, "came_in": found.came_in_size}
            _write(session, kept.id, **sizes)
        note(session, kept.id)
    return outcome


def note(session: Session, badge_id: int) -> None:
    """Write down how much of what was answered is kept with the badge, of what an archive told, too."""
    kept = session.get(KeptBadge, badge_id)
    if kept:
        seen = responses.of_looks(kept.examination, kept.good, kept.history)
        _write(session, badge_id, answers=responses.size(seen))


def _write(session: Session, badge_id: int, **sizes: int) -> None:
    here = session.get(BadgeSize, badge_id) or BadgeSize(badge_id=badge_id, files=0, came_in=0, answers=0)
    for name, size in sizes.items():
        setattr(here, name, size)
    session.add(here)
    session.flush()


def _taken(session: Session, whose: Any) -> int:
    own = func.coalesce(func.sum(BadgeSize.files + BadgeSize.answers), 0)
    theirs = select(own).join(KeptBadge, KeptBadge.id == BadgeSize.badge_id).where(whose)
    one = select(func.max(BadgeSize.came_in).label("size")).join(KeptBadge, KeptBadge.id == BadgeSize.badge_id)
    each = one.where(whose, BadgeSize.came_in > 0).group_by(KeptBadge.came_in).subquery()
    together = select(func.coalesce(func.sum(each.c.size), 0))
    return int(session.scalar(theirs) or 0) + int(session.scalar(together) or 0)
