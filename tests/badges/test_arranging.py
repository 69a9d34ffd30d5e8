"""Many badges in order: by issuer, by date, by name, and what each is to its holder."""

from datetime import timedelta

import pytest

from tests.fixtures.examined import NOW
from tests.fixtures.screens_cards import checks
from wallet.badges.arranging import ordered, wished
from wallet.badges.badge_lists import Listed
from wallet.badges.cards import changes_of, kinds_of

DAY = timedelta(days=1)


def listed(id: int, name: str = "Caisse", issuer: str = "Commerce École", given: str = "2026-01-01") -> Listed:
    return Listed(
        id=id,
        kinds=frozenset({"good"}),
        full_name=name,
        issuer_name=issuer,
        given_at=given,
        added_at=NOW,
        until=None,
        edition="1",
    )


def ids(badges: list[Listed], order: str) -> list[int]:
    return [one.id for one in ordered(badges, order)]


def test_those_who_gave_most_come_first_and_the_nameless_last():
    badges = [
        listed(9, issuer=""),
        listed(8, issuer=""),
        listed(7, issuer="Zébulon"),
        listed(6, issuer="École"),
        listed(5),
    ]

    assert ids([*badges, listed(4), listed(3, issuer="")], "issuer") == [5, 4, 6, 7, 9, 8, 3]


def test_by_date_the_newest_comes_first_and_by_name_accents_are_no_matter():
    badges = [listed(1, "Étiquetage", given="2025-01-01"), listed(2, "eau"), listed(3, "Vitrine", given="2026-03-01")]

    assert ids(badges, "date") == [3, 2, 1]
    assert ids([*badges, listed(4, "")], "name") == [2, 1, 3, 4]


@pytest.mark.parametrize(("asked", "order", "wanted"), [
    ("good", "name", ("good", "name")), ("", "", ("", "issuer")), ("<script>", "; drop", ("", "issuer")),
])  # fmt: skip
def test_what_is_not_known_is_not_asked_for(asked: str, order: str, wanted: tuple[str, str]):
    wish = wished(asked, order, 2)

    assert (wish.kind, wish.order, wish.number) == (*wanted, 2)


@pytest.mark.parametrize(("sentence", "days", "kinds"), [
    ("valid", None, {"good"}), ("valid", 31, {"good"}), ("valid", 30, {"good", "soon"}), ("valid", 1, {"good", "soon"}),
    ("valid", 0, {"expired"}), ("expired", -9, {"expired"}), ("unknown", 5, {"review"}), ("unknown", -5, {"expired"}),
    ("invalid", 5, {"review"}), ("revoked", -5, {"review"}), ("other-address", 5, {"review"}),
])  # fmt: skip
def test_each_badge_is_of_one_kind_and_perhaps_ends_soon(sentence: str, days: int | None, kinds: set[str]):
    state = "valid" if sentence == "other-address" else sentence
    until = None if days is None else NOW + days * DAY

    assert kinds_of(state, checks(sentence), until, NOW) == kinds


def test_a_page_is_another_one_when_a_badge_is_about_to_end_and_when_it_ends():
    assert changes_of(NOW + 40 * DAY, NOW) == [NOW + 10 * DAY, NOW + 40 * DAY]
    assert changes_of(NOW + 4 * DAY, NOW) == [NOW + 4 * DAY]
    assert changes_of(NOW, NOW) == changes_of(None, NOW) == []
