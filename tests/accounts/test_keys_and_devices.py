"""Maria's keys and devices in the rooms that keep them, on both databases: who may make, name and put out what."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.fixtures.authenticator import Key, encoded
from tests.fixtures.people import (
    LATER,
    NOW,
    SETTINGS,
    asked_for_a_key,
    asked_to_show_one,
    enters,
    is_known,
    keeps,
    known_by,
    somebody,
)
from wallet.accounts import holders, passkeys, recovery_codes
from wallet.accounts.ceremonies import CeremonyFailed
from wallet.accounts.holders import FRESH, MOST_DEVICES, Device, SignedIn, SignInContext
from wallet.accounts.passkeys import MOST_PASSKEYS, TooManyKeys
from wallet.accounts.recoveries import RecoveryPending
from wallet.recovery import flows
from wallet.storage.database import Database, Missing

AFTER = NOW + FRESH


def may_make(people: Database, known: SignedIn, now: datetime = NOW) -> bool:
    with people.reading() as session:
        return passkeys.may_make_passkey(session, known, now)


def is_asked(people: Database, known: SignedIn, now: datetime = NOW) -> bool:
    with people.reading() as session:
        return passkeys.must_confirm(session, known, now)


def signs_in(people: Database, maria: SignedIn, place: SignInContext = holders.ANYWHERE) -> tuple[str, SignedIn]:
    """Another device of hers: its token, and who is at its door."""
    with people.writing() as session:
        token = holders.sign_in(session, maria.holder, NOW, place)
    return token, known_by(people, token)


def device_ids(people: Database, maria: SignedIn) -> list[int]:
    with people.reading() as session:
        return list(session.scalars(select(Device.id).where(Device.holder_id == maria.holder.id)))


def came_back(people: Database, maria: SignedIn) -> tuple[str, SignedIn]:
    """Whoever holds Maria's paper comes in by it."""
    with people.writing() as session:
        code = recovery_codes.make_recovery_code(session, maria.holder.id, NOW)
        token = flows.enter_by_recovery_code(session, None, code, SignInContext("windows"), NOW, lambda *_what: None)
    return token, known_by(people, token)


@pytest.mark.breadth
def test_who_may_make_a_key(people: Database, maria: SignedIn) -> None:
    assert may_make(people, somebody(people), AFTER), "a visitor, the first one"
    assert may_make(people, maria)
    assert not may_make(people, maria, AFTER), "no key was shown just now"
    assert may_make(people, came_back(people, maria)[1], AFTER), "who came back without a key needs one"
    assert not may_make(people, signs_in(people, maria, SignInContext("windows", is_shared=True))[1]), (
        "others use it too"
    )


def test_a_visitor_who_made_a_key_in_another_tab_is_asked_to_show_it(people: Database) -> None:
    visitor, key = somebody(people), Key()
    keeps(people, visitor, key.make(asked_for_a_key(people, visitor)))

    assert not visitor.holder.is_kept, "as this tab knew them"
    assert not may_make(people, visitor, AFTER)


def test_a_key_is_asked_for_only_where_there_is_one_and_none_was_shown(people: Database, maria: SignedIn) -> None:
    assert not is_asked(people, maria)
    assert is_asked(people, maria, AFTER)
    assert not is_asked(people, somebody(people), AFTER)


def test_a_key_too_many_is_neither_begun_nor_kept(people: Database, maria: SignedIn) -> None:
    begun = [asked_for_a_key(people, maria) for _ in range(MOST_PASSKEYS)]
    known = maria
    for options in begun[1:]:
        known = known_by(people, keeps(people, known, Key().make(options)))

    with pytest.raises(CeremonyFailed, match="as many keys"):
        keeps(people, known, Key().make(begun[0]))
    with pytest.raises(TooManyKeys):
        asked_for_a_key(people, maria)
    with people.reading() as session:
        assert len(passkeys.list_passkeys(session, maria.holder.id)) == MOST_PASSKEYS


def test_a_key_is_named_by_its_holder_alone(people: Database, maria: SignedIn) -> None:
    with people.writing() as session:
        (key,) = passkeys.list_passkeys(session, maria.holder.id)
        passkeys.rename_passkey(session, maria.holder.id, key.id, " Téléphone \x00 d’Awa ", NOW)

    with people.reading() as session:
        assert [one.name for one in passkeys.list_passkeys(session, maria.holder.id)] == ["Téléphone  d’Awa"]
    other = somebody(people)
    with pytest.raises(Missing), people.writing() as session:
        passkeys.rename_passkey(session, other.holder.id, key.id, "à moi", NOW)


def test_who_came_back_names_the_key_that_they_made_and_no_other_until_three_days_are_over(
    people: Database, maria: SignedIn
) -> None:
    _, thief = came_back(people, maria)
    thief = known_by(people, keeps(people, thief, Key().make(asked_for_a_key(people, thief))))
    with people.reading() as session:
        hers, theirs = (key.id for key in passkeys.list_passkeys(session, maria.holder.id))

    def names(key_id: int, name: str, known: SignedIn, now: datetime = LATER) -> None:
        with people.writing() as session:
            passkeys.rename_passkey(session, maria.holder.id, key_id, name, now, known.device.return_id)

    names(hers, "Mon téléphone", maria)
    names(theirs, "Celui-ci", thief)
    with pytest.raises(RecoveryPending):
        names(hers, "Le voleur", thief)

    with people.reading() as session:
        assert [key.name for key in passkeys.list_passkeys(session, maria.holder.id)] == ["Mon téléphone", "Celui-ci"]
    names(theirs, "Le voleur", maria)
    names(hers, "Perdu", thief, NOW + timedelta(days=3))


def test_what_the_phone_is_told_is_of_this_holder(people: Database, maria: SignedIn, key: Key) -> None:
    with people.reading() as session:
        keys = passkeys.list_passkeys(session, maria.holder.id)

    told = passkeys.passkey_signals(maria.holder, keys, "24 novembre 2026", SETTINGS)

    assert told == {
        "rpId": "localhost",
        "userId": encoded(maria.holder.handle),
        "ids": [encoded(key.credential_id)],
        "name": "Mes badges – 24 novembre 2026",
    }


@pytest.mark.parametrize(
    ("transports", "made_on", "here", "is_in"),
    [
        (["internal"], "android", "android", True),
        (["internal"], "android", "windows", False),  # her phone read a code on the screen of the library
        (["hybrid", "internal"], "windows", "windows", False),
        (["hybrid", "internal"], "windows", "android", True),  # made in her phone at a shared computer, and used on it
        (["hybrid", "internal"], "windows", "mac", False),
        (["hybrid", "internal"], "android", "android", False),  # her new phone read a code on the screen of her old one
        (["nfc", "usb"], "windows", "android", False),  # a stick that she holds to her phone: with the stick it is gone
    ],
)
def test_a_key_is_in_a_device_where_kinds_say_so(transports: list[str], made_on: str, here: str, is_in: bool) -> None:
    attachment = "platform" if transports == ["internal"] else "cross-platform"
    key = passkeys.Passkey(id=1, attachment=attachment, kind=made_on, transports=transports)

    assert key.is_in(Device(kind=here, passkey_id=1)) is is_in
    assert not key.is_in(Device(kind=here, passkey_id=2))


def test_another_device_is_put_out_and_this_one_and_a_strangers_are_not(people: Database, maria: SignedIn) -> None:
    token, other = signs_in(people, maria)
    stranger = somebody(people)

    for device in (maria.device, stranger.device):
        with pytest.raises(Missing), people.writing() as session:
            flows.sign_out_one(session, maria, device.id, NOW)
    with people.writing() as session:
        flows.sign_out_one(session, maria, other.device.id, NOW)

    assert not is_known(people, token)


def test_who_came_back_by_a_paper_puts_out_nobody_until_three_days_are_over(people: Database, maria: SignedIn) -> None:
    token, thief = came_back(people, maria)

    with pytest.raises(Missing), people.writing() as session:
        flows.sign_out_one(session, thief, maria.device.id, LATER)
    with people.writing() as session:
        flows.sign_out_elsewhere(session, thief, LATER)
    with people.reading() as session:
        assert flows.other_devices(session, thief, LATER) == []
        assert flows.other_devices(session, maria, LATER) == [thief.device.id]
        assert flows.other_devices(session, thief, NOW + timedelta(days=3)) == [maria.device.id]
    with people.writing() as session:
        flows.sign_out_one(session, maria, thief.device.id, LATER)

    assert not is_known(people, token)


@pytest.mark.breadth
def test_a_holder_is_signed_in_on_fifty_devices_at_most(people: Database, maria: SignedIn) -> None:
    """Whoever signs in once more is signed out where it was longest ago; who came back without a key puts nobody out."""
    with people.writing() as session:
        session.execute(update(Device).values(seen_at=NOW - timedelta(minutes=1)))
    tokens = [signs_in(people, maria)[0] for _ in range(MOST_DEVICES - 1)]

    came_back(people, maria)
    assert maria.device.id in device_ids(people, maria), "51, one of them by a paper"

    newest, _ = signs_in(people, maria)
    assert maria.device.id not in device_ids(people, maria)
    assert len(device_ids(people, maria)) == MOST_DEVICES + 1, "which took no place of hers"
    assert all(is_known(people, token) for token in (tokens[-1], newest))


@pytest.mark.breadth
def test_a_thief_who_signs_in_again_and_again_takes_no_place_of_a_device_from_before(
    people: Database, maria: SignedIn
) -> None:
    """They made a key, and are as often at the door as they like; then Maria signs in on one more."""
    _, thief = came_back(people, maria)
    made = asked_for_a_key(people, thief)
    theirs = Key()
    keeps(people, thief, theirs.make(made))
    for _ in range(MOST_DEVICES + 1):
        enters(people, theirs.show(asked_to_show_one(people)), NOW)

    newest, _ = signs_in(people, maria)

    assert maria.device.id in device_ids(people, maria)
    assert is_known(people, newest)
    assert len(device_ids(people, maria)) == 2 + MOST_DEVICES, "theirs have an end, too"
