"""« Signaler »: what whoever was shown a share says against it, for the operator to read (`wallet reports`).

Nothing is kept of who says it. A report is about what was shown, and goes with it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Moment

Reason = Literal["not-them", "false", "offensive", "other"]
REASONS: Sequence[str] = get_args(Reason)
WORDS_LIMIT = 1000
MOST = 50
"""Of one share that are kept: those that come later say nothing new."""


class Report(Base):
    """What somebody said against a share."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(String(WORDS_LIMIT))
    made_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the operator was done with it."""


def make(session: Session, share_id: int, reason: str, words: str, now: datetime) -> None:
    """Keep a report; an unknown reason is « other »."""
    here = session.scalar(select(func.count()).select_from(Report).where(Report.share_id == share_id)) or 0
    if here < MOST:
        known = reason if reason in REASONS else "other"
        session.add(Report(share_id=share_id, reason=known, words=words[:WORDS_LIMIT], made_at=now))
