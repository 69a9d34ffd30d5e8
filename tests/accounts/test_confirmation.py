"""Showing a key once more before what is done once: the holder's own, now, for this; on both databases."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.fixtures.authenticator import ELIGIBLE, PRESENT, Answer, Key, decoded
from tests.fixtures.people import (
    LATER,
    NOW,
    SETTINGS,
    asked_for_a_key,
    asked_to_show_one,
    count,
    enters,
    is_known,
    keeps,
    known_by,
    somebody,
)
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.ways_in import (
    LATE,
    MINUTE,
    SECOND,
    adds_key,
    at_once,
    comes_by_paper,
    confirms,
    happened,
    paper_for,
    paper_only,
    stops,
)
from wallet.accounts import holders, passkeys
from wallet.accounts.ceremonies import CeremonyFailed
from wallet.accounts.challenges import Challenge
from wallet.accounts.holders import Device, Holder, SignedIn, SignInContext
from wallet.accounts.passkeys import NotFresh, Passkey
from wallet.storage.database import Database, Missing


def asked(people: Database, known: SignedIn, now: datetime = LATER) -> dict[str, Any]:
    """What the phone is given."""
    with people.writing() as session:
        return passkeys.begin_confirmation(session, known, now, SETTINGS)


def told(people: Database, known: SignedIn, answer: Answer, now: datetime = LATER) -> str:
    """The new token of the device."""
    return passkeys.finish_confirmation(people, known, answer, now, SETTINGS)


@pytest.fixture
def youssef(people: Database) -> tuple[SignedIn, Key]:
    """Somebody else, on the same phone, with a key of his own."""
    visitor, his = somebody(people), Key()
    return known_by(people, keeps(people, visitor, his.make(asked_for_a_key(people, visitor)))), his


@pytest.mark.breadth
def test_maria_shows_her_key_and_is_fresh_for_five_minutes(people: Database, maria: SignedIn, key: Key) -> None:
    assert not maria.is_fresh(LATER)

    known = known_by(people, told(people, maria, key.show(asked(people, maria))), LATER)

    assert known.is_fresh(LATER + timedelta(seconds=299))
    assert not known.is_fresh(LATER + timedelta(seconds=300))
    assert not known.is_fresh(LATER + timedelta(seconds=301))
    assert asked_for_a_key(people, known, LATER)
    with pytest.raises(NotFresh):
        paper_for(people, known, LATER + timedelta(seconds=301))


@pytest.mark.breadth
def test_the_phone_is_asked_for_the_keys_of_the_holder_alone(
    people: Database, maria: SignedIn, key: Key, youssef: tuple[SignedIn, Key]
) -> None:
    options = asked(people, maria)

    assert [decoded(one["id"]) for one in options["allowCredentials"]] == [key.credential_id]
    assert (options["userVerification"], options["timeout"], options["rpId"]) == ("required", 300_000, "localhost")


@pytest.mark.breadth
def test_the_device_stays_what_it_was_under_a_new_token(people: Database, maria: SignedIn, key: Key) -> None:
    with people.writing() as session:
        holder = session.get_one(Holder, maria.holder.id)
        token = holders.sign_in(session, holder, LATER - 6 * MINUTE, SignInContext("windows", is_shared=True))

    known = known_by(people, token, LATER - MINUTE)
    again = known_by(people, told(people, known, key.show(asked(people, known))), LATER)

    assert (again.device.kind, again.device.is_shared) == ("windows", True)
    assert not is_known(people, token, LATER)


def test_somebody_elses_key_confirms_nothing(
    people: Database, maria: SignedIn, key: Key, youssef: tuple[SignedIn, Key]
) -> None:
    """Families share phones: the phone offers both keys, and Youssef shows his on Maria's page."""
    _, his = youssef

    for handle in (his.handle, maria.holder.handle):
        with pytest.raises(CeremonyFailed, match="no such key"):
            told(people, maria, his.show(asked(people, maria), handle=handle))
    with pytest.raises(CeremonyFailed):
        told(people, maria, his.show(asked(people, maria), credential_id=key.credential_id))
    assert count(people, Device) == 2


@pytest.mark.breadth(beside=["sqlite"])
def test_the_handle_may_be_absent_and_must_not_be_wrong(people: Database, maria: SignedIn, key: Key) -> None:
    """Where the keys were named, an authenticator need not tell whose it is (WebAuthn L3, 7.2, step 6)."""
    known = maria
    for absent in (False, True):
        answer = key.show(asked(people, known))
        if absent:
            del answer["response"]["userHandle"]
        else:
            answer["response"]["userHandle"] = None
        known = known_by(people, told(people, known, answer), LATER)
    for wrong in (b"", bytes(64), maria.holder.handle[:-1], maria.holder.handle + b"x"):
        with pytest.raises(CeremonyFailed):
            told(people, known, key.show(asked(people, known), handle=wrong))
    for wrong in ("", 0, [], {}, "é", False):
        answer = key.show(asked(people, known))
        answer["response"]["userHandle"] = wrong
        with pytest.raises(CeremonyFailed):
            told(people, known, answer)


def test_nobody_enters_without_a_handle(people: Database, maria: SignedIn, key: Key) -> None:
    for wrong in (None, ""):
        answer = key.show(asked_to_show_one(people, LATER))
        answer["response"]["userHandle"] = wrong
        with pytest.raises(CeremonyFailed):
            enters(people, answer)


def test_a_challenge_of_another_purpose_confirms_nothing(people: Database, maria: SignedIn, key: Key) -> None:
    to_enter, to_make = asked_to_show_one(people), asked_for_a_key(people, maria)
    to_confirm = asked(people, maria, NOW)

    for other in (to_enter, to_make):
        with pytest.raises(CeremonyFailed, match="no such challenge"):
            told(people, maria, key.show({**to_confirm, "challenge": other["challenge"]}), NOW)
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        enters(people, key.show(to_confirm), NOW)
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        keeps(people, maria, Key().make({**to_make, "challenge": to_confirm["challenge"]}))


@pytest.mark.breadth(beside=["sqlite"])
def test_a_challenge_of_another_holder_confirms_nothing(
    people: Database, maria: SignedIn, key: Key, youssef: tuple[SignedIn, Key]
) -> None:
    known, his = youssef

    with pytest.raises(CeremonyFailed, match="no such challenge"):
        told(people, maria, key.show(asked(people, known)))
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        told(people, known, his.show(asked(people, maria)))


@pytest.mark.breadth
def test_a_challenge_is_answered_once_and_in_time(people: Database, maria: SignedIn, key: Key) -> None:
    options = asked(people, maria, NOW)
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        told(people, maria, key.show(options), NOW + timedelta(seconds=301))

    options = asked(people, maria)
    with pytest.raises(CeremonyFailed):  # no finger was shown
        told(people, maria, key.show(options, flags=PRESENT | ELIGIBLE))
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        told(people, maria, key.show(options))


@pytest.mark.postgresql
@pytest.mark.parametrize("many", here_and_in_soak(12, 32))
@pytest.mark.breadth
def test_one_answer_sent_by_many_at_once_makes_one_session(
    people: Database, maria: SignedIn, key: Key, many: int
) -> None:
    answer = key.show(asked(people, maria))

    outcomes = at_once([lambda: told(people, maria, answer)] * many, CeremonyFailed)

    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert count(people, Device) == 1


@pytest.mark.postgresql
def test_a_device_that_was_signed_out_meanwhile_confirms_nothing(people: Database, maria: SignedIn, key: Key) -> None:
    answer = key.show(asked(people, maria))
    with people.writing() as session:
        holders.sign_out(session, maria.device.id)

    with pytest.raises(CeremonyFailed):
        told(people, maria, answer)
    assert count(people, Device) == 0


@pytest.mark.postgresql
def test_a_key_that_was_removed_meanwhile_confirms_nothing(people: Database, maria: SignedIn, key: Key) -> None:
    paper_for(people, maria)
    answer = key.show(asked(people, maria))
    with people.writing() as session:
        session.delete(session.scalars(select(Passkey)).one())

    with pytest.raises(CeremonyFailed):
        told(people, maria, answer)


@pytest.mark.postgresql
def test_nobody_is_asked_who_was_erased_meanwhile(people: Database, maria: SignedIn) -> None:
    with people.writing() as session:
        holders.erase_holder(session, maria.holder.id)

    with pytest.raises(Missing):
        asked(people, maria)
    assert count(people, Challenge) == 0


@pytest.mark.breadth(beside=["sqlite"])
def test_a_thiefs_key_makes_the_owners_phone_the_thiefs(people: Database) -> None:
    """Their own key, shown on the stolen phone, makes it no better than the return that the key came with."""
    phone, code = paper_only(people)
    thief, theirs = comes_by_paper(people, code, LATE), Key()
    thief = adds_key(people, thief, theirs, LATE + MINUTE)

    confirmed = confirms(people, phone, theirs, LATE + 2 * MINUTE)

    assert confirmed.device.return_id == thief.device.return_id
    with pytest.raises(Missing):
        stops(people, phone, thief.device.return_id, LATE + 3 * MINUTE)


@pytest.mark.breadth
def test_the_owners_key_makes_a_device_that_came_by_paper_the_owners(
    people: Database, maria: SignedIn, key: Key
) -> None:
    came = comes_by_paper(people, paper_for(people, maria), LATE)

    assert confirms(people, came, key, LATE + SECOND).device.return_id is None


def test_confirming_is_no_news(people: Database, maria: SignedIn, key: Key) -> None:
    confirms(people, maria, key, LATER)

    assert happened(people, maria) == ["key-made"]
