"""What a holder told, as an archive of theirs holds it: all that they ever answered for programs, what holds for people.

It is read some moments at a time, and the answers of one moment too: nobody knows how much somebody has written.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..evidence import Answer, Attachment, Evidence, EvidencedBadge, EvidenceView
from ..storage import Database, grouped
from .export_rows import row_as_json

TOGETHER = 20
"""Moments that are read in one transaction."""
ANSWERS = 50
"""Answers that are read in one transaction."""


@dataclass(frozen=True, slots=True)
class ExportedMoment:
    """A moment with all that hangs on it but its answers; what was removed lately is there, too."""

    evidence: Evidence
    badge_ids: list[int]
    attachments: list[Attachment]


@dataclass(frozen=True, kw_only=True, slots=True)
class MomentForReading:
    """A moment as the page in the archive shows it."""

    telling: EvidenceView
    paths: Mapping[int, str | None]
    """Where the file of each attachment is, by its id; None where it is missing, or a link."""
    earlier: Iterator[Answer]
    """What they answered before, the first answer first: nothing where they never changed any."""


def moments_with_ids(session: Session, holder_id: int, ids: Collection[int]) -> list[ExportedMoment]:
    """The holder's moments of these ids in their order, without those that are gone meanwhile."""
    there = select(Evidence).where(Evidence.holder_id == holder_id, Evidence.id.in_(ids)).order_by(Evidence.id)
    found = {moment.id: moment for moment in session.scalars(there)}
    links = select(EvidencedBadge).where(EvidencedBadge.evidence_id.in_(found)).order_by(EvidencedBadge.badge_id)
    badge_ids = grouped((link.evidence_id, link.badge_id) for link in session.scalars(links))
    attached = select(Attachment).where(Attachment.evidence_id.in_(found)).order_by(Attachment.id)
    attachments = grouped((one.evidence_id, one) for one in session.scalars(attached))
    return [ExportedMoment(moment, badge_ids[id], attachments[id]) for id, moment in found.items()]


def moments_of_badges(session: Session, badge_ids: Collection[int]) -> dict[int, list[int]]:
    """The moments that speak of these badges, by the badge, those that were removed as well."""
    links = select(EvidencedBadge).where(EvidencedBadge.badge_id.in_(badge_ids)).order_by(EvidencedBadge.evidence_id)
    return grouped((link.badge_id, link.evidence_id) for link in session.scalars(links))


def all_answers(database: Database, evidence_id: int) -> Iterator[Answer]:
    """Every answer to the questions about a moment, in the order in which they were given."""
    last = 0
    while True:
        given = select(Answer).where(Answer.evidence_id == evidence_id, Answer.id > last)
        with database.reading() as session:
            some = list(session.scalars(given.order_by(Answer.id).limit(ANSWERS)))
        yield from some
        if len(some) < ANSWERS:
            return
        last = some[-1].id


def answer_counts(session: Session, ids: Collection[int]) -> dict[int, int]:
    """How many answers there are to the questions about these moments, by the moment."""
    given = select(Answer.evidence_id, func.count()).where(Answer.evidence_id.in_(ids)).group_by(Answer.evidence_id)
    return {row[0]: row[1] for row in session.execute(given)}


def earlier_answers(database: Database, telling: EvidenceView, count: int) -> Iterator[Answer]:
    """What was answered about a moment before the answers that hold; *count* are all of them together."""
    if count == len(telling.answers):
        return
    hold = {answer.id for answer in telling.answers.values()}
    yield from (one for one in all_answers(database, telling.id) if one.id not in hold and one.text)


def moment_as_json(told: ExportedMoment, places: Mapping[int, int], files: Mapping[int, str | None]) -> dict[str, Any]:
    """A moment in plain JSON, without its answers; *places* has the place of each badge, *files* the path of each
    attachment, by their ids."""
    return {
        **row_as_json(told.evidence),
        "badges": [places[id] for id in told.badge_ids if id in places],
        "attachments": [{"file": files[one.id], **row_as_json(one)} for one in told.attachments],
    }
