"""« Signaler »: whoever is shown a share says what is wrong with it."""

from starlette.responses import Response

from .. import reports
from ..viewings import addresses, or_closed, pass_of, passed
from ..visit import Visit


@or_closed
def report(visit: Visit) -> Response:
    """The place to say what is wrong."""
    return _page(visit)


@or_closed
def make(visit: Visit) -> Response:
    """Keep what was said, for the operator."""
    seen = passed(visit)
    visit.pace("report", seen.id)
    visit.keep(reports.make, seen.id, visit.text("reason"), visit.text("words"), visit.now)
    return _page(visit, is_made=True)


def _page(visit: Visit, *, is_made: bool = False) -> Response:
    seen, token = passed(visit), visit.part["token"]
    key = pass_of(visit, seen)
    return visit.page("public/report.html", token=token, key=key, at=addresses(visit, token, key), is_made=is_made)
