"""Whom an examination of a badge asks: so that a host is asked for a few badges at a time, and nobody waits for none.

An issuer whose id is a key is asked nothing, and where the badge names no list either, its check is all arithmetic; unless
others say something in it that asks them.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .. import openbadges

LIMIT = 255
NOBODY = ""
_HOST = re.compile(r"(?:https?://|did:web:)([^/:?#%]+)")
_KEYS = ("did:key:", "did:jwk:")


def issuer_host(issuer_id: str) -> str:
    """Whom an examination asks; the id itself where it names no host."""
    found = _HOST.match(issuer_id)
    return found[1].lower() if found else issuer_id


def asked_host(examination: openbadges.Examination) -> str:
    """Whose host was asked: the issuer's, else that of the first address; NOBODY where nothing was, and never will be.

    An issuer of another kind may be asked by a later edition of this wallet, even where nothing was asked so far.
    """
    own = (*(seen.address for seen in examination.seen), *examination.unanswered)
    return _host_of(examination.badge.issuer.id, (*own, *examination.endorsers))


def kept_asked_host(read: Mapping[str, Any], examination: Mapping[str, Any]) -> str:
    """As `asked_host`, of what was kept of an examination before that was noted; whoever says something in the badge may be
    asked, too, and nobody wrote down where."""
    asked = [*(seen["address"] for seen in examination.get("seen", ())), *examination.get("unanswered", ())]
    return _host_of(read["issuer"]["id"], [*asked, *(["unknown"] if examination.get("endorsements") else [])])


def _host_of(issuer_id: str, addresses: Iterable[str]) -> str:
    first = next((issuer_host(address) for address in addresses), NOBODY)
    if not issuer_id.startswith(_KEYS):
        return (issuer_host(issuer_id) or first or "unknown")[:LIMIT]
    return first[:LIMIT]
