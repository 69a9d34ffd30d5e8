"""What is behind the page of a share, each on a page of its own: one of its badges with all that others may read of it, and
one story whole.

Nobody is counted here, and no cookie is read: whoever comes has seen the page of the share, which counts.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ... import accounts, shares, storage, web
from ...openbadges import normalise_name
from .entry import asked, or_closed, page_of, pass_of, passed, today

Look = Callable[[shares.PublicShare], dict[str, Any]]


@or_closed
@web.rate_limited("open")
def badge(visit: web.Visit) -> web.Response:
    """One badge of an open share."""
    return _badge(visit, is_alone=False)


@or_closed
@web.rate_limited("open")
def alone(visit: web.Visit) -> web.Response:
    """The same for whoever comes by a profile, where that badge was put by itself: nothing leads on to the others, to what the
    person tells, or to its file."""
    return _badge(visit, is_alone=True)


def _badge(visit: web.Visit, *, is_alone: bool) -> web.Response:
    place = visit.part["place"]

    def look(share: shares.PublicShare) -> dict[str, Any]:
        one = storage.require(next((card for card in share.badges if card.id == place), None))
        skills = [skill for drawn in share.maps for skill in drawn.everything if place in skill.badge_ids]
        of_skill = {id for skill in skills for id in skill.badge_ids}
        name = normalise_name(one.name)
        alike = [
            card
            for card in share.badges
            if card.id != place and (card.id in of_skill or (name and normalise_name(card.name) == name))
        ]
        return {
            "badge": one,
            "alone": replace(share, badges=[one], given=share.given.each.get(place, share.given)),
            "skill": next((skill for skill in skills if skill.badge_ids[0] == place), None),
            "alike": [] if is_alone else alike,
            "is_alone": is_alone,
        }

    return _show(visit, "open_share/badge.html", ("alone" if is_alone else "badge", place), look)


@or_closed
@web.rate_limited("open")
def moment(visit: web.Visit) -> web.Response:
    """One story of an open share, whole, whatever its length."""
    exhibit = visit.part["exhibit"]

    def look(share: shares.PublicShare) -> dict[str, Any]:
        hung = storage.require(next((one for one in share.hung if one.id == exhibit), None))
        return {"hung": hung, "badge": next(card for card in share.badges if card.id == hung.place)}

    return _show(visit, "open_share/moment.html", ("moment", exhibit), look)


def _show(visit: web.Visit, template: str, which: tuple[str, int], look: Look) -> web.Response:
    """The page *template*, given what the page of the share is given and what *look* finds in it; raises Missing. It is kept
    as that one is: as long as its edition is the same, and never where a code was asked for."""
    open_share = passed(visit)
    if accounts.is_robot(visit.user_agent):
        return visit.page("open_share/link_preview.html", token=visit.part["token"])
    key = pass_of(visit, open_share)

    def what() -> dict[str, Any]:
        given = page_of(visit, open_share, visit.part["token"], key)
        return given | look(given["share"])

    if key:
        return visit.page(template, **what())
    name = (open_share.token_hash, asked(visit), *which)
    return web.cached_page(visit, name, (today(visit), *open_share.edition), template, what)
