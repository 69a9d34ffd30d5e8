"""When a rescue paper is offered: from the second badge or the first share on, never before (screens.md, 6.7)."""

from sqlalchemy import BindParameter, Integer, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from .badges import KeptBadge
from .papers import Paper
from .shares import Share

FROM = 2
"""Badges."""
HOLDER: BindParameter[int] = bindparam("holder", type_=Integer)
OF_BADGES = select(func.count()).select_from(KeptBadge).where(KeptBadge.holder_id == HOLDER).scalar_subquery()
WANTS = select(
    ~exists().where(Paper.holder_id == HOLDER, Paper.used_at.is_(None))
    & or_(exists().where(Share.holder_id == HOLDER), OF_BADGES >= FROM)
)


def wants_paper(session: Session, holder_id: int) -> bool:
    """Whether the holder has something to lose, and no paper that opens it."""
    return bool(session.scalar(WANTS, {"holder": holder_id}))
