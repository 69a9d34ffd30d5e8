"""What a program of somebody else's reads where it asked: JSON, also of what was refused before its route was looked for.

Source: RFC 6749, 5.2 (`error`); Open Badges 2.1, 5.1 (`status`). A reader of either passes over the other's member.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

NEVER_KEPT = {"Cache-Control": "no-store"}
WORDS = {
    HTTPStatus.UNAUTHORIZED: ("invalid_token", "UNAUTHENTICATED"),
    HTTPStatus.FORBIDDEN: ("insufficient_scope", "PERMISSION_DENIED"),
    HTTPStatus.TOO_MANY_REQUESTS: ("temporarily_unavailable", "BAD_REQUEST"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("temporarily_unavailable", "BAD_REQUEST"),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("server_error", "BAD_REQUEST"),
}
USUAL = ("invalid_request", "BAD_REQUEST")


def problem_for_machine(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """What went wrong, for whoever asked with *request*, where their route did not say it itself."""
    code, text = WORDS.get(HTTPStatus(status), USUAL)
    phrase = HTTPStatus(status).phrase
    if request.url.path.startswith("/ims/"):
        told: dict[str, Any] = {"status": {"error": phrase, "statusCode": status, "statusText": text}}
    else:
        told = {"error": code, "error_description": phrase}
    return send_to_machine(told, status, headers)


def send_to_machine(told: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """*told*, which nobody on the way keeps."""
    return JSONResponse(told, status, NEVER_KEPT | dict(headers or {}))
