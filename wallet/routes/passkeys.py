"""The passkey ceremonies: what the phone is asked for, and what it answered. JSON, spoken by passkeys.js."""

from functools import partial
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from .. import passkeys, waiting_badges
from ..ceremonies import CeremonyFailed
from ..holders import Known, Place
from ..pages import day
from ..passkeys import NotFresh, Options, TooManyKeys
from ..visit import Visit

BESIDE = "cross-platform"
"""A key that is in another device (WebAuthn L3, 5.4.5)."""


def challenge(visit: Visit) -> Response:
    """Begin a ceremony."""
    purpose = visit.json.get("purpose")
    if purpose == passkeys.REGISTRATION:
        # Whose half hour is over begins anew; passkeys.js follows.
        return _new_key(visit, visit.known) if visit.known else visit.go("welcome")
    if purpose == passkeys.CONFIRMATION:
        return _own_key(visit, visit.known) if visit.known else visit.go("entry")
    if purpose == passkeys.AUTHENTICATION:
        visit.pace("key")
        return _told(visit.keep(passkeys.begin_authentication, visit.now, visit.house.settings))
    raise HTTPException(HTTPStatus.BAD_REQUEST)


def create(visit: Visit) -> Response:
    """Keep the wallet, or add a key to it: the phone made one."""
    known, house = visit.someone, visit.house
    visit.pace("key", known.holder.id)
    place = Place(visit.kind)
    try:
        if visit.is_shared:
            raise CeremonyFailed("a computer that others use keeps nothing")
        token = passkeys.finish_registration(house.database, known, visit.json, visit.now, house.settings, place)
    except CeremonyFailed:
        return _told({"message": "failed"}, HTTPStatus.BAD_REQUEST)
    made = visit.read(passkeys.of, known.holder.id)[-1]
    first = "?done=kept" if made.backed_up else "?done=kept-here"
    go = house.path("keys") + "?done=made" if known.holder.is_kept else house.path("badges") + first
    return visit.sign_in(_told({"go": go}), token)


def authenticate(visit: Visit) -> Response:
    """Come back: the phone showed its key. What was looked at before comes along.

    Who showed the key of another device is offered one on this device, unless others use it too.
    """
    house = visit.house
    visit.pace("key")
    answer = visit.json
    place = Place(visit.kind, is_shared=answer.pop("shared", False) is True)
    try:
        token = passkeys.finish_authentication(
            house.database,
            visit.known,
            answer,
            visit.now,
            house.settings,
            move=partial(waiting_badges.join, now=visit.now),
            place=place,
        )
    except CeremonyFailed:
        return _told({"message": "not-here"}, HTTPStatus.BAD_REQUEST)
    is_offered = answer.get("authenticatorAttachment") == BESIDE and not place.is_shared
    go = house.path("key.new") + "?entered=1" if is_offered else house.path("badges")
    return visit.sign_in(_told({"go": go}), token, is_shared=place.is_shared)


def confirm(visit: Visit) -> Response:
    """The holder showed one of their keys once more: for some minutes they may do what is done once."""
    known, house = visit.someone, visit.house
    visit.pace("key", known.holder.id)
    try:
        # Whoever wants to leave shows it on a full disk, too (ballast.py).
        token = house.ballast.spend(
            lambda: passkeys.finish_confirmation(house.database, known, visit.json, visit.now, house.settings)
        )
    except CeremonyFailed:
        return _told({"message": "not-mine"}, HTTPStatus.BAD_REQUEST)
    return visit.sign_in(_told({}), token, is_shared=visit.is_shared)


def _own_key(visit: Visit, known: Known) -> Response:
    visit.pace("key", known.holder.id)
    house = visit.house
    return _told(house.ballast.spend(lambda: visit.keep(passkeys.begin_confirmation, known, visit.now, house.settings)))


def _new_key(visit: Visit, known: Known) -> Response:
    visit.pace("key", known.holder.id)
    name = passkeys.name_on(known.holder, day(visit.now, visit.language))
    try:
        return _told(visit.keep(passkeys.begin_registration, known, name, visit.now, visit.house.settings))
    except NotFresh:
        return _told({"message": "late"}, HTTPStatus.FORBIDDEN)
    except TooManyKeys:
        return _told({"message": "too-many"}, HTTPStatus.FORBIDDEN)


def _told(what: Options, status: int = HTTPStatus.OK) -> Response:
    """*what* for passkeys.js, kept by no one on the way (security.md, B8)."""
    return JSONResponse(what, status, headers={"Cache-Control": "no-store"})
