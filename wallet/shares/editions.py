"""What a share showed before it was changed: kept for its owner, who reads afterwards what was shown when.

Nothing here is shown to anybody else. Of an edition that nobody can have seen nothing is kept, and of the others the newest.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Text, cast, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import storage
from ..evidence import Evidence
from . import evidence_snapshots, shown_endorsements, view_counts
from .models import ArchivedEdition, Share

MOST_EDITIONS, MOST_OF_HOLDER = 100, 500
"""Of one share, and of all shares of a holder: of more the oldest go."""
MOST_LETTERS = 5_000_000
"""Characters of all that is kept of a holder, beside the newest: sixty moments of the longest texts are nearly as many."""
GLIMPSE = timedelta(minutes=1)
"""What was shown for less than this, and counted no opening, nobody saw."""
ShareAndMoment = tuple[int, datetime]
OF_SHARE = ("name", "word", "shows_marks", "shows_siae", "hides_name")


class ShareEdition(storage.Numbered):
    """What a share showed for a while."""

    __tablename__ = "share_editions"

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    shown_from: Mapped[datetime] = mapped_column(storage.Moment)
    shown_until: Mapped[datetime] = mapped_column(storage.Moment)
    told: Mapped[dict[str, Any]] = mapped_column(storage.Document)
    """OF_SHARE as they were; `badges`: each with its `place`, its `badge_id` and as it was `told`; `moments` likewise, with
    their `evidence_id`; `endorsements`, of which nothing is there before 2026-12. What an archive brought back has no ids."""


def edition_of(session: Session, share: Share) -> dict[str, Any]:
    """What *share* shows now, as ShareEdition.told keeps it."""
    return {
        **{member: getattr(share, member) for member in OF_SHARE},
        "badges": [{"place": one.place, "badge_id": one.badge_id, "told": one.told} for one in share.shown],
        "moments": [
            {"place": one.place, "evidence_id": one.evidence_id, "told": dict(one.told)}
            for one in evidence_snapshots.snapshots_of(session, share.id)
        ],
        "endorsements": shown_endorsements.endorsements_as_shown(session, share.id),
    }


def keep_edition(
    session: Session, share: Share, told: dict[str, Any], now: datetime, reported: Collection[ShareAndMoment] = ()
) -> None:
    """*told* is what *share* showed until *now*.

    *reported*: which of the holder's shares were reported when, as long as the operator has not read it: what they showed just
    then stays, however short it was there and however often they were changed since.
    """
    begun = share.changed_at or share.created_at
    days = [one.day for one in view_counts.list_views(session, [share.id]).get(share.id, ())]
    is_read = any(id == share.id and begun <= at <= now for id, at in reported)
    if now - begun < GLIMPSE and not is_read and not any(day >= begun.date() for day in days):
        return
    session.add(ShareEdition(share_id=share.id, shown_from=begun, shown_until=now, told=told))
    session.flush()
    _let_go(session, share, reported)


def told_at(session: Session, share: Share, moment: datetime) -> dict[str, Any]:
    """What *share* showed at *moment*, as far as it is kept; what it shows now where it is not."""
    there = select(ShareEdition).where(
        ShareEdition.share_id == share.id, ShareEdition.shown_from <= moment, ShareEdition.shown_until > moment
    )
    before = session.scalar(there.order_by(ShareEdition.id).limit(1))
    return before.told if before else edition_of(session, share)


def places_before(session: Session, share_id: int) -> dict[int, int]:
    """The place that each badge had in the share, by their ids, as far as earlier editions tell."""
    return {
        one["badge_id"]: one["place"]
        for edition in reversed(list_editions(session, share_id))
        for one in edition.told["badges"]
        if one["badge_id"]
    }


def list_editions(session: Session, share_id: int) -> Sequence[ShareEdition]:
    """What the share showed before, the newest first."""
    return list(
        session.scalars(
            select(ShareEdition)
            .where(ShareEdition.share_id == share_id)
            .order_by(ShareEdition.shown_until.desc(), ShareEdition.id.desc())
        )
    )


def editions_of(session: Session, share_ids: Sequence[int]) -> Mapping[int, list[ShareEdition]]:
    """What each of these shares showed before, the oldest first, for the holder's archive."""
    of_these = select(ShareEdition).where(ShareEdition.share_id.in_(share_ids)).order_by(ShareEdition.id)
    return storage.grouped((one.share_id, one) for one in session.scalars(of_these))


def forget_moments(session: Session, moments: Collection[int]) -> None:
    """As evidence_snapshots.forget_snapshots: of these moments no word stays in what shares showed before."""
    gone = set(moments)
    theirs = select(Evidence.holder_id).where(Evidence.id.in_(gone))
    of_holders = select(ShareEdition).join(Share, Share.id == ShareEdition.share_id)
    for one in session.scalars(of_holders.where(Share.holder_id.in_(theirs))):
        if any(told["evidence_id"] in gone for told in one.told["moments"]):
            one.told = one.told | {"moments": [_without_words_of(gone, told) for told in one.told["moments"]]}


def _without_words_of(gone: Collection[int], moment: dict[str, Any]) -> dict[str, Any]:
    """*moment* as an edition tells it, without a word of those that are *gone*."""
    told = evidence_snapshots.without_words(moment["told"]) if moment["evidence_id"] in gone else moment["told"]
    return moment | {"told": told}


def restore_editions(session: Session, share_id: int, before: Sequence[ArchivedEdition]) -> None:
    """What an archive tells that a share showed before comes back as history; what is told of it here already stays."""
    if session.scalar(select(ShareEdition.id).where(ShareEdition.share_id == share_id).limit(1)) is None:
        session.add_all(
            ShareEdition(share_id=share_id, shown_from=one.shown_from, shown_until=one.shown_until, told=_told(one))
            for one in before[-MOST_EDITIONS:]
        )


def _told(one: ArchivedEdition) -> dict[str, Any]:
    return {
        **{member: getattr(one, member) for member in OF_SHARE},
        "badges": [{"place": place, "badge_id": None, "told": told} for place, told in enumerate(one.told)],
        "moments": [{"place": place, "evidence_id": None, "told": told} for place, told in one.exhibits],
        "endorsements": [{"endorsement_id": None, **word} for word in one.endorsements],
    }


def _let_go(session: Session, share: Share, reported: Collection[ShareAndMoment]) -> None:
    """Of more than is kept the oldest go; no text is read for it."""
    kept = (ShareEdition.share_id, ShareEdition.id, ShareEdition.shown_from, ShareEdition.shown_until)
    letters, here, number, gone = 0, 0, 0, list[int]()
    for share_id, id, begun, until, size in session.execute(
        select(*kept, func.length(cast(ShareEdition.told, Text)))
        .join(Share, Share.id == ShareEdition.share_id)
        .where(Share.holder_id == share.holder_id)
        .order_by(ShareEdition.id.desc())
    ):
        letters, here, number = letters + size, here + (share_id == share.id), number + 1
        is_over = (share_id == share.id and here > MOST_EDITIONS) or number > MOST_OF_HOLDER or letters > MOST_LETTERS
        if is_over and number > 1 and not any(of == share_id and begun <= at <= until for of, at in reported):
            gone.append(id)
    session.execute(delete(ShareEdition).where(ShareEdition.id.in_(gone)))
