"""« Mon parcours »: what a holder's badges say of their competencies, and when each was given, and when they told of what.

What a badge says is worked out when the page is asked for, from what was read of it; of five thousand only the few
words that this needs leave the database. The one thing that is kept is what the holder says themselves: that a badge
counts on their own map although nobody we know says so (KeptBadge.counted).
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import JSON, and_, case, select, type_coerce, update
from sqlalchemy.orm import Session

from .. import evidence, pages, storage, trust
from ..badges import (
    CARD_COLUMNS,
    ENDS,
    GOOD_STATES,
    HERE_SINCE,
    PAGE_LENGTH,
    BadgePage,
    Card,
    KeptBadge,
    cards_by_id,
    get_badge,
    page_number,
)
from .frameworks import Framework
from .map import ALWAYS, CompetencyMap, HeldBadge, RecognisedBadge, Standing, draw_map
from .offer import Offer, make_offer, once
from .recognition import recognise

READ = type_coerce(CARD_COLUMNS.read, JSON())
EXAMINATION = type_coerce(CARD_COLUMNS.examination, JSON())
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
    READ["recipient_name"].as_string().label("recipient_name"),
    EXAMINATION[("origins", "recipient_name")].as_string().label("name_origin"),
    EXAMINATION[HERE_SINCE].as_string().label("here_since"),
    READ["issued_on"].as_string().label("issued_on"),
    READ["valid_from"].as_string().label("valid_from"),
    READ["valid_until"].as_string().label("valid_until"),
)
PLAIN = (
    *(CARD_COLUMNS.id, CARD_COLUMNS.state, CARD_COLUMNS.good_at),
    *(CARD_COLUMNS.added_at, CARD_COLUMNS.counted, CARD_COLUMNS.unasked),
    CARD_COLUMNS.match.is_not(None).label("is_named_to_them"),
)

Dated = tuple[Literal["badge", "moment"], int]
"""A badge that was given, or a moment that was told, by its id."""
OtherNames = Callable[[Iterable[str]], Container[str]]
"""Of the names that badges bear, those that are not the holder's."""


def all_theirs(_names: Iterable[str]) -> Container[str]:
    """No name is anybody else's: for what asks nobody whether a badge counts."""
    return frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """What was given and told in one month."""

    first: date | None
    """Its first day; None for badges without a date."""
    badges: int
    moments: int
    """How many of each, be they on this leaf or on another."""
    dates: Sequence[Dated]
    """Those of this leaf, the latest at the beginning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Journey:
    """What « Mon parcours » shows."""

    maps: Sequence[CompetencyMap]
    """Of each framework of which some badge speaks; of the first one where none does."""
    offer: Offer
    """What they are asked about."""
    cards: Mapping[int, Card]
    """The badges that the maps, the offer and the dates name, by their ids; one that was removed meanwhile is not there."""
    badges: int
    """How many badges they have, whatever these speak of."""
    leaf: BadgePage
    """Which of the dates these are."""
    months: Sequence[Month]
    """What is on that leaf: the latest month at the beginning, badges without a date at the end."""
    tellings: Mapping[int, evidence.EvidenceView]
    """The moments that the dates name, by their ids."""
    untold: Sequence[Standing] = ()
    """The competencies that count, and of which they told nothing yet."""
    just_counted: int = 0
    """Badges that they let count at the moment that they came from."""

    @property
    def dates(self) -> Sequence[Dated]:
        """What is on the leaf."""
        return [one for month in self.months for one in month.dates]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What « Choisir un par un » shows: a leaf of what may count, and of what counts by their word."""

    fitting: Sequence[RecognisedBadge]
    counted: Sequence[RecognisedBadge]
    aside: Sequence[RecognisedBadge]
    """What they are asked about by itself; on the first leaf alone."""
    cards: Mapping[int, Card]
    leaf: BadgePage


def get_journey(
    session: Session,
    frameworks: Sequence[Framework],
    holder_id: int,
    number: int,
    now: datetime,
    other_names: OtherNames = all_theirs,
    counted_at: str = "",
) -> Journey:
    """The holder's path at *now*, with the leaf of that *number* of its dates, from 1; the nearest one there is.
    *counted_at*: the moment of which it tells how many badges they let count then."""
    held = _held(session, holder_id, now, other_names)
    drawn = [draw_map(one, held) for one in frameworks]
    maps = [one for one in drawn if one.is_touched] or drawn[:1]
    offer = make_offer(maps)
    everything: list[tuple[datetime, Dated]] = [(one.issued_on or ALWAYS, ("badge", one.id)) for one in held]
    everything += [(at, ("moment", id)) for id, at in evidence.saved_moments(session, holder_id)]
    everything.sort(reverse=True)
    number, leaves = page_number(number, len(everything))
    months = _months(everything, (number - 1) * PAGE_LENGTH, number * PAGE_LENGTH)
    badge_ids, moment_ids = (
        {id for month in months for kind, id in month.dates if kind == word} for word in ("badge", "moment")
    )
    standings = [standing for drawn in maps for standing in drawn.everything]
    named = {one.held.id for standing in standings for one in (standing.rests_on, *standing.gone) if one}
    aside = offer.aside[:PAGE_LENGTH]
    told = evidence.badges_told_of(session, holder_id)
    counts = _counts_of(session, holder_id) if counted_at else {}
    return Journey(
        maps=maps,
        offer=replace(offer, aside=aside),
        cards=cards_by_id(session, holder_id, {*badge_ids, *named, *(one.held.id for one in aside)}),
        badges=len(held),
        leaf=BadgePage(number, leaves, len(everything), ()),
        months=months,
        tellings={one.id: one for one in evidence.view_moments(session, holder_id, sorted(moment_ids))},
        untold=[one for one in standings if one.competency and one.rests_on and told.isdisjoint(one.spoken_by)],
        just_counted=sum(counted_at in (told or {}).values() for told in counts.values()),
    )


def get_choice(
    session: Session,
    frameworks: Sequence[Framework],
    holder_id: int,
    number: int,
    now: datetime,
    other_names: OtherNames = all_theirs,
) -> Choice:
    """The leaf of that *number* of what the holder may let count, and of what counts because they say so."""
    maps = [draw_map(one, _held(session, holder_id, now, other_names)) for one in frameworks]
    offer, counted = make_offer(maps), once(one for drawn in maps for one in drawn.confirmed)
    listed = [*offer.badges, *counted]
    number, leaves = page_number(number, len(listed))
    leaf = listed[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    aside = offer.aside[:PAGE_LENGTH] if number == 1 else ()
    return Choice(
        fitting=[one for one in leaf if not one.found.counts],
        counted=[one for one in leaf if one.found.counts],
        aside=aside,
        cards=cards_by_id(session, holder_id, {one.held.id for one in (*leaf, *aside)}),
        leaf=BadgePage(number, leaves, len(listed), ()),
    )


def get_maps(
    session: Session, frameworks: Sequence[Framework], holder_id: int, now: datetime, other_names: OtherNames
) -> list[CompetencyMap]:
    """The holder's map in each of *frameworks* at *now*, also where no badge speaks of it."""
    held = _held(session, holder_id, now, other_names)
    return [draw_map(one, held) for one in frameworks]


def map_to_ask_with(
    session: Session, frameworks: Sequence[Framework], holder_id: int, framework_id: str, now: datetime
) -> CompetencyMap | None:
    """The map with which to ask for the general badge of that framework; None when it cannot be asked for, or is there."""
    drawn = (draw_map(one, _held(session, holder_id, now)) for one in frameworks if one.id == framework_id)
    return next((one for one in drawn if one.can_ask), None)


def count_badge(
    session: Session, frameworks: Sequence[Framework], holder_id: int, badge_id: int, place: str, now: datetime
) -> None:
    """The holder says that the badge counts on their own map: at *place* (Recognition.place), and wherever else it waits for
    their word, for they are asked of a badge and not of a place.

    Raises Missing when it is not theirs, does not speak of that, or is of an issuer whom the operator stopped.
    """
    kept = get_badge(session, holder_id, badge_id, for_update=True)
    asking = [one for one in frameworks if not one.stops(kept.issuer)]
    spoken = [one for framework in asking for one in recognise(framework, kept.read, kept.issuer)]
    if place not in {one.place for one in spoken}:
        raise storage.Missing
    waiting = [one.place for one in spoken if one.place == place or not one.is_sure]
    kept.counted = dict.fromkeys(waiting, now.isoformat()) | (kept.counted or {})


@dataclass(frozen=True, slots=True)
class Fitting:
    """Of the badges that are offered those that are meant, as they stood when they were looked for."""

    meant: Container[int]
    places: Mapping[int, Sequence[str]]
    """Where each of them is to count."""
    counted: Mapping[int, Mapping[str, Any] | None]
    """Where each badge of the holder counted then."""


def find_fitting(
    session: Session,
    frameworks: Sequence[Framework],
    holder_id: int,
    meant: Container[int],
    now: datetime,
    other_names: OtherNames,
) -> Fitting:
    """What `count_fitting` writes of the badges whose ids are *meant*: maps are drawn while nobody waits to write."""
    held = _held(session, holder_id, now, other_names)
    places = make_offer(draw_map(one, held) for one in frameworks).places(meant)
    return Fitting(meant, places, _counts_of(session, holder_id))


def count_fitting(session: Session, holder_id: int, fitting: Fitting, now: datetime) -> str:
    """« Oui, tout compte »: all that is *fitting* counts from now on, but what was said otherwise of meanwhile.

    Gives the moment by which that is undone (`uncount_since`): that of the first time where it was said before, "" for never.
    """
    counted = _counts_of(session, holder_id, for_update=True)
    same = {
        id: places for id, places in fitting.places.items() if id in counted and counted[id] == fitting.counted.get(id)
    }
    if same:
        _count(session, {id: (counted[id] or {}) | dict.fromkeys(same[id], now.isoformat()) for id in same})
        return now.isoformat()
    return max((at for id, told in counted.items() if id in fitting.meant for at in (told or {}).values()), default="")


def uncount_since(session: Session, holder_id: int, counted_at: str) -> int:
    """« Annuler »: what the holder let count at that moment is as it was before. How many badges that is."""
    counted = _counts_of(session, holder_id, for_update=True)
    before = {
        id: {place: at for place, at in told.items() if at != counted_at} or None
        for id, told in counted.items()
        if told and counted_at in told.values()
    }
    if before:
        _count(session, before)
    return len(before)


def uncount_badge(session: Session, holder_id: int, badge_id: int) -> None:
    """The holder takes that back, wherever it counted by their word; raises Missing when the badge is not theirs. That they once
    said so is not forgotten, so that an older archive does not say it again."""
    get_badge(session, holder_id, badge_id, for_update=True).counted = {}


def restore_counts(session: Session, holder_id: int, badge_id: int, counted: Mapping[str, Any] | None) -> None:
    """An archive tells where the badge counted, nowhere where that was taken back; what the holder said here stays."""
    kept = session.get(KeptBadge, badge_id)
    if kept is not None and kept.holder_id == holder_id and kept.counted is None and counted is not None:
        kept.counted = dict(counted)


def _counts_of(session: Session, holder_id: int, *, for_update: bool = False) -> dict[int, dict[str, Any] | None]:
    """Where each of the holder's badges counts because they say so; *for_update*: whoever else writes one of them waits, or
    has done so."""
    mine = (
        select(KeptBadge.id, KeptBadge.counted)
        .where(KeptBadge.holder_id == holder_id, KeptBadge.removed_at.is_(None))
        .order_by(KeptBadge.id)
    )
    return {row.id: row.counted for row in session.execute(mine.with_for_update() if for_update else mine)}


def _count(session: Session, counted: Mapping[int, Mapping[str, Any] | None]) -> None:
    session.execute(update(KeptBadge), [{"id": id, "counted": told} for id, told in counted.items()])


def _months(everything: Sequence[tuple[datetime, Dated]], start: int, end: int) -> list[Month]:
    """The months of what stands from *start* to *end*, as it is sorted."""
    months, place = list[Month](), 0
    for first, some in groupby(everything, key=lambda one: _first_day(one[0])):
        whole = [one for _, one in some]
        dates = whole[max(0, start - place) : max(0, end - place)]
        place += len(whole)
        if dates:
            badges = sum(kind == "badge" for kind, _ in whole)
            months.append(Month(first=first, badges=badges, moments=len(whole) - badges, dates=dates))
    return months


def _first_day(at: datetime) -> date | None:
    return None if at == ALWAYS else pages.on_the_wall(at).date().replace(day=1)


def _held(session: Session, holder_id: int, now: datetime, other_names: OtherNames = all_theirs) -> list[HeldBadge]:
    rows = session.execute(
        select(*PLAIN, *WORDS).where(CARD_COLUMNS.holder_id == holder_id, CARD_COLUMNS.removed_at.is_(None))
    )
    held = [_of_row(dict(row), now) for row in rows.mappings()]
    others = other_names(one.name_on for one in held)
    return [replace(one, is_anothers=True) if one.name_on and one.name_on in others else one for one in held]


def badges_held(
    session: Session, holder_ids: Collection[int], before: datetime, now: datetime
) -> Iterator[tuple[int, HeldBadge]]:
    """The badges of these holders that came in *before* that moment, as they stand at *now*: those of each together, with whose
    they are. Whose name is on them nobody asks here."""
    rows = session.execute(
        select(CARD_COLUMNS.holder_id, *PLAIN, *WORDS)
        .where(
            CARD_COLUMNS.holder_id.in_(holder_ids), CARD_COLUMNS.removed_at.is_(None), CARD_COLUMNS.added_at < before
        )
        .order_by(CARD_COLUMNS.holder_id)
        .execution_options(yield_per=PAGE_LENGTH)
    )
    for row in rows.mappings():
        yield row["holder_id"], _of_row(dict(row), now)


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
            kept_at=datetime.fromisoformat(row["here_since"]) if row["here_since"] else row["added_at"],
        ),
        state=state,
        is_good=state == GOOD_STATES or (state == "unknown" and row["good_at"] is not None),
        issued_on=datetime.fromisoformat(issued_on) if issued_on else None,
        counted=row["counted"] or {},
        name_on=(row["recipient_name"] or "") if (row["name_origin"] or "file") != "file" else "",
        is_unasked=bool(row["unasked"]) and not row["is_named_to_them"],
        is_taken_back=row["counted"] == {},
    )
