"""Coming back by a mailbox: whoever reads it asks, waits two days, and enters.

Rule 1: nobody learns here whether an address is a holder's before its code came back right.
Rule 2: the wait and the entry are told at once, to all the addresses of the holder as to all their devices: whoever lost
the mailbox to somebody else stops them.
Rule 3: when it was stopped the mailbox opens nothing, and asks for nothing, until as long again is over.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..accounts import emails as addresses
from ..accounts import mailed_codes
from ..accounts import recoveries as returns
from ..accounts.holders import Known, Place
from ..accounts.mailed_codes import Hand, Typed
from ..accounts.passkeys import Move
from ..accounts.recoveries import Return
from ..storage.database import Missing
from . import flows as ways


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a code: it is wrong, the wait goes on until *until*, it was stopped, or *token* lets somebody in."""

    kind: Literal["wrong", "waits", "stopped", "entered"]
    until: datetime | None = None
    token: str = ""


WRONG, STOPPED = Outcome("wrong"), Outcome("stopped")


def ask(session: Session, address: str, asker: Typed, now: datetime, hand: Hand) -> int:
    """As addresses.ask_to_return; the browser that asks is promised its tries."""
    code_id = addresses.ask_to_return(session, address, now, hand)
    if code_id:
        mailed_codes.promise(session, code_id, asker, hand)
    return code_id


def answer(
    session: Session, known: Known | None, asked: tuple[int, Typed], place: Place, now: datetime, hand: Hand, move: Move
) -> Outcome:
    """What comes of the code that was *asked* for: its id, and what was typed in which browser.

    The first right one begins the wait, one after the wait lets in; a visitor (*known*) takes along by *move* what they
    looked at.
    """
    code_id, typed = asked
    row = addresses.asked(session, code_id, now)
    if row is None or not mailed_codes.spend(session, row, typed, now, hand):
        return WRONG
    holder_id = row.holder_id
    if holder_id is None or addresses.verified(session, row.plain) != holder_id:
        return WRONG
    try:
        token = ways.enter_by_mail(session, known, holder_id, place, now, move)
    except Missing:
        return _waits(session, holder_id, place, now, hand)
    addresses.notify(session, holder_id, "return-entered", now, hand.language)
    return Outcome("entered", token=token)


def _waits(session: Session, holder_id: int, place: Place, now: datetime, hand: Hand) -> Outcome:
    if _was_stopped(session, holder_id, now):
        return STOPPED
    back = ways.ask_by_mail(session, holder_id, place.kind, now)
    if back.began_at == now:
        addresses.notify(session, holder_id, "return-begun", now, hand.language)
    return Outcome("waits", until=back.opens_at)


def _was_stopped(session: Session, holder_id: int, now: datetime) -> bool:
    """Whether the holder stopped somebody with this mailbox lately."""
    stopped = select(Return.id).where(
        Return.holder_id == holder_id, Return.way == "mail", Return.stopped_at > now - returns.WAIT
    )
    return session.scalar(stopped.limit(1)) is not None
