"""The map: right for all 81 ways to stand with four competencies, whatever the order in which the badges came, and
whether the framework was written in format 1 or 2; of one level, of three, and without a general badge."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.framed import CLASSES, KEYS, NORMANDY, OF_FORMAT_1, SCHOOL, held, read, written
from wallet.competencies import frameworks
from wallet.competencies.frameworks import Framework
from wallet.competencies.map import CompetencyMap, HeldBadge, RecognisedBadge, draw_map

WAYS: tuple[str | None, ...] = (None, "practises", "masters")
ALL = list(product(WAYS, repeat=4))
NAMED = read(name="Communiquer – je maîtrise", issuer="did:key:z")
PLACE = "normandie/communiquer/masters"
GONE: dict[str, Any] = {"state": "expired", "is_good": False}


def levels(drawn: CompetencyMap) -> list[str | None]:
    return [one.level for one in drawn.standings]


def ids(some: Sequence[RecognisedBadge]) -> tuple[int, ...]:
    return tuple(one.held.id for one in some)


def told(drawn: CompetencyMap) -> Any:
    """All that a page tells of a map."""
    return [
        (one.level, one.rests_on and one.rests_on.held.id, ids(one.tacked), ids(one.gone)) for one in drawn.everything
    ]


def test_there_are_eighty_one() -> None:
    assert len(set(ALL)) == 81


@pytest.mark.parametrize("way", ALL, ids=lambda way: "-".join(one or "none" for one in way))
def test_every_way_is_right_in_every_order_of_import(way: tuple[str | None, ...]) -> None:
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


@pytest.mark.parametrize("framework", [OF_FORMAT_1, NORMANDY], ids=["format 1", "format 2"])
@pytest.mark.parametrize("way", ALL, ids=lambda way: "-".join(one or "none" for one in way))
def test_both_formats_draw_the_same_map(way: tuple[str | None, ...], framework: Framework) -> None:
    """Each competency rests on the badge that was given for it; the general badge takes three that are mastered."""
    badges = [held(key, level, id) for id, (key, level) in enumerate(zip(KEYS, way, strict=True), 1) if level]

    drawn = draw_map(framework, badges)

    held_ids = [id if level else None for id, level in enumerate(way, 1)]
    mastered = [id for id, level in enumerate(way, 1) if level == "masters"]
    places = [f"{framework.id}/{key}/{level}" if level else None for key, level in zip(KEYS, way, strict=True)]
    assert told(drawn) == [(level, id, (), ()) for level, id in zip(way, held_ids, strict=True)] + [
        (None, None, (), ())
    ]
    assert [one.rests_on and one.rests_on.found.place for one in drawn.standings] == places
    assert [one.drawing for one in drawn.standings] == [
        f"{key}-{ {None: 0, 'practises': 1, 'masters': 2}[level] }" for key, level in zip(KEYS, way, strict=True)
    ]
    assert drawn.mastered_by == set(mastered)
    assert len(drawn.practised) == sum(level == "practises" for level in way)
    assert drawn.missing == {0: 3, 1: 2, 2: 1}.get(len(mastered), 0)
    assert (drawn.can_ask, drawn.is_complete) == (len(mastered) >= 3, False)
    assert drawn.is_touched is any(way)


def made_of(levels: Sequence[str], number: int, **more: Any) -> Framework:
    """A framework of that many competencies, of these levels; the school's badges for them are `c1-LEVEL`, …"""
    words = {"fr": "un geste", "en": "a skill"}
    told = {
        "id": "rare",
        "format": 2,
        "names": words,
        "levels": [{"key": one, "names": words, "means": words} for one in levels],
        "competencies": [
            {
                "key": f"c{one}",
                "names": words,
                "means": words,
                "badges": {level: {"ids": [f"{CLASSES}c{one}-{level}"]} for level in levels},
            }
            for one in range(1, number + 1)
        ],
        "issuers": [SCHOOL],
        "ask": {"text": words},
    }
    with TemporaryDirectory() as folder:
        return frameworks.check_framework(written(Path(folder), told | more))


def test_of_one_level_and_without_a_general_badge_a_path_is_complete_with_all_of_them() -> None:
    rare = made_of(["knows"], 3)
    badges = [held(f"c{number}", "knows", number) for number in (1, 2, 3)]

    some, whole = draw_map(rare, badges[:2]), draw_map(rare, badges)

    assert [one.level for one in some.everything] == ["knows", "knows", None], "no row for a general badge"
    assert [one.drawing for one in some.standings] == ["petal-2", "petal-2", "petal-0"]
    assert (len(some.mastered), len(some.practised), some.missing, some.is_complete) == (2, 0, 1, False)
    assert (whole.missing, whole.is_complete, whole.can_ask) == (0, True, False), "there is nothing to ask for"
    assert not draw_map(rare, [held(level=None)]).is_touched


def test_of_three_levels_the_highest_one_counts() -> None:
    rare = made_of(["sees", "does", "teaches"], 2)
    badges = [held("c1", level, id) for id, level in enumerate(("teaches", "sees", "does"), 1)]

    drawn = draw_map(rare, [*badges, held("c2", "does", 9)])

    assert levels(drawn) == ["teaches", "does"]
    assert [one.drawing for one in drawn.standings] == ["petal-2", "petal-1"]
    assert (len(drawn.mastered), len(drawn.practised)) == (1, 1)
    [top, *below] = badges
    gone = replace(top, state="revoked", is_good=False)
    assert told(draw_map(rare, [gone, *below]))[0] == ("does", 3, (), (1,))


def test_competencies_are_listed_by_groups_and_those_of_none_at_the_end() -> None:
    words = {"fr": "Murs", "en": "Walls"}
    groups = [
        {"key": "walls", "names": words, "competencies": ["c3", "c1"]},
        {"key": "none", "names": words, "competencies": []},
    ]

    listed = [
        (group.names["fr"] if group else "", [one.competency.key for one in some if one.competency])
        for group, some in draw_map(made_of(["knows"], 4, groups=groups), []).groups
    ]

    assert listed == [("Murs", ["c3", "c1"]), ("", ["c2", "c4"])]
    assert [len(some) for _, some in draw_map(NORMANDY, []).groups] == [4]


@pytest.mark.parametrize(("number", "is_flower"), [(1, True), (6, True), (7, False), (40, False)])
def test_of_more_than_six_there_is_no_flower(number: int, is_flower: bool) -> None:
    assert draw_map(made_of(["knows"], number), []).is_flower is is_flower


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
@pytest.mark.breadth
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


def test_all_that_may_be_counted_is_tacked_the_best_one_before_all_others() -> None:
    low = read(name="Communiquer – je pratique")
    drawn = draw_map(NORMANDY, [held(id=id, read=NAMED if id % 2 else low) for id in range(1, 10)])

    assert told(drawn)[2] == (None, None, (9, 7, 5, 3, 1, 8, 6, 4, 2), ())
    assert drawn.standings[2].drawing == "communiquer-2-loose"
    assert drawn.is_touched


def test_what_counts_is_sewn_and_a_level_above_it_is_tacked_until_it_does() -> None:
    drawn = draw_map(NORMANDY, [held(level="practises", id=1), held(id=2, read=NAMED)])

    communicates = drawn.standings[2]
    assert (communicates.level, communicates.is_here, communicates.is_won) == ("practises", True, False)
    assert communicates.drawing == "communiquer-2-loose"
    assert (
        draw_map(NORMANDY, [held(level=None, read=read(name="Badge général"))]).everything[-1].drawing
        == "general-loose"
    )


def test_a_withdrawn_badge_that_the_person_counted_counts_no_more() -> None:
    drawn = draw_map(NORMANDY, [held(id=1, read=NAMED, counted={PLACE}, state="revoked", is_good=False)])

    assert told(drawn)[2] == (None, None, (), (1,))


def test_the_path_is_complete_with_the_general_badge_while_it_is_good() -> None:
    general = held(level=None, id=7)

    drawn = draw_map(NORMANDY, [general])
    assert (drawn.is_complete, drawn.is_whole, drawn.everything[-1].is_won) == (True, False, True)
    assert not draw_map(NORMANDY, [general]).can_ask
    assert not draw_map(NORMANDY, [replace(general, state="expired", is_good=False)]).is_complete
    assert not draw_map(NORMANDY, [held(level=None, read=read(name="Badge général"))]).is_complete


def test_all_is_here_with_every_competency_mastered_and_the_general_badge() -> None:
    every = [held(key, id=id) for id, key in enumerate(KEYS, 1)]

    assert draw_map(NORMANDY, [*every, held(level=None, id=7)]).is_whole
    assert not draw_map(NORMANDY, every).is_whole, "the general badge is still to be asked for"


def test_of_several_that_ended_the_best_of_each_level_is_told_the_higher_level_before_the_lower() -> None:
    masters = [held(id=id, **GONE) for id in (1, 3)]
    below = [held(level="practises", id=id, **GONE) for id in (2, 4)]

    communicates = draw_map(NORMANDY, [*below, *masters]).standings[2]

    assert ids(communicates.gone) == (3, 4)
    assert communicates.spoken_by == {1, 2, 3, 4}, "a story of a badge that ended is one of that competency still"


def test_two_frameworks_keep_to_themselves() -> None:
    other = replace(NORMANDY, id="bretagne", issuers=frozenset({"did:web:bretagne.exemple.fr"}))
    theirs = held(id=2, read=held().read | {"issuer": {"id": "did:web:bretagne.exemple.fr"}})

    ours = [draw_map(framework, [held("organiser", id=1), theirs]) for framework in (NORMANDY, other)]

    assert [levels(drawn) for drawn in ours] == [["masters", None, None, None], [None, None, "masters", None]]
    assert [told(drawn)[0][2] for drawn in ours] == [(), (1,)], "in the other one it is a question"


def test_nothing_is_touched_by_badges_of_others() -> None:
    assert not draw_map(NORMANDY, [held(read=read(name="Soudure"))]).is_touched
    assert not draw_map(NORMANDY, []).is_touched
