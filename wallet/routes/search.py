"""A search through one's own badges and moments."""

from dataclasses import replace

from .. import competencies, endorsements, shares, web

CHOSEN = 300
"""Characters of what is chosen from a list."""


@web.rate_limited("search")
def search(visit: web.Visit) -> web.Response:
    """What fits; and what else may be asked for."""
    asked = competencies.SearchQuery(
        words=visit.query.text("q", competencies.QUERY_LIMIT),
        competency=visit.query.text("competency", CHOSEN),
        issuer=visit.query.text("issuer", CHOSEN),
        year=visit.query.number("year"),
    )
    found = visit.read(
        competencies.search_wallet, visit.services.frameworks, visit.holder_id, asked, visit.query.number("page")
    )
    return visit.page(
        "search/index.html",
        asked=asked,
        found=replace(found, cards=web.told_now(visit, found.cards)),
        shown=visit.read(shares.shown_moment_ids, visit.holder_id, visit.now),
        shown_by_link=visit.read(endorsements.asked_moment_ids, visit.holder_id, visit.now),
    )
