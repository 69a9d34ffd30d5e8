"""What goes with a moment: photos, recordings, files and links, attached, seen, taken off.

The bytes are made harmless with nothing open (evidence/attachments.py), kept under their hash, and named by a row at the end.
"""

from hashlib import sha256
from time import monotonic
from urllib.parse import urlsplit

from starlette.responses import Response

from .. import evidence, web
from ..evidence import (
    ATTACHMENT_BUDGET,
    BIGGEST_ATTACHMENT,
    KEY_LENGTH,
    Attachment,
    AttachmentRefused,
    EvidenceFull,
    NewAttachment,
    longest_recording,
    receive_attachment,
)
from ..web import LISTENING, Visit

LINK_LIMIT = 2000
TOO_MUCH, UNREADABLE, BUSY = 413, 422, 503


def create(visit: Visit) -> Response:
    """Attach the files and the link that were sent: the good ones stay, whatever the others are."""
    visit.pace("attach", visit.holder_id)
    id = visit.part["id"]
    visit.read(evidence.get_moment, visit.holder_id, id)
    problems = list[tuple[str, str]]()
    kinds, until = set[str](), monotonic() + ATTACHMENT_BUDGET
    for upload in visit.uploads("files"):
        if monotonic() >= until:
            problems.append((upload.filename or "", "late"))
            continue
        try:
            kinds.add(_attach(visit, id, receive_attachment(upload.file.read, upload.filename or "")))
        except AttachmentRefused as problem:
            problems.append((upload.filename or "", problem.reason))
        except EvidenceFull:
            problems.append((upload.filename or "", "full"))
    link = visit.text("link", LINK_LIMIT + 1)
    if link or "link" in visit.form:
        problems += _attach_link(visit, id, link)
    if not problems and not kinds and "link" not in visit.form:
        problems.append(("", "nothing-chosen"))
    if problems:
        return _refused(visit, id, problems, link)
    told = visit.read(evidence.view_moment, visit.holder_id, id)
    if "recording" in kinds and not told.text(evidence.SENTENCE):
        return visit.go("evidence.answer", id=id, question=evidence.SENTENCE)
    return visit.go("evidence.one", "?done=attached", id=id)


def show(visit: Visit) -> Response:
    """The file as it is kept: a browser runs nothing of it, and asks whether to keep it."""
    one = _one(visit)
    return web.download_kept(visit, one.file, one.media_type, one.name or one.kind)


def picture(visit: Visit) -> Response:
    """The small picture of a photo."""
    return web.show_picture(visit, _one(visit).preview)


def remove(visit: Visit) -> Response:
    """Take it off: its address leads nowhere from now on."""
    id, number = visit.part["id"], visit.part["number"]
    visit.keep(evidence.remove_attachment, visit.holder_id, id, number, visit.now)
    return visit.go("evidence.one", f"?off={number}", id=id)


def put_back(visit: Visit) -> Response:
    """Undo that it was taken off."""
    id, number = visit.part["id"], visit.part["number"]
    visit.keep(evidence.restore_attachment, visit.holder_id, id, number, visit.now)
    return visit.go("evidence.one", "?done=attached", id=id)


def _refused(visit: Visit, id: int, problems: list[tuple[str, str]], link: str = "") -> Response:
    """What was not attached, and why; what was typed stays."""
    told = visit.read(evidence.view_moment, visit.holder_id, id)
    heavy = all(reason in {"too-heavy", "video", "full"} for _, reason in problems)
    status = TOO_MUCH if heavy else UNREADABLE
    if any(reason in {"busy", "late"} for _, reason in problems):
        status = BUSY
    response = visit.page(
        "evidence/refused_files.html",
        status,
        told=told,
        problems=problems,
        link=link,
        longest=longest_recording(is_shared=visit.is_shared),
        heaviest=BIGGEST_ATTACHMENT,
    )
    response.headers.update(LISTENING)
    return response


def _attach(visit: Visit, id: int, taken: NewAttachment) -> str:
    """Keep what was taken in; its kind. Raises Full, before its bytes are kept where that can be known."""
    visit.read(evidence.need_room, visit.holder_id, taken.size)
    if not visit.allow_bytes(taken.size):
        raise EvidenceFull
    with visit.shelving() as shelved:
        what = taken.shelve(visit.services.files.keep, shelved)
    visit.keep_filed(shelved, evidence.add_attachment, visit.holder_id, id, visit.now, **what)
    return taken.kind


def _attach_link(visit: Visit, id: int, link: str) -> list[tuple[str, str]]:
    """Attach an address, which nobody asks: what is wrong with it."""
    address = link if "://" in link else f"https://{link}"
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in {"https", "http"} and "." in (parts.hostname or "") and address.isprintable()
    except ValueError:
        is_address = False
    if not is_address or " " in address or len(address) > LINK_LIMIT:
        return [("", "no-link")]
    key = sha256(address.encode()).hexdigest()[:KEY_LENGTH]
    what = {"key": key, "kind": "link", "name": "", "address": address, "size": len(address.encode())}
    nothing = dict.fromkeys(("file", "preview", "width", "height", "seconds"))
    try:
        visit.keep(evidence.add_attachment, visit.holder_id, id, visit.now, media_type="", **what, **nothing)
    except EvidenceFull:
        return [("", "full")]
    return []


def _one(visit: Visit) -> Attachment:
    return visit.read(evidence.get_attachment, visit.holder_id, visit.part["id"], visit.part["number"])
