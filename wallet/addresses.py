"""The e-mail addresses of a holder: by each of them a badge that names it is known to be theirs.

Rule 1: an address counts when a code that was sent there came back. A verified one is one holder's only; that it is
somebody else's is told to whoever reads the mailbox, and to nobody before.
Rule 2: a code has six digits, so all that is done with it is counted by the write itself: five tries each, a letter a
minute, five an hour to one address, whoever asks; ten an hour to one mailbox that never was verified, whatever
follows its +, and whoever erased their wallet since. Only the newest code of an asker is good.
Rule 3: a letter goes to an address as its holder wrote it, never as somebody else spelt it.
"""

import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, delete, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import events, holders, letters, networks, returns
from .database import NEVER_AGAIN, Base, Missing, Moment
from .holders import Holder, Known
from .letters import Draft, Letter

VERIFIED = "verified_at IS NOT NULL"
LIMIT = 254
"""Characters of an address. Source: RFC 5321, 4.5.3.1.3, its angle brackets taken off."""
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""The part before the @. Source: RFC 5322, 3.2.3 (dot-atom); other alphabets there reach few mailboxes, and two of their
letters may look like one."""
LOCAL_LIMIT = 64
NO_DOMAIN = re.compile(r"[/?#:\[\]]|\.$")
"""What may stand in a web address and in no domain."""
MOST = 5
"""Addresses of one holder."""
CODE_LASTS = timedelta(minutes=15)
TRIES = 5
LETTER_EVERY, LETTERS_WITHIN, LETTERS_AN_HOUR = timedelta(minutes=1), timedelta(hours=1), 5
NOTICE_LASTS = returns.GUARD
"""How long a notice is worth sending: as long as somebody can be stopped."""
Purpose = Literal["verify", "return"]
Answer = Literal["right", "wrong", "another's"]
"""What came of a code: it is good, it is not, or it is and the address is somebody else's."""


class NoAddress(Exception):  # what happened, in the words of the page
    """This is no e-mail address that we can write to."""


class TooMany(Exception):  # what happened, in the words of the page
    """The holder has as many addresses as one may have."""


class Address(Base):
    """An e-mail address that a holder gave."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    written: Mapped[str] = mapped_column(String(LIMIT))
    """As the holder wrote it."""
    plain: Mapped[str] = mapped_column(String(LIMIT))
    """As addresses are compared."""
    added_at: Mapped[datetime] = mapped_column(Moment)
    verified_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a code that was sent there came back; a verified address is one holder's only."""

    __table_args__ = (
        UniqueConstraint("holder_id", "plain"),
        Index(
            "uq_addresses_plain",
            "plain",
            unique=True,
            sqlite_where=text(VERIFIED),
            postgresql_where=text(VERIFIED),
        ),
        NEVER_AGAIN,
    )


class MailedCode(Base):
    """A code that was sent to an address; of the code only a mark, which this instance alone can make."""

    __tablename__ = "mailed_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    """What it is for: to verify the address, or to come back by it."""
    plain: Mapped[str] = mapped_column(String(LIMIT), index=True)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Whose it is; None where the address is nobody's, so that nobody learns that from us."""
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    tries: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """Until when it may come back; the row stays until its hour is over, because letters are counted by it."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What writes a code: how it is marked, how it is sealed into its letter, and the language of the letter."""

    mark: letters.Seal
    seal: letters.Seal
    language: str
    may_write: Callable[[str], bool]
    """Whether one more letter may go to that mailbox: counted where no row is, for those of a wallet go with it."""


def spelt(typed: str) -> tuple[str, str]:
    """An address as it is written, and as it is compared; raises NoAddress.

    It is compared in small letters and its domain in ASCII (IDNA): of two that only differ in their capitals one holder
    has one.
    """
    written = unicodedata.normalize("NFC", typed.strip().removeprefix("mailto:").strip())
    plain = mailable(written).lower()
    if max(len(written), len(plain)) > LIMIT:
        raise NoAddress
    return written, plain


def mailbox(plain: str) -> str:
    """Where the letters to the address come together: maria+1@… and maria+2@… is most often one mailbox (RFC 5233)."""
    local, _, domain = plain.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def mailable(written: str) -> str:
    """The address as mail servers read it, its domain in ASCII; raises NoAddress."""
    local, _, domain = written.rpartition("@")
    try:
        place = networks.read_place(f"https://{domain}/")
    except networks.Misplaced:
        raise NoAddress from None
    is_name = "." in place.host and not place.is_number and not NO_DOMAIN.search(domain)
    if not is_name or not LOCAL.fullmatch(local) or len(local) > LOCAL_LIMIT:
        raise NoAddress
    return f"{local}@{place.host}"


def of(session: Session, holder_id: int) -> list[Address]:
    """The holder's addresses, the oldest first."""
    return list(session.scalars(select(Address).where(Address.holder_id == holder_id).order_by(Address.id)))


def one(session: Session, holder_id: int, address_id: int) -> Address:
    """The holder's address of that id; raises Missing."""
    found = session.scalar(select(Address).where(Address.holder_id == holder_id, Address.id == address_id))
    if found is None:
        raise Missing
    return found


def add(session: Session, holder_id: int, typed: str, now: datetime, hand: Hand) -> Address:
    """The holder's address as they typed it, and a letter with a code; one that they have already gets its letter.

    Raises NoAddress, TooMany, and Guarded while somebody is coming back.
    """
    written, plain = spelt(typed)
    returns.guard(session, _locked(session, holder_id).id, now)
    mine = of(session, holder_id)
    here = next((address for address in mine if address.plain == plain), None)
    if here is None:
        if len(mine) >= MOST:
            raise TooMany
        here = Address(holder_id=holder_id, written=written, plain=plain, added_at=now)
        session.add(here)
        session.flush()
    elif here.verified_at is None:
        here.written = written
    _write_again(session, here, now, hand)
    return here


def write_again(session: Session, holder_id: int, address_id: int, now: datetime, hand: Hand) -> None:
    """One more letter with a code, unless one has just gone or too many have; raises Missing."""
    _locked(session, holder_id)
    _write_again(session, one(session, holder_id, address_id), now, hand)


def verify(session: Session, known: Known, address_id: int, code: str, now: datetime, hand: Hand) -> Answer:
    """Whether *code* is the one that was sent there last; the address is the holder's then. Raises Missing, Guarded."""
    holder = holders.locked(session, known).holder
    returns.guard(session, holder.id, now)
    address = one(session, holder.id, address_id)
    newest = _newest(session, "verify", address.plain, now, holder.id)
    if newest is None or not spend(session, newest, code, now, hand):
        return "wrong"
    if verified(session, address.plain) not in (None, holder.id):
        return "another's"
    address.verified_at = now
    events.note(session, holder.id, "address-added", now, known.device.kind)
    session.flush()
    return "right"


def remove(session: Session, known: Known, address_id: int, now: datetime) -> None:
    """Take the address away, and the codes and letters that are on their way to it; raises Missing and Guarded.

    One that was never verified is nothing to anybody: it goes at any time.
    """
    holders.locked(session, known)
    address = one(session, known.holder.id, address_id)
    if address.verified_at is not None:
        returns.guard(session, known.holder.id, now)
        events.note(session, known.holder.id, "address-removed", now, known.device.kind)
    session.execute(
        delete(Letter).where(Letter.holder_id == known.holder.id, Letter.address == mailable(address.written))
    )
    session.execute(
        update(MailedCode)
        .where(MailedCode.holder_id == known.holder.id, MailedCode.plain == address.plain)
        .values(tries=TRIES)
    )
    session.delete(address)
    session.flush()


def verified(session: Session, plain: str) -> int | None:
    """Whose verified address it is; None when it is nobody's."""
    return session.scalar(select(Address.holder_id).where(Address.plain == plain, Address.verified_at.is_not(None)))


def ask_to_return(session: Session, typed: str, now: datetime, hand: Hand) -> int:
    """Somebody wants to come back by this address: the id of the code that was sent there, if it is a holder's.

    Whether it is one does not show: for any other the same is done, and its code is known to nobody. Where no letter
    may go now it is that of the last one, or 0. Raises NoAddress.
    """
    _, plain = spelt(typed)
    query = select(Address).where(Address.plain == plain, Address.verified_at.is_not(None))
    address = session.scalar(query.with_for_update())
    if not _may_write(session, "return", plain, now):
        newest = _newest(session, "return", plain, now)
        return newest.id if newest else 0
    row, sealed = _new_code(session, "return", plain, address.holder_id if address else None, now, hand)
    if address:
        language = session.get_one(Holder, address.holder_id).language
        _send(session, address, "return", sealed, now, language or hand.language)
    return row.id


def asked(session: Session, code_id: int, now: datetime) -> MailedCode | None:
    """The code to come back by, of that id, while it may come back."""
    query = select(MailedCode).where(MailedCode.id == code_id, MailedCode.purpose == "return", MailedCode.ends_at > now)
    return session.scalar(query)


def spend(session: Session, row: MailedCode, code: str, now: datetime, hand: Hand) -> bool:
    """Whether *code* is that of *row*: one try less, counted before anything is compared; the right one is used up."""
    tried = (
        update(MailedCode)
        .where(MailedCode.id == row.id, MailedCode.tries < TRIES, MailedCode.ends_at > now)
        .values(tries=MailedCode.tries + 1)
        .returning(MailedCode.id)
    )
    if session.scalar(tried) is None:
        return False
    if not hmac.compare_digest(_mark(row, "".join(code.split()), hand.mark), row.code_hash):
        return False
    session.execute(update(MailedCode).where(MailedCode.id == row.id).values(tries=TRIES))
    return True


def notify(session: Session, holder_id: int, kind: str, now: datetime, language: str) -> None:
    """Tell the holder at all their verified addresses that somebody is coming back, or came; in their own language,
    or in *language*."""
    spoken = session.get_one(Holder, holder_id).language or language
    for address in of(session, holder_id):
        if address.verified_at is not None:
            draft = Draft(kind=kind, address=mailable(address.written), language=spoken, lasts=NOTICE_LASTS)
            letters.write(session, holder_id, draft, now)


def forget_old(session: Session, now: datetime) -> None:
    """Codes by which no letter is counted any more are erased."""
    session.execute(delete(MailedCode).where(MailedCode.ends_at <= now + CODE_LASTS - LETTERS_WITHIN))


def forget_codes(session: Session, holder_id: int) -> None:
    """The codes for the holder's own addresses are erased, also those that were asked for before the addresses were theirs."""
    theirs = select(Address.plain).where(Address.holder_id == holder_id, Address.verified_at.is_not(None))
    session.execute(delete(MailedCode).where(MailedCode.plain.in_(theirs)))


def _locked(session: Session, holder_id: int) -> Holder:
    holder = session.get(Holder, holder_id, with_for_update=True)
    if holder is None:
        raise Missing
    return holder


def _write_again(session: Session, address: Address, now: datetime, hand: Hand) -> None:
    if address.verified_at is not None or not _may_write(session, "verify", address.plain, now):
        return
    if not hand.may_write(mailbox(address.plain)):
        return
    _, sealed = _new_code(session, "verify", address.plain, address.holder_id, now, hand)
    _send(session, address, "verify", sealed, now, hand.language)


def _send(session: Session, address: Address, kind: Purpose, sealed: bytes, now: datetime, language: str) -> None:
    draft = Draft(kind=kind, address=mailable(address.written), language=language, lasts=CODE_LASTS, sealed=sealed)
    letters.write(session, address.holder_id, draft, now)


def _new_code(
    session: Session, purpose: Purpose, plain: str, holder_id: int | None, now: datetime, hand: Hand
) -> tuple[MailedCode, bytes]:
    """A new code: its row, and the code itself, sealed for its letter."""
    code = f"{secrets.randbelow(10**6):06}"
    row = MailedCode(purpose=purpose, plain=plain, holder_id=holder_id, ends_at=now + CODE_LASTS, tries=0)
    row.code_hash = _mark(row, code, hand.mark)
    session.add(row)
    session.flush()
    return row, hand.seal(code.encode(), letters.PURPOSE)


def _mark(row: MailedCode, code: str, mark: letters.Seal) -> bytes:
    """What stands for the code: of this row, and of no other."""
    about = (row.purpose, row.plain, str(row.holder_id), row.ends_at.isoformat(), code)
    return mark("\n".join(about).encode(errors="replace"), "mailed code")


def _may_write(session: Session, purpose: Purpose, plain: str, now: datetime) -> bool:
    """Whether one more letter may go to the address, whoever asked for those before."""
    lately = select(MailedCode.ends_at).where(
        MailedCode.purpose == purpose,
        MailedCode.plain == plain,
        MailedCode.ends_at > now + CODE_LASTS - LETTERS_WITHIN,
    )
    ends = list(session.scalars(lately))
    return len(ends) < LETTERS_AN_HOUR and all(end <= now + CODE_LASTS - LETTER_EVERY for end in ends)


def _newest(
    session: Session, purpose: Purpose, plain: str, now: datetime, holder_id: int | None = None
) -> MailedCode | None:
    """The code that was sent last, while it may come back; that of one holder, or whoever's it is."""
    there = (MailedCode.purpose == purpose, MailedCode.plain == plain, MailedCode.ends_at > now)
    query = select(MailedCode).where(*there).order_by(MailedCode.id.desc()).limit(1)
    return session.scalar(query if holder_id is None else query.where(MailedCode.holder_id == holder_id))
