"""What stays readable of a share: as it was then, and what it is now."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.fixtures.examined import AWARDED, NOW, another, found, keeps, somebody_with_a_key
from wallet.badges import badges
from wallet.shares import lifecycle, owner_view
from wallet.shares.models import Choice, ShownBadge
from wallet.shares.owner_view import Record
from wallet.storage.database import Database, Missing
from wallet.storage.keyring import Keyring
from wallet.trust import NO_REGISTERS


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys.json")


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


def share_of(wallets: Database, keyring: Keyring, maria: int, *ids: int) -> int:
    with wallets.writing() as session:
        choice = Choice(badge_ids=ids, ends_at=NOW + timedelta(days=7))
        return lifecycle.create_share(session, maria, choice, keyring.seal, NOW).id


def record(wallets: Database, holder: int, share: int) -> Record:
    with wallets.reading() as session:
        return owner_view.shown_to_owner(session, holder, share, NO_REGISTERS, NOW)


def test_a_badge_is_told_as_it_was_when_it_was_shown(wallets: Database, keyring: Keyring, maria: int):
    (id,) = keeps(wallets, maria, found(another(1, name="Organiser – je pratique")))
    share = share_of(wallets, keyring, maria, id)
    with wallets.writing() as session:
        kept = badges.get_badge(session, maria, id)
        kept.read = kept.read | {"name": "Organiser – je maîtrise"}

    (badge,) = record(wallets, maria, share).badges

    assert (badge.name, badge.level, badge.issuer_name) == ("Organiser", "je pratique", "Organisme d’essai")
    assert badge.issued_on == AWARDED
    assert badge.now is not None
    assert badge.now.level == "je maîtrise"


def test_a_removed_badge_is_told_and_has_no_now(wallets: Database, keyring: Keyring, maria: int):
    first, second = keeps(wallets, maria, found(another(1)), found(another(2)))
    share = share_of(wallets, keyring, maria, first, second)
    with wallets.writing() as session:
        badges.remove_badge(session, maria, first, NOW)

    told = record(wallets, maria, share)

    assert [bool(one.now) for one in told.badges] == [True, False], "the newest comes first"
    assert {one.name for one in told.badges} == {"Communiquer"}


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"name": None, "level": 7, "issuer_name": [], "issued_on": "soon"},
        {"name": "Organiser", "issued_on": {"year": 2026}},
    ],
)
def test_whatever_an_archive_told_of_it_can_be_read(wallets: Database, keyring: Keyring, maria: int, told: Any):
    share = share_of(wallets, keyring, maria, *keeps(wallets, maria, found()))
    with wallets.writing() as session:
        session.execute(update(ShownBadge).values(told=told))

    (badge,) = record(wallets, maria, share).badges

    assert all(isinstance(one, str) for one in (badge.name, badge.level, badge.issuer_name))
    assert badge.issued_on == (AWARDED if told is None else None)
    assert badge.now is not None


def test_a_share_of_somebody_else_is_not_there(wallets: Database, keyring: Keyring, maria: int):
    share = share_of(wallets, keyring, maria, *keeps(wallets, maria, found()))

    for holder, id in ((somebody_with_a_key(wallets), share), (maria, share + 1)):
        with pytest.raises(Missing):
            record(wallets, holder, id)
    with wallets.reading() as session:
        assert len(session.scalars(select(ShownBadge)).all()) == 1
