"""The person: entering, leaving, what can be set, the first name to show, the language, the size of letters."""

from datetime import timedelta

from .. import accounts, issuance, operations, pages, recovery, shares, web

WEEK = timedelta(days=6)
"""Days before today, of which the openings of a page are told."""
STEPS = 3
"""Transactions in which what a visitor has is erased while they wait for the answer."""


def entry(visit: web.Visit) -> web.Response:
    """Come back with a key."""
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    return visit.page("account/sign_in.html", problem="")


def entry_qr(visit: web.Visit) -> web.Response:
    """The code that leads another phone to the entry."""
    return web.show_drawing(pages.qr_svg(visit.services.address("entry")), "image/svg+xml")


def leave(visit: web.Visit) -> web.Response:
    """Sign out: this device opens nothing any more, and a visitor leaves nothing behind.

    Whoever has very much waits for a few steps of it: after the first one nobody sees anything of them, and the next round
    of chores erases the rest.
    """
    is_kept = visit.holder is not None and visit.holder.is_kept
    if visit.signed_in:
        for _ in range(STEPS):
            if not web.keep_to_leave(visit, operations.leave_wallet, visit.signed_in, visit.now):
                break
    if visit.is_shared:
        return web.sign_out(visit, visit.go("closed", web.as_chosen(visit)))
    response = web.sign_out(visit, visit.go("welcome", "?done=left" if is_kept else ""))
    return web.remember_somebody(visit, response) if is_kept else response


def closed(visit: web.Visit) -> web.Response:
    """A computer that others use too has closed; where somebody is still at it, in another window, it goes on.

    Any page may lead here: what the browser keeps is cleared where it has a cookie of ours, which is over.
    """
    if visit.signed_in:
        return visit.go("badges")
    page = visit.page("account/signed_out.html")
    return (
        web.sign_out(visit, page, is_shared=web.was_on_shared(visit))
        if visit.services.cookie in visit.cookies
        else page
    )


def settings(visit: web.Visit, typed: str | None = None) -> web.Response:
    """« Moi »: who it is, and the way to all that has a page of its own; *typed* is a name that is not kept yet."""
    holder = visit.authenticated.holder
    keys = visit.read(accounts.list_passkeys, holder.id)
    page = visit.read(shares.find_page, holder.id)
    device = visit.authenticated.device
    newcomer = holder.id, device.return_id, visit.now
    return visit.page(
        "account/settings.html",
        done=visit.query.text("done"),
        name=holder.name if typed is None else typed,
        ways=visit.read(recovery.list_ways_in, holder.id),
        photo=visit.read(accounts.get_photo, holder.id),
        own_page=page,
        is_page_open=page is not None and page.is_open(visit.now),
        page_views=visit.read(shares.count_views_since, page.id, (visit.now - WEEK).date()) if page else 0,
        keys=keys,
        key_here=next((key.id for key in keys if key.is_in(device)), None),
        paper=visit.read(accounts.get_recovery_code, holder.id),
        addresses=sum(one.verified_at is not None for one in visit.read(accounts.list_addresses, holder.id)),
        devices=visit.read(accounts.list_devices, holder.id, visit.now),
        platforms=sum(one.stopped_at is None for one in visit.read(issuance.platforms.list_links, holder.id)),
        waits_until=visit.read(accounts.newcomer_until, *newcomer),
        asks=visit.read(accounts.must_confirm, visit.authenticated, visit.now),
        news=accounts.passkey_signals(
            holder,
            keys,
            pages.format_day(visit.now, visit.language),
            visit.services.settings,
        ),
    )


def redraw_settings(visit: web.Visit) -> web.Response:
    """With the first name that was typed."""
    return settings(visit, visit.form.sent_text("name"))


@web.rate_limited("change")
def edit(visit: web.Visit) -> web.Response:
    """The first name to show, on their page too; not that of whoever had the phone before."""
    if web.is_from_page_of_another(visit):
        return visit.go("settings", "?done=another")
    name, came_in_id = visit.form.sent_text("name"), visit.authenticated.device.return_id
    visit.keep(shares.rename_page, visit.holder_id, name, visit.now, came_in_id)
    return visit.go("settings", "?done=kept" if name.strip() else "?done=erased")


def language(visit: web.Visit) -> web.Response:
    """The other language, from now on; what stood in a form goes on to where it is drawn again, which it asks for itself."""
    if "next" in visit.query:
        chosen, response = visit.query.text("language"), web.send_on(visit, visit.query.text("next"))
    else:
        chosen, response = visit.form.text("language"), web.go_to_path(visit, visit.form.text("next"))
    if chosen not in pages.LANGUAGES:
        return response
    if visit.holder:
        visit.keep(accounts.set_language, visit.holder.id, chosen)
    return web.remember_choice(visit, response, web.LANGUAGE_COOKIE, chosen)


def text_size(visit: web.Visit) -> web.Response:
    """Larger letters on this device, from now on, or the usual ones again, which need no cookie."""
    size, response = visit.form.text("size"), web.go_to_path(visit, visit.form.text("next"))
    if size == web.TEXT_SIZES[0]:
        return web.delete_cookie(visit, response, web.TEXT_SIZE_COOKIE)
    return web.remember_choice(visit, response, web.TEXT_SIZE_COOKIE, size) if size in web.TEXT_SIZES else response
