"""« Ma page »: the one share of a holder that has no end, whose address stays while what it shows changes.

It is off until its holder wants it, and there is one at most (Share.page_of is unique). Closed it shows nothing and keeps its
address, which opens again when its holder says so; an address that was given up opens nothing ever again, and a new one, under a
share of its own, takes its place with all that was shown (docs/decisions.md 39). Below all of it is a share: others see it, and
count its openings, as any other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from .. import evidence, storage
from . import editing, evidence_snapshots, lifecycle
from .evidence_snapshots import EvidenceSnapshot
from .models import NO_END, Choice, Share, ShownBadge
from .owner_view import still_kept


def find_page(session: Session, holder_id: int, now: datetime) -> Share | None:
    """The holder's page, open or closed (`is_open`); None where there is none."""
    return session.scalar(select(Share).where(Share.page_of == holder_id, Share.created_at <= now))


def create_page(
    session: Session,
    holder_id: int,
    choice: Choice,
    seal: storage.Seal,
    now: datetime,
    made_in_id: int | None = None,
) -> Share:
    """The holder's page, with what they chose to show there: the one that is there already stays as it is. Raises as
    `create_share` does."""
    if there := find_page(session, holder_id, now):
        return there
    return lifecycle.create_share(session, holder_id, choice, seal, now, made_in_id)


def close_page(session: Session, holder_id: int, now: datetime, stopped_in_id: int | None = None) -> None:
    """Nobody sees it any more, at the next request; its address stays the holder's. One that is closed stays as it is.

    *stopped_in_id*: the return by which the device came on which they say so. What one return opened and closed is as before it.
    """
    whose = case((Share.opened_in_id == stopped_in_id, None), else_=stopped_in_id)
    session.execute(
        update(Share)
        .where(Share.page_of == holder_id, Share.stopped_at.is_(None))
        .values(stopped_at=now, stopped_in_id=whose, opened_in_id=None)
    )


def open_page(session: Session, holder_id: int, opened_in_id: int | None = None) -> None:
    """Let it be seen again under the same address. One that is open stays as it is."""
    whose = case((Share.stopped_in_id == opened_in_id, None), else_=opened_in_id)
    session.execute(
        update(Share)
        .where(Share.page_of == holder_id, Share.stopped_at.is_not(None))
        .values(stopped_at=None, stopped_in_id=None, opened_in_id=whose)
    )


def move_page(
    session: Session, holder_id: int, share_id: int, seal: storage.Seal, now: datetime, made_in_id: int | None = None
) -> Share:
    """Give the open page another address, under which all is as it was; the one of before opens nothing any more.

    *share_id* says which address they saw: another one, or a closed page, is Missing. Raises TooManyShares.
    """
    old = storage.fetch_one(
        session, select(Share).where(Share.page_of == holder_id, Share.id == share_id).with_for_update()
    )
    if not old.is_open(now):
        raise storage.Missing
    token = lifecycle.new_token(session, holder_id, seal)
    old.page_of, old.stopped_at, old.stopped_in_id, old.opened_in_id = None, now, made_in_id, None
    session.flush()
    new = Share(
        holder_id=holder_id,
        token_hash=token.hash,
        token_sealed=token.sealed,
        **{column: getattr(old, column) for column in KEPT},
        created_at=now,
        ends_at=NO_END,
        is_page=True,
        page_of=holder_id,
        places=old.places,
        made_in_id=made_in_id,
    )
    new.shown = [ShownBadge(place=one.place, badge_id=one.badge_id, told=one.told) for one in old.shown]
    storage.insert(session, new)
    session.add_all(
        EvidenceSnapshot(share_id=new.id, place=one.place, evidence_id=one.evidence_id, told=one.told)
        for one in session.scalars(
            select(EvidenceSnapshot).where(EvidenceSnapshot.share_id == old.id).order_by(EvidenceSnapshot.id)
        )
    )
    return new


KEPT = ("name", "word", "purpose", "shows_marks", "shows_siae", "hides_name", "shows_photo", "shows_sought")
"""What a page goes on with under another address."""


def undo_page_of_recoveries(session: Session, holder_id: int, return_ids: Collection[int], now: datetime) -> None:
    """Whoever came by those returns was not the holder: a page that they made or opened is seen no more, one that they closed
    or whose address they gave up is back, unless its holder has another one since. After `undo_shares_of_recovery` of each."""
    theirs = update(Share).where(Share.holder_id == holder_id, Share.is_page)
    session.execute(theirs.where(Share.made_in_id.in_(return_ids)).values(page_of=None))
    session.execute(
        theirs.where(Share.opened_in_id.in_(return_ids), Share.stopped_at.is_(None)).values(
            stopped_at=now, opened_in_id=None
        )
    )
    closed = select(Share).where(Share.holder_id == holder_id, Share.is_page, Share.stopped_in_id.in_(return_ids))
    for one in session.scalars(closed.order_by(Share.page_of.is_(None), Share.id.desc())):
        has_other = session.scalar(select(Share.id).where(Share.page_of == holder_id, Share.id != one.id))
        if has_other is None:
            one.stopped_at, one.stopped_in_id, one.page_of = None, None, holder_id
            session.flush()


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstPage:
    """What a page is made with, where there is none."""

    name: str
    seal: storage.Seal


def show_on_page(
    session: Session,
    holder_id: int,
    badge_ids: Collection[int],
    first: FirstPage,
    now: datetime,
    came_in_id: int | None = None,
) -> Share:
    """The holder's page, open, with these badges beside all that was there; where there is none it begins with them, and with no
    story: asked where something needs an address that lasts (routes/sending.py). Raises as `create_share` and `change_share` do.

    *came_in_id*: the return by which the device came.
    """
    page = find_page(session, holder_id, now)
    if page is None:
        choice = Choice(badge_ids=sorted(badge_ids), ends_at=None, name=first.name, is_page=True)
        return create_page(session, holder_id, choice, first.seal, now, came_in_id)
    kept = still_kept(session, page.shown)
    if new := set(badge_ids) - kept.keys():
        choice = Choice(
            badge_ids=sorted(kept.keys() | new),
            ends_at=None,
            pairs=_moments_of(session, holder_id, page),
            name=page.name,
            word=page.word,
            purpose=page.purpose,
            shows_marks=page.shows_marks,
            shows_siae=page.shows_siae,
            hides_name=page.hides_name,
            is_page=True,
            shows_photo=page.shows_photo,
            shows_sought=page.shows_sought,
        )
        editing.change_share(session, holder_id, page.id, choice, now, editing.EditContext(came_in_id=came_in_id))
    if not page.is_open(now):
        open_page(session, holder_id, came_in_id)
    return page


def place_on_page(page: Share, badge_id: int) -> int | None:
    """The number under which *page* shows that badge; None where it does not."""
    return next((one.place for one in page.shown if one.badge_id == badge_id), None)


def _moments_of(session: Session, holder_id: int, page: Share) -> list[evidence_snapshots.MomentAndBadge]:
    """The moments that stand there, each with its badge: those that still speak of it."""
    badge_at = {one.place: one.badge_id for one in page.shown}
    here = [(badge_at.get(one.place), one.evidence_id) for one in evidence_snapshots.snapshots_of(session, page.id)]
    ids = sorted({id for _, id in here if id})
    speaks = {one.id: one.badge_ids for one in evidence.view_moments(session, holder_id, ids)}
    return [(badge_id, id) for badge_id, id in here if badge_id and id and badge_id in speaks.get(id, ())]
