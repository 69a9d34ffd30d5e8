"""Words that their holders reported, for the operator to read (`wallet reports`), and words that whoever said them wants gone;
nothing by which to find the holder."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, storage
from .models import Endorsement
from .withdrawing import withdraw


@dataclass(frozen=True, kw_only=True, slots=True)
class EndorsementForOperator:
    """A word that was reported, or whose author asks for something, as the operator reads it."""

    id: int
    origin: str
    name: str
    role: str
    organisation: str
    sentence: str
    is_spoken: bool
    """Whether there is a voice, which the operator does not hear here."""
    given_at: datetime
    reported_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None


def list_reported_endorsements(session: Session, *, closed: bool = False) -> list[EndorsementForOperator]:
    """Those that the operator is not done with, the oldest first; with *closed*, all of them."""
    query = select(Endorsement).where(Endorsement.reported_at.is_not(None))
    query = query.order_by(Endorsement.reported_at, Endorsement.id)
    return list(map(_told, session.scalars(query if closed else query.where(Endorsement.closed_at.is_(None)))))


def find_endorsements_of(session: Session, name: str) -> list[EndorsementForOperator]:
    """The words that are signed by *name*, as it was typed: for whoever lost the link by which theirs is taken back."""
    typed = accounts.clean_line(name)
    theirs = select(Endorsement).where(Endorsement.name == typed, Endorsement.origin == "asked")
    return list(map(_told, session.scalars(theirs.order_by(Endorsement.id)))) if typed else []


def find_endorsement(session: Session, endorsement_id: int) -> EndorsementForOperator:
    """That word; raises Missing, also for what came as a file, which is no word of this instance."""
    return _told(_given_here(session, endorsement_id))


def close_endorsement_report(session: Session, endorsement_id: int, now: datetime) -> None:
    """The operator is done with it; raises Missing."""
    found = storage.require(session.get(Endorsement, endorsement_id))
    storage.require(found.reported_at)
    found.closed_at = found.closed_at or now


def withdraw_endorsement(session: Session, endorsement_id: int, now: datetime) -> None:
    """The word is taken back, for good, as if by its author: it is erased within a day. Raises Missing as `find_endorsement`."""
    found = _given_here(session, endorsement_id)
    accounts.lock_holder(session, found.holder_id)
    found = storage.require(session.get(Endorsement, endorsement_id, populate_existing=True))
    withdraw(session, found, now)
    if found.reported_at:
        found.closed_at = found.closed_at or now


def _given_here(session: Session, endorsement_id: int) -> Endorsement:
    found = storage.require(session.get(Endorsement, endorsement_id))
    storage.require(found.origin == "asked" or None)
    return found


def _told(found: Endorsement) -> EndorsementForOperator:
    return EndorsementForOperator(
        id=found.id,
        origin=found.origin,
        name=found.name,
        role=found.role,
        organisation=found.organisation,
        sentence=found.sentence,
        is_spoken=found.recording is not None,
        given_at=found.given_at,
        reported_at=found.reported_at,
        closed_at=found.closed_at,
        withdrawn_at=found.withdrawn_at,
    )
