"""What somebody told comes back where there is no room, cut off in the middle, twice at once: nothing half, nothing doubled."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.archived import Archive, Home, PowerCut
from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.moments import SAID, Teller, a_moment, a_photo, a_recording, told_of
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.visits import AWARDED, signed
from wallet.archive import import_evidence, importing
from wallet.evidence import editing
from wallet.evidence.models import Answer, Attachment, Evidence
from wallet.operations import all_tables
from wallet.storage.database import Database

HOUR = timedelta(hours=1)
FILES = (("Atelier.jpg", a_photo()), ("voix.webm", a_recording()), ("plan.pdf", b"%PDF-1.7"))


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.fixture
def teller(home: Home, maria: int) -> Teller:
    return Teller(home.wallets, home.shelf, maria)


def answer(text: str, at: datetime, key: str = "", question: str = "facts") -> dict[str, Any]:
    return {"question": question, "text": text, "key": key or text[:40], "made_at": at.isoformat()}


def told(home: Home, holder: int) -> list[dict[str, Any]]:
    with home.wallets.reading() as session:
        return told_of(session, holder)


def texts(home: Home, holder: int) -> list[str]:
    """Every text of the holder's only moment, in order."""
    [moment] = told(home, holder)
    return [text for _, text, *_ in moment["answers"]]


# Room


def test_what_finds_no_room_is_told_and_the_rest_comes(home: Home, maria: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editing, "ROOM", 3000)
    archive = Archive().tells(
        a_moment(answers=[answer("x" * 1000, AWARDED)]), ("big.pdf", b"x" * 1500), ("a.pdf", b"y")
    )
    archive.tells(a_moment("b", answers=[answer("y" * 1000, AWARDED, "y")])).tells(a_moment("c"))

    back = home.brings(maria, archive)

    assert [moment["moment"][0] for moment in told(home, maria)] == ["a", "c"]
    assert (back.moments, back.no_room, back.attachments) == (2, 1, 1)
    assert [(one.file_name, one.reason) for one in back.unattached] == [("big.pdf", "no-room")]
    with home.wallets.reading() as session:
        assert editing.room_left(session, maria) >= 0


def test_of_the_answers_of_a_moment_all_come_or_none(home: Home, maria: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editing, "ROOM", 300)
    two = [answer("x" * 100, AWARDED), answer("y" * 100, AWARDED + HOUR, "y")]

    back = home.brings(maria, Archive().tells(a_moment(answers=two)))

    assert (back.moments, back.no_room, home.count(Evidence), home.count(Answer)) == (0, 1, 0, 0)


@pytest.mark.breadth
def test_nobody_tells_more_than_they_may(home: Home, maria: int, monkeypatch: pytest.MonkeyPatch, teller: Teller):
    monkeypatch.setattr(import_evidence, "MOST_MOMENTS", 2)
    monkeypatch.setattr(import_evidence, "MOST_ATTACHED", 2)
    teller.tells()

    back = home.brings(maria, Archive().tells(a_moment(), *FILES).tells(a_moment("b")))

    assert (back.moments, back.no_room, back.attachments) == (1, 1, 2)
    assert [(one.file_name, one.reason) for one in back.unattached] == [("plan.pdf", "no-room")]


# Cut off, and at once


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A badge and three moments, of which two are written together."""
    monkeypatch.setattr(importing, "TOGETHER", 2)
    archive = Archive().add(signed())
    for number in range(3):
        archive.tells(a_moment(f"{number}", badges=[0]), *((f"{number} {name}", content) for name, content in FILES))
    return archive.shows(0)


WRITES = 1 + 2 + 1 + 3 + 1


@pytest.mark.parametrize("cut_before", [1, 5, *here_and_in_soak(WRITES, 2, 3, 4, 6, 7)])
@pytest.mark.breadth
def test_cut_off_anywhere_there_is_nothing_half_and_the_same_archive_finishes_it(
    home: Home, maria: int, wallets: Database, some: Archive, cut_before: int
):
    youssef = somebody_with_a_key(wallets)
    home.brings(youssef, some)
    assert home.writes == WRITES
    home.writes, home.cut_before = 0, cut_before

    with pytest.raises(PowerCut):
        home.brings(maria, some)

    there = told(home, maria)
    assert len(there) == min(max(0, 2 * (cut_before - 2)), 3)
    assert all(moment["answers"] for moment in there)
    assert all(len(moment["attachments"]) in {0, 3} for moment in there)

    home.brings(maria, some)

    assert told(home, maria) == told(home, youssef)
    with wallets.reading() as session:
        needed = all_tables.files_in_use(session)
    assert needed <= set(home.shelf.names())


@pytest.mark.postgresql
@pytest.mark.breadth
def test_brought_by_two_tabs_at_once_it_comes_once(home: Home, maria: int, some: Archive):
    with ThreadPoolExecutor(2) as tabs:
        backs = list(tabs.map(lambda _: home.brings(maria, some), range(2)))

    assert sum(back.moments for back in backs) == 3
    assert sum(back.attachments for back in backs) == 9
    assert [len(moment["attachments"]) for moment in told(home, maria)] == [3, 3, 3]


@pytest.mark.postgresql
def test_nothing_is_attached_to_a_moment_that_was_erased_meanwhile(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch
):
    take = import_evidence.take_attachments

    def while_it_goes(*what: Any) -> Any:
        with home.wallets.writing() as session:
            editing.erase_evidence(session, maria, 10)
        return take(*what)

    monkeypatch.setattr(import_evidence, "take_attachments", while_it_goes)

    back = home.brings(maria, Archive().tells(a_moment(), *FILES))

    assert (back.attachments, home.count(Evidence), home.count(Attachment)) == (0, 0, 0)


def test_what_was_said_is_said_to_the_letter(home: Home, maria: int, teller: Teller):
    hostile = "<script>alert(1)</script>\r\n\u202e{{ 7*7 }} \U0001f600 « é »\u00a0!"

    home.brings(
        maria, Archive().tells(a_moment(answers=[answer(hostile, AWARDED, "k"), answer("", AWARDED, "z", "me")]))
    )

    assert texts(home, maria) == [hostile, ""]
    assert set(SAID) >= {"facts", "me"}
