"""The holder's keys: seen, added, named, taken away."""

from http import HTTPStatus

from starlette.responses import Response

from .. import passkeys, ways
from ..pages import day
from ..visit import Visit
from ..ways import LastWay


def index(visit: Visit) -> Response:
    """My keys."""
    return _list(visit)


def new(visit: Visit) -> Response:
    """A key for this device; also offered to whoever came in with the key of another one."""
    known, came = visit.someone, visit.number("entered") == 1
    if visit.is_shared or len(visit.read(passkeys.of, known.holder.id)) >= passkeys.MOST:
        return visit.go("badges" if came else "keys")
    if not visit.read(passkeys.may_make, known, visit.now):
        return visit.confirm_first()
    return visit.page("passkeys/new.html", kind=visit.kind, later="badges" if came else "keys")


def name(visit: Visit) -> Response:
    """What the holder calls a key."""
    visit.keep(passkeys.rename, visit.holder_id, visit.part["id"], visit.text("name"))
    return visit.go("keys", "?done=named")


def remove(visit: Visit) -> Response:
    """Take a key away; the last way in stays."""
    try:
        visit.keep(ways.remove_key, visit.someone, visit.part["id"], visit.now)
    except LastWay:
        return _list(visit, "last-way", HTTPStatus.CONFLICT)
    return visit.go("keys", "?done=removed")


def _list(visit: Visit, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    known, now = visit.someone, visit.now
    keys = visit.read(passkeys.of, known.holder.id)
    asks = visit.read(passkeys.is_asked_for, known, now)
    name = passkeys.name_on(known.holder, day(now, visit.language))
    return visit.page(
        "passkeys/index.html",
        status,
        keys=keys,
        origin=visit.house.settings.origin,
        has_paper=visit.read(ways.of, known.holder.id).has_paper,
        is_full=len(keys) >= passkeys.MOST,
        asks=asks,
        asks_to_add=asks and not visit.read(passkeys.may_make, known, now),
        news=passkeys.news(known.holder, keys, name, visit.house.settings),
        done=visit.request.query_params.get("done", ""),
        problem=problem,
    )
