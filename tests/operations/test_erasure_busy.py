"""« Tout effacer » while the database is busy with others."""

import logging
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fixtures.erased import shelved
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import joined
from wallet.operations import all_tables, erasure
from wallet.operations.disk_reserve import DiskReserve
from wallet.operations.erasure import Erasure
from wallet.operations.erasure_log import ErasureLog
from wallet.storage import postgresql
from wallet.storage.database import Database
from wallet.storage.files import Folder


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_who_erases_while_all_connections_are_in_use_is_told_that_it_is_done(
    database_url: str, tmp_path: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """All of them are taken when rows and files are gone, and only their traces are left."""
    monkeypatch.setattr(postgresql, "PLACE", 0.1)
    busy = Database(database_url, connections=2)
    make_tables(busy)
    joined(busy, folder)
    maria, taken = somebody_with_a_key(busy), ExitStack()
    keeps(busy, maria, shelved(folder, 1))

    def all_are_taken(point: str) -> None:
        if point == "erasure.files":
            for _ in range(2):
                taken.enter_context(busy.engine.connect())

    monkeypatch.setattr(erasure, "failpoint", all_are_taken)
    with taken, caplog.at_level(logging.ERROR):
        assert (
            Erasure(busy, folder, ErasureLog(tmp_path / "erasures"), DiskReserve([tmp_path])).ask(maria, "", NOW)
            is None
        )

    assert "goes on with the next round" in caplog.text
    with busy.reading() as session:
        there = {name for name, count in all_tables.row_counts(session).items() if count}
    assert (there, list(folder.names())) == ({"file_removals", "store", "trust_edition"}, [])
    busy.close()
