"""What is known of each badge of somebody who has many, to put them in order: read once, and again where it was written since.

Where one is is decided as its own page tells it (badges/cards.py), so that what is counted is what is read. Which badges
there are, and in which edition, is read each time; of five thousand only those are opened that are another edition than
the one at hand, or that something has ended in meanwhile.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from threading import Lock
from typing import Any

from sqlalchemy import JSON, select, type_coerce
from sqlalchemy.orm import Session

from . import cards, paging

ROOM = 20_000
"""Badges that one worker has at hand, of those holders who came last: some 10 MB."""
ONE_BY_ONE = 200
"""Badges that are asked for by their ids; where more are missing, all of the holder are read."""
READ = type_coerce(paging.CARD_COLUMNS.read, JSON())
OF_ORDER = (
    *(paging.CARD_COLUMNS.id, paging.CARD_COLUMNS.edition, paging.CARD_COLUMNS.state, paging.CARD_COLUMNS.added_at),
    READ["name"].as_string().label("name"),
    READ[("achievement", "name")].as_string().label("achievement_name"),
    READ[("issuer", "name")].as_string().label("issuer_name"),
    READ["issued_on"].as_string().label("issued_on"),
    READ["valid_from"].as_string().label("valid_from"),
    READ["valid_until"].as_string().label("valid_until"),
    type_coerce(paging.CARD_COLUMNS.examination, JSON())["checks"].label("checks"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A badge, as far as its place depends on it."""

    id: int
    kinds: frozenset[str]
    full_name: str
    issuer_name: str
    given_at: str
    added_at: datetime
    until: datetime | None
    """When it is of other kinds though nobody wrote anything; None for never."""
    edition: str | None


class BadgeLists:
    """The lists of one worker, of *room* badges at most; those that were asked for longest ago go first."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[int, dict[int, Listed]] = OrderedDict()
        self._lock = Lock()

    def read(self, session: Session, holder_id: int, now: datetime) -> list[Listed]:
        """The holder's badges as they are at *now*, the newest first."""
        kept = self._kept.get(holder_id, {})
        columns = paging.CARD_COLUMNS
        mine = (columns.holder_id == holder_id, columns.removed_at.is_(None))
        marks = session.execute(select(columns.id, columns.edition).where(*mine)).all()
        there = {id: kept[id] for id, edition in marks if id in kept and _is_right(kept[id], edition, now)}
        missing = [id for id, _ in marks if id not in there]
        if missing:
            which = mine if len(missing) > ONE_BY_ONE else (*mine, columns.id.in_(missing))
            there |= {
                row["id"]: _listed(row, now) for row in session.execute(select(*OF_ORDER).where(*which)).mappings()
            }
        self._keep(holder_id, there)
        return sorted(there.values(), key=lambda one: (one.added_at, one.id), reverse=True)

    def _keep(self, holder_id: int, listed: dict[int, Listed]) -> None:
        with self._lock:
            self._kept[holder_id] = listed
            self._kept.move_to_end(holder_id)
            while sum(map(len, self._kept.values())) > self._room:
                self._kept.popitem(last=False)


def _is_right(kept: Listed, edition: str | None, now: datetime) -> bool:
    return edition is not None and kept.edition == edition and (kept.until is None or now < kept.until)


def _listed(row: Mapping[Any, Any], now: datetime) -> Listed:
    valid_until = datetime.fromisoformat(row["valid_until"]) if row["valid_until"] else None
    given = row["issued_on"] or row["valid_from"]
    return Listed(
        id=row["id"],
        kinds=cards.kinds_of(row["state"], row["checks"] or (), valid_until, now),
        full_name=(row["name"] or "").strip() or (row["achievement_name"] or "").strip(),
        issuer_name=intern((row["issuer_name"] or "").strip()),
        given_at=given or row["added_at"].isoformat(),
        added_at=row["added_at"],
        until=min(cards.changes_of(valid_until, now), default=None),
        edition=row["edition"],
    )
