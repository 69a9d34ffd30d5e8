"""« Votre partage a été ouvert » stands on the list of badges until its holder has read it, and tells no more than the details do."""

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, Stranger
from tests.routes.test_view_counts import looks

TOLD = "Votre partage a été ouvert."


@pytest.fixture
@made_once
def link(maria: Person) -> str:
    """The path that Maria's code leads to; it is for the shop at the harbour."""
    return maria.link_of(maria.shows(*maria.has(), purpose="Épicerie du Port"))


def test_maria_reads_it_on_her_badges_until_she_has_read_it(maria: Person, recruiter: Stranger, link: str):
    assert TOLD not in maria.reads("/badges")
    looks(recruiter, link)

    text = maria.reads("/badges")
    assert f"{TOLD} Épicerie du Port : 24 novembre 2026, sur un ordinateur Voir mes partages" in text
    assert TOLD in maria.reads("/badges"), "looking at it changes nothing"

    assert maria.post("/shares/openings").headers["location"] == "/shares"
    assert TOLD not in maria.reads("/badges")


def test_the_next_opening_is_told_again_and_of_several_shares_how_many(
    maria: Person, recruiter: Stranger, link: str, clock: Clock
):
    looks(recruiter, link)
    maria.post("/shares/openings")
    clock.move(days=1)
    other = maria.link_of(maria.shows(*maria.has()))

    looks(recruiter, other)
    assert TOLD in maria.reads("/badges")
    looks(recruiter, link)
    assert "2 partages ont été ouverts." in maria.reads("/badges")


def test_somebody_else_reads_of_none_and_takes_none_away(
    app: Starlette, maria: Person, youssef: Person, recruiter: Stranger, link: str
):
    looks(recruiter, link)

    assert TOLD not in youssef.reads("/badges")
    youssef.post("/shares/openings")
    assert TOLD in maria.reads("/badges")
    assert Person(app).post("/shares/openings").headers["location"] == "/entry"
