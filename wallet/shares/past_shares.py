"""Shares that came back with an archive: they are over, and known again by one rule, be they brought by the holder or by a visitor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import storage
from ..badges import KeptBadge
from . import editions, evidence_snapshots, lifecycle, shown_endorsements, view_counts
from .models import MOST_SHARES, ArchivedEdition, ArchivedShare, Share


def content_of(share: Share | ArchivedShare) -> tuple[datetime, datetime | None, str, str]:
    """By which a past share is known again: when it was made, since when it showed what it did, and what it said."""
    return share.created_at, share.changed_at, share.name, share.word


def find_past_share(made_then: Sequence[Any], one: ArchivedShare) -> Any | None:
    """The share that *one* is, among those *made_then*: the one that said the same; else the only one, if it is still here, says
    nothing, or was changed after the archive tells. What a share says may be changed, and is left out while a return guards
    the wallet. One that came back as it was before it was changed is another one: what it showed since comes beside it."""
    there = [row for row in made_then if not row.is_history or _shows_since(row) >= _shows_since(one)]
    there.sort(key=lambda row: row.changed_at != one.changed_at)
    if same := next((row for row in there if (row.name, row.word) == (one.name, one.word)), None):
        return same
    there = [row for row in there if row.changed_at == one.changed_at] or there
    if len(there) != 1:
        return None
    [only] = there
    was_changed_since = _shows_since(only) > _shows_since(one)
    return only if not only.is_history or was_changed_since or _says_as_much(only, one) else None


def may_tell_more(found: Any, one: ArchivedShare) -> bool:
    """Whether *one* may be told of the share *found*: that came back, too, and says the same, or one of them says nothing."""
    return found.is_history and _says_as_much(found, one)


def tell_more(session: Session, share: Share, one: ArchivedShare, shown: Sequence[int | None] = ()) -> None:
    """What the archive tells of it beyond what is here; *shown* are its badges, of which some may have come only now. Of how it was
    before it was changed, and of whatever it showed then, nothing is put into what it shows since."""
    share.purpose = share.purpose or one.purpose
    view_counts.restore_views(session, share.id, one.openings)
    if share.changed_at != one.changed_at:
        return
    if len(share.shown) == len(shown):
        for place, id in zip(share.shown, shown, strict=True):
            place.badge_id = place.badge_id or id
    if not (share.name or share.word):
        share.name, share.word = one.name, one.word
    for place, was in zip(share.shown, one.told, strict=False):
        place.told = place.told or was
    evidence_snapshots.restore_snapshots(session, share.id, one.exhibits)
    shown_endorsements.restore_endorsements(session, share.id, one.endorsements)
    editions.restore_editions(session, share.id, one.editions)


def move_past_shares(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """A visitor turned out to have a wallet: the past shares that their archive brought join it, and of those that it tells of
    already it knows what both tell.

    To be called before badges.move_badges, for of a badge that both have the holder's own is named from then on, which that
    puts back where they had removed it.
    """
    here = lifecycle.list_shares(session, to_holder_id)
    known, room = storage.grouped((one.created_at, one) for one in here), max(0, MOST_SHARES - len(here))
    kept = select(KeptBadge.id, KeptBadge.identity)
    theirs = {row.identity: row.id for row in session.execute(kept.where(KeptBadge.holder_id == to_holder_id))}
    is_moving = (KeptBadge.holder_id == from_holder_id, KeptBadge.removed_at.is_(None), KeptBadge.unasked.is_not(True))
    ids = {row.id: theirs.get(row.identity, row.id) for row in session.execute(kept.where(*is_moving))}
    for one in [one for one in lifecycle.list_shares(session, from_holder_id) if one.is_history]:
        shown, told = [ids.get(shown.badge_id or 0) for shown in one.shown], _as_told(session, one)
        if found := find_past_share(known[one.created_at], told):
            if may_tell_more(found, told):
                tell_more(session, found, told, shown)
        elif room:
            room, one.holder_id = room - 1, to_holder_id
            for place, id in zip(one.shown, shown, strict=True):
                place.badge_id = id
    session.flush()


def _as_told(session: Session, share: Share) -> ArchivedShare:
    """A share that came back, as the archive told of it that brought it."""
    return ArchivedShare(
        name=share.name,
        word=share.word,
        created_at=share.created_at,
        ends_at=share.ends_at,
        stopped_at=share.stopped_at,
        places=(),
        purpose=share.purpose,
        told=tuple(one.told for one in share.shown),
        openings=tuple(view_counts.list_views(session, [share.id])[share.id]),
        exhibits=tuple((one.place, one.told) for one in evidence_snapshots.snapshots_of(session, share.id)),
        changed_at=share.changed_at,
        editions=tuple(map(_edition_as_told, editions.editions_of(session, [share.id])[share.id])),
        endorsements=tuple(map(_word_as_told, shown_endorsements.endorsements_as_shown(session, share.id))),
    )


def _edition_as_told(one: editions.ShareEdition) -> ArchivedEdition:
    return ArchivedEdition(
        shown_from=one.shown_from,
        shown_until=one.shown_until,
        **{member: one.told[member] for member in editions.OF_SHARE},
        told=tuple(badge["told"] for badge in one.told["badges"]),
        exhibits=tuple((moment["place"], moment["told"]) for moment in one.told["moments"]),
        endorsements=tuple(map(_word_as_told, one.told.get("endorsements", ()))),
    )


def _word_as_told(word: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in word.items() if name != "endorsement_id"}


def _shows_since(share: Any) -> datetime:
    """Since when it shows what it shows."""
    since: datetime = share.changed_at or share.created_at
    return since


def _says_as_much(found: Any, one: ArchivedShare) -> bool:
    """Whether they say the same, or one of them says nothing."""
    said, told = (found.name, found.word), (one.name, one.word)
    return said == told or ("", "") in {said, told}
