"""Where whatever somebody brings is received: files, a link, archives; each has its own line in the answer.

Whoever brings it may be nobody as yet: the first badge, or the first archive, makes them a visitor.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

from starlette.datastructures import UploadFile
from starlette.responses import Response

from . import (
    arrivals,
    attachments,
    badge_space,
    badges,
    holders,
    homecoming,
    keepsakes,
    leaves,
    matches,
    requester,
    waiting_badges,
)
from .attachments import Taken
from .badges import Found, Outcome
from .cards import Card
from .gate import LOOKING
from .homecoming import Back, Threshold
from .parcels import Unfit
from .unpacking import label
from .visit import Visit

TOO_BIG, UNREADABLE = 413, 422
TOO_MUCH = {"too-big", "full", "visitors-full"}
AT_ONCE = 4
"""Files of one upload that are looked at together: one slow issuer does not make all the others wait."""
OF_A_SCAN = {
    "link-no-badge": "scan-no-badge",
    "code-no-badge": "scan-no-badge",
    "link-no-answer": "code-no-answer",
    "link-too-often": "code-too-often",
    "no-badge-in-picture": "scan-no-code",
    "nothing-chosen": "scan-nothing",
    "link-empty": "scan-nothing",
}
"""What is wrong with a link or a picture, in a word for whoever held a phone before a code."""


def take_in(visit: Visit, uploads: Sequence[UploadFile], link: str, *, unasked: bool = False) -> Response:
    """Take in files and a link: the good ones are kept whatever the others are; *unasked* what nobody tapped to bring."""
    visit.pace("import", *([visit.holder.id] if visit.holder else []))
    received = sum(upload.size or 0 for upload in uploads)
    if full := _full(visit, received):
        return refuse(visit, [Outcome("", "problem", full)], link)
    allowance = _Allowance(visit, received)
    archives = [upload for upload in uploads if homecoming.is_ours(upload.file)]
    with visit.shelving() as shelved:
        arrived = _look_at(visit, [upload for upload in uploads if upload not in archives], link, shelved)
        arrived = _counted(visit, arrived, allowance)
        if archives:
            return _bring_back(visit, archives, allowance, arrived)
    if not any(isinstance(one, Found) for one in arrived):
        problems = [one for one in arrived if isinstance(one, Outcome)]
        nothing = "link-empty" if _is_of_a_link(visit) else "nothing-chosen"
        return refuse(visit, problems or [Outcome("", "problem", nothing)], link)
    token, outcomes = _keep(visit, arrived, unasked=unasked)
    response = _tell(visit, outcomes)
    return visit.sign_in(response, token) if token else response


def bring_back(visit: Visit, archives: Sequence[UploadFile]) -> Response:
    """Take in archives, one after the other."""
    # Of an archive only what it brings is kept, and counted then: most of a large one may find no room, and is told.
    if full := _full(visit, 1):
        return visit.page("archive/import.html", TOO_BIG, problems=[Outcome("", "problem", full)])
    return _bring_back(visit, archives, _Allowance(visit, 1))


def _bring_back(
    visit: Visit, archives: Sequence[UploadFile], allowance: "_Allowance", beside: Sequence[Found | Outcome] = ()
) -> Response:
    """Archives, and what was chosen together with them."""
    back, refused, until = Back(), list[Outcome](), monotonic() + homecoming.LONGEST
    for upload in archives:
        if monotonic() >= until:
            refused.append(Outcome(label(upload.filename or ""), "problem", "late"))
            continue
        visit.pace("homecoming", *([visit.holder.id] if visit.holder else []))
        try:
            threshold = replace(_threshold(visit, allowance), longest=until - monotonic())
            back.join(homecoming.bring(upload.file, visit.holder, threshold))
        except homecoming.Refused as problem:
            refused.append(Outcome(label(upload.filename or ""), "problem", problem.word))
        _recognise(visit, back.token)
    others = [one for one in beside if isinstance(one, Outcome)]
    if len(others) < len(beside):
        token, outcomes = _keep(visit, beside)
        back.join(Back.of(outcomes, token))
    elif len(refused) == len(archives):
        problems = [*refused, *others] or [Outcome("", "problem", "nothing-chosen")]
        return visit.page("archive/import.html", UNREADABLE, problems=problems)
    else:
        back.join(Back.of(others))
    response = visit.page("archive/imported.html", back=back, refused=refused)
    return visit.sign_in(response, back.token) if back.token else response


def refuse(visit: Visit, problems: Sequence[Outcome], link: str = "") -> Response:
    """The page from which it was brought, with what is wrong, where there is nothing to keep."""
    status = TOO_BIG if all(one.reason in TOO_MUCH for one in problems) else UNREADABLE
    if visit.text("scanned"):
        told = [replace(one, file_name="", reason=OF_A_SCAN.get(one.reason, one.reason)) for one in problems]
        return scan(visit, told, status)
    if visit.known or link or _is_of_a_link(visit):
        return visit.page("badges/new.html", status, problems=problems, link=link)
    return visit.page("public/welcome.html", status, problems=problems)


def scan(visit: Visit, problems: Sequence[Outcome] = (), status: int = 200) -> Response:
    """The page on which a code is scanned, which alone may use the camera for a badge."""
    response = visit.page("badges/scan.html", status, problems=problems)
    response.headers.update(LOOKING)
    return response


def result(visit: Visit, outcomes: Sequence[Outcome] = (), removed: Card | None = None, done: str = "") -> Response:
    """What a visitor sees before there is any account."""
    cards = [one.card for one in visit.read(badges.of, visit.holder_id)]
    if not cards:
        return visit.page("public/welcome.html", problems=outcomes, removed=removed, done=done)
    return visit.page(
        "badges/added.html",
        badge=cards[0],
        others=cards[1:],
        outcomes=outcomes,
        removed=removed,
        done=done,
        until=visit.holder.leaves_at if visit.holder else None,
    )


def _look_at(visit: Visit, uploads: Sequence[UploadFile], link: str, shelved: set[str]) -> list[Found | Outcome]:
    """Each with a way out of its own, and with what tells whether a badge is named to whoever brings it."""
    counting = partial(visit.house.counter, visit.now, _told(visit), monotonic(), shelved=shelved)

    def look(upload: UploadFile) -> list[Found | Outcome]:
        counter = counting()
        if monotonic() >= counter.until:
            return [Outcome(label(upload.filename or ""), "problem", "late")]
        return arrivals.file(upload.filename or "", upload.file.read(arrivals.FILE_LIMIT + 1), counter)

    with ThreadPoolExecutor(AT_ONCE) as together:
        arrived = [one for found in together.map(requester.for_the_same(look), uploads) for one in found]
    return arrived + (arrivals.link(link, counting()) if link else [])


def _full(visit: Visit, size: int) -> str:
    """Why so many bytes more do not fit, "" when they do; what visitors bring is counted for their network, too."""
    return visit.read(badge_space.problem, visit.holder, size) or ("" if visit.allow_bytes(size) else "visitors-full")


@dataclass(slots=True)
class _Allowance:
    """What the network of a visitor may still bring, of which *received* bytes are counted already, as they came."""

    visit: Visit
    received: int

    def allows(self, size: int) -> bool:
        """Count what takes so many bytes on the shelf, as far as it is more than came; False where that is too much."""
        more, self.received = max(0, size - self.received), max(0, self.received - size)
        return not more or self.visit.allow_bytes(more)


def _counted(visit: Visit, arrived: Sequence[Found | Outcome], allowance: _Allowance) -> list[Found | Outcome]:
    """*arrived*, counted as it lies on the shelf, where a link leads, too; nothing of it is to be kept if it is too much."""
    if allowance.allows(badge_space.size(arrived)):
        return list(arrived)
    names = {name for one in arrived if isinstance(one, Found) for name in one.files}
    visit.let_go(names)
    return [one if isinstance(one, Outcome) else Outcome(one.file_name, "problem", "visitors-full") for one in arrived]


def _told(visit: Visit) -> Sequence[str]:
    """What whoever is at the door has proven to be theirs."""
    return visit.read(matches.told, visit.holder.id) if visit.holder else ()


def _keep(visit: Visit, arrived: Sequence[Found | Outcome], *, unasked: bool = False) -> tuple[str, list[Outcome]]:
    """As waiting_badges.keep, of which the visit knows afterwards."""
    names = {name for one in arrived if isinstance(one, Found) for name in one.files}
    token, outcomes = visit.keep_filed(names, waiting_badges.keep, visit.holder, arrived, visit.now, unasked=unasked)
    _recognise(visit, token)
    return token, outcomes


def _recognise(visit: Visit, token: str) -> None:
    """Whoever was nobody is a visitor now."""
    if token:
        visit.known = visit.read(holders.recognise, token, visit.now)


def _threshold(visit: Visit, allowance: _Allowance) -> Threshold:
    house, told = visit.house, _told(visit)

    def attach(content: bytes, name: str) -> keepsakes.Taken:
        taken = _attached(content, name)
        if not allowance.allows(len(taken.content) + len(taken.preview or b"")):
            raise Unfit("no-room")
        return taken

    return Threshold(
        read=visit.read,
        keep=visit.keep,
        counter=lambda now: house.counter(now, told),
        seal=house.keyring.seal,
        take_in=attach,
        allows=allowance.allows,
        now=visit.now,
        kind=visit.kind,
    )


def _attached(content: bytes, name: str) -> Taken:
    """What an archive brings is a stranger's, as what anybody attaches; raises Unfit."""
    try:
        return attachments.take_in(content, name)
    except attachments.Refused as problem:
        raise Unfit(problem.reason) from None


def _tell(visit: Visit, outcomes: Sequence[Outcome]) -> Response:
    is_kept = bool(visit.holder and visit.holder.is_kept)
    only = outcomes[0] if len(outcomes) == 1 else None
    if only and only.badge_id and (is_kept or only.kind != "added"):
        return visit.go("badge", f"?done={only.kind}", id=only.badge_id)
    if all(one.badge_id for one in outcomes) and not is_kept:
        return visit.go("badges")
    if not is_kept:
        return result(visit, outcomes)
    return visit.page("badges/upload_outcomes.html", outcomes=visit.read(leaves.with_cards, visit.holder_id, outcomes))


def _is_of_a_link(visit: Visit) -> bool:
    """Whether the form for a link was sent, and not the one for files."""
    return "link" in visit.form and "documents" not in visit.form
