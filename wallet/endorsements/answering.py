"""Whoever was given the link of a request answers it: a word on the moment that they read, or a no. Without an account.

Rule 1: one word a link. Whoever answers claims the request by one UPDATE; the same page sent twice is one word, for it brings the
secret of the same link by which the word is taken back.
Rule 2: nothing is kept of whoever answers but what they typed, and of their address its domain and a mark (mailed_proof.py).
Rule 3: a no is a no: neither who says it nor why is asked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .. import accounts, evidence, storage
from . import erasing, mailed_proof, requests, withdrawing
from .models import (
    AFEST_TICKS,
    NAME_LIMIT,
    ORGANISATION_LIMIT,
    ROLE_LIMIT,
    SENTENCE_LIMIT,
    Endorsement,
    EndorsementRequest,
    Relation,
)

ANSWER_LIMITS: Mapping[str, int] = {
    "name": NAME_LIMIT,
    "role": ROLE_LIMIT,
    "organisation": ORGANISATION_LIMIT,
    "sentence": SENTENCE_LIMIT,
}
"""Characters of what is typed, by the field."""
LONGEST_VOICE = 2 * 60
"""Seconds that a voice may last: a word, and no speech."""


class NotOpen(Exception):  # what happened, in the words of the page
    """The request has its answer, or is asked no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TutorAnswer:
    """What a tutor says, as they typed it: cleaned, and maybe to be corrected as yet (`answer_problems`)."""

    relation: Relation = "saw"
    name: str = ""
    role: str = ""
    organisation: str = ""
    sentence: str = ""
    afest: tuple[str, ...] = ()
    """Of AFEST_TICKS."""
    mail: str = ""
    """Where a code is to go, "" for nowhere."""
    language: str = ""
    """In which they read, "" for that in which they were asked."""
    shown: Collection[int] | None = None
    """The numbers of the attachments that they were shown with the moment: what the holder put back after that is not confirmed.
    None where their page did not say."""


def clean_answer(typed: Mapping[str, str], afest: list[str]) -> TutorAnswer:
    """*typed* as text and nothing else, by the names of the fields of a TutorAnswer; and which of AFEST_TICKS are ticked."""
    lines = {name: accounts.clean_line(typed.get(name, "")) for name in ("name", "role", "organisation", "mail")}
    return TutorAnswer(
        relation="knows" if typed.get("relation") == "knows" else "saw",
        sentence=accounts.clean_text(typed.get("sentence", "")),
        afest=tuple(tick for tick in AFEST_TICKS if tick in afest),
        name=lines["name"],
        role=lines["role"],
        organisation=lines["organisation"],
        mail=lines["mail"],
    )


def answer_problems(answer: TutorAnswer, *, takes_mail: bool, is_spoken: bool = False) -> list[str]:
    """What is to be corrected before *answer* can be sent, as the field and what is wrong with it; without *takes_mail* no
    address is looked at. Whoever was not there and says nothing of their own, with *is_spoken* by their voice, confirms nothing."""
    mail = mailed_proof.address_problem(answer.mail) if takes_mail and answer.mail else ""
    return [
        *(["name-none"] if not answer.name else []),
        *(["sentence-none"] if answer.relation == "knows" and not (answer.sentence or is_spoken) else []),
        *(f"{field}-long" for field, limit in ANSWER_LIMITS.items() if len(getattr(answer, field)) > limit),
        *([f"mail-{mail}"] if mail else []),
    ]


def give_endorsement(
    session: Session,
    request_id: int,
    answer: TutorAnswer,
    secret: str,
    now: datetime,
    *,
    voice: Mapping[str, Any] | None = None,
    proof: mailed_proof.SentCode | None = None,
) -> Endorsement:
    """Keep *answer*, which has no problems, as the one word on the request; *secret* is that of the link by which it is taken
    back. What was given with the same one is given once. Raises Missing where the request is gone, NotOpen, and EvidenceFull where
    the holder has no room for the voice.

    *voice* has the columns of a recording that lies on the shelf; *proof* is the code that goes to their mailbox: so long as
    that may come back, the word waits for it.
    """
    request = storage.require(session.get(EndorsementRequest, request_id))
    accounts.lock_holder(session, request.holder_id)
    theirs = withdrawing.hash_of_link(secret)
    given = select(Endorsement).where(Endorsement.withdrawal_hash == theirs)
    if known := session.scalar(given.where(Endorsement.request_id == request_id)):
        storage.schedule_removal(session, {(voice or {}).get("recording")} - {known.recording}, now)
        return known
    size = (voice or {}).get("size", 0)
    erasing.need_room(session, request.holder_id, size)
    told = requests.told_now(session, request)
    there = [one for one in told["attachments"] if answer.shown is None or one["number"] in answer.shown]
    if not requests.is_readable(told | {"attachments": there}):
        raise NotOpen
    _claim(session, request_id, now, is_no=False)
    request.language = answer.language or request.language
    accounts.add_size(session, request.holder_id, size)
    endorsement = Endorsement(
        holder_id=request.holder_id,
        origin="asked",
        request_id=request_id,
        evidence_id=request.evidence_id,
        subject=request.subject,
        told=request.told | {"attachments": [request.told["attachments"][one["number"]] for one in there]},
        digest=request.digest,
        name=answer.name,
        role=answer.role,
        organisation=answer.organisation,
        relation=answer.relation,
        setting="afest" if answer.afest else "",
        afest=list(answer.afest) or None,
        sentence=answer.sentence,
        given_at=now,
        arrives_at=now,
        withdrawal_hash=theirs,
        **(voice or {}),
    )
    if proof:
        mailed_proof.send_code(session, endorsement, proof, now)
    return storage.insert(session, endorsement)


def read_attachment(session: Session, request: EndorsementRequest, number: int) -> evidence.Attachment:
    """The attachment of that number in the moment as the tutor reads it, while its holder lets it be; raises Missing."""
    attached = list[dict[str, Any]](request.told["attachments"])
    id = attached[number]["id"] if number < len(attached) else 0
    there = select(evidence.Attachment).where(evidence.Attachment.id == id, evidence.Attachment.removed_at.is_(None))
    return storage.fetch_one(session, there.where(evidence.Attachment.evidence_id == request.evidence_id))


def decline_request(session: Session, request_id: int, now: datetime) -> None:
    """The answer is no; raises Missing, and NotOpen where there is another one."""
    request = storage.require(session.get(EndorsementRequest, request_id))
    accounts.lock_holder(session, request.holder_id)
    request = storage.require(session.get(EndorsementRequest, request_id, populate_existing=True))
    if not request.was_declined:
        _claim(session, request_id, now, is_no=True)


def _claim(session: Session, request_id: int, now: datetime, *, is_no: bool) -> None:
    mine = (EndorsementRequest.id == request_id, requests.may_answer(now))
    claimed = update(EndorsementRequest).where(*mine).values(answered_at=now, was_declined=is_no)
    if session.scalar(claimed.returning(EndorsementRequest.id)) is None:
        raise NotOpen
