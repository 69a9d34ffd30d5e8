"""A badge that is offered by a link: shown, looked up, and taken by one tap."""

from functools import wraps
from http import HTTPStatus

from .. import accounts, badges, issuance, storage, web

LONGEST_CODE = 40
"""Characters of a code that an issuer gave on another way."""
BETWEEN_DIGITS = dict.fromkeys(map(ord, "-.\u2010\u2011\u2012\u2013\u2014"))
"""Hyphens, dashes and dots."""


def offered(visit: web.Visit) -> web.Response:
    """« Un badge pour vous », of a link to this wallet or one of its own scheme (`?link=web+interaction:…`).

    Programs open links before people do: nobody is asked, and nothing is kept.
    """
    link = visit.query.text("link", badges.SHARED_TEXT_LIMIT)
    link = link or f"{visit.services.address('offered')}?{visit.request.url.query}"
    return web.show_offered(visit, link) or visit.page("badges/new.html", problems=[], link="")


def _unless_gone(handler: web.Handler) -> web.Handler:
    """*handler*, for whoever was shown the offer within half an hour; all others are told that it is no longer here."""

    @wraps(handler)
    def answer(visit: web.Visit) -> web.Response:
        try:
            return handler(visit)
        except storage.Missing:
            return visit.page("offers/gone.html", HTTPStatus.NOT_FOUND)

    return answer


@_unless_gone
def show(visit: web.Visit) -> web.Response:
    """« Ajouter ce badge ? », of what an issuer says that it would give."""
    return visit.page("offers/show.html", id=visit.part["id"], prepared=_get(visit))


@_unless_gone
def ask_code(visit: web.Visit) -> web.Response:
    """« Tapez le code de … », which the issuer gave on another way."""
    return _ask_code(visit, _get(visit))


@_unless_gone
def promise(visit: web.Visit) -> web.Response:
    """« L’organisme prépare votre badge »: where a visitor makes the key without which it would not find them.

    Whoever looks again when it came, or much later, sees their badges: to open the link once more would lead nowhere.
    """
    try:
        _get(visit)
    except storage.Missing:
        if visit.holder is None:
            raise
        return visit.go("badges")
    return visit.page("offers/promised.html", until=visit.holder.leaves_at if visit.holder else None)


@_unless_gone
def redraw_code(visit: web.Visit) -> web.Response:
    """With the code that was typed, as long as one is asked for."""
    try:
        prepared = _get(visit)
    except storage.Missing:
        return visit.go("badges")
    if not prepared.tx_code:  # on a page of before: that code has served
        return visit.go("offer", id=visit.part["id"])
    return _ask_code(visit, prepared, typed=visit.form.text("code", LONGEST_CODE))


@web.rate_limited("import")
@_unless_gone
def take(visit: web.Visit) -> web.Response:
    """« Ajouter »: what was promised is fetched, once, and comes in by the door of all badges."""
    try:
        prepared = _get(visit)
    except storage.Missing:
        return _take_again(visit)
    asks_code = bool(prepared.tx_code and prepared.asks_code)
    typed = visit.form.text("code", LONGEST_CODE) if asks_code else ""
    if prepared.tx_code and asks_code:
        typed = _as_digits(typed) if prepared.tx_code.is_numeric else typed
        if not typed:
            return _ask_code(visit, prepared, "offer-no-code")
        _refuse_while_pending(visit)
        visit.limit_rate("transaction code", prepared.spends)  # whoever has the link alone opens it again and again
    try:
        return web.take_offer(visit, *_whose(visit)[:2], typed)
    except issuance.Failed as problem:
        return _tell(visit, prepared, problem.reason, typed)


def _as_digits(typed: str) -> str:
    """A code of digits without spaces, and those of any script as 0 to 9: an Arabic keyboard writes others. What stands between
    groups of them in many a message goes, too; not where there are letters, for then it may be a part of the code."""
    code = "".join(str(int(one)) if one.isdecimal() else one for one in typed if not one.isspace())
    digits = code.translate(BETWEEN_DIGITS)
    return digits if digits.isdecimal() else code


def _take_again(visit: web.Visit) -> web.Response:
    """The answer of before, of what was kept or did not come, and of which nothing else is known any more; raises Missing."""
    try:
        return web.take_offer(visit, *_whose(visit)[:2], "")
    except issuance.Failed as problem:
        return visit.page("offers/failed.html", HTTPStatus.UNPROCESSABLE_ENTITY, reason=problem.reason)


def _tell(visit: web.Visit, prepared: issuance.openid4vci.Prepared, reason: str, typed: str) -> web.Response:
    """Why it did not come; a code that was not the right one may be written again, as long as there is something to open."""
    if reason == "offer-wrong-code":
        try:
            return _ask_code(visit, _get(visit), reason, typed)
        except storage.Missing:
            pass
    return visit.page(
        "offers/failed.html", HTTPStatus.UNPROCESSABLE_ENTITY, id=visit.part["id"], prepared=prepared, reason=reason
    )


def _ask_code(
    visit: web.Visit, prepared: issuance.openid4vci.Prepared, problem: str = "", typed: str = ""
) -> web.Response:
    """The page of the code; nobody writes one while somebody who came back without a key may be a thief."""
    if not prepared.asks_code:
        return visit.go("offer", id=visit.part["id"])
    _refuse_while_pending(visit)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return visit.page("offers/code.html", status, id=visit.part["id"], prepared=prepared, problem=problem, typed=typed)


def _refuse_while_pending(visit: web.Visit) -> None:
    if visit.holder:
        visit.read(accounts.refuse_while_pending, visit.holder.id, visit.now)


def _get(visit: web.Visit) -> issuance.openid4vci.Prepared:
    """The offer of this address, for the browser that was shown it; raises Missing."""
    prepared, _ = visit.read(issuance.openid4vci.get_issuance, *_whose(visit), web.offer_keys(visit), visit.now)
    return prepared


def _whose(visit: web.Visit) -> tuple[int, str, int | None]:
    """Which offer it is, and by what the browser that was shown it is known."""
    return visit.part["id"], visit.cookies.get(web.OFFER_COOKIE, ""), visit.holder.id if visit.holder else None
