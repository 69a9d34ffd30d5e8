"""The numbers of accounts/storage_use.py compared with what they measure, and put right while nobody waits: what a wallet of before wrote
was counted by nobody, and is measured here, once.

Rule 1: all is measured in a transaction that only looks. What is then written is the difference, and only where the number
is still the one that was compared: whoever wrote meanwhile has counted for themselves.
Rule 2: texts are measured where their number shows that one was not counted; all other sums are of small numbers.
Rule 3: each time some moments and holders are looked at, from any of them on: a small wallet whole, a large one within weeks.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..accounts import BYTES_A_LETTER, Holder, HolderSize, MomentSize, add_size, add_texts, holder_size
from ..badges import BadgeSize, KeptBadge, sum_up_sizes
from ..endorsements import Endorsement
from ..evidence import Answer, Attachment, Evidence
from ..storage import Database

LOOKED, TOGETHER = 5_000, 500
"""Moments, and holders, that are looked at each time; and of them in one transaction."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The texts of a moment: how many bytes and answers there are, and what was counted of them until now."""

    texts: int
    answers: int
    known_texts: int
    known_answers: int


def correct_sizes(database: Database) -> None:
    """Put right the numbers of some moments and holders; nobody who writes waits for more than one of them."""
    for ids in _parts(database, Evidence.id):
        for evidence_id in database.read(_miscounted_moments, ids):
            with database.long(), database.reading() as session:
                measured = _measure(session, evidence_id)
            database.write(_correct_moment, evidence_id, measured)
    for ids in _parts(database, Holder.id):
        for holder_id, size, known in database.read(_miscounted_holders, ids):
            database.write(_correct_holder, holder_id, size, known)
        for visitor_id in database.read(_miscounted_visitors, ids):
            with database.writing() as session:
                if session.get(Holder, visitor_id, with_for_update=True):
                    sum_up_sizes(session, visitor_id)


def _parts(database: Database, id: InstrumentedAttribute[int]) -> Iterator[Sequence[int]]:
    """The numbers of which rows are looked at this time, some at a time: from any one on, and those before it when all others
    were looked at."""
    last = database.read(_scalar, select(func.max(id))) or 0
    start, left = secrets.randbelow(last + 1), LOOKED
    for since, until in ((start, last), (0, start)):
        after = since
        while left > 0:
            some = select(id).where(id > after, id <= until).order_by(id).limit(min(left, TOGETHER))
            ids = database.read(_scalars, some)
            if not ids:
                break
            yield ids
            after, left = ids[-1], left - len(ids)


def _scalar(session: Session, query: Select[int]) -> int | None:
    return session.scalar(query)


def _scalars(session: Session, query: Select[int]) -> Sequence[int]:
    return session.scalars(query).all()


def _miscounted_moments(session: Session, among: Sequence[int]) -> list[int]:
    """Those moments *among* these that have other answers than were counted: looked up in an index, without any text."""
    known = func.coalesce(func.max(MomentSize.answers), 0)
    given = select(Answer.evidence_id).outerjoin(MomentSize, MomentSize.evidence_id == Answer.evidence_id)
    given = given.where(Answer.evidence_id.in_(among))
    return list(session.scalars(given.group_by(Answer.evidence_id).having(func.count(Answer.id) != known)))


def _measure(session: Session, evidence_id: int) -> Measured:
    """One statement, so that all of it is of one moment in time."""
    letters, answers = func.coalesce(func.sum(func.length(Answer.text)), 0), func.count(Answer.id)
    texts, known = (func.coalesce(func.max(one), 0) for one in (MomentSize.texts, MomentSize.answers))
    row = session.execute(
        select(BYTES_A_LETTER * letters, answers, texts, known)
        .select_from(Answer)
        .outerjoin(MomentSize, MomentSize.evidence_id == Answer.evidence_id)
        .where(Answer.evidence_id == evidence_id)
    ).one()
    return Measured(*(int(number) for number in row))


def _correct_moment(session: Session, evidence_id: int, measured: Measured) -> None:
    owner = select(Holder.id).join(Evidence, Evidence.holder_id == Holder.id).where(Evidence.id == evidence_id)
    holder_id = session.scalar(owner.with_for_update(of=Holder))
    here = session.get(MomentSize, evidence_id)
    known = (here.texts, here.answers) if here else (0, 0)
    if holder_id is not None and known == (measured.known_texts, measured.known_answers):
        add_texts(
            session,
            holder_id,
            evidence_id,
            measured.texts - measured.known_texts,
            measured.answers - measured.known_answers,
        )


def _miscounted_holders(session: Session, among: Sequence[int]) -> list[tuple[int, int, int]]:
    """Holders *among* these of whom another sum stands there than their moments have: the right one, and the one that was
    read."""
    none = literal(0)
    texts = select(Evidence.holder_id, MomentSize.texts.label("size"), none.label("known")).join(
        MomentSize, MomentSize.evidence_id == Evidence.id
    )
    files = select(Evidence.holder_id, Attachment.size, none).join(Attachment, Attachment.evidence_id == Evidence.id)
    theirs = Evidence.holder_id.in_(among)
    said = select(Endorsement.holder_id, Endorsement.size, none).where(Endorsement.holder_id.in_(among))
    counted = select(HolderSize.holder_id, none, HolderSize.moments).where(HolderSize.holder_id.in_(among))
    each = union_all(texts.where(theirs), files.where(theirs), said, counted).subquery()
    size, known = func.sum(each.c.size), func.sum(each.c.known)
    rows = session.execute(select(each.c.holder_id, size, known).group_by(each.c.holder_id).having(size != known))
    return [(row[0], int(row[1]), int(row[2])) for row in rows]


def _correct_holder(session: Session, holder_id: int, size: int, known: int) -> None:
    if session.get(Holder, holder_id, with_for_update=True) is None:
        return
    here = holder_size(session, holder_id)
    if (here.moments if here else 0) == known:
        add_size(session, holder_id, size - known)


def _miscounted_visitors(session: Session, among: Sequence[int]) -> list[int]:
    """Visitors *among* these of whose badges another sum stands there than they have."""
    among = session.scalars(select(Holder.id).where(Holder.id.in_(among), Holder.kept_at.is_(None))).all()
    if not among:
        return []
    theirs = KeptBadge.holder_id.in_(among)
    badges = select(KeptBadge.holder_id, (BadgeSize.files + BadgeSize.answers).label("size")).join(
        BadgeSize, BadgeSize.badge_id == KeptBadge.id
    )
    files = (
        select(KeptBadge.holder_id, func.max(BadgeSize.came_in))
        .join(BadgeSize, BadgeSize.badge_id == KeptBadge.id)
        .where(BadgeSize.came_in > 0)
        .group_by(KeptBadge.holder_id, KeptBadge.came_in)
    )
    counted = select(HolderSize.holder_id, -HolderSize.badges).where(HolderSize.holder_id.in_(among))
    each = union_all(badges.where(theirs), files.where(theirs), counted).subquery()
    visitors = select(Holder.id).join(each, each.c.holder_id == Holder.id)
    return list(session.scalars(visitors.group_by(Holder.id).having(func.sum(each.c.size) != 0)))
