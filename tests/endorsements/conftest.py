"""Sonia, on whom others say a word."""

import pytest

from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.made_once import rows_made_once
from tests.fixtures.moments import Teller
from wallet.storage.database import Database
from wallet.storage.files import Folder


@pytest.fixture
@rows_made_once
def sonia(wallets: Database) -> int:
    """She keeps a wallet by a key: her number."""
    return somebody_with_a_key(wallets)


@pytest.fixture
def teller(wallets: Database, folder: Folder, sonia: int) -> Teller:
    """By whom she tells moments."""
    return Teller(wallets, folder, sonia)
