"""« Ma page »: the one lasting page of a holder, turned on and off, and given another address."""

from .. import shares, storage, web


def show(visit: web.Visit) -> web.Response:
    """The page of the holder, what of theirs can be seen there, or the way to begin one."""
    return visit.page("lasting_page/show.html", mine=_get_page(visit))


@web.rate_limited("share")
def create(visit: web.Visit) -> web.Response:
    """Turn it on for the first time."""
    return visit.go("page")


def turn(visit: web.Visit) -> web.Response:
    """Let others see it, or nobody."""
    if visit.form.text("visible") == "1":
        visit.keep(shares.open_page, visit.holder_id, visit.authenticated.device.return_id)
    else:
        web.keep_to_leave(visit, shares.close_page, visit.holder_id, visit.now, visit.authenticated.device.return_id)
    return visit.go("page", "#visible")


def ask_address(visit: web.Visit) -> web.Response:
    """Before it gets another address: what that means for the codes of before."""
    mine = _get_page(visit)
    return visit.page("lasting_page/address.html", mine=mine) if mine and mine.is_open else visit.go("page")


@web.rate_limited("share")
def move(visit: web.Visit) -> web.Response:
    """Give it another address."""
    return visit.go("page", "?done=moved")


def _get_page(visit: web.Visit) -> shares.OwnedShare | None:
    mine = visit.read(shares.find_page, visit.holder_id, visit.now)
    if mine is None:
        return None
    try:
        return visit.read(shares.get_owned_share, visit.holder_id, mine.id, visit.services.keyring.unseal, visit.now)
    except storage.Missing:
        return None
