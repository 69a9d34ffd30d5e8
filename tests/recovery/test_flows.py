"""Never a wallet with no way in, and nothing a thief does within the wait stays: both databases, real threads."""

import pytest

from tests.fixtures.authenticator import Key
from tests.fixtures.examined import another, found
from tests.fixtures.examined import keeps as badges_of
from tests.fixtures.moments import Teller
from tests.fixtures.people import (
    LATER,
    NOW,
    asked_for_a_key,
    asked_to_show_one,
    count,
    enters,
    keeps,
    known_by,
)
from tests.fixtures.signed_words import word
from tests.fixtures.ways_in import (
    DAY,
    HOUR,
    LATE,
    MINUTE,
    SECOND,
    adds_key,
    asks_by_mail,
    at_once,
    comes_by_mail,
    comes_by_paper,
    confirms,
    enters_by_paper,
    happened,
    is_guarded,
    is_open,
    keys_of,
    paper_for,
    paper_only,
    removes,
    running,
    signs_out_elsewhere,
    stops,
    ways_of,
)
from wallet import badges, endorsements
from wallet.accounts import holders
from wallet.accounts.ceremonies import CeremonyFailed
from wallet.accounts.holders import Device, Holder, SignedIn
from wallet.accounts.passkeys import NotFresh, Passkey
from wallet.accounts.recoveries import RecoveryPending
from wallet.badges import KeptBadge
from wallet.evidence import Evidence, editing
from wallet.operations import erasure
from wallet.recovery import flows
from wallet.recovery.flows import LastWay, RecoveryCodeStillGood, WaysIn
from wallet.storage.database import Database, Missing
from wallet.storage.files import Folder
from wallet.storage.rows import insert

SOON = LATE + MINUTE


# Keys


def test_the_last_way_in_is_not_taken_away(people: Database, maria: SignedIn) -> None:
    (only,) = keys_of(people, maria)

    with pytest.raises(LastWay):
        removes(people, maria, only, NOW)
    paper_for(people, maria)
    removes(people, maria, only, NOW)

    assert ways_of(people, maria) == WaysIn(0, has_paper=True)
    assert happened(people, maria) == ["key-made", "paper-made", "key-removed"]


@pytest.mark.postgresql
@pytest.mark.breadth
def test_of_the_last_two_keys_removed_at_once_one_is_left(people: Database, maria: SignedIn) -> None:
    phone = adds_key(people, maria, Key(), NOW)
    both = keys_of(people, phone)

    told = at_once([lambda id=id: removes(people, phone, id, NOW) for id in both * 4], LastWay, Missing)

    assert told.count(None) == 1
    assert len(keys_of(people, phone)) == 1


@pytest.mark.breadth
def test_a_key_is_removed_by_its_holder_only_just_after_showing_one(
    people: Database, maria: SignedIn, key: Key
) -> None:
    youssef, _ = paper_only(people)
    paper_for(people, maria)
    (hers,) = keys_of(people, maria)

    with pytest.raises(Missing):
        removes(people, youssef, hers, NOW)
    with pytest.raises(NotFresh):
        removes(people, maria, hers, LATER)
    removes(people, confirms(people, maria, key, LATER), hers, LATER)


@pytest.mark.postgresql
@pytest.mark.breadth
def test_while_somebody_is_coming_back_no_key_is_removed(people: Database, maria: SignedIn, key: Key) -> None:
    code = paper_for(people, maria)
    thief = comes_by_paper(people, code, LATER)
    thief = adds_key(people, thief, Key(), LATER)
    again = confirms(people, maria, key, LATER)

    for known in (thief, again):
        for id in keys_of(people, maria):
            with pytest.raises(RecoveryPending):
                removes(people, known, id, LATER)


# The thief with the paper


@pytest.mark.parametrize("when", ["just begun", "mid-wait", "at the last moment", "with a key", "with a paper"])
def test_maria_stops_the_thief_with_the_paper(people: Database, maria: SignedIn, key: Key, when: str) -> None:
    code = paper_for(people, maria)
    thief, theirs = comes_by_paper(people, code, LATER), Key()
    back, new, now = thief.device.return_id, "", LATER + SECOND
    if when == "with a key":
        thief = adds_key(people, thief, theirs, now)
    if when == "with a paper":
        new = paper_for(people, thief, now)
    now += {"mid-wait": 36 * HOUR, "at the last moment": 72 * HOUR - 2 * SECOND}.get(when, MINUTE)

    with pytest.raises(NotFresh):
        stops(people, maria, back, now)
    owner = confirms(people, maria, key, now)
    assert stops(people, owner, back, now) == ""

    assert not is_guarded(people, maria, now)
    assert ways_of(people, maria) == WaysIn(1, has_paper=False)
    with people.reading() as session:
        assert session.get(Device, thief.device.id) is None
    for paper in filter(None, (code, new)):
        with pytest.raises(Missing):
            enters_by_paper(people, paper, now + HOUR)
    if when == "with a key":
        with pytest.raises(CeremonyFailed, match="no such key"):
            enters(people, theirs.show(asked_to_show_one(people, now)), now)
    assert happened(people, maria)[-1] == "return-stopped"


@pytest.mark.breadth(beside=["sqlite"])
def test_a_holder_with_only_a_paper_stops_the_thief_and_is_given_a_new_one(people: Database) -> None:
    """Where the holder shows the paper too, the one that was stolen is spent."""
    phone, code = paper_only(people, LATE)
    thief = comes_by_paper(people, code, LATE + SECOND)
    adds_key(people, thief, Key(), LATE + SECOND)

    new = stops(people, phone, thief.device.return_id, LATE + 2 * SECOND)

    assert not is_open(people, code)
    assert ways_of(people, phone) == WaysIn(0, has_paper=True)
    assert happened(people, phone)[-2:] == ["paper-made", "return-stopped"], "she reads of it as of any other one"
    assert comes_by_paper(people, new, LATER).holder.id == phone.holder.id


@pytest.mark.breadth
def test_a_stop_for_which_nothing_was_shown_spends_no_paper(people: Database) -> None:
    """It may be the holder who came back by it, and reads what happened."""
    phone, code = paper_only(people, LATE)
    holder = comes_by_paper(people, code, LATE + HOUR)

    assert stops(people, phone, holder.device.return_id, LATE + HOUR + MINUTE) == ""

    assert is_open(people, code)
    assert happened(people, phone)[-2:] == ["entered-paper", "return-stopped"]


@pytest.mark.breadth(beside=["sqlite"])
def test_whoever_stops_one_return_is_given_a_paper_though_that_of_another_return_is_there(people: Database) -> None:
    """The thief has the holder’s paper, made one of their own, and reads the mailbox besides."""
    phone, code = paper_only(people, LATE)
    thief = comes_by_paper(people, code, LATE + SECOND)
    theirs = paper_for(people, thief, LATE + SECOND)
    waiting = asks_by_mail(people, phone.holder.id, LATE + SECOND)

    new = stops(people, phone, waiting.id, LATE + 2 * SECOND)

    assert is_open(people, new)
    assert not is_open(people, theirs)


def test_whoever_came_back_by_mail_makes_a_paper_as_long_as_that_can_be_stopped(
    people: Database, maria: SignedIn
) -> None:
    """She has no key that she could show first."""
    asks_by_mail(people, maria.holder.id, NOW)
    back = comes_by_mail(people, maria.holder.id, NOW + 2 * DAY)

    assert is_open(people, paper_for(people, back, NOW + 3 * DAY))


def test_what_the_thief_removed_is_back(people: Database, folder: Folder, maria: SignedIn, key: Key) -> None:
    id, now = maria.holder.id, LATER + MINUTE
    [badge], moment = badges_of(people, id, found(another(1))), Teller(people, folder, id).tells()
    with people.writing() as session:
        said = insert(session, word(NOW, holder_id=id)).id
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    for remove, what in (
        (badges.remove_badge, badge),
        (editing.remove_moment, moment),
        (endorsements.remove_endorsement, said),
    ):
        people.write(remove, id, what, LATER + SECOND)

    stops(people, confirms(people, maria, key, now), thief.device.return_id, now)

    with people.reading() as session:
        rows = ((KeptBadge, badge), (Evidence, moment), (endorsements.Endorsement, said))
        assert [session.get_one(table, one).removed_at for table, one in rows] == [None, None, None]


def test_what_the_thief_asked_for_before_they_came_by_the_same_paper_again_is_asked_for_no_more(
    people: Database, folder: Folder, maria: SignedIn, key: Key
) -> None:
    id, code, now = maria.holder.id, paper_for(people, maria), LATER + HOUR
    asked = endorsements.Asked(key="1", evidence_id=Teller(people, folder, id).tells(), name="Maria")
    first = comes_by_paper(people, code, LATER).device.return_id
    with people.writing() as session:
        request = endorsements.create_request(session, id, asked, lambda content, _: content, LATER, first).id
    second = comes_by_paper(people, code, LATER + MINUTE).device.return_id

    stops(people, confirms(people, maria, key, now), second, now)

    with people.reading() as session:
        assert session.get_one(endorsements.EndorsementRequest, request).stopped_at == now


@pytest.mark.breadth(beside=["sqlite"])
def test_maria_reads_what_her_stop_did_to_the_paper_and_to_what_the_thief_asked_to_erase(
    people: Database, maria: SignedIn, key: Key
) -> None:
    """Else « Vous avez demandé de tout effacer » is the last that she reads of it."""
    thief, now = comes_by_paper(people, paper_for(people, maria), LATER), LATER + MINUTE
    with people.writing() as session:
        erasure._plan(session, maria.holder.id, "android", LATER, thief.device.id)

    stops(people, confirms(people, maria, key, now), thief.device.return_id, now)

    assert happened(people, maria)[-4:] == ["erasure-asked", "erasure-stopped", "paper-spent", "return-stopped"]


def test_what_the_thief_asked_to_erase_is_not_erased(people: Database, maria: SignedIn, key: Key) -> None:
    thief = comes_by_paper(people, paper_for(people, maria), LATER)
    with people.writing() as session:
        session.get_one(Holder, maria.holder.id).erase_at = LATER + 3 * DAY

    stops(people, confirms(people, maria, key, LATER), thief.device.return_id, LATER)

    with people.reading() as session:
        assert session.get_one(Holder, maria.holder.id).erase_at is None


def test_the_holder_with_the_same_paper_puts_the_thief_out_with_what_they_asked(people: Database) -> None:
    holder, code = paper_only(people)
    thief = comes_by_paper(people, code, LATER)
    with people.writing() as session:
        session.get_one(Holder, holder.holder.id).erase_at = LATER + 3 * DAY

    comes_by_paper(people, code, LATER + HOUR)

    with people.reading() as session:
        assert session.get(Device, thief.device.id) is None
        assert session.get_one(Holder, holder.holder.id).erase_at is None


@pytest.mark.parametrize("got_in", [False, True])
def test_what_the_holder_asked_to_erase_before_a_thief_came_is_erased_when_they_are_stopped(
    people: Database, got_in: bool
) -> None:
    """Fatou came back by her paper and wants to leave; whoever reads her mailbox asked for nothing of it."""
    fatou, code = paper_only(people)
    if got_in:
        asks_by_mail(people, fatou.holder.id, LATER - 2 * DAY + HOUR)
    fatou = comes_by_paper(people, code, LATER)
    with people.writing() as session:
        due = erasure._plan(session, fatou.holder.id, "", LATER, fatou.device.id)
    now = LATER + HOUR
    thief = (
        comes_by_mail(people, fatou.holder.id, now).device.return_id
        if got_in
        else asks_by_mail(people, fatou.holder.id, now).id
    )

    with people.writing() as session:
        holders.note_key_shown(session, fatou.device.id, now)
    stops(people, fatou, thief, now)

    with people.reading() as session:
        assert session.get_one(Holder, fatou.holder.id).erase_at == due == LATER + 3 * DAY


def test_what_the_holder_asked_to_erase_is_erased_though_it_waited_for_a_thief_to_end(people: Database) -> None:
    """Fatou’s day came while somebody who reads her mailbox was in: it waits for them to end, and goes on being hers."""
    fatou, code = paper_only(people)
    asks_by_mail(people, fatou.holder.id, LATER - 2 * DAY + HOUR)
    fatou = comes_by_paper(people, code, LATER)
    with people.writing() as session:
        erasure._plan(session, fatou.holder.id, "", LATER, fatou.device.id)
    thief = comes_by_mail(people, fatou.holder.id, LATER + HOUR).device.return_id
    now = LATER + 3 * DAY
    with people.writing() as session:
        assert not erasure._is_time(session, fatou.holder.id, now)
        holders.note_key_shown(session, fatou.device.id, now)

    stops(people, fatou, thief, now)

    with people.reading() as session:
        assert session.get_one(Holder, fatou.holder.id).erase_at is not None


def test_what_is_due_already_no_stop_takes_back(people: Database) -> None:
    """Its line may stand in the ledger, also where what she asked has left the list of what happened."""
    fatou, code = paper_only(people)
    with people.writing() as session:
        session.get_one(Holder, fatou.holder.id).erase_at = LATER
    late = comes_by_paper(people, code, LATER + MINUTE)

    stops(people, fatou, late.device.return_id, LATER + HOUR)

    with people.reading() as session:
        assert session.get_one(Holder, fatou.holder.id).erase_at == LATER


def test_the_thief_does_not_put_the_holder_out(people: Database, maria: SignedIn) -> None:
    code = paper_for(people, maria)
    thief = comes_by_paper(people, code, LATER)

    signs_out_elsewhere(people, thief, LATER)
    with pytest.raises(flows.WrongDevice):
        stops(people, thief, thief.device.return_id, LATER)
    other = asks_by_mail(people, maria.holder.id, LATER)
    comes_by_mail(people, maria.holder.id, LATER + 2 * DAY)

    with people.reading() as session:
        assert session.get(Device, maria.device.id) is not None
    with pytest.raises(NotFresh):
        stops(people, thief, other.id, LATER + 2 * DAY)
    with people.writing() as session:  # they show the paper
        holders.note_key_shown(session, thief.device.id, LATER + 2 * DAY)
    assert stops(people, thief, other.id, LATER + 2 * DAY) == ""  # and the paper is more than the mailbox


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_paper_that_the_holder_made_meanwhile_is_not_the_thiefs_to_replace(people: Database, maria: SignedIn) -> None:
    thief = comes_by_paper(people, paper_for(people, maria), NOW)
    new = paper_for(people, maria)

    with pytest.raises(RecoveryCodeStillGood):
        paper_for(people, thief, NOW)
    holder = comes_by_paper(people, new, LATER)
    with pytest.raises(RecoveryCodeStillGood):  # used by the holder, and not by them
        paper_for(people, thief, LATER)
    adds_key(people, thief, Key(), LATER)

    assert is_open(people, new)
    assert paper_for(people, holder, LATER)


@pytest.mark.breadth(beside=["sqlite"])
def test_a_paper_of_the_thiefs_own_brings_nobody_past_the_stop(people: Database, maria: SignedIn, key: Key) -> None:
    """Three papers deep, each made by whoever the one before let in; the first return is stopped."""
    code, now, came = paper_for(people, maria), LATER, []
    for _ in range(3):
        thief = comes_by_paper(people, code, now)
        came.append(thief.device.return_id)
        code, now = paper_for(people, thief, now), now + HOUR
        adds_key(people, thief, Key(), now)
    assert len(keys_of(people, maria)) == 4

    stops(people, confirms(people, maria, key, now), came[0], now)

    assert running(people, maria, now) == []
    assert ways_of(people, maria) == WaysIn(1, has_paper=False)
    assert count(people, Device) == 1


@pytest.mark.breadth
def test_after_three_days_what_came_back_is_the_holders(people: Database) -> None:
    _, code = paper_only(people)
    back, new = comes_by_paper(people, code, LATER), Key()
    phone, over = adds_key(people, back, new, LATER), LATER + 72 * HOUR

    entered = known_by(people, enters(people, new.show(asked_to_show_one(people, over)), over), over)

    assert entered.device.return_id is None
    assert running(people, phone, over) == []
    paper_for(people, entered, over)
    removes(people, entered, keys_of(people, phone)[0], over)


# Whoever was put out while a request of theirs was under way


@pytest.mark.breadth(beside=["sqlite"])
def test_a_thief_who_was_put_out_finishes_nothing(people: Database, maria: SignedIn, key: Key) -> None:
    """What they had begun before is answered after the stop: it makes nothing, least of all something trusted."""
    thief, theirs = comes_by_paper(people, paper_for(people, maria), LATER), Key()
    answer = theirs.make(asked_for_a_key(people, thief, LATER))
    waiting = asks_by_mail(people, maria.holder.id, LATER)
    owner = confirms(people, maria, key, LATER)
    stops(people, owner, thief.device.return_id, LATER)

    with pytest.raises(CeremonyFailed):
        keeps(people, thief, answer, LATER)
    for act in (
        lambda: paper_for(people, thief, LATER),
        lambda: signs_out_elsewhere(people, thief, LATER),
        lambda: stops(people, thief, waiting.id, LATER),
        lambda: removes(people, thief, keys_of(people, maria)[0], LATER),
    ):
        with pytest.raises(Missing):
            act()
    assert (count(people, Passkey), count(people, Device)) == (1, 1)


@pytest.mark.postgresql
@pytest.mark.parametrize("turn", [0, 3, 5, *(pytest.param(turn, marks=pytest.mark.soak) for turn in (1, 2, 4))])
@pytest.mark.breadth(beside=["sqlite-5"])
def test_stopping_at_the_very_moment_leaves_nothing_behind(
    people: Database, maria: SignedIn, key: Key, turn: int
) -> None:
    """The thief makes a key, shows a key, and makes a paper, while Maria stops them."""
    thief, first, second = comes_by_paper(people, paper_for(people, maria), LATER), Key(), Key()
    thief = adds_key(people, thief, first, LATER)
    answer = second.make(asked_for_a_key(people, thief, LATER))
    shown = [first.show(asked_to_show_one(people, LATER)) for _ in range(6)]
    owner = confirms(people, maria, key, LATER)
    acts = [
        *(lambda one=one: enters(people, one) for one in shown),
        lambda: paper_for(people, thief, LATER),
        lambda: keeps(people, thief, answer, LATER),
    ]
    acts.insert(turn, lambda: stops(people, owner, thief.device.return_id, LATER))

    at_once(acts, CeremonyFailed, Missing)

    assert (count(people, Passkey), count(people, Device)) == (1, 1)
    assert ways_of(people, maria) == WaysIn(1, has_paper=False)
