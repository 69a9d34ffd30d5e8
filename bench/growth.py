# ruff: noqa: S608  # what it writes out as SQL it made itself
"""How chores and an erasure grow with holders: `.venv/bin/python bench/growth.py sqlite FEW MANY`.

A database is migrated and filled by SQL, once with FEW holders and once with MANY: each has 7 badges and a device, every
second one a share of 3. Each chore is given the same work in both; the longest of its transactions and its peak of memory
are told, and what one « Tout effacer » takes, with the longest that somebody waited meanwhile who writes. What a transaction
does is counted by the database itself, so that a busy machine changes nothing: on SQLite the steps of its virtual machine, on
PostgreSQL the rows that were read. Beside it stand milliseconds, the best of several rounds: on SQLite of the processor, on
PostgreSQL, which is another process, of the clock. Re-checks are measured elsewhere (bench/rechecks.py). Ends with 1 where work
or memory grew by more than a tenth and LITTLE.

In the place of `sqlite`, which lies in a folder of its own, may stand the address of a PostgreSQL that has two empty
databases, `few` and `many`, up to its last slash.
"""

import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep, thread_time
from typing import Any, NamedTuple

from sqlalchemy import event, select, text

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from wallet import badges, registers, storage  # noqa: E402
from wallet.operations import cleanup, storage_use_check  # noqa: E402
from wallet.operations.disk_reserve import DiskReserve  # noqa: E402
from wallet.operations.erasure import Erasure  # noqa: E402
from wallet.operations.erasure_log import ErasureLog  # noqa: E402
from wallet.storage.database import Database  # noqa: E402
from wallet.storage.files import Folder  # noqa: E402

BADGES, SHOWN = 7, 3
LITTLE = {"steps": 2_000.0, "rows": 60_000.0, "MB": 1.0}
"""What a growth may have beside its tenth. Steps: a page of an index more. Rows: as many as a sweep looks at, for PostgreSQL
reads a small table whole, does not count what it finds in an index alone, and so is no ruler; who reads everybody's rows, which
is what is looked for, reads 300,000 at least."""
EVERY = 100
"""Steps of SQLite between two that are counted."""
ROWS_READ = (
    "SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
)
"""By the transaction that asks. Source: PostgreSQL 17, 27.2.2."""
NO_WAY_OUT: Any = None
READ = (
    '{"id": "urn:x", "name": "N", "issuer": {"id": "https://a.example/i", "name": "I", "url": ""},'
    ' "valid_from": "2025-01-01T00:00:00+00:00"}'
)
LOOKED = (
    '{"binding": "unknown", "checks": [], "seen": [{"address": "https://a.example", "status": 200, "file": "',
    '"}]}',
)
TOGETHER = 10_000
"""Holders that are filled in by one statement."""
FIRST = 100 * 100
"""The first name that is asked for: what is forgotten is of holders before."""
ROUNDS = 5
"""How often each is done; the best one counts, as somebody else uses the machine."""


class Transaction(NamedTuple):
    """What one transaction took."""

    work: int
    """Steps of SQLite, or rows that PostgreSQL read."""
    ms: float


@dataclass
class Taken:
    """What one act took."""

    work: int = 0
    """Of its longest transaction."""
    ms: float = 0.0
    """Of that which took the most time."""
    peak: float = 0.0
    """Megabytes, beyond what was there."""


@dataclass
class Measured:
    """What all of it took with so many holders."""

    holders: int
    unit: str
    chores: dict[str, Taken] = field(default_factory=dict)
    scrubbed: float = 0.0
    """Milliseconds in which no trace is left of what is gone (VACUUM on PostgreSQL), for which nobody else waits."""
    waited: float = 0.0
    """Milliseconds that somebody else waited who wrote, at most, in the best of several erasures."""


class Shelf(Folder):
    """Files of all that rows name, without their bytes: as many names as there are holders' files."""

    def __init__(self, root: Path, holders: int) -> None:
        super().__init__(root)
        self.last = (holders + 1) * 100

    def names(self, older_than: datetime | None = None, after: str = "") -> Iterator[str]:
        first = int(after, 16) * self.last // 16 ** len(after) if after else 0
        return (f"{number:064x}" for number in range(max(first, FIRST), self.last) if number % 100 < 2 * BADGES)

    def set_aside(self, name: str, older_than: datetime, now: datetime) -> bool:
        raise AssertionError(f"{name} is needed")


def fill(database: Database, holders: int) -> None:
    """So many holders with all that is theirs."""
    for first in range(1, holders + 1, TOGETHER):
        with database.long(), database.writing() as session:
            for statement in statements(database, first, min(first + TOGETHER - 1, holders)):
                session.execute(text(statement.replace(":", r"\:")))
    if not database.is_sqlite:
        with database.writing() as session:
            for table in ("holders", "badges", "shares"):
                session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {holders * 10 + 10})"))


def statements(database: Database, first: int, last: int) -> Iterator[str]:
    """What fills in the holders *first* to *last*, alike on both databases."""
    is_sqlite = database.is_sqlite
    name = "printf('%064x', {})" if is_sqlite else "lpad(to_hex({}), 64, '0')"
    blob = "CAST(printf('{}%060x', g) AS BLOB)" if is_sqlite else "('{}' || lpad(to_hex(g), 60, '0'))::bytea"
    past, later = (
        f"'{year}-01-01 00:00:00'" if is_sqlite else f"'{year}-01-01 00:00:00+00'::timestamptz" for year in (2026, 2046)
    )
    json, seen = "" if is_sqlite else "::jsonb", name.format(f"g * 100 + {BADGES} + k")
    looked = f"('{LOOKED[0]}' || {seen} || '{LOOKED[1]}'){json}"
    numbers = (
        "(WITH RECURSIVE n(i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i AS {} FROM n) AS {}"
    )
    g, k = numbers.format(first, last, "g", "a"), numbers.format(0, BADGES - 1, "k", "b")
    yield (
        "INSERT INTO holders (id, handle, name, language, created_at, kept_at)"
        f" SELECT g, {blob.format('h')}, 'H', 'fr', {past}, {past} FROM {g}"
    )
    yield (
        "INSERT INTO devices (holder_id, token_hash, created_at, seen_at, shown_at, kind, is_shared)"
        f" SELECT g, {blob.format('t')}, {past}, {past}, {past}, 'phone', false FROM {g}"
    )
    yield (
        "INSERT INTO badges (id, holder_id, identity, document, file_name, link, container, plate, read, state,"
        " examination, good, good_at, checked_at, added_at, due_at, edition)"
        f" SELECT g * 10 + k, g, {name.format('g * 10 + k')}, {name.format('g * 100 + k')}, 'b.json', '', 'json', true,"
        f" '{READ}'{json}, 'valid', {looked}, {looked}, {past}, {past}, {past}, {later}, 'e' FROM {g} CROSS JOIN {k}"
    )
    lines = "INSERT INTO kept_files (kind, row_id, name) SELECT 'badge', g * 10 + k, {} FROM {} CROSS JOIN {}"
    yield "DELETE FROM kept_files WHERE name = ''"
    yield lines.format(name.format("g * 100 + k"), g, k)
    yield lines.format(seen, g, k)
    yield (
        "INSERT INTO badge_sizes (badge_id, files, came_in, answers)"
        f" SELECT g * 10 + k, 1000, 0, 1000 FROM {g} CROSS JOIN {k}"
    )
    yield (
        "INSERT INTO shares (id, holder_id, token_hash, token_sealed, name, word, purpose, created_at, ends_at,"
        f" is_history) SELECT g, g, {blob.format('s')}, {blob.format('x')}, 'H', '', '', {past}, {later}, false"
        f" FROM {g} WHERE g % 2 = 0"
    )
    yield (
        f"INSERT INTO shown_badges (share_id, badge_id, place) SELECT g, g * 10 + k, k FROM {g} CROSS JOIN {k}"
        f" WHERE g % 2 = 0 AND k < {SHOWN}"
    )
    yield (
        "INSERT INTO events (holder_id, what, at, kind, is_history)"
        f" SELECT g, 'badge-added', {later}, 'phone', false FROM {g} CROSS JOIN {k}"
    )


def clock_of(database: Database) -> Callable[[], float]:
    """By which the work of *database* is counted, in seconds: SQLite works in our own thread."""
    return thread_time if database.is_sqlite else perf_counter


def settle(database: Database) -> None:
    """As a database is that was not filled in just now. Nobody lets SQLite count what it has, nor does this."""
    if database.is_sqlite:
        database.scrub()
        return
    with database.long(), database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")


@contextmanager
def watched(database: Database) -> Iterator[list[Transaction]]:
    """What each transaction of this thread takes meanwhile."""
    began, steps, took, clock = dict[object, float](), Counter[object](), list[Transaction](), clock_of(database)
    here = threading.get_ident()

    def begin(connection: Any) -> None:
        # What ends by itself, statement by statement, holds nobody up: VACUUM, which is measured apart.
        is_vacuum = not database.is_sqlite and connection.connection.dbapi_connection.autocommit
        if threading.get_ident() == here and not is_vacuum:
            began[connection], steps[connection] = clock(), 0
            if database.is_sqlite:
                connection.connection.dbapi_connection.set_progress_handler(lambda: steps.update([connection]), EVERY)

    def end(connection: Any) -> None:
        if (since := began.pop(connection, None)) is None:
            return
        ms = (clock() - since) * 1000
        if database.is_sqlite:
            connection.connection.dbapi_connection.set_progress_handler(None, 0)
        work = steps[connection] * EVERY if database.is_sqlite else _rows_read(connection)
        took.append(Transaction(work, ms))

    events = (("begin", begin), ("commit", end), ("rollback", end))
    for name, act in events:
        event.listen(database.engine, name, act)
    try:
        yield took
    finally:
        for name, act in events:
            event.remove(database.engine, name, act)


def _rows_read(connection: Any) -> int:
    """By the transaction that is about to end."""
    with connection.connection.dbapi_connection.cursor() as cursor:
        return int(cursor.execute(ROWS_READ).fetchone()[0])


def chores_of(database: Database, shelf: Shelf, now: datetime) -> dict[str, Callable[[], object]]:
    """All that runs by itself but re-checks, each with the same work whoever is there."""

    def given_work() -> None:
        with database.writing() as session:
            some = select(badges.KeptBadge.id).order_by(badges.KeptBadge.id).limit(60)
            for kept in session.scalars(select(badges.KeptBadge).where(badges.KeptBadge.id.in_(some))):
                kept.removed_at = now - timedelta(days=2)

    def let_go() -> None:
        names = {f"{number:064x}" for number in range(1, 90)}
        with database.writing() as session:
            storage.schedule_removal(session, names, now)
        storage.remove_scheduled(database, shelf, now)

    def relist() -> None:
        with database.writing() as session:
            session.execute(
                text("UPDATE badges SET document = document WHERE id IN (SELECT id FROM badges ORDER BY id LIMIT 300)")
            )
        storage.list_rows_left(database, 600)

    def forget() -> None:
        given_work()
        cleanup.forget_expired(database, now)

    erasures = erasure_at(database, shelf)
    return {
        "forgetting what is over": forget,
        "listing 300 rows": relist,
        "removing what was let go": let_go,
        "the sweep": lambda: cleanup.sweep_files(database, shelf, now, up_for=timedelta(days=1)),
        "measuring what was not counted": lambda: storage_use_check.correct_sizes(database),
        "planned erasures": lambda: erasures.round(now),
        "registers": lambda: registers.refresh_due(database, NO_WAY_OUT, lambda: now),
    }


def erasure_at(database: Database, shelf: Shelf) -> Erasure:
    return Erasure(database, shelf, ErasureLog(shelf.root.parent / "erasures"), DiskReserve([shelf.root.parent]))


def measure(database: Database, folder: Path, holders: int) -> Measured:
    """Fill *database*, and look what all of it takes."""
    shelf, now = Shelf(folder / "files", holders), datetime.now(UTC)
    found = Measured(holders, "steps" if database.is_sqlite else "rows")
    with database.writing() as session:
        id = storage.new_id()
        storage.set_store_id(session, id, now)
    shelf.write_id(id)
    fill(database, holders)
    settle(database)
    print(f"{holders} holders are filled in", flush=True)
    for name, chore in chores_of(database, shelf, now).items():
        rounds = list[Taken]()
        for _ in range(ROUNDS):
            with database.long(), watched(database) as took:
                chore()
            rounds.append(longest_of(took))
        tracemalloc.start()
        with database.long():
            chore()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        found.chores[name] = replace(best_of(rounds), peak=peak / 1e6)
    erase_and_wait(database, shelf, holders, now, found)
    return found


def longest_of(took: Sequence[Transaction]) -> Taken:
    return Taken(max((one.work for one in took), default=0), max((one.ms for one in took), default=0.0))


def best_of(rounds: Sequence[Taken]) -> Taken:
    return Taken(min(one.work for one in rounds), min(one.ms for one in rounds))


def erase_and_wait(database: Database, shelf: Shelf, holders: int, now: datetime, found: Measured) -> None:
    """Erase some holders, while somebody else writes all the time."""
    erasures, ended, waits = erasure_at(database, shelf), threading.Event(), list[float]()
    each, longest, waited, scrubbed = list[Taken](), list[Taken](), list[float](), list[float]()

    def writes() -> None:
        while not ended.is_set():
            began = perf_counter()
            with database.writing() as session:
                session.execute(text("UPDATE holders SET name = 'W' WHERE id = 1"))
            waits.append((perf_counter() - began) * 1000)
            sleep(0.002)

    writer = threading.Thread(target=writes)
    with watched(database) as took:
        writer.start()
        for number in range(2 * ROUNDS):
            waits.clear()
            took.clear()
            erasures.erase(holders // 2 + 2 * number, now)
            each.append(Taken(sum(one.work for one in took), sum(one.ms for one in took)))
            longest.append(longest_of(took))
            waited.append(max(waits, default=0.0))
            began = perf_counter()
            database.scrub()
            scrubbed.append((perf_counter() - began) * 1000)
        ended.set()
        writer.join()
    found.chores["« Tout effacer », all of it"] = best_of(each)
    found.chores["« Tout effacer », which others wait for"] = best_of(longest)
    found.waited, found.scrubbed = min(waited), min(scrubbed)


def table(few: Measured, many: Measured) -> str:
    """Both beside each other."""
    heads = "".join(f"{found.holders:>28,}" for found in (few, many))
    rows = [f"{'':40}{heads}   {few.unit} and ms of the longest transaction, MB at most"]
    for name in few.chores:
        each = (found.chores[name] for found in (few, many))
        rows.append(f"{name:40}" + "".join(f"{one.work:>12,}{one.ms:>9.1f}{one.peak:>7.1f}" for one in each))
    rows.append(f"{'leaving no trace of it, ms':40}{few.scrubbed:>21.1f}{many.scrubbed:>28.1f}")
    rows.append(f"{'somebody who writes waited, ms':40}{few.waited:>21.1f}{many.waited:>28.1f}")
    return "\n".join(rows)


def grown(few: Measured, many: Measured) -> list[str]:
    """What grew by more than a tenth and a little, a sentence each."""
    pairs = [
        pair
        for name, before in few.chores.items()
        for pair in (
            (name, before.work, many.chores[name].work, few.unit),
            (name, before.peak, many.chores[name].peak, "MB"),
        )
    ]
    return [
        f"grew: {name}, from {before:,.1f} to {after:,.1f} {unit}"
        for name, before, after, unit in pairs
        if after > before * 1.1 + LITTLE[unit]
    ]


def main(place: str, few: int, many: int) -> int:
    found = list[Measured]()
    with TemporaryDirectory(prefix="wallet-growth-") as made:
        for name, holders in (("few", few), ("many", many)):
            folder = Path(made, name)
            folder.mkdir()
            url = f"sqlite:///{folder}/wallet.sqlite3" if place == "sqlite" else f"{place}{name}"
            with closing(Database(url)) as database:
                database.migrate()
                found.append(measure(database, folder, holders))
    faults = grown(*found)
    print(table(*found), *faults, sep="\n", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
