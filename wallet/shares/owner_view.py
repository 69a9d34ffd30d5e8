"""A share as its owner sees it, now and when it is over: each badge as it was then, and what it is now.

What others see of a share is in shares/public_view.py: nothing here reaches them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Integer, bindparam, select, update
from sqlalchemy.orm import Session

from .. import badges, trust
from ..badges import Card, Heading, KeptBadge
from ..storage import Seal, unseal_or_empty
from . import evidence_snapshots, lifecycle, passcodes, recipients, shown_endorsements, view_counts
from .models import DAYS, SEALED, UNDO_STOP, Share, ShownBadge

HOLDER: BindParameter[int] = bindparam("holder", type_=Integer)
ANY_UNSEEN = (
    select(view_counts.ViewCount.id)
    .join(Share, Share.id == view_counts.ViewCount.share_id)
    .where(Share.holder_id == HOLDER, view_counts.ViewCount.times > view_counts.ViewCount.seen)
    .limit(1)
)
"""Asked at every look at the badges."""


@dataclass(frozen=True, slots=True)
class UnseenViews:
    """What was opened since the holder looked: the share that was opened last, its newest day, and how many shares there are."""

    share_id: int
    purpose: str
    last: view_counts.DayOfViews
    shares: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered(Heading):
    """A badge that a share showed: as it was told then, else as it is called now; "" where neither is known. What an
    archive brought back may tell little of it."""

    now: Card | None
    """None when the holder removed it since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What a share showed, in the order of its page."""

    is_history: bool
    """Whether it came back with an archive."""
    badges: Sequence[Remembered]


def shown_to_owner(
    session: Session, holder_id: int, share_id: int, registers: trust.Registers, now: datetime
) -> Record:
    """The record of the holder's share of that id, its badges as they are at *now*; raises Missing."""
    share = lifecycle.get_share(session, holder_id, share_id)
    live = {id: badges.told_at(kept.card, registers, now) for id, kept in still_kept(session, share.shown).items()}
    return Record(
        is_history=share.is_history,
        badges=[_remembered(shown, live.get(shown.badge_id or 0)) for shown in share.shown],
    )


def _remembered(shown: ShownBadge, now: Card | None) -> Remembered:
    told = shown.told
    if told is None:
        told = lifecycle.heading_as_json(now) if now else {}
    # What an archive brought may lack something.
    words = {member: str(told.get(member) or "") for member in ("name", "level", "issuer_name")}
    return Remembered(**words, issued_on=_moment(told.get("issued_on")), now=now)


def _moment(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnedShare:
    """A share, as its owner sees it."""

    id: int
    token: str
    groups: Sequence[str]
    """The token in groups of four, to be read and typed; both empty where it was sealed with other keys."""
    name: str
    word: str
    purpose: str
    shows_marks: bool = False
    shows_siae: bool = False
    hides_name: bool = False
    is_page: bool = False
    """Whether it is, or was, the page that has no end; of an address that was given up *is_lasting* is false."""
    is_lasting: bool = False
    shows_photo: bool = False
    shows_sought: bool = False
    changed_at: datetime | None = None
    takes_messages: bool = True
    code: str
    """The six digits that it asks for, "" for none, or where they were sealed with other keys."""
    has_code: bool = False
    is_paused: bool
    """Whether too many wrong codes were tried: it shows nothing until its owner goes on."""
    created_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    is_open: bool
    changes: int = 0
    """How often it was changed, by which a page that was looked at earlier is told from this one."""
    badges: Sequence[Card]
    """What it shows now: what was removed has left it."""
    told: Sequence[dict[str, Any]]
    """What it showed when it was made, one for each badge."""
    openings: Sequence[view_counts.DayOfViews]
    given: recipients.Given = recipients.NOBODY_NAMED
    """To whom they were given, as others read it."""
    exhibits: Sequence[Mapping[str, Any]] = ()
    """The moments that it showed, as they were (shares/evidence_snapshots.py)."""
    endorsements: Sequence[shown_endorsements.RememberedEndorsement] = ()
    """The words of others that it showed."""

    @property
    def times(self) -> int:
        """How often it was opened."""
        return sum(one.times for one in self.openings)

    def longer(self, now: datetime) -> list[int]:
        """The DAYS from now that would give it at least one day more."""
        return [days for days in DAYS if now + timedelta(days=days) >= self.ends_at + timedelta(days=1)]

    def can_reopen(self, now: datetime) -> bool:
        """Whether it was stopped so lately that this can be undone."""
        return self.stopped_at is not None and self.stopped_at > now - UNDO_STOP and self.ends_at > now


def view_shares(session: Session, shares: Sequence[Share], unseal: Seal, now: datetime) -> list[OwnedShare]:
    """*shares* as their owner sees them."""
    ids = [share.id for share in shares]
    codes, looked = passcodes.get_passcode(session, ids), view_counts.list_views(session, ids)
    hung = evidence_snapshots.snapshots_for_owner(session, ids)
    live = still_kept(session, [shown for share in shares for shown in share.shown])
    words = shown_endorsements.remembered(session, ids, hung, now)
    return [
        replace(
            _tell(share, codes.get(share.id), looked[share.id], live, unseal, now),
            exhibits=hung[share.id],
            endorsements=words[share.id],
        )
        for share in shares
    ]


def _tell(
    share: Share,
    code: passcodes.Passcode | None,
    looked: list[view_counts.DayOfViews],
    live: Mapping[int, KeptBadge],
    unseal: Seal,
    now: datetime,
) -> OwnedShare:
    token = unseal_or_empty(unseal, share.token_sealed, SEALED)
    here = [live[id] for shown in share.shown if (id := shown.badge_id) is not None and id in live]
    cards = [kept.card for kept in here]
    return OwnedShare(
        id=share.id,
        token=token,
        groups=[token[start : start + 4] for start in range(0, len(token), 4)],
        name=share.name,
        word=share.word,
        purpose=share.purpose,
        shows_marks=share.shows_marks,
        shows_siae=share.shows_siae,
        hides_name=share.hides_name,
        is_page=share.is_page,
        is_lasting=share.page_of is not None,
        shows_photo=share.shows_photo,
        shows_sought=share.shows_sought,
        takes_messages=share.takes_messages,
        code=unseal_or_empty(unseal, code.code_sealed, passcodes.PASSCODE_SEAL) if code else "",
        has_code=code is not None,
        is_paused=code is not None and code.is_paused,
        created_at=share.created_at,
        ends_at=share.ends_at,
        stopped_at=share.stopped_at,
        is_open=share.is_open(now),
        changes=share.changes,
        changed_at=share.changed_at,
        badges=cards,
        given=recipients.given_to(share.name, zip(cards, here, strict=True), is_hidden=share.hides_name),
        told=[shown.told for shown in share.shown if shown.told],
        openings=looked,
    )


def still_kept(session: Session, shown: Sequence[ShownBadge]) -> dict[int, KeptBadge]:
    """The kept badges of *shown* by their ids; a removed one is not among them."""
    ids = {one.badge_id for one in shown} - {None}
    return {
        kept.id: kept
        for kept in session.scalars(select(KeptBadge).where(KeptBadge.id.in_(ids), KeptBadge.removed_at.is_(None)))
    }


def list_owned_shares(session: Session, holder_id: int, unseal: Seal, now: datetime) -> list[OwnedShare]:
    """All the holder's shares, the newest first."""
    return view_shares(session, lifecycle.list_shares(session, holder_id), unseal, now)


def get_owned_share(session: Session, holder_id: int, share_id: int, unseal: Seal, now: datetime) -> OwnedShare:
    """The holder's share of that id; raises Missing."""
    return view_shares(session, [lifecycle.get_share(session, holder_id, share_id)], unseal, now)[0]


def get_unseen_views(session: Session, holder_id: int) -> UnseenViews | None:
    """What the holder has not been told of yet; None for nothing."""
    rows = session.execute(
        select(
            Share.id,
            Share.purpose,
            view_counts.ViewCount.day,
            view_counts.ViewCount.kind,
            view_counts.ViewCount.times - view_counts.ViewCount.seen,
        )
        .join(Share, Share.id == view_counts.ViewCount.share_id)
        .where(Share.holder_id == holder_id, view_counts.ViewCount.times > view_counts.ViewCount.seen)
        .order_by(view_counts.ViewCount.day.desc(), view_counts.ViewCount.id.desc())
    ).all()
    if not rows:
        return None
    share_id, purpose, day, kind, times = rows[0]
    return UnseenViews(share_id, purpose, view_counts.DayOfViews(day, kind, times), len({row[0] for row in rows}))


def mark_views_seen(session: Session, holder_id: int) -> None:
    """The holder has been told of all of them."""
    theirs = select(Share.id).where(Share.holder_id == holder_id)
    session.execute(
        update(view_counts.ViewCount)
        .where(view_counts.ViewCount.share_id.in_(theirs), view_counts.ViewCount.times > view_counts.ViewCount.seen)
        .values(seen=view_counts.ViewCount.times)
    )
