"""Where the holder is signed in, and what happened lately."""

from .. import accounts, recovery, storage, web


def index(visit: web.Visit) -> web.Response:
    """My devices, and what happened."""
    return visit.page(
        "devices/index.html",
        devices=visit.read(accounts.list_devices, visit.holder_id, visit.now),
        this=visit.authenticated.device.id,
        endable=visit.read(recovery.other_devices, visit.authenticated, visit.now),
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
