"""The person: entering, leaving, what can be set, the first name to show, the language, the size of letters."""

from starlette.responses import Response

from .. import accounts, operations, recovery, shares, web
from ..pages import LANGUAGES, format_day
from ..web import Visit

STEPS = 3
"""Transactions in which what a visitor has is erased while they wait for the answer."""


def entry(visit: Visit) -> Response:
    """Come back with a key."""
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    return visit.page("account/sign_in.html", problem="")


def entry_qr(visit: Visit) -> Response:
    """The code that leads another phone to the entry."""
    return web.show_drawing(shares.qr_svg(visit.services.address("entry")), "image/svg+xml")


def leave(visit: Visit) -> Response:
    """Sign out: this device opens nothing any more, and a visitor leaves nothing behind.

    Whoever has very much waits for a few steps of it: after the first one nobody sees anything of them, and the next round
    of chores erases the rest.
    """
    if visit.known:
        for _ in range(STEPS):
            if not visit.keep_to_leave(operations.leave_wallet, visit.known, visit.now):
                break
    return visit.sign_out(visit.go("closed" if visit.is_shared else "welcome"))


def closed(visit: Visit) -> Response:
    """A computer that others use too has closed; where somebody is still at it, in another window, it goes on.

    Any page may lead here: what the browser keeps is cleared where it has a cookie of ours, which is over.
    """
    if visit.known:
        return visit.go("badges")
    page, token = visit.page("account/signed_out.html"), visit.cookies.get(visit.services.cookie, "")
    return visit.sign_out(page, is_shared=visit.read(accounts.was_shared, token)) if token else page


def settings(visit: Visit) -> Response:
    """What can be set, and the way to all that has a page of its own."""
    known, now, services = visit.someone, visit.now, visit.services
    keys = visit.read(accounts.list_passkeys, known.holder.id)
    name = accounts.passkey_name(known.holder, format_day(now, visit.language))
    return visit.page(
        "account/settings.html",
        done=visit.request.query_params.get("done", ""),
        ways=visit.read(recovery.list_ways_in, known.holder.id),
        paper=visit.read(accounts.get_recovery_code, known.holder.id),
        paper_offered=visit.read(recovery.should_offer_code, known.holder.id),
        devices=visit.read(accounts.list_devices, known.holder.id, now),
        asks=visit.read(accounts.must_confirm, known, now),
        news=accounts.passkey_signals(known.holder, keys, name, services.settings),
    )


def edit(visit: Visit) -> Response:
    """The first name to show."""
    visit.keep(accounts.rename_holder, visit.holder_id, visit.text("name"))
    return visit.go("settings", "?done=kept")


def language(visit: Visit) -> Response:
    """The other language, from now on."""
    chosen = visit.text("language")
    if visit.holder and chosen in LANGUAGES:
        visit.keep(accounts.set_language, visit.holder.id, chosen)
    return visit.choose_language(visit.back(visit.text("next")), chosen)


def text_size(visit: Visit) -> Response:
    """Larger letters on this device, from now on, or the usual ones again."""
    return visit.choose_text_size(visit.back(visit.text("next")), visit.text("size"))
