"""A file or a link that arrives: looked at, its bytes made safe, before any row is written.

Gather and decide happen here with no transaction open (decisions.md, 1); `badges.keep` writes. The files are
durable before the row that names them: a row without its file is never seen (decisions.md, 7).
"""

import base64
import binascii
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

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
    """Look at what a pasted link leads to."""
    address = _first_address(address)
    if not address:
        return Outcome("", "problem", "link-no-badge")
    try:
        answer = counter.fetch(address)
    except Unreachable:  # one sentence for all reasons: nobody learns from us what answers inside (security.md, E9)
        return Outcome(address, "problem", "link-no-answer")
    name = _clean(urlsplit(answer.address).path.rpartition("/")[2]) or urlsplit(address).hostname or address
    if answer.status != 200:
        return Outcome(address, "problem", "link-no-answer")
    found = _look_at(answer.body, name, address, _remembering(counter, address, answer))
    if isinstance(found, Outcome):
        return Outcome(address, "problem", "link-no-badge")
    return found


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
    if image.id.startswith("data:"):
        content = _from_data_address(image.id)
    else:
        try:
            answer = counter.fetch(image.id)
        except Unreachable:
            return None
        content = answer.body if answer.status == 200 else b""
    return counter.draw(content) if content else None


def _from_data_address(address: str) -> bytes:
    """The bytes of a data: address, b"" for a broken one. Source: RFC 2397."""
    head, _, body = address.partition(",")
    try:
        raw = unquote_to_bytes(body)
        return base64.b64decode(raw) if head.endswith(";base64") else raw
    except (binascii.Error, ValueError):
        return b""


def _remembering(counter: Counter, address: str, answer: Fetched) -> Counter:
    """*counter*, whose fetch does not ask the pasted address a second time."""

    def fetch(asked: str) -> Fetched:
        return answer if asked in {address, answer.address} else counter.fetch(asked)

    return Counter(
        fetch=fetch,
        draw=counter.draw,
        files=counter.files,
        now=counter.now,
        addresses=counter.addresses,
        known=counter.known,
    )


def _first_address(text: str) -> str:
    """The address in what was pasted, which is often a whole message."""
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
