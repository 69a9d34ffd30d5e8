"""Whatever goes takes its files along, by name and at once or with the next round; and no write waits for the shelf."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from tests.fixtures.archived import Home, whole
from tests.fixtures.archives import take
from tests.fixtures.chore import Chore
from tests.fixtures.erased import shelved
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key, visitor_at
from tests.fixtures.made_once import made_once
from tests.fixtures.moments import Teller, a_moment
from tests.fixtures.visits import Clock, IssuersWeb, Person, baked, holder, signed
from tests.routes.test_badges import hosted
from wallet.accounts import holders
from wallet.accounts.holders import Holder, SignedIn
from wallet.badges import badges, share_target
from wallet.badges.models import KeptBadge
from wallet.badges.share_target import SharedFile
from wallet.evidence import editing
from wallet.operations import all_tables, cleanup, erasure
from wallet.operations.erasure import Erasure
from wallet.rechecks.round import Rechecks
from wallet.recovery import joining
from wallet.storage import file_removals
from wallet.storage.database import Database, Missing
from wallet.storage.files import FileStore, Folder, Unavailable


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    return holder(app)


DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
Act = Callable[[Session], object]


class Somebody:
    """Somebody who has a badge, a moment and what another app handed over: five files."""

    def __init__(self, wallets: Database, folder: Folder, holder: int) -> None:
        self.wallets, self.folder, self.id = wallets, folder, holder
        [self.badge] = keeps(wallets, holder, shelved(folder, 1))
        teller = Teller(wallets, folder, holder)
        self.moment = teller.tells()
        self.attachment = teller.attaches(self.moment, b"a plan", "plan.pdf")
        handed = SharedFile(name="badge.png", size=9, file=folder.keep(b"handed over"))
        with wallets.writing() as session:
            self.handover = share_target.keep_shared_item(session, [handed], "", "", holder, NOW)

    def does(self, act: Callable[..., object], *what: object) -> None:
        with self.wallets.writing() as session:
            act(session, *what)


def leaves(her: Somebody) -> None:
    with her.wallets.reading() as session:
        known = SignedIn(session.get_one(Holder, her.id), session.scalars(select(holders.Device)).one())
    her.does(erasure.leave_wallet, known, NOW)


GOES: dict[str, tuple[Callable[[Somebody], None], timedelta, int]] = {
    "a visitor whose half hour is over": (lambda _: None, HOUR, 0),
    "a visitor who signs out": (leaves, timedelta(0), 0),
    "a badge that was removed": (lambda her: her.does(badges.remove_badge, her.id, her.badge, NOW), DAY + MINUTE, 2),
    "a moment that was removed": (
        lambda her: her.does(editing.remove_moment, her.id, her.moment, NOW),
        DAY + MINUTE,
        4,
    ),
    "an attachment that was taken off": (
        lambda her: her.does(editing.remove_attachment, her.id, her.moment, her.attachment, NOW),
        DAY + MINUTE,
        4,
    ),
    "a handover that nobody wanted": (
        lambda her: her.does(share_target.drop_shared_item, *her.handover, her.id, NOW),
        timedelta(0),
        4,
    ),
    "a handover that is over": (lambda _: None, HOUR, 4),
}
"""What is done, after how long it goes, and how many of the five files are left then."""


@pytest.mark.parametrize("what", GOES)
@pytest.mark.usefixtures("erasures")  # they make one store of both
@pytest.mark.breadth
def test_it_goes_with_its_files_and_none_is_set_aside(what: str, wallets: Database, folder: Folder):
    act, later, left = GOES[what]
    is_visitor = "visitor" in what
    her = Somebody(wallets, folder, visitor_at(wallets).id if is_visitor else somebody_with_a_key(wallets))
    if "over" not in what and not is_visitor:  # it would go as well
        her.does(lambda session: session.execute(update(share_target.SharedItem).values(came_at=NOW + later)))
    if "signs out" in what:
        her.does(lambda session: holders.sign_in(session, session.get_one(Holder, her.id), NOW))
    assert len(list(folder.names())) == 5
    act(her)

    cleanup.clean_up(wallets, folder, NOW + later)

    assert len(list(folder.names())) == left
    assert list(folder.aside()) == []


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_erasing_takes_what_was_handed_over_at_once(wallets: Database, folder: Folder, erasures: Erasure):
    her = Somebody(wallets, folder, somebody_with_a_key(wallets))

    erasures.erase(her.id, NOW)

    assert (list(folder.names()), list(folder.aside())) == ([], [])


@pytest.mark.usefixtures("erasures")  # they make one store of both
def test_what_a_visitor_brings_along_stays_and_the_file_that_was_not_better_goes(wallets: Database, folder: Folder):
    maria, visitor = somebody_with_a_key(wallets), visitor_at(wallets)
    keeps(wallets, maria, shelved(folder, 1))
    keeps(wallets, visitor.id, shelved(folder, 1, document=b"not better"), shelved(folder, 2))
    Teller(wallets, folder, visitor.id).attaches(Teller(wallets, folder, visitor.id).tells(), b"a plan", "plan.pdf")

    with wallets.writing() as session:
        joining.move_badges(session, visitor.id, maria, NOW)
        holders.erase_holder(session, visitor.id)
    cleanup.clean_up(wallets, folder, NOW)

    with wallets.reading() as session:
        needed = all_tables.files_in_use(session)
    assert set(folder.names()) == needed
    assert len(needed) == 7


@pytest.mark.usefixtures("erasures")  # they make one store of both
def test_answers_that_another_look_replaced_go(chore: Chore, wallets: Database):
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, chore.brought())
    for address, answer in list(chore.web.items()):
        chore.web[address] = answer + b" "  # type: ignore[operator]  # all of them are bytes
    before = set(chore.files.names())

    for number in range(2):  # what was good before stays beside it; here both looks are good
        chore.round(days=8 + number)
    cleanup.clean_up(wallets, chore.files, chore.clock())

    with wallets.reading() as session:
        needed = all_tables.files_in_use(session)
    assert set(chore.files.names()) == needed
    assert before - needed, "the answers of the first day"


@pytest.mark.breadth
def test_of_a_badge_that_is_here_already_no_file_stays(maria: Person, clock: Clock):
    (badge,), before = maria.has(), set(maria.services.files.names())
    document = maria.get(f"/badges/{badge}/document").content

    maria.brings(("badge.png", baked(document)))

    with maria.services.database.reading() as session:
        assert file_removals.pending_removals(session) >= set(maria.services.files.names()) - before
    cleanup.clean_up(maria.services.database, maria.services.files, clock())
    assert len(list(maria.services.files.names())) == len(before)


@pytest.mark.breadth
def test_what_finds_no_room_leaves_no_file(maria: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    moment, before = maria.tells(), set(maria.services.files.names())
    monkeypatch.setattr(editing, "MOST_ATTACHED", 0)
    monkeypatch.setattr("wallet.evidence.MOST_ATTACHED", 0)

    assert maria.attaches(moment, ("plan.pdf", b"%PDF-1.7 a plan")).status_code == 413
    cleanup.clean_up(maria.services.database, maria.services.files, clock())

    assert set(maria.services.files.names()) == before


class Fuller:
    """A shelf that takes everything but one file."""

    def __init__(self, files: FileStore, refused: bytes) -> None:
        self.files, self.refused = files, refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self.files, name)

    def keep(self, content: bytes) -> str:
        if content == self.refused:
            raise Unavailable("no room")
        return self.files.keep(content)


@pytest.mark.parametrize(("path", "field"), [("/badges", "documents"), ("/handovers", "files")])
def test_what_lies_there_when_a_later_file_finds_no_shelf_goes_by_name(maria: Person, path: str, field: str):
    last = signed()
    shelf, before = maria.services.files, set(maria.services.files.names())
    maria.services.files = Fuller(shelf, last)  # type: ignore[assignment]  # all of a shelf but one thing
    contents = [baked(signed()), signed(), last]

    answer = maria.post(path, files=[(field, (f"{n}.json", one)) for n, one in enumerate(contents)])

    left = set(shelf.names()) - before
    assert (answer.status_code, len(maria.has())) == (503, 1)
    assert len(left) >= 2
    with maria.services.database.reading() as session:
        assert file_removals.pending_removals(session) >= left


@pytest.mark.breadth
def test_answers_of_a_check_go_by_name_when_a_later_one_finds_no_shelf(app: Starlette, web: IssuersWeb):
    assertion, *others = web_of_an_issuer(web)
    maria = holder(app, ("badge.json", assertion))
    [badge], shelf = maria.has(), maria.services.files
    before = set(shelf.names())
    for address in others:
        web[address] = bytes(web[address]) + b" "  # the same in other bytes
    maria.services.files = Fuller(shelf, bytes(web[others[-1]]))  # type: ignore[assignment]  # all of a shelf but one thing

    assert maria.post(f"/badges/{badge}/verifications").status_code == 503

    left = set(shelf.names()) - before
    assert len(left) == 1
    with maria.services.database.reading() as session:
        assert file_removals.pending_removals(session) >= left


def web_of_an_issuer(web: IssuersWeb) -> tuple[bytes, str, str]:
    """A badge that its issuer's web confirms, and where what it is of, and who issued it, stand there."""
    document = hosted(web)
    badge_class = json.loads(document)["badge"]
    return document, badge_class, json.loads(bytes(web[badge_class]))["issuer"]


# An archive on its way while its holder erases


@pytest.mark.parametrize(
    ("database_url", "write"),
    [("sqlite", 1), ("sqlite", 2), ("sqlite", 3), ("sqlite", 4), ("sqlite", 5), ("postgresql", 1), ("postgresql", 4)]
    + [pytest.param("postgresql", write, marks=pytest.mark.soak) for write in (2, 3, 5)],
    indirect=["database_url"],
)
@pytest.mark.breadth(beside=["sqlite-1"])
def test_an_archive_on_its_way_while_its_holder_erases_leaves_no_row_and_no_file(
    write: int, home: Home, folder: Folder, erasures: Erasure
):
    """Erased right before each of its writes: badges, moments, shares, attachments, the rest."""
    maria = somebody_with_a_key(home.wallets)
    archive = whole(signed(), signed())
    archive.tells(a_moment("a", badges=[0]), ("plan.pdf", b"%PDF-1.7 a plan"))
    keep, writes = home._keep, iter(range(1, 100))

    def and_she_erases(change: Callable[..., Any], *what: Any) -> Any:
        if next(writes) == write:
            Erasure(home.wallets, home.shelf, erasures.ledger, erasures.disk_reserve).erase(maria, NOW)
        return keep(change, *what)

    with patch.object(home, "_keep", and_she_erases), pytest.raises(Missing):
        home.brings(maria, archive)

    cleanup.clean_up(home.wallets, home.shelf, NOW)
    with home.wallets.reading() as session:
        rows = {name: count for name, count in all_tables.row_counts(session).items() if count}
    assert rows.keys() <= {"file_removals", "store", "trust_edition"}
    assert (list(home.shelf.names()), list(home.shelf.aside())) == ([], [])


# The shelf is asked with nothing open


class Watched:
    """A shelf that nobody may ask while a transaction that writes is open."""

    def __init__(self, files: FileStore) -> None:
        self.files, self.open, self.asked = files, 0, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.files, name)
        if not callable(found):
            return found

        def ask(*what: Any, **how: Any) -> Any:
            assert self.open == 0, f"{name} is asked while a transaction is open that writes"
            self.asked += 1
            return found(*what, **how)

        return ask


@pytest.fixture
def watched(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> Watched:
    services = app.state.services
    shelf, keeping = Watched(services.files), services.database.writing

    @contextmanager
    def watched_keeping(**how: bool) -> Iterator[Session]:
        with keeping(**how) as session:
            shelf.open += 1
            try:
                yield session
            finally:
                shelf.open -= 1

    monkeypatch.setattr(services.database, "writing", watched_keeping)
    services.files = services.erasures.files = shelf
    return shelf


def imports(maria: Person) -> int:
    return maria.brings(("badge.json", signed())).status_code


def attaches(maria: Person) -> int:
    return maria.attaches(maria.tells(), ("plan.pdf", b"%PDF-1.7 a plan")).status_code


def hands_over_and_takes_in(maria: Person) -> int:
    files = [("files", ("badge.json", signed(), "application/json"))]
    shown = maria.post("/handovers", files=files).headers["location"]
    return maria.post(f"{shown}/badges").status_code


def looks_again(maria: Person) -> int:
    return maria.post(f"/badges/{maria.has()[0]}/verifications").status_code


def comes_back(maria: Person) -> int:
    archive = take(maria)
    maria.post(f"/badges/{maria.has()[0]}/removal")
    return maria.brings(("archive.zip", archive)).status_code


def erases(maria: Person) -> int:
    return maria.post("/erasure").status_code


def is_looked_after(maria: Person) -> int:
    services = maria.services
    with services.database.writing() as session:
        session.execute(update(KeptBadge).values(due_at=NOW))
        file_removals.schedule_removal(session, {"0" * 64}, NOW)
    Rechecks(services.database, services.import_tools, services.clock).round()
    cleanup.clean_up(services.database, services.files, services.clock())
    cleanup.sweep_files(services.database, services.files, services.clock(), whole=True)
    return 200


@pytest.mark.parametrize(
    "act", [imports, attaches, hands_over_and_takes_in, looks_again, comes_back, erases, is_looked_after]
)
def test_the_shelf_is_asked_with_nothing_open(act: Callable[[Person], int], maria: Person, watched: Watched):
    watched.asked = 0

    assert act(maria) in {200, 303}

    assert watched.asked
