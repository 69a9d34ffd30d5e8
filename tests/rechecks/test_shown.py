"""What an open share shows is due within a day: whatever began to show it, and whatever noted a check of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.fixtures.chore import Chore, copies
from tests.fixtures.examined import keeps, somebody_with_a_key
from wallet.badges.models import KeptBadge
from wallet.badges.recheck_dates import CHECK_DAILY, CHECK_JITTER, CHECK_WEEKLY
from wallet.rechecks import shown
from wallet.shares import editing, lasting_page, lifecycle
from wallet.shares.models import Choice
from wallet.storage.database import Database

Act = Callable[[Chore, int, int, list[int]], None]


def reopened(chore: Chore, holder: int, share: int, ids: list[int]) -> None:
    chore.wallets.write(lifecycle.stop_share, holder, share, chore.clock())
    far_off(chore)
    chore.wallets.write(lifecycle.reopen_share, holder, share, chore.clock())


def prolonged(chore: Chore, holder: int, share: int, ids: list[int]) -> None:
    chore.wallets.write(lifecycle.prolong_share, holder, share, chore.clock() + timedelta(days=90), chore.clock())


def edited(chore: Chore, holder: int, share: int, ids: list[int]) -> None:
    chore.wallets.write(editing.change_share, holder, share, Choice(badge_ids=ids, ends_at=None), chore.clock())


def page_opened(chore: Chore, holder: int, share: int, ids: list[int]) -> None:
    choice = Choice(badge_ids=ids[:1], ends_at=None, is_page=True)
    chore.wallets.write(lifecycle.stop_share, holder, share, chore.clock())
    chore.wallets.write(lasting_page.create_page, holder, choice, lambda token, _: token, chore.clock())
    chore.wallets.write(lasting_page.close_page, holder, chore.clock())
    far_off(chore)
    chore.wallets.write(lasting_page.open_page, holder)


def far_off(chore: Chore, by: timedelta = CHECK_WEEKLY) -> None:
    with chore.wallets.writing() as session:
        session.execute(update(KeptBadge).values(due_at=chore.clock() + by))


@pytest.mark.parametrize("act", [reopened, prolonged, edited, page_opened], ids=lambda act: act.__name__)
@pytest.mark.breadth(beside=["sqlite-prolonged"])
def test_whatever_shows_a_badge_brings_its_check_closer(chore: Chore, wallets: Database, act: Act):
    maria = somebody_with_a_key(wallets)
    first, second = keeps(wallets, maria, chore.brought(1), chore.brought(2))
    share = chore.shows(maria, first)
    far_off(chore)

    act(chore, maria, share, [first, second])

    assert chore.kept(first).due_at == chore.kept(first).checked_at + CHECK_DAILY
    assert (chore.kept(second).due_at < chore.clock() + CHECK_WEEKLY) == (act is edited)


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_no_event_brought_closer_is_found_at_night_some_at_a_time(
    chore: Chore, wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shown, "PIECE", 2)
    maria = somebody_with_a_key(wallets)
    [first] = keeps(wallets, maria, chore.brought())
    ids = [first, *copies(wallets, first, 4)]
    shares = [chore.shows(maria, *ids[:3]), chore.shows(maria, *ids[3:])]
    wallets.write(lifecycle.stop_share, maria, shares[1], chore.clock())
    far_off(chore, CHECK_DAILY * 1.5)
    pieces, after = [], 0
    while not pieces or after:
        late, after = wallets.read(shown.find_late_checks, after, chore.clock())
        pieces.append(late)
        wallets.write(shown.hasten_checks, late, chore.clock())

    assert [len(piece) for piece in pieces] == [2, 1, 0]
    daily = [chore.kept(id).due_at <= chore.clock() + CHECK_DAILY * (1 + CHECK_JITTER) for id in ids]
    assert daily == [True, True, True, False, False]
    month = 30 * CHECK_DAILY
    far_off(chore, month + CHECK_WEEKLY)
    assert wallets.read(shown.find_late_checks, 0, chore.clock() + month)[0] == [], "no share is open any more"


@pytest.mark.breadth
def test_the_look_at_night_is_had_once_a_day(chore: Chore, wallets: Database):
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, chore.brought())
    chore.shows(maria, id)
    found = []
    for _ in range(4):
        far_off(chore)
        chore.round(hours=8)
        found.append(chore.kept(id).due_at < chore.clock() + CHECK_DAILY * 2)

    assert found == [True, False, False, True]
