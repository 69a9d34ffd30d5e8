"""A share is made: chosen, seen beforehand as others will see it, created; once more what was shown before; or changed."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from .. import accounts, badges, competencies, evidence, pages, shares, storage, web

UNREADABLE = 422


def new(visit: web.Visit) -> web.Response:
    """Choose what to show: the valid ones are ticked; or as in a share of before; or what speaks for a general badge.

    What a link had brought before there was a wallet, unasked, is there to be ticked by hand, and says that it came by
    a link; no first name is taken from it (badges/pending.py).
    """
    if wanted := visit.query.text("for"):
        frameworks = web.current_frameworks(visit)
        found = visit.read(competencies.map_to_ask_with, frameworks, visit.holder_id, wanted, visit.now)
        if found and found.framework.general:
            return _choose(visit, _to_ask(visit, found, found.framework.general.names[visit.language]))
    told, pairs, words = None, set[shares.MomentAndBadge](), set[shares.EndorsementChoice]()
    if asked := visit.query.number("again"):
        with suppress(storage.Missing):
            told = visit.read(shares.get_owned_share, visit.holder_id, asked, visit.services.keyring.unseal, visit.now)
            by_moment = {one.id: one.badge_ids for one in visit.read(evidence.view_all_moments, visit.holder_id)}
            pairs = visit.read(shares.last_shown_pairs, [told.id], by_moment)
            words = visit.read(shares.shown_words, told.id)
    return _choose(visit, shares.form_of_past_share(told, pairs, words) if told else None, is_again=told is not None)


@web.rate_limited("share")
def create(visit: web.Visit) -> web.Response:
    """Make the share, once: whoever touched the button twice is led to the one that is there."""
    draft = _draft(visit)
    if problems := shares.form_problems(draft, visit.now):
        return _choose(visit, draft, problems)
    choice, made_in_id = shares.form_choice(draft, visit.now), visit.authenticated.device.return_id
    seal = visit.services.keyring.seal
    code = shares.make_passcode(seal) if draft.has_code else None
    newest_id = visit.form.number("newest") if "newest" in visit.form else None
    holder_id = visit.holder_id
    make = partial(
        shares.create_share,
        holder_id=holder_id,
        choice=choice,
        seal=seal,
        now=visit.now,
        made_in_id=made_in_id,
        code=code,
    )
    try:
        share = visit.keep(shares.create_share_once, holder_id, newest_id, make, visit.now)
    except shares.MadeBefore as made:
        return visit.go("share", id=made.share_id)
    except shares.TooManyShares:
        return _choose(visit, draft, ["too-many-shares"])
    except storage.Missing:
        return _choose(visit, *_without_what_is_gone(visit, draft))
    return visit.go("share", id=share.id)


def edit(visit: web.Visit) -> web.Response:
    """Change what an open share shows: as it is now, to begin with; one that is over is made once more."""
    told, back_id = _get_share(visit, visit.part["id"]), visit.authenticated.device.return_id
    if told.is_page:
        return visit.go("page")
    if not told.is_open:
        return visit.go("shares", f"?closed={told.id}")
    visit.read(accounts.refuse_newcomer, visit.holder_id, back_id, visit.now)
    pairs, words = visit.read(shares.shown_pairs, told.id), visit.read(shares.shown_words, told.id)
    draft = shares.form_of_open_share(told, pairs, words)
    return _choose(visit, replace(draft, badge_ids=_asked_ticks(visit, draft.badge_ids)), mine=told)


@web.rate_limited("share")
def change(visit: web.Visit) -> web.Response:
    """It shows that from now on. Whatever happened to it meanwhile is told, and what was typed stays."""
    draft = _draft(visit)
    try:
        told = _get_share(visit, visit.part["id"])
    except storage.Missing:
        return _choose_another(visit, draft, is_gone=True)
    if told.is_page:
        return visit.go("page")
    if not told.is_open:
        return _choose_another(visit, draft)
    if problems := shares.form_problems(draft, visit.now):
        return _choose(visit, draft, problems, mine=told)
    context = shares.EditContext(
        came_in_id=visit.authenticated.device.return_id,
        changes=visit.form.number("changes"),
        asks_code=draft.has_code,
        code=shares.make_passcode(visit.services.keyring.seal) if draft.has_code else None,
    )
    choice = shares.form_choice(draft, visit.now)
    try:
        visit.keep(shares.change_share, visit.holder_id, told.id, choice, visit.now, context)
    except shares.ChangedMeanwhile:
        return _choose(visit, draft, mine=_get_share(visit, told.id), is_late=True)
    except storage.Missing:
        now = _get_share(visit, told.id)
        if not now.is_open:
            return _choose_another(visit, draft)
        return _choose(visit, *_without_what_is_gone(visit, draft), mine=now)
    return visit.go("share.details", f"?changed={told.id}", id=told.id)


def redraw(visit: web.Visit) -> web.Response:
    """The page to choose on with what stands in the form, and with what was looked for."""
    draft = _draft(visit)
    try:
        mine = _changed_share(visit)
    except storage.Missing:
        return _choose_another(visit, draft, is_gone=True)
    return _choose(visit, draft, mine=mine, sought=(visit.form.text("q", limit=100), visit.form.text("seek")))


@web.rate_limited("preview")
def preview(visit: web.Visit) -> web.Response:
    """What the employer would see of what stands in the form; for a browser without scripts within the whole page."""
    if "seek" in visit.form:
        return redraw(visit)
    draft = _draft(visit)
    try:
        mine = _changed_share(visit)
    except storage.Missing:
        return _choose_another(visit, draft, is_gone=True)
    is_part = "hx-request" in visit.request.headers
    try:
        seen = _seen(visit, draft)
    except storage.Missing:
        draft, problems = _without_what_is_gone(visit, draft)
        if not is_part:
            return _choose(visit, draft, problems, mine=mine)
        seen = _unseen(visit, draft, problems)
    return visit.page("shares/_preview.html", **seen) if is_part else _choose(visit, draft, seen=seen, mine=mine)


def _without_what_is_gone(visit: web.Visit, draft: shares.ShareForm) -> tuple[shares.ShareForm, list[str]]:
    """*draft* without the badges and moments that are not the holder's any more, as after another tab removed them, and what is
    said of it. What never was theirs is the same as what is gone for good. To be called where something was Missing, which goes
    on where nothing of the form is.
    """
    kept = {one.id for one in visit.read(badges.list_badges, visit.holder_id)}
    told_of = {(id, one.id) for one in visit.read(evidence.view_all_moments, visit.holder_id) for id in one.badge_ids}
    if draft.badge_ids <= kept and draft.pairs <= told_of:
        raise storage.Missing
    problem = "moment-gone" if draft.badge_ids <= kept else "badge-gone"
    return replace(draft, badge_ids=draft.badge_ids & kept, pairs=draft.pairs & told_of), [problem]


def _choose_another(visit: web.Visit, draft: shares.ShareForm, *, is_gone: bool = False) -> web.Response:
    """The share that was changed is over: of what was typed another one may be made. *is_gone*: it left the list since, as from
    another tab; whether it was ever theirs is not told."""
    return _choose(visit, shares.form_for_another(draft), is_over=True, is_gone=is_gone)


def _changed_share(visit: web.Visit) -> shares.OwnedShare | None:
    """The share that the form changes, None where it is for a new one; raises Missing."""
    changed = visit.form.number("share")
    return _get_share(visit, changed) if changed else None


def _get_share(visit: web.Visit, share_id: int) -> shares.OwnedShare:
    return visit.read(shares.get_owned_share, visit.holder_id, share_id, visit.services.keyring.unseal, visit.now)


def _asked_ticks(visit: web.Visit, ticked: frozenset[int]) -> frozenset[int]:
    """What is ticked where a browser without scripts asked for all, or `none`; else *ticked*."""
    if visit.query.number("all"):
        kept = visit.read(badges.list_badges, visit.holder_id)
        return ticked | frozenset(one.id for one in kept) - _unasked(kept)
    return frozenset() if visit.query.number("none") else ticked


def _seen(visit: web.Visit, draft: shares.ShareForm) -> dict[str, Any]:
    """What the preview is given: a share as others see it, without the addresses that it does not have yet."""
    if problems := shares.form_problems(draft, visit.now):
        return _unseen(visit, draft, problems)
    choice = shares.form_choice(draft, visit.now)
    share = visit.read(
        shares.preview_share,
        visit.holder_id,
        choice,
        web.current_standpoint(visit),
        lambda id: visit.services.path("badge.picture", id=id),
    )
    return _told_of(visit, []) | {"share": share, "has_code": draft.has_code}


def _unseen(visit: web.Visit, draft: shares.ShareForm, problems: list[str]) -> dict[str, Any]:
    """What the preview is given where nothing can be seen before these *problems* are mended."""
    return _told_of(visit, problems) | {"share": None, "has_code": draft.has_code}


def _to_ask(visit: web.Visit, found: competencies.CompetencyMap, general: str) -> shares.ShareForm:
    """The *general* badge is asked for: one badge for each competency that is mastered, and a word."""
    words = pages.catalogue_of(visit.language)
    many = len(found.mastered)
    if len(found.framework.levels) == 1:
        mastered = words.ngettext("I have %(num)s skill.", "I have %(num)s skills.", many) % {"num": many}
    else:
        mastered = words.ngettext("I am confident in %(num)s skill.", "I am confident in %(num)s skills.", many) % {
            "num": many
        }
    asked = words.gettext("I ask for the general badge.")
    kept = visit.read(badges.list_badges, visit.holder_id)
    return shares.form_for_general_badge(
        found.mastered_by - _unasked(kept),
        general,
        f"{mastered} {asked}",
        _first_name(visit, kept),
    )


def _unasked(kept: Sequence[badges.KeptBadge]) -> frozenset[int]:
    """What nobody asked for is ticked by hand alone."""
    return frozenset(one.id for one in kept if not badges.is_wanted(one))


def _first_name(visit: web.Visit, kept: Sequence[badges.KeptBadge]) -> str:
    """The first name to propose: whose badge it is that nobody asked for, nobody knows."""
    return shares.first_name(visit.holder, [one for one in kept if badges.is_wanted(one)])


def _told_of(visit: web.Visit, problems: list[str]) -> dict[str, Any]:
    return {"problems": problems, "first": shares.first_day(visit.now), "latest": shares.last_day(visit.now)}


def _asked_words(visit: web.Visit) -> set[shares.EndorsementChoice]:
    """The word that was just kept, to show it; what is not offered is no box that could be ticked."""
    asked = shares.choice_written(visit.query.text("endorsement"))
    return {asked} if asked else set()


def _draft(visit: web.Visit) -> shares.ShareForm:
    """What stands in the form that was sent."""
    lasting = {"date": shares.A_DATE, "planned": shares.AS_PLANNED} | {str(days): days for days in shares.DAYS}
    return shares.ShareForm(
        badge_ids=frozenset(visit.form.numbers("badge")),
        days=next((lasting[days] for days in visit.form.texts("days") if days in lasting), shares.DAYS[0]),
        date=visit.form.text("date", limit=40),
        purpose=visit.form.text("purpose", limit=shares.PURPOSE_LIMIT),
        other=visit.form.text("other", limit=shares.PURPOSE_LIMIT),
        name=visit.form.text("name"),
        word=visit.form.text("word").replace("\r\n", "\n"),  # as evidence.clean_answer
        has_code="code" in visit.form,
        pairs=frozenset(_pairs(visit)),
        endorsements=frozenset(filter(None, map(shares.choice_written, visit.form.texts("endorsement")))),
        shows_marks="marks" in visit.form,
        shows_siae="siae" in visit.form,
        hides_name="hide_name" in visit.form,
        takes_messages="messages" in visit.form or "answering" not in visit.form,
    )


def _pairs(visit: web.Visit) -> Iterator[shares.MomentAndBadge]:
    """The moments that are ticked: `badge-moment`, by their numbers."""
    for value in visit.form.texts("moment"):
        badge, _, moment = map(web.whole_number, value.partition("-"))
        if badge is not None and moment is not None:
            yield badge, moment


def _choose(
    visit: web.Visit,
    draft: shares.ShareForm | None,
    problems: list[str] | None = None,
    sought: tuple[str, str] = ("", ""),
    **more: Any,
) -> web.Response:
    """The page to choose on; what was typed stays, and without a draft yet all that may be shown is ticked, or `none`.

    *sought*: words that are looked for, and which badges are, in what order. *more*: the share that is changed as it is (`mine`), what is `seen` beforehand, and
    what is told first: that it is filled in as last time (`is_again`), that the share was changed meanwhile (`is_late`), that it is over.
    """
    kept = visit.read(badges.list_badges, visit.holder_id)
    told = [one for one in visit.read(evidence.view_all_moments, visit.holder_id) if one.told_at]
    last = visit.read(shares.last_share_id, visit.holder_id)
    if draft is None:
        asked = {visit.query.number("badge")} & {one.id for one in kept}
        good = frozenset(one.id for one in kept if one.may_be_shown) - _unasked(kept)
        ticked = frozenset(asked) or _asked_ticks(visit, good)
        pairs = visit.read(shares.last_shown_pairs, [last], {one.id: one.badge_ids for one in told})
        pairs |= {(badge, visit.query.number("moment")) for badge in asked}  # to show what was just told
        draft = shares.ShareForm(
            badge_ids=ticked,
            name=_first_name(visit, kept),
            pairs=frozenset(pairs),
            endorsements=frozenset(visit.read(shares.shown_words, last) | _asked_words(visit)),
        )
    cards = web.told_now(visit, (one.card for one in kept))
    chosen = [(card, one) for card, one in zip(cards, kept, strict=True) if one.id in draft.badge_ids]
    mine: shares.OwnedShare | None = more.get("mine")
    shown = {card.id for card in mine.badges} if mine else set()
    showable = [card for card in cards if card.id in shown or not card.is_spoiled]
    shown_moments = {id for _, id in draft.pairs} if mine else set[int]()
    status = HTTPStatus.CONFLICT if more.get("is_late") or more.get("is_over") else UNREADABLE if problems else 200
    status = HTTPStatus.NOT_FOUND if more.pop("is_gone", False) else status
    return visit.page(
        "shares/new.html",
        status,
        showable=showable,
        chooser=shares.chooser_of(showable, draft.badge_ids, *sought),
        given=shares.given_to(draft.name, chosen, is_hidden=draft.hides_name),
        bearing={one.id for one in kept if shares.name_on(one)},
        by_link={one.id for one in kept if badges.came_by_link(one)},
        tellings=[one for one in told if one.id in shown_moments or not one.is_empty],
        offered=visit.read(
            shares.offered_endorsements,
            visit.holder_id,
            kept,
            {one.id: evidence.moment_as_json(one) for one in told},
            visit.now,
        ),
        draft=draft,
        newest=last,
        **{"seen": None, "is_again": False, "mine": None, "is_late": False, "is_over": False} | more,
        **_told_of(visit, problems or []),
    )
