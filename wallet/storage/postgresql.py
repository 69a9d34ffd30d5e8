"""How PostgreSQL is asked, so that one that does not answer holds nobody for longer than seconds.

Rule 1: whatever waits has an end: a connection (CONNECT), a free place among ours (PLACE), a statement. The server ends a
statement that takes too long; where it is silent itself, as a machine that hangs or a network that is cut, we hang up.
Rule 2: limits are set within each transaction, and none when connecting: PgBouncer gives a connection to another client
after each one, and refuses what a client would set for as long as it is connected.
Rule 3: after a silence nobody waits for a while: all are refused at once, and then one tries (Outage).
"""

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

Connected = TypeVar("Connected")

CONNECT = 3
"""Seconds that one host has to take a connection."""
PLACE = 3
"""Seconds that somebody waits for a connection that others use."""
STATEMENT_LIMIT = 5
"""Seconds that a statement may take while somebody waits for its answer."""
AT_ONCE, APART = 0.2, 2
"""Seconds for what is asked apart from all else, and connections for it (Database.at_once)."""
LONG_STATEMENT = 600
"""The same for chores, migrations and backups."""
BEYOND = 1
"""Seconds that the server has to tell that a statement took too long, before it is taken for silent."""
LOCK_OF_MIGRATION, TRIES, AGAIN = 2, 5, 0.5
"""Seconds that a migration waits for a table that others use, how often it tries, and seconds between: meanwhile they go on."""
READ_ONLY = "25006"
"""What a server says that may only be read. Source: PostgreSQL 17, Appendix A (read_only_sql_transaction)."""
STAYS_IDLE = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""What a transaction says that holds something while others work: a server may be told to end those that say nothing."""
IN_VAIN = frozenset({"55P03", "40P01"})
"""A lock that was not to be had in time, and two that wait for each other: SQLSTATE, PostgreSQL 15, appendix A."""
PAUSE = 2.0
"""Seconds for which nobody asks a server that was silent."""
PORT = 5432
SEVERAL = re.compile(r"(?P<begin>postgres(?:ql)?://(?:[^@/?]*@)?)(?P<hosts>[^/?@]*,[^/?@]*)(?P<rest>[/?].*)?")
"""An address with more than one host in the place of the host."""
USUAL = {
    "connect_timeout": str(CONNECT),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""What an address says unless it says otherwise (libpq, 34.1.2)."""

ENCODED = "what is no letter or digit in a password is %-encoded, @ as %40"


class Outage:
    """What is known of a server's silence: whoever asks during one is refused at once, but for one at a time who tries."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._until: float | None = None

    def enter(self) -> None:
        """Before anything is asked; raises OperationalError while the server is taken for silent."""
        if self._until is None or self._may_try():
            return
        raise OperationalError("", {}, TimeoutError("the database did not answer a moment ago"))

    def _may_try(self) -> bool:
        """Whether this is the one who tries; who comes meanwhile is refused."""
        with self._lock:
            until, now = self._until, self._clock()
            if until is not None and now >= until:
                self._until = now + PAUSE + CONNECT
            return until is None or now >= until

    def begin(self) -> None:
        """It did not answer."""
        with self._lock:
            self._until = self._clock() + PAUSE

    @property
    def is_on(self) -> bool:
        """Whether it is taken for silent."""
        return self._until is not None

    def end(self) -> None:
        """It answered, or refused at once, which costs nobody time: a balancer does until somebody leads again."""
        if self._until is not None:
            with self._lock:
                self._until = None


class Hosts:
    """What is known of each of several hosts of an address: the one that led last is asked first, and one that was silent last,
    and by one at a time. The address is taken for silent (*whole*) where each of them is."""

    def __init__(self, whole: Outage) -> None:
        self.whole = whole
        self._each: dict[tuple[str, str], Outage] = {}
        self._last: tuple[str, str] | None = None

    def connect(self, open_one: Callable[..., Connected], named: dict[str, Any]) -> tuple[Connected, Outage]:
        """What *open_one* makes of the first host that takes it, and what is known of that host; *named* is what libpq is told.

        Raises psycopg.OperationalError.
        """
        places = list(zip(named.get("host", "").split(","), str(named.get("port", "")).split(","), strict=False))
        if len(places) == 1 or "hostaddr" in named:  # whose numbers belong to all names together
            return self._try(open_one, self.whole, named), self.whole
        problem, is_silent = psycopg.OperationalError("no host answered a moment ago"), True
        for place in sorted(places, key=lambda place: (self._of(place).is_on, place != self._last)):
            host = self._of(place)
            try:
                host.enter()
                made = self._try(open_one, host, named | {"host": place[0], "port": place[1]})
            except OperationalError:
                continue
            except psycopg.OperationalError as refused:
                problem, is_silent = refused, is_silent and host.is_on
            else:
                self._last = place
                self.whole.end()
                return made, host
        if is_silent:
            self.whole.begin()
        else:
            self.whole.end()
        raise problem

    def _of(self, place: tuple[str, str]) -> Outage:
        return self._each.setdefault(place, Outage())

    def _try(self, open_one: Callable[..., Connected], host: Outage, named: dict[str, Any]) -> Connected:
        began = monotonic()
        try:
            made = open_one(**named)
        except psycopg.OperationalError:
            if monotonic() - began >= CONNECT - 1:
                host.begin()
            else:
                host.end()
            raise
        host.end()
        return made


class Limits(threading.local):
    """How long the statements of this thread may take, and of that how long they may wait for others where that is another
    time than usual: both in seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.lock: float | None = None

    @contextlib.contextmanager
    def long(self, lock: float | None = None) -> Iterator[None]:
        """Nobody waits for what is asked meanwhile in this thread; it waits *lock* seconds for others, or as long as usual."""
        before = self.seconds, self.lock
        self.seconds, self.lock = LONG_STATEMENT, lock
        try:
            yield
        finally:
            self.seconds, self.lock = before


def read_url(url: str) -> URL:
    """The address *url*, in which several hosts may stand as libpq takes them: `postgresql://a:5432,b:5432/name`.

    Raises ValueError, with a sentence, for one that is none.
    """
    try:
        found = SEVERAL.fullmatch(url)
        if found is None:
            read = make_url(url)
        else:
            read = make_url(found["begin"] + (found["rest"] or "")).update_query_dict({"host": found["hosts"]})
    except (ValueError, ArgumentError):  # neither says what of a password in it must not be told
        raise ValueError(f"WALLET_DATABASE_URL cannot be read: look at its hosts and ports; {ENCODED}.") from None
    if any("@" in host for host in (read.host or "", *read.normalized_query.get("host", ()))):
        # All after its first @ would be shown as the name of a host wherever the address is told.
        raise ValueError(f"WALLET_DATABASE_URL cannot be read: there is an @ too many; {ENCODED}.")
    return read


def complete_address(url: URL) -> URL:
    """*url* with all that it leaves open: how long is waited, and for which of several hosts.

    Several hosts stand in it as libpq and its programs take them (34.1.1.3), however they were told: host=a,b and port=1,2.
    So does one that was told like several: SQLAlchemy reads host=a:1, which pg_dump takes for a name.
    """
    told, usual = url.query.get("host", ""), dict(USUAL)
    hosts = [one for word in ([told] if isinstance(told, str) else told) for one in word.split(",")]
    if len(hosts) > 1 or ":" in hosts[0]:
        names, ports = zip(*map(_host_and_port, hosts), strict=True)
        given = {
            "port": ",".join(port or str(url.port or PORT) for port in ports),
            **url.query,
            "host": ",".join(names),
        }
        url = url.set(port=None, query=given)
    if len(hosts) > 1:
        usual |= {"target_session_attrs": "read-write"}
    added = {name: value for name, value in usual.items() if name not in url.query}
    return url.set(drivername="postgresql+psycopg").update_query_dict(added)


def _host_and_port(word: str) -> tuple[str, str]:
    """Of `host:port`; "" for a port that is not told. An address of IPv6 with its port stands in brackets."""
    if word.startswith("["):
        host, _, port = word[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = word.partition(":")
    return (word, "") if ":" in port else (host, port)


def open_engine(url: URL, connections: int, limits: Limits, outage: Outage, lock: float) -> Engine:
    """The engine for *url*, with that many *connections* at most; *lock* is how many seconds a writer waits for another."""
    kept, hosts = (connections + 1) // 2, Hosts(outage)

    class Bounded(psycopg.Connection[Any]):
        """A connection that hangs up on a server that does not answer in time."""

        host = outage

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            most, began = limits.seconds + BEYOND, monotonic()
            try:
                done = super().wait(gen, interval, most if timeout is None else timeout)
            except psycopg.Error:
                is_silent = monotonic() - began >= most
                if is_silent:
                    self.pgconn.finish()
                for known in (outage, self.host):
                    known.begin() if is_silent else known.end()
                raise
            outage.end()
            self.host.end()
            return done

    def connect(_dialect: Any, _record: Any, arguments: Any, named: dict[str, Any]) -> Any:
        def open_one(**told: Any) -> Bounded:
            # Statements are not prepared: the next one may be another server's (PgBouncer, transaction pooling).
            return Bounded.connect(*arguments, **told, prepare_threshold=None)

        made, host = hosts.connect(open_one, named)
        made.host = host
        return made

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            return  # there is no transaction that settings could be of
        connection.exec_driver_sql(transaction_settings(limits.seconds, limits.lock or lock))

    engine = create_engine(
        url, pool_size=kept, max_overflow=connections - kept, pool_timeout=PLACE, hide_parameters=True
    )
    event.listen(engine, "do_connect", connect)
    event.listen(engine, "begin", begin)
    event.listen(engine, "handle_error", _hide_values)
    event.listen(engine, "handle_error", _leave_standby)
    return engine


def _leave_standby(context: ExceptionContext) -> None:
    """Whoever writes to a server that only follows another one hangs up: a balancer that had not noticed a moment ago leads the
    next connection elsewhere (docs/decisions.md 43)."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _hide_values(context: ExceptionContext) -> None:
    """What a fault tells in the log holds no value of a row (database.py, rule 4), and PostgreSQL tells them apart from its
    sentence: « Key (address)=(…) already exists »."""
    told = getattr(context.original_exception, "diag", None)
    values = [value for value in (told.message_detail, told.context) if value] if told else []
    for problem in filter(None, (context.original_exception, context.sqlalchemy_exception)):
        for value in values:
            problem.args = tuple(one.replace(value, "…") if isinstance(one, str) else one for one in problem.args)


def try_again(work: Callable[[], None]) -> None:
    """Do *work*, and again where it waited for others in vain; raises OperationalError when it did so TRIES times."""
    for left in reversed(range(TRIES)):
        try:
            return work()
        except OperationalError as problem:
            if not left or getattr(problem.orig, "sqlstate", None) not in IN_VAIN:
                raise
        sleep(AGAIN)
    return None


def transaction_settings(statement: float, lock: float) -> str:
    """What begins each transaction; for this one alone."""
    return (
        f"SET LOCAL statement_timeout = {int(statement * 1000)}; SET LOCAL lock_timeout = {int(lock * 1000)};"
        " SET LOCAL timezone = 'UTC'"
    )
