"""Where the holder is signed in, and what happened lately."""

from .. import accounts, recovery, storage, web


def index(visit: web.Visit) -> web.Response:
    """My devices, and what happened. One that has closed by itself is neither shown nor to be signed out."""
    devices = visit.read(accounts.list_devices, visit.holder_id, visit.now)
    others = visit.read(recovery.other_devices, visit.authenticated, visit.now)
    return visit.page(
        "devices/index.html",
        devices=devices,
        this=visit.authenticated.device.id,
        endable=[one.id for one in devices if one.id in others],
        events=visit.read(accounts.recent_events, visit.holder_id),
        done=visit.query.text("done"),
    )


def remove(visit: web.Visit) -> web.Response:
    """Sign out another device; of one that is not there the list says so."""
    try:
        web.keep_to_leave(visit, recovery.sign_out_one, visit.authenticated, visit.part["id"], visit.now)
    except storage.Missing:
        return visit.go("devices")
    return visit.go("devices", "?done=one")


def remove_others(visit: web.Visit) -> web.Response:
    """Sign out everywhere else."""
    web.keep_to_leave(visit, recovery.sign_out_elsewhere, visit.authenticated, visit.now)
    return visit.go("devices", "?done=all")
