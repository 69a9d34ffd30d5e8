"""Opens the database (SQLite, or PostgreSQL by its address) and gives transactions.

Rule 1: a transaction is short, and nothing waits inside it (docs/decisions.md 1). `reading` looks, `writing`
writes; on SQLite `writing` begins with BEGIN IMMEDIATE, because a transaction that reads first and writes
later fails with "database is locked" as soon as another one wrote in between.
Rule 2: what was committed survives a power cut: WAL and synchronous=FULL (docs/security.md J2).
Rule 3: times are aware and in UTC; a naive one is refused at the door.
Rule 4: what a fault tells in the log holds no value of a row: those are people's (hide_parameters).
"""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import (
    JSON,
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Index,
    MetaData,
    Select,
    String,
    TypeDecorator,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoPlace
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from . import durable_writes, postgresql
from .connection_at_hand import ConnectionAtHand
from .failpoints import failpoint
from .prepared_queries import PreparedQuery, Rows

P = ParamSpec("P")
R = TypeVar("R")

MIGRATIONS = Path(__file__).parents[1] / "operations" / "migrations"
WAIT = 5
"""Seconds that a writer waits for another one before it gives up."""
NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Plain JSON; None is no document at all, and not the JSON word null."""
ONE_AT_A_TIME = 815_370_1
"""Any number, ours: the lock of PostgreSQL that whoever migrates has."""
ALONE = 815_370_2
"""Any number, ours: the lock of PostgreSQL that writers share, and that whoever writes alone has for themselves."""
PATIENCE = 0.5
"""Seconds that the log of SQLite waits for readers before it is emptied another time; writers wait with it."""
NEVER_AGAIN = {"sqlite_autoincrement": True}
"""For every table of `Numbered`: an id that was somebody's is never given to somebody else, as PostgreSQL does of itself."""


class Missing(Exception):
    """What was asked for is not there, or is somebody else's: both are the same answer."""


CONNECTIONS = {"sqlite": 40, "postgresql": 20}
"""How many are open at most, unless told otherwise: one for each thread of a worker costs a file nothing, and a server much."""


class Lost(Missing):
    """Its row is here and its file is not, or is damaged: it cannot be given now."""


DatabaseUnavailable = OperationalError
"""The database does not answer, or not now."""


class Base(DeclarativeBase):
    """What every table of the wallet is declared on."""

    metadata = MetaData(naming_convention=NAMES)


class Numbered(Base):
    """A table whose rows have a number of their own, which comes before all that is told of them."""

    __abstract__ = True
    __table_args__: Any = NEVER_AGAIN

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-2)


def index_of_removed(table: str) -> Index:
    """By which a chore finds what was removed long enough: what is there is not in it, and nearly all is."""
    removed = text("removed_at IS NOT NULL")
    return Index(f"ix_{table}_removed_at", "removed_at", sqlite_where=removed, postgresql_where=removed)


class Moment(TypeDecorator[datetime]):
    """A point in time: aware on the way in, aware and UTC on the way out, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC for the database; raises ValueError for a naive time."""
        if value and value.tzinfo is None:
            raise ValueError("a time without its zone is not kept")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, UTC: SQLite forgets the zone, PostgreSQL answers in the server's."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


def _another() -> str:
    return secrets.token_hex(8)


Edition = Annotated[str, mapped_column(String(16), default=_another, onupdate=_another)]
"""Another one whenever the row is written, by whatever statement: two who write at once never give it the same."""


class Database:
    """The database at *url*: `sqlite:///path`, the file at a *url* that is a path, or `postgresql://…` (psycopg 3), by that many
    *connections* at most. Raises ValueError for an address that is none.

    *statement* is how many seconds one may take on PostgreSQL: whoever serves people says few (storage/postgresql.py).
    """

    def __init__(
        self, url: str | Path, connections: int | None = None, statement: float = postgresql.LONG_STATEMENT
    ) -> None:
        # In an address a path would end before a question mark.
        self.url = URL.create("sqlite", database=str(url)) if isinstance(url, Path) else postgresql.read_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.connections = connections or CONNECTIONS["sqlite" if self.is_sqlite else "postgresql"]
        self._limits, self._outage = postgresql.Limits(statement), postgresql.Outage()
        if self.is_sqlite:
            self.engine = self._open_sqlite()
        else:
            self.url = postgresql.complete_address(self.url)
            self.engine = postgresql.open_engine(self.url, self.connections, self._limits, self._outage, WAIT)
            quick = postgresql.Limits(postgresql.AT_ONCE)
            self._apart = postgresql.open_engine(self.url, postgresql.APART, quick, postgresql.Outage(), WAIT)
        self._looks: dict[Select[Any], PreparedQuery] = {}
        self._at_hand: list[ConnectionAtHand] = []
        self._writing, self._is_closed = Lock(), False

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A short transaction that only looks; what it loaded can be used afterwards."""
        with self._asked(), Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def read(self, look: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What *look* finds, in a transaction of its own (`reading`)."""
        with self.reading() as session:
            return look(session, *args, **kwargs)

    def write(self, change: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What *change* answers, its writes committed (`writing`); when it raises, nothing was kept."""
        with self.writing() as session:
            return change(session, *args, **kwargs)

    def long(self) -> AbstractContextManager[None]:
        """What this thread asks meanwhile may take long: nobody waits for it."""
        return self._limits.long()

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Raises DatabaseUnavailable for whatever it is by which the database does not answer; while that is known, at once."""
        self._outage.enter()
        try:
            yield
        except NoPlace as problem:  # all connections are in use
            raise DatabaseUnavailable("", {}, problem) from problem
        except DBAPIError as problem:
            if problem.connection_invalidated and not isinstance(problem, DatabaseUnavailable):
                raise DatabaseUnavailable("", {}, problem.orig or problem) from problem
            raise

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer of this process after the other: SQLite lets them try again, and sleep ever longer between.

        Raises DatabaseUnavailable after WAIT.
        """
        if not self._writing.acquire(timeout=WAIT):
            raise DatabaseUnavailable("", {}, TimeoutError("another one writes"))
        try:
            yield
        finally:
            self._writing.release()

    def fetch_rows(self, statement: Select[Any], **given: Any) -> Rows:
        """The rows of *statement* for the parameters *given*, as the driver gives them, for pages that are asked for most.

        It is written out once and not at each request, and is its own transaction. Of a file nothing is asked a second time
        where nobody has written since the last look.
        """
        look = self._looks.get(statement)
        if look is None:
            look = self._looks[statement] = PreparedQuery(statement, self.engine.dialect)
        dbapi: Any = self.engine.dialect.dbapi
        try:
            return self._fetch_at_hand(look, given) if self.is_sqlite else self._fetch(look, given)
        except dbapi.Error:  # asked once more in the ordinary way, which knows what to make of a fault
            with self.reading() as session:
                return session.execute(statement, given).all()

    def _fetch(self, look: PreparedQuery, given: Mapping[str, Any]) -> Rows:
        with self._asked(), closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(postgresql.transaction_settings(self._limits.seconds, WAIT))
            cursor.execute(look.text, look.parameters(given))
            rows: Rows = cursor.fetchall()
            return rows

    def _fetch_at_hand(self, look: PreparedQuery, given: Mapping[str, Any]) -> Rows:
        """As `_fetch`, of a file: the connection of the last look is at hand, unless somebody else has it just now. Taking one
        out of the pool and giving it back would cost nearly as much as what is asked."""
        try:
            at_hand = self._at_hand.pop()
        except IndexError:
            with self._asked():
                at_hand = ConnectionAtHand(self.engine.raw_connection())
        try:
            rows = at_hand.fetch(look, given)
        except BaseException:
            at_hand.connection.close()
            raise
        if self._at_hand:
            at_hand.connection.close()
        else:
            self._at_hand.append(at_hand)
        return rows

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Session]:
        """A short transaction that writes: returned = kept, raised = nothing was.

        *alone*: nobody else is in one meanwhile. On SQLite that is so of itself, and from the first moment on: whatever
        else is looked at in there, as files are, is looked at before or after what others write, never during it.
        """
        writer = self.engine.execution_options(wallet_writes=True)
        with (
            self._asked(),
            self._turn() if self.is_sqlite else nullcontext(),
            Session(writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            if self.is_sqlite:
                session.connection()  # a session begins with its first statement
            else:
                lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
                session.execute(select(lock(ALONE)))
            yield session
            session.flush()
            failpoint("rows.written")
        failpoint("rows.kept")

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """Of PostgreSQL: for single statements, each a transaction of its own, on connections apart: whoever counts never
        waits for those who work. Raises DatabaseUnavailable."""
        try:
            with self._apart.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                try:
                    yield connection
                finally:
                    if self._is_closed and not connection.invalidated:
                        connection.detach()  # nobody waited for it; its pool is gone, and would leave it open
        except NoPlace as problem:
            raise DatabaseUnavailable("", {}, problem) from problem

    def migrate(self) -> None:
        """Bring the schema to the newest revision, all of it or nothing; one process at a time.

        On PostgreSQL it waits for a table that others use for seconds only, because all who come meanwhile wait behind it,
        and tries again. Raises DatabaseUnavailable.
        """
        if self.is_sqlite and self.url.database:
            path = Path(self.url.database)
            durable_writes.make_folder(path.parent)
            path.touch(0o600)  # its log is made with the same rights
            if path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
                path.chmod(0o600)
        if self.read(current_revision) != known_revisions()[0]:
            if self.is_sqlite:
                self._upgrade()
            else:
                with self._migrating():
                    postgresql.try_again(self._upgrade)
        failpoint("migration.kept")

    def _upgrade(self) -> None:
        config = _migrations()
        with (
            self._asked(),
            self._limits.long(postgresql.LOCK_OF_MIGRATION),
            self.engine.connect() as connection,
            _without_foreign_keys(connection) if self.is_sqlite else nullcontext(),
        ):
            config.attributes["connection"] = connection.execution_options(wallet_writes=True)
            command.upgrade(config, "head")

    @contextmanager
    def _migrating(self) -> Iterator[None]:
        """Nobody else migrates meanwhile.

        The lock is that of a transaction of its own, as PgBouncer knows no other; a migration may end its own. Whoever waits
        asks again and again: a statement that waits would hold up the indexes that are made beside those who write.
        """
        until = monotonic() + postgresql.LONG_STATEMENT
        # Its number stands in the words: of a statement with parameters the server keeps a snapshot until the next one.
        asked = f"SELECT pg_try_advisory_xact_lock({ONE_AT_A_TIME})"
        with self._asked(), self.engine.connect() as guard:
            while not guard.exec_driver_sql(asked).scalar():
                guard.rollback()
                if monotonic() > until:
                    raise DatabaseUnavailable("", {}, TimeoutError("another one migrates"))
                sleep(postgresql.AGAIN)
            guard.exec_driver_sql(postgresql.STAYS_IDLE)
            yield

    def faults(self) -> list[str]:
        """What SQLite finds wrong with its own pages and references, a sentence each; PostgreSQL looks itself."""
        if not self.is_sqlite:
            return []
        with self.reading() as session:
            told = [str(line) for line in session.scalars(text("PRAGMA integrity_check")) if line != "ok"]
            broken = session.execute(text("PRAGMA foreign_key_check")).all()
        return [f"The database is damaged: {line}." for line in told] + [
            f"The database is damaged: row {row} of {table} belongs to a row of {other} that is not there."
            for table, row, other, _ in broken
        ]

    def scrub(self) -> bool:
        """Leave no trace of rows that are gone; False when somebody is still reading, and it is to be tried again.

        SQLite writes zeros over them (secure_delete), but they stand in its log until that is emptied into the
        database (docs/security.md H1); PostgreSQL keeps them until VACUUM. Raises DatabaseUnavailable.
        """
        with self._asked(), self.long():
            return self._empty_log() if self.is_sqlite else self._vacuum()

    @property
    def used_connections(self) -> int:
        """How many connections are in use now."""
        return int(self.engine.pool.checkedout())  # type: ignore[attr-defined]  # a QueuePool, on both

    def room(self, workers: int) -> str:
        """What the server must have room for, in a sentence, when so many *workers* serve."""
        here = self.connections + postgresql.APART
        each = f"{self.connections} for each worker, WALLET_DATABASE_POOL, and {postgresql.APART} to count with"
        total = f"{here * workers} ({each})"
        return f"Connections to PostgreSQL: up to {total}. Its max_connections must be greater."

    def close(self) -> None:
        """Give all connections back."""
        self._is_closed = True
        while self._at_hand:
            connection = self._at_hand.pop().connection
            connection.detach()  # a pool that was disposed of meanwhile would take it back, and leave it open
            connection.close()
        self.engine.dispose()
        if not self.is_sqlite:
            self._apart.dispose()

    def _empty_log(self) -> bool:
        with self.engine.connect().execution_options(wallet_begins=False) as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
            try:
                is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {WAIT * 1000}")
        return not is_busy

    def _vacuum(self) -> bool:
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {tables}")
        return True

    def _open_sqlite(self) -> Engine:
        engine = create_engine(
            self.url,
            pool_size=self.connections,
            max_overflow=0,
            pool_timeout=postgresql.PLACE,
            pool_use_lifo=True,  # each keeps up to 2 MB of pages: those that a busy moment opened are left alone after it
            hide_parameters=True,
            connect_args={"timeout": WAIT},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine


def current_revision(session: Session) -> str | None:
    """The revision of the schema; None for an empty database."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    here: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return here


def known_revisions() -> list[str]:
    """The revisions that this wallet knows, the newest first."""
    return [script.revision for script in _scripts(MIGRATIONS)]


def oldest_reader() -> str:
    """The newest revision of the oldest wallet that understands the schema of this one, as its migrations say."""
    return next(filter(None, (getattr(script.module, "reads_from", "") for script in _scripts(MIGRATIONS))), "")


@cache
def _scripts(folder: Path) -> tuple[Script, ...]:
    """All migrations of *folder*, the newest first: they go with the release, and to load them takes a tenth of a second."""
    return tuple(ScriptDirectory(folder).walk_revisions())


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """On SQLite a table is altered by copying it: with foreign keys on, dropping the old one would empty its children.

    The pragma does nothing inside a transaction, so it is given to the driver itself, around it.
    """
    driver = connection.connection.dbapi_connection
    assert driver is not None  # noqa: S101  # it was just opened
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("wallet_begins", True):  # the log is emptied outside of all transactions
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("wallet_writes") else "BEGIN")
