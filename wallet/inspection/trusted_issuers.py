"""The issuers that somebody vouches for: the file that comes with the wallet, and the operator's own.

A file is a JSON list of objects with these members, all of them texts:

    id           what badges name their issuer by; it is matched letter by letter, and http is not https
    name         what the issuer is called
    vouched_by   who says that it is them
    read_at      the https address where that can be read

Ours needs all four: an issuer of whom we cannot say who vouches is not in it. The operator vouches for their own, which
need `id` and `name`. An issuer that is in no file is unknown, which is neutral (docs/decisions.md 3).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OURS = Path(__file__).parent / "trusted_issuers.json"
MEMBERS = ("id", "name", "vouched_by", "read_at")
OPERATORS_MEMBERS = ("id", "name")


class FaultyRegistry(Exception):
    """The file cannot be used; `faults` has what is wrong with it, each to be read after the name of the file."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        super().__init__("\n".join(f"{path} {fault}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownIssuer:
    """An issuer that somebody vouches for."""

    id: str
    name: str
    vouched_by: str = ""
    """Who says so; "" for an operator who has not told their name."""
    read_at: str = ""
    """Where that can be read, "" where nowhere."""


def load_issuers(operators: Path | None = None, operator: str = "") -> dict[str, KnownIssuer]:
    """All known issuers by their id, of our file and of the *operators*; raises FaultyRegistry.

    What the operator says of an issuer takes the place of what we say; *operator* is their name.
    """
    known = read_issuers(OURS)
    if operators:
        known += read_issuers(operators, needed=OPERATORS_MEMBERS, vouched_by=operator)
    return {one.id: one for one in known}


def read_issuers(path: Path, *, needed: tuple[str, ...] = MEMBERS, vouched_by: str = "") -> list[KnownIssuer]:
    """The issuers of one file; raises FaultyRegistry with every fault at once."""
    try:
        entries = json.loads(path.read_bytes())
    except OSError as problem:
        raise FaultyRegistry(path, [f"cannot be read ({problem.strerror})."]) from None
    except (ValueError, RecursionError):
        raise FaultyRegistry(path, ["is not JSON."]) from None
    if not isinstance(entries, list):
        raise FaultyRegistry(path, ["must hold a JSON list of objects with id and name."])
    faults = [fault for number, entry in enumerate(entries, 1) for fault in _faults(entry, number, needed)]
    ids = [entry["id"] for entry in entries] if not faults else []
    faults += [f"names {id} more than once." for id in dict.fromkeys(id for id in ids if ids.count(id) > 1)]
    if faults:
        raise FaultyRegistry(path, faults)
    return [KnownIssuer(**{"vouched_by": vouched_by, **entry}) for entry in entries]


def faults_of_issuers(path: Path) -> list[str]:
    """What is wrong with an operator's file, as settings.Check; nothing where it can be used."""
    try:
        read_issuers(path, needed=OPERATORS_MEMBERS)
    except FaultyRegistry as problem:
        return [f"a file, {path}, that {fault}" for fault in problem.faults]
    return []


def _faults(entry: object, number: int, needed: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"must hold objects with id and name; entry {number} is none."
        return
    for member in needed:
        if member not in entry:
            yield f"does not say the {member} of entry {number}."
    for member, value in entry.items():
        if member not in MEMBERS:
            yield f"has a member in entry {number} that nobody reads: {member}."
        elif not isinstance(value, str) or not value.strip() or "\0" in value:
            yield f"must say the {member} of entry {number} in a text."
        elif member == "read_at" and not value.startswith("https://"):
            yield f"must say the read_at of entry {number} as an https address."
