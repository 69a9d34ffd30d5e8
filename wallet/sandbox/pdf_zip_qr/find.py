"""What may be a badge, told by its first bytes: no more is asked here than whether to take it along."""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass

LARGEST = 5 * 1024 * 1024
"""Bytes of one thing that is found (docs/decisions.md 14)."""
TOGETHER = 40 * 1024 * 1024
"""Bytes of all that is found."""
START = 64 * 1024
"""Bytes of a file by which its kind is told."""
PNG = b"\x89PNG\r\n\x1a\n"
ADDRESS = re.compile(r"https?://[^\s<>\"\\\x00-\x1f]{3,2000}", re.IGNORECASE)
LINK = re.compile(
    r"(?!file:)(?:[a-z][a-z0-9+.-]{0,60}:(?://|\?)|(?:[a-z0-9+.-]{0,60}openid[a-z0-9-]{0,60}|haip-v[a-z]{1,2}|siopv2|mdoc|dccrequest"
    r"|(?:web\+)?interaction):)[^\s<>\x00-\x1f]{3,4296}",
    re.IGNORECASE,
)
"""Of any scheme: those who offer a badge, or ask for some, have many (issuance/offers.py), with slashes or without; the camera
takes the same (static/js/code-scanner.js). No QR code has more letters."""
PLAIN = re.compile(r"(?:[\w-]{1,63}\.){1,9}[^\W\d_][\w-]{1,62}/[^\s<>\x00-\x1f]{1,2000}")
"""An address without its scheme, which phones open all the same, and which is taken where it is pasted."""
_SHOWN = r"(?:~[A-Za-z0-9_.~-]*)?"
"""What is shown of an SD-JWT stands behind it (RFC 9901, 4)."""
_TOKEN = re.compile(rf"e[yw3][A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*{_SHOWN}", re.ASCII)
_TOKEN_BEGINS = re.compile(rf"e[yw3][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){{0,2}}{_SHOWN}", re.ASCII)
_DRAWING = re.compile(rb"<(?:[\w.-]{1,40}:)?svg[\s/>]")
"""The root of an SVG; some programs give it a prefix, as `ns0:svg`."""
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--(?:(?!-->).){0,2000}-->\s*)*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_RASTERS = (PNG, b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_BOXED_PHOTO = re.compile(rb".{4}ftyp.{0,20}(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs])", re.DOTALL)
"""How a photo of a phone begins, HEIC or AVIF."""
_PDF_WITHIN = 1024
"""Bytes among which a PDF begins. Source: ISO 32000-1, Annex H, 3.4.1."""
_CREDENTIAL = {"@context", "badge", "vc", "credential", "credentials", "credentialSubject", "verifiableCredential"}
"""Members of which a badge in JSON has one."""
_LIST = re.compile(rb"\[\s*(?:\{|\"e[yw3])")
"""How a list of badges begins, in JSON or as tokens."""


class Shut(Exception):
    """There is nothing to be had from this file; the message is one word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Find:
    """Something that may be a badge."""

    content: bytes
    name: str = ""
    """Its own, "" when it has none."""
    tentative: bool = False
    """Whether it is only an address that happened to stand there."""
    problem: str = ""
    """Why its content did not come along."""


def tentative(address: str) -> Find:
    """An address of which nobody has said that it leads to a badge."""
    return Find(content=address.rstrip(".,;)").encode("utf-8", "ignore"), tentative=True)


def is_credential(text: str) -> bool:
    """Whether *text* is a compact JWS or an SD-JWT, or a credential in JSON or a list of some, and nothing else."""
    if _TOKEN.fullmatch(text):
        return True
    try:
        value = json.loads(text) if text.startswith(("{", "[")) else None
    except (ValueError, RecursionError):
        return False
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and not _CREDENTIAL.isdisjoint(item) for item in items)


def is_readable(start: bytes) -> bool:
    """Whether a file that begins so is of a kind that can hold a badge, or show one."""
    is_webp = start.startswith(b"RIFF") and start[8:12] == b"WEBP"
    is_picture = is_webp or start.startswith(_RASTERS) or _BOXED_PHOTO.match(start) is not None
    return is_picture or b"%PDF-" in start[:_PDF_WITHIN] or is_written(start)


def is_shut(start: bytes) -> bool:
    """Whether a file that begins so may lead to a badge where it comes alone: a ZIP, or a page that somebody saved."""
    return start.startswith(b"PK\x03\x04") or _PAGE.match(start) is not None


def is_written(start: bytes) -> bool:
    """Whether a file that begins so is an SVG, JSON, a compact JWS, or one address."""
    text = start[:START].removeprefix(BOM_UTF8).strip()
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # so some programs write drawings
        text = start[:START].decode("utf-16", "replace").encode().strip()
    if text.startswith(b"<"):
        return _DRAWING.search(text) is not None
    if text.startswith((b"{", b'"ey')) or _LIST.match(text):
        return True
    words = text.decode("utf-8", "replace")
    token = _TOKEN_BEGINS if len(start) >= START else _TOKEN
    return token.fullmatch(words) is not None or ADDRESS.fullmatch(words) is not None
