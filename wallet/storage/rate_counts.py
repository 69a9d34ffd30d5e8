"""How much was done lately, counted for all nodes in a table of PostgreSQL (concurrency/shared_windows.py).

One row for each thing that is counted, by a name in which nobody can read whose it is. A limit's time is cut into PIECES,
and the row has the amount of each: so it never grows, and what is counted holds in every span of that time. What was done
counts for up to one piece longer than it must.
Rule 1: one statement counts, and is a transaction of its own: the row's lock makes those who come together take turns,
nothing waits with a transaction open, and PgBouncer may give the connection to another one.
Rule 2: the time is the server's: a node whose clock is wrong counts as all others.
Rule 3: the table is UNLOGGED: counting costs no disk, and begins anew when the server had to recover. On SQLite, where one
machine counts in its memory, it stays empty.
"""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, String, delete, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Base, Database, Moment

PIECES = 24
"""Of the time of a limit: what was done in an hour counts for two minutes and a half longer at most, in a day for an hour."""
FORGOTTEN = 5_000
"""Rows that one statement takes away."""


class RateCount(Base):
    """What was done of one thing, as long as it counts."""

    __tablename__ = "rate_counts"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    piece: Mapped[int] = mapped_column(BigInteger)
    """The newest one, in pieces since 1970."""
    amounts: Mapped[list[int]] = mapped_column(JSON().with_variant(ARRAY(BigInteger), "postgresql"))
    """Of the newest piece and of those before it."""
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When nothing of it counts any more."""


_NOW = "CAST(floor(extract(epoch FROM clock_timestamp()) / :lasts) AS bigint)"
_NEWEST = "greatest(kept.piece, excluded.piece)"
_BEFORE = f"coalesce(kept.amounts[kept.piece - {_NEWEST} + n + 1], 0)"
"""What stands of the piece that is n before the newest one; beyond the ends of the list is nothing (PostgreSQL, 8.15.3)."""
_COUNT = text(
    f"""INSERT INTO rate_counts AS kept (name, piece, amounts, ends_at)
    SELECT :name, piece, ARRAY[CAST(:amount AS bigint)], to_timestamp((piece + {PIECES} + 1) * :lasts)
    FROM (SELECT {_NOW} AS piece) AS present WHERE :amount <= :most
    ON CONFLICT (name) DO UPDATE SET
        piece = {_NEWEST},
        amounts = ARRAY(SELECT {_BEFORE} + CASE n WHEN 0 THEN :amount ELSE 0 END
            FROM generate_series(0, {PIECES}) AS n ORDER BY n),
        ends_at = greatest(kept.ends_at, excluded.ends_at)
    WHERE :amount + (SELECT sum({_BEFORE}) FROM generate_series(0, {PIECES}) AS n) <= :most
    RETURNING true"""  # noqa: S608  # all of it is ours
)
_COUNTED = text(
    f"""SELECT coalesce(sum(one.amount), 0) FROM rate_counts AS kept, unnest(kept.amounts) WITH ORDINALITY AS one(amount, place)
    WHERE kept.name = :name AND kept.piece - one.place + 1 >= {_NOW} - {PIECES}"""  # noqa: S608  # all of it is ours
)
_FORGET = text(
    f"""DELETE FROM rate_counts WHERE name IN (
    SELECT name FROM rate_counts WHERE ends_at <= clock_timestamp() LIMIT {FORGOTTEN} FOR UPDATE SKIP LOCKED)"""  # noqa: S608  # all of it is ours
)


class RateCounts:
    """The table, for one database of PostgreSQL."""

    faults: type[Exception] = DBAPIError

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_within(self, name: str, most: int, seconds: float, amount: int) -> bool:
        """Count *amount* more; False, and nothing is counted, where it would be more than *most* within *seconds*."""
        given = {"name": name, "most": most, "lasts": seconds / PIECES, "amount": amount}
        with self._database.at_once() as connection:
            return connection.execute(_COUNT, given).first() is not None

    def counted(self, name: str, seconds: float) -> int:
        """How much was counted that still counts."""
        with self._database.at_once() as connection:
            return int(connection.execute(_COUNTED, {"name": name, "lasts": seconds / PIECES}).scalar_one())

    def forget(self, name: str) -> None:
        """Begin anew with that name."""
        with self._database.at_once() as connection:
            connection.execute(delete(RateCount).where(RateCount.name == name))

    def forget_all(self) -> None:
        """Begin anew."""
        with self._database.at_once() as connection:
            connection.execute(text("TRUNCATE rate_counts"))


def forget_old_counts(session: Session, _now: datetime) -> bool:
    """Forget some of what counts no more by the server's time; whether there is more of it."""
    connection = session.connection()
    return connection.dialect.name != "sqlite" and connection.execute(_FORGET).rowcount == FORGOTTEN
