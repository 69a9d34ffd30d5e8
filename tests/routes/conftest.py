"""Two people with a wallet, each with a key and one badge, for the tests over HTTP."""

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Person, holder


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, who keeps one badge by a key."""
    return holder(app)


@pytest.fixture
@made_once
def youssef(app: Starlette) -> Person:
    """Youssef, who keeps one badge by another key."""
    return holder(app)
