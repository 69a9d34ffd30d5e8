"""« Vérifier encore »: whoever is shown a share has its badges looked at again."""

from starlette.responses import Response

from ..viewings import or_closed, page_of, pass_of, passed
from ..visit import Visit


@or_closed
def check(visit: Visit) -> Response:
    """Look at the badges again, and show the page."""
    seen, token = passed(visit), visit.part["token"]
    if seen.code_hash is None:
        return visit.go("shared", token=token)
    return visit.page("public/share.html", **page_of(visit, token, pass_of(visit, seen)))
