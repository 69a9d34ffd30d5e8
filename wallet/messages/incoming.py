"""A message comes in: from whom is nobody's affair but the holder's, and nothing of the sender is kept but what they typed.

Rule 1: under the lock of the holder, so that all who write at once find the bounds (models.py) as they are.
Rule 2: the same words to the same share within a day are one message, however often they are sent: a double tap, a page that
is loaded again, a script.
Rule 3: nothing that waits is ever dropped for something newer. Where there is no room that is said to whoever writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import accounts, shares, storage
from . import letters
from .models import KEPT, MOST_MESSAGES, MOST_UNREAD, MOST_UNREAD_OF_SHARE, Message, Note

SAME = timedelta(days=1)
"""In which the same words are the same message."""


class NotTaken(Exception):  # what happened, in the words of the page
    """The share takes no messages (any more)."""


class TooManyMessages(Exception):  # what happened, in the words of the page
    """The holder has as many as may wait to be read; `reason` is one word."""

    reason = "full"


class TooManyKept(TooManyMessages):  # what happened, in the words of the page
    """The holder has as many as are kept: to read them makes no room."""

    reason = "kept-full"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message to a share reaches, as its page tells it."""

    name: str
    """The first name shown with the share, "" for none."""
    takes_messages: bool


def find_recipient(session: Session, share_id: int) -> Recipient:
    """Who answers for the share; raises Missing when it is gone."""
    share = storage.require(session.get(shares.Share, share_id))
    return Recipient(accounts.clean_name(share.name), share.takes_messages)


def check_room(session: Session, share_id: int, note: Note, now: datetime) -> None:
    """Raises as `receive_message` would: what is refused counts for nothing of what its sender may send."""
    _is_new(session, storage.require(session.get(shares.Share, share_id)), note, now)


def receive_message(
    session: Session, share_id: int, note: Note, now: datetime, writer: letters.LetterWriter | None
) -> bool:
    """Keep *note*, which has no problems, for the holder of the share; *writer* is None where no letter can go.

    Whether a letter was written. Raises Missing when the share is over meanwhile, NotTaken, TooManyMessages.
    """
    holder = accounts.lock_holder(session, storage.require(session.get(shares.Share, share_id)).holder_id)
    share = storage.require(session.get(shares.Share, share_id, populate_existing=True))
    if not _is_new(session, share, note, now):
        return False
    told = {"choice": note.choice, "text": note.text, "sender": note.sender, "reply_to": note.reply_to}
    about = {"purpose": share.purpose, "shared_at": share.created_at}
    storage.insert(session, Message(holder_id=holder.id, share_id=share_id, sent_at=now, **told, **about))
    return writer is not None and letters.write_letter(session, holder, now, writer)


def _is_new(session: Session, share: shares.Share, note: Note, now: datetime) -> bool:
    """Whether there is something to keep; raises as `receive_message` does."""
    if not share.is_open(now):
        raise storage.Missing
    if not share.takes_messages:
        raise NotTaken
    if _is_here(session, share.id, note, now):
        return False
    _need_room(session, share.holder_id, share.id, now)
    return True


def _is_here(session: Session, share_id: int, note: Note, now: datetime) -> bool:
    """Whether it came already; also one that its holder has erased since."""
    same = select(Message.id).where(
        Message.share_id == share_id,
        Message.sent_at > now - SAME,
        Message.choice == note.choice,
        Message.text == note.text,
        Message.sender == note.sender,
        Message.reply_to == note.reply_to,
    )
    return session.scalar(same.limit(1)) is not None


def _need_room(session: Session, holder_id: int, share_id: int, now: datetime) -> None:
    """Raises TooManyMessages where there is none for one more."""
    theirs = select(func.count()).select_from(Message).where(Message.holder_id == holder_id)
    waiting = theirs.where(Message.read_at.is_(None), Message.removed_at.is_(None), Message.sent_at > now - KEPT)
    bounds = (
        (theirs, MOST_MESSAGES, TooManyKept),
        (waiting, MOST_UNREAD, TooManyMessages),
        (waiting.where(Message.share_id == share_id), MOST_UNREAD_OF_SHARE, TooManyMessages),
    )
    for count, most, problem in bounds:
        if (session.scalar(count) or 0) >= most:
            raise problem
