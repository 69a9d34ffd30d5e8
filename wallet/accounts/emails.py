"""The e-mail addresses of a holder: by each of them a badge that names it is known to be theirs.

Rule 1: an address counts when a code that was sent there came back. A verified one is one holder's only; that it is
somebody else's is told to whoever reads the mailbox, and to nobody before.
Rule 2: to verify an address a new code goes each time, once a minute and five an hour to one address, whoever asks; ten
an hour to one mailbox that never was verified, whatever follows its +, and whoever erased their wallet since. Only the
newest code of an asker is good.
Rule 3: to come back, all who ask while a code lives are asked for that same one: whoever reads the mailbox has it there,
and nobody else can ask so often that it is another one. Its letter goes once in ten minutes at most, and three an hour;
as a code lives an hour, a new one may always be sent when it is over.
Rule 4: a letter goes to an address as its holder wrote it, never as somebody else spelt it.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..network import ip_policy as networks
from ..storage.database import NEVER_AGAIN, Base, Missing, Moment
from . import activity as events
from . import holders, mailed_codes
from . import outbox as letters
from . import recoveries as returns
from .holders import Holder, Known
from .mailed_codes import Hand, MailedCode, Purpose, Typed
from .outbox import Draft, Letter

VERIFIED = "verified_at IS NOT NULL"
LIMIT = mailed_codes.LIMIT
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""The part before the @. Source: RFC 5322, 3.2.3 (dot-atom); other alphabets there reach few mailboxes, and two of their
letters may look like one."""
LOCAL_LIMIT = 64
NO_DOMAIN = re.compile(r"[/?#:\[\]]|\.$")
"""What may stand in a web address and in no domain."""
MOST = 5
"""Addresses of one holder."""
LETTER_EVERY: dict[Purpose, timedelta] = {"verify": timedelta(minutes=1), "return": timedelta(minutes=10)}
LETTERS_AN_HOUR: dict[Purpose, int] = {"verify": 5, "return": 3}
NOTICE_LASTS = returns.GUARD
"""How long a notice is worth sending: as long as somebody can be stopped."""
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
    newest = mailed_codes.newest(session, "verify", address.plain, holder.id, now)
    if newest is None or not mailed_codes.spend(session, newest, Typed(code), now, hand):
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
    mailed_codes.end(session, address.plain, known.holder.id, now)
    session.delete(address)
    session.flush()


def verified(session: Session, plain: str) -> int | None:
    """Whose verified address it is; None when it is nobody's."""
    return session.scalar(select(Address.holder_id).where(Address.plain == plain, Address.verified_at.is_not(None)))


def ask_to_return(session: Session, typed: str, now: datetime, hand: Hand) -> int:
    """Somebody wants to come back by this address: the id of the code that is in its mailbox, if it is a holder's.

    Whether it is one does not show: for any other the same is done, and its code is known to nobody. 0 where none lives
    and no letter may go. Raises NoAddress.
    """
    _, plain = spelt(typed)
    query = select(Address).where(Address.plain == plain, Address.verified_at.is_not(None))
    address = session.scalar(query.with_for_update())
    holder_id = address.holder_id if address else None
    row = mailed_codes.newest(session, "return", plain, holder_id, now, for_update=True)
    sealed = row.sealed if row else None
    lately = mailed_codes.letters_lately(session, "return", plain, now)
    has_many = len(lately) >= LETTERS_AN_HOUR["return"]
    if has_many or (row and any(at > now - LETTER_EVERY["return"] for at in lately)):
        return row.id if row else 0
    if row is None:
        row, sealed = mailed_codes.make(session, "return", plain, holder_id, now, hand)
    else:
        mailed_codes.write_again(row, now)
    if address and sealed:
        language = session.get_one(Holder, address.holder_id).language
        _send(session, address, "return", sealed, now, language or hand.language, row.ends_at - now)
    return row.id


def asked(session: Session, code_id: int, now: datetime) -> MailedCode | None:
    """The code to come back by, of that id, while it may come back."""
    query = select(MailedCode).where(MailedCode.id == code_id, MailedCode.purpose == "return", MailedCode.ends_at > now)
    return session.scalar(query)


def notify(session: Session, holder_id: int, kind: str, now: datetime, language: str) -> None:
    """Tell the holder at all their verified addresses that somebody is coming back, or came; in their own language,
    or in *language*."""
    spoken = session.get_one(Holder, holder_id).language or language
    for address in of(session, holder_id):
        if address.verified_at is not None:
            draft = Draft(kind=kind, address=mailable(address.written), language=spoken, lasts=NOTICE_LASTS)
            letters.write(session, holder_id, draft, now)


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
    if address.verified_at is not None or not _may_verify(session, address.plain, now):
        return
    if not hand.may_write(mailbox(address.plain)):
        return
    _, sealed = mailed_codes.make(session, "verify", address.plain, address.holder_id, now, hand)
    _send(session, address, "verify", sealed, now, hand.language, mailed_codes.LASTS)


def _send(
    session: Session,
    address: Address,
    kind: Purpose,
    sealed: bytes,
    now: datetime,
    language: str,
    lasts: timedelta,
) -> None:
    draft = Draft(kind=kind, address=mailable(address.written), language=language, lasts=lasts, sealed=sealed)
    letters.write(session, address.holder_id, draft, now)


def _may_verify(session: Session, plain: str, now: datetime) -> bool:
    """Whether one more letter may go to the address, whoever asked for those before."""
    lately = mailed_codes.letters_lately(session, "verify", plain, now)
    every, most = LETTER_EVERY["verify"], LETTERS_AN_HOUR["verify"]
    return len(lately) < most and all(at <= now - every for at in lately)
