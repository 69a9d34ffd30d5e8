"""How many bytes holders take, kept as numbers beside what they measure: whoever writes measures nothing while others wait.

Rule 1: a number changes in the transaction that changes what it measures, and under the lock of the holder whose it is.
Rule 2: what is asked within a write costs the same whatever is stored: a row of the holder, and one of each visitor. There
are MOST_VISITORS of these at most. One row for all of them would make every visitor who writes wait for the other ones.
Rule 3: what is not counted, because an earlier wallet wrote it, is measured while nobody waits (operations/storage_use_check.py).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Executable, ForeignKey, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import Base, insert
from .holders import Holder

BYTES_A_LETTER = 2
"""Bytes that a letter counts as: it hardly ever takes more in French."""
MOST_VISITORS = 16_384
"""Visitors with something of theirs here at once; the next one waits, as where there is no room."""
ASKED = "visitors"
"""Under this name a session keeps what was looked up."""


class HolderSize(Base):
    """How many bytes a holder takes."""

    __tablename__ = "holder_sizes"

    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), primary_key=True)
    moments: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """All moments with what is attached to them; what was removed counts until it is erased."""
    badges: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """All badges of a visitor; of whoever has a key it says nothing (badges/quota.py)."""


class MomentSize(Base):
    """How many bytes the texts of a moment take."""

    __tablename__ = "moment_sizes"

    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True)
    texts: Mapped[int] = mapped_column(BigInteger)
    answers: Mapped[int]
    """How many answers that is: where there are more, one of them is not counted."""


@dataclass(frozen=True, slots=True)
class Visitors:
    """What all visitors take together."""

    count: int
    moments: int
    badges: int


def text_size(text: str) -> int:
    """As how many bytes *text* counts."""
    return BYTES_A_LETTER * len(text)


def holder_size(session: Session, holder_id: int) -> HolderSize | None:
    """What the holder takes; None where nothing of theirs was counted as yet."""
    return session.get(HolderSize, holder_id, populate_existing=True)


def visitors_size(session: Session) -> Visitors:
    """What all take who have no key; what waits for a holder's word (badges/pending.py) is not theirs.

    It is looked up once in a transaction, whatever is kept there; what the transaction itself adds is added to it.
    """
    known: Visitors | None = session.info.get(ASKED)
    if known is not None:
        return known
    sums = (func.count(), func.coalesce(func.sum(HolderSize.moments), 0), func.coalesce(func.sum(HolderSize.badges), 0))
    # A bound for the one, and no index for the other: by IS NOT NULL and IS NULL SQLite goes through all holders.
    visitors = (Holder.leaves_at > datetime(2000, 1, 1, tzinfo=UTC), func.coalesce(Holder.waits_for_id, 0) == 0)
    row = session.execute(
        select(*sums).select_from(Holder).join(HolderSize, HolderSize.holder_id == Holder.id).where(*visitors)
    ).one()
    session.info[ASKED] = found = Visitors(*(int(number) for number in row))
    return found


def add_texts(session: Session, holder_id: int, evidence_id: int, size: int, answers: int) -> None:
    """So many answers more are told of the holder's moment, of so many bytes together."""
    here = update(MomentSize).where(MomentSize.evidence_id == evidence_id)
    more = {"texts": MomentSize.texts + size, "answers": MomentSize.answers + answers}
    if not _changed(session, here.values(more).returning(MomentSize.evidence_id)):
        insert(session, MomentSize(evidence_id=evidence_id, texts=size, answers=answers))
    add_size(session, holder_id, size)


def add_size(session: Session, holder_id: int, size: int) -> None:
    """The holder's moments take *size* bytes more; less, where it is below nothing."""
    here = update(HolderSize).where(HolderSize.holder_id == holder_id).values(moments=HolderSize.moments + size)
    if not _changed(session, here.returning(HolderSize.holder_id)) and size > 0:
        insert(session, HolderSize(holder_id=holder_id, moments=size, badges=0))
    if known := session.info.get(ASKED):  # only a visitor asks for it
        session.info[ASKED] = replace(known, moments=known.moments + size)


def move_sizes(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """All moments of the one are the other's from now on."""
    if here := holder_size(session, from_holder_id):
        for holder_id, size in sorted({from_holder_id: -here.moments, to_holder_id: here.moments}.items()):
            add_size(session, holder_id, size)


def set_badge_size(session: Session, holder_id: int, size: int) -> None:
    """All badges of the visitor take *size* bytes."""
    session.info.pop(ASKED, None)
    here = update(HolderSize).where(HolderSize.holder_id == holder_id).values(badges=size)
    if not _changed(session, here.returning(HolderSize.holder_id)):
        insert(session, HolderSize(holder_id=holder_id, moments=0, badges=size))


def _changed(session: Session, change: Executable) -> bool:
    return session.execute(change, execution_options={"synchronize_session": False}).first() is not None
