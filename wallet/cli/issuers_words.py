"""What `wallet issuers` says: registers, what changes in them, their log, each in lines of plain words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from .. import registers, trust

MOST_LINES = 50
"""Issuers of one kind that are told by name."""


def number_of(count: int, thing: str) -> str:
    """So many things, one or several."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def read_in_words(read: trust.ReadRegister) -> list[str]:
    """What a register is that was read, and what was read otherwise than it is written."""
    by, signed = read.name or "(it does not tell)", f", signed by {read.signed_by}" if read.signed_by else ""
    made = f", made {day(read.issued_at)}" if read.issued_at else ""
    told = [f"  form {read.form}, who speaks: {by}, {number_of(len(read.entries), 'issuer')}{made}{signed}"]
    told += [f"  It {remark}" for remark in _some(read.remarks)]
    told += [f"  A list, {name}: wallet issuers import {address} --as …" for name, address in read.lists]
    return told


def changes_in_words(changes: Sequence[registers.Change]) -> Iterator[str]:
    """What changes, kind by kind."""
    if not changes:
        yield "  Nothing changes."
    for kind in registers.KINDS:
        some = [one for one in changes if one.kind == kind]
        lines = [f"  {kind:10}{one.name}  {one.match}{_details(one)}" for one in some]
        yield from lines[:MOST_LINES]
        if len(lines) > MOST_LINES:
            yield f"  {kind:10}… and {len(lines) - MOST_LINES} more"


def counted(changes: Sequence[registers.Change]) -> str:
    """How many changes there are of each kind."""
    numbers = Counter(one.kind for one in changes)
    return ", ".join(f"{numbers[kind]} {kind}" for kind in registers.KINDS if numbers[kind]) or "nothing changes"


def register_in_words(
    register: registers.KeptRegister, rows: Sequence[registers.RegisterRow], facts: int, now: datetime
) -> list[str]:
    """A register as it is kept: who speaks, how many issuers, from where, until when it is believed, what waits."""
    in_force = sum(registers.is_in_force(row, now) for row in rows)
    is_list = register.kind == "public-list" and facts
    size = number_of(facts, "organisation") if is_list else number_of(in_force, "issuer")
    left = len(rows) - in_force
    told = [
        f"{register.key}: {register.name or '(nobody told who speaks)'}, {register.kind}, {size}"
        + (f", and {left} no longer" if left else "")
    ]
    source = register.address or "a file, or typed"
    told.append(f"  from {source} ({register.form}), read {day(register.read_at)}")
    if register.anchor:
        told.append(f"  must be signed by {register.anchor}")
    if register.due_at:
        told.append(f"  is read again {day(register.due_at)}")
    if register.failed_since:
        told.append(f"  silent since {day(register.failed_since)}")
    if register.stale_after:
        verb = "is believed until" if now < register.stale_after else "IS BELIEVED NO LONGER, since"
        told.append(f"  {verb} {day(register.stale_after)}")
    if register.waiting:
        told.append(
            f"  SOMETHING WAITS FOR YOU since {day(register.waiting_since)}: wallet issuers diff {register.key}, then"
            f" wallet issuers accept {register.key}"
        )
    return told


def row_in_words(row: registers.RegisterRow, now: datetime) -> str:
    """One issuer of a register."""
    state = "in force" if registers.is_in_force(row, now) else "ended"
    if row.since and now < row.since:
        state = f"begins {day(row.since)}"
    if row.retired_at:
        state = f"struck {day(row.retired_at)} ({row.why})"
    until = f", until {day(row.until)}" if row.until else ""
    more = [
        f"{name} {' '.join(values)}" for name, values in (("ignoring", row.ignoring), ("scope", row.scope)) if values
    ]
    return f"  {row.name}  {row.match}  {state}{until}{''.join(f', {one}' for one in more)}"


def log_in_words(line: registers.RegisterChange) -> str:
    """One line of the log."""
    what = f"{line.match}: " if line.match else ""
    return f"{line.at:%Y-%m-%d %H:%M} UTC  {line.register}  {what}{_before_and_after(line)}  by {line.by}"


def day(moment: datetime | None) -> str:
    """A moment, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _before_and_after(line: registers.RegisterChange) -> str:
    before, after = line.before or {}, line.after or {}
    if line.after is None:
        return f"struck ({before.get('name', '')})"
    if line.before is None:
        return f"added ({_members(after)})"
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return "; ".join(f"{name}: {_value(before.get(name))} → {_value(after.get(name))}" for name in changed)


def _details(change: registers.Change) -> str:
    before, after = change.before or {}, change.after or {}
    if change.kind == "added":
        return f"  until {day(after['until'])}" + (f", SIRET {after['siret']}" if after["siret"] else "")
    names = [name for name in after if name in before and before[name] != after[name]]
    told = "; ".join(f"{name}: {_value(before[name])} → {_value(after[name])}" for name in names)
    return f"  ({told})" if told else ""


def _members(told: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in told.items())


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return day(value)
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) or "(none)"
    return str(value) if value not in ("", None) else "(none)"


def _some(lines: Sequence[str]) -> list[str]:
    told = list(lines[:MOST_LINES])
    return [*told, f"has {len(lines) - MOST_LINES} more such remarks."] if len(lines) > MOST_LINES else told
