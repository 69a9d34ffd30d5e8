"""The badge of an SVG: an element of Open Badges in the drawing, with the badge in its text, its attribute or both.

The drawing is read without other files, without depth, and of entities only plain texts; nothing in it is drawn or run here.
(OB 2.0, Baking; OB 3.0, 5.3.2)
"""

import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from encodings import normalize_encoding
from encodings.aliases import aliases
from itertools import islice, takewhile
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from .. import data_addresses, strict_json, texts
from ..examination import Ambiguous, DamagedFile, NotABadge, UnreadableBadge
from ..proofs.signed_texts import SignedText

_DEEPEST = 200
"""Levels of an SVG; drawing programs nest some twenty."""
_MOST_ATTRIBUTES, _PIECE = 20_000, 64 * 1024
"""Of one element, and bytes in which it is looked for one that goes on and on; drawing programs write some twenty. It is read
in one step, in which no other thread runs: a second for 400,000 of them."""
_VALUE_OR_END = re.compile(rb"=\s*+(?:\"[^\"]*+\"|'[^']*+')|>")
_MOST_EXPANDED = 1_000_000
"""Characters that all references to an entity may come to; Illustrator writes some ten, of a namespace each."""
_NAMESPACES = {
    "http://openbadges.org": "assertion",
    "https://openbadges.org": "assertion",
    "https://purl.imsglobal.org/ob/v3p0": "credential",
    "https://purl.imsglobal.org/clr/v2p0": "credential",
}
_BAKED_AS = {
    "openbadges": ("http://openbadges.org", "assertion"),
    "openbadgecredential": ("https://purl.imsglobal.org/ob/v3p0", "credential"),
    "clrcredential": ("https://purl.imsglobal.org/clr/v2p0", "credential"),
}
_PROLOGUE = rb"(?:\xef\xbb\xbf)?+(?:\s++|<\?.*?\?>|<!--.*?-->)*+"
_WRAPS = frozenset({"jwt", "credential", "credentials", "payload"})
"""One of these has whatever wraps a token (v3/bundles.py), but for an envelope, which has it in its `id`."""
_ONLY_IN_BADGES = _WRAPS | {"badge", "recipient", "credentialSubject", "vc", "vp", "verifiableCredential"}
_BEGINS = re.compile(_PROLOGUE + rb"<(?:!DOCTYPE\s+)?(?:[\w.-]{1,40}:)?svg[\s/>\[]", re.DOTALL)
_ROOT_TAG = re.compile(
    _PROLOGUE + rb"(?:<!DOCTYPE[^>\[]*+>\s*+)?+(?:<!--.*?-->|\s++)*+(<[^\s/>]++(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>)",
    re.DOTALL,
)
_LETTERS = frozenset({*aliases, *aliases.values()})
"""What Python calls the encodings that it knows: each other name that it is asked for it remembers, however long."""
_NOT_IN_CDATA = re.compile("[\ufffe\uffff\x00-\x08\x0b\x0c\x0e-\x1f]|(?<=]])>")


def is_svg(document: bytes) -> bool:
    """Whether *document* begins as an SVG does; in UTF-16, too, which all that reads XML reads (XML 1.0, 4.3.3)."""
    if document.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        document = document.decode("utf-16", "replace").encode()
    return _BEGINS.match(document) is not None


class _Parser(DefusedXMLParser):
    """Reads no other file. A DOCTYPE that names SVG is what drawing programs write; Illustrator writes its namespaces there, too,
    as entities. Such a plain text is read; nothing that is markup, holds another one, or grows."""

    def __init__(self, picture: bytes, target: "_Drawing") -> None:
        super().__init__(target=target, forbid_entities=True, forbid_external=True)
        self.references = picture.count(b"&")
        self.parser.XmlDeclHandler = _refuse_unknown_letters
        self.parser.AttlistDeclHandler = _refuse_attributes

    def defused_entity_decl(self, name: str, is_parameter_entity: bool, value: str | None, *where: Any) -> None:
        is_plain = value is not None and not is_parameter_entity and not {"&", "<"} & set(value)
        if not is_plain or len(value or "") * self.references > _MOST_EXPANDED:
            super().defused_entity_decl(name, is_parameter_entity, value, *where)


class _Drawing:
    """What we keep of an SVG while it is read: its badges. Raises on a drawing that has no bottom."""

    def __init__(self) -> None:
        self.root = ""
        self.depth = 0
        self.badges: list[tuple[str, list[str]]] = []
        self.inside = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        self.depth += 1
        if self.depth > _DEEPEST:
            raise DamagedFile("damaged", f"more than {_DEEPEST} levels in the SVG")
        namespace, _, name = tag.removeprefix("{").rpartition("}")
        if name.lower() == "script":
            raise DamagedFile("program-inside", "a script in the SVG")
        if _NAMESPACES.get(namespace) == name:
            self.badges.append((attributes.get("verify", "").strip(), []))
            self.inside = self.depth

    def end(self, _tag: str) -> None:
        if self.inside == self.depth:
            self.inside = 0
        self.depth -= 1

    def data(self, text: str) -> None:
        if self.inside == self.depth and self.badges:
            self.badges[-1][1].append(text)

    def close(self) -> None:
        """Asked for by the parser; there is nothing left to do."""


def unbake(picture: bytes) -> str:
    drawing = _drawing(picture)
    if not drawing.badges:
        raise NotABadge("no-badge-in-picture", "SVG")
    if len(drawing.badges) > 1:
        raise Ambiguous("two-badges", f"{len(drawing.badges)} elements of the SVG")
    verify, pieces = drawing.badges[0]
    written = "".join(pieces).strip().removeprefix("\ufeff").strip()
    if not verify and not written:
        raise NotABadge("no-badge-in-picture", "SVG, an empty element")
    return _agreed(verify, written) if verify and written else verify or written


def _drawing(picture: bytes) -> _Drawing:
    _require_short_tags(picture)
    drawing = _Drawing()
    parser = _Parser(picture, drawing)
    try:
        # Programs that make pages leave a mark or lines before a declaration, where XML wants nothing.
        parser.feed(picture.removeprefix(b"\xef\xbb\xbf").lstrip())
        parser.close()
    except (ParseError, DefusedXmlException, LookupError, ValueError) as problem:
        raise DamagedFile("damaged", f"the SVG: {problem}"[:200]) from None
    if drawing.root.rpartition("}")[2] != "svg":
        raise NotABadge("unknown-kind", f"XML of {drawing.root}"[:200])
    return drawing


def _require_short_tags(picture: bytes) -> None:
    """Within a tag there is no other `<` (XML 1.0, 3.1). What goes on as long, and is none, may be one value or a text, with a
    drawing of its own in it."""
    if picture.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        picture = picture.decode("utf-16", "replace").encode()
    begin = 0
    while begin < len(picture):
        end = picture.rfind(b"<", begin + 1, begin + _PIECE)
        if end < 0:
            end = picture.find(b"<", begin + _PIECE)
            end = len(picture) if end < 0 else end
            given = takewhile(lambda found: found[0] != b">", _VALUE_OR_END.finditer(picture, begin, end))
            if not picture.startswith(b"<!", begin) and next(islice(given, _MOST_ATTRIBUTES, None), None):
                raise DamagedFile("damaged", f"more than {_MOST_ATTRIBUTES} attributes in the SVG")
        begin = end


def _refuse_attributes(*_declared: object) -> None:
    """Readers that know no DOCTYPE would not see what such a declaration adds to an element."""
    raise DamagedFile("damaged", "attributes in the DOCTYPE of the SVG")


def _refuse_unknown_letters(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and normalize_encoding(encoding).lower() not in _LETTERS:
        raise LookupError(f"unknown encoding: {encoding[:80]}")


def _agreed(verify: str, written: str) -> str:
    """The one badge that the attribute and the text of an element both mean; raises Ambiguous.

    Where the text is no badge that anybody could read, the attribute is all there is (OB 2.0, Baking, SVG); and the other way round.
    """
    named, inside = _within(verify), _within(written)
    if isinstance(named, str) and texts.is_link(named) and isinstance(inside, dict) and _is_of(named, inside):
        return written
    if not _may_be_badge(named):
        return written
    if not _may_be_badge(inside):
        return verify
    if named == inside or (isinstance(named, str) and inside in _signed(named)):
        return verify
    raise Ambiguous("two-badges", "attribute and text of the SVG differ")


def _may_be_badge(found: str | dict[str, Any]) -> bool:
    """Whether *found* may be a badge of any version: a token, an address, or JSON that is not of something else."""
    if isinstance(found, str):
        return texts.is_signed_text(found) or texts.is_link(found) or data_addresses.is_data_address(found)
    return not _ONLY_IN_BADGES.isdisjoint(found) or data_addresses.is_data_address(str(found.get("id")))


def _within(written: str) -> str | dict[str, Any]:
    """The object that *written* is, or the text that it is or only wraps; {} for other JSON."""
    try:
        found = strict_json.read_value(written)
    except UnreadableBadge:
        return written
    match found:
        case str(text) | {"jwt": str(text)} if isinstance(found, str) or len(found) == 1:
            return text.strip()
        case dict():
            return found
    return {}


def _is_of(link: str, badge: dict[str, Any]) -> bool:
    """Whether *link* is of *badge*: its address, or that of a page where a credential, good by its signature alone, is checked."""
    return link in _addresses(badge) or "credentialSubject" in badge


def _addresses(assertion: dict[str, Any]) -> list[Any]:
    inner = [assertion.get(name) for name in ("verify", "verification")]
    return [assertion.get("id"), *(verification.get("url") for verification in inner if isinstance(verification, dict))]


def _signed(text: str) -> list[Any]:
    # What is shown beside an SD-JWT stands in no text of its own. One that cannot be read says {}, as no badge does.
    payload = SignedText(text).claims
    return [payload, payload.get("vc")]


def bake(picture: bytes, badge: str, carrier: str) -> bytes:
    """*picture* with *badge* as the first element of the drawing, under the name *carrier* (see baking.bake); raises DamagedFile."""
    namespace, name = _BAKED_AS[carrier]
    start, end = _root_tag(picture)
    tag = picture[start:end]
    if b"xmlns:openbadges" in tag or tag.endswith(b"/>"):
        raise DamagedFile("damaged", "the SVG is empty, or speaks of badges already")
    element = f"<openbadges:{name}{_attribute(badge)}>{_cdata(badge)}</openbadges:{name}>"
    return picture[: end - 1] + f' xmlns:openbadges="{namespace}">{element}'.encode() + picture[end:]


def _root_tag(picture: bytes) -> tuple[int, int]:
    """Where the first tag of the drawing begins and ends, behind declarations and comments."""
    tag = _ROOT_TAG.match(picture)
    try:
        picture.decode()
    except UnicodeDecodeError:
        tag = None
    if tag is None:
        raise DamagedFile("damaged", "the SVG is not written in UTF-8")
    return tag.span(1)


def _attribute(badge: str) -> str:
    verify = badge if texts.is_signed_text(badge) or texts.is_link(badge) else ""
    if badge.startswith("{"):
        assertion = strict_json.read_object(badge)
        hosted = (address for address in _addresses(assertion) if isinstance(address, str) and texts.is_link(address))
        verify = next(hosted, "") if "badge" in assertion else ""
    return f' verify="{verify.replace("&", "&amp;")}"' if verify else ""


def _cdata(badge: str) -> str:
    if not badge.startswith("{"):
        return ""
    # A `]]>` can only stand inside a JSON string, where an escape means the same.
    safe = _NOT_IN_CDATA.sub(lambda found: json.dumps(found[0])[1:-1] if found[0] != ">" else "\\u003e", badge)
    return f"<![CDATA[{safe}]]>"
