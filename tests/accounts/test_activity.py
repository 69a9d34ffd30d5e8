"""What happened lately to a wallet: its words, its order, its ninety days."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.fixtures.people import NOW, count, somebody
from tests.fixtures.ways_in import MINUTE, SECOND
from wallet.accounts import activity
from wallet.accounts.activity import EVENT_WORDS, EVENTS_KEPT, SHOWN, Event
from wallet.accounts.holders import SignedIn
from wallet.accounts.passkeys import Passkey
from wallet.storage.database import Database


@pytest.mark.breadth
def test_what_happened_is_told_the_latest_first(people: Database, maria: SignedIn) -> None:
    with people.writing() as session:
        activity.note_event(session, maria.holder.id, "exported", NOW + MINUTE, "android")
        activity.note_event(session, maria.holder.id, "paper-made", NOW + MINUTE)

    with people.reading() as session:
        told = activity.recent_events(session, maria.holder.id)
    assert [event.what for event in told] == ["paper-made", "exported", "key-made"]
    assert (told[1].at, told[1].kind, told[1].is_history) == (NOW + MINUTE, "android", False)


@pytest.mark.breadth
def test_the_last_twenty_are_told_and_only_ones_own(people: Database, maria: SignedIn) -> None:
    youssef = somebody(people)
    with people.writing() as session:
        for number in range(30):
            activity.note_event(session, maria.holder.id, "exported", NOW + number * MINUTE)
        activity.note_event(session, youssef.holder.id, "brought-back", NOW)

    with people.reading() as session:
        assert len(activity.recent_events(session, maria.holder.id)) == SHOWN
        assert len(activity.recent_events(session, maria.holder.id, 50)) == 31
        assert [event.what for event in activity.recent_events(session, youssef.holder.id)] == ["brought-back"]


def test_what_a_later_release_wrote_is_left_out_beside_it(people: Database, maria: SignedIn) -> None:
    """Its page has no sentence for that word, and was a 500 where two releases run side by side."""
    with people.writing() as session:
        session.add(Event(holder_id=maria.holder.id, what="flown-to-the-moon", at=NOW + MINUTE))

    with people.reading() as session:
        assert [event.what for event in activity.recent_events(session, maria.holder.id)] == ["key-made"]


def test_what_happened_ninety_days_ago_is_forgotten(people: Database, maria: SignedIn) -> None:
    with people.writing() as session:
        activity.note_event(session, maria.holder.id, "exported", NOW + SECOND)
        activity.forget_old_events(session, NOW + timedelta(days=90))

    with people.reading() as session:
        assert session.scalars(select(Event.what)).all() == ["exported"]
    with people.writing() as session:
        activity.forget_old_events(session, NOW + SECOND + EVENTS_KEPT)
    assert (count(people, Event), count(people, Passkey)) == (0, 1)


def test_a_word_that_is_none_is_never_written(people: Database, maria: SignedIn) -> None:
    with pytest.raises(AssertionError), people.writing() as session:
        activity.note_event(session, maria.holder.id, "key-maed", NOW)
    assert count(people, Event) == 1


def test_every_word_fits_its_column() -> None:
    assert max(map(len, EVENT_WORDS)) <= Event.__table__.c.what.type.length


@pytest.mark.breadth
def test_every_word_that_the_wallet_notes_is_one_of_them() -> None:
    noted = set()
    for path in Path("wallet").rglob("*.py"):
        noted |= set(re.findall(r'note_event\([^"]*?, "([a-z-]+)"', path.read_text(encoding="utf-8")))

    assert {"key-made", "key-removed", "paper-made", "return-stopped"} <= noted <= EVENT_WORDS


def test_what_archives_tell_hides_nothing_that_happened_here(people: Database, maria: SignedIn) -> None:
    with people.writing() as session:
        told = {"holder_id": maria.holder.id, "what": "exported", "is_history": True}
        session.add_all(Event(at=NOW + number * MINUTE, **told) for number in range(2 * SHOWN))

    with people.reading() as session:
        shown = activity.recent_events(session, maria.holder.id)
    assert (len(shown), shown[-1].what, shown[-1].is_history) == (SHOWN, "key-made", False)
    assert [event.at for event in shown] == sorted((event.at for event in shown), reverse=True)


@pytest.mark.breadth
def test_what_archives_tell_of_visitors_who_come_one_after_the_other_has_an_end(
    people: Database, maria: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "MOST_EVENTS", 3)
    for round in range(3):
        visitor = somebody(people).holder.id
        with people.writing() as session:
            activity.note_event(session, visitor, "brought-back", NOW + round * SECOND)
            for number in range(2):
                at = NOW - (10 * round + number) * MINUTE
                session.add(Event(holder_id=visitor, what="exported", at=at, is_history=True))
        with people.writing() as session:
            activity.move_events(session, visitor, maria.holder.id)

    with people.reading() as session:
        hers = session.scalars(select(Event).where(Event.holder_id == maria.holder.id)).all()
    assert sorted((one.what, one.at) for one in hers if one.is_history) == [("exported", NOW)]
    assert [one.what for one in hers].count("brought-back") == 3


def test_when_it_happened_last_is_not_what_an_archive_tells(people: Database, maria: SignedIn) -> None:
    with people.writing() as session:
        session.add(Event(holder_id=maria.holder.id, what="erasure-asked", at=NOW, is_history=True))

    assert people.read(activity.last_event_at, maria.holder.id, "erasure-asked") is None
