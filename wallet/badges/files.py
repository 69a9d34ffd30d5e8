"""The files of badges, and badges that go for good with them (storage/file_removals.py)."""

from datetime import datetime

from sqlalchemy import JSON, ColumnElement, and_, delete, select, type_coerce
from sqlalchemy.orm import Session

from .. import accounts, storage
from . import badges, cards
from .models import KeptBadge, badge_files

FORGOTTEN_TOGETHER = 50
"""Badges that are erased in one transaction: nobody who writes waits for more."""


def forget_removed_badges(session: Session, now: datetime) -> bool:
    """Removed badges that nobody put back are erased, some of them: whether there are more. Not while a return guards the
    wallet, where a thief may be in."""
    over = (KeptBadge.removed_at < now - badges.UNDO_REMOVAL, KeptBadge.holder_id.not_in(accounts.pending_holders(now)))
    some = select(KeptBadge.id).where(*over).order_by(KeptBadge.removed_at).limit(FORGOTTEN_TOGETHER)
    ids = list(session.scalars(some.with_for_update()))
    storage.schedule_removal(session, (name for _, name in badge_files(session, KeptBadge.id.in_(ids))), now)
    session.execute(delete(KeptBadge).where(KeptBadge.id.in_(ids)))
    return len(ids) == FORGOTTEN_TOGETHER


def erase_badges(session: Session, holder_id: int, most: int) -> tuple[int, set[str]]:
    """Erase up to *most* badges of the holder for good: how many there were, and the files that they named.

    They are locked first, in the order of all who lock several: whoever just writes other files over a badge has done so.
    """
    ids = list(
        session.scalars(
            select(KeptBadge.id)
            .where(KeptBadge.holder_id == holder_id)
            .order_by(KeptBadge.id)
            .limit(most)
            .with_for_update()
        )
    )
    names = {name for _, name in badge_files(session, KeptBadge.id.in_(ids))}
    session.execute(delete(KeptBadge).where(KeptBadge.id.in_(ids)))
    return len(ids), names


def has_document() -> ColumnElement[bool]:
    """Says of a badge whether its document could be read when it was looked at last (cards.is_lost)."""
    no_document = type_coerce(KeptBadge.examination, JSON())[cards.NO_DOCUMENT].as_boolean()
    return and_(KeptBadge.state != cards.DOCUMENT_LOST, no_document.is_not(True))
