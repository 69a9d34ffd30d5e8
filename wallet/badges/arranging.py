"""« Mes badges » of somebody who has many: which of them are asked for, in what order, and under which issuer.

Of all the badges only the few words by which they are told apart leave the database; of a page, its badges. Where one is
is decided here as its own page tells it (badges/cards.py), so that what is counted is what is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import JSON, select, type_coerce
from sqlalchemy.orm import Session

from .. import openbadges
from ..storage import Database
from ..trust import Registers
from . import cards, paging

ARRANGED_FROM = 12
"""Badges; fewer of them are seen at a glance."""
KINDS = ("good", "review", "expired", "soon")
"""What may be asked for: what holds, what should be looked at, what has ended, what ends soon."""
ORDERS = ("issuer", "date", "name")
READ = type_coerce(paging.CARD_COLUMNS.read, JSON())
OF_ORDER = (
    *(paging.CARD_COLUMNS.id, paging.CARD_COLUMNS.state, paging.CARD_COLUMNS.added_at),
    READ["name"].as_string().label("name"),
    READ[("achievement", "name")].as_string().label("achievement_name"),
    READ[("issuer", "name")].as_string().label("issuer_name"),
    READ["issued_on"].as_string().label("issued_on"),
    READ["valid_from"].as_string().label("valid_from"),
    READ["valid_until"].as_string().label("valid_until"),
    type_coerce(paging.CARD_COLUMNS.examination, JSON())["checks"].label("checks"),
)
MARKS = (
    select(paging.CARD_COLUMNS.id, paging.CARD_COLUMNS.edition)
    .where(*paging.MINE)
    .order_by(paging.CARD_COLUMNS.added_at.desc(), paging.CARD_COLUMNS.id.desc())
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What is asked for."""

    kind: str = ""
    """One of KINDS, "" for all."""
    order: str = ORDERS[0]
    number: int = 1
    """Of the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The badges of one issuer on a page."""

    issuer_name: str
    """"" for those whose issuer has no name, and for all where they stand in another order."""
    count: int
    """On all pages."""
    cards: Sequence[cards.Card]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arranged:
    """A page of them."""

    wish: Wish
    counts: Mapping[str, int]
    """How many there are of each kind of which there is one."""
    groups: Sequence[Group]
    leaves: int
    until: datetime | None
    """When it is another page though nobody wrote anything; None for never."""

    @property
    def cards(self) -> list[cards.Card]:
        """All the badges of the page."""
        return [card for group in self.groups for card in group.cards]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A badge, as far as its place depends on it."""

    id: int
    kinds: frozenset[str]
    name: str
    issuer_name: str
    given_at: str
    valid_until: datetime | None


def wished(kind: str, order: str, number: int) -> Wish:
    """What somebody asks for by these words; what is not known is not asked for."""
    return Wish(kind=kind if kind in KINDS else "", order=order if order in ORDERS else ORDERS[0], number=number)


def wallet_edition(database: Database, holder_id: int, leaf: paging.BadgePage) -> str:
    """By which one knows whether anything changed in the wallet of which *leaf* is a page."""
    is_whole = leaf.leaves == 1
    marks = leaf.marks if is_whole else [tuple(row) for row in database.fetch_rows(MARKS, holder=holder_id)]
    return sha256(repr(tuple(marks)).encode()).hexdigest()


def arrange_badges(session: Session, holder_id: int, wish: Wish, registers: Registers, now: datetime) -> Arranged:
    """The page of the holder's badges that *wish* asks for, as they are read at *now*, or the nearest one there is; a kind of
    which there is none is not asked for."""
    everything = [_listed(row, now) for row in _rows(session, holder_id)]
    counts = {kind: count for kind in KINDS if (count := sum(kind in one.kinds for one in everything))}
    kind = wish.kind if wish.kind in counts else ""
    in_order = ordered([one for one in everything if not kind or kind in one.kinds], wish.order)
    number, leaves = paging.page_number(wish.number, len(in_order))
    page = in_order[(number - 1) * paging.PAGE_LENGTH : number * paging.PAGE_LENGTH]
    there = {
        id: cards.told_at(card, registers, now)
        for id, card in paging.cards_by_id(session, holder_id, [one.id for one in page]).items()
    }
    sizes = {name: len(list(some)) for name, some in groupby(in_order, lambda one: _group(one, wish.order))}
    groups = [
        Group(issuer_name=name, count=sizes[name], cards=[there[one.id] for one in some if one.id in there])
        for name, some in groupby(page, lambda one: _group(one, wish.order))
    ]
    ends = [end for one in everything for end in cards.changes_of(one.valid_until, now)]
    of_registers = registers.ends_after(now)
    return Arranged(
        wish=Wish(kind=kind, order=wish.order, number=number),
        counts=counts,
        groups=[one for one in groups if one.cards],
        leaves=leaves,
        until=min([*ends, of_registers] if of_registers else ends, default=None),
    )


def ordered(badges: Sequence[Listed], order: str) -> list[Listed]:
    """*badges*, the newest first, in that *order*: by issuer those that gave most come first, and the nameless last."""
    if order == "date":
        return sorted(badges, key=lambda one: one.given_at, reverse=True)
    if order == "name":
        return sorted(badges, key=lambda one: (not one.name, openbadges.normalise_name(one.name)))
    sizes: dict[str, int] = {}
    for one in badges:
        sizes[one.issuer_name] = sizes.get(one.issuer_name, 0) + 1
    return sorted(badges, key=lambda one: _place_of(one.issuer_name, sizes[one.issuer_name]))


def _place_of(issuer_name: str, size: int) -> tuple[bool, int, str, str]:
    return not issuer_name, -size, openbadges.normalise_name(issuer_name), issuer_name


def _group(one: Listed, order: str) -> str:
    return one.issuer_name if order == "issuer" else ""


def _rows(session: Session, holder_id: int) -> Iterable[Mapping[str, Any]]:
    newest = session.execute(
        select(*OF_ORDER)
        .where(paging.CARD_COLUMNS.holder_id == holder_id, paging.CARD_COLUMNS.removed_at.is_(None))
        .order_by(paging.CARD_COLUMNS.added_at.desc(), paging.CARD_COLUMNS.id.desc())
    )
    return (dict(row) for row in newest.mappings())


def _listed(row: Mapping[str, Any], now: datetime) -> Listed:
    valid_until = datetime.fromisoformat(row["valid_until"]) if row["valid_until"] else None
    given = row["issued_on"] or row["valid_from"]
    return Listed(
        id=row["id"],
        kinds=cards.kinds_of(row["state"], row["checks"] or (), valid_until, now),
        name=(row["name"] or "").strip() or (row["achievement_name"] or "").strip(),
        issuer_name=(row["issuer_name"] or "").strip(),
        given_at=given or row["added_at"].isoformat(),
        valid_until=valid_until,
    )
