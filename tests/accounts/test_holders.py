"""The person and their devices: who is known, for how long, and what is left of them afterwards."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.people import NOW, count
from wallet.accounts import holders
from wallet.accounts.holders import IDLE, LONGEST, VISIT_LASTS, Device, Holder, SignedIn
from wallet.operations import erasure
from wallet.storage.database import Database

SECOND = timedelta(seconds=1)


def visitor(people: Database, now: datetime = NOW) -> tuple[int, str]:
    """A visitor without a key: (their id, the token of their device)."""
    with people.writing() as session:
        holder, token = holders.ensure_holder(session, None, now)
        return holder.id, token


def keeper(people: Database, now: datetime = NOW) -> tuple[int, str]:
    """A holder with a key: (their id, the token of their device)."""
    holder_id, token = visitor(people, now)
    with people.writing() as session:
        holders.keep_holder(session, holder_id, now)
    return holder_id, token


def known(people: Database, token: str, now: datetime) -> SignedIn | None:
    with people.reading() as session:
        return holders.recognise(session, token, now)


def one(people: Database, holder_id: int) -> Holder:
    with people.reading() as session:
        return session.get_one(Holder, holder_id)


def test_a_visitor_is_known_for_half_an_hour(people: Database) -> None:
    holder_id, token = visitor(people)

    in_time = known(people, token, NOW + VISIT_LASTS - SECOND)

    assert in_time is not None
    assert in_time.holder.id == holder_id
    assert not in_time.holder.is_kept
    assert known(people, token, NOW + VISIT_LASTS) is None


def test_a_visitor_who_does_something_has_half_an_hour_again(people: Database) -> None:
    holder_id, token = visitor(people)
    late = NOW + VISIT_LASTS - SECOND

    with people.writing() as session:
        here, new = holders.ensure_holder(session, one(people, holder_id), late)

    assert (here.id, new) == (holder_id, "")
    assert known(people, token, late + VISIT_LASTS - SECOND) is not None
    assert known(people, token, late + VISIT_LASTS) is None


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_visitor_who_was_erased_meanwhile_is_welcomed_anew(people: Database) -> None:
    holder_id, token = visitor(people)
    gone = one(people, holder_id)
    with people.writing() as session:
        holders.erase_holder(session, holder_id)

    with people.writing() as session:
        here, new = holders.ensure_holder(session, gone, NOW)

    assert new not in {"", token}
    found = known(people, new, NOW)
    assert found is not None
    assert found.holder.id == here.id


def test_a_holder_with_a_key_does_not_leave_after_half_an_hour(people: Database) -> None:
    holder_id, token = keeper(people)

    with people.writing() as session:
        holders.ensure_holder(session, one(people, holder_id), NOW)

    found = known(people, token, NOW + timedelta(days=29))
    assert found is not None
    assert (found.holder.kept_at, found.holder.leaves_at) == (NOW, None)


def test_the_day_of_the_first_key_stays(people: Database) -> None:
    holder_id, _ = keeper(people)

    with people.writing() as session:
        holders.keep_holder(session, holder_id, NOW + timedelta(days=3))

    assert one(people, holder_id).kept_at == NOW


def test_a_device_unused_for_thirty_days_is_signed_out(people: Database) -> None:
    _, token = keeper(people)

    assert known(people, token, NOW + IDLE - SECOND) is not None
    assert known(people, token, NOW + IDLE) is None


def test_a_device_in_use_stays_signed_in_for_ninety_days_and_no_longer(people: Database) -> None:
    _, token = keeper(people)
    for days in range(0, 90, 20):
        found = known(people, token, NOW + timedelta(days=days))
        assert found is not None
        with people.writing() as session:
            holders.note_device_used(session, found.device.id, NOW + timedelta(days=days))

    assert known(people, token, NOW + LONGEST - SECOND) is not None
    assert known(people, token, NOW + LONGEST) is None


@pytest.mark.postgresql
def test_a_token_nobody_gave_opens_nothing(people: Database) -> None:
    keeper(people)

    for token in ("", "x", "é", "\0", "a" * 10_000, "' OR 1=1 --"):
        assert known(people, token, NOW) is None, token[:20]


@pytest.mark.breadth(beside=["sqlite"])
def test_two_tokens_are_never_alike_and_are_kept_as_hashes(people: Database) -> None:
    tokens = [visitor(people)[1] for _ in range(20)]

    with people.reading() as session:
        hashes = session.scalars(select(Device.token_hash)).all()
    assert len(set(tokens)) == len(set(hashes)) == 20
    assert all(len(token) == 43 for token in tokens)  # 32 bytes in base64url: 256 bits
    assert not any(token.encode() in kept for token in tokens for kept in hashes)


def test_handles_are_random_and_of_64_bytes(people: Database) -> None:
    people = [one(people, visitor(people)[0]) for _ in range(3)]

    assert {len(person.handle) for person in people} == {64}
    assert len({person.handle for person in people}) == 3


def test_signing_out_closes_this_device_and_no_other(people: Database) -> None:
    holder_id, phone = keeper(people)
    with people.writing() as session:
        computer = holders.sign_in(session, session.get_one(Holder, holder_id), NOW)
    found = known(people, phone, NOW)
    assert found is not None

    with people.writing() as session:
        erasure.leave_wallet(session, found, NOW)

    assert known(people, phone, NOW) is None
    assert known(people, computer, NOW) is not None


@pytest.mark.breadth
def test_a_visitor_who_signs_out_leaves_nothing(people: Database) -> None:
    _, token = visitor(people)
    found = known(people, token, NOW)
    assert found is not None

    with people.writing() as session:
        erasure.leave_wallet(session, found, NOW)

    assert (count(people, Holder), count(people, Device)) == (0, 0)


def test_erasing_a_holder_removes_all_their_devices_and_nobody_elses(people: Database) -> None:
    maria, phone = keeper(people)
    _, his = keeper(people)
    with people.writing() as session:
        holders.sign_in(session, session.get_one(Holder, maria), NOW)

    with people.writing() as session:
        holders.erase_holder(session, maria)

    assert known(people, phone, NOW) is None
    assert known(people, his, NOW) is not None
    assert count(people, Device) == 1


def test_only_visitors_whose_half_hour_is_over_are_gone(people: Database) -> None:
    early, _ = visitor(people)
    visitor(people, NOW + SECOND)
    keeper(people)

    with people.reading() as session:
        assert holders.expired_visitors(session, NOW + VISIT_LASTS) == [early]


SHOWN = {
    "  Maria ": "Maria",
    "": "",
    "Maria\u202e\u0000\n": "Maria",
    "   ": "",
    "Zoé 🌻": "Zoé 🌻",
    "فاطمة": "فاطمة",
    "M" * 200: "M" * 60,
    "\ud800Maria": "Maria",
}
"""Each after another one that is shown otherwise."""


@pytest.mark.postgresql
def test_a_first_name_is_kept_as_it_can_be_shown(people: Database) -> None:
    holder_id, _ = keeper(people)

    for typed, shown in SHOWN.items():
        with people.writing() as session:
            holders.rename_holder(session, holder_id, typed)

        assert one(people, holder_id).name == shown, repr(typed)


def test_the_language_that_was_chosen_stays(people: Database) -> None:
    holder_id, _ = keeper(people)

    with people.writing() as session:
        holders.set_language(session, holder_id, "en")

    assert one(people, holder_id).language == "en"
