"""« Vérifier encore »: whoever is shown a share has its badges looked at again."""

from ... import web
from .entry import asked, or_closed, page_of, pass_of, passed

TOO_MANY = 429


@or_closed
def check(visit: web.Visit) -> web.Response:
    """Look at the badges again, and show the page; put off, it says so and when each was looked at."""
    open_share, token = passed(visit), visit.part["token"]
    put_off = web.recheck_share(visit, open_share)
    if not put_off and open_share.code_hash is None:
        return visit.go("shared", asked(visit), token=token)
    told, status = page_of(visit, open_share, token, pass_of(visit, open_share)), TOO_MANY if put_off else 200
    return visit.page("open_share/page.html", status, **told | {"again": put_off or ""})


@or_closed
def back(visit: web.Visit) -> web.Response:
    """Whoever comes to the address itself, as by « English » on what was answered there, is led to the share."""
    passed(visit)
    return visit.go("shared", asked(visit), token=visit.part["token"])
