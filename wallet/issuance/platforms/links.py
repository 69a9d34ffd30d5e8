"""Links between a holder and a platform: made by consent alone, stopped by either side, counted while badges come.

Rule 1: a link that is stopped has no codes and no tokens any more, and every request looks at the link besides: whatever was
on its way when it was stopped is refused, in every worker, at its next request.
Rule 2: a holder has one link to one registration of a platform. Who connects it again goes on with that one.
"""

from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from ... import accounts, storage
from .models import AuthorisationCode, PlatformLink, PlatformToken

MOST_LINKS = 50
"""Of a holder, stopped ones too."""
STOPPED, USED_TWICE = "platform-stopped", "platform-code-again"
"""What is noted of a link that is stopped: by its holder or by the platform; because its code came once more (tokens.py)."""


class TooManyLinks(Exception):  # what happened, in the words of the page
    """The holder has as many as are kept."""


def connect(
    session: Session,
    signed_in: accounts.SignedIn,
    claimed: PlatformLink,
    now: datetime,
) -> PlatformLink:
    """Connect the platform *claimed*, a link that is not kept yet: that one, or the one of before, as *claimed* says now.

    Raises Missing where they signed out meanwhile, RecoveryPending while somebody came back without a key, and TooManyLinks.
    """
    known = accounts.lock_signed_in(session, signed_in)
    accounts.refuse_while_pending(session, known.holder.id, now)
    of_holder = select(PlatformLink).where(PlatformLink.holder_id == known.holder.id)
    link = session.scalar(of_holder.where(PlatformLink.client_mark == claimed.client_mark))
    if link is None:
        _make_room(session, known.holder.id)
        claimed.holder_id, claimed.connected_at = known.holder.id, now
        link = storage.insert(session, claimed)
    else:
        if link.stopped_at is not None:  # whatever was on its way while it was stopped opens nothing now either
            _drop_secrets(session, link.id)
        link.name, link.scopes, link.tells_name = claimed.name, claimed.scopes, claimed.tells_name
        link.connected_at, link.stopped_at = now, None
    accounts.note_event(session, known.holder.id, "platform-connected", now, known.device.kind)
    return link


def list_links(session: Session, holder_id: int) -> list[PlatformLink]:
    """The platforms that the holder ever connected, those that may send first, the latest first."""
    query = select(PlatformLink).where(PlatformLink.holder_id == holder_id)
    return list(
        session.scalars(
            query.order_by(
                PlatformLink.stopped_at.is_not(None), PlatformLink.connected_at.desc(), PlatformLink.id.desc()
            )
        )
    )


def list_used_twice(session: Session, holder_id: int) -> list[PlatformLink]:
    """The platforms that were stopped because a code of theirs came twice, and that were not connected again; the latest first.

    That was noted at the moment at which each was stopped, and is told as long as all that happened is.
    """
    noted = exists().where(
        accounts.Event.holder_id == holder_id,
        accounts.Event.what == USED_TWICE,
        accounts.Event.at == PlatformLink.stopped_at,
        ~accounts.Event.is_history,
    )
    query = select(PlatformLink).where(PlatformLink.holder_id == holder_id, noted)
    return list(session.scalars(query.order_by(PlatformLink.stopped_at.desc(), PlatformLink.id.desc())))


def is_connected(session: Session, holder_id: int, client_mark: bytes) -> bool:
    """Whether the platform of that mark may send the holder badges now."""
    theirs = (PlatformLink.holder_id == holder_id, PlatformLink.client_mark == client_mark)
    return bool(session.scalar(select(exists().where(*theirs, PlatformLink.stopped_at.is_(None)))))


def stop_link(
    session: Session, holder_id: int, link_id: int, now: datetime, kind: str = "", event: str = STOPPED
) -> PlatformLink:
    """The platform can send nothing any more, from its next request on; raises Missing for none of the holder's.

    *kind* is the device on which they stopped it, "" where the platform itself did, or where *event* is USED_TWICE.
    """
    accounts.lock_holder(session, holder_id)
    link = session.scalar(
        update(PlatformLink)
        .where(PlatformLink.id == link_id, PlatformLink.holder_id == holder_id, PlatformLink.stopped_at.is_(None))
        .values(stopped_at=now)
        .returning(PlatformLink)
        .execution_options(populate_existing=True)
    )
    if link is None:  # it is stopped already, or not theirs
        return storage.fetch_one(
            session, select(PlatformLink).where(PlatformLink.id == link_id, PlatformLink.holder_id == holder_id)
        )
    _drop_secrets(session, link_id)
    accounts.note_event(session, holder_id, event, now, kind)
    return link


def note_badge_sent(session: Session, link_id: int, now: datetime) -> None:
    """One more badge came by the link."""
    session.execute(
        update(PlatformLink)
        .where(PlatformLink.id == link_id)
        .values(sent=PlatformLink.sent + 1, last_sent_at=now)
        .execution_options(synchronize_session=False)
    )


def _make_room(session: Session, holder_id: int) -> None:
    """Room for one more, by the one that was stopped longest ago; raises TooManyLinks where none is stopped."""
    theirs = select(PlatformLink.id).where(PlatformLink.holder_id == holder_id)
    if (session.scalar(select(func.count()).select_from(theirs.subquery())) or 0) < MOST_LINKS:
        return
    stopped = theirs.where(PlatformLink.stopped_at.is_not(None)).order_by(PlatformLink.stopped_at, PlatformLink.id)
    oldest = session.scalar(stopped.limit(1))
    if oldest is None:
        raise TooManyLinks
    session.execute(delete(PlatformLink).where(PlatformLink.id == oldest))


def _drop_secrets(session: Session, link_id: int) -> None:
    for model in (AuthorisationCode, PlatformToken):
        session.execute(delete(model).where(model.link_id == link_id).execution_options(synchronize_session=False))
