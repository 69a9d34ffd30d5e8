"""Messages that their holders reported, for the operator to read (`wallet reports`); nothing by which to find the holder."""

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


def erase_messages_of(session: Session, sender: str, now: datetime) -> int:
    """Erase the messages that are signed by *sender*, or that say to reach them so, as they typed it: how many there were. Who has
    none to read any more is written no letter about them."""
    typed = accounts.clean_line(sender)
    theirs = or_(Message.reply_to == typed, Message.sender == typed) if typed else Message.id.is_(None)
    readers = select(accounts.Holder.id).where(accounts.Holder.id.in_(select(Message.holder_id).where(theirs)))
    holder_ids = session.scalars(readers.order_by(accounts.Holder.id).with_for_update()).all()
    count = len(session.scalars(delete(Message).where(theirs).returning(Message.id)).all())
    for holder_id in holder_ids:
        if not inbox.count_unread(session, holder_id, now):
            letters.cancel_letters(session, holder_id, now)
    return count
