"""A PostgreSQL that does not answer: everybody has our page within seconds, and what needs no database goes on."""

import socket
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from threading import Event

import psycopg
import pytest
from anyio import to_thread
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from tests.fixtures import preloaded
from tests.fixtures.patience import until
from tests.fixtures.postgres import programs, running, stopped
from tests.fixtures.visits import Clock, IssuersWeb, Person, holder, loop
from wallet.app import create_app
from wallet.settings import Settings
from wallet.storage import database as database_module
from wallet.storage import postgresql
from wallet.storage.database import Database, DatabaseUnavailable
from wallet.storage.postgresql import CONNECT, PAUSE, USUAL, Outage, complete_address, read_url

pytestmark = pytest.mark.slow

PEOPLE = 55
"""More than there are threads for them."""


def test_an_address_says_how_long_is_waited_unless_it_does_so_itself():
    plain = complete_address(make_url("postgresql://wallet@db/wallet"))
    told = complete_address(make_url("postgres://wallet@db/wallet?connect_timeout=9&target_session_attrs=any"))

    assert plain.drivername == told.drivername == "postgresql+psycopg"
    assert dict(plain.query) == USUAL
    assert dict(told.query) == USUAL | {"connect_timeout": "9", "target_session_attrs": "any"}


@pytest.mark.parametrize(
    ("told", "hosts", "ports"),
    [
        ("wallet@/wallet?host=a:5433&host=b:5434", "a,b", "5433,5434"),
        ("wallet@/wallet?host=a:5433,b", "a,b", "5433,5432"),
        ("wallet@/wallet?host=a,b", "a,b", "5432,5432"),
        ("wallet@/wallet?host=a,b&port=5433,5434", "a,b", "5433,5434"),
        ("wallet:s%2Ce@a:5433,b:5434/wallet", "a,b", "5433,5434"),
        ("a,b,c/wallet?sslmode=require", "a,b,c", "5432,5432,5432"),
        ("wallet@[2001:db8::1]:5433,[2001:db8::2]/wallet", "2001:db8::1,2001:db8::2", "5433,5432"),
        ("wallet@/wallet?host=a:5433", "a", "5433"),
        ("wallet@/wallet?host=[2001:db8::1]:5433", "2001:db8::1", "5433"),
    ],
)
def test_several_hosts_are_read_in_every_way_and_told_as_all_programs_of_postgresql_take_them(
    told: str, hosts: str, ports: str
):
    address = complete_address(read_url(f"postgresql://{told}"))

    assert (address.query["host"], address.query["port"]) == (hosts, ports)
    assert address.query.get("target_session_attrs") == ("read-write" if "," in hosts else None)
    assert (address.host, address.port, address.database) == (None, None, "wallet")
    for ours in (address, address.set(drivername="postgresql")):  # as our driver takes it, and pg_dump
        told_to_libpq = ours.render_as_string(hide_password=False).replace("+psycopg", "")
        parts = psycopg.conninfo.conninfo_to_dict(told_to_libpq)
        assert (parts["host"], parts["port"], parts["dbname"]) == (hosts, ports, "wallet")
        assert parts.get("password") in {None, "s,e"}


@pytest.mark.parametrize("url", ["postgresql://w:secret@a:port/wallet", "postgresql://w:secret@a:1:2/wallet"])
def test_an_address_that_is_none_is_told_without_its_password(url: str):
    with pytest.raises(ValueError, match="WALLET_DATABASE_URL") as told:
        Database(url)

    assert "secret" not in str(told.value)


def test_during_an_outage_one_tries_and_nobody_else_waits():
    now = 0.0
    outage = Outage(lambda: now)
    outage.enter()
    outage.begin()
    with pytest.raises(OperationalError):
        outage.enter()

    now += PAUSE
    outage.enter()  # this one tries
    with pytest.raises(OperationalError):
        outage.enter()
    now += PAUSE + CONNECT
    outage.enter()  # the first one never came back
    outage.end()
    outage.enter()
    outage.enter()


class Silence:
    """A server that takes connections and says nothing, ever."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://wallet@127.0.0.1:{self.listener.getsockname()[1]}/wallet?connect_timeout=2"

    def calls(self) -> int:
        """How many have connected since this was asked last."""
        self.listener.setblocking(False)
        count = 0
        while True:
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@pytest.fixture
def silence() -> Iterator[Silence]:
    silence = Silence()
    with silence.listener:
        yield silence


@pytest.mark.breadth
def test_a_server_that_says_nothing_is_asked_once_for_all(silence: Silence, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgresql, "PAUSE", 3600)  # however long this takes, nobody tries again meanwhile
    database = Database(silence.url)
    for _ in range(20):
        with pytest.raises(DatabaseUnavailable), database.reading() as session:
            session.execute(text("SELECT 1"))
    with pytest.raises(DatabaseUnavailable), database.writing():
        pass

    assert silence.calls() == 1
    database.close()


@pytest.mark.breadth
def test_nobody_is_held_off_by_one_that_refuses_at_once_after_a_silence(
    silence: Silence, monkeypatch: pytest.MonkeyPatch
):
    database = Database(silence.url)
    monkeypatch.setattr(postgresql, "PAUSE", 0)  # so that the next one tries
    with pytest.raises(DatabaseUnavailable, match="timeout"), database.reading() as session:
        session.execute(text("SELECT 1"))
    silence.listener.close()  # as a balancer that knows of no primary yet
    monkeypatch.setattr(postgresql, "PAUSE", 3600)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable, match="refused"), database.reading() as session:
            session.execute(text("SELECT 1"))
    database.close()


def test_of_several_hosts_one_that_is_silent_holds_nobody_twice(silence: Silence, postgres_url: str):
    here, silent = make_url(postgres_url), make_url(silence.url)
    database = Database(f"postgresql://wallet@127.0.0.1:{silent.port},127.0.0.1:{here.port}/postgres?connect_timeout=2")
    with ExitStack() as held:
        for calls in (1, 0, 0):
            assert held.enter_context(database.reading()).scalar(text("SELECT 1")) == 1
            assert silence.calls() == calls
    database.close()


def test_nor_where_the_other_one_does_not_lead_yet(silence: Silence, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgresql, "PAUSE", 3600)
    port = make_url(silence.url).port
    with socket.create_server(("127.0.0.1", 0)) as standby:
        refuses = standby.getsockname()[1]
    database = Database(f"postgresql://wallet@127.0.0.1:{port},127.0.0.1:{refuses}/wallet?connect_timeout=2")
    for calls in (1, 0, 0):
        with pytest.raises(DatabaseUnavailable, match="refused"), database.reading() as session:
            session.execute(text("SELECT 1"))
        assert silence.calls() == calls
    database.close()


def test_several_that_are_all_silent_are_asked_once_for_all(silence: Silence, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgresql, "PAUSE", 3600)
    port = make_url(silence.url).port
    with socket.create_server(("127.0.0.1", 0)) as other:
        database = Database(
            f"postgresql://wallet@127.0.0.1:{port},127.0.0.1:{other.getsockname()[1]}/wallet?connect_timeout=2"
        )
        for calls in (1, 0, 0):
            with pytest.raises(DatabaseUnavailable), database.reading() as session:
                session.execute(text("SELECT 1"))
            assert silence.calls() == calls
        database.close()


@pytest.mark.breadth
def test_and_serve_ends_with_a_sentence(silence: Silence, tmp_path: Path):
    environment = {"WALLET_DATABASE_URL": silence.url, "PATH": "/usr/bin:/bin"}

    serve = preloaded.serve(tmp_path, environment, tmp_path / "log")

    assert serve.wait(120) == 1
    said = (tmp_path / "log").read_text()
    assert "\nError: The database does not answer (postgresql://" in f"\n{said}"
    assert "Traceback" not in said


def test_the_limits_are_those_of_a_transaction_and_not_of_a_connection(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database_module, "WAIT", 5)
    database = Database(postgres_url, 5, 7)
    ask = text(
        "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('timezone')"
    )
    with database.writing() as session:
        assert session.execute(ask).one() == ("5s", "7s", "UTC")
    with database.reading() as session, database.engine.raw_connection() as raw:  # type: ignore[attr-defined]
        assert session.execute(ask).one() == ("5s", "7s", "UTC")
        usual = raw.cursor().execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert usual.fetchone() == ("0", "0")
    with database.long(), database.reading() as session:
        assert session.execute(ask).one()[1] == "10min"
    database.close()


def test_the_operator_is_told_how_many_connections_there_may_be(postgres_url: str, tmp_path: Path):
    assert Database(postgres_url, 15).room(2) == (
        "Connections to PostgreSQL: up to 34 (15 for each worker, WALLET_DATABASE_POOL, and 2 to count with)."
        " Its max_connections must be greater."
    )
    assert Database(postgres_url).connections == 20
    assert Database(f"sqlite:///{tmp_path}/wallet.sqlite3").connections == 40


def test_a_statement_that_takes_too_long_is_ended(postgres_url: str):
    hurried = Database(postgres_url, 5, 0.1)
    with pytest.raises(DatabaseUnavailable, match="statement timeout"), hurried.reading() as session:
        session.execute(text("SELECT pg_sleep(60)"))
    hurried.close()


def test_whoever_writes_to_a_server_that_only_follows_another_hears_our_word_and_is_led_elsewhere_next(
    postgres_url: str,
):
    """As a balancer does for a moment when the primary is gone: it is no fault of the wallet's, and no 500."""
    with closing(Database(postgres_url)) as database, psycopg.connect(postgres_url, autocommit=True) as beside:
        with database.writing() as session:
            session.execute(text("CREATE TABLE told (word TEXT)"))
        database.engine.dispose()
        (name,) = beside.execute("SELECT quote_ident(current_database())").fetchone() or ("",)
        beside.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with pytest.raises(DatabaseUnavailable), database.writing() as session:
            session.execute(text("INSERT INTO told VALUES ('follows')"))
        beside.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")

        with database.writing() as session:
            session.execute(text("INSERT INTO told VALUES ('leads')"))

        with database.reading() as session:
            assert session.scalars(text("SELECT word FROM told")).all() == ["leads"]


def test_a_fault_tells_no_value_of_a_row(postgres_url: str):
    made = text("CREATE TEMPORARY TABLE mailboxes (address text PRIMARY KEY, name text NOT NULL)")
    added = text("INSERT INTO mailboxes VALUES (:address, :name)")
    twice = [{"address": "maria@example.org", "name": "a"}] * 2
    database, told = Database(postgres_url), []

    def write(session: Session, rows: object) -> None:
        session.execute(made)
        session.execute(added, rows)  # type: ignore[arg-type]

    for rows in (twice, {"address": "youssef@example.org", "name": None}):
        with pytest.raises(IntegrityError) as fault:
            database.write(write, rows)
        told.append("".join(traceback.format_exception(fault.value)))
    database.close()

    assert "UniqueViolation" in told[0]
    assert "NotNullViolation" in told[1]
    assert [word for word in ("maria", "youssef") if word in "".join(told)] == []


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_where_all_connections_are_in_use_nobody_waits_for_long(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(postgresql, "PLACE", 0.1)
    database = Database(database_url, 5)
    with ExitStack() as held:
        for _ in range(5):
            held.enter_context(database.reading()).execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable), database.reading() as session:
            session.execute(text("SELECT 1"))
    with database.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


@pytest.fixture
def own_server() -> Iterator[str]:
    """A server that a test may stop."""
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here (Debian package: postgresql)")
    with running(binaries) as url:
        yield url


@pytest.fixture
def on_it(
    own_server: str, settings: Settings, web: IssuersWeb, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Starlette]:
    """The whole house on that server; a statement may take a second."""
    monkeypatch.setattr(postgresql, "STATEMENT_LIMIT", 1)
    monkeypatch.setattr("wallet.storage.STATEMENT_LIMIT", 1)
    monkeypatch.setattr(postgresql, "PLACE", 1)
    app = create_app(replace(settings, database_url=own_server), web, clock)  # type: ignore[arg-type]
    app.state.services.database.migrate()
    yield app
    app.state.services.database.close()


@pytest.mark.breadth
def test_while_it_hangs_everybody_has_our_page_and_help_goes_on(
    own_server: str, on_it: Starlette, monkeypatch: pytest.MonkeyPatch
):
    maria, nobody = holder(on_it), Person(on_it)
    people = [
        Person(on_it, cookies={maria.services.cookie: maria.cookies[maria.services.cookie]}) for _ in range(PEOPLE)
    ]
    assert maria.get("/badges").status_code == 200
    outage, inside, may_ask = maria.services.database._outage, list[None](), Event()
    enter, threads = outage.enter, loop().call(lambda: int(to_thread.current_default_thread_limiter().total_tokens))

    def enter_when_told() -> None:
        inside.append(None)
        assert may_ask.wait(60)
        enter()

    def ask(person: Person) -> tuple[int, str]:
        answer = person.get("/badges")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(PEOPLE) as together:
        with stopped(own_server):
            with monkeypatch.context() as meanwhile:
                meanwhile.setattr(outage, "enter", enter_when_told)
                waiting = [together.submit(ask, person) for person in people]
                until(lambda: len(inside) == threads < PEOPLE)
                for path in (
                    "/robots.txt",
                    "/manifest.webmanifest",
                    "/static/vendor/htmx.min.js",
                    "/.well-known/did.json",
                ):
                    assert nobody.get(path).status_code in {200, 404}, path
                assert not any(one.done() for one in waiting), "what lies in memory waits for nobody"
            may_ask.set()
            answers = [one.result(60) for one in waiting]
            assert {status for status, _ in answers} == {503}
            assert all("Le service ne répond pas" in page for _, page in answers)
            assert nobody.get("/help").status_code == 200
            helped = maria.get("/help")
            assert helped.status_code == 200
            assert "wallet-holder" not in helped.headers, "a phone keeps what it has"
            assert maria.post("/evidence", data={"text": "work"}).status_code == 503
        until(lambda: maria.get("/badges").status_code == 200)
        # One after the other: here nobody waits for a place longer than a second.
        assert {ask(person)[0] for person in people} == {200}
