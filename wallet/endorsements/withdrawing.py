"""A word is taken back: by whoever said it, by the link that they kept, or by the holder on whom it is.

Rule 1: it holds there and then. The bit in the list of what is withdrawn is set and every page that shows the word is another
one with the same transaction; what nobody sees any more is erased after that, at the next round of cleaning up.
Rule 2: it cannot be undone: a bit that is set stays set (status_lists.py).
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.orm import Session

from .. import accounts, badges, evidence, storage
from . import erasing, status_lists
from .models import Endorsement, EndorsementRequest
from .status_lists import StatusPlace

TOGETHER = 100
"""Words that are erased in one transaction: nobody who writes waits for more."""


def find_given(session: Session, secret: str) -> Endorsement:
    """The word that the link of *secret* takes back; raises Missing."""
    return storage.fetch_one(session, select(Endorsement).where(Endorsement.withdrawal_hash == hash_of_link(secret)))


def name_of_asker(session: Session, request_id: int | None) -> str:
    """The first name of whoever asked for the word, as they gave it; "" for none, and where the request is forgotten."""
    request = session.get(EndorsementRequest, request_id) if request_id else None
    return request.name if request else ""


def withdraw_given(session: Session, secret: str, now: datetime) -> Endorsement:
    """Whoever said it takes it back, by the link that they kept; once more changes nothing. Raises Missing."""
    found = find_given(session, secret)
    accounts.lock_holder(session, found.holder_id)
    found = storage.require(session.get(Endorsement, found.id, populate_existing=True))
    withdraw(session, found, now)
    return found


def withdraw_at(session: Session, places: Collection[StatusPlace], now: datetime) -> None:
    """The words that stand at these places are taken back, as the ledger of erasures says: a backup that was brought back tells
    them as they were. One that its holder cannot put back any more goes by itself, or waits for the operator alone (erasing.py)."""
    there = tuple_(Endorsement.list_id, Endorsement.list_index).in_([(one.list_id, one.index) for one in places])
    stays = or_(Endorsement.removed_at.is_(None), Endorsement.removed_at >= now - erasing.UNDO_REMOVAL)
    told = (there, stays, Endorsement.withdrawn_at.is_(None))
    theirs = select(accounts.Holder.id).where(accounts.Holder.id.in_(select(Endorsement.holder_id).where(*told)))
    session.scalars(theirs.order_by(accounts.Holder.id).with_for_update()).all()
    for found in session.scalars(select(Endorsement).where(*told)).all():
        withdraw(session, found, now)


def withdraw(session: Session, endorsement: Endorsement, now: datetime) -> None:
    """It is taken back, from this moment on and for good; once more changes nothing. Its holder's row is locked."""
    if endorsement.withdrawn_at is not None:
        return
    endorsement.withdrawn_at = now
    endorsement.code_hash = endorsement.code_sealed = None
    if endorsement.list_id is not None and endorsement.list_index is not None:
        status_lists.set_withdrawn(session, endorsement.list_id, [endorsement.list_index])
    note_change(session, endorsement)


def note_change(session: Session, endorsement: Endorsement) -> None:
    """Whoever is shown what *endorsement* is about is shown something else from now on."""
    session.flush()
    # By their editions pages know that they are others now, also those that lie ready (shares/public_view.py).
    for row, id in ((evidence.Evidence, endorsement.evidence_id), (badges.KeptBadge, endorsement.badge_id)):
        session.execute(update(row).where(row.id == id).values(edition=secrets.token_hex(8)))


def withdrawn_endorsements(session: Session) -> Sequence[int]:
    """Some of the words that were taken back and of which something still lies there, locked: their ids. What came as a file
    is its holder's own, whatever its list says."""
    lies_there = or_(Endorsement.name != "", Endorsement.sentence != "", Endorsement.document.is_not(None))
    given = (Endorsement.withdrawn_at.is_not(None), Endorsement.origin == "asked", lies_there)
    some = select(Endorsement.id).where(*given).order_by(Endorsement.withdrawn_at, Endorsement.id).limit(TOGETHER)
    return session.scalars(some.with_for_update()).all()


def erase_withdrawn(session: Session, now: datetime, some: Sequence[int] | None = None) -> bool:
    """Of words that were taken back nothing stays but that they were there: neither who said them nor what, nor their voice,
    nor what was signed. Some of them; whether there are more. *some* are `withdrawn_endorsements`."""
    ids = withdrawn_endorsements(session) if some is None else some
    for one in session.scalars(select(Endorsement).where(Endorsement.id.in_(ids))):
        storage.schedule_removal(session, {one.document, one.recording}, now)
        erasing.add_bytes(session, one, -one.size)
        _empty(one)
    return len(ids) == TOGETHER


def hash_of_link(secret: str) -> bytes:
    """What finds the word that *secret* takes back, however it was typed."""
    return storage.hash_of_secret(accounts.as_typed_meant(secret))


def _empty(endorsement: Endorsement) -> None:
    endorsement.name = endorsement.role = endorsement.organisation = endorsement.siret = ""
    endorsement.sentence = endorsement.mail_domain = endorsement.media_type = ""
    endorsement.told = endorsement.afest = endorsement.document = endorsement.recording = None
    endorsement.mail_mark = endorsement.seconds = endorsement.examination = None
