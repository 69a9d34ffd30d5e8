"""What goes in steps: a visitor whose time is over, and a wallet that is erased; nobody who writes waits for all of it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.fixtures.erased import shelved
from tests.fixtures.examined import NOW, keep_one, keeps, somebody_with_a_key, visitor_at
from wallet.accounts import holders
from wallet.accounts.holders import Device, Holder, SignedIn
from wallet.badges.models import KeptBadge
from wallet.operations import all_tables, cleanup, erasure, erasure_steps
from wallet.storage import file_removals
from wallet.storage.database import Database
from wallet.storage.files import Folder

ALWAYS = {"store", "trust_edition"}
"""Tables whose one row is nobody's."""

HALF_HOUR, MINUTE = timedelta(minutes=30), timedelta(minutes=1)
SOME = 3
"""Badges of one step here."""
Whose = Counter[int]


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure_steps, "AT_ONCE", SOME)


@pytest.fixture
def steps(wallets: Database, monkeypatch: pytest.MonkeyPatch) -> list[Whose]:
    """Of each transaction in which badges went, how many of whom."""
    keeping, told = wallets.writing, list[Whose]()

    def there(session: Session) -> Whose:
        whose = select(KeptBadge.holder_id, func.count()).group_by(KeptBadge.holder_id)
        return Counter(dict(session.execute(whose).all()))

    @contextmanager
    def watched(**how: bool) -> Iterator[Session]:
        with keeping(**how) as session:
            before = there(session)
            yield session
            if went := before - there(session):
                told.append(went)

    monkeypatch.setattr(wallets, "writing", watched)
    return told


def visitor_with(wallets: Database, folder: Folder, *numbers: int) -> SignedIn:
    """A visitor with badges of these numbers, and the device on which they are."""
    visitor = visitor_at(wallets)
    keeps(wallets, visitor.id, *(shelved(folder, number, answer=b"of all") for number in numbers))
    with wallets.writing() as session:
        holders.sign_in(session, visitor, NOW)
    with wallets.reading() as session:
        device = session.scalars(select(Device).where(Device.holder_id == visitor.id)).one()
        return SignedIn(session.get_one(Holder, visitor.id), device)


def everything(wallets: Database) -> dict[str, int]:
    with wallets.reading() as session:
        return {name: count for name, count in all_tables.row_counts(session).items() if count and name not in ALWAYS}


@pytest.mark.usefixtures("erasures")  # they make one store of both
@pytest.mark.breadth(beside=["sqlite"])
def test_of_visitors_whose_time_is_over_a_few_badges_go_in_each_transaction(
    wallets: Database, folder: Folder, steps: list[Whose]
):
    first, second = visitor_with(wallets, folder, *range(7)), visitor_with(wallets, folder, 8)

    cleanup.clean_up(wallets, folder, NOW + HALF_HOUR)

    one, other = first.holder.id, second.holder.id
    assert steps == [{one: SOME}, {one: SOME}, {one: 1}, {other: 1}]
    assert everything(wallets).keys() == {"file_removals"}
    assert (list(folder.names()), list(folder.aside())) == ([], [])


@pytest.mark.breadth
def test_a_visitor_who_signs_out_goes_in_the_same_steps(wallets: Database, folder: Folder, steps: list[Whose]):
    known = visitor_with(wallets, folder, *range(4))

    def leaves() -> bool:
        with wallets.writing() as session:
            return erasure.leave_wallet(session, known, NOW)

    assert (leaves(), leaves(), leaves()) == (True, False, False)
    assert steps == [{known.holder.id: SOME}, {known.holder.id: 1}]
    assert everything(wallets).keys() == {"file_removals"}


def test_from_the_first_step_on_nobody_comes_back_to_what_is_left_and_the_next_round_ends_it(
    wallets: Database, folder: Folder
):
    """A crash falls after that step. An upload that was on its way then makes a visitor of its own."""
    known = visitor_with(wallets, folder, *range(4))
    with wallets.writing() as session:
        assert erasure.leave_wallet(session, known, NOW)
        assert session.scalars(select(Device)).all() == []

    with wallets.writing() as session:
        here, token = holders.ensure_holder(session, known.holder, NOW)
        another = here.id
    assert (another != known.holder.id, bool(token)) == (True, True)

    cleanup.forget_expired(wallets, NOW)
    with wallets.reading() as session:
        assert list(session.scalars(select(Holder.id))) == [another]
        assert list(session.scalars(select(KeptBadge.id))) == []


def test_a_visitor_who_makes_a_key_between_the_look_and_the_step_stays_whole(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    known, gone = visitor_with(wallets, folder, 1), holders.expired_visitors

    def and_makes_a_key(session: Session, *what: object) -> list[int]:
        found = gone(session, *what)  # type: ignore[arg-type]
        with wallets.writing() as other:
            holders.keep_holder(other, known.holder.id, NOW)
        return found

    monkeypatch.setattr(holders, "expired_visitors", and_makes_a_key)
    monkeypatch.setattr("wallet.accounts.expired_visitors", and_makes_a_key)
    cleanup.forget_expired(wallets, NOW + HALF_HOUR)

    with wallets.reading() as session:
        assert [len(session.scalars(select(table)).all()) for table in (Holder, Device, KeptBadge)] == [1, 1, 1]


def test_a_holder_with_a_key_only_signs_out(wallets: Database, folder: Folder):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, shelved(folder, 1))
    with wallets.writing() as session:
        holder = session.get_one(Holder, maria)
        holders.sign_in(session, holder, NOW)
        assert not erasure.leave_wallet(session, SignedIn(holder, session.scalars(select(Device)).one()), NOW + MINUTE)

    with wallets.reading() as session:
        assert [len(session.scalars(select(table)).all()) for table in (Holder, Device, KeptBadge)] == [1, 0, 1]


# PostgreSQL, where somebody else writes meanwhile


def wait_until_somebody_waits(wallets: Database, somebody: threading.Thread) -> None:
    """For a lock of the server."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while somebody.is_alive():
        with wallets.reading() as session:
            if session.scalar(waiting):
                return


def brings_another(session: Session, maria: int, folder: Folder) -> None:
    keep_one(session, maria, shelved(folder, 2))


def brings_a_better_one(session: Session, maria: int, folder: Folder) -> None:
    """Its row names other files from now on, and no row is added."""
    kept = session.scalars(select(KeptBadge).where(KeptBadge.holder_id == maria)).one()
    file_removals.schedule_removal(session, {kept.document}, NOW)
    kept.document = folder.keep(b"a better edition")
    session.flush()


def all_is_erased(wallets: Database, erasures: erasure.Erasure, known: SignedIn) -> None:
    erasures.erase(known.holder.id, NOW)


def the_visitor_leaves(wallets: Database, erasures: erasure.Erasure, known: SignedIn) -> None:
    erasure.failpoint("erasure.shut")
    with wallets.writing() as session:
        erasure.leave_wallet(session, known, NOW)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("goes", "brings"),
    [
        (all_is_erased, brings_another),
        (the_visitor_leaves, brings_a_better_one),
        pytest.param(all_is_erased, brings_a_better_one, marks=pytest.mark.soak),
        pytest.param(the_visitor_leaves, brings_another, marks=pytest.mark.soak),
    ],
)
@pytest.mark.breadth(beside=["sqlite-the_visitor_leaves-brings_a_better_one", "sqlite-all_is_erased-brings_another"])
def test_an_upload_that_ends_while_all_is_erased_leaves_no_file(
    goes: Callable[..., None],
    brings: Callable[[Session, int, Folder], None],
    wallets: Database,
    folder: Folder,
    erasures: erasure.Erasure,
    monkeypatch: pytest.MonkeyPatch,
):
    """It has written and not committed when the step begins, and commits when the step waits."""
    if wallets.is_sqlite:
        pytest.skip("on SQLite one writes after the other")
    known = visitor_with(wallets, folder, 1)
    written, may_end = threading.Event(), threading.Event()

    def upload() -> None:
        with wallets.writing() as session:
            brings(session, known.holder.id, folder)
            written.set()
            may_end.wait()

    def it_begins(point: str) -> None:
        if point == "erasure.shut":
            uploading.start()
            written.wait()

    monkeypatch.setattr(erasure, "failpoint", it_begins)
    uploading = threading.Thread(target=upload, daemon=True)
    erasing = threading.Thread(target=goes, args=(wallets, erasures, known), daemon=True)
    erasing.start()
    written.wait()
    wait_until_somebody_waits(wallets, erasing)
    may_end.set()
    uploading.join()
    erasing.join()

    cleanup.clean_up(wallets, folder, NOW)
    assert everything(wallets).keys() == {"file_removals"}
    assert (list(folder.names()), list(folder.aside())) == ([], [])
