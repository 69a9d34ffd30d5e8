"""Evidence as its holder sees it: what was told last, what is attached, which badges it speaks of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import badges, storage
from . import editing
from .answers import PLACE, SENTENCE, SITUATION, WORDS
from .models import Answer, Attachment, Evidence, EvidencedBadge

OF_AN_ATTACHMENT = ("id", "kind", "name", "address", "media_type", "size", "width", "height", "seconds")


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceView:
    """A moment, as its holder sees it."""

    id: int
    key: str
    """By which the phone that began it knows it."""
    begun_at: datetime
    told_at: datetime | None
    answers: Mapping[str, Answer]
    """The latest one to each question that was answered."""
    badge_ids: Sequence[int]
    attachments: Sequence[Attachment]

    def text(self, question: str) -> str:
        """What they say to *question*, "" for nothing."""
        answer = self.answers.get(question)
        return answer.text if answer else ""

    def voices(self, question: str) -> Sequence[Attachment]:
        """What they say to *question* by their voice; one of which nobody knows what it answers tells what happened."""
        spoken = [one for one in self.attachments if one.kind == "recording"]
        return [one for one in spoken if (one.question or WORDS[0]) == question]

    def is_answered(self, question: str) -> bool:
        """Whether they say something to *question*, in writing or by their voice."""
        return bool(self.text(question) or self.voices(question))

    @property
    def is_full(self) -> bool:
        """Whether as much goes with it as may."""
        return len(self.attachments) >= editing.MOST_ATTACHED

    @property
    def is_spoken(self) -> bool:
        """Whether a voice of theirs goes with it."""
        return any(one.kind == "recording" for one in self.attachments)

    @property
    def situation(self) -> str:
        """A word of SITUATIONS, or "" where they do not say."""
        return self.text(SITUATION)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is told yet but where it was."""
        return not any(self.text(question) for question in (*WORDS, SENTENCE)) and not self.attachments

    @property
    def beginning(self) -> str:
        """By which it is called in a list: the sentence that says it all, else the first words that they found."""
        return next((text for question in (SENTENCE, *WORDS) if (text := self.text(question))), "")


def view_moment(session: Session, holder_id: int, evidence_id: int) -> EvidenceView:
    """The holder's moment of that id; raises Missing, also when it was removed."""
    return _tell(session, [editing.get_moment(session, holder_id, evidence_id)])[0]


def moments_page(session: Session, holder_id: int, number: int) -> tuple[list[EvidenceView], int, int]:
    """The moments on page *number* (the first or the last one where there is none), which page it is, and of how many."""
    mine = (Evidence.holder_id == holder_id, Evidence.removed_at.is_(None))
    count = session.scalar(select(func.count()).select_from(Evidence).where(*mine)) or 0
    number, leaves = badges.page_number(number, count)
    shown = (
        select(Evidence)
        .where(*mine)
        .order_by(Evidence.id.desc())
        .limit(badges.PAGE_LENGTH)
        .offset((number - 1) * badges.PAGE_LENGTH)
    )
    return _tell(session, list(session.scalars(shown))), number, leaves


def saved_moments(session: Session, holder_id: int) -> list[tuple[int, datetime]]:
    """The moments that the holder saved, and when."""
    mine = select(Evidence.id, Evidence.told_at).where(Evidence.holder_id == holder_id, Evidence.removed_at.is_(None))
    return [(row.id, row.told_at) for row in session.execute(mine.where(Evidence.told_at.is_not(None)))]


def badges_told_of(session: Session, holder_id: int) -> frozenset[int]:
    """The badges of which a moment speaks that the holder saved, by their ids."""
    saved = (Evidence.holder_id == holder_id, Evidence.removed_at.is_(None), Evidence.told_at.is_not(None))
    spoken_of = select(EvidencedBadge.badge_id).join(Evidence, Evidence.id == EvidencedBadge.evidence_id)
    return frozenset(session.scalars(spoken_of.where(*saved)))


def view_moments(session: Session, holder_id: int, ids: Collection[int]) -> list[EvidenceView]:
    """Those of the holder's moments, the newest first; one that was removed is not among them."""
    mine = select(Evidence).where(Evidence.holder_id == holder_id, Evidence.removed_at.is_(None))
    return _tell(session, list(session.scalars(mine.where(Evidence.id.in_(ids)).order_by(Evidence.id.desc()))))


def view_all_moments(session: Session, holder_id: int, badge_id: int | None = None) -> list[EvidenceView]:
    """The holder's moments, the newest first; with *badge_id* those that speak of that badge."""
    mine = select(Evidence).where(Evidence.holder_id == holder_id, Evidence.removed_at.is_(None))
    if badge_id is not None:
        spoken_of = select(EvidencedBadge.evidence_id).where(EvidencedBadge.badge_id == badge_id)
        mine = mine.where(Evidence.id.in_(spoken_of))
    return _tell(session, list(session.scalars(mine.order_by(Evidence.id.desc()))))


def moment_as_json(telling: EvidenceView) -> dict[str, Any]:
    """*telling* as others are shown it, in plain JSON; nothing is in it but what a share may show."""
    return {
        "situation": telling.text(SITUATION),
        "place": telling.text(PLACE),
        "sentence": telling.text(SENTENCE),
        "said": [[question, text] for question in WORDS if (text := telling.text(question))],
        "attachments": [{column: getattr(one, column) for column in OF_AN_ATTACHMENT} for one in telling.attachments],
    }


def _tell(session: Session, some: Sequence[Evidence]) -> list[EvidenceView]:
    ids = [told.id for told in some]
    latest = (
        select(func.max(Answer.id)).where(Answer.evidence_id.in_(ids)).group_by(Answer.evidence_id, Answer.question)
    )
    given = session.scalars(select(Answer).where(Answer.id.in_(latest)))
    answers = storage.grouped((one.evidence_id, one) for one in given)
    there = select(EvidencedBadge).join(badges.KeptBadge, badges.KeptBadge.id == EvidencedBadge.badge_id)
    spoken_of = there.where(EvidencedBadge.evidence_id.in_(ids), badges.KeptBadge.removed_at.is_(None)).order_by(
        badges.KeptBadge.id
    )
    badge_ids = storage.grouped((one.evidence_id, one.badge_id) for one in session.scalars(spoken_of))
    attached = select(Attachment).where(Attachment.evidence_id.in_(ids), Attachment.removed_at.is_(None))
    attachments = storage.grouped((one.evidence_id, one) for one in session.scalars(attached.order_by(Attachment.id)))
    return [
        EvidenceView(
            id=told.id,
            key=told.key,
            begun_at=told.begun_at,
            told_at=told.told_at,
            answers={one.question: one for one in answers[told.id]},
            badge_ids=badge_ids[told.id],
            attachments=attachments[told.id],
        )
        for told in some
    ]
