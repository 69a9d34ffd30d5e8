"""« Me prévenir par e-mail »: a letter says that something waits, and nothing of what, or of whom.

Rule 1: it goes to the first confirmed address of a holder who asked for it, and to nobody else.
Rule 2: one a day at most, and none while a message is unread of which an earlier one told. What comes within that day is
told at its end, unless it was read before. A letter that never went told nobody (accounts/outbox.py).
Rule 3: each has a link that stops them, without signing in. The link is a mark that this instance alone can make; it opens
nothing, and stops nothing but letters.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .. import accounts, storage
from .models import Message

KIND = "message"
"""Of the letter: the name of its template."""
LETTER_LASTS = timedelta(days=7)
"""How long it is worth sending."""
STOPPING = "stop letters"
MARK = 16
"""Bytes of the mark in a link that stops letters."""


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """What writes a letter: how its link is marked and sealed, and the language of whoever chose none."""

    mark: storage.Seal
    seal: storage.Seal
    language: str


def write_letter(session: Session, holder: accounts.Holder, now: datetime, writer: LetterWriter) -> bool:
    """Tell the holder, whose row is locked, that something waits, as often as the rules let; whether a letter was written."""
    if not holder.wants_letters or _is_told(session, holder):
        return False
    address = first_address(session, holder.id)
    if address is None:
        return False
    due_at = now if holder.letter_at is None else max(now, holder.letter_at + accounts.STOPPABLE_EVERY)
    holder.letter_at = due_at
    token = stop_token(holder.id, writer.mark)
    letter = accounts.Mail(
        holder_id=holder.id,
        address=accounts.ascii_address(address.written),
        kind=KIND,
        language=holder.language or writer.language,
        sealed=writer.seal(token.encode(), accounts.MAIL_PURPOSE),
    )
    accounts.queue_mail(session, letter, now, due_at - now + LETTER_LASTS, due_at=due_at)
    return True


def first_address(session: Session, holder_id: int) -> accounts.EmailAddress | None:
    """The confirmed address to which letters go."""
    return next((one for one in accounts.list_addresses(session, holder_id) if one.verified_at is not None), None)


def set_letters(session: Session, holder_id: int, now: datetime, *, wants: bool) -> bool:
    """Whether the holder wants letters from now on; False, and nothing changes, where no address is confirmed."""
    holder = accounts.lock_holder(session, holder_id)
    if wants and first_address(session, holder_id) is None:
        return False
    holder.wants_letters = wants
    if not wants:
        cancel_letters(session, holder_id, now)
    return True


def stop_token(holder_id: int, mark: storage.Seal) -> str:
    """What a link says that stops the holder's letters."""
    sign = mark(str(holder_id).encode(), STOPPING)[:MARK]
    return f"{holder_id}-{urlsafe_b64encode(sign).decode().rstrip('=')}"


def holder_of_stop_token(token: str, mark: storage.Seal) -> int | None:
    """Whose letters *token* stops; None where it is none of ours."""
    number, _, _ = token.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    is_ours = hmac.compare_digest(stop_token(int(number), mark).encode(), token.encode(errors="replace"))
    return int(number) if is_ours else None


def stop_letters(session: Session, holder_id: int, now: datetime) -> None:
    """No letter goes any more, also none that is on its way; a holder who is gone gets none either."""
    session.execute(update(accounts.Holder).where(accounts.Holder.id == holder_id).values(wants_letters=False))
    cancel_letters(session, holder_id, now)


def cancel_letters(session: Session, holder_id: int, now: datetime) -> None:
    """There is nothing to be told: a letter that has not gone yet goes no more, and is as if it never was written."""
    accounts.drop_mail(session, now, accounts.Mail.holder_id == holder_id, accounts.Mail.kind == KIND)


def _is_told(session: Session, holder: accounts.Holder) -> bool:
    """Whether a letter waits to go, or has told of something that is still unread."""
    waiting = select(accounts.Mail.id).where(accounts.Mail.holder_id == holder.id, accounts.Mail.kind == KIND)
    if holder.letter_at is None:
        return False
    unread = select(Message.id).where(
        Message.holder_id == holder.id,
        Message.read_at.is_(None),
        Message.removed_at.is_(None),
        Message.sent_at <= holder.letter_at,
        ~Message.is_history,  # of what came with an archive no letter told
    )
    return any(session.scalar(one.limit(1)) is not None for one in (waiting, unread))
