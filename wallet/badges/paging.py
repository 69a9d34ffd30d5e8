"""« Mes badges » by leaves of sixty: nobody reads five thousand badges to show some.

Which badges are on a leaf, and in which edition, is read at every request with two ready statements; what the badges
say is read when the leaf is printed anew (web/page_cache.py).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Integer, bindparam, func, select
from sqlalchemy.orm import Session

from ..storage.database import Database
from .badges import KeptBadge, Outcome
from .cards import Card, card

LENGTH = 60
"""Badges of a leaf."""
BADGE = KeptBadge.__table__.c
MINE = (BADGE.holder_id == bindparam("holder"), BADGE.removed_at.is_(None))
COUNT = select(func.count()).select_from(KeptBadge.__table__).where(*MINE)
LEAF = (
    select(BADGE.id, BADGE.edition)
    .where(*MINE)
    .order_by(BADGE.added_at.desc(), BADGE.id.desc())
    .limit(LENGTH)
    .offset(bindparam("before", type_=Integer))
)
OF_A_CARD = (
    *(BADGE.id, BADGE.read, BADGE.examination, BADGE.state, BADGE.picture, BADGE.plate, BADGE.file_name),
    *(BADGE.container, BADGE.checked_at, BADGE.good_at, BADGE.silent_since, BADGE.added_at),
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One of the pages on which the badges of a holder are."""

    number: int
    """From 1; the first has the newest badges."""
    leaves: int
    count: int
    """Badges on all of them."""
    marks: Sequence[tuple[object, ...]]
    """Of each badge its id and its edition, which changes whenever it looks otherwise."""


def leaf(database: Database, holder_id: int, number: int) -> Leaf:
    """The leaf of that *number*; the first or the last one where there is none of that number."""
    count = database.glance(COUNT, holder=holder_id)[0][0]
    leaves = max(1, -(-count // LENGTH))
    number = min(max(number, 1), leaves)
    rows = database.glance(LEAF, holder=holder_id, before=(number - 1) * LENGTH)
    return Leaf(number, leaves, count, tuple(map(tuple, rows)))


def cards(session: Session, holder_id: int, shown: Leaf) -> list[Card]:
    """The badges of *shown*, in its order; one that was removed meanwhile is not among them."""
    ids: list[Any] = [row[0] for row in shown.marks]
    there = cards_of(session, holder_id, ids)
    return [there[id] for id in ids if id in there]


def cards_of(session: Session, holder_id: int, ids: Collection[int]) -> dict[int, Card]:
    """The holder's badges of these ids, by them; one that was removed is not among them."""
    mine = select(*OF_A_CARD).where(BADGE.holder_id == holder_id, BADGE.removed_at.is_(None), BADGE.id.in_(ids))
    return {row["id"]: card(dict(row)) for row in session.execute(mine).mappings()}


def with_cards(session: Session, holder_id: int, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """*outcomes* with the cards of what was kept; what was removed meanwhile is not among them."""
    there = cards_of(session, holder_id, [one.badge_id for one in outcomes if one.badge_id])
    filled = [replace(one, badge=there.get(one.badge_id)) if one.badge_id else one for one in outcomes]
    return [one for one in filled if one.badge or not one.badge_id]
