"""What anyone may see: the welcome, and the pages that explain."""

from datetime import date

from starlette.responses import JSONResponse, PlainTextResponse, Response

from ..pages import Asset
from ..storage import Missing
from ..web import Visit

STATED = date(2026, 11, 25)
"""When the accessibility statement was last looked through: change it with what it says."""


def welcome(visit: Visit) -> Response:
    """The first visit; whoever has something here is shown that."""
    if visit.known:
        return visit.go("badges")
    return visit.page("public/welcome.html", problems=[])


def help(visit: Visit) -> Response:
    """Help."""
    return visit.page("public/help.html")


def lost(visit: Visit) -> Response:
    """« J'ai perdu mon téléphone »: all the ways back."""
    return visit.page("public/lost_phone.html")


def privacy(visit: Visit) -> Response:
    """What becomes of what we keep."""
    return visit.page("public/privacy.html")


def advisers(visit: Visit) -> Response:
    """How to help somebody, on one sheet."""
    return visit.page("public/advisers.html")


def legal(visit: Visit) -> Response:
    """Who runs this instance."""
    return visit.page("public/legal.html")


def accessibility(visit: Visit) -> Response:
    """The accessibility statement."""
    return visit.page("public/accessibility.html", stated=STATED)


def site_map(visit: Visit) -> Response:
    """All pages."""
    return visit.page("public/site_map.html")


def asset(visit: Visit) -> Response:
    """A file that goes with the pages."""
    path = visit.part["path"]
    found = visit.services.pages.assets.find(path)
    if found is None:
        raise Missing
    return _sent(visit, found, path)


def worker(visit: Visit) -> Response:
    """The script that phones run for it; never an old one (Service Workers, W3C, 4.1)."""
    return _sent(visit, visit.services.workers[visit.language], "worker.js")


def _sent(visit: Visit, found: Asset, path: str) -> Response:
    """*found* under *path*, packed where the browser unpacks it; nothing of one that it has already."""
    asked = visit.request.headers
    headers = {"Cache-Control": found.caching(path), "Vary": "Accept-Encoding", "ETag": found.tag}
    if asked.get("if-none-match") == found.tag:
        return Response(status_code=304, headers=headers)
    if found.packed and "gzip" in asked.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)


def offline(visit: Visit) -> Response:
    """What a phone shows without Internet, where it kept nothing better."""
    return visit.page("problems/offline.html")


def robots(_visit: Visit) -> Response:
    """Robots stay away from what people show (docs/security.md G8)."""
    return PlainTextResponse("User-agent: *\nDisallow: /s/\n")


def did(visit: Visit) -> Response:
    """The instance's own public key. Source: did:web method, 2.5."""
    return JSONResponse(visit.services.keyring.did_document(visit.services.settings.origin))
