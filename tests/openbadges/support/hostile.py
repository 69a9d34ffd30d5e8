"""Files that strangers may send to do harm, made here: each with the name of what is wrong with it.

None of them may do more than be refused with a word of UnreadableBadge, or be examined and found not valid.
"""

import json
import struct
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from functools import cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"
ASSERTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": "https://school.example/assertions/1",
    "recipient": {"type": "email", "hashed": False, "identity": "maria@example.org"},
    "badge": "https://school.example/classes/welding",
    "verification": {"type": "hosted"},
    "issuedOn": "2026-01-01T00:00:00Z",
}


def chunk(name: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """One piece of a PNG, with its right checksum unless another is given."""
    crc = zlib.crc32(name + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PIXELS = chunk(b"IDAT", zlib.compress(b"\0\0"))
END = chunk(b"IEND", b"")


def png(*texts: bytes, behind: bytes = b"") -> bytes:
    """A sound picture of one pixel with *texts* in it, and *behind* its end."""
    return SIGNATURE + HEADER + b"".join(texts) + PIXELS + END + behind


def itxt(text: bytes, keyword: bytes = b"openbadges", flags: bytes = b"\0\0") -> bytes:
    """An iTXt with no language and no translated keyword."""
    return chunk(b"iTXt", keyword + b"\0" + flags + b"\0\0" + text)


def text(text: bytes, keyword: bytes = b"openbadges") -> bytes:
    """A tEXt."""
    return chunk(b"tEXt", keyword + b"\0" + text)


def ztxt(text: bytes, keyword: bytes = b"openbadges") -> bytes:
    """A zTXt, deflated."""
    return chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(text))


@cache
def bomb(size: int) -> bytes:
    """*size* zero bytes, a multiple of 1 MiB, deflated without ever standing in memory: one piece, over and over.

    Source: RFC 1950, 2.2, whose Adler-32 of zeros counts them; RFC 1951, 3.2.6: an empty last block.
    """
    machine = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    piece = machine.compress(bytes(2**20)) + machine.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\xda" + piece * (size // 2**20) + b"\x03\x00" + struct.pack(">HH", size % 65521, 1)


def svg(inside: str = "", prologue: str = "", root: str = "") -> bytes:
    """A drawing with *inside* in it."""
    return (
        f'{prologue}<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org" {root}>'
        f"{inside}<path d='M0 0h1'/></svg>"
    ).encode()


def element(badge: str, verify: str = "") -> str:
    """The element of Open Badges 2.0 with a badge in it."""
    attribute = f' verify="{verify}"' if verify else ""
    return f"<openbadges:assertion{attribute}><![CDATA[{badge}]]></openbadges:assertion>"


def part(content: bytes) -> str:
    """One of the three parts of a compact JWS."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def token(header: Mapping[str, object], claims: Mapping[str, object], signature: bytes = b"") -> str:
    """A compact JWS with whatever signature."""
    return ".".join(part(piece) for piece in (json.dumps(header).encode(), json.dumps(claims).encode(), signature))


WRITTEN = json.dumps(ASSERTION)
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

DAMAGED: dict[str, bytes] = {
    "a png of eight bytes": SIGNATURE,
    "a png cut off in a piece": png(itxt(WRITTEN.encode()))[:90],
    "a png without an end": SIGNATURE + HEADER + PIXELS,
    "a png cut off before its end": png(itxt(WRITTEN.encode()))[:-1],
    "a png changed as if it were a text": png().replace(b"\r\n", b"\n"),
    "a piece longer than anything": SIGNATURE + HEADER + struct.pack(">I", 0x7FFFFFFF) + b"iTXt" + b"openbadges\0",
    "a wrong checksum": SIGNATURE + HEADER + chunk(b"iTXt", b"openbadges\0\0\0\0\0{}", checksum=1) + PIXELS + END,
    "no header": SIGNATURE + PIXELS + END,
    "two headers": SIGNATURE + HEADER + HEADER + PIXELS + END,
    "20,000 texts": png(*[text(b"x", b"Comment")] * 20_000),
    "a badge behind the end": png(behind=text(WRITTEN.encode())),
    "another badge behind the end": png(itxt(WRITTEN.encode()), behind=text(b"https://other.example/1")),
    "an iTXt without parts": png(chunk(b"iTXt", b"openbadges\0\0")),
    "an iTXt with an unknown flag": png(itxt(b"{}", flags=b"\x02\0")),
    "an iTXt with an unknown method": png(itxt(b"{}", flags=b"\x01\x01")),
    "an iTXt that does not inflate": png(itxt(b"not deflated", flags=b"\x01\0")),
    "an iTXt deflated in half": png(itxt(zlib.compress(WRITTEN.encode())[:-9], flags=b"\x01\0")),
    "a zTXt with an unknown method": png(chunk(b"zTXt", b"openbadges\0\x01" + zlib.compress(b"{}"))),
    "an svg cut off": svg(element(WRITTEN))[:-4],
    "an svg with an unknown encoding": b'<?xml version="1.0" encoding="klingon"?>' + svg(),
    "an svg whose badge is an entity": svg("&a;", f"<!DOCTYPE svg [<!ENTITY a '{element(WRITTEN)}'>]>"),
    "an svg whose entity holds another": svg(element(WRITTEN), '<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;">]>'),
    "an svg whose entity is another file's": svg(element(WRITTEN), '<!DOCTYPE svg [<!ENTITY % a "b">]>'),
    "an svg whose doctype adds an address": svg(
        element(WRITTEN),
        '<!DOCTYPE svg [<!ATTLIST openbadges:assertion verify CDATA "https://evil.example/1">]>',
    ),
    "an svg that says 20 KB a thousand times": svg("&a;" * 1000, f'<!DOCTYPE svg [<!ENTITY a "{"ha" * 10_000}">]>'),
    "an svg that includes a file": svg("&a;", '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    "a billion laughs": svg("&l9;", f'<!DOCTYPE svg [<!ENTITY l0 "ha">{_LAUGHS}]>'),
    "an svg of 200,000 levels": svg("<g>" * 200_000),
    "an svg that names nothing": svg("&nothing;"),
}
"""Refused as `damaged`."""

TOO_BIG: dict[str, bytes] = {
    "a zTXt of 200 MiB": png(chunk(b"zTXt", b"openbadges\0\0" + bomb(200 * 2**20))),
    "a compressed iTXt of 200 MiB": png(itxt(bomb(200 * 2**20), flags=b"\x01\0")),
    "a file of 6 MiB": b"{" + b" " * (6 * 2**20) + b"}",
}
"""Refused as `too-big`."""

BROKEN_JSON: dict[str, bytes] = {
    "lists 100,000 deep": b'{"badge":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "lists 100,000 deep without an end": b'{"a":' + b"[" * 100_000,
    "65 levels": b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
    "NaN": b'{"badge": NaN}',
    "infinity": b'{"badge": -Infinity}',
    "a number beyond all measure": b'{"badge": 1e999}',
    "a name twice": b'{"badge": {"name": "A", "name": "B"}}',
    "a name twice, once with an escape": b'{"badge": 1, "b\\u0061dge": 2}',
    "half of a surrogate pair": b'{"badge": "\\ud800"}',
    "half of a surrogate pair as a name": b'{"\\uDFFF": 1}',
    "a NUL": b'{"badge": "a\\u0000b"}',
    "2 to the power of 63": b'{"badge": 9223372036854775808}',
    "a number of 5,000 digits": b'{"badge": ' + b"9" * 5000 + b"}",
    "a control character": b'{"badge": "a\x01b"}',
    "a comma too much": b'{"badge": 1,}',
    "half a file": WRITTEN[:40].encode(),
    "two objects": b"{}{}",
    "single quotes": b"{'badge': 1}",
}
"""Refused as `broken-json`."""

TWO_BADGES: dict[str, bytes] = {
    "two iTXt": png(itxt(WRITTEN.encode()), itxt(b"https://other.example/1")),
    "the same twice": png(itxt(WRITTEN.encode()), itxt(WRITTEN.encode())),
    "a tEXt and an iTXt": png(text(b"https://other.example/1"), itxt(WRITTEN.encode())),
    "an old and a new one": png(itxt(WRITTEN.encode()), itxt(b"{}", b"openbadgecredential")),
    "two elements": svg(element(WRITTEN) + element(WRITTEN)),
    "an element in an element": svg(
        "<openbadges:assertion>https://a.example/1<openbadges:assertion>https://b.example/2"
        "</openbadges:assertion></openbadges:assertion>"
    ),
    "another address in the attribute": svg(element(WRITTEN, "https://other.example/1")),
    "another token in the attribute": svg(element(WRITTEN, token({"alg": "RS256"}, {"badge": "other"}))),
    "a token that is none, beside a text": svg(element(WRITTEN, "eyJ.%.x".replace("%", "AAAAA"))),
}
"""Refused as `two-badges`."""

PICTURES: dict[str, bytes] = {
    "a png without a badge": png(),
    "a png of a drawing program": png(text(b"Gimp", b"Software")),
    "a png with an empty text": png(itxt(b" ")),
    "a jpeg from WhatsApp": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 20,
    "a webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "an iPhone picture": b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic",
    "a gif": b"GIF89a\x01\x00\x01\x00",
    "an svg without a badge": svg(),
    "an svg with an empty element": svg(element("  ")),
}
"""Refused as `no-badge-in-picture`."""

PROGRAMS: dict[str, bytes] = {
    "an svg with a script": svg("<script>alert(1)</script>"),
    "an svg with a script of another name": svg('<x:script xmlns:x="http://www.w3.org/2000/svg"/>'),
}
"""Refused as `program-inside`."""

UNKNOWN_KIND: dict[str, bytes] = {
    "a pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a zip": b"PK\x03\x04\x14\x00\xff\xfe",
    "a page": b"<!doctype html><html><body><svg></svg></body></html>",
    "other XML": b"<?xml version='1.0'?><rss/>",
    "a letter": "Bonjour, voilà mon badge".encode(),
    "noise": bytes(range(256)),
    "an address that is none": b"https://",
    "a program": b"\x7fELF\x02\x01",
}
"""Refused as `unknown-kind`."""

NOT_A_BADGE: dict[str, bytes] = {
    "a list": b"[]",
    "a list of badges": f"[{WRITTEN}]".encode(),
    "a greeting where a png has its badge": png(itxt(b"hello")),
    "a greeting where an svg has its badge": svg(element("hello", "good day")),
}
"""Refused as `not-a-badge`."""


def everything() -> Iterable[tuple[str, bytes]]:
    """All of them, with their names."""
    for shelf in (DAMAGED, TOO_BIG, BROKEN_JSON, TWO_BADGES, PICTURES, UNKNOWN_KIND, NOT_A_BADGE):
        yield from shelf.items()
