"""What an archive brings besides its badges: shares that are over, addresses, what happened, a first name, a language.

It comes as history: a share opens nothing, an address says of no badge whose it is until a code came back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import addresses, events, holders, returns, shares
from .addresses import Address
from .badges import Outcome
from .events import Event
from .holders import Holder
from .inventories import EVENTS, Inventory
from .returns import Guarded
from .shares import Past, Seal


@dataclass(frozen=True, slots=True)
class Kept:
    """What one transaction wrote."""

    holder: Holder
    token: str
    outcomes: Sequence[Outcome] = ()
    count: int = 0


def stay(session: Session, holder: Holder | None, now: datetime) -> tuple[Holder, str]:
    """As holders.stay, under a lock: of two at once, with the same archive, the second finds what the first one kept."""
    here, token = holders.stay(session, holder, now)
    session.flush()
    session.refresh(here, with_for_update=True)
    return here, token


def keep_shares(
    session: Session, holder: Holder | None, past: Sequence[Past], ids: Mapping[int, int], seal: Seal, now: datetime
) -> Kept:
    """Shares that are over by now, each once, whichever archives tell of them."""
    here, token = stay(session, holder, now)
    return Kept(here, token, count=shares.bring_back(session, here.id, past, ids, seal, now))


def keep_rest(session: Session, holder: Holder | None, told: Inventory, kind: str, now: datetime) -> Kept:
    """What is only a few rows: addresses, what happened lately, the first name and the language where none is set."""
    here, token = stay(session, holder, now)
    if not here.name:
        holders.rename(session, here.id, told.name)
    if not here.language:
        holders.speak(session, here.id, told.language)
    count = _keep_addresses(session, here.id, told, now)
    _keep_events(session, here.id, told, now)
    events.note(session, here.id, "brought-back", now, kind)
    return Kept(here, token, count=count)


def _keep_addresses(session: Session, holder_id: int, told: Inventory, now: datetime) -> int:
    """Addresses come back unverified: they say of no badge whose it is until a code came back. How many are new.

    Whoever came back without a key lately changes none.
    """
    try:
        returns.guard(session, holder_id, now)
    except Guarded:
        return 0
    here = set(session.scalars(select(Address.plain).where(Address.holder_id == holder_id)))
    new = {one.plain: one for one in reversed(told.addresses) if one.plain not in here}
    some = list(new.values())[: max(0, addresses.MOST - len(here))]
    session.add_all(
        Address(holder_id=holder_id, written=one.written, plain=one.plain, added_at=one.added_at) for one in some
    )
    return len(some)


def _keep_events(session: Session, holder_id: int, told: Inventory, now: datetime) -> None:
    query = select(Event.what, Event.at, Event.kind).where(Event.holder_id == holder_id)
    here = {tuple(row) for row in session.execute(query)}
    new = {(one.what, one.at, one.kind) for one in told.events if one.at > now - events.KEPT} - here
    latest = sorted(new, key=lambda one: one[1], reverse=True)[: max(0, EVENTS - len(here))]
    for what, at, kind in reversed(latest):
        session.add(Event(holder_id=holder_id, what=what, at=min(at, now), kind=kind, is_history=True))
