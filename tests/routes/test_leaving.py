"""« Me déconnecter » of a visitor: the answer comes after a few steps, however much they had."""

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from tests.fixtures.visits import Clock, Person, signed
from wallet.accounts.holders import Device, Holder
from wallet.badges.models import KeptBadge
from wallet.operations import cleanup, erasure_steps
from wallet.routes.account import STEPS
from wallet.web.services import Services

MORE = STEPS + 2


def there(services: Services) -> list[int]:
    """How many visitors, devices and badges."""
    with services.database.reading() as session:
        models = (Holder, Device, KeptBadge)
        return [session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


@pytest.mark.breadth
def test_who_has_very_much_waits_for_a_few_steps_and_the_rest_goes_with_the_next_round(
    app: Starlette, visitor: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(erasure_steps, "AT_ONCE", 1)
    services: Services = app.state.services
    visitor.brings(*((f"{number}.json", signed()) for number in range(MORE)))
    assert there(services) == [1, 1, MORE]

    assert visitor.post("/leaving").headers["location"] == "/"

    assert there(services) == [1, 0, MORE - STEPS]
    assert visitor.get("/badges").headers["location"] == "/", "nobody sees what is left"
    cleanup.forget_expired(services.database, clock())
    assert there(services) == [0, 0, 0]


def test_who_has_little_is_gone_when_the_answer_comes(app: Starlette, visitor: Person):
    visitor.brings(("badge.json", signed()))

    visitor.post("/leaving")

    assert there(app.state.services) == [0, 0, 0]
