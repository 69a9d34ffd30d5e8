"""The rescue paper: explained, made and told once, kept as a picture."""

from http import HTTPStatus

from .. import accounts, recovery, web


def show(visit: web.Visit, problem: str = "") -> web.Response:
    """What the paper is for, and whether there is one; *problem* says why none was made."""
    return visit.page(
        "recovery_codes/index.html",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        paper=visit.read(accounts.get_recovery_code, visit.holder_id),
        still_good=visit.read(recovery.is_recovery_code_still_good, visit.authenticated, visit.now),
        problem=problem,
        done=visit.query.text("done"),
    )


@web.rate_limited("change")
def create(visit: web.Visit) -> web.Response:
    """A new paper, whose code stands in this one answer and nowhere else; a visitor keeps the wallet by it. Of whoever entered in
    another tab since, it takes the place of none: what is printed then opens somebody else's badges."""
    if web.is_from_page_of_another(visit):
        return visit.go("paper", "?done=another")
    replaced = visit.read(accounts.get_recovery_code, visit.holder_id) is not None
    is_shared = bool(visit.form.text("shared")) and not visit.authenticated.holder.is_kept
    try:
        code = visit.keep(recovery.renew_recovery_code, visit.authenticated, visit.now, is_shared=is_shared)
    except recovery.RecoveryCodeStillGood:
        return show(visit, "still-good")
    token = visit.cookies[visit.services.cookie]
    # Also whoever was signed out from elsewhere this very moment reads it: the paper of before opens nothing any more.
    visit.signed_in = visit.read(accounts.recognise, token, visit.now) or visit.signed_in
    page = visit.page(
        "recovery_codes/sheet.html",
        **recovery.sheet_page(code, visit.services.address("entry.paper")),
        made_at=visit.now,
        replaced=replaced,
        stopped=False,
    )
    if is_shared:
        return web.sign_in(visit, page, token, is_shared=True)
    return page if visit.is_shared else web.remember_somebody(visit, page)


@web.rate_limited("change")
def picture(visit: web.Visit) -> web.Response:
    """The paper as a picture, for whoever sends its code along; never onto a computer that others use."""
    holder = visit.authenticated.holder
    paper, code = visit.read(accounts.get_recovery_code, holder.id), _typed_code(visit)
    if visit.is_shared or not (paper and code and visit.read(accounts.is_recovery_code_of, holder.id, code)):
        return visit.go("paper")
    link = visit.services.address("entry.paper")
    told = visit.services.pages.render(
        "recovery_codes/sheet_texts.html", visit.language, link=link, made_at=paper.made_at
    )
    title, *lines = told.strip().splitlines()
    drawn = recovery.sheet_png(code, link, title, holder.name, lines)
    return web.download(drawn, "image/png", "papier-de-secours.png")


def _typed_code(visit: web.Visit) -> str:
    """The code that was sent, "" for what is none."""
    try:
        return accounts.read_code(visit.form.text("code", 200))
    except accounts.Mistyped:
        return ""
