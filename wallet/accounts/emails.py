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

from sqlalchemy import Index, String, UniqueConstraint, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import network, storage
from . import activity, holders, mailed_codes, outbox, recoveries
from .mailed_codes import ADDRESS_LIMIT, MailedCode, MailedCodeWriter, Purpose, TypedCode

VERIFIED = "verified_at IS NOT NULL"
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""The part before the @. Source: RFC 5322, 3.2.3 (dot-atom); other alphabets there reach few mailboxes, and two of their
letters may look like one."""
NO_DOMAIN = re.compile(r"[/?#:\[\]]|\.$")
"""What may stand in a web address and in no domain."""
MOST_ADDRESSES = 5
"""Addresses of one holder."""
LETTER_EVERY: dict[Purpose, timedelta] = {"verify": timedelta(minutes=1), "return": timedelta(minutes=10)}
LETTERS_AN_HOUR: dict[Purpose, int] = {"verify": 5, "return": 3}
NOTICE_LASTS = recoveries.RECOVERY_GUARD
"""How long a notice is worth sending: as long as somebody can be stopped."""
CodeAnswer = Literal["right", "wrong", "another's"]
"""What came of a code: it is good, it is not, or it is and the address is somebody else's."""


class NoAddress(Exception):  # what happened, in the words of the page
    """This is no e-mail address that we can write to."""


class TooManyAddresses(Exception):  # what happened, in the words of the page
    """The holder has as many addresses as one may have."""


class EmailAddress(holders.OfHolder):
    """An e-mail address that a holder gave."""

    __tablename__ = "addresses"

    written: Mapped[str] = mapped_column(String(ADDRESS_LIMIT))
    """As the holder wrote it."""
    plain: Mapped[str] = mapped_column(String(ADDRESS_LIMIT))
    """As addresses are compared."""
    added_at: Mapped[datetime] = mapped_column(storage.Moment)
    verified_at: Mapped[datetime | None] = mapped_column(storage.Moment)
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
        storage.NEVER_AGAIN,
    )


def spell(typed: str) -> tuple[str, str]:
    """An address as it is written, and as it is compared; raises NoAddress.

    It is compared in small letters and its domain in ASCII (IDNA): of two that only differ in their capitals one holder
    has one.
    """
    written = unicodedata.normalize("NFC", typed.strip().removeprefix("mailto:").strip())
    plain = ascii_address(written).lower()
    if max(len(written), len(plain)) > ADDRESS_LIMIT:
        raise NoAddress
    return written, plain


def mailbox(plain: str) -> str:
    """Where the letters to the address come together: maria+1@… and maria+2@… is most often one mailbox (RFC 5233)."""
    local, _, domain = plain.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def ascii_address(written: str) -> str:
    """The address as mail servers read it, its domain in ASCII; raises NoAddress."""
    local, _, domain = written.rpartition("@")
    try:
        place = network.read_address(f"https://{domain}/")
    except network.NotAnAddress:
        raise NoAddress from None
    is_name = "." in place.host and not place.is_number and not NO_DOMAIN.search(domain)
    if not is_name or not LOCAL.fullmatch(local) or len(local) > 64:  # RFC 5321, 4.5.3.1.1
        raise NoAddress
    return f"{local}@{place.host}"


def list_addresses(session: Session, holder_id: int) -> list[EmailAddress]:
    """The holder's addresses, the oldest first."""
    return list(
        session.scalars(select(EmailAddress).where(EmailAddress.holder_id == holder_id).order_by(EmailAddress.id))
    )


def awaited_codes(session: Session, holder_id: int, now: datetime) -> set[int]:
    """The ids of the holder's addresses to which a code went that is still good: to one that an archive brought nobody wrote."""
    went = MailedCode.plain == EmailAddress.plain, MailedCode.holder_id == EmailAddress.holder_id
    good = select(EmailAddress.id).where(
        EmailAddress.holder_id == holder_id, *went, MailedCode.purpose == "verify", MailedCode.ends_at > now
    )
    return set(session.scalars(good))


def get_address(session: Session, holder_id: int, address_id: int) -> EmailAddress:
    """The holder's address of that id; raises Missing."""
    return storage.fetch_one(
        session, select(EmailAddress).where(EmailAddress.holder_id == holder_id).where(EmailAddress.id == address_id)
    )


def add_address(session: Session, holder_id: int, typed: str, now: datetime, writer: MailedCodeWriter) -> EmailAddress:
    """The holder's address as they typed it, and a letter with a code; one that they have already gets its letter.

    Raises NoAddress, TooManyAddresses, and RecoveryPending while somebody is coming back.
    """
    written, plain = spell(typed)
    recoveries.refuse_while_pending(session, holders.lock_holder(session, holder_id).id, now)
    mine = list_addresses(session, holder_id)
    here = next((address for address in mine if address.plain == plain), None)
    if here is None:
        if len(mine) >= MOST_ADDRESSES:
            raise TooManyAddresses
        here = storage.insert(session, EmailAddress(holder_id=holder_id, written=written, plain=plain, added_at=now))
    elif here.verified_at is None:
        here.written = written
    _write_again(session, here, now, writer)
    return here


def send_code_again(session: Session, holder_id: int, address_id: int, now: datetime, writer: MailedCodeWriter) -> bool:
    """One more letter with a code, unless one has just gone or too many have: whether one is on its way. Raises Missing."""
    holders.lock_holder(session, holder_id)
    address = get_address(session, holder_id, address_id)
    _write_again(session, address, now, writer)
    newest = mailed_codes.newest_code(session, "verify", address.plain, holder_id, now)
    return newest is not None and newest.ends_at > now + mailed_codes.CODE_LASTS - LETTER_EVERY["verify"]


def verify_address(
    session: Session, known: holders.SignedIn, address_id: int, code: str, now: datetime, writer: MailedCodeWriter
) -> CodeAnswer:
    """Whether *code* is the one that was sent there last; the address is the holder's then. Raises Missing, RecoveryPending."""
    holder = holders.lock_signed_in(session, known).holder
    recoveries.refuse_while_pending(session, holder.id, now)
    address = get_address(session, holder.id, address_id)
    newest = mailed_codes.newest_code(session, "verify", address.plain, holder.id, now)
    if newest is None or not mailed_codes.spend_try(session, newest, TypedCode(code), now, writer):
        return "wrong"
    if holder_of_address(session, address.plain) not in (None, holder.id):
        return "another's"
    address.verified_at = now
    activity.note_event(session, holder.id, "address-added", now, known.device.kind)
    return "right"


def remove_address(session: Session, known: holders.SignedIn, address_id: int, now: datetime) -> None:
    """Take the address away, and the codes and letters that are on their way to it; raises Missing and RecoveryPending.

    One that was never verified is nothing to anybody: it goes at any time.
    """
    holders.lock_signed_in(session, known)
    address = get_address(session, known.holder.id, address_id)
    if address.verified_at is not None:
        recoveries.refuse_while_pending(session, known.holder.id, now)
        activity.note_event(session, known.holder.id, "address-removed", now, known.device.kind)
    to_it = outbox.Mail.address == ascii_address(address.written)
    outbox.drop_mail(session, now, outbox.Mail.holder_id == known.holder.id, to_it)
    mailed_codes.end_codes(session, address.plain, known.holder.id, now)
    session.delete(address)


def move_addresses(session: Session, from_holder_id: int, to_holder_id: int, now: datetime) -> None:
    """A visitor turned out to have a wallet: the addresses that their archive brought join it, as far as there is room; none while
    somebody is coming back."""
    if recoveries.pending_until(session, to_holder_id, now):
        return
    here = {one.plain for one in list_addresses(session, to_holder_id)}
    brought = list_addresses(session, from_holder_id)
    new = [one for one in brought if one.verified_at is None and one.plain not in here]
    for one in new[: max(0, MOST_ADDRESSES - len(here))]:
        one.holder_id = to_holder_id
    session.flush()


def holder_of_address(session: Session, plain: str) -> int | None:
    """Whose verified address it is; None when it is nobody's."""
    return session.scalar(
        select(EmailAddress.holder_id).where(EmailAddress.plain == plain, EmailAddress.verified_at.is_not(None))
    )


def begin_return(session: Session, typed: str, now: datetime, writer: MailedCodeWriter) -> int:
    """Somebody wants to come back by this address: the id of the code that is in its mailbox, if it is a holder's.

    Whether it is one does not show: for any other the same is done, and its code is known to nobody. 0 where none lives
    and no letter may go. Raises NoAddress.
    """
    _, plain = spell(typed)
    address = session.scalar(
        select(EmailAddress).where(EmailAddress.plain == plain, EmailAddress.verified_at.is_not(None)).with_for_update()
    )
    holder_id = address.holder_id if address else None
    row = mailed_codes.newest_code(session, "return", plain, holder_id, now, for_update=True)
    sealed = row.sealed if row else None
    lately = mailed_codes.recent_letters(session, "return", plain, now)
    if len(lately) >= LETTERS_AN_HOUR["return"] or (row and any(at > now - LETTER_EVERY["return"] for at in lately)):
        return row.id if row else 0
    if row is None:
        row, sealed = mailed_codes.make_code(session, "return", plain, holder_id, now, writer)
    else:
        mailed_codes.count_another_letter(row, now)
    if address and sealed:
        language = session.get_one(holders.Holder, address.holder_id).language or writer.language
        _send(session, address, outbox.Mail(kind="return", language=language, sealed=sealed), now, row.ends_at - now)
    return row.id


def get_return_code(session: Session, code_id: int, now: datetime) -> MailedCode | None:
    """The code to come back by, of that id, while it may come back."""
    return session.scalar(
        select(MailedCode).where(MailedCode.id == code_id, MailedCode.purpose == "return", MailedCode.ends_at > now)
    )


def notify_of_return(session: Session, holder_id: int, kind: str, now: datetime, language: str) -> None:
    """Tell the holder at all their verified addresses that somebody is coming back, or came; in their own language,
    or in *language*."""
    spoken = session.get_one(holders.Holder, holder_id).language or language
    for address in list_addresses(session, holder_id):
        if address.verified_at is not None:
            _send(session, address, outbox.Mail(kind=kind, language=spoken), now, NOTICE_LASTS)


def forget_address_codes(session: Session, holder_id: int) -> None:
    """The codes for the holder's own addresses are erased, also those that were asked for before the addresses were theirs."""
    theirs = select(EmailAddress.plain).where(
        EmailAddress.holder_id == holder_id, EmailAddress.verified_at.is_not(None)
    )
    session.execute(delete(MailedCode).where(MailedCode.plain.in_(theirs)))


def _write_again(session: Session, address: EmailAddress, now: datetime, writer: MailedCodeWriter) -> None:
    may_verify = address.verified_at is None and _may_verify(session, address.plain, now)
    if may_verify and writer.may_write(mailbox(address.plain)):
        _, sealed = mailed_codes.make_code(session, "verify", address.plain, address.holder_id, now, writer)
        letter = outbox.Mail(kind="verify", language=writer.language, sealed=sealed)
        _send(session, address, letter, now, mailed_codes.CODE_LASTS)


def _send(session: Session, address: EmailAddress, letter: outbox.Mail, now: datetime, lasts: timedelta) -> None:
    letter.holder_id, letter.address = address.holder_id, ascii_address(address.written)
    outbox.queue_mail(session, letter, now, lasts)


def _may_verify(session: Session, plain: str, now: datetime) -> bool:
    """Whether one more letter may go to the address, whoever asked for those before."""
    lately = mailed_codes.recent_letters(session, "verify", plain, now)
    return len(lately) < LETTERS_AN_HOUR["verify"] and all(at <= now - LETTER_EVERY["verify"] for at in lately)
