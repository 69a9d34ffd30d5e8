"""The ways into a wallet: its keys and its rescue paper, and coming back by paper or by e-mail.

Rule 1: never a wallet with no way in. The last key goes only when there is a paper; a paper that was used is spent only
when there is a key or another paper; whoever stops a return is given a paper when nothing else is left.
Rule 2: what came with a return goes with it. Devices, keys and papers of a return that is stopped open nothing any more,
badges removed since are put back, what was shown since is shown no more, and what was stopped since goes on; the devices
and keys that were there before stay, and only they can stop it; but whoever holds the paper stops whoever reads the mailbox.
Rule 3: a device that is only signed in may be a stolen phone. Where the holder has no key that it could show, its stop
undoes the return and no more: the paper that was used opens again, for it may be the holder who came back by it.
Rule 4: each step is one short write that locks the holder first and looks again who asks; the write decides who was first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, pages, shares, storage
from ..accounts import (
    Device,
    Holder,
    MoveBadges,
    NotFresh,
    Passkey,
    Recovery,
    RecoveryCode,
    SignedIn,
    SignInContext,
    join_visitor,
)


class LastWay(Exception):  # what happened, in the words of the page
    """The last way in is not taken away."""


class WrongDevice(Exception):  # what happened, in the words of the page
    """Only a device or a key that was there before a return can stop it."""


class RecoveryCodeStillGood(Exception):  # what happened, in the words of the page
    """Whoever is coming back does not replace a paper that somebody else may hold."""


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How the holder gets in."""

    keys: int
    has_paper: bool

    @property
    def count(self) -> int:
        """How many there are; an e-mail address, which opens after days and with its server, is none."""
        return self.keys + self.has_paper


def list_ways_in(session: Session, holder_id: int, but_of: Collection[int] = ()) -> WaysIn:
    """The ways in that the holder has, but for those that came with the returns of *but_of*."""
    kept = or_(Passkey.return_id.is_(None), Passkey.return_id.not_in(but_of))
    keys = session.scalar(select(func.count()).select_from(Passkey).where(Passkey.holder_id == holder_id, kept)) or 0
    paper = accounts.get_recovery_code(session, holder_id)
    return WaysIn(keys, paper is not None and paper.return_id not in but_of)


def renew_recovery_code(session: Session, known: SignedIn, now: datetime, *, is_shared: bool = False) -> str:
    """The holder's new rescue paper, the only one from now on: its code. A visitor keeps their wallet by it, and says whether others
    use the device, too (*is_shared*).

    Raises NotFresh when the holder did not just show a key or the paper, and came by no return that still runs;
    RecoveryCodeStillGood when they came by a return and the paper from before is not the one that let them in: somebody
    else, who is the holder, may have it. Raises Missing for whoever was signed out meanwhile.
    """
    known = accounts.lock_signed_in(session, known)
    holder = known.holder
    back = accounts.get_recovery(session, holder.id, known.device.return_id, now)
    if holder.is_kept and not (known.is_fresh(now) or back):
        raise NotFresh
    if is_recovery_code_still_good(session, known, now):
        raise RecoveryCodeStillGood
    code = accounts.make_recovery_code(session, holder.id, now, back.id if back else None)
    if not holder.is_kept:  # the answer may get lost, and the paper with it: they may make another one at once
        accounts.note_key_shown(session, known.device.id, now)
        if is_shared:
            accounts.share_device(session, known.device.id, now)
    accounts.keep_holder(session, holder.id, now)
    accounts.note_event(session, holder.id, "paper-made", now, known.device.kind)
    return code


def is_recovery_code_still_good(session: Session, known: SignedIn, now: datetime) -> bool:
    """Whether whoever is coming back on this device makes no paper yet, for one from before that did not let them in opens the wallet."""
    back = accounts.get_recovery(session, known.holder.id, known.device.return_id, now)
    before = accounts.get_recovery_code(session, known.holder.id)
    return bool(back and before and before.return_id != back.id and before.code_hash != back.code_hash)


def remove_key(session: Session, known: SignedIn, passkey_id: int, now: datetime) -> None:
    """Take away a key of the holder.

    Raises Missing, NotFresh, RecoveryPending while somebody is coming back, and LastWay for the last way in.
    """
    known = accounts.lock_signed_in(session, known)
    holder = known.holder
    passkey = storage.fetch_one(
        session, select(Passkey).where(Passkey.holder_id == holder.id, Passkey.id == passkey_id)
    )
    if not known.is_fresh(now):
        raise NotFresh
    accounts.refuse_while_pending(session, holder.id, now)
    if list_ways_in(session, holder.id).count < 2:
        raise LastWay
    session.delete(passkey)
    accounts.note_event(session, holder.id, "key-removed", now, known.device.kind)


def enter_by_recovery_code(
    session: Session,
    known: SignedIn | None,
    code: str,
    place: SignInContext,
    now: datetime,
    move: MoveBadges,
    language: str = pages.DEFAULT,
) -> str:
    """Let in whoever has the paper of *code*: the token of their device. The holder is told by e-mail, if they gave one.

    Whoever the same paper let in before, and who made nothing of it, is out. What they showed is not stopped: it may be
    the holder on another device, and their own device from before undoes it with this return. Raises Missing.
    """
    holder = accounts.lock_holder(session, storage.require(accounts.holder_of_recovery_code(session, code)))
    paper = storage.require(accounts.use_recovery_code(session, code, now))
    same = [back for back in accounts.running_recoveries(session, holder.id, now) if back.code_hash == paper.code_hash]
    replaced = [back for back in same if not _has_settled(session, back)]
    gone = [id for before in replaced for id in _forget(session, holder, before, now, place.kind)]
    made_during = accounts.get_recovery(session, holder.id, paper.return_id, now)
    back = accounts.begin_recovery(
        session, holder.id, "paper", place.kind, now, made_during.id if made_during else None
    )
    back.code_hash, back.paper_made_at = paper.code_hash, paper.made_at
    for before_id in gone:
        shares.hand_over(session, holder.id, before_id, back.id)
        endorsements.hand_over_requests(session, holder.id, before_id, back.id)
    accounts.notify_of_return(session, holder.id, "return-entered", now, language)
    return _let_in(session, known, holder, back, place, now, move)


def begin_email_recovery(session: Session, holder_id: int, kind: str, now: datetime) -> Recovery:
    """Whoever reads the holder's mailbox wants to come back: the wait that began, or begins now. Raises Missing."""
    accounts.lock_holder(session, holder_id)
    if waiting := _waiting(session, holder_id, now):
        return waiting[0]
    accounts.note_event(session, holder_id, "return-begun", now, kind)
    return accounts.begin_recovery(session, holder_id, "mail", kind, now)


def complete_email_recovery(
    session: Session, known: SignedIn | None, holder_id: int, place: SignInContext, now: datetime, move: MoveBadges
) -> str:
    """Let in whoever reads the mailbox, now that the wait is over: the token of their device. Once more where they got in just
    now and made nothing of it, for an answer that got lost on the way makes nobody wait anew.

    Raises Missing when there is no such return, or it is not yet time.
    """
    holder = accounts.lock_holder(session, holder_id)
    ready = next((back for back in _waiting(session, holder_id, now) if back.opens_at <= now), None)
    if ready:
        accounts.complete_recovery(ready, now)
    else:
        ready = storage.require(_entered_just_now(session, holder_id, now))
        ready.acknowledged_at = None  # who gets in is asked about anew
    return _let_in(session, known, holder, ready, place, now, move)


def _waiting(session: Session, holder_id: int, now: datetime) -> list[Recovery]:
    """The returns by e-mail that nobody got in by yet, the oldest first."""
    return [
        back
        for back in accounts.running_recoveries(session, holder_id, now)
        if back.way == "mail" and not back.entered_at
    ]


def _entered_just_now(session: Session, holder_id: int, now: datetime) -> Recovery | None:
    """The return by e-mail that got in within the hour that a code lives, and of which neither a key nor a paper came."""
    return next(
        (
            back
            for back in accounts.running_recoveries(session, holder_id, now)
            if back.way == "mail"
            and back.entered_at
            and back.entered_at < now <= back.entered_at + accounts.CODE_LASTS
            and not _has_settled(session, back)
        ),
        None,
    )


def stop_recovery(session: Session, known: SignedIn, return_id: int, now: datetime) -> str:
    """« Ce n'est pas moi »: the return and all that came with it open nothing any more.

    The code of a new rescue paper when no other way in is left, else "". Raises Missing; WrongDevice for a device that
    came by a return itself; NotFresh when somebody got in and the holder, who has a key from before, did not just show it:
    a stolen phone must not put out the holder who came back by the paper. Where there is no such key the paper of the
    return is spent only by whoever just showed it, and opens again otherwise.
    """
    known = accounts.lock_signed_in(session, known)
    holder, has_shown = known.holder, known.is_fresh(now)
    back = storage.require(accounts.get_recovery(session, holder.id, return_id, now))
    mine = accounts.get_recovery(session, holder.id, known.device.return_id, now)
    if mine and (mine.way, back.way) != ("paper", "mail"):
        raise WrongDevice
    if needs_key_to_stop(session, known, back, now):
        raise NotFresh
    others = _others(session, known, now)
    all_gone = _forget(session, holder, back, now, known.device.kind)
    for gone in all_gone:
        shares.undo_shares_of_recovery(session, holder.id, gone, now)
        endorsements.undo_requests_of_recovery(session, holder.id, gone, now)
    shares.undo_page_of_recoveries(session, holder.id, all_gone, now)
    if back.code_hash and has_shown and accounts.spend_recovery_code(session, holder.id, back.code_hash):
        accounts.note_event(session, holder.id, "paper-spent", now, known.device.kind)
    is_left = list_ways_in(session, holder.id, others).count > 0
    if not is_left and not has_shown:
        is_left = _undo(session, back)
    code = "" if is_left else accounts.make_recovery_code(session, holder.id, now, mine.id if mine else None)
    if code:
        accounts.note_event(session, holder.id, "paper-made", now, known.device.kind)
    accounts.note_event(session, holder.id, "return-stopped", now, known.device.kind)
    return code


def needs_key_to_stop(session: Session, known: SignedIn, back: Recovery, now: datetime) -> bool:
    """Whether a key is shown before *back* is stopped: somebody got in, and the holder has one that came with no other return."""
    is_asked = back.entered_at is not None and not known.is_fresh(now)
    return is_asked and list_ways_in(session, known.holder.id, _others(session, known, now)).keys > 0


def must_confirm_to_stop(session: Session, known: SignedIn, now: datetime) -> bool:
    """Whether there is a return that the holder stops once a key was shown."""
    return any(
        needs_key_to_stop(session, known, back, now)
        for back in accounts.running_recoveries(session, known.holder.id, now)
    )


def _others(session: Session, known: SignedIn, now: datetime) -> list[int]:
    """The running returns but the one by which the device itself came."""
    return [
        back.id
        for back in accounts.running_recoveries(session, known.holder.id, now)
        if back.id != known.device.return_id
    ]


def other_devices(session: Session, known: SignedIn, now: datetime) -> list[int]:
    """The other devices that the holder may sign out from this one; one that came by a return ends only those of the same.

    A thief who came back by a stolen paper cannot put the holder out; the holder's own devices can put out the thief.
    """
    others = select(Device.id).where(Device.holder_id == known.holder.id, Device.id != known.device.id)
    if mine := accounts.get_recovery(session, known.holder.id, known.device.return_id, now):
        others = others.where(Device.return_id == mine.id)
    return list(session.scalars(others))


def sign_out_one(session: Session, known: SignedIn, device_id: int, now: datetime) -> None:
    """That other device opens nothing any more; raises Missing for one that cannot be signed out from here."""
    if device_id not in other_devices(session, accounts.lock_signed_in(session, known), now):
        raise storage.Missing
    accounts.sign_out(session, device_id)


def sign_out_elsewhere(session: Session, known: SignedIn, now: datetime) -> None:
    """Every other device of the holder that may be signed out from here opens nothing any more."""
    known = accounts.lock_signed_in(session, known)
    session.execute(delete(Device).where(Device.id.in_(other_devices(session, known, now))))
    accounts.note_event(session, known.holder.id, "signed-out-everywhere", now, known.device.kind)


def _let_in(
    session: Session,
    known: SignedIn | None,
    holder: Holder,
    back: Recovery,
    place: SignInContext,
    now: datetime,
    move: MoveBadges,
) -> str:
    if known:
        accounts.sign_out(session, known.device.id)
    token = accounts.sign_in(session, holder, now, place, back.id)
    if known and not known.holder.is_kept:
        join_visitor(session, known.holder.id, holder.id, move)
    accounts.note_event(session, holder.id, f"entered-{back.way}", now, place.kind)
    return token


def _has_settled(session: Session, back: Recovery) -> bool:
    """Whether whoever came back has made a key or a paper since."""
    made = (select(table.id).where(table.return_id == back.id).limit(1) for table in (Passkey, RecoveryCode))
    return any(session.scalar(query) is not None for query in made)


def _forget(session: Session, holder: Holder, back: Recovery, now: datetime, kind: str) -> list[int]:
    """Stop *back*, and what came with it: also a return by a paper that was made during it, and erasing that was asked
    since they got in, which the holder reads with the *kind* of device that stopped it. What was removed since is back. The ids of
    all that are stopped."""
    # When it is due tells nobody who asked: what the holder asked waits for who got in since. What is due may stand in the ledger
    # already: nothing stops it, and nobody is to read on that it was (operations/erasure.py).
    asked_at = accounts.last_event_at(session, holder.id, "erasure-asked") if holder.erase_at else None
    is_theirs = back.entered_at is not None and not (asked_at and asked_at < back.entered_at)
    if is_theirs and holder.erase_at and accounts.erasure_due_at(session, holder.id, holder.erase_at, now) > now:
        holder.erase_at = None
        accounts.note_event(session, holder.id, "erasure-stopped", now, kind)
    for table in (Device, Passkey, RecoveryCode):
        session.execute(delete(table).where(table.return_id == back.id))
    back.stopped_at = now
    if back.entered_at:
        badges.restore_badges_removed_since(session, holder.id, back.entered_at)
        evidence.restore_moments_removed_since(session, holder.id, back.entered_at)
        endorsements.restore_endorsements_removed_since(session, holder.id, back.entered_at)
    stopped = [back.id]
    for later in accounts.running_recoveries(session, holder.id, now):
        if later.after_id == back.id:
            stopped += _forget(session, holder, later, now, kind)
    return stopped


def _undo(session: Session, back: Recovery) -> bool:
    """The paper by which *back* came opens again, as before it; whether the holder has a way in now."""
    if accounts.get_recovery_code(session, back.holder_id) is None and back.code_hash and back.paper_made_at:
        accounts.restore_recovery_code(session, back.holder_id, back.code_hash, back.paper_made_at, back.after_id)
    return list_ways_in(session, back.holder_id).count > 0
