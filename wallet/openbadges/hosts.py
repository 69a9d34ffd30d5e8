"""Whose host an address names, and whether an answer came from there.

What stands on a host is the word of who has the host: of the issuers of every version. One host speaks for another
only where they are the same name with and without `www.`: neither the one above nor one below is, for a site gives
names below its own to whoever asks, and a page that sends anybody anywhere is soon found. And where many strangers
share a host, that two things stand on it says nothing (shared_hosts.py; docs/decisions.md 31).
"""

import re
from urllib.parse import urlsplit

from . import shared_hosts
from .examination import Fetched

_PORT = re.compile(r"%3A[0-9]+\Z", re.IGNORECASE)
"""Of a did:web. All else that is written so may become another host: `a.fr%2Eevil.fr` is not of a.fr."""
_LONGEST = 253
"""Characters of a name (RFC 1035, 2.3.4, without the lengths before its labels): what is longer is the name of no host."""
SHARED = "host-shared-by-strangers"
"""The reason of a check that would rest on a host alone, where strangers share it."""


def authority(address: str) -> str:
    """The host of *address* in small letters, with its port unless it is the usual one; "" when there is none."""
    try:
        parts = urlsplit(address.strip())
        # The name of a host may end in the dot of the root (RFC 3986, 3.2.2).
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return ""
    if not host.isascii():
        host = _name(host) or host  # whoever redirects writes it in ASCII
    return host if port in {None, 80, 443} or not host else f"{host}:{port}"


def host_of(address: str) -> str:
    """The host of an address or of a did:web, as letters that cannot be mistaken; "" where there is none."""
    if address.startswith("did:web:"):
        host = _PORT.sub("", address.removeprefix("did:web:").split(":")[0])
        return "" if "%" in host or not host.isascii() else host.lower().removesuffix(".")
    try:
        return _in_ascii((urlsplit(address).hostname or "").removesuffix("."))  # the dot of the root, as in authority
    except ValueError:  # not an address at all
        return ""


def other_spelling(host: str) -> str:
    """A *host* with accents in ASCII, and one in ASCII that has some with them; itself where there is no other way to write it."""
    if host.isascii() and "xn--" not in host.lower():
        return host
    import idna  # noqa: PLC0415  # as below

    try:
        return idna.decode(host) if host.isascii() else _in_ascii(host)
    except ValueError:
        return host


def speaks_for(answer: Fetched, address: str) -> bool:
    """Whether *answer* came from the host of *address*.

    A page that sends anybody anywhere (an open redirect) would else let a stranger speak in its host's name.
    """
    return are_one(answer.address, address)


def are_one(address: str, other: str) -> bool:
    """Whether two addresses are of one host, be it once with and once without `www.`.

    Below a public suffix `www` is a name like any other: somebody else may have it.
    """
    mine, others = authority(address), authority(other)
    if mine == others:
        return True
    bare, long = sorted((mine, others), key=len)
    return long == f"www.{bare}" and not shared_hosts.is_public_suffix(_name(bare))


def is_shared(address: str) -> bool:
    """Whether strangers share the host of *address*, so that standing there says nothing of whose it is."""
    return shared_hosts.folders_of_a_tenant(_name(authority(address))) > 0


def names_a_tenant(prefix: str) -> bool:
    """Whether all that begins with *prefix* is of one tenant of its host: it ends behind the folders that tell them apart."""
    try:
        folders = urlsplit(prefix.strip()).path.split("/")[1:-1]
    except ValueError:
        return False
    return all(folders) and len(folders) >= shared_hosts.folders_of_a_tenant(_name(authority(prefix)))


def _name(host: str) -> str:
    """A host without its port, in ASCII where it can be written so; "" for what is too long to be one."""
    bare = host.partition(":")[0]
    if len(bare) > _LONGEST:
        return ""  # a megabyte would take a minute to write in ASCII
    try:
        return _in_ascii(bare)
    except ValueError:
        return bare


def _in_ascii(host: str) -> str:
    """A host as it is asked for (network/ip_policy.py); raises ValueError where it cannot be.

    Not by Python's own codec, which makes `ss` of `ß`: that is another host, of somebody else (RFC 5891; UTS 46, 4).
    """
    if host.isascii():
        return host
    if len(host) > _LONGEST:
        raise ValueError("too long")
    import idna  # noqa: PLC0415  # its tables take longer to load than a badge takes

    return idna.encode(host, uts46=True).decode("ascii").lower()
