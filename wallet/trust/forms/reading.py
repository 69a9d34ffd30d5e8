"""Reads a register in whichever form it is written, strictly: one text has one meaning, or is refused with all its faults."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ... import openbadges
from ..registers import Register, Registers, Row
from . import dcc, endorsements, ours
from .entries import LARGEST, FaultyRegister, Form, ReadRegister, UnreadableRegister

OPERATOR = "operator"
"""The key of the register of whoever runs this wallet."""
_CLOCKS = timedelta(days=1)
"""How far two honest clocks, and two days of the calendar, may differ."""
_UNKNOWN = (
    "is a register in no form that is read here: ours, endorsements of Open Badges 3.0, or a registry of the DCC."
)


def ask_nobody(address: str) -> openbadges.Fetched:
    """A way out to nobody: what a form needs from elsewhere is unknown."""
    raise openbadges.Unreachable(address, "offline")


def read_register(
    content: bytes,
    now: datetime,
    *,
    form: Form | None = None,
    anchor: str = "",
    fetch: openbadges.Fetch = ask_nobody,
) -> ReadRegister:
    """The register in *content*, which must be of *form* and signed by *anchor* where these are told; raises FaultyRegister.

    *fetch* answers the addresses that a signature needs.
    """
    told = _json(content)
    found = _form(told)
    if found is None:
        raise UnreadableRegister([_UNKNOWN])
    if form and form != found:
        raise FaultyRegister([f"is written as {found}, and not as {form}."])
    if anchor and found != "endorsement":
        raise FaultyRegister([f"is signed by nobody, and must be by {anchor}."])
    read = _read(found, told, now, anchor, fetch)
    if read.issued_at and read.issued_at > now + _CLOCKS:
        raise FaultyRegister(["says that it was made in the future."])  # nothing honest would ever come after it
    return read


def read_register_file(path: Path) -> bytes:
    """What the file holds; raises FaultyRegister where that cannot be read, or is too much."""
    try:
        with path.open("rb") as file:
            return bounded(file.read(LARGEST + 1))
    except OSError as problem:
        raise UnreadableRegister([f"cannot be read ({problem.strerror})."]) from None


def bounded(content: bytes) -> bytes:
    """*content*; raises FaultyRegister where it is too much."""
    if len(content) > LARGEST:
        raise UnreadableRegister([f"is larger than {LARGEST // 1_000_000} MB."])
    return content


def faults_of_file(path: Path, now: datetime) -> list[str]:
    """What is wrong with an operator's own file, as settings.Check; nothing where it can be used."""
    try:
        read_own_file(path, now)
    except FaultyRegister as problem:
        return [f"a file, {path}, that {fault}" for fault in problem.faults]
    return []


def read_own_file(path: Path, now: datetime) -> ReadRegister:
    """The register in an operator's own file: in one of our forms; raises FaultyRegister."""
    found = read_register(read_register_file(path), now)
    if found.form not in ("ours-1", "ours-2"):
        raise FaultyRegister([f"is written as {found.form}: read it with wallet issuers import."])
    return found


def registers_of_file(path: Path | None, operator: str, now: datetime) -> Registers:
    """The registers of whoever has no database: what the operator's file says; *operator* is their name.

    Raises FaultyRegister.
    """
    if path is None:
        return Registers()
    found = read_own_file(path, now)
    register = Register(key=OPERATOR, name=found.name or operator, kind="operator", stale_after=found.next_update)
    return Registers(
        rows=[
            Row(
                register=register,
                match=one.match,
                name=one.name,
                ignoring=frozenset(one.ignoring),
                siret=one.siret,
                vouched_by=one.vouched_by,
                read_at=one.read_at,
                keys=frozenset(one.keys),
                scope=frozenset(one.scope),
                since=one.since,
                until=one.until,
            )
            for one in found.entries
        ]
    )


def _read(form: Form, told: Any, now: datetime, anchor: str, fetch: openbadges.Fetch) -> ReadRegister:
    match form:
        case "ours-1":
            return ours.read_first(told, now)
        case "ours-2":
            return ours.read_second(told, now)
        case "dcc":
            return dcc.read_registry(told)
        case "dcc-lists":
            return dcc.read_lists(told)
        case "endorsement":
            return endorsements.read_endorsements(told if isinstance(told, list) else [told], now, anchor, fetch)


def _json(content: bytes) -> Any:
    text = bounded(content).strip()
    if text.startswith(b"ey"):
        return text.decode("latin-1")  # a token, which the engine reads
    try:
        return openbadges.read_json(text)
    except openbadges.DamagedFile as problem:
        raise UnreadableRegister([f"is not JSON ({problem.detail})."]) from None


def _form(told: Any) -> Form | None:
    match told:
        case list() if told and all(map(endorsements.is_endorsement, told)):
            return "endorsement"
        case list():
            return "dcc-lists" if dcc.is_list_of_lists(told) else "ours-1"
        case Mapping() if "format" in told:
            return "ours-2" if told["format"] == 2 and not isinstance(told["format"], bool) else None
        case Mapping() if "registry" in told:
            return "dcc"
        case _:
            return "endorsement" if endorsements.is_endorsement(told) else None
