"""What happened lately to a wallet: who entered, which key was made, what was taken away. Its holder reads it.

An event is one word, a moment and the kind of device; no address of a network, no name of a browser.
"""

from datetime import datetime, timedelta

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import Moment, delete_some
from .holders import OfHolder

EVENTS_KEPT = timedelta(days=90)
SHOWN = 20
"""Events that are shown."""
MOST_EVENTS = 2_000
"""Events of a holder beside which none comes back with archives."""
EVENT_WORDS = frozenset(
    {
        *("entered-key", "entered-paper", "entered-mail"),
        *("key-made", "key-removed", "paper-made", "paper-spent"),
        *("address-added", "address-removed"),
        *("return-begun", "return-acknowledged", "return-stopped", "signed-out-everywhere"),
        *("platform-connected", "platform-stopped", "platform-code-again", "badges-sent"),
        *("exported", "exported-in-part", "brought-back", "erasure-asked", "erasure-stopped"),
        *("badge-arrived", "badge-not-given"),
    }
)
"""All that may happen."""


class Event(OfHolder):
    """Something that happened to a holder's wallet."""

    __tablename__ = "events"

    what: Mapped[str] = mapped_column(String(24))
    """One of EVENT_WORDS."""
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    kind: Mapped[str] = mapped_column(String(16), default="")
    """The kind of device on which it happened, a word of accounts/user_agents.py."""
    is_history: Mapped[bool] = mapped_column(default=False)
    """Whether it came back with an archive, from another wallet or from before."""


def note_event(session: Session, holder_id: int, what: str, now: datetime, kind: str = "") -> None:
    """Write down that *what* happened."""
    assert what in EVENT_WORDS, what  # noqa: S101  # a word of ours, never of a stranger
    session.add(Event(holder_id=holder_id, what=what, at=now, kind=kind))


def last_event_at(session: Session, holder_id: int, what: str) -> datetime | None:
    """When *what* happened here the last time; None where nobody knows of it."""
    here = (Event.holder_id == holder_id, Event.what == what, ~Event.is_history)
    return session.scalar(select(func.max(Event.at)).where(*here))


def move_events(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """A visitor turned out to have a wallet: what happened to them, and what their archive told, is told there; of that the latest
    for which there is room."""
    told = select(Event.what, Event.at, Event.kind).where(Event.holder_id == to_holder_id)
    here = {tuple(row) for row in session.execute(told)}
    brought = select(Event).where(Event.holder_id == from_holder_id).order_by(Event.is_history, Event.at.desc())
    new = [one for one in session.scalars(brought) if (one.what, one.at, one.kind) not in here]
    for number, one in enumerate(new, len(here)):
        if number < MOST_EVENTS or not one.is_history:
            one.holder_id = to_holder_id
    session.flush()


def recent_events(session: Session, holder_id: int, most: int = SHOWN) -> list[Event]:
    """What happened, the latest first. What an archive tells, true or not, takes no place from what happened here; what a later
    release wrote, beside which this one runs or to which one came back, is nothing that this one could say."""
    theirs = (Event.holder_id == holder_id, Event.what.in_(EVENT_WORDS))
    query = select(Event).where(*theirs).order_by(Event.is_history, Event.at.desc(), Event.id.desc())
    return sorted(session.scalars(query.limit(most)), key=lambda event: (event.at, event.id), reverse=True)


def forget_old_events(session: Session, now: datetime) -> bool:
    """What happened long ago is forgotten, some of it; whether there is more."""
    return delete_some(session, Event, Event.at, now - EVENTS_KEPT)
