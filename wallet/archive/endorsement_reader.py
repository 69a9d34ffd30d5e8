"""What an archive tells of words of others, read as strictly as what a stranger tells; nothing of it is believed but what the
signed credential says, too (archive/import_endorsements.py)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .. import badges, endorsements, evidence
from .evidence_reader import read_shown_moment
from .format import MEMBER_NAME_LIMIT, read_row_of
from .row_fields import (
    moment_text,
    none_if_faulty,
    or_none,
    read_list,
    read_row,
    read_text,
    require,
    text,
    whole_number,
)

SHOWN = 60
"""Words that are read of one share."""
MARK, CALLED = 43, 300
"""Characters of a mark, and of who says it: as many as a name in a badge has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedEndorsement:
    """A word in an archive."""

    row: Mapping[str, Any]
    """Its columns, as they are told."""
    told: Mapping[str, Any] | None
    """What was read of the moment, but for what went with it."""
    afest: Sequence[str]
    document: str
    """The member that holds the signed credential; "" for none."""
    recording: str
    moment: int | None
    badge: int | None
    """The places, in their lists, of what it is about."""


def read_endorsement(told: Any, latest: datetime) -> ArchivedEndorsement | None:
    """A word as an archive tells it, None for one that was removed or taken back; raises one of members.FAULTS."""
    row = read_row_of("endorsements", told, latest)
    if row.pop("withdrawn_at") or row.pop("removed_at"):
        return None
    moment, badge = (
        or_none(whole_number(0, most))(told[name], latest)
        for name, most in (("moment", evidence.MOST_MOMENTS), ("badge", badges.MOST_BADGES))
    )
    ticked = read_list(told["afest"])
    require(all(tick in endorsements.AFEST_TICKS for tick in ticked), "not what is ticked")
    return ArchivedEndorsement(
        row=row,
        told=none_if_faulty(read_shown_moment, told["told"], latest),
        afest=tuple(tick for tick in endorsements.AFEST_TICKS if tick in ticked),
        document=read_text(told["document"] or "", MEMBER_NAME_LIMIT),
        recording=read_text(told["recording"] or "", MEMBER_NAME_LIMIT),
        moment=moment,
        badge=badge,
    )


def read_shown(told: Any, places: Collection[int], latest: datetime) -> tuple[dict[str, Any], ...]:
    """The words that a share of badges at these *places* showed, in the columns of their rows; older archives do not tell."""
    return tuple(_shown(row, places, latest) for row in read_list(told)[:SHOWN])


def _shown(told: Any, places: Collection[int], latest: datetime) -> dict[str, Any]:
    row = read_row({"place": or_none(whole_number(0, badges.MOST_BADGES)), "mark": text(MARK)}, told, latest)
    require(row["place"] is None or row["place"] in places, "not a place")
    about = told["told"] or {}
    said = {name: read_text(about[name], CALLED) for name in ("name", "given_at") if name in about}
    return row | {"told": said | ({"given_at": moment_text(said["given_at"])} if said.get("given_at") else {})}
