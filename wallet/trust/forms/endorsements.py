"""A register that is signed: endorsements of issuers, one of each, all by the same DID.

Each is an EndorsementCredential whose subject is the issuer's id. It counts where it is valid by itself, and is shown to be
of the DID that it names; where that one is pinned, of no other. One that was withdrawn, or has ended, says so of itself alone: it is
left out, as if it did not stand there. Any other that does not count is a fault of the register.
Source: Open Badges 3.0, EndorsementCredential; docs/decisions.md 35.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ... import openbadges
from .entries import Entry, FaultyRegister, ReadRegister
from .members import Members, quoted
from .ours import bounded, doubled

_MOST = 200
"""Each is verified, which takes some milliseconds and may ask an address."""
_NO_MORE = frozenset({"revoked", "suspended", "expired"})
"""The states of one that held before."""
_ALWAYS = datetime.min.replace(tzinfo=UTC)


def is_endorsement(told: object) -> bool:
    """Whether *told* is worth to be looked at as an endorsement: an object with a subject, or a token."""
    return isinstance(told, str) or (isinstance(told, Mapping) and "credentialSubject" in told)


def read_endorsements(told: Sequence[Any], now: datetime, anchor: str, fetch: openbadges.Fetch) -> ReadRegister:
    """The register that the endorsements in *told* are, of *anchor* where that is not ""; raises FaultyRegister."""
    if len(told) > _MOST:
        raise FaultyRegister([f"has {len(told)} endorsements; {_MOST} are read at most."])
    faults: list[str] = []
    remarks: list[str] = []
    read: list[openbadges.LoneEndorsement] = []
    entries: list[Entry] = []
    left_out: list[str] = []
    ask = openbadges.Web(fetch, now).get  # all name the same keys, and often the same list: each address is asked once
    for number, one in enumerate(told, 1):
        document = one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
        try:
            found = openbadges.examine_endorsement(document.encode(), ask, now)
        except openbadges.UnreadableBadge as problem:
            faults.append(f"has no endorsement of an issuer in entry {number} ({problem.reason}).")
            continue
        read.append(found)
        if found.state in _NO_MORE:
            left_out.append(_does_not_count(found, f"entry {number}"))
        else:
            entries.append(_entry(found, f"entry {number}", now, faults, remarks))
    faults += _of_others(read, anchor)
    faults += doubled(entries)
    if not entries:
        faults += left_out
    if faults:
        raise FaultyRegister(faults)
    # Of those left out, one may be signed by whoever took a key away, or begin next year.
    own = [one for one in read if one.check("bound").outcome == one.check("begun").outcome == "passed"]
    # It may call itself otherwise than it did, and need not say each time how.
    endorser = max(own, key=lambda one: (bool(one.endorser.name), one.begins or _ALWAYS)).endorser
    begun = [found.begins for found in own if found.begins]
    name = Members({"name": endorser.name} if endorser.name else {}, "the endorser", faults, remarks).text("name")
    return ReadRegister(
        form="endorsement",
        entries=tuple(entries),
        name=name,
        signed_by=endorser.id,
        issued_at=max(begun, default=None),
        remarks=(*remarks, *left_out),
    )


def _of_others(read: Sequence[openbadges.LoneEndorsement], anchor: str) -> list[str]:
    """Faults where not all are of one, or are of another one than is pinned."""
    endorsers = {one.endorser.id for one in read}
    if anchor:
        return [
            f"is signed by {quoted(one) or 'nobody'}, and must be by {anchor}." for one in sorted(endorsers - {anchor})
        ]
    if len(endorsers) > 1:
        return ["has endorsements of several: each may have a register of its own."]
    return []


def _entry(
    found: openbadges.LoneEndorsement, where: str, now: datetime, faults: list[str], remarks: list[str]
) -> Entry:
    if found.state != "valid" or found.binding not in ("proven", "self-certified"):
        faults.append(_does_not_count(found, where))
    name = found.subject.name or openbadges.host_of(found.subject.id) or found.subject.id[:60]
    members = Members({"id": found.subject.id, "name": name}, where, faults, remarks)
    until = bounded(found.ends, where, now, remarks)
    return Entry(match=members.id("id"), name=members.text("name"), since=found.begins, until=until)


def _does_not_count(found: openbadges.LoneEndorsement, where: str) -> str:
    why = next((one.reason or one.name for one in found.checks if one.outcome != "passed"), found.binding)
    return f"has an endorsement in {where} that does not count: it is {found.state} ({why})."
