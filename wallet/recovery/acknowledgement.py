"""« Oui, c'est moi »: the holder says that a return was theirs, and nobody is asked about it any more, on no device.

It takes away the question, never the guard: what cannot be undone waits on, and the return can be stopped still.
Rule 1: only a key says so that is older than the return, shown for it: after the return began, and just now. The paper and
the mailbox, by which a thief comes, say nothing; nor does a key that was made since, which may be the thief's.
Rule 2: never a device that came by a return which is running, whatever key it shows.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from .. import accounts, storage
from ..accounts import Passkey, Recovery, SignedIn


class KeyTooNew(Exception):  # what happened, in the words of the page
    """Only a key from before the return says that it was the holder."""


class KeyNotShown(Exception):  # what happened, in the words of the page
    """A key from before the return is here, and was not shown since, or not just now."""


def acknowledge_recovery(session: Session, known: SignedIn, return_id: int, now: datetime) -> Recovery:
    """The holder says that the return was theirs.

    Raises Missing, KeyTooNew where this device is never asked, and KeyNotShown where its key was not shown for this.
    """
    known = accounts.lock_signed_in(session, known)
    back = storage.require(accounts.get_recovery(session, known.holder.id, return_id, now))
    if not may_acknowledge(session, known, back, now):
        raise KeyTooNew
    if must_show_key(known, back, now):
        raise KeyNotShown
    if back.acknowledged_at is None:
        back.acknowledged_at = now
        accounts.note_event(session, known.holder.id, "return-acknowledged", now, known.device.kind)
    return back


def may_acknowledge(session: Session, known: SignedIn, back: Recovery, now: datetime) -> bool:
    """Whether the device is one whose key is older than *back*; of a device that was here before and does not tell by
    which key, whether the holder has one."""
    holder_id, device = known.holder.id, known.device
    if device.return_id is not None and accounts.get_recovery(session, holder_id, device.return_id, now):
        return False
    older = (Passkey.holder_id == holder_id) & (Passkey.created_at < back.began_at)
    if device.passkey_id is not None:
        older &= Passkey.id == device.passkey_id
    elif device.created_at >= back.began_at:
        return False
    return bool(session.scalar(select(exists().where(older))))


def must_show_key(known: SignedIn, back: Recovery, now: datetime) -> bool:
    """Whether the device's key has still to be shown for *back*: each ceremony makes the device anew."""
    shown_at = known.device.created_at
    is_shown = known.device.passkey_id is not None and shown_at > now - accounts.FRESH
    return not is_shown or shown_at < (back.entered_at or back.began_at)
