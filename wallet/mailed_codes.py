"""The codes that go to e-mail addresses: what they are, how long they live, and how often they may be tried.

Rule 1: a code has eight signs, 40 random bits, for whatever purpose: one kind is easier to explain, and to type.
Rule 2: before the code to come back stand four signs more, the label of its letter, another one for each code. Whoever
asks for that code is nobody we know, and whatever tells Sonia from a stranger before she has typed something (who asked
first, a cookie, a network) strangers have without end. The letter she alone has. So what is typed without its label is no
try at all: nobody who has not read the letter spends one, from however many browsers and networks.
Rule 3: a try is counted before anything is compared, by a write that locks the code's row: five a browser, of which none
counts against another one, and OF_ALL by all browsers together: who knows the label has a thousand guesses in the hour
that a code lives, one chance in a billion. Who does not know it has to guess twelve signs, 60 bits.
Rule 4: that the label was right does not show: the answer is the same, and so is all that is read, worked out and written.
Who learned it could spend the tries of the one who reads the letter.
Rule 5: letters are counted by the codes that they brought, whoever asked for them: a row stays until none of its letters
counts any more.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import crockford, letters
from .database import Base, Document, Moment

SIGNS, LABEL = 8, 4
"""Of a code, and of what stands before it in a letter to come back."""
GROUP = 4
"""Signs that are written together."""
LASTS = timedelta(hours=1)
TRIES = 5
"""Of one browser."""
OF_ALL = 1000
"""Of all browsers together."""
HOUR = timedelta(hours=1)
"""In which letters are counted."""
LIMIT = 254
"""Characters of an address. Source: RFC 5321, 4.5.3.1.3, its angle brackets taken off."""
Purpose = Literal["verify", "return"]


class MailedCode(Base):
    """A code that was sent to an address: a mark to compare with, which this instance alone can make."""

    __tablename__ = "mailed_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    """What it is for: to verify the address, or to come back by it."""
    plain: Mapped[str] = mapped_column(String(LIMIT), index=True)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Whose it is; None where the address is nobody's, so that nobody learns that from us."""
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    tries: Mapped[int] = mapped_column(default=0)
    """By all browsers together, but what was typed without the label."""
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """Until when it may come back."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The code itself, sealed for one more letter; None when it is over."""
    letters_at: Mapped[list[str] | None] = mapped_column(Document)
    """When its letters were written; None in a row of before there was this column, which had one."""


class BrowserTries(Base):
    """How often one browser tried a code."""

    __tablename__ = "mailed_code_tries"
    __table_args__ = {}  # noqa: RUF012  # SQLAlchemy reads it; the number is the code's, and that is never given again

    code_id: Mapped[int] = mapped_column(ForeignKey("mailed_codes.id", ondelete="CASCADE"), primary_key=True)
    browser: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """The hash of the secret in its cookie; that of nothing for all who keep no cookie."""
    tries: Mapped[int] = mapped_column(default=0)
    network: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    promised: Mapped[bool | None]
    """These two are written no more since codes have labels; they go one release later, with a migration."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What writes a code: how it is marked, how it is sealed into its letter, and the language of the letter."""

    mark: letters.Seal
    seal: letters.Seal
    language: str
    may_write: Callable[[str], bool]
    """Whether one more letter may go to that mailbox: counted where no row is, for those of a wallet go with it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed as a code, and the secret of the browser in which it was; "" where it keeps no cookie."""

    code: str
    browser: str = ""


def make(
    session: Session, purpose: Purpose, plain: str, holder_id: int | None, now: datetime, hand: Hand
) -> tuple[MailedCode, bytes]:
    """A new code and its first letter: its row, and the code itself, sealed."""
    code = "".join(secrets.choice(crockford.ALPHABET) for _ in range(SIGNS))
    row = MailedCode(purpose=purpose, plain=plain, holder_id=holder_id, ends_at=now + LASTS, tries=0)
    written = _label(row, hand.mark) + code
    groups = " ".join(written[start : start + GROUP] for start in range(0, len(written), GROUP))
    sealed = hand.seal(groups.encode(), letters.PURPOSE)
    row.code_hash, row.sealed, row.letters_at = _mark(row, code, hand.mark), sealed, [now.isoformat()]
    session.add(row)
    session.flush()
    return row, sealed


def newest(
    session: Session, purpose: Purpose, plain: str, holder_id: int | None, now: datetime, *, for_update: bool = False
) -> MailedCode | None:
    """The newest code for that address and holder that may still come back."""
    query = select(MailedCode).where(
        MailedCode.purpose == purpose,
        MailedCode.plain == plain,
        MailedCode.holder_id == holder_id,
        MailedCode.ends_at > now,
    )
    query = query.order_by(MailedCode.id.desc()).limit(1)
    return session.scalar(query.with_for_update() if for_update else query)


def letters_lately(session: Session, purpose: Purpose, plain: str, now: datetime) -> list[datetime]:
    """When letters were written to the address within the last hour, whoever asked for them."""
    lately = select(MailedCode).where(
        MailedCode.purpose == purpose, MailedCode.plain == plain, MailedCode.ends_at > now - HOUR
    )
    return [at for row in session.scalars(lately) for at in _letters(row) if at > now - HOUR]


def write_again(row: MailedCode, now: datetime) -> None:
    """One more letter with the same code is counted."""
    row.letters_at = [at.isoformat() for at in (*_letters(row), now)]


def spend(session: Session, row: MailedCode, typed: Typed, now: datetime, hand: Hand) -> bool:
    """Whether what was typed is the code of *row*: one try less of that browser; the right one is used up."""
    locked = select(MailedCode).where(MailedCode.id == row.id, MailedCode.ends_at > now)
    here = session.scalar(locked.with_for_update().execution_options(populate_existing=True))
    if here is None:
        return False
    label, signs = _label(here, hand.mark), crockford.plain(typed.code)
    has_label = hmac.compare_digest(_bytes(signs[: len(label)]), _bytes(label))
    has_tries = _has_tries_left(session, here, typed, has_label=has_label)
    is_code = hmac.compare_digest(_mark(here, signs[len(label) :], hand.mark), here.code_hash)
    if not (has_label and has_tries and is_code):
        return False
    end(session, here.plain, here.holder_id, now, here.id)
    return True


def end(session: Session, plain: str, holder_id: int | None, now: datetime, code_id: int | None = None) -> None:
    """The holder's codes for the address are over, or the one of that id; their letters still count."""
    over = update(MailedCode).where(
        MailedCode.plain == plain, MailedCode.holder_id == holder_id, MailedCode.ends_at > now
    )
    if code_id is not None:
        over = over.where(MailedCode.id == code_id)
    session.execute(over.values(ends_at=now, sealed=None))


def forget_old(session: Session, now: datetime) -> None:
    """Codes whose letters count no more are erased, and their tries with them; of one that is over the seal goes before."""
    session.execute(delete(MailedCode).where(MailedCode.ends_at <= now - HOUR))
    session.execute(
        update(MailedCode).where(MailedCode.ends_at <= now, MailedCode.sealed.is_not(None)).values(sealed=None)
    )


def _has_tries_left(session: Session, row: MailedCode, typed: Typed, *, has_label: bool) -> bool:
    """Whether that browser may try once more, and then it has; the code's row is locked.

    What it types without the label counts against itself alone, and not against all who keep no cookie. It is written all
    the same, that nobody sees by the time it takes which of the two it was.
    """
    here = session.get(BrowserTries, (row.id, _browser(typed)), populate_existing=True)
    if here is None:
        here = BrowserTries(code_id=row.id, browser=_browser(typed), tries=0)
        session.add(here)
        session.flush()
    if here.tries >= TRIES or (has_label and row.tries >= OF_ALL):
        return False
    of_browser = update(BrowserTries).where(BrowserTries.code_id == row.id, BrowserTries.browser == here.browser)
    session.execute(of_browser.values(tries=BrowserTries.tries + int(has_label or bool(typed.browser))))
    of_all = update(MailedCode).where(MailedCode.id == row.id)
    session.execute(of_all.values(tries=MailedCode.tries + int(has_label)))
    return True


def _browser(typed: Typed) -> bytes:
    return sha256(_bytes(typed.browser)).digest()


def _label(row: MailedCode, mark: letters.Seal) -> str:
    """What stands before the code in a letter to come back; nothing before one that only its holder, signed in, can try."""
    if row.purpose != "return":
        return ""
    about = (row.plain, str(row.holder_id), row.ends_at.isoformat())
    marked = mark(_bytes("\n".join(about)), "mailed code label")
    return "".join(crockford.ALPHABET[byte % len(crockford.ALPHABET)] for byte in marked[:LABEL])


def _letters(row: MailedCode) -> list[datetime]:
    if row.letters_at is None:
        return [row.ends_at - LASTS]
    return [datetime.fromisoformat(at) for at in row.letters_at]


def _mark(row: MailedCode, code: str, mark: letters.Seal) -> bytes:
    """What stands for the code: of this row, and of no other."""
    about = (row.purpose, row.plain, str(row.holder_id), row.ends_at.isoformat(), code)
    return mark(_bytes("\n".join(about)), "mailed code")


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
