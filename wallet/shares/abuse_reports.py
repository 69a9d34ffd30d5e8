"""« Signaler »: what whoever was shown a share says against it, for the operator to read (`wallet reports`).

Nothing is kept of who says it. A report is about what was shown, and goes with it.

Nobody fills the room that there is for reports, least of all the owner of the share: of MOST the first that are still to be
read stay until they are read, and of those after them the newest; what was said before, or is done with, goes before them. So
nothing that is said later takes away what was said first, nor what the share showed then, and whoever comes after a flood is heard. What one network may
say in a day is few (web/rate_limits.py). Where somebody was not heard all the same the log says so.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import Moment, Numbered, require
from . import editions, lifecycle
from .models import SLOW, UNDO_STOP, Share

REPORT_REASONS = ("not-them", "false", "offensive", "other")
REPORT_WORDS_LIMIT = 1000
MOST, FIRST = 50, 25
"""Of one share that are kept, and of those the ones that stay until the operator has read them."""
log = logging.getLogger(__name__)


class Report(Numbered):
    """What somebody said against a share."""

    __tablename__ = "reports"

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(String(REPORT_WORDS_LIMIT))
    made_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the operator was done with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportForOperator:
    """A report as the operator reads it: what was said, and of what; no link, and nothing by which to find the holder."""

    id: int
    reason: str
    words: str
    made_at: datetime
    closed_at: datetime | None
    share_id: int
    is_open: bool
    """Whether the share still shows anything."""
    ends_at: datetime
    name: str
    word: str
    shown: Sequence[Mapping[str, Any]]
    """What the share showed when that was said, one for each badge (ShownBadge.told)."""


def make_report(session: Session, share_id: int, reason: str, words: str, now: datetime) -> None:
    """Keep a report; *reason* is one of REASONS. Raises Missing when the share is gone meanwhile.

    Where there are MOST the oldest goes that the operator is done with, else the oldest that says what one before it says,
    else the oldest after the FIRST.
    """
    lifecycle.lock_share(session, share_id)
    session.add(Report(share_id=share_id, reason=reason, words=words[:REPORT_WORDS_LIMIT], made_at=now))
    here = list(session.scalars(select(Report).where(Report.share_id == share_id).order_by(Report.id)))
    if len(here) <= MOST:
        return
    first = {(one.reason, one.words): one for one in reversed(here)}
    over = next((one for one in here if one.closed_at), None)
    over = over or next((one for one in here if first[one.reason, one.words] is not one), None)
    if over is None:
        over = here[FIRST]
        log.warning("a report on share %d goes unread: there are too many (wallet reports)", share_id)
    session.delete(over)


def list_reports(session: Session, now: datetime, *, closed: bool = False) -> list[ReportForOperator]:
    """The reports that the operator is not done with, the oldest first; with *closed*, all of them."""
    query = select(Report, Share).join(Share, Share.id == Report.share_id).order_by(Report.id)
    rows = session.execute(query if closed else query.where(Report.closed_at.is_(None)))
    return [_told(session, report, share, now) for report, share in rows]


def find_report(session: Session, report_id: int, now: datetime) -> ReportForOperator:
    """That report; raises Missing."""
    report = require(session.get(Report, report_id))
    return _told(session, report, require(session.get(Share, report.share_id)), now)


def open_reports(session: Session, holder_id: int) -> list[editions.ShareAndMoment]:
    """Which of the holder's shares were reported, and when, in reports that the operator is not done with."""
    unread = select(Report.share_id, Report.made_at).join(Share, Share.id == Report.share_id)
    return [
        (id, at) for id, at in session.execute(unread.where(Share.holder_id == holder_id, Report.closed_at.is_(None)))
    ]


def close_report(session: Session, report_id: int, now: datetime) -> None:
    """The operator is done with it; raises Missing."""
    report = require(session.get(Report, report_id))
    report.closed_at = report.closed_at or now


def stop_reported_share(session: Session, report_id: int, now: datetime) -> tuple[int, bool]:
    """Stop the share that the report is about, and be done with all that was said of it; raises Missing.

    Gives the share's id, and whether it was open. Its owner reads that it is stopped, and cannot undo it, not by undoing
    a return either.
    """
    report = require(session.get(Report, report_id))
    # Where it is gone meanwhile the report is gone with it.
    share = require(session.get(Share, report.share_id, with_for_update=True, populate_existing=True))
    was_open, long_ago = share.is_open(now), now - UNDO_STOP - SLOW
    if now < share.ends_at:  # one that its owner has just stopped themselves stays stopped, too
        share.stopped_at, share.stopped_in_id = min(share.stopped_at or long_ago, long_ago), None
        share.page_of = None  # a lasting page stays off: its holder can have another one, at another address
    session.execute(
        update(Report).where(Report.share_id == report.share_id, Report.closed_at.is_(None)).values(closed_at=now)
    )
    return report.share_id, was_open


def _told(session: Session, report: Report, share: Share, now: datetime) -> ReportForOperator:
    told = editions.told_at(session, share, report.made_at)
    return ReportForOperator(
        id=report.id,
        reason=report.reason,
        words=report.words,
        made_at=report.made_at,
        closed_at=report.closed_at,
        share_id=share.id,
        is_open=share.is_open(now),
        ends_at=share.ends_at,
        name=told["name"],
        word=told["word"],
        shown=[one["told"] for one in told["badges"] if one["told"]],
    )
