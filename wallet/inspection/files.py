"""A file that arrives, looked at whole: what is in it, and what is to be said of each badge.

Gather and decide, nothing is kept. A file may hold several badges (inspection/unpacking.py, openbadges.unpack): each becomes a
document that stands alone. What is quick to work out is worked out here, what is not in a child (inspection/isolated.py).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from itertools import groupby
from time import monotonic
from urllib.parse import urlsplit

from .. import openbadges
from . import unpacking
from .inspection import (
    Inspection,
    Task,
    ask_nobody,
    check_presentation_here,
    examine_endorsement_here,
    examine_here,
)

LIGHT = 1_500
"""Members of documents that are worked out beside other people's requests: some 50 ms; ten times as many where one walk over them
is enough (openbadges/proofs/verification.py). Real badges have 30 to 600."""
INSPECTION_BUDGET = 60.0
"""Seconds after which no further badge of one file, or of all files that came together, is looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspected:
    """One badge, or why there is none."""

    name: str
    """The file's name, or that of the file within."""
    document: bytes
    """What was examined: it stands alone, and is what is examined again."""
    file: bytes
    """The whole file that was looked at."""
    found_in: str = ""
    """What *document* was found in, when it is not the whole file: pdf, zip, qr, bundle."""
    stood_at: str = ""
    """The address that gave it, for the badges that do not say where they stand."""
    examination: openbadges.Examination | None = None
    problem: openbadges.UnreadableBadge | None = None
    endorsement: openbadges.LoneEndorsement | None = None
    """Of what is no badge, and what somebody says of one: `problem` says so, too."""


def inspect_file(name: str, content: bytes, inspection: Inspection, stood_at: str = "") -> list[Inspected]:
    """Every badge in the file *content*, in the order of the file; where there is none, the one problem it has.

    *stood_at* is the address that gave the file, if one did. Raises what `inspection.on_codes` raises, and nothing else.
    """
    on_codes = inspection.on_codes
    # One file, one Web: badges of one issuer share its answers.
    inspection = replace(
        inspection,
        on_codes=None,
        fetch=openbadges.Web(inspection.fetch, inspection.now).get,
        until=min(inspection.until, monotonic() + INSPECTION_BUDGET),
    )
    try:
        parts = unpacking.documents_in(name, content)
    except openbadges.UnreadableBadge as problem:
        return [Inspected(name=name, document=content, file=content, problem=problem)]
    if on_codes and unpacking.is_picture(content):
        on_codes(unpacking.codes_of(parts))
    members = [list(member) for _, member in groupby(parts, key=lambda part: part.member)]
    looked = [one for member in members for one in _look_at_member(member, content, inspection, stood_at)]
    is_of_links = parts[0].came_in == "pdf" and all(part.tentative for part in parts)
    # They may lead to the badge itself, which no offer that we cannot take is to hide.
    if on_codes and is_of_links and not any(one.examination for one in looked):
        on_codes(unpacking.codes_of(parts))
    return looked


def _look_at_member(
    parts: list[unpacking.Part], content: bytes, inspection: Inspection, stood_at: str
) -> list[Inspected]:
    """What is in one file: the file itself, or one of a ZIP."""
    firm = [one for part in parts if not part.tentative for one in _look_at_part(part, content, inspection, stood_at)]
    if any(one.examination for one in firm):
        return firm
    # Addresses that happen to stand in a file lead to its badge, or are only links.
    tentative = sorted((part for part in parts if part.tentative), key=unpacking.is_elsewhere)[:ADDRESSES]
    looked = [(part, one) for part in tentative for one in _look_at_part(part, content, inspection, "")]
    hinted = [one for _, one in looked if one.examination]
    if firm or hinted:
        return firm + hinted
    led_nowhere = [
        (part, one.problem) for part, one in looked if one.problem and one.problem.reason.startswith("link-")
    ]
    troubles = [(part, problem.detail) for part, problem in led_nowhere if problem.detail]
    is_silent = any(openbadges.may_pass(why) and not unpacking.is_elsewhere(part) for part, why in troubles)
    reason = "pdf-no-answer" if is_silent and parts[0].came_in == "pdf" else _WITHOUT[parts[0].came_in]
    problem = openbadges.NotABadge(reason, " ".join(why for _, why in troubles))
    return [Inspected(name=parts[0].name, document=content, file=content, problem=problem)]


ADDRESSES = 10
"""Of one file, of which nobody has said that they lead to a badge, and which are asked: an import asks few, and those of platforms
that keep badges come first."""
_WITHOUT = {"pdf": "no-badge-in-pdf", "qr": "code-no-badge", "zip": "no-badge-in-zip"}


def inspect_link(address: str, inspection: Inspection) -> list[Inspected]:
    """Every badge that *address* leads to: a badge, a page that shows one, or a file that holds some."""
    web = openbadges.Web(inspection.fetch, inspection.now)
    inspection = replace(inspection, fetch=web.get)
    try:
        answer = _file_at(address, web) or openbadges.locate(address, web.get, inspection.now)
    except openbadges.NotABadge as problem:
        return [Inspected(name=address, document=address.encode(), file=b"", problem=problem)]
    return inspect_file(urlsplit(answer.address).path.rpartition("/")[2], answer.body, inspection, answer.address)


def _file_at(address: str, web: openbadges.Web) -> openbadges.Fetched | None:
    """What *address* answers, when it is a file of a kind that may hold badges."""
    try:
        answer = web.get(address)
    except openbadges.Unreachable:
        return None
    return answer if answer.status == HTTPStatus.OK and unpacking.is_container(answer.body) else None


def _look_at_part(part: unpacking.Part, file: bytes, inspection: Inspection, stood_at: str) -> list[Inspected]:
    alone = Inspected(name=part.name, document=part.content, file=file, found_in=part.came_in, stood_at=stood_at)
    if part.problem:
        return [replace(alone, problem=openbadges.UnreadableBadge(part.problem))]
    try:
        documents = openbadges.unpack(part.content, inspection.fetch, inspection.now, found_inside=_is_inside(part))
    except openbadges.UnreadableBadge as problem:
        return [replace(alone, problem=problem)]
    carried = replace(alone, found_in="bundle", stood_at="")
    looked = [
        _looked(
            alone
            if document is part.content
            else replace(carried, document=document, name=f"{part.name} ({number})".strip()),
            inspection,
        )
        for number, document in enumerate(documents, 1)
    ]
    signature = (
        inspect_presentation(part.content, inspection) if any(one.found_in == "bundle" for one in looked) else None
    )
    return [_beside(one, signature) for one in looked]


def _is_inside(part: unpacking.Part) -> bool:
    return part.came_in != "" and not part.tentative


def _beside(one: Inspected, signature: openbadges.Check | None) -> Inspected:
    """*one*, with the *signature* of the presentation that it came in told beside it."""
    if one.examination is None or signature is None:
        return one
    return replace(one, examination=replace(one.examination, presentation=signature))


def documents_inside(content: bytes, now: datetime) -> list[bytes]:
    """The documents in the file *content* itself, badges or not: nobody is asked for any.

    Raises UnreadableBadge where the file cannot be opened.
    """
    try:
        parts = unpacking.documents_in("", content)
    except openbadges.NotABadge:
        return []
    found = list[bytes]()
    for part in parts:
        if part.problem in {"busy", "late"}:
            raise openbadges.UnreadableBadge(part.problem)
        try:
            found += openbadges.unpack(part.content, ask_nobody, now, found_inside=_is_inside(part))
        except openbadges.UnreadableBadge:
            found.append(part.content)
    return found


def inspect_presentation(content: bytes, inspection: Inspection) -> openbadges.Check | None:
    """Whether its holder signed the presentation in *content*; None where it is none, or could not be looked at."""
    task = Task(document=content, stood_at="", inspection=inspection)
    try:
        return check_presentation_here(task, LIGHT)
    except openbadges.TooHeavy:
        return _of_heavy_presentation(task)
    except openbadges.UnreadableBadge:
        return None


def _of_heavy_presentation(task: Task) -> openbadges.Check | None:
    from . import isolated  # noqa: PLC0415  # as below

    try:
        return isolated.check_presentation_in_child(task)
    except openbadges.UnreadableBadge as problem:
        return openbadges.Check("presentation", "unknown", problem.reason)


def _looked(one: Inspected, inspection: Inspection) -> Inspected:
    if monotonic() > inspection.until:
        return replace(one, problem=openbadges.UnreadableBadge("late"))
    try:
        return replace(one, examination=_examine(one.document, inspection, one.stood_at))
    except openbadges.UnreadableBadge as problem:
        if problem.reason != "endorsement":
            return replace(one, problem=problem)
    try:
        return replace(
            one,
            problem=openbadges.NotABadge("endorsement"),
            endorsement=inspect_endorsement(one.document, inspection),
        )
    except openbadges.UnreadableBadge as problem:
        return replace(one, problem=problem)


def inspect_endorsement(document: bytes, inspection: Inspection) -> openbadges.LoneEndorsement:
    """Examine what somebody says of a badge, which came by itself; raises UnreadableBadge."""
    task = Task(document=document, stood_at="", inspection=inspection, kind="endorsement")
    try:
        return examine_endorsement_here(task, LIGHT)
    except openbadges.TooHeavy:
        from . import isolated  # noqa: PLC0415  # as below

        return isolated.examine_endorsement_in_child(task)


def inspect_again(document: bytes, inspection: Inspection, stood_at: str = "") -> openbadges.Examination:
    """Examine the document of one badge that was looked at before; raises UnreadableBadge."""
    return _examine(document, replace(inspection, fetch=openbadges.Web(inspection.fetch, inspection.now).get), stood_at)


def _examine(document: bytes, inspection: Inspection, stood_at: str) -> openbadges.Examination:
    task = Task(document=document, stood_at=stood_at, inspection=inspection)
    try:
        return examine_here(task, LIGHT)
    except openbadges.TooHeavy:
        # Loaded for the few that are: another process, and all that holds it.
        from . import isolated  # noqa: PLC0415

        return isolated.examine_in_child(task)
