"""How often a share was opened: a number for each day and kind of device, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from tests.fixtures.examined import NOW, found, keeps, somebody_with_a_key
from wallet.shares import lifecycle, models, owner_view, view_counts
from wallet.shares.models import Choice
from wallet.shares.view_counts import DayOfViews, DeviceKind
from wallet.storage.database import Database

TODAY = date(2026, 11, 24)


@pytest.fixture
def share(wallets: Database) -> int:
    holder = somebody_with_a_key(wallets)
    choice = Choice(badge_ids=keeps(wallets, holder, found()), ends_at=NOW + timedelta(days=7))
    with wallets.writing() as session:
        return lifecycle.create_share(session, holder, choice, lambda what, _: what, NOW).id


def count(wallets: Database, share: int, day: date = TODAY, kind: DeviceKind = "phone") -> None:
    """One more; who comes first at the same moment as another is tried again, as visit.keep does."""
    try:
        with wallets.writing() as session:
            view_counts.count_view(session, share, day, kind)
    except IntegrityError:
        with wallets.writing() as session:
            view_counts.count_view(session, share, day, kind)


def told(wallets: Database, share: int) -> list[DayOfViews]:
    with wallets.reading() as session:
        return view_counts.list_views(session, [share])[share]


@pytest.mark.postgresql
def test_days_are_told_the_newest_first_with_their_kinds_apart(wallets: Database, share: int) -> None:
    yesterday = TODAY - timedelta(days=1)
    count(wallets, share, yesterday)
    count(wallets, share, kind="computer")
    count(wallets, share)
    count(wallets, share)

    assert told(wallets, share) == [
        DayOfViews(TODAY, "computer", 1),
        DayOfViews(TODAY, "phone", 2),
        DayOfViews(yesterday, "phone", 1),
    ]


def test_a_share_that_nobody_opened_is_told_so(wallets: Database, share: int) -> None:
    assert told(wallets, share) == []


@pytest.mark.postgresql
@pytest.mark.breadth
def test_of_a_hundred_who_look_at_once_none_is_lost(wallets: Database, share: int) -> None:
    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(lambda _: count(wallets, share), range(100)))

    assert told(wallets, share) == [DayOfViews(TODAY, "phone", 100)]


def test_they_are_counted_from_a_day_on_that_day_with_it(wallets: Database, share: int) -> None:
    for day in (TODAY - timedelta(days=2), TODAY - timedelta(days=1), TODAY):
        count(wallets, share, day)

    with wallets.reading() as session:
        assert view_counts.count_views_since(session, share, TODAY - timedelta(days=1)) == 2


def test_what_an_archive_tells_is_no_news_and_what_comes_since_is(wallets: Database, share: int) -> None:
    yesterday = TODAY - timedelta(days=1)
    with wallets.writing() as session:
        view_counts.count_view(session, share, TODAY, "phone")
        holder = session.get_one(models.Share, share).holder_id
        owner_view.mark_views_seen(session, holder)
        view_counts.restore_views(session, share, [DayOfViews(TODAY, "phone", 5), DayOfViews(yesterday, "phone", 2)])
        assert owner_view.get_unseen_views(session, holder) is None

        view_counts.count_view(session, share, TODAY, "phone")

        unseen = owner_view.get_unseen_views(session, holder)
    assert unseen is not None
    assert unseen.last == DayOfViews(TODAY, "phone", 1)


def test_there_is_no_room_for_who_it_was(wallets: Database, share: int) -> None:
    columns = {column["name"] for column in inspect(wallets.engine).get_columns("openings")}

    assert columns == {"id", "share_id", "day", "kind", "times", "seen"}


def test_with_the_share_they_go(wallets: Database, share: int) -> None:
    count(wallets, share)
    with wallets.writing() as session:
        session.delete(session.get(models.Share, share))

    assert told(wallets, share) == []
