"""« Signaler »: a call that wants something else than badges; the operator reads it (`wallet reports`), and may stop it.

Nothing is kept of who says so but what they chose, each reason once: there is nothing to flood. Nor can an employer have it read
before there is anything to see: what is said again a day after the operator was done with it is there to be read anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import storage
from ..models import SLOW, UNDO_STOP, Share
from .models import REPORT_REASONS, Call, CallAnswer

STAYS_READ = timedelta(days=1)
"""How long the operator, once done with a reason, is not told of it again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallForOperator:
    """A call that was reported, as the operator reads it: nothing of who answered it."""

    id: int
    title: str
    employer: str
    places: Sequence[str]
    made_at: datetime
    is_open: bool
    reasons: Sequence[str]
    reported_at: datetime
    closed_at: datetime | None


def report_call(session: Session, call_id: int, reason: str, now: datetime) -> None:
    """Keep that somebody says so; *reason* is one of REPORT_REASONS. Raises Missing when the call is gone meanwhile.

    What the operator was done with begins anew with a reason that they have not read, or not for STAYS_READ.
    """
    call = storage.require(session.get(Call, call_id, with_for_update=True, populate_existing=True))
    given = call.reasons or []
    is_read_lately = call.report_closed_at is None or now < call.report_closed_at + STAYS_READ
    if reason in given and is_read_lately:
        return
    call.reasons = [one for one in REPORT_REASONS if one in (*given, reason)]
    call.reported_at, call.report_closed_at = call.reported_at or now, None


def list_reported_calls(session: Session, now: datetime, *, closed: bool = False) -> list[CallForOperator]:
    """Those that the operator is not done with, the oldest first; with *closed*, all of them."""
    query = select(Call).where(Call.reported_at.is_not(None)).order_by(Call.reported_at, Call.id)
    return [
        _told(one, now) for one in session.scalars(query if closed else query.where(Call.report_closed_at.is_(None)))
    ]


def find_reported_call(session: Session, call_id: int, now: datetime) -> CallForOperator:
    """That one, which was reported; raises Missing."""
    return _told(storage.require(session.get(Call, call_id)), now)


def close_call_report(session: Session, call_id: int, now: datetime) -> None:
    """The operator is done with it; raises Missing."""
    call = _reported(session, call_id)
    call.report_closed_at = call.report_closed_at or now


def stop_reported_call(session: Session, call_id: int, now: datetime) -> bool:
    """Nobody answers it, its employer reads nothing any more, and what was shown to them is stopped for good; whether it was
    not stopped before. Raises Missing."""
    call = _reported(session, call_id)
    was_running = call.stopped_at is None
    call.ends_at, call.stopped_at = min(call.ends_at, now), call.stopped_at or now
    call.report_closed_at = call.report_closed_at or now
    theirs = select(CallAnswer.share_id).where(CallAnswer.call_id == call_id)
    # As a reported share (abuse_reports.py): its undo is over, also of one that was stopped a moment ago, or in a return.
    long_ago = now - UNDO_STOP - SLOW
    shown = select(Share).where(Share.id.in_(theirs), Share.ends_at > now).order_by(Share.id)
    for share in session.scalars(shown.with_for_update()):
        share.stopped_at, share.stopped_in_id = min(share.stopped_at or long_ago, long_ago), None
    return was_running


def _reported(session: Session, call_id: int) -> Call:
    call = storage.require(session.get(Call, call_id, with_for_update=True, populate_existing=True))
    storage.require(call.reported_at)
    return call


def _told(call: Call, now: datetime) -> CallForOperator:
    return CallForOperator(
        id=call.id,
        title=call.title,
        employer=call.employer,
        places=call.places,
        made_at=call.made_at,
        is_open=now < call.ends_at,
        reasons=call.reasons or [],
        reported_at=storage.require(call.reported_at),
        closed_at=call.report_closed_at,
    )
