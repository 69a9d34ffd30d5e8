"""The documents in a file that arrives: itself, or what a PDF, a ZIP or the picture of a QR code holds.

What a file is, its content says, never its name. It is opened in a bounded child (sandbox/pdf_zip_qr/), never here; the names
found inside are labels, never places. One file inside another is opened, a third level is not.
Rule: whatever goes wrong in there is UnreadableBadge, as for any other file without a badge.
"""

import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from .. import openbadges, sandbox

BIGGEST_FILE = 25 * 1024 * 1024
"""Bytes of a PDF, a ZIP or a photo that is opened."""
MOST = 250
"""Documents in one file; the child stops long before."""
BUDGET = 20.0
"""Seconds after which no further file of a ZIP is opened in its turn."""
ROOM = 40 * 1024 * 1024
"""Bytes of what came out of such files, after which no further one is opened: packed twice, a gigabyte takes a few kilobytes."""
DOCUMENT_TYPES = {
    "png": ("image/png", ".png"),
    "svg": ("image/svg+xml", ".svg"),
    "json": ("application/json", ".json"),
    "jws": ("application/jwt", ".jwt"),
    "sd-jwt": ("application/sd-jwt", ".sd-jwt"),
    "link": ("text/plain", ".txt"),
}
"""As what a document is given back: its media type, and how the name of its file ends."""
STARTS = (
    *((b"%PDF-", ".pdf"), (b"\x89PNG\r\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif")),
    *((b"RIFF", ".webp"), (b"PK\3\4", ".zip"), (b"{", ".json"), (b"[", ".json"), (b"ey", ".jwt"), (b"<", ".xml")),
)
"""How a file begins that held a badge; its name is a stranger's word."""
TELLING = 16
"""Bytes of its beginning by which that is told."""
CAME_IN = {"pdf": "pdf", "zip": "zip", "picture": "qr"}
PROBLEMS: dict[str, type[openbadges.UnreadableBadge]] = {
    "damaged": openbadges.DamagedFile,
    "too-big": openbadges.DamagedFile,
    "too-many-files": openbadges.DamagedFile,
    "locked": openbadges.DamagedFile,
    "no-badge-in-pdf": openbadges.NotABadge,
    "no-badge-in-zip": openbadges.NotABadge,
    "unopened-in-zip": openbadges.NotABadge,
}


@cache
def opener() -> "sandbox.Child":
    """The bounded child that opens a PDF, a ZIP or a picture."""
    return sandbox.Child(
        program=Path(__file__).parents[1] / "sandbox/pdf_zip_qr",
        # The last two open what a PDF encrypts without a password, as many certificates do.
        packages=("PIL", "pypdf", "zxingcpp", "cryptography", "_cffi_backend"),
        answer=48 * 1024 * 1024,
    )


def photo_opener() -> "sandbox.Child":
    """The same for a photo in boxes, whose decoders start threads (evidence/attachments.py)."""
    return replace(opener(), packages=("PIL", "zxingcpp", "pillow_heif", "_pillow_heif"), threaded=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One document, to be looked at for a badge."""

    name: str
    """Of the file, to be shown."""
    content: bytes
    came_in: str
    """pdf, zip or qr; "" when it is the file itself."""
    member: int = 0
    """Which file of a ZIP it is, or is in."""
    tentative: bool = False
    """Whether it is an address that happened to stand there: when it leads to no badge, nobody need be told."""
    problem: str = ""
    """Why this one of several could not be opened, in one word; its content is of no use then."""


def documents_in(name: str, content: bytes) -> list[Part]:
    """The documents in the file *content*, at least one, the tentative last; those of no known kind, untouched.

    Raises NotABadge `no-badge-in-pdf`, `no-badge-in-zip`, `unopened-in-zip`; DamagedFile `damaged`, `too-big`, `too-many-files`, `locked`;
    or UnreadableBadge `busy`, when it was not looked at because too many others were.
    """
    kind = _kind(content)
    if kind == "zip":
        return list(_unzip(name, content))
    return _open(kind, name, content) if kind else [Part(name=name, content=content, came_in="")]


def qr_codes_in(content: bytes) -> list[str]:
    """The links, tokens and credentials in the QR codes of a picture; none in any other file.

    Raises UnreadableBadge as `documents_in` does.
    """
    return codes_of(documents_in("", content)) if is_picture(content) else []


def codes_of(parts: Iterable[Part]) -> list[str]:
    """What stands in the QR codes of a picture, or leads on from a PDF, that was opened as these *parts*."""
    return [part.content.decode("utf-8", "replace") for part in parts if part.came_in]


def is_picture(content: bytes) -> bool:
    """Whether *content* is a picture that holds no badge but may show one."""
    return _kind(content) == "picture"


def is_container(content: bytes) -> bool:
    """Whether *content* is of a kind that is opened: a PDF, a ZIP, a picture that may show a code."""
    return _kind(content) != ""


def _kind(content: bytes) -> str:
    """`pdf`, `zip`, `picture` for one that holds no badge but may show one, "" for what is not opened."""
    if sandbox.sniff(content) == "raster" or sandbox.is_boxed_photo(content):
        return "" if len(content) > BIGGEST_FILE or _is_baked(content) else "picture"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    # ISO 32000-1, Annex H, 3.4.1: within the first 1024 bytes; but no text that only speaks of it.
    head = content[:1024].removeprefix(b"\xef\xbb\xbf")
    return "pdf" if b"%PDF-" in head and head.lstrip()[:1] not in {b"{", b"<", b'"', b"h"} else ""


def _is_baked(picture: bytes) -> bool:
    """Whether something stands where a PNG holds its badge, be it sound or not."""
    if not picture.startswith(b"\x89PNG"):
        return False
    try:
        openbadges.unbake(picture)
    except openbadges.UnreadableBadge as problem:
        return not isinstance(problem, openbadges.NotABadge)
    return True


def _unzip(name: str, content: bytes) -> Iterator[Part]:
    """The files in a ZIP; the PDF and the pictures among them opened in their turn, as long as there are time and room for what
    is in them."""
    until, room = time.monotonic() + BUDGET, ROOM
    for number, found in enumerate(_open("zip", name, content)):
        member = replace(found, member=number)
        kind = _kind(member.content)
        if kind not in {"pdf", "picture"}:
            yield member
            continue
        if time.monotonic() > until or room <= 0:  # nobody looked: of what is in it nothing is known
            yield replace(member, problem="late")
            continue
        try:
            opened = _open(kind, member.name, member.content)
        except openbadges.UnreadableBadge as problem:
            yield replace(member, problem=problem.reason)
        else:
            room -= sum(len(part.content) for part in opened if part.came_in)
            yield from (replace(part, member=number) if part.came_in else member for part in opened)


def _open(kind: str, name: str, content: bytes) -> list[Part]:
    if len(content) > BIGGEST_FILE:
        raise openbadges.DamagedFile("too-big", f"{len(content)} bytes")
    child = photo_opener() if sandbox.is_boxed_photo(content) else opener()
    try:
        found = _read(*child.tell(content, kind), CAME_IN[kind], name)
    except sandbox.ChildBusy:
        raise openbadges.UnreadableBadge("busy") from None
    except sandbox.NoAnswer as problem:
        raise openbadges.DamagedFile("damaged", str(problem)) from None
    return found or [Part(name=name, content=content, came_in="")]


def is_elsewhere(part: Part) -> bool:
    """Whether it leads to none of the platforms that keep badges."""
    return not openbadges.is_of_platform(part.content.decode(errors="replace"))


def _read(told: dict[str, Any], contents: bytes, came_in: str, name: str) -> list[Part]:
    """What the child tells, as strictly as what a stranger tells: he may be speaking through it."""
    try:
        if problem := told.get("problem"):
            raise PROBLEMS[problem](problem)
        found = [_part(one, came_in, name) for one in told["found"][: MOST + 1]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise sandbox.NoAnswer("it answers nonsense") from None
    if len(found) > MOST or sum(size for _, size in found) != len(contents):
        raise sandbox.NoAnswer("it answers more or less than it tells")
    ends = accumulate(size for _, size in found)
    return [replace(part, content=contents[end - size : end]) for (part, size), end in zip(found, ends, strict=True)]


def _part(told: dict[str, Any], came_in: str, name: str) -> tuple[Part, int]:
    size, tentative, problem = told["size"], told["tentative"], told["problem"]
    if not (type(size) is int and size >= 0 and type(tentative) is bool and problem in {"", *PROBLEMS}):
        raise ValueError("it tells nonsense")
    return Part(
        name=file_label(told["name"]) or name, content=b"", came_in=came_in, tentative=tentative, problem=problem
    ), size


def file_ending(start: bytes) -> str:
    """How the name of a file ends that begins so and held a badge; "" where that is not known."""
    if sandbox.is_boxed_photo(start):
        return ".avif" if start[8:12] in {b"avif", b"avis"} else ".heic"
    return next((ending for begins, ending in STARTS if start.lstrip().startswith(begins)), "")


def file_label(name: str) -> str:
    """The last part of a file's name, without control or direction characters (docs/security.md C9)."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    return shown.strip().strip(".")[:200]
