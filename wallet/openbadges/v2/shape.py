"""Whether the documents of a badge up to 2.0 have what their standard requires.

A member that is missing or of another kind is failed; a document that did not answer is unknown. Members that are
only recommended, and extensions, are not looked at. (Open Badges 2.0, Data Validation; 1.0 and 1.1, Specification)
What no published verifier minds, or a platform in wide use writes, is a remark beside a passed check.
"""

from collections.abc import Iterator
from typing import Any

from .. import dates, texts
from ..examination import Check
from . import hosted, v1
from .graph import Graph

_REQUIRED: dict[str, dict[str, tuple[str, ...]]] = {
    "0.5": {
        "assertion": ("recipient", "badge"),
        "badge": ("name", "description", "image", "criteria", "issuer"),
        "issuer": ("origin", "name"),
    },
    "1.0": {
        "assertion": ("uid", "recipient", "badge", "verification", "issuedOn"),
        "badge": ("name", "description", "image", "criteria", "issuer"),
        "issuer": ("name", "url"),
    },
    "1.1": {
        "assertion": ("id", "type", "recipient", "badge", "verification", "issuedOn"),
        "badge": ("name", "description", "image", "criteria", "issuer"),
        "issuer": ("name", "url"),
    },
    "2.0": {
        "assertion": ("id", "type", "recipient", "badge", "verification", "issuedOn"),
        "badge": ("id", "type", "name", "description", "image", "criteria", "issuer"),
        "issuer": ("id", "type", "name", "url"),
    },
}
_MAY_BE_EMPTY: dict[str, dict[str, tuple[Any, ...]]] = {
    "assertion": {},
    "badge": {"name": ("",), "description": ("",), "criteria": ({}, "")},
    "issuer": {"name": ("",), "email": ("",)},
}
"""Of the required members: a text, which has no shortest length, and an object whose members are optional (2.0, Criteria).
1EdTech's openbadges-validator-core takes them, too."""
_MAY_BE_LEFT_OUT = ("email",)
"""Of those that 2.0 requires of an issuer: Moodle leaves it out where a site names nobody to write to."""
_TYPES = {"assertion": {"Assertion"}, "badge": {"BadgeClass"}, "issuer": {"Issuer", "Profile"}}


def conforms(graph: Graph) -> Check:
    """Whether assertion, badge class and issuer have the members that their version requires."""
    source = f"Open Badges {graph.version}, Data Validation"
    if "badge" not in graph.assertion:
        return Check("conforms", "unknown", "no-badge-to-read", source)
    for reason, detail in _faults(graph):
        return Check("conforms", "failed", reason, source, detail)
    for name, part in (("badge class", graph.badge_class), ("issuer", graph.issuer)):
        if part.trouble:
            return Check("conforms", "unknown", part.trouble, source, f"{name}: {part.detail or part.id}"[:300])
    remarks = list(_remarks(graph))
    return Check(
        "conforms", "passed", remarks[0][0] if remarks else "", source, ", ".join(where for _, where in remarks)
    )


def _remarks(graph: Graph) -> Iterator[tuple[str, str]]:
    """What is no fault, as a reason and where."""
    for name, part in (("badge", graph.badge_class), ("issuer", graph.issuer)):
        for member, empty in _MAY_BE_EMPTY[name].items():
            if member in part.members and part.members[member] in empty:
                yield "member-empty", f"{name}.{member}"
    kinds = texts.types(texts.single(graph.assertion.get("verification")))
    if kinds and kinds.isdisjoint(hosted.HOSTED_TYPES) and hosted.verification_type(graph.assertion) == "hosted":
        yield "member-of-another-kind", "assertion.verification"
    if graph.version == "2.0":
        for member in _MAY_BE_LEFT_OUT:
            if dates.is_absent(graph.issuer.members.get(member)):
                yield "member-left-out", f"issuer.{member}"


def _faults(graph: Graph) -> Iterator[tuple[str, str]]:
    """Each thing wrong, as a reason and a detail, the most telling first."""
    if graph.version == "2.0" and not v1.context_version(graph.assertion):
        yield "context-unknown", str(graph.assertion.get("@context"))[:200]
    yield from _missing("assertion", graph.assertion, graph.version)
    yield from _of_another_kind(graph.assertion)
    for name, part in (("badge", graph.badge_class), ("issuer", graph.issuer)):
        if not part.trouble:
            yield from _missing(name, part.members, graph.version)


def _missing(name: str, members: dict[str, Any], version: str) -> Iterator[tuple[str, str]]:
    types = texts.types(members)
    if types and types.isdisjoint(_TYPES[name]):
        yield "wrong-type", f"{name}: {', '.join(sorted(types))}"[:200]
    for member in _REQUIRED[version][name]:
        written = members.get(member, members.get(f"@{member}"))
        if written in (None, "", [], {}) and written not in _MAY_BE_EMPTY[name].get(member, ()):
            yield "member-missing", f"{name}.{member}"


def _of_another_kind(assertion: dict[str, Any]) -> Iterator[tuple[str, str]]:
    recipient = texts.single(assertion.get("recipient"))
    if not isinstance(recipient, dict) or not isinstance(texts.single(recipient.get("identity")), str):
        yield "recipient-unreadable", "assertion.recipient"
    if not isinstance(texts.single(assertion.get("badge")), str | dict):
        yield "member-unreadable", "assertion.badge"
    for member in ("issuedOn", "expires"):
        if not dates.is_absent(assertion.get(member)) and dates.moment(assertion[member]) is None:
            yield "date-unreadable", f"assertion.{member}: {assertion[member]}"[:200]
