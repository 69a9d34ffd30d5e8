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
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, evidence, shares, storage
from ..accounts import Holder
from ..badges import ImportOutcome, KeptBadge
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
from ..storage import FileStore
from .evidence_reader import ArchivedAnswer, ArchivedAttachment, ArchivedMoment
from .import_history import Written, ensure_holder
from .zip_reader import ArchiveZip, UnusableMember

BUSY = "busy"
"""What the taking in says when too many others are at it."""


TakeIn = Callable[[bytes, str], NewAttachment]
"""Makes bytes harmless that came under a name; raises AttachmentRefused, BUSY where the same once more may do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenAttachment:
    """What goes with a moment, its bytes on the shelf."""

    key: str
    kind: str
    name: str
    address: str
    added_at: datetime
    size: int
    media_type: str = ""
    file: str | None = None
    preview: str | None = None
    width: int | None = None
    height: int | None = None
    seconds: int | None = None

    @property
    def files(self) -> set[str]:
        """The names of all files that its row will name."""
        return {self.file or "", self.preview or ""} - {""}


def keep_moments(
    session: Session,
    holder: Holder | None,
    told: Sequence[tuple[int, ArchivedMoment]],
    badge_ids: Mapping[int, int],
    now: datetime,
) -> Written:
    """Moments of an archive, each with where it is told of: how many came back, which ones they are here, how many found
    no room. *badge_ids* are the holder's badges by their places in the archive."""
    here, token = ensure_holder(session, holder, now)
    mine = session.scalars(select(Evidence).where(Evidence.holder_id == here.id))
    known = {one.key: one for one in mine}
    theirs = set(session.scalars(select(KeptBadge.id).where(KeptBadge.holder_id == here.id)))
    left, count, no_room, ids = max(0, evidence.room_left(session, here.id)), 0, 0, dict[int, int]()
    for at, one in told:
        key, found = _find(known, one)
        gained = _gained(session, found, one.answers)
        cost = answers_size(gained)
        if cost > left or (found is None and len(known) >= MOST_MOMENTS):
            no_room += 1
            continue
        count += found is None or found.removed_at is not None or bool(gained)
        moment = found or Evidence(holder_id=here.id, key=key, begun_at=one.begun_at)
        if moment.removed_at is not None and moment.id is not None:
            shares.detach_moment(session, moment.id)
        moment.told_at, moment.removed_at = moment.told_at or one.told_at, None
        session.add(moment)
        session.flush()
        session.add_all(
            Answer(evidence_id=moment.id, question=said.question, text=said.text, key=said.key, made_at=said.made_at)
            for said in gained
        )
        session.flush()
        if gained:
            accounts.add_texts(session, here.id, moment.id, cost, len(gained))
        _link(session, moment.id, {badge_ids[place] for place in one.places if place in badge_ids} & theirs)
        known[key], ids[at], left = moment, moment.id, left - cost
    return Written(here, token, count=count, ids=ids, no_room=no_room)


def answers_size(answers: Iterable[ArchivedAnswer]) -> int:
    """As how many bytes these texts count."""
    return sum(accounts.text_size(one.text) for one in answers)


@dataclass(slots=True)
class AttachmentsTaken:
    """What goes with a moment, as far as it was taken in."""

    held: list[TakenAttachment] = field(default_factory=list)
    problems: list[ImportOutcome] = field(default_factory=list)
    is_unfinished: bool = False
    """Whether the same archive must be brought once more."""


def take_attachments(
    told: Sequence[ArchivedAttachment], archive: ArchiveZip, take_in: TakeIn | None, files: FileStore, until: float
) -> AttachmentsTaken:
    """Take in what goes with a moment, one after the other, and lay it on the shelf; none is begun after *until*
    (monotonic seconds). Where nobody takes it in, nothing of it is kept, and each is told: `not-taken`."""
    took = AttachmentsTaken()
    for one in told:
        if monotonic() >= until:
            took.is_unfinished = True
            break
        try:
            took.held.append(_take(one, archive, take_in, files))
        except (UnusableMember, AttachmentRefused) as problem:
            if problem.reason == BUSY:
                took.is_unfinished = True
                break
            took.problems.append(ImportOutcome(one.name, "problem", problem.reason))
    return took


def _take(told: ArchivedAttachment, archive: ArchiveZip, take_in: TakeIn | None, files: FileStore) -> TakenAttachment:
    """Raises UnusableMember: missing, changed, damaged, too-big, not-taken; and what *take_in* raises."""
    about: dict[str, Any] = {"key": told.key, "added_at": told.added_at}
    if told.address:
        size = len(told.address.encode())
        return TakenAttachment(kind="link", name="", address=told.address, size=size, **about)
    content = archive.read(told.file)
    if take_in is None:
        raise UnusableMember("not-taken")
    taken = take_in(content, told.name)
    file, preview = files.keep(taken.content), files.keep(taken.preview) if taken.preview else None
    return TakenAttachment(**taken.columns(file, preview) | about)


def attachments_there(session: Session, evidence_id: int) -> dict[str, bool]:
    """What goes with a moment already, by its key: whether it was removed."""
    rows = select(Attachment.key, Attachment.removed_at).where(Attachment.evidence_id == evidence_id)
    return {key: removed_at is not None for key, removed_at in session.execute(rows)}


def keep_attachments(
    session: Session,
    holder: Holder | None,
    evidence_id: int,
    held: Sequence[TakenAttachment],
    again: Iterable[str],
    now: datetime,
) -> Written:
    """What goes with a moment of the holder: how many came back. Those of the keys *again* are here and were removed.

    A problem is told for each that finds no room. Nothing is kept where the moment was taken away meanwhile.
    """
    here, token = ensure_holder(session, holder, now)
    moment = session.get(Evidence, evidence_id)
    if moment is None or moment.holder_id != here.id:
        storage.schedule_removal(session, (name for one in held for name in one.files), now)
        return Written(here, token)
    there = session.scalars(select(Attachment).where(Attachment.evidence_id == evidence_id))
    known = {one.key: one for one in there}
    left, count, added, problems = max(0, evidence.room_left(session, here.id)), 0, 0, list[ImportOutcome]()
    for key in again:
        if key in known and known[key].removed_at:
            known[key].removed_at, count = None, count + 1
            shares.detach_moment(session, evidence_id)
    for one in held:
        if one.key in known:
            storage.schedule_removal(session, one.files, now)
            continue
        if one.size > left or len(known) >= MOST_ATTACHED:
            storage.schedule_removal(session, one.files, now)
            problems.append(ImportOutcome(one.name, "problem", "no-room"))
            continue
        columns = {name: getattr(one, name) for name in TakenAttachment.__slots__}
        known[one.key] = attachment = Attachment(evidence_id=evidence_id, **columns)
        session.add(attachment)
        left, count, added = left - one.size, count + 1, added + one.size
    session.flush()
    accounts.add_size(session, here.id, added)
    return Written(here, token, problems, count)


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
