"""Showing a key, or the rescue paper, once more: before what is done once."""

from http import HTTPStatus

from starlette.responses import Response

from .. import accounts, recovery, web
from ..web import Visit, is_own_path


def ask(visit: Visit) -> Response:
    """Ask for it; whoever showed one just now goes on."""
    next = visit.query.text("next")
    return web.go_to_path(visit, next) if visit.authenticated.is_fresh(visit.now) else _ask(visit, next)


def paper(visit: Visit) -> Response:
    """The rescue paper was shown: what is on it was typed, and nothing of it is used up."""
    next, typed, holder_id = visit.form.text("next"), visit.form.text("code", 200), visit.holder_id
    try:
        code = accounts.read_code(typed)
    except accounts.Mistyped as fault:
        return _ask(visit, next, typed, "group" if fault.group else "length", fault.group)
    visit.limit_rate("paper", holder_id)
    if not _may_show_paper(visit) or not visit.read(accounts.is_recovery_code_of, holder_id, code):
        return _ask(visit, next, typed, "another")
    is_to_leave = next == visit.services.path("erasure") or visit.read(
        recovery.must_confirm_to_stop, visit.authenticated, visit.now
    )
    device_id = visit.authenticated.device.id
    if is_to_leave:
        web.keep_to_leave(visit, accounts.note_key_shown, device_id, visit.now)
    else:
        visit.keep(accounts.note_key_shown, device_id, visit.now)
    return web.go_to_path(visit, next)


def _ask(visit: Visit, next: str, typed: str = "", problem: str = "", group: int = 0) -> Response:
    return visit.page(
        "account/confirmation.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        next=next if is_own_path(next) else visit.services.path("settings"),
        has_keys=bool(visit.read(accounts.list_passkeys, visit.holder_id)),
        by_paper=_may_show_paper(visit),
        typed=typed,
        problem=problem,
        group=group,
    )


def _may_show_paper(visit: Visit) -> bool:
    """Whoever has no key, or came back without one: a key in a lost phone cannot be shown."""
    return visit.authenticated.device.return_id is not None or not visit.read(accounts.list_passkeys, visit.holder_id)
