"""Messages that their holders reported, for the operator to read (`wallet reports`); nothing by which to find the holder."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from .. import accounts
from ..storage import require
from . import inbox, letters
from .models import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageForOperator:
    """A message that was reported, as the operator reads it."""

    id: int
    choice: str
    text: str
    sender: str
    reply_to: str
    sent_at: datetime
    reported_at: datetime
    closed_at: datetime | None
    share_id: int | None
    """The share that it answered, where that is not forgotten."""


def list_reported_messages(session: Session, *, closed: bool = False) -> list[MessageForOperator]:
    """Those that the operator is not done with, the oldest first; with *closed*, all of them."""
    query = select(Message).where(Message.reported_at.is_not(None)).order_by(Message.reported_at, Message.id)
    return [
        MessageForOperator(
            id=one.id,
            choice=one.choice,
            text=one.text,
            sender=one.sender,
            reply_to=one.reply_to,
            sent_at=one.sent_at,
            reported_at=one.reported_at,
            closed_at=one.closed_at,
            share_id=one.share_id,
        )
        for one in session.scalars(query if closed else query.where(Message.closed_at.is_(None)))
        if one.reported_at
    ]


def close_message_report(session: Session, message_id: int, now: datetime) -> None:
    """The operator is done with it; raises Missing."""
    message = require(session.get(Message, message_id))
    require(message.reported_at)
    message.closed_at = message.closed_at or now


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageOfSender:
    """A message, as far as an operator needs to know whose it is: nobody else reads what it says."""

    id: int
    sender: str
    reply_to: str
    sent_at: datetime


def find_messages_of(session: Session, sender: str) -> list[MessageOfSender]:
    """The messages that are signed by *sender*, or that say to reach them so, as they typed it; the oldest first."""
    typed = accounts.clean_line(sender)
    if not typed:
        return []
    query = select(Message.id, Message.sender, Message.reply_to, Message.sent_at)
    theirs = query.where(or_(Message.reply_to == typed, Message.sender == typed))
    return [MessageOfSender(**one._mapping) for one in session.execute(theirs.order_by(Message.sent_at, Message.id))]


def erase_messages(session: Session, ids: Collection[int], now: datetime) -> int:
    """Erase these messages: how many of them were still there. Who has none to read any more is written no letter about them."""
    theirs = Message.id.in_(ids)
    readers = select(accounts.Holder.id).where(accounts.Holder.id.in_(select(Message.holder_id).where(theirs)))
    holder_ids = session.scalars(readers.order_by(accounts.Holder.id).with_for_update()).all()
    count = len(session.scalars(delete(Message).where(theirs).returning(Message.id)).all())
    for holder_id in holder_ids:
        if not inbox.count_unread(session, holder_id, now):
            letters.cancel_letters(session, holder_id, now)
    return count
