"""The codes that go to e-mail addresses: what they are, how long they live, and how often they may be tried.

Rule 1: a code has eight signs, 40 random bits, for whatever purpose: one kind is easier to explain, and to type.
Rule 2: a try is counted before anything is compared, by a write that locks the code's row: five a browser, of which none
counts against another one, OF_NETWORK by all browsers of one network, and OF_ALL by all browsers together. A browser that
asked for the letter is promised its five, whatever others spend; so many are promised and no more, few to one network, so
that all who guess at an address have a thousand guesses in the hour that a code lives: one chance in a billion; in a whole
year, one in a hundred thousand, and then two days of wait begin that the holder is told of (recovery/by_email.py).
Rule 3: letters are counted by the codes that they brought, whoever asked for them: a row stays until none of its letters
counts any more.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ForeignKey, LargeBinary, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import SOME, Base, Document, Moment, Numbered, Seal, delete_some, hash_of_secret, insert
from . import crockford, outbox

SIGNS = 8
CODE_LASTS = timedelta(hours=1)
TRIES = 5
"""Of one browser."""
OF_ALL = 500
"""Of all browsers together, but those that are promised theirs: with these they are a thousand."""
OF_NETWORK = 200
"""Of those of one network, so that no one place uses up what all have."""
PROMISED, PROMISED_OF_NETWORK = 100, 4
"""Browsers that are promised their tries; whoever wants to keep the holder out needs 25 networks, before they ask."""
HOUR = timedelta(hours=1)
"""In which letters are counted."""
ADDRESS_LIMIT = 254
"""Characters of an address. Source: RFC 5321, 4.5.3.1.3, its angle brackets taken off."""
Purpose = Literal["verify", "return"]


class MailedCode(Numbered):
    """A code that was sent to an address: a mark to compare with, which this instance alone can make."""

    __tablename__ = "mailed_codes"

    purpose: Mapped[str] = mapped_column(String(16))
    """What it is for: to verify the address, or to come back by it."""
    plain: Mapped[str] = mapped_column(String(ADDRESS_LIMIT), index=True)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Whose it is; None where the address is nobody's, so that nobody learns that from us."""
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    tries: Mapped[int] = mapped_column(default=0)
    """By all browsers together that are promised none."""
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """Until when it may come back."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The code itself, sealed for one more letter; None when it is over."""
    letters_at: Mapped[list[str] | None] = mapped_column(Document)
    """When its letters were written; None in a row of before there was this column, which had one."""


class BrowserTries(Base):
    """How often one browser tried a code."""

    __tablename__ = "mailed_code_tries"

    code_id: Mapped[int] = mapped_column(ForeignKey("mailed_codes.id", ondelete="CASCADE"), primary_key=True)
    browser: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """The hash of the secret in its cookie; that of nothing for all who keep no cookie."""
    tries: Mapped[int] = mapped_column(default=0)
    network: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """A mark of the network from which it first came, that this instance alone can make; None for all without a cookie."""
    promised: Mapped[bool | None]
    """Whether it has its tries whatever others spend: it asked for the letter."""


@dataclass(frozen=True, slots=True)
class MailedCodeWriter:
    """What writes a code: how it is marked, how it is sealed into its letter, and the language of the letter."""

    mark: Seal
    seal: Seal
    language: str
    may_write: Callable[[str], bool]
    """Whether one more letter may go to that mailbox: counted where no row is, for those of a wallet go with it."""


@dataclass(frozen=True, slots=True)
class TypedCode:
    """What was typed as a code, the secret of the browser in which it was, and the network from which that came."""

    code: str
    browser: str = ""
    network: str = ""


def new_mailed_code() -> str:
    """A code for a letter, in two halves as people read it; it comes back as `crockford.as_typed_meant`."""
    signs = [secrets.choice(crockford.ALPHABET) for _ in range(SIGNS)]
    return "".join((*signs[: SIGNS // 2], " ", *signs[SIGNS // 2 :]))


def make_code(
    session: Session, purpose: Purpose, plain: str, holder_id: int | None, now: datetime, writer: MailedCodeWriter
) -> tuple[MailedCode, bytes]:
    """A new code and its first letter: its row, and the code itself, sealed."""
    code = new_mailed_code()
    sealed = writer.seal(code.encode(), outbox.MAIL_PURPOSE)
    row = MailedCode(purpose=purpose, plain=plain, holder_id=holder_id, ends_at=now + CODE_LASTS, tries=0)
    row.code_hash, row.sealed, row.letters_at = (
        _mark(row, crockford.as_typed_meant(code), writer.mark),
        sealed,
        [now.isoformat()],
    )
    return insert(session, row), sealed


def newest_code(
    session: Session, purpose: Purpose, plain: str, holder_id: int | None, now: datetime, *, for_update: bool = False
) -> MailedCode | None:
    """The newest code for that address and holder that may still come back."""
    query = (
        select(MailedCode)
        .where(MailedCode.purpose == purpose, MailedCode.plain == plain)
        .where(MailedCode.holder_id == holder_id, MailedCode.ends_at > now)
        .order_by(MailedCode.id.desc())
        .limit(1)
    )
    return session.scalar(query.with_for_update() if for_update else query)


def recent_letters(session: Session, purpose: Purpose, plain: str, now: datetime) -> list[datetime]:
    """When letters were written to the address within the last hour, whoever asked for them."""
    lately = select(MailedCode).where(
        MailedCode.purpose == purpose, MailedCode.plain == plain, MailedCode.ends_at > now - HOUR
    )
    return [at for row in session.scalars(lately) for at in _letters(row) if at > now - HOUR]


def count_another_letter(row: MailedCode, now: datetime) -> None:
    """One more letter with the same code is counted."""
    row.letters_at = [at.isoformat() for at in (*_letters(row), now)]


def promise_tries(session: Session, code_id: int, typed: TypedCode, writer: MailedCodeWriter) -> None:
    """The browser that asked for the code has its tries, whatever others spend; unless so many were promised already.

    The code's row is locked: whoever asked for it did that (accounts/emails.py).
    """
    browser = hash_of_secret(typed.browser)
    if session.get(BrowserTries, (code_id, browser)):
        return
    promised = select(BrowserTries.network).where(BrowserTries.code_id == code_id, BrowserTries.promised.is_(True))
    networks, network = session.scalars(promised).all(), _network(code_id, typed, writer)
    if len(networks) < PROMISED and networks.count(network) < PROMISED_OF_NETWORK:
        session.add(BrowserTries(code_id=code_id, browser=browser, tries=0, network=network, promised=True))


def spend_try(session: Session, row: MailedCode, typed: TypedCode, now: datetime, writer: MailedCodeWriter) -> bool:
    """Whether what was typed is the code of *row*: one try less of that browser; the right one is used up."""
    here = session.scalar(
        select(MailedCode)
        .where(MailedCode.id == row.id, MailedCode.ends_at > now)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if here is None or not _has_tries_left(session, here, typed, writer):
        return False
    is_right = hmac.compare_digest(_mark(here, crockford.as_typed_meant(typed.code), writer.mark), here.code_hash)
    if is_right:
        here.ends_at, here.sealed = now, None
    return is_right


def end_codes(session: Session, plain: str, holder_id: int, now: datetime) -> None:
    """The holder's codes for the address are over; their letters still count."""
    session.execute(
        update(MailedCode)
        .where(MailedCode.plain == plain, MailedCode.holder_id == holder_id)
        .where(MailedCode.ends_at > now)
        .values(ends_at=now, sealed=None)
    )


def forget_old_codes(session: Session, now: datetime) -> bool:
    """Codes whose letters count no more are erased, and their tries with them; of one that is over the seal goes before. Some
    of them; whether there are more."""
    has_more = delete_some(session, MailedCode, MailedCode.ends_at, now - HOUR)
    over = select(MailedCode.id).where(MailedCode.ends_at <= now, MailedCode.sealed.is_not(None)).limit(SOME)
    ids = session.scalars(over).all()
    unsealed = update(MailedCode).where(MailedCode.id.in_(ids)).values(sealed=None)
    session.execute(unsealed.execution_options(synchronize_session="fetch"))
    return has_more or len(ids) == SOME


def _has_tries_left(session: Session, row: MailedCode, typed: TypedCode, writer: MailedCodeWriter) -> bool:
    """Whether that browser may try once more, and then it has; the code's row is locked."""
    browser = hash_of_secret(typed.browser)
    here = session.get(BrowserTries, (row.id, browser), populate_existing=True)
    if here is None:
        # All who keep no cookie are one browser, which is of no network.
        network = _network(row.id, typed, writer) if typed.browser else None
        here = BrowserTries(code_id=row.id, browser=browser, tries=0, network=network)
        session.add(here)
    if here.tries >= TRIES:
        return False
    if not here.promised:
        # It counts for the network from which it first came, wherever it has moved since.
        if row.tries >= OF_ALL or (here.network and _tries_of(session, row.id, here.network) >= OF_NETWORK):
            return False
        row.tries += 1
    here.tries += 1
    return True


def _tries_of(session: Session, code_id: int, network: bytes) -> int:
    """How often the code was tried from that network, by browsers that are promised nothing."""
    return (
        session.scalar(
            select(func.sum(BrowserTries.tries)).where(
                BrowserTries.code_id == code_id, BrowserTries.network == network, BrowserTries.promised.is_not(True)
            )
        )
        or 0
    )


def _network(code_id: int, typed: TypedCode, writer: MailedCodeWriter) -> bytes:
    return writer.mark(f"{code_id}\n{typed.network}".encode(errors="replace"), "mailed code network")


def _letters(row: MailedCode) -> list[datetime]:
    if row.letters_at is None:
        return [row.ends_at - CODE_LASTS]
    return [datetime.fromisoformat(at) for at in row.letters_at]


def _mark(row: MailedCode, code: str, mark: Seal) -> bytes:
    """What stands for the code: of this row, and of no other."""
    about = (row.purpose, row.plain, str(row.holder_id), row.ends_at.isoformat(), code)
    return mark("\n".join(about).encode(errors="replace"), "mailed code")
