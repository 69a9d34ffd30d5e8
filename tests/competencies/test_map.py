"""The map: right for all 81 ways to stand with four competencies, whatever the order in which the badges came."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.framed import KEYS, NORMANDY, held, read
from wallet.competencies.frameworks import Level
from wallet.competencies.map import CompetencyMap, HeldBadge, RecognisedBadge, draw_map

WAYS: tuple[Level | None, ...] = (None, "practises", "masters")
ALL = list(product(WAYS, repeat=4))
NAMED = read(name="Communiquer – je maîtrise", issuer="did:key:z")
PLACE = "normandie/communiquer/masters"
GONE: dict[str, Any] = {"state": "expired", "is_good": False}


def levels(drawn: CompetencyMap) -> list[Level | None]:
    return [one.level for one in drawn.standings]


def ids(some: Sequence[RecognisedBadge]) -> tuple[int, ...]:
    return tuple(one.held.id for one in some)


def told(drawn: CompetencyMap) -> Any:
    """All that a page tells of a map."""
    return [
        (one.level, one.rests_on and one.rests_on.held.id, ids(one.doubtful), ids(one.gone)) for one in drawn.everything
    ]


def test_there_are_eighty_one() -> None:
    assert len(set(ALL)) == 81


@pytest.mark.parametrize("way", ALL, ids=lambda way: "-".join(one or "none" for one in way))
def test_every_way_is_right_in_every_order_of_import(way: tuple[Level | None, ...]) -> None:
    """Who masters one may hold its badge « je pratique » too, or not: all of that, in every order."""
    wanted = [(key, level) for key, level in zip(KEYS, way, strict=True) if level]
    both = [(key, below) for key, level in wanted if level == "masters" for below in ("practises",)]
    chance = random.Random(repr(way))  # noqa: S311  # an order, the same each time
    for some in (wanted, [*wanted, *both]):
        badges = [held(key, level, id) for id, (key, level) in enumerate(some, 1)]
        orders = (
            list(permutations(badges)) if len(badges) < 5 else [chance.sample(badges, len(badges)) for _ in range(30)]
        )
        maps = [draw_map(NORMANDY, order) for order in orders]
        assert {tuple(levels(drawn)) for drawn in maps} == {way}
        mastered = way.count("masters")
        assert {(len(one.mastered), one.missing, one.can_ask, one.is_complete) for one in maps} == {
            (mastered, max(0, 3 - mastered), mastered >= 3, False)
        }
        assert len(maps[0].practised) == way.count("practises")


SOME = st.builds(
    lambda key, level, id, state, how: held(
        key,
        level,
        id,
        state=state,
        is_good=state == "valid",
        **({"read": NAMED, "counted": {PLACE} if how == "confirmed" else ()} if how != "id" else {}),
    ),
    st.sampled_from(KEYS),
    st.sampled_from([*WAYS, "masters"]),
    st.integers(1, 10_000),
    st.sampled_from(["valid", "valid", "valid", "expired", "revoked"]),
    st.sampled_from(["id", "id", "name", "confirmed"]),
)


@given(st.lists(SOME, unique_by=lambda one: one.id, max_size=12), st.randoms())
def test_the_order_of_the_badges_changes_nothing(badges: list[HeldBadge], chance: random.Random) -> None:
    shuffled = list(badges)
    chance.shuffle(shuffled)

    assert told(draw_map(NORMANDY, badges)) == told(draw_map(NORMANDY, shuffled))


@given(st.lists(SOME, unique_by=lambda one: one.id, max_size=8), SOME)
def test_one_more_good_badge_never_takes_a_level_away(badges: list[HeldBadge], more: HeldBadge) -> None:
    heights = [[WAYS.index(level) for level in levels(draw_map(NORMANDY, some))] for some in (badges, [*badges, more])]

    assert all(before <= after for before, after in zip(*heights, strict=True))


def test_the_same_badge_twice_is_one_competency_and_the_newer_one_is_told() -> None:
    drawn = draw_map(NORMANDY, [held(id=1), held(id=3), held(id=2)])

    assert len(drawn.mastered) == 1
    assert drawn.mastered[0].rests_on is not None
    assert drawn.mastered[0].rests_on.held.id == 3


def test_what_its_issuer_says_is_told_before_what_the_person_says() -> None:
    drawn = draw_map(NORMANDY, [held(id=9, read=NAMED, counted={PLACE}), held(id=1)])

    assert told(drawn)[2] == ("masters", 1, (), ())


@pytest.mark.parametrize(
    "state", ["expired", "revoked", "suspended", "invalid", "unknown", "unreadable", "not-yet-valid"]
)
def test_what_is_not_good_leaves_the_count_and_is_told(state: str) -> None:
    drawn = draw_map(NORMANDY, [held(id=1, state=state, is_good=False), held(level="practises", id=2)])

    assert told(drawn)[2] == ("practises", 2, (), (1,))
    assert drawn.missing == 3


def test_what_was_good_the_last_time_that_it_could_be_checked_counts() -> None:
    assert levels(draw_map(NORMANDY, [held(state="unknown", is_good=True)]))[2] == "masters"


def test_a_badge_that_ended_is_not_told_where_another_one_says_as_much() -> None:
    drawn = draw_map(NORMANDY, [held(id=1, **GONE), held(level="practises", id=2, **GONE), held(id=3)])

    assert told(drawn)[2] == ("masters", 3, (), ())


def test_of_many_that_may_be_counted_the_best_of_each_level_is_told() -> None:
    low = read(name="Communiquer – je pratique")
    drawn = draw_map(NORMANDY, [held(id=id, read=NAMED if id % 2 else low) for id in range(1, 100)])

    assert told(drawn)[2] == (None, None, (99, 98), ())
    assert drawn.is_touched


def test_a_withdrawn_badge_that_the_person_counted_counts_no_more() -> None:
    drawn = draw_map(NORMANDY, [held(id=1, read=NAMED, counted={PLACE}, state="revoked", is_good=False)])

    assert told(drawn)[2] == (None, None, (), (1,))


def test_the_path_is_complete_with_the_general_badge_while_it_is_good() -> None:
    general = held(level=None, id=7)

    assert draw_map(NORMANDY, [general]).is_complete
    assert not draw_map(NORMANDY, [general]).can_ask
    assert not draw_map(NORMANDY, [replace(general, state="expired", is_good=False)]).is_complete
    assert not draw_map(NORMANDY, [held(level=None, read=read(name="Badge général"))]).is_complete


def test_two_frameworks_keep_to_themselves() -> None:
    other = replace(NORMANDY, id="bretagne", issuers=frozenset({"did:web:bretagne.exemple.fr"}))
    theirs = held(id=2, read=held().read | {"issuer": {"id": "did:web:bretagne.exemple.fr"}})

    ours = [draw_map(framework, [held("organiser", id=1), theirs]) for framework in (NORMANDY, other)]

    assert [levels(drawn) for drawn in ours] == [["masters", None, None, None], [None, None, "masters", None]]
    assert [told(drawn)[0][2] for drawn in ours] == [(), (1,)], "in the other one it is a question"


def test_nothing_is_touched_by_badges_of_others() -> None:
    assert not draw_map(NORMANDY, [held(read=read(name="Soudure"))]).is_touched
    assert not draw_map(NORMANDY, []).is_touched
