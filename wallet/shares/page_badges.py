"""A badge is put on « Ma page » with one tap, beside all that stands there: where it is off it is turned on, and where there is
none it begins with that badge, and with no story.

It is asked where something needs an address that lasts: LinkedIn, the block for a CV (routes/sending.py).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from .. import evidence, storage
from . import editing, evidence_snapshots, lasting_page
from .models import Choice, Share
from .owner_view import still_kept


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
    """The holder's page, open, with these badges and all that was there; raises as `create_share` and `change_share` do.

    *came_in_id*: the return by which the device came.
    """
    page = lasting_page.find_page(session, holder_id, now)
    if page is None:
        choice = Choice(badge_ids=sorted(badge_ids), ends_at=None, name=first.name, is_page=True)
        return lasting_page.create_page(session, holder_id, choice, first.seal, now, came_in_id)
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
        lasting_page.open_page(session, holder_id, came_in_id)
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
