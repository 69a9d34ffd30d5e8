"""The passkey ceremonies: what the phone is asked for, and what it answered. JSON, spoken by passkeys.js."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from .. import accounts, badges, recovery
from ..accounts import (
    AUTHENTICATION,
    CONFIRMATION,
    REGISTRATION,
    CeremonyFailed,
    NoChallenge,
    NotFresh,
    PasskeyOptions,
    SignedIn,
    SignInContext,
    TooManyKeys,
)
from ..pages import format_day
from ..web import CEREMONIES, CEREMONY_COOKIE, DIGITS, Visit, new_secret

R = TypeVar("R")

KNOWN_FOR = timedelta(hours=1)
"""How long a browser is known by its secret: longer than any ceremony, so that one without it keeps no cookies."""
BESIDE = "cross-platform"
"""A key that is in another device (WebAuthn L3, 5.4.5)."""


def challenge(visit: Visit) -> Response:
    """Begin a ceremony."""
    purpose = visit.json.get("purpose")
    if purpose == REGISTRATION:
        # Whose half hour is over begins anew; passkeys.js follows.
        return _new_key(visit, visit.known) if visit.known else visit.go("welcome")
    if purpose == CONFIRMATION:
        return _own_key(visit, visit.known) if visit.known else visit.go("entry")
    if purpose == AUTHENTICATION:
        return _any_key(visit)
    raise HTTPException(HTTPStatus.BAD_REQUEST)


def create(visit: Visit) -> Response:
    """Keep the wallet, or add a key to it: the phone made one."""
    known, services = visit.someone, visit.services
    visit.pace("key", known.holder.id)
    place = SignInContext(visit.kind, browser=visit.secret(CEREMONY_COOKIE))
    try:
        if visit.is_shared:
            raise CeremonyFailed("a computer that others use keeps nothing")
        token = accounts.finish_registration(services.database, known, visit.json, visit.now, services.settings, place)
    except CeremonyFailed:
        return _failed(visit, "failed")
    if not known.holder.is_kept and visit.read(badges.has_unasked, known.holder.id):
        _keep_what_was_seen(visit, known.holder.id)
    made = visit.read(accounts.list_passkeys, known.holder.id)[-1]
    first = "?done=kept" if made.backed_up else "?done=kept-here"
    go = services.path("keys") + "?done=made" if known.holder.is_kept else services.path("badges") + first
    return visit.sign_in(_told({"go": go}), token)


def authenticate(visit: Visit) -> Response:
    """Come back: the phone showed its key. What was looked at before comes along.

    Who showed the key of another device is offered one on this device, unless others use it too.
    """
    services = visit.services
    visit.pace_failures("key")
    answer = visit.json
    is_shared = answer.pop("shared", False) is True
    place = SignInContext(visit.kind, is_shared, visit.secret(CEREMONY_COOKIE))
    try:
        finish = partial(
            accounts.finish_authentication,
            services.database,
            visit.known,
            answer,
            visit.now,
            services.settings,
            move=partial(recovery.join_wallet, now=visit.now),
            place=place,
        )
        token = services.disk_reserve.spend(finish)  # whoever comes to stop a share enters on a full disk, too
    except NoChallenge:  # nothing was guessed at: it counts against nobody, or one phone locks its whole network out
        return _failed(visit, "not-here")
    except CeremonyFailed:
        services.rate_limits.failed("key", visit.request)
        return _failed(visit, "not-here")
    is_offered = answer.get("authenticatorAttachment") == BESIDE and not place.is_shared
    go = services.path("key.new") + "?entered=1" if is_offered else services.path("badges")
    return visit.sign_in(_told({"go": go}), token, is_shared=place.is_shared)


def confirm(visit: Visit) -> Response:
    """The holder showed one of their keys once more: for some minutes they may do what is done once."""
    known, services = visit.someone, visit.services
    visit.pace("key", known.holder.id)
    try:
        answer, browser = visit.json, visit.secret(CEREMONY_COOKIE)
        token = _kept(
            visit,
            partial(
                accounts.finish_confirmation,
                services.database,
                known,
                answer,
                visit.now,
                services.settings,
                browser=browser,
            ),
        )
    except CeremonyFailed:
        return _failed(visit, "not-mine")
    return visit.sign_in(_told({}), token, is_shared=visit.is_shared)


def _any_key(visit: Visit) -> Response:
    services, browser = visit.services, _browser(visit)
    options = visit.keep_to_leave(accounts.begin_authentication, visit.now, services.settings, browser)
    if gone := services.rate_limits.make_room("challenge", visit.request, options["challenge"], browser):
        visit.keep_to_leave(accounts.forget_challenges, gone)
    return _begun(visit, browser, options)


def _keep_what_was_seen(visit: Visit, holder_id: int) -> None:
    """A link had brought something: it was asked for, where the key was made on the page that shows it."""
    page, all_of_them = urlsplit(visit.before).path, visit.services.path("badges")
    its = page.removeprefix(f"{all_of_them}/")
    if page == all_of_them or (its != page and its.isascii() and its.isdigit() and len(its) < DIGITS):
        badge_id = None if page == all_of_them else int(its)
        visit.keep(recovery.keep_seen_badge, holder_id, badge_id)


def _own_key(visit: Visit, known: SignedIn) -> Response:
    visit.pace("key", known.holder.id)
    services, browser = visit.services, _browser(visit)
    begin = partial(visit.keep, accounts.begin_confirmation, known, visit.now, services.settings, browser)
    return _begun(visit, browser, _kept(visit, begin))


def _kept(visit: Visit, act: Callable[[], R]) -> R:
    """What *act* of a confirmation answers; on a full disk only for whoever wants to erase all, or can stop somebody who
    came back (operations/disk_reserve.py)."""
    page, erasure = urlsplit(visit.before), visit.services.path("erasure")
    asked_for = parse_qs(page.query).get("next") if page.path == visit.services.path("confirmation") else [page.path]
    if asked_for == [erasure] or visit.read(recovery.must_confirm_to_stop, visit.someone, visit.now):
        return visit.services.disk_reserve.spend(act)
    return act()


def _new_key(visit: Visit, known: SignedIn) -> Response:
    visit.pace("key", known.holder.id)
    name = accounts.passkey_name(known.holder, format_day(visit.now, visit.language))
    browser, settings = _browser(visit), visit.services.settings
    try:
        return _begun(
            visit, browser, visit.keep(accounts.begin_registration, known, name, visit.now, settings, browser)
        )
    except NotFresh:
        return _told({"message": "late"}, HTTPStatus.FORBIDDEN)
    except TooManyKeys:
        return _told({"message": "too-many"}, HTTPStatus.FORBIDDEN)


def _browser(visit: Visit) -> str:
    """The secret of the browser that asks: the one it keeps, so that what another tab has begun still ends there."""
    return visit.secret(CEREMONY_COOKIE) or new_secret()


def _failed(visit: Visit, message: str) -> Response:
    """Nothing was kept; whose browser kept no secret of ours either is told that."""
    return _told({"message": message if visit.secret(CEREMONY_COOKIE) else "no-cookies"}, HTTPStatus.BAD_REQUEST)


def _begun(visit: Visit, browser: str, options: PasskeyOptions) -> Response:
    """*options*, with the secret of the browser that may answer, where it begins and where it ends a ceremony."""
    response = _told(options)
    for name in CEREMONIES:
        visit.tell_apart(response, CEREMONY_COOKIE, browser, visit.services.path(name), KNOWN_FOR)
    return response


def _told(what: PasskeyOptions, status: int = HTTPStatus.OK) -> Response:
    """*what* for passkeys.js, kept by no one on the way (docs/security.md B8)."""
    return JSONResponse(what, status, headers={"Cache-Control": "no-store"})
