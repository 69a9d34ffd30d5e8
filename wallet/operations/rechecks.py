"""Badges are checked again while nobody waits: daily where an open share shows them, weekly elsewhere.

Rule 1: the database says what is due. A badge is claimed by one UPDATE, which only one of several workers can win; the
claim is nothing but a later time, so that what a crash left undone comes again by itself.
Rule 2: nothing is open while an issuer is asked (docs/decisions.md 1). What was found is written in one short transaction,
unless somebody wrote meanwhile: the holder who checks it or brings another file knows better.
Rule 3: issuers are asked politely, a few badges a round, however many are due; and never because a recruiter looks
(docs/decisions.md 18). Where nobody is asked, since the issuer's id is a key, there is nobody to be polite to: those take
turns with the others, so that neither keep the others waiting.
Whoever has no key is not asked for: their badges are gone before anything changes.
"""

from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from sqlalchemy import JSON, ColumnElement, Select, func, select, type_coerce, update
from sqlalchemy.orm import Session

from .. import accounts, badges, monitoring, openbadges, shares, storage
from ..badges import CHECK_WEEKLY, DOCUMENT_LOST, ImportTools, KeptBadge

MOST = 20
"""Badges of one round whose issuers are asked."""
MOST_ALONE = 50
"""Badges of one round whose check asks nobody: 504,000 a week with a round a minute (bench/rechecks.py)."""
OF_ONE_ISSUER = 2
"""Badges of one round whose issuers are at the same host."""
LASTS = timedelta(seconds=30)
"""After this a round begins no other badge; a fetch that hangs is given up by itself (fetching.TOTAL)."""
CLAIM = timedelta(hours=1)
"""When a badge that was claimed comes again, if whoever claimed it never wrote."""


@dataclass(frozen=True, slots=True)
class Due:
    """A badge whose time has come."""

    id: int
    due_at: datetime
    host: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A badge that is ours to check until *until*."""

    id: int
    document: str
    link: str
    until: datetime
    addresses: Collection[str]
    """What its holder has told, to see whether it is named to them."""
    own_contexts: badges.KeptContexts | None
    """Its issuer's own vocabulary, that is kept with it."""


def recheck_due(
    database: storage.Database,
    tools_for: Callable[[datetime, Collection[str]], ImportTools],
    clock: Callable[[], datetime],
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Check what is due, and see to it that what is shown is due daily.

    *tools_for* gives what an examination needs, by the moment and the addresses of the holder, with a way out that counts
    from nothing; *goes_on* is asked before each badge. A badge whose document is gone or spoiled is told so; one in which
    no badge can be read any more leaves its state as it was. Raises what the database and the shelf raise.
    """
    began = clock()
    for due in _due(database, began):
        if not goes_on() or clock() - began > LASTS:
            break
        claim = _claim(database, due, clock())
        if claim:
            _check(database, claim, tools_for(clock(), claim.addresses))
    database.write(shares.hasten, clock())


def _due(database: storage.Database, now: datetime) -> list[Due]:
    """What this round is to check; the database chooses, and gives few rows more.

    Of each holder the longest due first, then of each the second: whoever keeps thousands of badges of slow issuers
    keeps nobody else waiting.
    """
    with database.reading() as session:
        alone = [Due(id, due_at, badges.ASKS_NOBODY) for id, due_at in session.execute(_alone(now))]
        found = session.execute(_asking(now), execution_options={"yield_per": 5 * MOST})
        asking = _in_turn(Due(id, due_at, badges.issuer_host(asked)) for id, due_at, asked in found)
        found.close()
    return [one for pair in zip_longest(asking, alone) for one in pair if one]


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return KeptBadge.due_at <= now, KeptBadge.removed_at.is_(None), accounts.Holder.kept_at.is_not(None)


def _alone(now: datetime) -> Select[int, datetime]:
    """Those whose check asks nobody, the longest due first."""
    return (
        select(KeptBadge.id, KeptBadge.due_at)
        .join(accounts.Holder, accounts.Holder.id == KeptBadge.holder_id)
        .where(KeptBadge.asks == badges.ASKS_NOBODY, *_is_due(now))
        .order_by(KeptBadge.due_at, KeptBadge.id)
        .limit(MOST_ALONE)
    )


def _asking(now: datetime) -> Select[int, datetime, str]:
    """Those whose check asks a host, a few of each: one issuer with many badges keeps nobody else waiting.

    Of what an older revision kept it is not noted whom it asks: of each issuer so many. Hundreds of issuers may be at one
    host, so that nothing ends the rows but `_in_turn`, which reads on until it has enough.
    """
    issuer_id = type_coerce(KeptBadge.read, JSON())[("issuer", "id")].as_string()
    turn = func.row_number().over(partition_by=KeptBadge.holder_id, order_by=(KeptBadge.due_at, KeptBadge.id))
    due = (
        select(
            KeptBadge.id,
            KeptBadge.due_at,
            func.coalesce(KeptBadge.asks, issuer_id, "").label("asked"),
            turn.label("turn"),
        )
        .join(accounts.Holder, accounts.Holder.id == KeptBadge.holder_id)
        .where(func.coalesce(KeptBadge.asks, "?") != badges.ASKS_NOBODY, *_is_due(now))
        .subquery()
    )
    order = (due.c.turn, due.c.due_at, due.c.id)
    placed = select(due, func.row_number().over(partition_by=due.c.asked, order_by=order).label("place")).subquery()
    return (
        select(placed.c.id, placed.c.due_at, placed.c.asked)
        .where(placed.c.place <= OF_ONE_ISSUER)
        .order_by(placed.c.turn, placed.c.due_at, placed.c.id)
    )


def _in_turn(due: Iterable[Due]) -> list[Due]:
    """Those of this round: no host is stormed."""
    asked: Tally[str] = Tally()
    chosen: list[Due] = []
    for one in due:
        if asked[one.host] < OF_ONE_ISSUER:
            asked[one.host] += 1
            chosen.append(one)
        if len(chosen) == MOST:
            break
    return chosen


def _claim(database: storage.Database, due: Due, now: datetime) -> Claim | None:
    """The right to check it; None when somebody else has it, or the badge is gone."""
    until = now + CLAIM
    with database.writing() as session:
        found = session.execute(
            update(KeptBadge)
            .where(KeptBadge.id == due.id, KeptBadge.due_at == due.due_at, KeptBadge.removed_at.is_(None))
            .values(due_at=until)
            .returning(KeptBadge.document, KeptBadge.link, KeptBadge.holder_id, KeptBadge.own_contexts)
        ).first()
        if found is None:
            return None
        addresses = badges.proven_addresses(session, found.holder_id)
        return Claim(due.id, found.document, found.link, until, addresses, found.own_contexts)


def _check(database: storage.Database, claim: Claim, tools: ImportTools) -> None:
    found: tuple[openbadges.Examination, tuple[dict[str, object], ...]] | None = None
    is_lost = False
    try:
        contexts = badges.read_contexts(claim.own_contexts, tools.files)
        found = badges.examine_again(tools.files.read(claim.document), tools, claim.link, contexts)
    except openbadges.UnreadableBadge:
        pass
    except storage.LOST:
        is_lost = True

    def write(session: Session) -> None:
        kept = session.scalar(
            select(KeptBadge)
            .where(KeptBadge.id == claim.id, KeptBadge.due_at == claim.until, KeptBadge.removed_at.is_(None))
            .with_for_update()
        )
        if found:
            badges.note_new_examination(session, kept, *found)
        if kept is None:
            return
        if found:
            badges.note_badge_size(session, kept.id)
            badges.sum_up_sizes(session, kept.holder_id)
            # While the issuer was asked the holder may have verified an address, or taken one away.
            badges.match_badge(kept, badges.proven_addresses(session, kept.holder_id), tools.inspection.now)
        elif is_lost:
            badges.note_loss(kept, tools.inspection.now)
        else:
            kept.due_at = badges.next_check(kept, tools.inspection.now, CHECK_WEEKLY)

    names = badges.response_files(found[1]) if found else set()
    storage.commit_naming_files(database.write, tools.files, names, write, tools.inspection.now)
    monitoring.count("rechecks", "checked" if found else "lost" if is_lost else "unreadable")


def note_lost_document(
    session: Session, holder_id: int, badge_id: int, seen: tuple[str, datetime], now: datetime
) -> bool:
    """The document of the holder's badge is gone or spoiled: whether that is told from now on. Raises storage.Missing.

    *seen* is the document, and when it was checked last, as they were before: whoever brought the file meanwhile, or a
    better one, knows better.
    """
    kept = badges.get_badge(session, holder_id, badge_id)
    if (kept.document, kept.checked_at) == seen:
        badges.note_loss(kept, now)
    return kept.state == DOCUMENT_LOST
