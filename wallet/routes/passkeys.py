"""The holder's keys: seen, added, named, taken away."""

from http import HTTPStatus

from starlette.responses import Response

from .. import accounts, recovery
from ..pages import format_day
from ..recovery import LastWay
from ..web import Visit


def index(visit: Visit) -> Response:
    """My keys."""
    return _list(visit)


def new(visit: Visit) -> Response:
    """A key for this device; also offered to whoever came in with the key of another one."""
    known, came = visit.someone, visit.number("entered") == 1
    if visit.is_shared or len(visit.read(accounts.list_passkeys, known.holder.id)) >= accounts.MOST_PASSKEYS:
        return visit.go("badges" if came else "keys")
    if not visit.read(accounts.may_make_passkey, known, visit.now):
        return visit.confirm_first()
    return visit.page("passkeys/new.html", kind=visit.kind, later="badges" if came else "keys")


def name(visit: Visit) -> Response:
    """What the holder calls a key."""
    visit.keep(accounts.rename_passkey, visit.holder_id, visit.part["id"], visit.text("name"))
    return visit.go("keys", "?done=named")


def remove(visit: Visit) -> Response:
    """Take a key away; the last way in stays."""
    try:
        visit.keep(recovery.remove_key, visit.someone, visit.part["id"], visit.now)
    except LastWay:
        return _list(visit, "last-way", HTTPStatus.CONFLICT)
    return visit.go("keys", "?done=removed")


def _list(visit: Visit, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    known, now = visit.someone, visit.now
    keys = visit.read(accounts.list_passkeys, known.holder.id)
    asks = visit.read(accounts.must_confirm, known, now)
    name = accounts.passkey_name(known.holder, format_day(now, visit.language))
    return visit.page(
        "passkeys/index.html",
        status,
        keys=keys,
        origin=visit.services.settings.origin,
        has_paper=visit.read(recovery.list_ways_in, known.holder.id).has_paper,
        is_full=len(keys) >= accounts.MOST_PASSKEYS,
        asks=asks,
        asks_to_add=asks and not visit.read(accounts.may_make_passkey, known, now),
        news=accounts.passkey_signals(known.holder, keys, name, visit.services.settings),
        done=visit.request.query_params.get("done", ""),
        problem=problem,
    )
