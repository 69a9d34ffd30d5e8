"""What a holder tells, as it is kept: moments, answers, what goes with them and which badges they speak of."""

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from .. import accounts, storage

KEY_LIMIT = 40


class EvidenceFull(Exception):  # what happened, in the words of the page
    """The holder has told as much as they may; `reason` is one word, as of AttachmentRefused."""

    reason = "full"


class MomentFull(EvidenceFull):  # what happened, in the words of the page
    """As much goes with the moment as may: nothing that is taken off another one makes room, nor does a key."""

    reason = "too-many"


class Evidence(accounts.OfHolder):
    """A moment that a holder tells."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("holder_id", "key"),
        storage.index_of_removed("evidence"),
        storage.NEVER_AGAIN,
    )

    key: Mapped[str] = mapped_column(String(KEY_LIMIT))
    """Of the page on which it was begun: begun twice from there, it is begun once."""
    begun_at: Mapped[datetime] = mapped_column(storage.Moment)
    told_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder read it over and saved it; None while it is a draft."""
    removed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    edition: Mapped[storage.Edition]
    """By which one knows whether it may look otherwise to others than before."""


class Answer(storage.Numbered):
    """What a holder answered to one question, at one time."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("evidence_id", "key"),
        Index("ix_answers_latest", "evidence_id", "question", "id"),
        storage.NEVER_AGAIN,
    )

    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    """"" where they took back what they had said; a word of SITUATIONS for the situation."""
    key: Mapped[str] = mapped_column(String(KEY_LIMIT))
    made_at: Mapped[datetime] = mapped_column(storage.Moment)


class EvidencedBadge(storage.Base):
    """A badge that a moment speaks of."""

    __tablename__ = "evidenced_badges"

    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True)
    badge_id: Mapped[int] = mapped_column(ForeignKey("badges.id", ondelete="CASCADE"), primary_key=True, index=True)


class Attachment(storage.Numbered):
    """A photo, a recording, a file or a link that goes with a moment."""

    __tablename__ = "attachments"
    __table_args__ = (
        UniqueConstraint("evidence_id", "key"),
        storage.index_of_removed("attachments"),
        storage.NEVER_AGAIN,
    )

    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(KEY_LIMIT))
    kind: Mapped[str] = mapped_column(String(16))
    """photo, recording, file or link."""
    name: Mapped[str] = mapped_column(String(120))
    """Of the file; "" for a link."""
    address: Mapped[str] = mapped_column(Text)
    """Where a link leads; "" for all others."""
    file: Mapped[str | None] = mapped_column(String(64))
    """Where its bytes are kept; None for a link."""
    preview: Mapped[str | None] = mapped_column(String(64))
    """A small picture of a photo."""
    media_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    """Bytes that it takes with its preview."""
    width: Mapped[int | None]
    height: Mapped[int | None]
    """Of a photo, in pixels."""
    seconds: Mapped[int | None]
    """Of a recording."""
    question: Mapped[str | None] = mapped_column(String(16))
    """Which one a recording answers; None where nobody knows, and for all others."""
    added_at: Mapped[datetime] = mapped_column(storage.Moment)
    removed_at: Mapped[datetime | None] = mapped_column(storage.Moment)


ATTACHMENTS = storage.rows_naming_files(
    "attachment", Attachment.id, (Attachment.file, Attachment.preview), lambda *names: names
)
attachment_files = ATTACHMENTS.owned_files
"""Every file that an attachment needs, of *which* or of all: whose it is (`attachment 12`), and its name."""
