"""What every page says while somebody comes back without a key: to them what waits, to everybody else who it is.

Whoever reads it may be the holder or a thief; what they may stop is decided by `ways.stop`, and no button is shown
here that it would refuse.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..accounts import Recovery, RecoveryWay


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveryNotice:
    """One return that is running, as a device reads of it."""

    id: int
    """Of the return."""
    way: RecoveryWay
    kind: str
    """The kind of device, a word of accounts/user_agents.py."""
    since: datetime
    """When they got in, or asked to."""
    until: datetime
    """When they get in, or when what waits need wait no longer."""
    is_in: bool
    """Whether they got in already."""
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
    return [_notice(back, mine, asks=back.id in asking) for back in running]


def _notice(back: Recovery, mine: Recovery | None, *, asks: bool) -> RecoveryNotice:
    way: RecoveryWay = "mail" if back.way == "mail" else "paper"
    may_stop = mine is None or (mine.way == "paper" and way == "mail")
    return RecoveryNotice(
        id=back.id,
        way=way,
        kind=back.kind,
        since=back.entered_at or back.began_at,
        until=back.ends_at if back.entered_at else back.opens_at,
        is_in=back.entered_at is not None,
        is_mine=back is mine,
        may_stop=may_stop and back is not mine,
        asks=asks,
    )
