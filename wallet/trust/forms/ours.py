"""Our own form of a register, in both its versions; what is written in one goes on being read (docs/decisions.md 35).

Format 1 is a JSON list of objects, all of whose members are texts:

    id           what badges name their issuer by; it is matched letter by letter, and http is not https
    name         what the issuer is called
    vouched_by   who says that it is them, where that is not whoever keeps the list
    read_at      the https address where that can be read

Format 2 is a JSON object:

    format       2
    name         who speaks
    kind         operator, network or public-list
    created, next_update    when it was made, when another one comes
    issuers      a list of objects: those members, and

    siret        the number of the establishment
    ignoring     the members of the query of the id that do not count (matching.py says where that is allowed)
    keys         thumbprints of the only keys that count (RFC 7638)
    scope        the ids of the frameworks in which its badges count; none for all
    asks_at      an e-mail address or an https one, where one may ask for a badge
    since, until from when to when this holds: a day or a moment

Only id and name have to be there.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ..answers import KINDS
from ..matching import ignoring_is_allowed
from .entries import LASTS, MOST, Entry, FaultyRegister, ReadRegister
from .members import Members, quoted

_FIRST = ("id", "name", "vouched_by", "read_at")
_SECOND = (*_FIRST, "siret", "ignoring", "keys", "scope", "asks_at", "since", "until")
_HEAD = ("format", "name", "kind", "created", "next_update", "issuers")


def read_first(told: Sequence[Any], now: datetime) -> ReadRegister:
    """The register of format 1 that *told* is; raises FaultyRegister."""
    faults: list[str] = []
    remarks: list[str] = []
    entries = _entries(told, _FIRST, now, faults, remarks)
    if faults:
        raise FaultyRegister(faults)
    return ReadRegister(form="ours-1", entries=entries, remarks=tuple(remarks))


def read_second(told: dict[str, Any], now: datetime) -> ReadRegister:
    """The register of format 2 that *told* is; raises FaultyRegister."""
    faults: list[str] = []
    remarks: list[str] = []
    head = Members(told, "the register", faults, remarks)
    head.refuse_others(_HEAD)
    head.needs("issuers")
    kind = head.text("kind")
    if kind and kind not in KINDS:
        faults.append(f"must say the kind of the register as one of {', '.join(KINDS)}.")
    issuers = told.get("issuers", [])
    if not isinstance(issuers, list):
        faults.append("must say the issuers in a list of objects with id and name.")
    name, created, next_update = head.text("name"), head.moment("created"), head.moment("next_update", is_end=True)
    entries = _entries(issuers, _SECOND, now, faults, remarks) if isinstance(issuers, list) else ()
    if faults:
        raise FaultyRegister(faults)
    return ReadRegister(
        form="ours-2",
        entries=entries,
        name=name,
        kind=next((one for one in KINDS if one == kind), None),
        issued_at=created,
        next_update=next_update,
        remarks=tuple(remarks),
    )


def doubled(entries: Sequence[Entry]) -> Iterator[str]:
    """The ids that stand there more than once, each as a fault."""
    seen: dict[str, int] = {}
    for one in entries:
        seen[one.match] = seen.get(one.match, 0) + 1
    return (f"names {quoted(id)} more than once." for id, times in seen.items() if id and times > 1)


def bounded(until: datetime | None, where: str, now: datetime, remarks: list[str]) -> datetime | None:
    """*until*, where an entry may last so long; None, which is as long as it may, for what is later."""
    if until and until > now + LASTS:
        remarks.append(f"says that {where} holds until {until:%Y-%m-%d}: two years is the most that is believed.")
        return None
    return until


def _entries(
    told: Sequence[Any], known: Sequence[str], now: datetime, faults: list[str], remarks: list[str]
) -> tuple[Entry, ...]:
    if len(told) > MOST:
        faults.append(f"has {len(told)} entries; {MOST} are read at most.")
        return ()
    entries = []
    for number, one in enumerate(told, 1):
        if isinstance(one, dict):
            entries.append(_entry(Members(one, f"entry {number}", faults, remarks), known, now, faults, remarks))
        else:
            faults.append(f"must hold objects with id and name; entry {number} is none.")
    faults.extend(doubled(entries))
    return tuple(entries)


def _entry(members: Members, known: Sequence[str], now: datetime, faults: list[str], remarks: list[str]) -> Entry:
    members.needs("id", "name")
    members.refuse_others(known)
    match, ignoring = members.id("id", allows_http=known is _FIRST), members.texts("ignoring")
    if match and not ignoring_is_allowed(match, ignoring):
        faults.append(
            f"may leave nothing of the query out for the host of {members.where}: see matching.py for the hosts."
        )
    since, until = members.moment("since"), members.moment("until", is_end=True)
    if since and until and until <= since:
        faults.append(f"says that {members.where} ends before it begins.")
    return Entry(
        match=match,
        name=members.text("name"),
        ignoring=ignoring,
        siret=members.siret("siret"),
        vouched_by=members.text("vouched_by"),
        read_at=members.link("read_at"),
        keys=members.thumbprints("keys"),
        scope=members.texts("scope"),
        asks_at=members.contact("asks_at"),
        since=since,
        until=bounded(until, members.where, now, remarks),
    )
