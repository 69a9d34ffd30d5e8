"""The person: entering, leaving, the first name to show, the language."""

from starlette.responses import Response

from .. import holders
from ..languages import LANGUAGES
from ..visit import Visit


def entry(visit: Visit) -> Response:
    """Come back with a key."""
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    return visit.page("holders/entry.html", problem="")


def leave(visit: Visit) -> Response:
    """Sign out: this device opens nothing any more, and a visitor leaves nothing behind."""
    if visit.known:
        visit.keep(holders.leave, visit.known)
    return visit.sign_out(visit.go("welcome"))


def settings(visit: Visit) -> Response:
    """What can be set."""
    return visit.page("holders/settings.html", done=visit.request.query_params.get("done", ""))


def edit(visit: Visit) -> Response:
    """The first name to show."""
    visit.keep(holders.rename, visit.holder_id, visit.text("name"))
    return visit.go("settings", "?done=kept")


def language(visit: Visit) -> Response:
    """The other language, from now on."""
    chosen = visit.text("language")
    if visit.holder and chosen in LANGUAGES:
        visit.keep(holders.speak, visit.holder.id, chosen)
    return visit.choose_language(visit.back(visit.text("next")), chosen)
