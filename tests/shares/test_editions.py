"""What was shown when stays readable to Sonia, however often she changed her share since."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.fixtures.examined import NOW
from tests.shares.test_editing import HOUR, LATER, Shelf, share_of, shown_once, sonia
from wallet.evidence import editing as told
from wallet.evidence.editing import UNDO_REMOVAL
from wallet.operations import cleanup
from wallet.shares import abuse_reports, editions, lifecycle
from wallet.shares.models import ArchivedEdition, Share
from wallet.storage.keyring import Keyring

__all__ = ["sonia"]
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_was_shown_before_is_kept_as_it_was(sonia: Shelf):
    moment = sonia.teller.tells(sonia.badges[0], said={"facts": "Un client"})
    sonia.change(0, 1, word="Bonjour", pairs=[(sonia.badges[0], moment)])
    sonia.change(2, now=LATER + HOUR, hides_name=True)

    (since, until, last), (_, __, first) = sonia.before()

    assert (since, until) == (LATER, LATER + HOUR)
    assert (first["word"], last["word"], last["hides_name"]) == ("", "Bonjour", False)
    assert sorted(one["told"]["name"] for one in last["badges"]) == ["n° 0", "n° 1"]
    assert [one["told"]["said"] for one in last["moments"]] == [[["facts", "Un client"]]]
    assert first["moments"] == []
    with sonia.wallets.reading() as session:
        assert share_of(session, sonia).changed_at == LATER + HOUR


@pytest.mark.breadth
def test_whom_it_is_for_and_its_end_are_shown_to_nobody_and_make_no_edition(sonia: Shelf):
    sonia.change(0, 1, purpose="Le garage", ends_at=NOW + HOUR * 30)

    assert sonia.before() == []


@pytest.mark.breadth
def test_what_nobody_can_have_seen_is_not_kept(sonia: Shelf):
    sonia.change(0, now=NOW + MINUTE - SECOND)
    assert sonia.before() == []
    sonia.change(1, now=NOW + 2 * MINUTE)
    assert len(sonia.before()) == 1, "it stood there for a minute"
    with sonia.wallets.writing() as session:
        shown_once(session, sonia, NOW)
    sonia.change(2, now=NOW + 2 * MINUTE + SECOND)
    assert len(sonia.before()) == 2, "somebody opened it that day"


@pytest.mark.breadth
def test_there_is_an_end_to_how_much_is_told_of_before(sonia: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editions, "MOST_EDITIONS", 3)
    for number in range(6):
        sonia.change(0, word=f"mot {number}", now=LATER + number * HOUR)

    assert [one["word"] for _, __, one in sonia.before()] == ["mot 4", "mot 3", "mot 2"]
    monkeypatch.setattr(editions, "MOST_OF_HOLDER", 1)
    sonia.change(0, word="mot 6", now=LATER + 7 * HOUR)
    assert [one["word"] for _, __, one in sonia.before()] == ["mot 5"]


@pytest.mark.postgresql
@pytest.mark.breadth
def test_there_is_an_end_to_how_many_letters_are_kept_and_the_newest_stays(
    sonia: Shelf, monkeypatch: pytest.MonkeyPatch
):
    long = [(sonia.badges[0], sonia.teller.tells(sonia.badges[0], said={"facts": "x" * 15_000}))]
    monkeypatch.setattr(editions, "MOST_LETTERS", 40_000)
    for number in range(5):
        sonia.change(0, word=f"mot {number}", pairs=long, now=LATER + number * HOUR)

    assert [one["word"] for _, __, one in sonia.before()] == ["mot 3", "mot 2"]
    monkeypatch.setattr(editions, "MOST_LETTERS", 1)
    sonia.change(0, word="mot 5", pairs=long, now=LATER + 6 * HOUR)
    assert [one["word"] for _, __, one in sonia.before()] == ["mot 4"]


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_was_reported_stays_for_the_operator_however_soon_and_often_it_is_changed(
    sonia: Shelf, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(editions, "MOST_EDITIONS", 3)
    sonia.change(0, word="Une injure")
    with sonia.wallets.writing() as session:
        abuse_reports.make_report(session, sonia.id, "offensive", "", LATER + SECOND)

    for number in range(6):
        sonia.change(0, word=f"mot {number}", now=LATER + 2 * SECOND + number * HOUR)

    assert [one["word"] for _, __, one in sonia.before()] == ["mot 4", "mot 3", "mot 2", "Une injure"]
    with sonia.wallets.writing() as session:
        (report,) = abuse_reports.list_reports(session, LATER + 9 * HOUR)
        abuse_reports.close_report(session, report.id, LATER + 9 * HOUR)
    assert report.word == "Une injure"
    sonia.change(0, word="mot 7", now=LATER + 10 * HOUR)
    assert [one["word"] for _, __, one in sonia.before()] == ["mot 5", "mot 4", "mot 3"]


def test_of_a_moment_that_is_erased_for_good_no_word_stays_in_what_was_shown_before(sonia: Shelf):
    gone = sonia.teller.tells(sonia.badges[0], key="1", said={"facts": "Un secret", "place": "Caen"})
    stays = sonia.teller.tells(sonia.badges[0], key="2", said={"facts": "Un client"})
    sonia.change(0, pairs=[(sonia.badges[0], gone), (sonia.badges[0], stays)])
    sonia.change(0, now=LATER + HOUR)
    with sonia.wallets.writing() as session:
        told.remove_moment(session, sonia.holder, gone, LATER)

    cleanup.forget_expired(sonia.wallets, LATER + UNDO_REMOVAL + SECOND)

    (_, __, last), ___ = sonia.before()
    assert [one["told"]["said"] for one in last["moments"]] == [[], [["facts", "Un client"]]]
    assert "Un secret" not in str(sonia.before())
    assert "Caen" not in str(sonia.before())


@pytest.mark.breadth
def test_a_share_of_before_this_release_begins_with_what_it_shows(sonia: Shelf):
    with sonia.wallets.writing() as session:
        session.execute(update(Share).values(places=None, changed_at=None, changes=0))

    sonia.change(0, 2)

    ((since, until, _),) = sonia.before()
    assert (since, until) == (NOW, LATER)
    assert sonia.places()[2] == 2


@pytest.mark.breadth(beside=["sqlite"])
def test_what_another_share_showed_is_told_of_that_one_alone(sonia: Shelf, tmp_path: Path) -> None:
    youssef = Shelf(sonia.wallets, Keyring(tmp_path / "youssef.json"), tmp_path / "files")
    sonia.change(0, word="de Sonia")
    youssef.change(0, word="de Youssef")

    assert [len(one.before()) for one in (sonia, youssef)] == [1, 1]


@pytest.mark.breadth
def test_what_others_showed_before_takes_no_room(sonia: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    youssef = Shelf(sonia.wallets, Keyring(tmp_path / "youssef.json"), tmp_path / "files")
    monkeypatch.setattr(editions, "MOST_OF_HOLDER", 1)
    for one in (youssef, sonia):
        one.change(0, word="mot")

    assert [len(one.before()) for one in (youssef, sonia)] == [1, 1]


@pytest.mark.breadth(beside=["sqlite"])
def test_what_is_reported_of_another_share_keeps_nothing_of_this_one(
    sonia: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sonia.wallets.writing() as session:
        other = lifecycle.create_share(session, sonia.holder, sonia.choice(2), sonia.seal, NOW).id
        abuse_reports.make_report(session, other, "offensive", "", NOW + SECOND)

    sonia.change(0, now=NOW + 2 * SECOND)
    assert sonia.before() == [], "nobody saw it"
    monkeypatch.setattr(editions, "MOST_EDITIONS", 1)
    with sonia.wallets.writing() as session:
        abuse_reports.make_report(session, other, "offensive", "", LATER)
    for number in range(3):
        sonia.change(0, word=f"mot {number}", now=LATER + number * HOUR)
    assert [one["word"] for _, __, one in sonia.before()] == ["mot 1"]


@pytest.mark.breadth
def test_what_was_shown_at_a_moment_is_what_began_then(sonia: Shelf) -> None:
    sonia.change(0, word="un")
    sonia.change(0, word="deux", now=LATER + HOUR)

    with sonia.wallets.reading() as session:
        share = share_of(session, sonia)
        told = [editions.told_at(session, share, at)["word"] for at in (LATER - SECOND, LATER, LATER + HOUR)]

    assert told == ["", "un", "deux"]


def test_of_what_an_archive_tells_the_newest_comes_back(sonia: Shelf) -> None:
    rest = {**dict.fromkeys(("shows_marks", "shows_siae", "hides_name"), False), "told": (), "exhibits": ()}
    told = [
        ArchivedEdition(name="", word=f"{one}", shown_from=NOW, shown_until=NOW + one * SECOND, endorsements=(), **rest)
        for one in range(editions.MOST_EDITIONS + 1)
    ]

    with sonia.wallets.writing() as session:
        editions.restore_editions(session, sonia.id, told)

    words = [one["word"] for _, __, one in sonia.before()]
    assert (words[0], words[-1], len(words)) == ("100", "1", editions.MOST_EDITIONS)


@pytest.mark.breadth
def test_a_badge_that_comes_back_stands_where_it_stood_last(sonia: Shelf) -> None:
    sonia.change(1, now=LATER)
    sonia.change(0, 1, now=LATER + HOUR)
    before = sonia.places()[0]
    sonia.change(1, now=LATER + 2 * HOUR)

    sonia.change(0, 1, now=LATER + 3 * HOUR)

    assert sonia.places()[0] == before
