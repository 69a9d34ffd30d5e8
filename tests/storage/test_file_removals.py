"""Files that the wallet lets go: gone with their rows, by name, and nobody loses the same bytes that they just kept."""

import threading
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import select, text, update

from tests.fixtures.erased import keep_named, shelved
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.removing import lets_go, lines, lost, removes
from wallet.badges.models import KeptBadge
from wallet.operations import cleanup
from wallet.storage import database, file_removals
from wallet.storage.database import Database, DatabaseUnavailable
from wallet.storage.file_removals import CLAIM, LATELY, TURN, FileRemoval, commit_naming_files, schedule_removal
from wallet.storage.files import Folder, Unavailable, open_files

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
POINTS = ("removal.looked", "removal.claimed", "removal.file", "removal.gone")


Happens = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Happens:
    """Lets something happen once, at a point of the removing, and nobody waits long."""
    monkeypatch.setattr(file_removals, "TRIES", 3)
    monkeypatch.setattr(file_removals, "A_MOMENT", 0)

    def happens(point: str, act: Callable[[], object]) -> None:
        left = [act]

        def passed(name: str) -> None:
            if name == point and left:
                left.pop()()

        monkeypatch.setattr(file_removals, "failpoint", passed)

    return happens


# Somebody keeps the same bytes


@pytest.mark.postgresql
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("when", ["before", "just then"])
@pytest.mark.breadth(beside=["sqlite-before-removal.looked"])
def test_whoever_keeps_the_same_bytes_has_them_or_is_told(
    when: str, point: str, wallets: Database, folder: Folder, at: Happens
):
    """The bytes reach the shelf before the round begins, or at that point; the row is written at that point."""
    youssef, told = somebody_with_a_key(wallets), list[str]()
    brought = shelved(folder, 1)
    lets_go(wallets, *brought.files)

    def youssef_keeps_it() -> None:
        again = shelved(folder, 1) if when == "just then" else brought
        try:
            told.append(keep_named(wallets, folder, again, youssef).kind)
        except Unavailable:
            told.append("told to try again")

    at(point, youssef_keeps_it)
    removes(wallets, folder)

    is_kept = point == "removal.looked" or (point == "removal.gone" and when == "just then")
    assert told == ["added" if is_kept else "told to try again"]
    assert lost(wallets, folder) == set()
    with wallets.reading() as session:
        assert bool(session.scalar(select(KeptBadge.id))) == is_kept
    removes(wallets, folder, CLAIM)
    assert lost(wallets, folder) == set()
    assert len(list(folder.names())) == (3 if is_kept else 0)


def test_what_was_let_go_and_not_yet_claimed_stays_with_whoever_keeps_it(wallets: Database, folder: Folder):
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    lets_go(wallets, *brought.files)
    lets_go(wallets, *brought.files)

    keep_named(wallets, folder, brought, youssef)

    assert lines(wallets) == []
    assert removes(wallets, folder) == 0
    assert lost(wallets, folder) == set()


def test_what_is_let_go_by_the_very_act_that_brought_it_goes(wallets: Database, folder: Folder):
    """Maria brings a file for which there turns out to be no room: it stays on no shelf."""
    brought = folder.keep(b"one file too many")

    commit_naming_files(
        wallets.write, folder, [brought], lambda session: schedule_removal(session, [brought], NOW), NOW
    )

    assert removes(wallets, folder) == 1
    assert list(folder.names()) == []


def test_of_an_act_that_the_database_could_not_take_just_now_the_files_stay_for_the_next_try(
    wallets: Database, folder: Folder
):
    """It goes with the same files: let go meanwhile, they might be gone by then."""
    brought, tries = folder.keep(b"brought once"), [DatabaseUnavailable("", {}, OSError())]

    def keep(change: Callable[..., object]) -> object:
        if tries:
            raise tries.pop()
        return wallets.write(change)

    with pytest.raises(DatabaseUnavailable):
        commit_naming_files(keep, folder, [brought], lambda _session: None, NOW)

    assert lines(wallets) == []


@pytest.mark.postgresql
def test_whoever_writes_while_a_file_is_let_go_is_waited_for(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    """Youssef's row is written and looked after, and not committed; then Maria's line comes, and the round begins."""
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    began = threading.Event()

    def maria_goes() -> None:
        began.set()
        lets_go(wallets, *brought.files)
        removes(wallets, folder)

    goes = threading.Thread(target=maria_goes)

    def passed(point: str) -> None:
        if point == "rows.written" and not goes.ident:
            goes.start()
            began.wait()
            wait_until_somebody_waits(wallets, goes)

    monkeypatch.setattr(database, "failpoint", passed)
    keep_named(wallets, folder, brought, youssef)
    goes.join()

    assert lost(wallets, folder) == set()
    assert len(list(folder.names())) == 3


def wait_until_somebody_waits(wallets: Database, somebody: threading.Thread) -> None:
    """On PostgreSQL for the lock of whoever writes alone; on SQLite nobody can write now anyhow."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    while not wallets.is_sqlite and somebody.is_alive():
        with wallets.reading() as session:
            if session.scalar(waiting):
                return


def test_what_is_let_go_when_a_round_has_begun_waits_for_the_next_one(
    wallets: Database, folder: Folder, at: Happens, monkeypatch: pytest.MonkeyPatch
):
    """Whoever looked before its line stood, and keeps the same bytes, is waited for at the beginning of a round alone."""
    monkeypatch.setattr(file_removals, "AT_ONCE", 1)
    first, later = folder.keep(b"first"), folder.keep(b"later")
    lets_go(wallets, first)
    at("removal.looked", lambda: lets_go(wallets, later))

    assert (removes(wallets, folder), list(folder.names())) == (1, [later])
    assert (removes(wallets, folder), list(folder.names())) == (1, [])


def test_a_file_that_somebody_else_needs_stays_and_its_line_goes(wallets: Database, folder: Folder):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1))
    names = set(folder.names())
    lets_go(wallets, *names)

    assert removes(wallets, folder) == 0

    assert (lines(wallets), set(folder.names())) == ([], names)


@pytest.mark.breadth
def test_lines_of_a_backup_take_nothing_that_its_rows_need(wallets: Database, folder: Folder):
    """As they stood on that day: let go, or claimed by a round of then."""
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1), shelved(folder, 2))
    names = sorted(folder.names())
    lets_go(wallets, *names)
    with wallets.writing() as session:
        for line in session.scalars(select(FileRemoval).where(FileRemoval.name.in_(names[::2]))):
            line.claimed_at = NOW

    removes(wallets, folder)
    removes(wallets, folder, 30 * DAY)

    assert (lines(wallets), sorted(folder.names())) == ([], names)


# Whoever removes


@pytest.mark.breadth
def test_what_does_not_go_now_is_tried_again_until_it_is_gone(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    names = [folder.keep(b"%d" % number) for number in range(5)]
    lets_go(wallets, *names)

    def stuck(_name: str) -> None:
        raise Unavailable("the shelf does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(folder, "remove", stuck)
        for _ in range(3):
            with pytest.raises(Unavailable):
                removes(wallets, folder)
    with wallets.reading() as session:
        assert file_removals.pending_removals(session) == set(names)

    assert removes(wallets, folder, MINUTE) == 5
    assert (list(folder.names()), list(folder.aside())) == ([], [])


def test_what_perhaps_went_is_not_passed_by_until_somebody_is_sure(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch, at: Happens
):
    """The shelf removed it and could not say so: whoever kept the same bytes before must not believe that they are there."""
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    at("", lambda: None)
    lets_go(wallets, brought.document)

    def cut_off(name: str, remove: Callable[[str], None] = folder.remove) -> None:
        remove(name)
        raise Unavailable("the answer was lost")

    with monkeypatch.context() as patch:
        patch.setattr(folder, "remove", cut_off)
        with pytest.raises(Unavailable):
            removes(wallets, folder)

    with pytest.raises(Unavailable):
        keep_named(wallets, folder, brought, youssef)
    removes(wallets, folder, MINUTE)
    with pytest.raises(Unavailable):
        keep_named(wallets, folder, brought, youssef)
    assert keep_named(wallets, folder, shelved(folder, 1), youssef).kind == "added"


def test_a_claim_that_a_crash_left_is_taken_up_when_nobody_can_be_at_it(wallets: Database, folder: Folder):
    name = folder.keep(b"claimed and left")
    lets_go(wallets, name)
    with wallets.writing() as session:
        session.scalars(select(FileRemoval)).one().claimed_at = NOW

    assert removes(wallets, folder, CLAIM - MINUTE) == 0
    assert folder.has(name)
    assert removes(wallets, folder, CLAIM) == 1
    assert not folder.has(name)


def test_so_is_one_that_a_crash_left_while_the_clock_was_wrong(wallets: Database, folder: Folder):
    """It was a year ahead, until it was set: Youssef has his badge, and what nobody needs goes, without waiting for that year."""
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    lets_go(wallets, *brought.files)
    with wallets.writing() as session:
        session.execute(update(FileRemoval).values(claimed_at=NOW + 365 * DAY))

    assert removes(wallets, folder) == len(brought.files)

    assert keep_named(wallets, folder, shelved(folder, 1), youssef).kind == "added"
    assert lost(wallets, folder) == set()


def test_who_is_late_begins_no_removal_and_what_they_did_not_begin_is_free_again(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    assert TURN * 2 < CLAIM
    names = [folder.keep(b"%d" % number) for number in range(3)]
    lets_go(wallets, *names)
    monkeypatch.setattr(file_removals, "TURN", timedelta(seconds=-1))

    assert removes(wallets, folder) == 0

    assert set(folder.names()) == set(names)
    assert [line.claimed_at for line in lines(wallets)] == [None] * 3


def test_who_is_late_takes_no_claim_from_whoever_has_it_by_now(wallets: Database, folder: Folder, at: Happens):
    """Else the file would count as let go, and whoever brings it just then would have one that goes in the next moment."""
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    lets_go(wallets, *brought.files)

    def another_one_claims_it() -> None:
        with wallets.writing() as session:
            session.execute(update(FileRemoval).values(claimed_at=NOW + CLAIM))

    at("removal.claimed", another_one_claims_it)
    with patch.object(file_removals, "TURN", timedelta(seconds=-1)):
        removes(wallets, folder)

    with pytest.raises(Unavailable, match="being removed"):
        keep_named(wallets, folder, brought, youssef)


@pytest.mark.postgresql
def test_two_workers_remove_at_once_and_all_is_gone_once(wallets: Database, folder: Folder):
    lets_go(wallets, *(folder.keep(b"%d" % number) for number in range(50)))
    counts: list[int] = []
    workers = [threading.Thread(target=lambda: counts.append(removes(wallets, folder))) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(counts) == 50
    assert list(folder.names()) == []


@pytest.mark.breadth
def test_what_is_gone_is_forgotten_when_nobody_can_be_on_the_way(wallets: Database, folder: Folder):
    lets_go(wallets, folder.keep(b"gone"))
    removes(wallets, folder)

    cleanup.forget_expired(wallets, NOW + LATELY)
    assert len(lines(wallets)) == 1
    cleanup.forget_expired(wallets, NOW + LATELY + MINUTE)
    assert lines(wallets) == []


@pytest.mark.usefixtures("erasures")  # they make one store of both
def test_the_sweep_leaves_what_is_to_be_removed(wallets: Database, folder: Folder):
    name = folder.keep(b"let go")
    lets_go(wallets, name)

    cleanup.sweep_files(wallets, folder, NOW + 3650 * DAY, whole=True)

    assert (list(folder.names()), list(folder.aside())) == ([name], [])


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["postgresql"])
def test_in_a_bucket_they_go_too(wallets: Database, s3_url: str):
    if not wallets.is_sqlite:
        pytest.skip("one database is enough to ask a bucket")
    shelf, youssef = open_files(s3_url), somebody_with_a_key(wallets)
    stays, goes = shelved(shelf, 1), shelf.keep(b"goes")
    lets_go(wallets, goes, *stays.files)
    keep_named(wallets, shelf, stays, youssef)

    assert file_removals.remove_scheduled(wallets, shelf, NOW) == 1

    assert set(shelf.names()) == stays.files
