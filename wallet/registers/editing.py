"""One issuer is added, changed or retired by the operator, with a line of the log."""

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from .. import storage
from ..trust import OPERATOR, Entry, FaultyRegister, Kind, ReadRegister
from .differences import Change, differences, is_in_force, values_of
from .edition import raise_edition
from .importing import Source, apply_changes, find_register, make_register, note_change, refuse_public_list, rows_of
from .models import RegisterRow

Why = Literal["ended", "stop"]
"""It was right until then, and badges kept before stay known until its row ends; or nothing of it counts any more."""


def add_issuer(
    session: Session,
    entry: Entry,
    by: str,
    now: datetime,
    *,
    key: str = OPERATOR,
    name: str = "",
    kind: Kind = "operator",
) -> Change | None:
    """Vouch for the issuer that *entry* tells, in the register *key*; what that changed, None for nothing.

    A register that is not there yet is made, of *kind*, and *name* speaks in it. Raises FaultyRegister for one too many, for a public
    list, which says nothing of issuers, and for an issuer whom nobody signed for where somebody must.
    """
    read = ReadRegister(form="ours-2", entries=(entry,), name=name, kind=kind)
    register = find_register(session, key) or make_register(session, Source(key=key, content=b""), read, by, now)
    refuse_public_list(register)
    rows = [row for row in rows_of(session, register) if row.match == entry.match]
    if register.anchor and not any(is_in_force(row, now) or row.why == "stop" for row in rows):
        raise FaultyRegister([f"is signed by nobody, and must be by {register.anchor}."])
    for row in rows:
        if row.why == "stop":  # what a person stopped a person may begin again
            note_change(session, key, by, now, match=row.match, before={"why": "stop"}, after={"why": "ended"})
            row.why = "ended"
    kept = differences(rows, read, now)
    apply_changes(session, register, rows, kept, by, now)
    raise_edition(session)
    return kept[0] if kept else None


def retire_issuer(
    session: Session, match: str, why: Why, by: str, now: datetime, *, key: str = OPERATOR
) -> RegisterRow:
    """Vouch for the issuer *match* no longer, for that reason; raises Missing where nobody does in the register *key*."""
    register = storage.require(find_register(session, key))
    row = storage.require(next((one for one in rows_of(session, register) if one.match == match), None))
    if row.why in ("stop", why):
        raise storage.Missing
    before = {**values_of(row), "why": row.why}
    row.retired_at, row.why = row.retired_at or now, why
    note_change(session, key, by, now, match=match, before=before, after={**values_of(row), "why": why})
    raise_edition(session)
    return row
