"""« Mon parcours »: what a holder's badges say of their competencies, and when each was given, and when they told of what.

What a badge says is worked out when the page is asked for, from what was read of it; of five thousand only the few
words that this needs leave the database. The one thing that is kept is what the holder says themselves: that a badge
counts on their own map although nobody we know says so (KeptBadge.counted).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, and_, case, select, type_coerce
from sqlalchemy.orm import Session

from .. import evidence, storage, trust
from ..badges import (
    CARD_COLUMNS,
    ENDS,
    GOOD_STATES,
    PAGE_LENGTH,
    BadgePage,
    Card,
    KeptBadge,
    cards_by_id,
    get_badge,
    page_number,
)
from .frameworks import Framework
from .map import ALWAYS, CompetencyMap, HeldBadge, draw_map
from .recognition import recognise

READ = type_coerce(CARD_COLUMNS.read, JSON())
IS_SILENT = and_(CARD_COLUMNS.state == "unknown", CARD_COLUMNS.good_at.is_not(None))
LOOKED = type_coerce(case((IS_SILENT, CARD_COLUMNS.good), else_=CARD_COLUMNS.examination), JSON())
"""The examination that shows whose badge it is, as KeptBadge.issuer has it."""
WORDS = (
    READ["name"].as_string().label("name"),
    READ[("achievement", "id")].as_string().label("achievement_id"),
    READ[("achievement", "name")].as_string().label("achievement_name"),
    READ[("achievement", "alignment")].label("alignment"),
    READ[("issuer", "id")].as_string().label("issuer_id"),
    READ[("issuer", "name")].as_string().label("issuer_name"),
    LOOKED["binding"].as_string().label("binding"),
    LOOKED["key"].as_string().label("key"),
    READ["issued_on"].as_string().label("issued_on"),
    READ["valid_from"].as_string().label("valid_from"),
    READ["valid_until"].as_string().label("valid_until"),
)
PLAIN = (
    *(CARD_COLUMNS.id, CARD_COLUMNS.state, CARD_COLUMNS.good_at),
    *(CARD_COLUMNS.added_at, CARD_COLUMNS.counted),
)

Dated = tuple[Literal["badge", "moment"], int]
"""A badge that was given, or a moment that was told, by its id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Journey:
    """What « Mon parcours » shows."""

    maps: Sequence[CompetencyMap]
    """Of each framework of which some badge speaks; of the first one where none does."""
    cards: Mapping[int, Card]
    """The badges that the maps and the dates name, by their ids; one that was removed meanwhile is not there."""
    leaf: BadgePage
    """Which of the dates these are."""
    dates: Sequence[Dated]
    """What is on that leaf: the latest at the beginning, badges without a date at the end."""
    tellings: Mapping[int, evidence.EvidenceView]
    """The moments that the dates name, by their ids."""


def get_journey(
    session: Session, frameworks: Sequence[Framework], holder_id: int, number: int, now: datetime
) -> Journey:
    """The holder's path at *now*, with the leaf of that *number* of its dates, from 1; the nearest one there is."""
    held = _held(session, holder_id, now)
    drawn = [draw_map(one, held) for one in frameworks]
    maps = [one for one in drawn if one.is_touched] or drawn[:1]
    everything: list[tuple[datetime, Dated]] = [(one.issued_on or ALWAYS, ("badge", one.id)) for one in held]
    everything += [(at, ("moment", id)) for id, at in evidence.saved_moments(session, holder_id)]
    everything.sort(reverse=True)
    number, leaves = page_number(number, len(everything))
    dates = [one for _, one in everything[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]]
    badge_ids, moment_ids = ({id for kind, id in dates if kind == word} for word in ("badge", "moment"))
    named = {one.held.id for drawn in maps for standing in drawn.everything for one in standing.everything}
    cards = cards_by_id(session, holder_id, {*badge_ids, *named})
    return Journey(
        maps=maps,
        cards=cards,
        leaf=BadgePage(number, leaves, len(everything), ()),
        dates=dates,
        tellings={one.id: one for one in evidence.view_moments(session, holder_id, sorted(moment_ids))},
    )


def map_to_ask_with(
    session: Session, frameworks: Sequence[Framework], holder_id: int, framework_id: str, now: datetime
) -> CompetencyMap | None:
    """The map with which to ask for the general badge of that framework; None when it cannot be asked for, or is there."""
    drawn = (draw_map(one, _held(session, holder_id, now)) for one in frameworks if one.id == framework_id)
    return next((one for one in drawn if one.can_ask), None)


def count_badge(
    session: Session, frameworks: Sequence[Framework], holder_id: int, badge_id: int, place: str, now: datetime
) -> None:
    """The holder says that the badge counts at *place* (Recognition.place) on their own map.

    Raises Missing when it is not theirs, or does not speak of that.
    """
    kept = get_badge(session, holder_id, badge_id, for_update=True)
    if place not in {one.place for framework in frameworks for one in recognise(framework, kept.read, None)}:
        raise storage.Missing
    kept.counted = {place: now.isoformat()} | (kept.counted or {})


def uncount_badge(session: Session, holder_id: int, badge_id: int, place: str) -> None:
    """The holder takes that back; raises Missing when the badge is not theirs. That they once said so is not forgotten,
    so that an older archive does not say it again."""
    kept = get_badge(session, holder_id, badge_id, for_update=True)
    kept.counted = {name: at for name, at in (kept.counted or {}).items() if name != place}


def restore_counts(session: Session, holder_id: int, badge_id: int, counted: Mapping[str, Any] | None) -> None:
    """An archive tells where the badge counted; what the holder said here stays."""
    kept = session.get(KeptBadge, badge_id)
    if kept is not None and kept.holder_id == holder_id and kept.counted is None and counted:
        kept.counted = dict(counted)


def _held(session: Session, holder_id: int, now: datetime) -> list[HeldBadge]:
    rows = session.execute(
        select(*PLAIN, *WORDS).where(CARD_COLUMNS.holder_id == holder_id, CARD_COLUMNS.removed_at.is_(None))
    )
    return [_of_row(dict(row), now) for row in rows.mappings()]


def _of_row(row: Mapping[str, Any], now: datetime) -> HeldBadge:
    until = row["valid_until"] and datetime.fromisoformat(row["valid_until"])
    state = "expired" if until and until <= now and row["state"] in ENDS else row["state"]
    issued_on = row["issued_on"] or row["valid_from"]
    achievement = {"id": row["achievement_id"], "name": row["achievement_name"], "alignment": row["alignment"]}
    return HeldBadge(
        id=row["id"],
        read={"name": row["name"], "achievement": achievement},
        issuer=trust.Issuer(
            id=row["issuer_id"] or "",
            name=row["issuer_name"] or "",
            binding=row["binding"] or "unknown",
            key=row["key"] or "",
            kept_at=row["added_at"],
        ),
        state=state,
        is_good=state == GOOD_STATES or (state == "unknown" and row["good_at"] is not None),
        issued_on=datetime.fromisoformat(issued_on) if issued_on else None,
        counted=row["counted"] or {},
    )
