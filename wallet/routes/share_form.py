"""A share is made: chosen, seen beforehand as others will see it, created; or once more what was shown before."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from starlette.responses import Response

from ..badges import badges
from ..badges import pending as waiting_badges
from ..badges.badges import KeptBadge
from ..competencies import journey as paths
from ..competencies.journey import Asking
from ..evidence import views as tellings
from ..pages.languages import catalogue_of
from ..shares import evidence_snapshots as exhibits
from ..shares import form as choosing
from ..shares import lifecycle as shares
from ..shares import passcodes
from ..shares import public_view as shown
from ..shares.evidence_snapshots import Pair
from ..shares.form import A_DATE, Draft
from ..storage.database import Missing
from ..web.visit import DIGITS, Visit

UNREADABLE = 422


def new(visit: Visit) -> Response:
    """Choose what to show: the valid ones are ticked; or as in a share of before; or what speaks for a general badge.

    What a link had brought before there was a wallet, unasked, is there to be ticked by hand, and says that it came by
    a link; no first name is taken from it (badges/pending.py).
    """
    if wanted := visit.request.query_params.get("for", ""):
        found = visit.read(paths.asking, visit.house.frameworks, visit.holder_id, wanted, visit.now)
        if found:
            return _choose(visit, _to_ask(visit, found))
    told, pairs = None, set[Pair]()
    if asked := visit.number("again"):
        with suppress(Missing):
            told = visit.read(shares.tell_one, visit.holder_id, asked, visit.house.keyring.unseal, visit.now)
            by_moment = {one.id: one.badge_ids for one in visit.read(tellings.tell_all, visit.holder_id)}
            pairs = visit.read(exhibits.last_time, [told.id], by_moment)
    return _choose(visit, choosing.again(told, pairs) if told else None, is_again=told is not None)


def create(visit: Visit) -> Response:
    """Make the share."""
    visit.pace("share", visit.holder_id)
    draft = _draft(visit)
    if problems := choosing.problems(draft, visit.now):
        return _choose(visit, draft, problems)
    choice, made_in_id = choosing.choice(draft, visit.now), visit.someone.device.return_id
    seal = visit.house.keyring.seal
    code = passcodes.make(seal) if draft.has_code else None
    share = visit.keep(shares.create, visit.holder_id, choice, seal, visit.now, made_in_id, code)
    return visit.go("share", id=share.id)


def preview(visit: Visit) -> Response:
    """What the employer would see of what stands in the form; for a browser without scripts within the whole page."""
    visit.pace("preview", visit.holder_id)
    draft = _draft(visit)
    seen = _seen(visit, draft)
    if "hx-request" in visit.request.headers:
        return visit.page("shares/_preview.html", **seen)
    return _choose(visit, draft, seen=seen)


def _seen(visit: Visit, draft: Draft) -> dict[str, Any]:
    """What the preview is given: a share as others see it, without the addresses that it does not have yet."""
    if problems := choosing.problems(draft, visit.now):
        return _told_of(visit, problems) | {"share": None, "has_code": draft.has_code}
    choice = choosing.choice(draft, visit.now)
    share = visit.read(
        shown.beforehand,
        visit.holder_id,
        choice,
        visit.now,
        lambda id: visit.house.path("badge.picture", id=id),
    )
    return _told_of(visit, []) | {"share": share, "has_code": draft.has_code}


def _to_ask(visit: Visit, found: Asking) -> Draft:
    """The general badge is asked for: one badge for each competency that is mastered, and a word."""
    words = catalogue_of(visit.language)
    many = found.mastered
    mastered = words.ngettext("I master %(num)s skill.", "I master %(num)s skills.", many) % {"num": many}
    kept = visit.read(badges.of, visit.holder_id)
    name = _first_name(visit, kept)
    purpose = found.framework.general[visit.language]
    return choosing.asking(
        found.badge_ids - _unasked(kept), purpose, f"{mastered} {words.gettext('I ask for the general badge.')}", name
    )


def _unasked(kept: Sequence[KeptBadge]) -> frozenset[int]:
    """What nobody asked for is ticked by hand alone."""
    return frozenset(one.id for one in kept if not waiting_badges.is_wanted(one))


def _first_name(visit: Visit, kept: Sequence[KeptBadge]) -> str:
    """The first name to propose: whose badge it is that nobody asked for, nobody knows."""
    return shares.first_name(visit.holder, [one for one in kept if waiting_badges.is_wanted(one)])


def _told_of(visit: Visit, problems: list[str]) -> dict[str, Any]:
    return {"problems": problems, "first": choosing.first_day(visit.now), "latest": choosing.last_day(visit.now)}


def _draft(visit: Visit) -> Draft:
    """What stands in the form that was sent."""
    is_date = "date" in visit.form.getlist("days")
    asked = next((days for days in visit.numbers("days") if days in shares.DAYS), shares.DAYS[0])
    return Draft(
        badge_ids=frozenset(visit.numbers("badge")),
        days=A_DATE if is_date else asked,
        date=visit.text("date", limit=40),
        purpose=visit.text("purpose", limit=shares.PURPOSE_LIMIT),
        other=visit.text("other", limit=shares.PURPOSE_LIMIT),
        name=visit.text("name"),
        word=visit.text("word"),
        has_code="code" in visit.form,
        pairs=frozenset(_pairs(visit)),
    )


def _pairs(visit: Visit) -> Iterator[Pair]:
    """The moments that are ticked: `badge-moment`, by their numbers."""
    for value in visit.form.getlist("moment"):
        badge, _, moment = value.partition("-") if isinstance(value, str) else ("", "", "")
        if all(one.isascii() and one.isdigit() and len(one) < DIGITS for one in (badge, moment)):
            yield int(badge), int(moment)


def _choose(
    visit: Visit,
    draft: Draft | None,
    problems: list[str] | None = None,
    seen: dict[str, Any] | None = None,
    *,
    is_again: bool = False,
) -> Response:
    """The page to choose on; what was typed stays, and without a draft yet all that may be shown is ticked, or `none`."""
    kept = visit.read(badges.of, visit.holder_id)
    told = [one for one in visit.read(tellings.tell_all, visit.holder_id) if one.told_at]
    if draft is None:
        asked = {visit.number("badge")} & {one.id for one in kept}
        good = {one.id for one in kept if one.may_be_shown and not visit.number("none")}
        ticked = asked or good - _unasked(kept)
        pairs = visit.read(shown.shown_last, visit.holder_id, {one.id: one.badge_ids for one in told})
        draft = Draft(badge_ids=frozenset(ticked), name=_first_name(visit, kept), pairs=frozenset(pairs))
    return visit.page(
        "shares/new.html",
        UNREADABLE if problems else 200,
        badges=[one.card for one in kept],
        by_link={one.id for one in kept if waiting_badges.came_by_link(one)},
        tellings=told,
        draft=draft,
        seen=seen,
        is_again=is_again,
        **_told_of(visit, problems or []),
    )
