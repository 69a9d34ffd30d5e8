"""What a file, a pasted text or the answer of an address holds: its kind is told by its content, never by its name.

Whatever comes out was read strictly (jsontext.py) and is not verified yet. A picture without a badge, a damaged
file and a file of no kind we know are told apart, because each of them needs another sentence.
"""

from dataclasses import dataclass, replace
from typing import Any

from . import jsontext, png, svg, texts
from .examination import DamagedFile, NotABadge, Unreachable, UnreadableBadge, Web
from .proof import BadSignature, jws_payload

LARGEST = 5 * 1024 * 1024
"""Bytes of a badge file (decisions.md, 14)."""
_MOST_HOPS = 3
_PICTURES = (b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"\0\0\x01\0")
_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"jxl ", b"crx ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A badge as it was found, not verified: JSON, or a compact JWS, or only the address where it stands."""

    container: str
    """What it was found in: png, svg, json, jws; or link, when an address was all that was given."""
    json: dict[str, Any] | None = None
    jws: str | None = None
    link: str | None = None
    """The address where it stands: alone, or beside what was found there."""

    @property
    def is_open(self) -> bool:
        """Whether there is more than an address."""
        return self.json is not None or self.jws is not None

    @property
    def claims(self) -> dict[str, Any]:
        """What it says, which nobody has verified; {} for an address, and for a token that holds no JSON object."""
        if self.jws is None:
            return self.json or {}
        try:
            return jsontext.read_object(jws_payload(self.jws))
        except (UnreadableBadge, BadSignature):
            return {}


def open_document(document: bytes) -> Document:
    """The badge in *document*, not verified; raises UnreadableBadge, of its whole family.

    Reasons: empty, too-big, damaged, broken-json, two-badges, no-badge-in-picture, not-a-badge, unknown-kind.
    """
    if not document.strip():
        raise NotABadge("empty")
    if len(document) > LARGEST:
        raise DamagedFile("too-big", f"{len(document)} bytes")
    if document.startswith(png.SIGNATURE):
        return _open_baked(png.unbake(document), "png")
    if document.startswith(png.SIGNATURE[:4]):
        raise DamagedFile("damaged", "the PNG is cut off, or was changed as if it were a text")
    if document.startswith(_PICTURES) or _is_modern_picture(document):
        raise NotABadge("no-badge-in-picture")
    return _open_written(document)


def _is_modern_picture(document: bytes) -> bool:
    if document[:4] == b"RIFF" and document[8:12] == b"WEBP":
        return True
    return document[4:8] == b"ftyp" and any(brand in document[8:32] for brand in _PICTURE_BRANDS)


def _open_written(document: bytes) -> Document:
    if svg.is_svg(document):
        return _open_baked(svg.unbake(document.strip()), "svg")
    try:
        return _open_text(document.decode("utf-8-sig").strip())
    except UnicodeDecodeError:
        raise NotABadge("unknown-kind", f"begins with {document[:8].hex(' ')}") from None


def _open_text(text: str) -> Document:
    """The badge that a text is: JSON, a compact JWS (bare, or as a JSON string), or an address."""
    if text.startswith("{"):
        return Document(container="json", json=jsontext.read_object(text))
    if text.startswith(('"', "[")):
        inner = jsontext.read_value(text)
        if not isinstance(inner, str):
            raise NotABadge("not-a-badge", "the JSON is a list")
        text = inner.strip()
    if texts.is_token(text):
        return Document(container="jws", jws=text)
    if texts.is_link(text):
        return Document(container="link", link=text)
    raise NotABadge("unknown-kind", f"begins with {text[:20]!r}")


def _open_baked(text: str, container: str) -> Document:
    try:
        return replace(_open_text(text), container=container)
    except NotABadge as problem:
        # It stands where a badge belongs, so the file is of a kind that we know.
        raise NotABadge("not-a-badge", problem.detail) from None


def follow(document: Document, web: Web, *, found_inside: bool = False) -> Document:
    """*document* with what stands at its address, when an address is all it is; else *document* itself.

    Raises NotABadge when somebody pasted the address: `link-no-answer`, `link-no-badge`. An address
    that was baked into a picture, or *found_inside* another file, is a badge in itself: when it leads nowhere,
    *document* comes back as it was. So it does when the address answers 410 Gone, which is how a hosted badge is withdrawn.
    """
    for _ in range(_MOST_HOPS):
        if document.is_open or document.link is None:
            return document
        try:
            found = _at(document.link, web)
        except NotABadge:
            if document.container == "link" and not found_inside:
                raise
            return document
        if found is None:
            return document
        document = replace(found, container=document.container, link=found.link or document.link)
    return document


def _at(address: str, web: Web) -> Document | None:
    try:
        answer = web.get(address)
    except Unreachable as problem:
        raise NotABadge("link-no-answer", problem.why) from None
    if answer.status == 410:
        return None
    if answer.status != 200:
        raise NotABadge("link-no-answer", f"HTTP {answer.status}")
    try:
        return open_document(answer.body)
    except UnreadableBadge as problem:
        raise NotABadge("link-no-badge", problem.reason) from None
