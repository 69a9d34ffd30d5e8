"""What a holder tells themselves, beside what issuers assert: a moment that they lived, in their own words.

It is theirs, hangs on as many badges as they like, or on none, and nobody else is shown it before they choose so.

What is told is a list of answers (evidence/answers.py), and an answer is never changed: whoever writes another text adds one. So
what was told before stays to be read, and nothing is lost when two windows write the same one. The latest answer is the
one that holds. Photos, recordings, files and links are attached (evidence/attachments.py). How it is seen is in evidence/views.py.
(Open Badges 3.0, B.1.8 Evidence, is the issuer's word for the same thing; this one never enters a badge.)
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from .. import accounts, storage
from ..badges import KeptBadge
from .models import KEY_LIMIT, Answer, Attachment, Evidence, EvidencedBadge, EvidenceFull, MomentFull, attachment_files

MOST_MOMENTS = 2_000
"""Moments that one holder may tell."""
ROOM = 500 * 1024 * 1024
"""Bytes that all of a holder's evidence may take (docs/security.md C11)."""
OF_A_VISITOR = 50 * 1024 * 1024
"""The same of somebody without a key, who leaves after half an hour."""
OF_VISITORS = 1024 * 1024 * 1024
"""Bytes of the evidence of all who have no key."""
MOST_ATTACHED = 50
"""Photos, recordings, files and links of one moment."""
UNDO_REMOVAL = timedelta(days=1)
"""How long what was removed can be put back."""
FORGOTTEN_TOGETHER = 50
"""Moments, or what was taken off them, that are erased in one transaction: nobody who writes waits for more."""


def save_moment(session: Session, holder_id: int, evidence_id: int, now: datetime) -> None:
    """The holder read it over: it is no draft any more. Raises Missing."""
    found = get_moment(session, holder_id, evidence_id)
    found.told_at = found.told_at or now


def set_badges(session: Session, holder_id: int, evidence_id: int, badge_ids: Sequence[int]) -> None:
    """It speaks of these badges from now on, and of no others; raises Missing where one of them is not theirs."""
    get_moment(session, holder_id, evidence_id)
    there = select(KeptBadge.id).where(KeptBadge.holder_id == holder_id, KeptBadge.removed_at.is_(None))
    theirs = set(session.scalars(there.where(KeptBadge.id.in_(badge_ids))))
    if theirs != set(badge_ids):
        raise storage.Missing
    session.execute(  # of one that was just removed it speaks again when that is put back
        delete(EvidencedBadge).where(EvidencedBadge.evidence_id == evidence_id, EvidencedBadge.badge_id.in_(there))
    )
    session.add_all(EvidencedBadge(evidence_id=evidence_id, badge_id=id) for id in sorted(theirs))


def remove_moment(session: Session, holder_id: int, evidence_id: int, now: datetime) -> None:
    """Take it away: nothing shows it from now on. `restore_moment` undoes it while UNDO lasts. Done twice it is done once. Raises
    Missing."""
    mine = (Evidence.holder_id == holder_id, Evidence.id == evidence_id)
    storage.mark_removed(session, Evidence, now - UNDO_REMOVAL, now, *mine)


def may_restore_moment(session: Session, holder_id: int, evidence_id: int, now: datetime) -> bool:
    """Whether the moment was just removed and can still be put back."""
    mine = (Evidence.holder_id == holder_id, Evidence.id == evidence_id)
    return storage.was_removed(session, Evidence, now - UNDO_REMOVAL, *mine)


def restore_moment(session: Session, holder_id: int, evidence_id: int, now: datetime) -> None:
    """Undo a removal; raises Missing when it is too late."""
    mine = (Evidence.holder_id == holder_id, Evidence.id == evidence_id)
    storage.restore_removed(session, Evidence, now - UNDO_REMOVAL, *mine)


def restore_moments_removed_since(session: Session, holder_id: int, moment: datetime) -> None:
    """Undo every removal since *moment*: they were not the holder's."""
    session.execute(
        update(Evidence).where(Evidence.holder_id == holder_id, Evidence.removed_at >= moment).values(removed_at=None)
    )
    mine = select(Evidence.id).where(Evidence.holder_id == holder_id)
    taken_off = update(Attachment).where(Attachment.evidence_id.in_(mine), Attachment.removed_at >= moment)
    note_change(session, *session.scalars(taken_off.values(removed_at=None).returning(Attachment.evidence_id)))


def removed_moments(session: Session, now: datetime) -> list[int]:
    """Some of the moments that were removed and not put back, locked; none while a return guards the wallet, where a thief may
    be in."""
    over = (Evidence.removed_at < now - UNDO_REMOVAL, Evidence.holder_id.not_in(accounts.pending_holders(now)))
    some = select(Evidence.id).where(*over).order_by(Evidence.removed_at).limit(FORGOTTEN_TOGETHER)
    return list(session.scalars(some.with_for_update()))


def forget_removed_evidence(session: Session, now: datetime, moments: Sequence[int] | None = None) -> bool:
    """What was removed and not put back is erased, some of it: whether there is more. *moments* are `removed_moments`."""
    moments = removed_moments(session, now) if moments is None else moments
    guarded = select(Evidence.id).where(Evidence.holder_id.in_(accounts.pending_holders(now)))
    over = (Attachment.removed_at < now - UNDO_REMOVAL, Attachment.evidence_id.not_in(guarded))
    some = select(Attachment.id).where(*over).order_by(Attachment.removed_at).limit(FORGOTTEN_TOGETHER)
    taken_off = list(session.scalars(some.with_for_update()))
    attached = or_(Attachment.evidence_id.in_(moments), Attachment.id.in_(taken_off))
    storage.schedule_removal(session, _erase(session, Evidence.id.in_(moments), attached), now)
    return FORGOTTEN_TOGETHER in {len(moments), len(taken_off)}


def find_doubled(session: Session, from_holder_id: int, to_holder_id: int) -> dict[int, int]:
    """Which moments of a visitor a holder has, too, and where no answer lacks: by the visitor's the holder's.

    They are known again as by an archive (archive/import_evidence.py), which brought them. One with words of which the holder
    has none is no such moment: it comes beside theirs.
    """
    hers, said, same = aliased(Evidence), aliased(Answer), aliased(Answer)
    is_here = exists().where(
        *(same.evidence_id == hers.id, same.question == said.question, same.key == said.key, same.text == said.text)
    )
    has_more = exists().where(said.evidence_id == Evidence.id, ~is_here.correlate(hers, said))
    found = (
        select(Evidence.id, hers.id)
        .join(hers, and_(hers.key == Evidence.key, hers.begun_at == Evidence.begun_at))
        .where(Evidence.holder_id == from_holder_id, hers.holder_id == to_holder_id)
        .where(~has_more.correlate(Evidence, hers))
    )
    return {row[0]: row[1] for row in session.execute(found)}


def move_evidence(session: Session, from_holder_id: int, to_holder_id: int) -> list[int]:
    """A visitor turned out to have a wallet: what they told joins it. To be called when their badges have joined it.

    All of it does, also where there is no room any more: the visitor goes, and nobody else has it. It had room of its own
    until now (OF_A_VISITOR, OF_VISITORS), and nothing more is taken until there is room again.
    Where they brought a badge that is there already, it speaks of that one. Of a moment that both have the holder's own stays
    and gains what went with the other one. Gives those of which something was removed and is back, as by an archive.
    """
    there = select(KeptBadge.identity, KeptBadge.id).where(KeptBadge.holder_id == to_holder_id)
    by_identity = {row.identity: row.id for row in session.execute(there)}
    keys = set(session.scalars(select(Evidence.key).where(Evidence.holder_id == to_holder_id)))
    doubled, back = find_doubled(session, from_holder_id, to_holder_id), list[int]()
    for moved in session.scalars(select(Evidence).where(Evidence.holder_id == from_holder_id)).all():
        id = doubled.get(moved.id, moved.id)
        if id != moved.id:
            if moved.removed_at is None and _bring_again(session, session.get_one(Evidence, id), moved):
                back.append(id)
        else:
            moved.holder_id = to_holder_id
            if moved.key in keys:  # a key is the word of a browser, and may be another's
                moved.key = secrets.token_hex(KEY_LIMIT // 2)
            keys.add(moved.key)
        spoken_of = (
            select(KeptBadge.identity)
            .join(EvidencedBadge, EvidencedBadge.badge_id == KeptBadge.id)
            .where(EvidencedBadge.evidence_id == moved.id)
        )
        ids = {by_identity[identity] for identity in session.scalars(spoken_of) if identity in by_identity}
        here = set(session.scalars(select(EvidencedBadge.badge_id).where(EvidencedBadge.evidence_id == id)))
        session.add_all(EvidencedBadge(evidence_id=id, badge_id=one) for one in ids - here)
    session.flush()
    if doubled:
        _erase(session, Evidence.id.in_(doubled), Attachment.evidence_id.in_(doubled))
    accounts.move_sizes(session, from_holder_id, to_holder_id)
    return back


def _bring_again(session: Session, here: Evidence, brought: Evidence) -> bool:
    """The moment *here* gains what goes with it where it was *brought* once more: whether anything is back that was removed."""
    attached = session.scalars(select(Attachment).where(Attachment.evidence_id.in_((here.id, brought.id)))).all()
    known = {one.key: one for one in attached if one.evidence_id == here.id}
    is_back, here.removed_at, here.told_at = here.removed_at is not None, None, here.told_at or brought.told_at
    for one in attached:
        if one.evidence_id == here.id or one.removed_at:
            continue
        if same := known.get(one.key):
            is_back, same.removed_at = is_back or same.removed_at is not None, None
        else:
            one.evidence_id = here.id
    return is_back


def add_attachment(session: Session, /, holder_id: int, evidence_id: int, now: datetime, **what: Any) -> int:
    """Attach *what* has the columns of: its id. The same key is the same attachment, while it was not taken off: whoever
    is shown the moment as it was does not see again what was. Raises Missing, EvidenceFull.
    """
    lock_evidence(session, holder_id, now)
    get_moment(session, holder_id, evidence_id)
    there = select(Attachment).where(Attachment.evidence_id == evidence_id)
    before = list(session.scalars(there.where(Attachment.key.startswith(what["key"], autoescape=True))))
    known = next((attachment for attachment in before if attachment.removed_at is None), None)
    if known is not None:
        storage.schedule_removal(session, {what.get("file"), what.get("preview")} - {known.file, known.preview}, now)
        return known.id
    if before:
        what = what | {"key": _further_key(what["key"], {one.key for one in before})}
    attached = select(func.count()).select_from(there.where(Attachment.removed_at.is_(None)).subquery())
    if (session.scalar(attached) or 0) >= MOST_ATTACHED:
        raise MomentFull
    need_room(session, holder_id, what["size"])
    new = storage.insert(session, Attachment(evidence_id=evidence_id, added_at=now, **what))
    accounts.add_size(session, holder_id, new.size)
    return new.id


def _further_key(key: str, taken: Collection[str]) -> str:
    """A key that begins as *key* does, and is none of those *taken*: what went for good leaves gaps among these."""
    return next(further for number in count(len(taken)) if (further := f"{key}-{number}") not in taken)


def get_attachment(session: Session, holder_id: int, evidence_id: int, attachment_id: int) -> Attachment:
    """What is attached under that id; raises Missing, also when it was taken off."""
    get_moment(session, holder_id, evidence_id)
    return storage.fetch_one(
        session,
        select(Attachment)
        .where(Attachment.evidence_id == evidence_id, Attachment.id == attachment_id)
        .where(Attachment.removed_at.is_(None)),
    )


def remove_attachment(session: Session, holder_id: int, evidence_id: int, attachment_id: int, now: datetime) -> None:
    """Nobody is shown it from now on; `restore_attachment` undoes it while UNDO lasts. Done twice it is done once. Raises Missing."""
    get_moment(session, holder_id, evidence_id)
    its_own = (Attachment.evidence_id == evidence_id, Attachment.id == attachment_id)
    if storage.was_removed(session, Attachment, now - UNDO_REMOVAL, *its_own):
        return
    storage.mark_removed(session, Attachment, now - UNDO_REMOVAL, now, *its_own)
    note_change(session, evidence_id)


def restore_attachment(session: Session, holder_id: int, evidence_id: int, attachment_id: int, now: datetime) -> None:
    """Undo that it was taken off; raises Missing when it is too late."""
    get_moment(session, holder_id, evidence_id)
    its_own = (Attachment.evidence_id == evidence_id, Attachment.id == attachment_id)
    storage.restore_removed(session, Attachment, now - UNDO_REMOVAL, *its_own)
    note_change(session, evidence_id)


def replace_voice(session: Session, holder_id: int, evidence_id: int, by: int, replaced: int, now: datetime) -> None:
    """A voice is spoken anew: the one that it takes the place of is taken off, which can be undone as ever.

    Nothing else goes: what is no voice, answers another question, or is gone already, stays as it is. Raises Missing
    where the new one is not there.
    """
    new = get_attachment(session, holder_id, evidence_id, by)
    both = (Attachment.kind == "recording", Attachment.question == new.question, Attachment.removed_at.is_(None))
    its_own = (Attachment.evidence_id == evidence_id, Attachment.id == replaced, Attachment.id != new.id)
    if session.scalar(select(Attachment.id).where(*its_own, *both)):
        remove_attachment(session, holder_id, evidence_id, replaced, now)


def note_change(session: Session, *ids: int) -> None:
    """Whoever is shown these moments is shown something else from now on."""
    for found in session.scalars(select(Evidence).where(Evidence.id.in_(ids))):
        found.edition = secrets.token_hex(8)


def get_moment(session: Session, holder_id: int, evidence_id: int) -> Evidence:
    """The holder's moment of that id; raises Missing, also when it was removed."""
    return storage.fetch_one(
        session,
        select(Evidence)
        .where(Evidence.holder_id == holder_id, Evidence.id == evidence_id)
        .where(Evidence.removed_at.is_(None)),
    )


def lock_evidence(session: Session, holder_id: int, now: datetime) -> None:
    """Whoever writes evidence of the same holder waits: what is counted stays so until this is kept. Raises Missing, also for
    a visitor who entered a wallet meanwhile.

    The half hour of a visitor begins again.
    """
    holder = accounts.lock_holder(session, holder_id)
    if holder.waits_for_id and not holder.is_kept:
        raise storage.Missing
    if not holder.is_kept:
        holder.leaves_at = now + accounts.VISIT_LASTS


def count_moments(session: Session, holder_id: int) -> int:
    """How many moments the holder told, those that were removed left out."""
    mine = select(func.count()).where(Evidence.holder_id == holder_id, Evidence.removed_at.is_(None))
    return session.scalar(mine) or 0


def need_room(session: Session, holder_id: int, more: int) -> None:
    """Raises EvidenceFull where *more* bytes would not fit."""
    if more > max(0, room_left(session, holder_id)):
        raise EvidenceFull


def room_left(session: Session, holder_id: int) -> int:
    """How many bytes still fit, less than none where a visitor's things joined a full wallet; whoever has no key shares a
    room with all others like them."""
    here = accounts.holder_size(session, holder_id)
    own = here.moments if here else 0
    if session.scalar(
        select(accounts.Holder.id).where(accounts.Holder.id == holder_id, accounts.Holder.kept_at.is_not(None))
    ):
        return ROOM - own
    visitors = accounts.visitors_size(session)
    if here is None and visitors.count >= accounts.MOST_VISITORS:
        return 0
    return min(ROOM - own, OF_A_VISITOR - own, OF_VISITORS - visitors.moments)


def _sizes(session: Session, moments: ColumnElement[bool], attached: ColumnElement[bool]) -> dict[int, int]:
    """How many bytes the texts of these moments take together with these attachments, by the holder."""
    texts = select(Evidence.holder_id, accounts.MomentSize.texts.label("size")).join(
        accounts.MomentSize, accounts.MomentSize.evidence_id == Evidence.id
    )
    files = select(Evidence.holder_id, Attachment.size).join(Attachment, Attachment.evidence_id == Evidence.id)
    each = union_all(texts.where(moments), files.where(attached)).subquery()
    rows = session.execute(select(each.c.holder_id, func.sum(each.c.size)).group_by(each.c.holder_id))
    return {holder_id: int(size) for holder_id, size in rows}


def _erase(session: Session, moments: ColumnElement[bool], attached: ColumnElement[bool]) -> set[str]:
    """Erase these moments and these attachments for good, those of the moments among them: the files that they named."""
    names = {name for _, name in attachment_files(session, attached)}
    freed = _sizes(session, moments, attached)
    session.execute(delete(Attachment).where(attached))
    session.execute(delete(Evidence).where(moments))
    for holder_id, size in sorted(freed.items()):  # in the order of all who lock several
        accounts.add_size(session, holder_id, -size)
    return names


def erase_evidence(session: Session, holder_id: int, most: int) -> tuple[int, set[str]]:
    """Erase up to *most* moments of the holder for good: how many there were, and the files that they named."""
    ids = list(session.scalars(select(Evidence.id).where(Evidence.holder_id == holder_id).limit(most)))
    return len(ids), _erase(session, Evidence.id.in_(ids), Attachment.evidence_id.in_(ids))


def attachment_of_holder(holder_id: int) -> ColumnElement[bool]:
    """Says of an attachment whether it is of that holder."""
    return Attachment.evidence_id.in_(select(Evidence.id).where(Evidence.holder_id == holder_id))
