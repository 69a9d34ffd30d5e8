"""What every page says while somebody comes back without a key: to them what waits, to everybody else who it is.

Whoever reads it may be the holder or a thief; what they may answer is decided by `flows.stop_recovery` and by
acknowledgement.py, and no button is shown here that these would refuse.
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
    """Whether a key is shown first, before it is stopped."""
    may_acknowledge: bool = False
    """Whether the device may say « c'est moi »."""
    asks_to_acknowledge: bool = False
    """Whether its key is shown first, before it says so."""
    is_open: bool = False
    """Whether the wait is over, and somebody may get in at any time."""


def recovery_notices(
    running: Sequence[Recovery],
    return_id: int | None,
    asking: Collection[int] = (),
    acknowledging: Collection[int] = (),
    asking_to_acknowledge: Collection[int] = (),
    opened: Collection[int] = (),
) -> list[RecoveryNotice]:
    """What a device reads that came by the return *return_id*, or by none: the oldest return first, and nothing of one that
    the holder said was theirs.

    *asking* are the returns that only a key stops that is shown just now; *acknowledging* those to which the device may say
    « c'est moi », and *asking_to_acknowledge* those of them for which it shows its key first;
    *opened* those whose wait is over.
    """
    mine = next((back for back in running if back.id == return_id), None)
    return [
        RecoveryNotice(
            back=back,
            is_mine=back is mine,
            may_stop=mine is None or (mine.way, back.way) == ("paper", "mail"),
            asks=back.id in asking,
            may_acknowledge=back.id in acknowledging,
            asks_to_acknowledge=back.id in asking_to_acknowledge,
            is_open=back.id in opened,
        )
        for back in running
        if back.acknowledged_at is None
    ]
