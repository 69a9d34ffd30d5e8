"""The person: entering, leaving, what can be set, the first name to show, the language, the size of letters."""

from starlette.responses import Response

from .. import downloads, erasures, holders, offers, papers, passkeys, ways
from .. import qr as qr_codes
from ..languages import LANGUAGES
from ..pages import day
from ..visit import Visit

STEPS = 3
"""Transactions in which what a visitor has is erased while they wait for the answer."""


def entry(visit: Visit) -> Response:
    """Come back with a key."""
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    return visit.page("account/sign_in.html", problem="")


def entry_qr(visit: Visit) -> Response:
    """The code that leads another phone to the entry."""
    return downloads.drawing(qr_codes.svg(visit.house.address("entry")), "image/svg+xml")


def leave(visit: Visit) -> Response:
    """Sign out: this device opens nothing any more, and a visitor leaves nothing behind.

    Whoever has very much waits for a few steps of it: after the first one nobody sees anything of them, and the next round
    of chores erases the rest.
    """
    if visit.known:
        for _ in range(STEPS):
            if not visit.keep_to_leave(erasures.leave, visit.known, visit.now):
                break
    return visit.sign_out(visit.go("closed" if visit.is_shared else "welcome"))


def closed(visit: Visit) -> Response:
    """A computer that others use too has closed; where somebody is still at it, in another window, it goes on.

    Any page may lead here: what the browser keeps is cleared where it has a cookie of ours, which is over.
    """
    if visit.known:
        return visit.go("badges")
    page, token = visit.page("account/signed_out.html"), visit.cookies.get(visit.house.cookie, "")
    return visit.sign_out(page, is_shared=visit.read(holders.was_shared, token)) if token else page


def settings(visit: Visit) -> Response:
    """What can be set, and the way to all that has a page of its own."""
    known, now, house = visit.someone, visit.now, visit.house
    keys = visit.read(passkeys.of, known.holder.id)
    name = passkeys.name_on(known.holder, day(now, visit.language))
    return visit.page(
        "account/settings.html",
        done=visit.request.query_params.get("done", ""),
        ways=visit.read(ways.of, known.holder.id),
        paper=visit.read(papers.of, known.holder.id),
        paper_offered=visit.read(offers.wants_paper, known.holder.id),
        devices=visit.read(holders.devices, known.holder.id, now),
        asks=visit.read(passkeys.is_asked_for, known, now),
        news=passkeys.news(known.holder, keys, name, house.settings),
    )


def edit(visit: Visit) -> Response:
    """The first name to show."""
    visit.keep(holders.rename, visit.holder_id, visit.text("name"))
    return visit.go("settings", "?done=kept")


def language(visit: Visit) -> Response:
    """The other language, from now on."""
    chosen = visit.text("language")
    if visit.holder and chosen in LANGUAGES:
        visit.keep(holders.speak, visit.holder.id, chosen)
    return visit.choose_language(visit.back(visit.text("next")), chosen)


def text_size(visit: Visit) -> Response:
    """Larger letters on this device, from now on, or the usual ones again."""
    return visit.choose_text_size(visit.back(visit.text("next")), visit.text("size"))
