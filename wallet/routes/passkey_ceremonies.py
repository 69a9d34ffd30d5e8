"""The passkey ceremonies: what the phone is asked for, and what it answered. JSON, spoken by passkeys.js."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ..accounts import challenges, passkeys
from ..accounts.ceremonies import CeremonyFailed
from ..accounts.challenges import AUTHENTICATION, CONFIRMATION, REGISTRATION, NoChallenge
from ..accounts.holders import Known, Place
from ..accounts.passkeys import NotFresh, Options, TooManyKeys
from ..badges import pending as waiting_badges
from ..pages.environment import day
from ..recovery import flows as ways
from ..recovery import joining
from ..web.visit import CEREMONIES, CEREMONY_COOKIE, DIGITS, Visit, new_secret

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
    known, house = visit.someone, visit.house
    visit.pace("key", known.holder.id)
    place = Place(visit.kind, browser=visit.secret(CEREMONY_COOKIE))
    try:
        if visit.is_shared:
            raise CeremonyFailed("a computer that others use keeps nothing")
        token = passkeys.finish_registration(house.database, known, visit.json, visit.now, house.settings, place)
    except CeremonyFailed:
        return _failed(visit, "failed")
    if not known.holder.is_kept and visit.read(waiting_badges.has_unasked, known.holder.id):
        _keep_what_was_seen(visit, known.holder.id)
    made = visit.read(passkeys.of, known.holder.id)[-1]
    first = "?done=kept" if made.backed_up else "?done=kept-here"
    go = house.path("keys") + "?done=made" if known.holder.is_kept else house.path("badges") + first
    return visit.sign_in(_told({"go": go}), token)


def authenticate(visit: Visit) -> Response:
    """Come back: the phone showed its key. What was looked at before comes along.

    Who showed the key of another device is offered one on this device, unless others use it too.
    """
    house = visit.house
    visit.pace_failures("key")
    answer = visit.json
    is_shared = answer.pop("shared", False) is True
    place = Place(visit.kind, is_shared, visit.secret(CEREMONY_COOKIE))
    try:
        finish = partial(
            passkeys.finish_authentication,
            house.database,
            visit.known,
            answer,
            visit.now,
            house.settings,
            move=partial(joining.join, now=visit.now),
            place=place,
        )
        token = house.ballast.spend(finish)  # whoever comes to stop a share enters on a full disk, too
    except NoChallenge:  # nothing was guessed at: it counts against nobody, or one phone locks its whole network out
        return _failed(visit, "not-here")
    except CeremonyFailed:
        house.paces.failed("key", visit.request)
        return _failed(visit, "not-here")
    is_offered = answer.get("authenticatorAttachment") == BESIDE and not place.is_shared
    go = house.path("key.new") + "?entered=1" if is_offered else house.path("badges")
    return visit.sign_in(_told({"go": go}), token, is_shared=place.is_shared)


def confirm(visit: Visit) -> Response:
    """The holder showed one of their keys once more: for some minutes they may do what is done once."""
    known, house = visit.someone, visit.house
    visit.pace("key", known.holder.id)
    try:
        answer, browser = visit.json, visit.secret(CEREMONY_COOKIE)
        token = _kept(
            visit,
            partial(
                passkeys.finish_confirmation, house.database, known, answer, visit.now, house.settings, browser=browser
            ),
        )
    except CeremonyFailed:
        return _failed(visit, "not-mine")
    return visit.sign_in(_told({}), token, is_shared=visit.is_shared)


def _any_key(visit: Visit) -> Response:
    house, browser = visit.house, _browser(visit)
    options = visit.keep_to_leave(passkeys.begin_authentication, visit.now, house.settings, browser)
    if gone := house.paces.make_room("challenge", visit.request, options["challenge"], browser):
        visit.keep_to_leave(challenges.forget, gone)
    return _begun(visit, browser, options)


def _keep_what_was_seen(visit: Visit, holder_id: int) -> None:
    """A link had brought something: it was asked for, where the key was made on the page that shows it."""
    page, all_of_them = urlsplit(visit.before).path, visit.house.path("badges")
    its = page.removeprefix(f"{all_of_them}/")
    if page == all_of_them or (its != page and its.isascii() and its.isdigit() and len(its) < DIGITS):
        badge_id = None if page == all_of_them else int(its)
        visit.keep(joining.keep_what_was_seen, holder_id, badge_id)


def _own_key(visit: Visit, known: Known) -> Response:
    visit.pace("key", known.holder.id)
    house, browser = visit.house, _browser(visit)
    begin = partial(visit.keep, passkeys.begin_confirmation, known, visit.now, house.settings, browser)
    return _begun(visit, browser, _kept(visit, begin))


def _kept(visit: Visit, act: Callable[[], R]) -> R:
    """What *act* of a confirmation answers; on a full disk only for whoever wants to erase all, or can stop somebody who
    came back (operations/disk_reserve.py)."""
    page, erasure = urlsplit(visit.before), visit.house.path("erasure")
    asked_for = parse_qs(page.query).get("next") if page.path == visit.house.path("confirmation") else [page.path]
    if asked_for == [erasure] or visit.read(ways.must_confirm_to_stop, visit.someone, visit.now):
        return visit.house.ballast.spend(act)
    return act()


def _new_key(visit: Visit, known: Known) -> Response:
    visit.pace("key", known.holder.id)
    name = passkeys.name_on(known.holder, day(visit.now, visit.language))
    browser, settings = _browser(visit), visit.house.settings
    try:
        return _begun(
            visit, browser, visit.keep(passkeys.begin_registration, known, name, visit.now, settings, browser)
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


def _begun(visit: Visit, browser: str, options: Options) -> Response:
    """*options*, with the secret of the browser that may answer, where it begins and where it ends a ceremony."""
    response = _told(options)
    for name in CEREMONIES:
        visit.tell_apart(response, CEREMONY_COOKIE, browser, visit.house.path(name), KNOWN_FOR)
    return response


def _told(what: Options, status: int = HTTPStatus.OK) -> Response:
    """*what* for passkeys.js, kept by no one on the way (security.md, B8)."""
    return JSONResponse(what, status, headers={"Cache-Control": "no-store"})
