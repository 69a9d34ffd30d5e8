"""A holder asks a structure for a badge: chooses it, shows proofs, sends; reads what came of it, and may remind them once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from ... import accounts, badges, registers, storage, trust
from ...competencies import CompetencyMap, Framework, Standing
from .. import lifecycle
from ..models import Choice, Share
from .models import KEPT_AFTER, MOST_A_DAY, MOST_OPEN, PETITION_LASTS, SEALED, WAITING, Petition

LETTER, LETTER_LASTS = "petition", timedelta(days=7)
"""The kind of the letter, and how long it is of use."""
DAY = timedelta(days=1)


class TooManyPetitions(Exception):  # what happened, in the words of the page
    """MOST_OPEN of the holder wait."""


class AddressIsFull(Exception):  # what happened, in the words of the page
    """MOST_A_DAY went to that address within a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is asked for, of whom, and with what for a proof."""

    place: str
    row: trust.Row
    choice: Choice
    language: str
    has_mailer: bool
    """Whether this instance sends letters."""

    @property
    def is_mailed(self) -> bool:
        """Whether our letter brings it."""
        return self.has_mailer and takes_letters(self.row.asks_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnPetition:
    """A petition, as its holder reads it."""

    row: Petition
    is_open: bool
    """Whether it may still be answered."""
    token: str
    """Of the link, where the holder brings it themselves; "" else."""
    ends_at: datetime
    """Until when it may be answered: it ends with its proofs, which may have been given an earlier end."""
    badge_id: int | None
    """The badge that came, as long as its holder keeps it."""
    asks_at: str
    """Where one asks them: as the register says it now, while it knows them (answering.as_known)."""
    is_known: bool = True
    """Whether the operator knows whoever is asked, who may answer nothing else (answering.as_known)."""
    is_promised: bool = False
    """Whether they took the offer, and the badge comes by itself."""
    is_cut_short: bool = False
    """Whether its proofs were stopped, or taken off the record: it did not end because nobody answered in time."""
    is_readable: bool = True
    """Whether its link can be shown, or written once more: not where it was sealed with other keys."""

    @property
    def state(self) -> str:
        """What came of it; `lapsed` where it is over without the badge. An offer is the holder's, also when the proofs are gone."""
        may_come = self.is_open and self.is_known
        is_over = self.row.state in WAITING and self.row.state != "offered" and not may_come
        return "lapsed" if is_over else self.row.state

    @property
    def may_remind(self) -> bool:
        """Whether one letter more may go: to whoever may answer it, and has something left to do."""
        is_waited_for = self.is_open and self.is_known and not self.is_promised and self.is_readable
        may_go = self.row.is_mailed and self.row.reminded_at is None and takes_letters(self.asks_at)
        return is_waited_for and may_go


def places_to_ask_for(maps: Iterable[CompetencyMap]) -> list[str]:
    """Of each skill that whoever has these *maps* does not have at the highest level, the next one: what they miss altogether
    first."""
    missing = [
        (one.is_here, f"{drawn.framework.id}/{one.competency.key}/{level}")
        for drawn in maps
        for one in drawn.standings
        if one.competency and (level := _next_level(drawn.framework, one))
    ]
    return [place for _, place in sorted(missing, key=lambda one: one[0])]


def _next_level(framework: Framework, standing: Standing) -> str:
    best = standing.tacked[0] if standing.tacked else standing.rests_on
    height = best.found.height + 1 if best else 0
    return framework.levels[height].key if height < len(framework.levels) else ""


def is_mailbox(asks_at: str) -> bool:
    """Whether *asks_at* of a row is an e-mail address, and no address of a page."""
    return "@" in asks_at and "://" not in asks_at


def takes_letters(asks_at: str) -> bool:
    """Whether a letter of ours can go there: a register takes addresses that are none for us (accounts.ascii_address)."""
    try:
        return is_mailbox(asks_at) and len(accounts.ascii_address(asks_at)) <= accounts.ADDRESS_LIMIT
    except accounts.NoAddress:
        return False


def create_petition(
    session: Session, holder_id: int, asked: Asked, seal: storage.Seal, now: datetime, made_in_id: int | None = None
) -> int:
    """Ask for the badge: the id of the petition, of the one that is there already where that still waits.

    Raises Missing when a badge is not theirs, ValueError for no proof, TooManyPetitions, AddressIsFull, TooManyShares.
    *made_in_id*: the return by which the device came on which they ask.
    """
    accounts.lock_holder(session, holder_id)
    if (known := find_waiting(session, holder_id, asked.place, asked.row.match, now)) is not None:
        return known
    mine = (Petition.holder_id == holder_id, waits(now))
    if session.scalars(select(func.count()).select_from(Petition).where(*mine)).one() >= MOST_OPEN:
        raise TooManyPetitions
    _need_room_at(session, asked.row.asks_at, now)
    share = lifecycle.create_share(session, holder_id, asked.choice, seal, now, made_in_id)
    token = accounts.new_code()
    made = storage.insert(
        session,
        Petition(
            holder_id=holder_id,
            place=asked.place,
            issuer=asked.row.match,
            structure=asked.row.name,
            asks_at=asked.row.asks_at,
            is_mailed=asked.is_mailed,
            share_id=share.id,
            token_hash=hash_of(token),
            token_sealed=seal(token.encode(), SEALED),
            language=asked.language,
            made_at=now,
            ends_at=min(share.ends_at, now + PETITION_LASTS),
        ),
    )
    if made.is_mailed:
        _send(session, made, token, seal, now)
    return made.id


def find_waiting(session: Session, holder_id: int, place: str, issuer: str, now: datetime) -> int | None:
    """The holder's petition for the badge of that *place*, to that *issuer*, which still waits: its id; None for none."""
    same = (Petition.holder_id == holder_id, Petition.place == place, Petition.issuer == issuer)
    return session.scalar(select(Petition.id).where(*same, waits(now)))


def waits(now: datetime) -> ColumnElement[bool]:
    """Says of a petition whether it may be answered: to be asked for with the UPDATE that answers it. It ends with its share."""
    proofs = exists().where(Share.id == Petition.share_id, Share.stopped_at.is_(None), Share.ends_at > now)
    is_shown = proofs.correlate(Petition)  # also where the statement around it reads shares
    return Petition.state.in_(WAITING) & (Petition.ends_at > now) & is_shown


def list_petitions(session: Session, holder_id: int, unseal: storage.Seal, now: datetime) -> list[OwnPetition]:
    """What the holder asked for and is not done with, the newest first."""
    mine = (Petition.holder_id == holder_id, Petition.seen_at.is_(None))
    found = session.scalars(select(Petition).where(*mine).order_by(Petition.id.desc())).all()
    return _owned(session, found, unseal, now) if found else []


def list_refusals(session: Session, holder_id: int) -> set[tuple[str, str]]:
    """Which badges the holder was refused, and by whom: the place and the issuer of each, done with or not."""
    theirs = (Petition.holder_id == holder_id, Petition.state == "not-ours")
    return {
        (place, issuer) for place, issuer in session.execute(select(Petition.place, Petition.issuer).where(*theirs))
    }


def count_going_on(session: Session, holder_id: int, now: datetime) -> int:
    """How many petitions of the holder may still bring a badge: they wait for an answer, or an offer is there."""
    theirs = (Petition.holder_id == holder_id, Petition.seen_at.is_(None), waits(now) | (Petition.state == "offered"))
    return session.scalars(select(func.count()).select_from(Petition).where(*theirs)).one()


def find_by_share(session: Session, holder_id: int, share_id: int) -> int | None:
    """The holder's petition of which that share holds the proofs, by its id; None for none."""
    theirs = (Petition.holder_id == holder_id, Petition.share_id == share_id)
    return session.scalar(select(Petition.id).where(*theirs))


def get_petition(
    session: Session, holder_id: int, petition_id: int, unseal: storage.Seal, now: datetime
) -> OwnPetition:
    """One petition of the holder; raises Missing."""
    return _owned(session, [_own(session, holder_id, petition_id)], unseal, now)[0]


def remind(
    session: Session,
    holder_id: int,
    petition_id: int,
    asks_at: str,
    keys: tuple[storage.Seal, storage.Seal],
    now: datetime,
) -> bool:
    """One letter more, once, to the mailbox *asks_at*, which codes go to from then on; whether it goes. *keys* seal and open.

    Raises Missing.
    """
    found = _own(session, holder_id, petition_id)
    seal, unseal = keys
    token = storage.unseal_or_empty(unseal, found.token_sealed, SEALED)
    if not token:
        return False
    claim = (Petition.id == found.id, Petition.is_mailed, Petition.reminded_at.is_(None), waits(now))
    claimed = session.scalar(
        update(Petition).where(*claim).values(reminded_at=now, asks_at=asks_at).returning(Petition.id)
    )
    if claimed is None:
        return False
    _send(session, found, token, seal, now)
    return True


def mark_seen(session: Session, holder_id: int, petition_id: int, now: datetime) -> None:
    """The holder is done with what came of it; one that waits stays. Raises Missing."""
    found = _own(session, holder_id, petition_id)
    session.execute(
        update(Petition).where(Petition.id == found.id, Petition.seen_at.is_(None), ~waits(now)).values(seen_at=now)
    )


def forget_ended_petitions(session: Session, now: datetime) -> bool:
    """Erase some of the petitions that ended so long ago that nothing of them is told any more; whether there are more."""
    return storage.delete_some(session, Petition, Petition.ends_at, now - KEPT_AFTER)


def hash_of(token: str) -> bytes:
    """What finds the petition of *token*, however it was typed."""
    return storage.hash_of_secret(accounts.as_typed_meant(token))


def _own(session: Session, holder_id: int, petition_id: int) -> Petition:
    mine = (Petition.holder_id == holder_id, Petition.id == petition_id)
    return storage.fetch_one(session, select(Petition).where(*mine))


def _owned(session: Session, found: Sequence[Petition], unseal: storage.Seal, now: datetime) -> list[OwnPetition]:
    shown = select(Petition.id, Share.ends_at, Share.stopped_at, waits(now).label("waits"))
    proofs = session.execute(
        shown.join(Share, Share.id == Petition.share_id).where(Petition.id.in_([one.id for one in found]))
    ).all()
    still: dict[int, datetime] = {row.id: row.ends_at for row in proofs if row.waits}
    ran_out = {row.id for row in proofs if row.stopped_at is None}
    came = select(badges.KeptBadge.id).where(badges.KeptBadge.id.in_([one.badge_id for one in found if one.badge_id]))
    kept = set(session.scalars(came.where(badges.KeptBadge.removed_at.is_(None))))
    tokens = {one.id: storage.unseal_or_empty(unseal, one.token_sealed, SEALED) for one in found if one.id in still}
    return [
        OwnPetition(
            row=one,
            is_open=one.id in still,
            token="" if one.is_mailed else tokens.get(one.id, ""),
            ends_at=min(one.ends_at, still.get(one.id, one.ends_at)),
            badge_id=one.badge_id if one.badge_id in kept else None,
            asks_at=one.asks_at,
            is_cut_short=one.id not in ran_out,
            is_readable=tokens.get(one.id) != "",
        )
        for one in found
    ]


def _need_room_at(session: Session, asks_at: str, now: datetime) -> None:
    """Raises AddressIsFull. All who ask there at once wait for one another, so that none finds a bound that is passed."""
    there = select(registers.RegisterRow.id).where(registers.RegisterRow.asks_at == asks_at)
    session.execute(there.order_by(registers.RegisterRow.id).with_for_update()).all()
    lately = (Petition.asks_at == asks_at, Petition.made_at > now - DAY)
    if session.scalars(select(func.count()).select_from(Petition).where(*lately)).one() >= MOST_A_DAY:
        raise AddressIsFull


def _send(session: Session, petition: Petition, token: str, seal: storage.Seal, now: datetime) -> None:
    letter = accounts.Mail(
        holder_id=petition.holder_id,
        address=accounts.ascii_address(petition.asks_at),
        kind=LETTER,
        language=petition.language,
        sealed=seal(token.encode(), accounts.MAIL_PURPOSE),
    )
    accounts.queue_mail(session, letter, now, LETTER_LASTS)
