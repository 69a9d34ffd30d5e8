"""A job fair: 500 ask for sheets of paper at once. Everybody reads words, nothing breaks, and other pages go on as ever."""

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import httpx2
import pytest

from tests.fixtures.server import Server
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import signed

pytestmark = pytest.mark.soak
AT_ONCE = 500
SHARES = 40
"""Of one person: as many different sheets."""
BEARABLE = 1.0
"""Seconds that a page takes at most meanwhile, as a rule, on two cores that also ask."""


@pytest.fixture
def server(tmp_path: Path):
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


def links_of(sonia: Traveller) -> list[str]:
    sonia.brings(("badge.json", signed()))
    sonia.makes_a_key()
    (badge,) = set(re.findall(r'/badges/(\d+)"', sonia.get("/badges").text))
    links = []
    for _ in range(SHARES):
        share = sonia.post("/shares", data={"badge": badge, "days": "7", "name": "Sonia"}).headers["location"]
        links.append(re.search(r"/s/[0-9A-Z]{26}", sonia.get(share).text)[0])
    return links


def asked(server: Server, paths: list[str]) -> tuple[list[httpx2.Response], list[float]]:
    """The answers to *paths*, all asked at once; and how long the help page took each time meanwhile."""
    limits = httpx2.Limits(max_connections=AT_ONCE + 10)
    all_of_them = httpx2.Client(base_url=server.origin, trust_env=False, timeout=120, limits=limits)
    with all_of_them, ThreadPoolExecutor(AT_ONCE) as people:
        waiting = [people.submit(all_of_them.get, path) for path in paths]
        took = []
        while not all(one.done() for one in waiting):
            began = time.monotonic()
            assert all_of_them.get("/help").status_code == 200
            took.append(time.monotonic() - began)
            time.sleep(0.05)
        return [one.result() for one in waiting], took


def test_500_people_take_one_sheet_at_once(server: Server):
    with Traveller(server) as sonia:
        link = links_of(sonia)[0]
    answers, took = asked(server, [f"{link}/sheet.pdf"] * AT_ONCE)

    assert Counter(one.status_code for one in answers) == {200: AT_ONCE}
    assert len({one.content for one in answers}) == 1
    assert median(took) < BEARABLE


def test_500_people_take_40_sheets_at_once(server: Server):
    with Traveller(server) as sonia:
        links = links_of(sonia)
    answers, took = asked(
        server, [f"{links[n % SHARES]}/sheet.pdf?lang={'en' if n % 3 else 'fr'}" for n in range(AT_ONCE)]
    )
    told = Counter(one.status_code for one in answers)

    assert told.keys() <= {200, 429}, "words and limits, and no fault of ours"
    assert told[200] >= 5
    assert all(
        "trop de monde" in one.text or "Too many people" in one.text for one in answers if one.status_code == 429
    )
    assert all(one.headers["retry-after"] for one in answers if one.status_code == 429)
    assert median(took) < BEARABLE
