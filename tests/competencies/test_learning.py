"""What an operator's file must say so that real badges count: learned from the badges, and never more than they say."""

from typing import Any

import pytest

from tests.fixtures.framed import NORMANDY, OURS, SCHOOL, lasting, read
from wallet.competencies.frameworks import faults_of_addition
from wallet.competencies.learning import Varying, learn, places_of, varying_addresses

FACTORY = "https://factory.example/v1/client?key=abc"
MASTERS = "Communiquer – je maîtrise"


def learned(*badges: dict[str, Any], place: str = "") -> Any:
    """The lesson of these badges, each called by its number, in the framework of Normandy as it ships."""
    return learn(OURS, [(str(number), one) for number, one in enumerate(badges)], place)


def test_a_badge_is_placed_by_its_name_and_known_by_its_id_from_then_on() -> None:
    lesson = learned(read("https://a.fr/7", MASTERS, targets=("https://rome.fr/c", "")))

    assert lesson.addition == {
        "id": "normandie",
        "issuers": [SCHOOL],
        "competencies": [
            {
                "key": "communiquer",
                "badges": {"masters": {"ids": ["https://a.fr/7"], "targets": ["https://rome.fr/c"]}},
            }
        ],
    }
    assert (lesson.unplaced, lesson.shared, lesson.varying) == ([], [], [])


def test_a_badge_that_names_no_id_adds_none_that_every_other_such_badge_would_have() -> None:
    [communicate] = learned(read("", MASTERS, targets=("https://rome.fr/c",))).addition["competencies"]

    assert communicate["badges"]["masters"] == {"ids": [], "targets": ["https://rome.fr/c"]}


def test_several_badges_of_one_place_are_one_line_and_the_general_badge_has_its_own() -> None:
    lesson = learned(
        read("a", MASTERS), read("b", MASTERS, "did:web:b"), read("a", MASTERS), read("g", "Badge général")
    )

    assert lesson.addition["issuers"] == [SCHOOL, "did:web:b"]
    assert lesson.addition["competencies"] == [
        {"key": "communiquer", "badges": {"masters": {"ids": ["a", "b"], "targets": []}}}
    ]
    assert lesson.addition["general"] == {"badges": {"ids": ["g"], "targets": []}}


def test_a_target_that_badges_of_two_places_share_makes_none_of_them_known() -> None:
    lesson = learned(
        read("a", MASTERS, targets=("https://rome.fr",)),
        read("b", "Communiquer – je pratique", targets=("https://rome.fr",)),
    )

    [communicate] = lesson.addition["competencies"]
    assert [one["targets"] for one in communicate["badges"].values()] == [[], []]
    assert lesson.shared == ["https://rome.fr"]


def test_what_no_name_says_is_not_guessed_and_as_says_it() -> None:
    badge = read("a", "Attestation 12")

    assert learned(badge).unplaced == ["0"]
    assert learned(badge).addition == {"id": "normandie", "issuers": []}
    placed = learned(badge, place="organiser/practises")
    assert placed.unplaced == []
    assert placed.addition["competencies"][0]["badges"] == {"practises": {"ids": ["a"], "targets": []}}


def test_of_a_badge_that_is_known_already_the_issuer_is_learned() -> None:
    known = read("https://ecole.exemple.fr/badges/adapter-masters", issuer="did:web:other")

    addition = learn(NORMANDY, [("a", known)]).addition

    assert addition["issuers"] == ["did:web:other"]
    assert addition["competencies"][0]["key"] == "adapter"


def test_places_are_those_of_the_framework() -> None:
    assert places_of(lasting()) == ["terre-crue/knows", "lin/knows", "reemploi/knows", "reparation/knows"]
    assert places_of(OURS)[-2:] == ["integrer/masters", "general"]


@pytest.mark.parametrize(
    ("addresses", "members"),
    [
        ([f"{FACTORY}&event=1", f"{FACTORY}&event=2"], ["event"]),
        ([f"{FACTORY}&event=1", FACTORY], ["event"]),
        ([f"{FACTORY}&event=1#a", f"{FACTORY}&event=2#a"], ["event"]),
        ([f"{FACTORY}&event=1&day=1", f"{FACTORY}&event=2&day=2"], ["event", "day"]),
        ([f"{FACTORY}&event=1", f"{FACTORY}&event=2#a"], []),
        ([FACTORY, FACTORY], []),
        (["https://factory.example/?event=1", "https://factory.example/?event=2"], []),
        ([f"{FACTORY}&event=1", "https://factory.example/v1/client?key=%61bc&event=2"], []),
        ([f"{FACTORY}&event=1&event=2", f"{FACTORY}&event=3"], []),
        ([f"{FACTORY}&event=1", f"{FACTORY}&event=2".replace("https", "http")], []),
        ([f"{FACTORY}&a=1&event=1", "https://factory.example/v1/client?a=1&key=abc&event=2"], []),
        ([f"{FACTORY}&event=1", f"{FACTORY}&event=2".replace("factory.", "factory.evil.")], []),
        (["did:web:a?event=1", "did:web:a?event=2"], []),
    ],
)
def test_members_of_a_query_that_differ_from_award_to_award_are_told(addresses: list[str], members: list[str]) -> None:
    found = varying_addresses(addresses)

    assert found == ([Varying(addresses=addresses, members=members)] if members else [])


def test_what_a_known_platform_writes_into_each_award_is_left_out_of_the_lines() -> None:
    """Two awards of one tenant, or one alone: the next one counts too."""
    tenant, badge = (f"https://openbadgefactory.com/v1/{one}?key=P4XYZ&event=" for one in ("client", "badge"))
    one, two = (read(f"{badge}E{number}", MASTERS, f"{tenant}E{number}") for number in (1, 2))

    lesson = learned(one, two)

    assert lesson.addition["issuers"] == [{"id": f"{tenant}E1", "ignoring": ["event"]}]
    [communicate] = lesson.addition["competencies"]
    assert communicate["badges"]["masters"]["ids"] == [{"id": f"{badge}E1", "ignoring": ["event"]}]
    assert [(one.members, one.is_allowed) for one in lesson.varying] == [(["event"], True)] * 2
    alone = learned(one)
    assert (alone.addition, alone.varying) == (lesson.addition, [])
    assert faults_of_addition(lesson.addition) == []


@pytest.mark.parametrize("id", ["?event=1", "?key=1", "", "?key=1&event=1&event=2", "/a"])
def test_an_address_without_anything_else_is_named_to_the_letter(id: str) -> None:
    address = f"https://openbadgefactory.com{id}"

    assert learned(read("a", MASTERS, address)).addition["issuers"] == [address]


def test_issuers_whose_address_varies_are_all_learned_and_that_is_told() -> None:
    lesson = learned(*(read("a", MASTERS, f"{FACTORY}&event={number}") for number in (1, 2)))

    assert lesson.addition["issuers"] == [f"{FACTORY}&event=1", f"{FACTORY}&event=2"]
    assert [(one.members, one.is_allowed) for one in lesson.varying] == [(["event"], False)]
