"""Why a badge is unknown, and whether later can help: what pages say of it is true tomorrow, too.

    later      what an address of the issuer answers, or a clock, may be another tomorrow
    unchecked  signed, or tied to its issuer, in a way that is not checked here, or at an address that is asked on no day:
               asking again brings nothing
    unsigned   nobody signed it, and nothing says where it stands

Each reason that a check gives for *unknown* belongs to one family; a test finds every reason of the engine here
(tests/openbadges/test_unknowns.py). A kept examination has its reasons, so that its family is found without another look.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

Why = Literal["later", "unchecked", "unsigned"]

DECISIVE = frozenset({"conforms", "intact", "bound", "begun", "not_ended", "not_withdrawn"})
"""The checks that have a say in the state (examination.state_of)."""
FOLLOWS = frozenset(
    {"not-intact", "no-signature-to-tie", "no-badge-to-read", "hidden-statement", "another-badge-at-address"}
)
"""Reasons that only say that another check did not pass: that one has its own."""
_LATER = (
    "another-document-at-address",
    "document-of-another",
    "issuer-does-not-answer",
    "issuer-lists-no-key",
    "key-document-unreachable",
    "key-document-unreadable",
    "key-not-in-document",
    "list-not-available",
    "list-of-another-issuer",
    "list-unreadable",
    "no-badge-at-address",
    "no-key-at-address",
    "no-key-named",
    "no-longer-published",
    "not-found-at-issuer",
    "only-the-withdrawal-is-published",
    "proof-date",
    "redirected-elsewhere",
    "status-list-not-intact",
    "status-list-not-proven",
    "status-list-out-of-date",
    "status-list-unreachable",
    "status-list-unreadable",
)
_UNCHECKED = (
    "address-never-asked",
    "algorithm-unsupported",
    "certificate-not-checked",
    "context-refused",
    "context-unknown",
    "date-unreadable",
    "did-method-unsupported",
    "disclosures-too-deep",
    "hash-unsupported",
    "host-shared-by-strangers",
    "inline-context",
    "issuer-has-no-address",
    "issuer-not-resolvable",
    "key-address-unsupported",
    "key-expired",
    "key-has-no-address",
    "key-malformed",
    "key-not-for-signatures",
    "key-revoked",
    "key-too-weak",
    "key-unsupported",
    "no-name-to-look-for",
    "not-canonicalisable",
    "not-given",
    "one-address-for-two",
    "private-key-published",
    "proof-for-holder-only",
    "proof-unsupported",
    "said-in-own-words",
    "scope-unreadable",
    "seal-not-checked",
    "several-subjects",
    "status-index-beyond-list",
    "status-list-of-another-issuer",
    "status-list-of-another-kind",
    "status-list-of-another-purpose",
    "status-list-too-long",
    "status-list-unsupported",
    "status-malformed",
    "status-unsupported",
    "token-type-unsupported",
    "too-many-disclosures",
    "too-many-keys",
    "too-many-proofs",
    "too-many-status-entries",
    "vocabulary-differs",
    "wrapping-unsupported",
)
NOT_SHARED = frozenset({"date-not-shared", "member-not-shared", "status-not-shared"})
"""Reasons where the issuer signed more than is shown: whoever has the whole badge can show more of it."""
_UNSIGNED = ("no-address-to-ask", "no-proof", "no-signature")
FAMILIES: Mapping[str, Why] = MappingProxyType(
    {
        **dict.fromkeys(_LATER, "later"),
        **dict.fromkeys([*_UNCHECKED, *NOT_SHARED], "unchecked"),
        **dict.fromkeys(_UNSIGNED, "unsigned"),
    }
)
"""The family of each reason that stands for itself."""
_GRAVEST: tuple[Why, ...] = ("unsigned", "unchecked", "later")


def is_only_shared_in_part(checks: Iterable[tuple[str, str, str]]) -> bool:
    """Whether *checks*, each a name, an outcome and a reason, leave a badge unknown only by what is not shown of it."""
    reasons = {reason for name, outcome, reason in checks if name in DECISIVE and outcome == "unknown"} - FOLLOWS
    return bool(reasons) and reasons <= NOT_SHARED


def why_unknown(checks: Iterable[tuple[str, str, str]]) -> Why | None:
    """The family of a badge with these *checks*, each a name, an outcome and a reason; None where none of them leaves it unknown.

    Where one thing is never known here, that others may be known later is no comfort. A reason that no family has (it
    was kept by another version) promises nothing.
    """
    reasons = {reason for name, outcome, reason in checks if name in DECISIVE and outcome == "unknown"}
    if not reasons:
        return None
    found = {FAMILIES.get(reason, "unchecked") for reason in reasons - FOLLOWS}
    return next((why for why in _GRAVEST if why in found), "unchecked")
