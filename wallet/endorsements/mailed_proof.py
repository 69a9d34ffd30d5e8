"""A code to a tutor's mailbox at work: that it was typed is all that is ever said of an address.

Rule 1: a letter goes to no address but the one that was typed, once for each word, and says nothing that a holder wrote: nobody
can write to others through us.
Rule 2: the code may be tried TRIES times, each counted by one UPDATE before anything is compared; then the word stands without.
Rule 3: of the address stay its domain and a mark of its mailbox that this instance alone can make: by it several words from one
mailbox are known. Until the code is typed, or over, the address lies there sealed.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .. import accounts, storage
from . import mail_hosts, withdrawing
from .models import CODE_LASTS, Endorsement

TRIES = 3
LETTER = "endorsement"
"""The kind of the letter: the name of its template."""
ADDRESS, CODE, MAILBOX = "endorsement-address", "endorsement-code", "endorsement-mailbox"
"""For what the address is sealed, and codes and mailboxes are marked."""
CodeOutcome = Literal["right", "wrong", "over", "own"]
"""It is the code; it is not; it is over, by time or by tries; it is, and the address is of whoever asked for the word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SentCode:
    """A code that is to go to an address."""

    code_hash: bytes
    address: str
    address_sealed: bytes
    language: str
    code_sealed: bytes


def address_problem(typed: str) -> str:
    """Why no code goes to *typed*: it is `no-address`, or `free`, where anybody has a mailbox; "" where one may go."""
    try:
        _, plain = accounts.spell(typed)
    except accounts.NoAddress:
        return "no-address"
    return "free" if mail_hosts.is_free_mail(_domain(plain)) else ""


def make_code(typed: str, secret: str, writer: accounts.MailedCodeWriter) -> SentCode:
    """A code for the address *typed*, which has no problem, and for the word that the link of *secret* takes back."""
    written, plain = accounts.spell(typed)
    code = accounts.new_mailed_code()
    return SentCode(
        code_hash=_mark_of(code, secret, writer.mark),
        address=accounts.ascii_address(written),
        address_sealed=writer.seal(plain.encode(), ADDRESS),
        language=writer.language,
        code_sealed=writer.seal(code.encode(), accounts.MAIL_PURPOSE),
    )


def mailbox_of(typed: str) -> str:
    """The mailbox of an address that has no problem, by which letters to it are counted."""
    return accounts.mailbox(accounts.spell(typed)[1])


def send_code(session: Session, endorsement: Endorsement, sent: SentCode, now: datetime) -> None:
    """The code goes to its address; the word waits for it as long as it lives."""
    endorsement.code_hash, endorsement.code_sealed = sent.code_hash, sent.address_sealed
    endorsement.arrives_at = now + CODE_LASTS
    letter = accounts.Mail(
        holder_id=endorsement.holder_id,
        address=sent.address,
        kind=LETTER,
        language=sent.language,
        sealed=sent.code_sealed,
    )
    accounts.queue_mail(session, letter, now, CODE_LASTS)


def is_code_awaited(endorsement: Endorsement, now: datetime) -> bool:
    """Whether the code that went to their mailbox may still come back."""
    is_there = endorsement.code_hash is not None and endorsement.withdrawn_at is None
    return is_there and now < endorsement.arrives_at and endorsement.code_tries < TRIES


def tries_left(endorsement: Endorsement) -> int:
    """How often the code may be typed still."""
    return max(TRIES - endorsement.code_tries, 0)


def type_code(
    session: Session, secret: str, typed: str, now: datetime, mark: storage.Seal, unseal: storage.Seal
) -> CodeOutcome:
    """What comes of the code that was typed for the word of *secret*: where it is right, the domain of the address is told from
    now on, and the word waits no longer. Once it was right it stays so, as for a button that is touched twice. Raises Missing."""
    id = withdrawing.find_given(session, secret).id
    awaited = (Endorsement.code_hash.is_not(None), Endorsement.arrives_at > now, Endorsement.code_tries < TRIES)
    tried = (
        update(Endorsement)
        .where(Endorsement.id == id, *awaited, Endorsement.withdrawn_at.is_(None))
        .values(code_tries=Endorsement.code_tries + 1)
    )
    if session.scalar(tried.returning(Endorsement.id)) is None:
        return "right" if session.scalar(select(Endorsement.means).where(Endorsement.id == id)) == "mail" else "over"
    found = session.get_one(Endorsement, id, populate_existing=True)
    if not hmac.compare_digest(_mark_of(typed, secret, mark), found.code_hash or b""):
        if found.code_tries < TRIES:
            return "wrong"
        _end_code(found, now)
        return "over"
    plain = storage.unseal_or_empty(unseal, found.code_sealed or b"", ADDRESS)
    _end_code(found, now)
    if not plain or accounts.mailbox(plain) in _mailboxes_of(session, found.holder_id):
        return "own"
    found.means, found.mail_domain = "mail", _domain(plain)
    found.mail_mark = mark(f"{found.holder_id}\n{accounts.mailbox(plain)}".encode(), MAILBOX)
    return "right"


def skip_code(session: Session, secret: str, now: datetime) -> None:
    """They do not wait for the code, or do not find it: the word stands without. Raises Missing."""
    found = withdrawing.find_given(session, secret)
    if is_code_awaited(found, now):
        _end_code(found, now)


def forget_unproven(session: Session, now: datetime) -> bool:
    """Of codes that are over no address stays; some of them: whether there are more."""
    over = (Endorsement.code_sealed.is_not(None), Endorsement.arrives_at <= now)
    ids = session.scalars(select(Endorsement.id).where(*over).limit(storage.SOME).with_for_update()).all()
    forgotten = update(Endorsement).where(Endorsement.id.in_(ids)).values(code_hash=None, code_sealed=None)
    session.execute(forgotten)
    return len(ids) == storage.SOME


def _mailboxes_of(session: Session, holder_id: int) -> set[str]:
    """Where letters to the holder come together."""
    return {accounts.mailbox(one.plain) for one in accounts.list_addresses(session, holder_id) if one.verified_at}


def _end_code(endorsement: Endorsement, now: datetime) -> None:
    endorsement.code_hash = endorsement.code_sealed = None
    endorsement.arrives_at = min(endorsement.arrives_at, now)


def _mark_of(code: str, secret: str, mark: storage.Seal) -> bytes:
    """What stands for a code: of this word, and of no other."""
    meant = (accounts.as_typed_meant(secret), accounts.as_typed_meant(code))
    return mark("\n".join(meant).encode(errors="replace"), CODE)


def _domain(plain: str) -> str:
    return plain.rpartition("@")[2]
