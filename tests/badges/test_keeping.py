"""What comes in together is asked once, decided in its order, and written at once: others wait for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.fixtures.examined import AWARDED, NOW, another, examined, found, named, somebody_with_a_key
from wallet.accounts.holders import Holder
from wallet.badges import badges, cards, keeping, pending, quota
from wallet.badges.models import ImportOutcome, KeptBadge, NewBadge
from wallet.badges.quota import BadgeSize
from wallet.openbadges import Check
from wallet.storage.database import Database
from wallet.storage.file_removals import FileRemoval


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


def bring(wallets: Database, holder_id: int, *arrived: NewBadge | ImportOutcome) -> list[ImportOutcome]:
    with wallets.writing() as session:
        return keeping.keep_badges(session, session.get_one(Holder, holder_id), arrived, NOW)


def let_go(wallets: Database) -> set[str]:
    with wallets.reading() as session:
        return set(session.scalars(select(FileRemoval.name)))


@contextmanager
def statements(wallets: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked = list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(wallets.engine, "before_cursor_execute", note)
    yield asked
    event.remove(wallets.engine, "before_cursor_execute", note)


@pytest.mark.breadth
def test_two_hundred_badges_ask_no_more_than_five_do(wallets: Database, maria: int):
    """Whoever sends a ZIP of two hundred stops all others for as long as they are written."""
    counted = []
    for numbers in (range(100, 105), range(200, 400)):
        with statements(wallets) as asked:
            outcomes = bring(wallets, maria, *(found(another(number)) for number in numbers))
        assert {one.kind for one in outcomes} == {"added"}
        counted.append([one for one in asked if not one.startswith("INSERT INTO badges ")])

    assert len(counted[0]) == len(counted[1])


def test_they_stand_in_the_order_in_which_they_came(wallets: Database, maria: int):
    ids = [one.badge_id for one in bring(wallets, maria, *(found(another(number)) for number in (3, 1, 2)))]

    with wallets.reading() as session:
        assert [kept.id for kept in badges.list_badges(session, maria)] == ids[::-1]
        read = {kept.id: kept.document for kept in badges.list_badges(session, maria)}
    assert [read[id] for id in ids if id] == [found(another(number)).document for number in (3, 1, 2)]


def test_a_file_that_shows_more_of_the_same_badge_takes_its_place(wallets: Database, maria: int):
    """Whoever was sent a part first, and then the whole, keeps the whole; a part never takes its place."""
    part, whole = (replace(found(another(1)), document=name) for name in ("part", "whole"))
    part = replace(part, examination=replace(part.examination, not_shared=("", "/credentialSubject")))

    outcomes = bring(wallets, maria, part, whole, part)

    assert [one.kind for one in outcomes] == ["added", "updated", "duplicate"]
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert kept.document == "whole"
    assert kept.examination["not_shared"] == []


def test_what_was_suspended_and_comes_again_revoked_is_revoked(wallets: Database, maria: int):
    day, suspended = timedelta(days=1), Check("not_withdrawn", "failed", "suspended")
    bring(wallets, maria, found(not_withdrawn=suspended))

    [outcome] = bring(wallets, maria, found(at=NOW + day, not_withdrawn="failed"))
    [again] = bring(wallets, maria, found(at=NOW + day, not_withdrawn="failed"))

    assert [outcome.kind, again.kind] == ["updated", "duplicate"]
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.checked_at) == ("revoked", NOW + day)


@pytest.mark.parametrize("is_older", [True, False])
def test_a_day_of_silence_makes_no_older_or_smaller_file_the_better_one(wallets: Database, maria: int, is_older: bool):
    """The newer file would be let go, and what it shows could not be had again."""
    day = timedelta(days=1)
    older, newer = another(1), another(1, valid_from=AWARDED + day)
    lesser, better = found(older if is_older else newer, "lesser"), found(newer, "better")
    if not is_older:
        lesser = replace(lesser, examination=replace(lesser.examination, not_shared=("/credentialSubject",)))
    bring(wallets, maria, better)
    with wallets.writing() as session:
        (kept,) = badges.list_badges(session, maria)
        badges.note_examination(kept, examined(newer, at=NOW + day, bound="unknown"), (), is_of_same_file=True)

    [outcome] = bring(wallets, maria, lesser)

    assert outcome.kind == "duplicate"
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.document) == ("unknown", better.document)
    assert better.document not in let_go(wallets)
    assert lesser.document in let_go(wallets)


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_what_was_withdrawn_since_is_not_kept_in_green_when_it_comes_again(wallets: Database, maria: int, state: str):
    day, withdrawn = timedelta(days=1), Check("not_withdrawn", "failed", state)
    bring(wallets, maria, found())

    [outcome] = bring(wallets, maria, found(at=NOW + day, not_withdrawn=withdrawn))

    assert outcome.kind == "updated"
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.checked_at, kept.may_be_shown) == (state, NOW + day, False)
    assert kept.good_at == NOW, "it was good once, and that stays told"


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_was_looked_at_before_it_was_withdrawn_is_not_kept_in_green_after_it(
    wallets: Database, maria: int, is_lost: bool
):
    """The file was opened, then somebody else's look found it withdrawn, then it was kept."""
    day = timedelta(days=1)
    bring(wallets, maria, found(at=NOW + day, not_withdrawn="failed"))
    with wallets.writing() as session:
        (kept,) = badges.list_badges(session, maria)
        if is_lost:
            badges.note_loss(kept, NOW + day)

    [outcome] = bring(wallets, maria, found(at=NOW))

    assert outcome.kind == ("updated" if is_lost else "duplicate")
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.checked_at) == ("revoked", NOW + day)
    assert cards.NO_DOCUMENT not in kept.examination


@pytest.mark.parametrize(
    ("then", "now", "state"),
    [
        ({}, {"not_ended": "failed"}, "expired"),
        ({}, {"not_withdrawn": "unknown"}, "unknown"),
        ({}, {"not_withdrawn": "failed"}, "revoked"),
        ({"not_withdrawn": "failed"}, {"not_ended": "failed", "not_withdrawn": "unknown"}, "revoked"),
    ],
)
def test_another_file_of_a_badge_whose_own_is_lost_takes_its_place_though_it_does_not_hold(
    wallets: Database, maria: int, then: dict[str, str], now: dict[str, str], state: str
):
    """« Ajoutez encore une fois le fichier reçu »: whoever has it spelt otherwise has none that is the same to the letter."""
    day = timedelta(days=1)
    bring(wallets, maria, found(**then))
    with wallets.writing() as session:
        (kept,) = badges.list_badges(session, maria)
        badges.note_loss(kept, NOW + day)

    other = found(document="spelt otherwise", at=NOW + 2 * day, **now)
    [outcome] = bring(wallets, maria, other)

    assert outcome.kind == "updated"
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.document) == (state, other.document)
    assert not cards.is_document_lost(kept.state, kept.examination)
    assert other.document not in let_go(wallets)


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_file_that_nobody_confirms_stands_for_none_that_is_lost(wallets: Database, maria: int, outcome: str):
    bring(wallets, maria, found())
    with wallets.writing() as session:
        (kept,) = badges.list_badges(session, maria)
        badges.note_loss(kept, NOW)

    bring(wallets, maria, found(document="another", intact=outcome))

    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.document) == ("unreadable", found().document)


def test_what_a_platform_sends_once_more_and_was_withdrawn_since_is_not_kept_in_green_either(
    wallets: Database, maria: int
):
    bring(wallets, maria, found())
    told_so = {"address": "https://issuer.example/list", "status": 200, "at": NOW.isoformat(), "file": named("list")}
    withdrawn = replace(found(not_withdrawn="failed"), seen=(told_so | {"size": 300},))

    with wallets.writing() as session:
        told, _ = pending.keep_sent(session, maria, withdrawn, NOW)

    assert told == "here"
    with wallets.reading() as session:
        assert [kept.state for kept in badges.list_badges(session, maria)] == ["revoked"]
        assert session.scalars(select(BadgeSize.answers)).all() == [300], "and how much it takes"


def test_what_she_removed_and_a_platform_sends_again_is_not_asked_about(wallets: Database, maria: int):
    bring(wallets, maria, found())
    with wallets.writing() as session:
        (kept,) = badges.list_badges(session, maria)
        badges.remove_badge(session, maria, kept.id, NOW)

    assert wallets.write(pending.keep_sent, maria, found(), NOW) == ("refused", None)


def test_what_waits_already_is_looked_at_again_where_no_more_may_wait(
    wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pending, "MOST_SENT", 1)

    told = [wallets.write(pending.keep_sent, maria, found(another(n)), NOW)[0] for n in (1, 1, 2)]
    assert told == ["waits", "here", "refused"]


def test_another_edition_that_was_withdrawn_lets_the_one_that_is_here_be_looked_at_soon(wallets: Database, maria: int):
    bring(wallets, maria, found())

    [outcome] = bring(wallets, maria, found(document="another", not_withdrawn="failed"))

    assert outcome.kind == "duplicate"
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.due_at) == ("valid", NOW)


def test_of_a_newer_edition_that_nobody_can_check_today_nobody_says_that_it_is_there_already(
    wallets: Database, maria: int
):
    """Maria’s badge has ended, her issuer sent the next one, and does not answer: she threw that letter away."""
    ended, later = found(another(1), not_ended="failed"), AWARDED + timedelta(days=365)
    newer = found(another(1, valid_from=later), "newer", not_withdrawn="unknown")
    bring(wallets, maria, ended)

    outcomes = bring(wallets, maria, newer, found(another(1), "spelt otherwise", not_withdrawn="unknown"))

    assert [one.kind for one in outcomes] == ["unsure", "duplicate"]
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
    assert (kept.state, kept.document) == ("expired", ended.document)
    assert newer.document in let_go(wallets)
    assert [one.kind for one in bring(wallets, maria, found(another(1, valid_from=later), "newer"))] == ["updated"]


def test_a_badge_that_comes_thrice_at_once_is_kept_once_and_the_newest_edition_stays(wallets: Database, maria: int):
    older, day = another(1), timedelta(days=1)
    newer = replace(older, valid_from=AWARDED + day)
    line, each = ImportOutcome("letter.txt", "problem", "no-badge"), ((older, 100), (newer, 200), (older, 300))
    brought = [replace(found(badge, document=str(size)), size=size) for badge, size in each]

    outcomes = bring(wallets, maria, brought[0], line, *brought[1:])

    assert [one.kind for one in outcomes] == ["added", "problem", "updated", "duplicate"]
    with wallets.reading() as session:
        (kept,) = badges.list_badges(session, maria)
        assert kept.document == named("200")
        assert [row.files for row in session.scalars(select(BadgeSize))] == [200]
    assert {named("100"), named("300")} <= let_go(wallets)
    assert named("200") not in let_go(wallets)


def test_a_wallet_is_not_a_warehouse(wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(badges, "MOST_BADGES", 2)
    monkeypatch.setattr("wallet.badges.MOST_BADGES", 2)

    outcomes = bring(wallets, maria, *(found(another(number), document=str(number)) for number in (1, 2, 3, 2)))

    expected = [("added", ""), ("added", ""), ("problem", "too-many"), ("duplicate", "")]
    assert [(one.kind, one.reason) for one in outcomes] == expected
    assert named("3") in let_go(wallets)
    assert [one.reason for one in bring(wallets, maria, found(another(4)))] == ["too-many"]


def test_what_finds_no_room_is_let_go_and_what_comes_after_it_may_find_some(
    wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(quota, "ROOM", 250)
    brought = [replace(found(another(number), document=str(number)), size=number) for number in (200, 120, 40, 11)]

    assert [one.reason for one in bring(wallets, maria, *brought)] == ["", "full", "", "full"]

    assert {named("120"), named("11")} <= let_go(wallets)
    assert not {named("200"), named("40")} & let_go(wallets)
    with wallets.reading() as session:
        assert session.scalars(select(KeptBadge.document).order_by(KeptBadge.id)).all() == [named("200"), named("40")]


def test_a_badge_that_is_here_and_comes_in_a_large_file_takes_the_room_of_that_file(
    wallets: Database, maria: int, monkeypatch: pytest.MonkeyPatch
):
    """Else a wallet that is full kept whatever comes around a badge whose signature could not be read the first time."""
    monkeypatch.setattr(quota, "ROOM", 250)
    bring(wallets, maria, found(bound="unknown"))
    diplomas = [replace(found(), came_in=named(str(size)), came_in_size=size) for size in (300, 200)]

    assert [one.reason for one in bring(wallets, maria, diplomas[0])] == ["full"]
    assert [one.kind for one in bring(wallets, maria, diplomas[1])] == ["updated"]
    with wallets.reading() as session:
        assert quota.get_room(session, session.get_one(Holder, maria)).own == 50
