"""The wallet among the apps of a phone: the manifest, how to put it there, and being asked another time."""

from starlette.responses import JSONResponse

from .. import accounts, pages, web


def manifest(visit: web.Visit) -> web.Response:
    """What a phone reads of the app, in the language that the page asks for; the same for all."""
    services, language = visit.services, visit.language
    headers = {"Cache-Control": "public, max-age=3600", "Content-Language": language, "Vary": "Accept-Language"}
    return JSONResponse(
        pages.make_manifest(language, services.pages.static, services.path),
        headers=headers,
        media_type="application/manifest+json",
    )


def show(visit: web.Visit) -> web.Response:
    """How the wallet comes to the home screen: the phone at hand first, the others folded."""
    return visit.page("install/show.html", at_hand=accounts.install_kind(visit.user_agent))


def postpone(visit: web.Visit) -> web.Response:
    """« Plus tard »: this browser is not asked again."""
    return web.set_cookie(visit, visit.go("badges"), web.INSTALL_LATER_COOKIE, "later", web.YEAR)
