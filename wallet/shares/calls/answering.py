"""A holder answers a call: what of it they have, told to nobody; then a share that is made for this one call.

Rule 1: the share shows the badges of the skills that are asked for, a first name at most, and no other name: whoever asks is
nobody that we know (docs/decisions.md 49).
Rule 2: one share of one holder, however often they send it, as long as that is open.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ... import accounts, storage
from ...competencies import CompetencyMap, RecognisedBadge, Standing
from .. import lifecycle
from ..models import PURPOSE_LIMIT, Choice, Share
from .asking import OpenCall, meant_code
from .models import ANSWER_LASTS, MOST_ANSWERS, AskedSkill, Call, CallAnswer


class CallIsFull(Exception):  # what happened, in the words of the page
    """So many answered it as may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """How a holder stands with a skill that is asked for."""

    skill: AskedSkill
    badge_id: int | None
    """The badge that speaks of it best, be it of a lower level; None for none."""
    has: bool
    """Whether it is of the level that is asked for, or of a higher one."""


def fits_of(skills: Iterable[AskedSkill], maps: Iterable[CompetencyMap]) -> list[Fit]:
    """How whoever has these *maps* stands with each of *skills*: with what counts, and with what would with one word of theirs."""
    standings = {
        (drawn.framework.id, one.competency.key): one for drawn in maps for one in drawn.standings if one.competency
    }
    return [_fit(skill, standings.get((skill.framework.id, skill.competency.key))) for skill in skills]


def _fit(skill: AskedSkill, standing: Standing | None) -> Fit:
    best = _best(standing) if standing else None
    if best is None:
        return Fit(skill=skill, badge_id=None, has=False)
    has = best.found.height >= skill.framework.height(skill.level.key)
    return Fit(skill=skill, badge_id=best.held.id, has=has)


def _best(standing: Standing) -> RecognisedBadge | None:
    """What waits for their word is told only where it would take them further."""
    return standing.tacked[0] if standing.tacked else standing.rests_on


def choice_to_answer(call: OpenCall, badge_ids: Collection[int], name: str, now: datetime) -> Choice:
    """What the share shows that answers *call*: of the *name* its first word, and of the badges no name."""
    return Choice(
        badge_ids=sorted(badge_ids),
        ends_at=now + ANSWER_LASTS,
        name=next(iter(accounts.clean_name(name).split()), ""),
        purpose=_told_of(call),
        hides_name=True,
    )


def _told_of(call: OpenCall) -> str:
    """Which advert it is and whose, in as many signs as a purpose has."""
    room = PURPOSE_LIMIT - len(", ")
    employer = _shortened(call.employer, max(room // 2, room - len(call.title)))
    return f"{_shortened(call.title, room - len(employer))}, {employer}"


def _shortened(text: str, most: int) -> str:
    """*text*, of *most* signs: what is left out is seen, and no word is cut where there is a blank."""
    if len(text) <= most:
        return text
    begun = text[:most]
    return (begun.rpartition(" ")[0] or begun[:-1]).rstrip(" ,;:.") + "…"


def own_answer(session: Session, holder_id: int, call_id: int, now: datetime) -> int | None:
    """The open share by which the holder answered the call, by its id; None for none."""
    return session.scalar(
        select(Share.id)
        .join(CallAnswer, CallAnswer.share_id == Share.id)
        .where(CallAnswer.holder_id == holder_id, CallAnswer.call_id == call_id)
        .where(Share.ends_at > now, Share.stopped_at.is_(None))
        .order_by(CallAnswer.id)
        .limit(1)
    )


def answers_to(session: Session, holder_id: int, code: str, now: datetime) -> tuple[bool, int | None]:
    """Whether the holder answered the call of that link, which may be over, and the open share by which they did; raises
    Missing for what is no link."""
    theirs = select(CallAnswer.call_id).join(Call, Call.id == CallAnswer.call_id)
    call_id = session.scalar(theirs.where(CallAnswer.holder_id == holder_id, Call.code == meant_code(code)).limit(1))
    return call_id is not None, None if call_id is None else own_answer(session, holder_id, call_id, now)


def answer_call(
    session: Session,
    holder_id: int,
    call_id: int,
    choice: Choice,
    seal: storage.Seal,
    now: datetime,
    made_in_id: int | None = None,
) -> int:
    """Show *choice* to whoever made the call: the id of the share, of the one that is there already where it is open.

    Raises Missing when the call is over meanwhile or a badge is not theirs, CallIsFull, TooManyShares.
    """
    accounts.lock_holder(session, holder_id)
    open_call = select(Call.id).where(Call.id == call_id, Call.ends_at > now)
    storage.fetch_one(session, open_call.with_for_update())  # all who answer at once find the bound as it is
    if (share_id := own_answer(session, holder_id, call_id, now)) is not None:
        return share_id
    if not _has_room(session, holder_id, call_id):
        raise CallIsFull
    share = lifecycle.create_share(session, holder_id, choice, seal, now, made_in_id)
    storage.insert(session, CallAnswer(holder_id=holder_id, call_id=call_id, share_id=share.id, answered_at=now))
    return share.id


def badges_to_show(fits: Sequence[Fit]) -> list[int]:
    """The badges that speak of what is asked for, each once."""
    return sorted({one.badge_id for one in fits if one.badge_id is not None})


def _has_room(session: Session, holder_id: int, call_id: int) -> bool:
    """Whether one more may answer; whoever did is among those who may."""
    theirs = select(CallAnswer.holder_id).where(CallAnswer.call_id == call_id)
    if session.scalar(theirs.where(CallAnswer.holder_id == holder_id).limit(1)) is not None:
        return True
    people = select(func.count(CallAnswer.holder_id.distinct())).where(CallAnswer.call_id == call_id)
    return session.scalars(people).one() < MOST_ANSWERS
