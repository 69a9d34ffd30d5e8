"""What is needed to look at a file, put together once: badges, archive and the command line hand on this one object."""

from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Literal

from ..openbadges import (
    Check,
    Examination,
    Fetch,
    Fetched,
    LoneEndorsement,
    Unreachable,
    WorkedOut,
    check_presentation,
    examine,
    examine_brought_endorsement,
)


def ask_nobody(address: str) -> Fetched:
    """The way out of whoever asks nobody."""
    raise Unreachable(address, "offline")


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """How to look: the way out, the present moment, what the person has told."""

    fetch: Fetch = ask_nobody
    now: datetime
    addresses: Collection[str] = ()
    contexts: Mapping[str, bytes] = field(default_factory=dict)
    """Further contexts for the one document that is looked at, as they are kept with it (badges/own_contexts.py)."""
    asks_endorsers: bool = False
    """Whether those are asked, too, who say something in a badge: not while somebody waits (docs/decisions.md 32)."""
    worked_out: MutableMapping[tuple[str, ...], WorkedOut] | None = None
    """What is worked out for several badges at once, while they are checked one after the other (openbadges.examine)."""
    until: float = inf
    """After this moment, as monotonic() counts, no further badge is looked at."""
    on_codes: Callable[[list[str]], object] | None = None
    """Told what stands in the QR codes of a picture, before anything of it is looked at or asked for, and where a PDF leads that
    holds no badge; what it raises ends that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One document that is looked at."""

    document: bytes
    stood_at: str
    """The address that gave it, for the badges that do not say where they stand."""
    inspection: Inspection
    kind: Literal["badge", "presentation", "endorsement"] = "badge"
    """As what it is looked at: a badge, the presentation itself, or what somebody says of a badge."""


def examine_here(task: Task, allowance: int | None = None) -> Examination:
    """Examine here, within *allowance*; raises what openbadges.examine raises."""
    how = task.inspection
    return examine(
        task.document,
        how.fetch,
        how.now,
        how.addresses,
        stood_at=task.stood_at,
        allowance=allowance,
        contexts=how.contexts,
        asks_endorsers=how.asks_endorsers,
        worked_out=how.worked_out,
    )


def check_presentation_here(task: Task, allowance: int | None = None) -> Check | None:
    """As `examine_here`, of the signature of a presentation; raises what openbadges.check_presentation raises."""
    how = task.inspection
    return check_presentation(task.document, how.fetch, how.now, allowance=allowance)


def examine_endorsement_here(task: Task, allowance: int | None = None) -> LoneEndorsement:
    """As `examine_here`, of an endorsement; raises what openbadges.examine_brought_endorsement raises."""
    how = task.inspection
    return examine_brought_endorsement(task.document, how.fetch, how.now, allowance=allowance)
