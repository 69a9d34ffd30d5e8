"""« Plateformes reliées » and « À accepter »: which sites may send badges, and what they sent that is not known to be the holder's."""

from .. import accounts, issuance, web


def index(visit: web.Visit) -> web.Response:
    """The sites that may send badges now."""
    stopped = visit.query.number("stopped")
    links = visit.read(issuance.platforms.list_links, visit.holder_id)
    return visit.page(
        "platforms/index.html",
        used_twice=visit.read(issuance.platforms.list_used_twice, visit.holder_id),
        links=[link for link in links if link.stopped_at is None],
        stopped=next((link for link in links if link.id == stopped and link.stopped_at), None),
    )


def stop(visit: web.Visit) -> web.Response:
    """« Arrêter »: it can send nothing any more, from its next request on."""
    kind = accounts.device_kind(visit.user_agent)
    link_id = visit.part["id"]
    web.keep_to_leave(visit, issuance.platforms.stop_link, visit.holder_id, link_id, visit.now, kind)
    return visit.go("platforms", f"?stopped={link_id}")


def waiting(visit: web.Visit) -> web.Response:
    """What platforms sent, and waits for the holder's word."""
    found, leaf = visit.read(issuance.list_waiting, visit.holder_id, visit.query.number("page"))
    if not found:
        return visit.go("badges")
    cards, hosts, ends = zip(*found, strict=True)
    told = list(zip(web.told_now(visit, cards), hosts, ends, strict=True))
    return visit.page("platforms/waiting.html", badges=told, leaf=leaf, done=visit.query.text("done"))


refuse_all = web.keeps(issuance.refuse_all_waiting, "badges", "?done=refused-all")
"""They want none of it."""
