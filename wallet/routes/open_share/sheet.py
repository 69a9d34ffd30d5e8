"""« Fiche compétences »: a share as one sheet of paper, a PDF that a bounded child sets once for each edition.

It is a photograph of the page: another one as soon as the page would be, and gone with it at the next request.
"""

import json
from collections.abc import Hashable
from dataclasses import replace

from ... import accounts, concurrency, pages, sandbox, shares, storage, web
from .entry import glance, or_closed, passed, standpoint_of

NAME = "fiche-competences.pdf"
"""It says of nobody whose it is: files of applicants lie in one folder."""
PDF = "application/pdf"
MOMENT = 5
"""Seconds after which whoever found no room may ask again."""
IN_A_GROUP = 4


@or_closed
@web.rate_limited("open")
def show(visit: web.Visit) -> web.Response:
    """The sheet of an open share; robots learn no more than that there is something."""
    open_share = passed(visit)
    if accounts.is_robot(visit.user_agent):
        return visit.page("open_share/link_preview.html", token=visit.part["token"])
    found = visit.services.sheets.get_or_render(
        *_print_of(visit, open_share), visit.now, lambda: _set(visit, open_share)
    )
    setattr(visit.request.state, web.GOES_OUT, found)
    headers = {
        "Content-Disposition": f'inline; filename="{NAME}"',
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
    return web.Response(found.plain, media_type=PDF, headers=headers)


def kept(visit: web.Visit) -> web.ReadyPage | None:
    """What `show` answers, where that lies ready; None for all else: a code, a robot, a first reader, and whoever asks too
    often."""
    if accounts.is_robot(visit.user_agent):
        return None
    try:
        open_share = glance(visit)
    except storage.Missing:
        return None
    if open_share.code_hash:
        return None
    found = visit.services.sheets.kept(*_print_of(visit, open_share), visit.now)
    ready = found.ready(packed=False) if found else None
    return ready if ready and visit.services.rate_limits.allow("open", visit.request, ()) else None


def _print_of(visit: web.Visit, open_share: shares.OpenShare) -> tuple[Hashable, Hashable]:
    return (open_share.token_hash, visit.language), open_share.edition


def _set(visit: web.Visit, open_share: shares.OpenShare) -> web.Rendered:
    """The sheet, and until when it is right; raises PoolFull, 429, Missing, and Lost where the child gave none."""
    visit.limit_rate("sheet", open_share.id)
    token, standpoint = accounts.as_typed_meant(visit.part["token"]), standpoint_of(visit, open_share)
    opened = visit.read(shares.view_share, token, standpoint)
    if not opened.badges:
        raise storage.Missing
    sheet, address = shares.sheet_of(opened), visit.services.address("shared", token=token)
    told, unnamed = (
        json.loads(
            visit.services.pages.render(
                "open_share/sheet.txt",
                visit.language,
                sheet=one,
                address=_address(address, token),
                has_code=open_share.code_hash is not None,
                shortened=shares.shortened,
            )
        )
        for one in (sheet, shares.sheet_of(replace(opened, name="")))
    )
    drawings = (
        sandbox.drawings_of(drawing for drawing, _ in sheet.petals)
        | told["drawings"]
        | {"code": pages.qr_svg(address).decode()}
    )
    try:
        content = sandbox.set_sheet(told["words"], drawings, sheet.checked_at, unnamed["words"])
    except sandbox.ChildBusy:
        raise concurrency.PoolFull(MOMENT) from None
    except sandbox.NoAnswer as problem:
        raise storage.Lost from problem
    return content, opened.right_until(standpoint)


def _address(address: str, token: str) -> list[str]:
    """The link as it is typed: the place, then the secret in groups."""
    place = address.partition("://")[2].removesuffix(token)
    return [place, *(token[start : start + IN_A_GROUP] for start in range(0, len(token), IN_A_GROUP))]
