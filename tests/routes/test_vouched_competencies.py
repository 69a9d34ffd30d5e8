"""One row of the operator's register serves both: the issuer is vouched for, and its badges count on the path and for others.

Whose badges count is decided when a page is made: nothing is written, and what counted does no more.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.framed import of_samples, written
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import ISSUERS_KEY, NOW, Clock, Person, Stranger, holder, signed
from tests.fixtures.vouching import retire, vouch
from wallet.settings import Settings
from wallet.storage.database import Database

ISSUER = json.loads(signed())["issuer"]["id"]
HOUR = timedelta(hours=1)
MASTERED = ("organiser-2", "adapter-2", "communiquer-2")


@pytest.fixture(scope="session")
def naming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that name the ids of badges, and no issuer."""
    folder = tmp_path_factory.mktemp("naming") / "frameworks"
    written(folder, {name: one for name, one in of_samples(ISSUERS_KEY).items() if name != "issuers"})
    return folder


@pytest.fixture
def settings(settings: Settings, naming: Path) -> Settings:
    return replace(settings, frameworks=naming)


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app, *((f"{one}.json", signed(one)) for one in MASTERED))


@pytest.fixture
def database(app: Starlette) -> Database:
    found: Database = app.state.services.database
    return found


class Pages:
    """What Sonia and a recruiter read of what she masters."""

    def __init__(self, sonia: Person, recruiter: Stranger, link: str) -> None:
        self.sonia, self.recruiter, self.link = sonia, recruiter, link

    def count(self) -> dict[str, bool]:
        """Of each page, whether the badges count there."""
        seen = self.sonia.post("/shares/preview", data={"badge": self.sonia.has(), "days": "7", "name": "Sonia"}).text
        asked = self.sonia.reads("/shares/new?for=normandie")
        return {
            "the path": "Vous maîtrisez" in self.sonia.reads("/path"),
            "asking for the general badge": "Je maîtrise 3 compétences." in asked,
            "the preview": is_told(seen),
            "the share": is_told(self.recruiter.page(self.link)),
        }


def is_told(page: str) -> bool:
    """Whether the levels are told in gold, as they are where they count: in each row, and on each petal."""
    rows = re.findall(r'</b>\s*<span( class="won")?>maîtrise</span>', page)
    petals = re.findall(r'<li( class="gold")?>\s*<img class="art" src="[^"]*/\w+-2(-tacked)?[.\w]*svg"', page)
    assert (len(rows), len(petals)) == (3, 3)
    told = {bool(one) for one in (*rows, *(gold for gold, _ in petals), *(not tacked for _, tacked in petals))}
    assert len(told) == 1, "told alike everywhere on the page"
    return told == {True}


@pytest.fixture
@made_once
def link(sonia: Person) -> str:
    return sonia.link_of(sonia.shows(*sonia.has(), name="Sonia"))


@pytest.fixture
def pages(sonia: Person, recruiter: Stranger, link: str) -> Pages:
    return Pages(sonia, recruiter, link)


def everywhere(found: dict[str, bool]) -> Any:
    return set(found.values())


@pytest.mark.breadth
def test_badges_count_from_the_request_after_the_operator_vouches_and_until_it_does_no_more(
    pages: Pages, database: Database, clock: Clock
) -> None:
    assert everywhere(pages.count()) == {False}

    vouch(database, ISSUER, key="operator")
    assert everywhere(pages.count()) == {True}

    clock.move(minutes=1)
    retire(database, ISSUER, clock())
    assert everywhere(pages.count()) == {False}


def test_when_the_clock_passes_the_end_of_the_row_a_kept_page_tells_no_level(
    pages: Pages, database: Database, clock: Clock
) -> None:
    vouch(database, ISSUER, key="operator", until=NOW + HOUR)
    clock.now = NOW + HOUR - timedelta(seconds=1)
    assert everywhere(pages.count()) == {True}

    clock.now = NOW + HOUR
    assert everywhere(pages.count()) == {False}


@pytest.mark.breadth
def test_what_ended_goes_on_counting_where_it_was_kept_before(pages: Pages, database: Database, clock: Clock) -> None:
    vouch(database, ISSUER, key="operator")
    clock.move(minutes=1)
    retire(database, ISSUER, clock(), "ended")

    assert everywhere(pages.count()) == {True}


@pytest.mark.parametrize(
    "row",
    [
        {"scope": ["gestes-durables"]},
        {"keys": ["another"]},
        {"key": "region", "by": "Une autre Région"},
        {"kind": "public-list"},
        {"stale_after": NOW - HOUR},
    ],
    ids=["another framework", "another key", "another register", "a public list", "a silent register"],
)
@pytest.mark.breadth
def test_what_the_row_does_not_say_counts_nowhere(pages: Pages, database: Database, row: dict[str, Any]) -> None:
    vouch(database, ISSUER, **{"key": "operator", **row})

    assert everywhere(pages.count()) == {False}


def test_a_row_for_this_framework_counts(pages: Pages, database: Database) -> None:
    vouch(database, ISSUER, key="operator", scope=["normandie"])

    assert everywhere(pages.count()) == {True}
