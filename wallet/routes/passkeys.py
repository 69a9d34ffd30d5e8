"""The two passkey ceremonies: what the phone is asked for, and what it answered. JSON, spoken by passkeys.js."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from .. import badges, passkeys
from ..ceremonies import CeremonyFailed
from ..holders import Known
from ..pages import day
from ..passkeys import NotFresh, Options
from ..visit import Visit


def challenge(visit: Visit) -> Response:
    """Begin a ceremony."""
    purpose = visit.json.get("purpose")
    if purpose == passkeys.REGISTRATION:
        # Whose half hour is over begins anew; passkeys.js follows.
        return _told(_new_key(visit, visit.known)) if visit.known else visit.go("welcome")
    if purpose == passkeys.AUTHENTICATION:
        visit.pace("key")
        return _told(visit.keep(passkeys.begin_authentication, visit.now, visit.house.settings))
    raise HTTPException(HTTPStatus.BAD_REQUEST)


def create(visit: Visit) -> Response:
    """Keep the wallet: the phone made its key."""
    known, house = _known(visit), visit.house
    visit.pace("key", known.holder.id)
    try:
        token = passkeys.finish_registration(house.database, known, visit.json, visit.now, house.settings)
    except CeremonyFailed:
        return _told({"message": "failed"}, HTTPStatus.BAD_REQUEST)
    return visit.sign_in(_told({"go": house.path("badges") + "?done=kept"}), token)


def authenticate(visit: Visit) -> Response:
    """Come back: the phone showed its key. What was looked at before comes along."""
    house = visit.house
    visit.pace("key")
    try:
        token = passkeys.finish_authentication(
            house.database, visit.known, visit.json, visit.now, house.settings, move=badges.move
        )
    except CeremonyFailed:
        return _told({"message": "not-here"}, HTTPStatus.BAD_REQUEST)
    return visit.sign_in(_told({"go": house.path("badges")}), token)


def _known(visit: Visit) -> Known:
    """Whoever is at the door; 401 for nobody."""
    if visit.known is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    return visit.known


def _new_key(visit: Visit, known: Known) -> Options:
    visit.pace("key", known.holder.id)
    # The phone lists keys by this name, and families share phones (screens.md, 3.4).
    name = f"{passkeys.NAME_OF_THE_HOUSE} – {known.holder.name or day(visit.now, visit.language)}"
    try:
        return visit.keep(passkeys.begin_registration, known, name, visit.now, visit.house.settings)
    except NotFresh:
        raise HTTPException(HTTPStatus.FORBIDDEN) from None


def _told(what: Options, status: int = HTTPStatus.OK) -> Response:
    """*what* for passkeys.js, kept by no one on the way (security.md, B8)."""
    return JSONResponse(what, status, headers={"Cache-Control": "no-store"})
