"""Coming back by a mailbox: whoever reads it asks, waits two days, and enters.

Rule 1: nobody learns here whether an address is a holder's before its code came back right.
Rule 2: the wait and the entry are told at once, to all the addresses of the holder as to all their devices: whoever lost
the mailbox to somebody else stops them.
Rule 3: an answer may get lost on its way: for an hour another code lets in once more, by the same return, unless a key or a
paper was made meanwhile.
Rule 4: when it was stopped the mailbox opens nothing, and asks for nothing, until as long again is over.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import accounts, storage
from . import flows


@dataclass(frozen=True, slots=True)
class RecoveryOutcome:
    """What came of a code: it is wrong, the wait goes on until *until*, it was stopped, or *token* lets somebody in."""

    kind: Literal["wrong", "waits", "stopped", "entered"]
    until: datetime | None = None
    token: str = ""


def ask_by_email(
    session: Session, address: str, asker: accounts.TypedCode, now: datetime, writer: accounts.MailedCodeWriter
) -> int:
    """As accounts.begin_return; the browser that asks is promised its tries."""
    code_id = accounts.begin_return(session, address, now, writer)
    if code_id:
        accounts.promise_tries(session, code_id, asker, writer)
    return code_id


def answer_by_email(
    session: Session,
    known: accounts.SignedIn | None,
    asked: tuple[int, accounts.TypedCode],
    place: accounts.SignInContext,
    now: datetime,
    writer: accounts.MailedCodeWriter,
    move: accounts.MoveBadges,
) -> RecoveryOutcome:
    """What comes of the code that was *asked* for: its id, and what was typed in which browser.

    The first right one begins the wait, one after the wait lets in, and one soon after that once more; a visitor (*known*) takes along by *move* what they
    looked at.
    """
    code_id, typed = asked
    row = accounts.get_return_code(session, code_id, now)
    if row is None or not accounts.spend_try(session, row, typed, now, writer):
        return RecoveryOutcome("wrong")
    holder_id = row.holder_id
    if holder_id is None or accounts.holder_of_address(session, row.plain) != holder_id:
        return RecoveryOutcome("wrong")
    try:
        token = flows.complete_email_recovery(session, known, holder_id, place, now, move)
    except storage.Missing:
        return _waits(session, holder_id, place, now, writer)
    accounts.notify_of_return(session, holder_id, "return-entered", now, writer.language)
    return RecoveryOutcome("entered", token=token)


def _waits(
    session: Session, holder_id: int, place: accounts.SignInContext, now: datetime, writer: accounts.MailedCodeWriter
) -> RecoveryOutcome:
    stopped = select(accounts.Recovery.id).where(
        accounts.Recovery.holder_id == holder_id,
        accounts.Recovery.way == "mail",
        accounts.Recovery.stopped_at > now - accounts.RECOVERY_WAIT,
    )
    if session.scalar(stopped.limit(1)) is not None:
        return RecoveryOutcome("stopped")
    back = flows.begin_email_recovery(session, holder_id, place.kind, now)
    if back.began_at == now:
        accounts.notify_of_return(session, holder_id, "return-begun", now, writer.language)
    return RecoveryOutcome("waits", until=back.opens_at)
