"""Registers with an address are read again each day by one worker; one that is silent is believed for so long, and no longer."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from tests.fixtures.fetchers import fetcher_for
from tests.fixtures.registers import GRETA, NOW, RIVES, imports, issuers, kept, later, log_of, register, second
from tests.fixtures.strangers import Open, Stranger, answering, pointing
from wallet import registers, storage
from wallet.network import Fetcher
from wallet.registers import refreshing
from wallet.storage.database import Database
from wallet.trust import Issuer

TAG = 'ETag: "one"'


@pytest.fixture
def region(stranger: Open, database: Database) -> Stranger:
    """The site of a region, whose register was read yesterday."""
    site = stranger(answering(second(RIVES, *issuers(20)), "200 OK", TAG))
    imports(database, second(RIVES, *issuers(20)), address=site.address("/issuers.json"), etag='"one"')
    return site


def rounds(database: Database, site: Stranger, now: datetime) -> None:
    """What the chore does in a round."""
    registers.refresh_due(database, fetcher_for(site), lambda: now)


def standing(database: Database, now: datetime) -> str:
    asked = Issuer(id=RIVES["id"], name="", binding="proven")
    return database.read(registers.read_registers).answer(asked, now).standing


def test_it_is_read_once_a_day_and_asked_whether_it_is_another_one(database: Database, region: Stranger) -> None:
    region.serve = answering(b"", "304 Not Modified")
    rounds(database, region, later(hours=23))
    assert region.asked == []

    rounds(database, region, later(days=1))
    rounds(database, region, later(days=1, hours=1))

    [asked] = region.asked
    assert b'\r\nIf-None-Match: "one"\r\n' in asked
    found = register(database)
    assert (found.stale_after, found.due_at, found.read_at) == (later(days=31), later(days=2), NOW)


def test_once_a_month_it_is_read_whole_so_that_no_row_ends_that_is_still_there(
    database: Database, region: Stranger
) -> None:
    rounds(database, region, later(days=31))

    assert b"If-None-Match" not in region.asked[0]
    assert register(database).read_at == later(days=31)
    assert kept(database)[RIVES["id"]].until == later(days=31 + 730)


def test_what_waits_goes_where_the_site_is_again_as_it_was(database: Database, region: Stranger) -> None:
    """Else a person accepts what its site has taken back."""
    region.serve = answering(second(RIVES, *issuers(20), GRETA), "200 OK", 'ETag: "two"')
    rounds(database, region, later(days=1))
    assert register(database).waiting is not None

    region.serve = answering(b"", "304 Not Modified")
    rounds(database, region, later(days=2))

    assert b'\r\nIf-None-Match: "one"\r\n' in region.asked[-1]
    assert (register(database).waiting, register(database).waiting_since) == (None, None)


@pytest.mark.breadth
def test_who_was_struck_while_the_rest_waits_waits_in_turn_where_the_site_lists_it_again(
    database: Database, region: Stranger
) -> None:
    """Else nobody is told for a month: « not another one » is said of what was kept before the strike."""
    region.serve = answering(second(*issuers(20), GRETA), "200 OK", 'ETag: "two"')
    rounds(database, region, later(days=1))
    assert standing(database, later(days=1)) == "site"

    region.serve = answering(second(RIVES, *issuers(20)), "200 OK", TAG)
    rounds(database, region, later(days=2))

    assert b"If-None-Match" not in region.asked[-1]
    assert log_of(database)[-1].after == {"waits": ["brings back 1 that were struck or had ended."]}
    assert register(database).waiting == second(RIVES, *issuers(20))


def test_what_it_strikes_is_struck_by_the_chore(database: Database, region: Stranger) -> None:
    region.serve = answering(second(*issuers(20)), "200 OK")

    rounds(database, region, later(days=1))

    assert standing(database, later(days=1)) == "site"
    assert log_of(database)[-1].by == "the daily reading"


@pytest.mark.parametrize("answer", [b"<html>", b"[", second({"id": "x"}), b"x" * 5_000_001])
def test_what_is_no_register_any_more_is_silence_and_nothing_is_lost_by_it(
    database: Database, region: Stranger, answer: bytes
) -> None:
    """After 30 days of it nobody is vouched for, though nobody wrote anything since."""
    region.serve = answering(answer, "200 OK")
    rounds(database, region, later(days=1))
    rounds(database, region, later(days=2))

    found = register(database)
    assert (found.failed_since, found.due_at) == (later(days=1), later(days=2, hours=6))
    assert len(kept(database)) == 21
    assert standing(database, later(days=29)) == "vouched"
    assert standing(database, later(days=30)) == "site"
    region.serve = answering(second(RIVES, *issuers(20)), "200 OK")
    rounds(database, region, later(days=40))
    assert register(database).failed_since is None
    assert standing(database, later(days=41)) == "vouched"


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error", "304 Not Modified"])
def test_another_status_is_silence_and_so_is_304_where_nothing_was_asked(
    database: Database, region: Stranger, status: str
) -> None:
    region.serve = answering(b"", status)

    rounds(database, region, later(days=31))

    assert register(database).failed_since == later(days=31)


def test_where_its_address_leads_nobody_says_that_it_is_the_same(
    database: Database, region: Stranger, stranger: Open
) -> None:
    other = stranger(answering(b"", "304 Not Modified"))
    region.serve = pointing(other.address())

    registers.refresh_due(database, fetcher_for(region, other), lambda: later(days=1))

    assert b"If-None-Match" in region.asked[0]
    assert register(database).failed_since == later(days=1)


@pytest.mark.postgresql
def test_of_several_workers_one_asks(database: Database, region: Stranger) -> None:
    with ThreadPoolExecutor(4) as together:
        list(together.map(lambda _: rounds(database, region, later(days=1)), range(4)))

    assert len(region.asked) == 1


def test_of_two_workers_that_saw_it_due_one_may_read_it(database: Database, region: Stranger) -> None:
    both = [database.write(refreshing._claim, "region", later(days=1)) for _ in range(2)]

    assert both == [True, False]


def test_who_ends_meanwhile_begins_no_other(database: Database, region: Stranger) -> None:
    registers.refresh_due(database, fetcher_for(region), lambda: later(days=1), lambda: False)

    assert region.asked == []
    assert register(database).due_at == later(days=1), "the next worker reads it"


def test_an_anchor_that_is_pinned_while_it_is_asked_stays_pinned(database: Database, region: Stranger) -> None:
    """The operator types `import --anchor` while the answer is still on its way: unsigned, it is no word of the region any more."""
    other = answering(second(*issuers(20)), "200 OK")

    def slowly(line: socket.socket, asked: bytes) -> None:
        with database.writing() as session:
            storage.require(registers.find_register(session, "region")).anchor = "did:web:region.example"
        other(line, asked)

    region.serve = slowly
    done = registers.refresh_register(database, fetcher_for(region), "region", "a test", later(days=1))

    assert done.outcome == "changed"
    assert register(database).anchor == "did:web:region.example"
    assert standing(database, later(days=1)) == "vouched"


def test_a_register_that_moved_while_it_was_asked_is_not_called_silent(database: Database, region: Stranger) -> None:
    refuse = answering(b"", "500 Internal Server Error")

    def slowly(line: socket.socket, asked: bytes) -> None:
        with database.writing() as session:
            storage.require(
                registers.find_register(session, "region")
            ).address = "https://elsewhere.example/issuers.json"
        refuse(line, asked)

    region.serve = slowly
    registers.refresh_register(database, fetcher_for(region), "region", "a test", later(days=1))

    assert register(database).failed_since is None


def test_what_a_crash_left_undone_comes_again_in_an_hour(database: Database, region: Stranger) -> None:
    class Gone(Fetcher):
        def for_register(self, etag: str = "") -> None:  # type: ignore[override]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registers.refresh_due(database, Gone(), lambda: later(days=1))

    assert register(database).due_at == later(days=1) + timedelta(hours=1)
