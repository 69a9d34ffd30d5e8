"""The holder's badges: seen, added, checked again, taken out and put back."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from io import SEEK_END, BytesIO
from typing import Any, BinaryIO, NamedTuple

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from .. import arrivals, badges, handovers, holders, leaves, matches, offers, shown, tellings, verifying
from .. import homecoming as homecomings
from ..arrivals import Counter
from ..attachments import Refused, Taken, take_in
from ..badges import Found, Outcome
from ..cards import Card
from ..database import Missing
from ..files import LOST
from ..gate import LOOKING
from ..homecoming import Back, Threshold
from ..parcels import Unfit
from ..unpacking import DOCUMENTS, label
from ..visit import HANDED_COOKIE, Visit

TOO_BIG, UNREADABLE = 413, 422
AT_ONCE = 4
"""Files of one upload that are looked at together: one slow issuer does not make all the others wait."""
ANY_FILE = "application/octet-stream"
OF_A_SCAN = {
    "link-no-badge": "scan-no-badge",
    "code-no-badge": "scan-no-badge",
    "link-no-answer": "code-no-answer",
    "no-badge-in-picture": "scan-no-code",
    "nothing-chosen": "scan-nothing",
    "link-empty": "scan-nothing",
}
"""What is wrong with a link or a picture, in a word for whoever held a phone before a code."""


def index(visit: Visit) -> Response:
    """My badges; for a visitor, what was found and what a key would keep."""
    number = visit.number("removed")
    kept = visit.read(badges.removed, visit.holder_id, number, visit.now) if number else None
    removed, done = kept.card if kept else None, visit.request.query_params.get("done", "")
    if visit.holder and not visit.holder.is_kept:
        return _result(visit, [], removed, done)
    leaf = leaves.leaf(visit.house.database, visit.holder_id, visit.number("page"))
    has_something, wants_paper = map(bool, visit.house.database.glance(offers.BOTH, holder=visit.holder_id)[0])
    offered = {"paper_offered": wants_paper, "install_offered": has_something and visit.may_install}

    def what() -> dict[str, Any]:
        cards = visit.read(leaves.cards, visit.holder_id, leaf)
        return {"badges": cards, "leaf": leaf, "removed": removed, "done": done, "kind": visit.kind} | offered

    if removed or done or leaf.count <= 1:
        return visit.page("badges/index.html", **what())
    return visit.own_print(("badges", leaf.number), (leaf, *offered.values()), "badges/index.html", what)


def new(visit: Visit) -> Response:
    """Add a badge; a letter of an issuer may lead here with the link of one: `?link=https://…`."""
    link, _ = handovers.link_and_text("", "", visit.request.query_params.get("link", ""))
    return _offer(visit, link) if link else visit.page("badges/new.html", problems=[], link="")


def scan(visit: Visit) -> Response:
    """Scan the code of a badge: with the camera, or on a photo of it."""
    return _scan(visit, [])


def create(visit: Visit) -> Response:
    """Take in files and a pasted link: each has its own line, and the good ones are kept whatever the others are.

    What came from a page that saw nobody adds nothing to a wallet that is there after all: its holder is asked.
    """
    if visit.holder and visit.text("unasked"):
        return _offer(visit, visit.text("link"))
    return _take_in_all(visit, visit.uploads("documents"), visit.text("link"))


def hand_over(visit: Visit) -> Response:
    """What another app shares is put aside and shown: anybody's page can send it, so nothing more is done (gate.py)."""
    visit.pace("handover", *([visit.holder.id] if visit.holder else []))
    uploads = visit.uploads("files")
    title, text, url = (visit.text(name, handovers.TEXT_LIMIT) for name in ("title", "text", "url"))
    link, text = ("", "") if uploads else handovers.link_and_text(title, text, url)
    if not (uploads or link or text):
        return _refuse(visit, [Outcome("", "problem", "nothing-chosen")], "")
    streams = [(label(one.filename or ""), one.file) for one in uploads[: handovers.MOST]]
    if text:
        streams.append(("", BytesIO(handovers.content_of(text))))
    measured = [_measure(name, stream) for name, stream in streams]
    if measured and not any(one.fits for one in measured):
        return _refuse(visit, [Outcome(one.name, "problem", "too-big") for one in measured], "")
    whose = visit.holder.id if visit.holder else None
    try:
        visit.read(handovers.need, sum(one.size for one in measured if one.fits), whose, visit.now)
        files = [_put_aside(visit, one) for one in measured]
        names = [one.file for one in files if one.file]
        id, token = visit.keep_filed(names, handovers.put_aside, files, link, text, whose, visit.now)
    except handovers.Full:
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "600"}) from None
    return visit.entrust(visit.go("handover", id=id), token, visit.house.path("handover", id=id), handovers.LASTS)


def handed_over(visit: Visit) -> Response:
    """« Ajouter ce badge ? », of what another app shared."""
    try:
        handed = visit.read(handovers.one, *_handed(visit))
    except Missing:
        return visit.page("handovers/gone.html", HTTPStatus.NOT_FOUND)
    return visit.page("handovers/show.html", handed=handed, place=handovers.place_of(handed.link))


def take_handed(visit: Visit) -> Response:
    """« Ajouter »: what was put aside comes in by the door of all others."""
    try:
        handed = visit.read(handovers.one, *_handed(visit))
        shelf = visit.house.files
        brought = [UploadFile(BytesIO(shelf.read(told["file"])), filename=told["name"]) for told in handed.kept]
    except (Missing, *LOST):
        return visit.page("handovers/gone.html", HTTPStatus.NOT_FOUND)
    response = _take_in_all(visit, brought, handed.link)
    if visit.holder:
        visit.keep(handovers.belongs_to, handed.id, visit.holder.id)
    return response


def drop_handed(visit: Visit) -> Response:
    """« Non »: nothing stays of it."""
    with suppress(Missing):
        visit.keep(handovers.drop, *_handed(visit))
    return visit.go("badges" if visit.known else "welcome")


def homecoming(visit: Visit) -> Response:
    """Bring an archive back."""
    return visit.page("archive/return.html", problems=[])


def bring_back(visit: Visit) -> Response:
    """Take in an archive: its badges looked at anew, all else of it as history."""
    uploads = visit.uploads("documents")[:1]
    if not uploads:
        return _refuse_archive(visit, [Outcome("", "problem", "nothing-chosen")])
    return _bring_back(visit, uploads, [])


def show(visit: Visit) -> Response:
    """One badge."""
    kept = visit.read(badges.one, visit.holder_id, visit.part["id"])
    done = visit.request.query_params.get("done", "")
    badge = kept.card
    known = visit.house.known_issuers.get(badge.issuer_id) if badge.is_known else None
    told = visit.read(tellings.tell_all, visit.holder_id, kept.id)
    return visit.page(
        "badges/show.html",
        badge=badge,
        known=known,
        just_checked=done == "checked",
        done=done,
        tellings=told,
        shown=visit.read(shown.moments_shown, visit.holder_id, visit.now),
    )


def picture(visit: Visit) -> Response:
    """Our own copy of the badge's picture."""
    kept = visit.read(badges.one, visit.holder_id, visit.part["id"])
    return visit.picture(kept.picture)


def document(visit: Visit) -> Response:
    """The file as it came, byte for byte."""
    kept = visit.read(badges.one, visit.holder_id, visit.part["id"])
    media_type, ending = DOCUMENTS[kept.container] if kept.came_in is None else (ANY_FILE, "")
    name = kept.file_name if kept.file_name.lower().endswith(ending) else f"{kept.file_name or 'badge'}{ending}"
    try:
        content = visit.house.files.read(kept.came_in or kept.document)
    except LOST:
        return visit.go("badge", "?done=unreadable", id=kept.id)
    return visit.attachment(content, media_type, name)


def elsewhere(visit: Visit) -> Response:
    """How to keep the badge in another wallet as well."""
    kept = visit.read(badges.one, visit.holder_id, visit.part["id"])
    return visit.page("badges/elsewhere.html", badge=kept.card, container=kept.container)


def verify(visit: Visit) -> Response:
    """Check again, now."""
    visit.pace("check", visit.holder_id)
    kept = visit.read(badges.one, visit.holder_id, visit.part["id"])
    done = verifying.check(visit, kept, visit.read(matches.told, visit.holder_id))
    return visit.go("badge", f"?done={done}", id=kept.id)


def remove(visit: Visit) -> Response:
    """Take the badge out of the wallet."""
    visit.keep(badges.remove, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("badges", f"?removed={visit.part['id']}")


def put_back(visit: Visit) -> Response:
    """Undo a removal."""
    visit.keep(badges.put_back, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("badges", "?done=returned")


def _take_in_all(visit: Visit, uploads: Sequence[UploadFile], link: str) -> Response:
    visit.pace("import", *([visit.holder.id] if visit.holder else []))
    archives = [upload for upload in uploads if homecomings.is_ours(upload.file)]
    arrived = _arrivals(visit, [upload for upload in uploads if upload not in archives], link)
    if archives:
        return _bring_back(visit, archives, arrived)
    found = [one for one in arrived if isinstance(one, Found)]
    if not found:
        problems = [one for one in arrived if isinstance(one, Outcome)]
        nothing = "link-empty" if _is_of_a_link(visit) else "nothing-chosen"
        return _refuse(visit, problems or [Outcome("", "problem", nothing)], link)
    names = {name for one in found for name in one.files}
    token, outcomes = visit.keep_filed(names, arrivals.keep, visit.holder, arrived, visit.now)
    if token:
        visit.known = visit.read(holders.recognise, token, visit.now)
    response = _tell(visit, outcomes)
    return visit.sign_in(response, token) if token else response


class _Measured(NamedTuple):
    """A file of a handover: `fits` unless it is too big for any badge; an archive of ours may be."""

    name: str
    stream: BinaryIO
    size: int
    fits: bool


def _measure(name: str, stream: BinaryIO) -> _Measured:
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    fits = size <= arrivals.FILE_LIMIT or homecomings.is_ours(stream)
    stream.seek(0)
    return _Measured(name, stream, size, fits)


def _put_aside(visit: Visit, one: _Measured) -> handovers.File:
    """Onto the shelf, if it fits."""
    kept = visit.house.files.keep(one.stream.read()) if one.fits else None
    return handovers.File(name=one.name, size=one.size, file=kept)


def _handed(visit: Visit) -> tuple[int, str, int | None, datetime]:
    """Which handover it is, and by what the browser that sent it is known."""
    secret = visit.cookies.get(HANDED_COOKIE, "")
    return visit.part["id"], secret, visit.holder.id if visit.holder else None, visit.now


def _counter(visit: Visit) -> Counter:
    """What is needed to look at a badge, and to see whether it is named to whoever brings it."""
    told = visit.read(matches.told, visit.holder.id) if visit.holder else ()
    return visit.house.counter(visit.now, told)


def _arrivals(visit: Visit, uploads: Sequence[UploadFile], link: str) -> list[Found | Outcome]:
    with ThreadPoolExecutor(AT_ONCE) as together:
        arrived = [one for found in together.map(lambda upload: _arrive(visit, upload), uploads) for one in found]
    if link:
        arrived += arrivals.link(link, _counter(visit))
    return arrived


def _arrive(visit: Visit, upload: UploadFile) -> list[Found | Outcome]:
    content = upload.file.read(arrivals.FILE_LIMIT + 1)
    return arrivals.file(upload.filename or "", content, _counter(visit))


def _bring_back(visit: Visit, archives: Sequence[UploadFile], beside: Sequence[Found | Outcome]) -> Response:
    """Take in archives, one after the other, and what was chosen together with them."""
    back, refused = Back(), list[Outcome]()
    for upload in archives:
        visit.pace("homecoming", *([visit.holder.id] if visit.holder else []))
        try:
            back.join(homecomings.bring(upload.file, visit.holder, _threshold(visit)))
        except homecomings.Refused as problem:
            refused.append(Outcome(label(upload.filename or ""), "problem", problem.word))
        _recognise(visit, back.token)
    names = {name for one in beside if isinstance(one, Found) for name in one.files}
    if names:
        token, outcomes = visit.keep_filed(names, arrivals.keep, visit.holder, beside, visit.now)
        back.join(Back.of(outcomes, token))
        _recognise(visit, token)
    elif len(refused) == len(archives):
        return _refuse_archive(visit, refused)
    response = visit.page("archive/back.html", back=back, refused=refused)
    return visit.sign_in(response, back.token) if back.token else response


def _recognise(visit: Visit, token: str) -> None:
    """Whoever was nobody is a visitor now."""
    if token:
        visit.known = visit.read(holders.recognise, token, visit.now)


def _threshold(visit: Visit) -> Threshold:
    house, told = visit.house, visit.read(matches.told, visit.holder.id) if visit.holder else ()
    return Threshold(
        read=visit.read,
        keep=visit.keep,
        counter=lambda now: house.counter(now, told),
        seal=house.keyring.seal,
        take_in=_take_in,
        now=visit.now,
        kind=visit.kind,
    )


def _take_in(content: bytes, name: str) -> Taken:
    """What an archive brings is a stranger's, as what anybody attaches; raises Unfit."""
    try:
        return take_in(content, name)
    except Refused as problem:
        raise Unfit(problem.reason) from None


def _refuse_archive(visit: Visit, problems: list[Outcome]) -> Response:
    return visit.page("archive/return.html", UNREADABLE, problems=problems)


def _tell(visit: Visit, outcomes: list[Outcome]) -> Response:
    is_kept = bool(visit.holder and visit.holder.is_kept)
    only = outcomes[0] if len(outcomes) == 1 else None
    if only and only.badge and (is_kept or only.kind != "added"):
        return visit.go("badge", f"?done={only.kind}", id=only.badge.id)
    if all(one.badge for one in outcomes) and not is_kept:
        return visit.go("badges")
    return visit.page("badges/outcomes.html", outcomes=outcomes) if is_kept else _result(visit, outcomes)


def _result(visit: Visit, outcomes: list[Outcome], removed: Card | None = None, done: str = "") -> Response:
    """What a visitor sees before there is any account."""
    cards = [one.card for one in visit.read(badges.of, visit.holder_id)]
    if not cards:
        return visit.page("public/welcome.html", problems=outcomes, removed=removed, done=done)
    return visit.page(
        "badges/result.html",
        badge=cards[0],
        others=cards[1:],
        outcomes=outcomes,
        removed=removed,
        done=done,
        until=visit.holder.leaves_at if visit.holder else None,
    )


def _offer(visit: Visit, link: str) -> Response:
    """« Ajouter ce badge ? », of what an address leads to: anybody may have written the letter in which it stood."""
    return visit.page("badges/offered.html", link=link, place=handovers.place_of(link))


def _is_of_a_link(visit: Visit) -> bool:
    """Whether the form for a link was sent, and not the one for files."""
    return "link" in visit.form and "documents" not in visit.form


def _refuse(visit: Visit, problems: list[Outcome], link: str) -> Response:
    status = TOO_BIG if all(one.reason == "too-big" for one in problems) else UNREADABLE
    if visit.text("scanned"):
        told = [replace(one, file_name="", reason=OF_A_SCAN.get(one.reason, one.reason)) for one in problems]
        return _scan(visit, told, status)
    if visit.known or link or _is_of_a_link(visit):
        return visit.page("badges/new.html", status, problems=problems, link=link)
    return visit.page("public/welcome.html", status, problems=problems)


def _scan(visit: Visit, problems: list[Outcome], status: int = 200) -> Response:
    """The page on which a code is scanned, which alone may use the camera for a badge."""
    response = visit.page("badges/scan.html", status, problems=problems)
    response.headers.update(LOOKING)
    return response
