"""Leaving: all is erased, at once or on the day that is told, and until then it may be stopped."""

from starlette.responses import Response

from .. import accounts, operations
from ..web import Visit


def show(visit: Visit) -> Response:
    """What goes, what stays, and the one button."""
    until = visit.read(accounts.pending_until, visit.holder_id, visit.now)
    asks = visit.read(accounts.must_confirm, visit.someone, visit.now)
    return visit.page("erasure/show.html", until=until, asks=asks, done=visit.request.query_params.get("done", ""))


def erase(visit: Visit) -> Response:
    """« Oui, effacer »."""
    if visit.services.erasures.ask(visit.holder_id, visit.kind, visit.now, visit.someone.device.id):
        return visit.go("erasure")
    return visit.sign_out(visit.go("erased"))


def stop(visit: Visit) -> Response:
    """« Annuler », on any device."""
    visit.keep_to_leave(operations.cancel_erasure, visit.holder_id, visit.kind, visit.now)
    return visit.go("erasure", "?done=stopped")


def erased(visit: Visit) -> Response:
    """Nothing is here any more."""
    return visit.page("erasure/erased.html")
