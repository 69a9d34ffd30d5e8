"""Two tabs of one holder at once: whoever stops a share has stopped it, whatever the other tab does, on both databases."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.visits import MAIL, Clock, Person, Stranger
from wallet.settings import Settings

ROUNDS, OF_ONE_WRITER = 12, 4
"""On SQLite one writes at a time: there are few orders of things."""


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An instance of its own, once on SQLite and once on PostgreSQL."""
    return replace(
        Settings(),
        database_url=database_url,
        files_url=f"file://{tmp_path}/files",
        keys=tmp_path / "keys.json",
        erasures=tmp_path / "erasures",
        mail=MAIL,
    )


@pytest.fixture
def tab(app: Starlette, maria: Person) -> Person:
    """Another tab of Maria's browser."""
    other = Person(app)
    other.cookies = maria.cookies
    return other


@pytest.mark.breadth
def test_stopped_in_one_tab_then_prolonged_in_the_other(maria: Person, tab: Person, recruiter: Stranger):
    share = maria.shows(*maria.has())
    link = maria.link_of(share)
    maria.post(f"{share}/stopping")

    answer = tab.post(f"{share}/end", data={"days": "365"})

    assert "Ce partage était déjà fini." in tab.reads(answer.headers["location"])
    assert recruiter.get(link).status_code == 404


@pytest.mark.breadth
def test_prolonged_in_one_tab_then_stopped_in_the_other(maria: Person, tab: Person, recruiter: Stranger):
    share = maria.shows(*maria.has())
    link = maria.link_of(share)
    tab.post(f"{share}/end", data={"days": "365"})

    answer = maria.post(f"{share}/stopping")

    assert "C’est arrêté." in maria.reads(answer.headers["location"])
    assert recruiter.get(link).status_code == 404


@pytest.mark.postgresql
@pytest.mark.breadth
def test_stopping_and_prolonging_at_once_always_stops(maria: Person, tab: Person, recruiter: Stranger):
    ids = maria.has()
    seen: set[str] = set()
    with ThreadPoolExecutor(2) as tabs:
        for _ in range(OF_ONE_WRITER if maria.services.database.is_sqlite else ROUNDS):
            share = maria.shows(*ids)
            link, together = maria.link_of(share), Barrier(2)

            def post(who: Person, path: str, together: Barrier = together) -> Any:
                together.wait()
                return who.post(path, data={"days": "365"})

            stopping = tabs.submit(post, maria, f"{share}/stopping")
            prolonging = tabs.submit(post, tab, f"{share}/end")
            stopped, prolonged = stopping.result(), prolonging.result()

            assert (stopped.status_code, prolonged.status_code) == (303, 303)
            seen.add(prolonged.headers["location"].partition("=")[0])
            assert recruiter.get(link).status_code == 404
            assert "C’est arrêté." in maria.reads(stopped.headers["location"])

    assert seen <= {"/shares?prolonged", "/shares?over"}


@pytest.mark.postgresql
@pytest.mark.breadth
def test_undoing_and_prolonging_at_once_leaves_it_open(maria: Person, tab: Person, recruiter: Stranger):
    ids = maria.has()
    with ThreadPoolExecutor(2) as tabs:
        for _ in range(OF_ONE_WRITER if maria.services.database.is_sqlite else ROUNDS):
            share = maria.shows(*ids)
            link = maria.link_of(share)
            maria.post(f"{share}/stopping")
            both = [tabs.submit(maria.post, f"{share}/return"), tabs.submit(tab.post, f"{share}/end")]

            assert {one.result().status_code for one in both} == {303}
            assert recruiter.get(link).status_code == 200


def newest(page: str) -> str:
    """What the form to make a share says of those that there are."""
    found = re.search(r'name="newest" value="(\d+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_button_touched_twice_makes_one_share(maria: Person, tab: Person):
    maria.shows(*maria.has())
    form = {"badge": [str(id) for id in maria.has()], "days": "7", "newest": newest(maria.page("/shares/new"))}
    together = Barrier(2)

    def post(who: Person) -> Any:
        together.wait()
        return who.post("/shares", data=form)

    with ThreadPoolExecutor(2) as tabs:
        answers = list(tabs.map(post, [maria, tab]))

    assert [one.status_code for one in answers] == [303, 303]
    assert len({one.headers["location"] for one in answers}) == 1
    assert len(set(re.findall(r"/shares/\d+/details", maria.page("/shares")))) == 2, "with the one of before"


def test_the_same_form_with_something_else_in_it_makes_another_share(maria: Person, clock: Clock):
    form = {"badge": [str(id) for id in maria.has()], "days": "7", "newest": newest(maria.page("/shares/new"))}
    first = maria.post("/shares", data=form).headers["location"]
    clock.now += timedelta(seconds=20)

    assert maria.post("/shares", data=form).headers["location"] == first, "a slow phone asks again"
    others = ({"word": "Bonjour"}, {"other": "Le garage"}, {"days": "30"}, {"code": "1"}, {"hide_name": "1"})
    made = [maria.post("/shares", data=form | other).headers["location"] for other in others]
    assert len({first, *made}) == 1 + len(others)
    again = form | {"newest": newest(maria.page("/shares/new"))}
    assert maria.post("/shares", data=again).headers["location"] not in {first, *made}, (
        "from a page of after: it is wanted"
    )
    link = maria.link_of(first)
    maria.post(f"{first}/stopping")
    later = maria.post("/shares", data=form).headers["location"]
    assert later != first
    assert maria.link_of(later) != link, "no link comes to life again"
