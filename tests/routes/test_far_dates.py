"""A badge that ends when no clock of ours can tell, at the last second there is: issuers write so where they mean never."""

from datetime import UTC, datetime

from starlette.applications import Starlette

from tests.fixtures.made_once import has
from tests.fixtures.visits import Stranger, holder, signed

NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_it_is_shown_shared_and_taken_away_as_any_other(app: Starlette, recruiter: Stranger):
    sonia = holder(app, ("badge.json", signed(valid_until=NEVER)))
    (badge,) = has(sonia)

    link = sonia.link_of(sonia.shows(badge))

    assert "31 décembre 9999" in sonia.reads(f"/badges/{badge}")
    assert recruiter.get(link).status_code == 200
    assert sonia.get("/archive/file").status_code == 200
