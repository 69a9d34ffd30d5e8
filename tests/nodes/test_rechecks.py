"""Badges of one issuer in quantity: how many are checked a second, and how often its lists are asked for.

Figures are printed (`-s`) and written down by whoever ran it: a quiet machine checks sixty a second at least. What is asserted is what
bounds them, however busy it is.
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from math import ceil
from pathlib import Path
from time import monotonic, process_time, sleep

import pytest
from sqlalchemy import func, insert, select, update

from tests.fixtures.examined import keeps, named, somebody_with_a_key
from tests.fixtures.import_tools import import_tools
from tests.openbadges.support import guild
from wallet.badges import importing
from wallet.badges.models import KeptBadge, NewBadge
from wallet.network import BoundedFetch
from wallet.network.client import Fetcher
from wallet.rechecks import hosts
from wallet.rechecks.answer_cache import LASTS
from wallet.rechecks.round import Rechecks
from wallet.storage.database import Database
from wallet.storage.files import FileStore, open_files

pytestmark = pytest.mark.soak

BADGES = int(os.environ.get("RECHECKED", "30000"))
LISTS, REAL, HOLDERS, RATE = 3, 60, 300, 500


def present() -> datetime:
    return datetime.now(UTC)


class Issuer:
    """A real server on loopback, which counts what it is asked for; while it is *busy* it says so."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[tuple[float, str]] = []
        self.is_busy = False
        issuer = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append((monotonic(), self.path))
                body = b"" if issuer.is_busy else issuer.answers.get(self.path, b"")
                self.send_response(429 if issuer.is_busy else 200 if body else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def list_at(self, number: int) -> str:
        return f"http://localhost:{self.port}/lists/{number}"

    def withdraw(self, *places: int) -> None:
        for number in range(LISTS):
            listed = guild.status_list(places, id=self.list_at(number))
            self.answers[f"/lists/{number}"] = json.dumps(guild.signed(listed)).encode()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    one = Issuer()
    one.withdraw()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def shelf(tmp_path: Path) -> FileStore:
    return open_files(f"file://{tmp_path}/files")


def rechecks(wallets: Database, shelf: FileStore, issuer: Issuer) -> Rechecks:
    fetcher = Fetcher(allow_http=True, allow=[("localhost", issuer.port), ("127.0.0.1", issuer.port)])

    def tools_for(now: datetime, addresses: object) -> importing.ImportTools:
        return import_tools(BoundedFetch(fetcher.for_import(is_chore=True)), shelf, now, asks_endorsers=True)

    return Rechecks(wallets, tools_for, present, {"localhost": float(RATE)})


def fill(wallets: Database, shelf: FileStore, issuer: Issuer, count: int) -> None:
    """So many due badges: real ones that stand in three lists, and further rows that have their documents."""
    tools = rechecks(wallets, shelf, issuer).tools_for(present(), ())
    brought: list[NewBadge] = []
    for number in range(REAL):
        entry = guild.status(str(number), statusListCredential=issuer.list_at(number % LISTS))
        made = guild.signed(guild.badge(id=f"urn:uuid:{number}", credentialStatus=entry))
        [found] = importing.import_file("badge.json", json.dumps(made).encode(), tools)
        assert isinstance(found, NewBadge)
        brought.append(found)
    keeps(wallets, somebody_with_a_key(wallets), *brought)
    holders = [somebody_with_a_key(wallets) for _ in range(HOLDERS)]
    columns = [column.key for column in KeptBadge.__table__.columns if column.key not in {"id", "edition"}]
    with wallets.reading() as session:
        rows = [{name: getattr(one, name) for name in columns} for one in session.scalars(select(KeptBadge))]
    more = (
        rows[number % REAL] | {"holder_id": holders[number % HOLDERS], "identity": named(str(number))}
        for number in range(count - REAL)
    )
    while some := list(islice(more, 2000)):
        wallets.write(lambda session, some=some: session.execute(insert(KeptBadge), some))
    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(due_at=present() - timedelta(hours=1), checked_at=present() - LASTS))
    issuer.asked.clear()


def checked(wallets: Database, since: datetime, *more: object) -> int:
    with wallets.reading() as session:
        return session.scalar(select(func.count()).where(KeptBadge.checked_at >= since, *more)) or 0


@pytest.mark.postgresql
def test_30_000_badges_of_one_issuer_are_checked_by_few_requests(wallets: Database, shelf: FileStore, issuer: Issuer):
    fill(wallets, shelf, issuer, BADGES)
    issuer.withdraw(5)
    worker, began, at, core = rechecks(wallets, shelf, issuer), present(), monotonic(), process_time()

    while (done := checked(wallets, began)) < BADGES and monotonic() - at < BADGES / 20:
        worker.round()
        if done < BADGES:
            sleep(min(worker.rests, 1))

    took = monotonic() - at
    each = Counter(path for _, path in issuer.asked)
    kind = "SQLite" if wallets.is_sqlite else "PostgreSQL"
    print(  # noqa: T201  # a figure
        f"\n{kind}: {done} of {BADGES} checked in {took:.0f} s: {done / took:.0f} a second, "
        f"{(process_time() - core) / done * 1e3:.1f} ms of CPU each; asked for {dict(each)}"
    )
    assert done == BADGES
    assert max(each.values()) <= ceil(took / LASTS.total_seconds()) + 1
    withdrawn = checked(wallets, began, KeptBadge.state == "revoked")
    assert withdrawn == checked(wallets, began, KeptBadge.read["id"].as_string() == "urn:uuid:5")


def test_an_issuer_for_whom_it_is_too_much_is_asked_half_as_often_within_ten_seconds(
    wallets: Database, shelf: FileStore, issuer: Issuer
):
    fill(wallets, shelf, issuer, 1000)
    worker = rechecks(wallets, shelf, issuer)
    worker.round()
    before = wallets.read(hosts.read_budgets, ["localhost"])["localhost"]
    issuer.is_busy, began, worker = True, monotonic(), rechecks(wallets, shelf, issuer)

    while wallets.read(hosts.read_budgets, ["localhost"])["localhost"].rate >= before.rate / 1.9:
        assert monotonic() - began < 10
        sleep(min(worker.rests, 0.1))
        worker.round()

    budget = wallets.read(hosts.read_budgets, ["localhost"])["localhost"]
    print(f"\n{before.rate:.0f} a second, and {budget.rate:.0f} after {monotonic() - began:.1f} s")  # noqa: T201  # a figure
