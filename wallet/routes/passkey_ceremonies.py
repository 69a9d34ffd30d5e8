"""The passkey ceremonies: what the phone is asked for, and what it answered. JSON, spoken by passkeys.js."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException

from .. import accounts, badges, pages, recovery, web

R = TypeVar("R")

KNOWN_FOR = timedelta(hours=1)
"""How long a browser is known by its secret: longer than any ceremony, so that one without it keeps no cookies."""
BESIDE = "cross-platform"
"""A key that is in another device (WebAuthn L3, 5.4.5)."""


def challenge(visit: web.Visit) -> web.Response:
    """Begin a ceremony."""
    match visit.json.get("purpose"):
        case accounts.REGISTRATION:
            # Whose half hour is over begins anew; passkeys.js follows.
            return _new_key(visit, visit.signed_in) if visit.signed_in else visit.go("welcome")
        case accounts.CONFIRMATION:
            return _own_key(visit, visit.signed_in) if visit.signed_in else visit.go("entry")
        case accounts.AUTHENTICATION:
            return _any_key(visit)
    raise HTTPException(HTTPStatus.BAD_REQUEST)


@web.rate_limited("key")
def create(visit: web.Visit) -> web.Response:
    """Keep the wallet, or add a key to it: the phone made one."""
    signed_in, services = visit.authenticated, visit.services
    answer = visit.json
    is_shared = answer.pop("shared", False) is True
    place = accounts.SignInContext(
        accounts.device_kind(visit.user_agent), is_shared, web.secret_in(visit, web.CEREMONY_COOKIE)
    )
    try:
        if visit.is_shared:
            raise accounts.CeremonyFailed("a computer that others use keeps nothing")
        token = accounts.finish_registration(services.database, signed_in, answer, visit.now, services.settings, place)
    except accounts.CeremonyFailed:
        return _failed(visit, "failed")
    if not signed_in.holder.is_kept and visit.read(badges.has_unasked, signed_in.holder.id):
        _keep_what_was_seen(visit, signed_in.holder.id)
    made = visit.read(accounts.list_passkeys, signed_in.holder.id)[-1]
    here = "kept-elsewhere" if made.is_beside else "kept" if made.backed_up else "kept-here"
    first = services.path("badges") + f"?done={'kept-beside' if is_shared and made.is_in_phone else here}"
    go = services.path("keys") + "?done=made" if signed_in.holder.is_kept else first
    return web.sign_in(visit, web.send_json({"go": go}), token, is_shared=is_shared)


def authenticate(visit: web.Visit) -> web.Response:
    """Come back: the phone showed its key. What was looked at before comes along.

    Who showed the key of another device is offered one on this device, unless others use it too.
    """
    services = visit.services
    services.rate_limits.require_few_failures("key", visit.request)
    answer = visit.json
    is_shared = answer.pop("shared", False) is True
    place = accounts.SignInContext(
        accounts.device_kind(visit.user_agent), is_shared, web.secret_in(visit, web.CEREMONY_COOKIE)
    )
    try:
        # Whoever comes to stop a share enters on a full disk, too.
        token = services.disk_reserve.spend(
            partial(
                accounts.finish_authentication,
                services.database,
                visit.signed_in,
                answer,
                visit.now,
                services.settings,
                move=partial(recovery.join_wallet, now=visit.now),
                place=place,
            )
        )
    except accounts.NoChallenge:
        # Nothing was guessed at: it counts against nobody, or one phone locks its whole network out.
        return _failed(visit, "not-here")
    except accounts.CeremonyFailed:
        services.rate_limits.failed("key", visit.request)
        return _failed(visit, "not-here")
    is_offered = answer.get("authenticatorAttachment") == BESIDE and not place.is_shared
    go = services.path("key.new") + "?entered=1" if is_offered else services.path("badges")
    return web.sign_in(visit, web.send_json({"go": go}), token, is_shared=place.is_shared)


@web.rate_limited("key")
def confirm(visit: web.Visit) -> web.Response:
    """The holder showed one of their keys once more: for some minutes they may do what is done once."""
    signed_in, services = visit.authenticated, visit.services
    try:
        answer, browser = visit.json, web.secret_in(visit, web.CEREMONY_COOKIE)
        token = _kept(
            visit,
            partial(
                accounts.finish_confirmation,
                services.database,
                signed_in,
                answer,
                visit.now,
                services.settings,
                browser=browser,
            ),
        )
    except accounts.CeremonyFailed:
        return _failed(visit, "not-mine")
    return web.sign_in(visit, web.send_json({}), token, is_shared=visit.is_shared)


def _any_key(visit: web.Visit) -> web.Response:
    services, browser = visit.services, _browser(visit)
    options = web.keep_to_leave(visit, accounts.begin_authentication, visit.now, services.settings, browser)
    if gone := services.rate_limits.make_room("challenge", visit.request, options["challenge"], browser):
        web.keep_to_leave(visit, accounts.forget_challenges, gone)
    return _begun(visit, browser, options)


def _keep_what_was_seen(visit: web.Visit, holder_id: int) -> None:
    """A link had brought something: it was asked for, where the key was made on the page that shows it."""
    page, all_of_them = urlsplit(web.previous_page(visit)).path, visit.services.path("badges")
    badge_id = web.whole_number(page.removeprefix(f"{all_of_them}/"))
    if page == all_of_them or badge_id is not None:
        visit.keep(recovery.keep_seen_badge, holder_id, badge_id)


def _own_key(visit: web.Visit, signed_in: accounts.SignedIn) -> web.Response:
    visit.limit_rate("key", signed_in.holder.id)
    services, browser = visit.services, _browser(visit)
    begin = partial(visit.keep, accounts.begin_confirmation, signed_in, visit.now, services.settings, browser)
    return _begun(visit, browser, _kept(visit, begin))


def _kept(visit: web.Visit, act: Callable[[], R]) -> R:
    """What *act* of a confirmation answers, which was asked for on the page of what it is for, or on that of confirmations."""
    page, erasure = urlsplit(web.previous_page(visit)), visit.services.path("erasure")
    asked_for = parse_qs(page.query).get("next") if page.path == visit.services.path("confirmation") else [page.path]
    return web.keep_confirmation(visit, act, erases=asked_for == [erasure])


def _new_key(visit: web.Visit, signed_in: accounts.SignedIn) -> web.Response:
    """None on a page of somebody else than who is in: their key would open these badges from then on."""
    if visit.json.get("of") not in (None, "", signed_in.holder.mark):
        return web.send_json({"message": "another"}, HTTPStatus.FORBIDDEN)
    visit.limit_rate("key", signed_in.holder.id)
    name = accounts.passkey_name(signed_in.holder, pages.format_day(visit.now, visit.language))
    browser, settings, is_beside = _browser(visit), visit.services.settings, visit.json.get("shared") is True
    begin = partial(accounts.begin_registration, is_beside=is_beside)
    try:
        return _begun(visit, browser, visit.keep(begin, signed_in, name, visit.now, settings, browser))
    except accounts.NotFresh:
        return web.send_json({"message": "late"}, HTTPStatus.FORBIDDEN)
    except accounts.TooManyKeys:
        return web.send_json({"message": "too-many"}, HTTPStatus.FORBIDDEN)


def _browser(visit: web.Visit) -> str:
    """The secret of the browser that asks: the one it keeps, so that what another tab has begun still ends there."""
    return web.secret_in(visit, web.CEREMONY_COOKIE) or web.new_secret()


def _failed(visit: web.Visit, message: str) -> web.Response:
    """Nothing was kept; whose browser kept no secret of ours either is told that."""
    return web.send_json(
        {"message": message if web.secret_in(visit, web.CEREMONY_COOKIE) else "no-cookies"}, HTTPStatus.BAD_REQUEST
    )


def _begun(visit: web.Visit, browser: str, options: accounts.PasskeyOptions) -> web.Response:
    """*options*, with the secret of the browser that may answer, where it begins and where it ends a ceremony."""
    response = web.send_json(options)
    for name in web.CEREMONIES:
        web.set_cookie(visit, response, web.CEREMONY_COOKIE, browser, KNOWN_FOR, visit.services.path(name))
    return response
