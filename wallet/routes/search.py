"""A search through one's own badges and moments."""

from starlette.responses import Response

from .. import competencies, shares
from ..competencies import QUERY_LIMIT, SearchQuery
from ..web import Visit

CHOSEN = 300
"""Characters of what is chosen from a list."""


def search(visit: Visit) -> Response:
    """What fits; and what else may be asked for."""
    visit.pace("search", visit.holder_id)
    query = visit.request.query_params
    told = {name: _text(query.get(name, "")) for name in ("q", "competency", "issuer")}
    asked = SearchQuery(
        words=told["q"][:QUERY_LIMIT], competency=told["competency"], issuer=told["issuer"], year=visit.number("year")
    )
    page = visit.number("page")
    found = visit.read(competencies.search_wallet, visit.services.frameworks, visit.holder_id, asked, page)
    there = visit.read(shares.shown_moment_ids, visit.holder_id, visit.now)
    return visit.page("search/index.html", asked=asked, found=found, shown=there)


def _text(value: str) -> str:
    """NUL is no text to PostgreSQL; half a character is none to anybody."""
    return value.encode(errors="ignore").decode().replace("\0", "")[:CHOSEN]
