"""Showing a key, or the rescue paper, once more: before what is done once."""

from functools import partial
from http import HTTPStatus

from .. import accounts, web


def ask(visit: web.Visit) -> web.Response:
    """Ask for it; whoever showed one just now goes on."""
    next = visit.query.text("next")
    return web.go_to_path(visit, next) if visit.authenticated.is_fresh(visit.now) else _ask(visit, next)


def redraw(visit: web.Visit) -> web.Response:
    """With the code that was typed."""
    return _ask(visit, visit.form.text("next"), visit.form.text("code", 200))


def paper(visit: web.Visit) -> web.Response:
    """The rescue paper was shown: what is on it was typed, and nothing of it is used up."""
    next, typed, holder_id = visit.form.text("next"), visit.form.text("code", 200), visit.holder_id
    try:
        code = accounts.read_code(typed)
    except accounts.Mistyped as fault:
        return _ask(visit, next, typed, "group" if fault.group else "length", fault.group)
    visit.limit_rate("paper", holder_id)
    if not _may_show_paper(visit) or not visit.read(accounts.is_recovery_code_of, holder_id, code):
        return _ask(visit, next, typed, "another")
    shown = partial(visit.keep, accounts.note_key_shown, visit.authenticated.device.id, visit.now)
    web.keep_confirmation(visit, shown, erases=next == visit.services.path("erasure"))
    return web.go_to_path(visit, next)


def _ask(visit: web.Visit, next: str, typed: str = "", problem: str = "", group: int = 0) -> web.Response:
    return visit.page(
        "account/confirmation.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        next=next if web.is_own_path(next) else visit.services.path("settings"),
        has_keys=bool(visit.read(accounts.list_passkeys, visit.holder_id)),
        by_paper=_may_show_paper(visit),
        typed=typed,
        problem=problem,
        group=group,
    )


def _may_show_paper(visit: web.Visit) -> bool:
    """Whoever has no key, or came back without one and has a paper: a key in a lost phone cannot be shown, nor a paper that was spent."""
    if not visit.read(accounts.list_passkeys, visit.holder_id):
        return True
    came_back = visit.authenticated.device.return_id is not None
    return came_back and visit.read(accounts.get_recovery_code, visit.holder_id) is not None
