"""A call is made, found by whoever reads the announcement, and read by its employer, who has a secret link and no account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from ... import accounts, storage
from ..models import SEALED, Share, ShownBadge
from ..public_view import HERE
from .models import ANSWER_LASTS, CALL_LASTS, MOST_CALLS, Call, CallAnswer, CallForm

CODE_LENGTH = 8


class TooManyCalls(Exception):  # what happened, in the words of the page
    """There are MOST_CALLS of them."""


@dataclass(frozen=True, slots=True)
class NewCall:
    """The two links of a call: the one for the announcement, and the secret of the other one."""

    code: str
    secret: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCall:
    """A call, as whoever may answer it reads it."""

    id: int
    code: str
    title: str
    employer: str
    places: Sequence[str]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """Somebody who answered: what they want to be called, "" for nothing, and the token of their share, "" where it was sealed with
    other keys."""

    name: str
    token: str
    answered_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnCall(OpenCall):
    """The same as its employer reads it."""

    is_open: bool
    answers: Sequence[ShownAnswer]
    """Those whose share is open and shows a badge still, in the order in which they came."""

    @property
    def read_until(self) -> datetime:
        """Until when its employer can read it."""
        return self.ends_at + ANSWER_LASTS


def create_call(session: Session, form: CallForm, now: datetime) -> NewCall:
    """Keep *form*, which has no problems; raises TooManyCalls."""
    if session.scalars(select(func.count()).select_from(Call)).one() >= MOST_CALLS:
        raise TooManyCalls
    made = NewCall(accounts.new_code()[-CODE_LENGTH:], accounts.new_code())
    storage.insert(
        session,
        Call(
            code=made.code,
            owner_hash=_hash_of(made.secret),
            title=form.title,
            employer=form.employer,
            places=list(form.places),
            made_at=now,
            ends_at=now + CALL_LASTS,
        ),
    )
    return made


def find_call(session: Session, code: str, now: datetime) -> OpenCall:
    """The call of the link in the announcement; raises Missing for unknown, ended and stopped ones alike."""
    call = storage.fetch_one(session, select(Call).where(Call.code == meant_code(code), Call.ends_at > now))
    return OpenCall(
        id=call.id,
        code=call.code,
        title=call.title,
        employer=call.employer,
        places=call.places,
        ends_at=call.ends_at,
    )


def meant_code(code: str) -> str:
    """The code of a call as it is kept, however it was typed; raises Missing for what is none."""
    typed = accounts.as_typed_meant(code)
    if not typed.isprintable():  # of which no database need hear
        raise storage.Missing
    return typed


def find_own_call(session: Session, secret: str, unseal: storage.Seal, now: datetime) -> OwnCall:
    """The call of the employer's own link, with whoever answered it; raises Missing, also where the operator stopped it."""
    call = _own(session, secret)
    shown = session.execute(
        select(CallAnswer.holder_id, Share.name, Share.token_sealed, CallAnswer.answered_at)
        .join(CallAnswer, CallAnswer.share_id == Share.id)
        .where(CallAnswer.call_id == call.id, Share.ends_at > now, Share.stopped_at.is_(None))
        .where(exists().where(ShownBadge.share_id == Share.id, HERE))
        .order_by(CallAnswer.answered_at, CallAnswer.id)
    )
    first = dict[int, ShownAnswer]()  # of each who answered
    for holder_id, name, sealed, at in shown:
        first.setdefault(holder_id, ShownAnswer(name, storage.unseal_or_empty(unseal, sealed, SEALED), at))
    return OwnCall(
        id=call.id,
        code=call.code,
        title=call.title,
        employer=call.employer,
        places=call.places,
        ends_at=call.ends_at,
        is_open=now < call.ends_at,
        answers=list(first.values()),
    )


def close_call(session: Session, secret: str, now: datetime) -> None:
    """Nobody answers it from now on; raises Missing. What was answered stays as long as those who answered say."""
    call = _own(session, secret)
    session.execute(update(Call).where(Call.id == call.id, Call.ends_at > now).values(ends_at=now))


def forget_ended_calls(session: Session, now: datetime) -> bool:
    """Erase some of the calls that ended so long ago that no answer to them is shown any more; whether there are more."""
    return storage.delete_some(session, Call, Call.ends_at, now - ANSWER_LASTS)


def _own(session: Session, secret: str) -> Call:
    mine = select(Call).where(Call.owner_hash == _hash_of(secret), Call.stopped_at.is_(None))
    return storage.fetch_one(session, mine)


def _hash_of(secret: str) -> bytes:
    return storage.hash_of_secret(accounts.as_typed_meant(secret))
