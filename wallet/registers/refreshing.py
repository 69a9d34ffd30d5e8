"""A register is read again at its address: asked whether it is another one, and kept by the rules of importing.py.

One that does not answer, or not with a register, is silent: its rows are believed until the moment that was set when it
answered last. Nothing is open while it is asked (docs/decisions.md 1), and of several workers one asks, by a claim.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .. import openbadges, storage
from ..trust import FaultyRegister, read_register
from .edition import raise_edition
from .importing import Source, find_register, import_register, note_reading
from .models import KeptRegister

if TYPE_CHECKING:
    from ..network import Fetcher

WHOLE_EVERY = timedelta(days=30)
"""After this it is read whole again, be it the same or not: what is not read again ends."""
AGAIN = timedelta(hours=6)
"""When one that is silent is asked again."""
CLAIM = timedelta(hours=1)
"""When one that was claimed comes again, if whoever claimed it never wrote."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    """What became of one register."""

    key: str
    outcome: Literal["same", "kept", "waits", "silent", "changed"]
    """`changed` where the operator gave it another address or anchor while it was asked: nothing is kept of the answer."""
    number: int = 0
    """Issuers that changed."""
    fault: str = ""
    """Why it is silent, to be read after its address."""


def fetch_register(fetcher: "Fetcher", address: str, etag: str = "") -> openbadges.Fetched | None:
    """The register at *address*, None where it is the one that has *etag*; raises FaultyRegister where none comes."""
    try:
        answer = fetcher.for_register(etag)(address)
    except openbadges.Unreachable as problem:
        raise FaultyRegister([f"gives no answer that can be used ({problem.why})."]) from None
    if answer.status == 304 and etag and answer.address == address:  # where it leads nobody was asked that
        return None
    if answer.status != 200:
        raise FaultyRegister([f"answers with {answer.status}."])
    return answer


def refresh_due(
    database: storage.Database,
    fetcher: "Fetcher",
    clock: Callable[[], datetime],
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Read the registers again whose time has come, each by one worker; *goes_on* is asked before each."""
    for key in database.read(_due, clock()):
        if goes_on() and database.write(_claim, key, clock()):
            refresh_register(database, fetcher, key, "the daily reading", clock())


def refresh_register(database: storage.Database, fetcher: "Fetcher", key: str, by: str, now: datetime) -> Refreshed:
    """Read the register *key* again, which has an address; raises Missing where there is none."""
    register = storage.require(database.read(_with_address, key))
    is_recent = register.read_at is not None and now - register.read_at < WHOLE_EVERY
    # Of an endorsement nothing may have changed but that it was withdrawn.
    etag = register.etag if is_recent and register.form != "endorsement" else ""
    try:
        answer = fetch_register(fetcher, register.address, etag)
        if answer is None:
            database.write(_note_same, register, now)
            return Refreshed(key=key, outcome="same")
        fetch = fetcher.for_import(is_chore=True)
        read = read_register(answer.body, now, anchor=register.anchor, fetch=fetch)
        source = Source(
            key=key, content=answer.body, address=register.address, anchor=register.anchor, etag=answer.etag
        )
        with database.writing() as session:
            if _still_as(session, register) is None:
                return Refreshed(key=key, outcome="changed")
            done = import_register(session, source, read, by, now, says=None)
    except FaultyRegister as problem:
        database.write(_note_silence, register, now)
        return Refreshed(key=key, outcome="silent", fault=problem.faults[0])
    return Refreshed(key=key, outcome="waits" if done.is_waiting else "kept", number=len(done.kept))


def addresses(session: Session) -> list[str]:
    """The keys of all registers that have an address."""
    return list(session.scalars(select(KeptRegister.key).where(KeptRegister.address != "").order_by(KeptRegister.id)))


def _due(session: Session, now: datetime) -> list[str]:
    due = KeptRegister.due_at <= now, KeptRegister.address != "", KeptRegister.is_on
    return list(session.scalars(select(KeptRegister.key).where(*due).order_by(KeptRegister.due_at)))


def _claim(session: Session, key: str, now: datetime) -> bool:
    """Whether it is ours to read: one UPDATE, which only one of several workers can win."""
    mine = update(KeptRegister).where(KeptRegister.key == key, KeptRegister.due_at <= now).values(due_at=now + CLAIM)
    return session.scalar(mine.returning(KeptRegister.id)) is not None


def _with_address(session: Session, key: str) -> KeptRegister | None:
    return session.scalar(select(KeptRegister).where(KeptRegister.key == key, KeptRegister.address != ""))


def _still_as(session: Session, asked: KeptRegister) -> KeptRegister | None:
    """The register that was *asked*; None where somebody said meanwhile that it stands elsewhere or is signed by another,
    so that the answer is no word of it."""
    register = find_register(session, asked.key)
    is_same = register and (register.address, register.anchor) == (asked.address, asked.anchor)
    return register if is_same else None


def _note_same(session: Session, asked: KeptRegister, now: datetime) -> None:
    if register := _still_as(session, asked):
        register.waiting = register.waiting_since = None  # whatever waited, its site says again what is kept
        read_at = register.read_at
        note_reading(register, register.next_update, now)
        register.read_at = read_at
        raise_edition(session)


def _note_silence(session: Session, asked: KeptRegister, now: datetime) -> None:
    if register := _still_as(session, asked):
        register.failed_since = register.failed_since or now
        register.due_at = now + AGAIN
