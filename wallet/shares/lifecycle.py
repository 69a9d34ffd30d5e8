"""What a holder shows, to whom, until when: made, found again, stopped, prolonged by its owner.

What others see of it is in shares/public_view.py. A closed share is a WHERE, not an if: whoever stops it first has stopped it, and
nothing prolongs or opens it again but the undo.

The token is 128 random bits. Its hash finds the share; the token itself is sealed, for the owner's code page
(docs/decisions.md 9).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, case, func, literal, select, update
from sqlalchemy.orm import Session, defer
from sqlalchemy.orm.interfaces import ORMOption

from .. import accounts, storage
from ..badges import CHECK_DAILY, Heading, KeptBadge, is_never_known, make_heading
from . import editions, evidence_snapshots, passcodes, recipients, shown_endorsements, view_counts
from .models import (
    LONGEST,
    MOST_SHARES,
    NO_END,
    PURPOSE_LIMIT,
    SEALED,
    SLOW,
    UNDO_STOP,
    WORD_LIMIT,
    Choice,
    NothingShown,
    Share,
    ShownBadge,
    TooManyShares,
)

WITHOUT_HISTORY = (defer(KeptBadge.history),)
WITHOUT_WHAT_WAS = (defer(KeptBadge.good), *WITHOUT_HISTORY)
"""What of a badge nobody asks for who shows it: of thousands it is read and parsed while others wait to write. Whoever looks at it
beforehand is told its issuer, which is that of when it was good where nobody answers now."""


def create_share(
    session: Session,
    holder_id: int,
    choice: Choice,
    seal: storage.Seal,
    now: datetime,
    made_in_id: int | None = None,
    code: passcodes.NewPasscode | None = None,
) -> Share:
    """Show what the holder chose; raises NothingShown, Missing when a badge is not theirs or the return was stopped, and TooManyShares.

    *made_in_id*: the return by which the device came on which they choose; *code*: the digits that it asks for.
    """
    accounts.refuse_stopped(session, made_in_id)
    badges, token = chosen_badges(session, holder_id, choice), new_token(session, holder_id, seal)
    share = Share(
        holder_id=holder_id,
        token_hash=token.hash,
        token_sealed=token.sealed,
        name=accounts.clean_name(choice.name),
        word=choice.word[:WORD_LIMIT],
        purpose=choice.purpose[:PURPOSE_LIMIT],
        shows_marks=choice.shows_marks,
        shows_siae=choice.shows_siae,
        hides_name=choice.hides_name,
        takes_messages=choice.takes_messages,
        created_at=now,
        ends_at=NO_END if choice.is_page else min(choice.ends_at or now + LONGEST, now + LONGEST),
        is_page=choice.is_page,
        page_of=holder_id if choice.is_page else None,
        shows_photo=choice.shows_photo,
        shows_sought=choice.shows_sought,
        made_in_id=made_in_id,
    )
    share.shown = [
        ShownBadge(place=place, badge_id=kept.id, told=heading_as_json(make_heading(kept.read)))
        for place, kept in enumerate(badges)
    ]
    show_today(badges)
    storage.insert(session, share)
    evidence_snapshots.snapshot_evidence(
        session, holder_id, share.id, {kept.id: place for place, kept in enumerate(badges)}, choice.pairs
    )
    if choice.endorsements:
        session.flush()
        hung = evidence_snapshots.list_snapshots(session, share.id)
        shown = dict(enumerate(badges))
        shown_endorsements.change_endorsements(session, share.id, shown, hung, choice.endorsements, now)
    if code:
        session.add(passcodes.passcode_of(share.id, code))
    return share


@dataclass(frozen=True, slots=True)
class NewToken:
    """The secret of a link, as it is kept."""

    hash: bytes
    sealed: bytes


class MadeBefore(Exception):  # what happened, in the words of the page
    """The same form made this share already."""

    def __init__(self, share_id: int) -> None:
        super().__init__(share_id)
        self.share_id = share_id


def create_share_once(
    session: Session, holder_id: int, newest_id: int | None, create: Callable[[Session], Share], now: datetime
) -> Share:
    """The share that *create* makes (`create_share`), once, however often its form is sent: a button touched twice, a phone that
    heard no answer and asks again. Raises MadeBefore where the form that was given when *newest_id* was the newest share (0 for
    none) was sent before, and then nothing is to be kept. None is a form that does not say so."""
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


def new_token(session: Session, holder_id: int, seal: storage.Seal) -> NewToken:
    """The secret of one more share of the holder; raises TooManyShares."""
    theirs = select(func.count()).select_from(Share).where(Share.holder_id == holder_id)
    if session.scalars(theirs).one() >= MOST_SHARES:
        raise TooManyShares
    token = accounts.new_code()
    return NewToken(hash_of(token), seal(token.encode(), SEALED))


def show_today(chosen: Sequence[KeptBadge]) -> None:
    """These badges are shown from now on. What is so already is not set again: each row that is touched is looked at while others
    wait to write."""
    for kept in chosen:
        _bring_closer(kept)
        if kept.unasked is not None:
            kept.unasked = None  # ticked before their eyes: they want it


def show_again(session: Session, share_ids: Collection[int]) -> None:
    """What these shares show is shown from now on, or for longer."""
    shown = select(ShownBadge.badge_id).where(ShownBadge.share_id.in_(share_ids))
    there = select(KeptBadge).where(KeptBadge.id.in_(shown), KeptBadge.removed_at.is_(None))
    for kept in session.scalars(there.options(*WITHOUT_WHAT_WAS)):
        _bring_closer(kept)


def _bring_closer(kept: KeptBadge) -> None:
    """Whoever is shown it today should not read a check of last week; where no answer can change it, nobody is asked."""
    soon = kept.checked_at + CHECK_DAILY
    if soon < kept.due_at and not is_never_known(kept):
        kept.due_at = soon


def heading_as_json(called: Heading) -> dict[str, Any]:
    """What a badge is called, as a share remembers it (ShownBadge.told)."""
    return {
        "name": called.name,
        "level": called.level,
        "issuer_name": called.issuer_name,
        "issued_on": called.issued_on and called.issued_on.isoformat(),
    }


def first_name(holder: accounts.Holder | None, kept: Sequence[KeptBadge]) -> str:
    """The first name to propose: the holder's word, else that of all the badges; "" where they name nobody, or several.

    A name that is no part of what was verified is nobody's word. In « DURAND Sonia » and « Sonia Durand » alike the first name
    is the first word that is not all capitals.
    """
    if holder and holder.name:
        return holder.name
    names = {name.casefold(): name for name in map(recipients.name_on, kept)}
    names.pop("", None)
    words = next(iter(names.values())).split() if len(names) == 1 else []
    return next((word for word in words if not word.isupper()), "")[: accounts.NAME_LIMIT]


def chosen_badges(
    session: Session, holder_id: int, choice: Choice, left_out: Sequence[ORMOption] = WITHOUT_WHAT_WAS
) -> list[KeptBadge]:
    """What the holder chose, in the order in which it is shown, without the columns *left_out*; raises as `create_share` does."""
    if not choice.badge_ids:
        raise NothingShown
    found = list(
        session.scalars(
            select(KeptBadge)
            .where(KeptBadge.holder_id == holder_id, KeptBadge.id.in_(choice.badge_ids), KeptBadge.removed_at.is_(None))
            .order_by(KeptBadge.added_at.desc(), KeptBadge.id.desc())
            .options(*left_out)
        )
    )
    if len(found) != len(set(choice.badge_ids)):
        raise storage.Missing
    return found


def list_shares(session: Session, holder_id: int) -> list[Share]:
    """The holder's shares, the newest first."""
    return list(session.scalars(select(Share).where(Share.holder_id == holder_id).order_by(Share.id.desc())))


def last_share_id(session: Session, holder_id: int) -> int:
    """The holder's newest share; 0 before the first one."""
    newest = select(func.max(Share.id)).where(Share.holder_id == holder_id)
    return session.scalar(newest) or 0


def get_share(session: Session, holder_id: int, share_id: int) -> Share:
    """The holder's share of that id; raises Missing."""
    return storage.fetch_one(session, select(Share).where(Share.holder_id == holder_id, Share.id == share_id))


def lock_share(session: Session, share_id: int) -> None:
    """Nobody erases that share before this transaction is over; raises Missing when it is gone."""
    storage.fetch_one(session, select(Share.id).where(Share.id == share_id).with_for_update(read=True, key_share=True))


def count_share_view(session: Session, share_id: int, day: date, kind: view_counts.DeviceKind) -> None:
    """As view_counts.count_view; raises Missing when the share is gone."""
    lock_share(session, share_id)
    view_counts.count_view(session, share_id, day, kind)


def stop_share(
    session: Session, holder_id: int, share_id: int, now: datetime, stopped_in_id: int | None = None
) -> None:
    """End the share: the next request for its page or its pictures is refused. One that is over stays as it is.

    *stopped_in_id*: the return by which the device came that stops it. What one return opened and stopped is as before it. Raises
    Missing when the return was stopped: what it stops then would not go on.
    """
    accounts.lock_holder(session, holder_id)
    accounts.refuse_stopped(session, stopped_in_id)
    get_share(session, holder_id, share_id)
    whose = func.nullif(literal(stopped_in_id, Integer), Share.opened_in_id)
    _change(session, holder_id, share_id, now, stopped_at=now, stopped_in_id=whose, opened_in_id=None)


def reopen_share(session: Session, holder_id: int, share_id: int, now: datetime) -> None:
    """Undo a stop while UNDO lasts; raises Missing when it is too late."""
    storage.fetch_one(
        session,
        update(Share)
        .where(Share.holder_id == holder_id, Share.id == share_id, ~Share.is_history)
        .where(Share.stopped_at > now - UNDO_STOP - SLOW, Share.ends_at > now)
        .where(~Share.is_page | Share.page_of.is_not(None))  # an address that was given up stays so
        .values(stopped_at=None, stopped_in_id=None)
        .returning(Share.id),
    )
    show_again(session, [share_id])


def prolong_share(
    session: Session, holder_id: int, share_id: int, ends_at: datetime, now: datetime, came_in_id: int | None = None
) -> None:
    """It ends at *ends_at*, if that is later than now planned. Raises Missing when it is over: no link comes to life again; and
    RecoveryPending as `change_share` does."""
    accounts.refuse_newcomer(session, holder_id, came_in_id, now)
    longer = case((Share.ends_at < ends_at, min(ends_at, now + LONGEST)), else_=Share.ends_at)  # a page has no end
    if not _change(session, holder_id, share_id, now, ends_at=longer):
        raise storage.Missing
    show_again(session, [share_id])


def allow_code_tries(session: Session, holder_id: int, share_id: int) -> None:
    """Let others try its code again; raises Missing."""
    passcodes.resume_code_tries(session, get_share(session, holder_id, share_id).id)


def set_takes_messages(
    session: Session, holder_id: int, share_id: int, now: datetime, came_in_id: int | None = None, *, takes: bool
) -> None:
    """Whether those to whom the share is shown can answer, from the next request on: a form that was opened before knows that it
    is another one. Raises Missing, and RecoveryPending as `change_share` does."""
    accounts.refuse_newcomer(session, holder_id, came_in_id, now)
    share = get_share(session, holder_id, share_id)
    if share.takes_messages != takes:
        share.takes_messages, share.changes = takes, Share.changes + 1


def forget_share(session: Session, holder_id: int, share_id: int, now: datetime) -> None:
    """A share that is over leaves the holder's record; raises Missing for one that is open and for their page, RecoveryPending while a
    thief may be in."""
    share = get_share(session, holder_id, share_id)
    if share.is_open(now) or share.page_of is not None:
        raise storage.Missing
    accounts.refuse_while_pending(session, holder_id, now)
    session.delete(share)


def undo_shares_of_recovery(session: Session, holder_id: int, return_id: int, now: datetime) -> None:
    """Whoever came by that return was not the holder: what they showed is shown no more, what they stopped goes on."""
    theirs = update(Share).where(Share.holder_id == holder_id)
    over = case((Share.stopped_at.is_(None), now), else_=Share.stopped_at)
    session.execute(theirs.where(Share.made_in_id == return_id).values(stopped_at=over, stopped_in_id=None))
    goes_on = session.scalars(
        theirs.where(Share.stopped_in_id == return_id, Share.ends_at > now, ~Share.is_page)
        .values(stopped_at=None, stopped_in_id=None)
        .returning(Share.id)
    )
    show_again(session, goes_on.all())


def hand_over(session: Session, holder_id: int, from_return_id: int, to_return_id: int) -> None:
    """What was made and stopped during one return is of another one from now on, and is undone with that."""
    for column in (Share.made_in_id, Share.stopped_in_id, Share.opened_in_id):
        session.execute(
            update(Share).where(Share.holder_id == holder_id, column == from_return_id).values({column: to_return_id})
        )


def _change(session: Session, holder_id: int, share_id: int, now: datetime, **values: Any) -> bool:
    """Change the share in one step, if it is open: whether it was."""
    open_one = update(Share).where(
        Share.holder_id == holder_id, Share.id == share_id, Share.stopped_at.is_(None), Share.ends_at > now
    )
    return session.execute(open_one.values(**values).returning(Share.id)).first() is not None


def hash_of(token: str) -> bytes:
    """What finds the share of *token*, however it was typed."""
    return storage.hash_of_secret(accounts.as_typed_meant(token))
