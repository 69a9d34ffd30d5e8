"""A file or a link that arrives: looked at, its bytes made safe, before any row is written.

Gather and decide happen here with no transaction open (decisions.md, 1); `badges.keep` writes. The files are
durable before the row that names them: a row without its file is never seen (decisions.md, 7).
"""

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from . import badges, holders, openbadges
from .badges import FILE_NAME_LIMIT, Found, Outcome
from .files import Files
from .holders import Holder
from .openbadges import Examination, Fetch, Fetched, Unreachable, UnreadableBadge
from .pictures import Picture

DOCUMENT_LIMIT = 5 * 1024 * 1024
"""Bytes of a badge file (decisions.md, 14)."""
PICTURES = {"png", "svg"}
Draw = Callable[[bytes], Picture | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counter:
    """What is needed to look at an arrival: the way out, the drawer of pictures, the shelf, the present moment."""

    fetch: Fetch
    draw: Draw
    files: Files
    now: datetime
    addresses: Collection[str] = ()
    known: Mapping[str, str] | None = None


def file(name: str, content: bytes, counter: Counter) -> Found | Outcome:
    """Look at an uploaded file; the Outcome says in one word why there is no badge to keep."""
    name = _clean(name)
    if len(content) > DOCUMENT_LIMIT:
        return Outcome(name, "problem", "too-big")
    return _look_at(content, name, "", counter)


def link(address: str, counter: Counter) -> Found | Outcome:
    """Look at what a pasted link leads to, or carries."""
    address = _first_address(address)
    if not address:
        return Outcome("", "problem", "link-no-badge")
    if openbadges.is_data_address(address):
        return _carried(address, counter)
    counter = _remembering(counter)
    try:  # one sentence for all reasons: nobody learns from us what answers inside (security.md, E9)
        answer = openbadges.locate(address, counter.fetch, counter.now)
    except UnreadableBadge as problem:
        return Outcome(address, "problem", problem.reason)
    name = _clean(urlsplit(answer.address).path.rpartition("/")[2]) or urlsplit(address).hostname or address
    found = _look_at(answer.body, name, address, counter)
    if isinstance(found, Outcome):
        return Outcome(address, "problem", "link-no-badge")
    return found


def _carried(address: str, counter: Counter) -> Found | Outcome:
    """Look at what a data: address carries, as if it were a file."""
    try:
        return file("", openbadges.from_data_address(address), counter)
    except UnreadableBadge as problem:
        return Outcome("", "problem", problem.reason)


def keep(
    session: Session, holder: Holder | None, arrived: Sequence[Found | Outcome], now: datetime
) -> tuple[str, list[Outcome]]:
    """Keep what was found, in the order in which it came; whoever was nobody as yet becomes a visitor.

    Gives the token of the visitor's new device, "" when the holder was here already, and a line for each arrival.
    """
    holder, token = holders.stay(session, holder, now)
    return token, [badges.keep(session, holder.id, one, now) if isinstance(one, Found) else one for one in arrived]


def look_again(document: bytes, counter: Counter) -> tuple[Examination, tuple[dict[str, Any], ...]]:
    """Examine the document of a kept badge anew: what was found, and what was seen, already on the shelf.

    What is kept is a badge: an address that leads nowhere by now is one whose issuer does not answer.
    """
    examination = _examine(document, counter, found_inside=True)
    return examination, _shelve(examination, counter)


def _look_at(content: bytes, name: str, address: str, counter: Counter) -> Found | Outcome:
    try:
        examination = _examine(content, counter)
    except UnreadableBadge as problem:
        return Outcome(name, "problem", problem.reason)
    if examination.check("intact").reason == "algorithm-forbidden":  # anybody could have made it (security.md, F1)
        return Outcome(name, "problem", "not-signed")
    picture = counter.draw(content) if examination.container in PICTURES else _own_picture(examination, counter)
    return Found(
        examination=examination,
        document=counter.files.keep(content),
        file_name=name[:FILE_NAME_LIMIT],
        link=address[:2000],
        picture=counter.files.keep(picture.content) if picture else None,
        plate=not (picture and picture.transparent),
        seen=_shelve(examination, counter),
    )


def _examine(content: bytes, counter: Counter, *, found_inside: bool = False) -> Examination:
    known = counter.known or {}
    return openbadges.examine(content, counter.fetch, counter.now, counter.addresses, known, found_inside=found_inside)


def _shelve(examination: Examination, counter: Counter) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "address": seen.address,
            "status": seen.status,
            "at": seen.at.isoformat(),
            "file": counter.files.keep(seen.body),
        }
        for seen in examination.seen
    )


def _own_picture(examination: Examination, counter: Counter) -> Picture | None:
    """The picture that the badge names, fetched once and redrawn; None where there is none to be had."""
    image = examination.badge.picture
    if image is None:
        return None
    content = b""
    try:
        if openbadges.is_data_address(image.id):
            content = openbadges.from_data_address(image.id)
        else:
            answer = counter.fetch(image.id)
            content = answer.body if answer.status == 200 else b""
    except (Unreachable, UnreadableBadge):
        pass  # a picture that is not to be had is no fault of the badge
    return counter.draw(content) if content else None


def _remembering(counter: Counter) -> Counter:
    """*counter*, whose fetch asks no address a second time: what led to the badge may be asked for to verify it."""
    answers: dict[str, Fetched] = {}

    def fetch(asked: str) -> Fetched:
        if asked not in answers:
            answer = counter.fetch(asked)
            answers.update({asked: answer, answer.address: answer})
        return answers[asked]

    return replace(counter, fetch=fetch)


def _first_address(text: str) -> str:
    """The address in what was pasted, which is often a whole message; a data: address is one from its first letter on."""
    if openbadges.is_data_address(text.strip()):
        return text.strip()
    words = [word.strip("<>()[]\"'.,;") for word in text.split()]
    address = next((word for word in words if word.lower().startswith(("http://", "https://"))), "")
    if not address and len(words) == 1 and "." in words[0] and "/" in words[0]:
        address = f"https://{words[0]}"
    return address


def _clean(name: str) -> str:
    """A file name that can be shown: its last part, without control or direction characters (security.md, C9)."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    return shown.strip()[:FILE_NAME_LIMIT]
