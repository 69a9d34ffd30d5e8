"""What stays readable to a holder of a share that they made: each badge as it was then, and what it is now.

What others see of a share is in shares/public_view.py; nothing here reaches them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ..badges import Card
from . import lifecycle


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """A badge that a share showed; what an archive brought back may tell little of it."""

    name: str
    """As it was told then, else as it is called now; "" where neither is known."""
    level: str
    issuer_name: str
    issued_on: datetime | None
    now: Card | None
    """None when the holder removed it since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What a share showed, in the order of its page."""

    is_history: bool
    """Whether it came back with an archive."""
    badges: Sequence[Remembered]


def shown_to_owner(session: Session, holder_id: int, share_id: int) -> Record:
    """The record of the holder's share of that id; raises Missing."""
    share = lifecycle.get_share(session, holder_id, share_id)
    live = {id: kept.card for id, kept in lifecycle.still_kept(session, share.shown).items()}
    return Record(
        is_history=share.is_history,
        badges=[_remembered(shown, live.get(shown.badge_id or 0)) for shown in share.shown],
    )


def _remembered(shown: lifecycle.ShownBadge, now: Card | None) -> Remembered:
    told = shown.told
    if told is None:
        words = [now.name, now.level, now.issuer_name] if now else ["", "", ""]
        issued_on = now.issued_on if now else None
    else:  # what an archive brought may lack something
        words = [str(told.get(member) or "") for member in ("name", "level", "issuer_name")]
        issued_on = _moment(told.get("issued_on"))
    return Remembered(name=words[0], level=words[1], issuer_name=words[2], issued_on=issued_on, now=now)


def _moment(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
