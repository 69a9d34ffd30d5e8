"""How many bytes of badges there is room for: of a holder, of all visitors; what was removed counts until it is gone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.examined import another, found, named, somebody_with_a_key, visitor_at
from tests.fixtures.visits import NOW
from wallet.accounts import holders
from wallet.accounts.holders import Holder
from wallet.badges import badges, files, issuer_responses, keeping, quota
from wallet.badges.models import ImportOutcome, KeptBadge
from wallet.badges.quota import BadgeSize
from wallet.storage.database import Database

ANSWER = {"address": "https://issuer.example/key", "status": 200, "at": NOW.isoformat(), "file": "0" * 64}


def keeps(wallets: Database, holder_id: int, number: int, size: int, answer: int = 0) -> ImportOutcome:
    brought = replace(found(another(number)), size=size, seen=(ANSWER | {"size": answer},))
    with wallets.writing() as session:
        (outcome,) = keeping.keep_badges(session, session.get_one(Holder, holder_id), [brought], NOW)
    return outcome


def reason(wallets: Database, *what: int) -> str:
    return keeps(wallets, *what).reason


def test_of_what_comes_together_as_much_is_kept_as_there_is_room_for(
    wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(quota, "ROOM", 1000)
    maria, line = somebody_with_a_key(wallets), ImportOutcome("a.txt", "problem", "no-badge")
    brought = [replace(found(another(number)), size=size) for number, size in enumerate((600, 600, 300))]

    with wallets.writing() as session:
        kept = keeping.keep_badges(session, session.get_one(Holder, maria), [line, *brought], NOW)

    assert [one.reason for one in kept] == ["no-badge", "", "full", ""]


def test_a_holder_has_so_much_room_and_the_next_holder_has_theirs(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quota, "ROOM", 1000)
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)

    assert [reason(wallets, maria, number, 300, 100) for number in (1, 2, 3)] == ["", "", "full"]
    assert reason(wallets, maria, 4, 200) == ""
    assert reason(wallets, youssef, 1, 900) == "", "a neighbour's room is theirs"


@pytest.mark.breadth
def test_what_a_full_wallet_has_already_needs_no_room_when_it_comes_again(
    wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    maria = somebody_with_a_key(wallets)
    first = keeps(wallets, maria, 1, 900)
    assert first.badge_id is not None
    with wallets.writing() as session:
        badges.remove_badge(session, maria, first.badge_id, NOW)
    monkeypatch.setattr(quota, "ROOM", 1000)

    told = [keeps(wallets, maria, number, 900) for number in (1, 2, 1)]

    assert [(one.kind, one.reason) for one in told] == [("added", ""), ("problem", "full"), ("duplicate", "")]
    assert reason(wallets, maria, 3, 100) == "", "it was there, and takes nothing more"


def test_what_is_removed_counts_until_it_is_erased(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quota, "ROOM", 1000)
    maria = somebody_with_a_key(wallets)
    brought = keeps(wallets, maria, 1, 900)
    assert brought.badge_id is not None
    with wallets.writing() as session:
        badges.remove_badge(session, maria, brought.badge_id, NOW)
    assert reason(wallets, maria, 2, 200) == "full"

    with wallets.writing() as session:
        files.forget_removed_badges(session, NOW + badges.UNDO_REMOVAL + timedelta(seconds=1))

    assert reason(wallets, maria, 2, 200) == ""
    with wallets.reading() as session:
        assert [row.files for row in session.scalars(select(BadgeSize))] == [200], "its row is gone with it"


@pytest.mark.breadth
def test_all_visitors_share_a_room_which_holders_do_not_need(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quota, "OF_VISITORS", 1000)
    one, other, maria = visitor_at(wallets).id, visitor_at(wallets).id, somebody_with_a_key(wallets)

    assert reason(wallets, one, 1, 800) == ""
    assert reason(wallets, other, 2, 300) == "visitors-full"
    assert reason(wallets, maria, 3, 300) == ""

    with wallets.writing() as session:
        holders.keep_holder(session, one, NOW)
    assert reason(wallets, other, 2, 300) == "", "who has a key is no visitor any more"


def test_a_badge_that_came_again_is_counted_once_and_its_newer_answers_are(wallets: Database):
    maria = somebody_with_a_key(wallets)
    first = keeps(wallets, maria, 1, 300, 100)
    keeps(wallets, maria, 1, 300, 100)
    assert first.badge_id is not None

    with wallets.writing() as session:
        kept = session.get_one(KeptBadge, first.badge_id)
        kept.examination = kept.examination | {"seen": [ANSWER | {"size": 5 * issuer_responses.RESPONSE_LIMIT}]}
        kept.good = None
        quota.note_badge_size(session, first.badge_id)

    with wallets.reading() as session:
        (row,) = session.scalars(select(BadgeSize))
        assert (row.files, row.answers) == (300, issuer_responses.RESPONSE_LIMIT)


def pages_of(wallets: Database, holder_id: int, *numbers: int, file: int = 700) -> list[str]:
    """Badges that came in one file of so many bytes: what is wrong with each, "" where it is kept."""
    each = (replace(found(another(number)), size=10, seen=()) for number in numbers)
    brought = [replace(one, came_in=named(f"file of {numbers}"), came_in_size=file) for one in each]
    with wallets.writing() as session:
        kept = keeping.keep_badges(session, session.get_one(Holder, holder_id), brought, NOW)
    return [one.reason for one in kept]


@pytest.mark.breadth
def test_a_file_in_which_several_badges_came_counts_once(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quota, "ROOM", 1000)
    monkeypatch.setattr(quota, "OF_VISITORS", 1000)
    maria, one, other = somebody_with_a_key(wallets), visitor_at(wallets).id, visitor_at(wallets).id

    assert pages_of(wallets, maria, 1, 2, 3, 4) == [""] * 4
    assert pages_of(wallets, one, 1, 2, 3, 4) == [""] * 4
    assert reason(wallets, other, 5, 200) == "", "who comes after them finds the room that is left"
    assert pages_of(wallets, other, 6, 7) == ["visitors-full"] * 2
    assert reason(wallets, other, 8, 70) == "visitors-full", "740 and 200 are there"


def test_where_there_is_hardly_room_the_first_badges_of_a_file_come(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quota, "ROOM", 725)

    assert pages_of(wallets, somebody_with_a_key(wallets), 1, 2, 3) == ["", "", "full"]


@pytest.mark.breadth
def test_a_file_counts_as_long_as_one_of_its_badges_is_there(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quota, "ROOM", 1000)
    maria = somebody_with_a_key(wallets)
    assert pages_of(wallets, maria, 1, 2) == ["", ""]

    for room in (290, 1000):
        with wallets.writing() as session:
            badges.remove_badge(session, maria, badges.list_badges(session, maria)[-1].id, NOW)
            files.forget_removed_badges(session, NOW + badges.UNDO_REMOVAL + timedelta(seconds=1))
        assert reason(wallets, maria, 3, room + 1) == "full"
    assert reason(wallets, maria, 4, 1000) == ""


def test_a_removed_badge_that_comes_again_in_a_smaller_file_counts_as_the_one_that_is_kept(
    wallets: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(quota, "ROOM", 1000)
    maria = somebody_with_a_key(wallets)
    large = keeps(wallets, maria, 1, 900)
    assert large.badge_id is not None
    with wallets.writing() as session:
        badges.remove_badge(session, maria, large.badge_id, NOW)
        small = replace(found(another(1), document="small"), size=10, seen=())
        assert keeping.keep_badges(session, session.get_one(Holder, maria), [small], NOW)[0].kind == "added"

    assert reason(wallets, maria, 2, 200) == "full"
