"""The files of badges, and badges that go for good with them (storage/file_removals.py)."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import JSON, ColumnElement, and_, delete, select, type_coerce
from sqlalchemy.orm import Session

from ..accounts import recoveries as returns
from ..storage import file_removals as removals
from . import issuer_responses as responses
from .badges import UNDO, KeptBadge
from .cards import LOST, NO_DOCUMENT

A_FEW = 20
"""Badges whose examinations are in memory at once: each is told in some hundred KB of objects."""


def forget_removed(session: Session, now: datetime) -> None:
    """Removed badges that nobody put back are erased; not while a return guards the wallet, where a thief may be in."""
    over = (KeptBadge.removed_at < now - UNDO, KeptBadge.holder_id.not_in(returns.guarded(now)))
    removals.let_go(session, (name for _, name in named_files(session, *over)), now)
    session.execute(delete(KeptBadge).where(*over))


def erase(session: Session, holder_id: int, most: int) -> tuple[int, set[str]]:
    """Erase up to *most* badges of the holder for good: how many there were, and the files that they named.

    They are locked first, in the order of all who lock several: whoever just writes other files over a badge has done so.
    """
    mine = select(KeptBadge.id).where(KeptBadge.holder_id == holder_id).order_by(KeptBadge.id).limit(most)
    ids = list(session.scalars(mine.with_for_update()))
    names = {name for _, name in named_files(session, KeptBadge.id.in_(ids))}
    session.execute(delete(KeptBadge).where(KeptBadge.id.in_(ids)))
    return len(ids), names


def named_files(session: Session, *which: ColumnElement[bool]) -> Iterator[tuple[str, str]]:
    """Every file that a badge needs, of *which* badges or of all: whose it is (`badge 12`), and its name."""
    columns = select(
        *(KeptBadge.id, KeptBadge.document, KeptBadge.came_in, KeptBadge.picture),
        *(KeptBadge.examination, KeptBadge.good, KeptBadge.history),
    )
    for id, *told in session.execute(columns.where(*which).execution_options(yield_per=A_FEW)):
        yield from ((f"badge {id}", name) for name in sorted(responses.of_badge(*told)))


def has_its_document() -> ColumnElement[bool]:
    """Says of a badge whether its document could be read when it was looked at last (cards.is_lost)."""
    no_document = type_coerce(KeptBadge.examination, JSON())[NO_DOCUMENT].as_boolean()
    return and_(KeptBadge.state != LOST, no_document.is_not(True))
