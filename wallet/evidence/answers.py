"""What a holder answers to the questions about a moment: each answer is kept as it is given, and none is ever changed.

The same answer sent again, as a phone does that heard nothing of the first time, is the same answer: it has the key of
the page on which it was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import accounts, storage
from . import editing
from .models import Answer, Evidence, EvidenceFull

SITUATION, PLACE, SENTENCE = "situation", "place", "sentence"
STEPS = ("situation", "facts", "me", "result", "learning")
"""The questions, in the order in which they are asked: where, what happened, what they did, what came of it, what stays."""
WORDS = STEPS[1:]
"""Those that are answered in one's own words."""
SITUATIONS = ("work", "internship", "training", "association", "home", "elsewhere")
"""Where it happened: at work (a job, an AFEST, a SIAE), in an internship, in training, …"""
TEXT_LIMIT = 20_000
"""Characters of one answer; a page of paper has some 3,000."""
SHORT_LIMIT = 120
"""Characters of a place's name, and of the sentence that says it all."""
LIMITS = dict.fromkeys(WORDS, TEXT_LIMIT) | dict.fromkeys((SITUATION, PLACE, SENTENCE), SHORT_LIMIT)
"""All that may be answered: the name of the place and the sentence that says it all are asked beside the others."""


def clean_answer(question: str, text: str) -> str:
    """*text* as an answer to *question*: of the situation only a word that we offer.

    A browser counts a new line as one letter, and sends two (HTML, 4.10.19.6 and 4.10.21.4).
    """
    if question == SITUATION and text not in SITUATIONS:
        return ""
    return text.replace("\r\n", "\n")[: LIMITS[question]]


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """An answer that is sent: to which question, by which page, and after which answer (0 for none) it was written."""

    question: str
    text: str
    key: str
    after: int = 0


def begin_moment(session: Session, holder_id: int, said: SentAnswer, badge_ids: Sequence[int], now: datetime) -> int:
    """A new moment that begins with an answer, and speaks of these badges of the holder: its id.

    The same page sent again is the same moment. Raises Missing where a badge is not theirs, EvidenceFull.
    """
    editing.lock_evidence(session, holder_id, now)
    mine = select(Evidence.id).where(Evidence.holder_id == holder_id)
    known = session.scalar(mine.where(Evidence.key == said.key))
    if known is None:
        if (session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= editing.MOST_MOMENTS:
            raise EvidenceFull
        known = storage.insert(session, Evidence(holder_id=holder_id, key=said.key, begun_at=now)).id
        editing.set_badges(session, holder_id, known, badge_ids)
    keep_answer(session, holder_id, known, said, now)
    return known


def keep_answer(session: Session, holder_id: int, evidence_id: int, said: SentAnswer, now: datetime) -> Answer | None:
    """Keep what was said; the answer of another window that it did not know of, where there is one.

    Both are kept, and this one holds. What says nothing new is not kept twice; what a page had said before another one
    wrote comes late, and holds no more. Raises Missing, EvidenceFull.
    """
    editing.lock_evidence(session, holder_id, now)
    editing.get_moment(session, holder_id, evidence_id)
    mine = select(Answer).where(Answer.evidence_id == evidence_id)
    latest = session.scalar(mine.where(Answer.question == said.question).order_by(Answer.id.desc()).limit(1))
    if said.text == (latest.text if latest else ""):
        return None
    if not said.text and latest and latest.id != said.after:
        return latest  # an empty box that did not know of this text takes nothing back
    before = list(session.scalars(mine.where(Answer.key.startswith(said.key, autoescape=True))))
    is_own = latest is not None and latest in before
    if not is_own and any(one.question == said.question and one.text == said.text for one in before):
        return None
    editing.need_room(session, holder_id, accounts.text_size(said.text))
    # Somebody who goes back finds the same page, with its key, and writes something else: that is another answer.
    key = f"{said.key}-{len(before)}" if before else said.key
    session.add(Answer(evidence_id=evidence_id, question=said.question, text=said.text, key=key, made_at=now))
    accounts.add_texts(session, holder_id, evidence_id, accounts.text_size(said.text), 1)
    return latest if latest and latest.text and latest.id != said.after and not is_own else None


def is_answered(session: Session, evidence_id: int, question: str, key: str) -> bool:
    """Whether the page of that *key* was sent with an answer."""
    given = select(Answer.id).where(Answer.evidence_id == evidence_id, Answer.question == question)
    return session.scalar(given.where(Answer.key.startswith(key, autoescape=True)).limit(1)) is not None


def restore_answer(session: Session, holder_id: int, evidence_id: int, answer_id: int, key: str, now: datetime) -> str:
    """Let an earlier answer hold again, by giving it once more: to which question. Raises Missing."""
    earlier = get_answer(session, holder_id, evidence_id, answer_id)
    keep_answer(session, holder_id, evidence_id, SentAnswer(earlier.question, earlier.text, key), now)
    return earlier.question


def list_earlier_answers(session: Session, holder_id: int, evidence_id: int) -> list[Answer]:
    """Every answer that ever was given, the latest first; raises Missing."""
    editing.get_moment(session, holder_id, evidence_id)
    return list(session.scalars(select(Answer).where(Answer.evidence_id == evidence_id).order_by(Answer.id.desc())))


def get_answer(session: Session, holder_id: int, evidence_id: int, answer_id: int) -> Answer:
    """That answer, be it the latest or not; raises Missing."""
    editing.get_moment(session, holder_id, evidence_id)
    return storage.fetch_one(session, select(Answer).where(Answer.evidence_id == evidence_id, Answer.id == answer_id))
