"""What an archive tells that issuers answered takes room as all else does, and lies on no shelf when it is not kept."""

import random
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.archived import FOUND, MADE, Archive, Home, named
from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.visits import NOW, Person, signed, words
from tests.routes.test_archive_import import returns
from wallet.archive import importing
from wallet.archive.import_responses import ArchivedResponses
from wallet.archive.zip_reader import ArchiveZip
from wallet.badges import issuer_responses, quota
from wallet.badges.models import KeptBadge
from wallet.badges.quota import BadgeSize
from wallet.operations import cleanup
from wallet.storage import file_removals
from wallet.web.rate_limits import BYTES, HOUR, Limit

SHORT, LONG = (random.Random(size).randbytes(size) for size in (100_000, 400_000))  # noqa: S311  # hard to pack


def told(content: bytes) -> dict[str, Any]:
    """As archives told of an answer before its size was written."""
    return {"address": "https://exemple.fr", "status": 200, "at": MADE.isoformat(), "file": named(content)}


def remembering(*answers: bytes, badge: bytes = b"", **more: Any) -> Archive:
    """An archive of one badge, with these answers."""
    archive = Archive(**more).add(badge or signed(), good=FOUND | {"seen": [told(one) for one in answers]})
    archive.members |= {f"files/{named(one)}": one for one in answers}
    return archive


def rest_on_the_shelf(home: Home) -> set[str]:
    """What lies there once what was let go is gone."""
    file_removals.remove_scheduled(home.wallets, home.shelf, NOW)
    return set(home.shelf.names())


@pytest.mark.breadth
def test_it_counts_and_of_a_long_one_no_more_is_kept_than_of_any(home: Home):
    maria = somebody_with_a_key(home.wallets)

    home.brings(maria, remembering(SHORT, LONG))

    [kept] = home.rows(KeptBadge, maria)
    short, long = kept.history["good"]["seen"]
    assert (short["file"], short["size"]) == (named(SHORT), len(SHORT))
    assert (long["sha256"], long["size"], issuer_responses.response_files([long])) == (named(LONG), len(LONG), set())
    assert not home.shelf.has(named(LONG))
    with home.wallets.reading() as session:
        assert session.get_one(BadgeSize, kept.id).answers >= len(SHORT)


def test_the_words_of_then_are_those_of_what_the_issuer_answered_and_not_of_its_refusal_later():
    history = {"good": FOUND | {"seen": [told(SHORT), told(b"gone") | {"status": 404}]}}
    archive = ArchiveZip(BytesIO(remembering(SHORT).packed()))
    archive.listed()

    fetch = ArchivedResponses(archive, named).fetch(history)

    assert fetch("https://exemple.fr").body == SHORT


@pytest.mark.breadth
def test_of_a_badge_that_finds_no_room_no_answer_stays(home: Home, monkeypatch: pytest.MonkeyPatch):
    maria = somebody_with_a_key(home.wallets)
    monkeypatch.setattr(quota, "ROOM", 10)

    back = home.brings(maria, remembering(SHORT))

    assert [one.reason for one in back.problems] == ["full"]
    assert rest_on_the_shelf(home) == set()


def test_where_there_is_room_for_the_badge_alone_it_comes_without_them(home: Home, monkeypatch: pytest.MonkeyPatch):
    maria = somebody_with_a_key(home.wallets)
    monkeypatch.setattr(quota, "ROOM", len(SHORT))

    home.brings(maria, remembering(SHORT))

    [kept] = home.rows(KeptBadge, maria)
    assert kept.history["good"]["seen"] == []
    assert rest_on_the_shelf(home) == kept.files


@pytest.mark.breadth
def test_of_two_histories_the_one_that_is_not_kept_leaves_no_answer(home: Home):
    maria, badge = somebody_with_a_key(home.wallets), signed()
    home.brings(maria, remembering(SHORT, badge=badge))

    later = (MADE + timedelta(days=1)).isoformat()
    home.brings(maria, remembering(b"the later answer", badge=badge, made_at=later))

    [kept] = home.rows(KeptBadge, maria)
    assert named(b"the later answer") in kept.files
    assert rest_on_the_shelf(home) == kept.files, "the earlier answer is gone"


@pytest.mark.breadth
def test_what_two_badges_were_answered_lies_there_for_the_second_though_the_first_left_meanwhile(
    home: Home, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importing, "TOGETHER", 1)
    maria, archive = somebody_with_a_key(home.wallets), remembering(SHORT)
    archive.add(signed(), good=FOUND | {"seen": [told(SHORT)]})
    first_is_kept = ("import.badges", 1)
    monkeypatch.setattr(
        "wallet.storage.failpoint",
        lambda at: home.shelf.remove(named(SHORT)) if (at, home.writes) == first_is_kept else None,
    )

    home.brings(maria, archive)

    _, second = home.rows(KeptBadge, maria)
    assert named(SHORT) in second.files <= set(home.shelf.names())


def test_an_archive_of_nobody_is_counted_for_their_network(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(BYTES, "visitor", Limit(5 * len(SHORT) // 2, HOUR))
    answers = [random.Random(number).randbytes(len(SHORT)) for number in range(4)]  # noqa: S311  # hard to pack
    archive = Archive()
    for one in answers:
        archive.add(signed(), good=FOUND | {"seen": [told(one)]})
        archive.members[f"files/{named(one)}"] = one
    nobody = Person(app)

    answer = returns(nobody, archive.packed())

    assert answer.status_code == 200
    assert "2 badges sont de nouveau ici." in words(answer.text)
    assert "Il n’y a plus de place pour les visiteurs en ce moment." in words(answer.text)
    assert returns(nobody, archive.packed()).status_code == 200, "what is here already takes no more room"
    with nobody.services.database.reading() as session:
        rows = list(session.scalars(select(KeptBadge)))
    cleanup.clean_up(nobody.services.database, nobody.services.files, NOW)
    assert set(nobody.services.files.names()) == set().union(*(one.files for one in rows))


def test_where_all_visitors_have_no_room_left_no_archive_of_nobody_is_opened(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(quota, "OF_VISITORS", 0)
    nobody = Person(app)

    answer = returns(nobody, remembering(SHORT).packed())

    assert answer.status_code == 413
    assert "Il n’y a plus de place pour les visiteurs en ce moment." in words(answer.text)
    assert list(nobody.services.files.names()) == []
