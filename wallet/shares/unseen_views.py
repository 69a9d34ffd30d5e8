"""« Votre partage a été ouvert »: the openings that the holder has not been told of yet. In the wallet alone, in no letter."""

from dataclasses import dataclass

from sqlalchemy import BindParameter, Integer, bindparam, select, update
from sqlalchemy.orm import Session

from .models import Share
from .view_counts import DayOfViews, ViewCount

HOLDER: BindParameter[int] = bindparam("holder", type_=Integer)
ANY_UNSEEN = (
    select(ViewCount.id)
    .join(Share, Share.id == ViewCount.share_id)
    .where(Share.holder_id == HOLDER, ViewCount.times > ViewCount.seen)
    .limit(1)
)
"""Asked at every look at the badges."""


@dataclass(frozen=True, slots=True)
class UnseenViews:
    """What was opened since the holder looked: the share that was opened last, its newest day, and how many shares there are."""

    share_id: int
    purpose: str
    last: DayOfViews
    shares: int


def get_unseen_views(session: Session, holder_id: int) -> UnseenViews | None:
    """What the holder has not been told of yet; None for nothing."""
    rows = session.execute(
        select(Share.id, Share.purpose, ViewCount.day, ViewCount.kind, ViewCount.times - ViewCount.seen)
        .join(Share, Share.id == ViewCount.share_id)
        .where(Share.holder_id == holder_id, ViewCount.times > ViewCount.seen)
        .order_by(ViewCount.day.desc(), ViewCount.id.desc())
    ).all()
    if not rows:
        return None
    share_id, purpose, day, kind, times = rows[0]
    return UnseenViews(share_id, purpose, DayOfViews(day, kind, times), len({row[0] for row in rows}))


def mark_views_seen(session: Session, holder_id: int) -> None:
    """The holder has been told of all of them."""
    theirs = select(Share.id).where(Share.holder_id == holder_id)
    session.execute(
        update(ViewCount)
        .where(ViewCount.share_id.in_(theirs), ViewCount.times > ViewCount.seen)
        .values(seen=ViewCount.times)
    )
