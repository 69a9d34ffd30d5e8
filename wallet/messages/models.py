"""A message as it is kept: what somebody who was shown a share answered its holder, and how they can be reached.

It is the holder's: it stays when the share is over or forgotten, a year or until they erase it. What its sender typed is
text and nothing else: no page makes a link of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from .. import accounts, shares, storage

CHOICES = ("meet", "question", "no")
"""They want to meet, they have a question, or not this time: that is an answer, too."""
LIMITS: Final[Mapping[str, int]] = {"text": 200, "sender": 80, "reply_to": 120}
"""Characters of what is typed."""
KEPT = timedelta(days=365)
"""How long a message stays, unless its holder erases it before."""
MOST_UNREAD, MOST_UNREAD_OF_SHARE = 200, 50
"""Messages that wait to be read, of a holder and of one of their shares: what floods one share leaves room for the others."""
MOST_MESSAGES = 1_000
"""Messages of a holder, read or not."""


class Message(accounts.OfHolder):
    """What somebody answered to a share."""

    __tablename__ = "messages"
    __table_args__ = (storage.index_of_removed("messages"), storage.NEVER_AGAIN)

    share_id: Mapped[int | None] = mapped_column(ForeignKey("shares.id", ondelete="SET NULL"), index=True)
    """The share that it answers; None when that was forgotten, and for what came back with an archive."""
    purpose: Mapped[str] = mapped_column(String(shares.PURPOSE_LIMIT))
    shared_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """For what the share was, in the holder's words, and when it was made: told when it is forgotten, too."""
    choice: Mapped[str] = mapped_column(String(16))
    """One of CHOICES."""
    text: Mapped[str] = mapped_column(String(LIMITS["text"]))
    sender: Mapped[str] = mapped_column(String(LIMITS["sender"]))
    """Who writes, in their own words; nobody has looked whether it is true."""
    reply_to: Mapped[str] = mapped_column(String(LIMITS["reply_to"]))
    """How to answer them: a telephone, an e-mail address, or anything."""
    sent_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    read_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    removed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder erased it; for a day it can be put back."""
    reported_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    closed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder reported it, and when the operator was done with that."""
    is_history: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it came back with an archive, which may be anybody's."""

    @property
    def leaves_at(self) -> datetime:
        """When it is erased at the latest."""
        return self.sent_at + KEPT


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What is typed into the form: cleaned, and maybe too long as yet (note_problems)."""

    choice: str = ""
    text: str = ""
    sender: str = ""
    reply_to: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedMessage:
    """A message as an archive tells of it."""

    purpose: str
    shared_at: datetime | None
    choice: str
    text: str
    sender: str
    reply_to: str
    sent_at: datetime
    read_at: datetime | None


def note_problems(note: Note) -> list[str]:
    """What is to be corrected before *note* can be sent, as the field and what is wrong with it."""
    answers = note.choice in CHOICES
    asks_back = note.choice in ("meet", "question")
    return [
        *(["choice-none"] if not answers else []),
        *(["text-none"] if note.choice == "question" and not note.text else []),
        *(["sender-none"] if not note.sender else []),
        *(["reply_to-none"] if asks_back and not note.reply_to else []),
        *(f"{field}-long" for field, limit in LIMITS.items() if len(getattr(note, field)) > limit),
    ]
