"""Where the holder is signed in, and what happened lately."""

from starlette.responses import Response

from .. import accounts, recovery
from ..web import Visit


def index(visit: Visit) -> Response:
    """My devices, and what happened."""
    known = visit.someone
    return visit.page(
        "devices/index.html",
        devices=visit.read(accounts.list_devices, known.holder.id, visit.now),
        here=known.device.id,
        endable=visit.read(recovery.other_devices, known, visit.now),
        events=visit.read(accounts.recent_events, known.holder.id),
        done=visit.request.query_params.get("done", ""),
    )


def remove(visit: Visit) -> Response:
    """Sign out another device."""
    visit.keep_to_leave(recovery.sign_out_one, visit.someone, visit.part["id"], visit.now)
    return visit.go("devices", "?done=one")


def remove_others(visit: Visit) -> Response:
    """Sign out everywhere else."""
    visit.keep_to_leave(recovery.sign_out_elsewhere, visit.someone, visit.now)
    return visit.go("devices", "?done=all")
