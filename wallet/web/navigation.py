"""Where a browser came from, and where it is sent: to pages of ours and nowhere else (docs/security.md B6)."""

from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.responses import RedirectResponse, Response

from . import layout
from .visit import Visit


def previous_page(visit: Visit) -> str:
    """The page of ours that one came from, as the browser tells it; "" for none, and for the one that was asked for."""
    page = layout.came_from(visit.request, visit.services.settings.origin)
    is_here = visit.request.method != "POST" and urlsplit(page).path == visit.request.url.path
    return "" if is_here else page


def go_back(visit: Visit) -> Response:
    """To the page of ours that one came from; nothing was done."""
    return RedirectResponse(previous_page(visit) or visit.services.path("welcome"), HTTPStatus.SEE_OTHER)


def go_to_path(visit: Visit, path: str) -> Response:
    """To a page of ours; anything that might lead elsewhere goes to the welcome."""
    return RedirectResponse(path if layout.is_own_path(path) else visit.services.path("welcome"), HTTPStatus.SEE_OTHER)


def send_on(visit: Visit, path: str) -> Response:
    """All that was sent goes to that page of ours instead, by the browser (307)."""
    response = go_to_path(visit, path)
    response.status_code = HTTPStatus.TEMPORARY_REDIRECT
    return response


def confirm_first(visit: Visit) -> Response:
    """Show a key or the rescue paper first; then the page where this was asked comes again."""
    asked = visit.request.url.query if visit.request.method == "GET" else ""
    here = visit.here + (f"?{asked}" if asked else "")
    return visit.go("confirmation", f"?next={quote(here or visit.services.path('settings'))}")
