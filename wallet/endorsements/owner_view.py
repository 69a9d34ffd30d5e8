"""What a holder sees of words: those that wait, that came and that they keep; and what they asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Integer, bindparam, or_, select
from sqlalchemy.orm import Session

from .. import evidence, storage
from . import keeping, matching, requests
from .models import SEALED, UNREAD_LASTS, Endorsement, EndorsementRequest

EndorsementState = Literal["arrived", "kept", "withdrawn"]
"""It waits to be read and kept; it is kept; whoever said it, or its holder, took it back."""


@dataclass(frozen=True, slots=True)
class OwnedRequest:
    """A request, as its holder sees it."""

    row: EndorsementRequest
    state: requests.RequestState
    token: str
    """Of its link; "" where it is over, or cannot be read any more."""
    is_on_its_way: bool = False
    """Whether it is answered by a word that the holder does not see as yet: it waits for a code, CODE_LASTS at most."""

    @property
    def groups(self) -> Sequence[str]:
        """The token, to be read aloud or typed."""
        return [self.token[start : start + 4] for start in range(0, len(self.token), 4)]


@dataclass(frozen=True, slots=True)
class OwnedEndorsement:
    """A word, as its holder sees it."""

    row: Endorsement
    state: EndorsementState
    is_aside: bool = False
    """Whether the moment says something else by now than its tutor read, or nobody knows what they read: others are not shown it
    (models.py, rule 2)."""
    is_over: bool = False
    """Whether its years are over: others are not shown it, either."""
    is_without_moment: bool = False
    """Whether its holder has the moment no more of which it was said: others are not shown it, either, and it is found at the end
    of all that is told."""

    @property
    def waits_until(self) -> datetime:
        """Until when it waits to be kept."""
        return self.row.arrives_at + UNREAD_LASTS


@dataclass(frozen=True, slots=True)
class OwnedWords:
    """All that there is of words: on one moment, or at all."""

    arrived: Sequence[OwnedEndorsement]
    kept: Sequence[OwnedEndorsement]
    coming: Sequence[OwnedRequest]
    """What was answered by a word that is on its way."""
    waiting: Sequence[OwnedRequest]
    """What was asked for and may still be answered."""
    declined: bool
    """Whether somebody answered no, and the holder was not told yet."""

    @property
    def without_moment(self) -> Sequence[OwnedEndorsement]:
        """Of those that are kept the ones to which no moment leads."""
        return [one for one in self.kept if one.is_without_moment]

    @property
    def says_afest(self) -> bool:
        """Whether one that is kept and not over says that it was an AFEST, of what is told as its tutor read it."""
        told = (one for one in self.kept if one.state == "kept" and not (one.is_aside or one.is_over))
        return any(one.row.setting == "afest" and not one.is_without_moment for one in told)


_holder, _now = bindparam("holder", type_=Integer), bindparam("now", type_=storage.Moment)
_UNREAD = (
    select(Endorsement.id)
    .where(Endorsement.holder_id == _holder, Endorsement.origin == "asked", Endorsement.arrives_at <= _now)
    .where(Endorsement.accepted_at.is_(None), Endorsement.removed_at.is_(None), Endorsement.withdrawn_at.is_(None))
)
ANY_NEWS = select(
    or_(
        _UNREAD.exists(),
        select(EndorsementRequest.id)
        .where(EndorsementRequest.holder_id == _holder, EndorsementRequest.was_declined)
        .where(EndorsementRequest.seen_at.is_(None))
        .exists(),
    )
)
"""Whether something waits to be read, for the pages that are asked for most (Database.fetch_rows)."""


def list_unread(session: Session, holder_id: int, now: datetime) -> Sequence[int]:
    """The words that wait for their holder to read them, by their ids, the oldest first."""
    return session.scalars(_UNREAD.order_by(Endorsement.id), {"holder": holder_id, "now": now}).all()


def has_words(session: Session, holder_id: int, now: datetime) -> bool:
    """Whether the holder has a word that was asked for: all of those are withdrawn when they leave (erasing.py)."""
    asked = (Endorsement.origin == "asked", Endorsement.withdrawn_at.is_(None))
    return session.scalar(select(Endorsement.id).where(*keeping.here(holder_id, now), *asked).limit(1)) is not None


def view_request(
    session: Session, holder_id: int, request_id: int, unseal: storage.Seal, now: datetime
) -> OwnedRequest:
    """The holder's request of that id; raises Missing."""
    row = requests.get_request(session, holder_id, request_id)
    state = requests.state_of(row, now, is_open=_is_open(session, row, now))
    token = storage.unseal_or_empty(unseal, row.token_sealed, SEALED) if state == "open" else ""
    return OwnedRequest(row, state, token, is_on_its_way=row.id in _on_their_way(session, holder_id, now))


def view_endorsement(session: Session, holder_id: int, endorsement_id: int, now: datetime) -> OwnedEndorsement:
    """The holder's word of that id; raises Missing."""
    return _view(session, holder_id, [keeping.get_endorsement(session, holder_id, endorsement_id, now)], now)[0]


def view_words(session: Session, holder_id: int, now: datetime, evidence_id: int | None = None) -> OwnedWords:
    """What there is of words on the holder's moments, or on that one."""
    seen = _view(session, holder_id, keeping.list_endorsements(session, holder_id, now, evidence_id), now)
    asked = requests.list_requests(session, holder_id, evidence_id)
    waiting = [OwnedRequest(one, "open", "") for one in asked if _is_open(session, one, now)]
    on_their_way = _on_their_way(session, holder_id, now)
    coming = [OwnedRequest(one, "answered", "", is_on_its_way=True) for one in asked if one.id in on_their_way]
    return OwnedWords(
        [one for one in seen if one.state == "arrived"],
        [one for one in seen if one.state != "arrived"],
        coming,
        waiting,
        any(one.was_declined and one.seen_at is None for one in asked),
    )


def _view(session: Session, holder_id: int, rows: Sequence[Endorsement], now: datetime) -> list[OwnedEndorsement]:
    ids = {row.evidence_id for row in rows if row.evidence_id is not None}
    moments = {one.id: one for one in evidence.view_moments(session, holder_id, ids)} if ids else {}
    return [
        OwnedEndorsement(
            row,
            "withdrawn" if row.withdrawn_at else "kept" if row.accepted_at or row.origin == "file" else "arrived",
            _is_aside(row, moments.get(row.evidence_id or 0)),
            row.ends_at is not None and row.ends_at <= now,
            # What came as a file is said of a badge, and goes with that (checking.py, rule 4).
            row.origin == "asked" and row.evidence_id not in moments,
        )
        for row in rows
    ]


def _on_their_way(session: Session, holder_id: int, now: datetime) -> set[int | None]:
    """The requests of the holder, by their ids, that are answered by a word that they do not see as yet."""
    coming = (Endorsement.arrives_at > now, Endorsement.removed_at.is_(None), Endorsement.withdrawn_at.is_(None))
    return set(session.scalars(select(Endorsement.request_id).where(Endorsement.holder_id == holder_id, *coming)))


def _is_open(session: Session, row: EndorsementRequest, now: datetime) -> bool:
    is_over = requests.state_of(row, now) != "open"
    return not is_over and requests.is_open(session, row, requests.told_now(session, row), now)


def _is_aside(row: Endorsement, moment: evidence.EvidenceView | None) -> bool:
    return moment is not None and not matching.is_of_moment(row.told, evidence.moment_as_json(moment))
