"""A badge that is offered by a link: shown, looked up, and taken by one tap."""

from .. import badges, web


def show(visit: web.Visit) -> web.Response:
    """« Un badge pour vous », of a link to this wallet or one of its own scheme (`?link=web+interaction:…`).

    Programs open links before people do: nobody is asked, and nothing is kept.
    """
    link = (
        visit.query.text("link", badges.SHARED_TEXT_LIMIT)
        or f"{visit.services.address('offered')}?{visit.request.url.query}"
    )
    return web.show_offered(visit, link) or visit.page("badges/new.html", problems=[], link="")
