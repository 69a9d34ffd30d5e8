"""A share made by the phone of whoever shows it, and what its owner is told of it."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page

from tests.fixtures.clockwork import Clockwork
from tests.fixtures.server import PATIENCE
from tests.fixtures.traveller import Traveller
from wallet.shares import owner_view
from wallet.shares.models import Share
from wallet.shares.owner_view import OwnedShare


class Showing:
    """All badges of *owner*, shown for a week; what the form does that makes it is told elsewhere."""

    def __init__(self, owner: Traveller, server: Clockwork, **choice: str) -> None:
        self.server = server
        ids = re.findall(r'name="badge" value="(\d+)"', owner.get("/shares/new").text)
        made = owner.post("/shares", data={"badge": ids, "days": "7", **choice})
        assert made.status_code == 303, made.status_code
        self.path = made.headers["location"]
        self.link = f"{server.origin}/s/{self.told.token}"

    @property
    def told(self) -> OwnedShare:
        """What its owner is told now."""
        services = self.server.services
        with services.database.reading() as session:
            share = session.get(Share, int(self.path.rpartition("/")[2]))
            assert share is not None
            (told,) = owner_view.view_shares(session, [share], services.keyring.unseal, services.clock())
        return told

    def is_opened(self, times: int) -> bool:
        """Whether it comes to be told as opened so often, and no more often a moment later."""
        for _ in range(PATIENCE * 20):
            if self.told.times >= times:
                break
            time.sleep(0.05)
        time.sleep(0.3)
        return self.told.times == times


def beacons(page: Page) -> list[str]:
    """Fills with what *page* sends to have an opening counted."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "/openings" in request.url else None)
    return sent


def until(happens: Callable[[], object], page: Page) -> bool:
    """Whether it happens before one has no patience left, while *page* lives on."""
    for _ in range(PATIENCE * 20):
        if happens():
            return True
        page.wait_for_timeout(50)
    return False
