"""What is due is found by a window that is as large however much is due, and claimed by one of several workers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from tests.fixtures.chore import Chore, copies
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.statements import asked_of
from wallet.badges.models import KeptBadge
from wallet.rechecks import due
from wallet.rechecks.due import SMALLEST, WINDOW, Due
from wallet.storage.database import Database

LATER = NOW + timedelta(days=9)
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_look_reads_no_more_of_a_host_than_its_window_however_many_are_due(
    chore: Chore, wallets: Database, maria: int
):
    [one] = keeps(wallets, maria, chore.brought())
    copies(wallets, one, 3 * SMALLEST)

    assert wallets.read(due.find_due_hosts, LATER, "").hosts == ["issuer.example"]
    assert len(wallets.read(due.find_due, LATER, "issuer.example", due.window(1))) == SMALLEST
    assert due.window(10) == 10 * WINDOW


@pytest.mark.postgresql
def test_hosts_take_turns_so_many_at_a_time(
    chore: Chore, wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(due, "HOSTS", 3)
    [one] = keeps(wallets, maria, chore.brought())
    for number in range(7):
        copies(wallets, one, 1, asks=f"host-{number}.example", due_at=LATER if number % 2 else NOW, link=str(number))
    looks, after = [], ""
    for _ in range(3):
        found = wallets.read(due.find_due_hosts, LATER - timedelta(hours=1), after)
        looks.append([host.removesuffix(".example") for host in found.hosts])
        after = found.ends

    assert looks == [["host-0", "host-2"], ["host-4"], ["host-6", "issuer"]]
    assert after == "", "and then from the first one on"


@ONLY_SQLITE
def test_whether_anything_is_due_is_answered_by_the_index_alone(chore: Chore, wallets: Database, maria: int):
    """Of a holder with long badges, and of 300,000 of one host, a step or two."""
    [one] = keeps(wallets, maria, chore.brought())
    copies(wallets, one, 50)
    with asked_of(wallets) as asked:
        wallets.read(due.find_due_hosts, LATER, "")
        wallets.read(due.find_due, LATER, "issuer.example", 1)
    with wallets.reading() as session:
        plans = [[row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {one}"))] for one in asked]

    of_badges = [step for plan in plans for step in plan if "badges" in step]
    assert of_badges
    assert all("ix_badges_asks_due_at" in step for step in of_badges)
    assert not any(step.startswith("SCAN badges") for step in of_badges)


def test_holders_take_turns_within_a_window():
    def one(id: int, holder: int, days: int) -> Due:
        return Due(id, NOW + timedelta(days=days), holder, "issuer.example")

    many = [one(number, 7, number) for number in range(4)] + [one(10, 8, 9), one(11, 9, 8)]

    assert [due.id for due in due.in_turn(many)] == [0, 11, 10, 1, 2, 3]
    assert [due.id for due in due.in_turn(many, after=7)] == [10, 11, 0, 1, 2, 3], "whoever had a turn waits"


@pytest.mark.postgresql
def test_no_badge_is_claimed_twice_whoever_asks_at_once(chore: Chore, wallets: Database, maria: int):
    [one] = keeps(wallets, maria, chore.brought())
    copies(wallets, one, 30)
    chosen = wallets.read(due.find_due, LATER, "issuer.example", 100)
    together = Barrier(3)

    def worker(_: int) -> list[int]:
        together.wait()
        return [claim.due.id for claim in wallets.write(due.claim, chosen, LATER)]

    with ThreadPoolExecutor(3) as workers:
        claimed = [id for ids in workers.map(worker, range(3)) for id in ids]

    assert sorted(claimed) == sorted(one.id for one in chosen)
    assert wallets.read(due.find_due, LATER, "issuer.example", 100) == []


@ONLY_SQLITE
def test_all_claims_of_a_round_are_one_statement(chore: Chore, wallets: Database, maria: int):
    [one] = keeps(wallets, maria, chore.brought())
    copies(wallets, one, 20)
    chosen = wallets.read(due.find_due, LATER, "issuer.example", 100)

    with asked_of(wallets) as asked:
        claims = wallets.write(due.claim, chosen, LATER)

    assert len(claims) == 21
    assert len([statement for statement in asked if statement.startswith("UPDATE")]) == 1


@pytest.mark.postgresql
def test_what_was_not_begun_is_due_as_it_was(chore: Chore, wallets: Database, maria: int):
    [one] = keeps(wallets, maria, chore.brought())
    chosen = wallets.read(due.find_due, LATER, "issuer.example", 100)
    claims = wallets.write(due.claim, chosen, LATER)

    wallets.write(due.give_back, claims)

    assert chore.kept(one).due_at == chosen[0].due_at


def test_what_is_given_back_is_left_as_it_is_where_somebody_wrote_meanwhile(
    chore: Chore, wallets: Database, maria: int
):
    [one] = keeps(wallets, maria, chore.brought())
    chosen = wallets.read(due.find_due, LATER, "issuer.example", 1)
    claims = wallets.write(due.claim, chosen, LATER)
    with wallets.writing() as session:
        session.get_one(KeptBadge, one).due_at = LATER + timedelta(days=1)

    wallets.write(due.give_back, claims)

    with wallets.reading() as session:
        assert session.get_one(KeptBadge, one).due_at == LATER + timedelta(days=1)
