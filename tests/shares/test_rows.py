"""The badges of a share one by one: a row a skill, a badge or an issuer, and each badge in one of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.examined import COMMUNICATE, NOW, examined
from tests.fixtures.framed import CLASSES, KEYS, NORMANDY, SCHOOL, held
from tests.fixtures.screens_cards import badge
from tests.fixtures.screens_shown import opened
from tests.fixtures.sheets import story
from wallet.badges import Card
from wallet.badges.badges import note_examination
from wallet.badges.models import KeptBadge
from wallet.competencies import ShownMap, draw_for_others
from wallet.openbadges import Check
from wallet.shares.public_view import Standpoint, _maps, card_for_others
from wallet.shares.verdict import BY_ISSUER, MOST_ROWS, Rows, rows_of


def cards(count: int, *issuers: str) -> list[Card]:
    of = issuers or ("did:web:rives.exemple.fr",)
    return [replace(badge(), id=place, issuer_id=of[place % len(of)]) for place in range(count)]


def mapped(*spoken: tuple[str, str | None]) -> list[ShownMap]:
    """The map of badges at the places from 0."""
    found = draw_for_others(NORMANDY, [held(key, level, place) for place, (key, level) in enumerate(spoken)])
    return [found] if found else []


def ids(rows: Rows) -> list[int]:
    """Each badge that has a place in the rows."""
    of_skills = {one.id for row in rows.skills for one in row.badges}
    return sorted(
        [*of_skills, *(one.id for one in rows.badges), *(one.id for row in rows.issuers for one in row.badges)]
    )


def test_sonias_nine_badges_are_four_skills_and_the_general_badge() -> None:
    spoken = [(key, level) for key in KEYS for level in ("practises", "masters")]

    rows = rows_of(cards(9), mapped(*spoken, ("general", None)))

    assert [(row.badge.id, [one.id for one in row.badges]) for row in rows.skills] == [
        (1, [1, 0]), (3, [3, 2]), (5, [5, 4]), (7, [7, 6]), (8, [8]),
    ]  # fmt: skip
    assert (list(rows.badges), list(rows.issuers)) == ([], [])


def test_from_seven_badges_of_several_issuers_on_the_issuers_are_listed() -> None:
    few, many = (cards(count, "did:web:a.exemple", "did:web:b.exemple") for count in (BY_ISSUER - 1, BY_ISSUER))

    assert [len(rows_of(some, []).issuers) for some in (few, many)] == [0, 2]


def test_a_long_list_of_one_issuer_is_one_row() -> None:
    assert [len(rows_of(cards(count), []).issuers) for count in (MOST_ROWS, MOST_ROWS + 1)] == [0, 1]


def test_an_issuers_row_names_what_is_wrong_with_its_badges() -> None:
    some = cards(BY_ISSUER, "did:web:a.exemple", "did:web:b.exemple")
    some[2] = replace(badge("expired"), id=2, issuer_id="did:web:a.exemple")

    first, second = rows_of(some, []).issuers

    assert [(one.sentence, [card.id for card in one.badges]) for one in first.exceptions] == [("expired", [2])]
    assert not second.exceptions


@given(st.integers(1, 40), st.integers(1, 4), st.lists(st.sampled_from([(key, "masters") for key in KEYS]), max_size=4))
@pytest.mark.breadth
def test_no_badge_is_left_out_and_none_is_told_twice(
    count: int, issuers: int, spoken: Sequence[tuple[str, str | None]]
) -> None:
    some = cards(count, *(f"did:web:{number}.exemple" for number in range(issuers)))

    assert ids(rows_of(some, mapped(*spoken[:count]))) == list(range(count))


@pytest.mark.parametrize(("reason", "ground"), [("key-document-unreachable", "waiting"), ("key-revoked", "name")])
def test_a_badge_that_was_good_waits_for_a_look_only_where_one_can_help(reason: str, ground: str) -> None:
    """docs/decisions.md 29: to others no less than to its holder."""
    achievement = replace(COMMUNICATE.achievement, id=f"{CLASSES}communiquer-masters", alignment=())
    badge = replace(COMMUNICATE, achievement=achievement, issuer=replace(COMMUNICATE.issuer, id=SCHOOL))
    kept = KeptBadge(id=1, state="", examination={}, container="json", file_name="", picture="", plate=False)
    kept.holder_id, kept.added_at = 1, NOW
    note_examination(kept, examined(badge), ())
    note_examination(kept, examined(badge, binding="unknown", intact=Check("intact", "unknown", reason)), ())
    standpoint = Standpoint(frameworks=(NORMANDY,), now=NOW)

    [drawn] = _maps([(card_for_others(0, kept, standpoint), kept)], standpoint)

    assert [one.ground for one in drawn.skills] == [ground]


def test_a_story_of_several_badges_stands_where_the_first_of_them_does() -> None:
    """Two stories are open on the page and on paper: the one that Sonia tells of most badges is not folded away for it."""
    first, second, third = (story(place + 1, place, "") for place in range(3))
    again = replace(first, id=9, place=2)

    share = replace(opened(cards(3)), hung=[first, second, again, third])

    assert share.stories == [first, second, third]
