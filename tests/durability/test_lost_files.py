"""A badge whose own file the shelf lost is found by the chore, told as such, and whole again with its file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.chore import Chore
from tests.fixtures.examined import NOW, again, examined, keeps, somebody_with_a_key, visitor_at
from wallet.badges import badges, importing
from wallet.badges.models import KeptBadge
from wallet.badges.recheck_dates import CHECK_DAILY, CHECK_JITTER, CHECK_WEEKLY
from wallet.openbadges import Check, UnreadableBadge
from wallet.rechecks.round import note_lost_document
from wallet.storage.database import Database

MINUTE, LATEST = timedelta(minutes=1), 1 + CHECK_JITTER


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.fixture
def badge(chore: Chore, wallets: Database, maria: int) -> int:
    """Maria's badge, good when she brought it."""
    (id,) = keeps(wallets, maria, chore.brought())
    return id


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"spoiled")])
def test_a_badge_whose_file_the_shelf_lost_is_not_shown_as_whole_until_it_is_mended(
    chore: Chore, badge: int, spoil: Callable[[Path], Any]
):
    whole = chore.kept(badge)
    document = chore.files.read(whole.document)
    spoil(chore.files.root / whole.document[:2] / whole.document[2:4] / whole.document)

    assert chore.round(days=9) == []

    one = chore.kept(badge)
    assert (one.state, one.checked_at, one.good_at) == ("unreadable", chore.clock(), NOW)
    assert (one.good, one.examination) == (whole.good, whole.examination), "what was seen stays as history"
    assert not one.may_be_shown
    assert not one.card.proven
    assert one.due_at <= chore.clock() + CHECK_DAILY * LATEST
    assert chore.round(minutes=1) == []

    assert chore.files.keep(document) == whole.document, "from a backup"
    assert len(chore.round(days=2)) == 1

    assert (chore.kept(badge).state, chore.kept(badge).good_at) == ("valid", chore.clock())


def test_a_withdrawn_badge_whose_file_is_lost_stays_withdrawn(chore: Chore, badge: int):
    chore.web["https://issuer.example/badges/1.json"] = 410
    chore.round(days=9)
    chore.files.remove(chore.kept(badge).document)

    chore.round(days=9)

    assert chore.kept(badge).state == "revoked"


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_so_it_does_whichever_way_it_was_withdrawn(chore: Chore, wallets: Database, maria: int, badge: int, state: str):
    withdrawn = Check("not_withdrawn", "failed", state)
    with wallets.writing() as session:
        again(session, maria, badge, examined(not_withdrawn=withdrawn), ())
        badges.note_loss(session.get_one(KeptBadge, badge), NOW + MINUTE)

    assert chore.kept(badge).state == state


def test_one_in_which_no_badge_can_be_read_any_more_is_left_as_it_is(
    chore: Chore, badge: int, monkeypatch: pytest.MonkeyPatch
):
    def unreadable(*_: object) -> None:
        raise UnreadableBadge("unknown-kind")

    monkeypatch.setattr(importing, "examine_again", unreadable)
    monkeypatch.setattr("wallet.badges.examine_again", unreadable)

    assert chore.round(days=9) == []

    one = chore.kept(badge)
    assert (one.state, one.checked_at) == ("valid", NOW)
    assert one.due_at >= chore.clock() + CHECK_WEEKLY * (1 - CHECK_JITTER)


def test_a_lost_one_that_a_visitor_brought_and_nobody_could_check_is_looked_at_soon(
    chore: Chore, badge: int, wallets: Database, maria: int
):
    document = chore.files.read(chore.kept(badge).document)
    chore.files.remove(chore.kept(badge).document)
    chore.round(days=9)
    brought, visitor = chore.brought(), visitor_at(wallets).id
    keeps(wallets, visitor, replace(brought, examination=examined(brought.examination.badge, not_withdrawn="unknown")))
    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)
    assert (chore.kept(badge).state, chore.kept(badge).good_at) == ("unreadable", NOW)

    assert len(chore.round(minutes=1)) == 1

    assert (chore.kept(badge).state, chore.kept(badge).good_at) == ("valid", chore.clock())
    assert chore.files.read(chore.kept(badge).document) == document


@pytest.mark.postgresql
def test_whoever_brought_the_file_meanwhile_knows_better(chore: Chore, badge: int, wallets: Database, maria: int):
    before = chore.kept(badge)
    with wallets.writing() as session:
        again(session, maria, badge, examined(at=chore.clock.now + MINUTE), ())
    with wallets.writing() as session:
        assert not note_lost_document(session, maria, badge, (before.document, before.checked_at), chore.clock())

    assert chore.kept(badge).state == "valid"


def test_one_that_is_shown_is_not_tried_every_minute(chore: Chore, badge: int, maria: int):
    chore.shows(maria, badge)
    chore.files.remove(chore.kept(badge).document)

    chore.round(days=2)

    assert chore.kept(badge).due_at >= chore.clock() + CHECK_DAILY * (1 - CHECK_JITTER)
