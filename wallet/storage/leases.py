"""Who does what only one process needs to do: a row for each kind of work, held for a minute by whoever took it.

Rule 1: one statement takes what is free, and renews what is held; it is a transaction of its own, so PgBouncer may give the
connection to another one, and works on SQLite as on PostgreSQL.
Rule 2: the time is the server's, on SQLite that of the one machine; whether a process still holds a lease it sees by its own
clock that never jumps, from before it asked. So a node whose clock is wrong neither leads for ever nor keeps others from it.
Rule 3: a lease saves work and guards nothing: whoever was late does no harm, since all that is done is claimed by rows.
Rule 4: what a process held that is dead is free at once where another one of the same machine sees so; else when its time
is over.
"""

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, DateTime, String, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from .database import Base, Database, DatabaseUnavailable, Moment

LASTS = timedelta(seconds=60)
"""How long a lease is held without being renewed."""
RENEWED_EVERY = 20
"""Seconds after which a process renews what it holds, and takes what is free."""


class Lease(Base):
    """A kind of work, and who does it until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    node: Mapped[str] = mapped_column(String(160))
    """A process: its machine, its number there, and a word by lot."""
    until: Mapped[datetime] = mapped_column(Moment)


class Leases:
    """The leases for these *names*, as this process may hold them."""

    def __init__(self, database: Database, names: Collection[str], clock: Callable[[], float] = monotonic) -> None:
        self._database, self.names, self._clock = database, tuple(names), clock
        self.node = f"{_machine()} {os.getpid()} {token_hex(8)}"
        self._until: dict[str, float] = {}

    def holds(self, name: str) -> bool:
        """Whether that kind of work is this process's now."""
        return self._clock() < self._until.get(name, 0.0)

    def renew(self) -> None:
        """Take what is free, and hold on to what is held. Raises what the database raises: then what is held ends in time.

        On SQLite it does not: a full disk takes nobody else's name either, and whoever is due to be erased is erased all the same.
        """
        began = self._clock()
        try:
            held = self._take()
        except DatabaseUnavailable:
            if self._database.is_sqlite:
                self._hold([name for name in self.names if self.holds(name)], began)
            raise
        self._hold(held, began)

    def give_back(self) -> None:
        """Whoever asks next has what was held here. Raises what the database raises."""
        self._until = {}
        with self._database.writing() as session:
            session.execute(delete(Lease).where(Lease.node == self.node))

    def _hold(self, names: Collection[str], began: float) -> None:
        self._until = dict.fromkeys(names, began + LASTS.total_seconds())

    def _take(self) -> list[str]:
        """The names of what is ours from now on."""
        insert, now = sqlite.insert if self._database.is_sqlite else postgresql.insert, _now(self._database)
        with self._database.writing() as session:
            dead = [node for node in session.scalars(select(Lease.node).distinct()) if _is_dead(node)]
            rows: list[dict[str, Any]] = [
                {"name": name, "node": self.node, "until": now + LASTS} for name in self.names
            ]
            taking = insert(Lease).values(rows)
            # One that ends later than any can was written before the clock was set back.
            is_free = or_(Lease.until <= now, Lease.until > now + 2 * LASTS, Lease.node.in_([*dead, self.node]))
            renewed = {"node": taking.excluded.node, "until": taking.excluded.until}
            taken = taking.on_conflict_do_update(index_elements=["name"], set_=renewed, where=is_free)
            return list(session.scalars(taken.returning(Lease.name)))


def _now(database: Database) -> Any:
    """The present moment, as the server has it; of a file, as this machine has it."""
    if database.is_sqlite:
        return datetime.now(UTC)
    present: ColumnElement[datetime] = func.clock_timestamp(type_=DateTime(timezone=True))
    return present


def _machine() -> str:
    """What tells this machine, since it began, and the processes that see each other there, from all others; "" where the
    system does not say so."""
    with suppress(OSError):
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def _is_dead(node: str) -> bool:
    """Whether that process is one of this machine, and is no more."""
    machine, number, _ = node.rsplit(" ", 2)
    return bool(machine) and machine == _machine() and not Path("/proc", number).exists()
