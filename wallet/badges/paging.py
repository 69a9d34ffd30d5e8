"""« Mes badges » by pages of sixty: nobody reads five thousand badges to show some.

How many there are, and in which edition they all are, is read at every request with ready statements; what the badges say
is read when the page is made anew (web/page_cache.py).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from .. import registers
from ..storage import Database
from . import cards, models

PAGE_LENGTH = 60
"""Badges, or moments, of a page."""
CARD_COLUMNS = models.KeptBadge.__table__.c
MINE = (CARD_COLUMNS.holder_id == bindparam("holder"), CARD_COLUMNS.removed_at.is_(None))
NOTHING_BETWEEN: Any = literal_column("''")
"""Written into the statement: what is prepared once holds no value that SQLAlchemy fills in when it runs."""
COUNT: Select[Any] = (
    select(
        func.count(),
        registers.EDITION.scalar_subquery(),
        func.coalesce(func.aggregate_strings(CARD_COLUMNS.edition, NOTHING_BETWEEN), ""),
    )
    .select_from(models.KeptBadge.__table__)
    .where(*MINE)
)
"""Reads no badge, where a file has an index of all that is asked (models.KeptBadge)."""
LEAF = (
    select(CARD_COLUMNS.id, CARD_COLUMNS.edition)
    .where(*MINE)
    .order_by(CARD_COLUMNS.added_at.desc(), CARD_COLUMNS.id.desc())
    .limit(PAGE_LENGTH)
    .offset(bindparam("before", type_=Integer))
)
OF_A_CARD = (
    *(
        CARD_COLUMNS.id,
        CARD_COLUMNS.read,
        CARD_COLUMNS.examination,
        CARD_COLUMNS.state,
        CARD_COLUMNS.picture,
        CARD_COLUMNS.plate,
        CARD_COLUMNS.file_name,
    ),
    *(
        CARD_COLUMNS.container,
        CARD_COLUMNS.checked_at,
        CARD_COLUMNS.good_at,
        CARD_COLUMNS.silent_since,
        CARD_COLUMNS.added_at,
    ),
)


@dataclass(frozen=True, slots=True)
class BadgePage:
    """One of the pages on which the badges of a holder are."""

    number: int
    """From 1; the first has the newest badges."""
    leaves: int
    count: int
    """Badges on all of them."""
    marks: Sequence[tuple[object, ...]]
    """Of each badge its id and its edition, which changes whenever it looks otherwise."""
    registers_edition: int = 0
    """The edition of the registers of issuers (registers.RegistersAtHand)."""
    wallet_edition: str = ""
    """Another one whenever one of all of them was written, came or went."""


def page_number(number: int, count: int) -> tuple[int, int]:
    """Which page is shown of *count* things for that *number*, from 1: the nearest one there is; and how many there are."""
    pages = max(1, -(-count // PAGE_LENGTH))
    return min(max(number, 1), pages), pages


def get_page(database: Database, holder_id: int, number: int) -> BadgePage:
    """The page of that *number*; the first or the last one where there is none of that number."""
    count, registers_edition, editions = database.fetch_rows(COUNT, holder=holder_id)[0]
    number, leaves = page_number(number, count)
    rows = database.fetch_rows(LEAF, holder=holder_id, before=(number - 1) * PAGE_LENGTH) if leaves == 1 else ()
    edition = sha256(f"{count} {editions}".encode()).hexdigest()
    return BadgePage(number, leaves, count, tuple(map(tuple, rows)), registers_edition, edition)


def cards_in_order(session: Session, holder_id: int, shown: BadgePage) -> list[cards.Card]:
    """The badges of *shown*, in its order; one that was removed meanwhile is not among them."""
    ids: list[Any] = [row[0] for row in shown.marks]
    there = cards_by_id(session, holder_id, ids)
    return [there[id] for id in ids if id in there]


def cards_by_id(session: Session, holder_id: int, ids: Collection[int]) -> dict[int, cards.Card]:
    """The holder's badges of these ids, by them; one that was removed is not among them."""
    mine = select(*OF_A_CARD).where(
        CARD_COLUMNS.holder_id == holder_id, CARD_COLUMNS.removed_at.is_(None), CARD_COLUMNS.id.in_(ids)
    )
    return {row["id"]: cards.make_card(dict(row)) for row in session.execute(mine).mappings()}


def add_cards(session: Session, holder_id: int, outcomes: Sequence[models.ImportOutcome]) -> list[models.ImportOutcome]:
    """*outcomes* with the cards of what was kept; what was removed meanwhile is not among them."""
    there = cards_by_id(session, holder_id, [one.badge_id for one in outcomes if one.badge_id])
    filled = [replace(one, badge=there.get(one.badge_id)) if one.badge_id else one for one in outcomes]
    return [one for one in filled if one.badge or not one.badge_id]
