"""How many bytes of badges there is room for: of a holder, of all visitors; what was removed counts until it is gone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.examined import another, found, somebody_with_a_key, visitor_at
from tests.fixtures.visits import NOW
from wallet import badge_files, badge_space, badges, holders, responses
from wallet.badge_space import BadgeSize
from wallet.badges import Outcome
from wallet.database import Database
from wallet.holders import Holder

ANSWER = {"address": "https://issuer.example/key", "status": 200, "at": NOW.isoformat(), "file": "0" * 64}


def keeps(wallets: Database, holder_id: int, number: int, size: int, answer: int = 0) -> Outcome:
    brought = replace(found(another(number)), size=size, seen=(ANSWER | {"size": answer},))
    with wallets.keeping() as session:
        (outcome,) = badge_space.keep(session, session.get_one(Holder, holder_id), [brought], NOW)
    return outcome


def reason(wallets: Database, *what: int) -> str:
    return keeps(wallets, *what).reason


def test_of_what_comes_together_as_much_is_kept_as_there_is_room_for(
    wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(badge_space, "ROOM", 1000)
    maria, line = somebody_with_a_key(wallets), Outcome("a.txt", "problem", "no-badge")
    brought = [replace(found(another(number)), size=size) for number, size in enumerate((600, 600, 300))]

    with wallets.keeping() as session:
        kept = badge_space.keep(session, session.get_one(Holder, maria), [line, *brought], NOW)

    assert [one.reason for one in kept] == ["no-badge", "", "full", ""]


def test_a_holder_has_so_much_room_and_the_next_holder_has_theirs(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(badge_space, "ROOM", 1000)
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)

    assert [reason(wallets, maria, number, 300, 100) for number in (1, 2, 3)] == ["", "", "full"]
    assert reason(wallets, maria, 4, 200) == ""
    assert reason(wallets, youssef, 1, 900) == "", "a neighbour's room is theirs"


def test_what_is_removed_counts_until_it_is_erased(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(badge_space, "ROOM", 1000)
    maria = somebody_with_a_key(wallets)
    brought = keeps(wallets, maria, 1, 900)
    assert brought.badge_id is not None
    with wallets.keeping() as session:
        badges.remove(session, maria, brought.badge_id, NOW)
    assert reason(wallets, maria, 2, 200) == "full"

    with wallets.keeping() as session:
        badge_files.forget_removed(session, NOW + badges.UNDO + timedelta(seconds=1))

    assert reason(wallets, maria, 2, 200) == ""
    with wallets.reading() as session:
        assert [row.files for row in session.scalars(select(BadgeSize))] == [200], "its row is gone with it"


def test_all_visitors_share_a_room_which_holders_do_not_need(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(badge_space, "OF_VISITORS", 1000)
    one, other, maria = visitor_at(wallets).id, visitor_at(wallets).id, somebody_with_a_key(wallets)

    assert reason(wallets, one, 1, 800) == ""
    assert reason(wallets, other, 2, 300) == "visitors-full"
    assert reason(wallets, maria, 3, 300) == ""

    with wallets.keeping() as session:
        holders.keep(session, one, NOW)
    assert reason(wallets, other, 2, 300) == "", "who has a key is no visitor any more"


def test_a_badge_that_came_again_is_counted_once_and_its_newer_answers_are(wallets: Database):
    maria = somebody_with_a_key(wallets)
    first = keeps(wallets, maria, 1, 300, 100)
    keeps(wallets, maria, 1, 300, 100)
    assert first.badge_id is not None

    with wallets.keeping() as session:
        badge_space.note(session, first.badge_id, [ANSWER | {"size": 5 * responses.WHOLE}])

    with wallets.reading() as session:
        (row,) = session.scalars(select(BadgeSize))
        assert (row.files, row.answers) == (300, responses.WHOLE)
