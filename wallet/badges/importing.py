"""A file or a link that arrives: looked at, its bytes made safe, before any row is written.

Gather and decide happen here with no transaction open (docs/decisions.md 1); `keeping.keep_badges` writes. The files are
durable before the row that names them: a row without its file is never seen (docs/decisions.md 7).
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .. import inspection, network, openbadges, sandbox, storage
from . import issuer_responses, own_contexts
from .models import FILE_NAME_LIMIT, BroughtEndorsement, ImportOutcome, NewBadge
from .share_target import ADDRESS, AROUND_LINKS

FILE_LIMIT = inspection.BIGGEST_FILE
"""Bytes of a file that may hold badges; a badge alone may have 5 MB (docs/decisions.md 14), which the engine sees to."""
ASKING_ISSUERS = 30.0
"""Seconds in which issuers are asked about all that came in one upload."""
OF_A_FILE = {
    *("busy", "late", "locked", "too-heavy", "no-badge-in-pdf", "no-badge-in-zip", "too-many-files", "unopened-in-zip"),
    *("identity-document", "driving-licence", "diploma", "other-credential", "pdf-no-answer", "pdf-too-often"),
}
"""What is wrong with a file behind a link that is told of the file."""
_WRITTEN_OUT = re.compile(r"\{.*\}|\[\s*\{.*\}\s*\]|e[yw3][\w-]*\.[\w-]+\.[\w-]*(?:~[\w.~-]*)?", re.ASCII | re.DOTALL)
"""A badge as it stands in a QR code: JSON, a compact JWS or an SD-JWT; or a list of some (openbadges/v3/bundles.py)."""
Draw = Callable[[bytes], sandbox.Picture | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedDocument:
    """The document of a badge that another wallet kept."""

    name: str
    content: bytes
    stood_at: str
    came_in: bytes | None = None
    """The file in which it was found, as it came; None when the document is that file."""
    contexts: Mapping[str, bytes] = field(default_factory=dict)
    """Its issuer's own vocabulary, by address, as the other wallet kept it: whoever made the archive may have made it up."""
    contexts_at: Mapping[str, datetime] = field(default_factory=dict)
    """When each of these was fetched, as the other wallet tells it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportTools:
    """What is needed to take in what arrives: how to look at it, the drawer of pictures, the shelf."""

    inspection: inspection.Inspection
    draw: Draw
    files: storage.FileStore
    shelved: set[str] | None = None
    """Learns the names of what lies on the shelf before any row names it."""
    lately: dict[bytes, str] | None = None
    """What many badges have in common, and its name where it was put on the shelf a moment ago (rechecks/answer_cache.py)."""

    def keep(self, content: bytes) -> str:
        """Onto the shelf; its name."""
        lately = self.lately or {}
        name = lately.get(content) or self.files.keep(content)
        if content in lately:
            lately[content] = name
        if self.shelved is not None:
            self.shelved.add(name)
        return name


def import_file(name: str, content: bytes, tools: ImportTools) -> list[NewBadge | ImportOutcome]:
    """Look at an uploaded file, and at each badge in it; an Outcome says in one word why there is none to keep."""
    name = inspection.file_label(name)
    if len(content) > FILE_LIMIT:
        return [ImportOutcome(name, "problem", "too-big")]
    return _all_taken(inspection.inspect_file(name, content, tools.inspection), name, content, tools)


def import_link(address: str, tools: ImportTools) -> list[NewBadge | ImportOutcome]:
    """Look at what a pasted link leads to, or carries; a badge that is itself written out there is taken as a file."""
    address = openbadges.strip_unseen(address)
    if _WRITTEN_OUT.fullmatch(address):
        return [_told_of("", one) for one in import_file("", address.encode(), tools)]
    address = _first_address(address)
    if openbadges.is_data_address(address):
        with suppress(openbadges.UnreadableBadge):
            return [_told_of("", one) for one in import_file("", openbadges.from_data_address(address), tools)]
        address = ""
    if not address:
        return [ImportOutcome("", "problem", "link-no-badge")]
    looked = inspection.inspect_link(address, tools.inspection)
    return [_told_of(address, one) for one in _all_taken(looked, None, None, tools)]


def _all_taken(
    looked: list[inspection.Inspected], name: str | None, content: bytes | None, tools: ImportTools
) -> list[NewBadge | ImportOutcome]:
    """What became of all that one file held; a file with somebody's identity in it, or with what nobody has looked at yet, is
    not kept around its badges."""
    looked = [_less_identity(one) for one in looked]
    if any(one.problem and one.problem.reason in {*openbadges.OF_PERSONS, "busy", "late"} for one in looked):
        looked = [replace(one, found_in="zip" if one.found_in else "") for one in looked]
    taken = [
        _taken(one, one.name if name is None else name, one.file if content is None else content, tools)
        for one in looked
    ]
    is_zip = looked[0].file.startswith(b"PK")
    if len(taken) == 1 or not (is_zip and network.is_used_up(tools.inspection.fetch)):
        return taken
    return [_less_unasked(*one) for one in zip(looked, taken, strict=True)]


def _less_unasked(one: inspection.Inspected, taken: NewBadge | ImportOutcome) -> NewBadge | ImportOutcome:
    """*taken*, what became of *one* of a ZIP whose first files took the addresses of all: brought alone, each has its own."""
    is_unasked = one.problem is not None and network.USED_UP in one.problem.detail.split()
    if isinstance(taken, ImportOutcome) and (is_unasked or taken.reason.endswith("-no-answer")):
        return replace(taken, reason="late")
    return taken


def _less_identity(one: inspection.Inspected) -> inspection.Inspected:
    """*one*, as no badge where it tells who somebody is: whatever the form, nothing of that is kept (docs/security.md C12)."""
    kind = openbadges.identity_kind(one.document) if one.examination else ""
    return replace(one, examination=None, problem=openbadges.NotABadge(kind)) if kind else one


def _told_of(address: str, arrived: NewBadge | ImportOutcome) -> NewBadge | ImportOutcome:
    """What became of a pasted link: what is wrong there is wrong with the link, whatever it is."""
    if isinstance(arrived, NewBadge):
        return replace(
            arrived, file_name=arrived.file_name or (urlsplit(address).hostname or address)[:FILE_NAME_LIMIT]
        )
    if arrived.brought:
        return replace(arrived, file_name=address)
    reason = arrived.reason if arrived.reason.startswith("link-") or arrived.reason in OF_A_FILE else "link-no-badge"
    return ImportOutcome(address, "problem", reason)


def import_document(told: ArchivedDocument, tools: ImportTools) -> NewBadge | ImportOutcome:
    """Look at the document of one badge that another wallet kept, as ours is looked at again; its files are shelved."""
    try:
        examination = _inspect_again(told.content, tools, told.stood_at, told.contexts)
    except openbadges.UnreadableBadge as problem:
        return ImportOutcome(told.name, "problem", problem.reason)
    looked = inspection.Inspected(
        name=told.name,
        document=told.content,
        file=told.content,
        found_in="" if told.came_in is None else "archive",
        stood_at=told.stood_at,
        examination=examination,
    )
    taken = _taken(looked, told.name, told.came_in or b"", tools)
    if isinstance(taken, NewBadge):
        needed = own_contexts.worth_keeping(told.contexts, examination)
        fetched_at = {address: at for address, at in told.contexts_at.items() if address in needed}
        return replace(taken, own_contexts=own_contexts.keep_contexts(told.contexts, fetched_at, tools.keep))
    return taken


def examine_again(
    document: bytes, tools: ImportTools, stood_at: str, contexts: Mapping[str, bytes]
) -> tuple[openbadges.Examination, tuple[dict[str, Any], ...]]:
    """Examine the document of a kept badge anew, with the *contexts* that are kept with it: what was found, and what was
    seen, already on the shelf."""
    examination = _inspect_again(document, tools, stood_at, contexts)
    return examination, _shelve(examination, tools)


def _inspect_again(
    document: bytes, tools: ImportTools, stood_at: str, contexts: Mapping[str, bytes]
) -> openbadges.Examination:
    if kind := openbadges.identity_kind(document):
        raise openbadges.NotABadge(kind)
    return inspection.inspect_again(document, replace(tools.inspection, contexts=contexts), stood_at)


def _taken(one: inspection.Inspected, name: str, content: bytes, tools: ImportTools) -> NewBadge | ImportOutcome:
    """What was looked at, its files on the shelf; *content* is the file *name* that it came in."""
    examination = one.examination
    if examination is None:
        said = BroughtEndorsement(document=one.document, found=one.endorsement) if one.endorsement else None
        reason = _why(one.problem.reason if one.problem else "", tools)
        return ImportOutcome(one.name or name, "problem", reason, brought=said)
    if examination.check("intact").reason == "algorithm-forbidden":  # anybody could have made it (docs/security.md F1)
        return ImportOutcome(one.name or name, "problem", "not-signed")
    if one.found_in == "qr" and examination.container == "link" and not examination.badge.issuer.id:
        # A code leads anywhere; in a picture that is made for badges an address is one.
        reason = "code-no-answer" if examination.unanswered else "code-no-badge"
        return ImportOutcome(
            one.name or name, "problem", _why(reason, tools), led_to=one.document.decode(errors="replace")
        )
    drawn = tools.draw(one.document) if examination.container in ("png", "svg") else None
    picture = drawn or _own_picture(examination, tools)
    # The files of a ZIP are files as they came; what was inside another file comes back as that file.
    came_in = tools.keep(content) if one.found_in not in ("", "zip") else None
    return NewBadge(
        examination=examination,
        document=tools.keep(one.document),
        file_name=(name if came_in else one.name)[:FILE_NAME_LIMIT],
        link=one.stood_at[:2000],
        picture=tools.keep(picture.content) if picture else None,
        plate=not (picture and picture.transparent),
        seen=_shelve(examination, tools),
        came_in=came_in,
        size=len(one.document) + (len(picture.content) if picture else 0),
        came_in_size=len(content) if came_in else 0,
    )


def _why(reason: str, tools: ImportTools) -> str:
    """*reason*; where nobody answered because we did not ask, that."""
    if not reason.endswith("-no-answer") or not network.why_unasked(tools.inspection.fetch):
        return reason
    return "late" if network.why_unasked(tools.inspection.fetch) == "late" else f"{reason.partition('-')[0]}-too-often"


def _shelve(examination: openbadges.Examination, tools: ImportTools) -> tuple[dict[str, Any], ...]:
    return tuple(issuer_responses.keep_response(seen, tools.keep) for seen in examination.seen)


def _own_picture(examination: openbadges.Examination, tools: ImportTools) -> sandbox.Picture | None:
    """The picture that the badge names, fetched once and redrawn; None where there is none to be had."""
    image, content = examination.badge.picture, b""
    with suppress(
        openbadges.Unreachable, openbadges.UnreadableBadge
    ):  # a picture that is not to be had is no fault of the badge
        if image and openbadges.is_data_address(image.id):
            content = openbadges.from_data_address(image.id)
        elif image and (answer := tools.inspection.fetch(image.id)).status == 200:
            content = answer.body
    return tools.draw(content) if content else None


def _first_address(text: str) -> str:
    """The address in what was pasted, which is often a whole message; a data: address is one from its first letter on. None in half
    a badge, whose addresses are its own."""
    if openbadges.is_data_address(text):
        return text
    if text.startswith("{"):
        return ""
    text = openbadges.without_unseen(text)
    if found := ADDRESS.search(text):
        return found[0].rstrip(AROUND_LINKS)
    words = [word.strip(AROUND_LINKS) for word in text.split()]
    if len(words) == 1 and "." in words[0] and "/" in words[0] and "://" not in words[0]:
        return f"https://{words[0]}"
    return ""
