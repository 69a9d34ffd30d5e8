"""The six digits that a share may ask for before it shows anything.

Rule 1: a try is counted before it is looked at, by one UPDATE that also says whether it may be (docs/security.md G3
and G5): MOST_LATELY in any LATELY, MOST in all; then the share pauses until its owner goes on.
Rule 2: the digits are kept as an Argon2id hash to compare with, and sealed for the owner, who tells them to whom they like.
Rule 3: whoever gave the right digits holds a pass for PASS_LASTS: it stands in the addresses of the page's pictures and
files, is signed, and ends with the code it was given for.
"""

import hmac
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import ForeignKey, LargeBinary, String, case, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import Base, Moment, Seal, require

DIGITS = 6
MOST = 20
"""Wrong tries after which the share pauses."""
MOST_LATELY, LATELY = 5, timedelta(minutes=15)
PASS_LASTS = timedelta(minutes=15)
PASSCODE_SEAL, PASS = "share-code", "share-pass"
LENGTH, ITERATIONS, LANES, MEMORY = 32, 2, 1, 19 * 1024
"""What a try costs: KiB of memory, and how often it is gone over. Source: OWASP Password Storage Cheat Sheet, Argon2id; RFC 9106."""


class Passcode(Base):
    """The code of a share, and how often others tried it in vain."""

    __tablename__ = "passcodes"

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(128))
    """Argon2id, in the form of a PHC string."""
    code_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int]
    """Wrong ones since it was made, or since the owner went on after a pause."""
    lately: Mapped[int]
    since: Mapped[datetime | None] = mapped_column(Moment)
    """When the last of them was; a quiet LATELY later they begin anew."""

    @property
    def is_paused(self) -> bool:
        """Whether nobody gets in any more, until the owner goes on."""
        return self.tries >= MOST


@dataclass(frozen=True, slots=True)
class NewPasscode:
    """New digits, as they are kept."""

    hash: str
    sealed: bytes


def make_passcode(seal: Seal) -> NewPasscode:
    """New digits, for a share that is still to be made; some 20 ms, for which nobody should hold the database."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    costly = Argon2id(salt=os.urandom(16), length=LENGTH, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY)
    return NewPasscode(costly.derive_phc_encoded(digits.encode()), seal(digits.encode(), PASSCODE_SEAL))


def passcode_of(share_id: int, code: NewPasscode) -> Passcode:
    """The code of a share, which nobody has tried yet."""
    return Passcode(share_id=share_id, code_hash=code.hash, code_sealed=code.sealed, tries=0, lately=0)


def get_passcode(session: Session, share_ids: Collection[int]) -> Mapping[int, Passcode]:
    """The codes of these shares; those that have none are not in it."""
    return {one.share_id: one for one in session.scalars(select(Passcode).where(Passcode.share_id.in_(share_ids)))}


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was counted."""

    share_id: int
    code_hash: str
    """What it is to be compared with."""
    at: datetime
    before: datetime | None
    """When the one before it was."""


def begin_code_try(session: Session, share_id: int, now: datetime) -> Try | None:
    """Count one more try, if there may be one; None if not.

    Tries with no quiet LATELY between them count together, so there is no moment around which there could be more.
    """
    is_over = or_(Passcode.since.is_(None), Passcode.since <= now - LATELY)
    may_be = (Passcode.share_id == share_id, Passcode.tries < MOST, or_(is_over, Passcode.lately < MOST_LATELY))
    before = session.execute(select(Passcode.since).where(*may_be).with_for_update()).first()
    if before is None:
        return None
    counted = session.execute(
        update(Passcode)
        .where(*may_be)
        .values(
            tries=Passcode.tries + 1,
            lately=case((is_over, 1), else_=Passcode.lately + 1),
            since=now,
        )
        .returning(Passcode.code_hash)
    ).first()
    return Try(share_id, counted[0], now, before[0]) if counted else None


def code_digits(typed: str) -> str:
    """The digits of *typed* in any script, as 0 to 9; "" where they are not DIGITS: that is no code and needs no try."""
    digits = "".join(str(int(one)) for one in typed if one.isdecimal())
    return digits if len(digits) == DIGITS else ""


def is_code_right(code_hash: str, digits: str) -> bool:
    """Whether *digits* are those of *code_hash*; some 20 ms, with nothing open."""
    try:
        Argon2id.verify_phc_encoded(digits.encode(), code_hash)
    except InvalidKey:
        return False
    return True


def give_back_try(session: Session, right: Try) -> None:
    """The try was right: it does not count, and the ones before it are as long ago as they were.

    Where another one was begun since, its moment stays: whether it is right is not known yet.
    """
    session.execute(
        update(Passcode)
        .where(Passcode.share_id == right.share_id, Passcode.tries > 0)
        .values(
            tries=Passcode.tries - 1,
            lately=case((Passcode.lately > 0, Passcode.lately - 1), else_=0),
            since=case((Passcode.since == right.at, right.before), else_=Passcode.since),
        )
    )


def are_tries_paused(session: Session, share_id: int) -> bool:
    """Whether the share waits for its owner; raises Missing when it is gone, and its code with it."""
    return require(session.get(Passcode, share_id)).is_paused


def resume_code_tries(session: Session, share_id: int) -> None:
    """The owner lets others try again."""
    session.execute(update(Passcode).where(Passcode.share_id == share_id).values(tries=0, lately=0, since=None))


def pass_for(mark: Seal, code_hash: str, now: datetime) -> str:
    """What whoever gave the right digits shows for the pictures and files of the page."""
    ends = int((now + PASS_LASTS).timestamp())
    return f"{ends}-{_signature(mark, code_hash, ends)}"


def is_valid_pass(mark: Seal, code_hash: str, given: str, now: datetime) -> bool:
    """Whether *given* was signed by us for this code, and is not over."""
    return _ends(mark, code_hash, given) > now.timestamp()


def is_pass_over(mark: Seal, code_hash: str, given: str, now: datetime) -> bool:
    """Whether *given* was signed by us for this code, which somebody typed, and is over."""
    return 0 < _ends(mark, code_hash, given) <= now.timestamp()


def _ends(mark: Seal, code_hash: str, given: str) -> int:
    """When the pass *given* ends, in seconds since 1970; 0 for what was not signed by us for this code."""
    ends, _, signature = given.partition("-")
    if not (ends.isascii() and ends.isdecimal() and len(ends) < 12):
        return 0
    is_ours = hmac.compare_digest(_signature(mark, code_hash, int(ends)).encode(), signature.encode())
    return int(ends) if is_ours else 0


def _signature(mark: Seal, code_hash: str, ends: int) -> str:
    return mark(f"{ends} {code_hash}".encode(), PASS).hex()[:32]
