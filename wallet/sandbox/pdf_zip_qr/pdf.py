"""PDF, in which some issuers send a badge: attached, in the metadata, as a link, or as the QR code of its page.

Nobody has said where in a PDF a badge stands: Open Badges 2.0 and 3.0 name PNG and SVG alone, and what Open Badge
Factory calls a badge baked into a PDF is described nowhere. Thus every place is looked at that a PDF has for it.
"""

import re
import struct
import time
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from . import pdf_metadata, qr_codes
from .find import ADDRESS, LARGEST, LINK, PNG, TOGETHER, Find, Shut, is_credential, is_written, tentative

ATTACHMENTS = 50
ADDRESSES = 100
"""Addresses of which nobody has said that they lead to a badge; few of them are asked (inspection/files.py)."""
PAGES_WITH_LINKS = 50
PAGES_WITH_PICTURES = 5
PICTURES = 20
SECONDS = 2.5
"""Of a processor, after which no further picture is looked at: what was found before must get home."""
NESTED = 4
"""Forms within forms."""
ARRAY = 1000
"""Entries of an array that are looked at."""
OURS = re.compile(r"openbadge|purl\.imsglobal\.org/spec/(ob|clr)/", re.IGNORECASE)
"""What names metadata that are a badge, wherever they lead."""
BENT = (
    PyPdfError,
    DependencyError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    SyntaxError,
    Warning,
    struct.error,
    zlib.error,
)
"""What pypdf raises over a file that somebody bent: nearly anything."""


def find_badges(content: bytes) -> list[Find]:
    """What is attached to a PDF, written in its metadata, linked from its pages or shown there; the tentative last, of these
    first what a code says: it was drawn to be followed, and links stand on every sheet of a training centre.

    Raises Shut `damaged`, `locked`, `too-big` or `no-badge-in-pdf`.
    """
    reader = _reader(content)
    found, shown, whole = dict[bytes, Find](), set[bytes](), True
    for look in (_attachments, _metadata, _links, _shown_codes):
        try:
            for find in look(reader):
                found.setdefault(find.content, find)
                shown |= {find.content} if look is _shown_codes else set()
        except BENT:
            whole = False
    if not found:
        raise Shut("no-badge-in-pdf" if whole else "damaged")
    firm = [find for find in found.values() if not find.tentative]
    if sum(len(find.content) for find in firm) > TOGETHER:
        raise Shut("too-big")
    hints = sorted((find for find in found.values() if find.tentative), key=lambda find: find.content not in shown)
    return firm + hints[:ADDRESSES]


def _reader(content: bytes) -> PdfReader:
    """The PDF, opened without a password, as most people open theirs; raises Shut."""
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Shut("locked")
    except (NotImplementedError, DependencyError):
        raise Shut("locked") from None
    except BENT:
        raise Shut("damaged") from None
    return reader


def _attachments(reader: PdfReader) -> Iterator[Find]:
    """The files that the document carries, of the kinds that can be a badge. Source: ISO 32000-2, 7.11.4 and 14.13."""
    for name, stream in islice(_embedded(reader), ATTACHMENTS):
        try:
            content = stream.get_data()
        except BENT:
            continue
        if len(content) <= LARGEST and (content.startswith(PNG) or is_written(content)):
            yield Find(content=content, name=name)


def _embedded(reader: PdfReader) -> Iterator[tuple[str, Any]]:
    for names in _dictionaries(reader.root_object, "/Names"):
        for tree in _dictionaries(names, "/EmbeddedFiles"):
            for specification in _named(tree):
                yield from _file(specification)
    for holder in (reader.root_object, *reader.pages[:PAGES_WITH_LINKS]):
        for specification in _dictionaries(holder, "/AF"):
            yield from _file(specification)
        for annotation in _dictionaries(holder, "/Annots"):
            if annotation.get("/Subtype") == "/FileAttachment":
                for specification in _dictionaries(annotation, "/FS"):
                    yield from _file(specification)


def _named(tree: Any) -> Iterator[Any]:
    """What a name tree names, on every branch: pypdf itself goes no further than the first. Source: ISO 32000-2, 7.9.6."""
    branches, met = [tree], {id(tree)}
    for branch in branches:  # which grows: a tree may be deeper than calls within calls
        yield from _dictionaries(branch, "/Names")
        more = {id(one): one for one in _dictionaries(branch, "/Kids") if id(one) not in met}
        branches += more.values()
        met |= more.keys()


def _file(specification: Any) -> Iterator[tuple[str, Any]]:
    """The name and the stream of a file specification, if it has one. Source: ISO 32000-2, 7.11.3."""
    for streams in _dictionaries(specification, "/EF"):
        name = specification.get("/UF") or specification.get("/F")
        for stream in (_dictionaries(streams, "/UF") or _dictionaries(streams, "/F"))[:1]:
            yield name if isinstance(name, str) else "", stream


def _dictionaries(holder: Any, key: str) -> list[Any]:
    """The dictionaries under *key*: in an array, alone, or none. One that is broken hides no other; where all are, it raises BENT."""
    if key not in holder:
        return []
    value, found, problems = holder[key], list[Any](), list[Exception]()
    for item in (value if isinstance(value, list) else [value])[:ARRAY]:
        try:
            found.append(item.get_object())
        except BENT as problem:
            problems.append(problem)
    found = [item for item in found if isinstance(item, dict)]
    if problems and not found:
        raise problems[0]
    return found


def _metadata(reader: PdfReader) -> Iterator[Find]:
    """What the document says of itself. Source: ISO 32000-2, 14.3."""
    said = [(str(key), str(value)) for key, value in (reader.metadata or {}).items()]
    for stream in _dictionaries(reader.root_object, "/Metadata"):
        said += pdf_metadata.packet_texts(stream.get_data())
    for name, text in said:
        words = text.strip()
        if is_credential(words) or (OURS.search(name) and ADDRESS.fullmatch(words)):
            yield Find(content=words.encode("utf-8", "ignore"))
        elif not words.startswith("{"):
            yield from (tentative(address) for address in ADDRESS.findall(words)[:ADDRESSES])


def _links(reader: PdfReader) -> Iterator[Find]:
    """The addresses that lie on the pages; no other action is looked at. Source: ISO 32000-2, 12.6.4.8."""
    for page in reader.pages[:PAGES_WITH_LINKS]:
        for annotation in _dictionaries(page, "/Annots"):
            for action in _dictionaries(annotation, "/A"):
                address = str(action.get("/URI", "")).strip()
                if action.get("/S") == "/URI" and (ADDRESS.fullmatch(address) or LINK.fullmatch(address)):
                    yield tentative(address)


def _shown_codes(reader: PdfReader) -> Iterator[Find]:
    """The documents in the QR codes of the first pages, as far as these are pictures."""
    pictures = (picture for page in reader.pages[:PAGES_WITH_PICTURES] for picture in _pictures(page, set(), 0))
    for picture in islice(pictures, PICTURES):
        if time.process_time() > SECONDS:
            return
        try:
            texts = qr_codes.texts(picture.decode_as_image())
        except (*BENT, MemoryError):
            continue
        for text in texts:
            yield Find(content=text.encode()) if is_credential(text) else tentative(text)


def _pictures(holder: Any, met: set[int], depth: int) -> Iterator[Any]:
    """The pictures on a page, and in the forms on it. Source: ISO 32000-2, 8.9.5 and 8.10."""
    for resources in _dictionaries(holder, "/Resources"):
        for things in _dictionaries(resources, "/XObject"):
            for thing in [reference.get_object() for reference in list(things.values())[:ARRAY]]:
                if not isinstance(thing, dict) or id(thing) in met:
                    continue
                met.add(id(thing))
                if thing.get("/Subtype") == "/Image" and thing["/Width"] * thing["/Height"] <= qr_codes.PIXELS:
                    yield thing
                elif thing.get("/Subtype") == "/Form" and depth < NESTED:
                    yield from _pictures(thing, met, depth + 1)
