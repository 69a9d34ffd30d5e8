"""A badge is put on « Ma page » with one tap, beside all that stands there: where it is off it is turned on, and where there is
none it begins with that badge, and with no story.

It is asked where something needs an address that lasts: LinkedIn, the block for a CV.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ... import storage
from .. import lasting_page
from ..lifecycle import Choice
from ..models import Share


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
) -> None:
    """The holder's page is open, with these badges and all that was there; raises as `create_share` and `change_share` do.

    *came_in_id*: the return by which the device came.
    """
    page = lasting_page.find_page(session, holder_id)
    if page is None:
        choice = Choice(badge_ids=sorted(badge_ids), ends_at=None, name=first.name, is_page=True)
        lasting_page.create_page(session, holder_id, choice, first.seal, now, came_in_id)
        return
    if new := frozenset(badge_ids) - {one.badge_id for one in page.shown}:
        turned = lasting_page.Turn(what="badges", ids=new, is_on=True)
        lasting_page.turn_switch(session, holder_id, turned, now, came_in_id)
    if not page.is_open(now):
        lasting_page.open_page(session, holder_id, came_in_id)


def place_on_page(page: Share, badge_id: int) -> int | None:
    """The number under which *page* shows that badge; None where it does not."""
    return next((one.place for one in page.shown if one.badge_id == badge_id), None)
