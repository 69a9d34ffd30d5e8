"""What a thief shows is shown no more once they are stopped, and what they stopped goes on: on both databases."""

from datetime import datetime, timedelta

import pytest

from tests.fixtures.authenticator import Key
from tests.fixtures.examined import found, keep_one
from tests.fixtures.people import LATER, NOW
from tests.fixtures.ways_in import HOUR, MINUTE, asks_by_mail, comes_by_mail, comes_by_paper, confirms, paper_for, stops
from wallet import accounts
from wallet.accounts.holders import SignedIn
from wallet.accounts.recoveries import RecoveryPending
from wallet.shares import calls, lasting_page, lifecycle
from wallet.shares.models import Choice, Share
from wallet.storage.database import Database, Missing

WEEK = timedelta(days=7)
STOPPED = LATER + 2 * HOUR


def seal(plain: bytes, _purpose: str) -> bytes:
    return plain


class Album:
    """What Maria shows, whoever has her wallet in hand."""

    def __init__(self, people: Database, maria: SignedIn) -> None:
        self.people, self.holder_id = people, maria.holder.id
        with people.writing() as session:
            outcome = keep_one(session, self.holder_id, found())
        assert outcome.badge_id is not None
        self.badge_id = outcome.badge_id

    def shows(self, who: SignedIn, now: datetime, **choice: object) -> int:
        """The number of a share that *who* makes."""
        wanted = Choice(**{"badge_ids": [self.badge_id], "ends_at": now + WEEK, **choice})  # type: ignore[arg-type]
        with self.people.writing() as session:
            return lifecycle.create_share(session, self.holder_id, wanted, seal, now, who.device.return_id).id

    def stops(self, who: SignedIn, share: int, now: datetime) -> None:
        """*who* stops that share."""
        with self.people.writing() as session:
            lifecycle.stop_share(session, self.holder_id, share, now, who.device.return_id)

    def open(self, now: datetime = STOPPED + MINUTE) -> set[int]:
        """The numbers of the shares that show something."""
        with self.people.reading() as session:
            return {one.id for one in lifecycle.list_shares(session, self.holder_id) if one.is_open(now)}


@pytest.fixture
def album(people: Database, maria: SignedIn) -> Album:
    return Album(people, maria)


@pytest.mark.breadth(beside=["sqlite"])
def test_what_the_thief_showed_is_over_and_what_they_stopped_goes_on(
    people: Database, maria: SignedIn, key: Key, album: Album
):
    hers, stopped_by_her, stopped_by_them = (album.shows(maria, NOW) for _ in range(3))
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    theirs = album.shows(thief, LATER + MINUTE)
    album.stops(thief, stopped_by_them, LATER + MINUTE)
    album.stops(maria, stopped_by_her, LATER + MINUTE)
    assert album.open() == {hers, theirs}

    stops(people, confirms(people, maria, key, STOPPED), thief.device.return_id, STOPPED)

    assert album.open() == {hers, stopped_by_them}
    with people.reading() as session:
        over = session.get_one(Share, theirs)
        assert (over.stopped_at, over.stopped_in_id) == (STOPPED, None)
        with pytest.raises(Missing):
            lifecycle.reopen_share(session, album.holder_id, stopped_by_her, STOPPED)


def test_a_thief_who_was_put_out_shows_nothing_and_writes_nothing_over(
    people: Database, maria: SignedIn, key: Key, album: Album
):
    """A photo is drawn for some seconds, and Maria stops them meanwhile: what comes after that nobody would undo."""
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    back, holder_id = thief.device.return_id, album.holder_id
    page = album.shows(maria, LATER, is_page=True)
    stops(people, confirms(people, maria, key, STOPPED), back, STOPPED)

    with pytest.raises(Missing):
        album.shows(thief, STOPPED)
    for finish in (
        lambda session: lasting_page.set_photo(session, holder_id, b"a thief", STOPPED, back),
        lambda session: lasting_page.rename_page(session, holder_id, "Voleur", STOPPED, back),
        lambda session: lasting_page.move_page(session, holder_id, page, seal, STOPPED, back),
        lambda session: lasting_page.close_page(session, holder_id, STOPPED, back),
        lambda session: lifecycle.stop_share(session, holder_id, page, STOPPED, back),
    ):
        with pytest.raises(Missing), people.writing() as session:
            finish(session)
    assert album.open() == {page}
    with people.writing() as session:
        lasting_page.close_page(session, holder_id, STOPPED)
    with pytest.raises(Missing), people.writing() as session:
        lasting_page.open_page(session, holder_id, back)

    assert album.open() == set()
    with people.reading() as session:
        assert accounts.get_photo(session, holder_id) is None
        assert session.get_one(accounts.Holder, holder_id).name == ""


@pytest.mark.breadth(beside=["sqlite"])
def test_what_the_thief_made_and_stopped_does_not_come_to_life(
    people: Database, maria: SignedIn, key: Key, album: Album
):
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    theirs = album.shows(thief, LATER)
    album.stops(thief, theirs, LATER + MINUTE)

    stops(people, confirms(people, maria, key, STOPPED), thief.device.return_id, STOPPED)

    assert album.open() == set()
    with people.reading() as session:
        assert session.get_one(Share, theirs).stopped_at == LATER + MINUTE


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_ended_meanwhile_stays_over(people: Database, maria: SignedIn, key: Key, album: Album):
    short = album.shows(maria, NOW, ends_at=LATER + HOUR)
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    album.stops(thief, short, LATER)

    stops(people, confirms(people, maria, key, STOPPED), thief.device.return_id, STOPPED)

    assert album.open() == set()
    with people.reading() as session:
        assert session.get_one(Share, short).stopped_at == LATER, "it is told as it was"


def test_a_thief_within_a_thief_is_undone_with_the_first(people: Database, maria: SignedIn, key: Key, album: Album):
    """By a paper that was made during the first return they come again: both go, with all that both did."""
    hers = album.shows(maria, NOW)
    first = comes_by_paper(people, paper_for(people, maria), LATER)
    of_the_first = album.shows(first, LATER)
    second = comes_by_paper(people, paper_for(people, first, LATER + MINUTE), LATER + 2 * MINUTE)
    album.shows(second, LATER + 3 * MINUTE)
    album.stops(second, of_the_first, LATER + 3 * MINUTE)
    album.stops(second, hers, LATER + 3 * MINUTE)

    stops(people, confirms(people, maria, key, STOPPED), first.device.return_id, STOPPED)

    assert album.open() == {hers}


@pytest.mark.breadth(beside=["sqlite"])
def test_what_came_with_another_return_is_not_touched(people: Database, maria: SignedIn, key: Key, album: Album):
    """Whoever comes by paper stops whoever came by e-mail: their own shares, and those of before, stay."""
    hers, now = album.shows(maria, NOW), NOW + 50 * HOUR
    asks_by_mail(people, album.holder_id)
    reader = comes_by_mail(people, album.holder_id, now - HOUR)
    album.shows(reader, now - HOUR)
    album.stops(reader, hers, now - HOUR)
    back = comes_by_paper(people, paper_for(people, confirms(people, maria, key, now), now), now)
    mine = album.shows(back, now + MINUTE)

    stops(people, back, reader.device.return_id, now + 2 * MINUTE)

    assert album.open(now + 3 * MINUTE) == {hers, mine}


def test_the_same_paper_on_another_device_stops_no_share(people: Database, maria: SignedIn, key: Key, album: Album):
    """It may be the holder, who is out of the first one: what they showed goes on, until their phone of before says no."""
    code = paper_for(people, maria)
    hers = album.shows(maria, NOW)
    first = comes_by_paper(people, code, LATER)
    shown = album.shows(first, LATER)
    album.stops(first, hers, LATER)

    again = comes_by_paper(people, code, LATER + HOUR)
    assert album.open() == {shown}

    stops(people, confirms(people, maria, key, STOPPED), again.device.return_id, STOPPED)
    assert album.open() == {hers}


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_nothing_leaves_the_record_while_a_thief_may_be_in(people: Database, maria: SignedIn, album: Album):
    """Else they stop what Maria shows, take it out of the list, and nobody can put it back."""
    hers = album.shows(maria, NOW)
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    album.stops(thief, hers, LATER)

    with people.writing() as session, pytest.raises(RecoveryPending):
        lifecycle.forget_share(session, album.holder_id, hers, LATER + MINUTE)

    with people.writing() as session:
        lifecycle.forget_share(session, album.holder_id, hers, LATER + 73 * HOUR)
    assert album.open() == set()


@pytest.mark.breadth(beside=["sqlite"])
def test_who_answered_an_advert_is_read_there_and_no_thief(people: Database, maria: SignedIn, key: Key, album: Album):
    form = calls.CallForm(title="Vente", employer="Durand", places=("normandie/communiquer/masters",))
    made = people.write(calls.create_call, form, NOW)
    call = people.read(calls.find_call, made.code, NOW)

    def answers(who: SignedIn, name: str, now: datetime) -> int:
        choice = calls.choice_to_answer(call, [album.badge_id], name, now)
        return people.write(calls.answer_call, album.holder_id, call.id, choice, seal, now, who.device.return_id)

    def read() -> list[str]:
        own = people.read(calls.find_own_call, made.secret, seal, STOPPED + MINUTE)
        return [one.name for one in own.answers]

    hers = answers(maria, "Maria", NOW)
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    album.stops(thief, hers, LATER)
    answers(thief, "Personne", LATER)
    assert read() == ["Personne"]

    stops(people, confirms(people, maria, key, STOPPED), thief.device.return_id, STOPPED)

    assert read() == ["Maria"]
