"""The ways into a wallet: its keys and its rescue paper, and coming back by paper or by e-mail.

Rule 1: never a wallet with no way in. The last key goes only when there is a paper; a paper that was used is spent only
when there is a key or another paper; whoever stops a return is given a paper when nothing else is left.
Rule 2: what came with a return goes with it. Devices, keys and papers of a return that is stopped open nothing any more;
those that were there before stay, and only they can stop it; but whoever holds the paper stops whoever reads the mailbox.
Rule 3: each step is one short write, and the write decides who was first.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from . import events, holders, papers, returns
from .database import Missing
from .holders import Device, Holder, Known, Place
from .papers import Paper
from .passkeys import Move, NotFresh, Passkey, bring_along
from .returns import Return


class LastWay(Exception):  # what happened, in the words of the page
    """The last way in is not taken away."""


class NotHere(Exception):  # what happened, in the words of the page
    """Only a device or a key that was there before a return can stop it."""


class StillGood(Exception):  # what happened, in the words of the page
    """Whoever is coming back by e-mail does not replace a paper that nobody used."""


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How the holder gets in."""

    keys: int
    has_paper: bool

    @property
    def count(self) -> int:
        """How many there are; an e-mail address, which opens after days and with its server, is none."""
        return self.keys + self.has_paper


def of(session: Session, holder_id: int) -> WaysIn:
    """The ways in that the holder has."""
    keys = session.scalar(select(func.count()).select_from(Passkey).where(Passkey.holder_id == holder_id)) or 0
    return WaysIn(keys, papers.of(session, holder_id) is not None)


def make_paper(session: Session, known: Known, now: datetime) -> str:
    """The holder's new rescue paper, the only one from now on: its code. A visitor keeps their wallet by it.

    Raises NotFresh when the holder did not just show a key or the paper, and came by no return that still runs;
    StillGood when they came by a return and the paper from before may be in the hands of somebody else, who is the holder.
    """
    holder = _locked(session, known)
    back = returns.one(session, holder.id, known.device.return_id, now)
    if holder.is_kept and not (known.is_fresh(now) or back):
        raise NotFresh
    before = papers.of(session, holder.id)
    if back and before and before.used_at is None and before.return_id != back.id:
        raise StillGood
    code = papers.make(session, holder.id, now, back.id if back else None)
    holders.keep(session, holder.id, now)
    events.note(session, holder.id, "paper-made", now, known.device.kind)
    return code


def remove_key(session: Session, known: Known, passkey_id: int, now: datetime) -> None:
    """Take away a key of the holder.

    Raises Missing, NotFresh, Guarded while somebody is coming back, and LastWay for the last way in.
    """
    holder = _locked(session, known)
    passkey = session.scalar(select(Passkey).where(Passkey.holder_id == holder.id, Passkey.id == passkey_id))
    if passkey is None:
        raise Missing
    if not known.is_fresh(now):
        raise NotFresh
    returns.guard(session, holder.id, now)
    if of(session, holder.id).count < 2:
        raise LastWay
    session.delete(passkey)
    events.note(session, holder.id, "key-removed", now, known.device.kind)


def enter_by_paper(session: Session, known: Known | None, code: str, place: Place, now: datetime, move: Move) -> str:
    """Let in whoever has the paper of *code*: the token of their device.

    Whoever the same paper let in before, and who made nothing of it, is out. Raises Missing.
    """
    paper = papers.use(session, code, now)
    if paper is None:
        raise Missing
    holder = session.get_one(Holder, paper.holder_id, with_for_update=True)
    for back in returns.running(session, holder.id, now):
        if back.way == "paper" and not _has_settled(session, back):
            _forget(session, back, now)
    back = returns.begin(session, holder.id, "paper", place.kind, now, paper.return_id)
    return _let_in(session, known, holder, back, place, now, move)


def ask_by_mail(session: Session, holder_id: int, kind: str, now: datetime) -> Return:
    """Whoever reads the holder's mailbox wants to come back: the wait that began, or begins now."""
    session.get_one(Holder, holder_id, with_for_update=True)
    waiting = [back for back in returns.running(session, holder_id, now) if back.way == "mail" and not back.entered_at]
    if waiting:
        return waiting[0]
    events.note(session, holder_id, "return-begun", now, kind)
    return returns.begin(session, holder_id, "mail", kind, now)


def enter_by_mail(
    session: Session, known: Known | None, holder_id: int, place: Place, now: datetime, move: Move
) -> str:
    """Let in whoever reads the mailbox, now that the wait is over: the token of their device.

    Raises Missing when there is no such return, or it is not yet time.
    """
    holder = session.get(Holder, holder_id, with_for_update=True)
    ready = [
        back
        for back in returns.running(session, holder_id, now)
        if back.way == "mail" and not back.entered_at and back.opens_at <= now
    ]
    if holder is None or not ready:
        raise Missing
    returns.enter(ready[0], now)
    return _let_in(session, known, holder, ready[0], place, now, move)


def stop(session: Session, known: Known, return_id: int, now: datetime) -> str:
    """« Ce n'est pas moi »: the return and all that came with it open nothing any more.

    The code of a new rescue paper when no other way in is left, else "". Raises Missing; NotHere for a device that came
    by a return itself; NotFresh when somebody got in and the holder, who has a key from before, did not just show it:
    a stolen phone must not put out the holder who came back by the paper.
    """
    holder = _locked(session, known)
    back = returns.one(session, holder.id, return_id, now)
    if back is None:
        raise Missing
    mine = returns.one(session, holder.id, known.device.return_id, now)
    if mine and (mine.way, back.way) != ("paper", "mail"):
        raise NotHere
    if back.entered_at and not known.is_fresh(now) and _has_key_besides(session, holder.id, back):
        raise NotFresh
    _forget(session, back, now)
    if back.way == "paper":
        papers.spend(session, holder.id)
    holder.erase_at = None
    events.note(session, holder.id, "return-stopped", now, known.device.kind)
    return "" if of(session, holder.id).count else papers.make(session, holder.id, now)


def endable(session: Session, known: Known, now: datetime) -> list[int]:
    """The other devices that the holder may sign out from this one; one that came by a return ends only those of the same.

    A thief who came back by a stolen paper cannot put the holder out; the holder's own devices can put out the thief.
    """
    others = select(Device.id).where(Device.holder_id == known.holder.id, Device.id != known.device.id)
    if mine := returns.one(session, known.holder.id, known.device.return_id, now):
        others = others.where(Device.return_id == mine.id)
    return list(session.scalars(others))


def sign_out_one(session: Session, known: Known, device_id: int, now: datetime) -> None:
    """That other device opens nothing any more; raises Missing for one that cannot be signed out from here."""
    if device_id not in endable(session, known, now):
        raise Missing
    holders.sign_out(session, device_id)


def sign_out_elsewhere(session: Session, known: Known, now: datetime) -> None:
    """Every other device of the holder that may be signed out from here opens nothing any more."""
    session.execute(delete(Device).where(Device.id.in_(endable(session, known, now))))
    events.note(session, known.holder.id, "signed-out-everywhere", now, known.device.kind)


def _let_in(
    session: Session, known: Known | None, holder: Holder, back: Return, place: Place, now: datetime, move: Move
) -> str:
    if known:
        holders.sign_out(session, known.device.id)
    token = holders.sign_in(session, holder, now, place, back.id)
    if known and known.holder.id != holder.id:
        bring_along(session, known.holder.id, holder.id, move)
    events.note(session, holder.id, f"entered-{back.way}", now, place.kind)
    return token


def _has_settled(session: Session, back: Return) -> bool:
    """Whether whoever came back has made a key or a paper since."""
    made = (select(table.id).where(table.return_id == back.id).limit(1) for table in (Passkey, Paper))
    return any(session.scalar(query) is not None for query in made)


def _has_key_besides(session: Session, holder_id: int, back: Return) -> bool:
    """Whether the holder has a key that did not come with *back*."""
    from_before = or_(Passkey.return_id.is_(None), Passkey.return_id != back.id)
    return session.scalar(select(Passkey.id).where(Passkey.holder_id == holder_id, from_before).limit(1)) is not None


def _forget(session: Session, back: Return, now: datetime) -> None:
    """Stop *back*, and what came with it: also a return by a paper that was made during it."""
    for table in (Device, Passkey, Paper):
        session.execute(delete(table).where(table.return_id == back.id))
    returns.stop(session, back, now)
    for later in returns.running(session, back.holder_id, now):
        if later.after_id == back.id:
            _forget(session, later, now)


def _locked(session: Session, known: Known) -> Holder:
    holder = session.get(Holder, known.holder.id, with_for_update=True)
    if holder is None:
        raise Missing
    return holder
