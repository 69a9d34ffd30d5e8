"""The database in which registers are kept."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.fixtures.tables_made import make_tables
from wallet.storage.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as made:
        make_tables(made)
        yield made
