"""Leaving: all is erased, at once or on the day that is told, and until then it may be stopped."""

from .. import accounts, badges, endorsements, issuance, operations, shares, web


def show(visit: web.Visit) -> web.Response:
    """What goes, what stays, and the one button."""
    return visit.page(
        "erasure/show.html",
        until=visit.read(accounts.pending_until, visit.holder_id, visit.now),
        asks=visit.read(accounts.must_confirm, visit.authenticated, visit.now),
        petitions_open=visit.read(shares.petitions.count_going_on, visit.holder_id, visit.now),
        badges_promised=len(visit.read(issuance.openid4vci.promised_offers, visit.holder_id, visit.now)),
        badges_waiting=visit.read(badges.list_pending, visit.holder_id)[1].count,
        has_words=visit.read(endorsements.has_words, visit.holder_id, visit.now),
        done=visit.query.text("done"),
        is_late=visit.read(operations.is_erasure_due, visit.holder_id, visit.now),
    )


def erase(visit: web.Visit) -> web.Response:
    """« Oui, effacer »: the wallet whose page it was said on, and not of whoever entered in another tab since, and is fresh."""
    if web.is_from_page_of_another(visit):
        return visit.go("erasure", "?done=another")
    if visit.services.erasures.ask(
        visit.holder_id, accounts.device_kind(visit.user_agent), visit.now, visit.authenticated.device.id
    ):
        return visit.go("erasure")
    response = web.sign_out(visit, visit.go("erased", web.as_chosen(visit)))
    return web.delete_cookie(visit, response, web.RETURNING_COOKIE)


def stop(visit: web.Visit) -> web.Response:
    """« Annuler », on any device."""
    is_stopped = web.keep_to_leave(
        visit, operations.cancel_erasure, visit.holder_id, accounts.device_kind(visit.user_agent), visit.now
    )
    return visit.go("erasure", "?done=stopped" if is_stopped else "")
