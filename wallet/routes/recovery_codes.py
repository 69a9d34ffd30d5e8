"""The rescue paper: explained, made and told once, kept as a picture."""

from http import HTTPStatus

from starlette.responses import Response

from .. import accounts, recovery, web
from ..recovery import RecoverySheet
from ..web import Visit

TYPED = 200
"""Characters of a code that are read."""


def show(visit: Visit) -> Response:
    """What the paper is for, and whether there is one."""
    return _explain(visit)


def create(visit: Visit) -> Response:
    """A new paper, whose code stands in this one answer and nowhere else; a visitor keeps the wallet by it."""
    visit.pace("change", visit.holder_id)
    replaced = visit.read(accounts.get_recovery_code, visit.holder_id) is not None
    try:
        code = visit.keep(recovery.renew_recovery_code, visit.someone, visit.now)
    except recovery.RecoveryCodeStillGood:
        return _explain(visit, "still-good", HTTPStatus.CONFLICT)
    visit.known = visit.read(accounts.recognise, visit.cookies[visit.services.cookie], visit.now)
    given = recovery.sheet_page(code, visit.services.address("entry.paper"))
    return visit.page("recovery_codes/sheet.html", **given, made_at=visit.now, replaced=replaced, stopped=False)


def picture(visit: Visit) -> Response:
    """The paper as a picture, for whoever sends its code along; never onto a computer that others use."""
    visit.pace("change", visit.holder_id)
    if visit.is_shared:
        return visit.go("paper")
    known = visit.someone
    try:
        code = accounts.read_code(visit.text("code", TYPED))
    except accounts.Mistyped:
        return visit.go("paper")
    paper = visit.read(accounts.get_recovery_code, known.holder.id)
    if paper is None or not visit.read(accounts.is_recovery_code_of, known.holder.id, code):
        return visit.go("paper")
    link = visit.services.address("entry.paper")
    told = visit.services.pages.render(
        "recovery_codes/sheet_texts.html", visit.language, link=link, made_at=paper.made_at
    )
    title, *lines = told.strip().splitlines()
    sheet = RecoverySheet(
        address=recovery.recovery_link(code, link),
        groups=tuple(accounts.with_check_symbols(code)),
        title=title,
        whose=known.holder.name,
        lines=tuple(lines),
    )
    return web.download(recovery.sheet_png(sheet), "image/png", "papier-de-secours.png")


def _explain(visit: Visit, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    paper = visit.read(accounts.get_recovery_code, visit.holder_id)
    done = visit.request.query_params.get("done", "")
    return visit.page("recovery_codes/index.html", status, paper=paper, problem=problem, done=done)
