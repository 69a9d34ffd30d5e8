"""Answers that are no page: a file to keep, whole or in part; a picture; what is made for this one answer; what a program of
somebody else's reads (MACHINES), in JSON also where it was refused before its route was looked for.

Source of the latter: RFC 6749, 5.2 (`error`); Open Badges 2.1, 5.1 (`status`); Open Badges 3.0, 6.4.1 (Imsx_StatusInfo).
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from .. import concurrency, pages, storage
from .visit import Visit

PIECE = 256 * 1024
"""Bytes of a kept file that leave us at once."""
SANDBOX = "sandbox; default-src 'none'"
NEVER_KEPT = {"Cache-Control": "no-store"}
WORDS = {
    HTTPStatus.UNAUTHORIZED: ("invalid_token", "UNAUTHENTICATED"),
    HTTPStatus.FORBIDDEN: ("insufficient_scope", "PERMISSION_DENIED"),
    HTTPStatus.TOO_MANY_REQUESTS: ("temporarily_unavailable", "BAD_REQUEST"),
    HTTPStatus.SERVICE_UNAVAILABLE: ("temporarily_unavailable", "BAD_REQUEST"),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("server_error", "BAD_REQUEST"),
}
"""What a program is told went wrong, as OAuth and as Open Badges say it."""
USUAL = ("invalid_request", "BAD_REQUEST")
IMS, IMS_3 = "/ims/", "/ims/ob/v3p0/"
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,12})-(?P<last>[0-9]{0,12})")


def download(content: bytes, media_type: str, name: str) -> Response:
    """A file to keep, which no browser runs (docs/security.md C6 and C9)."""
    return Response(content, media_type=media_type, headers=_attached(name))


def download_kept(visit: Visit, file: str | None, media_type: str, name: str) -> Response:
    """As `download`, for what is kept under the name *file*; raises Missing where it is not.

    It is looked at once, whole. What is large leaves us in pieces, each read when the last one is on its way: whoever reads
    it slowly holds a piece, and not all of it.
    """
    if not file:
        raise storage.Missing
    is_head = visit.request.method == "HEAD"  # of GET alone parts are asked for (RFC 9110, 14.2)
    part, start = _part_of(
        download(storage.read_needed(visit.services.files, file), media_type, name),
        "" if is_head else visit.request.headers.get("range", ""),
    )
    if len(part.body) <= PIECE or is_head:
        return part
    files, end = visit.services.files, start + len(part.body)
    pieces = (files.read_part(file, at, min(PIECE, end - at)) for at in range(start, end, PIECE))
    return StreamingResponse(_sent_by_pool(visit, pieces), part.status_code, dict(part.headers))


def stream_download(visit: Visit, pieces: Iterator[bytes], length: int, media_type: str, name: str) -> Response:
    """As `download`, for what is made while it is sent: the browser writes it down and shows how far it is."""
    return StreamingResponse(
        _sent_by_pool(visit, pieces),
        media_type=media_type,
        headers=_attached(name) | {"Content-Length": str(length)},
    )


def _sent_by_pool(visit: Visit, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """*pieces*, each made in a thread that waits for the shelf."""
    return visit.services.pools[concurrency.SHELF].pieces(visit.services.rate_limits.network(visit.request), pieces)


def show_picture(visit: Visit, name: str | None) -> Response:
    """The kept picture of that *name*: the browser may keep it, and asks each time whether it still may show it; raises Missing."""
    if not name:
        raise storage.Missing
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{name[:32]}"'}
    if visit.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(storage.read_needed(visit.services.files, name), media_type="image/webp", headers=headers)


def show_bytes(visit: Visit, content: bytes, key: str) -> Response:
    """As `show_picture`, for a WebP that lies in a row; *key* is another one for other bytes."""
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{key}"'}
    if visit.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type="image/webp", headers=headers)


def show_drawing(content: bytes, media_type: str) -> Response:
    """What is made for this one answer, as a code that is drawn, and kept by nobody on the way."""
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


def send_json(what: Mapping[str, Any], status: int = HTTPStatus.OK) -> Response:
    """*what* for a script of ours, kept by no one on the way (docs/security.md B8)."""
    return JSONResponse(what, status, headers={"Cache-Control": "no-store"})


def _attached(name: str) -> dict[str, str]:
    """Source: RFC 6266."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": disposition, "Content-Security-Policy": SANDBOX, "Cache-Control": "no-store"}


def _part_of(whole: Response, asked: str) -> tuple[Response, int]:
    """*whole*, or the part of it that the header Range, *asked*, is about, and where it starts; 416 where there is none.

    Safari plays no sound of a server that gives none. Source: RFC 9110, 14.2. Several parts, and units other than bytes,
    are answered with all of it.
    """
    whole.headers["Accept-Ranges"] = "bytes"
    found = RANGE.fullmatch(asked)
    if not found or not (found["first"] or found["last"]):
        return whole, 0
    content, length = bytes(whole.body), len(whole.body)
    first = int(found["first"]) if found["first"] else max(0, length - int(found["last"]))
    last = min(int(found["last"]), length - 1) if found["first"] and found["last"] else length - 1
    if not first <= last < length:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{length}"}), 0
    headers = {name: value for name, value in whole.headers.items() if name != "content-length"}
    headers["Content-Range"] = f"bytes {first}-{last}/{length}"
    return Response(content[first : last + 1], 206, headers=headers), first


def problem_for_machine(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """What went wrong, for whoever asked with *request*, where their route did not say it itself."""
    code, text = WORDS.get(HTTPStatus(status), USUAL)
    if not request.url.path.startswith(IMS):  # of which the description is ASCII
        return send_to_machine({"error": code, "error_description": HTTPStatus(status).phrase}, status, headers)
    said = _sentence(status, request.app.state.services.settings.language)
    if request.url.path.startswith(IMS_3):
        return send_to_machine(imsx_fault(said, "server_busy" if status in BUSY else "invaliddata"), status, headers)
    return send_to_machine({"status": {"error": said, "statusCode": status, "statusText": text}}, status, headers)


def imsx_fault(error: str, minor: str) -> dict[str, Any]:
    """What an API of Open Badges 3.0 answers where it says no: *error* is a sentence, *minor* the standard's word."""
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": error,
        "imsx_codeMinor": {"imsx_codeMinorField": [field]},
    }


def _sentence(status: int, language: str) -> str:
    """What went wrong, for the learner to whom a platform shows it as it stands; the phrase of HTTP where only whoever wrote that
    platform is to be told."""
    _ = pages.catalogue_of(language).gettext
    sentences = {
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("This badge is too big."),
        HTTPStatus.TOO_MANY_REQUESTS: f"{_('Too many attempts.')} {_('Try again in an hour.')}",
        HTTPStatus.SERVICE_UNAVAILABLE: f"{_('The service is not answering.')} {_('Try again in a minute.')}",
        HTTPStatus.INTERNAL_SERVER_ERROR: _("Something is not working on our side."),
    }
    return sentences.get(HTTPStatus(status), HTTPStatus(status).phrase)


def send_to_machine(told: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """*told*, which nobody on the way keeps."""
    return JSONResponse(told, status, NEVER_KEPT | dict(headers or {}))
