"""How many bytes the badges of a wallet take on the shelf: each holder has room, and all visitors together have some.

Rule 1: what somebody removed counts until it is erased, or who removes and brings in turn would have room without end.
Rule 2: it is asked twice: before anything of an upload lies on the shelf, and in the transaction that keeps a badge.
Rule 3: a file in which several badges came counts once among all who are counted together, as long as one of these badges
is there: as it lies on the shelf. What else a badge needs counts with each badge, and so never less than lies there.
Rule 4: all badges of one holder are summed up where a badge is kept, and never those of all visitors: of each of these a
number stands beside them (accounts/storage_use.py), in which the files of rule 3 count once a visitor.
"""

import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import accounts, storage
from . import issuer_responses, own_contexts
from .models import ImportOutcome, KeptBadge, NewBadge

ROOM = 1024 * 1024 * 1024
"""Bytes of all badges of one holder, with the files in which they came and what issuers answered."""
OF_VISITORS = 1024 * 1024 * 1024
"""Bytes of the badges of all who have no key: they leave after half an hour."""


class BadgeSize(storage.Base):
    """How many bytes of a badge are on the shelf. A badge from before this was counted has no row, and counts nothing."""

    __tablename__ = "badge_sizes"

    badge_id: Mapped[int] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"), primary_key=True)
    files: Mapped[int]
    """Its document and its picture; of a badge from before 0013 also the file in which it came."""
    came_in: Mapped[int] = mapped_column(server_default="0")
    """The file in which its document came; others may have come in it, too."""
    answers: Mapped[int]
    """What its issuers answered the last time, and when it last was good; what an archive told that they did; and their
    own vocabulary, that is kept with it."""


@dataclass(slots=True)
class Room:
    """Bytes of badges that still fit, of the holder and of all visitors; asked once in a transaction, others wait for it."""

    own: int
    of_visitors: int

    def problem(self, more: int) -> str:
        """Why *more* bytes do not fit, as the reason of an Outcome; "" when they do."""
        if more > self.own:
            return "full"
        return "visitors-full" if more > self.of_visitors else ""

    def take(self, size: int) -> None:
        """So many bytes are kept now."""
        self.own, self.of_visitors = self.own - size, self.of_visitors - size

    def fits(self, size: int) -> bool:
        """Whether *size* bytes fit; they are taken then."""
        if fits := not self.problem(size):
            self.take(size)
        return fits


def get_room(session: Session, holder: accounts.Holder | None) -> Room:
    """How much still fits of what *holder* brings, or of what somebody brings who is nobody as yet."""
    here = Room(sys.maxsize, sys.maxsize)
    if holder is not None:
        # What waits for a holder's word (badges/pending.py) takes of that holder's room: it stays for a month.
        theirs = select(accounts.Holder.id).where(
            or_(accounts.Holder.id == holder.id, accounts.Holder.waits_for_id == holder.id)
        )
        here.own = ROOM - _taken(session, KeptBadge.holder_id.in_(theirs))
    if holder is None or not holder.is_kept:
        visitors = accounts.visitors_size(session)
        is_known = holder is not None and accounts.holder_size(session, holder.id) is not None
        has_place = is_known or visitors.count < accounts.MOST_VISITORS
        here.of_visitors = OF_VISITORS - visitors.badges if has_place else 0
    return here


def arrivals_size(arrived: Iterable[NewBadge | ImportOutcome]) -> int:
    """As how many bytes what was found counts, a file in which several badges came once."""
    total, came_in = 0, set[str | None]()
    for one in arrived:
        if isinstance(one, NewBadge):
            total += badge_size_beside(came_in, one)
            came_in.add(one.came_in)
        elif one.brought:
            total += len(one.brought.document)
    return total


def badge_size_beside(came_in: Collection[str | None], found: NewBadge) -> int:
    """As how many bytes one badge counts beside others, which came in the files *came_in*."""
    own = found.size + issuer_responses.responses_size(found.seen) + own_contexts.contexts_size(found.own_contexts)
    return own + (0 if found.came_in in came_in else found.came_in_size)


def note_sizes(session: Session, kept: Sequence[tuple[KeptBadge, NewBadge | None]]) -> None:
    """Write down how much these badges take, each with what was found where it was just kept; `sum_up_sizes` follows."""
    ids = [badge.id for badge, _ in kept]
    there = {row.badge_id: row for row in session.scalars(select(BadgeSize).where(BadgeSize.badge_id.in_(ids)))}
    for badge, found in kept:
        row = there.get(badge.id)
        if row is None:
            row = there[badge.id] = BadgeSize(badge_id=badge.id, files=0, came_in=0)
            session.add(row)
        if found and (badge.document, badge.came_in, badge.picture) == (found.document, found.came_in, found.picture):
            row.files, row.came_in = found.size, found.came_in_size
        answers = issuer_responses.responses_of_examinations(badge.examination, badge.good, badge.history)
        row.answers = issuer_responses.responses_size(answers) + own_contexts.contexts_size(badge.own_contexts)


def note_badge_size(session: Session, badge_id: int) -> None:
    """Write down how much of what was answered is kept with the badge, of what an archive told, too; `sum_up_sizes` follows."""
    if kept := session.get(KeptBadge, badge_id):
        note_sizes(session, [(kept, None)])


def note_other_files(session: Session, badge_id: int, other_id: int) -> None:
    """As `note_badge_size`, of a badge that has the files of the other one now."""
    if theirs := session.get(BadgeSize, other_id):
        session.merge(BadgeSize(badge_id=badge_id, files=theirs.files, came_in=theirs.came_in, answers=theirs.answers))
        session.flush()
    note_badge_size(session, badge_id)


def sum_up_sizes(session: Session, holder_id: int) -> None:
    """Write down how much all badges of a visitor take now; of whoever has a key nobody asks."""
    holder = session.get(accounts.Holder, holder_id)
    if holder is not None and not holder.is_kept:
        accounts.set_badge_size(session, holder_id, _taken(session, KeptBadge.holder_id == holder_id))


def _taken(session: Session, whose: Any) -> int:
    theirs = select(func.sum(BadgeSize.files + BadgeSize.answers)).join(KeptBadge, KeptBadge.id == BadgeSize.badge_id)
    came_in = select(func.max(BadgeSize.came_in).label("size")).join(KeptBadge, KeptBadge.id == BadgeSize.badge_id)
    each = came_in.where(whose, BadgeSize.came_in > 0).group_by(KeptBadge.came_in).subquery()
    return int(session.scalar(theirs.where(whose)) or 0) + int(session.scalar(select(func.sum(each.c.size))) or 0)
