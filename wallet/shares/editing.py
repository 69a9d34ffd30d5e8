"""An open share is changed under the same link, whoever has it in hand: what it shows, its words, its end.

All of it in one short transaction that holds the share: of two devices at once the later one has the whole say, or is told
that it was changed meanwhile, and never half of it. What was shown before is kept for its owner (shares/editions.py).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, storage
from ..badges import KeptBadge, make_heading
from . import abuse_reports, editions, evidence_snapshots, lifecycle, passcodes, shown_endorsements
from .models import LONGEST, PURPOSE_LIMIT, WORD_LIMIT, Choice, Share, ShownBadge


class ChangedMeanwhile(Exception):  # what happened, in the words of the page
    """Somebody else of the holder's devices changed the share since it was looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EditContext:
    """From where a share is changed, and what is done with its passcode."""

    came_in_id: int | None = None
    """The return by which the device came: what it shows could not be undone with it, and waits."""
    changes: int | None = None
    """How often the share had been changed when they looked; None for whatever it was."""
    asks_code: bool | None = None
    """Whether it asks for a passcode from now on; None for as it was."""
    code: passcodes.NewPasscode | None = None
    """The digits, where it has none yet."""
    keeps_moments: bool = False
    """Whether a moment that is shown already stays as it is shown, whatever was written since."""


AS_IT_IS = EditContext()


def change_share(
    session: Session,
    holder_id: int,
    share_id: int,
    choice: Choice,
    now: datetime,
    context: EditContext = AS_IT_IS,
) -> Share:
    """The open share, or the page that is closed, shows *choice* from now on. A badge keeps its place in it for ever, a new one
    gets one of its own; a moment that is as it was keeps its address.

    Raises Missing where it is over, or a badge or a moment is not theirs; NothingShown; ValueError for too many moments;
    ChangedMeanwhile; RecoveryPending.
    """
    share = storage.fetch_one(
        session,
        select(Share)
        .where(Share.holder_id == holder_id, Share.id == share_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    )
    if not share.is_open(now) and share.page_of is None:
        raise storage.Missing
    accounts.refuse_newcomer(session, holder_id, context.came_in_id, now)
    kept = lifecycle.chosen_badges(session, holder_id, choice)
    before = editions.edition_of(session, share)
    _place(session, share, kept)
    share.name, share.word = accounts.clean_name(choice.name), choice.word[:WORD_LIMIT]
    share.shows_marks, share.shows_siae, share.hides_name = choice.shows_marks, choice.shows_siae, choice.hides_name
    places = {one.badge_id: one.place for one in share.shown if one.badge_id}
    shown = {places[one.id]: one for one in kept}
    away = set(places.values()) - shown.keys()
    evidence_snapshots.change_snapshots(
        session, holder_id, share.id, places, choice.pairs, away=away, keeps=context.keeps_moments
    )
    session.flush()
    hung = evidence_snapshots.list_snapshots(session, share.id)
    shown_endorsements.change_endorsements(session, share.id, shown, hung, choice.endorsements, now, away=away)
    is_another = _change_rest(session, share, choice, now, context)
    session.flush()
    if editions.edition_of(session, share) != before:
        editions.keep_edition(session, share, before, now, abuse_reports.open_reports(session, holder_id))
        share.changed_at, is_another = now, True
    if is_another and context.changes not in {None, share.changes}:
        raise ChangedMeanwhile  # unless it shows just that already, as after a button that was touched twice
    share.changes += is_another
    session.flush()
    return share


def _place(session: Session, share: Share, kept: list[KeptBadge]) -> None:
    """Let *share* show these badges. One that was removed a moment ago may come back, and then stands where it stood."""
    ids = {one.id for one in kept}
    away = select(KeptBadge.id).where(
        KeptBadge.id.in_({one.badge_id for one in share.shown} - {None}), KeptBadge.removed_at.is_not(None)
    )
    staying = ids | set(session.scalars(away))
    if share.places is None:
        share.places = max((one.place for one in share.shown), default=-1) + 1
    for gone in [one for one in share.shown if one.badge_id not in staying]:
        share.shown.remove(gone)
    here = {one.badge_id for one in share.shown}
    stood = editions.places_before(session, share.id)
    for new in kept:
        if new.id not in here:
            place = stood.get(new.id, share.places)
            share.places = max(share.places, place + 1)
            told = lifecycle.heading_as_json(make_heading(new.read))
            share.shown.append(ShownBadge(place=place, badge_id=new.id, told=told))
    share.shown.sort(key=lambda one: one.place)
    lifecycle.show_today(kept)


def _change_rest(session: Session, share: Share, choice: Choice, now: datetime, context: EditContext) -> bool:
    """What of a share is not shown: whom it is for, its end, its passcode, whether one can answer. Whether any of it is another
    one."""
    purpose = choice.purpose[:PURPOSE_LIMIT]
    ends_at = min(choice.ends_at, now + LONGEST) if choice.ends_at else share.ends_at
    is_another = (purpose, ends_at, choice.takes_messages) != (share.purpose, share.ends_at, share.takes_messages)
    share.purpose, share.ends_at = purpose, share.ends_at if share.is_page else ends_at
    share.takes_messages = choice.takes_messages
    asked = passcodes.get_passcode(session, [share.id]).get(share.id)
    if context.asks_code is False and asked:
        session.delete(asked)
        return True
    if context.asks_code and not asked:
        session.add(passcodes.passcode_of(share.id, storage.require(context.code)))
        return True
    return is_another
