"""What the holder shows: its code, stopped, prolonged, forgotten."""

from datetime import timedelta

from starlette.responses import Response

from .. import offers, shares
from .. import qr as qr_codes
from ..shares import Told
from ..visit import Visit


def index(visit: Visit) -> Response:
    """My shares."""
    mine = visit.read(shares.tell_all, visit.holder_id, visit.house.keyring.unseal, visit.now)
    opened, ended = [one for one in mine if one.is_open], [one for one in mine if not one.is_open]
    stopped = next((one for one in ended if one.id == visit.number("stopped") and one.can_reopen(visit.now)), None)
    return visit.page("shares/index.html", shares=opened, ended=ended, stopped=stopped)


def show(visit: Visit) -> Response:
    """The code, full screen; a share that is over has none."""
    told = _one(visit)
    if not told.is_open:
        return visit.go("shares")
    link = visit.house.address("shared", token=told.token)
    offered = visit.read(offers.wants_paper, visit.holder_id)
    return visit.page("shares/show.html", share=told, link=link, paper_offered=offered)


def qr(visit: Visit) -> Response:
    """The code as a drawing."""
    return visit.drawing(qr_codes.svg(_address(visit)), "image/svg+xml")


def qr_to_keep(visit: Visit) -> Response:
    """The code as a picture to keep among one's photos."""
    return visit.attachment(qr_codes.png(_address(visit)), "image/png", "code-badges.png")


def stop(visit: Visit) -> Response:
    """End the share now."""
    visit.keep(shares.stop, visit.holder_id, visit.part["id"], visit.now, visit.someone.device.return_id)
    return visit.go("shares", f"?stopped={visit.part['id']}")


def reopen(visit: Visit) -> Response:
    """Undo a stop."""
    visit.keep(shares.reopen, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("shares")


def prolong(visit: Visit) -> Response:
    """Let it go on for longer."""
    ends_at = visit.now + timedelta(days=_days(visit))
    visit.keep(shares.prolong, visit.holder_id, visit.part["id"], ends_at, visit.now)
    return visit.go("shares", f"?prolonged={visit.part['id']}")


def go_on(visit: Visit) -> Response:
    """Let others try its code again."""
    visit.keep(shares.go_on, visit.holder_id, visit.part["id"])
    return visit.go("shares")


def forget(visit: Visit) -> Response:
    """Take a share that is over out of the list."""
    visit.keep(shares.forget, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("shares")


def _days(visit: Visit) -> int:
    """For how many days, as the form says."""
    asked = (visit.numbers("days") or [shares.DAYS[0]])[0]
    return asked if asked in shares.DAYS else shares.DAYS[0]


def _one(visit: Visit) -> Told:
    return visit.read(shares.tell_one, visit.holder_id, visit.part["id"], visit.house.keyring.unseal, visit.now)


def _address(visit: Visit) -> str:
    return visit.house.address("shared", token=_one(visit).token)
