"""Addresses that carry their answer with them: `data:image/png;base64,…`. Nobody is asked, and nothing grows.

What is carried is told by its content, like any file; the media type in the address is a stranger's word and is not
read. (RFC 2397)
"""

import binascii
from base64 import b64decode
from urllib.parse import unquote_to_bytes

from .examination import DamagedFile

_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def is_data_address(text: str) -> bool:
    """Whether *text* begins as a data: address."""
    return text[:5].lower() == "data:"


def from_data_address(address: str) -> bytes:
    """What the data: address *address* carries, never longer than itself; raises DamagedFile with `damaged`.

    Base64 is taken in both alphabets, with or without its padding and broken into lines, as people paste it.
    (RFC 2397, 3; RFC 4648, 4 and 5)
    """
    head, comma, body = address.partition(",")
    if not is_data_address(address) or not comma:
        raise DamagedFile("damaged", "a data: address without a comma")
    content = unquote_to_bytes(body)
    if head.rpartition(";")[2].strip().lower() != "base64":
        return content
    letters = b"".join(content.split()).rstrip(b"=").translate(_URL_SAFE)
    try:
        return b64decode(letters + b"=" * (-len(letters) % 4), validate=True)
    except binascii.Error as problem:
        raise DamagedFile("damaged", f"a data: address: {problem}") from None
