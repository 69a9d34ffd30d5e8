"""What anyone may see: the welcome, and the files that go with the pages."""

from datetime import date

from starlette.responses import PlainTextResponse

from .. import accounts, pages, storage, web

STATED = date(2026, 11, 25)
"""When the accessibility statement was last looked through: change it with what it says."""


def welcome(visit: web.Visit) -> web.Response:
    """The first visit; whoever has something here is shown that, and where somebody had it, they open it."""
    if visit.signed_in:
        return visit.go("badges")
    has_left = visit.query.text("done") == "left"
    if has_left or web.RETURNING_COOKIE in visit.cookies:
        return visit.page("public/welcome_back.html", has_left=has_left)
    return visit.page("public/welcome.html", problems=[])


def asset(visit: web.Visit) -> web.Response:
    """A file that goes with the pages."""
    path = visit.part["path"]
    found = visit.services.pages.assets.find(path)
    if found is None:
        raise storage.Missing
    return _sent(visit, found, path)


def worker(visit: web.Visit) -> web.Response:
    """The script that phones run for it; never an old one (Service Workers, W3C, 4.1)."""
    return _sent(visit, visit.services.workers[visit.language], "worker.js")


def _sent(visit: web.Visit, found: pages.Asset, path: str) -> web.Response:
    """*found* under *path*, packed where the browser unpacks it; nothing of one that it has already."""
    asked = visit.request.headers
    headers = {"Cache-Control": found.caching(path), "Vary": "Accept-Encoding", "ETag": found.tag}
    if asked.get("if-none-match") == found.tag:
        return web.Response(status_code=304, headers=headers)
    if found.packed and "gzip" in asked.get("accept-encoding", ""):
        return web.Response(found.packed, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(found.content, media_type=found.media_type, headers=headers)


def robots(_visit: web.Visit) -> web.Response:
    """Robots stay away from what people show (docs/security.md G8), but for those that draw a preview of a link that was sent: of
    the page, and of no file, photo or picture below it (RFC 9309, 2.2.2 and 2.2.3: the longest rule, and `*`)."""
    drawers = "".join(f"User-agent: {name}\n" for name in accounts.PREVIEW_ROBOTS)
    pages = "".join(f"Allow: {at}\nDisallow: {at}*/\n" for at in (web.SHOWN, web.ASKED))
    nothing = "".join(f"Disallow: {at}\n" for at in web.FOR_STRANGERS)
    return PlainTextResponse(f"{drawers}{pages}Disallow: {web.GIVEN}\n\nUser-agent: *\n{nothing}")
