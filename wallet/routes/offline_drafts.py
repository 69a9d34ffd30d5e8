"""What a device kept while nothing could be sent: the page on which it is written, the key that seals it, where it comes in.

A script asks and is answered in JSON. Whoever asks may be known by another wallet than the one in which a draft was
written: its mark comes along, and nothing goes to anybody else.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from time import monotonic
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from .. import evidence
from ..evidence import (
    BIGGEST_ATTACHMENT,
    LIMITS,
    PLACE,
    SENTENCE,
    SITUATION,
    SITUATIONS,
    WORDS,
    AttachmentRefusal,
    AttachmentRefused,
    Draft,
    DraftDelivery,
    EvidenceFull,
    longest_recording,
    receive_attachment,
)
from ..inspection import file_label
from ..web import LISTENING, Visit

NAME = re.compile(r"[0-9a-f]{32}")
"""How a device names a draft, and all that is in one."""
NAME_LIMIT = 120
BUDGET = 180.0
"""Seconds after which no further file of a draft is begun: it comes again, whole."""
UNSAID = "nothing-said"
"""A voice that was cut before its first word: nothing of it is lost, and nobody is told that it is."""


class Busy(Exception):
    """Too many files are looked at: the same draft comes again later."""


def new(visit: Visit) -> Response:
    """« Racontez un moment vécu », on one page that a phone may keep, and that needs nobody to answer it."""
    where: dict[str, Any] = {"situations": SITUATIONS, "words": WORDS, "limits": LIMITS}
    response = visit.page(
        "offline_drafts/new.html",
        **where,
        longest=longest_recording(is_shared=visit.is_shared),
        heaviest=BIGGEST_ATTACHMENT,
        told=None,
    )
    response.headers.update(LISTENING)
    return response


def key(visit: Visit) -> Response:
    """Under what a device seals the holder's drafts; a computer that others use keeps none, and is given nothing."""
    if visit.is_shared:
        return _told(HTTPStatus.NOT_FOUND, problem="shared")
    holder = visit.someone.holder
    key = evidence.draft_key(holder, visit.services.keyring)
    return _told(HTTPStatus.OK, key=b64encode(key).decode(), of=holder.mark)


def create(visit: Visit) -> Response:
    """Take a draft in, once: where its moment is now, and how many of its files were refused.

    Where there is no room for one of them nothing is taken: a phone throws away what it sent, and keeps what is too much.
    """
    if visit.holder is None:
        return _told(HTTPStatus.UNAUTHORIZED, problem="signed-out")
    if visit.text("of") != visit.holder.mark:
        return _told(HTTPStatus.CONFLICT, problem="other")
    key, begun_as = visit.text("key"), visit.text("draft")
    if not (NAME.fullmatch(key) and NAME.fullmatch(begun_as)):
        return _told(HTTPStatus.UNPROCESSABLE_ENTITY, problem="unreadable")
    visit.pace("change", visit.holder_id)
    if found := visit.read(evidence.find_delivery, visit.holder_id, key):
        return _sent(visit, found)
    try:
        return _take(visit, key, begun_as)
    except EvidenceFull:
        return _told(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem="full")
    except Busy:
        return _told(HTTPStatus.SERVICE_UNAVAILABLE, problem="busy")


def _take(visit: Visit, key: str, begun_as: str) -> Response:
    id, after = (next(iter(visit.numbers(name)), 0) for name in ("evidence", "after"))
    said = _said(visit, is_new=not id)
    files, refused = list[dict[str, Any]](), list[AttachmentRefusal]()
    until = monotonic() + BUDGET
    with visit.shelving() as shelved:
        for upload in visit.uploads("files"):
            if monotonic() >= until:
                raise Busy
            try:
                files.append(_receive(visit, key, upload, sum(one["size"] for one in files), shelved))
            except AttachmentRefused as problem:
                if problem.reason == "busy":
                    raise Busy from None
                refused.append((file_label(upload.filename or "")[:NAME_LIMIT], problem.reason))
    if not (said or files or refused):
        return _told(HTTPStatus.UNPROCESSABLE_ENTITY, problem="empty")
    badge_ids = visit.numbers("badge")
    what: dict[str, Any] = {
        "badge_ids": badge_ids,
        "evidence_id": id,
        "after": after,
        "files": files,
        "refused": refused,
    }
    draft = Draft(key=key, begun_as=begun_as, said=said, **what)
    return _sent(visit, visit.keep_filed(shelved, evidence.keep_draft, visit.holder_id, draft, visit.now))


def _said(visit: Visit, *, is_new: bool) -> Mapping[str, str]:
    """What is said to each question; what says nothing takes back what was there, so it is told where something may be."""
    said = {}
    for question, limit in LIMITS.items():
        text = evidence.clean_answer(question, visit.text(question, 2 * limit))
        if question in visit.form and (text or (not is_new and question not in {SITUATION, PLACE})):
            said[question] = text
    return said


def _receive(visit: Visit, key: str, upload: UploadFile, before: int, shelved: set[str]) -> dict[str, Any]:
    """A file of the draft *key* made harmless, its bytes kept: its columns; *before* are the bytes of those that came with it.

    Raises Refused, Full.
    """
    visit.pace("attach", visit.holder_id)
    taken = receive_attachment(upload.file.read, upload.filename or "")
    visit.read(evidence.need_room, visit.holder_id, before + taken.size)
    # A draft that was put off comes again, whole: of its bytes the network has brought no more.
    if not visit.allow_bytes(taken.size, f"{visit.holder_id} {key} {sha256(taken.content).hexdigest()}"):
        raise EvidenceFull
    return taken.shelve(visit.services.files.keep, shelved)


def _sent(visit: Visit, sent: DraftDelivery) -> Response:
    """Where it is, or where what was refused is told."""
    id, path = sent.evidence_id, visit.services.path
    at = path("evidence.one", id=id) if id else path("evidence")
    unsaid = sum(reason == UNSAID for _, reason in sent.refused)
    refused = len(sent.refused) - unsaid
    if refused:
        at += f"?sent={sent.id}"
    elif id and sent.wants_sentence:
        at = path("evidence.answer", id=id, question=SENTENCE)
    return _told(HTTPStatus.OK, at=at, refused=refused, unsaid=unsaid)


def _told(status: HTTPStatus, **what: Any) -> Response:
    return JSONResponse(what, status, headers={"Cache-Control": "no-store"})
