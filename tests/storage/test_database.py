"""The database: transactions that keep all or nothing, times that stay what they were, a schema as the classes say."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, ForeignKey, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.fixtures.tables_made import make_tables
from wallet.badges.models import EDITIONS, KeptBadge
from wallet.operations import all_tables
from wallet.storage import database as database_module
from wallet.storage.database import Database, Document, Moment

OURS = tuple(sorted(path.name[:4] for path in (database_module.MIGRATIONS / "versions").glob("[0-9]*.py")))
"""The revisions of the wallet, the oldest first."""
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


class Own(DeclarativeBase):
    """Tables of this test alone."""


class Counter(Own):
    __tablename__ = "counters"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime | None] = mapped_column(Moment)
    said: Mapped[dict[str, object] | None] = mapped_column(Document)


class Child(Own):
    __tablename__ = "children"

    id: Mapped[int] = mapped_column(primary_key=True)
    counter_id: Mapped[int] = mapped_column(ForeignKey("counters.id", ondelete="CASCADE"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty one with the two tables above, once on each kind."""
    database = Database(database_url)
    Own.metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def migrated(database_url: str) -> Iterator[Database]:
    """One with the tables of the wallet, made by its migrations."""
    database = Database(database_url)
    make_tables(database)
    yield database
    database.close()


def write(database: Database, **values: object) -> int:
    with database.writing() as session:
        counter = Counter(**values)
        session.add(counter)
        session.flush()
        return counter.id


@pytest.mark.breadth
def test_whoever_writes_holds_the_place_before_the_first_word(database: Database, monkeypatch: pytest.MonkeyPatch):
    """Youssef's badge looks whether its file is there, then is written; whoever erases that file comes before or after."""
    monkeypatch.setattr(database_module, "WAIT", 0.2)
    another = Database(database.url.render_as_string(hide_password=False))
    try:
        with database.writing(), pytest.raises(OperationalError), another.writing(alone=True):
            pass
        with another.writing(alone=True):
            pass
    finally:
        another.close()


def test_a_time_without_its_zone_is_not_kept(database: Database):
    with pytest.raises(StatementError, match="without its zone"):
        write(database, at=datetime(2026, 11, 24, 12))  # noqa: DTZ001  # that is the point

    with database.reading() as session:
        assert session.scalars(select(Counter)).all() == []


@pytest.mark.parametrize("hours", [0, 1, -5.5])
def test_a_time_comes_back_in_utc_whatever_its_zone_was(database: Database, hours: float):
    elsewhere = NOON.astimezone(timezone(timedelta(hours=hours)))

    id = write(database, at=elsewhere)

    with database.reading() as session:
        found = session.get_one(Counter, id).at
        assert found == NOON
        assert found.utcoffset() == timedelta(0)
        assert session.scalars(select(Counter.id).where(Counter.at <= elsewhere)).all() == [id]
        assert session.scalars(select(Counter.id).where(Counter.at < elsewhere)).all() == []


def test_no_document_is_not_a_document_that_says_null(database: Database):
    id = write(database, said=None)

    with database.reading() as session:
        assert session.scalars(select(Counter.id).where(Counter.said.is_(None))).all() == [id]


def test_what_was_raised_is_not_kept(database: Database):
    id = write(database, value=1)

    with pytest.raises(ZeroDivisionError):
        write_and_fail(database, id)

    with database.reading() as session:
        assert session.scalars(select(Counter.value)).all() == [1]


def write_and_fail(database: Database, id: int) -> None:
    with database.writing() as session:
        session.get_one(Counter, id).value = 2
        session.add(Counter())
        session.flush()
        raise ZeroDivisionError


def test_what_was_only_looked_at_is_never_written(database: Database):
    id = write(database, value=1)

    with database.reading() as session:
        session.get_one(Counter, id).value = 2

    with database.reading() as session:
        assert session.get_one(Counter, id).value == 1


def test_what_was_found_can_be_used_afterwards(database: Database):
    id = write(database, value=7, at=NOON)

    with database.reading() as session:
        found = session.get_one(Counter, id)

    assert (found.value, found.at) == (7, NOON)


@pytest.mark.postgresql
@pytest.mark.breadth
def test_forty_people_who_look_and_then_write_all_get_their_turn(database: Database):
    id = write(database)
    together = Barrier(40)

    def add_one(_: int) -> None:
        together.wait()
        with database.writing() as session:
            counter = session.get_one(Counter, id, with_for_update=True)
            counter.value = counter.value + 1

    with ThreadPoolExecutor(40) as people:
        list(people.map(add_one, range(40)))

    with database.reading() as session:
        assert session.get_one(Counter, id).value == 40


def test_who_reads_is_not_kept_waiting_by_who_writes(database: Database):
    id = write(database, value=1)

    with database.writing() as writing:
        writing.get_one(Counter, id).value = 2
        writing.flush()
        with database.reading() as session:
            assert session.get_one(Counter, id).value == 1


def test_a_second_writer_gives_up_in_words_that_mean_later(database: Database, monkeypatch: pytest.MonkeyPatch):
    """Not after five seconds here: the waiting is shortened, the giving up is the real one."""
    monkeypatch.setattr(database_module, "WAIT", 0.01)
    other = Database(database.url.render_as_string(hide_password=False))
    id = write(database)

    with database.writing() as first:
        first.get_one(Counter, id).value = 1
        first.flush()
        with pytest.raises(OperationalError):
            change(other, id, 2)

    with database.reading() as session:
        assert session.get_one(Counter, id).value == 1
    other.close()


def change(database: Database, id: int, value: int) -> None:
    with database.writing() as session:
        session.get_one(Counter, id).value = value
        session.flush()


def test_rows_that_name_nobody_are_refused(database: Database):
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(Child(counter_id=999))


def test_on_sqlite_what_was_committed_survives_a_power_cut(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    asked = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}

    with database.reading() as one, database.writing() as other:
        for session in (one, other):
            told = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in asked}
            assert told == asked
    database.close()


def stands_in(connection: Connection) -> Callable[..., bool]:
    """Whether something of the classes is in the database of *connection* at all: one index is of files alone."""
    return lambda _, name, *__: name != EDITIONS.name or connection.dialect.name == "sqlite"


@pytest.mark.postgresql
@pytest.mark.breadth
def test_the_migrations_build_what_the_classes_say_and_run_again_they_change_nothing(migrated: Database):
    with migrated.engine.connect() as connection:
        compared = {"compare_type": True, "compare_server_default": True, "include_object": stands_in(connection)}
        context = MigrationContext.configure(connection, opts=compared)
        assert compare_metadata(context, all_tables.metadata) == []

    migrated.migrate()

    with migrated.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        if migrated.is_sqlite:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1, "they are on again"


@pytest.mark.breadth
def test_on_sqlite_they_build_it_to_the_letter_in_a_folder_that_they_make(tmp_path: Path):
    """But for the order of constraints, the quotes, and the brackets of what is empty, which are others after a table was copied."""

    def schema(database: Database) -> dict[str, list[str]]:
        with database.reading() as session:
            rows = session.execute(
                text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'")
            )
            return {
                name: sorted(
                    line.strip(", \t") for line in sql.replace(f'"{name}"', name).replace("('')", "''").splitlines()
                )
                for name, sql in rows
                if name != "alembic_version"
            }

    migrated, declared = (Database(f"sqlite:///{tmp_path}/{name}") for name in ("var/deep/migrated", "declared"))
    migrated.migrate()
    assert (tmp_path / "var/deep/migrated").is_file()
    all_tables.metadata.create_all(declared.engine)

    assert schema(migrated) == schema(declared)
    migrated.close()
    declared.close()


def test_on_sqlite_others_read_nothing_of_a_database_that_is_there_already(tmp_path: Path):
    """One of before was made with the rights that the machine gives to every file."""
    path, database = tmp_path / "wallet.sqlite3", Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    make_tables(database)
    path.chmod(0o644)

    database.migrate()

    assert path.stat().st_mode & 0o777 == 0o600
    database.close()


@pytest.mark.postgresql
@pytest.mark.breadth
def test_a_migration_that_breaks_leaves_the_old_schema(
    migrated: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Old or new, never between: the first of two new revisions worked, the second did not."""
    folder = revisions(
        tmp_path,
        works='op.add_column("holders", sa.Column("colour", sa.String(), nullable=True))',
        breaks='op.execute("UPDATE holders SET nothing = 1")',
    )
    monkeypatch.setattr(database_module, "MIGRATIONS", folder)

    with pytest.raises(Exception, match="nothing"):
        migrated.migrate()

    with migrated.reading() as session:
        assert session.scalars(text("SELECT version_num FROM alembic_version")).all() == [OURS[-1]]
        assert "colour" not in session.execute(text("SELECT * FROM holders")).keys()  # noqa: SIM118  # names of columns
        if migrated.is_sqlite:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
    with migrated.engine.connect() as connection:
        assert not connection.in_transaction()


@pytest.mark.postgresql
@pytest.mark.breadth
def test_on_sqlite_a_migration_that_orphans_rows_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    database = Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    make_tables(database)
    orphan = "INSERT INTO challenges (hash, purpose, holder_id, expires_at) VALUES (x'00', 'registration', 999, '2026-11-24 12:00:00')"
    folder = revisions(tmp_path, works=f'op.execute("{orphan}")', breaks="pass")
    monkeypatch.setattr(database_module, "MIGRATIONS", folder)

    with pytest.raises(Exception, match="challenges"):
        database.migrate()

    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM challenges")) == 0
        assert session.scalars(text("SELECT version_num FROM alembic_version")).all() == [OURS[-1]]
    database.close()


def revisions(folder: Path, **bodies: str) -> Path:
    """The migrations of the wallet, and after them one for each of *bodies*."""
    made = until(folder, OURS[-1])
    versions, before = made / "versions", OURS[-1]
    for name, body in bodies.items():
        source = f"import sqlalchemy as sa\nfrom alembic import op\nrevision, down_revision = {name!r}, {before!r}\n"
        (versions / f"{name}.py").write_text(f"{source}\n\ndef upgrade():\n    {body}\n")
        before = name
    return made


def until(folder: Path, newest: str) -> Path:
    """The migrations of the wallet as they were when *newest* was the last one."""
    made = folder / "migrations"
    (made / "versions").mkdir(parents=True)
    ours = database_module.MIGRATIONS
    (made / "env.py").write_text((ours / "env.py").read_text())
    for path in (ours / "versions").glob("[0-9]*.py"):
        if path.name[:4] <= newest:
            (made / "versions" / path.name).write_text(path.read_text())
    return made


@pytest.fixture
def of_the_first_day(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A wallet with the first tables, in which Maria keeps badge 2 in a share; badge 3 is erased already."""
    database = Database(database_url)
    monkeypatch.setattr(database_module, "MIGRATIONS", until(tmp_path, "0001"))
    database.migrate()
    with database.writing() as session:
        for statement in FIRST_ROWS:
            session.execute(text(statement), {"noon": NOON if not database.is_sqlite else NOON.strftime(WRITTEN)})
    monkeypatch.undo()
    yield database
    database.close()


WRITTEN = "%Y-%m-%d %H:%M:%S.%f"
"""How SQLAlchemy writes a time on SQLite."""
BADGE = "(id, holder_id, identity, document, file_name, link, container, plate, read, state, examination, checked_at, added_at)"
REST = "'d', 'f', '', 'json', true, '{}', 'valid', '{}', :noon, :noon"
FIRST_ROWS = (
    "INSERT INTO holders (handle, name, language, created_at) VALUES ('maria', 'Maria', 'fr', :noon)",
    *(
        f"INSERT INTO badges {BADGE} VALUES ({id}, 1, '{id}', {REST})"  # noqa: S608  # words of ours
        for id in (2, 3)
    ),
    "INSERT INTO shares (holder_id, token_hash, token_sealed, name, word, created_at, ends_at)"
    " VALUES (1, 'h', 't', '', '', :noon, :noon)",
    "INSERT INTO shown_badges (share_id, place, badge_id) VALUES (1, 0, 2)",
    "DELETE FROM badges WHERE id = 3",
)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_wallet_of_the_first_day_moves_on_with_all_its_badges(of_the_first_day: Database):
    of_the_first_day.migrate()

    with of_the_first_day.reading() as session:
        (one,) = session.scalars(select(KeptBadge)).all()
        assert (one.id, one.came_in, one.silent_since) == (2, None, None)
        assert one.due_at == NOON + timedelta(days=7)
        assert session.scalars(text("SELECT badge_id FROM shown_badges")).all() == [2], "the share still shows it"
    with of_the_first_day.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": stands_in(connection)}
        )
        assert compare_metadata(context, all_tables.metadata) == []
    if not of_the_first_day.is_sqlite:
        return  # a sequence of PostgreSQL stays where it is
    with of_the_first_day.writing() as session:
        columns = BADGE.replace("(id, ", "(due_at, ")
        insert = f"INSERT INTO badges {columns} VALUES (:noon, 1, 'new', {REST}) RETURNING id"  # noqa: S608  # ours
        number = session.scalar(text(insert), {"noon": NOON.strftime(WRITTEN)})
    assert number == 4, "the number of an erased badge is never given again"
