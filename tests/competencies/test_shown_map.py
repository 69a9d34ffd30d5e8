"""What others are told of competencies: gold for what somebody vouches for, loose stitches for all that rests on a word."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.fixtures.examined import NOW
from tests.fixtures.framed import KEYS, NORMANDY, SCHOOL, held, read
from wallet.competencies import frameworks_at
from wallet.competencies.map import HeldBadge, draw_map
from wallet.competencies.shown_map import ShownMap, ShownSkill, draw_for_others
from wallet.trust import Issuer, Register, Registers, Row

PLACE = "normandie/communiquer/masters"
MASTERED = read(name="Communiquer – je maîtrise", issuer="did:key:z")
PRACTISED = read(name="Communiquer – je pratique", issuer="did:key:z")


def by_name(id: int, said: dict[str, Any] = MASTERED, **other: Any) -> HeldBadge:
    """A badge of which the name alone speaks."""
    return HeldBadge(
        id=id,
        read=said,
        issuer=Issuer(id="did:key:z", name="École des Rives", binding="self-certified"),
        state="valid",
        is_good=True,
        **other,
    )


def drawn(*badges: HeldBadge) -> ShownMap:
    found = draw_for_others(NORMANDY, badges)
    assert found
    return found


def only(*badges: HeldBadge) -> ShownSkill:
    (skill,) = drawn(*badges).skills
    return skill


def test_what_somebody_vouches_for_at_the_highest_level_wears_gold() -> None:
    skill = only(held("communiquer", "masters", 1))

    assert (skill.ground, skill.is_gold, skill.drawing) == ("counted", True, "communiquer-2")


def test_a_level_below_is_certain_and_wears_no_gold() -> None:
    skill = only(held("communiquer", "practises", 1))

    assert (skill.is_counted, skill.is_gold, skill.drawing) == (True, False, "communiquer-1")


def test_what_only_a_name_says_is_tacked() -> None:
    skill = only(by_name(1))

    assert (skill.ground, skill.is_gold, skill.drawing) == ("name", False, "communiquer-2-tacked")


def test_sonias_own_tap_tacks_and_never_gilds() -> None:
    skill = only(by_name(1, counted={PLACE: "2026-11-01"}))

    assert (skill.ground, skill.is_gold, skill.drawing) == ("confirmed", False, "communiquer-2-tacked")


def test_a_right_id_of_an_issuer_who_is_on_no_list_is_tacked() -> None:
    known = held("communiquer", "masters", 1)

    assert only(replace(known, issuer=replace(known.issuer, id="did:web:ailleurs.exemple"))).ground == "name"


def test_a_badge_that_waits_to_be_looked_at_again_is_tacked() -> None:
    known = held("communiquer", "masters", 1)

    assert only(replace(known, state="unknown", is_good=True)).ground == "waiting"


def test_what_no_look_can_tell_of_any_more_is_not_said_to_wait_for_one() -> None:
    """Its issuer revoked the key since: « vérification en attente » was read for ever."""
    known = held("communiquer", "masters", 1)
    lost = replace(known, state="unknown", is_good=True, is_never_known=True)

    assert only(lost).ground == "name"
    assert only(lost, held("communiquer", "practises", 2)).badge_ids == [2, 1]


def test_what_is_good_no_more_has_no_place_and_is_listed_behind_what_is() -> None:
    old, new = held("communiquer", "masters", 1), held("communiquer", "practises", 2)
    old = replace(old, state="expired", is_good=False)

    assert draw_for_others(NORMANDY, [old]) is None
    assert only(old, new).badge_ids == [2, 1]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_is_certain_is_told_before_a_higher_level_that_is_not(order: tuple[int, ...]) -> None:
    badges = [
        by_name(1),
        by_name(2, PRACTISED, counted={"normandie/communiquer/practises": "2026-11-01"}),
        held("communiquer", "practises", 3),
        replace(held("communiquer", "practises", 4), issued_on=NOW - timedelta(days=900)),
    ]

    skill = only(*(badges[place] for place in order))

    assert skill.level
    assert (skill.level.key, skill.ground, skill.badge_ids[0]) == ("practises", "counted", 3)
    assert sorted(skill.badge_ids) == [1, 2, 3, 4]


def test_the_general_badge_is_gold_where_it_is_counted_and_open_where_it_is_not() -> None:
    general = drawn(held("general", None, 1)).general
    named = drawn(by_name(1, read(name="Badge général", issuer="did:key:z"))).general

    assert general
    assert named
    assert (general.is_gold, general.drawing) == (True, "general")
    assert (named.is_gold, named.drawing) == (False, "general-tacked")


def test_of_two_of_one_day_the_one_that_she_has_had_longer_comes_first() -> None:
    older, newer = (held("communiquer", "masters", id, issued_on=NOW) for id in (1, 2))

    assert only(newer, older).badge_ids == only(older, newer).badge_ids == [1, 2]


@pytest.mark.parametrize(("number", "is_drawn"), [(6, True), (7, False)])
def test_six_competencies_have_places_in_a_drawing_and_more_are_a_list(number: int, is_drawn: bool) -> None:
    [one, *_] = NORMANDY.competencies
    framework = replace(NORMANDY, competencies=(one,) * number)

    assert ShownMap(framework=framework, skills=(), general=None).is_drawn is is_drawn


def test_what_was_not_reached_has_its_place_and_no_word() -> None:
    places = drawn(held("communiquer", "masters", 1), held("adapter", "practises", 2)).places

    assert [one.key for one, _ in places] == list(KEYS)
    assert [bool(skill) for _, skill in places] == [False, True, True, False]


@pytest.mark.parametrize("counted", [(), (PLACE,)])
def test_whom_the_operator_stopped_counts_nowhere_though_a_framework_names_it_or_the_holder_said_so(
    counted: tuple[str, ...],
) -> None:
    row = Row(
        register=Register(key="operator", name="", kind="operator"),
        match=SCHOOL,
        name="École",
        why="stop",
        retired_at=NOW - timedelta(days=1),
    )
    (now,) = frameworks_at([NORMANDY], Registers(rows=[row]), NOW)

    badge = held("communiquer", "masters", 1, counted=counted)
    found, own = draw_for_others(now, [badge]), draw_map(now, [badge])

    assert found
    assert found.skills[0].ground == "name"
    assert (own.mastered, [one.aside for standing in own.standings for one in standing.aside]) == ([], ["stopped"])
