"""Bytes written as text: base64url as JOSE writes it, and multibase as Data Integrity writes it.

Strictly: no padding, no white space, no second spelling of the same bytes. Whatever else stands there is a
ValueError, so that nothing that was signed can be respelt.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import base58

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]*")
_LONGEST_BASE58 = 4096
"""Decoding base58 takes quadratic time; keys and signatures are far shorter."""


def from_base64url(text: str) -> bytes:
    """The bytes of *text* (RFC 7515, 2: base64url without padding); raises ValueError."""
    if not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(content) != text:
        raise ValueError("not the shortest base64url of its bytes")
    return content


def to_base64url(content: bytes) -> str:
    """*content* as base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base58(text: str) -> bytes:
    """The bytes of *text* in the alphabet of Bitcoin; raises ValueError."""
    if len(text) > _LONGEST_BASE58 or not _BASE58.fullmatch(text):
        raise ValueError("not base58")
    return base58.b58decode(text)


def from_multibase(text: str) -> bytes:
    """The bytes of *text* (Controlled Identifiers 1.0, 2.4: `z` for base58, `u` for base64url); raises ValueError."""
    match text[:1]:
        case "z":
            return from_base58(text[1:])
        case "u":
            return from_base64url(text[1:])
    raise ValueError(f"unknown multibase {text[:1]!r}")


def to_multibase(content: bytes) -> str:
    """*content* as multibase, in base58."""
    return "z" + base58.b58encode(content).decode()
