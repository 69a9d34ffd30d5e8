"""A share made by the phone of whoever shows it, and what its owner is told of it."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

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


def tells(owner: Traveller, badge: int, *sounds: tuple[str, bytes], **said: str) -> str:
    """A moment that *owner* tells of *badge*: what the form of a share sends to show it; *said* has answers by questions."""
    begun = {"text": "work", "place": said.pop("place", ""), "key": secrets.token_hex(16), "badge": str(badge)}
    moment = str(owner.post("/evidence", data=begun).headers["location"]).partition("/answers")[0]
    for question, text in said.items():
        owner.post(f"{moment}/answers/{question}", data={"text": text, "key": secrets.token_hex(16)})
    if sounds:
        files = [("files", (name, content, "application/octet-stream")) for name, content in sounds]
        assert owner.post(f"{moment}/attachments", files=files).status_code == 303
    owner.post(f"{moment}/saving")
    return f"{badge}-{moment.rpartition('/')[2]}"


def has(owner: Traveller) -> list[int]:
    """The badges of *owner*, by their ids, as the form of a share has them."""
    return sorted(map(int, re.findall(r'name="badge" value="(\d+)"', owner.get("/shares/new").text)))


def shows(owner: Traveller, **choice: Any) -> str:
    """The path of the link to all badges of *owner*, shown for a week."""
    made = owner.post("/shares", data={"badge": has(owner), "days": "7", **choice})
    assert made.status_code == 303, made.status_code
    found = re.search(r"/s/[0-9A-Z]{26}", owner.get(made.headers["location"]).text)
    assert found is not None
    return found[0]
