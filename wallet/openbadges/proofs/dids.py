"""DIDs: the key inside those that are a key, the address of those that stand on a web site.

did:key and did:jwk prove nothing but themselves. did:web is a document on a web site. All others are out of our
reach, and what is signed under them is unknown, never false.
Sources: The did:key Method v0.9; did:jwk Method Specification; did:web Method Specification.
"""

import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import examination, strict_json
from . import keys, multibase

_ED25519 = b"\xed\x01"
"""What stands before the key in a did:key (Multicodec, ed25519-pub)."""
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")
_PORT = re.compile(r"%3A([0-9]+)\Z", re.IGNORECASE)
"""Alone of a host written so: what else is decoded may be another host than the one that is read (hosts.host_of)."""
_SEGMENT = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=@-]+")
_WAY_OUT = re.compile(r"(?:\.|%(?:25)*2e){1,2}|.*%(?:25)*(?:2f|5c).*", re.IGNORECASE | re.DOTALL)
"""A segment that leads to another folder for whoever decodes it, however often they do (RFC 3986, 3.3 and 7.3)."""


def split(method: str) -> tuple[str, str]:
    """The controller and the fragment of the address of a verification method."""
    controller, _, fragment = method.partition("#")
    return controller, fragment


def is_a_key(did: str) -> bool:
    """Whether *did* is a key and nothing else."""
    return did.startswith(("did:key:", "did:jwk:"))


def key_in(did: str) -> keys.PublicKey:
    """The key that a did:key or did:jwk is; raises UnusableKey."""
    if did.startswith("did:key:"):
        return keys.public_key_from_multikey(did.removeprefix("did:key:"))
    try:
        jwk = strict_json.read_object(multibase.from_base64url(did.removeprefix("did:jwk:")))
    except (ValueError, examination.UnreadableBadge):
        raise keys.UnusableKey("key-malformed", "did:jwk") from None
    return keys.public_key_from_jwk(jwk)


def did_key(private_key: Ed25519PrivateKey) -> str:
    """The did:key of the public half of *private_key*."""
    return f"did:key:{multibase.to_multibase(_ED25519 + private_key.public_key().public_bytes_raw())}"


def is_fragment_of(did: str, fragment: str) -> bool:
    """Whether *fragment* names the only key of a *did* that is a key; some issuers leave it out."""
    if did.startswith("did:key:"):
        return fragment in ("", did.removeprefix("did:key:"))
    return fragment in ("", "0")


def document_address(did: str) -> str | None:
    """The https address of the document of a did:web, or None when it is not one."""
    if not did.startswith("did:web:"):
        return None
    host, *path = did.removeprefix("did:web:").split(":")
    host = _PORT.sub(r":\1", host)
    if not _HOST.fullmatch(host) or not all(_SEGMENT.fullmatch(part) and not _WAY_OUT.fullmatch(part) for part in path):
        return None
    return f"https://{host}/{'/'.join(path) if path else '.well-known'}/did.json"
