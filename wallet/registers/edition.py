"""The edition of all registers: the number by which everybody sees that something in them changed, and what they say in it.

Rule 1: who changes a register raises the number in the same transaction.
Rule 2: who makes a page reads the number first; where it is another one than that of the registers at hand they are read
anew. So an issuer that is struck off is struck at the next request, in every worker.
"""

from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Result, or_, select, update
from sqlalchemy.orm import Session

from .. import storage, trust
from .models import KeptFact, KeptRegister, RegisterEdition, RegisterRow

EDITION = select(RegisterEdition.__table__.c.number)
"""The number of the edition."""
AT_ONCE = 500
"""Rows that are read at once."""


def raise_edition(session: Session) -> None:
    """Say that something in the registers is another from now on."""
    session.execute(update(RegisterEdition).values(number=RegisterEdition.number + 1))


def read_registers(session: Session) -> trust.Registers:
    """The registers that count, as they are now. The number is read first: what is written meanwhile is seen the next time."""
    number = session.scalar(EDITION) or 0
    registers = {one.id: _register(one) for one in session.scalars(select(KeptRegister).where(KeptRegister.is_on))}
    rows = [
        trust.Row(
            register=registers[row.register_id],
            match=row.match,
            name=row.name,
            ignoring=frozenset(row.ignoring),
            siret=row.siret,
            vouched_by=row.vouched_by,
            read_at=row.read_where,
            keys=frozenset(row.keys),
            scope=frozenset(row.scope),
            asks_at=row.asks_at,
            since=row.since,
            until=row.until,
            retired_at=row.retired_at,
            why="stop" if row.why == "stop" else "ended" if row.why else "",
        )
        for row in _stream(session, RegisterRow, RegisterRow.register_id.in_(registers))
    ]
    # Of a public list no more than can ever be said: 150,000 organisations are in one, and few of them give badges.
    named = select(RegisterRow.siret).where(RegisterRow.siret != "")
    told = or_(KeptFact.host != "", KeptFact.siret.in_(named))
    facts = [
        trust.Fact(
            register=registers[fact.register_id],
            name=fact.name,
            siret=fact.siret,
            nda=fact.nda,
            marks=tuple(fact.marks),
            host=fact.host,
            read_on=fact.read_on,
        )
        for fact in _stream(session, KeptFact, KeptFact.register_id.in_(registers), told)
    ]
    return trust.Registers(edition=number, rows=rows, facts=facts)


class RegistersAtHand:
    """The registers of one worker, read anew when they are another edition."""

    def __init__(self, database: storage.Database) -> None:
        self._database, self._lock = database, Lock()
        self._kept: trust.Registers | None = None

    def current(self) -> trust.Registers:
        """The registers as they are now."""
        return self.at(self._database.fetch_rows(EDITION)[0][0])

    def at(self, number: int) -> trust.Registers:
        """The registers in the edition *number*, as just read, or in a later one: whoever read the number a moment too early
        reads nothing again."""
        kept = self._kept
        if kept is not None and kept.edition >= number:
            return kept
        with self._lock:
            if self._kept is None or self._kept.edition < number:
                self._kept = self._database.read(read_registers)
            return self._kept


def _stream(session: Session, table: type[RegisterRow | KeptFact], *which: ColumnElement[bool]) -> Result[Any]:
    """The rows of *table*, some at a time and as they come: thousands of objects of the ORM, made beside the registers that
    are still at hand, would leave the memory in pieces that nobody can give back."""
    return session.execute(select(*table.__table__.c).where(*which).execution_options(yield_per=AT_ONCE))


def _register(kept: KeptRegister) -> trust.Register:
    kind: trust.Kind = next((one for one in trust.KINDS if one == kept.kind), "public-list")
    return trust.Register(
        key=kept.key,
        name=kept.name,
        kind=kind,
        rank=kept.rank,
        stale_after=kept.stale_after,
        tells_siae=kept.form == "siae",
    )
