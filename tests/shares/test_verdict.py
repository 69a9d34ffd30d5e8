"""One verdict for all badges of a share: it is never better than the weakest of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fixtures.screens_cards import NOW, badge
from wallet.badges import Card
from wallet.shares.verdict import Overall, overall
from wallet.trust import Answer

VOUCHED = Answer(standing="vouched", by="La Région Normandie", name="École des Rives")


def told(*sentences: str, of: str = "did:web:rives.exemple.fr") -> list[Card]:
    """Badges of one issuer of which these sentences are told."""
    return [
        replace(badge(sentence), id=place, issuer_id=of, trust=VOUCHED if sentence == "valid" else Answer())
        for place, sentence in enumerate(sentences)
    ]


def of(*sentences: str) -> Overall:
    return overall(told(*sentences))


@pytest.mark.parametrize(
    ("sentences", "said"),
    [
        (["valid", "valid"], "valid"),
        (["valid", "site"], "site"),
        (["site", "site"], "site"),
        (["valid", "intact", "site"], "intact"),
    ],
)
def test_the_weakest_answer_is_that_of_all(sentences: list[str], said: str) -> None:
    assert (of(*sentences).sentence, of(*sentences).tone) == (said, said)


@pytest.mark.parametrize("other", ["expired", "unknown", "suspended", "not-yet-valid", "other-address", "unreadable"])
def test_one_badge_that_is_not_valid_takes_the_green_from_all_and_is_named(other: str) -> None:
    found = of("valid", other, "valid")

    assert found.tone == "intact"
    assert [(one.sentence, [card.id for card in one.badges]) for one in found.exceptions] == [(other, [1])]
    assert (len(found.good), found.count) == (2, 3)


@pytest.mark.parametrize("grave", ["invalid", "revoked"])
def test_a_badge_on_which_nobody_may_rely_colours_the_whole_and_comes_first(grave: str) -> None:
    found = of("valid", "expired", grave)

    assert (found.tone, found.exceptions[0].sentence) == (grave, grave)


def test_where_no_badge_is_good_nothing_good_is_said() -> None:
    found = of("expired", "unknown")

    assert (found.good, found.sentence, found.tone) == ([], "", "expired")


def test_each_issuer_counts_once_and_those_are_counted_for_whom_somebody_vouches() -> None:
    found = overall([*told("valid", "valid"), *told("intact", of="did:web:autre.exemple.fr"), *told("expired", of="x")])

    assert [one.issuer_id for one in found.issuers] == ["did:web:rives.exemple.fr", "did:web:autre.exemple.fr"]
    assert found.vouched == 1


def test_three_awards_of_one_tenant_of_a_platform_are_of_one_issuer() -> None:
    """Its row leaves the member of one award out of account: Yann reads that one organisation is confirmed, and not three."""
    client = "https://openbadgefactory.com/v1/client?key=P4XYZ&event="
    found = overall([card for award in "123" for card in told("valid", of=f"{client}{award}")])

    assert (len(found.issuers), found.vouched) == (1, 1)
    assert len(overall(told("valid") + told("valid", of=f"{client}1".replace("P4", "Q"))).issuers) == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_of_an_issuer_that_is_vouched_for_in_some_of_its_badges_no_more_is_said_than_of_the_others(
    order: tuple[int, ...],
) -> None:
    """It ended: what was kept before is vouched for, what came later is not, and one line speaks of them all."""
    cards = told("valid", "site", "valid")

    found = overall([cards[place] for place in order])

    assert [one.sentence for one in found.issuers] == ["site"]
    assert (found.sentence, found.vouched) == ("site", 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_issuer_that_is_confirmed_in_one_badge_and_only_listed_in_another_is_told_as_listed(
    order: tuple[int, int],
) -> None:
    """A list says of nobody that it is them (docs/decisions.md 35)."""
    confirmed, later = told("valid", "valid")
    cards = (confirmed, replace(later, trust=Answer(standing="listed", by="Liste")))

    found = overall([cards[place] for place in order])

    assert (found.sentence, found.vouched, found.listed) == ("valid", 0, 1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_whoever_takes_two_names_is_told_by_the_one_that_looks_like_anothers(order: tuple[int, int]) -> None:
    """A stranger signs one badge as « GRETA », the next with the same key as « Région Normandie »."""
    harmless, alike = told("intact", "intact")
    cards = (harmless, replace(alike, issuer_name="Région Normandie", trust=Answer(alike="Région Normandie")))

    assert [one.issuer_name for one in overall([cards[place] for place in order]).issuers] == ["Région Normandie"]


def test_issuers_without_an_id_are_not_taken_for_one() -> None:
    first, second = told("intact", "intact", of="")

    assert len(overall([first, replace(second, issuer_name="Région Normandie")]).issuers) == 2
    assert len(overall([first, second]).issuers) == 1


def test_all_are_told_as_checked_since_the_one_that_was_checked_longest_ago() -> None:
    early, late = (replace(one, checked_at=NOW - timedelta(days=day)) for day, one in enumerate(told("valid", "valid")))

    assert overall([early, late]).checked_since == NOW - timedelta(days=1)
