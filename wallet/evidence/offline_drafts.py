"""Drafts that a device kept while nothing could be sent: taken in once, however often they come.

A device seals what it keeps under a key that only its holder is given again (`draft_key`). It sends a draft with a name that
it made of all that is in it: the same draft has the same name, and another word in it makes another. What was made of a
draft is kept under that name, in the very transaction that makes it; so a draft that comes three times, as it does when
the answers are lost on their way, is one moment, and is answered three times the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import accounts, badges, storage
from . import answers, attachments, editing, models

LASTS = timedelta(days=30)
"""How long a device keeps a draft that it cannot send."""
REMEMBERED = timedelta(days=60)
"""How long we know a draft again: longer, for clocks that are wrong."""
MOST_BADGES = 20
"""Badges that a draft may speak of."""
IN_PLACE_OF = "in place of {}"
"""The key of a moment begun because that one is gone: all that comes late for it goes to this one."""


class DraftDelivery(accounts.OfHolder):
    """A draft that came, and what was made of it."""

    __tablename__ = "sendings"
    __table_args__ = (UniqueConstraint("holder_id", "key"), storage.NEVER_AGAIN)

    key: Mapped[str] = mapped_column(String(models.KEY_LIMIT))
    """The name that the device gave it."""
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id", ondelete="SET NULL"), index=True)
    """The moment that it is now, or that it went to; None where nothing of it could be kept, or it is gone since."""
    refused: Mapped[list[list[str]]] = mapped_column(storage.Document)
    """What of it was not kept: the name of each file, and why, a word of `AttachmentRefused`."""
    wants_sentence: Mapped[bool]
    """Whether it began a moment with a voice, and without a sentence that says what it tells."""
    sent_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a device sends."""

    key: str
    """The name of what is in it."""
    begun_as: str
    """The name of the draft itself, whatever is in it: under it the moment is begun, and its answers are kept."""
    said: Mapping[str, str]
    """The answers by their questions; none of them is longer than LIMITS lets it be."""
    badge_ids: Sequence[int] = ()
    evidence_id: int = 0
    """The moment to which it goes; 0 for a new one."""
    after: int = 0
    """The answer after which that one was written."""
    unless: str = ""
    """The key of a page on which the same answer stood last: where that was sent, it holds. "" for none."""
    files: Sequence[Mapping[str, Any]] = ()
    """What goes with it: the columns of attachments, whose bytes are kept already."""
    instead: Sequence[int] = ()
    """Of each file the voice that it takes the place of, 0 for none."""
    refused: Sequence[attachments.AttachmentRefusal] = field(default=())


def draft_key(holder: accounts.Holder, keyring: storage.Keyring) -> bytes:
    """The 32 bytes under which devices seal the drafts of *holder*: the same every time, and nobody else's."""
    return keyring.mark(holder.handle, "drafts")


def find_delivery(session: Session, holder_id: int, key: str) -> DraftDelivery | None:
    """What was made of that draft when it came before."""
    return session.scalar(select(DraftDelivery).where(DraftDelivery.holder_id == holder_id, DraftDelivery.key == key))


def get_delivery(session: Session, holder_id: int, sending_id: int) -> DraftDelivery | None:
    """The sending of that id, for the page that tells what was refused."""
    return session.scalar(
        select(DraftDelivery).where(DraftDelivery.holder_id == holder_id, DraftDelivery.id == sending_id)
    )


def keep_draft(session: Session, holder_id: int, draft: Draft, now: datetime) -> DraftDelivery:
    """Keep *draft*, all of it or nothing, and know it again. Raises Missing when the holder is gone, and EvidenceFull.

    What finds no room is not refused but stays in the phone, with all the rest: nobody else has it. A badge that is not
    theirs any more is not spoken of. What was to go to a moment that is gone meanwhile begins another one, so that no word
    is lost.
    """
    editing.lock_evidence(session, holder_id, now)
    if found := find_delivery(session, holder_id, draft.key):
        storage.schedule_removal(session, (what[column] for what in draft.files for column in ("file", "preview")), now)
        return found
    moment = _moment(session, holder_id, draft, now) if draft.said or draft.files else None
    for question, text in draft.said.items():
        if moment and not (draft.unless and answers.is_answered(session, moment, question, draft.unless)):
            answers.keep_answer(
                session, holder_id, moment, answers.SentAnswer(question, text, draft.begun_as, draft.after), now
            )
    new = [editing.add_attachment(session, holder_id, moment or 0, now, **what) for what in draft.files]
    for number, replaced in zip(new, draft.instead, strict=False):
        if replaced:
            editing.replace_voice(session, holder_id, moment or 0, number, replaced, now)
    is_spoken = any(what["kind"] == "recording" for what in draft.files) and not draft.evidence_id
    sent = DraftDelivery(
        holder_id=holder_id,
        key=draft.key,
        evidence_id=moment,
        refused=[list(one) for one in draft.refused],
        wants_sentence=is_spoken and not draft.said.get(answers.SENTENCE),
        sent_at=now,
    )
    return storage.insert(session, sent)


def forget_old_deliveries(session: Session, now: datetime) -> bool:
    """Of drafts that no device can still hold nothing is known any more: some of them go; whether there are more."""
    return storage.delete_some(session, DraftDelivery, DraftDelivery.sent_at, now - REMEMBERED)


def _moment(session: Session, holder_id: int, draft: Draft, now: datetime) -> int:
    """The moment to which the draft goes, or a new one."""
    if draft.evidence_id:
        try:
            return editing.get_moment(session, holder_id, draft.evidence_id).id
        except storage.Missing:
            return _follow(session, holder_id, draft, IN_PLACE_OF.format(draft.evidence_id), now)
    return _follow(session, holder_id, draft, draft.begun_as, now)


def _follow(session: Session, holder_id: int, draft: Draft, key: str, now: datetime) -> int:
    """The moment begun under *key*; where it was taken away since, the one that took its place, of however many."""
    while True:
        try:
            return _begin(session, holder_id, draft, key, now)
        except storage.Missing:
            under = select(models.Evidence.id).where(models.Evidence.holder_id == holder_id, models.Evidence.key == key)
            if (gone := session.scalar(under)) is None:
                raise
            key = IN_PLACE_OF.format(gone)


def _begin(session: Session, holder_id: int, draft: Draft, key: str, now: datetime) -> int:
    theirs = session.scalars(
        select(badges.KeptBadge.id)
        .where(badges.KeptBadge.holder_id == holder_id, badges.KeptBadge.removed_at.is_(None))
        .where(badges.KeptBadge.id.in_(draft.badge_ids[:MOST_BADGES]))
    ).all()
    return answers.begin_moment(
        session,
        holder_id,
        answers.SentAnswer(answers.SITUATION, draft.said.get(answers.SITUATION, ""), key),
        theirs,
        now,
    )
