"""What a holder may let others see on their lasting page besides badges: a photo, and what they look for."""

from .. import accounts, shares, storage, web

TOO_MUCH, UNREADABLE, BUSY = 413, 422, 503
STATUS = {"too-heavy": TOO_MUCH, "too-large-picture": TOO_MUCH, "busy": BUSY}


def photo(visit: web.Visit) -> web.Response:
    """The photo of the holder."""
    return web.show_bytes(visit, *storage.require(visit.read(accounts.get_photo, visit.holder_id)).as_shown)


def edit_photo(visit: web.Visit) -> web.Response:
    """The photo, and the ways to have another one, or none; not where none of them would be let through."""
    visit.read(accounts.refuse_newcomer, visit.holder_id, visit.authenticated.device.return_id, visit.now)
    return _edit_photo(visit)


@web.rate_limited("attach")
def keep_photo(visit: web.Visit) -> web.Response:
    """Another photo, drawn anew with nothing open; one that cannot be drawn leaves the one of before, and one from a page that
    somebody else had left open is nobody's here."""
    if web.is_from_page_of_another(visit):
        return visit.go("settings", "?done=another")
    upload = next(iter(visit.form.files("photo")), None)
    try:
        drawn = accounts.draw_photo(upload.file.read(accounts.BIGGEST_PHOTO + 1) if upload else b"")
    except accounts.PhotoRefused as problem:
        return _edit_photo(visit, problem.reason)
    visit.keep(shares.set_photo, visit.holder_id, drawn, visit.now, visit.authenticated.device.return_id)
    return visit.go("page", "?at=photo#photo")


def remove_photo(visit: web.Visit) -> web.Response:
    """No byte of it stays."""
    if web.is_from_page_of_another(visit):
        return visit.go("settings", "?done=another")
    visit.keep(shares.set_photo, visit.holder_id, None, visit.now, visit.authenticated.device.return_id)
    return visit.go("photo.edit", "?done=removed")


def edit_sought(visit: web.Visit, typed: str | None = None) -> web.Response:
    """What the holder looks for, or has *typed*; not where it would not be kept."""
    visit.read(accounts.refuse_newcomer, visit.holder_id, visit.authenticated.device.return_id, visit.now)
    return visit.page("lasting_page/sought.html", typed=visit.authenticated.holder.sought if typed is None else typed)


def redraw_sought(visit: web.Visit) -> web.Response:
    """With what was typed."""
    return edit_sought(visit, visit.form.sent_text("sought"))


def keep_sought(visit: web.Visit) -> web.Response:
    """It is that from now on; not what whoever had the phone before was looking for."""
    if web.is_from_page_of_another(visit):
        return visit.go("settings", "?done=another")
    sought = visit.form.sent_text("sought")
    visit.keep(shares.set_sought, visit.holder_id, sought, visit.now, visit.authenticated.device.return_id)
    return visit.go("page", "?at=sought#sought")


def _edit_photo(visit: web.Visit, problem: str = "") -> web.Response:
    return visit.page(
        "lasting_page/photo.html",
        STATUS.get(problem, UNREADABLE) if problem else 200,
        photo=visit.read(accounts.get_photo, visit.holder_id),
        problem=problem,
        done=visit.query.text("done", 40),
        heaviest=accounts.BIGGEST_PHOTO,
    )
