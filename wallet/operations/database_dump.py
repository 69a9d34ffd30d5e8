"""The whole database as one file: written while others write, looked at, and put in the place of what was there.

SQLite gives a copy of itself by its online backup; PostgreSQL a dump in the custom format of pg_dump, and what goes
with it (revision, rows, files needed) is read in the very snapshot that was dumped. A copy is taken for nothing before
it was read from one end to the other.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep

from sqlalchemy import URL, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from ..storage import (
    STAYS_IDLE,
    TRIGGER_FUNCTIONS,
    Base,
    Database,
    DatabaseUnavailable,
    current_revision,
    file_of,
    is_missing,
    known_revisions,
    make_folder,
    place_of,
    read_store,
    sync_folder,
    write_whole,
)
from . import all_tables

SQLITE, POSTGRESQL = "wallet.sqlite3", "wallet.dump"
DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each PostgreSQL: the newest one can read what the older ones hold."""
TRIES, PAUSE = 20, 0.25
"""How often, and after how many seconds each, it is asked whether somebody else is connected."""
SINCE_17 = b"SET transaction_timeout = 0;"
"""What every script of a pg_restore from 17 on begins with, and no server before 17 knows."""
HEAD = 4096
"""Bytes in which that line stands: before all that is anybody's."""
NAMED = 3
"""Tables of another program that are told by name."""
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class OperationFailed(Exception):
    """What was asked for was not done; `faults` has a sentence for each reason."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults

    @classmethod
    def unless(cls, holds: object, *faults: str) -> None:
        """Raises OperationFailed, for these *faults*, where it does not hold."""
        if not holds:
            raise cls(*faults)

    @classmethod
    def raise_for(cls, faults: Sequence[str]) -> None:
        """Raises OperationFailed where there are *faults*."""
        cls.unless(not faults, *faults)


@dataclass(frozen=True, slots=True)
class DatabaseDump:
    """What stands in a database that was written to a file."""

    name: str
    """The file."""
    revision: str
    counts: dict[str, int]
    """Rows a table."""
    files: frozenset[str]
    """The names of the files that its rows need."""
    store: str = ""
    """The id of the store that it is of."""
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Whose each of these files is, as `badge 12`."""


def dump_name(database: Database) -> str:
    """The name of the file that *database* is written to."""
    return SQLITE if database.is_sqlite else POSTGRESQL


def dump_database(database: Database, folder: Path) -> DatabaseDump:
    """Write *database* to a file in *folder*, as it is at one moment, and look at it; raises OperationFailed."""
    with database_problems("The database cannot be backed up"):
        return _write_sqlite(database, folder) if database.is_sqlite else _write_postgresql(database, folder)


def _write_sqlite(database: Database, folder: Path) -> DatabaseDump:
    path = folder / SQLITE
    OperationFailed.unless(not is_missing(database), f"There is no database at {file_of(database)}.")
    with closing(database.engine.raw_connection()) as source, closing(sqlite3.connect(path)) as target:
        path.chmod(0o600)
        source.backup(target)
    with closing(Database(path)) as copy:
        OperationFailed.raise_for(copy.faults())
        told = copy.read(_told, path.name)
    _close(path)
    return told


def _write_postgresql(database: Database, folder: Path) -> DatabaseDump:
    path = folder / POSTGRESQL
    path.touch(0o600)
    # The one transaction that stays open for long: it only reads, and holds up nobody. It is idle while pg_dump works.
    snapshot = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(snapshot) as session:
        session.execute(text(STAYS_IDLE))
        told = _told(session, path.name)
        name = session.scalar(text("SELECT pg_export_snapshot()"))
        _run(
            *("pg_dump", *_address(database), "--format=custom", f"--snapshot={name}", f"--file={path}"),
            *(f"--exclude-table-data={table}" for table in sorted(all_tables.FLEETING)),
            password=database.url.password,
        )
    _sync(path)
    _run("pg_restore", f"--file={os.devnull}", str(path))  # reads it from one end to the other
    return told


def _told(session: Session, name: str) -> DatabaseDump:
    here, newest = current_revision(session), known_revisions()[0]
    OperationFailed.unless(
        here == newest,
        f"The database is at revision {here or 'none'} and this wallet at {newest}:"
        " back it up with the wallet that serves it.",
    )
    row = read_store(session)
    owners = all_tables.file_owners(session)
    return DatabaseDump(name, newest, all_tables.row_counts(session), frozenset(owners), row.id if row else "", owners)


def copy_as_it_is(database: Database, folder: Path) -> None:
    """Copy the files of a SQLite that cannot be read as they are, its log too."""
    _remove(*_logs(folder / SQLITE))
    source = file_of(database)
    for path in (source, *_logs(source)):
        if path.exists():
            write_whole(folder / path.name.replace(source.name, SQLITE, 1), path.read_bytes())


def count_holders(database: Database) -> int:
    """How many people *database* holds; raises OperationFailed when it cannot be read."""
    if is_missing(database):
        return 0
    with database_problems("The database that is there cannot be read"), database.reading() as session:
        if not inspect(session.connection()).has_table("holders"):
            return 0
        return session.scalar(text("SELECT count(*) FROM holders")) or 0


def whose_else(database: Database) -> str:
    """The sentence for a database that is another program's: it has tables, and none in which wallets have their holders. "" for
    any other, one that cannot be read among them; raises DatabaseUnavailable."""
    if is_missing(database):
        return ""
    try:
        with database.reading() as session:
            there = set(inspect(session.connection()).get_table_names())
    except DatabaseUnavailable:
        raise
    except DatabaseError:  # told as such by whoever needs it
        return ""
    others = sorted(there - Base.metadata.tables.keys() - {"alembic_version"})
    if not others or "holders" in there:
        return ""
    named = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
    return (
        f"The database {place_of(database)} is another program's, with its tables {named}: give the wallet one of its own with"
        " WALLET_DATABASE_URL. Nothing was changed."
    )


def close_database(database: Database) -> None:
    """Let nobody else be connected, and all of it be in one file; raises OperationFailed when somebody is.

    What cannot be read at all is passed over.
    """
    running = OperationFailed("The wallet is running, or somebody else uses its database: stop it first.")
    if not database.is_sqlite:
        for _ in range(TRIES):  # the server takes a moment to notice that somebody has gone
            with database_problems("The database does not answer"), database.reading() as session:
                if not session.scalar(text(OTHERS)):
                    return
            sleep(PAUSE)
        raise running
    database.close()
    if is_missing(database):
        return
    with closing(sqlite3.connect(file_of(database), timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorname.startswith("SQLITE_BUSY"):  # a connection of others holds the log
                raise running from None
            raise OperationFailed(f"The database {place_of(database)} cannot be written: {problem}.") from None
        except sqlite3.DatabaseError:
            return


@contextmanager
def prepare_restore(database: Database, dump: Path, counts: dict[str, int], beside: Path) -> Iterator[Path]:
    """Get ready what `put_in_place` puts in the place of *database*.

    Raises OperationFailed when *dump* does not hold *counts*.
    On SQLite it is the new database itself, at the newest revision; on PostgreSQL a script, beside the file *beside*.
    What was not put there is removed.
    """
    here, ending = (file_of(database), "draft") if database.is_sqlite else (beside, "sql")
    made = here.with_name(f"{here.name}.{ending}")
    try:
        _remove(made, *_logs(made))
        make_folder(made.parent)
        made.touch(0o600)
        with database_problems(f"{dump} cannot be brought back"):
            _fill(made, database, dump, counts)
        yield made
    finally:
        _remove(made, *_logs(made))


def _fill(made: Path, database: Database, dump: Path, counts: dict[str, int]) -> None:
    if not database.is_sqlite:
        _run("pg_restore", "--no-owner", "--no-privileges", f"--file={made}", str(dump))
        _fit_to_server(made, database)
        return
    shutil.copyfile(dump, made)
    with closing(Database(made)) as copy:
        _compare(copy, counts)
        copy.migrate()
        OperationFailed.raise_for(copy.faults())
    _close(made)


def _fit_to_server(script: Path, database: Database) -> None:
    """Make a comment of what the server does not know: one refused line would be the end of all."""
    with database.reading() as session:
        if session.scalar(text("SELECT current_setting('transaction_timeout', true)")) is not None:
            return
    with script.open("r+b") as stream:
        at = stream.read(HEAD).find(SINCE_17)
        if at >= 0:
            stream.seek(at)
            stream.write(b"--")


def put_in_place(database: Database, made: Path, counts: dict[str, int]) -> None:
    """Put the draft *made* in the place of *database*, all of it or nothing; raises OperationFailed."""
    if database.is_sqlite:
        # The log of a database that could not be read is not the new one's.
        _remove(*_logs(file_of(database)))
        made.replace(file_of(database))
        sync_folder(made.parent)
        return
    with database_problems("The database cannot be brought back"):
        with database.reading() as session:
            there = inspect(session.connection()).get_table_names()
        quote = database.engine.dialect.identifier_preparer.quote_identifier
        drop = ["--command=SET lock_timeout = '10s'"]
        drop += [f"--command=DROP TABLE {', '.join(map(quote, there))} CASCADE"] if there else []
        drop += [f"--command=DROP FUNCTION IF EXISTS {', '.join(TRIGGER_FUNCTIONS)}"]
        once = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _run("psql", *_address(database), *once, *drop, f"--file={made}", password=database.url.password)
        _compare(database, counts)
        database.migrate()


def _compare(database: Database, counts: dict[str, int]) -> None:
    """Every table has as many rows as were counted."""
    quote = database.engine.dialect.identifier_preparer.quote_identifier
    with database.reading() as session:
        for table, rows in counts.items():
            here = session.scalar(text(f"SELECT count(*) FROM {quote(table)}"))  # noqa: S608  # quoted
            OperationFailed.unless(here == rows, f"{table} has {here} rows where {rows} were counted.")


def _close(path: Path) -> None:
    """All of the SQLite file *path* in that one file, on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    _sync(path)


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _logs(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")]


@contextmanager
def database_problems(what: str) -> Iterator[None]:
    """What a database raises is raised as OperationFailed, a sentence that begins with *what*."""
    try:
        yield
    except DatabaseError as problem:
        raise OperationFailed(f"{what}: {problem.orig}".strip()) from None
    except sqlite3.DatabaseError as problem:
        raise OperationFailed(f"{what}: {problem}.") from None
    except ValueError as problem:  # what SQLite gives is no row of ours: some of its bytes were changed
        raise OperationFailed(f"{what}: a row is not what it was ({problem}).") from None


def _address(database: Database) -> tuple[str, str]:
    """Without its password, which others would read on the command line: `_run` hands it over."""
    of = database.url
    # Made anew: `URL.set` takes None for what stays, and libpq would take the *** that is shown for the password.
    url = URL.create("postgresql", of.username, host=of.host, port=of.port, database=of.database, query=of.query)
    return f"--dbname={url.render_as_string()}", "--no-password"


def _run(program: str, *words: str, password: str | None = None) -> None:
    """Let a *program* of PostgreSQL do its work; raises OperationFailed with the last thing it said."""
    found = sorted(DEBIAN.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which(program)
    if path is None:
        raise OperationFailed(
            f"{program} is not here: install the programs of PostgreSQL (Debian package: postgresql-client)."
        )
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    done = subprocess.run([path, *words], env=environment, capture_output=True, check=False)  # noqa: S603  # ours
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise OperationFailed(f"{program}: {said[-1] if said else f'it ended with {done.returncode}'}")
