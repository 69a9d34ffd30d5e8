"""The API of Open Badges 3.0, on the same connections as Badge Connect: credentials come, and are told to whoever sent them.

Source: Open Badges 3.0, 6 (API): 6.1 discovery, 6.2 endpoints, 6.4 (imsx_StatusInfo).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .. import arrivals, web

MINOR = {"UNAUTHENTICATED": "unauthorisedrequest", "PERMISSION_DENIED": "forbidden"}
JSON_LD, PLAIN = "application/vc+ld+json", "text/plain"


def discovery(visit: web.Visit) -> web.Response:
    """What is served here and how one is let in, for whoever asks. Source: Open Badges 3.0, 6.1; OpenAPI 3.0."""
    address = visit.services.address
    told = {
        "openapi": "3.0.1",
        "info": {
            "title": "Mes badges",
            "version": "3.0",
            "termsOfService": address("legal"),
            "x-imssf-privacyPolicyUrl": address("privacy"),
            "x-imssf-image": visit.services.settings.origin + visit.services.pages.static("icons/icon-512.png"),
        },
        "servers": [{"url": f"{visit.services.settings.origin}/ims/ob/v3p0"}],
        "paths": {
            "/credentials": {
                "get": _operation("getCredentials", arrivals.platforms.READ_3),
                "post": _operation("upsertCredential", arrivals.platforms.UPSERT_3),
            },
            "/profile": {
                "get": _operation("getProfile", arrivals.platforms.PROFILE_3),
                "put": _operation("putProfile", arrivals.platforms.PROFILE_3_UPDATE),
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
                            "scopes": dict.fromkeys(arrivals.platforms.OFFERED_3, ""),
                        }
                    },
                }
            },
            "schemas": {},
        },
    }
    return web.send_to_machine(told)


def _operation(name: str, scope: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "security": [{"OAuth2ACG": [scope]}],
        "responses": {"200": {"description": "OK"}, "default": {"description": "imsx_StatusInfo"}},
    }


def refuse(status: int, text: str, error: str, headers: Mapping[str, str]) -> web.Response:
    """A fault, of which *text* is the word of Badge Connect. Source: Open Badges 3.0, 6.4.1 (Imsx_StatusInfo)."""
    minor = "server_busy" if status == HTTPStatus.TOO_MANY_REQUESTS else MINOR.get(text, "invaliddata")
    told = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": error,
        "imsx_codeMinor": {
            "imsx_codeMinorField": [
                {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor},
            ]
        },
    }
    return web.send_to_machine(told, status, headers)


@web.needs_scope(arrivals.platforms.UPSERT_3, refuse)
def receive(visit: web.Visit, link: arrivals.platforms.PlatformLink) -> web.Response:
    """A credential, in JSON or as a compact JWS: the body that came is the answer, 201 where it is new and 200 where it came
    before."""
    taken = web.take_in_sent(visit, link, lambda: arrivals.read_credential(visit.body), "3.0", refuse)
    if isinstance(taken, web.Response):
        return taken
    status = HTTPStatus.CREATED if taken else HTTPStatus.OK
    kind = JSON_LD if visit.body.lstrip()[:1] == b"{" else PLAIN
    return web.Response(visit.body, status, {"Cache-Control": "no-store"}, media_type=kind)


@web.needs_scope(arrivals.platforms.READ_3, refuse)
def list_sent(visit: web.Visit, link: arrivals.platforms.PlatformLink) -> web.Response:
    """The credentials that this platform sent, and no others; signed texts under both names that the standard has for them."""
    try:
        found, headers = web.find_sent(visit, link, "3.0", "open_badges_api.credentials")
    except ValueError:
        _ = web.machine_words(visit)
        return refuse(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", _("We cannot read this question."), {})
    signed = [told for told in found if isinstance(told, str)]
    told: dict[str, Any] = {"credential": [one for one in found if isinstance(one, dict)]}
    told |= dict.fromkeys(("compactJwsString", "compactJwsStrings"), signed)
    return web.send_to_machine(told, HTTPStatus.OK, headers)


@web.needs_scope(arrivals.platforms.PROFILE_3, refuse)
def profile(visit: web.Visit, link: arrivals.platforms.PlatformLink) -> web.Response:
    """A first name, where the holder said so."""
    return _profile(visit, link, HTTPStatus.OK)


@web.needs_scope(arrivals.platforms.PROFILE_3_UPDATE, refuse)
def change_profile(visit: web.Visit, link: arrivals.platforms.PlatformLink) -> web.Response:
    """What is put here changes nothing: it is told so by 202."""
    return _profile(visit, link, HTTPStatus.ACCEPTED)


def _profile(visit: web.Visit, link: arrivals.platforms.PlatformLink, status: int) -> web.Response:
    told = {
        "id": visit.services.address("open_badges_api.profile"),
        "type": ["Profile"],
        "name": web.name_for_platform(visit, link),
    }
    return web.send_to_machine(told, status)
