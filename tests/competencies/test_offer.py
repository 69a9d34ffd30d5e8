"""« Oui, tout compte »: what fits and nothing speaks against is offered together, and all else is told by itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.examined import NOW
from tests.fixtures.framed import CLASSES, KEYS, NORMANDY, SCHOOL, held, issuer_of, lasting, read
from tests.fixtures.screens import drawn, pages
from tests.fixtures.screens_path import TWO, mine
from wallet.competencies import frameworks_at
from wallet.competencies.map import HeldBadge, draw_map
from wallet.competencies.offer import Offer, make_offer
from wallet.trust import Register, Registers, Row

ELSEWHERE = "did:web:ailleurs.exemple"
PLACE = "normandie/communiquer/masters"
STOPPED = Row(
    register=Register(key="operator", name="", kind="operator"),
    match=ELSEWHERE,
    name="Ailleurs",
    why="stop",
    retired_at=NOW - timedelta(days=1),
)


def fitting(key: str = "communiquer", level: str | None = "masters", id: int = 1, **other: Any) -> HeldBadge:
    """A good badge for that competency and level, by its class, of somebody who is on no list."""
    return held(
        key,
        level,
        id,
        read=read(f"{CLASSES}{key}-{level}" if level else f"{CLASSES}general", issuer=ELSEWHERE),
        **other,
    )


def offered(*badges: HeldBadge, registers: Registers | None = None) -> Offer:
    frameworks = frameworks_at([NORMANDY], registers, NOW) if registers else (NORMANDY,)
    return make_offer(draw_map(one, badges) for one in frameworks)


def ids(offer: Offer) -> list[int]:
    return [one.held.id for one in offer.badges]


def test_all_nine_are_offered_with_their_four_skills() -> None:
    nine = [(key, level) for key in KEYS for level in ("practises", "masters")] + [("general", None)]

    offer = offered(*(fitting(key, level, id) for id, (key, level) in enumerate(nine, 1)))

    assert (len(offer.badges), offer.skills, offer.newest_id, offer.issuers) == (9, 4, 9, 1)
    assert offer.is_unlisted
    assert offer.places(range(10))[9] == ["normandie/general"]
    assert not offer.aside


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_as_many_skills_are_there_as_badges_speak_of(count: int) -> None:
    offer = offered(*(fitting(key, "practises", id) for id, key in enumerate(KEYS[:count], 1)))

    assert (offer.skills, len(offer.badges)) == (count, count)


def test_what_counts_already_is_there_too_and_is_not_asked_about() -> None:
    offer = offered(held("organiser", id=1), fitting("adapter", id=2), fitting("organiser", "practises", id=3))

    assert (offer.skills, ids(offer)) == (2, [2]), "a level below what counts takes nobody further"


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("other-name", {"is_anothers": True}),
        ("unasked", {"is_unasked": True}),
        ("taken-back", {"is_taken_back": True}),
        ("other-name", {"is_anothers": True, "is_unasked": True, "is_taken_back": True}),
    ],
)
def test_what_something_speaks_against_is_told_by_itself_with_its_reason(why: str, more: Any) -> None:
    offer = offered(fitting(id=1, **more), fitting("organiser", id=2))

    assert ids(offer) == [2]
    assert [(one.held.id, one.aside) for one in offer.aside] == [(1, why)]
    assert offer.places(range(10)) == {2: ["normandie/organiser/masters"]}
    assert offer.skills == 1


@pytest.mark.parametrize(
    "state", ["revoked", "suspended", "invalid", "expired", "not-yet-valid", "unreadable", "unknown"]
)
def test_what_is_not_good_is_neither_offered_nor_asked_about(state: str) -> None:
    drawn = draw_map(NORMANDY, [fitting(state=state, is_good=False)])

    assert (make_offer([drawn]).fitting, make_offer([drawn]).aside) == ([], [])
    assert [one.held.state for one in drawn.standings[2].gone] == [state]


def test_what_the_operator_stopped_is_not_offered() -> None:
    offer = offered(fitting(id=1), registers=Registers(rows=[STOPPED]))

    assert (offer.fitting, [one.aside for one in offer.aside]) == ([], ["stopped"])


def test_what_was_good_when_it_could_be_checked_last_is_offered() -> None:
    assert ids(offered(fitting(state="unknown", is_good=True))) == [1]


def test_a_name_alone_of_a_listed_issuer_is_a_question_of_names_and_not_of_lists() -> None:
    named = read(name="Communiquer – je maîtrise")

    assert not offered(held(read=named)).is_unlisted
    assert offered(fitting(), held(id=2, read=read(name="Organiser – je maîtrise", issuer=ELSEWHERE))).is_unlisted


def test_two_awards_of_one_tenant_of_a_platform_are_of_one_organisation() -> None:
    """Sonia reads « Votre organisme n’est pas encore sur notre liste », and not of several that she never met."""
    client = "https://openbadgefactory.com/v1/client?key=P4XYZ&event="
    awards = [read(f"{CLASSES}{key}-masters", issuer=f"{client}{key}") for key in KEYS[:2]]

    assert offered(*(held(id=id, read=one) for id, one in enumerate(awards, 1))).issuers == 1


def test_a_badge_that_speaks_of_two_skills_is_one_badge_and_counts_in_both_places() -> None:
    both = replace(
        NORMANDY,
        competencies=[
            replace(
                one,
                badges={
                    **one.badges,
                    "masters": replace(one.badges["masters"], targets=frozenset({"https://a.exemple"})),
                },
            )
            for one in NORMANDY.competencies
        ],
    )
    aligned = read(issuer=ELSEWHERE, targets=("https://a.exemple",))

    offer = make_offer([draw_map(both, [held(read=aligned)])])

    assert (len(offer.badges), offer.skills) == (1, 4)
    assert offer.places({1}) == {1: [f"normandie/{key}/masters" for key in KEYS]}


def test_several_frameworks_are_offered_at_once() -> None:
    rare = lasting()
    badges = [fitting(), held(id=2, read=read(f"{CLASSES}lin", issuer=ELSEWHERE))]

    offer = make_offer(draw_map(one, badges) for one in (NORMANDY, rare))

    assert (offer.skills, ids(offer)) == (2, [2, 1])


def test_only_what_was_seen_is_counted() -> None:
    offer = offered(fitting(id=1), fitting("organiser", id=2), fitting("adapter", id=3))

    assert sorted(offer.places(range(3))) == [1, 2]
    assert sorted(offer.places({3, 99})) == [3]
    assert offer.places(()) == {}


def test_whoever_confirmed_all_is_asked_no_more_and_has_everything() -> None:
    badge = fitting(counted={PLACE})
    drawn = draw_map(NORMANDY, [badge])

    assert not make_offer([drawn]).fitting
    assert [one.held.id for one in drawn.confirmed] == [1]
    assert issuer_of(badge.read).id == ELSEWHERE != SCHOOL


def test_one_by_one_is_offered_where_there_are_several() -> None:
    assert "Choisir un par un" in drawn("path, to confirm")
    assert "Choisir un par un" not in drawn("path, one to confirm")


def test_an_answer_by_which_nothing_came_to_count_is_told_as_none() -> None:
    """Sonia tapped twice: nothing is announced that did not happen, and the focus stays where it was."""

    def path(just_counted: int) -> str:
        told = mine(*TWO, done="all", just_counted=just_counted, at=NOW.isoformat())
        return pages().render("journey/show.html", "fr", **told)

    assert ["autofocus" in path(many) for many in (2, 0)] == [True, False]
