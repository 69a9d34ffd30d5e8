"""The messages of a holder: listed, read, erased and put back, reported; forgotten by a chore when their time is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from .. import accounts, badges, shares, storage
from . import letters
from .models import KEPT, MOST_MESSAGES, ArchivedMessage, Message

UNDO_REMOVAL = timedelta(days=1)
"""How long a message that was erased can be put back."""


def _mine(holder_id: int | BindParameter[int], now: datetime | None) -> tuple[ColumnElement[bool], ...]:
    there = (Message.holder_id == holder_id, Message.removed_at.is_(None))
    return (*there, Message.sent_at > now - KEPT) if now else there


def _waiting(holder_id: int | BindParameter[int], now: datetime | None = None) -> Select[int]:
    return select(func.count()).select_from(Message).where(*_mine(holder_id, now), Message.read_at.is_(None))


UNREAD = _waiting(bindparam("holder", type_=Integer))
"""`count_unread` for the pages that are asked for most (Database.fetch_rows): those that are over are erased each hour."""


def count_unread(session: Session, holder_id: int, now: datetime | None = None) -> int:
    """How many messages wait to be read."""
    return session.scalar(_waiting(holder_id, now)) or 0


def list_messages(
    session: Session, holder_id: int, number: int, now: datetime
) -> tuple[Sequence[Message], badges.BadgePage]:
    """The holder's messages on the page of that *number*, the newest first."""
    count = session.scalar(select(func.count()).select_from(Message).where(*_mine(holder_id, now))) or 0
    number, leaves = badges.page_number(number, count)
    newest = select(Message).where(*_mine(holder_id, now)).order_by(Message.sent_at.desc(), Message.id.desc())
    some = newest.limit(badges.PAGE_LENGTH).offset((number - 1) * badges.PAGE_LENGTH)
    return session.scalars(some).all(), badges.BadgePage(number, leaves, count, ())


def get_message(session: Session, holder_id: int, message_id: int, now: datetime) -> Message:
    """The holder's message of that id; raises Missing, also for one that was erased."""
    return storage.fetch_one(session, select(Message).where(*_mine(holder_id, now), Message.id == message_id))


def share_to_close(session: Session, message: Message, now: datetime) -> bool:
    """Whether others can still answer by the share that *message* answers."""
    share = session.get(shares.Share, message.share_id) if message.share_id else None
    return share is not None and share.takes_messages and share.is_open(now)


def answers_page(session: Session, message: Message) -> bool:
    """Whether *message* answers their page, which its holder knows by that name, and by no day."""
    share = session.get(shares.Share, message.share_id) if message.share_id else None
    return share is not None and share.is_page


def mark_read(session: Session, holder_id: int, message_id: int, now: datetime) -> None:
    """It was read: not while somebody has come back without a key, of whom nobody knows yet who they are.

    What a letter would tell is told then.
    """
    if accounts.pending_until(session, accounts.lock_holder(session, holder_id).id, now):
        return
    unread = (Message.holder_id == holder_id, Message.id == message_id, Message.read_at.is_(None))
    is_new = session.execute(update(Message).where(*unread).values(read_at=now).returning(Message.id)).first()
    if is_new and not count_unread(session, holder_id, now):
        letters.cancel_letters(session, holder_id, now)


def remove_message(session: Session, holder_id: int, message_id: int, now: datetime) -> None:
    """Erase it; for a day it can be put back. Raises Missing, and RecoveryPending while a thief may be in."""
    accounts.refuse_while_pending(session, accounts.lock_holder(session, holder_id).id, now)
    mine = (Message.holder_id == holder_id, Message.id == message_id)
    message = storage.fetch_one(session, select(Message).where(*mine))
    message.removed_at = message.removed_at or now
    session.flush()
    if not count_unread(session, holder_id, now):
        letters.cancel_letters(session, holder_id, now)


def remove_unread(session: Session, holder_id: int, now: datetime) -> int:
    """Erase all that wait to be read, as after a flood; raises RecoveryPending while a thief may be in.

    The id of one of them, by which all are put back (`put_back_together`): where none waits, as at a second tap, that of the last
    that was erased, 0 for none.
    """
    accounts.refuse_while_pending(session, accounts.lock_holder(session, holder_id).id, now)
    unread = (*_mine(holder_id, now), Message.read_at.is_(None))
    erased = session.scalars(update(Message).where(*unread).values(removed_at=now).returning(Message.id)).all()
    letters.cancel_letters(session, holder_id, now)
    lately = select(Message.id).where(Message.holder_id == holder_id, Message.removed_at >= now - UNDO_REMOVAL)
    last = lately.order_by(Message.removed_at.desc(), Message.id.desc()).limit(1)
    return max(erased) if erased else session.scalar(last) or 0


def put_back_together(session: Session, holder_id: int, message_id: int, now: datetime) -> None:
    """Undo that the message was erased, with all that were erased at once; nothing where it is there, or that is a day ago."""
    theirs = Message.holder_id == holder_id
    erased_at = session.scalar(select(Message.removed_at).where(theirs, Message.id == message_id))
    if erased_at and erased_at >= now - UNDO_REMOVAL:
        session.execute(update(Message).where(theirs, Message.removed_at == erased_at).values(removed_at=None))


def put_back_message(session: Session, holder_id: int, message_id: int, now: datetime) -> None:
    """Undo that it was erased; raises Missing when it is too late."""
    mine = (Message.holder_id == holder_id, Message.id == message_id)
    storage.restore_removed(session, Message, now - UNDO_REMOVAL, *mine)


def may_put_back(session: Session, holder_id: int, message_id: int, now: datetime) -> bool:
    """Whether that message was erased and can still be put back."""
    mine = (Message.holder_id == holder_id, Message.id == message_id)
    return storage.was_removed(session, Message, now - UNDO_REMOVAL, *mine)


def report_message(session: Session, holder_id: int, message_id: int, now: datetime) -> None:
    """« Signaler »: the operator reads it (moderation.py); raises Missing. What an archive brought is nobody's word."""
    message = get_message(session, holder_id, message_id, now)
    if not message.is_history:
        message.reported_at = message.reported_at or now


def close_share(session: Session, holder_id: int, message_id: int, now: datetime, came_in_id: int | None = None) -> int:
    """« Ne plus recevoir de messages par ce partage »: by the one that *message_id* answers no more come in. The share's id;
    raises Missing where that is forgotten, and RecoveryPending where the device came by the return *came_in_id*."""
    message = get_message(session, holder_id, message_id, now)
    share_id = storage.require(message.share_id)
    shares.set_takes_messages(session, holder_id, share_id, now, came_in_id, takes=False)
    return share_id


def forget_old_messages(session: Session, now: datetime) -> bool:
    """Messages that are a year old are gone; so are those that were erased, unless the operator still has to read them. Some
    of them; whether there are more."""
    waits = and_(Message.reported_at.is_not(None), Message.closed_at.is_(None))
    over = now - UNDO_REMOVAL
    erased = (Message.removed_at < over, Message.holder_id.not_in(accounts.pending_holders(now)), ~waits)
    has_more = storage.delete_some(session, Message, Message.sent_at, now - KEPT)
    return storage.delete_some(session, Message, Message.removed_at, over, *erased) or has_more


def move_messages(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """A visitor turned out to have a wallet: the messages that their archive brought join it, but those that it has, or had."""
    here = {content_of(one) for one in session.scalars(select(Message).where(Message.holder_id == to_holder_id))}
    brought = select(Message).where(Message.holder_id == from_holder_id, Message.removed_at.is_(None))
    latest = session.scalars(brought.order_by(Message.sent_at.desc(), Message.id.desc())).all()
    new = [one for one in latest if content_of(one) not in here]
    for one in new[: max(0, MOST_MESSAGES - len(here))]:
        one.holder_id = to_holder_id
    session.flush()


def content_of(message: Message | ArchivedMessage) -> tuple[datetime, str, str]:
    """By which a message is known again: when it was sent, by whom, and what it says."""
    return message.sent_at, message.sender, message.text
