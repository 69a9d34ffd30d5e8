"""What a register says, in whatever form it is written: who speaks, when it was made, and an entry for each issuer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..answers import Kind

Form = Literal["ours-1", "ours-2", "endorsement", "dcc", "dcc-lists"]
FORMS: tuple[Form, ...] = ("ours-1", "ours-2", "endorsement", "dcc", "dcc-lists")
LARGEST = 10_000_000
"""Bytes of a register."""
MOST = 20_000
"""Entries of one."""
LASTS = timedelta(days=730)
"""How long an entry is believed at most, without being read again (docs/decisions.md 35)."""
NAME, ID, ADDRESS = 300, 1000, 2000
"""Characters."""
_TOLD = 50
"""Faults that are told of one register."""


class FaultyRegister(Exception):
    """A register cannot be used; `faults` has what is wrong with it, each to be read after its name."""

    def __init__(self, faults: Sequence[str]) -> None:
        told = list(faults[:_TOLD])
        if len(faults) > _TOLD:
            told.append(f"has {len(faults) - _TOLD} more faults.")
        super().__init__("\n".join(told))
        self.faults = told


class UnreadableRegister(FaultyRegister):
    """Nothing can be read of it: it is not there, too large, not JSON, or in no form that is read here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What a register says of one issuer."""

    match: str
    """By what badges name it (trust.is_match)."""
    name: str
    ignoring: tuple[str, ...] = ()
    siret: str = ""
    vouched_by: str = ""
    """Who says so, where that is not whoever keeps the register."""
    read_at: str = ""
    """Where that can be read."""
    keys: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    asks_at: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """When it ends; None for as long as one lasts (LASTS)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRegister:
    """A register as it was read."""

    form: Form
    entries: tuple[Entry, ...]
    name: str = ""
    """Who speaks, "" where it does not tell."""
    kind: Kind | None = None
    """Who keeps it, by its own word."""
    signed_by: str = ""
    """The DID that signed it, "" where nobody did."""
    issued_at: datetime | None = None
    next_update: datetime | None = None
    lists: tuple[tuple[str, str], ...] = ()
    """Of a list of lists: the name and the address of each that can be read here."""
    remarks: tuple[str, ...] = ()
    """What was read otherwise than it is written, a sentence each."""
