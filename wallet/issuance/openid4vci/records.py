"""An offer from the page that shows it until its badge is kept: a row, and how far it has come, sealed in it.

Rule 1: the code leaves the row in the very UPDATE by which one of several workers claims it. Whoever comes later, or comes
back after a crash, has a token to go on with, or nothing: a code is never sent twice. A holder who opens the same link again
goes on with the row of before, while anything is to come of that: with some issuers a second use would end it.
Rule 2: only the browser that was shown the offer may take it: it keeps a secret of 128 bits, of which the SHA-256 is here.
What somebody was offered while signed in is theirs, and goes with all else of theirs.
Rule 3: who works on a row says until when. After that, whoever asks goes on.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ForeignKey, LargeBinary, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ... import accounts, badges, storage
from ..received import Reason
from . import progress as progressing
from .prepared import Prepared, Steps
from .progress import Progress

OFFER_LASTS = timedelta(minutes=30)
WORKS = timedelta(seconds=40)
"""How long whoever claims a row may work on it: longer than all that may be waited for."""
SECOND_TAP = timedelta(seconds=60)
"""How long the second of two taps is answered as the first one was."""
PROMISE_LASTS = timedelta(days=30)
"""How long a badge that is promised is asked for."""
MOST_PROMISED = 50
"""Offers of one holder of which badges are promised; one more, and the oldest is forgotten."""
MOST_TRIES = 3
"""Codes that a person may write for one offer."""
State = Literal["offered", "asking", "token", "arrived", "promised", "kept", "over"]
"""Nothing is spent; the code is sent; there is a token; the badges are there; they will be; they are kept; it is over."""
GOING_ON: tuple[State, ...] = ("token", "arrived")
SETTLED: tuple[State, ...] = ("promised", "kept", "over")


class Issuance(storage.Numbered):
    """An offer that somebody was shown."""

    __tablename__ = "issuances"

    holder_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Whose it is; None while whoever was shown it was not signed in."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    """By which protocol it is taken: a Kind."""
    state: Mapped[str] = mapped_column(String(16), default="offered")
    """A State."""
    reason: Mapped[str] = mapped_column(String(32), default="")
    """Why it is over: a Reason; "" unless it is."""
    tries: Mapped[int] = mapped_column(default=0)
    """Codes that were written and were not right."""
    spent: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The SHA-256 of its issuer and code, from the moment on at which that is sent: by it another offer of the same code is known."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """How far it has come: a Progress; nothing when it is over."""
    outcomes: Mapped[list[list[Any]]] = mapped_column(storage.Document)
    """What became of its badges: of each its name, what it is (badges.models.OutcomeKind), why, and the badge's number."""
    busy_until: Mapped[datetime | None] = mapped_column(storage.Moment)
    """Until when somebody works on it."""
    made_at: Mapped[datetime] = mapped_column(storage.Moment)
    due_at: Mapped[datetime | None] = mapped_column(storage.Moment, index=True)
    """When its issuer is asked, or told, the next time."""
    ends_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    """When it is forgotten."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    """How what lies in a row is sealed and opened (storage.Keyring)."""

    seal: storage.Seal
    unseal: storage.Seal


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A row as somebody found it."""

    id: int
    state: State
    reason: str
    tries: int
    progress: Progress | None
    """None of one that is over, or that other keys sealed."""
    outcomes: tuple[badges.ImportOutcome, ...]
    is_busy: bool


def keep_prepared(
    session: Session, prepared: Prepared, holder_id: int | None, seal: storage.Seal, now: datetime
) -> tuple[int, str]:
    """Keep an offer until it is taken: its number, and the secret for the browser that is shown it."""
    token = secrets.token_urlsafe(16)
    row = storage.insert(
        session,
        Issuance(
            holder_id=holder_id,
            token_hash=storage.hash_of_secret(token),
            kind=prepared.kind,
            sealed=b"",
            outcomes=[],
            made_at=now,
            ends_at=now + OFFER_LASTS,
        ),
    )
    row.sealed = seal(progressing.to_bytes(Progress(prepared=prepared)), _purpose(row.id))
    return row.id, token


def get_issuance(
    session: Session, id: int, token: str, holder_id: int | None, keys: Keys, now: datetime
) -> tuple[Prepared, int]:
    """What an offer's page shows, and how many codes were written for it that were not right.

    Raises Missing when it is over, or somebody else's.
    """
    known = find(session, id, token, holder_id, keys, now)
    if known.state == "over":  # whatever its issuer is told of it yet
        raise storage.Missing
    return storage.require(known.progress).prepared, known.tries


def is_settled(session: Session, id: int, token: str, holder_id: int | None, keys: Keys, now: datetime) -> bool:
    """Whether it is known already what became of an offer, so that a tap brings nothing more; raises Missing as `get_issuance`."""
    return find(session, id, token, holder_id, keys, now).state in SETTLED


def find(session: Session, id: int, token: str, holder_id: int | None, keys: Keys, now: datetime) -> Known:
    """The row of this number, for whoever holds its secret; raises Missing."""
    # Whoever was nobody became a visitor by the first of two taps; the second one may not know it yet.
    is_second_tap = (Issuance.state.in_(("kept", "promised"))) & (Issuance.busy_until > now)
    is_theirs = or_(Issuance.holder_id.is_(None), Issuance.holder_id == holder_id, is_second_tap)
    row = storage.fetch_one(
        session,
        select(Issuance).where(
            Issuance.id == id,
            Issuance.token_hash == storage.hash_of_secret(token),
            Issuance.ends_at > now,
            is_theirs,
        ),
    )
    return _known(row, keys, now)


def find_earlier(session: Session, known: Known, holder_id: int | None, keys: Keys, now: datetime) -> Known | None:
    """Another row of the holder's that spent the code of this one, of which something is here or comes; None where none did."""
    code = _hash_of_code(known.progress)
    if holder_id is None or known.state != "offered" or code is None:
        return None
    theirs = select(Issuance).where(Issuance.holder_id == holder_id, Issuance.spent == code)
    going = theirs.where(Issuance.sealed != b"", Issuance.ends_at > now)
    row = session.scalar(going.order_by(Issuance.id).limit(1))
    earlier = _known(row, keys, now) if row else None
    return earlier if earlier and earlier.progress else None


def _hash_of_code(progress: Progress | None) -> bytes | None:
    steps = progress.prepared.steps if progress else None
    return storage.hash_of_secret(f"{steps.issuer} {steps.code}") if isinstance(steps, Steps) and steps.code else None


def claim_code(session: Session, known: Known, holder_id: int | None, keys: Keys, now: datetime) -> bool:
    """Take the code out of the row, to be sent now; False where somebody else has it, or another row of the holder's. Raises
    Missing where they are gone."""
    progress = storage.require(known.progress).without_code
    if holder_id is not None:
        accounts.lock_holder(session, holder_id)  # of two rows at once the later one sees the earlier
    if find_earlier(session, known, holder_id, keys, now):
        return False
    return _change(
        session,
        known.id,
        (Issuance.state == "offered", Issuance.tries == known.tries),
        state="asking",
        busy_until=now + WORKS,
        ends_at=now + OFFER_LASTS,  # for whoever has to go on with the token
        spent=_hash_of_code(known.progress),
        sealed=_seal(known.id, progress, keys),
    )


def claim_rest(session: Session, known: Known, now: datetime) -> bool:
    """Go on where somebody stopped, with the token; False where somebody is at it."""
    free = or_(Issuance.busy_until.is_(None), Issuance.busy_until <= now)
    return _change(session, known.id, (Issuance.state == known.state, free), busy_until=now + WORKS)


def give_code_back(session: Session, known: Known, keys: Keys, *, was_wrong: bool) -> None:
    """The code was not spent: it may be sent another time, but not for ever by whoever writes wrong ones."""
    tries = known.tries + was_wrong
    if tries >= MOST_TRIES:
        end(session, known.id, "offer-used")
        return
    sealed = _seal(known.id, storage.require(known.progress), keys)
    where = (Issuance.state == "asking",)
    _change(session, known.id, where, state="offered", tries=tries, busy_until=None, spent=None, sealed=sealed)


def note(session: Session, id: int, progress: Progress, state: State, keys: Keys, now: datetime) -> bool:
    """Write down how far it has come; False where it is over meanwhile."""
    open_ones = (Issuance.state.in_(("asking", *GOING_ON)),)
    return _change(session, id, open_ones, state=state, sealed=_seal(id, progress, keys), busy_until=now + WORKS)


def write_progress(session: Session, id: int, progress: Progress, keys: Keys) -> bool:
    """Write down how far a row has come of which a chore has its turn; False where it is gone meanwhile."""
    return _change(session, id, (), sealed=_seal(id, progress, keys))


def let_go(session: Session, id: int) -> None:
    """Nobody works on it any more, and whoever comes back goes on."""
    _change(session, id, (Issuance.state.in_(GOING_ON),), busy_until=None)


def give_up(session: Session, id: int, now: datetime) -> None:
    """Whoever sent the code is gone, and nobody knows what came of it: it is over, unless they write just now."""
    gone = (Issuance.state == "asking", Issuance.busy_until <= now)
    _change(session, id, gone, state="over", reason="offer-unknown", sealed=b"", busy_until=None)


def end(session: Session, id: int, reason: Reason) -> None:
    """It is over, and nothing that could open anything stays of it."""
    _change(session, id, (), state="over", reason=reason, sealed=b"", busy_until=None, due_at=None)


def end_and_tell(session: Session, id: int, progress: Progress, reason: Reason, keys: Keys, now: datetime) -> None:
    """As `end`, and its issuer is told that nothing is kept: what that needs goes when it was (later.py)."""
    sealed = _seal(id, replace(progress, documents=(), is_kept=False), keys)
    _change(session, id, (), state="over", reason=reason, sealed=sealed, busy_until=None, due_at=now)


def settle(
    session: Session,
    id: int,
    progress: Progress,
    outcomes: list[badges.ImportOutcome],
    holder_id: int,
    keys: Keys,
    now: datetime,
) -> bool:
    """Its badges are kept with this very transaction; False where somebody else has kept them."""
    interval = timedelta(seconds=progress.first_due)
    more: dict[str, Any] = {"state": "kept"}
    if progress.later or progress.documents:  # what could not be kept yet comes as what is promised does
        _forget_oldest_promises(session, holder_id, MOST_PROMISED - 1, now)
        more = {"state": "promised", "ends_at": now + PROMISE_LASTS}
    return _change(
        session,
        id,
        (Issuance.state == "arrived",),
        holder_id=holder_id,
        outcomes=[[one.file_name, one.kind, one.reason, one.badge_id] for one in outcomes],
        sealed=_seal(id, progress, keys),
        busy_until=now + SECOND_TAP,
        # Then what is not needed any more is forgotten, too (later.py).
        due_at=now + (SECOND_TAP if progress.notifications or progress.documents else max(SECOND_TAP, interval)),
        **more,
    )


def _forget_oldest_promises(session: Session, holder_id: int, most: int, now: datetime) -> None:
    """All but the last *most* go; of each the holder reads among what happened that it will not come."""
    promised = select(Issuance.id).where(Issuance.holder_id == holder_id, Issuance.state == "promised")
    oldest = session.scalars(promised.order_by(Issuance.id.desc()).offset(most)).all()
    for _ in oldest:
        accounts.note_event(session, holder_id, "badge-not-given", now)
    session.flush()  # the holder first, as all others
    session.execute(delete(Issuance).where(Issuance.id.in_(oldest)))


def promised_offers(session: Session, holder_id: int, now: datetime) -> set[int]:
    """The numbers of the offers that the holder took and of which badges come by themselves."""
    theirs = (Issuance.holder_id == holder_id, Issuance.state == "promised", Issuance.ends_at > now)
    return set(session.scalars(select(Issuance.id).where(*theirs)))


def move_promised(session: Session, from_holder_id: int, to_holder_id: int, now: datetime) -> None:
    """A visitor turned out to have a wallet: what issuers promised them, and what they were offered, comes there."""
    theirs = update(Issuance).where(Issuance.holder_id == from_holder_id)
    session.execute(theirs.values(holder_id=to_holder_id).execution_options(synchronize_session=False))
    _forget_oldest_promises(session, to_holder_id, MOST_PROMISED, now)


def forget_ended_issuances(session: Session, now: datetime) -> bool:
    """Offers that nobody took in half an hour, and those that were taken, go, some of them; whether there are more.

    Of a badge that was promised and never came the holder reads among what happened that it will not.
    """
    promised = Issuance.state == "promised"
    over = select(Issuance.id, Issuance.holder_id).where(Issuance.ends_at <= now, promised).order_by(Issuance.holder_id)
    for id, holder_id in session.execute(over).all():
        with suppress(storage.Missing):
            holder = accounts.lock_holder(session, storage.require(holder_id))  # the holder first, as all others
            if _change(session, id, (promised,), state="over"):
                accounts.note_event(session, holder.id, "badge-not-given", now)
    return storage.delete_some(session, Issuance, Issuance.ends_at, now)


def read_progress(row: Issuance, keys: Keys) -> Progress | None:
    """How far it has come; None where nothing stays of that, or other keys sealed it."""
    try:
        return progressing.from_bytes(keys.unseal(row.sealed, _purpose(row.id))) if row.sealed else None
    except storage.Unsealable:
        return None


def _known(row: Issuance, keys: Keys, now: datetime) -> Known:
    state = next(one for one in get_args(State) if one == row.state)
    return Known(
        id=row.id,
        state=state,
        reason=row.reason,
        tries=row.tries,
        progress=read_progress(row, keys),
        outcomes=tuple(badges.ImportOutcome(*told) for told in row.outcomes),
        is_busy=row.busy_until is not None and row.busy_until > now,
    )


def _seal(id: int, progress: Progress, keys: Keys) -> bytes:
    return keys.seal(progressing.to_bytes(progress), _purpose(id))


def _change(session: Session, id: int, where: tuple[Any, ...], **values: Any) -> bool:
    """One UPDATE, which only one of several can win."""
    changed = update(Issuance).where(Issuance.id == id, *where).values(**values).returning(Issuance.id)
    return session.scalar(changed) is not None


def _purpose(id: int) -> str:
    return f"issuance {id}"
