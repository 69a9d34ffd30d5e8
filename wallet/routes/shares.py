"""What the holder shows: its code, stopped, prolonged, told of afterwards."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from .. import pages, recovery, shares, storage, web
from .open_share.entry import page_of, pass_of

DONE = ("stopped", "reopened", "prolonged", "resumed")
"""What may just have been done with a share, as the address of the list says."""
TOO_LATE = ("late", "over", "closed")
"""What could not be done any more: to undo a stop; to prolong or to change what had stopped meanwhile."""


def index(visit: web.Visit) -> web.Response:
    """My shares, and what was just done with one of them."""
    mine = visit.read(shares.list_owned_shares, visit.holder_id, visit.services.keyring.unseal, visit.now)
    page = next((one for one in mine if one.is_lasting), None)
    others = [one for one in mine if not one.is_lasting]
    opened, ended = [one for one in others if one.is_open], [one for one in others if not one.is_open]
    done, about = _done(visit, mine)
    return visit.page("shares/index.html", page=page, shares=opened, ended=ended, done=done, about=about, now=visit.now)


def mark_seen(visit: web.Visit) -> web.Response:
    """« Votre partage a été ouvert »: they have read it, and see where."""
    visit.keep(shares.mark_views_seen, visit.holder_id)
    return visit.go("shares")


def show(visit: web.Visit) -> web.Response:
    """The code, full screen; a share that is over has none, and of one that cannot be shown any more that is told."""
    told = _get_share(visit)
    if told.is_open and not told.token:
        return visit.go("share.details", id=told.id)
    return _code(visit, told) if told.is_open else visit.go("shares")


def newest(visit: web.Visit) -> web.Response:
    """« Montrer mon code »: that of the newest share; where none is open, one is made first."""
    mine = visit.read(shares.list_owned_shares, visit.holder_id, visit.services.keyring.unseal, visit.now)
    told = next((one for one in mine if one.is_open and one.token), None)
    return _code(visit, told) if told else visit.go("shares.new")


def _code(visit: web.Visit, told: shares.OwnedShare) -> web.Response:
    return visit.page(
        "shares/show.html",
        share=told,
        link=visit.services.address("shared", token=told.token),
        paper_offered=visit.read(recovery.should_offer_code, visit.holder_id),
    )


def qr(visit: web.Visit) -> web.Response:
    """The code as a drawing."""
    return web.show_drawing(pages.qr_svg(_address(visit)), "image/svg+xml")


def stop(visit: web.Visit) -> web.Response:
    """End the share now."""
    web.keep_to_leave(
        visit, shares.stop_share, visit.holder_id, visit.part["id"], visit.now, visit.authenticated.device.return_id
    )
    return visit.go("shares", f"?stopped={visit.part['id']}")


def reopen(visit: web.Visit) -> web.Response:
    """Undo a stop; too late, and that is said beside the way to make the share again."""
    try:
        visit.keep(shares.reopen_share, visit.holder_id, visit.part["id"], visit.now)
    except storage.Missing:
        if not _get_share(visit).is_open:
            return visit.go("shares", f"?late={visit.part['id']}")
    return visit.go("shares", f"?reopened={visit.part['id']}")


@web.rate_limited("change")
def prolong(visit: web.Visit) -> web.Response:
    """Let it go on for longer; what was stopped meanwhile stays so, and a page that has no end is led to."""
    if _get_share(visit).is_page:
        return visit.go("page")
    days = next((days for days in visit.form.numbers("days") if days in shares.DAYS), shares.DAYS[0])
    ends_at, came_in_id = visit.now + timedelta(days=days), visit.authenticated.device.return_id
    try:
        visit.keep(shares.prolong_share, visit.holder_id, visit.part["id"], ends_at, visit.now, came_in_id)
    except storage.Missing:
        return visit.go("shares", f"?over={visit.part['id']}")
    return visit.go("shares", f"?prolonged={visit.part['id']}")


def go_on(visit: web.Visit) -> web.Response:
    """Let others try its code again."""
    visit.keep(shares.allow_code_tries, visit.holder_id, visit.part["id"])
    return visit.go("shares", f"?resumed={visit.part['id']}")


def forget(visit: web.Visit) -> web.Response:
    """Take a share that is over out of the list; one that is open again stays, and of one that is not there the list says so."""
    with suppress(storage.Missing):
        visit.keep(shares.forget_share, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("shares")


def details(visit: web.Visit) -> web.Response:
    """What was shown under which name and when, and how often it was opened."""
    told, record = (
        _get_share(visit),
        visit.read(shares.shown_to_owner, visit.holder_id, visit.part["id"], web.current_registers(visit), visit.now),
    )
    return visit.page(
        "shares/details.html",
        share=told,
        record=record,
        editions=visit.read(shares.list_editions, told.id),
        petition=visit.read(shares.petitions.find_by_share, visit.holder_id, told.id),
        is_changed=told.is_open and visit.query.number("changed") == told.id,
        now=visit.now,
    )


def page(visit: web.Visit) -> web.Response:
    """What a recruiter sees, for the holder to print; it counts no opening."""
    told = _get_share(visit)
    if not (told.is_open and told.token):
        return visit.go("share.details", id=told.id)
    opened = shares.find_open_share(visit.services.database, told.token, visit.now)
    return visit.page("shares/print.html", **page_of(visit, opened, told.token, pass_of(visit, opened)), mine=told)


def sheet(visit: web.Visit) -> web.Response:
    """The share on one sheet of paper, where others find it; with a pass where they are asked for a code."""
    told = _get_share(visit)
    if not (told.is_open and told.token):
        return visit.go("share.details", id=told.id)
    key = pass_of(visit, shares.find_open_share(visit.services.database, told.token, visit.now))
    return visit.go("shared.sheet", f"?pass={key}" if key else "", token=told.token)


def _done(visit: web.Visit, mine: Sequence[shares.OwnedShare]) -> tuple[str, shares.OwnedShare | None]:
    """The word of the address, where it is so, and the share that it is about."""
    for word in (*DONE, *TOO_LATE):
        about = next((one for one in mine if one.id == visit.query.number(word)), None)
        is_endless = about is not None and about.is_lasting and word == "prolonged"
        if about and about.is_open == (word in DONE[1:]) and not is_endless:
            return word, about
    return "", None


def _get_share(visit: web.Visit) -> shares.OwnedShare:
    return visit.read(
        shares.get_owned_share, visit.holder_id, visit.part["id"], visit.services.keyring.unseal, visit.now
    )


def _address(visit: web.Visit) -> str:
    told = _get_share(visit)
    if not (told.is_open and told.token):
        raise storage.Missing
    return visit.services.address("shared", token=told.token)


def take_messages(visit: web.Visit) -> web.Response:
    """Whether those to whom it is shown can answer: with `on`, in the form or the address, they can."""
    takes = "on" in visit.form or "on" in visit.query
    came_in_id = visit.authenticated.device.return_id
    visit.keep(shares.set_takes_messages, visit.holder_id, visit.part["id"], visit.now, came_in_id, takes=takes)
    return visit.go("share.details", "#messages", id=visit.part["id"])
