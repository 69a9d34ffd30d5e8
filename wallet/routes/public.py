"""What anyone may see: the welcome, an open share, the pages that explain."""

from dataclasses import replace

from starlette.responses import JSONResponse, PlainTextResponse, Response

from .. import qr as qr_codes
from .. import shares
from ..database import Missing
from ..shares import Opened
from ..visit import Visit

GONE = 404


def welcome(visit: Visit) -> Response:
    """The first visit; whoever has something here is shown that."""
    if visit.known:
        return visit.go("badges")
    return visit.page("public/welcome.html", problems=[])


def share(visit: Visit) -> Response:
    """What a recruiter sees: unknown, stopped and ended links are one and the same page."""
    visit.pace("open")
    token = visit.part["token"]
    try:
        opened = visit.read(shares.open_at, token, visit.now)
    except Missing:
        return _closed(visit)
    return visit.page("public/share.html", share=_with_pictures(visit, opened), token=token)


def picture(visit: Visit) -> Response:
    """A picture of an open share."""
    try:
        name = visit.read(shares.picture_at, visit.part["token"], visit.part["place"], visit.now)
    except Missing:
        return _closed(visit)
    return visit.picture(name)


def qr(visit: Visit) -> Response:
    """The code that leads to an open share, for its printed page."""
    try:
        visit.read(shares.open_at, visit.part["token"], visit.now)
    except Missing:
        return _closed(visit)
    return visit.drawing(qr_codes.svg(visit.house.address("shared", token=visit.part["token"])), "image/svg+xml")


def help(visit: Visit) -> Response:
    """Help."""
    return visit.page("public/help.html")


def lost(visit: Visit) -> Response:
    """« J'ai perdu mon téléphone »: all the ways back."""
    return visit.page("public/lost.html")


def privacy(visit: Visit) -> Response:
    """What becomes of what we keep."""
    return visit.page("public/privacy.html")


def legal(visit: Visit) -> Response:
    """Who runs this instance."""
    return visit.page("public/legal.html")


def accessibility(visit: Visit) -> Response:
    """The accessibility statement."""
    return visit.page("public/accessibility.html")


def site_map(visit: Visit) -> Response:
    """All pages."""
    return visit.page("public/site_map.html")


def asset(visit: Visit) -> Response:
    """A file that goes with the pages: a style, a drawing, a script."""
    path = visit.part["path"]
    found = visit.house.pages.assets.find(path)
    if found is None:
        raise Missing
    return visit.asset(found, path)


def robots(_visit: Visit) -> Response:
    """Robots stay away from what people show (security.md, G8)."""
    return PlainTextResponse("User-agent: *\nDisallow: /s/\n")


def did(visit: Visit) -> Response:
    """The instance's own public key. Source: did:web method, 2.5."""
    return JSONResponse(visit.house.keyring.did_document(visit.house.settings.origin))


def _closed(visit: Visit) -> Response:
    return visit.page("public/closed.html", GONE)


def _with_pictures(visit: Visit, opened: Opened) -> Opened:
    """Its pictures are under its own address, and end with it."""
    token, path = visit.part["token"], visit.house.path
    badges = [replace(b, picture_address=path("shared.picture", token=token, place=b.id)) for b in opened.badges]
    return replace(opened, badges=badges)
