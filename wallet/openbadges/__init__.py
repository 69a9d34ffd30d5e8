"""Open Badges, whatever their version: bytes, a fetch function and the present moment go in, a badge and its checks
come out.

This is the only door: the rest of the wallet imports nothing from inside. There is no clock here, no network, no
disk but our own contexts, and no verdict: checks, each passed, failed or unknown.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from . import documents, v2, v3
from .badge import Achievement, Alignment, Badge, Criteria, Evidence, Image, Issuer, Recipient
from .baking import bake, unbake
from .data_addresses import from_data_address, is_data_address
from .examination import (
    CHECKS,
    Ambiguous,
    Binding,
    Check,
    DamagedFile,
    Examination,
    Fetch,
    Fetched,
    NotABadge,
    Outcome,
    Seen,
    State,
    Unreachable,
    UnreadableBadge,
    Web,
    state_of,
)
from .integrity import sign_eddsa_rdfc
from .multibase import to_multibase

__all__ = [
    "CHECKS",
    "Achievement",
    "Alignment",
    "Ambiguous",
    "Badge",
    "Binding",
    "Check",
    "Criteria",
    "DamagedFile",
    "Evidence",
    "Examination",
    "Fetch",
    "Fetched",
    "Image",
    "Issuer",
    "NotABadge",
    "Outcome",
    "Recipient",
    "Seen",
    "State",
    "Unreachable",
    "UnreadableBadge",
    "bake",
    "examine",
    "from_data_address",
    "is_data_address",
    "locate",
    "sign_eddsa_rdfc",
    "state_of",
    "to_multibase",
    "unbake",
]

_NOBODY: Mapping[str, str] = MappingProxyType({})


def examine(
    document: bytes,
    fetch: Fetch,
    now: datetime,
    addresses: Collection[str] = (),
    known: Mapping[str, str] = _NOBODY,
) -> Examination:
    """Take the badge out of *document*, verify it, and read it from what was verified.

    *fetch* answers an address or raises Unreachable; *now* is aware; *addresses* are what the person has told of
    herself (e-mail addresses, DIDs …), *known* the names of issuers in a registry, by their id.
    Raises UnreadableBadge, of its whole family, when there is no badge in *document*; nothing else.
    """
    web = Web(fetch, now)
    found = documents.follow(documents.open_document(document), web)
    examine_version = v3.examine_credential if v3.recognises(found.claims) else v2.examine_assertion
    return examine_version(found, web, now, addresses, known)


def locate(address: str, fetch: Fetch, now: datetime) -> Fetched:
    """Find the badge to which *address* leads, if need be through the page that people are shown of it.

    Gives the answer whose body `examine` takes. Raises UnreadableBadge: `link-no-answer`, `link-no-badge`.
    """
    return documents.locate(address, Web(fetch, now))
