"""The rescue paper: explained, made and told once, kept as a picture."""

from http import HTTPStatus

from starlette.responses import Response

from .. import crockford, downloads, holders, papers, sheets, ways
from ..sheets import Sheet
from ..visit import Visit

TYPED = 200
"""Characters of a code that are read."""


def show(visit: Visit) -> Response:
    """What the paper is for, and whether there is one."""
    return _explain(visit)


def create(visit: Visit) -> Response:
    """A new paper, whose code stands in this one answer and nowhere else; a visitor keeps the wallet by it."""
    visit.pace("change", visit.holder_id)
    replaced = visit.read(papers.of, visit.holder_id) is not None
    try:
        code = visit.keep(ways.make_paper, visit.someone, visit.now)
    except ways.StillGood:
        return _explain(visit, "still-good", HTTPStatus.CONFLICT)
    visit.known = visit.read(holders.recognise, visit.cookies[visit.house.cookie], visit.now)
    given = sheets.page(code, visit.house.address("entry.paper"))
    return visit.page("recovery_codes/sheet.html", **given, made_at=visit.now, replaced=replaced, stopped=False)


def picture(visit: Visit) -> Response:
    """The paper as a picture, for whoever sends its code along; never onto a computer that others use."""
    visit.pace("change", visit.holder_id)
    if visit.is_shared:
        return visit.go("paper")
    known = visit.someone
    try:
        code = crockford.read(visit.text("code", TYPED))
    except crockford.Mistyped:
        return visit.go("paper")
    paper = visit.read(papers.of, known.holder.id)
    if paper is None or not visit.read(papers.is_of, known.holder.id, code):
        return visit.go("paper")
    link = visit.house.address("entry.paper")
    told = visit.house.pages.render("recovery_codes/sheet_texts.html", visit.language, link=link, made_at=paper.made_at)
    title, *lines = told.strip().splitlines()
    sheet = Sheet(
        address=sheets.address_of(code, link),
        groups=tuple(crockford.checked(code)),
        title=title,
        whose=known.holder.name,
        lines=tuple(lines),
    )
    return downloads.attachment(sheets.png(sheet), "image/png", "papier-de-secours.png")


def _explain(visit: Visit, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    paper = visit.read(papers.of, visit.holder_id)
    done = visit.request.query_params.get("done", "")
    return visit.page("recovery_codes/index.html", status, paper=paper, problem=problem, done=done)
