"""Coming back by e-mail, stolen phones that are still signed in, and holders with nothing but a paper."""

import pytest
from sqlalchemy.orm import Session

from tests.fixtures.authenticator import Key
from tests.fixtures.people import LATER, NOW, count, is_known, known_by, somebody
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
    running,
    stops,
    ways_of,
)
from wallet.accounts import holders
from wallet.accounts.holders import ANYWHERE, Device, Holder, SignedIn
from wallet.accounts.passkeys import NotFresh
from wallet.accounts.recoveries import LAPSES, RECOVERY_WAIT, Recovery
from wallet.operations import erasure
from wallet.recovery import flows
from wallet.recovery.acknowledgement import KeyNotShown, acknowledge_recovery
from wallet.recovery.flows import RecoveryCodeStillGood, WaysIn, WrongDevice
from wallet.storage.database import Database, Missing

# By e-mail


def test_by_mail_nobody_gets_in_before_two_days_or_after_nine(people: Database, maria: SignedIn) -> None:
    asks_by_mail(people, maria.holder.id)

    for moment in (NOW, NOW + RECOVERY_WAIT - SECOND, NOW + RECOVERY_WAIT + LAPSES):
        with pytest.raises(Missing):
            comes_by_mail(people, maria.holder.id, moment)
    assert comes_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT).holder.id == maria.holder.id
    with pytest.raises(Missing):
        comes_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT)


def test_of_whoever_gets_in_once_more_she_is_asked_anew(people: Database, maria: SignedIn) -> None:
    """She said that it was she, and then somebody else read her mailbox within the hour."""
    back = asks_by_mail(people, maria.holder.id).id
    comes_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT)
    with people.writing() as session:
        session.get_one(Recovery, back).acknowledged_at = NOW + RECOVERY_WAIT

    comes_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT + MINUTE)

    with people.reading() as session:
        assert session.get_one(Recovery, back).acknowledged_at is None


@pytest.mark.breadth
def test_a_key_that_was_shown_before_somebody_got_in_says_nothing_of_them(
    people: Database, maria: SignedIn, key: Key
) -> None:
    entered = LATER + RECOVERY_WAIT
    back = asks_by_mail(people, maria.holder.id, LATER).id
    shown = confirms(people, maria, key, entered - SECOND)
    comes_by_mail(people, maria.holder.id, entered)

    with people.writing() as session, pytest.raises(KeyNotShown):
        acknowledge_recovery(session, shown, back, entered + MINUTE)


def test_asking_again_does_not_begin_the_wait_again(people: Database, maria: SignedIn) -> None:
    first = asks_by_mail(people, maria.holder.id)

    assert {asks_by_mail(people, maria.holder.id, NOW + hours * HOUR).id for hours in (1, 47, 60)} == {first.id}
    assert asks_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT + LAPSES).id > first.id
    assert happened(people, maria).count("return-begun") == 2


@pytest.mark.postgresql
@pytest.mark.breadth
def test_asked_by_many_at_once_it_is_one_wait_and_entered_by_many_one_gets_in(
    people: Database, maria: SignedIn
) -> None:
    told = at_once([lambda: asks_by_mail(people, maria.holder.id).id] * 16)
    assert len(set(told)) == 1

    told = at_once([lambda: comes_by_mail(people, maria.holder.id, LATER + RECOVERY_WAIT)] * 16, Missing)
    assert sum(isinstance(one, SignedIn) for one in told) == 1


@pytest.mark.postgresql
def test_nobody_waits_who_was_erased_meanwhile(people: Database, maria: SignedIn) -> None:
    with people.writing() as session:
        holders.erase_holder(session, maria.holder.id)

    with pytest.raises(Missing):
        asks_by_mail(people, maria.holder.id)
    with pytest.raises(Missing):
        comes_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT)


@pytest.mark.parametrize("when", ["just begun", "mid-wait", "last minute", "entered", "with a key"])
def test_maria_stops_the_thief_with_the_mailbox(people: Database, maria: SignedIn, key: Key, when: str) -> None:
    """While they wait one tap is enough; once they are in, her key is asked for."""
    back, owner, theirs = asks_by_mail(people, maria.holder.id), maria, Key()
    now = NOW + {"just begun": SECOND, "mid-wait": DAY, "last minute": RECOVERY_WAIT - SECOND}.get(when, RECOVERY_WAIT)
    thief = comes_by_mail(people, maria.holder.id, now) if now == NOW + RECOVERY_WAIT else None
    if thief:
        if when == "with a key":
            thief = adds_key(people, thief, theirs, now)
        with pytest.raises(NotFresh):
            stops(people, maria, back.id, now)
        owner = confirms(people, maria, key, now)

    assert stops(people, owner, back.id, now) == ""

    assert (count(people, Device), keys_of(people, maria)) == (1, [1])
    assert not is_guarded(people, maria, now)
    with pytest.raises(Missing):
        comes_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT)
    with pytest.raises(Missing):
        stops(people, owner, back.id, now)


def test_whoever_reads_the_mailbox_takes_no_paper(people: Database) -> None:
    """Not one that lies in a drawer, and not one by which the holder came back and went out again."""
    holder, code = paper_only(people)
    asks_by_mail(people, holder.holder.id)
    thief = comes_by_mail(people, holder.holder.id, NOW + RECOVERY_WAIT)
    now = NOW + RECOVERY_WAIT

    for moment in (now, now + 2 * MINUTE):
        with pytest.raises(RecoveryCodeStillGood):
            paper_for(people, thief, moment)
        thief = adds_key(people, thief, Key(), moment)
        back = comes_by_paper(people, code, moment + MINUTE)

    assert is_open(people, code)
    assert stops(people, back, thief.device.return_id, now + 4 * MINUTE) == ""
    assert ways_of(people, holder) == WaysIn(0, has_paper=True)


@pytest.mark.breadth
def test_whoever_reads_the_mailbox_stops_nobody(people: Database, maria: SignedIn) -> None:
    asks_by_mail(people, maria.holder.id)
    holder = comes_by_paper(people, paper_for(people, maria), NOW)
    thief = comes_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT)
    another = asks_by_mail(people, maria.holder.id, NOW + RECOVERY_WAIT)

    for back in (holder.device.return_id, another.id, thief.device.return_id):
        with pytest.raises(WrongDevice):
            stops(people, thief, back, NOW + RECOVERY_WAIT)


@pytest.mark.postgresql
def test_a_stop_and_an_entry_at_once_leave_nobody_in(people: Database, maria: SignedIn) -> None:
    back = asks_by_mail(people, maria.holder.id)
    now = NOW + RECOVERY_WAIT

    told = at_once(
        [lambda: stops(people, maria, back.id, now), *[lambda: comes_by_mail(people, maria.holder.id, now)] * 7],
        Missing,
        NotFresh,
        AssertionError,
    )

    stopped, inside = "" in told, count(people, Device) == 2
    assert stopped != inside  # or they were in first, and her key is asked for


# A stolen phone that is still signed in, whose thief has no finger of hers


@pytest.mark.breadth
def test_the_stolen_phone_does_not_put_out_the_holder_who_came_back(people: Database, maria: SignedIn) -> None:
    back = comes_by_paper(people, paper_for(people, maria), LATER)
    back = adds_key(people, back, Key(), LATER)

    for act in (
        lambda: stops(people, maria, back.device.return_id, LATER),
        lambda: paper_for(people, maria, LATER),
        lambda: adds_key(people, maria, Key(), LATER),
    ):
        with pytest.raises(NotFresh):
            act()
    with people.reading() as session:
        assert session.get(Device, back.device.id) is not None


def test_without_any_key_a_stop_that_shows_nothing_undoes_the_return_and_no_more(people: Database) -> None:
    """The phone was stolen and makes no keys; its holder came back by the paper, and made a key elsewhere."""
    phone, code = paper_only(people)
    back = adds_key(people, comes_by_paper(people, code, LATER), Key(), LATER)
    assert not is_open(people, code)

    told = stops(people, phone, back.device.return_id, LATER + HOUR)

    assert told == ""  # nothing is given to whoever showed nothing
    assert ways_of(people, phone) == WaysIn(0, has_paper=True)
    again = comes_by_paper(people, code, LATER + HOUR)
    assert again.holder.id == phone.holder.id


def test_a_paper_that_opens_again_goes_with_the_return_it_was_made_in(people: Database) -> None:
    phone, code = paper_only(people)
    first = comes_by_paper(people, code, LATER)
    second = paper_for(people, first, LATER)
    later = adds_key(people, comes_by_paper(people, second, LATER + HOUR), Key(), LATER + HOUR)

    stops(people, phone, later.device.return_id, LATER + 2 * HOUR)
    assert (is_open(people, code), is_open(people, second)) == (False, True)
    stops(people, phone, first.device.return_id, LATER + 2 * HOUR)

    assert (is_open(people, code), is_open(people, second)) == (True, False)


@pytest.mark.breadth(beside=["sqlite"])
def test_a_key_of_another_return_is_none_that_the_holder_could_show(people: Database) -> None:
    """Somebody with the paper and somebody with the mailbox are in, each with a key; the phone puts both out."""
    phone, code = paper_only(people)
    asks_by_mail(people, phone.holder.id)
    by_mail = adds_key(people, comes_by_mail(people, phone.holder.id, NOW + RECOVERY_WAIT), Key(), NOW + RECOVERY_WAIT)
    by_paper = adds_key(people, comes_by_paper(people, code, NOW + RECOVERY_WAIT), Key(), NOW + RECOVERY_WAIT)

    for back in (by_paper, by_mail):
        assert stops(people, phone, back.device.return_id, NOW + RECOVERY_WAIT + HOUR) == ""
        assert ways_of(people, phone).count > 0

    assert ways_of(people, phone) == WaysIn(0, has_paper=True)
    assert is_open(people, code)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_whoever_stops_while_coming_back_is_given_nothing_that_outlives_it(people: Database) -> None:
    phone, code = paper_only(people)
    asks_by_mail(people, phone.holder.id)
    thief = adds_key(people, comes_by_paper(people, code, NOW + RECOVERY_WAIT), Key(), NOW + RECOVERY_WAIT)
    reader = comes_by_mail(people, phone.holder.id, NOW + RECOVERY_WAIT)

    assert stops(people, thief, reader.device.return_id, NOW + RECOVERY_WAIT) == ""
    stops(people, phone, thief.device.return_id, NOW + RECOVERY_WAIT + HOUR)

    assert ways_of(people, phone) == WaysIn(0, has_paper=True)
    assert keys_of(people, phone) == []


# Visitors, and holders with nothing but a paper


def test_a_visitor_keeps_the_wallet_by_a_paper_alone(people: Database) -> None:
    holder, code = paper_only(people)
    late = NOW + 20 * DAY

    with people.writing() as session:
        assert holders.expired_visitors(session, late) == []
        here, token = holders.ensure_holder(session, session.get_one(Holder, holder.holder.id), late)
    assert (here.is_kept, here.leaves_at, token) == (True, None, "")
    with people.writing() as session:
        erasure.leave_wallet(session, holder, NOW)

    assert comes_by_paper(people, code, late).holder.id == holder.holder.id
    assert happened(people, holder) == ["paper-made", "entered-paper"]


def test_a_paper_whose_answer_got_lost_is_made_again(people: Database) -> None:
    """Late in the half hour of a visitor, who has nothing else to show."""
    visitor, late = somebody(people), NOW + 20 * MINUTE

    lost = paper_for(people, visitor, late)
    again = paper_for(people, visitor, late + 4 * MINUTE)

    assert (is_open(people, lost), is_open(people, again)) == (False, True)
    with pytest.raises(NotFresh):
        paper_for(people, visitor, late + 5 * MINUTE)


def test_a_visitors_things_come_along_by_paper_and_by_mail(people: Database) -> None:
    holder, code = paper_only(people)
    asks_by_mail(people, holder.holder.id)
    moved: list[tuple[int, int]] = []

    def move(_session: Session, old: int, new: int) -> None:
        moved.append((old, new))

    one, other = somebody(people, LATER), somebody(people, LATER + 2 * DAY)
    enters_by_paper(people, code, LATER, one, move)
    with people.writing() as session:
        flows.complete_email_recovery(session, other, holder.holder.id, ANYWHERE, LATER + 2 * DAY, move)

    assert moved == [(one.holder.id, holder.holder.id), (other.holder.id, holder.holder.id)]
    assert count(people, Holder) == 1


def test_nothing_moves_from_a_wallet_that_is_kept(people: Database, maria: SignedIn) -> None:
    _, code = paper_only(people)
    moved: list[object] = []

    enters_by_paper(people, code, LATER, maria, lambda *what: moved.append(what))

    assert moved == []
    assert count(people, Holder) == 2
    with people.reading() as session:
        assert session.get(Device, maria.device.id) is None


@pytest.mark.postgresql
def test_what_a_visitor_brings_while_it_cannot_move_lets_nobody_in(people: Database) -> None:
    _, code = paper_only(people)
    visitor, devices = somebody(people, LATER), count(people, Device)

    def fail(_session: Session, _old: int, _new: int) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        enters_by_paper(people, code, LATER, visitor, fail)

    assert count(people, Device) == devices
    assert comes_by_paper(people, code, LATER)  # and the paper was not used up


@pytest.mark.breadth(beside=["sqlite"])
def test_a_computer_of_the_library_closes_and_the_paper_opens_again(people: Database) -> None:
    _, code = paper_only(people)
    place = holders.SignInContext("windows", is_shared=True)
    token = enters_by_paper(people, code, LATER, place=place)

    assert is_known(people, token, LATER + 10 * MINUTE - SECOND)
    assert not is_known(people, token, LATER + 10 * MINUTE)
    assert enters_by_paper(people, code, LATER + 10 * MINUTE, place=place)
    assert LATE < LATER
    assert running(people, known_by(people, enters_by_paper(people, code, LATER + DAY), LATER + DAY), LATER + DAY)
