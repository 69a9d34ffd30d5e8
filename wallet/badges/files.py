"""The files of badges, and badges that go for good with them (storage/file_removals.py)."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import JSON, ColumnElement, and_, delete, select, type_coerce
from sqlalchemy.orm import Session

from .. import accounts, storage
from . import badges, cards, issuer_responses
from .models import KeptBadge


def forget_removed_badges(session: Session, now: datetime) -> None:
    """Removed badges that nobody put back are erased; not while a return guards the wallet, where a thief may be in."""
    over = (KeptBadge.removed_at < now - badges.UNDO_REMOVAL, KeptBadge.holder_id.not_in(accounts.pending_holders(now)))
    storage.schedule_removal(session, (name for _, name in badge_files(session, *over)), now)
    session.execute(delete(KeptBadge).where(*over))


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


def badge_files(session: Session, *which: ColumnElement[bool]) -> Iterator[tuple[str, str]]:
    """Every file that a badge needs, of *which* badges or of all: whose it is (`badge 12`), and its name."""
    columns = select(
        *(KeptBadge.id, KeptBadge.document, KeptBadge.came_in, KeptBadge.picture),
        *(KeptBadge.own_contexts, KeptBadge.examination, KeptBadge.good, KeptBadge.history),
    )
    # Few badges have their examinations in memory at once: each is told in some hundred KB of objects.
    for id, *told in session.execute(columns.where(*which).execution_options(yield_per=20)):
        yield from ((f"badge {id}", name) for name in sorted(issuer_responses.all_badge_files(*told)))


def has_document() -> ColumnElement[bool]:
    """Says of a badge whether its document could be read when it was looked at last (cards.is_lost)."""
    no_document = type_coerce(KeptBadge.examination, JSON())[cards.NO_DOCUMENT].as_boolean()
    return and_(KeptBadge.state != cards.DOCUMENT_LOST, no_document.is_not(True))
