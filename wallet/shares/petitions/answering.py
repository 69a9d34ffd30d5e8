"""A structure answers a petition, without an account: it gives the badge, says what is missing, or that it is not for it.

Rule 1: whoever was written to types a code from the mailbox of that letter with each answer: the link alone, forwarded or read by
somebody else, answers nothing.
Rule 2: a badge comes in as any other, and only the one that was asked for: of that skill, at that level or a higher one, and by that
issuer, shown to be so.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ... import accounts, badges, competencies, storage, trust
from .. import models as shares
from ..calls import AskedSkill, asked_skills
from .asking import OwnPetition, hash_of, waits
from .models import ANSWER_LIMIT, CODE_TRIES, MOST_CODES, OFFER_SEALED, Petition

CODE = "petition-code"
"""For what codes are marked, and the kind of their letter."""
CodeState = Literal["sent", "there", "over", "spent"]
"""A code is on its way; one is there already; none goes for now; none goes ever again."""
TryOutcome = Literal["right", "wrong", "over"]
"""It is the code; it is not; no code is there, by time or by tries."""
Unfit = Literal["", "wrong", "not-valid"]
"""Why a badge is not the one that was asked for."""


class NotWaiting(Exception):  # what happened, in the words of the page
    """It was answered, or is over, meanwhile."""


class NotKept(Exception):  # what happened, in the words of the page
    """There is no room for the badge."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNow:
    """By what a badge is known to be the one that was asked for."""

    frameworks: Sequence[competencies.Framework]
    registers: trust.Registers


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPetition:
    """A petition, as whoever is asked reads it."""

    row: Petition
    is_open: bool
    name: str
    """The first name of whoever asks, as the proofs have it; "" for none."""
    proofs: str
    """The token of the share with the proofs, "" where it is over, or was sealed with other keys."""
    ends_at: datetime
    """Until when it may be answered: it ends with its proofs, which may have been given an earlier end."""


def find_petition(session: Session, token: str, unseal: storage.Seal, now: datetime) -> FoundPetition:
    """The petition of that link; raises Missing for a link that is nobody's."""
    row = storage.fetch_one(session, select(Petition).where(Petition.token_hash == hash_of(token)))
    shown = session.execute(
        select(shares.Share.name, shares.Share.token_sealed, shares.Share.ends_at)
        .join(Petition, Petition.share_id == shares.Share.id)
        .where(Petition.id == row.id, waits(now))
    ).first()
    proofs = storage.unseal_or_empty(unseal, shown.token_sealed, shares.SEALED) if shown else ""
    return FoundPetition(
        row=row,
        is_open=shown is not None,
        name=shown.name if shown else "",
        proofs=proofs,
        ends_at=min(row.ends_at, shown.ends_at) if shown else row.ends_at,
    )


def is_asked_still(petition: Petition, known: KnownNow, now: datetime) -> bool:
    """Whether the operator knows whoever is asked, and where one asks them: else they may not answer."""
    return _asked_row(petition, known, now) is not None


def as_known(petition: OwnPetition, known: KnownNow, promised: Collection[int], now: datetime) -> OwnPetition:
    """*petition*, and whether whoever is asked may answer it, where one asks them now, and whether its offer is among the
    *promised* ones that were taken."""
    row = _asked_row(petition.row, known, now)
    return replace(
        petition,
        is_known=row is not None,
        asks_at=row.asks_at if row else petition.asks_at,
        is_promised=petition.row.offer_id in promised,
    )


def closed(found: FoundPetition) -> FoundPetition:
    """*found* as it is while nobody may answer it."""
    return replace(found, is_open=False, proofs="")


def write_code(session: Session, petition_id: int, mark: storage.Seal, seal: storage.Seal, now: datetime) -> CodeState:
    """A code goes to the address of the register, where none is there that may still come back: one an hour, MOST_CODES in all.
    Raises Missing for who erased all meanwhile."""
    none_is_there = or_(Petition.code_ends_at.is_(None), Petition.code_ends_at <= now)
    claim = (Petition.id == petition_id, Petition.is_mailed, Petition.codes < MOST_CODES, none_is_there, waits(now))
    code = accounts.new_mailed_code()
    claimed = session.scalar(
        update(Petition)
        .where(*claim)
        .values(
            code_hash=_mark_of(code, petition_id, mark),
            code_ends_at=now + accounts.CODE_LASTS,
            code_tries=0,
            codes=Petition.codes + 1,
        )
        .returning(Petition.id)
    )
    row = storage.require(session.get(Petition, petition_id, populate_existing=True))
    if claimed is None:
        if row.code_ends_at is not None and now < row.code_ends_at and row.code_tries < CODE_TRIES:
            return "there"
        return "over" if row.codes < MOST_CODES else "spent"
    letter = accounts.Mail(
        holder_id=row.holder_id,
        address=accounts.ascii_address(row.asks_at),
        kind=CODE,
        language=row.language,
        sealed=seal(code.encode(), accounts.MAIL_PURPOSE),
    )
    accounts.queue_mail(session, letter, now, accounts.CODE_LASTS)
    return "sent"


def try_code(session: Session, petition_id: int, typed: str, mark: storage.Seal, now: datetime) -> TryOutcome:
    """What comes of the code that was *typed*. A wrong one is counted before anything is compared; the right one is good for
    each answer of its hour."""
    there = (Petition.code_hash.is_not(None), Petition.code_ends_at > now, Petition.code_tries < CODE_TRIES)
    tried = update(Petition).where(Petition.id == petition_id, *there).values(code_tries=Petition.code_tries + 1)
    kept = session.scalar(tried.returning(Petition.code_hash))
    if kept is None:
        return "over"
    if not hmac.compare_digest(_mark_of(typed, petition_id, mark), kept):
        return "wrong"
    session.execute(update(Petition).where(Petition.id == petition_id).values(code_tries=Petition.code_tries - 1))
    return "right"


def tries_left(session: Session, petition_id: int) -> int:
    """How often the code that went out last may be typed still."""
    tried = session.scalar(select(Petition.code_tries).where(Petition.id == petition_id)) or 0
    return max(CODE_TRIES - tried, 0)


def code_sent_at(session: Session, petition_id: int) -> datetime | None:
    """When the code that went out last did; None where none went."""
    ends_at = session.scalar(select(Petition.code_ends_at).where(Petition.id == petition_id))
    return ends_at - accounts.CODE_LASTS if ends_at else None


def say_lacking(session: Session, petition_id: int, sentence: str, now: datetime) -> None:
    """Say what is missing; it may still be given the badge. Raises NotWaiting."""
    _answer(session, petition_id, now, state="lacking", answer=accounts.clean_line(sentence)[:ANSWER_LIMIT])


def refuse(session: Session, petition_id: int, now: datetime) -> None:
    """It is not for them: nothing is shown to them any more. Raises NotWaiting."""
    close_proofs(session, _answer(session, petition_id, now, state="not-ours", answer=""), now)


def offer_badge(session: Session, petition_id: int, offer: str, seal: storage.Seal, now: datetime) -> None:
    """Keep *offer* for whoever asked, who alone may take it: its code works once (docs/decisions.md 44). Raises NotWaiting."""
    sealed = seal(offer.encode(), OFFER_SEALED)
    _answer(session, petition_id, now, state="offered", answer="", offer_sealed=sealed)


def why_unfit(found: badges.NewBadge | badges.KeptBadge, petition: Petition, known: KnownNow, now: datetime) -> Unfit:
    """Why *found* is not the badge that *petition* asks for; "" where it is."""
    if isinstance(found, badges.KeptBadge):
        read, issuer, state = found.read, found.issuer, found.state
    else:
        read, issuer, state = asdict(found.examination.badge), issuer_of(found), found.examination.state
    skill = skill_of(petition, known.frameworks)
    if skill is None or not known.registers.is_of_asked(petition.issuer, issuer, skill.framework.id, now):
        return "wrong"
    spoken = competencies.recognise(skill.framework, read, issuer)
    asked = skill.framework.height(skill.level.key)
    if not any(one.competency == skill.competency and one.height >= asked for one in spoken):
        return "wrong"
    return "" if state == badges.GOOD_STATES else "not-valid"


def skill_of(petition: Petition, frameworks: Sequence[competencies.Framework]) -> AskedSkill | None:
    """What is asked for; None where no framework has it any more."""
    return next(iter(asked_skills(frameworks, [petition.place])), None)


def issuer_of(found: badges.NewBadge) -> trust.Issuer:
    """Whose badge it is, and what of that was shown."""
    examined = found.examination
    return trust.Issuer(
        id=examined.badge.issuer.id,
        name=examined.badge.issuer.name,
        binding=examined.binding,
        key=examined.key,
    )


def grant(session: Session, petition_id: int, found: badges.NewBadge, now: datetime) -> int:
    """Keep the badge with whoever asked for it: its id. Raises NotWaiting, NotKept; Missing for who erased all meanwhile."""
    row = storage.require(session.get(Petition, petition_id))
    holder = accounts.lock_holder(session, row.holder_id)
    answered = _answer(session, petition_id, now, state="granted", answer="")
    [outcome] = badges.keep_badges(session, holder, [found], now)
    if outcome.badge_id is None:
        raise NotKept(outcome.reason)
    kept = badges.get_badge(session, holder.id, outcome.badge_id)
    kept.unasked = None  # it is what they asked for
    badges.match_badge(kept, badges.proven_addresses(session, holder.id), now)
    answered.badge_id = kept.id
    close_proofs(session, answered, now)
    return kept.id


def _asked_row(petition: Petition, known: KnownNow, now: datetime) -> trust.Row | None:
    skill = skill_of(petition, known.frameworks)
    rows = skill.framework.whom_to_ask(known.registers, now) if skill else []
    return next((row for row in rows if row.match == petition.issuer), None)


def _answer(session: Session, petition_id: int, now: datetime, **values: Any) -> Petition:
    claim = update(Petition).where(Petition.id == petition_id, waits(now))
    whole = {"answered_at": now, "seen_at": None, "offer_sealed": None, "offer_id": None, "badge_id": None} | values
    if session.scalar(claim.values(**whole).returning(Petition.id)) is None:
        raise NotWaiting
    return session.get_one(Petition, petition_id, populate_existing=True)


def close_proofs(session: Session, petition: Petition, now: datetime) -> None:
    """Nobody needs them any more."""
    shown = (shares.Share.id == petition.share_id, shares.Share.stopped_at.is_(None))
    session.execute(update(shares.Share).where(*shown).values(stopped_at=now))


def _mark_of(code: str, petition_id: int, mark: storage.Seal) -> bytes:
    """What stands for a code: of this petition, and of no other."""
    return mark(f"{petition_id}\n{accounts.as_typed_meant(code)}".encode(errors="replace"), CODE)
