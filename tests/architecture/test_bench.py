"""What the scripts of bench/ begin with still fits the wallet: a figure that cannot be measured any more is missed late."""

from pathlib import Path

import pytest

from bench import share_badges

pytestmark = pytest.mark.slow


@pytest.mark.breadth
def test_the_wallet_that_is_measured_can_be_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("SOME", "MANY"):
        monkeypatch.setattr(share_badges, name, share_badges.SHOWN)

    filled = share_badges.fill(tmp_path, "http://localhost:8791")

    assert filled.link.startswith("/s/")
    rows = [share_badges.as_a_row(card) for card in (*filled.shown, *filled.cards)]
    assert len(rows) == 2 * share_badges.SHOWN
    assert all("<" in row["criteria"] and row["issuer_name"] for row in rows)
