"""What a connected platform may do, and no more: it sends badges, and sees those that it sent; by Badge Connect, or by the API
of Open Badges 3.0. Both are the same connection; each has its own words for yes and no.

Source: Open Badges 2.1, 5.3 (assertions), 5.4 (profile), 5.6 (responses); Open Badges 3.0, 6 (API).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from .. import accounts, issuance, pages, storage, web

TRIES_AGAIN = {"Retry-After": "3600"}
"""Seconds: a day's badges and what waits go by the hour at most."""
Linked = Callable[[web.Visit, issuance.platforms.PlatformLink], web.Response]
Refusal = Callable[[int, str, str, Mapping[str, str]], web.Response]
"""How an API says no: its status, its word for it, the sentence, further headers."""
MINOR = {"UNAUTHENTICATED": "unauthorisedrequest", "PERMISSION_DENIED": "forbidden"}
JSON_LD, PLAIN = "application/vc+ld+json", "text/plain"


def _needs(scope: str, says_no: Refusal) -> Callable[[Linked], web.Handler]:
    """Only with a token that allows *scope*: the handler is told whose it is."""

    def dress(work: Linked) -> web.Handler:
        def run(visit: web.Visit) -> web.Response:
            _ = _words(visit)
            kind, _space, token = visit.request.headers.get("authorization", "").partition(" ")
            try:
                if kind.lower() != "bearer":
                    raise issuance.platforms.NotAuthorised
                mark = visit.services.keyring.mark
                link = visit.read(issuance.platforms.authorise_token, mark, token, scope, visit.now)
                # What comes once more counts among no badges of a day, and is looked at again all the same.
                visit.limit_rate("platform", link.id)
                return work(visit, link)
            except (issuance.platforms.NotAuthorised, storage.Missing):
                asked = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                return says_no(HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED", _("This site is not connected."), asked)
            except issuance.platforms.ScopeMissing:
                asked = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
                return says_no(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", _("This site may not do that."), asked)

        return run

    return dress


def _take_in(
    visit: web.Visit,
    link: issuance.platforms.PlatformLink,
    read: Callable[[], issuance.SentDocument],
    version: issuance.Version,
    says_no: Refusal,
) -> web.Response | bool:
    """Keep what was sent until somebody looks: whether it is new, or the answer that says no."""
    _, limits = _words(visit), visit.services.rate_limits
    try:
        sent = read()
        if not limits.allow_once("sent", visit.request, str(link.id), sha256(sent.content).hexdigest()):
            enough = _("Too many badges today. Try again tomorrow.")
            return says_no(HTTPStatus.TOO_MANY_REQUESTS, "BAD_REQUEST", enough, TRIES_AGAIN)
        is_new = visit.keep(issuance.receive, link.id, sent, version, visit.now)
    except issuance.NotSent as problem:
        if problem.fault == "missing":
            return says_no(HTTPStatus.BAD_REQUEST, "REQUEST_VALIDATION_ERROR", _("There is no badge here."), {})
        return says_no(HTTPStatus.BAD_REQUEST, "INVALID_BADGE", _("We cannot read this badge."), {})
    except issuance.TooManyWaiting:
        enough = _("Too many badges are waiting. First accept those that are there.")
        return says_no(HTTPStatus.TOO_MANY_REQUESTS, "BAD_REQUEST", enough, TRIES_AGAIN)
    except issuance.NoRoom:
        full = _("There is no room left for your badges.")
        return says_no(HTTPStatus.TOO_MANY_REQUESTS, "BAD_REQUEST", full, TRIES_AGAIN)
    visit.services.badge_was_sent()
    return is_new


def _find_sent(
    visit: web.Visit, link: issuance.platforms.PlatformLink, version: issuance.Version, name: str
) -> tuple[list[Any], dict[str, str]]:
    """What the platform sent, each as an object or a signed text, and the headers that tell how many there are and where the
    others stand (RFC 8288). Raises ValueError for a query that says nothing."""
    query = visit.request.query_params
    limit, offset = _number(query.get("limit"), issuance.PAGE), _number(query.get("offset"), 0)
    limit, since = min(max(1, limit), issuance.PAGE), _moment(query.get("since"))
    rows, count = visit.read(issuance.list_sent, link.id, version, since, offset, limit)
    told = [one for row in rows if (one := issuance.tell_sent(row, visit.services.files)) is not None]
    places = {"first": 0, "last": (max(count, 1) - 1) // limit * limit}
    places |= {"prev": max(0, offset - limit)} if offset else {}
    places |= {"next": offset + limit} if offset + limit < count else {}
    kept = {"since": query["since"]} if since else {}
    address = visit.services.address(name)
    links = [
        f'<{address}?{urlencode({"limit": limit, "offset": at} | kept)}>; rel="{rel}"' for rel, at in places.items()
    ]
    return told, {"X-Total-Count": str(count), "Link": ", ".join(links)}


def _holder_name(visit: web.Visit, link: issuance.platforms.PlatformLink) -> str:
    """By which the platform may call the holder."""
    _ = _words(visit)
    return visit.read(issuance.name_for_platform, link.id) or _("Badge holder")


def _words(visit: web.Visit) -> Callable[[str], str]:
    """What translates a sentence: platforms say nothing of the language of whoever looks at them."""
    return pages.catalogue_of(visit.services.settings.language).gettext


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError as problem:  # before the first day of the calendar, or after its last one
        raise ValueError(text) from problem


def _answer(status: int, text: str, error: str | None = None, **more: Any) -> web.Response:
    """An answer of Open Badges 2.1, of which platforms read the status in the body."""
    told = {"status": {"error": error, "statusCode": status, "statusText": text}}
    return web.send_to_machine(told | more, status)


def _refuse(status: int, text: str, error: str, headers: Mapping[str, str]) -> web.Response:
    """One that says no, in one sentence for whoever looks at the platform's page."""
    response = _answer(status, text, error)
    response.headers.update(headers)
    return response


@_needs(issuance.platforms.CREATE, _refuse)
def receive(visit: web.Visit, link: issuance.platforms.PlatformLink) -> web.Response:
    """A badge. 200 as soon as it has the shape of one: it is looked at afterwards, so that no site waits for itself."""
    lead = visit.services.fetcher.may_lead_to
    taken = _take_in(visit, link, lambda: issuance.read_assertion(visit.body, lead), "2.1", _refuse)
    return taken if isinstance(taken, web.Response) else _answer(HTTPStatus.OK, "OK")


@_needs(issuance.platforms.READ, _refuse)
def list_sent(visit: web.Visit, link: issuance.platforms.PlatformLink) -> web.Response:
    """The badges that this platform sent, and no others."""
    try:
        found, headers = _find_sent(visit, link, "2.1", "badge_connect.assertions")
    except ValueError:
        _ = _words(visit)
        return _refuse(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", _("We cannot read this question."), {})
    plain = [told for told in found if isinstance(told, dict)]
    signed = [told for told in found if isinstance(told, str)]
    response = _answer(HTTPStatus.OK, "OK", assertions=plain, signedAssertions=signed)
    response.headers.update(headers)
    return response


@_needs(issuance.platforms.PROFILE, _refuse)
def profile(visit: web.Visit, link: issuance.platforms.PlatformLink) -> web.Response:
    """A first name, where the holder said so; never an address. What is posted here changes nothing."""
    told = {
        "@context": "https://w3id.org/openbadges/v2",
        "id": visit.services.address("badge_connect.profile"),
        "type": "Profile",
        "name": _holder_name(visit, link),
    }
    return _answer(HTTPStatus.OK, "OK", profile=told)


def discovery(visit: web.Visit) -> web.Response:
    """What is served here and how one is let in, for whoever asks. Source: Open Badges 3.0, 6.1; OpenAPI 3.0."""
    address = visit.services.address
    told = {
        "openapi": "3.0.1",
        "info": {
            "title": accounts.OUR_NAME,
            "version": "3.0",
            "termsOfService": address("legal"),
            "x-imssf-privacyPolicyUrl": address("privacy"),
            "x-imssf-image": visit.services.settings.origin + visit.services.pages.static("icons/icon-512.png"),
        },
        "servers": [{"url": f"{visit.services.settings.origin}/ims/ob/v3p0"}],
        "paths": {
            "/credentials": {
                "get": _operation("getCredentials", issuance.platforms.READ_3),
                "post": _operation("upsertCredential", issuance.platforms.UPSERT_3, HTTPStatus.OK, HTTPStatus.CREATED),
            },
            "/profile": {
                "get": _operation("getProfile", issuance.platforms.PROFILE_3),
                "put": _operation("putProfile", issuance.platforms.PROFILE_3_UPDATE, HTTPStatus.ACCEPTED),
            },
        },
        "components": {
            "securitySchemes": {
                "OAuth2ACG": {
                    "type": "oauth2",
                    "x-imssf-registrationUrl": address("oauth.registration"),
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": address("oauth.authorization"),
                            "tokenUrl": address("oauth.token"),
                            "refreshUrl": address("oauth.token"),
                            "scopes": dict.fromkeys(issuance.platforms.OFFERED_3, ""),
                        }
                    },
                }
            },
            "schemas": {},
        },
    }
    return web.send_to_machine(told)


def _operation(name: str, scope: str, *yes: HTTPStatus) -> dict[str, Any]:
    good = {str(status.value): {"description": status.phrase} for status in yes or (HTTPStatus.OK,)}
    return {
        "operationId": name,
        "security": [{"OAuth2ACG": [scope]}],
        "responses": good | {"default": {"description": "imsx_StatusInfo"}},
    }


def _refuse_credential(status: int, text: str, error: str, headers: Mapping[str, str]) -> web.Response:
    """A fault, of which *text* is the word of Badge Connect. Source: Open Badges 3.0, 6.4.1 (Imsx_StatusInfo)."""
    minor = "server_busy" if status == HTTPStatus.TOO_MANY_REQUESTS else MINOR.get(text, "invaliddata")
    return web.send_to_machine(web.imsx_fault(error, minor), status, headers)


@_needs(issuance.platforms.UPSERT_3, _refuse_credential)
def receive_credential(visit: web.Visit, link: issuance.platforms.PlatformLink) -> web.Response:
    """A credential, in JSON or as a compact JWS: the body that came is the answer, 201 where it is new and 200 where it came
    before."""
    taken = _take_in(visit, link, lambda: issuance.read_credential(visit.body), "3.0", _refuse_credential)
    if isinstance(taken, web.Response):
        return taken
    status = HTTPStatus.CREATED if taken else HTTPStatus.OK
    kind = JSON_LD if visit.body.lstrip()[:1] == b"{" else PLAIN
    return web.Response(visit.body, status, {"Cache-Control": "no-store"}, media_type=kind)


@_needs(issuance.platforms.READ_3, _refuse_credential)
def list_credentials(visit: web.Visit, link: issuance.platforms.PlatformLink) -> web.Response:
    """The credentials that this platform sent, and no others; signed texts under both names that the standard has for them."""
    try:
        found, headers = _find_sent(visit, link, "3.0", "open_badges_api.credentials")
    except ValueError:
        _ = _words(visit)
        return _refuse_credential(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", _("We cannot read this question."), {})
    signed = [told for told in found if isinstance(told, str)]
    told: dict[str, Any] = {"credential": [one for one in found if isinstance(one, dict)]}
    told |= dict.fromkeys(("compactJwsString", "compactJwsStrings"), signed)
    return web.send_to_machine(told, HTTPStatus.OK, headers)


@_needs(issuance.platforms.PROFILE_3, _refuse_credential)
def show_profile(visit: web.Visit, link: issuance.platforms.PlatformLink) -> web.Response:
    """A first name, where the holder said so."""
    return _profile(visit, link, HTTPStatus.OK)


@_needs(issuance.platforms.PROFILE_3_UPDATE, _refuse_credential)
def change_profile(visit: web.Visit, link: issuance.platforms.PlatformLink) -> web.Response:
    """What is put here changes nothing: it is told so by 202."""
    return _profile(visit, link, HTTPStatus.ACCEPTED)


def _profile(visit: web.Visit, link: issuance.platforms.PlatformLink, status: int) -> web.Response:
    told = {
        "id": visit.services.address("open_badges_api.profile"),
        "type": ["Profile"],
        "name": _holder_name(visit, link),
    }
    return web.send_to_machine(told, status)
