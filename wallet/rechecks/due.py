"""Which badges are due, and who checks them: the database says it, by a window that is as large however many are due.

Rule 1: hosts take turns. So many of them are looked at together, in the order of their names, those of the last look after
all others; of each so many badges, the longest due first. None that is asked seldom, or is silent, keeps others waiting.
Rule 2: within that the holders take turns: of each the longest due, then of each the second.
Rule 3: a badge is claimed by one UPDATE together with others, which only one of several workers can win; the claim is nothing
but a later time, so that what a crash left undone comes again by itself.
Whoever has no key is not asked for: their badges are gone before anything changes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, ScalarSelect, bindparam, func, literal, select, type_coerce, update
from sqlalchemy.orm import Session

from .. import accounts, badges, storage
from ..badges import KeptBadge
from . import shown

MOST = 200
"""Badges of one round whose check asks a host."""
CLAIMED = 50
"""Badges that one transaction claims: others write, too."""
HOSTS = 500
"""Hosts that are looked at together."""
WINDOW = 20
"""Of a host so many times as many badges are looked at as may be checked now."""
SMALLEST = 40
"""Badges of a window."""
CLAIM = timedelta(hours=1)
"""When a badge that was claimed comes again, if whoever claimed it never wrote."""
PIECE = 500
"""Badges of which one transaction notes whom they ask."""


@dataclass(frozen=True, slots=True)
class Due:
    """A badge whose time has come."""

    id: int
    due_at: datetime
    holder_id: int
    host: str


@dataclass(frozen=True, slots=True)
class DueHosts:
    """Hosts of which something is due."""

    hosts: Sequence[str]
    ends: str
    """The last one that was looked at, after which the next look begins; "" when that is from the first one on."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A badge that is ours to check until *until*."""

    due: Due
    document: str
    link: str
    until: datetime
    addresses: Collection[str]
    """What its holder has told, to see whether it is named to them."""
    own_contexts: badges.KeptContexts | None
    """Its issuer's own vocabulary, that is kept with it."""
    own_id: str = ""
    """What it calls itself, which may be its address."""
    is_shown: bool = False
    """Whether an open share shows it; one that does so from now on puts another time in the place of *until*."""
    seen: Sequence[dict[str, Any]] = ()
    """What its last examination saw, as badges/issuer_responses.py writes it down."""


def find_due_hosts(session: Session, now: datetime, after: str) -> DueHosts:
    """Of the next HOSTS that badges ask, those of which one is due: each is found by a step or two in the index."""
    steps = select(_next_host(literal(after)).label("host"), literal(1).label("number")).cte("steps", recursive=True)
    more = select(_next_host(steps.c.host), steps.c.number + 1)
    steps = steps.union_all(more.where(steps.c.host.is_not(None), steps.c.number < HOSTS))
    first = select(func.min(KeptBadge.due_at)).where(KeptBadge.asks == steps.c.host, KeptBadge.removed_at.is_(None))
    looked_at = select(steps.c.host, first.scalar_subquery()).where(steps.c.host.is_not(None)).order_by(steps.c.number)
    found = session.execute(looked_at).all()
    ends = found[-1].host if len(found) == HOSTS else ""
    return DueHosts([host for host, due_at in found if due_at and due_at <= now], ends)


def _next_host(after: ColumnElement[str]) -> ScalarSelect[str | None]:
    return (
        select(func.min(KeptBadge.asks)).where(KeptBadge.asks > after, KeptBadge.removed_at.is_(None)).scalar_subquery()
    )


def find_due(session: Session, now: datetime, host: str, most: int) -> list[Due]:
    """The *most* badges that are due of those that ask *host*, the longest due first."""
    found = session.execute(
        select(KeptBadge.id, KeptBadge.due_at, KeptBadge.holder_id)
        .join(accounts.Holder, accounts.Holder.id == KeptBadge.holder_id)
        .where(KeptBadge.asks == host, *_is_due(now), accounts.Holder.kept_at.is_not(None))
        .order_by(KeptBadge.due_at, KeptBadge.id)
        .limit(most)
    )
    return [Due(id, due_at, holder_id, host) for id, due_at, holder_id in found]


def window(allowed: int) -> int:
    """How many badges of a host are looked at, of which so many may be checked."""
    return min(max(SMALLEST, WINDOW * allowed), WINDOW * MOST)


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return KeptBadge.due_at <= now, KeptBadge.removed_at.is_(None)


def in_turn(due: Iterable[Due], after: int | None = None) -> list[Due]:
    """Of each holder the longest due first, then of each the second; with *after*, the holder that had the last turn, those who
    come after that one by their numbers, and then the others."""
    turns: defaultdict[int, int] = defaultdict(int)
    placed: list[tuple[int, bool, int, datetime, int, Due]] = []
    for one in sorted(due, key=lambda one: (one.due_at, one.id)):
        is_over, number = (False, 0) if after is None else (one.holder_id <= after, one.holder_id)
        placed.append((turns[one.holder_id], is_over, number, one.due_at, one.id, one))
        turns[one.holder_id] += 1
    return [one for *_, one in sorted(placed, key=lambda place: place[:-1])]


def claim(session: Session, chosen: Sequence[Due], now: datetime) -> list[Claim]:
    """The right to check those of *chosen* that nobody else has, in their order; what somebody is writing now is left out."""
    until = now + CLAIM
    mine = select(KeptBadge.id).where(KeptBadge.id.in_([one.id for one in chosen]), *_is_due(now))
    rows = session.execute(
        update(KeptBadge)
        .where(KeptBadge.id.in_(mine.with_for_update(skip_locked=True).scalar_subquery()))
        .values(due_at=until)
        .returning(
            KeptBadge.id, KeptBadge.document, KeptBadge.link, KeptBadge.own_contexts, KeptBadge.examination,
            type_coerce(KeptBadge.read, JSON())["id"].as_string().label("own_id"),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    found = {row.id: row for row in rows}
    shown_ids = shown.find_shown(session, found.keys(), now)
    told = {holder: badges.proven_addresses(session, holder) for holder in {one.holder_id for one in chosen}}
    return [
        Claim(
            due=one,
            document=row.document,
            link=row.link,
            until=until,
            addresses=told[one.holder_id],
            own_contexts=row.own_contexts,
            own_id=row.own_id or "",
            is_shown=one.id in shown_ids,
            seen=row.examination.get("seen", ()),
        )
        for one in chosen
        if (row := found.get(one.id))
    ]


def give_back(session: Session, claims: Iterable[Claim]) -> None:
    """What was claimed and not begun is due as it was."""
    for one in claims:
        session.execute(
            update(KeptBadge)
            .where(KeptBadge.id == one.due.id, KeptBadge.due_at == one.until)
            .values(due_at=one.due.due_at)
            .execution_options(synchronize_session=False)
        )


def note_hosts(database: storage.Database) -> bool:
    """Note of some badges that an older revision kept whom a check of them asks: whether there were any."""
    with database.reading() as session:
        unknown = session.execute(
            select(KeptBadge.id, KeptBadge.read, KeptBadge.examination)
            .where(KeptBadge.asks.is_(None), KeptBadge.removed_at.is_(None))
            .limit(PIECE)
        ).all()
    found = [{"row": row.id, "host": badges.kept_asked_host(row.read, row.examination)} for row in unknown]
    if found:
        noted = update(KeptBadge.__table__).where(  # type: ignore[arg-type]
            KeptBadge.__table__.c.id == bindparam("row"), KeptBadge.__table__.c.asks.is_(None)
        )
        database.write(lambda session: session.execute(noted.values(asks=bindparam("host")), found))
    return bool(found)
