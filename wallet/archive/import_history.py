"""What an archive brings besides its badges: shares that are over, messages, addresses, what happened, a first name, a
language.

It comes as history: a share opens nothing, an address says of no badge whose it is until a code came back, a message is
what the archive says that somebody wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, badges, messages, shares, storage
from ..accounts import MOST_EVENTS
from ..shares import SEALED, ArchivedShare, Share, ShownBadge, hash_of
from .import_report import ImportReport, Written
from .reader import ArchivedAddress, WalletJson


def ensure_holder(session: Session, holder: accounts.Holder | None, now: datetime) -> tuple[accounts.Holder, str]:
    """As accounts.ensure_holder, under a lock: of two at once, with the same archive, the second finds what the first one kept.
    Raises Missing also for one who was erased while we waited for it."""
    here, token = accounts.ensure_holder(session, holder, now)
    session.flush()
    # Read anew: a first name that was given while we waited is not written over.
    locked = session.get(accounts.Holder, here.id, with_for_update=True, populate_existing=True)
    return storage.require(locked), token


def keep_shares(
    session: Session,
    holder: accounts.Holder,
    past: Sequence[ArchivedShare],
    ids: Mapping[int, int],
    seal: storage.Seal,
    now: datetime,
) -> Written:
    """Shares of an archive come back as history: over, behind a link that nobody ever had. How many were not here yet.

    *ids* are the holder's badges by their places in the archive. A share is known again by when it was made (`find_past_share`),
    whichever archives tell of it; of one that came back before a later archive may tell more.
    """
    query = select(Share.created_at, Share.changed_at, Share.name, Share.word, Share.id, Share.is_history)
    here = session.execute(query.where(Share.holder_id == holder.id)).all()
    known = storage.grouped((row.created_at, row) for row in here)
    theirs = set(session.scalars(select(badges.KeptBadge.id).where(badges.KeptBadge.holder_id == holder.id)))
    brought: dict[tuple[object, ...], tuple[Share, ArchivedShare]] = {}
    for one in past:
        content = shares.content_of(one)
        places = [None if place is None else ids.get(place) for place in one.places]
        shown = [id if id in theirs else None for id in places]
        if found := shares.find_past_share(known[one.created_at], one):
            if shares.may_tell_more(found, one):
                shares.tell_more(session, session.get_one(Share, found.id), one, shown)
        elif content not in brought and len(here) + len(brought) < shares.MOST_SHARES:
            share = _over(holder.id, one, shown, seal, now)
            session.add(share)
            brought[content] = share, one
    session.flush()
    for share, one in brought.values():
        shares.tell_more(session, share, one)
    session.flush()
    return Written(ImportReport(shares=len(brought)))


def _over(holder_id: int, one: ArchivedShare, shown: Sequence[int | None], seal: storage.Seal, now: datetime) -> Share:
    token = accounts.new_code()
    share = Share(
        holder_id=holder_id,
        token_hash=hash_of(token),
        token_sealed=seal(token.encode(), SEALED),
        name=one.name,
        word=one.word,
        purpose=one.purpose,
        shows_marks=one.shows_marks,
        shows_siae=one.shows_siae,
        hides_name=one.hides_name,
        takes_messages=one.takes_messages,
        created_at=one.created_at,
        ends_at=min(one.ends_at, now),
        stopped_at=one.stopped_at and min(one.stopped_at, now),
        changed_at=one.changed_at,
        is_page=one.is_page,
        shows_photo=one.shows_photo,
        shows_sought=one.shows_sought,
        is_history=True,
    )
    told = one.told or (None,) * len(shown)
    share.shown = [
        ShownBadge(place=place, badge_id=id, told=was) for place, (id, was) in enumerate(zip(shown, told, strict=True))
    ]
    return share


def keep_rest(
    session: Session, holder: accounts.Holder, told: WalletJson, photo: bytes, kind: str, now: datetime
) -> Written:
    """What is only a few rows: addresses, what happened lately; and where none is here the first name, the language, what they
    look for, and the *photo*, drawn anew."""
    until, new = accounts.pending_until(session, holder.id, now), _new_addresses(session, holder.id, told)
    is_named, is_seeking = told.name and not holder.name, told.sought and not holder.sought
    waits = until and (new or photo or is_named or is_seeking)
    if not holder.language:
        accounts.set_language(session, holder.id, told.language)
    shares.restore_profile(session, holder, (told.name, told.sought), photo, now)
    count = 0 if until else _keep_addresses(session, holder.id, new)
    came = _keep_messages(session, holder.id, told, now)
    _keep_events(session, holder.id, told, now)
    accounts.note_event(session, holder.id, "brought-back", now, kind)
    return Written(
        ImportReport(
            addresses=count,
            unaddressed=0 if until else len(new) - count,
            waits_until=until if waits else None,
            messages=came,
        )
    )


def _new_addresses(session: Session, holder_id: int, told: WalletJson) -> list[ArchivedAddress]:
    """Those that the holder has not, the newest first."""
    here = set(session.scalars(select(accounts.EmailAddress.plain).where(accounts.EmailAddress.holder_id == holder_id)))
    return list({one.plain: one for one in reversed(told.addresses) if one.plain not in here}.values())


def _keep_addresses(session: Session, holder_id: int, new: Sequence[ArchivedAddress]) -> int:
    """Addresses come back in their order, unverified: they say of no badge whose it is until a code came back. How many of the
    *new* ones, the newest first, found room.

    Whoever came back without a key lately changes none.
    """
    room = max(0, accounts.MOST_ADDRESSES - len(accounts.list_addresses(session, holder_id)))
    session.add_all(accounts.EmailAddress(holder_id=holder_id, **asdict(address)) for address in reversed(new[:room]))
    return min(room, len(new))


def _keep_messages(session: Session, holder_id: int, told: WalletJson, now: datetime) -> int:
    """Messages that are not a year old come back; one that is here, or was erased here, does not. How many are new."""
    mine = select(messages.Message).where(messages.Message.holder_id == holder_id)
    here = set(map(messages.content_of, session.scalars(mine)))
    new = {messages.content_of(one): one for one in told.messages if one.sent_at > now - messages.KEPT}
    some = [one for content, one in new.items() if content not in here]
    latest = sorted(some, key=lambda one: one.sent_at, reverse=True)[: max(0, messages.MOST_MESSAGES - len(here))]
    for one in reversed(latest):
        past = asdict(one) | {"sent_at": min(one.sent_at, now)}
        session.add(messages.Message(holder_id=holder_id, is_history=True, **past))
    return len(latest)


def _keep_events(session: Session, holder_id: int, told: WalletJson, now: datetime) -> None:
    query = select(accounts.Event.what, accounts.Event.at, accounts.Event.kind).where(
        accounts.Event.holder_id == holder_id
    )
    here = {tuple(row) for row in session.execute(query)}
    new = {(one.what, one.at, one.kind) for one in told.events if one.at > now - accounts.EVENTS_KEPT} - here
    latest = sorted(new, key=lambda one: one[1], reverse=True)[: max(0, MOST_EVENTS - len(here))]
    for what, at, kind in reversed(latest):
        session.add(accounts.Event(holder_id=holder_id, what=what, at=min(at, now), kind=kind, is_history=True))
