"""« Ma page »: the one share of a holder that has no end, whose address stays while what it shows changes.

It is off until its holder wants it, and there is one at most (Share.page_of is unique). Closed it shows nothing and keeps its
address, which opens again when its holder says so; an address that was given up opens nothing ever again, and a new one, under a
share of its own, takes its place with all that was shown (docs/decisions.md 41). Below all of it is a share: others see it, and
count its openings, as any other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Integer, and_, func, literal, select, update
from sqlalchemy.orm import Session

from .. import accounts, evidence, storage
from ..badges import Card, KeptBadge
from ..endorsements import EndorsementView
from . import abuse_reports, editing, editions, evidence_snapshots, lifecycle, owner_view, shown_endorsements
from .evidence_snapshots import EvidenceSnapshot, MomentAndBadge
from .models import NO_END, Choice, Share, ShownBadge
from .shown_endorsements import EndorsementChoice
from .verdict import issuer_key

SWITCHES = {"photo": "shows_photo", "sought": "shows_sought", "messages": "takes_messages"}
"""The columns of the switches of a page that no other share has, and of messages to it (messages/)."""
KEPT = ("name", "word", "purpose", "shows_marks", "shows_siae", "hides_name", *SWITCHES.values())
"""What a page goes on with under another address."""
Turned = Literal["badges", "moment", "comment", "photo", "sought", "messages"]
TURNED: tuple[Turned, ...] = get_args(Turned)
"""What has a switch."""


STAYS_NEW = timedelta(days=1)
"""How long at least a badge is called new."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One switch of the page, turned on or off."""

    what: Turned
    ids: frozenset[int] = frozenset()
    """Of badges, or of the moment."""
    endorsement: shown_endorsements.EndorsementChoice | None = None
    """Of a word."""
    is_on: bool


def find_page(session: Session, holder_id: int) -> Share | None:
    """The holder's page, open or closed (`is_open`); None where there is none."""
    return session.scalar(select(Share).where(Share.page_of == holder_id))


def find_owned_page(
    session: Session, holder_id: int, unseal: storage.Seal, now: datetime
) -> owner_view.OwnedShare | None:
    """The same as its holder sees it."""
    share = find_page(session, holder_id)
    return owner_view.view_shares(session, [share], unseal, now)[0] if share else None


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
    accounts.lock_holder(session, holder_id)
    if there := find_page(session, holder_id):
        return there
    choice = replace(choice, shows_photo=choice.shows_photo and _has_photo(session, holder_id))
    return lifecycle.create_share(session, holder_id, choice, seal, now, made_in_id)


def close_page(session: Session, holder_id: int, now: datetime, stopped_in_id: int | None = None) -> None:
    """Nobody sees it any more, at the next request; its address stays the holder's. One that is closed stays as it is.

    *stopped_in_id*: the return by which the device came on which they say so. What one return opened and closed is as before it.
    Raises Missing when the return was stopped.
    """
    accounts.lock_holder(session, holder_id)
    accounts.refuse_stopped(session, stopped_in_id)
    whose = func.nullif(literal(stopped_in_id, Integer), Share.opened_in_id)
    session.execute(
        update(Share)
        .where(Share.page_of == holder_id, Share.stopped_at.is_(None))
        .values(stopped_at=now, stopped_in_id=whose, opened_in_id=None)
    )


def open_page(session: Session, holder_id: int, opened_in_id: int | None = None) -> None:
    """Let it be seen again under the same address. One that is open stays as it is. Raises Missing when the return was stopped."""
    accounts.lock_holder(session, holder_id)
    accounts.refuse_stopped(session, opened_in_id)
    whose = func.nullif(literal(opened_in_id, Integer), Share.stopped_in_id)
    opened = session.scalars(
        update(Share)
        .where(Share.page_of == holder_id, Share.stopped_at.is_not(None))
        .values(stopped_at=None, stopped_in_id=None, opened_in_id=whose)
        .returning(Share.id)
    )
    lifecycle.show_again(session, opened.all())


def move_page(
    session: Session, holder_id: int, share_id: int, seal: storage.Seal, now: datetime, made_in_id: int | None = None
) -> Share:
    """Give the open page another address, under which all is as it was; the one of before opens nothing any more.

    *share_id* says which address they saw: another one, or a closed page, is Missing, and so is all once the return was stopped.
    Raises TooManyShares.
    """
    old = storage.require(_locked(session, holder_id))
    accounts.refuse_stopped(session, made_in_id)
    if old.id != share_id or not old.is_open(now):
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
    storage.insert(session, new)
    _show_the_same(session, new, old)
    return new


def _show_the_same(session: Session, page: Share, as_shown: Share) -> None:
    """*page*, which shows nothing, shows all that *as_shown* does."""
    page.shown = [ShownBadge(place=one.place, badge_id=one.badge_id, told=one.told) for one in as_shown.shown]
    session.add_all(
        EvidenceSnapshot(share_id=page.id, place=one.place, evidence_id=one.evidence_id, told=one.told)
        for one in evidence_snapshots.snapshots_of(session, as_shown.id)
    )
    shown_endorsements.copy_endorsements(session, as_shown.id, page.id)
    session.flush()


def _locked(session: Session, holder_id: int) -> Share | None:
    """Their page, as of now and until the end of the transaction: the holder first, by all who change both."""
    accounts.lock_holder(session, holder_id)
    theirs = select(Share).where(Share.page_of == holder_id)
    return session.scalar(theirs.with_for_update().execution_options(populate_existing=True))


def shown_choice(session: Session, share: Share) -> Choice:
    """What the page shows now, of what is still there."""
    there = set(
        session.scalars(
            select(KeptBadge.id).where(KeptBadge.holder_id == share.holder_id, KeptBadge.removed_at.is_(None))
        )
    )
    badge_at = {one.place: one.badge_id for one in share.shown if one.badge_id in there}
    told = {one.id for one in evidence.view_moments(session, share.holder_id, _moment_ids(session, share))}
    pairs = [
        (badge_id, one.evidence_id)
        for one in evidence_snapshots.snapshots_of(session, share.id)
        if (badge_id := badge_at.get(one.place)) and one.evidence_id in told
    ]
    return Choice(
        badge_ids=[id for id in badge_at.values() if id],
        ends_at=None,
        pairs=pairs,
        endorsements=shown_endorsements.shown_choices(
            session, [share.id], {at: id for at, id in badge_at.items() if id}
        ),
        is_page=True,
        **{column: getattr(share, column) for column in KEPT},
    )


def _moment_ids(session: Session, share: Share) -> list[int]:
    return sorted({one.evidence_id for one in evidence_snapshots.snapshots_of(session, share.id) if one.evidence_id})


def pairs_of(
    session: Session, holder_id: int, moment_ids: Collection[int], badge_ids: Collection[int]
) -> list[MomentAndBadge]:
    """Those of the holder's moments, each with the badges among these of which it speaks."""
    found = evidence.view_moments(session, holder_id, moment_ids)
    return [(id, one.id) for one in found for id in one.badge_ids if id in badge_ids]


def turn_switch(session: Session, holder_id: int, turn: Turn, now: datetime, came_in_id: int | None = None) -> None:
    """The page shows that from now on, or no more; all else on it stays, whatever was turned elsewhere meanwhile.

    Raises Missing where there is no page, or nothing of theirs is turned, NothingShown where no badge would be left, or
    none was, ValueError where too many moments were shown; RecoveryPending where the device came by the return *came_in_id*.
    """
    share = storage.require(_locked(session, holder_id))
    chosen = shown_choice(session, share)
    match turn.what:
        case "badges":
            theirs = select(KeptBadge.id).where(
                KeptBadge.holder_id == holder_id, KeptBadge.id.in_(turn.ids), KeptBadge.removed_at.is_(None)
            )
            turned = set(session.scalars(theirs))
            ids = set(chosen.badge_ids) | turned if turn.is_on else set(chosen.badge_ids) - turned
            chosen = replace(chosen, badge_ids=sorted(ids), pairs=[pair for pair in chosen.pairs if pair[0] in ids])
        case "moment":
            pairs = [pair for pair in chosen.pairs if pair[1] not in turn.ids]
            more = pairs_of(session, holder_id, turn.ids, chosen.badge_ids) if turn.is_on else []
            chosen = replace(chosen, pairs=[*pairs, *more])
        case "comment":
            words = {one for one in chosen.endorsements if one != turn.endorsement}
            chosen = replace(
                chosen, endorsements=words | ({turn.endorsement} if turn.is_on and turn.endorsement else set())
            )
        case "photo" | "sought" | "messages":
            change_profile(session, holder_id, now, came_in_id)
            session.refresh(share)
            is_there = turn.what != "photo" or _has_photo(session, holder_id)
            setattr(share, SWITCHES[turn.what], turn.is_on and is_there)
            return
    context = editing.EditContext(came_in_id=came_in_id, keeps_moments=True)
    editing.change_share(session, holder_id, share.id, chosen, now, context)


def _has_photo(session: Session, holder_id: int) -> bool:
    """Whether there is one to show: one that comes later arrives off."""
    return accounts.get_photo(session, holder_id) is not None


def change_profile(session: Session, holder_id: int, now: datetime, came_in_id: int | None = None) -> None:
    """What its holder looks like, or looks for, is about to be another one: the page is another one, too. Raises
    RecoveryPending as `change_share` does."""
    accounts.lock_holder(session, holder_id)
    accounts.refuse_newcomer(session, holder_id, came_in_id, now)
    session.execute(update(Share).where(Share.page_of == holder_id).values(changes=Share.changes + 1))


def restore_profile(
    session: Session, holder: accounts.Holder, told: tuple[str, str], drawn: bytes, now: datetime
) -> None:
    """What an archive tells (*told*) that the holder is called and looks for, and looks like, where nothing is told of it here;
    while what cannot be undone waits, nothing."""
    if accounts.pending_until(session, holder.id, now):
        return
    accounts.lock_holder(session, holder.id)  # first, as all who change both (_locked)
    session.execute(update(Share).where(Share.page_of == holder.id).values(changes=Share.changes + 1))
    name, sought = told
    if name and not holder.name:
        accounts.rename_holder(session, holder.id, name)
    if sought and not holder.sought:
        _set_sought(session, holder.id, sought)
    if drawn and accounts.get_photo(session, holder.id) is None:
        accounts.set_photo(session, holder.id, drawn, now)


def set_photo(
    session: Session, holder_id: int, drawn: bytes | None, now: datetime, came_in_id: int | None = None
) -> None:
    """The photo of the holder is that one from now on, None for none: then their page shows none, also when there is one again.
    Raises RecoveryPending."""
    change_profile(session, holder_id, now, came_in_id)
    if drawn is None:
        accounts.remove_photo(session, holder_id)
        # Also one of which a thief gave up the address, and which may come back (undo_page_of_recoveries).
        session.execute(update(Share).where(_may_be_seen(holder_id)).values(shows_photo=False))
    else:
        accounts.set_photo(session, holder_id, drawn, now)


def set_sought(session: Session, holder_id: int, sought: str, now: datetime, came_in_id: int | None = None) -> None:
    """What the holder looks for is that from now on, "" for nothing: then their page shows nothing of it, also when there is
    something again. Raises RecoveryPending."""
    change_profile(session, holder_id, now, came_in_id)
    _set_sought(session, holder_id, sought)


def _set_sought(session: Session, holder_id: int, sought: str) -> None:
    """As `set_sought`. What is told where nothing was arrives off, as a photo does, whatever a switch says that nobody sees."""
    looked_for = select(accounts.Holder.sought).where(accounts.Holder.id == holder_id)
    before = session.scalar(looked_for)
    accounts.set_sought(session, holder_id, sought)
    if not (before and session.scalar(looked_for)):
        session.execute(update(Share).where(_may_be_seen(holder_id)).values(shows_sought=False))


def _may_be_seen(holder_id: int) -> ColumnElement[bool]:
    """Says of a share whether it is a page of the holder's that may be seen again; what came back with an archive tells what it
    showed."""
    return and_(Share.holder_id == holder_id, Share.is_page, ~Share.is_history)


def rename_page(session: Session, holder_id: int, name: str, now: datetime, came_in_id: int | None = None) -> None:
    """The holder is called so from now on, on their page too. Raises RecoveryPending as `change_share` does: what they were
    called before stands nowhere."""
    share = _locked(session, holder_id)
    accounts.refuse_newcomer(session, holder_id, came_in_id, now)
    accounts.rename_holder(session, holder_id, name)
    if share is None:
        return
    chosen = shown_choice(session, share)
    if not chosen.badge_ids:  # all were removed: there is nothing to be shown, and it is called so when there is again
        share.name, share.changes = accounts.clean_name(name), share.changes + 1
        return
    context = editing.EditContext(keeps_moments=True)
    editing.change_share(session, holder_id, share.id, replace(chosen, name=name), now, context)


def undo_page_of_recoveries(session: Session, holder_id: int, return_ids: Collection[int], now: datetime) -> None:
    """Whoever came by those returns was not the holder: a page that they made or opened is seen no more, one that they closed
    or whose address they gave up is back, unless its holder has another one since, and shows what the holder showed last.
    After `undo_shares_of_recovery` of each."""
    last = session.scalar(select(Share).where(Share.page_of == holder_id, Share.made_in_id.in_(return_ids)))
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
            one.changes += 1  # whatever its holder looks like, or looks for, was changed for the other one alone
            if last is not None:
                _go_on_as(session, one, last, now)
            session.flush()
            lifecycle.show_again(session, [one.id])


def _go_on_as(session: Session, page: Share, last: Share, now: datetime) -> None:
    """*page* shows what *last* did, under another address: nobody but the holder changed anything there."""
    before = editions.edition_of(session, page)
    for column in (*KEPT, "places"):
        setattr(page, column, getattr(last, column))
    if before == editions.edition_of(session, last):
        return
    words = shown_endorsements.endorsements_for_owner(session, [page.id])[page.id]
    for gone in (*page.shown, *evidence_snapshots.snapshots_of(session, page.id), *words):
        session.delete(gone)
    session.flush()
    session.expire(page, ["shown"])
    _show_the_same(session, page, last)
    editions.keep_edition(session, page, before, now, abuse_reports.open_reports(session, page.holder_id))
    page.changed_at = now


@dataclass(frozen=True, kw_only=True, slots=True)
class BadgeSwitch:
    """Badges of one issuer, which are turned together, and each alone."""

    badges: Sequence[Card]
    shown: frozenset[int]
    """Those that are on the page, by their ids."""
    is_new: bool
    """Whether they came since the page was changed last: none of them is shown before its holder says so."""

    @property
    def is_on(self) -> bool:
        """Whether all of them are shown."""
        return len(self.shown) == len(self.badges)

    @property
    def ids(self) -> str:
        """The badges, as a switch names them."""
        return ".".join(str(one.id) for one in self.badges)


def badge_switches(
    cards: Sequence[Card], shown: Collection[int], added_at: Mapping[int, datetime], new_since: datetime | None
) -> list[BadgeSwitch]:
    """*cards* by issuer, what came after *new_since* first; without it there is no page yet, and nothing is new."""
    new = {id for id, at in added_at.items() if new_since and at > new_since and id not in shown}
    grouped = storage.grouped(((one.id not in new, issuer_key(one)), one) for one in cards)
    return [
        BadgeSwitch(badges=some, shown=frozenset(one.id for one in some if one.id in shown), is_new=not is_old)
        for (is_old, _), some in sorted(grouped.items(), key=lambda one: one[0][0])
    ]


def new_since(page: owner_view.OwnedShare, now: datetime) -> datetime:
    """What came after this is new on *page*: since it was changed last, or lately enough for a holder who turns one after the
    other."""
    changed_at = page.changed_at or page.created_at
    return max(page.created_at, min(changed_at, now - STAYS_NEW))


@dataclass(frozen=True, kw_only=True, slots=True)
class StorySwitch:
    """A moment that its holder told, and whether their page shows it."""

    story: evidence.EvidenceView
    is_on: bool
    can_turn: bool
    """Whether it is on the page, or a badge of which it speaks: a moment is read under its badge."""
    is_changed: bool
    """Whether it was told otherwise since it is on the page: what was taken off it is on the page no more, either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentSwitch:
    """A word of somebody else, and whether the page shows it."""

    view: EndorsementView
    choice: EndorsementChoice
    is_on: bool
    can_turn: bool
    """Whether what it is about is on the page."""
    is_aside: bool
    """Whether its moment tells something, on the page or else now, that its tutor did not read."""


def comment_switches(
    session: Session, share: Share | None, holder_id: int, chosen: Choice, badges: Sequence[KeptBadge], now: datetime
) -> list[CommentSwitch]:
    """The words that may be shown on the page, with the holder's *badges* and moments."""
    hung = evidence_snapshots.list_snapshots(session, share.id) if share else []
    on_page = {one.evidence_id: one.told_now for one in hung}
    moments = [one for one in evidence.view_all_moments(session, holder_id) if one.told_at]
    told = {one.id: on_page.get(one.id) or evidence.moment_as_json(one) for one in moments}
    there = {id for _, id in chosen.pairs}
    return [
        CommentSwitch(
            view=one.view,
            choice=one.choice,
            is_on=one.choice in chosen.endorsements,
            can_turn=not one.is_aside
            and (one.view.evidence_id in there if one.view.evidence_id else one.view.badge_id in chosen.badge_ids),
            is_aside=one.is_aside,
        )
        for one in shown_endorsements.offered_endorsements(session, holder_id, badges, told, now)
    ]


def story_switches(session: Session, share: Share | None, holder_id: int, chosen: Choice) -> list[StorySwitch]:
    """The moments that the holder told, the newest first; of those in which nothing is left only what is shown."""
    shown_as = (
        {one.evidence_id: dict(one.told) for one in evidence_snapshots.snapshots_of(session, share.id)} if share else {}
    )
    ids, on = set(chosen.badge_ids), {id for _, id in chosen.pairs}
    return [
        StorySwitch(
            story=one,
            is_on=one.id in on,
            can_turn=one.id in on or not ids.isdisjoint(one.badge_ids),
            is_changed=one.id in on
            and one.id in shown_as
            and _is_changed(shown_as[one.id], evidence.moment_as_json(one)),
        )
        for one in evidence.view_all_moments(session, holder_id)
        if one.told_at and (one.id in on or not one.is_empty)
    ]


def _is_changed(shown: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    there = [one for one in shown["attachments"] if one in now["attachments"]]
    return {**shown, "attachments": there} != now
