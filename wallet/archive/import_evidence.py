"""The moments of an archive join those that are here, and what goes with them is taken in anew, as any upload is.

Rule 1: a moment is known again by its key and its begin, an answer and an attachment by its key: the same archive brought
twice doubles nothing. What is here stays, and gains what is not.
Rule 2: no answer is ever changed, and the last one that was kept holds. Of a moment that is new here all answers come in
the order of the archive, and what held there holds here. One that is here gains the answers that it lacks; where that
would let an older text hold, the one that holds is given once more behind them, as when a holder takes it again. So no
number of an answer ever changes, and nothing that somebody wrote is lost.
Rule 3: words before files: all answers of one moment come or none, and whatever finds no room is told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, badges, evidence, shares, storage
from ..evidence import (
    KEY_LIMIT,
    MOST_ATTACHED,
    MOST_MOMENTS,
    Answer,
    Attachment,
    AttachmentRefused,
    Evidence,
    EvidencedBadge,
    NewAttachment,
)
from .evidence_reader import ArchivedAnswer, ArchivedAttachment, ArchivedMoment
from .import_report import ImportReport, Written
from .zip_reader import ArchiveZip, UnusableMember

BUSY = "busy"
"""What the taking in says when too many others are at it."""


TakeIn = Callable[[bytes, str], NewAttachment]
"""Makes bytes harmless that came under a name; raises AttachmentRefused, BUSY where the same once more may do."""


@dataclass(frozen=True, slots=True)
class TakenAttachment:
    """What goes with a moment: the columns of its row, and the names of its files, which lie on the shelf."""

    columns: Mapping[str, Any]
    files: set[str]


def keep_moments(
    session: Session,
    holder: accounts.Holder,
    told: Sequence[tuple[int, ArchivedMoment]],
    badge_ids: Mapping[int, int],
) -> Written:
    """Moments of an archive, each with where it is told of: how many came back, which ones they are here, how many found
    no room. *badge_ids* are the holder's badges by their places in the archive."""
    known = {moment.key: moment for moment in session.scalars(select(Evidence).where(Evidence.holder_id == holder.id))}
    theirs = set(session.scalars(select(badges.KeptBadge.id).where(badges.KeptBadge.holder_id == holder.id)))
    left, count, no_room, ids = max(0, evidence.room_left(session, holder.id)), 0, 0, dict[int, int]()
    for at, one in told:
        key, found = _find(known, one)
        gained = _gained(session, found, one.answers)
        cost = answers_size(gained)
        if cost > left or (found is None and len(known) >= MOST_MOMENTS):
            no_room += 1
            continue
        count += found is None or found.removed_at is not None or bool(gained)
        moment = found or Evidence(holder_id=holder.id, key=key, begun_at=one.begun_at)
        if moment.removed_at is not None and moment.id is not None:
            shares.detach_moment(session, moment.id)
        moment.told_at, moment.removed_at = moment.told_at or one.told_at, None
        storage.insert(session, moment)
        session.add_all(
            Answer(evidence_id=moment.id, question=said.question, text=said.text, key=said.key, made_at=said.made_at)
            for said in gained
        )
        session.flush()
        if gained:
            accounts.add_texts(session, holder.id, moment.id, cost, len(gained))
        _link(session, moment.id, {badge_ids[place] for place in one.places if place in badge_ids} & theirs)
        known[key], ids[at], left = moment, moment.id, left - cost
    return Written(ImportReport(moments=count, no_room=no_room), ids)


def answers_size(answers: Iterable[ArchivedAnswer]) -> int:
    """As how many bytes these texts count."""
    return sum(accounts.text_size(one.text) for one in answers)


def take_attachments(
    told: Sequence[ArchivedAttachment],
    archive: ArchiveZip,
    take_in: TakeIn | None,
    files: storage.FileStore,
    until: float,
) -> tuple[list[TakenAttachment], ImportReport]:
    """Take in what goes with a moment, one after the other, and lay it on the shelf; none is begun after *until*
    (monotonic seconds). Where nobody takes it in, nothing of it is kept, and each is told: `not-taken`."""
    taken, report = list[TakenAttachment](), ImportReport()
    for one in told:
        if monotonic() >= until:
            report.is_unfinished = True
            break
        try:
            taken.append(_take(one, archive, take_in, files))
        except (UnusableMember, AttachmentRefused) as problem:
            if problem.reason == BUSY:
                report.is_unfinished = True
                break
            report.unattached.append(badges.ImportOutcome(one.name, "problem", problem.reason))
    return taken, report


def _take(
    told: ArchivedAttachment, archive: ArchiveZip, take_in: TakeIn | None, files: storage.FileStore
) -> TakenAttachment:
    """Raises UnusableMember: missing, changed, damaged, too-big, not-taken; and what *take_in* raises."""
    about, names = {"key": told.key, "added_at": told.added_at}, set[str]()
    if told.address:
        return TakenAttachment(evidence.link_columns(told.address) | about, names)
    content = archive.read(told.file)
    if take_in is None:
        raise UnusableMember("not-taken")
    taken = take_in(content, told.name)
    about |= {"question": told.question if taken.kind == "recording" else None}
    return TakenAttachment(taken.shelve(files.keep, names) | about, names)


def attachments_there(session: Session, evidence_id: int) -> dict[str, bool]:
    """What goes with a moment already, by its key: whether it was removed."""
    rows = select(Attachment.key, Attachment.removed_at).where(Attachment.evidence_id == evidence_id)
    return {key: removed_at is not None for key, removed_at in session.execute(rows)}


def keep_attachments(
    session: Session,
    holder: accounts.Holder,
    evidence_id: int,
    held: Sequence[TakenAttachment],
    again: Iterable[str],
    now: datetime,
) -> Written:
    """What goes with a moment of the holder: how many came back. Those of the keys *again* are here and were removed.

    A problem is told for each that finds no room. Nothing is kept where the moment was taken away meanwhile.
    """
    moment = session.get(Evidence, evidence_id)
    if moment is None or moment.holder_id != holder.id:
        storage.schedule_removal(session, (name for one in held for name in one.files), now)
        return Written(ImportReport())
    known = {one.key: one for one in session.scalars(select(Attachment).where(Attachment.evidence_id == evidence_id))}
    left, count, added, problems = max(0, evidence.room_left(session, holder.id)), 0, 0, list[badges.ImportOutcome]()
    for key in again:
        if key in known and known[key].removed_at:
            known[key].removed_at, count = None, count + 1
            shares.detach_moment(session, evidence_id)
    there = sum(one.removed_at is None for one in known.values())
    for one in held:
        key, size = one.columns["key"], one.columns["size"]
        has_room = size <= left and there < MOST_ATTACHED
        if key in known or not has_room:
            storage.schedule_removal(session, one.files, now)
            problems += [] if key in known else [badges.ImportOutcome(one.columns["name"], "problem", "no-room")]
            continue
        known[key] = Attachment(evidence_id=evidence_id, **one.columns)
        session.add(known[key])
        left, count, added, there = left - size, count + 1, added + size, there + 1
    session.flush()
    accounts.add_size(session, holder.id, added)
    return Written(ImportReport(attachments=count, unattached=problems))


def _find(known: Mapping[str, Evidence], told: ArchivedMoment) -> tuple[str, Evidence | None]:
    """The moment that *told* is here, and its key; where another one has its key, the key by which it is known here."""
    key = told.key
    while (found := known.get(key)) and found.begun_at != told.begun_at:
        key = _other(f"{key} {told.begun_at.isoformat()}")
    return key, found


def _gained(session: Session, moment: Evidence | None, told: Sequence[ArchivedAnswer]) -> list[ArchivedAnswer]:
    """The answers that are to be kept, in their order, so that the right ones hold (rule 2)."""
    if moment is None:
        return list(told)
    columns = select(Answer.id, Answer.question, Answer.key, Answer.made_at).where(Answer.evidence_id == moment.id)
    rows = session.execute(columns.order_by(Answer.id)).all()
    keys, holds = {row.key for row in rows}, {row.question: row for row in rows}
    gained = [one for one in told if one.key not in keys]
    keys |= {one.key for one in gained}
    lasts, gained_lasts = ({one.question: one for one in some} for some in (told, gained))
    for question, gained_last in gained_lasts.items():
        if question not in holds:
            continue
        held, last = holds[question], lasts[question]
        if last is gained_last and last.made_at > held.made_at:
            continue
        text = session.scalars(select(Answer.text).where(Answer.id == held.id)).one()
        if text != gained_last.text:
            key = _other(held.key)
            while key in keys:
                key = _other(key)
            gained.append(ArchivedAnswer(question, text, key, held.made_at))
    return gained


def _link(session: Session, evidence_id: int, badge_ids: set[int]) -> None:
    """Let the moment speak of these badges too."""
    here = set(session.scalars(select(EvidencedBadge.badge_id).where(EvidencedBadge.evidence_id == evidence_id)))
    session.add_all(EvidencedBadge(evidence_id=evidence_id, badge_id=id) for id in sorted(badge_ids - here))
    session.flush()


def _other(key: str) -> str:
    """Another key, always the same one."""
    return sha256(key.encode()).hexdigest()[:KEY_LIMIT]
