"""How much the network of a visitor may bring: whoever has no key shares a room with all others like them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ... import badges, evidence
from ...badges import ImportOutcome, NewBadge
from .. import transactions
from ..visit import Visit


def store_attachment(
    visit: Visit, taken: evidence.NewAttachment, shelved: set[str], before: int = 0, once: str = ""
) -> dict[str, Any]:
    """Keep the bytes of what was taken in, of which *shelved* learns the names: its columns.

    Raises EvidenceFull, and nothing is kept, where there is no room for it beside *before* bytes of others; *once* as of
    `RateLimits.allow_bytes`.
    """
    visit.read(evidence.need_room, visit.holder_id, before + taken.size)
    if not allow_bytes(visit, taken.size, once):
        raise evidence.EvidenceFull
    return taken.shelve(visit.services.files.keep, shelved)


def allow_bytes(visit: Visit, size: int, once: str = "") -> bool:
    """Count so many bytes more of a visitor's network, of what has a name *once*; whoever has a key is not counted."""
    is_kept = visit.holder is not None and visit.holder.is_kept
    return is_kept or visit.services.rate_limits.allow_bytes("visitor", visit.request, size, once)


def count_what_came(visit: Visit, size: int) -> int:
    """Count so many bytes that an issuer sent, whatever they are: how many are counted.

    They lie in a row already, where nobody knew before how many would come. So what finds no room uses up all that there is,
    and the next tap of that network is told so before anything is asked.
    """
    if allow_bytes(visit, size):
        return size
    visit.services.rate_limits.use_up_bytes("visitor", visit.request)
    return 0


def why_full(visit: Visit, size: int) -> str:
    """Why so many bytes more do not fit, "" when they do; what visitors bring is counted for their network, too."""
    return visit.read(badges.get_room, visit.holder).problem(size) or (
        "" if allow_bytes(visit, size) else "visitors-full"
    )


@dataclass(slots=True)
class Allowance:
    """What the network of a visitor may still bring, of which *received* bytes are counted already, as they came."""

    visit: Visit
    received: int

    def allows(self, size: int) -> bool:
        """Count what takes so many bytes on the shelf, as far as it is more than came; False where that is too much."""
        more, self.received = max(0, size - self.received), max(0, self.received - size)
        return not more or allow_bytes(self.visit, more)


def counted(
    visit: Visit, arrived: Sequence[NewBadge | ImportOutcome], allowance: Allowance
) -> list[NewBadge | ImportOutcome]:
    """*arrived*, counted as it lies on the shelf, where a link leads, too; nothing of it is to be kept if it is too much."""
    if allowance.allows(badges.arrivals_size(arrived)):
        return list(arrived)
    transactions.release_files(visit, files_of(arrived))
    return [
        one
        if isinstance(one, ImportOutcome) and not one.brought
        else ImportOutcome(one.file_name, "problem", "visitors-full")
        for one in arrived
    ]


def files_of(arrived: Sequence[NewBadge | ImportOutcome]) -> set[str]:
    """The names of what lies on the shelf for *arrived*."""
    return {name for one in arrived if isinstance(one, NewBadge) for name in one.files}
