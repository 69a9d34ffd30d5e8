"""What kind of credential one is: a badge, a list of withdrawn ones, an endorsement, a record; its types tell.

Sources: Verifiable Credentials Data Model 2.0, 4.5 (Types); Open Badges 3.0, B.1; Bitstring Status List 1.0; Comprehensive
Learner Record 2.0.
"""

from collections.abc import Mapping
from typing import Any

from . import texts

BADGES = frozenset({"OpenBadgeCredential", "AchievementCredential"})
LISTS = frozenset({"BitstringStatusListCredential", "StatusList2021Credential", "RevocationList2020Credential"})
ENDORSEMENT, RECORD = "EndorsementCredential", "ClrCredential"
DECIDING = BADGES | LISTS | {ENDORSEMENT, RECORD}
"""The types by which a credential is told to be a badge, a record, or none of these."""
OF_CREDENTIALS = DECIDING | {"VerifiableCredential"}
"""What no other thing is."""
_NONE: frozenset[str] = frozenset()


def types(value: Any) -> frozenset[str]:
    """The types that *value* names, as they are written; but for those by which it is told what a credential is: with an address
    before them, be it written out or short, they are signed alike, and whoever holds it chooses."""
    found = value.get("type") if isinstance(value, dict) else None
    if isinstance(found, str):
        return frozenset((_plainly(found) if ":" in found else found,))
    if not isinstance(found, list):
        return _NONE
    if len(found) == 1 and isinstance(found[0], str):
        return frozenset((_plainly(found[0]),) if ":" in found[0] else found)
    return frozenset([_plainly(kind) if ":" in kind else kind for kind in found if isinstance(kind, str)])


def _plainly(kind: str) -> str:
    name = texts.last_part(kind)
    return name if name in DECIDING else kind


def is_badge(credential: Mapping[str, Any]) -> bool:
    """Whether *credential* says that it is a badge of Open Badges 3.0."""
    return not BADGES.isdisjoint(types(credential))
