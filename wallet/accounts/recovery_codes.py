"""The rescue paper: a code on paper that opens a wallet whose key is lost.

128 random bits, of which only the hash is kept: whoever reads the database cannot enter (ASVS 5.0, 6.5.2). A holder has
one paper; making another one replaces it. It opens once: when whoever came back by it has made a key or another
paper it is spent. Until then it opens again after a minute, for an answer that got lost on the way locks nobody out;
but whoever it let in before is out then. A spent paper opens again only when what came of its use is undone (recovery/flows.py).
"""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import Moment, Numbered, hash_of_secret, insert
from . import crockford

AGAIN = timedelta(minutes=1)
"""How long after a use the same paper may be tried again, if nothing came of that use."""


class RecoveryCode(Numbered):
    """A holder's rescue paper."""

    __tablename__ = "papers"

    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it let somebody in who has neither made a key nor another paper yet."""
    return_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    """The return during which it was made, if there was one: it is void when that is stopped."""


def make_recovery_code(session: Session, holder_id: int, now: datetime, return_id: int | None = None) -> str:
    """A new paper, the only one from now on: its code, which is told this once."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.holder_id == holder_id))
    code = crockford.new_code()
    restore_recovery_code(session, holder_id, hash_of_secret(code), now, return_id)
    return code


def get_recovery_code(session: Session, holder_id: int) -> RecoveryCode | None:
    """The holder's paper."""
    return session.scalar(select(RecoveryCode).where(RecoveryCode.holder_id == holder_id))


def holder_of_recovery_code(session: Session, code: str) -> int | None:
    """The id of the holder whose paper has this *code*."""
    return session.scalar(select(RecoveryCode.holder_id).where(RecoveryCode.code_hash == hash_of_secret(code)))


def use_recovery_code(session: Session, code: str, now: datetime) -> RecoveryCode | None:
    """The paper of *code*, which lets somebody in now; None for none, or one that did so a moment ago.

    Of many at once one gets it: the write decides (docs/security.md G3).
    """
    free = or_(RecoveryCode.used_at.is_(None), RecoveryCode.used_at <= now - AGAIN)
    return session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.code_hash == hash_of_secret(code), free)
        .values(used_at=now)
        .returning(RecoveryCode),
        execution_options={"populate_existing": True},
    )


def is_recovery_code_of(session: Session, holder_id: int, code: str) -> bool:
    """Whether *code* is that of the holder's paper; nothing is used up."""
    return holder_of_recovery_code(session, code) == holder_id


def spend_recovery_code(session: Session, holder_id: int, code_hash: bytes | None = None) -> bool:
    """A paper of the holder that let somebody in opens no more; only that of *code_hash*, if told. Whether there was one."""
    spent = (
        delete(RecoveryCode)
        .where(RecoveryCode.holder_id == holder_id, RecoveryCode.used_at.is_not(None))
        .returning(RecoveryCode.id)
    )
    if code_hash is not None:
        spent = spent.where(RecoveryCode.code_hash == code_hash)
    return session.scalar(spent) is not None


def restore_recovery_code(
    session: Session, holder_id: int, code_hash: bytes, made_at: datetime, return_id: int | None
) -> None:
    """A paper that was spent opens again; the holder has no other."""
    insert(session, RecoveryCode(holder_id=holder_id, code_hash=code_hash, made_at=made_at, return_id=return_id))
