"""What changes in a register when it is read again, and why a person looks at that first (docs/decisions.md 35)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ..trust import LASTS, Entry, ReadRegister
from .models import KeptRegister, RegisterRow

Kind = Literal["added", "returned", "struck", "renamed", "siret", "changed", "shortened", "prolonged"]
KINDS: tuple[Kind, ...] = ("added", "returned", "struck", "renamed", "siret", "changed", "shortened", "prolonged")
"""An issuer that was not there; one that was struck before, or whose time was over; one that is there no more; another name; another number;
something else of it; an earlier end; a later one."""
MOST_STRUCK, PART_STRUCK = 20, 10
"""Issuers that may leave a register at once, and the part of it, before a person looks."""
A_MONTH = timedelta(days=30)
"""What an entry without an end of its own has lost before it is prolonged: not each day anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One issuer, before and after; None where it is not there."""

    kind: Kind
    match: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """What the issuer is called, or was."""
        name: str = (self.after or self.before or {})["name"]
        return name


def values_of(row: RegisterRow) -> dict[str, Any]:
    """What is kept of an issuer."""
    return {
        "name": row.name,
        "siret": row.siret,
        "vouched_by": row.vouched_by,
        "read_where": row.read_where,
        "ignoring": sorted(row.ignoring),
        "keys": sorted(row.keys),
        "scope": sorted(row.scope),
        "asks_at": row.asks_at,
        "since": row.since,
        "until": row.until,
    }


def plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """*values* as JSON has them, without those that say nothing."""
    if values is None:
        return None
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
    return {name: value for name, value in told.items() if value not in ("", [], None)}


def differences(rows: Iterable[RegisterRow], read: ReadRegister, now: datetime) -> list[Change]:
    """What *read* changes in *rows*, those of one register, be they in force or not."""
    kept = {row.match: row for row in rows}
    found = [one for entry in read.entries for one in _of_entry(entry, kept.get(entry.match), now)]
    listed = {entry.match for entry in read.entries}
    gone = [row for match, row in kept.items() if match not in listed and is_in_force(row, now)]
    return [*found, *(Change(kind="struck", match=row.match, before=values_of(row)) for row in gone)]


def is_in_force(row: RegisterRow, now: datetime) -> bool:
    """Whether *row* was not struck, and has not ended."""
    return row.retired_at is None and (row.until is None or now < row.until)


def doubts(
    register: KeptRegister, rows: Sequence[RegisterRow], read: ReadRegister, changes: Sequence[Change], now: datetime
) -> list[str]:
    """Why a person looks at *changes* first, a sentence each, to be read after the name of the register."""
    in_force = sum(is_in_force(row, now) for row in rows)
    return list(_doubts(register, in_force, read, changes))


def strikes_much(changes: Iterable[Change], in_force: int) -> bool:
    """Whether more issuers leave a register of so many *in_force* than may at once."""
    struck = sum(one.kind == "struck" for one in changes)
    return struck > MOST_STRUCK or struck * PART_STRUCK > in_force


def goes_back(register: KeptRegister, read: ReadRegister) -> bool:
    """Whether *read* was made before what is kept."""
    return bool(register.issued_at and (read.issued_at is None or read.issued_at < register.issued_at))


def _doubts(register: KeptRegister, in_force: int, read: ReadRegister, changes: Sequence[Change]) -> Iterator[str]:
    if goes_back(register, read):
        made = f"{read.issued_at:%Y-%m-%d %H:%M}" if read.issued_at else "nobody knows when"
        yield f"goes back in time: it was made {made}, and what is kept {register.issued_at:%Y-%m-%d %H:%M}."
    by_kind = {kind: [one for one in changes if one.kind == kind] for kind in KINDS}
    if strikes_much(changes, in_force):
        yield f"strikes {len(by_kind['struck'])} of {in_force}."
    if some := by_kind["renamed"]:
        yield f"renames {len(some)}."
    if some := by_kind["siret"]:
        yield f"changes the SIRET of {len(some)}."
    if some := by_kind["returned"]:
        yield f"brings back {len(some)} that were struck or had ended."


def _of_entry(entry: Entry, row: RegisterRow | None, now: datetime) -> Iterator[Change]:
    after = _values(entry, row, now)
    if row is None:
        yield Change(kind="added", match=entry.match, after=after)
        return
    if row.why == "stop":
        return  # whatever a register says: a person stopped it, and a person may begin again (editing.py)
    before = values_of(row)
    if kind := _kind(row, before, after, now):
        yield Change(kind=kind, match=entry.match, before=before, after=after)


def _kind(row: RegisterRow, before: Mapping[str, Any], after: Mapping[str, Any], now: datetime) -> Kind | None:
    changed = {name for name in after if after[name] != before[name]}
    # Of whose time is over it is not noted whether its register still lists it (`differences`): nobody adds one unseen.
    if row.retired_at or (changed and not is_in_force(row, now) and after["until"] > now):
        return "returned"
    if "siret" in changed:
        return "siret"
    if "name" in changed:
        return "renamed"
    if changed - {"until"}:
        return "changed"
    if not changed:
        return None
    return "prolonged" if before["until"] and after["until"] > before["until"] else "shortened"


def _values(entry: Entry, row: RegisterRow | None, now: datetime) -> dict[str, Any]:
    until = entry.until
    if until is None:
        lasts = now + LASTS
        is_long = row and row.until and lasts - A_MONTH < row.until <= lasts
        until = row.until if row and is_long else lasts
    return {
        "name": entry.name,
        "siret": entry.siret,
        "vouched_by": entry.vouched_by,
        "read_where": entry.read_at,
        "ignoring": list(entry.ignoring),
        "keys": list(entry.keys),
        "scope": list(entry.scope),
        "asks_at": entry.asks_at,
        "since": row.since if row and _has_begun(row.since, now) and _has_begun(entry.since, now) else entry.since,
        "until": until,
    }


def _has_begun(since: datetime | None, now: datetime) -> bool:
    """What has begun says no more by when: whoever signs an endorsement anew each day begins it that day."""
    return since is None or since <= now
