"""Files that cannot be removed: nobody else is held up, whoever brings the same bytes has them, and none that is needed goes."""

import errno
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import select, text

from tests.fixtures.erased import keep_named, shelved
from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.removing import lets_go, lines, lost, removes
from tests.fixtures.visits import joined
from wallet.accounts import Holder
from wallet.badges.models import NewBadge
from wallet.operations import cleanup, erasure
from wallet.operations.erasure import Erasure
from wallet.storage import file_removals
from wallet.storage.database import Database
from wallet.storage.file_removals import LATELY, SETTLES, FileRemoval
from wallet.storage.file_store import file_problems
from wallet.storage.files import Folder, Unavailable

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def refuses(shelf: Folder, *names: str, goes: bool = False) -> Callable[[str], None]:
    """A shelf that may not remove these; or that does, and is then not sure of it."""
    remove = shelf.remove

    def may_not(name: str) -> None:
        if name not in names or goes:
            remove(name)
        if name in names:
            with file_problems(name):
                raise PermissionError(errno.EACCES, "may not be removed")

    return may_not


@pytest.mark.breadth(beside=["sqlite"])
def test_what_never_goes_holds_up_nobody_else_and_whoever_brings_it_has_it(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    others = [folder.keep(b"%d" % number) for number in range(9)]
    lets_go(wallets, *brought.files, *others)
    monkeypatch.setattr(file_removals, "AT_ONCE", 2)
    monkeypatch.setattr(folder, "remove", refuses(folder, *brought.files))

    with pytest.raises(Unavailable, match="may not be removed"):
        removes(wallets, folder)
    assert set(folder.names()) == brought.files

    assert keep_named(wallets, folder, brought, youssef).kind == "added"
    assert removes(wallets, folder, 30 * DAY) == 0
    assert lost(wallets, folder) == set()


@pytest.mark.breadth
def test_what_nobody_wants_any_more_is_tried_again_until_it_may_be_removed(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    name = folder.keep(b"locked for a while")
    lets_go(wallets, name)
    with monkeypatch.context() as patch:
        patch.setattr(folder, "remove", refuses(folder, name))
        for number in range(3):
            with pytest.raises(Unavailable):
                removes(wallets, folder, number * LATELY)
            cleanup.forget_expired(wallets, NOW + number * LATELY + MINUTE)

    assert removes(wallets, folder, 3 * LATELY) == 1
    assert not folder.has(name)


@pytest.mark.breadth
def test_what_went_and_seemed_not_to_is_asked_of_the_shelf(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    """It was removed, and the folder could not be synced: whoever kept it before must not believe that it is there."""
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    lets_go(wallets, *brought.files)
    with monkeypatch.context() as patch:
        patch.setattr(folder, "remove", refuses(folder, *brought.files, goes=True))
        with pytest.raises(Unavailable):
            removes(wallets, folder)

    with pytest.raises(Unavailable, match="erased meanwhile"):
        keep_named(wallets, folder, brought, youssef)
    assert keep_named(wallets, folder, shelved(folder, 1), youssef).kind == "added"
    assert lost(wallets, folder) == set()


@pytest.mark.breadth
def test_a_removal_that_was_not_answered_is_waited_for_less_than_a_minute(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    """It may still be carried out: until then nobody relies on the file, and then whoever brings it does."""
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    monkeypatch.setattr(file_removals, "A_MOMENT", 0)
    lets_go(wallets, *brought.files)

    def silent(_name: str) -> None:
        raise Unavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(folder, "remove", silent)
        with pytest.raises(Unavailable, match="no answer"):
            removes(wallets, folder)

    with pytest.raises(Unavailable, match="being removed"):
        keep_named(wallets, folder, brought, youssef, NOW + SETTLES - timedelta(seconds=1))
    assert keep_named(wallets, folder, brought, youssef, NOW + MINUTE).kind == "added"
    assert removes(wallets, folder, 30 * DAY) == 0
    assert lost(wallets, folder) == set()


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass."""
    seconds = [0.0]
    for module in (cleanup, erasure, file_removals):
        monkeypatch.setattr(module, "monotonic", lambda: seconds[0], raising=False)
    monkeypatch.setattr(file_removals, "A_MOMENT", 0)
    return lambda more: seconds.append(seconds.pop() + more)


@pytest.fixture
def late(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The shelf answers nobody who removes; when this is called it has removed it all the same."""
    remove, asked = folder.remove, list[str]()

    def silent(name: str) -> None:
        asked.append(name)
        raise Unavailable("no answer")

    def removes_it() -> None:
        assert asked
        for name in asked:
            remove(name)

    monkeypatch.setattr(folder, "remove", silent)
    return removes_it


def youssef_waits(
    wallets: Database, folder: Folder, brought: NewBadge, late: Callable[[], None], since: datetime
) -> None:
    """He keeps no badge whose file may still go, as long as it may after *since*, and none whose file went."""
    youssef = somebody_with_a_key(wallets)
    with pytest.raises(Unavailable, match="being removed"):
        keep_named(wallets, folder, brought, youssef, since + SETTLES - timedelta(seconds=1))
    late()
    with pytest.raises(Unavailable, match="erased meanwhile"):
        keep_named(wallets, folder, brought, youssef, since + MINUTE)
    assert lost(wallets, folder) == set()


def test_after_one_that_was_not_answered_no_other_is_begun_and_it_is_waited_for_from_then_on(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    """A shelf that is silent takes half a minute for each."""
    lets_go(wallets, *(folder.keep(b"%d" % number) for number in range(3)))
    asked, passed = list[str](), [0.0]

    def says_nothing(name: str) -> None:
        asked.append(name)
        passed[0] += 30
        raise Unavailable("no answer")

    monkeypatch.setattr(file_removals, "HANDS", 1)
    monkeypatch.setattr(file_removals, "monotonic", lambda: passed[0])
    monkeypatch.setattr(folder, "remove", says_nothing)
    with pytest.raises(Unavailable, match="no answer"):
        removes(wallets, folder)

    [name] = asked
    ended = NOW + timedelta(seconds=30)
    assert {(line.gone_at, line.claimed_at) for line in lines(wallets) if line.name == name} == {(ended, None)}
    assert [(line.gone_at, line.claimed_at) for line in lines(wallets) if line.name != name] == [(None, None)] * 2


@pytest.mark.breadth
def test_it_is_waited_for_as_long_after_chores_that_had_much_else_to_do_before(
    wallets: Database,
    folder: Folder,
    passes: Callable[[float], None],
    late: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
):
    """The round began a minute before it came to the removing: Youssef has no badge whose file goes in the next moment."""
    joined(wallets, folder)
    brought = shelved(folder, 1)
    lets_go(wallets, *brought.files)
    monkeypatch.setattr(cleanup, "forget_expired", lambda *_: passes(60))

    with pytest.raises(Unavailable, match="no answer"):
        cleanup.clean_up(wallets, folder, NOW, thorough=False)

    youssef_waits(wallets, folder, brought, late, NOW + MINUTE)


@pytest.mark.breadth
def test_and_as_long_after_an_erasure_of_much(
    wallets: Database,
    folder: Folder,
    erasures: Erasure,
    passes: Callable[[float], None],
    late: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
):
    """Maria leaves, with so much that her rows alone take a minute; Youssef brings what she had, too."""
    maria, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    keep_named(wallets, folder, brought, maria)
    monkeypatch.setattr(erasure, "failpoint", lambda point: passes(60) if point == "erasure.emptied" else None)

    erasures.erase(maria, NOW)

    youssef_waits(wallets, folder, brought, late, NOW + MINUTE)


@pytest.mark.breadth
def test_and_as_long_after_a_round_of_erasures_that_replays_the_ledger_late(
    wallets: Database,
    folder: Folder,
    erasures: Erasure,
    passes: Callable[[float], None],
    late: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
):
    """A backup brought Maria back, and the ledger answered only in the first round, which had others to erase before."""
    maria, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    keep_named(wallets, folder, brought, maria)
    with wallets.reading() as session:
        erasures.ledger.write(session.get_one(Holder, maria).handle, NOW)
    monkeypatch.setattr(erasures, "note_withdrawals", lambda _: passes(60))  # once in the round, once for Maria

    erasures.round(NOW)

    youssef_waits(wallets, folder, brought, late, NOW + 2 * MINUTE)


def test_what_is_removed_after_all_is_asked_for_once_more(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    """Youssef sees that the file is still there; then a round removes it; then he writes his row."""
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    lets_go(wallets, *brought.files)
    with monkeypatch.context() as patch:
        patch.setattr(folder, "remove", refuses(folder, *brought.files))
        with pytest.raises(Unavailable):
            removes(wallets, folder)
    expect, asked = folder.expect, list[int]()

    def and_then_it_goes(names: Iterable[str]) -> None:
        expect(names)
        asked.append(removes(wallets, folder, MINUTE))

    monkeypatch.setattr(folder, "expect", and_then_it_goes)
    with pytest.raises(Unavailable, match="erased meanwhile"):
        keep_named(wallets, folder, brought, youssef)

    assert asked == [3]
    assert lost(wallets, folder) == set()


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_of_two_who_lock_the_same_lines_one_waits(wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch):
    """Somebody holds the first by name; who keeps the same bytes waits for it, then who has removed them."""
    if wallets.is_sqlite:
        pytest.skip("on SQLite one writes after the other")
    youssef, brought = somebody_with_a_key(wallets), shelved(folder, 1)
    for name in sorted(brought.files, reverse=True):  # the server comes upon them in this order
        lets_go(wallets, name)
    is_held, may_go = threading.Event(), threading.Event()

    def hold_the_first() -> None:
        holds(wallets, min(brought.files), is_held, may_go)

    def keep_the_same() -> None:
        with suppress(Unavailable):
            keep_named(wallets, folder, brought, youssef)

    def let_go_when_both_wait() -> None:
        wait_for_waiting(wallets, 2)
        may_go.set()

    others = [threading.Thread(target=act) for act in (hold_the_first, keep_the_same, let_go_when_both_wait)]

    def passed(point: str) -> None:
        if point == "removal.claimed":
            others[0].start()
            is_held.wait()
            others[1].start()
            wait_for_waiting(wallets, 1)
            others[2].start()

    monkeypatch.setattr(file_removals, "failpoint", passed)
    assert removes(wallets, folder) == 3
    for other in others:
        other.join()

    assert all(line.gone_at for line in lines(wallets)[:3])
    assert lost(wallets, folder) == set()


def holds(wallets: Database, name: str, is_held: threading.Event, may_go: threading.Event) -> None:
    with wallets.writing() as session:
        session.execute(select(FileRemoval).where(FileRemoval.name == name).with_for_update())
        is_held.set()
        may_go.wait()


def wait_for_waiting(wallets: Database, count: int) -> None:
    """Until so many wait for a lock of a row."""
    waiting = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND locktype <> 'advisory'")
    for _ in range(1000):
        with wallets.reading() as session:
            if (session.scalar(waiting) or 0) >= count:
                return
        sleep(0.01)
