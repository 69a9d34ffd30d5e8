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

from .. import evidence, inspection, web

NAME = re.compile(r"[0-9a-f]{32}")
"""How a device names a draft, and all that is in one."""
NAME_LIMIT = 120
BUDGET = 180.0
"""Seconds after which no further file of a draft is begun: it comes again, whole."""
UNSAID = "nothing-said"
"""A voice that was cut before its first word: nothing of it is lost, and nobody is told that it is."""


class Busy(Exception):
    """Too many files are looked at: the same draft comes again later."""


def new(visit: web.Visit) -> web.Response:
    """« Racontez un moment vécu », on one page that a phone may keep, and that needs nobody to answer it."""
    return visit.page(
        "offline_drafts/new.html",
        200,
        web.LISTENING,
        situations=evidence.SITUATIONS,
        words=evidence.WORDS,
        limits=evidence.LIMITS,
        longest=evidence.longest_recording(is_shared=visit.is_shared),
        heaviest=evidence.BIGGEST_ATTACHMENT,
        told=None,
    )


def key(visit: web.Visit) -> web.Response:
    """Under what a device seals the holder's drafts; a computer that others use keeps none, and is given nothing."""
    if visit.is_shared:
        return web.send_json({"problem": "shared"}, HTTPStatus.NOT_FOUND)
    holder = visit.authenticated.holder
    return web.send_json(
        {"key": b64encode(evidence.draft_key(holder, visit.services.keyring)).decode(), "of": holder.mark}
    )


def create(visit: web.Visit) -> web.Response:
    """Take a draft in, once: where its moment is now, and how many of its files were refused.

    Where there is no room for one of them nothing is taken: a phone throws away what it sent, and keeps what is too much.
    """
    if visit.holder is None:
        return web.send_json({"problem": "signed-out"}, HTTPStatus.UNAUTHORIZED)
    if visit.form.text("of") != visit.holder.mark:
        return web.send_json({"problem": "other"}, HTTPStatus.CONFLICT)
    key, begun_as = visit.form.text("key"), visit.form.text("draft")
    if not (NAME.fullmatch(key) and NAME.fullmatch(begun_as)):
        return web.send_json({"problem": "unreadable"}, HTTPStatus.UNPROCESSABLE_ENTITY)
    visit.limit_rate("change", visit.holder_id)
    if found := visit.read(evidence.find_delivery, visit.holder_id, key):
        return _sent(visit, found)
    try:
        return _take(visit, key, begun_as)
    except evidence.EvidenceFull:
        return web.send_json({"problem": "full"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except Busy:
        return web.send_json({"problem": "busy"}, HTTPStatus.SERVICE_UNAVAILABLE)


def _take(visit: web.Visit, key: str, begun_as: str) -> web.Response:
    id = visit.form.number("evidence")
    said = _said(visit, is_new=not id)
    files, instead, refused = list[dict[str, Any]](), list[int](), list[evidence.AttachmentRefusal]()
    until = monotonic() + BUDGET
    with web.storing_files(visit) as shelved:
        for place, upload in enumerate(visit.form.files("files")):
            if monotonic() >= until:
                raise Busy
            try:
                what = _receive(visit, key, upload, sum(one["size"] for one in files), shelved)
                files.append(what | {"question": _answered(visit, place) if what["kind"] == "recording" else None})
                instead.append(_replaced(visit, place))
            except evidence.AttachmentRefused as problem:
                if problem.reason == "busy":
                    raise Busy from None
                refused.append((inspection.file_label(upload.filename or "")[:NAME_LIMIT], problem.reason))
    if not (said or files or refused):
        return web.send_json({"problem": "empty"}, HTTPStatus.UNPROCESSABLE_ENTITY)
    draft = evidence.Draft(
        key=key,
        begun_as=begun_as,
        said=said,
        badge_ids=visit.form.numbers("badge"),
        evidence_id=id,
        after=visit.form.number("after"),
        unless=unless if NAME.fullmatch(unless := visit.form.text("unless")) else "",
        files=files,
        instead=instead,
        refused=refused,
    )
    return _sent(visit, web.keep_with_files(visit, shelved, evidence.keep_draft, visit.holder_id, draft, visit.now))


def _said(visit: web.Visit, *, is_new: bool) -> Mapping[str, str]:
    """What is said to each question; what says nothing takes back what was there, so it is told where something may be."""
    said = {}
    for question, limit in evidence.LIMITS.items():
        text = evidence.clean_answer(question, visit.form.text(question, 2 * limit))
        if question in visit.form and (text or (not is_new and question not in {evidence.SITUATION, evidence.PLACE})):
            said[question] = text
    return said


def _answered(visit: web.Visit, place: int) -> str | None:
    """The question that the voice at that place answers; a phone of an older release does not tell."""
    told = visit.form.texts("about")
    return told[place] if len(told) > place and told[place] in evidence.WORDS else None


def _replaced(visit: web.Visit, place: int) -> int:
    """The voice that the one at that place takes the place of, 0 for none."""
    told = visit.form.texts("instead")
    return (web.whole_number(told[place]) or 0) if len(told) > place else 0


def _receive(visit: web.Visit, key: str, upload: UploadFile, before: int, shelved: set[str]) -> dict[str, Any]:
    """A file of the draft *key* made harmless, its bytes kept: its columns; *before* are the bytes of those that came with it.

    Raises AttachmentRefused, EvidenceFull.
    """
    visit.limit_rate("attach", visit.holder_id)
    taken = evidence.receive_attachment(upload.file.read, upload.filename or "")
    # A draft that was put off comes again, whole: of its bytes the network has brought no more.
    once = f"{visit.holder_id} {key} {sha256(taken.content).hexdigest()}"
    return web.store_attachment(visit, taken, shelved, before, once)


def _sent(visit: web.Visit, sent: evidence.DraftDelivery) -> web.Response:
    """Where it is, or where what was refused is told."""
    id, path = sent.evidence_id, visit.services.path
    at = path("evidence.one", id=id) if id else path("evidence")
    unsaid = sum(reason == UNSAID for _, reason in sent.refused)
    refused = len(sent.refused) - unsaid
    if refused:
        at += f"?sent={sent.id}"
    elif id and sent.wants_sentence:
        at = path("evidence.answer", id=id, question=evidence.SENTENCE)
    elif id and (question := next((one for one in visit.form.texts("about") if one in evidence.WORDS), None)):
        at = path("evidence.voice", id=id, question=question)
    return web.send_json({"at": at, "refused": refused, "unsaid": unsaid})
