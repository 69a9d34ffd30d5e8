"""How often a share was opened: a number for each day and kind of device, and nothing of who opened it.

What counts is decided where it is seen (routes/open_share/page.py): a page that somebody looked at, or a code that was right; never
that an address was asked for, which robots do before any human. No IP, no user agent (docs/security.md G4).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import NEVER_AGAIN, Numbered, grouped, insert

DeviceKind = Literal["phone", "computer"]


class ViewCount(Numbered):
    """How often a share was opened on one day, by one kind of device."""

    __tablename__ = "openings"
    __table_args__ = (UniqueConstraint("share_id", "day", "kind"), NEVER_AGAIN)

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"))
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(8))
    times: Mapped[int]
    seen: Mapped[int | None] = mapped_column(default=0)
    """How many of these the holder has been told of (shares/owner_view.py); None of a day before 0025: all of them."""


@dataclass(frozen=True, slots=True)
class DayOfViews:
    """How often a share was opened on *day*."""

    day: date
    kind: str
    times: int


def count_view(session: Session, share_id: int, day: date, kind: DeviceKind) -> None:
    """One more opening; two that come first at once meet in the table, and the later one is tried again (visit.keep)."""
    more = update(ViewCount).where(ViewCount.share_id == share_id, ViewCount.day == day, ViewCount.kind == kind)
    if session.scalar(more.values(times=ViewCount.times + 1).returning(ViewCount.id)) is None:
        insert(session, ViewCount(share_id=share_id, day=day, kind=kind, times=1))


def list_views(session: Session, share_ids: Collection[int]) -> Mapping[int, list[DayOfViews]]:
    """The openings of these shares, the newest day first."""
    rows = select(ViewCount).where(ViewCount.share_id.in_(share_ids)).order_by(ViewCount.day.desc(), ViewCount.kind)
    return grouped((one.share_id, DayOfViews(one.day, one.kind, one.times)) for one in session.scalars(rows))


def count_views_since(session: Session, share_id: int, day: date) -> int:
    """How often the share was opened on *day* and after it."""
    return (
        session.scalar(
            select(func.coalesce(func.sum(ViewCount.times), 0)).where(
                ViewCount.share_id == share_id, ViewCount.day >= day
            )
        )
        or 0
    )


def restore_views(session: Session, share_id: int, days: Sequence[DayOfViews]) -> None:
    """What an archive tells of the openings of a share that came back: of each day the most that any archive told."""
    here = {
        (one.day, one.kind): one for one in session.scalars(select(ViewCount).where(ViewCount.share_id == share_id))
    }
    for one in days:
        if known := here.get((one.day, one.kind)):
            known.seen = None if known.seen is None else known.seen + max(0, one.times - known.times)
            known.times = max(known.times, one.times)
        else:
            session.add(ViewCount(share_id=share_id, day=one.day, kind=one.kind, times=one.times, seen=one.times))
