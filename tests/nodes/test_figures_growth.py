"""With ten times as many holders no transaction of `wallet figures` asks or holds more than with few."""

import gc
import tracemalloc
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from time import perf_counter

import pytest
from sqlalchemy import event, insert

from tests.fixtures.examined import COMMUNICATE, NOW, named
from tests.fixtures.filled import examination
from tests.fixtures.framed import CLASSES, NORMANDY, SCHOOL
from wallet.accounts.holders import Holder
from wallet.badges.badges import _plain
from wallet.badges.models import KeptBadge
from wallet.operations import figures
from wallet.shares.models import NO_END, Share
from wallet.storage.database import Database

pytestmark = pytest.mark.soak

FEW, MANY = 300, 3_000
BADGES = 7
"""Of each holder."""
WATCHING = 32_000
"""Bytes that watching may take: what is noted of each piece."""
ISSUER = replace(COMMUNICATE.issuer, id=SCHOOL)
CLASS = replace(COMMUNICATE.achievement, id=f"{CLASSES}communiquer-masters")
BADGE = {
    "document": named("a badge"),
    "file_name": "badge.json",
    "link": "",
    "container": "json",
    "plate": True,
    "read": _plain(asdict(replace(COMMUNICATE, issuer=ISSUER, achievement=CLASS))),
    "state": "valid",
    "examination": examination("seen"),
    "checked_at": NOW,
    "added_at": NOW,
    "due_at": NOW,
}
SHARE = {"token_sealed": b"", "name": "", "word": "", "purpose": "", "created_at": NOW, "ends_at": NO_END}
NOVEMBER, THEN = figures.Month(date(2026, 11, 1)), datetime(2026, 12, 1, 4, tzinfo=UTC)


def fill(database: Database, first: int, last: int) -> None:
    """Holders with these numbers, each with BADGES badges; every second one made a share."""
    people = range(first, last)
    holder = {"language": "", "created_at": NOW, "kept_at": NOW}
    with database.writing() as session:
        session.execute(insert(Holder), [holder | {"id": id, "handle": id.to_bytes(64)} for id in people])
        identities = [(id, named(f"{id} {number}")) for id in people for number in range(BADGES)]
        session.execute(insert(KeptBadge), [BADGE | {"holder_id": id, "identity": one} for id, one in identities])
        session.execute(insert(Share), [SHARE | {"holder_id": id, "token_hash": id.to_bytes(32)} for id in people[::2]])


@dataclass(frozen=True)
class Counting:
    """What it took to count everybody."""

    holders: int
    pieces: int
    most_statements: int
    """Of one piece."""
    peak: int
    """Bytes that Python held at most."""
    seconds: float


def counting(database: Database) -> Counting:
    """Count everybody, and watch."""
    asked: list[int] = []
    """For each piece how much is asked."""

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "holders.kept_at <" in statement or not asked:  # each piece begins with whom it is about
            asked.append(0)
            gc.collect()  # what is thrown away is no growth, whenever that is noticed
        asked[-1] += statement.startswith("SELECT")

    event.listen(database.engine, "before_cursor_execute", note)
    tracemalloc.start()
    began = perf_counter()
    try:
        counts = figures.count_holders(database, [NORMANDY], NOVEMBER, THEN)
        return Counting(
            counts["holders"],
            len(asked),
            max(asked),
            tracemalloc.get_traced_memory()[1],
            perf_counter() - began,
        )
    finally:
        tracemalloc.stop()
        event.remove(database.engine, "before_cursor_execute", note)


def test_a_region_is_counted_in_pieces_as_small_as_a_village(wallets: Database):
    fill(wallets, 1, FEW + 1)
    counting(wallets)  # what is compiled and read once
    few = counting(wallets)
    fill(wallets, FEW + 1, MANY + 1)
    many = counting(wallets)

    print(f"\n{few}\n{many}")  # noqa: T201  # what a soak measured
    assert (few.holders, many.holders) == (FEW, MANY)
    assert many.pieces <= MANY / figures.AT_ONCE + 2
    assert many.most_statements == few.most_statements
    assert many.peak <= 1.1 * few.peak + WATCHING
