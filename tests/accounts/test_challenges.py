"""A challenge is good for one answer: in time, for its purpose, of its holder; on both databases."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.fixtures.authenticator import ELIGIBLE, PRESENT, Key
from tests.fixtures.people import LATER, NOW, asked_for_a_key, asked_to_show_one, count, enters, keeps, somebody
from tests.fixtures.quantity import here_and_in_soak
from wallet.accounts import challenges, holders, passkeys
from wallet.accounts.ceremonies import CeremonyFailed
from wallet.accounts.challenges import AUTHENTICATION, REGISTRATION, Challenge
from wallet.accounts.holders import Device, SignedIn
from wallet.accounts.passkeys import Passkey
from wallet.storage.database import Database


def at_once(count: int, act: Callable[[], object]) -> list[object]:
    """What *act* answers in each of *count* threads that begin together: a value, or the CeremonyFailed it raised."""
    begin, told = threading.Barrier(count), []

    def run() -> None:
        begin.wait()
        try:
            told.append(act())
        except CeremonyFailed as problem:
            told.append(problem)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == count
    return told


@pytest.mark.postgresql
@pytest.mark.parametrize("many", here_and_in_soak(12, 32))
@pytest.mark.breadth
def test_one_answer_shown_by_many_at_once_opens_one_session(
    people: Database, maria: SignedIn, key: Key, many: int
) -> None:
    answer = key.show(asked_to_show_one(people, LATER))
    devices = count(people, Device)

    told = at_once(many, lambda: enters(people, answer))

    assert sum(isinstance(one, str) for one in told) == 1
    assert sum(isinstance(one, CeremonyFailed) for one in told) == many - 1
    assert count(people, Device) == devices + 1


@pytest.mark.postgresql
@pytest.mark.parametrize("many", here_and_in_soak(12, 32))
@pytest.mark.breadth
def test_one_new_key_sent_by_many_at_once_is_kept_once(people: Database, key: Key, many: int) -> None:
    visitor = somebody(people)
    answer = key.make(asked_for_a_key(people, visitor))

    told = at_once(many, lambda: keeps(people, visitor, answer))

    assert sum(isinstance(one, str) for one in told) == 1
    assert (count(people, Passkey), count(people, Device)) == (1, 1)


@pytest.mark.breadth
def test_a_challenge_is_answered_within_five_minutes_or_not_at_all(people: Database, maria: SignedIn, key: Key) -> None:
    in_time, too_late = NOW + timedelta(seconds=299), NOW + timedelta(seconds=301)

    assert enters(people, key.show(asked_to_show_one(people)), in_time)
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        enters(people, key.show(asked_to_show_one(people)), too_late)
    visitor = somebody(people)
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        keeps(people, visitor, Key().make(asked_for_a_key(people, visitor)), too_late)


def test_a_challenge_is_spent_by_a_wrong_answer_too(people: Database, maria: SignedIn, key: Key) -> None:
    options = asked_to_show_one(people)

    with pytest.raises(CeremonyFailed):
        enters(people, key.show(options, flags=PRESENT | ELIGIBLE))
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        enters(people, key.show(options))


def test_a_challenge_for_one_ceremony_is_none_for_the_other(people: Database, maria: SignedIn, key: Key) -> None:
    to_make, to_show = asked_for_a_key(people, maria), asked_to_show_one(people)

    with pytest.raises(CeremonyFailed, match="no such challenge"):
        enters(people, key.show({**to_show, "challenge": to_make["challenge"]}), NOW)
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        keeps(people, maria, Key().make({**to_make, "challenge": to_show["challenge"]}))


def test_the_purpose_alone_tells_two_ceremonies_apart(people: Database, maria: SignedIn, key: Key) -> None:
    options = asked_to_show_one(people)
    with people.writing() as session:
        session.scalars(select(Challenge)).one().purpose = REGISTRATION

    with pytest.raises(CeremonyFailed, match="no such challenge"):
        enters(people, key.show(options), NOW)


def test_a_challenge_for_maria_makes_no_key_for_youssef(people: Database, key: Key) -> None:
    maria, youssef = somebody(people), somebody(people)
    answer = key.make(asked_for_a_key(people, maria))

    with pytest.raises(CeremonyFailed, match="no such challenge"):
        keeps(people, youssef, answer)
    assert count(people, Passkey) == 0


def test_a_challenge_that_was_never_given_opens_nothing(people: Database, maria: SignedIn, key: Key) -> None:
    with pytest.raises(CeremonyFailed, match="no such challenge"):
        enters(people, key.show({"challenge": "AAAA", "rpId": "localhost"}))


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_nothing_is_open_while_an_answer_is_verified(
    people: Database, maria: SignedIn, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another holder writes in the middle of it, and the challenge is gone for good by then."""
    verify, seen = passkeys.ceremonies.verify_authentication, []

    def meanwhile(*what: Any, **more: Any) -> Any:
        seen.append((count(people, Challenge), somebody(people)))
        return verify(*what, **more)

    monkeypatch.setattr(passkeys.ceremonies, "verify_authentication", meanwhile)

    assert enters(people, key.show(asked_to_show_one(people, LATER)))
    assert [challenges for challenges, _ in seen] == [0]


def test_challenges_nobody_answered_are_forgotten(people: Database) -> None:
    visitor = somebody(people)
    asked_for_a_key(people, visitor)
    asked_to_show_one(people, NOW + timedelta(minutes=3))

    with people.writing() as session:
        challenges.forget_expired_challenges(session, NOW + timedelta(minutes=5))

    with people.reading() as session:
        assert session.scalars(select(Challenge.purpose)).all() == [AUTHENTICATION]


def test_a_challenge_goes_with_its_holder(people: Database) -> None:
    visitor = somebody(people)
    asked_for_a_key(people, visitor)

    with people.writing() as session:
        holders.erase_holder(session, visitor.holder.id)

    assert count(people, Challenge) == 0


@pytest.mark.breadth
def test_a_challenge_is_of_its_purpose_and_of_its_holder(people: Database, maria: SignedIn) -> None:
    asked_for_a_key(people, maria)

    with people.reading() as session:
        challenge = session.scalars(select(Challenge)).one()
    assert (challenge.purpose, challenge.holder_id) == (REGISTRATION, maria.holder.id)
    assert challenge.expires_at == NOW + timedelta(minutes=5)
