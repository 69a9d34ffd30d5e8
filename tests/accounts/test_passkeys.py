"""How Maria keeps her wallet and comes back to it, on both databases; and how nobody else does."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.fixtures.authenticator import ELIGIBLE, PRESENT, VERIFIED, Algorithm, Key, decoded
from tests.fixtures.people import (
    LATER,
    NAME,
    NOW,
    TABLES,
    asked_for_a_key,
    asked_to_show_one,
    count,
    enters,
    is_known,
    keeps,
    known_by,
    only_key,
    somebody,
)
from wallet.accounts import holders
from wallet.accounts.ceremonies import CeremonyFailed
from wallet.accounts.challenges import Challenge
from wallet.accounts.holders import Device, Holder, SignedIn
from wallet.accounts.passkeys import NotFresh, Passkey
from wallet.storage.database import Database, Missing


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
@pytest.mark.breadth(beside=["sqlite-ES256", "sqlite-EdDSA"])
def test_maria_keeps_her_wallet_and_comes_back(people: Database, algorithm: Algorithm) -> None:
    visitor, key = somebody(people), Key(algorithm=algorithm)

    first = keeps(people, visitor, key.make(asked_for_a_key(people, visitor)))
    again = enters(people, key.show(asked_to_show_one(people, LATER)))

    for token in (first, again):
        known = known_by(people, token, LATER)
        assert known.holder.id == visitor.holder.id
        assert known.holder.is_kept
        assert known.holder.leaves_at is None
    kept = only_key(people)
    assert (kept.created_at, kept.used_at) == (NOW, LATER)
    assert (kept.backup_eligible, kept.backed_up, kept.transports) == (True, True, ["hybrid", "internal"])


def test_the_phone_is_asked_for_a_key_that_needs_no_name_and_shows_nothing_of_its_maker(people: Database) -> None:
    visitor = somebody(people)

    options = asked_for_a_key(people, visitor)

    assert options["rp"] == {"id": "localhost", "name": "Mes badges"}
    assert options["user"]["name"] == NAME
    assert decoded(options["user"]["id"]) == visitor.holder.handle
    assert len(decoded(options["challenge"])) == 32
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-8, -7, -257]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert (options["attestation"], options["timeout"], options["excludeCredentials"]) == ("none", 300_000, [])


def test_whoever_comes_back_is_asked_for_no_name(people: Database) -> None:
    options = asked_to_show_one(people)

    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert options["allowCredentials"] == []


def test_a_phone_that_has_a_key_already_is_told_so(people: Database, maria: SignedIn, key: Key) -> None:
    excluded = asked_for_a_key(people, maria)["excludeCredentials"]

    assert [decoded(one["id"]) for one in excluded] == [key.credential_id]
    assert excluded[0]["transports"] == ["hybrid", "internal"]


def test_being_asked_for_a_key_begins_the_half_hour_again(people: Database) -> None:
    visitor, late = somebody(people), NOW + timedelta(minutes=29)

    asked_for_a_key(people, visitor, late)

    with people.reading() as session:
        assert session.get_one(Holder, visitor.holder.id).leaves_at == late + holders.VISIT_LASTS


@pytest.mark.postgresql
def test_nobody_is_asked_for_a_key_who_was_erased_meanwhile(people: Database) -> None:
    visitor = somebody(people)
    with people.writing() as session:
        holders.erase_holder(session, visitor.holder.id)

    with pytest.raises(Missing):
        asked_for_a_key(people, visitor)


def test_a_key_made_too_late_for_an_erased_visitor_is_refused(people: Database, key: Key) -> None:
    visitor = somebody(people)
    answer = key.make(asked_for_a_key(people, visitor))
    with people.writing() as session:
        holders.erase_holder(session, visitor.holder.id)

    with pytest.raises(CeremonyFailed):
        keeps(people, visitor, answer)


@pytest.mark.breadth
def test_a_second_key_is_made_only_just_after_showing_one(people: Database, maria: SignedIn, key: Key) -> None:
    soon, late = NOW + timedelta(minutes=4), NOW + timedelta(minutes=5)

    keeps(people, maria, Key().make(asked_for_a_key(people, maria, soon)), soon)

    with pytest.raises(NotFresh):
        asked_for_a_key(people, maria, late)
    again = known_by(people, enters(people, key.show(asked_to_show_one(people, late)), late), late)
    asked_for_a_key(people, again, late)
    assert count(people, Passkey) == 2


# Whose key it is


def test_a_key_that_nobody_has_opens_nothing(people: Database, maria: SignedIn) -> None:
    stranger = Key(handle=maria.holder.handle)

    with pytest.raises(CeremonyFailed, match="no such key"):
        enters(people, stranger.show(asked_to_show_one(people, LATER)))


@pytest.mark.breadth
def test_youssef_does_not_enter_marias_wallet_by_her_handle(people: Database, maria: SignedIn) -> None:
    youssef, his = somebody(people), Key()
    keeps(people, youssef, his.make(asked_for_a_key(people, youssef)))

    for handle in (maria.holder.handle, b"", bytes(64)):
        with pytest.raises(CeremonyFailed):
            enters(people, his.show(asked_to_show_one(people, LATER), handle=handle))


def test_marias_credential_id_is_not_taken_by_youssef(people: Database, maria: SignedIn, key: Key) -> None:
    youssef, his = somebody(people), Key(credential_id=key.credential_id)

    with pytest.raises(CeremonyFailed):
        keeps(people, youssef, his.make(asked_for_a_key(people, youssef)))

    assert only_key(people).holder_id == maria.holder.id
    with people.reading() as session:
        assert not session.get_one(Holder, youssef.holder.id).is_kept
    with pytest.raises(CeremonyFailed):
        enters(people, his.show(asked_to_show_one(people, LATER)))


def test_a_key_goes_with_its_holder(people: Database, maria: SignedIn, key: Key) -> None:
    with people.writing() as session:
        holders.erase_holder(session, maria.holder.id)

    assert count(people, Passkey) == 0
    with pytest.raises(CeremonyFailed, match="no such key"):
        enters(people, key.show(asked_to_show_one(people, LATER)))


# What the authenticator says of the key


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        *((0, 0, False), (5, 6, False), (5, 5, True), (5, 0, True)),
        pytest.param(
            0, 2**32 - 1, False, marks=pytest.mark.postgresql
        ),  # more than a column of 32 bits with a sign holds
    ],
)
def test_a_counter_that_does_not_rise_is_told_and_locks_nobody_out(
    people: Database, key: Key, caplog: pytest.LogCaptureFixture, before: int, after: int, is_told: bool
) -> None:
    visitor = somebody(people)
    keeps(people, visitor, key.make(asked_for_a_key(people, visitor), count=before))

    with caplog.at_level(logging.WARNING, "wallet"):
        assert enters(people, key.show(asked_to_show_one(people, LATER), count=after))

    assert ("did not rise" in caplog.text) is is_told
    assert only_key(people).sign_count == after


def test_a_key_that_became_copyable_is_refused(people: Database, key: Key) -> None:
    visitor, alone = somebody(people), PRESENT | VERIFIED
    keeps(people, visitor, key.make(asked_for_a_key(people, visitor), flags=alone))

    with pytest.raises(CeremonyFailed):
        enters(people, key.show(asked_to_show_one(people, LATER)))
    assert enters(people, key.show(asked_to_show_one(people, LATER), flags=alone))


def test_a_copy_that_was_lost_is_noted(people: Database, maria: SignedIn, key: Key) -> None:
    enters(people, key.show(asked_to_show_one(people, LATER), flags=PRESENT | VERIFIED | ELIGIBLE))

    assert not only_key(people).backed_up


# The device


def test_a_key_gives_the_device_a_new_token_and_the_old_one_opens_nothing(people: Database, key: Key) -> None:
    with people.writing() as session:
        holder = holders.create_visitor(session, NOW)
        planted = holders.sign_in(session, holder, NOW)
    visitor = known_by(people, planted)

    kept = keeps(people, visitor, key.make(asked_for_a_key(people, visitor)))
    entered = enters(people, key.show(asked_to_show_one(people, LATER)), known=known_by(people, kept))

    assert len({planted, kept, entered}) == 3
    assert [is_known(people, token, LATER) for token in (planted, kept, entered)] == [False, False, True]


def test_what_a_visitor_looked_at_comes_along_to_the_wallet_they_had(
    people: Database, maria: SignedIn, key: Key
) -> None:
    visitor, moved = somebody(people, LATER), []

    token = enters(
        people,
        key.show(asked_to_show_one(people, LATER)),
        known=visitor,
        move=lambda _session, old, new: moved.append((old, new)),
    )

    assert moved == [(visitor.holder.id, maria.holder.id)]
    assert known_by(people, token, LATER).holder.id == maria.holder.id
    with people.reading() as session:
        assert session.get(Holder, visitor.holder.id) is None


@pytest.mark.breadth
def test_nothing_moves_from_one_kept_wallet_to_another(people: Database, maria: SignedIn, key: Key) -> None:
    """Two people share a phone: the second signs in while the first one is still there."""
    youssef, his = somebody(people), Key()
    signed_in = known_by(people, keeps(people, youssef, his.make(asked_for_a_key(people, youssef))))
    moved: list[object] = []

    token = enters(people, key.show(asked_to_show_one(people)), NOW, signed_in, lambda *what: moved.append(what))

    assert moved == []
    assert known_by(people, token).holder.id == maria.holder.id
    with people.reading() as session:
        assert session.get_one(Holder, youssef.holder.id).is_kept


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_visitor_who_made_a_key_in_another_tab_meanwhile_is_not_erased(
    people: Database, maria: SignedIn, key: Key
) -> None:
    as_seen = somebody(people)
    keeps(people, as_seen, Key().make(asked_for_a_key(people, as_seen)))
    moved: list[object] = []

    enters(people, key.show(asked_to_show_one(people)), NOW, as_seen, lambda *what: moved.append(what))

    assert moved == []
    with people.reading() as session:
        assert session.get_one(Holder, as_seen.holder.id).is_kept


@pytest.mark.breadth
def test_when_what_was_looked_at_cannot_move_nothing_happened(people: Database, maria: SignedIn, key: Key) -> None:
    def fail(_session: Session, _old: int, _new: int) -> None:
        raise LookupError

    visitor, devices = somebody(people, LATER), count(people, Device)

    with pytest.raises(LookupError):
        enters(people, key.show(asked_to_show_one(people, LATER)), known=visitor, move=fail)

    assert count(people, Device) == devices
    assert only_key(people).used_at == NOW


# What is kept


def everything_in(people: Database) -> str:
    """All that the database holds, in one text: bytes in hexadecimal, and as the letters they are."""
    with people.reading() as session:
        rows = [value for table in TABLES for row in session.execute(select(table)) for value in row]
    return "\n".join(f"{one.hex()} {one!r}" if isinstance(one, bytes) else str(one) for one in rows)


@pytest.mark.breadth
def test_the_database_holds_no_challenge_and_no_token(people: Database, maria: SignedIn, key: Key) -> None:
    to_make, to_show = asked_for_a_key(people, maria), asked_to_show_one(people)
    token = enters(people, key.show(asked_to_show_one(people)), NOW)
    kept = everything_in(people)

    assert count(people, Challenge) == 2
    for secret in (to_make["challenge"], to_show["challenge"], token):
        assert secret not in kept
        assert decoded(secret).hex() not in kept
    assert key.credential_id.hex() in kept
