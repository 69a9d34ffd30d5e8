"""The holder's keys: seen, added, named, taken away."""

from http import HTTPStatus

from .. import accounts, pages, recovery, storage, web


def index(visit: web.Visit, problem: str = "") -> web.Response:
    """My keys; *problem* says why one of them was not taken away."""
    holder = visit.authenticated.holder
    keys = visit.read(accounts.list_passkeys, holder.id)
    asks = visit.read(accounts.must_confirm, visit.authenticated, visit.now)
    return visit.page(
        "passkeys/index.html",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        keys=keys,
        origin=visit.services.settings.origin,
        has_paper=visit.read(recovery.list_ways_in, holder.id).has_paper,
        is_full=len(keys) >= accounts.MOST_PASSKEYS,
        asks=asks,
        asks_to_add=asks and not visit.read(accounts.may_make_passkey, visit.authenticated, visit.now),
        news=accounts.passkey_signals(
            holder, keys, pages.format_day(visit.now, visit.language), visit.services.settings
        ),
        done=visit.query.text("done"),
        problem=problem,
    )


def new(visit: web.Visit) -> web.Response:
    """A key for this device; also offered to whoever came in with the key of another one."""
    came = visit.query.number("entered") == 1
    if visit.is_shared or len(visit.read(accounts.list_passkeys, visit.holder_id)) >= accounts.MOST_PASSKEYS:
        return visit.go("badges" if came else "keys")
    if not visit.read(accounts.may_make_passkey, visit.authenticated, visit.now):
        return web.confirm_first(visit)
    return visit.page(
        "passkeys/new.html", kind=accounts.device_kind(visit.user_agent), later="badges" if came else "keys"
    )


def name(visit: web.Visit) -> web.Response:
    """What the holder calls a key."""
    name, came_in_id = visit.form.sent_text("name"), visit.authenticated.device.return_id
    visit.keep(accounts.rename_passkey, visit.holder_id, visit.part["id"], name, visit.now, came_in_id)
    return visit.go("keys", "?done=named")


def remove(visit: web.Visit) -> web.Response:
    """Take a key away; the last way in stays, and of one that is not there the list says so."""
    try:
        visit.keep(recovery.remove_key, visit.authenticated, visit.part["id"], visit.now)
    except storage.Missing:
        return visit.go("keys")
    except recovery.LastWay:
        return index(visit, "last-way")
    return visit.go("keys", "?done=removed")
