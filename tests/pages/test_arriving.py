"""What the pages of badges that arrive say of one and of several, and where they lead."""

import re

import pytest

from tests.fixtures.screens import drawn
from tests.fixtures.screens_offers import ONCE_SHOWN
from tests.fixtures.screens_sent import HOST

TAGS = re.compile(r"<[^>]+>")


def said(screen: str) -> str:
    """The words of *screen*, one space between them."""
    return " ".join(TAGS.sub(" ", drawn(screen).partition("<main")[2]).split())


def test_several_badges_come_and_one_comes_and_the_name_is_of_all_of_them() -> None:
    several = said("offer of ten badges")

    assert "Ils viennent de fablab.example" in several
    assert "Ce site dit s’appeler « Fablab de Caen »." in several
    assert "de « Fablab de Caen »" not in several, "as if the last one alone were theirs"
    assert "Il vient de fablab.example" in said("offer")


def test_of_one_badge_that_waits_one_is_spoken_of() -> None:
    assert "s’il est pour vous. Personne d’autre ne le voit." in said("to accept, one")
    assert "s’ils sont pour vous. Personne d’autre ne les voit." in said("to accept, two")


def test_a_platform_without_a_name_is_called_by_its_host_once() -> None:
    assert said("platforms, nine").count(HOST) == 7, "of seven that are there"


@pytest.mark.parametrize(
    ("screen", "way"),
    [
        ("platform, too many", "/platforms"),
        ("offer, full", "/badges"),
        ("offer, offer-asks-for-badges", "/shares/new"),
        ("offer, no answer after a code", "/offers/7/code"),
    ],
)
def test_the_first_button_leads_to_what_helps(screen: str, way: str) -> None:
    assert re.findall(r'<a class="button main" href="([^"]+)"', drawn(screen)) == [way]


@pytest.mark.parametrize("reason", ONCE_SHOWN)
def test_only_where_later_helps_is_there_another_try(reason: str) -> None:
    assert ("Essayer encore" in said(f"offer, {reason}")) == (reason == "offer-no-answer")
