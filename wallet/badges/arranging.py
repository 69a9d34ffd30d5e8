"""« Mes badges » of somebody who has many: which of them are asked for, in what order, and under which issuer.

Of all the badges only the few words by which they are told apart leave the database (badges/badge_lists.py); of a page,
its badges.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from .. import openbadges
from ..trust import Registers
from . import cards, paging
from .badge_lists import BadgeLists, Listed

ARRANGED_FROM = 12
"""Badges; fewer of them are seen at a glance."""
KINDS = ("good", "review", "expired", "soon")
"""What may be asked for: what holds, what should be looked at, what has ended, what ends soon."""
ORDERS = ("issuer", "date", "name")


class Ordered(Protocol):
    """What has a place among badges."""

    @property
    def full_name(self) -> str: ...

    @property
    def issuer_name(self) -> str: ...

    @property
    def given_at(self) -> str:
        """The moment by ISO 8601."""


Badge = TypeVar("Badge", bound=Ordered)


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


def wished(kind: str, order: str, number: int) -> Wish:
    """What somebody asks for by these words; what is not known is not asked for."""
    return Wish(kind=kind if kind in KINDS else "", order=order if order in ORDERS else ORDERS[0], number=number)


def arrange_badges(
    session: Session, holder_id: int, wish: Wish, lists: BadgeLists, registers: Registers, now: datetime
) -> Arranged:
    """The page of the holder's badges that *wish* asks for, as they are read at *now*, or the nearest one there is; a kind of
    which there is none is not asked for."""
    everything = lists.read(session, holder_id, now)
    found = Counter(chain.from_iterable(one.kinds for one in everything))
    counts = {kind: found[kind] for kind in KINDS if found[kind]}
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
    ends = [one.until for one in everything if one.until]
    of_registers = registers.ends_after(now)
    return Arranged(
        wish=Wish(kind=kind, order=wish.order, number=number),
        counts=counts,
        groups=[one for one in groups if one.cards],
        leaves=leaves,
        until=min([*ends, of_registers] if of_registers else ends, default=None),
    )


def ordered(badges: Sequence[Badge], order: str) -> list[Badge]:
    """*badges*, the newest first, in that *order*: by issuer those that gave most come first, and the nameless last."""
    if order == "date":
        return sorted(badges, key=lambda one: one.given_at, reverse=True)
    if order == "name":
        return sorted(badges, key=lambda one: (not one.full_name, openbadges.normalise_name(one.full_name)))
    sizes = Counter(one.issuer_name for one in badges)
    issuers = sorted(sizes, key=lambda name: _place_of(name, sizes[name]))
    places = {name: place for place, name in enumerate(issuers)}
    return sorted(badges, key=lambda one: places[one.issuer_name])


def _place_of(issuer_name: str, size: int) -> tuple[bool, int, str, str]:
    return not issuer_name, -size, openbadges.normalise_name(issuer_name), issuer_name


def _group(one: Listed, order: str) -> str:
    return one.issuer_name if order == "issuer" else ""
