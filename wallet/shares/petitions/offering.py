"""An offer that a structure gave for a petition: its holder takes it by the door of all offers, and what comes of it is looked at.

Whatever they keep by it is theirs, and stays. Where it is the badge that was asked for, the petition is granted; a badge of another
kind ends nothing.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import JSON, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from ... import accounts, badges, storage
from .answering import KnownNow, close_proofs, why_unfit
from .models import OFFER_SEALED, OFFERED, Petition

HAS_ANOTHER_FILE = type_coerce(badges.KeptBadge.examination, JSON())[badges.HERE_SINCE].as_string().is_not(None)
"""Of a badge: whether another file of it came than the first one, by which it may be the one that was asked for."""


def offer_of(petition: Petition, unseal: storage.Seal) -> str:
    """The offer as it was given, "" where there is none any more."""
    return storage.unseal_or_empty(unseal, petition.offer_sealed, OFFER_SEALED) if petition.offer_sealed else ""


def note_offer(session: Session, offer_id: int, holder_id: int, petition_id: int) -> None:
    """The holder was shown it by that number."""
    theirs = (Petition.holder_id == holder_id, Petition.id == petition_id, Petition.state == "offered")
    session.execute(update(Petition).where(*theirs).values(offer_id=offer_id))


def settle_taken(
    session: Session, holder_id: int, offer_id: int, badge_ids: Collection[int], known: KnownNow, now: datetime
) -> None:
    """The holder took the offer of that number, and these badges came of it."""
    settle_offered(session, holder_id, known, now, badge_ids)
    theirs = (Petition.holder_id == holder_id, Petition.offer_id == offer_id, Petition.state == "offered")
    petition = session.scalar(select(Petition).where(*theirs))
    for kept in _came_since(session, petition, badge_ids) if petition else ():
        if petition and kept.id in badge_ids:
            state = "not-valid" if why_unfit(kept, petition, known, now) == "not-valid" else "unfit"
            told = {"state": state, "badge_id": kept.id, "offer_sealed": None, "offer_id": None}
            session.execute(update(Petition).where(*theirs).values(**told))


def settle_offered(
    session: Session, holder_id: int, known: KnownNow, now: datetime, badge_ids: Collection[int] = ()
) -> None:
    """Grant what the holder's badges of these numbers grant, or one of which the file came since it was offered, by whatever door."""
    mine = (Petition.holder_id == holder_id, Petition.state.in_(OFFERED))
    if not session.scalar(select(Petition.id).where(*mine).limit(1)):
        return
    accounts.lock_holder(session, holder_id)
    for petition in session.scalars(select(Petition).where(*mine).order_by(Petition.id)).all():
        for kept in _came_since(session, petition, badge_ids):
            if not why_unfit(kept, petition, known, now):
                _grant(session, petition, kept.id, now)
                break


def settle_all_offered(database: storage.Database, known: KnownNow, now: datetime) -> None:
    """As `settle_offered` of every holder: a badge that was promised comes by a chore, and one that was unknown turns out valid."""
    for holder_id in database.read(_whoever_got_a_badge):
        with suppress(storage.Missing):  # they leave
            database.write(settle_offered, holder_id, known, now)


def _whoever_got_a_badge(session: Session) -> Sequence[int]:
    kept = badges.KeptBadge
    waiting = (
        select(Petition.holder_id)
        .join(kept, kept.holder_id == Petition.holder_id)
        .where(Petition.state.in_(OFFERED), or_(kept.added_at >= Petition.answered_at, HAS_ANOTHER_FILE))
    )
    return session.scalars(waiting.distinct()).all()


def _came_since(session: Session, petition: Petition, badge_ids: Collection[int]) -> Sequence[badges.KeptBadge]:
    kept = badges.KeptBadge
    came = or_(kept.added_at >= petition.answered_at, HAS_ANOTHER_FILE, kept.id.in_(badge_ids))
    mine = (kept.holder_id == petition.holder_id, kept.removed_at.is_(None), came)
    found = session.scalars(select(kept).where(*mine).order_by(kept.id))
    return [one for one in found if one.id in badge_ids or _is_since(one, petition.answered_at)]


def _is_since(kept: badges.KeptBadge, answered_at: datetime | None) -> bool:
    return answered_at is not None and kept.here_since >= answered_at


def _grant(session: Session, petition: Petition, badge_id: int, now: datetime) -> None:
    told = {"state": "granted", "badge_id": badge_id, "offer_sealed": None, "offer_id": None, "seen_at": None}
    claim = update(Petition).where(Petition.id == petition.id, Petition.state.in_(OFFERED))
    if session.scalar(claim.values(answered_at=now, **told).returning(Petition.id)):
        close_proofs(session, petition, now)
