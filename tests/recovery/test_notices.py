"""What every page says while somebody comes back: what this device may stop is what `ways.stop` lets it stop."""

from datetime import timedelta

import pytest

from tests.fixtures.people import NOW
from wallet.accounts.recoveries import RECOVERY_GUARD, RECOVERY_WAIT, Recovery
from wallet.recovery import notices

ENTERED = NOW + timedelta(minutes=1)


def back(id: int, way: str = "paper", entered: bool = True) -> Recovery:
    """A return on an Android phone, which got in a minute later if it did."""
    times = {"began_at": NOW, "opens_at": NOW + RECOVERY_WAIT, "ends_at": ENTERED + RECOVERY_GUARD}
    return Recovery(id=id, way=way, kind="android", entered_at=ENTERED if entered else None, **times)


def test_a_device_from_before_may_stop_all():
    told = notices.recovery_notices([back(1), back(2, "mail"), back(3, "mail", entered=False)], None)

    assert [(one.back.id, one.may_stop, one.is_mine) for one in told] == [
        (1, True, False),
        (2, True, False),
        (3, True, False),
    ]


@pytest.mark.parametrize(
    ("mine", "other", "may_stop"),
    [("paper", "mail", True), ("paper", "paper", False), ("mail", "paper", False), ("mail", "mail", False)],
)
def test_who_came_back_by_the_paper_stops_who_reads_the_mailbox_and_nobody_else(mine: str, other: str, may_stop: bool):
    own, foreign = notices.recovery_notices([back(1, mine), back(2, other)], 1)

    assert (own.is_mine, own.may_stop) == (True, False)
    assert (foreign.is_mine, foreign.may_stop) == (False, may_stop)


def test_a_device_whose_own_return_is_over_is_one_from_before():
    (told,) = notices.recovery_notices([back(2)], 1)

    assert told.may_stop
