"""Limits that all nodes share: exact for all of them together, and nobody's trouble while the engine is gone."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from threading import Event

import pytest
from limits.storage import MemoryStorage
from sqlalchemy import text
from starlette.requests import Request

from tests.fixtures.postgres import stopped
from tests.fixtures.tables_made import make_tables
from wallet.concurrency import HOUR, MINUTE, Limit
from wallet.concurrency.shared_windows import PAUSE, InTable, SharedWindow
from wallet.storage.database import Database
from wallet.storage.rate_counts import PIECES, RateCounts, forget_old_counts
from wallet.web import rate_limits
from wallet.web.rate_limits import BYTES, OF_A_NODE, STRICT, RateLimits

PATIENT = 30.0
"""Seconds that a test waits where the machine may be busy, and the engine is there."""
HUNDRED = Limit(100, HOUR)


def mark(content: bytes, purpose: str) -> bytes:
    """As a keyring does it that all nodes have."""
    return sha256(purpose.encode() + content).digest()


def asking(address: str = "203.0.113.5") -> Request:
    return Request({"type": "http", "headers": [], "client": (address, 40_000)})


@contextmanager
def node(url: str) -> Iterator[tuple[RateLimits, Database]]:
    with closing(Database(url)) as database:
        yield RateLimits((), SharedWindow(InTable(RateCounts(database)), mark, OF_A_NODE, patience=PATIENT)), database


@pytest.fixture
def shared_url(postgres_url: str) -> Iterator[str]:
    """The address of a PostgreSQL with all tables."""
    name = "test_shared_limits"
    with closing(Database(postgres_url)) as server, server.at_once() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    url = postgres_url.removesuffix("postgres") + name
    with closing(Database(url)) as database:
        make_tables(database)
    yield url
    with closing(Database(postgres_url)) as server, server.at_once() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def two(shared_url: str) -> Iterator[tuple[RateLimits, RateLimits]]:
    """Two nodes on one PostgreSQL."""
    with ExitStack() as ending:
        yield tuple(ending.enter_context(node(shared_url))[0] for _ in range(2))  # type: ignore[misc]


@pytest.mark.breadth
def test_two_nodes_let_a_hundred_through_where_a_hundred_is_the_limit(
    two: tuple[RateLimits, RateLimits], monkeypatch: pytest.MonkeyPatch
):
    for what in ("import", "key", "letter"):
        monkeypatch.setitem(STRICT, what, HUNDRED)
        with ThreadPoolExecutor(8) as together:
            told = list(together.map(lambda at: two[at % 2].allow(what, asking(), ("Sonia",)), range(150)))  # noqa: B023
        assert sum(told) == 100, what


@pytest.mark.breadth
def test_bytes_of_all_nodes_go_into_one_room_and_what_does_not_fit_is_not_counted(
    two: tuple[RateLimits, RateLimits], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(BYTES, "visitor", Limit(100_000_000, MINUTE))
    here, there = two

    brought = [(here, 60_000_000), (there, 50_000_000), (there, 40_000_000), (here, 1)]
    assert [one.allow_bytes("visitor", asking(), amount) for one, amount in brought] == [True, False, True, False]
    assert here.allow_bytes("visitor", asking("198.51.100.4"), 100_000_000)


def test_what_failed_on_one_node_closes_the_network_on_the_other_and_the_same_tap_counts_once(
    two: tuple[RateLimits, RateLimits], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(rate_limits.FAILED, "paper", Limit(3, HOUR))
    here, there = two
    for _ in range(3):
        there.require_few_failures("paper", asking())
        here.failed("paper", asking())

    with pytest.raises(Exception, match="429"):
        there.require_few_failures("paper", asking())
    said = [one.allow_once("reply here", asking(), "a share", "the same words") for one in (here, there)]
    assert said == [True, True]
    assert not there.allow_once("reply here", asking(), "a share", "other words")


@pytest.mark.breadth
def test_a_page_that_strangers_open_asks_no_engine(two: tuple[RateLimits, RateLimits], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SharedWindow, "_ask", None)

    assert all(two[0].allow("open", asking(), ()) for _ in range(1200))
    assert not two[0].allow("open", asking(), ())


def test_of_whoever_asked_nothing_can_be_read(shared_url: str):
    with node(shared_url) as (limits, database):
        assert limits.allow("letter", asking("203.0.113.5"), ("sonia@exemple.fr",))
        with database.reading() as session:
            rows = str(session.execute(text("SELECT * FROM rate_counts")).all())

    assert rows.count("LIMITER/") == 2, "the network's and hers"
    assert "203.0" not in rows
    assert "sonia" not in rows


def test_what_counts_no_more_is_forgotten_and_a_row_never_grows(shared_url: str):
    with node(shared_url) as (limits, database):
        short = Limit(1_000_000, 0.24 * PIECES)  # each piece lasts a quarter of a second
        window = limits.window
        assert isinstance(window, SharedWindow)
        name = window._name("recheck", "somebody")
        engine = InTable(RateCounts(database))
        ends = "SELECT min(ends_at) - now() < interval '10 s', max(cardinality(amounts)) FROM rate_counts"
        for _ in range(5):
            assert engine.acquire_entry(name, 5, int(short.seconds))
            with database.at_once() as connection:
                connection.execute(text("SELECT pg_sleep(0.1)"))
        assert not engine.acquire_entry(name, 5, int(short.seconds))
        assert engine.get_moving_window(name, 5, int(short.seconds))[1] == 5
        with database.at_once() as connection:
            assert connection.execute(text(ends)).one() == (True, PIECES + 1)
        database.write(forget_old_counts, datetime.now(UTC))
        assert not engine.acquire_entry(name, 5, int(short.seconds)), "it counts still"

        with database.at_once() as connection:
            connection.execute(text("UPDATE rate_counts SET piece = piece - 30, ends_at = ends_at - interval '8 s'"))
        assert engine.get_moving_window(name, 5, int(short.seconds))[1] == 0
        database.write(forget_old_counts, datetime.now(UTC))
        with database.at_once() as connection:
            assert connection.execute(text("SELECT count(*) FROM rate_counts")).scalar_one() == 0


class Engine(MemoryStorage):
    """Counts in memory, and hangs or is gone as it is told."""

    def __init__(self) -> None:
        super().__init__(wrap_exceptions=True)
        self.answers, self.fault, self.asked = Event(), None, 0
        self.answers.set()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ConnectionError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        self.asked += 1
        self.answers.wait(PATIENT)
        if self.fault:
            raise self.fault
        return super().acquire_entry(key, limit, expiry, amount)

    def check(self) -> bool:
        return self.answers.is_set() and self.fault is None


@pytest.mark.parametrize("how", ["hangs", "is gone"])
def test_while_the_engine_is_gone_each_node_counts_for_itself_and_nobody_waits_twice(
    how: str, caplog: pytest.LogCaptureFixture
):
    now, engine = [1_000.0], Engine()
    told: list[str] = []
    window = SharedWindow(engine, mark, when_gone=lambda: told.append("gone"), patience=0.2, clock=lambda: now[0])
    assert [window.hit(Limit(5, HOUR), "import", "Sonia") for _ in range(3)] == [True] * 3
    asked = engine.asked

    if how == "hangs":
        engine.answers.clear()
    else:
        engine.fault = ConnectionError("refused")
    with caplog.at_level(logging.WARNING):
        allowed = [window.hit(Limit(5, HOUR), "import", "Sonia") for _ in range(30)]

    assert allowed == [True, True] + [False] * 28, "with the three that this node let through before"
    assert engine.asked == asked + 1
    assert (told, window.times_gone, len(caplog.records)) == (["gone"], 1, 1)
    assert "this node counts for itself" in caplog.text
    now[0] += PAUSE - 1
    assert not window.hit(Limit(5, HOUR), "import", "Sonia")
    assert engine.asked == asked + 1

    engine.answers.set()
    engine.fault = None
    now[0] += 1
    assert not window.hit(Limit(5, HOUR), "import", "Sonia"), "somebody else looks whether it is back"
    window._hands.shutdown()
    assert window._until is None
    assert "answers again" in caplog.text


@pytest.mark.parametrize(
    "fault",
    [ConnectionError("refused"), UnicodeError("label empty"), OSError("no network"), ValueError("no such option")],
)
def test_an_engine_that_answers_and_does_not_count_is_told_once_and_at_the_start(
    fault: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """A Valkey that is full, that only reads, or that does not let this user in: it says so, and then answers a ping."""
    now, engine = [1_000.0], Engine()
    engine.fault = fault
    monkeypatch.setattr(engine, "check", lambda: True)
    window = SharedWindow(engine, mark, clock=lambda: now[0])

    with caplog.at_level(logging.WARNING):
        window.get_ready()
        for _ in range(5):
            now[0] += PAUSE
            assert window.hit(Limit(100, HOUR), "import", "Sonia")
        window._hands.shutdown()

    assert window.times_gone == 1
    assert [type(fault).__name__ in one.getMessage() for one in caplog.records] == [True]


def test_a_start_says_nothing_of_an_engine_that_counts(caplog: pytest.LogCaptureFixture):
    window = SharedWindow(Engine(), mark)

    window.get_ready()

    assert (window.times_gone, caplog.records) == (0, [])


@pytest.mark.breadth
def test_a_postgresql_that_says_nothing_makes_no_fault(shared_url: str, postgres_url: str):
    with node(shared_url) as (limits, _):
        window = limits.window
        assert isinstance(window, SharedWindow)
        assert limits.allow("import", asking(), ("Sonia",))
        window._patience = 0.2
        with stopped(postgres_url):
            assert [limits.allow("import", asking(), ("Sonia",)) for _ in range(119)] == [True] * 119
            assert not limits.allow("import", asking(), ("Sonia",))
        assert window.times_gone == 1
