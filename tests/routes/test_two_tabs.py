"""Two tabs of one holder at once: whoever stops a share has stopped it, whatever the other tab does, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.visits import MAIL, Person, Stranger
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


def test_stopped_in_one_tab_then_prolonged_in_the_other(maria: Person, tab: Person, recruiter: Stranger):
    share = maria.shows(*maria.has())
    link = maria.link_of(share)
    maria.post(f"{share}/stopping")

    answer = tab.post(f"{share}/end", data={"days": "365"})

    assert "Ce partage était déjà fini." in tab.reads(answer.headers["location"])
    assert recruiter.get(link).status_code == 404


def test_prolonged_in_one_tab_then_stopped_in_the_other(maria: Person, tab: Person, recruiter: Stranger):
    share = maria.shows(*maria.has())
    link = maria.link_of(share)
    tab.post(f"{share}/end", data={"days": "365"})

    answer = maria.post(f"{share}/stopping")

    assert "C’est arrêté." in maria.reads(answer.headers["location"])
    assert recruiter.get(link).status_code == 404


@pytest.mark.postgresql
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
