"""What an open share shows is checked daily: whoever is shown it should not read a check of last week (docs/decisions.md 18).

Whatever begins to show a badge brings its check closer (shares/lifecycle.py), and so does whatever notes a check of one that is
shown; what none of these saw is found by a look that goes over all shown badges, some at a time. But a badge stays where it is
of which no answer can change anything.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, load_only

from ..badges import CHECK_DAILY, CHECK_JITTER, KeptBadge, is_never_known, next_check
from ..shares import Share, ShownBadge

PIECE = 500
"""Shown badges of one look."""


def find_shown(session: Session, badge_ids: Collection[int], now: datetime) -> set[int]:
    """Those of these badges that an open share shows."""
    shares_of = select(ShownBadge.badge_id).join(Share, Share.id == ShownBadge.share_id)
    found = session.scalars(shares_of.where(ShownBadge.badge_id.in_(badge_ids), *_is_open(now)).distinct())
    return {id for id in found if id}


def bring_closer(kept: KeptBadge, now: datetime) -> None:
    """It is shown: it is checked within a day, whatever put its check further off."""
    if kept.due_at > now + _latest() and not is_never_known(kept):
        kept.due_at = next_check(kept, now, CHECK_DAILY)


def hasten_checks(session: Session, badge_ids: Collection[int], now: datetime) -> None:
    """Those of these badges that an open share shows are checked within a day, whatever put their check further off."""
    too_far_off = select(KeptBadge).where(
        KeptBadge.id.in_(find_shown(session, badge_ids, now)),
        KeptBadge.removed_at.is_(None),
        KeptBadge.due_at > now + _latest(),
    )
    # A diploma has a long text, and nobody reads it here.
    needed = load_only(
        KeptBadge.holder_id, KeptBadge.identity, KeptBadge.state, KeptBadge.examination, KeptBadge.due_at
    )
    for kept in session.scalars(too_far_off.options(needed)):
        bring_closer(kept, now)


def find_late_checks(session: Session, after: int, now: datetime) -> tuple[list[int], int]:
    """Of the next PIECE of badges that are shown anywhere, from the one of number *after* on, those that an open share shows
    and that are checked too late; and where to go on, 0 when that was the end."""
    piece = select(ShownBadge.id, ShownBadge.badge_id, ShownBadge.share_id).where(ShownBadge.id > after)
    numbered = piece.order_by(ShownBadge.id).limit(PIECE).subquery()
    found = session.execute(
        select(numbered.c.id, KeptBadge.id.label("late"))
        .select_from(numbered)
        .outerjoin(Share, (Share.id == numbered.c.share_id) & _is_open(now)[0] & _is_open(now)[1])
        .outerjoin(
            KeptBadge,
            (KeptBadge.id == numbered.c.badge_id)
            & Share.id.is_not(None)
            & KeptBadge.removed_at.is_(None)
            & (KeptBadge.due_at > now + _latest()),
        )
        .order_by(numbered.c.id)
    ).all()
    return [one.late for one in found if one.late], found[-1].id if len(found) == PIECE else 0


def _latest() -> timedelta:
    return CHECK_DAILY * (1 + CHECK_JITTER)


def _is_open(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Share.ends_at > now, Share.stopped_at.is_(None)
