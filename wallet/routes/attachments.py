"""What goes with a moment: photos, recordings, files and links, attached, seen, taken off.

The bytes are made harmless with nothing open (evidence/attachments.py), kept under their hash, and named by a row at the end.
"""

from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from .. import evidence, storage, web

GONE, TOO_MUCH, UNREADABLE, BUSY = 404, 413, 422, 503
TOO_HEAVY = {"too-heavy", "video", "full", "too-many"}


@web.rate_limited("attach")
def create(visit: web.Visit) -> web.Response:
    """Attach the files and the link that were sent: the good ones stay, whatever the others are."""
    try:
        return _create(visit, visit.part["id"])
    except storage.Missing:
        link = visit.form.text("link", evidence.LINK_LIMIT + 1)
        return visit.page("evidence/gone.html", GONE, question="link", text=link)


def _create(visit: web.Visit, id: int) -> web.Response:
    """As `create`; raises Missing where the moment is not here any more."""
    visit.read(evidence.get_moment, visit.holder_id, id)
    problems = list[tuple[str, str]]()
    about, voice = _answered(visit), 0
    is_attached, until = False, monotonic() + evidence.ATTACHMENT_BUDGET
    for upload in visit.form.files("files"):
        if monotonic() >= until:
            problems.append((upload.filename or "", "late"))
            continue
        try:
            taken = evidence.receive_attachment(upload.file.read, upload.filename or "")
            is_spoken = taken.kind == "recording"
            number = _attach(visit, id, taken, {"question": about if is_spoken else None})
            is_attached, voice = True, number if is_spoken else voice
        except (evidence.AttachmentRefused, evidence.EvidenceFull) as problem:
            problems.append((upload.filename or "", problem.reason))
    link = visit.form.text("link", evidence.LINK_LIMIT + 1)
    if link or "link" in visit.form:
        problems += _attach_link(visit, id, link)
    if not problems and not is_attached and "link" not in visit.form:
        problems.append(("", "nothing-chosen"))
    if problems:
        return _refused(visit, id, problems, link)
    return _listen(visit, id, about, voice) if about and voice else visit.go("evidence.one", "?done=attached", id=id)


def show(visit: web.Visit) -> web.Response:
    """The file as it is kept: a browser runs nothing of it, and asks whether to keep it."""
    one = _get_attachment(visit)
    return web.download_kept(visit, one.file, one.media_type, one.name or one.kind)


def picture(visit: web.Visit) -> web.Response:
    """The small picture of a photo."""
    return web.show_picture(visit, _get_attachment(visit).preview)


remove = web.keeps(evidence.remove_attachment, "evidence.one", "?off={number}", "id")
"""Take it off: its address leads nowhere from now on."""


def put_back(visit: web.Visit) -> web.Response:
    """Undo that it was taken off; a voice that another one had taken the place of takes it back, and is heard again."""
    id, number, other = visit.part["id"], visit.part["number"], visit.query.number("instead")
    visit.keep(evidence.restore_attachment, visit.holder_id, id, number, visit.now)
    question = _get_attachment(visit).question
    if not (other and question):
        return visit.go("evidence.one", "?done=attached", id=id)
    visit.keep(evidence.replace_voice, visit.holder_id, id, number, other, visit.now)
    return visit.go("evidence.voice", id=id, question=question)


def _answered(visit: web.Visit) -> str | None:
    """The question that a voice answers, of those that want words."""
    return next((question for question in evidence.WORDS if question == visit.form.text("question")), None)


def _listen(visit: web.Visit, id: int, question: str, voice: int) -> web.Response:
    """On to where they hear themselves, at the same question; a voice that was spoken anew has taken the other's place."""
    queries = ["over=1"] if "over" in visit.form else []
    if (replaced := visit.form.number("instead")) and replaced != voice:
        visit.keep(evidence.replace_voice, visit.holder_id, id, voice, replaced, visit.now)
        queries.append(f"instead={replaced}")
    return visit.go("evidence.voice", f"?{'&'.join(queries)}" if queries else "", id=id, question=question)


def _refused(visit: web.Visit, id: int, problems: list[tuple[str, str]], link: str = "") -> web.Response:
    """What was not attached, and why; what was typed stays."""
    told = visit.read(evidence.view_moment, visit.holder_id, id)
    reasons = {reason for _, reason in problems}
    status = BUSY if reasons & {"busy", "late"} else TOO_MUCH if reasons <= TOO_HEAVY else UNREADABLE
    return visit.page(
        "evidence/refused_files.html",
        status,
        web.LISTENING,
        told=told,
        problems=problems,
        link=link,
        longest=evidence.longest_recording(is_shared=visit.is_shared),
        heaviest=evidence.BIGGEST_ATTACHMENT,
    )


def _attach(visit: web.Visit, id: int, taken: evidence.NewAttachment, about: dict[str, Any]) -> int:
    """Keep what was taken in: its number. Raises EvidenceFull, before its bytes are kept where that can be known."""
    with web.storing_files(visit) as shelved:
        what = web.store_attachment(visit, taken, shelved) | about
    return web.keep_with_files(visit, shelved, evidence.add_attachment, visit.holder_id, id, visit.now, **what)


def _attach_link(visit: web.Visit, id: int, link: str) -> list[tuple[str, str]]:
    """Attach an address, which nobody asks: what is wrong with it."""
    has_scheme = "://" in link.partition("?")[0]  # another address may stand in its query
    try:
        address = evidence.page_address(link if has_scheme else f"https://{link}")
    except ValueError:
        return [("", "no-link")]
    if not has_scheme and urlsplit(address).username is not None:  # an e-mail address would lead to whose mailbox it is
        return [("", "no-link")]
    try:
        visit.keep(evidence.add_attachment, visit.holder_id, id, visit.now, **evidence.link_columns(address))
    except evidence.EvidenceFull as problem:
        return [("", problem.reason)]
    return []


def _get_attachment(visit: web.Visit) -> evidence.Attachment:
    return visit.read(evidence.get_attachment, visit.holder_id, visit.part["id"], visit.part["number"])
