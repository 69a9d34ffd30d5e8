"""« Ma page » on either database: closed and opened, and changed by whoever comes at once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.screens import pages
from tests.fixtures.screens_cards import SENTENCES, badge
from tests.fixtures.screens_lasting_page import page
from tests.fixtures.statements import asked_of
from tests.shares.test_form import told
from wallet import accounts
from wallet.badges import Card, badges
from wallet.badges.models import KeptBadge
from wallet.shares import lasting_page, public_view
from wallet.shares.models import Choice, Share, ShownBadge
from wallet.storage.database import Database

HOUR = timedelta(hours=1)


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
@pytest.mark.breadth
def test_it_is_closed_and_opened(wallets: Database, sonia: int) -> None:
    makes(wallets, sonia)

    for _ in range(2):
        wallets.write(lasting_page.close_page, sonia, NOW)
        assert not is_open(wallets, sonia)
    for _ in range(2):
        wallets.write(lasting_page.open_page, sonia)
        assert is_open(wallets, sonia)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_several_who_make_it_at_once_make_one(wallets: Database, sonia: int) -> None:
    at_once(*[lambda: makes(wallets, sonia)] * 6)

    with wallets.reading() as session:
        assert session.scalar(select(func.count()).select_from(Share)) == 1


@pytest.mark.postgresql
@pytest.mark.breadth
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


@pytest.mark.breadth
def test_a_switch_turns_her_own_badges_that_are_here_and_no_others(wallets: Database, sonia: int) -> None:
    makes(wallets, sonia)
    [his] = keeps(wallets, somebody_with_a_key(wallets), found())
    wallets.write(badges.remove_badge, sonia, 3, NOW)

    turns(wallets, sonia, "badges", 2, 3, his)

    with wallets.reading() as session:
        assert {one.badge_id for one in session.scalars(select(ShownBadge))} == {1, 2}


@pytest.mark.breadth
def test_what_was_of_each_badge_is_not_read_while_others_wait_to_write(wallets: Database, sonia: int) -> None:
    """Of 3,000 badges a switch kept the write for two seconds of processor, as often as it was touched."""
    makes(wallets, sonia)

    with asked_of(wallets) as asked:
        turns(wallets, sonia, "badges", 2, 3)
        wallets.write(lasting_page.close_page, sonia, NOW)
        wallets.write(lasting_page.open_page, sonia)

    assert asked
    assert [one for one in asked if re.search(r"badges\.(good|history)\b", one)] == []


def test_what_was_of_badges_whose_issuer_is_silent_is_read_at_once_where_she_looks(
    wallets: Database, sonia: int
) -> None:
    """Of each its issuer is that of when it was good, and 3,000 of them were 3,000 questions."""
    with wallets.writing() as session:
        session.execute(update(KeptBadge).values(state="unknown"))
    choice = Choice(badge_ids=[1, 2, 3], ends_at=None)

    with asked_of(wallets) as asked:
        wallets.read(public_view.preview_share, sonia, choice, public_view.Standpoint(now=NOW), str)

    assert len([one for one in asked if re.search(r"badges\.good\b", one)]) == 1


@pytest.mark.breadth
def test_what_is_not_told_cannot_be_turned_on_and_arrives_off(wallets: Database, sonia: int) -> None:
    makes(wallets, sonia)
    turns(wallets, sonia, "photo")
    turns(wallets, sonia, "sought")

    wallets.write(lasting_page.set_photo, sonia, b"RIFF", NOW)
    wallets.write(lasting_page.set_sought, sonia, "Un poste", NOW)
    with wallets.reading() as session:
        page = lasting_page.find_page(session, sonia)
        assert page is not None
        assert (page.shows_photo, page.shows_sought) == (False, False)

    turns(wallets, sonia, "sought")
    for sought in ("", "Un poste en cuisine"):
        wallets.write(lasting_page.set_sought, sonia, sought, NOW)
    with wallets.reading() as session:
        page = lasting_page.find_page(session, sonia)
        assert page is not None
        assert not page.shows_sought, "she took it back, and another one is another word"


@pytest.mark.breadth
def test_a_page_that_is_begun_without_a_photo_shows_none_that_comes_later(wallets: Database, sonia: int) -> None:
    chosen = Choice(badge_ids=[1], ends_at=None, name="Sonia", is_page=True, shows_photo=True)

    with wallets.writing() as session:
        assert not lasting_page.create_page(session, sonia, chosen, lambda content, _: content, NOW).shows_photo


@pytest.mark.breadth(beside=["sqlite"])
def test_under_another_address_a_new_badge_still_gets_a_place_that_was_nobodys(wallets: Database, sonia: int) -> None:
    page = makes(wallets, sonia)
    turns(wallets, sonia, "badges", 2)
    off = lasting_page.Turn(what="badges", ids=frozenset({2}), is_on=False)
    wallets.write(lasting_page.turn_switch, sonia, off, NOW)
    wallets.write(lasting_page.move_page, sonia, page, lambda content, _: content, NOW)

    turns(wallets, sonia, "badges", 3)

    with wallets.reading() as session:
        there = lasting_page.find_page(session, sonia)
        assert there is not None
        assert [(one.badge_id, one.place) for one in there.shown] == [(1, 0), (3, 2)]


def test_whatever_of_her_changes_the_page_is_another_one(wallets: Database, sonia: int) -> None:
    """Else who looked at it before would go on seeing what their browser kept."""
    makes(wallets, sonia)
    seen = [0]

    def sees() -> None:
        with wallets.reading() as session:
            page = lasting_page.find_page(session, sonia)
            assert page is not None
            seen.append(page.changes)

    with wallets.writing() as session:
        holder = session.get_one(accounts.Holder, sonia)
        lasting_page.restore_profile(session, holder, ("", "Un poste"), b"RIFF", NOW)
    sees()
    wallets.write(badges.remove_badge, sonia, 1, NOW)
    for name in ("Sonia D.", "Sonia"):
        wallets.write(lasting_page.rename_page, sonia, name, NOW)
        sees()

    assert sorted(set(seen)) == seen


@pytest.mark.breadth
def test_what_is_here_already_no_archive_replaces(wallets: Database, sonia: int) -> None:
    wallets.write(lasting_page.set_photo, sonia, b"RIFF hers", NOW)
    wallets.write(lasting_page.rename_page, sonia, "Sonia", NOW)

    with wallets.writing() as session:
        holder = session.get_one(accounts.Holder, sonia)
        before = accounts.get_photo(session, sonia)
        assert before is not None
        key = before.key
        lasting_page.restore_profile(session, holder, ("Youssef", ""), b"RIFF another", NOW)
        after = accounts.get_photo(session, sonia)
        assert after is not None
        assert (holder.name, after.key) == ("Sonia", key)


def test_a_badge_is_new_until_she_answers_and_one_of_before_the_page_never_was() -> None:
    cards = [replace(badge("valid"), id=id, issuer_id="did:web:rives.exemple.fr") for id in (1, 2, 3)]
    added = {1: NOW - 2 * HOUR, 2: NOW, 3: NOW}
    an_hour_old = told(created_at=NOW - HOUR)

    new, old = lasting_page.badge_switches(cards, [3], added, lasting_page.new_since(an_hour_old, NOW))

    assert ([one.id for one in new.badges], new.is_new) == ([2], True)
    assert ([one.id for one in old.badges], old.is_new, old.is_on) == ([1, 3], False, False)


def test_beside_a_switch_stands_what_the_badge_is_and_how_many_are_shown_where_not_all_are() -> None:
    """Kevin does not turn on what an employer will read as ended without having read so."""
    one_each = [badge(sentence, id=id, issuer_id=f"did:web:{id}.fr") for id, sentence in enumerate(SENTENCES)]
    of_one = [badge(id=id) for id in range(3)]

    def drawn(badges: list[Card], shown: int) -> str:
        chosen = Choice(badge_ids=[one.id for one in badges[:shown]], ends_at=None)
        groups = lasting_page.badge_switches(badges, chosen.badge_ids, {}, NOW)
        return pages().render("lasting_page/show.html", "fr", **page(badges=badges, groups=groups, chosen=chosen))

    assert drawn(one_each, 1).count('class="chip') == len(SENTENCES) - 3
    assert "2 sont montrés." in drawn(of_one, 2)
    assert "montrés." not in drawn(of_one, 3)
