"""D8: whoever signs out reads that it is done, and opens their badges from there; what remembers it names nobody."""

import re

import pytest
from starlette.applications import Starlette

from tests.fixtures.visits import Clock, Person, signed, words
from tests.routes.test_recovery_codes import makes_a_paper, opens, written
from tests.routes.test_whose_computer import makes_a_key_beside

COOKIE = "returning"


def main_button(page: str) -> str:
    """Where the one sewn button of the page leads."""
    (found,) = re.findall(r'<a class="button main" href="([^"]*)"', page)
    return str(found)


def test_who_signs_out_reads_that_it_is_done_and_opens_their_badges_again(maria: Person):
    answer = maria.post("/leaving")

    assert answer.headers["location"] == "/?done=left"
    page = maria.page("/?done=left")
    assert "Vous revoilà" in words(page)
    assert "C’est fait. Vos badges sont fermés." in words(page)
    assert main_button(page) == "/entry"
    assert re.search(r'<a class="button quiet" href="/badges/new">.*Ajouter mon premier badge', page, re.DOTALL)


def test_home_knows_that_somebody_has_badges_here_and_not_who(maria: Person):
    maria.post("/leaving")

    page = maria.page("/")

    assert main_button(page) == "/entry"
    assert "C’est fait" not in words(page)
    assert maria.cookies[COOKIE] == "yes"
    assert [name for name in maria.cookies if name != COOKIE] == []


def test_a_first_visit_is_the_first_visit(app: Starlette, visitor: Person):
    assert "Gardez vos badges" in visitor.reads("/")
    visitor.brings(("un.json", b"{}"))
    visitor.post("/leaving")

    assert COOKIE not in visitor.cookies
    assert "Ajouter mon premier badge" in visitor.reads("/")


def test_a_badge_that_was_only_looked_at_is_no_wallet_to_come_back_to(visitor: Person, clock: Clock):
    visitor.brings(("un.json", signed()))
    clock.move(minutes=31)

    assert COOKIE not in visitor.cookies
    assert "Vous revoilà" not in visitor.reads("/")


@pytest.mark.breadth
def test_who_keeps_it_by_a_paper_is_known_there_too(visitor: Person):
    visitor.brings(("un.json", signed()))
    makes_a_paper(visitor)

    assert visitor.cookies[COOKIE] == "yes"


@pytest.mark.parametrize("way", ["key", "paper"])
def test_a_computer_that_others_use_remembers_nothing(app: Starlette, maria: Person, way: str):
    computer = Person(app)
    computer.key = maria.key
    if way == "key":
        options = computer.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
        computer.post("/devices", json=computer.key.show(options) | {"shared": True})
    else:
        computer.post("/entry/paper", data={"code": written(makes_a_paper(maria)), "shared": "yes"})
    assert computer.has()

    assert computer.post("/leaving").headers["location"] == "/closed"
    assert COOKIE not in computer.cookies
    assert "Vous revoilà" not in computer.reads("/")


@pytest.mark.breadth
def test_nor_does_one_on_which_the_first_badge_was_added(visitor: Person):
    visitor.brings(("un.json", signed()))
    makes_a_key_beside(visitor)

    assert visitor.post("/leaving").headers["location"] == "/closed"
    assert "Vous revoilà" not in visitor.reads("/")


@pytest.mark.breadth
def test_after_all_is_erased_it_is_gone(maria: Person):
    assert COOKIE in maria.cookies

    assert maria.post("/erasure").headers["location"] == "/erased"

    assert COOKIE not in maria.cookies
    assert "Ajouter mon premier badge" in maria.reads("/")


def test_who_comes_back_by_the_paper_is_known_there_as_well(app: Starlette, maria: Person):
    code, kevin = makes_a_paper(maria), Person(app)

    assert opens(kevin, code)

    assert kevin.cookies[COOKIE] == "yes"
