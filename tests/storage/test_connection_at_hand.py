"""The connection that is at hand for the next look is closed with the database, whatever became of its pool."""

import gc
import warnings
from pathlib import Path

from sqlalchemy import select

from wallet.accounts import Holder
from wallet.storage import Database


def test_it_is_closed_though_its_pool_was_disposed_of(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/wallet.sqlite3")
    database.migrate()
    assert database.fetch_rows(select(Holder.id)) == []

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        database.engine.dispose()
        database.close()
        del database
        gc.collect()

    assert [str(one.message) for one in told if "sqlite3.Connection" in str(one.message)] == []
