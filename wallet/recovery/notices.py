"""What every page says while somebody comes back without a key: to them what waits, to everybody else who it is.

Whoever reads it may be the holder or a thief; what they may stop is decided by `ways.stop`, and no button is shown
here that it would refuse.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..accounts import Recovery


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveryNotice:
    """One return that is running, as a device reads of it."""

    back: Recovery
    is_mine: bool
    """Whether this very device came back by it."""
    may_stop: bool
    asks: bool
    """Whether a key is shown first."""


def recovery_notices(
    running: Sequence[Recovery], return_id: int | None, asking: Collection[int] = ()
) -> list[RecoveryNotice]:
    """What a device reads that came by the return *return_id*, or by none: the oldest return first.

    *asking* are the returns that only a key stops that is shown just now.
    """
    mine = next((back for back in running if back.id == return_id), None)
    return [
        RecoveryNotice(
            back=back,
            is_mine=back is mine,
            may_stop=mine is None or (mine.way, back.way) == ("paper", "mail"),
            asks=back.id in asking,
        )
        for back in running
    ]
