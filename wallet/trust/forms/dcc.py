"""The registries of the Digital Credentials Consortium, and its lists of them.

A registry is `{"meta": {"created", "updated"}, "registry": {DID: {"name", "url", "location"}}}`: whoever stands in it is
known to those who keep it, which says nothing of its badges. A list of lists is `[{"name", "type", "url"}]`; what is of the
type `oidf` is a federation of OpenID, which is not read here.
Sources: github.com/digitalcredentials/issuer-registry-client, src/types.ts; docs/decisions.md 35.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .entries import MOST, Entry, FaultyRegister, ReadRegister
from .members import Members, quoted

_LEGACY = "dcc-legacy"


def read_registry(told: dict[str, Any]) -> ReadRegister:
    """The registry that *told* is; raises FaultyRegister."""
    faults: list[str] = []
    remarks: list[str] = []
    meta, registry = told.get("meta"), told.get("registry")
    if not isinstance(meta, dict):
        faults.append("must say its meta in an object.")
    if not isinstance(registry, dict):
        faults.append("must say its registry in an object of issuers by their DID.")
    elif len(registry) > MOST:
        faults.append(f"has {len(registry)} entries; {MOST} are read at most.")
    elif isinstance(meta, dict):
        entries = [_entry(id, one, faults, remarks) for id, one in registry.items()]
        head = Members(meta, "meta", faults, remarks)
        issued_at: datetime | None = head.moment("updated") or head.moment("created")
        if not faults:
            return ReadRegister(form="dcc", entries=tuple(entries), issued_at=issued_at, remarks=tuple(remarks))
    raise FaultyRegister(faults)


def read_lists(told: Sequence[Any]) -> ReadRegister:
    """The list of lists that *told* is: which of them can be read; raises FaultyRegister."""
    faults: list[str] = []
    remarks: list[str] = []
    lists = []
    for number, one in enumerate(told[:MOST], 1):
        members = Members(one if isinstance(one, dict) else {}, f"entry {number}", faults, remarks)
        name, kind = members.text("name"), members.text("type")
        if kind == _LEGACY:
            members.needs("name", "url")
            lists.append((name, members.link("url")))
        else:
            remarks.append(
                f"names {quoted(name) or f'entry {number}'}, of the type {quoted(kind) or 'unknown'}: not read here."
            )
    if faults:
        raise FaultyRegister(faults)
    return ReadRegister(form="dcc-lists", entries=(), lists=tuple(lists), remarks=tuple(remarks))


def is_list_of_lists(told: Sequence[Any]) -> bool:
    """Whether *told* names other registries."""
    return bool(told) and all(isinstance(one, dict) and "type" in one and "id" not in one for one in told)


def _entry(id: str, told: Any, faults: list[str], remarks: list[str]) -> Entry:
    where = f"the issuer {quoted(id)}"
    if not isinstance(told, dict):
        faults.append(f"must say {where} in an object with its name.")
        return Entry(match=id, name="")
    members = Members({**told, "id": id}, where, faults, remarks)
    members.needs("name")
    return Entry(match=members.id("id"), name=members.text("name"))
