"""A word that came: read by its holder, kept and signed, or not kept; removed and put back, reported; brought by a visitor who has a
wallet.

Rule 1: nobody but its holder reads a word before they kept it.
Rule 2: kept is signed: the document lies on the shelf before the row names it, and its place in a list is the row's before
that. Tried again after a crash, it is signed for the same place.
Rule 3: one mailbox is one person. Where the same one stands behind several names of one holder's tutors, what comes is kept and
not signed: a signature would make it look like more than a sentence.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from .. import accounts, badges, evidence, storage
from . import erasing, status_lists
from .models import ENDORSEMENT_LASTS, Endorsement
from .withdrawing import note_change, withdraw


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """What was signed, as it lies on the shelf."""

    name: str
    size: int


class Withdrawn(Exception):  # what happened, in the words of the page
    """Whoever said it took it back meanwhile."""


def here(holder_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Says of a word whether the holder has it before their eyes: it came, and was not removed."""
    return (Endorsement.holder_id == holder_id, Endorsement.removed_at.is_(None), Endorsement.arrives_at <= now)


def get_endorsement(session: Session, holder_id: int, endorsement_id: int, now: datetime) -> Endorsement:
    """The holder's word of that id, kept or not, withdrawn or not; raises Missing, also while it is on its way."""
    return storage.fetch_one(
        session, select(Endorsement).where(*here(holder_id, now), Endorsement.id == endorsement_id)
    )


def list_endorsements(
    session: Session, holder_id: int, now: datetime, evidence_id: int | None = None, badge_id: int | None = None
) -> Sequence[Endorsement]:
    """The holder's words, the newest first; those on one moment or on one badge."""
    mine = select(Endorsement).where(*here(holder_id, now))
    if evidence_id is not None:
        mine = mine.where(Endorsement.evidence_id == evidence_id)
    if badge_id is not None:
        mine = mine.where(Endorsement.badge_id == badge_id)
    return session.scalars(mine.order_by(Endorsement.id.desc())).all()


def prepare_acceptance(
    session: Session, holder_id: int, endorsement_id: int, now: datetime, came_in_id: int | None = None
) -> Endorsement:
    """The first step of « Garder ce mot »: it has a place in a list where it is to be signed, and then `list_id` says so.

    Raises Missing, Withdrawn, and RecoveryPending where the device came by the return *came_in_id*.
    """
    accounts.lock_holder(session, holder_id)
    accounts.refuse_newcomer(session, holder_id, came_in_id, now)
    found = get_endorsement(session, holder_id, endorsement_id, now)
    if found.origin != "asked":  # which is signed already (lone_files.py)
        raise storage.Missing
    if found.withdrawn_at:
        raise Withdrawn
    if found.list_id is None and is_signed(found, _others_of_mailbox(session, found)):
        place = status_lists.reserve_place(session)
        found.list_id, found.list_index, found.ends_at = place.list_id, place.index, now + ENDORSEMENT_LASTS
    return found


def is_signed(endorsement: Endorsement, names: Collection[str]) -> bool:
    """Whether it is to be signed: nobody of another name among the *names* gave a word from the same mailbox."""
    return all(_plain(name) == _plain(endorsement.name) for name in names)


def accept_endorsement(
    session: Session, holder_id: int, endorsement_id: int, document: SignedDocument | None, now: datetime
) -> None:
    """« Garder ce mot », with the *document* that was signed, or without any.

    Kept twice, the first time holds. Raises Missing, Withdrawn, and EvidenceFull where there is no room for the document.
    """
    accounts.lock_holder(session, holder_id)
    found = get_endorsement(session, holder_id, endorsement_id, now)
    if found.withdrawn_at:
        raise Withdrawn
    if found.accepted_at:
        storage.schedule_removal(session, {document.name} - {found.document} if document else (), now)
        return
    found.accepted_at = now
    if document:
        erasing.need_room(session, holder_id, document.size)
        found.document = document.name
        erasing.add_bytes(session, found, document.size)


def remove_endorsement(session: Session, holder_id: int, endorsement_id: int, now: datetime) -> None:
    """« Ne pas le garder », or not any more: nobody is shown it from now on. For a day it can be put back. Done twice it is done
    once. Raises Missing."""
    accounts.lock_holder(session, holder_id)  # a second tap waits for the first, and sees what it did
    if may_restore_endorsement(session, holder_id, endorsement_id, now):
        return
    found = get_endorsement(session, holder_id, endorsement_id, now)
    found.removed_at = now
    note_change(session, found)


def restore_endorsement(session: Session, holder_id: int, endorsement_id: int, now: datetime) -> None:
    """Undo that it was removed; raises Missing when it is too late."""
    mine = (Endorsement.holder_id == holder_id, Endorsement.id == endorsement_id)
    storage.restore_removed(session, Endorsement, now - erasing.UNDO_REMOVAL, *mine)
    note_change(session, get_endorsement(session, holder_id, endorsement_id, now))


def may_restore_endorsement(session: Session, holder_id: int, endorsement_id: int, now: datetime) -> bool:
    """Whether the word was just removed and can still be put back."""
    mine = (Endorsement.holder_id == holder_id, Endorsement.id == endorsement_id)
    return storage.was_removed(session, Endorsement, now - erasing.UNDO_REMOVAL, *mine)


def restore_endorsements_removed_since(session: Session, holder_id: int, moment: datetime) -> None:
    """Undo every removal since *moment*: they were not the holder's."""
    theirs = (Endorsement.holder_id == holder_id, Endorsement.removed_at >= moment)
    for found in session.scalars(select(Endorsement).where(*theirs)).all():
        found.removed_at = None
        note_change(session, found)


def move_endorsements(session: Session, from_holder_id: int, to_holder_id: int, now: datetime) -> None:
    """A visitor turned out to have a wallet: the words on their badges, which came as files, and on moments of an archive,
    join it.

    To be called before badges.move_badges and evidence.move_evidence, for of a badge or a moment that both have the word is on
    the holder's own from then on; the latter moves the bytes, too. Of a word that both have the holder's own stays, as when it
    is brought twice: what they had removed is back, and what either kept is kept.
    """
    visitors, holders = (
        select(badges.KeptBadge.identity, badges.KeptBadge.id).where(badges.KeptBadge.holder_id == one)
        for one in (from_holder_id, to_holder_id)
    )
    by_identity = {row.identity: row.id for row in session.execute(holders)}
    doubled = {row.id: by_identity[row.identity] for row in session.execute(visitors) if row.identity in by_identity}
    here = select(Endorsement).where(Endorsement.holder_id == to_holder_id, Endorsement.document.is_not(None))
    by_document = {one.document: one for one in session.scalars(here.order_by(Endorsement.id))}
    theirs = Endorsement.holder_id == from_holder_id
    both = theirs & Endorsement.document.in_(list(by_document))
    moments = evidence.find_doubled(session, from_holder_id, to_holder_id)
    for moved in session.scalars(select(Endorsement).where(theirs)):
        moved.badge_id = doubled.get(moved.badge_id or 0, moved.badge_id)
        moved.evidence_id = moments.get(moved.evidence_id or 0, moved.evidence_id)
    for brought in session.scalars(select(Endorsement).where(both, Endorsement.removed_at.is_(None))).all():
        _bring_back(session, by_document[brought.document], brought)
    storage.schedule_removal(session, erasing.erase_words(session, both), now)
    session.execute(update(Endorsement).where(theirs).values(holder_id=to_holder_id))


def withdraw_kept(session: Session, holder_id: int, endorsement_id: int, now: datetime) -> None:
    """« Retirer ce mot »: its holder takes it back, for good. Raises Missing, also for what came as a file, which only whoever
    signed it takes back, and RecoveryPending while a thief may be in."""
    accounts.refuse_while_pending(session, accounts.lock_holder(session, holder_id).id, now)
    found = get_endorsement(session, holder_id, endorsement_id, now)
    storage.require(found.origin == "asked" or None)
    withdraw(session, found, now)


def report_endorsement(session: Session, holder_id: int, endorsement_id: int, now: datetime) -> None:
    """« Signaler »: the operator reads it; raises Missing."""
    found = get_endorsement(session, holder_id, endorsement_id, now)
    found.reported_at = found.reported_at or now


def _bring_back(session: Session, here: Endorsement, brought: Endorsement) -> None:
    """The word *here* is as if its file came once more, with what was answered where it was *brought*."""
    if here.withdrawn_at:
        return
    if here.removed_at:
        here.removed_at, here.accepted_at, here.arrives_at = None, None, brought.arrives_at
    here.accepted_at, here.badge_id = here.accepted_at or brought.accepted_at, here.badge_id or brought.badge_id
    note_change(session, here)


def _others_of_mailbox(session: Session, endorsement: Endorsement) -> Sequence[str]:
    """The names of all who gave the holder a word from the same mailbox, removed ones too; none where no mailbox was proven."""
    if endorsement.mail_mark is None:
        return ()
    same = (Endorsement.holder_id == endorsement.holder_id, Endorsement.mail_mark == endorsement.mail_mark)
    return session.scalars(select(Endorsement.name).where(*same, Endorsement.id != endorsement.id)).all()


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
