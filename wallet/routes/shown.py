"""What others see of a share: its page, its code, its pictures and files; looked at again; counted when somebody looked.

No cookie is read here but where openings are counted, and there only to leave the owner out. Whatever is not open (any
more), or asks for a code that was not given, is one and the same page, byte for byte.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from starlette.responses import Response

from .. import browsers, openings, passcodes, shown
from .. import qr as qr_codes
from ..database import Missing
from ..doors import Handler
from ..files import LOST
from ..pages import ZONE
from ..shown import Glance
from ..unpacking import DOCUMENTS
from ..visit import Visit

GONE, TOO_MANY, UNREADABLE = 404, 429, 422


def or_closed(handler: Handler) -> Handler:
    """*handler*, with the one answer for all that is not open."""

    @wraps(handler)
    def answer(visit: Visit) -> Response:
        try:
            return handler(visit)
        except Missing:
            return visit.page("public/closed.html", GONE)

    return answer


@or_closed
def share(visit: Visit) -> Response:
    """What a recruiter sees; where a code is asked for, the place to give it; for robots, no more than that there is something."""
    visit.pace("open")
    seen = _glance(visit)
    if browsers.is_robot(visit.request.headers.get("user-agent", "")):
        return visit.page("public/preview.html")
    if seen.code_hash:
        return visit.page("public/code.html", problem="")
    return visit.printed(seen.token_hash, seen.edition, "public/share.html", lambda: _what(visit, ""))


@or_closed
def enter(visit: Visit) -> Response:
    """The code was given, or a pass for it: the page itself is the answer."""
    visit.pace("open")
    seen = _glance(visit)
    if seen.code_hash is None:
        return visit.go("shared", token=visit.part["token"])
    if _has_pass(visit, seen, visit.text("pass")):
        return _show(visit, seen)
    tried = visit.keep(passcodes.begin_try, seen.id, visit.now)
    if tried is None:
        problem = "paused" if visit.read(passcodes.is_paused, seen.id) else "wait"
        return visit.page("public/code.html", TOO_MANY, problem=problem)
    if not passcodes.is_right(tried, visit.text("code")):
        return visit.page("public/code.html", UNREADABLE, problem="wrong")
    visit.keep(passcodes.give_back, seen.id)
    _count(visit, seen)
    return _show(visit, seen)


@or_closed
def picture(visit: Visit) -> Response:
    """A picture of an open share."""
    passed(visit)
    return visit.picture(visit.read(shown.badge_at, visit.part["token"], visit.part["place"], visit.now).picture)


@or_closed
def file(visit: Visit) -> Response:
    """The document of a badge, byte for byte; never the file around it, in which others may be, nor the holder's name of it."""
    passed(visit)
    place = visit.part["place"]
    kept = visit.read(shown.badge_at, visit.part["token"], place, visit.now)
    media_type, ending = DOCUMENTS[kept.container]
    try:
        content = visit.house.files.read(kept.document)
    except LOST:
        raise Missing from None
    return visit.attachment(content, media_type, f"badge-{place + 1}{ending}")


@or_closed
def qr(visit: Visit) -> Response:
    """The code that leads to an open share, for its printed page."""
    passed(visit)
    return visit.drawing(qr_codes.svg(visit.house.address("shared", token=visit.part["token"])), "image/svg+xml")


def note_opening(visit: Visit) -> Response:
    """Somebody looks at the page of a share: counted, unless it is its owner, a robot, or a share with a code."""
    nothing = Response(status_code=204)
    try:
        seen = shown.glance(visit.house.database, visit.text("token"), visit.now)
    except Missing:
        return nothing
    headers = visit.request.headers
    is_owner = visit.known is not None and visit.known.holder.id == seen.holder_id
    is_human = not browsers.is_robot(headers.get("user-agent", "")) and "prefetch" not in headers.get("sec-purpose", "")
    if seen.code_hash is None and is_human and not is_owner:
        visit.pace("opening", seen.id)
        _count(visit, seen)
    return nothing


def passed(visit: Visit) -> Glance:
    """The open share of the address; raises Missing, also where it asks for a code and the pass is not good (any more)."""
    seen = _glance(visit)
    given = visit.text("pass") or visit.request.query_params.get("pass", "")
    if seen.code_hash is not None and not _has_pass(visit, seen, given):
        raise Missing
    return seen


def pass_of(visit: Visit, seen: Glance) -> str:
    """A new pass where the share asks for a code; "" where it asks for none."""
    return passcodes.pass_for(visit.house.keyring.mark, seen.code_hash, visit.now) if seen.code_hash else ""


def addresses(visit: Visit, token: str, key: str) -> Callable[..., str]:
    """Makes the addresses under a share, with the pass *key* where there is one."""
    query = f"?pass={key}" if key else ""
    return lambda name, **parts: visit.house.path(name, token=token, **parts) + query


def _glance(visit: Visit) -> Glance:
    return shown.glance(visit.house.database, visit.part["token"], visit.now)


def _has_pass(visit: Visit, seen: Glance, given: str) -> bool:
    return passcodes.is_pass(visit.house.keyring.mark, seen.code_hash or "", given, visit.now)


def _show(visit: Visit, seen: Glance) -> Response:
    return visit.page("public/share.html", **_what(visit, pass_of(visit, seen)))


def _what(visit: Visit, key: str) -> dict[str, Any]:
    """What the page of a share is given: its pictures are under its own address, and end with it."""
    token = visit.part["token"]
    opened, at = visit.read(shown.open_at, token, visit.now), addresses(visit, token, key)
    badges = [replace(one, picture_address=at("shared.picture", place=one.id)) for one in opened.badges]
    return {"share": replace(opened, badges=badges), "token": token, "key": key, "at": at}


def _count(visit: Visit, seen: Glance) -> None:
    is_phone = browsers.is_phone(visit.request.headers.get("user-agent", ""))
    visit.keep(openings.count, seen.id, visit.now.astimezone(ZONE).date(), "phone" if is_phone else "computer")
