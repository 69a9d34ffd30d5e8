"""A share is made once, however often its form is sent: a button touched twice, a phone that heard no answer and asks again.

The form says which share was the newest when it was given. One that is newer and shows just the same came from the same page,
and is the answer; whatever is another in it is another share.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts
from . import editions, passcodes
from .models import Share


class MadeBefore(Exception):  # what happened, in the words of the page
    """The same form made this share already."""

    def __init__(self, share_id: int) -> None:
        super().__init__(share_id)
        self.share_id = share_id


def create_share_once(
    session: Session, holder_id: int, newest_id: int | None, create: Callable[[Session], Share], now: datetime
) -> Share:
    """The share that *create* makes (`create_share`); raises MadeBefore where the form that was given when *newest_id* was the
    newest share (0 for none) was sent before, and then nothing is to be kept. None is a form that does not say so."""
    accounts.lock_holder(session, holder_id)  # of two at once the second one sees what the first one made
    new = create(session)
    session.flush()
    if newest_id is not None:
        since = select(Share).where(Share.holder_id == holder_id, Share.id > newest_id, Share.id != new.id)
        for before in session.scalars(since.where(Share.made_in_id.is_not_distinct_from(new.made_in_id))):
            if before.is_open(now) and not before.is_page and _is_same(session, before, new):
                raise MadeBefore(before.id)
    return new


def _is_same(session: Session, before: Share, new: Share) -> bool:
    """Whether nobody could tell them apart but by their links."""
    lasts = {one.ends_at - one.created_at for one in (before, new)}
    if len(lasts) > 1 and before.ends_at != new.ends_at:
        return False
    if (before.purpose, before.takes_messages) != (new.purpose, new.takes_messages):
        return False
    asking = passcodes.get_passcode(session, [before.id, new.id])
    return len(asking) != 1 and editions.edition_of(session, before) == editions.edition_of(session, new)
