"""A register that was read is kept: what it changes, in one transaction, with a line of the log for each change.

Rule 1: nobody adds an issuer unseen. Who reads a register while nobody looks, the chore, keeps what it strikes, what it
shortens and what it prolongs; what it adds or changes only where it is signed by whoever is pinned (`anchor`).
Rule 2: what strikes many, renames one, changes a number, brings back one that was struck or goes back in time waits for a
person. It lies in `registers.waiting` until somebody says yes, or something newer comes.
Rule 3: a row that is struck stays, with the moment and why: badges that were kept before go on being known
until the row ends.
(docs/decisions.md 35)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import storage
from ..trust import LASTS, OPERATOR, FaultyRegister, Kind, ReadRegister
from .differences import Change, differences, doubts, goes_back, is_in_force, plain, strikes_much
from .edition import raise_edition
from .models import KeptRegister, RegisterChange, RegisterRow

MOST_REGISTERS, MOST_ROWS = 50, 40_000
"""Of an instance; of one register, with those that were struck."""
READ_EVERY, A_DAY_MORE, SILENT_FOR = timedelta(days=1), timedelta(days=1), timedelta(days=30)
"""How often an address is read; how long what said when another one comes is believed after that; and how long it is
believed at most where its address is silent."""
RANKS: Mapping[Kind, int] = MappingProxyType({"operator": 0, "network": 10, "public-list": 20})
"""Whose word is told first."""
PUBLIC_LISTS = frozenset({"training", "siae"})
"""The forms of what is no register of issuers (facts.py)."""
SAFE = frozenset({"struck", "shortened", "prolonged"})
"""The kinds of changes that nobody gains by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a register comes from, and how the operator calls it."""

    key: str
    content: bytes
    address: str = ""
    anchor: str = ""
    etag: str = ""
    name: str = ""
    """Who speaks, where the operator says so; "" for what the register says itself."""
    kind: Kind | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What a register that was read would change."""

    changes: Sequence[Change]
    doubts: Sequence[str]
    """Why a person looks first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported(Comparison):
    """What became of it."""

    kept: Sequence[Change]
    is_waiting: bool
    """Whether something of it waits for a person."""


def find_register(session: Session, key: str) -> KeptRegister | None:
    """The register that the operator calls *key*; on PostgreSQL nobody else changes it meanwhile."""
    return session.scalar(select(KeptRegister).where(KeptRegister.key == key).with_for_update())


def rows_of(session: Session, register: KeptRegister | None) -> list[RegisterRow]:
    """All rows of *register*, those that were struck among them."""
    if register is None:
        return []
    return list(
        session.scalars(select(RegisterRow).where(RegisterRow.register_id == register.id).order_by(RegisterRow.id))
    )


def compare(session: Session, key: str, read: ReadRegister, now: datetime) -> Comparison:
    """What *read* would change in the register *key*, be it there or not."""
    register = find_register(session, key)
    rows = rows_of(session, register)
    changes = differences(rows, read, now)
    return Comparison(changes=changes, doubts=doubts(register, rows, read, changes, now) if register else ())


def import_register(
    session: Session, source: Source, read: ReadRegister, by: str, now: datetime, *, says: bool | None
) -> Imported:
    """Keep what was *read* of *source*; *by* is what did it.

    *says* is True where a person saw what it changes and said yes, False where they only asked to keep it, so that a doubt
    makes it wait, and None where nobody looks. Raises FaultyRegister where it is too much.
    """
    register = find_register(session, source.key) or make_register(session, source, read, by, now)
    refuse_public_list(register)
    rows = rows_of(session, register)
    changes = differences(rows, read, now)
    doubtful = doubts(register, rows, read, changes, now)
    kept = _allowed(register, rows, read, changes, doubtful, now, says=says)
    if len(rows) + sum(one.kind == "added" for one in kept) > MOST_ROWS:
        raise FaultyRegister([f"would have more than {MOST_ROWS} rows, with those that were struck."])
    apply_changes(session, register, rows, kept, by, now)
    is_waiting = len(kept) < len(changes) or bool(goes_back(register, read) and not says)
    is_heard = not is_waiting or _is_still_said(register, read, changes, kept)
    if is_waiting:
        _let_wait(session, register, source, doubtful, by, now)
        if kept:  # what is kept is what its site said before no longer: that comes whole, and is older
            register.etag, register.issued_at = "", read.issued_at
    else:
        register.waiting = register.waiting_since = None
        _tell_source(session, register, source, read, by, now)
    note_reading(register, read.next_update if is_heard else register.next_update, now, is_heard=is_heard)
    raise_edition(session)
    return Imported(changes=changes, doubts=doubtful, kept=kept, is_waiting=is_waiting)


def refuse_public_list(register: KeptRegister) -> None:
    """Raise FaultyRegister where *register* is a list of organisations: no issuer is in it but by its site or its number."""
    if register.form in PUBLIC_LISTS:
        raise FaultyRegister([f"cannot be kept as {register.key}, which is a public list of organisations."])


def make_register(session: Session, source: Source, read: ReadRegister, by: str, now: datetime) -> KeptRegister:
    """A register that is not there yet; raises FaultyRegister for one too many, and for one in which nobody speaks."""
    if (session.scalar(select(func.count()).select_from(KeptRegister)) or 0) >= MOST_REGISTERS:
        raise FaultyRegister([f"would be the {MOST_REGISTERS + 1}th register: {MOST_REGISTERS} is the most."])
    kind = _kind(source, read)
    if kind != "operator" and not (source.name or read.name):
        raise FaultyRegister(["does not tell who speaks: say it with --name."])
    register = KeptRegister(key=source.key, form=read.form, kind=kind, rank=RANKS[kind], name=source.name or read.name)
    register.address, register.anchor = source.address, source.anchor
    storage.insert(session, register)
    note_change(session, source.key, by, now, after=_told(register))
    return register


def apply_changes(
    session: Session,
    register: KeptRegister,
    rows: Sequence[RegisterRow],
    kept: Sequence[Change],
    by: str,
    now: datetime,
) -> None:
    """Write these changes of *rows*, with a line of the log for each; those that only prolong have one together."""
    by_match = {row.match: row for row in rows}
    for one in kept:
        row = by_match.get(one.match)
        before = one.before
        if before is not None and row and row.why:
            before = {**before, "why": row.why}  # it comes back, which may be all that changes
        if one.after is None:
            by_match[one.match].retired_at, by_match[one.match].why = now, "ended"
        elif row is None:
            session.add(RegisterRow(register_id=register.id, match=one.match, read_at=now, **one.after))
        else:
            for name, value in one.after.items():
                setattr(row, name, value)
            row.retired_at, row.why, row.read_at = None, "", now
        if one.kind != "prolonged":
            note_change(session, register.key, by, now, match=one.match, before=before, after=one.after)
    if prolonged := sum(one.kind == "prolonged" for one in kept):
        note_change(session, register.key, by, now, after={"prolonged": prolonged})
    session.flush()


def note_reading(register: KeptRegister, next_update: datetime | None, now: datetime, *, is_heard: bool = True) -> None:
    """Its source answered: when it is read again, and until when it is believed if it never answers again; as long as before where
    it was not *is_heard*, since the answer says no longer what is kept."""
    register.read_at, register.failed_since = now, None
    next_update = min(next_update, now + LASTS) if next_update else None
    register.next_update = next_update
    told = next_update + A_DAY_MORE if next_update else None
    if not register.address:
        register.stale_after, register.due_at = told, None
        return
    if is_heard:
        register.stale_after = min(told or now + SILENT_FOR, now + SILENT_FOR)
    soon = next_update if next_update and next_update > now else now + READ_EVERY
    register.due_at = max(now + READ_EVERY / 24, min(soon, now + READ_EVERY))


def note_change(
    session: Session,
    register: str,
    by: str,
    now: datetime,
    *,
    match: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a line of the log."""
    session.add(RegisterChange(at=now, register=register, match=match, before=plain(before), after=plain(after), by=by))


def hash_of(content: bytes) -> str:
    """By which it is known whether what was read is what was read before."""
    return sha256(content).hexdigest()


def _allowed(
    register: KeptRegister,
    rows: Sequence[RegisterRow],
    read: ReadRegister,
    changes: Sequence[Change],
    doubtful: Sequence[str],
    now: datetime,
    *,
    says: bool | None,
) -> list[Change]:
    if says is not None:
        return list(changes) if says or not doubtful else []
    if goes_back(register, read) or strikes_much(changes, sum(is_in_force(row, now) for row in rows)):
        return []
    kinds = SAFE | {"added", "changed"} if register.anchor else SAFE
    return [one for one in changes if one.kind in kinds]


def _is_still_said(
    register: KeptRegister, read: ReadRegister, changes: Sequence[Change], kept: Sequence[Change]
) -> bool:
    """Whether all that goes on counting stands in *read*, too, though some of that waits: what adds or changes strikes nobody."""
    return not goes_back(register, read) and all(one in kept for one in changes if one.kind in SAFE)


def _let_wait(
    session: Session, register: KeptRegister, source: Source, doubtful: Sequence[str], by: str, now: datetime
) -> None:
    if register.waiting == source.content:
        return
    register.waiting, register.waiting_since = source.content, now
    note_change(session, register.key, by, now, after={"waits": list(doubtful) or ["adds or changes issuers."]})


def _tell_source(
    session: Session, register: KeptRegister, source: Source, read: ReadRegister, by: str, now: datetime
) -> None:
    """Who speaks, and of which kind it is, was settled when the register came, and is changed by the operator alone."""
    before = _told(register)
    register.form = read.form
    register.name = source.name or register.name
    if source.kind:
        register.kind = _kind(source, read)
        register.rank = RANKS[_kind(source, read)]
    register.address, register.anchor = source.address, source.anchor
    register.etag, register.sha256 = source.etag, hash_of(source.content)
    register.issued_at = read.issued_at
    if (after := _told(register)) != before:
        note_change(session, register.key, by, now, before=before, after=after)


def _kind(source: Source, read: ReadRegister) -> Kind:
    """Of the operator's own there is one; what calls itself so elsewhere is a network's."""
    if source.key == OPERATOR:
        return "operator"
    told = source.kind or read.kind or "network"
    return "network" if told == "operator" else told


def _told(register: KeptRegister) -> dict[str, Any]:
    return {
        "form": register.form,
        "name": register.name,
        "kind": register.kind,
        "address": register.address,
        "anchor": register.anchor,
    }
