"""What a holder attaches to an evidence: a photo, a recording or a file, made harmless before anybody keeps it.

What it is, its content says. Its name is heard once only: one that promises a photo or a recording, and is none, is
refused, because the person meant it to be seen or heard.
Rule 1: no photo and no recording is read in this process, but in a child that may die (sandbox/child.py). Whatever goes
wrong in there is AttachmentRefused, with one word for the page.
Rule 2: a photo is drawn anew (sandbox/images/); of a recording stays the sound alone (sandbox/audio/). Where either was made
is in no byte that is kept (docs/security.md C8).
Rule 3: any other file stays as it came, is read by nobody here, and is told to be a PDF or nothing in particular
(docs/security.md C7).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

from .. import inspection, sandbox

HANDS, PATIENCE = BoundedSemaphore(4), 30.0
"""Files in memory at once, and seconds that another one waits."""
ATTACHMENT_BUDGET = 60.0
"""Seconds after which none of the files that came together is begun."""
KEY_LENGTH, LINK_LIMIT = 32, 2000
"""Of a hash, as the key of what has it; of an address."""
AttachmentRefusal = tuple[str, str]
"""The name of a file that is not attached, and why: a word of AttachmentRefused, or `full`."""
BIGGEST_ATTACHMENT = 25 * 1024 * 1024
"""Bytes of what is attached (docs/decisions.md 14)."""
LONGEST = 10 * 60
"""Seconds of a recording."""
ON_SHARED = 5 * 60
"""The same on a computer that others use, whose pages close after ten minutes."""
NAME = 120
"""Characters of a name (docs/security.md C9)."""
PREVIEW = 30 * 1024
"""Bytes of what others are shown first of a photo."""
SIDE = 2048
"""Pixels of the longer side of a photo that is kept."""
DEVELOPER = sandbox.Child(
    program=Path(__file__).parents[1] / "sandbox/images",
    packages=("PIL", "pillow_heif", "_pillow_heif"),
    answer=8 * 1024 * 1024,
    # libde265 starts a thread even where it is told one or none; and no number of them can be set, for RLIMIT_NPROC
    # counts all that the user of the wallet runs on the machine: of them the time and the memory of the child are the limit.
    threaded=True,
)
LISTENER = sandbox.Child(
    program=Path(__file__).parents[1] / "sandbox/audio", packages=(), answer=BIGGEST_ATTACHMENT + 1024
)
RECORDINGS = {
    "mp4": ("audio/mp4", ".m4a"),
    "webm": ("audio/webm", ".webm"),
    "ogg": ("audio/ogg", ".ogg"),
    "mp3": ("audio/mpeg", ".mp3"),
}
"""As what each container is given back: its media type, and how the name of its file ends."""
PROMISES = {
    "unreadable-photo": (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif"),
    "not-audio": (".webm", ".weba", ".mp4", ".m4a", ".ogg", ".oga", ".opus", ".mp3"),
    "video": (".mov", ".avi", ".mkv", ".mpg", ".mpeg", ".wmv", ".m4v", ".3gp"),
}
"""Why a file of such a name is refused when its content is of no kind that is looked at."""
REASONS = {
    *("empty", "too-heavy", "video", "too-large-picture", "unreadable-photo"),
    *("not-audio", "nothing-said", "cut-short", "too-long", "busy"),
}
_STARTS = {
    "photo": (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"),
    "video": (b"FLV\x01", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3"),
    "webm": (b"\x1a\x45\xdf\xa3",),
    "ogg": (b"OggS",),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2"),
}
_SIGHT = re.compile(rb"hdlr.{8}vide", re.DOTALL)
"""How a track in boxes says that it is to be seen (ISO/IEC 14496-12, 8.4.3)."""


@dataclass(eq=False)
class AttachmentRefused(Exception):
    """It is not attached; `reason` is one word.

    empty              nothing is in it
    too-heavy          more than 25 MB
    video              it is a film: too heavy for a phone, whatever it weighs
    too-large-picture  more than 40 million pixels
    unreadable-photo   a photo by its first bytes or its name, that cannot be drawn
    not-audio          a recording by its first bytes or its name, that is none, or of a kind that is not kept
    nothing-said       a recording that ends before any sound
    cut-short          a recording whose end did not come, without which nobody can hear it
    too-long           a recording of more than ten minutes
    busy               too many others are looked at: the same once more may do
    no-room            whoever brings it in an archive may bring no more
    """

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAttachment:
    """What is to be kept."""

    kind: str
    """photo, recording or file."""
    content: bytes
    media_type: str
    name: str
    """The person's own, to be shown, on one line and without a place, ending as the content does; "" when none came."""
    preview: bytes | None = None
    """Of a photo: a WebP of 30 KB at most, for who was given a link."""
    width: int | None = None
    height: int | None = None
    """Of a photo, in pixels, upright."""
    seconds: int | None = None
    """Of a recording; at least 1."""

    @property
    def size(self) -> int:
        """Bytes that it takes with its preview."""
        return len(self.content) + len(self.preview or b"")

    def shelve(self, keep: Callable[[bytes], str], names: set[str]) -> dict[str, Any]:
        """The columns of its attachment, its bytes kept; each name is added to *names* as soon as it lies there."""
        names.add(file := keep(self.content))
        preview = keep(self.preview) if self.preview else None
        names |= {preview} if preview else set()
        return {
            "key": file[:KEY_LENGTH],
            "kind": self.kind,
            "name": self.name,
            "address": "",
            "size": self.size,
            "width": self.width,
            "height": self.height,
            "seconds": self.seconds,
            "file": file,
            "preview": preview,
            "media_type": self.media_type,
        }


def page_address(text: str) -> str:
    """*text*, where it is the address of a page, on https or http, which nobody asks; raises ValueError for all else."""
    parts = urlsplit(text)
    is_page = parts.scheme in {"https", "http"} and "." in (parts.hostname or "")
    if not is_page or not text.isprintable() or " " in text or len(text) > LINK_LIMIT:
        raise ValueError("not the address of a page")
    return text


def link_columns(address: str) -> dict[str, Any]:
    """The columns of an attachment that is an address."""
    content = address.encode()
    return {
        "key": sha256(content).hexdigest()[:KEY_LENGTH],
        "kind": "link",
        "address": address,
        "size": len(content),
        "name": "",
        "media_type": "",
        **dict.fromkeys(("file", "preview", "width", "height", "seconds")),
    }


def longest_recording(*, is_shared: bool) -> int:
    """Seconds that a recording may last which is made in the page."""
    return ON_SHARED if is_shared else LONGEST


def receive_attachment(read: Callable[[int], bytes], name: str) -> NewAttachment:
    """What *read* gives, taken in (`clean_attachment`) while few others are; raises AttachmentRefused."""
    if not HANDS.acquire(timeout=PATIENCE):
        raise AttachmentRefused("busy")
    try:
        return clean_attachment(read(BIGGEST_ATTACHMENT + 1), name)
    finally:
        HANDS.release()


def clean_attachment(content: bytes, name: str) -> NewAttachment:
    """*content*, as it came under *name*, made harmless and measured; raises AttachmentRefused.

    It may wait for its turn for half a minute, and take ten seconds: hold no transaction meanwhile.
    """
    if not content:
        raise AttachmentRefused("empty")
    kind = _kind(content)
    if len(content) > BIGGEST_ATTACHMENT:
        raise AttachmentRefused("video" if kind == "video" or _seems_a_film(content, kind) else "too-heavy")
    if kind == "video":
        raise AttachmentRefused("video")
    if kind == "photo":
        return _develop(content, name)
    if kind in RECORDINGS:
        return _listen(content, name, kind)
    return _keep(content, name)


def _kind(content: bytes) -> str:
    """`photo`, `video`, a key of RECORDINGS, or `file`: by the first bytes and nothing else."""
    if content.startswith(b"RIFF"):
        return {b"WEBP": "photo", b"AVI ": "video"}.get(content[8:12], "file")
    if kind := next((kind for kind, starts in _STARTS.items() if content.startswith(starts)), ""):
        return kind
    if content[4:8] == b"ftyp":
        return "photo" if sandbox.is_boxed_photo(content) else "mp4"
    return "mp4" if content[:1] == b"\0" and content[4:8] in {b"moov", b"mdat", b"wide"} else "file"


def _seems_a_film(content: bytes, kind: str) -> bool:
    """Whether what is too heavy to be looked at is likely to be one: only the sentence depends on it."""
    if kind == "webm":
        return b"\x83\x81\x01" in content[:4096]  # a track to be seen (RFC 9559, 5.1.4.1.3)
    return kind == "mp4" and _SIGHT.search(content) is not None


def _develop(content: bytes, name: str) -> NewAttachment:
    told, rest = _ask(DEVELOPER, content, "unreadable-photo", "develop_photo")
    measures: list[Any] = [told.get(word) for word in ("width", "height", "size")]
    if any(type(one) is not int or one < 1 for one in measures):
        raise AttachmentRefused("unreadable-photo")
    width, height, size = measures
    photo, preview = rest[:size], rest[size:]
    is_photo = photo.startswith(b"\xff\xd8\xff") and photo.endswith(b"\xff\xd9") and max(width, height) <= SIDE
    if not (is_photo and preview.startswith(b"RIFF") and preview[8:12] == b"WEBP" and len(preview) <= PREVIEW):
        raise AttachmentRefused("unreadable-photo")
    return NewAttachment(
        kind="photo",
        content=photo,
        media_type="image/jpeg",
        name=clean_file_name(name, ".jpg"),
        preview=preview,
        width=width,
        height=height,
    )


def _listen(content: bytes, name: str, kind: str) -> NewAttachment:
    told, sound = _ask(LISTENER, content, "not-audio", kind)
    seconds = told.get("seconds")
    if type(seconds) is not float or not seconds >= 0 or len(sound) > len(content) or _kind(sound) != kind:
        raise AttachmentRefused("not-audio")
    if seconds == 0:
        raise AttachmentRefused("nothing-said")
    if seconds >= LONGEST + 1:
        raise AttachmentRefused("too-long")
    media_type, ending = RECORDINGS[kind]
    return NewAttachment(
        kind="recording",
        content=sound,
        media_type=media_type,
        name=clean_file_name(name, ending),
        seconds=max(1, round(seconds)),
    )


def _keep(content: bytes, name: str) -> NewAttachment:
    shown = clean_file_name(name)
    if reason := next((reason for reason, endings in PROMISES.items() if shown.lower().endswith(endings)), ""):
        raise AttachmentRefused(reason)
    media_type = "application/pdf" if content.startswith(b"%PDF-") else "application/octet-stream"
    return NewAttachment(kind="file", content=content, media_type=media_type, name=shown)


def _ask(child: sandbox.Child, content: bytes, otherwise: str, *words: str) -> tuple[dict[str, Any], bytes]:
    """What the child tells, as strictly as what a stranger tells, and the bytes behind it; raises AttachmentRefused."""
    try:
        told, rest = child.tell(content, *words)
    except sandbox.ChildBusy:
        raise AttachmentRefused("busy") from None
    except sandbox.NoAnswer:
        raise AttachmentRefused(otherwise) from None
    if problem := told.get("problem"):
        raise AttachmentRefused(problem if isinstance(problem, str) and problem in REASONS else otherwise)
    return told, rest


def clean_file_name(name: str, ending: str = "") -> str:
    """*name* as it is shown: NFC, on one line, no control or direction characters, no place, 120 characters at most,
    with *ending* in the place of its own, if one is given (docs/security.md C9); "" when nothing of it is left.
    """
    stem = " ".join(inspection.file_label(name).split())
    _, dot, own = inspection.file_label(name[-12:]).rpartition(".")
    if dot and own.isalnum():
        stem, ending = stem.removesuffix(f".{own}"), ending or f".{own}"
    return f"{stem[: NAME - len(ending)].rstrip('. ')}{ending}" if stem else ""
