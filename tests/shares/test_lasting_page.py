"""« Ma page » on either database: closed and opened, and changed by whoever comes at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from wallet import accounts
from wallet.shares import lasting_page
from wallet.shares.models import Choice, Share
from wallet.storage.database import Database


@pytest.fixture
def sonia(wallets: Database) -> int:
    """Sonia, who has four badges."""
    sonia = somebody_with_a_key(wallets)
    for number in range(1, 5):
        keeps(wallets, sonia, found(another(number)))
    return sonia


def makes(wallets: Database, sonia: int) -> int:
    """She turns her page on, with her first badge."""
    chosen = Choice(badge_ids=[1], ends_at=None, name="Sonia", is_page=True)
    with wallets.writing() as session:
        return lasting_page.create_page(session, sonia, chosen, lambda content, _: content, NOW).id


def turns(wallets: Database, sonia: int, what: lasting_page.Turned, *ids: int) -> None:
    one = lasting_page.Turn(what=what, ids=frozenset(ids), is_on=True)
    wallets.write(lasting_page.turn_switch, sonia, one, NOW)


def at_once(*calls: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(calls)) as crowd:
        for one in [crowd.submit(call) for call in calls]:
            one.result()


def is_open(wallets: Database, sonia: int) -> bool:
    with wallets.reading() as session:
        page = lasting_page.find_page(session, sonia)
        return page is not None and page.is_open(NOW)


@pytest.mark.postgresql
def test_it_is_closed_and_opened(wallets: Database, sonia: int) -> None:
    makes(wallets, sonia)

    for _ in range(2):
        wallets.write(lasting_page.close_page, sonia, NOW)
        assert not is_open(wallets, sonia)
    for _ in range(2):
        wallets.write(lasting_page.open_page, sonia)
        assert is_open(wallets, sonia)


@pytest.mark.postgresql
def test_several_who_make_it_at_once_make_one(wallets: Database, sonia: int) -> None:
    at_once(*[lambda: makes(wallets, sonia)] * 6)

    with wallets.reading() as session:
        assert session.scalar(select(func.count()).select_from(Share)) == 1


@pytest.mark.postgresql
def test_several_who_change_it_at_once_lose_nothing(wallets: Database, sonia: int) -> None:
    """Her name, her photo, what she looks for and each switch, from as many tabs: none waits for another in a circle."""
    makes(wallets, sonia)
    wallets.write(lasting_page.set_sought, sonia, "Un poste", NOW)

    at_once(
        *[lambda: wallets.write(lasting_page.set_photo, sonia, b"RIFF", NOW)] * 3,
        *[lambda: wallets.write(lasting_page.rename_page, sonia, "Sonia D.", NOW)] * 3,
        *[lambda: wallets.write(lasting_page.set_sought, sonia, "Un poste en cuisine", NOW)] * 3,
        *[lambda: turns(wallets, sonia, "sought")] * 3,
        *(lambda badge=badge: turns(wallets, sonia, "badges", badge) for badge in (2, 3, 4)),
    )

    with wallets.reading() as session:
        page = lasting_page.find_page(session, sonia)
        holder, photo = session.get_one(accounts.Holder, sonia), accounts.get_photo(session, sonia)
        assert page is not None
        assert photo is not None
        assert (page.name, page.shows_sought, holder.sought) == ("Sonia D.", True, "Un poste en cuisine")
        assert {one.badge_id for one in page.shown} == {1, 2, 3, 4}
