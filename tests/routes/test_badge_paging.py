"""« Mes badges » of somebody who keeps very many: leaf by leaf, and nothing is lost between them."""

import re
import secrets
from datetime import timedelta

import pytest
from sqlalchemy import insert
from starlette.applications import Starlette

from tests.fixtures.visits import NOW, Clock, Person, words
from wallet.badges.models import KeptBadge
from wallet.badges.paging import PAGE_LENGTH, get_page
from wallet.web.services import Services


def keeps(maria: Person, number: int) -> None:
    """Maria has *number* badges in all: copies of her first, that came in one by one or two at a time."""
    with maria.services.database.writing() as session:
        (first,) = session.query(KeptBadge).filter(KeptBadge.holder_id == 1)
        row = {column.name: getattr(first, column.name) for column in KeptBadge.__table__.columns}
        del row["id"]
        copies = [
            row | {"identity": secrets.token_hex(32), "added_at": NOW + timedelta(seconds=one // 2)}
            for one in range(1, number)
        ]
        session.execute(insert(KeptBadge), copies)


def on(maria: Person, path: str) -> list[int]:
    """The ids of the badges on that page, in their order."""
    return [int(id) for id in re.findall(r'class="patch"[^>]* href="/badges/(\d+)"', maria.page(path))]


def leads(maria: Person, path: str) -> dict[str, str]:
    """Where « Plus récents » and « Plus anciens » lead from there."""
    return dict(re.findall(r'rel="(prev|next)"\s+href="([^"]*)"', maria.page(path)))


def test_sixty_badges_are_on_one_page(maria: Person):
    keeps(maria, PAGE_LENGTH)

    assert len(on(maria, "/badges")) == PAGE_LENGTH
    assert leads(maria, "/badges") == {}
    assert "Mes 60 badges" in maria.reads("/badges")
    assert "Page 1" not in maria.reads("/badges")


@pytest.mark.breadth
def test_maria_leafs_through_all_of_hers_and_back(maria: Person):
    keeps(maria, 2 * PAGE_LENGTH + 5)

    there, seen, path = [], [], "/badges"
    while path:
        there.append(path)
        seen += on(maria, path)
        path = leads(maria, path).get("next", "")
    assert len(seen) == len(set(seen)) == 2 * PAGE_LENGTH + 5
    assert seen == sorted(seen, reverse=True), "the newest first"
    assert there == ["/badges", "/badges?page=2", "/badges?page=3"]
    assert leads(maria, there[2]) == {"prev": "/badges?page=2"}
    assert leads(maria, there[1]) == {"prev": "/badges", "next": "/badges?page=3"}
    assert "Page 3 sur 3" in maria.reads(there[2])
    assert "Mes 125 badges" in maria.reads(there[2])


@pytest.mark.breadth
def test_a_page_that_is_not_there_is_the_first_or_the_last(maria: Person):
    keeps(maria, 2 * PAGE_LENGTH + 5)

    for asked, shown in (("0", 1), ("-1", 1), ("x", 1), ("99", 3), ("999999999", 3), ("9" * 40, 1), ("2", 2)):
        assert f"Page {shown} sur 3" in maria.reads(f"/badges?page={asked}"), asked


@pytest.mark.breadth
def test_what_is_removed_leaves_its_page_and_comes_back_to_it(maria: Person):
    keeps(maria, PAGE_LENGTH + 1)
    (last,) = on(maria, "/badges?page=2")
    first = on(maria, "/badges")

    removed = maria.post(f"/badges/{first[0]}/removal")
    assert "Annuler" in maria.reads(removed.headers["location"])
    assert on(maria, "/badges") == [*first[1:], last]
    assert leads(maria, "/badges") == {}
    maria.post(f"/badges/{first[0]}/return")
    assert on(maria, "/badges") == first
    assert on(maria, "/badges?page=2") == [last]


@pytest.mark.breadth
def test_a_page_seen_before_shows_what_changed_since(app: Starlette, maria: Person, clock: Clock):
    """It is kept printed, and no longer shown as soon as a badge was looked at, a paper made, or a notice is due."""
    keeps(maria, 3)
    page = maria.page("/badges")
    assert "Retiré" not in page
    assert maria.page("/badges") == page

    clock.move(minutes=1)
    services: Services = app.state.services
    with services.database.writing() as session:
        kept = session.get_one(KeptBadge, 2)
        kept.state, kept.checked_at = "revoked", clock.now
    assert maria.page("/badges").count("Retiré") == 1

    assert "Gardez un papier de secours" in maria.reads("/badges")
    assert maria.post("/paper").status_code in {200, 303}
    assert "Gardez un papier de secours" not in maria.reads("/badges")


def test_the_kept_page_of_one_is_nobody_elses(maria: Person, youssef: Person):
    keeps(maria, 3)
    hers = maria.page("/badges")

    assert on(youssef, "/badges") != on(maria, "/badges")
    assert youssef.page("/badges") != hers
    assert "Mes 3 badges" not in youssef.reads("/badges")


def test_a_page_packed_and_plain_says_the_same(maria: Person):
    keeps(maria, 3)

    packed = maria.get("/badges", headers={"Accept-Encoding": "gzip"})
    plain = maria.get("/badges", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert words(packed.text) == words(plain.text)
    for answer in (packed, plain):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["vary"] == "Accept-Encoding"


def test_a_leaf_has_no_badge_of_somebody_else(maria: Person, youssef: Person):
    keeps(maria, PAGE_LENGTH + 1)

    assert youssef.has() != []
    told = get_page(maria.services.database, 2, 1)
    assert (told.number, told.leaves, told.count) == (1, 1, 1)
    assert [row[0] for row in told.marks] == youssef.has()
    nobodys = get_page(maria.services.database, 99, 5)
    assert (nobodys.number, nobodys.leaves, nobodys.count, nobodys.marks) == (1, 1, 0, ())
