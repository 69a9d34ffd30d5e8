"""The connection that is at hand for the next look is closed with the database, whatever became of its pool."""

import gc
import warnings
from pathlib import Path

from sqlalchemy import literal_column, select

from tests.fixtures.tables_made import make_tables
from wallet.accounts import Holder
from wallet.storage import Database
from wallet.storage.connection_at_hand import MOST_KEPT, ConnectionAtHand
from wallet.storage.prepared_queries import PreparedQuery


def test_it_is_closed_though_its_pool_was_disposed_of(tmp_path: Path) -> None:
    gc.freeze()  # only what comes to be from here on is looked through
    database = Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    make_tables(database)
    assert database.fetch_rows(select(Holder.id)) == []

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        database.engine.dispose()
        database.close()
        del database
        gc.collect()

    assert [str(one.message) for one in told if "sqlite3.Connection" in str(one.message)] == []


def test_what_one_holder_has_is_not_kept_beside_what_everybody_asks_for(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    make_tables(database)
    at_hand = ConnectionAtHand(database.engine.raw_connection())

    def is_kept(text: str) -> bool:
        before = len(at_hand._kept)
        look = PreparedQuery(select(literal_column(text)), database.engine.dialect)
        at_hand.fetch(look, {})
        return len(at_hand._kept) > before

    assert is_kept("1")
    assert is_kept("hex(zeroblob(8192))")
    assert not is_kept("hex(zeroblob(8193))")
    assert is_kept(f"value FROM json_each('[{','.join('1' * 200)}]')")
    assert not is_kept(f"value FROM json_each('[{','.join('1' * 201)}]')")
    for number in range(2 * MOST_KEPT):
        is_kept(f"{number} + 2")
        assert len(at_hand._kept) <= MOST_KEPT, "where nobody writes for long, too"
    at_hand.connection.detach()
    at_hand.connection.close()
    database.close()
