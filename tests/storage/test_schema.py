"""A wallet of before starts beside the next one, on its schema, as long as that one says so; else it says why, and ends."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from click import ClickException
from click.testing import CliRunner
from sqlalchemy import inspect, text
from starlette.testclient import TestClient

from tests.fixtures.patience import until
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import holder, signed
from tests.fixtures.whole_wallet import settings_of
from tests.storage.test_database import revisions
from wallet.app import create_app
from wallet.cli import maintenance
from wallet.cli.commands import main
from wallet.operations import integrity_check
from wallet.settings import Settings
from wallet.storage import database as database_module
from wallet.storage import postgresql, schema
from wallet.storage.database import Database, DatabaseUnavailable, known_revisions, oldest_reader
from wallet.storage.schema import Fit, UnfitSchema, fit_of

KNOWN = ["0031", "0030", "0029"]
ADDS = 'op.add_column("holders", sa.Column("colour", sa.String(9), nullable=True))'
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
TOO_OLD = "which is too old for it: install the newer wallet."


@pytest.mark.parametrize(
    ("here", "reads_from", "fit"),
    [
        ("0031", "0030", Fit.SAME),
        ("0031", None, Fit.SAME),
        ("0029", None, Fit.OLDER),
        (None, None, Fit.OLDER),
        ("0035", "0030", Fit.NEWER),
        ("0035", "0031", Fit.NEWER),
        ("0035", "0032", Fit.FOREIGN),
        ("0035", None, Fit.FOREIGN),
        ("0028", "0030", Fit.FOREIGN),
        ("garbage", "0030", Fit.FOREIGN),
        ("", "0030", Fit.FOREIGN),
    ],
)
def test_a_wallet_runs_on_a_newer_schema_unless_that_says_it_is_too_old(
    here: str | None, reads_from: str | None, fit: Fit
):
    assert fit_of(here, KNOWN, reads_from) is fit


def test_the_oldest_that_may_run_is_one_that_knows_how_to_ask():
    assert "0030" <= oldest_reader() <= known_revisions()[0]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """An empty wallet on either database."""
    with closing(Database(database_url)) as database:
        make_tables(database)
    return replace(settings_of(tmp_path), database_url=database_url)


def migrated_by_the_next(settings: Settings, folder: Path, says: str = "") -> None:
    """The database becomes that of a wallet that is a release ahead, by its own migration."""
    with pytest.MonkeyPatch.context() as patch, closing(Database(settings.database_url)) as database:
        made = revisions(folder, **{"9000": ADDS})
        (path,) = (made / "versions").glob("9000*")
        path.write_text(path.read_text() + says)
        patch.setattr(database_module, "MIGRATIONS", made)
        database.migrate()


@ONLY_POSTGRESQL
def test_during_an_upgrade_one_of_before_that_is_restarted_serves_and_leaves_the_schema_as_it_is(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    maintenance._open_store(settings, 1)
    with closing(Database(settings.database_url)) as database:
        assert database.read(schema._reads_from) == oldest_reader()
    migrated_by_the_next(settings, tmp_path / "next")
    told = "The database is at revision 9000, this wallet at "

    with caplog.at_level(logging.WARNING, "wallet"):
        maintenance._open_store(settings, 1)
        app = create_app(settings)
        with TestClient(app):
            maria = holder(app, ("badge.json", signed()))
            assert len(maria.has()) == 1

    assert told in caplog.text
    assert "which is older and may run on it" in caplog.text
    with closing(Database(settings.database_url)) as database, database.reading() as session:
        assert database_module.current_revision(session) == "9000"
        assert "colour" in {one["name"] for one in inspect(session.connection()).get_columns("holders")}
    looked = integrity_check.check_store(settings, app.state.services.clock())
    assert looked.faults == []
    assert any(one.startswith(told) for one in looked.told)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.breadth
def test_what_took_something_away_keeps_out_whoever_needs_it(settings: Settings, tmp_path: Path):
    maintenance._open_store(settings, 1)
    migrated_by_the_next(settings, tmp_path / "next", says='contract, reads_from = "release", "8999"\n')

    with pytest.raises(ClickException) as by_hand:
        maintenance._open_store(settings, 1)
    with pytest.raises(UnfitSchema) as by_a_worker, TestClient(create_app(settings)):
        pass

    assert by_hand.value.exit_code == 1
    assert by_hand.value.message == str(by_a_worker.value)
    assert by_hand.value.message.endswith(TOO_OLD)


def test_where_serving_migrates_nothing_an_operator_does_it_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WALLET_MIGRATE", "no")
    settings = maintenance.settings_here()
    with pytest.raises(ClickException, match=r"revision none, .* wallet migrate brings the database up to date"):
        maintenance._open_store(settings, 1)
    Path("var").mkdir(exist_ok=True)
    with closing(Database(settings.database_url)) as database:
        make_tables(database)
    maintenance._open_store(settings, 1)

    monkeypatch.setattr(database_module, "MIGRATIONS", revisions(tmp_path / "next", **{"9000": ADDS}))
    with pytest.raises(ClickException, match=r"this wallet at 9000, which is newer: start it once, or wallet migrate"):
        maintenance._open_store(settings, 1)
    with pytest.raises(UnfitSchema), TestClient(create_app(settings)):
        pass
    done = CliRunner().invoke(main, ["migrate"], catch_exceptions=False)
    assert done.output == "The database is at revision 9000, this wallet at 9000, which is the same.\n"
    maintenance._open_store(settings, 1)


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A wallet on PostgreSQL."""
    with closing(Database(database_url)) as database:
        make_tables(database)
        yield database


@ONLY_POSTGRESQL
@pytest.mark.breadth(beside=["postgresql"])
def test_a_table_in_use_holds_a_migration_up_for_seconds_and_it_is_tried_again(
    on_postgresql: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever comes after a migration that waits, waits behind it."""
    tries, ends = [], Event()
    monkeypatch.setattr(postgresql, "LOCK_OF_MIGRATION", 0.1)
    monkeypatch.setattr(database_module, "MIGRATIONS", revisions(tmp_path, **{"9000": ADDS}))

    def waits(_: float) -> None:
        tries.append(1)
        ends.set() if len(tries) == 2 else None

    monkeypatch.setattr(postgresql, "sleep", waits)
    with on_postgresql.engine.connect() as other:
        other.execute(text("SELECT 1 FROM holders"))
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(on_postgresql.migrate)
            assert ends.wait(10)
            other.rollback()
            done.result(10)

    assert on_postgresql.read(database_module.current_revision) == "9000"

    with on_postgresql.engine.connect() as other:
        other.execute(text("SELECT 1 FROM holders"))
        tries.clear()
        monkeypatch.setattr(
            database_module,
            "MIGRATIONS",
            revisions(
                tmp_path / "more", **{"9000": ADDS, "9001": ADDS + ' if 0 else op.drop_column("holders", "colour")'}
            ),
        )
        with pytest.raises(DatabaseUnavailable):
            on_postgresql.migrate()
    assert len(tries) == postgresql.TRIES - 1


@ONLY_POSTGRESQL
def test_a_table_that_is_vacuumed_gets_its_triggers_later_and_whoever_writes_waits_for_neither(
    on_postgresql: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Behind a trigger that waits for its table everybody waits who writes to it, and a VACUUM may take long."""
    made = "note_naming_rows('badge', 'badges', ['document'])"
    folder = revisions(tmp_path, **{"9000": made})
    (path,) = (folder / "versions").glob("9000*")
    path.write_text("from wallet.operations.migrations.naming_rows import note_naming_rows\n" + path.read_text())
    monkeypatch.setattr(postgresql, "LOCK_OF_MIGRATION", 0.1)
    monkeypatch.setattr(database_module, "MIGRATIONS", folder)
    written = list[int]()

    def writes(_: float) -> None:
        with on_postgresql.writing() as session:
            session.execute(text("UPDATE badges SET document = document"))
        written.append(1)
        if len(written) == 2:
            vacuum.rollback()

    monkeypatch.setattr(postgresql, "sleep", writes)
    with on_postgresql.engine.connect() as vacuum:
        vacuum.execute(text("LOCK TABLE badges IN SHARE UPDATE EXCLUSIVE MODE"))
        on_postgresql.migrate()

    assert len(written) == 2
    assert on_postgresql.read(database_module.current_revision) == "9000"


@ONLY_POSTGRESQL
@pytest.mark.breadth(beside=["postgresql"])
def test_of_two_nodes_that_start_at_once_one_migrates(
    on_postgresql: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Also where a migration ends its transaction to make an index beside those who write; without a lock of a session."""
    made = "make_index_beside('ix_holders_colour', 'holders', ['name'])"
    folder = revisions(tmp_path, **{"9000": ADDS, "9001": made})
    (path,) = (folder / "versions").glob("9001*")
    path.write_text("from wallet.operations.migrations.altering import make_index_beside\n" + path.read_text())
    monkeypatch.setattr(database_module, "MIGRATIONS", folder)
    url = on_postgresql.url.render_as_string(hide_password=False)

    with closing(Database(url)) as first, closing(Database(url)) as second, ThreadPoolExecutor(2) as nodes:
        for done in [nodes.submit(one.migrate) for one in (first, second)]:
            done.result(30)

    with on_postgresql.reading() as session:
        assert database_module.current_revision(session) == "9001"
        (valid,) = session.scalars(
            text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_holders_colour'::regclass")
        )
        assert valid
        assert session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 0


@ONLY_POSTGRESQL
@pytest.mark.breadth
def test_a_server_that_ends_idle_transactions_lets_nobody_else_migrate_meanwhile(on_postgresql: Database):
    """The one that keeps others away says nothing as long as a migration works."""
    held = text(
        "SELECT query FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    )

    with on_postgresql._migrating(), on_postgresql.reading() as session:
        assert list(session.scalars(held)) == [postgresql.STAYS_IDLE]


@pytest.mark.soak
@ONLY_POSTGRESQL
def test_who_waits_for_another_one_that_migrates_asks_and_holds_no_snapshot_meanwhile(
    on_postgresql: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An index that is made beside writers waits for every snapshot: one that waited for the lock would hold it up for ever."""
    monkeypatch.setattr(database_module, "MIGRATIONS", revisions(tmp_path, **{"9000": ADDS}))
    url = on_postgresql.url.render_as_string(hide_password=False)
    with closing(Database(url)) as other, ThreadPoolExecutor(1) as node:
        with on_postgresql._migrating():
            done = node.submit(other.migrate)
            held = "SELECT count(*) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()"
            for _ in range(5):
                until(lambda: not on_postgresql.read(lambda session: session.scalar(text(held))))
            assert not done.done()
        done.result(30)
    assert on_postgresql.read(database_module.current_revision) == "9000"
