"""« Demander un mot »: a link by which one person reads one moment of a holder, and may say a word on it.

Rule 1: nothing is written to anybody: the link goes from the holder's own phone, as they like.
Rule 2: what may be read by it is a frozen copy. The moment may be told otherwise afterwards; the copy never is.
Rule 3: whether it may be answered is a WHERE (`may_answer`), not an if: one word a link, and none when it was stopped.

The token is 128 random bits. Its hash finds the request; the token itself is sealed, for the page of its owner
(docs/decisions.md 9).
"""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session

from .. import accounts, evidence, openbadges, storage
from .models import (
    MOST_ENDORSEMENTS,
    MOST_OPEN_REQUESTS,
    REQUEST_LASTS,
    SEALED,
    Endorsement,
    EndorsementRequest,
)
from .withdrawing import note_change

RequestState = Literal["open", "answered", "stopped", "ended"]
"""It waits for a word; it has one, or a no; its holder stopped it, or took the moment away, or all that it tells; its days are
over."""
SHOWN_KINDS = ("recording", "photo")
"""What of a moment's attachments goes with it: what is heard and seen there. Files and links stay with the holder."""


class TooManyRequests(Exception):  # what happened, in the words of the page
    """MOST_OPEN_REQUESTS of the holder wait for an answer."""


class TooManyEndorsements(Exception):  # what happened, in the words of the page
    """The holder has MOST_ENDORSEMENTS words, those that are asked for counted."""


class NothingToRead(ValueError):
    """The moment says nothing that could be confirmed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the holder asks for."""

    key: str
    """Of the page on which they do: sent twice from there, as it is, it is asked once."""
    evidence_id: int
    name: str
    """Their first name, as it is to be read; "" for none."""
    leaves_out: Collection[str] = ()
    """What is not to be read of the moment: `parts_of` names them."""
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class FoundRequest:
    """A request, and whether it may be answered."""

    request: EndorsementRequest
    state: RequestState
    told: Mapping[str, Any]
    """The moment as it can be read now (`told_now`)."""


def create_request(
    session: Session, holder_id: int, asked: Asked, seal: storage.Seal, now: datetime, made_in_id: int | None = None
) -> EndorsementRequest:
    """A new link to one moment; the same page sent again is the same request, unless something else is to be read by it.

    Raises Missing where the moment is not theirs or the return was stopped, NothingToRead, TooManyRequests and TooManyEndorsements.
    *made_in_id*: the return by which the device came on which they ask.
    """
    accounts.lock_holder(session, holder_id)
    accounts.refuse_stopped(session, made_in_id)
    moment = evidence.view_moment(session, holder_id, asked.evidence_id)
    mine = EndorsementRequest.holder_id == holder_id
    name, told = accounts.clean_name(asked.name), moment_for_tutor(moment, asked.leaves_out)
    key = _key_of(asked, told, name)
    if known := session.scalar(select(EndorsementRequest).where(mine, EndorsementRequest.key == key)):
        return known
    if not is_readable(told):
        raise NothingToRead
    _need_room(session, holder_id, now)
    token = accounts.new_code()
    return storage.insert(
        session,
        EndorsementRequest(
            holder_id=holder_id,
            evidence_id=asked.evidence_id,
            key=key,
            token_hash=hash_of(token),
            token_sealed=seal(token.encode(), SEALED),
            name=name,
            told=told,
            digest=digest_of(told, name),
            subject=f"urn:uuid:{uuid.uuid4()}",
            language=asked.language,
            made_at=now,
            ends_at=now + REQUEST_LASTS,
            made_in_id=made_in_id,
        ),
    )


def parts_of(moment: evidence.EvidenceView) -> list[str]:
    """What of *moment* may be left out, in the order in which it is read: `place`, `sentence`, a question that is answered
    in writing, `attachment-12`."""
    written = (evidence.PLACE, evidence.SENTENCE, *evidence.WORDS)
    shown = [one for one in moment.attachments if one.kind in SHOWN_KINDS]
    return [*(one for one in written if moment.text(one)), *(f"attachment-{one.id}" for one in shown)]


def moment_for_tutor(moment: evidence.EvidenceView, leaves_out: Collection[str] = ()) -> dict[str, Any]:
    """*moment* as a tutor reads it, in plain JSON: evidence.moment_as_json less what the holder took off it."""
    told = evidence.moment_as_json(moment)
    return {
        "situation": told["situation"],
        "place": "" if evidence.PLACE in leaves_out else told["place"],
        "sentence": "" if evidence.SENTENCE in leaves_out else told["sentence"],
        "said": [[question, text] for question, text in told["said"] if question not in leaves_out],
        "attachments": [
            one
            for one in told["attachments"]
            if one["kind"] in SHOWN_KINDS and f"attachment-{one['id']}" not in leaves_out
        ],
    }


def is_readable(told: Mapping[str, Any]) -> bool:
    """Whether something is told that somebody may confirm: in words or by a voice. A place or a photo alone says nothing."""
    spoken = any(one["kind"] == "recording" for one in told["attachments"])
    return bool(told["sentence"] or told["said"] or spoken)


def text_of(told: Mapping[str, Any], name: str) -> bytes:
    """What a tutor reads, as its digest is made of it: whoever has the words of the moment makes the same."""
    readable = {"name": name} | {part: told[part] for part in ("situation", "place", "sentence", "said")}
    return json.dumps(readable, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(told: Mapping[str, Any], name: str) -> str:
    """The digest of what a tutor reads."""
    return openbadges.digest_sri(text_of(told, name))


def may_answer(now: datetime) -> ColumnElement[bool]:
    """Says of a request whether it may be answered: to be asked for with the UPDATE that answers it."""
    there = exists().where(
        evidence.Evidence.id == EndorsementRequest.evidence_id, evidence.Evidence.removed_at.is_(None)
    )
    unanswered = EndorsementRequest.answered_at.is_(None) & EndorsementRequest.stopped_at.is_(None)
    return and_(unanswered, EndorsementRequest.ends_at > now, there)


def find_request(session: Session, token: str, now: datetime) -> FoundRequest:
    """The request of that link, and whether it may be answered; raises Missing for a link that is nobody's."""
    by_token = EndorsementRequest.token_hash == hash_of(token)
    found = storage.fetch_one(session, select(EndorsementRequest).where(by_token))
    told = told_now(session, found)
    return FoundRequest(found, state_of(found, now, is_open=is_open(session, found, told, now)), told)


def told_now(session: Session, request: EndorsementRequest) -> dict[str, Any]:
    """The moment as its tutor reads it: the frozen copy, less what its holder took off since. What is left of the attachments has
    its `number` in the copy."""
    copied = request.told["attachments"]
    theirs = (evidence.Attachment.evidence_id == request.evidence_id, evidence.Attachment.removed_at.is_(None))
    there = set(session.scalars(select(evidence.Attachment.id).where(*theirs))) if copied else set[int]()
    left = [one | {"number": number} for number, one in enumerate(copied) if one["id"] in there]
    return request.told | {"attachments": left}


def is_open(session: Session, request: EndorsementRequest, told: Mapping[str, Any], now: datetime) -> bool:
    """Whether *request* may be answered, and something can be read or heard still of what is *told* now."""
    mine = select(EndorsementRequest.id).where(EndorsementRequest.id == request.id, may_answer(now))
    return is_readable(told) and session.scalar(mine) is not None


def state_of(request: EndorsementRequest, now: datetime, *, is_open: bool = True) -> RequestState:
    """How *request* stands at *now*; *is_open* says whether it may be answered."""
    if request.answered_at:
        return "answered"
    if request.stopped_at:
        return "stopped"
    if request.ends_at <= now:
        return "ended"
    return "open" if is_open else "stopped"


def get_request(session: Session, holder_id: int, request_id: int) -> EndorsementRequest:
    """The holder's request of that id; raises Missing."""
    mine = (EndorsementRequest.holder_id == holder_id, EndorsementRequest.id == request_id)
    return storage.fetch_one(session, select(EndorsementRequest).where(*mine))


def list_requests(session: Session, holder_id: int, evidence_id: int | None = None) -> Sequence[EndorsementRequest]:
    """The holder's requests, the newest first; with *evidence_id* those of that moment. Of a removed moment none is told."""
    theirs = select(EndorsementRequest).where(EndorsementRequest.holder_id == holder_id)
    there = theirs.join(evidence.Evidence, evidence.Evidence.id == EndorsementRequest.evidence_id)
    there = there.where(evidence.Evidence.removed_at.is_(None))
    if evidence_id is not None:
        there = there.where(EndorsementRequest.evidence_id == evidence_id)
    return session.scalars(there.order_by(EndorsementRequest.id.desc())).all()


def asked_moment_ids(session: Session, holder_id: int, now: datetime) -> set[int]:
    """The moments of the holder that a link of theirs lets somebody read, by their ids."""
    asked = select(EndorsementRequest).where(EndorsementRequest.holder_id == holder_id, may_answer(now))
    readable = (one for one in session.scalars(asked).all() if is_readable(told_now(session, one)))
    return {one.evidence_id for one in readable if one.evidence_id is not None}


def stop_request(session: Session, holder_id: int, request_id: int, now: datetime) -> None:
    """Its link leads nowhere from now on, for good; one that was answered or is over stays as it is. Raises Missing."""
    get_request(session, holder_id, request_id)
    mine = (EndorsementRequest.holder_id == holder_id, EndorsementRequest.id == request_id)
    unanswered = (EndorsementRequest.answered_at.is_(None), EndorsementRequest.stopped_at.is_(None))
    session.execute(update(EndorsementRequest).where(*mine, *unanswered).values(stopped_at=now))


def language_of(session: Session, endorsement: Endorsement) -> str:
    """In which language whoever gave *endorsement* read, "" where what was asked is forgotten."""
    asked = select(EndorsementRequest.language).where(EndorsementRequest.id == endorsement.request_id)
    return session.scalar(asked) or ""


def mark_declined_seen(session: Session, holder_id: int, now: datetime) -> None:
    """« Pas de mot cette fois. » was read, wherever it stood."""
    unseen = (EndorsementRequest.was_declined, EndorsementRequest.seen_at.is_(None))
    session.execute(
        update(EndorsementRequest).where(EndorsementRequest.holder_id == holder_id, *unseen).values(seen_at=now)
    )


def undo_requests_of_recovery(session: Session, holder_id: int, return_id: int, now: datetime) -> None:
    """Whoever came by that return was not the holder: what they asked for is asked for no more, and what came of it goes."""
    theirs = (EndorsementRequest.holder_id == holder_id, EndorsementRequest.made_in_id == return_id)
    asked = select(EndorsementRequest.id).where(*theirs)
    given = (Endorsement.holder_id == holder_id, Endorsement.request_id.in_(asked), Endorsement.removed_at.is_(None))
    for found in session.scalars(select(Endorsement).where(*given)).all():
        found.removed_at = now
        note_change(session, found)
    session.execute(
        update(EndorsementRequest).where(*theirs, EndorsementRequest.stopped_at.is_(None)).values(stopped_at=now)
    )


def hand_over_requests(session: Session, holder_id: int, from_return_id: int, to_return_id: int) -> None:
    """What was asked for during one return is of another one from now on, and is undone with that."""
    theirs = (EndorsementRequest.holder_id == holder_id, EndorsementRequest.made_in_id == from_return_id)
    session.execute(update(EndorsementRequest).where(*theirs).values(made_in_id=to_return_id))


def hash_of(token: str) -> bytes:
    """What finds the request of *token*, however it was typed."""
    return storage.hash_of_secret(accounts.as_typed_meant(token))


def _key_of(asked: Asked, told: Mapping[str, Any], name: str) -> str:
    """By what a second tap is known: the page, and all that is read by the link. Whoever goes back and unticks something asks anew."""
    attached = " ".join(str(one["id"]) for one in told["attachments"])
    whole = "\n".join((asked.key, str(asked.evidence_id), digest_of(told, name), attached))
    return sha256(whole.encode(errors="replace")).hexdigest()[: evidence.KEY_LIMIT]


def _need_room(session: Session, holder_id: int, now: datetime) -> None:
    mine = EndorsementRequest.holder_id == holder_id
    waiting = session.scalar(select(func.count()).select_from(EndorsementRequest).where(mine, may_answer(now))) or 0
    if waiting >= MOST_OPEN_REQUESTS:
        raise TooManyRequests
    words = select(func.count()).select_from(Endorsement).where(Endorsement.holder_id == holder_id)
    if (session.scalar(words) or 0) + waiting >= MOST_ENDORSEMENTS:
        raise TooManyEndorsements
