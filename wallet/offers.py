"""When a rescue paper is offered: from the second badge or the first share on, never before (screens.md, 6.7)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import badges, papers
from .shares import Share

FROM = 2
"""Badges."""


def wants_paper(session: Session, holder_id: int) -> bool:
    """Whether the holder has something to lose, and no paper that opens it."""
    paper = papers.of(session, holder_id)
    if paper and paper.used_at is None:
        return False
    has_shown = select(Share.id).where(Share.holder_id == holder_id).limit(1)
    return badges.count(session, holder_id) >= FROM or session.scalar(has_shown) is not None
