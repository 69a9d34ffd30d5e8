"""Pages out of the page cache (web/page_cache.py): the same for all who ask, or for one holder as long as nothing changed."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from ..accounts import is_phone
from . import layout, page_cache
from .visit import Visit

GOES_OUT = "page_that_goes_out"
"""Where a request holds the page that is its answer and the same for all, for its headers to be noted (web/security_headers.py)."""


def cached_page(
    visit: Visit, name: Hashable, edition: object, template: str, what: Callable[[], dict[str, Any]]
) -> Response:
    """A page that is the same for all who ask for *name*, as long as *edition* is the same.

    What makes it another one at a certain moment says so as `until` in *what*.
    """
    found = _find_or_render(visit, name, edition, template, what)
    setattr(visit.request.state, GOES_OUT, found)
    return _show(visit, found)


def find_ready_page(visit: Visit, name: Hashable, edition: object) -> page_cache.ReadyPage | None:
    """What `cached_page` answered to somebody who asked as this one does, with all that was said around it; None where
    nobody did."""
    kept = visit.services.page_cache.kept((name, visit.language), edition, visit.now)
    return kept.ready(packed=_takes_packed(visit)) if kept else None


def cached_own_page(
    visit: Visit, name: Hashable, edition: object, template: str, what: Callable[[], dict[str, Any]]
) -> Response:
    """As `cached_page`, for a page of the holder's own; one on which something else is told is made anew."""
    signed_in = visit.authenticated
    holder = signed_in.holder
    if visit.is_shared or holder.erase_at or layout.find_notices(visit.services.database, signed_in, visit.now):
        return visit.page(template, **what())
    size, unread = layout.choose_text_size(visit.cookies), layout.count_unread(visit.services.database, signed_in)
    is_computer = not is_phone(visit.user_agent)
    here = layout.address_to_ask_again(visit.request, visit.here, visit.services.settings.origin)
    own = partial(_find_or_render, visit, (holder.id, name, size, is_computer, here), (edition, unread), template)
    around = {"holder": holder, "text_size": size, "unread": unread, "is_computer": is_computer, "address": here}
    return _show(visit, own(lambda: around | what()))


def answer_packed(visit: Visit, found: page_cache.CachedPage, headers: Mapping[str, str], media_type: str) -> Response:
    """*found*, packed for whoever takes it so."""
    if _takes_packed(visit):
        packed = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(found.packed, headers={**headers, **packed}, media_type=media_type)
    # Of a long one GZipMiddleware tells by what it varies; a short one that was kept on the way suits everybody.
    return Response(found.plain, headers=headers, media_type=media_type)


def _takes_packed(visit: Visit) -> bool:
    return "gzip" in visit.request.headers.get("accept-encoding", "")


def _find_or_render(
    visit: Visit, name: Hashable, edition: object, template: str, what: Callable[[], dict[str, Any]]
) -> page_cache.CachedPage:
    def render() -> page_cache.Rendered:
        given = what()
        until = given.pop("until", None)
        return visit.services.pages.render(template, language, **{"address": visit.request.url.path} | given), until

    language = visit.language
    return visit.services.page_cache.get_or_render((name, language), edition, visit.now, render)


def _show(visit: Visit, found: page_cache.CachedPage) -> Response:
    return answer_packed(visit, found, layout.page_headers(visit.language), "text/html")
