"""Letters to somebody who asked for none: wallet after wallet sends them no more than a few."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from tests.fixtures.visits import Clock, Person, holder
from wallet.accounts.outbox import Mail
from wallet.web.rate_limits import HOUR, STRICT, Limit

MOST = 3
"""As many as the limit lets through here."""
SPELLINGS: dict[str, Callable[[int], str]] = {
    "one address": lambda _: "victim@exemple.fr",
    "one mailbox": lambda number: f"victim+{number}@exemple.fr",
}


@pytest.mark.parametrize("address", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.breadth(beside=["one mailbox"])
def test_wallets_that_are_made_and_erased_send_ten_letters_an_hour(
    app: Starlette, clock: Clock, address: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
):
    assert STRICT["letter"] == Limit(10, HOUR)
    monkeypatch.setitem(STRICT, "letter", Limit(MOST, HOUR))
    sent = 0
    for number in range(MOST + 2):
        thief = holder(app)
        assert thief.post("/addresses", data={"address": address(number)}).status_code == 303
        sent += waiting(thief)
        assert thief.post("/erasure").headers["location"] == "/erased"
        assert waiting(thief) == 0
        clock.move(minutes=1)

    assert sent == MOST


def waiting(person: Person) -> int:
    """How many letters wait to be sent."""
    with person.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Mail)) or 0
