"""The texts of a PNG, and among them the badge (ISO/IEC 15948; OB 2.0, Baking; OB 3.0, 5.3.1).

A signature, then pieces of length, name, content and checksum, from IHDR to IEND. We walk through them ourselves:
picture libraries keep the last text of a name where others keep the first, and inflate as much as they are told.
"""

import zlib
from collections.abc import Iterator

from ..examination import Ambiguous, DamagedFile, NotABadge

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CARRIERS = (b"openbadges", b"openbadgecredential", b"clrcredential")
_TEXTS = frozenset({b"iTXt", b"tEXt", b"zTXt"})
_MOST_CHUNKS, _MOST_TEXTS = 30_000, 200
"""A picture of 25 MB has some 3,000, and two million that are empty would keep us busy for seconds."""
_LONGEST_TEXT = 8 * 1024 * 1024
"""Bytes of a text once inflated: badges carry pictures as data: addresses."""


def unbake(picture: bytes) -> str:
    carriers = [
        (name, content)
        for name, content in _chunks(picture)
        if name in _TEXTS and content.partition(b"\0")[0] in _CARRIERS
    ]
    if len(carriers) > 1:
        # Before any is inflated: two hundred of them would be more than a gigabyte.
        raise Ambiguous("two-badges", f"{len(carriers)} texts of the PNG")
    found = _carried(*carriers[0]).strip() if carriers else ""
    if not found:
        raise NotABadge("no-badge-in-picture", "PNG")
    return found


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    position, texts = len(SIGNATURE), 0
    for _ in range(_MOST_CHUNKS):
        name, content = _chunk(picture, position)
        if (position == len(SIGNATURE)) != (name == b"IHDR"):
            raise DamagedFile("damaged", "a PNG begins with one IHDR")
        position += 12 + len(content)
        if name == b"IEND":
            break
        texts += name in _TEXTS
        if texts > _MOST_TEXTS:
            raise DamagedFile("damaged", f"more than {_MOST_TEXTS} texts in a PNG")
        yield name, content
    else:
        raise DamagedFile("damaged", f"more than {_MOST_CHUNKS} chunks in a PNG")
    # Cameras and messengers leave bytes behind the end; a badge there would be seen by some readers only.
    if any(carrier in picture[position:] for carrier in _CARRIERS):
        raise DamagedFile("damaged", "a badge behind the end of the PNG")


def _chunk(picture: bytes, position: int) -> tuple[bytes, bytes]:
    end = position + 8 + int.from_bytes(picture[position : position + 4])
    if len(picture) < end + 4:
        raise DamagedFile("damaged", "the PNG is cut off")
    name = picture[position + 4 : position + 8]
    if zlib.crc32(picture[position + 4 : end]) != int.from_bytes(picture[end : end + 4]):
        raise DamagedFile("damaged", f"the checksum of {name!r} in the PNG is wrong")
    return name, picture[position + 8 : end]


def _carried(name: bytes, content: bytes) -> str:
    rest = content.partition(b"\0")[2]
    match name:
        case b"iTXt":
            return _international(rest)
        case b"zTXt":
            if rest[:1] != b"\0":
                raise DamagedFile("damaged", "an unknown compression in the PNG")
            return _decoded(_inflated(rest[1:]))
    return _decoded(rest)


def _international(content: bytes) -> str:
    """The text of an iTXt: flag, method, language, translated keyword, text (ISO/IEC 15948, 11.3.4.5)."""
    parts = content[2:].split(b"\0", 2)
    # Where nothing is compressed, the method says nothing.
    if len(content) < 2 or len(parts) != 3 or content[0] > 1 or (content[0] and content[1] != 0):
        raise DamagedFile("damaged", "an iTXt of the PNG is malformed")
    return _decoded(_inflated(parts[2]) if content[0] else parts[2])


def _inflated(content: bytes) -> bytes:
    # Open Badges 3.0 forbids compression and some bake compressed all the same.
    machine = zlib.decompressobj()
    try:
        found = machine.decompress(content, _LONGEST_TEXT)
    except zlib.error as problem:
        raise DamagedFile("damaged", f"a text of the PNG: {problem}") from None
    if machine.unconsumed_tail:
        raise DamagedFile("too-big", "a text of the PNG, once inflated")
    if not machine.eof:
        raise DamagedFile("damaged", "a compressed text of the PNG is cut off")
    return found


def _decoded(content: bytes) -> str:
    # tEXt and zTXt are Latin-1 by the standard; those who bake JSON into them write UTF-8.
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def bake(picture: bytes, badge: str, carrier: str) -> bytes:
    content = b"iTXt" + carrier.encode() + b"\0\0\0\0\0" + badge.encode()
    piece = (len(content) - 4).to_bytes(4) + content + zlib.crc32(content).to_bytes(4)
    after_header = len(SIGNATURE) + 25
    return picture[:after_header] + piece + picture[after_header:]
