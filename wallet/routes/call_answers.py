"""A call as whoever has badges reads it: what of it they have, told to nobody; a look; and their answer, in two taps."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from functools import partial

from .. import competencies, shares, storage, web

GONE, FULL, UNREADABLE = 404, 409, 422
SENT = "sent"


@web.rate_limited("open")
def show(visit: web.Visit) -> web.Response:
    """What is asked for; for whoever is signed in, how they stand with it. Nothing of that is kept."""
    try:
        call = _call(visit)
    except storage.Missing:
        return _gone(visit)
    holder = visit.holder if visit.holder and visit.holder.is_kept else None
    answered = visit.read(shares.calls.own_answer, holder.id, call.id, visit.now) if holder else None
    return visit.page(
        "calls/show.html",
        headers={"X-Robots-Tag": "noindex, noarchive"},
        call=call,
        skills=shares.calls.asked_skills(visit.services.frameworks, call.places),
        fits=_fits(visit, call) if holder else [],
        answered=answered,
        is_sent=visit.query.text("done") == SENT and answered is not None,
    )


def look(visit: web.Visit, name: str | None = None) -> web.Response:
    """What would be sent with this first *name*, as others will see it; whoever answered already sends nothing more, and is shown
    what they sent."""
    try:
        call = _call(visit)
    except storage.Missing:
        return _gone(visit)
    if _has_answered(visit, call):
        return visit.go("call", code=call.code)
    return _look(visit, call, shares.first_name(visit.holder, []) if name is None else name)


def redraw(visit: web.Visit) -> web.Response:
    """The look, with the first name that was typed."""
    return look(visit, visit.form.text("name"))


@web.rate_limited("share")
def send(visit: web.Visit) -> web.Response:
    """Show it to whoever made the call, by a link that is for them alone."""
    try:
        call = _call(visit)
    except storage.Missing:
        return _gone(visit)
    if _has_answered(visit, call):  # it stays as it is, whatever was typed since on a page of before
        return visit.go("call", code=call.code)
    name, seen = visit.form.text("name"), visit.form.numbers("badge")
    if not seen or sorted(seen) != shares.calls.badges_to_show(_fits(visit, call)):
        # what they looked at is not what would go now: they look again
        return _look(visit, call, name, UNREADABLE, problem="changed")
    if _differs(visit, call, seen, name) and not _differs(visit, call, seen, visit.form.text("looked_at")):
        # of another name than that on their badges an employer is told so: they look at that before
        return _look(visit, call, name, UNREADABLE, problem="other-name")
    choice = shares.calls.choice_to_answer(call, seen, name, visit.now)
    back_id, seal = visit.authenticated.device.return_id, visit.services.keyring.seal
    try:
        visit.keep(shares.calls.answer_call, visit.holder_id, call.id, choice, seal, visit.now, back_id)
    except shares.calls.CallIsFull:
        return _look(visit, call, name, FULL, problem="full")
    except shares.TooManyShares:
        return _look(visit, call, name, FULL, problem="too-many-shares")
    except storage.Missing:
        return _gone(visit)
    return visit.go("call", f"?done={SENT}", code=call.code)


def _call(visit: web.Visit) -> shares.calls.OpenCall:
    return visit.read(shares.calls.find_call, visit.part["code"], visit.now)


def _has_answered(visit: web.Visit, call: shares.calls.OpenCall) -> bool:
    return visit.read(shares.calls.own_answer, visit.holder_id, call.id, visit.now) is not None


def _gone(visit: web.Visit) -> web.Response:
    """It is over; whoever answered it reads that, and where they can stop it: what they show outlives the call."""
    has_answered, answered = False, None
    if visit.holder:
        with suppress(storage.Missing):
            has_answered, answered = visit.read(shares.calls.answers_to, visit.holder.id, visit.part["code"], visit.now)
    return visit.page("calls/gone.html", GONE, is_own=False, has_answered=has_answered, answered=answered)


def _fits(visit: web.Visit, call: shares.calls.OpenCall) -> list[shares.calls.Fit]:
    frameworks = web.current_frameworks(visit)
    others = partial(shares.names_of_others, visit.holder.name if visit.holder else "")
    maps = visit.read(competencies.get_maps, frameworks, visit.holder_id, visit.now, others)
    return shares.calls.fits_of(shares.calls.asked_skills(frameworks, call.places), maps)


def _look(
    visit: web.Visit, call: shares.calls.OpenCall, name: str, status: int = 200, *, problem: str = ""
) -> web.Response:
    shown = shares.calls.badges_to_show(_fits(visit, call))
    if not shown:
        return visit.go("call", code=call.code)
    choice = shares.calls.choice_to_answer(call, shown, name, visit.now)
    return visit.page(
        "calls/look.html", status, call=call, choice=choice, share=_seen(visit, choice), problem=problem, now=visit.now
    )


def _differs(visit: web.Visit, call: shares.calls.OpenCall, badge_ids: Collection[int], name: str) -> bool:
    """Whether these badges, shown by this *name*, are told to bear another one."""
    return _seen(visit, shares.calls.choice_to_answer(call, badge_ids, name, visit.now)).given.tie == "differs"


def _seen(visit: web.Visit, choice: shares.Choice) -> shares.PublicShare:
    standpoint = web.current_standpoint(visit)
    seen = visit.read(
        shares.preview_share,
        visit.holder_id,
        choice,
        standpoint,
        lambda id: visit.services.path("badge.picture", id=id),
    )
    return replace(seen, takes_messages=True)
