"""Two people with a wallet, each with a key and one badge, for the tests over HTTP."""

from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.fixtures.framed import of_samples, written
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import ISSUERS_KEY, Person, holder


@pytest.fixture(scope="session")
def samples_count(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an operator in whose frameworks the badges of the samples count."""
    return written(tmp_path_factory.mktemp("frameworks"), of_samples(ISSUERS_KEY)).parent


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
