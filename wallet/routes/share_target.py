"""What another app shares with the wallet: put aside, shown, and taken in or forgotten by one tap."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from http import HTTPStatus
from io import SEEK_END, BytesIO
from typing import BinaryIO, NamedTuple

from starlette.datastructures import UploadFile

from .. import archive, badges, inspection, storage, web


@web.rate_limited("handover")
def create(visit: web.Visit) -> web.Response:
    """What another app shares is put aside and shown: anybody's page can send it, so nothing more is done (web/security_headers.py)."""
    uploads = visit.form.files("files")
    title, text, url = (visit.form.text(name, badges.SHARED_TEXT_LIMIT) for name in ("title", "text", "url"))
    if not uploads and (offered := web.show_offered(visit, url, text, title)):
        return offered
    link, text = ("", "") if uploads else badges.split_shared_text(title, text, url)
    if not (uploads or link or text):
        return web.show_problems(visit, [badges.ImportOutcome("", "problem", "nothing-chosen")])
    streams = [(inspection.file_label(one.filename or ""), one.file) for one in uploads[: badges.MOST_SHARED_ITEMS]]
    if text:
        streams.append(("", BytesIO(badges.text_as_file(text))))
    measured = [_measure(name, stream) for name, stream in streams]
    if measured and not any(one.fits for one in measured):
        return web.show_problems(visit, [badges.ImportOutcome(one.name, "problem", "too-big") for one in measured])
    whose = visit.holder.id if visit.holder else None
    is_stranger = visit.holder is None or not visit.holder.is_kept
    try:
        size = sum(one.size for one in measured if one.fits)
        visit.read(badges.need_room_for_shared_item, size, whose, visit.now)
        if is_stranger and not visit.services.rate_limits.allow_bytes("handover", visit.request, size):
            raise badges.SharedItemRefused
        with web.storing_files(visit) as shelved:
            files = [_put_aside(visit, one, shelved) for one in measured] + _too_many(uploads)
        id, token = web.keep_with_files(visit, shelved, badges.keep_shared_item, files, link, text, whose, visit.now)
    except badges.SharedItemRefused:
        return visit.page("problems/no_room.html", HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "1800"})
    response, path = visit.go("handover", id=id), visit.services.path("handover", id=id)
    return web.set_cookie(visit, response, web.HANDOVER_COOKIE, token, badges.SHARED_ITEM_LASTS, path)


def show(visit: web.Visit) -> web.Response:
    """« Ajouter ce badge ? », of what another app shared."""
    try:
        handed = visit.read(badges.get_shared_item, *_handed(visit))
    except storage.Missing:
        return visit.page("share_target/gone.html", HTTPStatus.NOT_FOUND)
    return visit.page("share_target/show.html", handed=handed, place=badges.split_address(handed.link))


def take_in(visit: web.Visit) -> web.Response:
    """« Ajouter »: what was put aside comes in by the door of all others."""
    try:
        handed = visit.read(badges.get_shared_item, *_handed(visit))
        brought = [
            UploadFile(BytesIO(visit.services.files.read(told["file"])), filename=told["name"]) for told in handed.kept
        ]
    except (storage.Missing, *storage.LOST):
        return visit.page("share_target/gone.html", HTTPStatus.NOT_FOUND)
    response = web.import_files(visit, brought, handed.link, on_identity=partial(drop, visit))
    if visit.holder:
        visit.keep(badges.assign_shared_item, handed.id, visit.holder.id)
    return response


def drop(visit: web.Visit) -> web.Response:
    """« Non »: nothing stays of it."""
    with suppress(storage.Missing):
        visit.keep(badges.drop_shared_item, *_handed(visit))
    return visit.go("badges" if visit.signed_in else "welcome")


class _Measured(NamedTuple):
    """A file of a shared item: `fits` unless it is too big for any badge; an archive of ours may be."""

    name: str
    stream: BinaryIO
    size: int
    fits: bool


def _measure(name: str, stream: BinaryIO) -> _Measured:
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    fits = size <= badges.FILE_LIMIT or archive.is_archive(stream)
    stream.seek(0)
    return _Measured(name, stream, size, fits)


def _put_aside(visit: web.Visit, one: _Measured, shelved: set[str]) -> badges.SharedFile:
    """Onto the shelf, if it fits; its name is among *shelved* then."""
    kept = visit.services.files.keep(one.stream.read()) if one.fits else None
    shelved |= {kept} if kept else set()
    return badges.SharedFile(name=one.name, size=one.size, file=kept)


def _too_many(uploads: Sequence[UploadFile]) -> list[badges.SharedFile]:
    """Those beyond as many as one shared item has: each is told."""
    return [
        badges.SharedFile(
            name=inspection.file_label(one.filename or ""), size=one.size or 0, file=None, is_too_many=True
        )
        for one in uploads[badges.MOST_SHARED_ITEMS :]
    ]


def _handed(visit: web.Visit) -> tuple[int, str, int | None, datetime]:
    """Which shared item it is, and by what the browser that sent it is known."""
    return (
        visit.part["id"],
        visit.cookies.get(web.HANDOVER_COOKIE, ""),
        visit.holder.id if visit.holder else None,
        visit.now,
    )
