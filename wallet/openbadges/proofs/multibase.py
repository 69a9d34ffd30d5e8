"""Bytes written as text: base64url as JOSE writes it, and multibase as Data Integrity writes it.

Strictly: no padding, no white space, no second spelling of the same bytes. Whatever else stands there is a
ValueError, so that nothing that was signed can be respelt.
"""

import re
from base64 import urlsafe_b64encode
from binascii import a2b_base64

import base58

_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]*")
_DIGITS = bytes.maketrans(base58.BITCOIN_ALPHABET, bytes(range(58)))
_LONGEST_BASE58 = 4096
"""Decoding base58 takes quadratic time; keys and signatures are far shorter."""


def from_base64url(text: str) -> bytes:
    """The bytes of *text* (RFC 7515, 2: base64url without padding); raises ValueError."""
    if any(sign in text for sign in "+/="):
        raise ValueError("not base64url")
    content = a2b_base64(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), strict_mode=True)
    # Of a group of four, only the last one has bits to spare.
    if to_base64url(content[len(content) // 3 * 3 :]) != text[len(text) // 4 * 4 :]:
        raise ValueError("not the shortest base64url of its bytes")
    return content


def to_base64url(content: bytes) -> str:
    """*content* as base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base58(text: str) -> bytes:
    """The bytes of *text* in the alphabet of Bitcoin; raises ValueError."""
    if len(text) > _LONGEST_BASE58 or not _BASE58.fullmatch(text):
        raise ValueError("not base58")
    number = 0
    for digit in text.encode().translate(_DIGITS):
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


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
